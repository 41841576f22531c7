//! Switchovers past the point of no return.

use insta::assert_snapshot;

use super::Conduct;
use super::decide::plan::Act;
use super::decide::plan::TO_WATCHERS;
use super::outcome;
use super::puppets::Puppets;
use super::puppets::with_rules;
use super::script::Script;
use super::since;
use super::story;
use super::world;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::draft;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::sample::addr;

#[test]
fn a_new_master_that_takes_no_writes_goes_back() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").broken = true;
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
      15.0 -- promote b [before 4 at 0:100]
      15.0     b < promote
      17.0     [after 4 ok] ok
      17.0 -- b accepts a write [before 5]
      17.0     b < probe-write
      18.0     > READONLY You can't write against a read only replica.
      18.0     . READONLY You can't write against a read only replica.
    1938.0     [after 5 failed] failed: 10.0.0.2:9221: READONLY You can't write against a read only replica.
    1938.0 << undoing: 10.0.0.2:9221: READONLY You can't write against a read only replica.
    1938.0     [undo 4]
    1938.0     b < follow
    1940.0     [undo 4 ok]
    1940.0     [undo 2]
    1940.0     a < unfence
    1941.0     [undo 2 ok]
    1941.0     [undo 0]
    1941.0     a < unlock
    1942.0     [undo 0 ok]
    1942.0     [end]
    1942.0 == undone: 10.0.0.2:9221: READONLY You can't write against a read only replica., blackout 1939.0 ms
    ");
}

/// They would make it master again, and whoever asked would have been told that nothing has changed.
#[test]
fn a_new_master_that_takes_no_writes_stays_where_everybody_has_been_told_of_it() {
    let mut world = world();
    let mut conduct = Conduct::new(stage::promote(&world.fleet, "b"));
    world.fleet.named("b").broken = true;
    conduct.set_announced(true);
    let outcome = world.run(conduct).unwrap();
    assert_eq!(of_outcome(&outcome), "incomplete: master.not_writable");
    assert_eq!(world.fleet.named("b").follows, None, "{}", world.story);
}

#[test]
fn a_new_master_that_refuses_only_the_probe_stays() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").denies_probe = true;
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
      15.0 -- promote b [before 4 at 0:120]
      15.0     b < promote
      17.0     [after 4 ok] ok
      17.0 -- b accepts a write [before 5]
      17.0     b < probe-write
      18.0     > NOPERM this user has no permissions to access one of the keys
      18.0     . NOPERM this user has no permissions to access one of the keys
    1938.0     [after 5 failed master.not_writable] failed: 10.0.0.2:9221: NOPERM this user has no permissions to access one of the keys
    1938.0 -- b saves its role [before 6]
    1938.0     b < persist
    1940.0     [after 6 ok] ok
    1940.0 -- c follows b [before 7]
    1941.0     c < follow
    1943.0     [after 7 ok] ok
    1943.0 -- c saves its role [before 8]
    1943.0     c < persist
    1944.0     [after 8 ok] ok
    1944.0 -- a follows b [before 9]
    1944.0     a < fence
    1946.0     a < follow
    1947.0     > ERR already master of others, invalid usage
    1947.0     . still lists replicas; trying again
    2107.0     [after 9 ok] ok
    2107.0 -- lift the fence on a [before 10]
    2107.0     a < unfence
    2108.0     [after 10 ok] ok
    2108.0 -- a saves its role [before 11]
    2108.0     a < persist
    2109.0     [after 11 ok] ok
    2109.0 -- every replica is linked and level [before 12]
    2110.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    2152.0     . 10.0.0.1:9221 link down
    2320.0     [after 12 ok] ok
    2320.0 -- run the hooks of `switched` [before 13]
    2320.0     b < hooks
    2321.0     [after 13 ok] ok
    2321.0 -- give the lock back on b [before 14]
    2321.0     b < unlock
    2322.0     [after 14 ok] ok
    2322.0     [end]
    2322.0 == incomplete: master.not_writable, blackout 15.0 ms
    ");
}

