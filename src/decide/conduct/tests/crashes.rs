//! The host dies after each record of a switchover; what it began is finished or undone.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::Conduct;
use super::gone_on;
use super::kept;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

/// One word for where the records stop.
fn last(records: &[Record], plan: &Plan) -> String {
    match records.last().unwrap() {
        Record::Begin { .. } => "begin".to_owned(),
        Record::Before { step, .. } => format!("before \"{}\"", plan.steps[*step].text),
        Record::After { step, .. } => format!("after \"{}\"", plan.steps[*step].text),
        other @ (Record::Resume { .. }
        | Record::UndoBefore { .. }
        | Record::UndoAfter { .. }
        | Record::End { .. }) => format!("{other:?}"),
    }
}

/// Runs until the host has kept `records` of its records, and dies. The order to promote
/// arrives or not as `promoted` says.
fn crashed(records: usize, promoted: bool) -> Option<(World, Plan)> {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.crash_after = Some(records);
    if world.run(Conduct::new(plan.clone())).is_some() {
        return None;
    }
    world.crash_after = None;
    let at_promotion = matches!(
        world.records.last(),
        Some(Record::Before { step, .. }) if Some(*step) == plan.promotion_step()
    );
    if promoted {
        if !at_promotion {
            return None;
        }
        let b = plan.facts.candidate.clone().unwrap();
        world.arrive(&b, &Order::DETACH);
    }
    Some((world, plan))
}

fn go_on(world: &World, plan: &Plan, abort: bool) -> (World, Outcome) {
    let mut next = world.next();
    let conduct = Conduct::resume(plan.clone(), &world.records, abort, "ops@host");
    let outcome = next.run(conduct).unwrap();
    kept(&next);
    (next, outcome)
}

fn after_every_record(abort: bool) -> String {
    let mut text = String::new();
    for records in 1.. {
        let Some((world, plan)) = crashed(records, false) else {
            break;
        };
        let (end, outcome) = go_on(&world, &plan, abort);
        let whole = !matches!(outcome, Outcome::Unknown { .. })
            && end.fleet.servers.iter().all(|s| !s.fenced)
            && end
                .fleet
                .servers
                .iter()
                .filter(|s| s.takes_writes())
                .count()
                == 1;
        assert!(whole, "{}\n{}", last(&world.records, &plan), end.story);
        let master = end
            .fleet
            .servers
            .iter()
            .find(|s| s.takes_writes())
            .unwrap()
            .name;
        let at = last(&world.records, &plan);
        writeln!(text, "{at}: {}, {master} is master", of_outcome(&outcome)).unwrap();
        if let Some((world, plan)) = crashed(records, true) {
            let (end, outcome) = go_on(&world, &plan, abort);
            assert!(end.fleet.servers.iter().all(|s| !s.fenced));
            let outcome = of_outcome(&outcome);
            writeln!(text, "{at}, and it was promoted: {outcome}").unwrap();
        }
    }
    text
}

