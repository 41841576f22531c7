//! A node seen from inside, for whoever judges what happened without asking over the network.

use std::net::IpAddr;

use bytes::Bytes;

use super::acl;
use super::command;
use super::conf::Conf;
use super::node::LabNode;
use super::store::Data;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;

impl LabNode {
    /// Whom it follows.
    pub fn follows(&self) -> Option<Addr> {
        let state = self.shared().lock();
        let (host, port) = state.follow.master.as_ref()?;
        Some(Addr::new(host, *port))
    }

    /// Who told it last to follow somebody, or nobody.
    pub fn told_by(&self) -> Option<IpAddr> {
        self.shared().lock().follow.told_by
    }

    /// True where an ordinary client may write: a master without a fence.
    pub fn takes_writes(&self) -> bool {
        !self.shared().lock().is_replica() && !self.bars_writers()
    }

    /// True where the rules of an ordinary client keep it from writing, whatever the role of the node.
    pub fn bars_writers(&self) -> bool {
        let node = self.shared();
        let state = node.lock();
        if !node.dialect.acl {
            let blocked = state.conf.text("userblacklist");
            return blocked
                .split(',')
                .any(|name| name.trim().eq_ignore_ascii_case("set"));
        }
        let user = state.users.get(acl::DEFAULT);
        !command::find("set", node.dialect)
            .is_some_and(|set| user.is_some_and(|user| user.may(&set, None)))
    }

    pub fn holds(&self, db: usize, key: &[u8]) -> bool {
        let state = self.shared().lock();
        state
            .dbs
            .get(db)
            .is_some_and(|db| db.store.data().contains_key(key))
    }

    /// Everything in one database.
    pub fn data(&self, db: usize) -> Data {
        let state = self.shared().lock();
        state
            .dbs
            .get(db)
            .map(|db| db.store.data().clone())
            .unwrap_or_default()
    }

    /// The records of one database that are still there, with the position after each.
    pub fn records(&self, db: usize) -> Vec<(BinlogPoint, Bytes)> {
        let state = self.shared().lock();
        state
            .dbs
            .get(db)
            .map(|db| db.binlog.after(BinlogPoint(0, 0), usize::MAX))
            .unwrap_or_default()
    }

    /// Whom it would follow if it began anew now, as its file says; `None`: nobody.
    pub fn saved_master(&self) -> Option<Addr> {
        let node = self.shared();
        let options = &node.options;
        Conf::saved_master(&options.dir)?.parse().ok()
    }
}
