//! Who stands apart and was taken in again by somebody else: a person, or another watcher on a person's word.

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::cluster::Node;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;

impl Cluster {
    /// Forgets that a node stands apart once it can be seen to hold nothing but what the master holds: it follows the
    /// master, and either a full copy from there was seen, or it is a server that links no other history than its own.
    ///
    /// Pika links whatever fits by number, so there a link alone says nothing.
    pub(super) fn readmit(&mut self, addr: &Addr, now: &Replication, ctx: &mut Ctx<'_>) {
        if !self.memory.quarantined.contains_key(addr) {
            return;
        }
        let follows = self.nodes.get(addr).and_then(|node| self.follows(node));
        if follows.is_none() || follows != self.master {
            self.copied.remove(addr);
            return;
        }
        match now.link {
            Link::Syncing => {
                self.copied.insert(addr.clone());
            }
            Link::Up if self.copied.remove(addr) || self.shares_history(addr) => {
                self.memory.quarantined.remove(addr);
                self.remember(ctx);
            }
            Link::Up | Link::Down | Link::Error | Link::None => {}
        }
    }

    /// Whether a node has the master's history by an identifier that its server keeps true.
    fn shares_history(&self, addr: &Addr) -> bool {
        let id = |node: &Node| {
            let seen = node.seen.as_deref()?;
            let kept = matches!(seen.server.flavor, Flavor::Redis | Flavor::Valkey);
            seen.replication.history_id.clone().filter(|_| kept)
        };
        let master = self.master_node().and_then(id);
        master.is_some() && master == self.nodes.get(addr).and_then(id)
    }
}
