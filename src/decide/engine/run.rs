//! Carries out a plan: the one conductor of every command, held by a watcher. As leader it acts only while a
//! majority confirms it, and not at all once another epoch has overtaken it, orders in the queue included.

use std::collections::BTreeSet;

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::cluster::Campaign;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::cluster::Phase;
use super::cluster::Purpose;
use super::elect::LEASE_US;
use super::event::Unfinished;
use super::event::Wanted;
use super::operate::as_shown;
use super::view::automatic;
use crate::decide::conduct;
use crate::decide::conduct::Conduct;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::acting_master;
use crate::decide::draft::promote;
use crate::decide::draft::restore;
use crate::decide::facts::Fault;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::record::may_have_promoted;
use crate::decide::verdict::Case;
use crate::decide::watcher::Id;

/// How often a leader has itself confirmed.
const RENEW_US: u64 = 1_500_000;
/// A promotion is not ordered any more when the mandate ends so soon.
const MARGIN_US: u64 = 500_000;

/// A plan under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) conduct: Conduct,
    pub(super) plan: Plan,
    /// The epoch in which this watcher was elected to carry it out; `None` for what needs no election.
    epoch: Option<u64>,
    pub(super) ticket: Option<u64>,
    began_us: u64,
    announced: bool,
    mandate_until_us: u64,
    renewed_us: u64,
    confirmed: BTreeSet<Id>,
    wakes: BTreeSet<u64>,
    records: Vec<Record>,
    /// The step in hand, for Sentinel's name of the state.
    step: Option<usize>,
}

impl Run {
    /// It leads a change of master that has not been announced yet.
    pub(super) fn leads(&self) -> bool {
        self.epoch.is_some() && !self.announced
    }

    pub(super) fn candidate(&self) -> Option<&Addr> {
        self.plan.facts.candidate.as_ref()
    }

    pub(super) fn announced(&self) -> bool {
        self.announced
    }

    /// It makes a master of this node for a moment.
    pub(super) fn detaches(&self, node: &Addr) -> bool {
        let leads_away = |act: &Act| matches!(act, Act::Follow { how, .. } if how.detaches());
        let mut steps = self.plan.steps.iter();
        steps.any(|step| step.node == *node && leads_away(&step.act))
    }

    pub(super) fn kind(&self) -> Kind {
        self.plan.kind
    }

    pub(super) fn act(&self) -> Option<&Act> {
        Some(&self.plan.steps.get(self.step?)?.act)
    }

    /// The new master is announced, and has saved its role or could not: a restart does not make a replica of it.
    fn saved(&self) -> bool {
        let saves = |step: usize| {
            self.plan
                .steps
                .get(step)
                .is_some_and(|s| s.act == Act::Persist && Some(&s.node) == self.candidate())
        };
        self.announced
            && self
                .records
                .iter()
                .any(|r| matches!(r, Record::After { step, .. } if saves(*step)))
    }

    /// The number of the step in hand.
    pub(super) fn at(&self) -> Option<usize> {
        self.step
    }
}

impl Cluster {
    /// Elected: what was wanted is drafted once more from what is known now, and begun.
    pub(super) fn lead(&mut self, campaign: Campaign, ctx: &mut Ctx<'_>) {
        let epoch = campaign.epoch;
        match campaign.purpose {
            Purpose::Adopt(heir) => {
                self.config_epoch = epoch;
                self.led_epoch = Some(epoch);
                self.switch_to(&heir, ctx);
                ctx.persist();
                self.say(true, ctx);
                self.owe(&heir, ctx);
                self.save_role(&heir, ctx);
            }
            Purpose::Restore => {
                let Some(master) = self.master.clone() else {
                    return;
                };
                let view = self.view();
                let brief = self.brief(&view, Case::Planned, &automatic(ctx), ctx);
                let plan = restore::plan(&brief, &master);
                self.begin(plan, Some(epoch), None, ctx);
            }
            Purpose::Failover { evidence, died_ms } => {
                self.emit(Level::Notice, "+failover-state-select-slave", "", ctx);
                let wish = automatic(ctx);
                match self.draft_failover(&evidence, died_ms, &wish, ctx) {
                    Ok(plan) => {
                        let automatic = true;
                        let plan = Plan { automatic, ..plan };
                        self.begin(plan, Some(epoch), None, ctx);
                    }
                    Err(refusal) => self.no_plan(&refusal, None, ctx),
                }
            }
            Purpose::Operator {
                ticket,
                wish,
                evidence,
                died_ms,
            } => {
                self.emit(Level::Notice, "+failover-state-select-slave", "", ctx);
                let drafted = if wish.kind == Kind::Promote.word() {
                    self.draft_promote(&wish, ctx)
                } else {
                    self.draft_failover(&evidence, died_ms, &wish, ctx)
                };
                match drafted.and_then(|plan| as_shown(&wish, plan)) {
                    Ok(plan) => self.begin(plan, Some(epoch), ticket, ctx),
                    Err(refusal) => self.no_plan(&refusal, ticket, ctx),
                }
            }
        }
    }

