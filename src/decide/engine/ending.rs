//! How plans end: carried out, cut short, overtaken; and how one that a crash cut off is gone on with.

use std::collections::BTreeMap;

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::elect::LEASE_US;
use super::event::Unfinished;
use super::failover::GREETING_US;
use super::node::Node;
use super::phase::Phase;
use super::run::Run;
use super::view::automatic;
use crate::decide::conduct::Conduct;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::record::may_have_promoted;

impl Cluster {
    pub(super) fn finished(
        &mut self,
        outcome: Outcome,
        blackout_us: Option<u64>,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.phase = Phase::Calm;
        let run = *run;
        self.heed_copies(&run.conduct);
        self.look_again(ctx);
        if outcome != Outcome::Done {
            self.withdraw(&run.plan, ctx);
        }
        ctx.act(Action::Remember {
            cluster: self.name(),
            memory: Box::new(self.memory_to_keep()),
        });
        if outcome == Outcome::Done {
            self.copies_were_awaited(&run.plan);
        }
        let changed = matches!(run.plan.kind, Kind::Promote | Kind::Failover);
        if changed {
            if run.announced() {
                self.emit(Level::Warning, "+failover-end", "", ctx);
            } else {
                self.emit(Level::Warning, "-failover-abort-slave-timeout", "", ctx);
                self.hooks("failed", &run.plan, ctx);
            }
        } else {
            self.repaired(&run.plan, &outcome, ctx);
        }
        if let Outcome::Unknown { .. } = &outcome {
            self.take_stock_later(&run, ctx);
        }
        if changed && !run.announced() {
            self.hold_until_us = self.hold_until_us.max(ctx.now_us + LEASE_US / 5);
        }
        if let Some(ticket) = run.ticket {
            let findings: Vec<Finding> = run.conduct.left().to_vec();
            let reply = Reply::Ended {
                plan: Box::new(run.plan),
                outcome,
                blackout_us,
                total_ms: ctx.now_us.saturating_sub(run.began_us) / 1000,
                findings,
            };
            ctx.act(Action::Reply { ticket, reply });
        }
        self.due(ctx.now_us);
    }

    /// Stock is taken and it is gone on with, as after a crash.
    pub(super) fn take_stock_later(&mut self, run: &Run, ctx: &Ctx<'_>) {
        self.unfinished = Some(Box::new(Unfinished {
            plan: run.plan.clone(),
            records: run.records.clone(),
        }));
        self.began_us = ctx.now_us;
    }

    /// It was here all the time, and has heard what others say: what is open is gone on with as soon as it may.
    pub(super) fn has_been_greeted(&mut self, ctx: &Ctx<'_>) {
        self.began_us = ctx.now_us.saturating_sub(GREETING_US);
    }

    /// The world knows the new master, and a node that this plan does not move takes itself for one too; or it has tried to
    /// in vain, or a restart has undone it, and that one takes writes.
    pub(super) fn somebody_returned(&self) -> bool {
        let Some(run) = self.run.as_ref().filter(|run| run.saved()) else {
            return false;
        };
        let undone = |node: &Node, addr| node.takes_writes() && run.moved_in_vain(addr, node);
        self.returned().any(|addr| {
            let node = self.nodes.get(addr);
            !run.moves(addr) || node.is_some_and(|node| undone(node, addr))
        })
    }

    /// The master that is being replaced for dead serves again, and nobody has been told of another: the clients have gone on
    /// there. Whatever has become of the candidate, it has no writes.
    pub(super) fn master_is_back(&self) -> bool {
        self.replaces_the_dead() && self.master_serves()
    }

    /// It leads a failover of a master that it has taken for dead, and nobody has been told of another.
    pub(super) fn replaces_the_dead(&self) -> bool {
        let looks = |s: &Step| s.act == Act::LastLook && Some(&s.node) == self.master.as_ref();
        let run = self.run.as_ref().filter(|run| run.leads());
        run.is_some_and(|run| run.plan.steps.iter().any(looks))
    }

