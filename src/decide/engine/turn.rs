//! When what is wrong with a node is set right: after whom, how long after it was tried in vain, and before what else.

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::cluster::Retry;
use super::failover::GREETING_US;
use super::mind::Watcher;
use super::node::Node;
use super::peer::Peer;
use super::repair::Wrong;
use crate::decide::facts::Role;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;

/// The others give way to whoever led the last change, and after him to the first among them.
pub(super) const TURN_US: u64 = 1_500_000;
/// A replica that was never silent has become master: whoever did that is given this long to say so.
pub(super) const PROMOTED_US: u64 = 8_000_000;
/// What it said on its return is not a change that it made since.
const BACK_US: u64 = 1_000_000;
const AGAIN_US: u64 = 4_000_000;
/// Whoever is asked what he remembers has answered by then, or does not answer.
const LEARN_US: u64 = 1_500_000;
/// Whom a promotion that this watcher has missed may have made master is not set right.
pub(super) const TOO_FEW: &str = "repair.too_few";
const LEFT_ALONE: &str =
    "bring the other watchers back; if it is none, `pikafo repoint` leads it away";
/// What has been well for so long begins with short pauses again.
pub(super) const FORGOTTEN_US: u64 = 10 * 60_000_000;

impl Retry {
    /// Another watcher has led it away from its master and back, which did not help either.
    fn heed(&mut self, wrong: Wrong, node: Option<&Node>) {
        let moved_us = node.map_or(0, |node| node.role_since_us);
        let unheard = self.tried_us.is_some_and(|at| moved_us > at + 4 * AGAIN_US);
        if wrong == Wrong::Broken && unheard {
            self.tried(moved_us);
        }
    }

    pub(super) fn tried(&mut self, now_us: u64) {
        self.tries = self.tries.saturating_add(1);
        self.tried_us = Some(now_us);
    }

    pub(super) fn not_before_us(&self, wrong: Wrong) -> u64 {
        let Some(tried_us) = self.tried_us else {
            return 0;
        };
        let pause_us = AGAIN_US.saturating_mul(1 << self.tries.min(10));
        tried_us + pause_us.min(wrong.again_at_most_us())
    }
}

impl Cluster {
    pub(super) fn master_is_fresh(&self) -> bool {
        let since_us = self.unchanged_since();
        self.master_node().is_some_and(|n| n.fresh_since(since_us))
    }

    /// Another was elected and may be acting until then.
    pub(super) fn may_be_led_until(&self, ctx: &Ctx<'_>) -> Option<u64> {
        let lease = self.lease.as_ref()?;
        let binds = self.leader_epoch > self.config_epoch && ctx.now_us < lease.until_us;
        binds.then_some(lease.until_us)
    }

    /// Of how the master became one nothing is known here, or what was inferred from outside, and whoever may know more has been
    /// asked: whom that would show to be in order is not set apart before.
    pub(super) fn may_learn_until(&self, ctx: &Ctx<'_>) -> Option<u64> {
        let last = self.memory.promotions.last();
        let last = last.filter(|last| Some(&last.node) == self.master.as_ref());
        let told = last.is_some_and(|last| last.automatic.is_some());
        // What a Sentinel did is inferred, and it has nothing to tell.
        let knows = |peer: &Peer| peer.pikafo || last.is_none();
        let mut peers = self.peers.values();
        // Before the first epoch nobody has been promoted.
        let asked = self.config_epoch > 0 && peers.any(|peer| peer.owes && knows(peer));
        let until_us = self.settled_us + LEARN_US;
        (asked && !told && ctx.now_us < until_us).then_some(until_us)
    }

