//! An operation that was cut off, and watchers that have made its fenced node the master since.

use super::Conduct;
use super::world;
use super::world::run::World;
use super::world::stage;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::Memory;

/// The host dies when `b` is promoted and `a` fenced, and `b` dies after it.
fn cut_off() -> (World, Plan) {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let promoted = |records: &[Record]| {
        let after = |r: &Record| matches!(r, Record::After { step, ok: true, .. } if Some(*step) == plan.promotion_step());
        records.iter().any(after)
    };
    for records in 1.. {
        world = super::world();
        world.crash_after = Some(records);
        assert_eq!(world.run(Conduct::new(plan.clone())), None);
        if promoted(&world.records) {
            break;
        }
    }
    world.crash_after = None;
    world.fleet.named("b").alive = false;
    (world, plan)
}

fn theirs(world: &World, plan: &Plan, records: &[Record]) -> Option<Conduct> {
    let view = stage::view(&world.fleet, Memory::default());
    let abort = Conduct::resume(plan.clone(), records, true, "ops@host");
    abort.of_their_master(plan.facts.master.as_ref().unwrap(), &view)
}

#[test]
fn what_keeps_clients_from_the_master_of_the_watchers_is_lifted() {
    let (mut world, plan) = cut_off();
    assert!(world.fleet.named("a").fenced);
    let undo = theirs(&world, &plan, &world.records).unwrap();
    let mut next = world.next();
    let outcome = next.run(undo).unwrap();
    assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    assert!(next.fleet.named("a").takes_writes());
    assert!(next.fleet.named("c").follows.is_some());
}

#[test]
fn nothing_is_lifted_beside_another_who_takes_writes() {
    let (mut world, plan) = cut_off();
    world.fleet.named("b").alive = true;
    assert!(theirs(&world, &plan, &world.records).is_none());
    world.fleet.named("b").fenced = true;
    assert!(theirs(&world, &plan, &world.records).is_some());
}

/// Nor where somebody else put it up, or it has been lifted, or that one is no master.
#[test]
fn nothing_is_lifted_that_is_not_its_own() {
    let (mut world, plan) = cut_off();
    let fence = |step: &usize| matches!(plan.steps[*step].act, Act::Fence { .. });
    let step = (0..plan.steps.len()).find(fence).unwrap();
    let before = |r: &&Record| !matches!(r, Record::Before { step: at, .. } if *at >= step);
    let never: Vec<Record> = world.records.iter().filter(before).cloned().collect();
    assert!(theirs(&world, &plan, &never).is_none());
    let mut lifted = world.records.clone();
    let (ok, note) = (true, None);
    lifted.push(Record::UndoAfter { step, ok, note });
    assert!(theirs(&world, &plan, &lifted).is_none());
    let c = world.fleet.named("c").addr.clone();
    world.fleet.named("a").follows = Some(c);
    assert!(theirs(&world, &plan, &world.records).is_none());
}
