//! Failovers.

use insta::assert_snapshot;

use super::Conduct;
use super::outcome;
use super::story;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::trouble::Befalls;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::facts::Role;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;

fn dead_master() -> World {
    let mut world = world();
    world.fleet.named("a").alive = false;
    world
}

/// A replica is led away from it before it is judged: were it back in that moment, it would feed it.
#[test]
fn a_dead_master_is_replaced() {
    let mut world = dead_master();
    world.fleet.write("b");
    let plan = stage::failover(&world.fleet, false);
    assert_snapshot!(story(&mut world, &plan), @r"
      0.0     [begin failover]
      0.0 -- a is asked a last time [before 0]
      1.0     > connection refused
      1.0     [after 0 ok] ok: connection refused
      1.0 -- b is still the most advanced [before 1]
      2.0     [after 1 ok] ok: at 0:110
      2.0 -- promote b [before 2 at 0:110]
      2.0     b < promote
      4.0     [after 2 ok] ok
      4.0 -- b accepts a write [before 3]
      4.0     b < probe-write
      5.0     [after 3 ok] ok
      5.0 -- b saves its role [before 4]
      5.0     b < persist
      7.0     [after 4 ok] ok
      7.0 -- c follows b [before 5]
      8.0     c < fence
     10.0     c < follow
     12.0     [after 5 ok] ok
     12.0 -- c saves its role [before 6]
     12.0     c < persist
     13.0     [after 6 ok] ok
     13.0 -- every replica is linked and level [before 7]
     14.0     . 10.0.0.3:9221 link down
    224.0     [after 7 ok] ok
    224.0 -- run the hooks of `switched` [before 8]
    224.0     b < hooks
    225.0     [after 8 ok] ok
    225.0     [end]
    225.0 == done
    ");
}

/// Right after it was judged, `c` gets a record that `b` lacks: the old master is back.
fn fed_in_the_last_moment() -> (World, Plan) {
    let mut world = dead_master();
    world.fleet.write("b");
    let plan = stage::failover(&world.fleet, false);
    world.at_us.push((10_500, Happening::Write("c")));
    world.at_us.push((10_500, Happening::Write("c")));
    (world, plan)
}

#[test]
fn a_replica_that_receives_something_else_in_the_last_moment_is_led_away() {
    let (mut world, plan) = fed_in_the_last_moment();
    let story = story(&mut world, &plan);
    let apart =
        "is left apart: it was at 0:100 when it was judged and at 0:120 when it was told to follow";
    assert!(story.contains(apart), "{story}");
    let followed = world.fleet.named("c").follows.clone();
    assert_eq!(followed.map(|addr| addr.port()), Some(63_535), "{story}");
}

/// Linked, it would be fed on top of that.
#[test]
fn who_is_not_led_away_at_once_is_told_again() {
    let (mut world, plan) = fed_in_the_last_moment();
    world.troubles.push(Befalls {
        node: "c",
        verb: "fence",
        from: 1,
        times: 2,
        what: Trouble::Refuses("the journal cannot be written"),
    });
    let story = story(&mut world, &plan);
    assert!(story.contains("is left apart"), "{story}");
    let followed = world.fleet.named("c").follows.clone();
    assert_eq!(followed.map(|addr| addr.port()), Some(63_535), "{story}");
}

/// It may send something to its replica until that is moved.
#[test]
fn a_replica_that_an_old_master_feeds_again_is_led_away_before_it_is_judged() {
    let mut world = dead_master();
    world.fleet.write("b");
    let plan = stage::failover(&world.fleet, false);
    world.at_us.push((6_500, Happening::GoOn("a")));
    world.at_us.push((7_800, Happening::Write("a")));
    world.at_us.push((7_900, Happening::Write("a")));
    // A watcher sets the old master right afterwards.
    let outcome = world.run(Conduct::new(plan));
    let Some(Outcome::Incomplete { left }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        left.iter().any(|left| left.code == "rejoin.past_point"),
        "{left:?}"
    );
    let story = world.story.to_string();
    let told: Vec<&str> = story.lines().filter(|line| line.contains("c < ")).collect();
    assert!(told.len() == 1 && told[0].ends_with("c < fence"), "{story}");
}

#[test]
fn a_master_that_answers_the_last_look_is_left_alone() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.fleet.named("a").alive = true;
    assert_snapshot!(story(&mut world, &plan), @r"
    0.0     [begin failover]
    0.0 -- a is asked a last time [before 0]
    1.0     [after 0 failed] failed: 10.0.0.1:9221 answers again: it is not dead, and nothing was changed
    1.0 << undoing: 10.0.0.1:9221 answers again: it is not dead, and nothing was changed
    1.0     [end]
    1.0 == refused: 10.0.0.1:9221 answers again: it is not dead, and nothing was changed
    ");
}

/// Stopped in the middle of the last look, it has an old answer when it goes on.
#[test]
fn a_host_that_stood_still_since_the_last_look_promotes_nobody() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.stands_still_us = Some((600, 60_000_000));
    let outcome = world.run(Conduct::new(plan)).unwrap();
    let Outcome::Refused { why } = &outcome else {
        panic!("{outcome:?}");
    };
    assert!(why.contains("this host stood still"), "{why}");
    assert!(world.fleet.named("b").follows.is_some());
}

