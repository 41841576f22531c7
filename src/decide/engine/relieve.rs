//! A master that lives and refuses every write, for its disk is full: one that takes writes is put in its place. Stock
//! Sentinel takes such a master for dead, for it refuses its PING as well. Here it can be left without a loss.

use super::action::Action;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::failover::STAGGER_US;
use super::failover::WAIT_US;
use super::node::Node;
use super::phase::Purpose;
use super::view::automatic;
use crate::decide::finding::Severity;

/// What servers answer that have no room on their disk. A full memory is what clients make it, and the next master's too.
const NO_ROOM: &str = "MISCONF";
const REFUSES: &str = "master.refuses_writes";

impl Node {
    /// A full look has shown whether it refuses writes for want of room.
    pub(super) fn note_room(&mut self, now_us: u64) {
        let refuses = self.seen.as_ref().and_then(|s| s.refuses_writes.as_ref());
        if refuses.is_some_and(|why| why.starts_with(NO_ROOM)) {
            self.full_since_us.get_or_insert(now_us);
        } else {
            self.full_since_us = None;
        }
    }
}

impl Cluster {
    /// Whether there is something to do or to wait for.
    pub(super) fn relieve(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let (Some(addr), Some(node)) = (self.master.clone(), self.master_node()) else {
            return false;
        };
        let Some(since_us) = node.full_since_us else {
            self.settle(REFUSES);
            return false;
        };
        let seen = node.seen.as_ref();
        let why = seen.and_then(|seen| seen.refuses_writes.clone());
        let still = since_us + self.spec.detect.down_after_ms * 1000;
        let again = node.looked_since(still);
        self.find(
            REFUSES,
            Severity::Critical,
            Some(&addr),
            format!("it refuses every write: {}", why.unwrap_or_default()),
            "make room, or switch over with `pikafo promote`",
        );
        let turn = (still + self.rank(ctx) * STAGGER_US).max(self.hold_until_us);
        if ctx.now_us < turn {
            self.due(turn);
            return true;
        }
        if !again {
            // It may have made room meanwhile.
            ctx.act(Action::Look {
                cluster: self.name(),
                node: addr,
            });
            self.due(ctx.now_us + WAIT_US);
            return true;
        }
        if let Some((code, text)) = self.not_allowed(ctx) {
            self.blocked("refuses every write", RELIEVE, &code, &text);
            self.due(ctx.now_us + WAIT_US);
            return false;
        }
        // No epoch is spent on a switchover that would be refused.
        match self.draft_promote(&automatic(ctx), ctx) {
            Ok(_) => {
                self.settle("failover.blocked");
                self.stand(Purpose::Relieve, ctx);
                true
            }
            Err(refusal) => {
                self.blocked("refuses every write", RELIEVE, &refusal.code, &refusal.text);
                self.due(ctx.now_us + WAIT_US);
                false
            }
        }
    }
}

const RELIEVE: &str = "decide, and run `pikafo promote`";
