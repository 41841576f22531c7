//! Carries out a plan: the one conductor of every command, held by a watcher. As leader it acts only while a
//! majority confirms it, and not at all once another epoch has overtaken it, orders in the queue included.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::action::Action;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::phase::Phase;
use crate::decide::conduct;
use crate::decide::conduct::Conduct;
use crate::decide::copy::Forced;
use crate::decide::facts::Fault;
use crate::decide::facts::Role;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Record;

/// How often a leader has itself confirmed.
const RENEW_US: u64 = 1_500_000;
/// A promotion is not ordered any more when the mandate ends so soon.
const MARGIN_US: u64 = 500_000;

/// Who was told to follow has said by then that it does, or does not answer.
const ANSWERED_US: u64 = 1_000_000;

/// A plan under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) conduct: Conduct,
    pub(super) plan: Plan,
    /// The epoch in which this watcher was elected to carry it out; `None` for what needs no election.
    pub(super) epoch: Option<u64>,
    pub(super) ticket: Option<u64>,
    pub(super) began_us: u64,
    pub(super) mandate_until_us: u64,
    pub(super) renewed_us: u64,
    pub(super) wakes: BTreeSet<u64>,
    pub(super) records: Vec<Record>,
    /// Who was told to follow somebody, and when first.
    pub(super) told: BTreeMap<Addr, u64>,
    /// The step in hand, for Sentinel's name of the state.
    pub(super) step: Option<usize>,
}

impl Run {
    /// It leads a change of master that has not been announced yet.
    pub(super) fn leads(&self) -> bool {
        self.epoch.is_some() && !self.announced()
    }

    /// It goes on with what was cut off, or back.
    pub(super) fn is_resumed(&self) -> bool {
        let mut records = self.records.iter();
        records.any(|record| matches!(record, Record::Resume { .. }))
    }

    pub(super) fn candidate(&self) -> Option<&Addr> {
        self.plan.facts.candidate.as_ref()
    }

    pub(super) fn announced(&self) -> bool {
        self.conduct.announced()
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
    pub(super) fn saved(&self) -> bool {
        let saves = |step: usize| {
            self.plan
                .steps
                .get(step)
                .is_some_and(|s| s.act == Act::Persist && Some(&s.node) == self.candidate())
        };
        self.announced()
            && self
                .records
                .iter()
                .any(|r| matches!(r, Record::After { step, .. } if saves(*step)))
    }

    /// When the node was told to follow that the step in hand moves. Until it has answered that it does, nobody knows what it
    /// had received by then.
    fn told_us(&self) -> Option<u64> {
        let step = self.plan.steps.get(self.step?)?;
        let moves = matches!(step.act, Act::Follow { .. });
        self.told.get(&step.node).copied().filter(|_| moves)
    }

    /// It attaches nodes and waits for one: for its link, or for its answer to the order to follow. Who is led away for that is
    /// not left half way.
    pub(super) fn waits_since(&self, now_us: u64) -> bool {
        let answered = self.told_us().is_some_and(|at| now_us >= at + ANSWERED_US);
        let waits = match self.act() {
            Some(Act::Links { .. }) => true,
            Some(Act::Follow { how, .. }) => answered && !how.detaches(),
            Some(_) | None => false,
        };
        waits && self.kind() == Kind::Repoint
    }

    /// Some step of it is about this node.
    pub(super) fn concerns(&self, node: &Addr) -> bool {
        self.plan.steps.iter().any(|step| step.node == *node)
    }

    /// Whom it has had follow somebody by now.
    pub(super) fn placed(&self) -> impl Iterator<Item = &Addr> {
        self.records.iter().filter_map(|record| {
            let Record::After { step, ok: true, .. } = record else {
                return None;
            };
            let step = self.plan.steps.get(*step)?;
            matches!(step.act, Act::Follow { .. }).then_some(&step.node)
        })
    }

    /// It has this node follow somebody, or tries to.
    pub(super) fn moves(&self, node: &Addr) -> bool {
        let moves = |step: &Step| step.node == *node && matches!(step.act, Act::Follow { .. });
        self.plan.steps.iter().any(moves)
    }

    /// The step in which it was to follow is over, and has come to nothing, or a restart has undone it, or somebody who has promoted
    /// it since.
    pub(super) fn moved_in_vain(&self, addr: &Addr, node: &Node) -> bool {
        let promoted = self.was_told_before(addr, node.turned_master_us);
        let undone = promoted || self.was_told_before_it_started(addr, node);
        self.records.iter().any(|record| {
            let Record::After { step, ok, .. } = record else {
                return false;
            };
            let step = self.plan.steps.get(*step).filter(|step| step.node == *addr);
            let moves = step.is_some_and(|step| matches!(step.act, Act::Follow { .. }));
            moves && (undone || !ok)
        })
    }

    /// It was told to follow somebody, and has been started again since.
    pub(super) fn was_told_before_it_started(&self, addr: &Addr, node: &Node) -> bool {
        self.was_told_before(addr, node.restarted_us)
    }

    /// It was told to follow somebody, and what happened then came after that.
    fn was_told_before(&self, addr: &Addr, at_us: Option<u64>) -> bool {
        let told_us = self.told.get(addr).copied();
        told_us.is_some() && at_us > told_us
    }

    /// The number of the step in hand.
    pub(super) fn at(&self) -> Option<usize> {
        self.step
    }
}

impl Cluster {
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

