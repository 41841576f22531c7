//! When the master died, and how its replicas were then, as far as anybody can tell: others may have heard it for longer.

use super::abstain::ABSTENTION_US;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::told::Word;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::history;
use crate::decide::history::History;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::verdict;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::Sample;
use crate::decide::watcher::Id;

/// So long after the last sample, what the master took since may be anything, unless it is known how fast it went.
const ALONE_MS: i64 = 2_000;

/// Whose link was lost longer ago than so many times the silence that makes the master down does not replace it by itself. A
/// Sentinel judges so.
const LATELY: u64 = 10;

/// What proves that the master lived was on its way for so long at the most.
const ON_ITS_WAY_US: u64 = 1_000_000;

impl Cluster {
    /// Wall clock of the last sign of life.
    pub(super) fn died_ms(&self, ctx: &Ctx<'_>) -> i64 {
        let quiet = self.master_node().and_then(|n| n.quiet.as_ref());
        // Where nothing listens any more, it lived until then.
        let since = quiet.map_or(ctx.now_us, |q| q.refused_since_us.unwrap_or(q.since_us));
        let since = since.max(self.heard_by_others_us(since, ctx));
        let ago_ms = ctx.now_us.saturating_sub(since) / 1000;
        ctx.wall_ms - i64::try_from(ago_ms).unwrap_or(0)
    }

    /// Until when others may have heard the master, which this watcher has not heard since then. Whoever says that it is
    /// not down has heard it within the time that makes it down; and whoever was out of reach meanwhile may have heard it
    /// until shortly before he was back.
    fn heard_by_others_us(&self, since_us: u64, ctx: &Ctx<'_>) -> u64 {
        let detect = &self.spec.detect;
        let before = |at: u64, ms: u64| at.saturating_sub(ms.saturating_mul(1000));
        let soonest_ms = detect.down_after_ms.min(detect.refused_after_ms);
        let heard = self.peers.iter().map(|(id, peer)| {
            let denied = peer.denied_us.map(|at| before(at, detect.down_after_ms));
            let back = ctx.watchers.get(id).and_then(|watcher| watcher.back_us);
            let back = back.filter(|at| *at > since_us);
            denied
                .max(back.map(|at| before(at, soonest_ms)))
                .unwrap_or(0)
        });
        heard.max().unwrap_or(0)
    }

    /// What is said of the loss rests on the samples of the one watcher that has seen the master last: no two clocks are
    /// compared. Old ones that do not tell how fast it went bound no loss, as those of a watcher that was cut off as soon as it was
    /// started; where nobody has others, it is unknown. A master that was seen of another history has started again, and its
    /// replicas' numbers say nothing of it. Gives when the master died, which was not before it was last seen.
    pub(super) fn rest_on_samples(&self, view: &mut ClusterView, died_ms: i64) -> i64 {
        let own = (view.memory.samples.as_slice(), None);
        let words = self.peers.values().filter_map(|peer| peer.word.as_ref());
        let told = words.map(Word::samples);
        let is_of_master = |s: &&Sample| self.is_of_master(s);
        let last_told = told.clone().flat_map(|(samples, _)| samples);
        let last_told_ms = last_told.filter(is_of_master).map(Sample::asked_ms).max();
        let died_ms = last_told_ms.map_or(died_ms, |at| at.max(died_ms));
        let of_master = std::iter::once(own).chain(told).map(|(samples, history)| {
            let of_master = samples.iter().filter(is_of_master);
            let before = of_master.filter(|s| s.asked_ms() <= died_ms);
            (before.cloned().collect::<Vec<Sample>>(), history.cloned())
        });
        let best = of_master.filter(|(samples, _)| {
            is_fresh(samples.last(), died_ms) || loss::tells_speed(samples.iter())
        });
        let best = best.max_by_key(|(samples, _)| samples.last().map(Sample::asked_ms));
        let (best, history) = best.unwrap_or_default();
        let samples = &mut view.memory.samples;
        samples.retain(|s| !is_of_master(&s));
        samples.extend(best);
        if let Some(id) = history {
            history::note(&mut view.memory.histories, &id, true);
        }
        died_ms
    }

