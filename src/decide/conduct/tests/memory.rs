//! What is remembered of an operation.

use insta::assert_debug_snapshot;

use super::Conduct;
use super::FENCE;
use super::PROMOTION;
use super::begins;
use super::cut_off;
use super::is_done;
use super::outcome;
use super::repoint::returned;
use super::world;
use super::world::run::World;
use super::world::server::Server;
use super::world::stage;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::record::may_have_promoted;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;
use crate::decide::view::Sample;

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

/// Somebody has made it the master by a word.
#[test]
fn whoever_has_become_master_stands_apart_no_more() {
    let mut world = world();
    world.fleet.named("a").alive = false;
    let mut plan = stage::failover(&world.fleet, false);
    plan.facts.apart = true;
    let candidate = plan.facts.candidate.clone().unwrap();
    outcome(&mut world, &plan);
    let promotion = plan.promotion_step().unwrap();
    let mut memory = Memory::default();
    memory.quarantined.insert(candidate, "past".into());
    for record in &world.records {
        if matches!(record, Record::After { step, .. } if *step == promotion) {
            assert!(!memory.quarantined.is_empty(), "before it has succeeded");
        }
        memory.learn(record, &plan, "2026-11-22T12:00:01Z");
    }
    assert!(memory.quarantined.is_empty());
    assert!(memory.promotions[0].apart);
}

/// What it stands at still, it has not written since. Of others, or of later, nothing of the kind can be said.
#[test]
fn where_the_old_master_was_seen_before_goes_with_the_promotion() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    outcome(&mut world, &plan);
    let (a, b) = (
        plan.facts.master.clone().unwrap(),
        plan.facts.candidate.clone().unwrap(),
    );
    let made_ms = "2026-11-22T12:00:01Z"
        .parse()
        .map(jiff::Timestamp::as_millisecond)
        .unwrap();
    let sample = |node: &Addr, at_ms, records| Sample {
        node: node.clone(),
        at_ms,
        took_ms: 0,
        as_replica: false,
        position: Server::position_at(records),
    };
    let mut memory = Memory {
        samples: vec![
            sample(&a, made_ms - 1, 3),
            sample(&b, made_ms, 4),
            sample(&a, made_ms, 5),
            sample(&a, made_ms + 1, 6),
        ],
        ..Memory::default()
    };
    for record in &world.records {
        memory.learn(record, &plan, "2026-11-22T12:00:01Z");
    }
    assert_eq!(memory.promotions[0].seen, [3, 5].map(Server::position_at));
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

/// The fence could not be lifted, so the operation stays open; that nobody was promoted is known all the same.
#[test]
fn a_promotion_that_failed_or_was_taken_back_is_forgotten_though_the_rest_stays_open() {
    for refused in [true, false] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        world.befall("a", "unfence", Trouble::Refuses("ERR busy"));
        if refused {
            world.befall("b", "promote", Trouble::Refuses("ERR not now"));
        } else {
            world.fleet.named("b").broken = true;
        }
        let outcome = outcome(&mut world, &plan);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        let memory = learnt(&world, &plan);
        assert_eq!((memory.promotions.len(), memory.rewrite_owed.len()), (0, 0));
        assert_eq!(memory.open_operation.as_deref(), Some("op-1"));
        assert!(!may_have_promoted(&plan, &world.records));
    }
}

#[test]
fn a_promotion_that_could_not_be_taken_back_stands() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").broken = true;
    world.befall("b", "follow", Trouble::Refuses("ERR busy"));
    let outcome = outcome(&mut world, &plan);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(learnt(&world, &plan).promotions.len(), 1);
    assert!(may_have_promoted(&plan, &world.records));
}

/// Whoever closes it has seen that the old master serves. What other operations owe is still owed.
#[test]
fn an_operation_that_is_closed_where_it_was_cut_off_leaves_nothing_of_its_own() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    cut_off(&mut world, &plan, begins(PROMOTION));
    assert!(may_have_promoted(&plan, &world.records));
    let c = world.fleet.named("c").addr.clone();
    let mut memory = learnt(&world, &plan);
    memory.rewrite_owed.insert(c.clone(), "op-0".to_owned());
    let end = Record::End {
        outcome: Outcome::Undone { why: String::new() },
        blackout_ms: None,
        total_ms: 0.0,
    };
    memory.learn(&end, &plan, "");
    assert!(memory.promotions.is_empty());
    let owed = memory.rewrite_owed.into_iter().collect::<Vec<_>>();
    assert_eq!(owed, [(c, "op-0".to_owned())]);
}

/// The same node, after another master; another node, after the same.
#[test]
fn only_its_own_promotion_is_taken_back() {
    let plan = stage::promote(&world().fleet, "b");
    let [a, b, c] = [0, 1, 2].map(|n| plan.facts.nodes[n].addr.clone());
    for (node, from) in [(&b, &c), (&c, &a)] {
        let earlier = Promotion {
            node: node.clone(),
            from: Some(from.clone()),
            point: Server::position_at(10),
            at: String::new(),
            planned: false,
            automatic: None,
            apart: false,
            seen: Vec::new(),
        };
        let mut memory = Memory {
            promotions: vec![earlier],
            ..Memory::default()
        };
        let taken_back = Record::UndoAfter {
            step: PROMOTION,
            ok: true,
            note: None,
        };
        memory.learn(&taken_back, &plan, "");
        assert_eq!(memory.promotions.len(), 1);
    }
}

/// The former rules of a node that stands behind a fence are the fence's own. A pause says nothing of rules.
#[test]
fn the_first_fence_that_lasts_knows_what_the_node_was_like() {
    let mut plan = stage::promote(&world().fleet, "b");
    let pause = FenceHow::Pause { ms: 1 };
    let [first, second] = [7, 8].map(|former| FenceHow::MinReplicas { former });
    let mut memory = Memory::default();
    for (how, kept) in [
        (&pause, &pause),
        (&first, &first),
        (&second, &first),
        (&pause, &first),
    ] {
        plan.steps[FENCE].act = Act::Fence { how: how.clone() };
        let point = None;
        let before = Record::Before { step: FENCE, point };
        memory.learn(&before, &plan, "");
        assert_eq!(memory.fences.values().collect::<Vec<_>>(), [kept]);
    }
}

/// The host dies between the fence and the record that sets it apart. A watcher would attach it.
#[test]
fn who_is_to_be_set_apart_is_so_as_soon_as_its_fence_is_up() {
    let (mut world, known) = returned(0);
    world.fleet.write("a");
    let plan = stage::repoint(&world.fleet, known, "a", false);
    cut_off(&mut world, &plan, is_done(0));
    let a = world.fleet.named("a").addr.clone();
    let apart = learnt(&world, &plan).quarantined;
    let why = apart.get(&a).expect("it is set apart");
    assert!(why.contains("past the promotion point"), "{why}");
}