#[test]
fn a_role_that_cannot_be_saved_is_left_to_do() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "persist", Trouble::Refuses("ERR disk full"));
    assert_snapshot!(since("b saves", &mut world, &plan), @r"
      18.0 -- b saves its role [before 6]
      18.0     b < persist
      19.0     > ERR disk full
      19.0     . ERR disk full
    4843.0     [after 6 failed role.unsaved] failed: 10.0.0.2:9221: ERR disk full
    4843.0 -- c follows b [before 7]
    4844.0     c < follow
    4846.0     [after 7 ok] ok
    4846.0 -- c saves its role [before 8]
    4846.0     c < persist
    4847.0     [after 8 ok] ok
    4847.0 -- a follows b [before 9]
    4847.0     a < fence
    4849.0     a < follow
    4850.0     > ERR already master of others, invalid usage
    4850.0     . still lists replicas; trying again
    5010.0     [after 9 ok] ok
    5010.0 -- lift the fence on a [before 10]
    5010.0     a < unfence
    5011.0     [after 10 ok] ok
    5011.0 -- a saves its role [before 11]
    5011.0     a < persist
    5012.0     [after 11 ok] ok
    5012.0 -- every replica is linked and level [before 12]
    5013.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    5055.0     . 10.0.0.1:9221 link down
    5223.0     [after 12 ok] ok
    5223.0 -- run the hooks of `switched` [before 13]
    5223.0     b < hooks
    5224.0     [after 13 ok] ok
    5224.0 -- give the lock back on b [before 14]
    5224.0     b < unlock
    5225.0     [after 14 ok] ok
    5225.0     [end]
    5225.0 == incomplete: role.unsaved, blackout 15.0 ms
    ");
}

#[test]
fn a_sibling_past_the_point_is_set_apart() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((4, Happening::Write("c")));
    assert_snapshot!(since("promote b", &mut world, &plan), @r#"
       15.0 -- promote b [before 4 at 0:100]
       15.0     b < promote
       15.0 !! Write("c")
       17.0     [after 4 ok] ok
       17.0 -- b accepts a write [before 5]
       17.0     b < probe-write
       18.0     [after 5 ok] ok
       18.0 -- b saves its role [before 6]
       18.0     b < persist
       20.0     [after 6 ok] ok
       20.0 -- c follows b [before 7]
       21.0     [after 7 failed rejoin.past_point] failed: 10.0.0.3:9221 is left apart: it is at 0:110, past the promotion point 0:100: it holds writes that the master lacks
       21.0 -- c saves its role [before 8]
       21.0     [after 8 ok] ok: left as it was saved: it did not move
       21.0 -- a follows b [before 9]
       21.0     a < fence
       23.0     a < follow
       24.0     > ERR already master of others, invalid usage
       24.0     . still lists replicas; trying again
    60021.0     [after 9 failed replica.not_moved] failed: 10.0.0.1:9221 does not follow 10.0.0.2:9221 after 60000 ms
    60021.0 -- lift the fence on a [before 10]
    60021.0     a < fence
    60022.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    60022.0 -- a saves its role [before 11]
    60022.0     [after 11 ok] ok: left as it was saved: it did not move
    60022.0 -- every replica is linked and level [before 12]
    60022.0     [after 12 ok] ok
    60022.0 -- run the hooks of `switched` [before 13]
    60022.0     b < hooks
    60023.0     [after 13 ok] ok
    60023.0 -- give the lock back on b [before 14]
    60023.0     b < unlock
    60024.0     [after 14 ok] ok
    60024.0     [end]
    60024.0 == incomplete: rejoin.past_point, replica.not_moved, fence.kept, blackout 15.0 ms
    "#);
}

#[test]
fn an_old_master_that_still_lists_replicas_is_told_again() {
    let mut world = world();
    world.fleet.ghost_us = 2_700_000;
    let plan = stage::promote(&world.fleet, "b");
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
      24.0 -- a follows b [before 9]
      24.0     a < fence
      26.0     a < follow
      27.0     > ERR already master of others, invalid usage
      27.0     . still lists replicas; trying again
    2731.0     [after 9 ok] ok
    2731.0 -- lift the fence on a [before 10]
    2731.0     a < unfence
    2732.0     [after 10 ok] ok
    2732.0 -- a saves its role [before 11]
    2732.0     a < persist
    2733.0     [after 11 ok] ok
    2733.0 -- every replica is linked and level [before 12]
    2734.0     . 10.0.0.1:9221 link down
    2944.0     [after 12 ok] ok
    2944.0 -- run the hooks of `switched` [before 13]
    2944.0     b < hooks
    2945.0     [after 13 ok] ok
    2945.0 -- give the lock back on b [before 14]
    2945.0     b < unlock
    2946.0     [after 14 ok] ok
    2946.0     [end]
    2946.0 == done, blackout 15.0 ms
    ");
}

