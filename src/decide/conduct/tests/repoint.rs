//! Repoints: plain, repaired, copied, stopped.

use insta::assert_snapshot;

use super::decide::position::Position;
use super::decide::view::Memory;
use super::decide::view::Promotion;
use super::story;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;

/// `c` points to `a` and its link is broken for as long as nobody makes a new one.
fn broken_link() -> (World, Memory) {
    let mut world = world();
    world.fleet.named("c").link_from_us = u64::MAX;
    let point: Position = world.fleet.named("a").position();
    let a = world.fleet.named("a").addr.clone();
    let memory = Memory {
        promotions: vec![Promotion {
            node: a,
            from: None,
            point,
            at: "2026-11-22T11:00:00Z".to_owned(),
            planned: true,
        }],
        ..Memory::default()
    };
    (world, memory)
}

#[test]
fn a_broken_link_is_repaired_after_a_rest() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c is detached from and attached to a again [before 0]
       0.0     c < promote
    4001.0     c < follow
    4003.0     [after 0 ok] ok
    4003.0 -- c is linked and level [before 1]
    4004.0     . 10.0.0.3:9221 link down
    4214.0     [after 1 ok] ok
    4214.0 -- c saves its role [before 2]
    4214.0     c < persist
    4215.0     [after 2 ok] ok
    4215.0     [end]
    4215.0 == done
    ");
}

#[test]
fn a_copy_from_the_same_master_is_forced_once_and_after_a_rest() {
    let mut world = world();
    world.fleet.write("c");
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c discards its data and copies a [before 0]
       0.0     c < promote
    4001.0     c < copy
    4003.0     [after 0 ok] ok
    4003.0 -- c is linked and level [before 1]
    4004.0     . 10.0.0.3:9221 link down
    4214.0     [after 1 ok] ok
    4214.0 -- c saves its role [before 2]
    4214.0     c < persist
    4215.0     [after 2 ok] ok
    4215.0     [end]
    4215.0 == done
    ");
}

#[test]
fn a_detached_node_is_told_until_it_follows() {
    let mut world = world();
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    world.befall_once("c", "copy", Trouble::Refuses("ERR busy"));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c discards its data and copies a [before 0]
       0.0     c < promote
    4001.0     c < copy
    4002.0     > ERR busy
    4002.0     . ERR busy
    4204.0     [after 0 ok] ok
    4204.0 -- c is linked and level [before 1]
    4205.0     . 10.0.0.3:9221 link down
    4415.0     [after 1 ok] ok
    4415.0 -- c saves its role [before 2]
    4415.0     c < persist
    4416.0     [after 2 ok] ok
    4416.0     [end]
    4416.0 == done
    ");
}

#[test]
fn a_detached_node_is_attached_before_an_interrupt_is_heard() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.at_us.push((1_000_000, Happening::Interrupt));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c is detached from and attached to a again [before 0]
       0.0     c < promote
    1000.0 !! Interrupt
    1000.0     . interrupted: finishing the step in hand
    4001.0     c < follow
    4003.0     [after 0 ok] ok
    4003.0 << undoing: interrupted
    4003.0     [end]
    4003.0 == incomplete: repoint.stopped
    ");
}

#[test]
fn a_detached_node_is_attached_though_the_journal_is_lost() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.at_us.push((1_000_000, Happening::JournalLost));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c is detached from and attached to a again [before 0]
       0.0     c < promote
    1000.0 !! JournalLost
    4001.0     c < follow
    4003.0     [after 0 ok] ok
    4003.0 << undoing: the journal cannot be written
    4003.0     [end]
    4003.0 == incomplete: repoint.stopped
    ");
}

#[test]
fn waiting_for_a_copy_can_be_interrupted() {
    let mut world = world();
    world.fleet.named("c").stuck = true;
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    world.fleet.named("c").link_from_us = u64::MAX;
    world.at_step.push((1, Happening::Interrupt));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- c discards its data and copies a [before 0]
       0.0     c < promote
    4001.0     c < copy
    4003.0     [after 0 ok] ok
    4003.0 -- c is linked and level [before 1]
    4003.0 !! Interrupt
    4003.0     . interrupted: finishing the step in hand
    4003.0 << undoing: interrupted
    4003.0     [end]
    4003.0 == incomplete: repoint.stopped
    ");
}