    pub(super) fn draft_promote(&self, wish: &Wanted, ctx: &Ctx<'_>) -> Result<Plan, Refusal> {
        let view = self.view();
        let brief = self.brief(&view, Case::Planned, wish, ctx);
        // An old master that has come back is alone in its claim as long as the one that replaced it is silent.
        let claims = acting_master(&view);
        if let (Some(held), Some(claims)) = (&self.master, claims)
            && claims != *held
        {
            return Err(Refusal::new(
                RefusalKind::Unsafe,
                "master.not_held",
                format!("{claims} takes itself for the master; the watchers hold {held} for it"),
                "bring that one back, or let `pikafo failover` replace it",
            ));
        }
        promote::draft(&brief, wish.nodes.first())
    }

    fn no_plan(&mut self, refusal: &Refusal, ticket: Option<u64>, ctx: &mut Ctx<'_>) {
        self.emit(Level::Warning, "-failover-abort-no-good-slave", "", ctx);
        if let Some(ticket) = ticket {
            let reply = refused(refusal);
            ctx.act(Action::Reply { ticket, reply });
        }
        self.hold_until_us = ctx.now_us + LEASE_US / 5;
        self.due(ctx.now_us);
    }

    /// Begins to carry `plan` out.
    pub(super) fn begin(
        &mut self,
        plan: Plan,
        epoch: Option<u64>,
        ticket: Option<u64>,
        ctx: &mut Ctx<'_>,
    ) {
        let conduct = Conduct::new(plan.clone());
        self.begin_with(conduct, plan, epoch, ticket, ctx);
    }

    fn begin_with(
        &mut self,
        conduct: Conduct,
        plan: Plan,
        epoch: Option<u64>,
        ticket: Option<u64>,
        ctx: &mut Ctx<'_>,
    ) {
        self.phase = Phase::Running;
        self.run = Some(Box::new(Run {
            conduct,
            plan,
            epoch,
            ticket,
            began_us: ctx.now_us,
            announced: false,
            mandate_until_us: ctx.now_us + LEASE_US,
            renewed_us: ctx.now_us,
            confirmed: BTreeSet::new(),
            wakes: BTreeSet::new(),
            records: Vec::new(),
            step: None,
        }));
        self.conduct(conduct::Event::Begin, ctx);
    }

    /// The answer to an order of this run; one of another run is nobody's.
    pub(super) fn answered(
        &mut self,
        operation: &str,
        ask: conduct::Ask,
        result: Result<Answer, Fault>,
        ctx: &mut Ctx<'_>,
    ) {
        if self
            .run
            .as_ref()
            .is_some_and(|run| run.plan.id == operation)
        {
            self.conduct(conduct::Event::Answer { ask, result }, ctx);
        }
    }

    /// What is due in the run: the conductor's wakes, and the leader's mandate.
    pub(super) fn keep_running(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now_us;
        if !ctx.abstains && self.somebody_returned() {
            return self.cut_short(ctx);
        }
        let due = self.run.as_mut().is_some_and(|run| {
            let before = run.wakes.len();
            run.wakes.retain(|at| *at > now);
            run.wakes.len() < before
        });
        if due {
            self.conduct(conduct::Event::Wake, ctx);
        }
        let renewal = self
            .run
            .as_ref()
            .filter(|run| run.leads())
            .map(|run| (run.epoch.unwrap_or(0), run.renewed_us + RENEW_US));
        if let Some((epoch, at)) = renewal {
            if now >= at {
                let me = ctx.me.id.clone();
                self.ask_peers(Some((&me, epoch)), ctx);
                if let Some(run) = &mut self.run {
                    run.renewed_us = now;
                    run.confirmed.clear();
                }
                self.due(now + RENEW_US);
                if self.peers.is_empty() {
                    self.renew();
                }
            } else {
                self.due(at);
            }
        }
        if let Some(at) = self.run.as_ref().and_then(|run| run.wakes.first().copied()) {
            self.due(at);
        }
    }

