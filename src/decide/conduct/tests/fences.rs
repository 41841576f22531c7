//! A fence that was put up is lifted, or it is said where one stands.

use super::Conduct;
use super::FENCE;
use super::PROMOTION;
use super::begins;
use super::cut_off;
use super::gone_on;
use super::is_done;
use super::kept;
use super::outcome;
use super::repoint::returned;
use super::script::Script;
use super::story;
use super::world;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Befalls;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

/// It goes up after it was lifted, and would stand for good.
#[test]
fn a_fence_that_was_on_its_way_in_a_crash_is_lifted_twice() {
    let mut switchover = world();
    let planned = stage::promote(&switchover.fleet, "b");
    cut_off(&mut switchover, &planned, begins(FENCE));
    // The master answers, and is replaced all the same; that its fence was not answered stops nobody.
    let mut failover = world();
    failover.befall("a", "fence", Trouble::Lost);
    let unplanned = stage::failover(&failover.fleet, true);
    cut_off(&mut failover, &unplanned, is_done(1));
    for (world, plan) in [(switchover, planned), (failover, unplanned)] {
        let a = plan.facts.master.clone().unwrap();
        let how = plan.fence().unwrap().1.clone();
        let (next, outcome) = gone_on(&world, &plan, true, |next| {
            next.lands(1_000_000, &a, Order::Fence { how });
        });
        assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
        assert!(!next.fleet.get(&a).fenced, "{}", next.story);
    }
}

#[test]
fn a_fence_that_was_seen_up_before_a_crash_is_lifted_at_once() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    cut_off(&mut world, &plan, is_done(FENCE));
    let (next, outcome) = gone_on(&world, &plan, true, |_| ());
    assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    assert!(next.story.took_ms() < 100, "{}", next.story);
    kept(&next);
}

#[test]
fn what_is_undone_is_tried_again_until_its_own_deadline() {
    let no = "ERR busy";
    for (times, end, took_ms) in [
        (3, "undone: ", 300..500),
        (usize::MAX, "unknown: \"fence a", 5_000..5_050),
    ] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        world.befall("b", "promote", Trouble::Refuses("ERR not now"));
        world.troubles.push(Befalls {
            node: "a",
            verb: "unfence",
            from: 0,
            times,
            what: Trouble::Refuses(no),
        });
        let told = story(&mut world, &plan);
        let last = told.lines().last().unwrap();
        assert!(last.contains(end), "{told}");
        assert!(took_ms.contains(&world.story.took_ms()), "{told}");
    }
}

/// It would lift the fence of whoever starts over, in the moment of the promotion.
#[test]
fn a_lift_that_was_on_its_way_in_a_crash_is_waited_for_before_the_fence_goes_up_again() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "promote", Trouble::Refuses("ERR not now"));
    let undoes = |record: &Record| matches!(record, Record::UndoBefore { step: FENCE });
    cut_off(&mut world, &plan, undoes);
    let a = plan.facts.master.clone().unwrap();
    let how = plan.fence().unwrap().1.clone();
    for late_ms in 0..50 {
        let (next, outcome) = gone_on(&world, &plan, false, |next| {
            next.fleet.client_writes = true;
            next.lands(late_ms * 1_000, &a, Order::Unfence { how: how.clone() });
        });
        assert_eq!(outcome, Outcome::Done, "{late_ms} ms\n{}", next.story);
        kept(&next);
    }
}

/// It dies before it is told once more. Nobody waits for it for ever.
#[test]
fn who_is_to_be_lifted_twice_and_dies_in_between_is_not_known_of() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall_once("a", "fence", Trouble::Late(60_000_000));
    world.at_us.push((1_000_000, Happening::Kill("a")));
    let told = story(&mut world, &plan);
    assert!(told.contains("lifted; once more"), "{told}");
    let end = told.lines().find(|line| line.contains(" == ")).unwrap();
    assert!(end.contains("unknown: \"fence a"), "{told}");
    let ended_ms: f64 = end.split_whitespace().next().unwrap().parse().unwrap();
    assert!(ended_ms < 10_000.0, "{told}");
}

/// Its data is its own. Without its fence it would be a second master.
#[test]
fn who_is_left_apart_stays_fenced_though_the_rest_is_undone() {
    let (mut world, memory) = returned(0);
    let plan = stage::repoint(&world.fleet, memory, "a", false);
    world.fleet.write("a");
    world.at_step.push((1, Happening::Interrupt));
    let told = of_outcome(&outcome(&mut world, &plan));
    assert_eq!(told, "incomplete: rejoin.past_point, repoint.stopped");
    assert!(world.fleet.named("a").fenced, "{}", world.story);
}

/// A Pika that is fenced by leading it away lists those who have left it for up to three seconds, and refuses until then.
#[test]
fn who_lists_replicas_is_told_again_for_a_while() {
    for (times, fenced) in [(20, true), (usize::MAX, false)] {
        let (mut world, memory) = returned(0);
        let plan = stage::repoint(&world.fleet, memory, "a", false);
        world.fleet.write("a");
        world.troubles.push(Befalls {
            node: "a",
            verb: "fence",
            from: 0,
            times,
            what: Trouble::Refuses("ERR already master of others, invalid usage"),
        });
        let told = of_outcome(&outcome(&mut world, &plan));
        assert_eq!(told.contains("fence.failed"), !fenced, "{}", world.story);
        assert_eq!(world.fleet.named("a").fenced, fenced, "{}", world.story);
    }
}

/// Whoever gives it up orders nothing more, and what he leaves is another's to find. Of a fence he tells.
#[test]
fn a_switchover_that_is_given_up_behind_its_fence_is_none_of_the_other_kinds() {
    let given_up_at = |step: usize| {
        let mut fleet = world().fleet;
        let plan = stage::promote(&fleet, "b");
        let mut script = Script::new(Conduct::new(plan));
        let answer = |now_us, node: &Addr, order: &Order| fleet.carry_out(node, order, now_us);
        script.run_until(begins(step), answer);
        script.conduct.given_up("another leads")
    };
    let why = |why: &str| Outcome::Undone {
        why: why.to_owned(),
    };
    let fenced = "another leads; 10.0.0.1:9221 may be fenced still, until a watcher lifts that";
    assert_eq!(given_up_at(PROMOTION), why(fenced));
    assert_eq!(given_up_at(0), why("another leads"));
}
