//! What the measurements share.
//!
//! * [`server`]: `redis-server` and `redis-sentinel` processes
//! * [`trio`]: one master and two replicas, real or of the lab, with a configuration for pikafo
//! * [`writer`]: a client that writes numbered keys and remembers what was acknowledged, and when
//! * [`watch`]: watchers beside nodes, as the tests have them

pub(crate) mod server;
pub(crate) mod trio;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/watch/kit/mod.rs"]
pub(crate) mod watch;
pub(crate) mod writer;

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use watch::kind::Kind;

/// The program as it is shipped.
pub(crate) const PIKAFO: &str = env!("CARGO_BIN_EXE_pikafo");

/// Far longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Smallest, median and largest of some times, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one.
    pub(crate) fn of(times: &[Duration]) -> Self {
        let mut ms: Vec<f64> = times
            .iter()
            .map(|time| time.as_secs_f64() * 1000.0)
            .collect();
        ms.sort_by(f64::total_cmp);
        Self {
            least: ms[0],
            median: ms[ms.len() / 2],
            most: ms[ms.len() - 1],
        }
    }
}

/// The kinds of watcher that stand side by side; without pikafo's, and with a word about it, where it does not exist.
pub(crate) fn kinds() -> Vec<Kind> {
    let known = Command::new(PIKAFO)
        .args(["watch", "--help"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if known.is_ok_and(|status| status.success()) {
        vec![Kind::Sentinel, Kind::Pikafo]
    } else {
        println!(
            "\nthis pikafo has no `watch`: what follows is redis-sentinel alone, and no comparison"
        );
        vec![Kind::Sentinel]
    }
}

/// What a kind is called in a table.
pub(crate) fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Sentinel => "redis-sentinel",
        Kind::Pikafo => "pikafo",
        Kind::PikafoOnConf => "pikafo on a sentinel.conf",
    }
}