    /// A watcher has answered: does a majority still stand behind this leader?
    pub(super) fn confirm(&mut self, peer: &Id, ctx: &mut Ctx<'_>) {
        let me = &ctx.me.id;
        let ballot = self.peers.get(peer).and_then(|p| p.ballot.clone());
        let Some(run) = self.run.as_mut().filter(|run| run.leads()) else {
            return;
        };
        if ballot
            .is_some_and(|b| b.leader.as_ref() == Some(me) && Some(b.leader_epoch) == run.epoch)
        {
            run.confirmed.insert(peer.clone());
            if run.confirmed.len() + 1 >= self.needed() {
                self.renew();
            }
        }
    }

    fn renew(&mut self) {
        if let Some(run) = &mut self.run {
            run.mandate_until_us = run.renewed_us + LEASE_US;
        }
    }

    pub(super) fn conduct(&mut self, event: conduct::Event, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.as_mut() else {
            return;
        };
        let actions = run.conduct.step(ctx.now_us, event);
        self.announce_if_promoted(ctx);
        for action in actions {
            // A finished or overtaken run asks for nothing more.
            let Some(run) = self.run.as_mut() else {
                return;
            };
            let operation = run.plan.id.clone();
            match action {
                conduct::Action::Journal(record) => self.record(record, ctx),
                conduct::Action::Ask {
                    ask,
                    node,
                    order,
                    within_us,
                } => {
                    let binds = run.leads() && matches!(order, Order::Promote { .. });
                    if binds
                        && ctx.now_us + MARGIN_US > run.mandate_until_us
                        && !flaw::on(Flaw::MandateIgnored)
                    {
                        let why = "no majority has confirmed this leader lately";
                        self.not_ordered(why, ctx);
                        return self.overtaken(why, ctx);
                    }
                    let until_us = run.mandate_until_us;
                    ctx.act(Action::Order {
                        cluster: self.name(),
                        operation,
                        ask,
                        node,
                        order,
                        within_us,
                        until_us: Some(until_us).filter(|_| binds),
                    });
                }
                conduct::Action::Wake { at_us } => {
                    run.wakes.insert(at_us);
                    self.due(at_us);
                }
                conduct::Action::Show(show) => {
                    if let Some(ticket) = run.ticket {
                        ctx.act(Action::Tell { ticket, show });
                    }
                }
                conduct::Action::Finish {
                    outcome,
                    blackout_us,
                } => self.finished(outcome, blackout_us, ctx),
            }
        }
    }

    /// The step in hand was announced to the journal, and nothing was sent.
    fn not_ordered(&mut self, why: &str, ctx: &mut Ctx<'_>) {
        let Some(step) = self.run.as_ref().and_then(|run| run.step) else {
            return;
        };
        let record = Record::After {
            step,
            ok: false,
            ms: 0.0,
            note: Some(format!("not ordered: {why}")),
            point: None,
            code: None,
        };
        self.record(record, ctx);
    }

