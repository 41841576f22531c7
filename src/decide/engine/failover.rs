//! When a failover is begun, and why not.

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::phase::Purpose;
use super::view::automatic;
use crate::decide::draft::Refusal;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::evidence;
use crate::decide::facts::Role;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::health::master;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;

/// Watchers that find a master dead at the same moment stand one after the other, so that votes are not split.
pub(super) const STAGGER_US: u64 = 60_000;
/// And whoever has never seen it alive lets all others go first.
const BLIND_US: u64 = 1_000_000;
const LOOK_AGAIN_US: u64 = 100_000;
pub(super) const WAIT_US: u64 = 1_000_000;
/// A cluster that has no master yet waits this long for all of its nodes to answer.
const FIRST_LOOK_US: u64 = 3_000_000;
/// Another node has been master for this long, and ours follows it.
const DETHRONED_US: u64 = 3_000_000;
/// Who has seen the master as one goes before who has not.
const UNSEEN_US: u64 = 3_000_000;
/// Nothing that a crash left open is gone on with before the others have said what they know.
pub(super) const GREETING_US: u64 = 2_500_000;
const FAIL_OVER: &str = "decide, and run `pikafo failover`";

impl Cluster {
    /// Nothing is under way: is there anything to do?
    pub(super) fn consider(&mut self, ctx: &mut Ctx<'_>) {
        if self.stands_back {
            return;
        }
        if self.unfinished.is_some() {
            let at = self.began_us + GREETING_US;
            // Another was elected and may be acting at this moment.
            let at = at.max(self.promised_until(ctx).unwrap_or(0));
            let aside = self.others_stand_back(ctx);
            if ctx.now_us < at {
                return self.due(at);
            }
            if aside {
                return;
            }
            return self.go_on(ctx);
        }
        if self.master.is_none() {
            return self.find_master(ctx);
        }
        if self.odown_since_us.is_some() {
            return self.consider_failover(ctx);
        }
        if self.master_down() {
            return;
        }
        match self.master_node().map(Node::role) {
            Some(Role::Master) if self.settle_dispute(ctx) => {}
            Some(Role::Master) if self.relieve(ctx) => {}
            Some(Role::Master) => self.repair(ctx),
            Some(Role::Replica | Role::Chained) => self.dethroned(ctx),
            Some(Role::Unknown) | None => {}
        }
    }

    /// Nobody has said who is master: the nodes are asked.
    fn find_master(&mut self, ctx: &mut Ctx<'_>) {
        let at = self.began_us + FIRST_LOOK_US;
        let all = self.nodes.values().all(|n| n.seen.is_some());
        if !all && ctx.now_us < at {
            return self.due(at);
        }
        let Some(found) = master::believe(&self.view()).master else {
            return self.due(ctx.now_us + WAIT_US);
        };
        self.master = Some(found);
        self.settled_us = ctx.now_us;
        ctx.persist();
        let tail = format!(" quorum {}", self.spec.detect.quorum);
        self.emit(super::action::Level::Warning, "+monitor", &tail, ctx);
        let replicas: Vec<_> = self.nodes.keys().cloned().collect();
        for replica in replicas.iter().filter(|r| Some(*r) != self.master.as_ref()) {
            self.emit_replica(super::action::Level::Notice, "+slave", replica, ctx);
        }
        self.say(true, ctx);
        self.due(ctx.now_us);
    }

    fn consider_failover(&mut self, ctx: &mut Ctx<'_>) {
        self.ask_the_others(ctx);
        if let Some(why) = self.not_allowed(ctx) {
            self.ready_since_us = None;
            self.blocked("is dead", FAIL_OVER, &why.0, &why.1);
            return self.due(ctx.now_us + WAIT_US);
        }
        let lines = match self.evidence(ctx) {
            evidence::Finding::Dead(lines) => lines,
            evidence::Finding::Contradicted(text) => {
                self.ready_since_us = None;
                let master = self.master.clone();
                self.find(
                    "master.unreachable_but_serving",
                    Severity::Critical,
                    master.as_ref(),
                    format!("the watchers cannot reach it, and it is not dead: {text}"),
                    "look at the network between the watchers and it, or at its load",
                );
                return self.due(ctx.now_us + LOOK_AGAIN_US);
            }
            evidence::Finding::NotYet(_)
            | evidence::Finding::Alive
            | evidence::Finding::NoQuorum(_) => return self.due(ctx.now_us + LOOK_AGAIN_US),
        };
        self.settle("master.unreachable_but_serving");
        let since = *self
            .ready_since_us
            .get_or_insert(ctx.now_us.max(self.hold_until_us));
        // What is lost can be told by whoever has seen how far the master had come.
        let samples = &self.memory.samples;
        let blind = !samples
            .iter()
            .any(|s| Some(&s.node) == self.master.as_ref());
        let behind = if blind && !self.peers.is_empty() {
            BLIND_US
        } else {
            0
        };
        let turn = (since + self.rank(ctx) * STAGGER_US + behind).max(self.hold_until_us);
        if ctx.now_us < turn {
            return self.due(turn);
        }
        let died_ms = self.died_ms(ctx);
        // No epoch is spent on a failover that would be refused.
        match self.draft_failover(&lines, died_ms, &automatic(ctx), ctx) {
            Ok(_) => {
                self.settle("failover.blocked");
                let evidence = lines;
                self.stand(Purpose::Failover { evidence, died_ms }, ctx);
            }
            Err(refusal) => {
                if let Some(heir) = self.untold_heir(ctx) {
                    return self.stand(Purpose::Adopt(heir), ctx);
                }
                // Where nobody is a candidate it says who could be one.
                let way = match refusal.code.as_str() {
                    "candidate.none" => refusal.hint.as_str(),
                    _ => FAIL_OVER,
                };
                self.blocked("is dead", way, &refusal.code, &refusal.text);
                if self.withhold(ctx) {
                    return;
                }
                self.due(ctx.now_us + WAIT_US);
            }
        }
    }