#[test]
fn an_old_master_that_never_follows_stays_fenced() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall(
        "a",
        "follow",
        Trouble::Refuses("ERR Master is in sync state"),
    );
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
     24.0 -- a follows b [before 9]
     24.0     a < fence
     26.0     a < follow
     27.0     > ERR Master is in sync state
     27.0     [after 9 failed replica.not_moved] failed: 10.0.0.1:9221: ERR Master is in sync state
     27.0 -- lift the fence on a [before 10]
     27.0     a < fence
     28.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
     28.0 -- a saves its role [before 11]
     28.0     [after 11 ok] ok: left as it was saved: it did not move
     28.0 -- every replica is linked and level [before 12]
     29.0     . 10.0.0.3:9221 link down
    239.0     [after 12 ok] ok
    239.0 -- run the hooks of `switched` [before 13]
    239.0     b < hooks
    240.0     [after 13 ok] ok
    240.0 -- give the lock back on b [before 14]
    240.0     b < unlock
    241.0     [after 14 ok] ok
    241.0     [end]
    241.0 == incomplete: replica.not_moved, fence.kept, blackout 15.0 ms
    ");
}

#[test]
fn an_old_master_that_dies_and_returns_is_fenced_again() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((7, Happening::Kill("a")));
    world.at_us.push((30_000, Happening::Restart("a")));
    world.befall("c", "follow", Trouble::Mute);
    assert_snapshot!(since("c follows", &mut world, &plan), @r#"
      20.0 -- c follows b [before 7]
      20.0 !! Kill("a")
      21.0     c < follow
      30.0 !! Restart("a")
    6021.0     > no answer in time
    6022.0     [after 7 ok] ok
    6022.0 -- c saves its role [before 8]
    6022.0     c < persist
    6023.0     [after 8 ok] ok
    6023.0 -- a follows b [before 9]
    6023.0     a < fence
    6025.0     [after 9 failed rejoin.past_point] failed: 10.0.0.1:9221 is left apart: it is at 0:2820, past the promotion point 0:120: it holds writes that the master lacks
    6025.0 -- lift the fence on a [before 10]
    6026.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    6026.0 -- a saves its role [before 11]
    6026.0     [after 11 ok] ok: left as it was saved: it did not move
    6026.0 -- every replica is linked and level [before 12]
    6027.0     [after 12 ok] ok
    6027.0 -- run the hooks of `switched` [before 13]
    6027.0     b < hooks
    6028.0     [after 13 ok] ok
    6028.0 -- give the lock back on b [before 14]
    6028.0     b < unlock
    6029.0     [after 14 ok] ok
    6029.0     [end]
    6029.0 == incomplete: rejoin.past_point, fence.kept, blackout 15.0 ms
    "#);
}

#[test]
fn an_old_master_whose_order_was_lost_is_told_again() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall_once("a", "follow", Trouble::Lost);
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
      24.0 -- a follows b [before 9]
      24.0     a < fence
      26.0     a < follow
    6026.0     > no answer in time
    6081.0     [after 9 ok] ok
    6081.0 -- lift the fence on a [before 10]
    6081.0     a < unfence
    6082.0     [after 10 ok] ok
    6082.0 -- a saves its role [before 11]
    6082.0     a < persist
    6083.0     [after 11 ok] ok
    6083.0 -- every replica is linked and level [before 12]
    6084.0     . 10.0.0.1:9221 link down
    6294.0     [after 12 ok] ok
    6294.0 -- run the hooks of `switched` [before 13]
    6294.0     b < hooks
    6295.0     [after 13 ok] ok
    6295.0 -- give the lock back on b [before 14]
    6295.0     b < unlock
    6296.0     [after 14 ok] ok
    6296.0     [end]
    6296.0 == done, blackout 15.0 ms
    ");
}

