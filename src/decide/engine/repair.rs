//! Who comes back as a master, who follows the wrong node, whose link is broken, whose role is not saved: each is
//! set right by a plan of its own, one at a time, and never while a change of master is under way.

use serde::Deserialize;
use serde::Serialize;

use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::phase::Purpose;
use super::small::lifting;
use super::small::saving;
use super::syncs::SYNCS_US;
use super::turn::FORGOTTEN_US;
use super::turn::PROMOTED_US;
use super::turn::TOO_FEW;
use super::turn::TURN_US;
use super::view::automatic;
use crate::decide::copy::Copy;
use crate::decide::draft::Refusal;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::finding::Severity;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Outcome;
use crate::decide::rejoin;
use crate::decide::verdict::Case;

/// What is wrong with a node, the worst first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Wrong {
    /// It takes itself for a master, and may take writes.
    Returned,
    /// It follows another node than the master.
    Strays,
    /// It follows the master and its link does not come up; it may stand apart.
    Broken,
    /// It streams, and lacks what was to be copied to it before.
    Torn,
    /// It follows the master and stands apart all the same: somebody attached it who does not look.
    Differs,
    /// Its role would not outlive a restart.
    Unsaved,
    /// This watcher fenced it while it stood apart or was not the master, and it is in order by now.
    Held,
}

impl Wrong {
    /// To set it right is to move the node.
    pub(super) fn is_moved(self) -> bool {
        !matches!(self, Self::Unsaved | Self::Held)
    }

    /// How long it may be so before anything is done. Two masters are not waited for, unless one is just being promoted.
    pub(super) fn grace_us(self) -> u64 {
        match self {
            Self::Returned | Self::Held => 0,
            Self::Strays | Self::Differs | Self::Torn => 2_000_000,
            Self::Broken => 30_000_000,
            Self::Unsaved => 1_000_000,
        }
    }

    /// A repair that did not help is tried again after longer and longer pauses. Who is detached and attached for the sake
    /// of a link, or copied to, is so for nothing most of the time: what is wrong is elsewhere.
    pub(super) fn again_at_most_us(self) -> u64 {
        match self {
            Self::Broken | Self::Torn => 15 * 60_000_000,
            Self::Returned | Self::Strays | Self::Differs | Self::Unsaved | Self::Held => {
                60_000_000
            }
        }
    }
}

/// Why a role is to be saved.
const BEHIND_FENCE: &str = "it may have been saved behind a fence, and the fence with it";

impl Cluster {
    /// Something is not as it should be and can be set right.
    pub(super) fn unsettled(&self) -> bool {
        self.nodes.iter().any(|(addr, node)| {
            matches!(
                self.wrong(addr, node),
                Some(Wrong::Returned | Wrong::Strays)
            )
        })
    }

    /// Since when neither the master has changed nor a plan has moved nodes, as far as this watcher knows.
    pub(super) fn unchanged_since(&self) -> u64 {
        self.settled_us.max(self.moved_us)
    }

    /// Who takes himself for a master and is none.
    pub(super) fn returned(&self) -> impl Iterator<Item = &Addr> {
        self.nodes
            .iter()
            .filter(|(addr, node)| self.wrong(addr, node) == Some(Wrong::Returned))
            .map(|(addr, _)| addr)
    }

    pub(super) fn wrong(&self, addr: &Addr, node: &Node) -> Option<Wrong> {
        let seen = node
            .seen
            .as_deref()
            .filter(|_| node.fresh_since(self.unchanged_since()))?;
        if self.master.as_ref() == Some(addr) {
            let held = self.memory.fences.contains_key(addr) && !accepts_writes(seen);
            if held && !self.another_takes_writes(addr) {
                return Some(Wrong::Held);
            }
            let owed = self.memory.rewrite_owed.contains_key(addr);
            return owed.then_some(Wrong::Unsaved);
        }
        let past = self.past.contains_key(addr);
        let set_apart = past || self.memory.quarantined.contains_key(addr);
        match node.role() {
            Role::Unknown => None,
            Role::Master if !set_apart || accepts_writes(seen) => Some(Wrong::Returned),
            // Led away for a copy that came to nothing.
            Role::Master => self.spec.terms.resync_diverged.then_some(Wrong::Differs),
            Role::Replica | Role::Chained if set_apart => {
                let here = self.follows(node) == self.master;
                let link = seen.replication.link;
                let pika = seen.server.flavor == Flavor::Pika;
                let clings = here && matches!(link, Link::Down | Link::Error) && pika;
                // What it holds is to be discarded, wherever it is.
                if self.spec.terms.resync_diverged || (here && past) {
                    return (!here || link != Link::Syncing).then_some(Wrong::Differs);
                }
                // A Sentinel attached it as it is, and Pika linked it by number.
                if here && pika && link == Link::Up && node.past_point {
                    return Some(Wrong::Differs);
                }
                clings.then_some(Wrong::Broken)
            }
            Role::Replica | Role::Chained => {
                let followed = self.follows(node)?;
                if self.master.as_ref() != Some(&followed) {
                    // A replica of a linked replica is meant to be one.
                    let chained = self
                        .nodes
                        .get(&followed)
                        .is_some_and(|n| n.role().is_replica() && self.follows(n) == self.master);
                    let linked = seen.replication.link == Link::Up;
                    if !(chained && linked) {
                        return Some(Wrong::Strays);
                    }
                }
                match seen.replication.link {
                    Link::Down | Link::Error => Some(Wrong::Broken),
                    Link::Up if self.is_torn(addr, &seen.replication) => Some(Wrong::Torn),
                    // Fenced, it would take no writes on the day on which it is promoted.
                    Link::Up if self.memory.fences.contains_key(addr) => Some(Wrong::Held),
                    Link::Up | Link::Syncing | Link::None => self
                        .memory
                        .rewrite_owed
                        .contains_key(addr)
                        .then_some(Wrong::Unsaved),
                }
            }
        }
    }

