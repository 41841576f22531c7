//! What every run must keep, whatever goes wrong in it.

use std::collections::BTreeSet;

use super::decide::conduct::Action;
use super::decide::facts::Link;
use super::decide::finding::Finding;
use super::decide::name::Addr;
use super::decide::order::Order;
use super::decide::plan::Act;
use super::decide::plan::Kind;
use super::decide::plan::Plan;
use super::decide::record::Outcome;
use super::decide::record::Record;
use super::fleet::Fleet;
use super::server::Server;
use super::trouble::verb;

/// Watches a run and collects the promises that it breaks.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that has or has not happened"
)]
pub(crate) struct Watch {
    pub(crate) broken: Vec<String>,
    plan: Option<Plan>,
    /// The step whose record allows it to act now.
    allowed: Option<usize>,
    promote_asked: bool,
    promoted: bool,
    /// A restart forgets the fence, which nobody can forbid it.
    restarted: bool,
    /// An order to follow that everybody had given up on came to a server that had been restarted since. Nobody
    /// can see that before it happens.
    haunted: bool,
}

impl Watch {
    pub(crate) fn begins(&mut self, plan: &Plan) {
        self.plan = Some(plan.clone());
        self.allowed = None;
        self.promote_asked = false;
    }

    pub(crate) fn restarts(&mut self, _name: &str) {
        self.restarted = true;
    }

    pub(crate) fn lands(&mut self, order: &Order) {
        self.haunted |= self.restarted && matches!(order, Order::Follow { .. });
    }

    pub(crate) fn sees(&mut self, action: &Action, over: bool) {
        if over {
            self.broke(format!("after the end: {action:?}"));
        }
        match action {
            Action::Journal(record) => self.record(record),
            Action::Ask { node, order, .. } if order.acts() => self.acts(node, order),
            Action::Ask { .. } | Action::Wake { .. } | Action::Show(_) | Action::Finish { .. } => {}
        }
    }

    fn record(&mut self, record: &Record) {
        match record {
            Record::Before { step, point } => {
                self.allowed = Some(*step);
                self.promote_asked = false;
                if self.act(*step) == Some(Act::Promote) && point.is_none() {
                    self.broke("the promotion has no point on record".to_owned());
                }
            }
            Record::UndoBefore { step } => self.allowed = Some(*step),
            Record::End { .. } => self.allowed = None,
            // What an undo does comes before its second record.
            Record::After { .. } | Record::UndoAfter { .. } => self.allowed = None,
            Record::Begin { .. } | Record::Resume { .. } => {}
        }
    }

    /// Nothing acts that is not on record; nobody is told twice to become master.
    fn acts(&mut self, node: &Addr, order: &Order) {
        let step = self.allowed.and_then(|i| self.plan.as_ref()?.steps.get(i));
        if step.is_none_or(|step| step.node != *node) {
            self.broke(format!("{} of {node} without a record", verb(order)));
        }
        if matches!(order, Order::Promote { .. }) {
            if self.promote_asked {
                self.broke(format!("{node} was told twice to become master"));
            }
            self.promote_asked = true;
        }
    }

    /// At the moment of a planned promotion the old master refuses writes and has none that the candidate lacks.
    pub(crate) fn carries(&mut self, fleet: &Fleet, node: &Addr, order: &Order) {
        let Some(plan) = &self.plan else { return };
        if !matches!(order, Order::Promote { .. }) || plan.facts.candidate.as_ref() != Some(node) {
            return;
        }
        self.promoted = true;
        if plan.kind != Kind::Promote || self.restarted {
            return;
        }
        let old = fleet.get(plan.facts.master.as_ref().unwrap());
        if old.takes_writes() {
            self.broke("promoted while the old master took writes".to_owned());
        } else if old.log != fleet.get(node).log {
            self.broke("promoted before the candidate had every write".to_owned());
        }
    }

    pub(crate) fn ends(&mut self, fleet: &Fleet, outcome: &Outcome) {
        let Some(plan) = self.plan.clone() else {
            return;
        };
        if matches!(outcome, Outcome::Unknown { .. }) {
            return;
        }
        let left: &[Finding] = if let Outcome::Incomplete { left } = outcome {
            left
        } else {
            &[]
        };
        let told = |server: &Server, code: &str| {
            left.iter()
                .any(|f| f.node.as_ref() == Some(&server.addr) && f.code.starts_with(code))
        };
        let writable: Vec<_> = fleet.servers.iter().filter(|s| s.takes_writes()).collect();
        let extra = writable.iter().filter(|s| !told(s, ""));
        // A repoint finds them so; and nobody can promise that the dead do not return.
        let promised = match plan.kind {
            Kind::Promote => true,
            Kind::Failover => !self.restarted,
            Kind::Repoint => false,
        };
        if promised && extra.count() > 1 {
            let names: Vec<_> = writable.iter().map(|s| s.name).collect();
            self.broke(format!("several masters take writes: {}", names.join(", ")));
        }
        for server in fleet.servers.iter().filter(|s| s.fenced && s.alive) {
            if !told(server, "fence.") && plan.kind == Kind::Promote {
                self.broke(format!("{} is left fenced and nobody is told", server.name));
            }
        }
        for server in &fleet.servers {
            let Some(master) = &server.follows else {
                continue;
            };
            if fleet.link_of(&server.addr) == Link::Up
                && !server.stuck
                && !self.haunted
                && !told(server, "")
                && !fleet.get(master).log.starts_with(&server.log)
            {
                self.broke(format!("{} follows with other data", server.name));
            }
        }
        self.nothing_lost(fleet, &plan, outcome);
        if *outcome == Outcome::Done && !self.restarted {
            self.all_done(fleet, &plan);
        }
    }

    /// I8 and I9: what is called done is done, and would outlive a restart.
    fn all_done(&mut self, fleet: &Fleet, plan: &Plan) {
        let Some(new) = &plan.facts.candidate else {
            return;
        };
        let master = fleet.get(new);
        if master.saved.is_some() {
            self.broke(format!("{} would come back as a replica", master.name));
        }
        for server in fleet.servers.iter().filter(|s| s.alive) {
            if server.follows.is_some() && server.follows.as_ref() != Some(new) {
                self.broke(format!("{} follows somebody else", server.name));
            }
        }
    }

    /// I3.
    fn nothing_lost(&mut self, fleet: &Fleet, plan: &Plan, outcome: &Outcome) {
        if plan.kind != Kind::Promote || self.restarted {
            return;
        }
        let changed = matches!(
            outcome,
            Outcome::Done | Outcome::Finished | Outcome::Incomplete { .. }
        );
        if changed != self.promoted && !matches!(outcome, Outcome::Undone { .. }) {
            self.broke(format!("{outcome:?}, and promoted is {}", self.promoted));
        }
        let facts = &plan.facts;
        let master = if changed {
            &facts.candidate
        } else {
            &facts.master
        };
        let master = fleet.get(master.as_ref().unwrap());
        if master.follows.is_some() {
            self.broke(format!("{} should be master", master.name));
        }
        let held: BTreeSet<&u32> = master.log.iter().collect();
        if let Some(lost) = fleet.acknowledged.iter().find(|id| !held.contains(id)) {
            self.broke(format!(
                "write {lost} was acknowledged and is not on {}",
                master.name
            ));
        }
    }

    fn act(&self, step: usize) -> Option<Act> {
        Some(self.plan.as_ref()?.steps.get(step)?.act.clone())
    }

    fn broke(&mut self, what: String) {
        self.broken.push(what);
    }
}