    fn record(&mut self, record: Record, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.as_mut() else {
            return;
        };
        let at =
            jiff::Timestamp::from_millisecond(ctx.wall_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.memory.learn(&record, &run.plan, &at.to_string());
        if let Record::After { step, ok: true, .. } = &record
            && let Some(Act::Links { replicas }) = run.plan.steps.get(*step).map(|s| &s.act)
        {
            // They were looked at more closely than from here.
            self.copies.retain(|addr, _| !replicas.contains(addr));
        }
        run.records.push(record.clone());
        if let Record::Before { step, .. } = &record {
            run.step = Some(*step);
        }
        let plan = run.plan.id.clone();
        self.say_step(&record, ctx);
        ctx.act(Action::Journal {
            cluster: self.name(),
            plan,
            record: Box::new(record),
        });
    }

    /// Sentinel's events for what the plan does.
    fn say_step(&self, record: &Record, ctx: &mut Ctx<'_>) {
        let (step, begins) = match record {
            Record::Before { step, .. } => (*step, true),
            Record::After { step, ok: true, .. } => (*step, false),
            Record::Begin { .. }
            | Record::Resume { .. }
            | Record::After { .. }
            | Record::UndoBefore { .. }
            | Record::UndoAfter { .. }
            | Record::End { .. } => return,
        };
        let Some(step) = self.run.as_ref().and_then(|run| run.plan.steps.get(step)) else {
            return;
        };
        let channels: &[&str] = match (&step.act, begins) {
            (Act::Promote, true) => &[
                "+selected-slave",
                "+failover-state-send-slaveof-noone",
                "+failover-state-wait-promotion",
            ],
            (Act::Follow { .. }, true) => &["+slave-reconf-sent"],
            (Act::Follow { .. }, false) => &["+slave-reconf-inprog"],
            (Act::Links { .. }, false) => {
                if let Act::Links { replicas } = &step.act {
                    for replica in replicas {
                        self.emit_replica(Level::Notice, "+slave-reconf-done", replica, ctx);
                    }
                }
                &[]
            }
            _ => &[],
        };
        for channel in channels {
            self.emit_replica(Level::Notice, channel, &step.node, ctx);
        }
    }

    /// From the moment in which the candidate is seen to be master everybody is told, before anything else is done.
    fn announce_if_promoted(&mut self, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.as_mut() else {
            return;
        };
        if run.announced || !run.conduct.promoted() {
            return;
        }
        let (Some(epoch), Some(heir)) = (run.epoch, run.candidate().cloned()) else {
            return;
        };
        run.announced = true;
        let automatic = run.plan.automatic;
        if epoch <= self.config_epoch {
            return;
        }
        self.emit_replica(Level::Warning, "+promoted-slave", &heir, ctx);
        self.emit(Level::Warning, "+failover-state-reconf-slaves", "", ctx);
        let old = self.master.clone();
        self.config_epoch = epoch;
        self.led_epoch = Some(epoch);
        if automatic {
            self.last_automatic_ms = Some(ctx.wall_ms);
        }
        self.switch_to(&heir, ctx);
        ctx.persist();
        self.say(true, ctx);
        if let Some(from) = old {
            ctx.act(Action::Reconfigured {
                cluster: self.name(),
                leader: true,
                from,
                to: heir,
            });
        }
        // Whoever hears of it asks how it came about.
        self.remember(ctx);
    }

    fn finished(&mut self, outcome: Outcome, blackout_us: Option<u64>, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.phase = Phase::Calm;
        let run = *run;
        self.look_again(&run.plan, ctx);
        ctx.act(Action::Remember {
            cluster: self.name(),
            memory: Box::new(self.memory_to_keep()),
        });
        let changed = matches!(run.plan.kind, Kind::Promote | Kind::Failover);
        if changed {
            if run.announced {
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
        if changed && !run.announced {
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
    fn take_stock_later(&mut self, run: &Run, ctx: &Ctx<'_>) {
        self.unfinished = Some(Box::new(Unfinished {
            plan: run.plan.clone(),
            records: run.records.clone(),
        }));
        self.began_us = ctx.now_us;
    }

    /// The world knows the new master, and a node that this plan does not move takes itself for one too.
    fn somebody_returned(&self) -> bool {
        let Some(run) = self.run.as_ref().filter(|run| run.saved()) else {
            return false;
        };
        self.returned().any(|addr| {
            let moved = |s: &crate::decide::plan::Step| {
                s.node == *addr && matches!(s.act, Act::Follow { .. })
            };
            !run.plan.steps.iter().any(moved)
        })
    }

    /// Two masters do not wait for the rest of a plan; what is left of it is set right afterwards.
    fn cut_short(&mut self, ctx: &mut Ctx<'_>) {
        self.emit(Level::Warning, "+failover-end", "", ctx);
        self.overtaken("an old master is back, which goes before the rest", ctx);
    }

    /// Another epoch rules, or this leader's mandate is over: nothing more is ordered, not even what was ordered
    /// and has not been sent.
    pub(super) fn overtaken(&mut self, why: &str, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.phase = Phase::Calm;
        self.look_again(&run.plan, ctx);
        if !flaw::on(Flaw::QueuedOrdersSent) {
            ctx.act(Action::Withdraw {
                cluster: self.name(),
                operation: run.plan.id.clone(),
            });
        }
        let outcome = if run.announced {
            let text = format!("{why}; what was left to do is the new leader's");
            Outcome::Incomplete {
                left: vec![Finding::new(
                    "failover.overtaken",
                    Severity::Warning,
                    None,
                    text,
                    "",
                )],
            }
        } else if may_have_promoted(&run.plan, &run.records) {
            let why = format!("{why}, and the candidate had been told to become master");
            Outcome::Unknown { why }
        } else {
            run.conduct.given_up(why)
        };
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
    fn close(&mut self, plan: &Plan, outcome: Outcome, ctx: &mut Ctx<'_>) {
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
    }

    /// Goes on with what a crash cut off, if the world has not gone on without us.
    pub(super) fn go_on(&mut self, ctx: &mut Ctx<'_>) {
        let Some(unfinished) = self.unfinished.take() else {
            return;
        };
        let Unfinished { plan, records } = *unfinished;
        // The old master answers and nobody was ever told of another: whatever was promoted has no writes, and
        // the old one has had them all this time.
        let heir_is_told = plan.facts.candidate == self.master;
        if plan.kind == Kind::Failover && !heir_is_told && self.master_serves() {
            let why = "cut off, and the old master serves again".to_owned();
            return self.close(&plan, Outcome::Undone { why }, ctx);
        }
        let changes_master = plan.kind != Kind::Repoint;
        let heir = plan.facts.candidate.clone();
        let ours =
            self.leader.as_ref() == Some(&ctx.me.id) && self.leader_epoch >= self.config_epoch;
        let still_ours = ours || heir == self.master;
        if changes_master && !still_ours {
            let why = "cut off, and another watcher has led since".to_owned();
            return self.close(&plan, Outcome::Undone { why }, ctx);
        }
        let epoch =
            (changes_master && self.leader_epoch > self.config_epoch).then_some(self.leader_epoch);
        let by = automatic(ctx).by;
        // Backwards, unless the candidate is master by now: then it is finished.
        let conduct = Conduct::resume(plan.clone(), &records, true, &by);
        self.begin_with(conduct, plan, epoch, None, ctx);
        if let Some(run) = &mut self.run {
            run.records = records;
        }
    }

    fn master_serves(&self) -> bool {
        self.master_node().is_some_and(|n| {
            n.role() == Role::Master && n.seen.as_deref().is_some_and(accepts_writes)
        })
    }

    /// The cluster is not to be watched any more.
    pub(super) fn end(&mut self, ctx: &mut Ctx<'_>) {
        self.overtaken("it is not watched any more", ctx);
        self.emit(Level::Warning, "-monitor", "", ctx);
    }

    pub(super) fn hooks(&self, event: &str, plan: &Plan, ctx: &mut Ctx<'_>) {
        let text = |addr: &Option<Addr>| addr.as_ref().map(ToString::to_string).unwrap_or_default();
        let facts = vec![
            ("cluster".to_owned(), plan.cluster.clone()),
            ("operation".to_owned(), plan.id.clone()),
            ("kind".to_owned(), plan.kind.word().to_owned()),
            ("old_master".to_owned(), text(&plan.facts.master)),
            ("new_master".to_owned(), text(&plan.facts.candidate)),
        ];
        ctx.act(Action::Hooks {
            cluster: self.name(),
            event: event.to_owned(),
            facts,
        });
    }

    /// Samples are many and soon old; they are not kept.
    pub(super) fn memory_to_keep(&self) -> crate::decide::view::Memory {
        let mut memory = self.memory.clone();
        memory.samples.clear();
        memory
    }
}

/// A refusal as a reply.
pub(super) fn refused(refusal: &Refusal) -> Reply {
    Reply::Refused {
        kind: match refusal.kind {
            RefusalKind::Unsafe => "unsafe",
            RefusalKind::NoQuorum => "no_quorum",
            RefusalKind::Nothing => "nothing",
        }
        .to_owned(),
        code: refusal.code.clone(),
        text: refusal.text.clone(),
        hint: refusal.hint.clone(),
    }
}
