//! The operator's interrupt and a journal that cannot be written, at each step of a switchover.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::Conduct;
use super::Event;
use super::PROMOTION;
use super::begins;
use super::cut_off;
use super::outcome;
use super::since;
use super::world;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use crate::decide::view::Memory;

#[test]
fn an_interrupt_before_the_point_of_no_return_undoes() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((3, Happening::Interrupt));
    assert_snapshot!(since("fence a", &mut world, &plan), @r"
    2.0 -- fence a: ACL -@write for every user [before 2]
    2.0     a < fence
    3.0     [after 2 ok] ok
    3.0 -- b comes to the position of a [before 3]
    3.0 !! Interrupt
    3.0     failed: interrupted
    3.0 << undoing: interrupted
    3.0     [undo 2]
    3.0     a < unfence
    4.0     [undo 2 ok]
    4.0     [undo 0]
    4.0     a < unlock
    5.0     [undo 0 ok]
    5.0     [end]
    5.0 == interrupted, blackout 2.0 ms
    ");
}

#[test]
fn an_interrupt_past_the_point_of_no_return_finishes() {
    let mut world = world();
    world.fleet.ghost_us = 0;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((4, Happening::Interrupt));
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
     15.0 -- promote b [before 4 at 0:100]
     15.0     b < promote
     15.0 !! Interrupt
     15.0     . interrupted past the point of no return: finishing, so that nothing is left in between
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
     28.0     [after 9 ok] ok
     28.0 -- lift the fence on a [before 10]
     28.0     a < unfence
     29.0     [after 10 ok] ok
     29.0 -- a saves its role [before 11]
     29.0     a < persist
     30.0     [after 11 ok] ok
     30.0 -- every replica is linked and level [before 12]
     31.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    241.0     [after 12 ok] ok
    241.0 -- run the hooks of `switched` [before 13]
    241.0     b < hooks
    242.0     [after 13 ok] ok
    242.0 -- give the lock back on b [before 14]
    242.0     b < unlock
    243.0     [after 14 ok] ok
    243.0     [end]
    243.0 == done, blackout 15.0 ms
    ");
}

#[test]
fn every_step_hears_an_interrupt() {
    assert_snapshot!(at_every_step(&Happening::Interrupt), @r"
    take the lock on a: interrupted
    b catches up, nothing paused: interrupted
    fence a: ACL -@write for every user: interrupted
    b comes to the position of a: interrupted
    promote b: done
    b accepts a write: done
    b saves its role: done
    c follows b: done
    c saves its role: done
    a follows b: done
    lift the fence on a: done
    a saves its role: done
    every replica is linked and level: done
    run the hooks of `switched`: done
    give the lock back on b: done
    ");
}

#[test]
fn every_step_survives_the_loss_of_the_journal() {
    assert_snapshot!(at_every_step(&Happening::JournalLost), @r"
    take the lock on a: undone: the journal cannot be written
    b catches up, nothing paused: undone: the journal cannot be written
    fence a: ACL -@write for every user: undone: the journal cannot be written
    b comes to the position of a: undone: the journal cannot be written
    promote b: incomplete: replica.not_moved, fence.in_doubt
    b accepts a write: incomplete: replica.not_moved, fence.in_doubt
    b saves its role: incomplete: replica.not_moved, fence.in_doubt
    c follows b: incomplete: replica.not_moved, fence.in_doubt
    c saves its role: incomplete: replica.not_moved, fence.in_doubt
    a follows b: incomplete: replica.not_moved, fence.in_doubt
    lift the fence on a: done
    a saves its role: done
    every replica is linked and level: done
    run the hooks of `switched`: done
    give the lock back on b: done
    ");
}

fn at_every_step(happening: &Happening) -> String {
    let mut text = String::new();
    let steps = stage::promote(&world().fleet, "b").steps;
    for (index, step) in steps.iter().enumerate() {
        let mut world = world();
        world.fleet.client_writes = true;
        let plan = stage::promote(&world.fleet, "b");
        world.at_step.push((index, happening.clone()));
        let outcome = outcome(&mut world, &plan);
        writeln!(text, "{}: {}", step.text, of_outcome(&outcome)).unwrap();
    }
    text
}

/// Nothing is half done before the first node is moved, and nothing is stopped after the last.
#[test]
fn a_repoint_is_stopped_half_way_only_in_the_middle() {
    let plan = || stage::repoint(&world().fleet, Memory::default(), "c", true);
    let last = plan().steps.len() - 1;
    for (step, end) in [
        (0, "interrupted"),
        (1, "incomplete: repoint.stopped"),
        (last, "done"),
    ] {
        let mut world = world();
        world.at_step.push((step, Happening::Interrupt));
        let told = of_outcome(&outcome(&mut world, &plan()));
        assert_eq!(told, end, "{}", world.story);
    }
}

/// An earlier step has asked for it, or another cluster.
#[test]
fn a_wake_before_its_time_does_nothing() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    let mut forward = Conduct::new(plan.clone());
    forward.step(0, Event::Begin);
    let mut back = forward.clone();
    back.step(1000, Event::Interrupt);
    cut_off(&mut world, &plan, begins(PROMOTION));
    let mut asking = Conduct::resume(plan, &world.records, false, "ops@host");
    asking.step(0, Event::Begin);
    for mut conduct in [forward, back, asking] {
        assert_eq!(conduct.step(2000, Event::Wake), []);
    }
}