#[test]
fn resumed_after_every_record() {
    assert_snapshot!(after_every_record(false), @r#"
    begin: done, b is master
    before "take the lock on a": done, b is master
    after "take the lock on a": done, b is master
    before "b catches up, nothing paused": done, b is master
    after "b catches up, nothing paused": done, b is master
    before "fence a: ACL -@write for every user": done, b is master
    after "fence a: ACL -@write for every user": done, b is master
    before "b comes to the position of a": done, b is master
    after "b comes to the position of a": done, b is master
    before "promote b": done, b is master
    before "promote b", and it was promoted: done
    after "promote b": done, b is master
    before "b accepts a write": done, b is master
    after "b accepts a write": done, b is master
    before "b saves its role": done, b is master
    after "b saves its role": done, b is master
    before "c follows b": done, b is master
    after "c follows b": done, b is master
    before "c saves its role": done, b is master
    after "c saves its role": done, b is master
    before "a follows b": done, b is master
    after "a follows b": done, b is master
    before "lift the fence on a": done, b is master
    after "lift the fence on a": done, b is master
    before "a saves its role": done, b is master
    after "a saves its role": done, b is master
    before "every replica is linked and level": done, b is master
    after "every replica is linked and level": done, b is master
    before "run the hooks of `switched`": done, b is master
    after "run the hooks of `switched`": done, b is master
    before "give the lock back on b": done, b is master
    after "give the lock back on b": done, b is master
    End { outcome: Done, blackout_ms: Some(15.0), total_ms: 402.0 }: done, b is master
    "#);
}

/// It has laid its own fence and drained behind it, and may go back as any other may.
#[test]
fn who_starts_over_is_bound_by_nothing_that_the_crash_left() {
    let trouble = |world: &mut World| {
        let no = Trouble::Refuses("READONLY You can't write against a read only replica.");
        world.befall("b", "probe-write", no);
    };
    let mut calm = world();
    trouble(&mut calm);
    let plan = stage::promote(&calm.fleet, "b");
    let expected = calm.run(Conduct::new(plan)).unwrap();

    let (world, plan) = crashed(7, false).unwrap();
    assert_eq!(
        last(&world.records, &plan),
        "after \"fence a: ACL -@write for every user\""
    );
    let mut next = world.next();
    next.fleet.client_writes = false;
    trouble(&mut next);
    let conduct = Conduct::resume(plan, &world.records, false, "ops@host");
    let outcome = next.run(conduct).unwrap();
    assert_eq!(
        of_outcome(&outcome),
        of_outcome(&expected),
        "{}",
        next.story
    );
}

#[test]
fn aborted_after_every_record() {
    assert_snapshot!(after_every_record(true), @r#"
    begin: undone: cut off, and aborted by ops@host, a is master
    before "take the lock on a": undone: cut off, and aborted by ops@host, a is master
    after "take the lock on a": undone: cut off, and aborted by ops@host, a is master
    before "b catches up, nothing paused": undone: cut off, and aborted by ops@host, a is master
    after "b catches up, nothing paused": undone: cut off, and aborted by ops@host, a is master
    before "fence a: ACL -@write for every user": undone: cut off, and aborted by ops@host, a is master
    after "fence a: ACL -@write for every user": undone: cut off, and aborted by ops@host, a is master
    before "b comes to the position of a": undone: cut off, and aborted by ops@host, a is master
    after "b comes to the position of a": undone: cut off, and aborted by ops@host, a is master
    before "promote b": undone: cut off, and aborted by ops@host, a is master
    before "promote b", and it was promoted: finished
    after "promote b": finished, b is master
    before "b accepts a write": finished, b is master
    after "b accepts a write": finished, b is master
    before "b saves its role": finished, b is master
    after "b saves its role": finished, b is master
    before "c follows b": finished, b is master
    after "c follows b": finished, b is master
    before "c saves its role": finished, b is master
    after "c saves its role": finished, b is master
    before "a follows b": finished, b is master
    after "a follows b": finished, b is master
    before "lift the fence on a": finished, b is master
    after "lift the fence on a": finished, b is master
    before "a saves its role": finished, b is master
    after "a saves its role": finished, b is master
    before "every replica is linked and level": finished, b is master
    after "every replica is linked and level": finished, b is master
    before "run the hooks of `switched`": finished, b is master
    after "run the hooks of `switched`": finished, b is master
    before "give the lock back on b": finished, b is master
    after "give the lock back on b": finished, b is master
    End { outcome: Done, blackout_ms: Some(15.0), total_ms: 402.0 }: finished, b is master
    "#);
}

/// The master was thought dead and sends again, so the candidate comes past the point without ever having been master.
#[test]
fn a_candidate_that_goes_on_with_its_old_master_was_not_promoted() {
    let mut world = world();
    world.fleet.named("a").alive = false;
    let plan = stage::failover(&world.fleet, false);
    let promotion = plan.promotion_step();
    for records in 1.. {
        world.crash_after = Some(records);
        let mut cut = world.next();
        cut.crash_after = Some(records);
        assert!(
            cut.run(Conduct::new(plan.clone())).is_none(),
            "no promotion"
        );
        let last = cut.records.last();
        if matches!(last, Some(Record::Before { step, .. }) if Some(*step) == promotion) {
            world.records = cut.records;
            break;
        }
    }
    world.fleet.named("a").alive = true;
    world.fleet.client_writes = true;
    let (end, outcome) = go_on(&world, &plan, true);
    assert!(
        matches!(outcome, Outcome::Undone { .. }),
        "{outcome:?}\n{}",
        end.story
    );
}

/// It fails in the second run before it comes to the fence; the fence of the first run is lifted all the same.
#[test]
fn a_resumed_run_that_fails_early_lifts_the_fence_of_the_first() {
    let records = 7;
    let (mut world, plan) = crashed(records, false).unwrap();
    assert_eq!(
        last(&world.records, &plan),
        "after \"fence a: ACL -@write for every user\""
    );
    world.fleet.named("b").alive = false;
    let (end, outcome) = go_on(&world, &plan, false);
    assert!(matches!(outcome, Outcome::Undone { .. }));
    assert!(end.fleet.servers.iter().all(|s| !s.fenced), "{}", end.story);
}

/// Clients have had a new master since the crash: a refused probe proves nothing, and nobody goes back.
#[test]
fn a_resumed_run_never_goes_back_behind_a_promotion() {
    let (mut world, plan) = (0..40).find_map(|records| crashed(records, true)).unwrap();
    world.fleet.named("b").broken = true;
    let (end, outcome) = go_on(&world, &plan, false);
    assert_eq!(of_outcome(&outcome), "incomplete: master.not_writable");
    assert!(end.fleet.servers[1].follows.is_none(), "{}", end.story);
}

/// It was master for a moment and restarted before its role was saved: Pika would call it a healthy replica.
#[test]
fn a_promotion_that_a_restart_has_undone_is_told() {
    let (mut world, plan) = (0..40)
        .filter_map(|records| crashed(records, false))
        .find(|(world, plan)| last(&world.records, plan) == "after \"promote b\"")
        .unwrap();
    world.watch.restarts("b");
    world.fleet.named("b").restart(0);
    for abort in [false, true] {
        let (end, outcome) = go_on(&world, &plan, abort);
        assert_eq!(of_outcome(&outcome), "incomplete: rejoin.past_unknown");
        assert!(end.fleet.servers[0].takes_writes(), "{}", end.story);
    }
}

/// The host died before it had seen the promotion, and the others took the new master for an old one that was back.
#[test]
fn a_promotion_after_which_others_have_set_the_new_master_apart_is_told() {
    let (mut world, plan) = (0..40).find_map(|records| crashed(records, true)).unwrap();
    let b = plan.facts.candidate.clone().unwrap();
    let how = FenceHow::Detached;
    world.arrive(&b, &Order::Fence { how });
    for abort in [false, true] {
        let (end, outcome) = gone_on(&world, &plan, abort, |_| ());
        assert_eq!(of_outcome(&outcome), "incomplete: rejoin.past_unknown");
        assert!(end.fleet.servers[0].takes_writes(), "{}", end.story);
    }
}

/// Everybody has been told of the new master: they will make it that again, and two would take writes.
#[test]
fn the_old_master_stays_fenced_where_everybody_holds_the_new_one_for_the_master() {
    let mut cuts = (0..40).filter_map(|records| crashed(records, false));
    let found = cuts.find(|(world, plan)| last(&world.records, plan) == "after \"promote b\"");
    let (mut world, plan) = found.unwrap();
    world.watch.restarts("b");
    world.fleet.named("b").restart(0);
    let mut next = world.next();
    let conduct = Conduct::resume(plan, &world.records, true, "watcher");
    let outcome = next.run(conduct.with_heir_told()).unwrap();
    assert_eq!(
        of_outcome(&outcome),
        "incomplete: rejoin.past_unknown, failover.overtaken, fence.kept"
    );
    assert!(next.fleet.named("a").fenced, "{}", next.story);
    kept(&next);
}

/// The candidate was promoted, the host died, and whoever watched lifted the fence of the old master.
fn the_old_one_went_on(candidate_too: bool) -> (World, Outcome) {
    let promotion = stage::promote(&world().fleet, "b")
        .promotion_step()
        .unwrap();
    let found = (1..60).find_map(|records| crashed(records, true));
    let (mut world, plan) = found.unwrap();
    assert_eq!(plan.promotion_step(), Some(promotion));
    world.fleet.client_writes = false;
    world.fleet.named("a").fenced = false;
    world.fleet.write("a");
    if candidate_too {
        world.fleet.write("b");
    }
    let mut next = world.next();
    next.fleet.client_writes = false;
    let conduct = Conduct::resume(plan, &world.records, false, "ops@host");
    let outcome = next.run(conduct).unwrap();
    (next, outcome)
}

/// The old one may have restarted with less, of which its position says nothing.
#[test]
fn a_candidate_that_took_nothing_stays_beside_an_old_master_that_went_on() {
    let (mut world, outcome) = the_old_one_went_on(false);
    assert!(
        of_outcome(&outcome).contains("rejoin.past_point"),
        "{outcome:?}"
    );
    let told = format!("{outcome:?}");
    assert!(told.contains("and 10.0.0.2:9221 none"), "{told}");
    assert_eq!(world.fleet.named("b").follows, None);
    assert!(world.fleet.named("a").takes_writes());
}

/// It restarted and wrote on, and was fenced again before the crash.
#[test]
fn where_both_went_on_a_fence_that_stays_is_told() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.befall_once("a", "follow", Trouble::Lost);
    world.at_us.push((4_501, Happening::Restart("a")));
    world.crash_after = Some(23);
    assert!(world.run(Conduct::new(plan.clone())).is_none());
    let (mut next, outcome) = go_on(&world, &plan, false);
    assert!(next.fleet.named("a").fenced, "{}", next.story);
    assert_eq!(
        of_outcome(&outcome),
        "incomplete: rejoin.past_point, fence.kept, rejoin.past_unknown, rejoin.past_unknown"
    );
}

#[test]
fn where_both_went_on_nobody_is_moved() {
    let (mut world, outcome) = the_old_one_went_on(true);
    assert!(matches!(outcome, Outcome::Incomplete { .. }), "{outcome:?}");
    let told = format!("{outcome:?}");
    assert!(told.contains("each holds what the other lacks"), "{told}");
    assert!(world.fleet.named("a").takes_writes());
    assert!(world.fleet.named("b").takes_writes());
}

/// The master before the old one is back, with writes of its own: the old one has none.
#[test]
fn who_was_replaced_before_that_says_nothing_of_the_old_master() {
    let mut world = world();
    world.fleet.named("c").alive = false;
    let plan = stage::promote(&world.fleet, "b");
    world.crash_after = plan.promotion_step().map(|step| 2 + 2 * step);
    assert_eq!(world.run(Conduct::new(plan.clone())), None);
    let b = plan.facts.candidate.clone().unwrap();
    world.arrive(&b, &Order::DETACH);
    let mut next = world.next();
    next.crash_after = None;
    let c = next.fleet.named("c");
    (c.alive, c.follows, c.saved) = (true, None, None);
    for _ in 0..20 {
        next.fleet.write("c");
    }
    let resumed = Conduct::resume(plan, &world.records, true, "ops@host");
    let outcome = next.run(resumed).unwrap();
    assert!(!of_outcome(&outcome).contains("fence.kept"), "{outcome:?}");
    assert!(next.fleet.named("b").takes_writes());
    let a = next.fleet.named("a");
    assert_eq!((&a.follows, a.fenced), (&Some(b), false));
}

/// It has come past the point with the new master, whose link is down at the moment in which it is gone on with.
#[test]
fn who_was_moved_before_the_crash_is_not_judged_by_the_point_again() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let mut steps = plan.steps.iter();
    let moved = |step: &Step| matches!(step.act, Act::Follow { .. });
    let follow = steps.position(moved).unwrap();
    world.crash_after = Some(3 + 2 * follow);
    assert_eq!(world.run(Conduct::new(plan.clone())), None);
    assert!(
        matches!(world.records.last(), Some(Record::After { step, ok: true, .. }) if *step == follow)
    );
    world.fleet.write("b");
    let mut next = world.next();
    let all = next.fleet.named("b").log.clone();
    let c = next.fleet.named("c");
    (c.log, c.link_from_us) = (all, 200_000_000);
    let outcome = next.run(Conduct::resume(
        plan.clone(),
        &world.records,
        true,
        "watcher",
    ));
    let Some(Outcome::Finished | Outcome::Incomplete { .. }) = &outcome else {
        panic!("{outcome:?}");
    };
    if let Some(Outcome::Incomplete { left }) = &outcome {
        assert!(
            left.iter().all(|left| !left.code.starts_with("rejoin.")),
            "{left:?}"
        );
    }
    kept(&next);
}