    /// This watcher stood still, and its looks at the master and at the candidate are as old as that. Who has not been told to
    /// become master yet is not told so by them.
    pub(super) fn stood_still(&mut self, ctx: &mut Ctx<'_>) {
        if self.replaces_without_a_word() {
            let why = "this watcher stood still, and does not know what became of the master";
            self.overtaken(why, ctx);
        }
    }

    /// The master that is being replaced for dead answers again, and nobody has been told to become master yet: whether it serves
    /// shows in a look that may come too late.
    pub(super) fn master_answers_in_time(&self) -> bool {
        let down = |node: &Node| node.quiet.is_some() || node.sdown_since_us.is_some();
        let answers = self.master_node().is_some_and(|node| !down(node));
        answers && self.replaces_without_a_word()
    }

    /// It replaces a dead master, and nobody has been told to become master yet.
    fn replaces_without_a_word(&self) -> bool {
        let run = self.run.as_ref().filter(|_| self.replaces_the_dead());
        run.is_some_and(|run| !may_have_promoted(&run.plan, &run.records))
    }

    /// It is no failover any more: what it has left is set right like anything else, and at once.
    pub(super) fn leave_to_master(&mut self, why: &str, ctx: &mut Ctx<'_>) {
        self.emit(Level::Warning, "-failover-abort-slave-timeout", "", ctx);
        if let Some(run) = &self.run {
            give_up(&mut self.nodes, &run.plan, ctx);
            self.hooks("failed", &run.plan, ctx);
        }
        self.overtaken(why, ctx);
        self.has_been_greeted(ctx);
    }

    /// Two masters do not wait for the rest of a plan; what is left of it is set right afterwards.
    pub(super) fn cut_short(&mut self, ctx: &mut Ctx<'_>) {
        if self.run.as_ref().is_some_and(|run| run.announced()) {
            self.emit(Level::Warning, "+failover-end", "", ctx);
        }
        self.overtaken("an old master is back, which goes before the rest", ctx);
    }

    /// What was ordered and has not been sent, as it waited for a disk or a link, is not.
    fn withdraw(&self, plan: &Plan, ctx: &mut Ctx<'_>) {
        if !flaw::on(Flaw::QueuedOrdersSent) {
            let (cluster, operation) = (self.name(), plan.id.clone());
            ctx.act(Action::Withdraw { cluster, operation });
        }
    }

    /// Another epoch rules, or this leader's mandate is over: nothing more is ordered, not even what was ordered
    /// and has not been sent.
    pub(super) fn overtaken(&mut self, why: &str, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.phase = Phase::Calm;
        self.look_again(ctx);
        self.withdraw(&run.plan, ctx);
        let outcome = if run.announced() {
            Outcome::Incomplete {
                left: vec![left_to_who_leads(why)],
            }
        } else if may_have_promoted(&run.plan, &run.records) {
            let why = format!("{why}, and the candidate had been told to become master");
            Outcome::Unknown { why }
        } else {
            run.conduct.given_up(why)
        };
        if run.kind() == Kind::Repoint {
            for addr in run.placed() {
                self.was_placed(addr, ctx);
            }
        }
        self.close(&run.plan, outcome.clone(), ctx);
        if let Outcome::Unknown { .. } = &outcome {
            self.take_stock_later(&run, ctx);
        }
        if let Some(ticket) = run.ticket {
            let reply = Reply::Ended {
                plan: Box::new(run.plan.clone()),
                outcome,
                blackout_us: None,
                total_ms: ctx.now_us.saturating_sub(run.began_us) / 1000,
                findings: Vec::new(),
            };
            ctx.act(Action::Reply { ticket, reply });
        }
        self.due(ctx.now_us);
    }

