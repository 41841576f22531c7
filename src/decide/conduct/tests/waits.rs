//! What is waited for, how long, and how often it is asked for meanwhile.

use super::Conduct;
use super::FENCE;
use super::PROMOTION;
use super::begins;
use super::cut_off;
use super::gone_on;
use super::kept;
use super::masters;
use super::outcome;
use super::repoint::broken_link;
use super::story;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Befalls;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::view::Memory;

/// The journal's disk takes longer than the step: an order that was given up is not sent when it could be.
#[test]
fn nobody_is_given_a_role_once_the_step_is_over() {
    let world_of = |step: usize| {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        world.slow_disk = Some((step, plan.steps[step].within_ms * 1000));
        let outcome = world.run(Conduct::new(plan)).unwrap();
        (world, of_outcome(&outcome))
    };
    let (world, told) = world_of(PROMOTION);
    assert!(told.starts_with("unknown: "), "{told}\n{}", world.story);
    assert!(masters(&world).is_empty(), "{}", world.story);
    let (world, told) = world_of(FOLLOWS);
    assert!(told.contains("replica."), "{told}\n{}", world.story);
    let (a, c) = (&world.fleet.servers[0], &world.fleet.servers[2]);
    assert_eq!(c.follows.as_ref(), Some(&a.addr), "{}", world.story);
    // A fence that comes late is lifted again.
    let (world, told) = world_of(FENCE);
    assert!(told.starts_with("undone: "), "{told}\n{}", world.story);
    assert_eq!(masters(&world), ["a"]);
    kept(&world);
}

/// The step of a switchover in which `c` follows `b`.
const FOLLOWS: usize = PROMOTION + 3;
/// A dead master's failover: `c` follows in step 5, and the links are waited for in step 7, for half a minute.
const LINKS: usize = 7;

fn failover() -> (World, Plan) {
    let mut world = world();
    world.fleet.named("a").alive = false;
    let plan = stage::failover(&world.fleet, false);
    (world, plan)
}

/// `c` is linked and receives nothing, from the new master's first writes on.
fn stuck() -> (World, Plan) {
    let (mut world, _) = failover();
    world.fleet.write("b");
    let plan = stage::failover(&world.fleet, false);
    world.fleet.named("c").stuck = true;
    (world, plan)
}

/// A link that is up is no proof: it is asked less and less often how far it has come.
#[test]
fn who_catches_up_is_waited_for_and_not_pestered() {
    let (mut world, plan) = stuck();
    world.at_us.push((25_000_000, Happening::Unstick("c")));
    let told = story(&mut world, &plan);
    assert!(told.contains(". 10.0.0.3:9221 catching up"), "{told}");
    assert!(told.ends_with("== done\n"), "{told}");
    assert!(world.story.took_ms() > 25_000);
    let asked = world.asked("c", "replication");
    assert!((20..300).contains(&asked), "{asked} questions");
}

#[test]
fn who_does_not_catch_up_in_time_is_named() {
    let (mut world, plan) = stuck();
    let told = story(&mut world, &plan);
    let text = "not every replica is linked: 10.0.0.3:9221 catching up";
    assert!(told.contains(text), "{told}");
    assert!(
        told.contains("== incomplete: replica.link_not_up"),
        "{told}"
    );
}

/// Without a sign of life it does not come up by itself.
#[test]
fn who_shows_no_sign_of_life_is_given_up_before_the_time_is_over() {
    let (mut world, plan) = failover();
    world.at_step.push((LINKS, Happening::Kill("c")));
    let told = story(&mut world, &plan);
    assert!(
        told.contains("== incomplete: replica.link_not_up"),
        "{told}"
    );
    let took_ms = world.story.took_ms();
    assert!((20_000..22_000).contains(&took_ms), "{told}");
}

/// It is level and has a gap. Nobody waits for what cannot come.
#[test]
fn whose_copy_was_cut_off_is_told_at_once() {
    let mut world = world();
    world.fleet.named("c").tears = true;
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    let told = of_outcome(&outcome(&mut world, &plan));
    assert!(
        told.starts_with("incomplete: replica.link_not_up"),
        "{told}"
    );
    assert!(world.story.took_ms() < 10_000, "{}", world.story);
}

/// It takes until it is near, and no longer.
#[test]
fn a_candidate_that_comes_near_enough_costs_the_blackout_only_then() {
    let mut world = world();
    world.fleet.named("b").stuck = true;
    for _ in 0..7_000 {
        world.fleet.write("a");
    }
    let plan = stage::promote(&world.fleet, "b");
    world.at_us.push((1_000_000, Happening::Unstick("b")));
    let told = story(&mut world, &plan);
    let fenced = told.lines().find(|line| line.contains("a < fence"));
    let at_ms = fenced.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    assert!(
        at_ms.is_some_and(|ms| (1_000.0..1_500.0).contains(&ms)),
        "{told}"
    );
}

/// It lacks the last write behind the fence, and gets it a moment later.
#[test]
fn a_drain_is_asked_again_a_moment_later() {
    let mut world = world();
    world.fleet.named("b").stuck = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((2, Happening::Write("a")));
    world.at_us.push((200_000, Happening::Unstick("b")));
    assert_eq!(outcome(&mut world, &plan), Outcome::Done, "{}", world.story);
    let asked = world.asked("b", "replication");
    assert!((50..150).contains(&asked), "{asked} questions");
}

/// Nobody knows whether it was heard, until it shows.
#[test]
fn who_moves_after_his_answer_was_due_is_seen_to() {
    let (mut world, plan) = failover();
    world.befall_once("c", "follow", Trouble::Late(1_000_000));
    assert_eq!(outcome(&mut world, &plan), Outcome::Done, "{}", world.story);
}

/// The rest is for a link to this very master, whose end it must have noticed.
#[test]
fn who_was_not_linked_to_the_master_needs_no_rest_before_it_is_copied_to() {
    for (linked, rests) in [(true, true), (false, false)] {
        let mut world = world();
        let b = world.fleet.named("b").addr.clone();
        if !linked {
            world.fleet.named("c").follows = Some(b);
        }
        let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
        assert_eq!(outcome(&mut world, &plan), Outcome::Done, "{}", world.story);
        assert_eq!(world.story.took_ms() > 4_000, rests, "{}", world.story);
    }
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    outcome(&mut world, &plan);
    assert!(world.story.took_ms() > 4_000, "{}", world.story);
}

/// There is no way back after a crash, so the blackout that was allowed is no reason to doubt the new master early.
#[test]
fn after_a_crash_the_proof_has_all_its_time() {
    for crashed in [false, true] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        // For some 2.5 s, and the blackout may take two.
        let slow = Befalls {
            node: "b",
            verb: "probe-write",
            from: 0,
            times: 25,
            what: Trouble::Refuses("ERR not yet"),
        };
        let outcome = if crashed {
            let promotion = plan.promotion_step().unwrap();
            cut_off(&mut world, &plan, begins(promotion));
            world.arrive(plan.facts.candidate.as_ref().unwrap(), &Order::DETACH);
            let (_, outcome) = gone_on(&world, &plan, false, |next| next.troubles.push(slow));
            outcome
        } else {
            world.troubles.push(slow);
            world.run(Conduct::new(plan)).unwrap()
        };
        assert_eq!(outcome == Outcome::Done, crashed, "{outcome:?}");
    }
}