#[test]
fn a_candidate_that_was_overtaken_is_not_promoted() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.at_step.push((0, Happening::Write("c")));
    assert_snapshot!(story(&mut world, &plan), @r#"
    0.0     [begin failover]
    0.0 -- a is asked a last time [before 0]
    0.0 !! Write("c")
    1.0     > connection refused
    1.0     [after 0 ok] ok: connection refused
    1.0 -- b is still the most advanced [before 1]
    2.0     [after 1 failed] failed: 10.0.0.3:9221 is at 0:110, not covered by 10.0.0.2:9221 at 0:100: plan again
    2.0 << undoing: 10.0.0.3:9221 is at 0:110, not covered by 10.0.0.2:9221 at 0:100: plan again
    2.0     [end]
    2.0 == refused: 10.0.0.3:9221 is at 0:110, not covered by 10.0.0.2:9221 at 0:100: plan again
    "#);
}

/// `b` is made master by somebody's word: it was a master of its own and `fenced` when the plan was made, or became one since.
fn by_word(already: bool, fenced: bool) -> Outcome {
    let mut world = dead_master();
    let mut plan = stage::failover(&world.fleet, false);
    plan.facts.apart = true;
    let b = world.fleet.named("b");
    b.follows = None;
    b.fenced = fenced;
    let planned = plan.facts.nodes.iter_mut().find(|fact| fact.name == "b");
    if already {
        planned.unwrap().role = Role::Master;
    }
    world.run(Conduct::new(plan)).unwrap()
}

/// Its own fence is lifted once it is the master. What it became since the plan was made somebody else has made of it.
#[test]
fn whoever_is_named_by_a_word_may_be_a_master_and_fenced_but_not_only_since() {
    for fenced in [false, true] {
        let outcome = by_word(true, fenced);
        assert!(outcome == Outcome::Done || fenced, "{outcome:?}");
        assert!(!matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    }
    let Outcome::Refused { why } = by_word(false, false) else {
        panic!("it was promoted");
    };
    assert!(why.ends_with("somebody else was faster"), "{why}");
}

/// Another watcher has fenced it since the plan was made. An administrator's own write would not show it.
#[test]
fn a_candidate_that_was_fenced_meanwhile_is_not_promoted() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.fleet.named("b").fenced = true;
    let outcome = world.run(Conduct::new(plan)).unwrap();
    let Outcome::Refused { why } = &outcome else {
        panic!("{outcome:?}");
    };
    assert!(why.contains("a fence was put up on 10.0.0.2:9221"), "{why}");
    assert!(world.fleet.named("b").follows.is_some());
}

#[test]
fn a_rival_that_stops_answering_stops_it() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.befall("c", "replication", Trouble::Lost);
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin failover]
       0.0 -- a is asked a last time [before 0]
       1.0     > connection refused
       1.0     [after 0 ok] ok: connection refused
       1.0 -- b is still the most advanced [before 1]
    2001.0     > no answer in time
    2001.0     [after 1 failed] failed: a node that may be ahead stopped answering: no answer in time
    2001.0 << undoing: a node that may be ahead stopped answering: no answer in time
    2001.0     [end]
    2001.0 == refused: a node that may be ahead stopped answering: no answer in time
    ");
}

