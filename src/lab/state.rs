//! Everything that a node knows while it runs, and the handles by which its tasks wake one another.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::acl::Users;
use super::binlog::Binlog;
use super::clients::Clients;
use super::conf;
use super::conf::Conf;
use super::node::NodeOptions;
use super::pubsub::Hub;
use super::store::Store;
use super::version::Dialect;
use super::version::History;
use crate::decide::position::BinlogPoint;
use crate::host::clock;
use crate::host::clock::Mono;

/// One running node, shared by its tasks.
#[derive(Debug)]
pub struct Shared {
    pub options: NodeOptions,
    pub dialect: &'static Dialect,
    pub started: Mono,
    state: Mutex<State>,
    /// Something was written; the streams to replicas wait on it. They are woken in the order in which they wait.
    pub written: Notify,
    /// Counts changes of the master to follow.
    pub target: watch::Sender<u64>,
    /// Counts orders to single databases of the link.
    pub nudge: watch::Sender<u64>,
    pub paused: watch::Sender<bool>,
    /// Replication ends; clients are still served.
    pub links: CancellationToken,
    /// Everything ends.
    pub halt: CancellationToken,
    pub tasks: TaskTracker,
}

/// What the commands read and change, under one lock.
#[derive(Debug)]
pub struct State {
    pub conf: Conf,
    pub dbs: Vec<Db>,
    pub users: Users,
    pub follow: Follow,
    pub replicas: Vec<ReplicaEntry>,
    pub replicas_seen: u64,
    pub sessions_given: u32,
    pub clients: Clients,
    pub hub: Hub,
    pub stats: Stats,
    /// Until then the whole node answers nobody.
    pub stalled_until: Option<Mono>,
    pub scan: Scan,
}

/// One database.
#[derive(Debug)]
pub struct Db {
    pub store: Store,
    pub binlog: Binlog,
    /// Its part of the link to a master.
    pub link: DbLink,
    pub session: u32,
}

/// Where one database of a replica stands with its master.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DbLink {
    NoConnect,
    TryConnect,
    TryDbSync,
    WaitDbSync,
    WaitReply,
    Connected,
    Error,
    Detached,
}

/// Whom this node follows.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that do not exclude one another"
)]
pub struct Follow {
    /// Host as given, and port.
    pub master: Option<(String, u16)>,
    /// The master took the introduction; databases are on their own now.
    pub met: bool,
    /// The next introduction asks for a full sync of everything.
    pub force: bool,
    /// Databases whose full sync has begun and not ended.
    pub unfinished: BTreeSet<usize>,
    /// A full sync has been since the last change of master: its threads must be stopped first.
    pub residue: bool,
    /// The master that was left, whose connection is only closed at the next tick.
    pub leaving: Option<(String, u16)>,
    /// That close has just hit the new connection to the same master.
    pub flapped: bool,
    /// Who said so last, since the node runs.
    pub told_by: Option<IpAddr>,
}

/// A replica that is connected to this node.
#[derive(Clone, Debug)]
pub struct ReplicaEntry {
    pub id: u64,
    pub ip: String,
    pub port: u16,
    pub fd: u32,
    pub dbs: BTreeMap<usize, ReplicaDb>,
}

/// One database of such a replica.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaDb {
    pub stream: StreamState,
    pub session: u32,
    pub sent: BinlogPoint,
    pub acked: BinlogPoint,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamState {
    NotSyncing,
    FullSyncing,
    Streaming,
}

/// Counters for INFO.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    pub connections: u64,
    pub commands: u64,
    /// Calls by command, lower case.
    pub calls: BTreeMap<&'static str, u64>,
}

/// The last count of keys, as DBSIZE and INFO keyspace show it.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Keys and those with an expiry, of each database; when, in seconds since the epoch.
    pub counted: Option<(Vec<(usize, usize)>, i64)>,
}

