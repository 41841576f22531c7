//! A node seen from inside, for whoever judges what happened without asking over the network.

use std::net::IpAddr;

use bytes::Bytes;
use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;

use super::command::Command;
use super::node::RedisNode;
use super::state::State;
use super::stream::Link;

impl RedisNode {
    /// Whom it follows.
    pub(crate) fn follows(&self) -> Option<Addr> {
        self.look(|state| {
            let master = state.repl.master.as_ref()?;
            Some(Addr::new(&master.host, master.port))
        })
    }

    /// Who told it last to follow somebody, or nobody.
    pub(crate) fn told_by(&self) -> Option<IpAddr> {
        self.look(|state| state.told_by)
    }

    /// It has what its master has, up to a moment ago, and goes on.
    pub(crate) fn linked(&self) -> bool {
        self.look(|state| state.link() == Some(Link::Connected))
    }

    /// An ordinary client may write: a master without a fence of any sort, who is not loading.
    pub(crate) fn takes_writes(&self) -> bool {
        self.look(|state| {
            let set = Command::find("set").expect("it is in the table");
            !state.is_replica()
                && !state.loading()
                && state.users.may(&set, None)
                && state.enough_replicas()
                && state.clients.held_back(true).is_none()
        })
    }

    /// Whether this fence is up, whatever else keeps clients from writing.
    pub(crate) fn fenced_by(&self, how: &FenceHow) -> bool {
        self.look(|state| match how {
            FenceHow::Acl { .. } => {
                let set = Command::find("set").expect("it is in the table");
                !state.users.may(&set, None)
            }
            FenceHow::Pause { .. } => state.clients.held_back(true).is_some(),
            FenceHow::MinReplicas { former } => {
                let wanted = state.conf.number("min-replicas-to-write");
                !state.is_replica() && wanted > u64::from(*former)
            }
            FenceHow::Blacklist { .. }
            | FenceHow::ClosedPort
            | FenceHow::Detached
            | FenceHow::Hook
            | FenceHow::Open => false,
        })
    }

    pub(crate) fn holds(&self, db: usize, key: &[u8]) -> bool {
        self.look(|state| state.data.get(db, key).is_some())
    }

    /// Everything in one database.
    pub(crate) fn contents(&self, db: usize) -> Vec<(Bytes, Bytes)> {
        self.look(|state| {
            let entries = state.data.dbs.get(db).into_iter().flatten();
            let entries = entries.map(|(key, entry)| (key.clone(), entry.value.clone()));
            entries.collect()
        })
    }

    /// Its history and how far it has come in it.
    pub(crate) fn position(&self) -> (String, u64) {
        self.look(|state| (state.repl.id.clone(), state.repl.offset))
    }

    /// Whom it would follow if it began anew now, as its file says; `None`: nobody.
    pub(crate) fn saved_master(&self) -> Option<Addr> {
        let saved = self.node.options.disk.directive("replicaof")?;
        let (host, port) = saved.split_once(' ')?;
        Some(Addr::new(host, port.parse().ok()?))
    }

    /// By its own clock, whoever looks.
    fn look<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        let _within = self.runtime.enter();
        what(&mut self.node.lock())
    }
}
