//! Planned switchovers, well and ill.

use insta::assert_snapshot;

use super::Conduct;
use super::Outcome;
use super::outcome;
use super::since;
use super::story;
use super::world;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;

/// The step that promotes.
const PROMOTION: usize = 4;

/// What its disk had not taken is on the old master, which goes on.
#[test]
fn a_candidate_that_lost_its_newest_writes_stays_a_replica() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((PROMOTION, Happening::PowerCut("b", 3)));
    let undone = outcome(&mut world, &plan);
    assert!(matches!(undone, Outcome::Undone { .. }), "{undone:?}");
    assert!(world.fleet.named("b").follows.is_some());
    assert!(world.fleet.named("a").takes_writes());
}

#[test]
fn nobody_is_promoted_once_a_restart_has_forgotten_the_fence() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((PROMOTION, Happening::PowerCut("a", 0)));
    let undone = outcome(&mut world, &plan);
    assert!(matches!(undone, Outcome::Undone { .. }), "{undone:?}");
    assert!(world.fleet.named("b").follows.is_some());
    assert!(world.fleet.named("a").takes_writes());
}

#[test]
fn all_goes_well() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    assert_snapshot!(story(&mut world, &plan), @r"
      0.0     [begin promote]
      0.0 -- take the lock on a [before 0]
      0.0     a < lock
      1.0     [after 0 ok] ok
      1.0 -- b catches up, nothing paused [before 1]
      2.0     [after 1 ok] ok
      2.0 -- fence a: ACL -@write for every user [before 2]
      2.0     a < fence
      3.0     [after 2 ok] ok
      3.0 -- b comes to the position of a [before 3]
     15.0     [after 3 ok] ok: at 0:120
     15.0 -- promote b [before 4 at 0:120]
     15.0     b < promote
     17.0     [after 4 ok] ok
     17.0 -- b accepts a write [before 5]
     17.0     b < probe-write
     18.0     [after 5 ok] ok
     18.0 -- b saves its role [before 6]
     18.0     b < persist
     20.0     [after 6 ok] ok
     20.0 -- c follows b [before 7]
     21.0     c < follow
     23.0     [after 7 ok] ok
     23.0 -- c saves its role [before 8]
     23.0     c < persist
     24.0     [after 8 ok] ok
     24.0 -- a follows b [before 9]
     24.0     a < fence
     26.0     a < follow
     27.0     > ERR already master of others, invalid usage
     27.0     . still lists replicas; trying again
    187.0     [after 9 ok] ok
    187.0 -- lift the fence on a [before 10]
    187.0     a < unfence
    188.0     [after 10 ok] ok
    188.0 -- a saves its role [before 11]
    188.0     a < persist
    189.0     [after 11 ok] ok
    189.0 -- every replica is linked and level [before 12]
    190.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    232.0     . 10.0.0.1:9221 link down
    400.0     [after 12 ok] ok
    400.0 -- run the hooks of `switched` [before 13]
    400.0     b < hooks
    401.0     [after 13 ok] ok
    401.0 -- give the lock back on b [before 14]
    401.0     b < unlock
    402.0     [after 14 ok] ok
    402.0     [end]
    402.0 == done, blackout 15.0 ms
    ");
}

