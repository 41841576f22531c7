//! Operations under whatever trouble, a number each: what `flaw`'s table counts. `tests/property` draws wider.

use super::outcome;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::trouble::Befalls;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::Event;
use crate::decide::order::Order;
use crate::decide::record::Outcome;

/// A switchover, under writes where the number is odd. Number 0 is calm; in 1 the candidate lags.
pub(in crate::decide) fn switchover(number: u64) -> Result<(), String> {
    let mut world = world();
    world.fleet.client_writes = number % 2 == 1;
    let plan = stage::promote(&world.fleet, "b");
    if number % 4 == 1 {
        world.fleet.named("b").stuck = true;
        let until_us = 500_000 * (number / 4 + 1);
        world.at_us.push((until_us, Happening::Unstick("b")));
    }
    strike(&mut world, number / 2);
    world.run(Conduct::new(plan));
    kept(&world)
}

/// A failover of a dead master. Number 0 is calm.
pub(in crate::decide) fn failover(number: u64) -> Result<(), String> {
    let mut world = world();
    world.fleet.named("a").alive = false;
    let plan = stage::failover(&world.fleet, false);
    strike(&mut world, number);
    world.run(Conduct::new(plan));
    kept(&world)
}

fn kept(world: &World) -> Result<(), String> {
    match world.watch.broken.first() {
        None => Ok(()),
        Some(broken) => Err(broken.clone()),
    }
}

fn strike(world: &mut World, number: u64) {
    let mut die = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = |below: u64| {
        die ^= die << 13;
        die ^= die >> 7;
        die ^= die << 17;
        die % below.max(1)
    };
    for _ in 0..number.min(3) {
        let node = pick(&["a", "b", "c"], draw(3));
        let verbs = [
            "replication",
            "fence",
            "unfence",
            "promote",
            "follow",
            "persist",
            "probe-write",
            "lock",
        ];
        let verb = pick(&verbs, draw(8));
        let what = match draw(5) {
            0 => Trouble::Refuses("ERR no"),
            1 => Trouble::Lost,
            2 => Trouble::Mute,
            3 => Trouble::Late(draw(2_400_000)),
            _ => Trouble::Dies,
        };
        let from = usize::try_from(draw(4)).unwrap();
        let times = usize::try_from(1 + draw(3)).unwrap();
        world.troubles.push(Befalls {
            node,
            verb,
            from,
            times,
            what,
        });
    }
    if number > 0 && draw(3) == 0 {
        let at_step = usize::try_from(draw(12)).unwrap();
        world.at_step.push((at_step, Happening::Interrupt));
    }
}

fn pick(of: &[&'static str], at: u64) -> &'static str {
    of[usize::try_from(at).unwrap() % of.len()]
}

/// Nothing is left to do where nothing goes wrong.
#[test]
pub(in crate::decide) fn on_a_calm_day_all_is_done() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    assert_eq!(outcome(&mut world, &plan), Outcome::Done);
    let mut world = super::world();
    world.fleet.named("a").alive = false;
    let plan = stage::failover(&world.fleet, false);
    assert_eq!(outcome(&mut world, &plan), Outcome::Done);
}

/// The drain was asked for both positions and has given up. The answers come while the fence is being lifted, which
/// they say nothing of.
#[test]
pub(in crate::decide) fn an_answer_to_an_earlier_step_lifts_no_fence() {
    let mut fleet = world().fleet;
    let mut conduct = Conduct::new(stage::promote(&fleet, "b"));
    let mut late = Vec::new();
    let mut fenced = false;
    let mut actions = conduct.step(0, Event::Begin);
    while late.is_empty() {
        let mut asks = Vec::new();
        for action in std::mem::take(&mut actions) {
            if let Action::Ask {
                ask, node, order, ..
            } = action
            {
                fenced |= matches!(order, Order::Fence { .. });
                let result = fleet.carry_out(&node, &order, 1000);
                asks.push((Event::Answer { ask, result }, order));
            }
        }
        assert!(!asks.is_empty(), "nothing is asked");
        for (answer, order) in asks {
            if fenced && order == Order::Replication {
                late.push(answer);
            } else {
                actions.extend(conduct.step(2000, answer));
            }
        }
    }
    let back = conduct.step(60_000_000, Event::Wake);
    let lifts = |action: &Action| {
        matches!(
            action,
            Action::Ask {
                order: Order::Unfence { .. },
                ..
            }
        )
    };
    assert!(back.iter().any(lifts), "{back:?}");
    for answer in late {
        assert_eq!(conduct.step(60_001_000, answer), []);
    }
}

#[test]
fn every_promise_is_kept() {
    for number in 0..200 {
        switchover(number).unwrap();
        failover(number).unwrap();
    }
}