#[test]
fn a_master_that_answers_and_cannot_be_fenced_is_reported() {
    let mut world = world();
    let plan = stage::failover(&world.fleet, true);
    world.befall("a", "fence", Trouble::Refuses("NOPERM no"));
    assert_snapshot!(story(&mut world, &plan), @r"
        0.0     [begin failover]
        0.0 -- fence a: ACL -@write for every user [before 0]
        0.0     a < fence
        1.0     > NOPERM no
        1.0     [after 0 failed fence.failed] failed: 10.0.0.1:9221 could not be fenced: NOPERM no
        1.0 -- b is still the most advanced [before 1]
        2.0     [after 1 ok] ok: at 0:100
        2.0 -- promote b [before 2 at 0:100]
        2.0     b < promote
        4.0     [after 2 ok] ok
        4.0 -- b accepts a write [before 3]
        4.0     b < probe-write
        5.0     [after 3 ok] ok
        5.0 -- b saves its role [before 4]
        5.0     b < persist
        7.0     [after 4 ok] ok
        7.0 -- c follows b [before 5]
        8.0     c < fence
       10.0     c < follow
       12.0     [after 5 ok] ok
       12.0 -- c saves its role [before 6]
       12.0     c < persist
       13.0     [after 6 ok] ok
       13.0 -- a follows b [before 7]
       13.0     a < fence
       14.0     > NOPERM no
       14.0     [after 7 failed replica.not_moved] failed: 10.0.0.1:9221: NOPERM no
       14.0 -- lift the fence on a [before 8]
       15.0     . NOPERM no
      115.0     a < fence
      116.0     > NOPERM no
    10014.0     [after 8 failed fence.in_doubt] failed: 10.0.0.1:9221: no success in 10000 ms
    10014.0 -- a saves its role [before 9]
    10014.0     [after 9 ok] ok: left as it was saved: it did not move
    10014.0 -- every replica is linked and level [before 10]
    10014.0     > NOPERM no
    10015.0     [after 10 ok] ok
    10015.0 -- run the hooks of `switched` [before 11]
    10015.0     b < hooks
    10016.0     [after 11 ok] ok
    10016.0     [end]
    10016.0 == incomplete: fence.failed, replica.not_moved, fence.in_doubt, blackout 4.0 ms
    ");
}

#[test]
fn a_sibling_with_half_a_copy_is_copied_to_again_and_not_streamed_to() {
    let mut world = dead_master();
    let c = world.fleet.named("c");
    c.torn = true;
    c.log.truncate(2);
    let plan = stage::failover(&world.fleet, false);
    let told = story(&mut world, &plan);
    assert!(
        told.contains("c < copy") && !told.contains("c < follow"),
        "{told}"
    );
    assert!(told.ends_with("== done\n"), "{told}");
    assert!(!world.fleet.named("c").torn);
    let all = world.fleet.named("b").log.clone();
    assert_eq!(world.fleet.named("c").log, all);
}

#[test]
fn a_candidate_that_was_restarted_with_less_than_was_planned_is_not_promoted() {
    let mut world = dead_master();
    let plan = stage::failover(&world.fleet, false);
    world.fleet.named("c").alive = false;
    let plan = without_rivals(plan);
    world.at_step.push((0, Happening::PowerCut("b", 3)));
    let outcome = world.run(Conduct::new(plan)).unwrap();
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    assert!(world.fleet.named("b").follows.is_some());
}

fn without_rivals(mut plan: Plan) -> Plan {
    for step in &mut plan.steps {
        if let Act::StillAhead { of } = &mut step.act {
            of.clear();
        }
    }
    plan
}

/// The order arrives, the candidate dies, and what comes back is a master by its file, and empty.
#[test]
fn a_candidate_that_comes_back_empty_was_not_promoted() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").saved = None;
    world.befall_once("b", "promote", Trouble::Mute);
    let promotion = plan.promotion_step().unwrap();
    world
        .at_step
        .push((promotion, Happening::PowerCut("b", 100)));
    let outcome = world.run(Conduct::new(plan)).unwrap();
    assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    assert!(world.fleet.named("a").takes_writes());
}

/// It has said that it is done, and is started again, as the replica that its file says it is, before it is asked.
#[test]
fn a_candidate_that_is_none_any_more_is_not_waited_for() {
    for planned in [false, true] {
        let mut world = if planned { world() } else { dead_master() };
        let plan = if planned {
            stage::promote(&world.fleet, "b")
        } else {
            stage::failover(&world.fleet, false)
        };
        let dies_us = if planned { 16_500 } else { 3_500 };
        world.at_us.push((dies_us, Happening::Restart("b")));
        let outcome = outcome(&mut world, &plan);
        assert!(matches!(outcome, Outcome::Undone { .. }), "{}", world.story);
        let told = world.story.since("promote b");
        let failed = told.lines().find(|line| line.contains("failed: "));
        let at_ms = failed.and_then(|line| line.trim().split_once(' ')?.0.parse::<f64>().ok());
        assert!(at_ms.is_some_and(|ms| ms < 3_100.0), "{told}");
        assert_eq!(world.fleet.named("a").takes_writes(), planned);
        assert!(world.fleet.named("b").follows.is_some());
    }
}