/// The same where another watcher has led it there since the crash.
#[test]
fn who_was_moved_since_the_crash_is_not_set_apart_by_the_point_either() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let moved = |step: &Step| matches!(step.act, Act::Follow { .. });
    let follow = plan.steps.iter().position(moved).unwrap();
    world.crash_after = Some(1 + 2 * follow);
    assert_eq!(world.run(Conduct::new(plan.clone())), None);
    world.fleet.write("b");
    let mut next = world.next();
    let all = next.fleet.named("b").log.clone();
    let b = next.fleet.named("b").addr.clone();
    let c = next.fleet.named("c");
    (c.follows, c.log, c.link_from_us) = (Some(b), all, 200_000_000);
    let conduct = Conduct::resume(plan, &world.records, true, "watcher");
    let Some(Outcome::Incomplete { left }) = next.run(conduct) else {
        panic!("{}", next.story);
    };
    let codes: Vec<&str> = left.iter().map(|left| left.code.as_str()).collect();
    assert!(codes.contains(&"replica.not_moved"), "{codes:?}");
    let apart = codes.iter().any(|code| code.starts_with("rejoin."));
    assert!(!apart, "{codes:?}");
    kept(&next);
}

/// It was moved before the crash, and led by somebody to a replica of the new master since.
#[test]
fn who_is_fed_by_another_since_the_crash_is_not_set_apart_by_the_point() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let moved = |step: &Step| matches!(step.act, Act::Follow { .. });
    let follow = plan.steps.iter().rposition(moved).unwrap();
    world.crash_after = Some(3 + 2 * follow);
    assert_eq!(world.run(Conduct::new(plan.clone())), None);
    let mut next = world.next();
    let old = next.fleet.named("a").addr.clone();
    next.fleet.named("a").link_from_us = 0;
    let c = next.fleet.named("c");
    // When stock has been taken.
    (c.follows, c.link_from_us) = (Some(old), 191_000);
    let verify = plan
        .steps
        .iter()
        .position(|step| matches!(step.act, Act::Verify { .. }));
    next.at_step.push((verify.unwrap(), Happening::Write("b")));
    let conduct = Conduct::resume(plan, &world.records, true, "watcher");
    let Some(Outcome::Incomplete { left }) = next.run(conduct) else {
        panic!("{}", next.story);
    };
    let codes: Vec<&str> = left.iter().map(|left| left.code.as_str()).collect();
    assert_eq!(codes, ["replica.not_moved"]);
    kept(&next);
}