/// What it wrote while it was told again and again must not be followed across without a word.
#[test]
fn an_old_master_that_restarts_between_two_tries_is_judged_again() {
    let mut world = world();
    world.fleet.client_writes = true;
    world.fleet.ghost_us = 2_700_000;
    let plan = stage::promote(&world.fleet, "b");
    world.at_us.push((500_000, Happening::Restart("a")));
    world.befall_once("a", "follow", Trouble::Mute);
    assert_snapshot!(since("a follows", &mut world, &plan), @r#"
      24.0 -- a follows b [before 9]
      24.0     a < fence
      26.0     a < follow
     500.0 !! Restart("a")
    6026.0     > no answer in time
    6079.0     [after 9 failed rejoin.past_point] failed: 10.0.0.1:9221 is left apart: it is at 0:2860, past the promotion point 0:120: it holds writes that the master lacks
    6079.0 -- lift the fence on a [before 10]
    6079.0     a < fence
    6080.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    6080.0 -- a saves its role [before 11]
    6080.0     [after 11 ok] ok: left as it was saved: it did not move
    6080.0 -- every replica is linked and level [before 12]
    6081.0     [after 12 ok] ok
    6081.0 -- run the hooks of `switched` [before 13]
    6081.0     b < hooks
    6082.0     [after 13 ok] ok
    6082.0 -- give the lock back on b [before 14]
    6082.0     b < unlock
    6083.0     [after 14 ok] ok
    6083.0     [end]
    6083.0 == incomplete: rejoin.past_point, fence.kept, blackout 15.0 ms
    "#);
}

/// It comes back as the replica that its file says it is, and saving its role would save that.
#[test]
fn a_new_master_that_restarts_before_its_role_is_saved_is_not_followed() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((6, Happening::Restart("b")));
    assert_snapshot!(since("b saves", &mut world, &plan), @r#"
     18.0 -- b saves its role [before 6]
     18.0     b < persist
     18.0 !! Restart("b")
     19.0     > connection refused
     19.0     . connection refused
    422.0     failed: the new master 10.0.0.2:9221 restarted and came back as a replica; the fence on the old one stays up until you run --resume or --abort
    422.0     [end]
    422.0 == unknown: the new master 10.0.0.2:9221 restarted and came back as a replica; the fence on the old one stays up until you run --resume or --abort, blackout 15.0 ms
    "#);
}

/// Whom nobody has told of another goes on with the old one.
#[test]
fn where_watchers_may_lift_the_fence_it_is_said() {
    for epoch in [None, Some(3)] {
        let mut world = world();
        let mut plan = stage::promote(&world.fleet, "b");
        plan.facts.epoch = epoch;
        world.at_step.push((6, Happening::Restart("b")));
        let told = since("b saves", &mut world, &plan);
        assert!(told.contains("until you run --resume or --abort"));
        assert_eq!(told.contains("or the watchers"), epoch.is_some(), "{told}");
    }
}

/// What goes wrong once there is a new master is left to be done, by its code.
#[test]
fn what_is_left_has_a_code() {
    for (node, verb, code) in [
        ("a", "unfence", "fence.left_behind"),
        ("b", "hooks", "hook.failed"),
        ("c", "follow", "replica.not_moved"),
        ("a", "persist", "role.unsaved"),
    ] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        world.befall(node, verb, Trouble::Refuses("ERR not today"));
        world.run(Conduct::new(plan)).unwrap();
        let told = world.story.to_string();
        assert!(told.contains(&format!("incomplete: {code}")), "{told}");
    }
}

#[test]
fn watchers_that_were_not_told_are_named() {
    let mut world = world();
    let mut plan = stage::promote(&world.fleet, "b");
    for step in &mut plan.steps {
        if let Act::Announce { event } = &mut step.act {
            TO_WATCHERS.clone_into(event);
        }
    }
    world.befall(
        "b",
        "hooks",
        Trouble::Refuses("10.0.0.9:26379 does not answer"),
    );
    world.run(Conduct::new(plan)).unwrap();
    let told = world.story.to_string();
    assert!(told.contains("incomplete: watchers.not_told"), "{told}");
}

