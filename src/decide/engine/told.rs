//! What watchers tell each other of their fences. Only who put one up knows what was there before it, and whether it is needed
//! still; where he cannot lift it, since he is dead or does not reach the node or the master, another takes it over.
//!
//! And where they have seen the master: whoever was cut off from it for a while does not know how far it has come since.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::failover::GREETING_US;
use super::node::Node;
use super::repair::Wrong;
use crate::decide::draft::Refusal;
use crate::decide::facts::FenceSeen;
use crate::decide::facts::Link;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::view::Sample;
use crate::decide::watcher::Id;

/// What a watcher tells the others. Fields are only added.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Told {
    /// Fences that it has put up and not lifted, with what the nodes were like before. No password is among that.
    pub fences: BTreeMap<Addr, FenceHow>,
    /// Whom it keeps apart, and why.
    pub apart: BTreeMap<Addr, String>,
    /// Which replicas were seen to lack what came before their stream, and how; to those who looked less often it shows later.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<Addr, String>,
    /// Whom the plan concerns that it carries out.
    pub busy: BTreeSet<Addr>,
    /// It stands back: somebody acts alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
    /// Where it has seen its master, by its own clock; newest last. Before that those of Pika's replicas, where they stand, that hold
    /// nothing but what the master has: whoever was started since cannot tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// Redis: the history that the master has named last, which those are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
    /// What that clock shows as it tells.
    pub clock_ms: i64,
}

impl Told {
    /// What was drawn before is told now.
    #[must_use]
    pub fn at(&self, clock_ms: i64) -> Self {
        Self {
            clock_ms,
            ..self.clone()
        }
    }

    /// By the clock of whoever has asked, and as old as if it had been told at once: it is no older than that.
    fn by_clock(mut self, asked_ms: i64) -> Self {
        // What lies in its future was sampled before its clock was put back.
        self.samples.retain(|s| s.at_ms <= self.clock_ms);
        for sample in &mut self.samples {
            let ago_ms = self.clock_ms.saturating_sub(sample.at_ms);
            sample.at_ms = asked_ms.saturating_sub(ago_ms);
        }
        self
    }
}

/// The last that another watcher has told.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Word {
    told: Told,
    /// When it was asked.
    asked_us: u64,
}

impl Word {
    /// Where the speaker has seen its master, by this watcher's clock, newest last; and of which history that is.
    pub(super) fn samples(&self) -> (&[Sample], Option<&String>) {
        (&self.told.samples, self.told.history.as_ref())
    }
}

/// Whoever put a fence up on a node that is in order lifts it at once; the others give him this long.
const PATIENCE_US: u64 = 20_000_000;
/// A word is believed for so long while its speaker could be asked again.
const FRESH_US: u64 = 15_000_000;
/// What a watcher was doing that is silent for so long is not under way any more.
const GONE_US: u64 = 5_000_000;
/// Between questions: at least, and at most where nobody knows anything.
const ASK_US: u64 = 3_000_000;
const ASK_SELDOM_US: u64 = 60_000_000;
/// The same while the master is dead.
const ASK_NOW_US: u64 = 1_000_000;
const LOOK_US: u64 = 1_000_000;

impl Cluster {
    /// What this watcher tells.
    pub(super) fn tells(&self) -> Told {
        let fences = self.memory.fences.iter().filter(|(_, how)| how.lasts());
        let apart = self.past.iter().chain(&self.memory.quarantined);
        let steps = self.run.iter().flat_map(|run| &run.plan.steps);
        let samples = self.memory.samples.iter();
        let samples = samples.filter(|s| self.is_of_master(s));
        Told {
            fences: fences.map(|(a, how)| (a.clone(), how.clone())).collect(),
            apart: apart.map(|(a, why)| (a.clone(), why.clone())).collect(),
            gaps: self.memory.gaps.clone(),
            busy: steps.map(|step| step.node.clone()).collect(),
            aside: self.stands_back,
            samples: self.vouches().chain(samples.cloned()).collect(),
            history: self.memory.histories.last().cloned(),
            clock_ms: 0,
        }
    }

