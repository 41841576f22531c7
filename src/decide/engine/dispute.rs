//! A watcher that names another master in the same epoch. Nothing that it hears makes it think again, for equal epochs
//! settle nothing; a stock Sentinel that finished a failover of its own after it had heard of a later one stays like that
//! for ever. Where the nodes themselves show who is right, the truth is given a later epoch.

use serde::Deserialize;
use serde::Serialize;

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::phase::Purpose;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::watcher::Hello;

/// What another watcher takes for the master, against this one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Dispute {
    master: Addr,
    epoch: u64,
    since_us: u64,
}

/// It is given this long to hear of a later epoch.
const PATIENCE_US: u64 = 8_000_000;
/// Between those who would settle it.
const TURN_US: u64 = 1_000_000;

impl Cluster {
    /// What a watcher has said of the master; kept while it says the same.
    pub(super) fn hear_dispute(&mut self, hello: &Hello, now_us: u64) {
        let disputed = hello.config_epoch == self.config_epoch
            && self.master.as_ref().is_some_and(|m| *m != hello.master);
        let Some(peer) = self.peers.get_mut(&hello.id) else {
            return;
        };
        let same =
            |known: &Dispute| known.master == hello.master && known.epoch == hello.config_epoch;
        if !disputed {
            peer.dispute = None;
        } else if !peer.dispute.as_ref().is_some_and(same) {
            peer.dispute = Some(Dispute {
                master: hello.master.clone(),
                epoch: hello.config_epoch,
                since_us: now_us,
            });
        }
    }

    /// Stands for the master that is one, against a watcher that names one of its replicas; true if it does.
    pub(super) fn settle_dispute(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let Some(master) = self.master.clone() else {
            return false;
        };
        let stands = self.master_node().is_some_and(|node| {
            node.fresh_since(self.settled_us) && node.seen.as_deref().is_some_and(accepts_writes)
        });
        // Or it stands apart, wherever it is.
        let follows_ours = |dispute: &&Dispute| {
            let apart = self.memory.quarantined.contains_key(&dispute.master);
            self.nodes.get(&dispute.master).is_some_and(|node| {
                let ours = self.follows(node).as_ref() == Some(&master);
                node.fresh_since(self.settled_us) && (ours || (apart && !node.takes_writes()))
            })
        };
        let since = self
            .peers
            .iter()
            .filter(|(id, _)| ctx.hears(id))
            .filter_map(|(_, peer)| peer.dispute.as_ref())
            .filter(|dispute| dispute.epoch == self.config_epoch)
            .filter(follows_ours)
            .map(|dispute| dispute.since_us)
            .min();
        let Some(since) = since.filter(|_| stands) else {
            return false;
        };
        let turn = since + PATIENCE_US + self.rank(ctx) * TURN_US;
        let at = turn.max(self.hold_until_us);
        if ctx.now_us < at {
            self.due(at);
            return false;
        }
        self.stand(Purpose::Adopt(master), ctx);
        true
    }
}
