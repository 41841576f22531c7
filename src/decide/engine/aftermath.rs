//! What a change of master by another leader leaves to this watcher: whether it counts as an automatic failover, so that
//! the next one is blocked for a while, and the saving of the new master's role, if he dies before he has done it.

use super::adopt::SAME_MS;
use super::adopt::millis;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::cluster::Leader;
use super::cluster::Supposed;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Id;

/// A leader that is still there so long after he told of his promotion has saved it, or says why not.
const SAVED_US: u64 = 10_000_000;

impl Cluster {
    /// The master that was dead has been replaced. Stock never says whether it was asked to, and counts for automatic; a
    /// pikafo says so when it is asked for its promotions.
    pub(super) fn suppose(&mut self, ctx: &Ctx<'_>) {
        if let Some(heir) = self.master.clone() {
            let before_ms = self.last_automatic_ms;
            self.supposed = Some(Supposed { heir, before_ms });
            self.last_automatic_ms = Some(ctx.wall_ms);
        }
    }

    /// Whoever promoted a node has said whether he did it by himself.
    pub(super) fn count(&mut self, promotion: &Promotion, ctx: &mut Ctx<'_>) {
        let at_ms = millis(promotion).min(ctx.wall_ms);
        let counted = self.last_automatic_ms;
        match promotion.automatic {
            None => return,
            Some(true) => self.last_automatic_ms = counted.max(Some(at_ms)),
            Some(false) => {
                let (heir, supposed_ms) = (&promotion.node, counted.unwrap_or(i64::MIN));
                let same = at_ms.abs_diff(supposed_ms) <= SAME_MS.unsigned_abs();
                if same && let Some(before) = self.supposed.take_if(|s| s.heir == *heir) {
                    self.last_automatic_ms = before.before_ms;
                }
            }
        }
        if self.last_automatic_ms != counted {
            ctx.persist();
        }
    }

    /// `teller` has told of a new master; it was promoted by whoever was elected in that epoch, or else by him.
    pub(super) fn note_leader(&mut self, teller: &Id, ctx: &Ctx<'_>) {
        let elected = (self.leader_epoch == self.config_epoch).then_some(self.leader.as_ref());
        let id = elected.flatten().unwrap_or(teller).clone();
        let saves_until_us = Some(ctx.now_us + SAVED_US);
        self.led_by = Some(Leader { id, saves_until_us });
    }

    /// Nobody need wait for whoever led the last change.
    pub(super) fn leader_is_gone(&self, ctx: &Ctx<'_>) -> bool {
        let id = self.led_by.as_ref().map(|leader| &leader.id);
        let watcher = id.and_then(|id| ctx.watchers.get(id));
        watcher.is_some_and(|watcher| watcher.quiet.is_some())
    }

    /// Takes over the saving from a leader that is gone, and looks after it where a Sentinel led: it orders that once, together
    /// with the promotion, and never asks what came of it.
    pub(super) fn look_after_saving(&mut self, ctx: &mut Ctx<'_>) {
        let gone = self.leader_is_gone(ctx);
        let Some(leader) = &mut self.led_by else {
            return;
        };
        let Some(until) = leader.saves_until_us else {
            return;
        };
        let over = ctx.now_us >= until;
        let stock = !self.peers.get(&leader.id).is_some_and(|peer| peer.pikafo);
        if gone || over {
            leader.saves_until_us = None;
        } else {
            self.due_us = self.due_us.min(until);
        }
        if (if over { stock } else { gone })
            && let Some(master) = self.master.clone()
        {
            self.owe(&master, ctx);
        }
    }

    /// The role of the new master is to be saved by whoever comes to it first.
    pub(super) fn owe(&mut self, master: &Addr, ctx: &mut Ctx<'_>) {
        let why = "whoever promoted it may not have saved its role".to_owned();
        self.memory.rewrite_owed.insert(master.clone(), why);
        self.remember(ctx);
    }
}