impl Shared {
    pub fn new(options: NodeOptions, state: State) -> Self {
        Self {
            dialect: options.version.dialect(),
            options,
            started: clock::mono(),
            state: Mutex::new(state),
            written: Notify::new(),
            target: watch::Sender::new(0),
            nudge: watch::Sender::new(0),
            paused: watch::Sender::new(false),
            links: CancellationToken::new(),
            halt: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the node is paused, like a process that was stopped.
    pub async fn gate(&self) {
        let mut paused = self.paused.subscribe();
        // The sender lives as long as self, so this cannot fail.
        drop(paused.wait_for(|paused| !paused).await);
    }

    /// The next tick of the server's cron.
    pub fn next_tick(&self) -> Mono {
        let tick = self.options.timings.tick.max(Duration::from_millis(1));
        let elapsed = clock::mono().duration_since(self.started);
        let ticks = elapsed.as_nanos() / tick.as_nanos() + 1;
        self.started + tick * u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// Ends replication now and everything a little later, as SHUTDOWN and SIGTERM do.
    pub async fn shut_down(&self) {
        let timings = self.options.timings;
        clock::sleep(timings.shutdown_links).await;
        self.links.cancel();
        clock::sleep(timings.shutdown.saturating_sub(timings.shutdown_links)).await;
        self.halt.cancel();
    }

    pub fn wrote(&self) {
        self.written.notify_waiters();
    }
}

impl State {
    /// Reads what is in the node's folder.
    pub fn open(options: &NodeOptions, run_id: &str) -> io::Result<Self> {
        let dialect = options.version.dialect();
        let conf = Conf::open(&options.dir, dialect, options.port, &options.config, run_id)?;
        let databases = conf.number("databases").unwrap_or(1_usize).clamp(1, 8);
        let limit = conf.number("binlog-file-size").unwrap_or(100 << 20);
        let dbs = (0..databases)
            .map(|index| {
                Ok(Db {
                    store: Store::open(&options.dir.join(format!("db/db{index}")))?,
                    binlog: Binlog::open(&options.dir.join(format!("log/log_db{index}")), limit)?,
                    link: DbLink::NoConnect,
                    session: 0,
                })
            })
            .collect::<io::Result<Vec<Db>>>()?;
        let master = conf
            .text("slaveof")
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
        let unfinished = conf
            .text(conf::UNFINISHED)
            .split(',')
            .filter_map(|name| name.trim().strip_prefix("db")?.parse().ok());
        let follow = Follow {
            master,
            unfinished: unfinished.collect(),
            ..Follow::default()
        };
        let users = Users::from_config(
            conf.text("requirepass"),
            conf.text("userpass"),
            conf.text("userblacklist"),
        );
        Ok(Self {
            conf,
            dbs,
            users,
            follow,
            replicas: Vec::new(),
            replicas_seen: 0,
            sessions_given: 0,
            clients: Clients::default(),
            hub: Hub::default(),
            stats: Stats::default(),
            stalled_until: None,
            scan: Scan::default(),
        })
    }

    pub fn is_replica(&self) -> bool {
        self.follow.master.is_some()
    }

    /// `role:` as INFO and HELLO print it.
    pub fn role(&self) -> &'static str {
        match (self.is_replica(), self.replicas.is_empty()) {
            (false, _) => "master",
            (true, true) => "slave",
            (true, false) => "master&&slave",
        }
    }

    pub fn history(&self) -> &str {
        self.conf.text(conf::HISTORY)
    }

    /// Adopts or makes a history id, and stores it.
    pub fn set_history(&mut self, dialect: &Dialect, id: &str) -> io::Result<()> {
        if dialect.history == History::Absent {
            Ok(())
        } else {
            self.conf.store(conf::HISTORY, id)
        }
    }

    /// Remembers in the file which full syncs are under way.
    pub fn set_unfinished(
        &mut self,
        dialect: &Dialect,
        index: usize,
        unfinished: bool,
    ) -> io::Result<()> {
        let changed = if unfinished {
            self.follow.unfinished.insert(index)
        } else {
            self.follow.unfinished.remove(&index)
        };
        if !changed || !dialect.link_block {
            return Ok(());
        }
        let names: Vec<String> = self
            .follow
            .unfinished
            .iter()
            .map(|index| format!("db{index}"))
            .collect();
        self.conf.store(conf::UNFINISHED, &names.join(","))
    }

    /// True when every database streams from the master.
    pub fn link_up(&self) -> bool {
        self.follow.met && self.dbs.iter().all(|db| db.link == DbLink::Connected)
    }

    pub fn positions(&self) -> Vec<BinlogPoint> {
        self.dbs.iter().map(|db| db.binlog.position()).collect()
    }

    /// Deletes binlog files that are past `expire-logs-nums` and that no replica needs.
    pub fn purge(&mut self, index: usize) -> io::Result<()> {
        let keep: u32 = self
            .conf
            .number("expire-logs-nums")
            .unwrap_or(super::binlog::FILES_KEPT);
        let needed = self
            .replicas
            .iter()
            .filter_map(|replica| replica.dbs.get(&index))
            .map(|db| db.acked.0)
            .min();
        let Some(db) = self.dbs.get_mut(index) else {
            return Ok(());
        };
        let newest = db.binlog.position().0;
        let below = newest.saturating_sub(keep.max(super::binlog::FILES_KEPT) - 1);
        db.binlog
            .purge_below(needed.map_or(below, |needed| below.min(needed)))
    }
}

/// The address that a node calls its own.
pub fn is_loopback(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