    pub(super) fn was_told(&mut self, peer: &Id, told: Told, asked_us: u64, ctx: &mut Ctx<'_>) {
        self.learn_gaps(&told, ctx);
        self.learn_vouched(&told, asked_us, ctx);
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.pikafo = true;
            let ago_ms = ctx.now_us.saturating_sub(asked_us) / 1000;
            let ago_ms = i64::try_from(ago_ms).unwrap_or(0);
            let told = told.by_clock(ctx.wall_ms - ago_ms);
            peer.word = Some(Word { told, asked_us });
            self.due(ctx.now_us);
        }
    }

    /// Asks about fences on those who are in order, and takes over what whoever put it up does not lift: from then on it is
    /// lifted as one of ours is.
    pub(super) fn take_over(&mut self, ctx: &mut Ctx<'_>) {
        let barred = self.nodes.iter();
        let barred = barred.filter(|(addr, node)| self.is_barred(addr, node));
        let barred: Vec<Addr> = barred.map(|(addr, _)| addr.clone()).collect();
        self.barred.retain(|addr, _| barred.contains(addr));
        // Its owner may be lost before the node is in order.
        let mut nodes = self.nodes.iter();
        if nodes.any(|(addr, node)| self.is_fenced_by_nobody_known(addr, node)) {
            self.ask_of_fences(ASK_SELDOM_US, ctx);
        }
        let turn_us = self.turn_us(ctx);
        for addr in barred {
            let since_us = *self.barred.entry(addr.clone()).or_insert(ctx.now_us);
            let pause_us = (ctx.now_us - since_us) / 2;
            self.ask_of_fences(pause_us.clamp(ASK_US, ASK_SELDOM_US), ctx);
            let at = since_us + PATIENCE_US + turn_us;
            if ctx.now_us < at {
                self.due(at);
                continue;
            }
            let fresh_us = ctx.now_us.saturating_sub(FRESH_US);
            let Some(how) = self.told_fence(&addr, fresh_us, false, ctx) else {
                continue;
            };
            // Somebody may have lifted it since it was last looked for.
            if self.nodes.get(&addr).is_some_and(|n| n.looked_since(at)) {
                self.own_fence(&addr, how, ctx);
            } else {
                let (cluster, node) = (self.name(), addr);
                ctx.act(Action::Look { cluster, node });
                self.due(ctx.now_us + LOOK_US);
            }
        }
    }

    /// Somebody acts alone, and this watcher could not be told: it was dead, or out of reach.
    pub(super) fn others_stand_back(&mut self, ctx: &mut Ctx<'_>) -> bool {
        self.ask_of_fences(ASK_NOW_US, ctx);
        self.any_tells(&|told| told.aside, ctx)
    }

    fn any_tells(&self, of: &dyn Fn(&Told) -> bool, ctx: &Ctx<'_>) -> bool {
        let heard = self.peers.iter().filter(|(id, _)| ctx.hears(id));
        let mut words = heard.filter_map(|(_, peer)| peer.word.as_ref());
        words.any(|word| ctx.now_us < word.asked_us + FRESH_US && of(&word.told))
    }

    /// A fence that this watcher once put up may have been lifted since, and what it finds there be that of somebody who is at work
    /// now. True as long as anybody is who has fenced it himself, or has not answered.
    fn asks_whether_others_are_at_work(&mut self, addr: &Addr, ctx: &mut Ctx<'_>) -> bool {
        let works = |told: &Told| told.busy.contains(addr) && told.fences.contains_key(addr);
        self.asks_whether_any(&|told| told.aside || works(told), ctx)
    }

    /// Before a plan: others may have seen more of it than this watcher has.
    pub(super) fn asks_about(
        &mut self,
        addr: &Addr,
        plan: &Result<Plan, Refusal>,
        ctx: &mut Ctx<'_>,
    ) -> bool {
        let Some(node) = self.nodes.get(addr) else {
            return false;
        };
        let (mut leads, mut parts) = (false, false);
        let steps = plan.iter().flat_map(|plan| &plan.steps);
        for step in steps.filter(|step| step.node == *addr) {
            leads |= matches!(&step.act, Act::Follow { how, .. } if how.keeps());
            parts |= matches!(step.act, Act::SetApart { .. });
        }
        if leads && self.is_fenced_but_not_here(addr, node) {
            // Whoever has fenced it may keep it apart.
            let apart =
                |told: &Told| told.fences.contains_key(addr) && told.apart.contains_key(addr);
            return self.asks_whether_any(&apart, ctx);
        }
        // Whoever was started a moment ago has not seen how it came to where it is.
        let pika = matches!(node.position(), Some(Position::Pika(_)));
        let may_be_vouched = pika && node.role().is_replica() && !node.is_vouched();
        parts && may_be_vouched && self.asks_whether_any(&|_| false, ctx)
    }

    /// True as long as it is so of any, or one has not answered.
    fn asks_whether_any(&mut self, bars: &dyn Fn(&Told) -> bool, ctx: &mut Ctx<'_>) -> bool {
        let asked_us = self.work_asked_us;
        let asked_us = asked_us.filter(|at| ctx.now_us < at + ASK_US);
        if asked_us.is_none() {
            self.fences_asked_us = None;
        }
        let asked_us = asked_us.unwrap_or(ctx.now_us);
        self.ask_of_fences(ASK_NOW_US, ctx);
        if self.any_tells(bars, ctx) {
            self.work_asked_us = Some(ctx.now_us);
            return true;
        }
        let mut peers = self.peers.iter();
        let unsaid = peers.any(|(id, peer)| {
            let said = peer.word.as_ref().map(|word| word.asked_us);
            peer.may_tell() && ctx.hears(id) && said < Some(asked_us)
        });
        let until_us = asked_us + GREETING_US;
        let waits = unsaid && ctx.now_us < until_us;
        self.work_asked_us = waits.then_some(asked_us);
        if waits {
            self.due(until_us);
        }
        waits
    }

    /// The master is dead, or is to be made one again: others may have seen it later, and whoever is to be promoted may stand
    /// behind a fence of which nothing is known here.
    pub(super) fn ask_the_others(&mut self, ctx: &mut Ctx<'_>) {
        self.ask_of_fences(ASK_NOW_US, ctx);
    }

    /// The fences that a promotion may lift: others' too, and none on whom another watcher keeps apart, but for whom a person
    /// names who gives up what the others hold.
    pub(super) fn liftable(&self, by_word: bool, ctx: &Ctx<'_>) -> BTreeMap<Addr, FenceHow> {
        let words = || self.peers.values().filter_map(|peer| peer.word.as_ref());
        let apart = |addr: &Addr| words().any(|word| word.told.apart.contains_key(addr));
        let fresh_us = ctx.now_us.saturating_sub(FRESH_US);
        let since_us = self.odown_since_us.unwrap_or(fresh_us);
        let ours = self.memory.fences.iter();
        let ours = ours.filter(|(addr, _)| by_word || !apart(addr));
        let theirs = self.nodes.iter().filter_map(|(addr, node)| {
            let theirs = if by_word {
                self.is_fenced_but_not_here(addr, node)
            } else {
                self.is_fenced_by_another(addr, node)
            };
            let how = theirs.then(|| self.told_fence(addr, since_us, by_word, ctx));
            Some((addr, how??))
        });
        let ours = ours.map(|(addr, how)| (addr, how.clone()));
        ours.chain(theirs)
            .map(|(addr, how)| (addr.clone(), how))
            .collect()
    }

    /// A plan lifts another watcher's fence on its candidate.
    pub(super) fn own_fences_of(&mut self, plan: &Plan, ctx: &mut Ctx<'_>) {
        for step in &plan.steps {
            if let Act::Unfence { how } = &step.act
                && Some(&step.node) == plan.facts.candidate.as_ref()
                && !self.memory.fences.contains_key(&step.node)
            {
                self.own_fence(&step.node, how.clone(), ctx);
            }
        }
    }

    fn own_fence(&mut self, addr: &Addr, how: FenceHow, ctx: &mut Ctx<'_>) {
        let taken = "another watcher's, which does not lift it".to_owned();
        self.memory.fenced.insert(addr.clone(), taken);
        self.memory.fences.insert(addr.clone(), how);
        self.barred.remove(addr);
        self.remember(ctx);
    }

    /// It follows and is linked, and all that is wrong with it is a fence of somebody else's, behind which its role cannot be
    /// saved.
    fn is_barred(&self, addr: &Addr, node: &Node) -> bool {
        let linked = node.replication().is_some_and(|said| said.link == Link::Up);
        let in_order = matches!(self.wrong(addr, node), None | Some(Wrong::Unsaved));
        let fresh = node.fresh_since(self.unchanged_since());
        linked && in_order && fresh && self.is_fenced_by_another(addr, node)
    }

    /// Before a fence is lifted, and before anybody is led away behind one.
    pub(super) fn asks_of_its_fence(
        &mut self,
        addr: &Addr,
        wrong: Wrong,
        ctx: &mut Ctx<'_>,
    ) -> bool {
        if wrong == Wrong::Held {
            self.asks_whether_others_are_at_work(addr, ctx)
        } else {
            self.looks_behind_the_fence(addr, ctx)
        }
    }

    /// Another's fence may have been lifted since it was looked for: who is led away behind it would take writes. It is looked for
    /// once more.
    fn looks_behind_the_fence(&mut self, addr: &Addr, ctx: &mut Ctx<'_>) -> bool {
        let since_us = ctx.now_us.saturating_sub(LOOK_US);
        let mut moved = self.in_the_way_of(addr);
        moved.retain(|addr| {
            let node = self.nodes.get(addr).filter(|n| !n.looked_since(since_us));
            let seen = node.and_then(|node| node.seen.as_deref());
            let ours = self.memory.fences.contains_key(addr);
            // A closed port shows at once.
            let others = seen.map(|seen| FenceSeen {
                closed_port: false,
                ..seen.fence.clone()
            });
            !ours && others.is_some_and(|fence| fence.any())
        });
        if moved.is_empty() {
            return false;
        }
        for node in moved {
            let cluster = self.name();
            ctx.act(Action::Look { cluster, node });
        }
        self.due(ctx.now_us + LOOK_US);
        true
    }

    /// Nobody has told of the fence on it, whatever it is behind that.
    fn is_fenced_by_nobody_known(&self, addr: &Addr, node: &Node) -> bool {
        let mut words = self.peers.values().filter_map(|peer| peer.word.as_ref());
        let told = words.any(|word| word.told.fences.contains_key(addr));
        node.quiet.is_none() && !told && self.is_fenced_but_not_here(addr, node)
    }

    fn is_fenced_by_another(&self, addr: &Addr, node: &Node) -> bool {
        let apart = self.apart(addr).is_some();
        let follows = node.role().is_replica();
        follows && !apart && self.is_fenced_but_not_here(addr, node)
    }

    fn is_fenced_but_not_here(&self, addr: &Addr, node: &Node) -> bool {
        let ours = self.memory.fences.contains_key(addr);
        let bites = node.seen.as_deref().is_some_and(|seen| seen.fence.bites());
        bites && !ours
    }

    /// The fence on a node, if another watcher has put it up, nobody keeps the node apart (or a person gives up what the others
    /// hold), and nobody is at work on it. Whoever can be asked must have been asked since.
    fn told_fence(
        &self,
        addr: &Addr,
        since_us: u64,
        by_word: bool,
        ctx: &Ctx<'_>,
    ) -> Option<FenceHow> {
        let seen = &self.nodes.get(addr)?.seen.as_deref()?.fence;
        let mut found = None;
        for (id, peer) in &self.peers {
            let Some(Word { told, asked_us }) = &peer.word else {
                continue;
            };
            let watcher = ctx.watchers.get(id);
            let quiet = watcher.map(|w| w.quiet.as_ref().map(|quiet| quiet.since_us));
            let (heard, gone) = match quiet {
                Some(None) => (true, false),
                Some(Some(quiet_us)) => (false, ctx.now_us >= quiet_us + GONE_US),
                None => (false, true),
            };
            let late = heard && *asked_us < since_us;
            let busy = told.busy.contains(addr) && !gone;
            if late || busy || (told.apart.contains_key(addr) && !by_word) {
                return None;
            }
            let how = told.fences.get(addr).filter(|how| how.lifts(seen));
            found = found.or(how);
        }
        found.cloned()
    }

    fn ask_of_fences(&mut self, pause_us: u64, ctx: &mut Ctx<'_>) {
        let at = self.fences_asked_us.map_or(0, |asked| asked + pause_us);
        if ctx.now_us < at {
            return self.due(at);
        }
        self.fences_asked_us = Some(ctx.now_us);
        self.due(ctx.now_us + pause_us);
        let peers = self.peers.iter();
        let peers = peers.filter(|(id, peer)| peer.may_tell() && ctx.hears(id));
        let peers: Vec<Id> = peers.map(|(id, _)| id.clone()).collect();
        for peer in peers {
            let cluster = self.name();
            ctx.act(Action::AskFences { cluster, peer });
        }
    }
}
