//! Servers that say what a view says, do what they are told, and are changed by a test in between.

use super::Answer;
use super::Conduct;
use super::Outcome;
use super::script::Script;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::order::UserRules;
use crate::decide::plan::Plan;
use crate::decide::view::ClusterView;

pub(super) type Change = fn(&mut ClusterView);
/// What becomes of a node's orders of some kind.
pub(super) type Of<T> = (Addr, fn(&Order) -> bool, T);

#[derive(Debug)]
pub(super) struct Puppets {
    pub(super) view: ClusterView,
    /// What happens right before a node is given such an order for the first time.
    pub(super) before: Option<Of<Change>>,
    /// What a node says to such orders instead of doing them.
    pub(super) refuses: Option<Of<&'static str>>,
}

/// How a run ended, and what was done in it.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) outcome: Outcome,
    pub(super) orders: Vec<(u64, Addr, Order)>,
}

impl Puppets {
    pub(super) fn of(view: &ClusterView) -> Self {
        Self {
            view: view.clone(),
            before: None,
            refuses: None,
        }
    }

    pub(super) fn play(&mut self, plan: &Plan) -> Played {
        let mut script = Script::new(Conduct::new(plan.clone()));
        let outcome = script.run(|_, node, order| self.answer(node, order));
        Played {
            outcome,
            orders: script.orders,
        }
    }

    pub(super) fn answer(&mut self, node: &Addr, order: &Order) -> Result<Answer, Fault> {
        let such = |(at, which, _): &mut Of<Change>| at == node && which(order);
        if let Some((.., change)) = self.before.take_if(such) {
            change(&mut self.view);
        }
        if let Some((at, which, no)) = &self.refuses
            && at == node
            && which(order)
        {
            return Err(Fault::new(FaultKind::Error, *no));
        }
        let mut nodes = self.view.nodes.iter_mut();
        let server = nodes.find(|n| n.addr == *node).unwrap();
        let seen = match &mut server.state {
            Ok(seen) => seen,
            Err(fault) => return Err(fault.clone()),
        };
        let now = &mut seen.replication;
        match order {
            Order::Observe => return Ok(Answer::Seen(Box::new(seen.clone()))),
            Order::Replication => return Ok(Answer::At(Box::new(now.clone()))),
            Order::Promote { .. } => {
                now.role = Role::Master;
                now.master = None;
                now.link = Link::None;
            }
            Order::Follow { master, .. } => {
                now.role = Role::Replica;
                now.master = Some(master.clone());
                now.link = Link::Up;
                now.eligible = now.eligible.map(|_| true);
            }
            Order::Fence {
                how: FenceHow::Detached,
            } => now.master = Some(Addr::new("127.0.0.1", 63_535)),
            Order::Fence { .. }
            | Order::Unfence { .. }
            | Order::ClearHistory
            | Order::Persist
            | Order::ProbeWrite { .. }
            | Order::Lock { .. }
            | Order::Unlock { .. }
            | Order::Hooks { .. } => {}
        }
        Ok(Answer::Done)
    }
}

impl Played {
    /// Whether the node was told to follow, and by force.
    pub(super) fn followed(&self, node: &Addr) -> Option<bool> {
        let to = self.orders.iter().filter(|(_, to, _)| to == node);
        let mut forced = None;
        for (_, _, order) in to {
            if let Order::Follow { force, .. } = order {
                forced = Some(*force);
            }
        }
        forced
    }

    /// How many such orders the node was given.
    pub(super) fn given(&self, node: &Addr, which: fn(&Order) -> bool) -> usize {
        let to = self.orders.iter();
        to.filter(|(_, to, order)| to == node && which(order))
            .count()
    }

    /// What is left to do for the node, by its code.
    pub(super) fn left(&self, node: &Addr) -> Vec<&str> {
        let Outcome::Incomplete { left } = &self.outcome else {
            return Vec::new();
        };
        let its = left.iter().filter(|f| f.node.as_ref() == Some(node));
        its.map(|f| f.code.as_str()).collect()
    }
}

/// Users whose rules can be changed, on every node.
pub(super) fn with_rules(mut view: ClusterView) -> ClusterView {
    for node in &mut view.nodes {
        node.state.as_mut().unwrap().acl = Some(vec![UserRules {
            name: "default".to_owned(),
            rules: vec!["+@all".to_owned()],
        }]);
    }
    view
}