/// Stock Sentinels stand back for nobody.
#[test]
fn where_the_watchers_have_made_another_the_master_nobody_is_moved_any_more() {
    let mut world = world();
    let mut plan = stage::promote(&world.fleet, "b");
    for step in &mut plan.steps {
        if let Act::Announce { event } = &mut step.act {
            TO_WATCHERS.clone_into(event);
        }
    }
    let at = |act: fn(&Act) -> bool| plan.steps.iter().position(|step| act(&step.act));
    let told = at(|act| matches!(act, Act::Announce { .. })).unwrap();
    let moved = at(|act| matches!(act, Act::Follow { .. })).unwrap();
    plan.steps.swap(told, moved);
    world.befall("b", "hooks", Trouble::Overtakes);
    world.run(Conduct::new(plan)).unwrap();
    let told = world.story.to_string();
    assert!(told.contains("incomplete: operation.overtaken"), "{told}");
    assert!(!told.contains("c < follow"), "{told}");
}

/// It was started without a configuration file, or has no CONFIG, and will have none in five seconds either.
#[test]
fn a_role_that_cannot_be_saved_is_given_up_at_once() {
    for no in [
        "ERR The server is running without a config file",
        "ERR unknown command 'CONFIG', with args beginning with: 'REWRITE' ",
        "NOPERM this user has no permissions to run the 'config|rewrite' command",
    ] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        for node in ["a", "b", "c"] {
            world.befall(node, "persist", Trouble::Refuses(no));
        }
        let story = story(&mut world, &plan);
        let end = story.lines().last().unwrap_or_default();
        assert!(
            end.contains("incomplete: role.unsaved, role.unsaved, role.unsaved"),
            "{story}"
        );
        // Each step may take five seconds.
        let ended_ms: f64 = end.split_whitespace().next().unwrap().parse().unwrap();
        assert!(ended_ms < 5_000.0, "{story}");
    }
}

/// It may come back as the replica that its file says it is, and whoever was sent to it would follow nobody.
#[test]
fn a_new_master_that_goes_away_before_anybody_was_moved_ends_it_there() {
    for after in [1, 2] {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        let promotion = plan.promotion_step().unwrap();
        world
            .at_step
            .push((promotion + after, Happening::Kill("b")));
        let told = of_outcome(&outcome(&mut world, &plan));
        assert!(told.starts_with("unknown: the new master"), "{told}");
        assert!(world.fleet.named("a").fenced, "{}", world.story);
    }
}

/// A look that comes to nothing is taken again.
#[test]
fn a_new_master_that_has_saved_its_role_is_looked_at_until_it_answers() {
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    let mut puppets = Puppets::of(&view);
    let mut script = Script::new(Conduct::new(plan));
    let (mut saved, mut broke) = (false, false);
    let outcome = script.run(|_, node, order| {
        if saved && !broke && *node == addr(2) {
            broke = true;
            return Err(Fault::new(FaultKind::Dropped, "the connection broke"));
        }
        saved |= *node == addr(2) && *order == Order::Persist;
        puppets.answer(node, order)
    });
    assert_eq!(outcome, Outcome::Done);
}

/// Nobody has been moved to it yet, so it cannot have the replicas without which it takes no write.
#[test]
fn a_new_master_that_waits_for_its_replicas_is_no_useless_one() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let no = Trouble::Refuses("NOREPLICAS Not enough good replicas to write.");
    world.befall("b", "probe-write", no);
    assert_eq!(outcome(&mut world, &plan), Outcome::Done);
}

/// It hears its master again at whatever moment, and gets the rest from there until it is told: that one is fenced, and has
/// nothing that the new one lacks.
#[test]
fn a_replica_that_gets_the_rest_from_the_fenced_old_master_may_follow() {
    for at_us in (20_000..23_000).step_by(100) {
        let mut world = world();
        let plan = stage::promote(&world.fleet, "b");
        world.fleet.named("c").log.truncate(4);
        world.fleet.named("c").stuck = true;
        world.at_us.push((at_us, Happening::Unstick("c")));
        let outcome = world.run(Conduct::new(plan));
        assert_eq!(outcome, Some(Outcome::Done), "{}", world.story);
    }
}
