//! How long things take. Only *how long*: no rule, order or condition hangs on a figure here.

use std::time::Duration;

/// Every delay of a lab node.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// The server's cron: killed clients and left replication connections are dropped at its ticks,
    /// which are counted from the start of the node.
    pub tick: Duration,
    /// From one replication state of a database to the next.
    pub step: Duration,
    /// Between two attempts to introduce itself to a master that answers.
    pub meta_wait: Duration,
    /// After a master could not be reached.
    pub redial: Duration,
    /// The longest wait for a connection to a master.
    pub connect: Duration,
    /// A master sends this often where it has nothing else to send.
    pub keepalive: Duration,
    /// Silence after which either side gives the stream of a database up.
    pub silence: Duration,
    /// Silence after which a replication connection without any stream is closed by the replica: an
    /// error state ends here, and is tried again.
    pub link_idle: Duration,
    /// The same on the master: until then a silent replica is still listed.
    pub ghost: Duration,
    /// The shortest full sync.
    pub full_sync: Duration,
    /// The shortest full sync where it goes through an rsync daemon (3.4).
    pub full_sync_rsync: Duration,
    /// Bytes a second of a full sync; the node's own `throttle-bytes-per-second` bounds it too.
    pub full_sync_rate: u64,
    /// From SHUTDOWN until replication stops, while clients are still served.
    pub shutdown_links: Duration,
    /// From SHUTDOWN until the node is gone.
    pub shutdown: Duration,
    /// From the tick that takes a killed client off until its socket is closed (3.5.5 and later).
    pub kill_close: Duration,
}

impl Timings {
    /// What live servers showed.
    pub const fn observed() -> Self {
        Self {
            tick: Duration::from_secs(3),
            step: Duration::from_millis(80),
            meta_wait: Duration::from_secs(10),
            redial: Duration::from_secs(3),
            connect: Duration::from_millis(1500),
            keepalive: Duration::from_secs(2),
            silence: Duration::from_secs(20),
            link_idle: Duration::from_secs(60),
            ghost: Duration::from_secs(180),
            full_sync: Duration::from_millis(400),
            full_sync_rsync: Duration::from_secs(12),
            full_sync_rate: 200_000_000,
            shutdown_links: Duration::from_millis(4400),
            shutdown: Duration::from_millis(6600),
            kill_close: Duration::from_secs(5),
        }
    }

    /// The same order, in milliseconds, for tests.
    pub const fn brisk() -> Self {
        Self {
            tick: Duration::from_millis(30),
            step: Duration::from_millis(1),
            meta_wait: Duration::from_millis(100),
            redial: Duration::from_millis(30),
            connect: Duration::from_millis(1500),
            keepalive: Duration::from_millis(200),
            silence: Duration::from_secs(2),
            link_idle: Duration::from_millis(600),
            ghost: Duration::from_secs(18),
            full_sync: Duration::from_millis(4),
            full_sync_rsync: Duration::from_millis(12),
            full_sync_rate: 2_000_000_000,
            shutdown_links: Duration::from_millis(10),
            shutdown: Duration::from_millis(20),
            kill_close: Duration::from_millis(50),
        }
    }
}
