//! One server: what it holds, whom it follows, what it says of itself.

use std::collections::BTreeMap;

use super::decide::facts::Link;
use super::decide::facts::Replication;
use super::decide::facts::Role;
use super::decide::name::Addr;
use super::decide::position::BinlogPoint;
use super::decide::position::Position;

/// Bytes of a record in the binlog. All are of one size, so that every offset is a border in every other
/// binlog: the case in which Pika takes a diverged node back without a word.
const RECORD: u64 = 10;

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each can be so or not, independently"
)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) addr: Addr,
    pub(crate) alive: bool,
    pub(crate) fenced: bool,
    /// `None`: it is a master.
    pub(crate) follows: Option<Addr>,
    /// What it follows after a restart.
    pub(crate) saved: Option<Addr>,
    /// The next link discards what it holds.
    pub(crate) force: bool,
    /// Not before this time is its link up.
    pub(crate) link_from_us: u64,
    /// A full copy to it was cut off, and not begun anew.
    pub(crate) torn: bool,
    /// The next full copy to it will be.
    pub(crate) tears: bool,
    /// It receives nothing although its link is up.
    pub(crate) stuck: bool,
    /// It takes no writes though it is master, and says so.
    pub(crate) broken: bool,
    /// pikafo's own user may not write, everybody else may.
    pub(crate) denies_probe: bool,
    /// The binlog: numbers of writes.
    pub(crate) log: Vec<u32>,
    pub(crate) lock: Option<String>,
}

impl Server {
    pub(crate) fn new(name: &'static str, n: u8, follows: Option<Addr>) -> Self {
        Self {
            name,
            addr: Addr::new(&format!("10.0.0.{n}"), 9221),
            alive: true,
            fenced: false,
            saved: follows.clone(),
            follows,
            force: false,
            link_from_us: 0,
            torn: false,
            tears: false,
            stuck: false,
            broken: false,
            denies_probe: false,
            log: (0..10).collect(),
            lock: None,
        }
    }

    pub(crate) fn takes_writes(&self) -> bool {
        self.alive && self.follows.is_none() && !self.fenced && !self.broken
    }

    pub(crate) fn position(&self) -> Position {
        Self::position_at(self.log.len())
    }

    /// Where it stands or stood with so many records.
    pub(crate) fn position_at(records: usize) -> Position {
        let offset = records as u64 * RECORD;
        Position::Pika(BTreeMap::from([("db0".to_owned(), BinlogPoint(0, offset))]))
    }

    /// `INFO replication`.
    pub(crate) fn replication(&self, link: Link, replicas: u32) -> Replication {
        Replication {
            role: match (&self.follows, replicas) {
                (None, _) => Role::Master,
                (Some(_), 0) => Role::Replica,
                (Some(_), _) => Role::Chained,
            },
            master: self.follows.clone(),
            link,
            link_down_s: None,
            last_io_s: None,
            db_states: BTreeMap::new(),
            history_id: Some("94e8".to_owned()),
            second_history: None,
            connected_replicas: Some(replicas),
            replicas: Vec::new(),
            eligible: Some(!self.torn),
            position: Some(self.position()),
            priority: Some(100),
            read_only: None,
            failover_under_way: false,
            kept_from: None,
            unannounced: false,
        }
    }

    /// Comes back as its configuration file says, and without what was only in memory.
    pub(crate) fn restart(&mut self, now_us: u64) {
        self.alive = true;
        self.fenced = false;
        self.follows.clone_from(&self.saved);
        self.force = false;
        self.link_from_us = now_us + 3_000_000;
    }
}
