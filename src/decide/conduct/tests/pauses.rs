//! A pause ends by itself, and this host may stand still until it has: nobody is replaced who takes writes, and nobody is
//! attached who took some.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::Answer;
use super::Conduct;
use super::Outcome;
use super::redis::Servers;
use super::redis::moved;
use super::redis::paused;
use super::script::Script;
use super::world::stage;
use super::world::story::of_outcome;
use crate::decide::draft;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::sample::addr;

/// Two seconds of blackout, and what is left for a plan that takes longer.
const PAUSE_US: u64 = 32_000_000;

/// `lasting`: there is a fence to be laid over the pause.
fn plan(lasting: bool) -> Plan {
    let mut view = paused();
    if !lasting {
        for node in &mut view.nodes {
            let seen = node.state.as_mut().unwrap();
            (seen.acl, seen.settings) = (None, None);
        }
    }
    draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap()
}

/// The old master has clients that write as soon as they may.
#[derive(Debug, Default)]
struct Busy {
    servers: Servers,
    paused_until_us: Cell<u64>,
    lasting: Cell<bool>,
    /// Since it was first paused.
    wrote: Cell<bool>,
}

impl Busy {
    fn answer(&self, now_us: u64, node: &Addr, order: &Order) -> Result<Answer, Fault> {
        let (until_us, old) = (self.paused_until_us.get(), *node == addr(1));
        let free = until_us > 0 && now_us >= until_us && !self.lasting.get();
        self.wrote
            .set(self.wrote.get() || (free && !moved(&self.servers)));
        if let Order::Promote { .. } = order {
            assert!(!self.wrote.get(), "it lacks what the old one took");
        } else if let Order::Fence { how } = order
            && old
        {
            if let FenceHow::Pause { ms } = how {
                let ends_us = now_us + ms * 1000;
                self.paused_until_us.set(until_us.max(ends_us));
            } else {
                self.lasting.set(true);
            }
        }
        self.servers.answer(node, order)
    }
}

/// How it ends where this host stands still after so many orders, until then.
fn stands_still(plan: &Plan, after: usize, until_us: u64) -> (String, Busy) {
    let (busy, mut script) = (Busy::default(), Script::new(Conduct::new(plan.clone())));
    script.stands_still = Some((after, until_us));
    let outcome = script.run(|now_us, node, order| busy.answer(now_us, node, order));
    (of_outcome(&outcome), busy)
}

/// Orders in a run in which nothing happens, and when each was given.
fn calm(plan: &Plan) -> Vec<(u64, Addr, Order)> {
    let (busy, mut script) = (Busy::default(), Script::new(Conduct::new(plan.clone())));
    let outcome = script.run(|now_us, node, order| busy.answer(now_us, node, order));
    assert_eq!(outcome, Outcome::Done);
    assert!(!busy.wrote.get());
    script.orders
}

fn paused_at(orders: &[(u64, Addr, Order)]) -> u64 {
    let fences = |(_, _, order): &&(u64, Addr, Order)| matches!(order, Order::Fence { .. });
    orders.iter().find(fences).unwrap().0
}

/// Wherever it stands still: for longer than the pause, or just until it ends.
#[test]
fn what_an_old_master_took_after_its_pause_is_never_thrown_away() {
    for lasting in [true, false] {
        let plan = plan(lasting);
        let orders = calm(&plan);
        let mut ends = BTreeSet::new();
        for after in 1..orders.len() {
            for extra_us in [0, 1, 30_000_000] {
                let until_us = paused_at(&orders) + PAUSE_US + extra_us;
                let (told, busy) = stands_still(&plan, after, until_us);
                let attached = moved(&busy.servers);
                assert!(!(busy.wrote.get() && attached), "after {after}: {told}");
                ends.insert((busy.wrote.get(), busy.servers.promoted.get(), attached));
            }
        }
        // It was replaced and took writes, was replaced and took none, and was not replaced.
        let all = BTreeSet::from([
            (true, true, false),
            (false, true, true),
            (true, false, false),
        ]);
        assert!(ends.is_superset(&all), "{ends:?}");
    }
}