    /// A leader has promoted it in place of the master that is dead now, and was lost before it told anybody.
    ///
    /// It was seen to turn from a replica into a master since the dead one was master, and not by a restart: an old
    /// master that has come back is no heir, nor is one that comes back empty: it has at least what it had as a replica. What
    /// the leader had to look at is looked at again: nobody has more, and no more is lost than may be.
    fn untold_heir(&self, ctx: &Ctx<'_>) -> Option<Addr> {
        let last = self.memory.promotions.last()?;
        let node = self.nodes.get(&last.node)?;
        let master = self.master.as_ref()?;
        let turned = node
            .turned_master_us
            .is_some_and(|at| at >= self.settled_us);
        let ours = last.from.as_ref() == Some(master) && *master != last.node;
        let apart = self.memory.quarantined.contains_key(&last.node);
        let own = node.position()?;
        let whole = own.covers(&last.point);
        let ahead = self.nodes.iter().any(|(addr, other)| {
            let at = other.position();
            let reached = other.quiet.is_none() && addr != master;
            reached && at.is_some_and(|at| !own.covers(at))
        });
        let (samples, max) = (&self.memory.samples, self.spec.terms.max_loss);
        let loss = loss::estimate(samples, master, &last.point, self.died_ms(ctx), max, None);
        let affordable = loss.judged_bytes().is_none_or(|bytes| bytes <= max);
        let heir = turned && ours && !apart && whole && !ahead && affordable && node.takes_writes();
        (heir && node.fresh_since(self.unchanged_since())).then(|| last.node.clone())
    }

    /// The master refuses writes, though nobody here has fenced it, and a replica of it was promoted before our eyes:
    /// whoever switched over was lost before he told.
    pub(super) fn overthrown(&self, ctx: &Ctx<'_>) -> Option<Addr> {
        self.left_fenced().then(|| self.untold_heir(ctx)).flatten()
    }

    /// The same where whoever was promoted is silent, and since when; or who may have been, by a person who has gone. It may be
    /// taking writes: to free the old master makes two of them, and whichever is given up has some that are lost.
    pub(super) fn overthrown_by_the_silent(&self) -> Option<u64> {
        if !self.left_fenced() {
            return None;
        }
        let last = self.memory.promotions.last();
        let last = last.filter(|last| last.from.is_some() && last.from == self.master);
        let turned = |node: &Node| {
            node.turned_master_us
                .is_some_and(|at| at >= self.settled_us)
        };
        let told = last.filter(|last| self.nodes.get(&last.node).is_some_and(turned));
        let left = self.left_alone.iter().flat_map(|before| &before.nodes);
        let left = left.filter(|then| then.role().is_replica());
        let heirs = told.map(|last| &last.node).into_iter();
        let heirs = heirs.chain(left.map(|then| &then.addr)).filter(|heir| {
            Some(*heir) != self.master.as_ref() && !self.memory.quarantined.contains_key(*heir)
        });
        let quiet = heirs.filter_map(|heir| self.nodes.get(heir)?.quiet.as_ref());
        let since_us = quiet.map(|quiet| quiet.since_us).max()?;
        Some(since_us.max(self.unchanged_since()))
    }

    /// The master refuses writes, and nobody here has fenced it.
    fn left_fenced(&self) -> bool {
        let master = self.master.as_ref();
        let held = master.is_some_and(|master| self.memory.fences.contains_key(master));
        let refuses = |node: &Node| !node.takes_writes() && node.looked_since(node.role_since_us);
        !held && self.master_node().is_some_and(refuses)
    }

