//! What is remembered of an operation.

use insta::assert_debug_snapshot;

use super::Conduct;
use super::outcome;
use super::world;
use super::world::run::World;
use super::world::server::Server;
use super::world::stage;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::Memory;

fn learnt(world: &World, plan: &Plan) -> Memory {
    let mut memory = Memory::default();
    for record in &world.records {
        memory.learn(record, plan, "2026-11-22T12:00:01Z");
    }
    memory
}

#[test]
fn a_switchover_that_went_well() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    outcome(&mut world, &plan);
    let memory = learnt(&world, &plan);
    assert_eq!(memory.promotions.len(), 1);
    assert_eq!(
        memory.promotions[0].node,
        plan.facts.candidate.clone().unwrap()
    );
    assert_eq!(memory.promotions[0].point, Server::position_at(10));
    assert!(memory.promotions[0].planned);
    let nothing_else = Memory {
        promotions: memory.promotions.clone(),
        ..Memory::default()
    };
    assert_eq!(memory, nothing_else);
}

#[test]
fn what_was_undone_leaves_nothing() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "promote", Trouble::Refuses("ERR not now"));
    outcome(&mut world, &plan);
    assert_eq!(learnt(&world, &plan), Memory::default());

    let mut world = super::world();
    world.fleet.named("b").broken = true;
    outcome(&mut world, &plan);
    assert_eq!(learnt(&world, &plan), Memory::default());
}

#[test]
fn a_promotion_that_was_cut_off_and_did_not_happen_leaves_nothing_and_takes_nothing() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let promotion = plan.promotion_step().unwrap();
    world.crash_after = Some(2 + 2 * promotion);
    assert_eq!(world.run(Conduct::new(plan.clone())), None);
    assert!(
        matches!(world.records.last(), Some(Record::Before { step, .. }) if *step == promotion)
    );
    let mut memory = learnt(&world, &plan);
    assert_eq!(memory.open_operation.as_deref(), Some("op-1"));
    assert_eq!(memory.fenced.len(), 1);
    assert_eq!(memory.promotions.len(), 1);

    let mut next = world.next();
    next.run(Conduct::resume(
        plan.clone(),
        &world.records,
        true,
        "ops@host",
    ))
    .unwrap();
    for record in &next.records {
        memory.learn(record, &plan, "2026-11-22T12:00:09Z");
    }
    assert_eq!(memory, Memory::default());
}

#[test]
fn an_earlier_promotion_outlives_an_operation_that_came_to_nothing() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    outcome(&mut world, &plan);
    let mut memory = learnt(&world, &plan);
    let before = memory.clone();

    let mut again = super::world();
    let mut second = stage::promote(&again.fleet, "b");
    second.id = "op-2".to_owned();
    again.befall("a", "fence", Trouble::Refuses("NOPERM no"));
    outcome(&mut again, &second);
    for record in &again.records {
        memory.learn(record, &second, "2026-11-22T13:00:00Z");
    }
    assert_eq!(memory, before);
}

#[test]
fn what_is_left_to_do_is_remembered() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((4, Happening::Write("c")));
    world.befall("b", "persist", Trouble::Refuses("ERR disk full"));
    world.befall(
        "a",
        "follow",
        Trouble::Refuses("ERR Master is in sync state"),
    );
    outcome(&mut world, &plan);
    let memory = learnt(&world, &plan);
    assert_debug_snapshot!((memory.quarantined, memory.rewrite_owed, memory.fenced, memory.open_operation), @r#"
    (
        {
            Addr {
                host: "10.0.0.3",
                port: 9221,
            }: "10.0.0.3:9221 is left apart: it is at 0:110, past the promotion point 0:100: it holds writes that the master lacks",
        },
        {
            Addr {
                host: "10.0.0.2",
                port: 9221,
            }: "op-1",
        },
        {
            Addr {
                host: "10.0.0.1",
                port: 9221,
            }: "op-1",
        },
        None,
    )
    "#);
}

/// It may follow a moment after nobody looks any more, and would go back to its old master with its next restart.
#[test]
fn who_was_told_to_follow_and_not_seen_to_owes_its_role() {
    let late = 30_000_000;
    for (trouble, code, owes) in [
        (Trouble::Late(late), "replica.move_in_doubt", true),
        (
            Trouble::Refuses("ERR already master of others"),
            "replica.not_moved",
            false,
        ),
    ] {
        let mut world = world();
        let c = world.fleet.named("c").addr.clone();
        let plan = stage::promote(&world.fleet, "b");
        world.befall("c", "follow", trouble);
        outcome(&mut world, &plan);
        assert_eq!(learnt(&world, &plan).rewrite_owed.contains_key(&c), owes);
        let story = world.story.to_string();
        assert!(story.contains(&format!("incomplete: {code},")), "{story}");
    }
}

#[test]
fn a_fence_that_was_never_put_up_is_not_remembered() {
    let mut plan = stage::promote(&world().fleet, "b");
    let fence = plan
        .steps
        .iter()
        .position(|s| matches!(s.act, Act::Fence { .. }))
        .unwrap();
    plan.steps[fence].act = Act::Fence {
        how: FenceHow::Open,
    };
    let mut memory = Memory::default();
    memory.learn(
        &Record::Before {
            step: fence,
            point: None,
        },
        &plan,
        "",
    );
    assert_eq!(memory, Memory::default());
}

#[test]
fn a_copy_that_was_cut_off_is_remembered_until_another_one_ends() {
    for tears in [true, false] {
        let mut world = world();
        let c = world.fleet.named("c").addr.clone();
        world.fleet.named("c").tears = tears;
        let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
        outcome(&mut world, &plan);
        let memory = learnt(&world, &plan);
        assert_eq!(memory.full_sync_unfinished.contains_key(&c), tears);
    }
}

/// The order of before a crash may have moved it, and whoever went on could not ask.
#[test]
fn a_role_is_owed_where_a_node_may_have_moved_before_a_crash() {
    let plan = stage::promote(&world().fleet, "b");
    let follows = |step: &Step| matches!(step.act, Act::Follow { .. });
    let step = plan.steps.iter().position(follows).unwrap();
    let node = &plan.steps[step].node;
    let before = Record::Before { step, point: None };
    let after = |step, ok, note: Option<&str>| Record::After {
        step,
        ok,
        ms: 0.0,
        note: note.map(str::to_owned),
        point: None,
        code: None,
    };
    for crashed in [true, false] {
        let mut memory = Memory::default();
        let mut records = vec![before.clone()];
        if crashed {
            records.push(before.clone());
        }
        records.push(after(step, false, None));
        records.push(after(step + 1, true, Some("left as it was saved")));
        for record in &records {
            memory.learn(record, &plan, "");
        }
        assert_eq!(memory.rewrite_owed.contains_key(node), crashed);
        memory.learn(&after(step + 1, true, None), &plan, "");
        assert!(memory.rewrite_owed.is_empty());
    }
}

/// The order was heard late, or is still on its way: whoever moves yet would be back at the old master after a restart.
#[test]
fn who_was_told_to_follow_and_has_not_shown_it_may_owe_his_role() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("c", "follow", Trouble::Late(60_000_000));
    let outcome = world.run(Conduct::new(plan.clone())).unwrap();
    assert!(matches!(outcome, Outcome::Incomplete { .. }), "{outcome:?}");
    let c = world.fleet.named("c").addr.clone();
    let memory = learnt(&world, &plan);
    assert!(memory.rewrite_owed.contains_key(&c), "{memory:?}");
    assert!(memory.quarantined.is_empty(), "{memory:?}");
}