#[test]
fn a_candidate_that_does_not_catch_up_costs_no_blackout() {
    let mut world = world();
    world.fleet.named("b").stuck = true;
    for _ in 0..7_000 {
        world.fleet.write("a");
    }
    let plan = stage::promote(&world.fleet, "b");
    assert_snapshot!(story(&mut world, &plan), @r"
        0.0     [begin promote]
        0.0 -- take the lock on a [before 0]
        0.0     a < lock
        1.0     [after 0 ok] ok
        1.0 -- b catches up, nothing paused [before 1]
        2.0     . 70000 bytes behind
    10001.0     [after 1 failed] failed: 10.0.0.2:9221 did not catch up with 10.0.0.1:9221 in 10000 ms; nothing was paused
    10001.0 << undoing: 10.0.0.2:9221 did not catch up with 10.0.0.1:9221 in 10000 ms; nothing was paused
    10001.0     [undo 0]
    10001.0     a < unlock
    10002.0     [undo 0 ok]
    10002.0     [end]
    10002.0 == undone: 10.0.0.2:9221 did not catch up with 10.0.0.1:9221 in 10000 ms; nothing was paused
    ");
}

#[test]
fn a_refused_fence_ends_it() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("a", "fence", Trouble::Refuses("NOPERM no"));
    assert_snapshot!(since("fence a", &mut world, &plan), @r"
    2.0 -- fence a: ACL -@write for every user [before 2]
    2.0     a < fence
    3.0     > NOPERM no
    3.0     [after 2 failed] failed: 10.0.0.1:9221 could not be fenced: NOPERM no
    3.0 << undoing: 10.0.0.1:9221 could not be fenced: NOPERM no
    3.0     [undo 2]
    3.0     a < unfence
    4.0     [undo 2 ok]
    4.0     [undo 0]
    4.0     a < unlock
    5.0     [undo 0 ok]
    5.0     [end]
    5.0 == undone: 10.0.0.1:9221 could not be fenced: NOPERM no, blackout 2.0 ms
    ");
}

#[test]
fn a_fence_that_was_not_answered_may_go_up_after_it_was_lifted() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall_once("a", "fence", Trouble::Late(1_000_000));
    assert_snapshot!(since("fence a", &mut world, &plan), @r"
       2.0 -- fence a: ACL -@write for every user [before 2]
       2.0     a < fence
     502.0     [after 2 failed] failed: 10.0.0.1:9221 could not be fenced: no answer in time
     502.0 << undoing: 10.0.0.1:9221 could not be fenced: no answer in time
     502.0     [undo 2]
     502.0     a < unfence
     502.0     > no answer in time
     503.0     . lifted; once more when what was not answered can no longer come
    1502.0 !! a does fence after all
    3504.0     [undo 2 ok]
    3504.0     [undo 0]
    3504.0     a < unlock
    3505.0     [undo 0 ok]
    3505.0     [end]
    3505.0 == undone: 10.0.0.1:9221 could not be fenced: no answer in time, blackout 3502.0 ms
    ");
}

#[test]
fn a_drain_that_does_not_end_is_undone() {
    let mut world = world();
    world.fleet.named("b").stuck = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((2, Happening::Write("a")));
    assert_snapshot!(since("fence a", &mut world, &plan), @r#"
       2.0 -- fence a: ACL -@write for every user [before 2]
       2.0     a < fence
       2.0 !! Write("a")
       3.0     [after 2 ok] ok
       3.0 -- b comes to the position of a [before 3]
    1003.0     [after 3 failed] failed: 10.0.0.2:9221 and the fenced 10.0.0.1:9221 did not come to the same position in 1000 ms
    1003.0 << undoing: 10.0.0.2:9221 and the fenced 10.0.0.1:9221 did not come to the same position in 1000 ms
    1003.0     [undo 2]
    1003.0     a < unfence
    1004.0     [undo 2 ok]
    1004.0     [undo 0]
    1004.0     a < unlock
    1005.0     [undo 0 ok]
    1005.0     [end]
    1005.0 == undone: 10.0.0.2:9221 and the fenced 10.0.0.1:9221 did not come to the same position in 1000 ms, blackout 1002.0 ms
    "#);
}

#[test]
fn a_candidate_that_refuses_leaves_everything_as_it_was() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "promote", Trouble::Refuses("ERR not now"));
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
    15.0 -- promote b [before 4 at 0:100]
    15.0     b < promote
    16.0     > ERR not now
    16.0     [after 4 failed] failed: 10.0.0.2:9221 refused to become master: ERR not now
    16.0 << undoing: 10.0.0.2:9221 refused to become master: ERR not now
    16.0     [undo 2]
    16.0     a < unfence
    17.0     [undo 2 ok]
    17.0     [undo 0]
    17.0     a < unlock
    18.0     [undo 0 ok]
    18.0     [end]
    18.0 == undone: 10.0.0.2:9221 refused to become master: ERR not now, blackout 15.0 ms
    ");
}