    /// Another watcher says that the master is not down: it has heard it within the time that makes it down. What it heard may
    /// have been on its way, for no longer than that, or it would have said otherwise before. One that was started a moment
    /// ago, or that abstains, says so of a dead one too, but does not go on with it for long; and one that names another master
    /// says so of whatever it does not know.
    pub(super) fn denied(&mut self, peer: &Id, asked_us: u64, ctx: &Ctx<'_>) {
        let down_after_us = self.spec.detect.down_after_ms.saturating_mul(1000);
        let back_us = ctx.watchers.get(peer).and_then(|watcher| watcher.back_us);
        let Some(known) = self.peers.get_mut(peer) else {
            return;
        };
        known.denied_us = Some(ctx.now_us);
        let answers = known.ballot.as_ref().is_some_and(|b| ctx.counts(b));
        let unbroken = |since: &u64| answers && back_us.is_none_or(|back| back < *since);
        let since_us = known.denies_since_us.filter(unbroken);
        let since_us = *known.denies_since_us.insert(since_us.unwrap_or(ctx.now_us));
        // A stock Sentinel abstains for much longer.
        let counts = known.pikafo && known.dispute.is_none();
        if counts && asked_us > since_us + ABSTENTION_US.max(down_after_us) {
            let before_us = down_after_us.saturating_add(down_after_us.min(ON_ITS_WAY_US));
            let heard_us = asked_us.saturating_sub(before_us);
            self.heard_us = self.heard_us.max(heard_us);
        }
    }

    /// There is another master: how long the one before it was heard says nothing of it.
    pub(super) fn forget_life(&mut self) {
        self.heard_us = 0;
        for peer in self.peers.values_mut() {
            peer.denies_since_us = None;
        }
    }

    /// A look tells whether it is linked to whom it follows. Whoever has received something was linked in between.
    pub(super) fn note_link(
        &mut self,
        addr: &Addr,
        before: Option<&Replication>,
        now: &Replication,
        ctx: &Ctx<'_>,
    ) {
        let to_master = now.master.as_ref().map(|to| self.resolve(to)) == self.master;
        let Some(node) = self.nodes.get_mut(addr) else {
            return;
        };
        let still = before.is_some_and(|b| b.master == now.master && !verdict::has_come_on(b, now));
        let since_us = node.unlinked_us.filter(|_| still);
        let follows = now.role.is_replica();
        let unlinked = follows && now.link != Link::Up;
        node.unlinked_us = unlinked.then(|| since_us.unwrap_or(ctx.now_us));
        if now.link == Link::Up && to_master {
            node.linked_us = Some(ctx.now_us);
        }
    }

    /// Whose link was down already before the master died: it was found so, and the master was asked after that, by this
    /// watcher or by another, and answered. What was heard of it last may be an answer that was on its way for long.
    ///
    /// Not where what it lacks for that can be told, and is a loss like any other: a master that is stopped lets its replicas
    /// go before it ends. `known`: with where the master was seen, until it died then.
    pub(super) fn unlinked(&self, known: &Memory, died_ms: i64) -> Vec<Addr> {
        // One that answers is replaced by somebody's word, or as it loads for too long; whoever loads serves nobody.
        let Some(master) = self.master_node().filter(|n| n.quiet.is_some()) else {
            return Vec::new();
        };
        let serves = master.seen.as_ref().is_some_and(|s| !s.server.loading);
        let answered_us = master.seen_at_us.filter(|_| serves);
        let lived_us = answered_us.unwrap_or(0).max(self.heard_us);
        let measured = self.is_measured(&known.samples, died_ms);
        let lately_us = self.spec.detect.down_after_ms.saturating_mul(LATELY * 1000);
        let lost = |node: &Node| {
            let before = node.unlinked_us.filter(|at| *at <= lived_us);
            let counted = measured && has_its_data(node, &known.histories);
            before.is_some_and(|at| !counted || at.saturating_add(lately_us) < lived_us)
        };
        let lost = self.nodes.iter().filter(|(_, node)| lost(node));
        lost.map(|(addr, _)| addr.clone()).collect()
    }

    /// These samples of the master, which died then, show how far it had come, and how fast it went.
    fn is_measured(&self, samples: &[Sample], died_ms: i64) -> bool {
        let of_master = || samples.iter().filter(|s| self.is_of_master(s));
        is_fresh(of_master().next_back(), died_ms) && loss::tells_speed(of_master())
    }

    pub(super) fn is_of_master(&self, sample: &Sample) -> bool {
        Some(&sample.node) == self.master.as_ref()
    }
}

/// What the master took since is no more than chance.
fn is_fresh(last: Option<&Sample>, died_ms: i64) -> bool {
    last.is_some_and(|last| last.asked_ms() + ALONE_MS >= died_ms)
}

/// It was linked to the master, was not started again since, and is of the same history: how far it is can be compared.
fn has_its_data(node: &Node, histories: &[String]) -> bool {
    let same = |seen: &Observation| History::of(seen, histories).is_newest(histories);
    let linked = node.linked_us.is_some() && node.restarted_us <= node.linked_us;
    linked && node.seen.as_deref().is_some_and(same)
}