    /// The stable code and the words of what forbids an automatic failover.
    pub(super) fn not_allowed(&self, ctx: &Ctx<'_>) -> Option<(String, String)> {
        let no = |code: &str, text: String| Some((code.to_owned(), text));
        if !self.spec.automatic {
            return no(
                "failover.manual",
                "`failover.automatic` is false".to_owned(),
            );
        }
        if let Some(pause) = &self.pause
            && self.paused(ctx.wall_ms)
            && !flaw::on(Flaw::FailoverWhilePaused)
        {
            return no("failover.paused", format!("held by {}", pause.by));
        }
        let (all, down) = ctx.down_of;
        if all > 2 && down * 10 > all * 6 {
            let text =
                format!("{down} of the {all} that are watched are silent: the fault may be here");
            return no("failover.mass_failure", text);
        }
        let blocked_ms = i64::try_from(self.spec.block_for_ms).unwrap_or(i64::MAX);
        if let Some(last) = self.last_automatic_ms
            && ctx.wall_ms < last.saturating_add(blocked_ms)
            && ctx.wall_ms >= last
            && !flaw::on(Flaw::BlockForIgnored)
        {
            let left = last.saturating_add(blocked_ms) - ctx.wall_ms;
            let text = format!(
                "the last automatic failover is too recent; the next may be in {} s",
                left / 1000
            );
            return no("failover.too_soon", text);
        }
        None
    }

    /// `what`: what the master does; `way`: what a person can do.
    pub(super) fn blocked(&mut self, what: &str, way: &str, code: &str, text: &str) {
        let master = self.master.clone();
        self.find(
            "failover.blocked",
            Severity::Critical,
            master.as_ref(),
            format!("the master {what} and is not replaced: {text} [{code}]"),
            way,
        );
    }

    pub(super) fn draft_failover(
        &self,
        evidence: &[String],
        died_ms: i64,
        wish: &super::event::Wanted,
        ctx: &Ctx<'_>,
    ) -> Result<Plan, Refusal> {
        let mut view = self.view();
        self.doubt_comings(&mut view);
        view.memory.fences = self.liftable(wish.accept_loss == Some(u64::MAX), ctx);
        let died_ms = self.rest_on_samples(&mut view, died_ms);
        let Some(master) = self.master.clone() else {
            return Err(Refusal::new(
                crate::decide::draft::RefusalKind::Unsafe,
                "master.none",
                "it is not known who was master",
                "look at `pikafo status`",
            ));
        };
        let unlinked = self.unlinked(&view.memory, died_ms);
        let case = Case::Unplanned {
            unlinked: &unlinked,
        };
        let brief = self.brief(&view, case, wish, ctx);
        let dead = Dead {
            master,
            answers: self.loads_too_long(ctx.now_us)
                || wish.even_alive && self.evidence(ctx) == evidence::Finding::Alive,
            died_ms,
            evidence: evidence.to_vec(),
        };
        failover::draft(&brief, &dead, wish.nodes.first())
    }

    /// The master was started since it is the master, and so was whom it follows, or that one has taken nothing since: they
    /// are what their files say.
    fn both_came_back(&self, master: &Node, heir: &Node) -> bool {
        let own = self.promotion_of_master();
        let idle = own.is_some_and(|own| heir.position().is_some_and(|at| own.point.covers(at)));
        master.may_have_started_since(self.settled_us)
            && (heir.may_have_started_since(self.settled_us) || idle)
    }

    /// The master says that it follows another. If that one is a master indeed, somebody has switched over without
    /// telling, and the fact is given an epoch. If not, the master was restarted before its role was saved, and is
    /// made what it was.
    fn dethroned(&mut self, ctx: &mut Ctx<'_>) {
        let Some(node) = self.master_node() else {
            return;
        };
        let settled_us = self.unchanged_since();
        if !node.fresh_since(settled_us) {
            return;
        }
        let since = node.role_since_us.max(settled_us);
        let fenced = node.seen.as_ref().is_some_and(|seen| seen.fence.bites());
        // One that is set apart, or fenced, is an old master that has come back: nobody writes there. And whom a restart
        // has led back to it was told so by nobody.
        let restarted = node.changed_by_restart();
        // Whoever has never seen it as the master knows less than the others.
        let unseen = node.role_since_us <= self.settled_us;
        let heir = self.follows(node).filter(|heir| {
            let stands = self.nodes.get(heir).is_some_and(|n| {
                let turned = n.turned_master_us.is_some_and(|at| at >= self.settled_us);
                let back = unseen && self.both_came_back(node, n);
                n.takes_writes() && (turned || !(restarted || back))
            });
            stands && !self.memory.quarantined.contains_key(heir)
        });
        let since = since + if unseen { UNSEEN_US } else { 0 };
        if fenced {
            self.ask_the_others(ctx);
        }
        let turn = (since + DETHRONED_US + self.rank(ctx) * WAIT_US).max(self.hold_until_us);
        if ctx.now_us < turn {
            return self.due(turn);
        }
        self.stand(heir.map_or(Purpose::Restore, Purpose::Adopt), ctx);
    }
}