#[test]
fn a_lost_answer_of_a_promotion_that_happened() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "promote", Trouble::Mute);
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
      15.0 -- promote b [before 4 at 0:100]
      15.0     b < promote
    6015.0     > no answer in time
    6015.0     . no answer in time; looking what became of it
    6016.0     [after 4 ok] ok
    6016.0 -- b accepts a write [before 5]
    6016.0     b < probe-write
    6017.0     [after 5 ok] ok
    6017.0 -- b saves its role [before 6]
    6017.0     b < persist
    6019.0     [after 6 ok] ok
    6019.0 -- c follows b [before 7]
    6020.0     c < follow
    6022.0     [after 7 ok] ok
    6022.0 -- c saves its role [before 8]
    6022.0     c < persist
    6023.0     [after 8 ok] ok
    6023.0 -- a follows b [before 9]
    6023.0     a < fence
    6025.0     a < follow
    6026.0     > ERR already master of others, invalid usage
    6026.0     . still lists replicas; trying again
    6186.0     [after 9 ok] ok
    6186.0 -- lift the fence on a [before 10]
    6186.0     a < unfence
    6187.0     [after 10 ok] ok
    6187.0 -- a saves its role [before 11]
    6187.0     a < persist
    6188.0     [after 11 ok] ok
    6188.0 -- every replica is linked and level [before 12]
    6189.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    6231.0     . 10.0.0.1:9221 link down
    6399.0     [after 12 ok] ok
    6399.0 -- run the hooks of `switched` [before 13]
    6399.0     b < hooks
    6400.0     [after 13 ok] ok
    6400.0 -- give the lock back on b [before 14]
    6400.0     b < unlock
    6401.0     [after 14 ok] ok
    6401.0     [end]
    6401.0 == done, blackout 6014.0 ms
    ");
}

#[test]
fn a_lost_promotion_leaves_the_outcome_open() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "promote", Trouble::Lost);
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
       15.0 -- promote b [before 4 at 0:100]
       15.0     b < promote
     6015.0     > no answer in time
     6015.0     . no answer in time; looking what became of it
    10015.0     failed: 10.0.0.2:9221 was told to become master and has not shown that it did; the fence on the old one stays up until you run --resume or --abort
    10015.0     [end]
    10015.0 == unknown: 10.0.0.2:9221 was told to become master and has not shown that it did; the fence on the old one stays up until you run --resume or --abort
    ");
}

#[test]
fn answers_that_come_too_late_are_not_heard() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    // Both of the catch-up's questions fail; the second failure belongs to a step that is over.
    world.befall_once("a", "replication", Trouble::Refuses("ERR first"));
    world.befall_once("b", "replication", Trouble::Refuses("ERR second"));
    assert_snapshot!(story(&mut world, &plan), @r"
    0.0     [begin promote]
    0.0 -- take the lock on a [before 0]
    0.0     a < lock
    1.0     [after 0 ok] ok
    1.0 -- b catches up, nothing paused [before 1]
    2.0     > ERR first
    2.0     [after 1 failed] failed: the master stopped answering: ERR first
    2.0 << undoing: the master stopped answering: ERR first
    2.0     [undo 0]
    2.0     a < unlock
    2.0     > ERR second
    3.0     [undo 0 ok]
    3.0     [end]
    3.0 == undone: the master stopped answering: ERR first
    ");
}

/// Between the plan and the lock somebody else has been at work.
#[test]
fn a_cluster_that_changed_before_the_lock_was_taken_is_left_alone() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").follows = None;
    let told = of_outcome(&world.run(Conduct::new(plan)).unwrap());
    assert!(
        told.starts_with("refused: 10.0.0.2:9221 was replica"),
        "{told}"
    );
    assert!(
        world
            .fleet
            .servers
            .iter()
            .all(|s| !s.fenced && s.lock.is_none())
    );
}