    /// When so many of the others have had the time to say what they know that nobody can have been elected without one of them.
    /// Where nothing listens nobody acts any more, but what he did until a moment ago may not show yet, and what he did before,
    /// where something may have been `missed`, he does not say.
    fn greeted_us(&self, missed: bool, ctx: &Ctx<'_>) -> Option<u64> {
        let others = self.peers.len().div_ceil(2);
        let said = |watcher: &Watcher| match &watcher.quiet {
            None => Some(watcher.greeted_us),
            Some(quiet) => quiet
                .refused_since_us
                .filter(|_| !missed)
                .map(|at| at.saturating_add(GREETING_US)),
        };
        let watchers = self.peers.keys().filter_map(|id| ctx.watchers.get(id));
        let mut all: Vec<u64> = watchers.filter_map(said).collect();
        all.push(0);
        all.sort_unstable();
        all.get(others).copied()
    }

    /// It takes itself for the master, or follows somebody who does, and was none when this watcher last learned who is: that may
    /// not have listened when it was made one, and those who did that may be gone. What it holds then is the only true copy.
    fn may_be_newer(&self, addr: &Addr) -> bool {
        let newer = |addr: &Addr| {
            // That it is further than the master would be no wonder.
            let judged = self.memory.quarantined.contains_key(addr);
            let since_us = |node: &Node| node.role_since_us >= self.settled_us;
            let is_master = |node: &Node| node.role() == Role::Master && since_us(node);
            let other = self.master.as_ref() != Some(addr) && !judged;
            other && self.nodes.get(addr).is_some_and(is_master)
        };
        let above = |addr: &Addr| self.follows(self.nodes.get(addr)?);
        let mut chain = std::iter::successors(Some(addr.clone()), above).take(self.nodes.len());
        chain.any(|addr| newer(&addr))
    }

    pub(super) fn too_few_to_tell(&mut self, addr: &Addr, ctx: &Ctx<'_>) {
        let heard = self.peers.keys().filter(|id| ctx.hears(id)).count() + 1;
        let text = format!(
            "it is not led to the master: it may be a newer one, and only {heard} of {} watchers could tell",
            self.peers.len() + 1
        );
        self.find(TOO_FEW, Severity::Warning, Some(addr), text, LEFT_ALONE);
    }

    /// How long this watcher gives way to others.
    pub(super) fn turn_us(&self, ctx: &Ctx<'_>) -> u64 {
        // To have voted for oneself in that epoch is not enough: so did who lost.
        if self.led_epoch == Some(self.config_epoch) {
            return 0;
        }
        // A stock Sentinel that led moves the replicas at once, and nobody else of its kind does anything for many seconds.
        let waits = u64::from(!self.leader_is_gone(ctx));
        (self.rank_among(|peer| peer.pikafo, ctx) + waits) * TURN_US
    }

    /// It is seen to be wrong: when it is to be set right.
    pub(super) fn set_right_at(
        &mut self,
        addr: &Addr,
        wrong: Wrong,
        turn_us: u64,
        ctx: &Ctx<'_>,
    ) -> u64 {
        let missed = wrong.is_moved() && self.may_be_newer(addr);
        let greeted_us = self.greeted_us(missed, ctx);
        let node = self.nodes.get(addr);
        let retry = self.repairs.entry(addr.clone()).or_default();
        // Detached by whoever repairs it, a node whose link was broken takes itself for a master: since now.
        if retry.wrong.replace(wrong) != Some(wrong) {
            retry.wrong_since_us = None;
        }
        retry.heed(wrong, node);
        let since = *retry.wrong_since_us.get_or_insert(ctx.now_us);
        let after = match wrong {
            Wrong::Returned => since.max(node.map_or(0, being_promoted_until)),
            Wrong::Strays
            | Wrong::Broken
            | Wrong::Torn
            | Wrong::Differs
            | Wrong::Unsaved
            | Wrong::Held => since + wrong.grace_us(),
        };
        // Whoever was cut off does not know who was promoted meanwhile: whom he hears again, and whoever did it where he hears
        // too few, are given the time to say so. On a slow network they come and go all the time.
        let at_most_us = if missed {
            u64::MAX
        } else {
            since + PROMOTED_US
        };
        let told_us = greeted_us.unwrap_or(u64::MAX).min(at_most_us);
        let after = after.max(told_us);
        // Only who put a fence up knows what was there before; and who has promoted it in vain, that nobody else did.
        let in_vain = wrong == Wrong::Returned && node.is_some_and(|n| gave_up(n, ctx.now_us));
        let turn_us = if wrong == Wrong::Held || in_vain {
            0
        } else {
            turn_us
        };
        // What was done to it a restart has undone: that was not in vain.
        let restarted_us = node.and_then(|node| node.restarted_us);
        if wrong == Wrong::Returned && restarted_us > retry.tried_us {
            return after.saturating_add(turn_us);
        }
        after
            .saturating_add(turn_us)
            .max(retry.not_before_us(wrong))
    }