    /// Another one takes writes as a master: who of the two it is may not have come round to this watcher yet, or is left to a
    /// person, whose fence is on this one.
    fn another_takes_writes(&self, master: &Addr) -> bool {
        let mut others = self.nodes.iter().filter(|(addr, _)| *addr != master);
        others.any(|(_, node)| {
            let fresh = node.quiet.is_none() && node.fresh_since(self.unchanged_since());
            let seen = node.seen.as_deref().filter(|_| fresh);
            node.role() == Role::Master && seen.is_some_and(accepts_writes)
        })
    }

    /// A full copy to it was seen to be cut off, or it says so itself; or it never got what came before its stream.
    pub(super) fn is_torn(&self, addr: &Addr, now: &Replication) -> bool {
        self.memory.gaps.contains_key(addr)
            || rejoin::torn(now, self.copies.get(addr) == Some(&Copy::CutOff))
    }

    /// The first thing that is due.
    pub(super) fn repair(&mut self, ctx: &mut Ctx<'_>) {
        if !self.master_is_fresh() {
            return;
        }
        // What looks wrong may be what another leader does at this moment.
        let until = self.may_be_led_until(ctx);
        if let Some(until) = until.or_else(|| self.may_learn_until(ctx)) {
            return self.due(until);
        }
        if let Some(heir) = self.overthrown(ctx) {
            let since_us = self.nodes.get(&heir).map_or(0, |n| n.role_since_us);
            let turn = self.rank(ctx) * TURN_US;
            let since_us = since_us.max(self.settled_us).max(self.moved_us);
            let at = (since_us + PROMOTED_US + turn).max(self.hold_until_us);
            if ctx.now_us < at {
                return self.due(at);
            }
            return self.stand(Purpose::Adopt(heir), ctx);
        }
        if let Some(since_us) = self.overthrown_by_the_silent() {
            let at = since_us + PROMOTED_US;
            if ctx.now_us < at {
                return self.due(at);
            }
        }
        self.judge_anew(ctx);
        self.inherit(ctx);
        self.disinherit(ctx);
        self.take_over(ctx);
        let mut wrong: Vec<(Addr, Wrong)> = self
            .nodes
            .iter()
            .filter_map(|(addr, node)| Some((addr.clone(), self.wrong(addr, node)?)))
            .collect();
        let unseen = self.not_seen_since_moved();
        // Two masters do not wait for a replica to be moved.
        wrong.sort_by_key(|(_, wrong)| *wrong != Wrong::Returned);
        self.repairs.retain(|addr, retry| {
            if wrong.iter().any(|(a, _)| a == addr) {
                retry.well_since_us = None;
                return true;
            }
            // A plan that was cut short for its sake has ended, and it was not looked at since.
            if retry.wrong == Some(Wrong::Returned) && unseen.contains(addr) {
                return true;
            }
            retry.wrong_since_us = None;
            let well_since_us = *retry.well_since_us.get_or_insert(ctx.now_us);
            retry.tries > 0 && ctx.now_us < well_since_us + FORGOTTEN_US
        });
        self.tell_of_logins(&wrong, ctx);
        let turn_us = self.turn_us(ctx);
        self.settle(TOO_FEW);
        for (addr, wrong) in wrong {
            let at = self.set_right_at(&addr, wrong, turn_us, ctx);
            if at == u64::MAX {
                self.too_few_to_tell(&addr, ctx);
            }
            if ctx.now_us < at {
                self.due(at);
                continue;
            }
            if self.asks_of_its_fence(&addr, wrong, ctx) {
                continue;
            }
            let Some(plan) = self.plan_for(&addr, wrong, ctx) else {
                self.due(ctx.now_us + SYNCS_US);
                continue;
            };
            if self.asks_about(&addr, &plan, ctx) {
                continue;
            }
            let retry = self.repairs.entry(addr.clone()).or_default();
            retry.tried(ctx.now_us);
            let due = retry.not_before_us(wrong);
            if self.set_right(&addr, wrong, plan, ctx) {
                return;
            }
            self.due(due);
        }
    }

    /// The role of a master that somebody else promoted is saved now, and not when its turn comes.
    pub(super) fn save_role(&mut self, master: &Addr, ctx: &mut Ctx<'_>) {
        let view = self.view();
        let brief = self.brief(&view, Case::Planned, &automatic(ctx), ctx);
        self.begin(saving(master, true, &brief), None, None, ctx);
    }

