//! A server seen from inside: what the invariants judge by, beside what goes over the network.

use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;

use bytes::Bytes;
use pikafo::decide::facts::is_closed_port;
use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;
use pikafo::lab::node::LabNode;

use super::redis::node::RedisNode;

/// Any server of a simulated cluster. Keys are those that clients write.
pub(crate) trait Inside: Debug + Send + Sync {
    /// Whom it follows.
    fn follows(&self) -> Option<Addr>;
    /// Who told it last to follow somebody, or nobody.
    fn told_by(&self) -> Option<IpAddr>;
    /// Every database follows without a gap.
    fn linked(&self) -> bool;
    /// An ordinary client may write.
    fn takes_writes(&self) -> bool;
    /// Whether this fence is up, whatever else keeps clients from writing.
    fn fenced_by(&self, how: &FenceHow) -> bool;
    fn holds(&self, db: usize, key: &[u8]) -> bool;
    /// All keys of clients, with their values.
    fn contents(&self, db: usize) -> Vec<(Bytes, Bytes)>;
    /// Whom it would follow after a restart.
    fn saved_master(&self) -> Option<Addr>;
    /// Where it stands, for a person.
    fn position(&self) -> String;
}

/// Where a process leaves its server for the world to look into.
pub(crate) type Window = Arc<Mutex<Option<Arc<dyn Inside>>>>;

impl Inside for LabNode {
    fn follows(&self) -> Option<Addr> {
        self.follows()
    }

    fn told_by(&self) -> Option<IpAddr> {
        self.told_by()
    }

    fn linked(&self) -> bool {
        self.link_up()
    }

    fn takes_writes(&self) -> bool {
        self.takes_writes()
    }

    fn fenced_by(&self, how: &FenceHow) -> bool {
        match how {
            FenceHow::Acl { .. } | FenceHow::Blacklist { .. } => self.bars_writers(),
            FenceHow::ClosedPort | FenceHow::Detached => {
                self.follows().as_ref().is_some_and(is_closed_port)
            }
            FenceHow::Pause { .. }
            | FenceHow::MinReplicas { .. }
            | FenceHow::Hook
            | FenceHow::Open => false,
        }
    }

    fn holds(&self, db: usize, key: &[u8]) -> bool {
        self.holds(db, key)
    }

    fn contents(&self, db: usize) -> Vec<(Bytes, Bytes)> {
        let data = self.data(db).into_iter();
        data.filter(|(key, _)| key.starts_with(b"w"))
            .map(|(key, entry)| (key, entry.value))
            .collect()
    }

    fn saved_master(&self) -> Option<Addr> {
        self.saved_master()
    }

    fn position(&self) -> String {
        let at = self.positions();
        let at: Vec<String> = at.iter().map(|p| format!("{}:{}", p.0, p.1)).collect();
        at.join(" ")
    }
}

impl Inside for RedisNode {
    fn follows(&self) -> Option<Addr> {
        self.follows()
    }

    fn told_by(&self) -> Option<IpAddr> {
        self.told_by()
    }

    fn linked(&self) -> bool {
        self.linked()
    }

    fn takes_writes(&self) -> bool {
        self.takes_writes()
    }

    fn fenced_by(&self, how: &FenceHow) -> bool {
        self.fenced_by(how)
    }

    fn holds(&self, db: usize, key: &[u8]) -> bool {
        self.holds(db, key)
    }

    fn contents(&self, db: usize) -> Vec<(Bytes, Bytes)> {
        let all = self.contents(db).into_iter();
        all.filter(|(key, _)| key.starts_with(b"w")).collect()
    }

    fn saved_master(&self) -> Option<Addr> {
        self.saved_master()
    }

    fn position(&self) -> String {
        let (history, offset) = self.position();
        format!("{offset} of {}", &history[..8])
    }
}