    /// A repair waits for its node, for hours where that one is copied to, and an old master is back that is this
    /// watcher's to set right by now: another one, or the node itself, whose role is saved last. One that cannot be set right is
    /// tried less and less often, and so ends no repair but now and then.
    pub(super) fn returned_is_due(&mut self, ctx: &Ctx<'_>) -> bool {
        let run = self.run.as_ref().filter(|run| run.waits_since(ctx.now_us));
        let Some(run) = run.filter(|_| self.may_begin(ctx)) else {
            return false;
        };
        let again = |addr: &Addr| {
            let node = self.nodes.get(addr);
            node.is_some_and(|node| run.was_told_before_it_started(addr, node))
        };
        let returned = self.returned();
        let returned = returned.filter(|addr| !run.concerns(addr) || again(addr));
        let returned: Vec<Addr> = returned.cloned().collect();
        for (addr, retry) in &mut self.repairs {
            if retry.wrong == Some(Wrong::Returned) && !returned.contains(addr) {
                retry.wrong_since_us = None;
            }
        }
        let turn_us = self.turn_us(ctx);
        let mut first = u64::MAX;
        for addr in returned {
            first = first.min(self.set_right_at(&addr, Wrong::Returned, turn_us, ctx));
        }
        self.due(first);
        ctx.now_us >= first
    }

    /// Were it not for what is under way, a repair could be begun.
    fn may_begin(&self, ctx: &Ctx<'_>) -> bool {
        let replaced = self.overthrown(ctx).is_some() || self.overthrown_by_the_silent().is_some();
        let allowed = !ctx.mute && !self.journal_lost && !self.stands_back;
        let serves = self.master_node().map(Node::role) == Some(Role::Master);
        let calm = serves && self.master_is_fresh() && self.may_be_led_until(ctx).is_none();
        allowed && calm && !replaced
    }

    /// Who answers, and was not looked at since a plan has ended.
    pub(super) fn not_seen_since_moved(&self) -> Vec<Addr> {
        let unseen = |node: &Node| {
            node.fresh_since(self.settled_us) && !node.fresh_since(self.unchanged_since())
        };
        let unseen = self.nodes.iter().filter(|(_, node)| unseen(node));
        unseen.map(|(addr, _)| addr.clone()).collect()
    }
}

/// Somebody promotes it before our eyes: a stock Sentinel tells of it a second later, and waits as long itself. It has
/// been master for that long by then, however long this watcher had other things to look after. Until a full look shows
/// whether a restart explains it, it counts as promoted. Whom this watcher promoted and gave up, nobody is about to tell of.
fn being_promoted_until(node: &Node) -> u64 {
    let unexplained = node.turning.as_ref().map(|_| node.role_since_us);
    let turned = node.turned_master_us.or(unexplained);
    let turned = turned.filter(|at| *at > node.back_us + BACK_US && !gave_up(node, *at));
    turned.map_or(0, |at| at + PROMOTED_US)
}

/// This watcher had promoted it, or was about to, and gave that up a moment before.
fn gave_up(node: &Node, at_us: u64) -> bool {
    let gave_us = node.given_up_us;
    gave_us.is_some_and(|gave_us| at_us < gave_us + PROMOTED_US)
}