    /// Ends an operation in the journal without another order.
    pub(super) fn close(&mut self, plan: &Plan, outcome: Outcome, ctx: &mut Ctx<'_>) {
        let record = Record::End {
            outcome,
            blackout_ms: None,
            total_ms: 0.0,
        };
        let at =
            jiff::Timestamp::from_millisecond(ctx.wall_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.memory.learn(&record, plan, &at.to_string());
        ctx.act(Action::Journal {
            cluster: self.name(),
            plan: plan.id.clone(),
            record: Box::new(record),
        });
        self.remember(ctx);
        self.due(ctx.now_us);
    }

    /// Goes on with what a crash cut off, if the world has not gone on without us.
    pub(super) fn go_on(&mut self, ctx: &mut Ctx<'_>) {
        let Some(unfinished) = self.unfinished.take() else {
            return;
        };
        let Unfinished { plan, mut records } = *unfinished;
        // The old master answers and nobody was ever told of another: whatever was promoted has no writes, and
        // the old one has had them all this time.
        let heir_is_told = plan.facts.candidate == self.master;
        if plan.kind == Kind::Failover && !heir_is_told && self.master_serves() {
            let why = "cut off, and the old master serves again".to_owned();
            give_up(&mut self.nodes, &plan, ctx);
            return self.close(&plan, Outcome::Undone { why }, ctx);
        }
        let by = automatic(ctx).by;
        // Backwards, unless the candidate is master by now: then it is finished.
        let mut conduct = Conduct::resume(plan.clone(), &records, true, &by);
        if plan.kind == Kind::Repoint {
            // Nobody waits for it. To lift its fence makes a second master of whom others may be setting right by now; what
            // is wrong still is seen, and a fence that is left on who is in order is lifted then.
            let outcome = conduct.given_up("cut off");
            return self.close(&plan, outcome, ctx);
        }
        // Whoever waited for its answer would replace it no sooner than it is back.
        if heir_is_told && self.odown_since_us.is_some() {
            let why = "cut off, and the new master is down by now";
            let outcome = Outcome::Incomplete {
                left: vec![left_to_who_leads(why)],
            };
            return self.close(&plan, outcome, ctx);
        }
        // To free a master that is dead would be waited for as long as it is, and nobody would replace it meanwhile.
        let dead = self.odown_since_us.is_some() && plan.facts.master == self.master;
        if dead && !heir_is_told && !may_have_promoted(&plan, &records) {
            let why = "cut off, and the master is down by now".to_owned();
            return self.close(&plan, Outcome::Undone { why }, ctx);
        }
        let heir = plan.facts.candidate.clone();
        // Of an epoch that has chosen its master there is nothing left but to finish with that one.
        let ours =
            self.leader.as_ref() == Some(&ctx.me.id) && self.leader_epoch > self.config_epoch;
        let still_ours = ours || heir == self.master;
        if !still_ours {
            let why = "cut off, and another watcher has led since".to_owned();
            return self.close(&plan, Outcome::Undone { why }, ctx);
        }
        // What another was elected for since is his.
        let epoch = ours.then_some(self.leader_epoch);
        if heir_is_told {
            conduct = conduct.with_heir_told();
        }
        self.begin_with(conduct, plan, epoch, None, ctx);
        if let Some(run) = &mut self.run {
            records.append(&mut run.records);
            run.records = records;
        }
    }

    pub(super) fn master_serves(&self) -> bool {
        self.master_node().is_some_and(|n| {
            // Of how it was before its silence nothing is left.
            let known = n.is_known() && n.looked_since(n.back_us);
            known && n.role() == Role::Master && n.seen.as_deref().is_some_and(accepts_writes)
        })
    }

    /// The cluster is not to be watched any more.
    pub(super) fn end(&mut self, ctx: &mut Ctx<'_>) {
        self.overtaken("it is not watched any more", ctx);
        self.emit(Level::Warning, "-monitor", "", ctx);
    }
}

fn left_to_who_leads(why: &str) -> Finding {
    let text = format!("{why}; what was left to do is the new leader's");
    Finding::new("failover.overtaken", Severity::Warning, None, text, "")
}

/// Its candidate may have been promoted, and nobody is about to tell of that.
fn give_up(nodes: &mut BTreeMap<Addr, Node>, plan: &Plan, ctx: &Ctx<'_>) {
    let heir = plan.facts.candidate.as_ref();
    if let Some(node) = heir.and_then(|heir| nodes.get_mut(heir)) {
        node.given_up_us = Some(ctx.now_us);
    }
}