    /// What sets it right, or why nothing does; `None` where it is only waited for.
    fn plan_for(
        &mut self,
        addr: &Addr,
        wrong: Wrong,
        ctx: &Ctx<'_>,
    ) -> Option<Result<Plan, Refusal>> {
        let mut wish = automatic(ctx);
        wish.nodes = if wrong.is_moved() {
            self.in_the_way_of(addr)
        } else {
            vec![addr.clone()]
        };
        let view = self.view();
        let brief = self.brief(&view, Case::Planned, &wish, ctx);
        match wrong {
            Wrong::Unsaved => {
                let master = self.master.as_ref() == Some(addr);
                Some(Ok(saving(addr, master, &brief)))
            }
            Wrong::Held => {
                let how = self.memory.fences.get(addr).cloned()?;
                Some(Ok(lifting(addr, how, &brief)))
            }
            Wrong::Returned | Wrong::Strays | Wrong::Broken | Wrong::Torn | Wrong::Differs => {
                self.move_or_wait(addr, wrong, wish.nodes, brief)
            }
        }
    }

    /// True if a plan was begun.
    fn set_right(
        &mut self,
        addr: &Addr,
        wrong: Wrong,
        drafted: Result<Plan, Refusal>,
        ctx: &mut Ctx<'_>,
    ) -> bool {
        let plan = match drafted {
            Ok(plan) => plan,
            Err(refusal) => {
                let text = format!("it cannot be set right: {refusal} [{}]", refusal.code);
                self.find(
                    "repair.refused",
                    Severity::Warning,
                    Some(addr),
                    text,
                    &refusal.hint,
                );
                return false;
            }
        };
        self.settle("repair.refused");
        let moves = plan
            .steps
            .iter()
            .any(|s| matches!(s.act, Act::Follow { .. }));
        if moves {
            let channel = match wrong {
                Wrong::Returned => "+convert-to-slave",
                Wrong::Strays
                | Wrong::Broken
                | Wrong::Torn
                | Wrong::Differs
                | Wrong::Unsaved
                | Wrong::Held => "+fix-slave-config",
            };
            self.emit_replica(Level::Notice, channel, addr, ctx);
        }
        if wrong == Wrong::Held {
            let owed = self.memory.rewrite_owed.entry(addr.clone());
            owed.or_insert_with(|| BEHIND_FENCE.to_owned());
        }
        self.begin(plan, None, None, ctx);
        true
    }

    /// The node, and all who keep it from following anybody: a Pika with replicas is taken by nobody, and a Redis takes its
    /// own along, of which those are set right that are wrong.
    pub(super) fn in_the_way_of(&self, addr: &Addr) -> Vec<Addr> {
        let flavor = |node: &Node| Some(node.seen.as_deref()?.server.flavor);
        let pika = self.nodes.get(addr).and_then(flavor) == Some(Flavor::Pika);
        let mut all = vec![addr.clone()];
        let mut at = 0;
        while let Some(above) = all.get(at).cloned() {
            at += 1;
            for (other, node) in &self.nodes {
                let follows = node.quiet.is_none() && self.follows(node).as_ref() == Some(&above);
                let counts = pika || self.wrong(other, node).is_some();
                if follows && counts && !all.contains(other) && self.master.as_ref() != Some(other)
                {
                    all.push(other.clone());
                }
            }
        }
        all
    }

    /// A plan has ended, or was given up: where the nodes are now is asked, all of them, for what is not seen anew is no
    /// reason to set anything right.
    pub(super) fn look_again(&mut self, ctx: &mut Ctx<'_>) {
        self.moved_us = ctx.now_us;
        self.look_at_all(ctx);
    }

    /// A plan has had it follow the master.
    pub(super) fn was_placed(&mut self, addr: &Addr, ctx: &Ctx<'_>) {
        if !self.is_never_begun(addr) {
            self.past.remove(addr);
        }
        if let Some(node) = self.nodes.get_mut(addr) {
            node.placed_us = Some(ctx.now_us);
        }
    }

    /// A repair has ended: tells who wants to know.
    pub(super) fn repaired(&mut self, plan: &Plan, outcome: &Outcome, ctx: &mut Ctx<'_>) {
        // Whoever is master stands apart from nobody.
        if let Some(master) = &self.master {
            self.memory.quarantined.remove(master);
        }
        let apart = plan
            .steps
            .iter()
            .any(|s| matches!(s.act, Act::SetApart { .. }));
        let moved = plan
            .steps
            .iter()
            .any(|s| matches!(s.act, Act::Follow { .. }));
        if *outcome == Outcome::Done {
            let follows = |step: &&Step| matches!(step.act, Act::Follow { .. });
            for step in plan.steps.iter().filter(follows) {
                self.was_placed(&step.node, ctx);
            }
        }
        if apart {
            self.hooks("quarantined", plan, ctx);
        } else if moved && *outcome == Outcome::Done {
            self.hooks("rejoined", plan, ctx);
        }
    }
}