    pub(super) fn begin_with(
        &mut self,
        conduct: Conduct,
        plan: Plan,
        epoch: Option<u64>,
        ticket: Option<u64>,
        ctx: &mut Ctx<'_>,
    ) {
        let mandate_until_us =
            epoch.map_or(0, |epoch| self.mandate_until(&ctx.me.id, epoch, ctx.now_us));
        self.phase = Phase::Running;
        self.run = Some(Box::new(Run {
            conduct,
            plan,
            epoch,
            ticket,
            began_us: ctx.now_us,
            mandate_until_us,
            renewed_us: self.asked_us.min(ctx.now_us),
            wakes: BTreeSet::new(),
            records: Vec::new(),
            told: BTreeMap::new(),
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
        if self.run.as_ref().is_none_or(|run| run.plan.id != operation) {
            return;
        }
        if self.attached_by_another(&result) {
            return self.overtaken("another watcher has attached it meanwhile", ctx);
        }
        self.conduct(conduct::Event::Answer { ask, result }, ctx);
    }

    /// A node that was a master when this repair was begun follows the right one by now, and was not told so from here: two
    /// watchers set it right at once. The other one has judged it, and what it has got since is its master's.
    fn attached_by_another(&self, result: &Result<Answer, Fault>) -> bool {
        let Some(run) = &self.run else { return false };
        let repair = run.kind() == Kind::Repoint && run.ticket.is_none();
        let judges = !self.peers.is_empty() && self.peers.values().all(|peer| peer.pikafo);
        let step = run.step.and_then(|step| run.plan.steps.get(step));
        let Some(step) = step.filter(|step| matches!(step.act, Act::Follow { .. })) else {
            return false;
        };
        let said = match result {
            Ok(Answer::Seen(seen)) => &seen.replication,
            Ok(Answer::At(replication)) => replication,
            Ok(Answer::Done | Answer::Note(_)) | Err(_) => return false,
        };
        let mut facts = run.plan.facts.nodes.iter();
        let was_master = facts.any(|fact| fact.addr == step.node && fact.role == Role::Master);
        let follows = said.role.is_replica();
        let whom = said.master.as_ref().filter(|_| follows);
        let here = whom.is_some() && whom.map(|master| self.resolve(master)) == self.master;
        repair && judges && was_master && here && !run.told.contains_key(&step.node)
    }

    /// Somebody has come to follow the Pika that this repair is to attach, and is not moved by it, or follows it still, for it was
    /// not to be moved as it is: as long as it has replicas, a Pika follows nobody.
    fn is_kept_from_following(&self) -> bool {
        let run = self.run.as_ref();
        let repair = run.filter(|run| run.kind() == Kind::Repoint && run.ticket.is_none());
        let Some(run) = repair else { return false };
        let step = run.step.and_then(|step| run.plan.steps.get(step));
        let Some(step) = step.filter(|step| matches!(step.act, Act::Follow { .. })) else {
            return false;
        };
        self.in_the_way_of(&step.node).iter().any(|addr| {
            let node = self.nodes.get(addr).filter(|_| *addr != step.node);
            node.is_some_and(|node| {
                let in_vain =
                    run.was_told_before_it_started(addr, node) || run.moved_in_vain(addr, node);
                node.fresh_since(run.began_us) && (in_vain || !run.moves(addr))
            })
        })
    }

    /// What is due in the run: the conductor's wakes, and the leader's mandate.
    pub(super) fn keep_running(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now_us;
        if !ctx.abstains && self.somebody_returned() {
            let told_us = self.run.as_ref().and_then(|run| run.told_us());
            match told_us.map(|at| at + ANSWERED_US).filter(|at| now < *at) {
                Some(at) => self.due(at),
                None => return self.cut_short(ctx),
            }
        }
        if !ctx.abstains && self.returned_is_due(ctx) {
            return self.cut_short(ctx);
        }
        if self.master_is_back() {
            return self.leave_to_master("the old master serves again", ctx);
        }
        if self.master_answers_in_time() {
            return self.leave_to_master("the old master answers again", ctx);
        }
        if !ctx.abstains && self.is_kept_from_following() {
            return self.overtaken(
                "somebody follows the node that it moves, and goes first",
                ctx,
            );
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
                }
                self.renew(ctx);
                self.due(now + RENEW_US);
            } else {
                self.due(at);
            }
        }
        if let Some(at) = self.run.as_ref().and_then(|run| run.wakes.first().copied()) {
            self.due(at);
        }
    }

    /// A watcher has answered, or time has passed: until when does a majority stand behind this leader?
    pub(super) fn renew(&mut self, ctx: &Ctx<'_>) {
        let leads = self.run.as_ref().filter(|run| run.leads());
        let Some(epoch) = leads.and_then(|run| run.epoch) else {
            return;
        };
        // What was known of the dead when it ran out is no ground to replace him later, whoever may stand behind it again.
        let over = leads.is_some_and(|run| ctx.now_us >= run.mandate_until_us);
        if over && self.replaces_the_dead() {
            return;
        }
        let until_us = self.mandate_until(&ctx.me.id, epoch, ctx.now_us);
        if let Some(run) = &mut self.run {
            run.mandate_until_us = until_us.max(run.mandate_until_us);
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
                    until_us,
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
                    if matches!(order, Order::Follow { .. }) {
                        run.told.entry(node.clone()).or_insert(ctx.now_us);
                    }
                    let mandate_us = Some(run.mandate_until_us)
                        .filter(|_| binds && !flaw::on(Flaw::MandateIgnored));
                    let until_us = [until_us, mandate_us].into_iter().flatten().min();
                    if matches!(order, Order::Follow { force: true, .. }) {
                        self.forced.insert(node.clone(), Forced::Asked);
                    }
                    ctx.act(Action::Order {
                        cluster: self.name(),
                        operation,
                        ask,
                        node,
                        order,
                        within_us,
                        until_us,
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
}
