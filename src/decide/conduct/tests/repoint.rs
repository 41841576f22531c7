//! Repoints: plain, repaired, copied, stopped.

use insta::assert_snapshot;

use super::decide::facts::CLOSED_PORT;
use super::decide::name::Addr;
use super::decide::plan::Act;
use super::decide::plan::Step;
use super::decide::position::Position;
use super::decide::record::Outcome;
use super::decide::view::Memory;
use super::decide::view::Promotion;
use super::outcome;
use super::story;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;

/// `c` points to `a` and its link is broken for as long as nobody makes a new one.
pub(super) fn broken_link() -> (World, Memory) {
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
            automatic: None,
            apart: false,
            seen: Vec::new(),
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
       0.0 -- fence c while it is judged: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c is detached from and attached to a again [before 1]
       4.0     c < promote
    4008.0     c < follow
    4010.0     [after 1 ok] ok
    4010.0 -- c is linked and level [before 2]
    4011.0     . 10.0.0.3:9221 link down
    4221.0     [after 2 ok] ok
    4221.0 -- lift the fence on c [before 3]
    4221.0     c < unfence
    4222.0     [after 3 ok] ok
    4222.0 -- c saves its role [before 4]
    4222.0     c < persist
    4223.0     [after 4 ok] ok
    4223.0     [end]
    4223.0 == done
    ");
}

#[test]
fn a_copy_from_the_same_master_is_forced_once_and_after_a_rest() {
    let mut world = world();
    world.fleet.write("c");
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- fence c while it has no master: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c discards its data and copies a [before 1]
       1.0     c < promote
    4002.0     c < copy
    4004.0     [after 1 ok] ok
    4004.0 -- c is linked and level [before 2]
    4005.0     . 10.0.0.3:9221 link down
    4215.0     [after 2 ok] ok
    4215.0 -- lift the fence on c [before 3]
    4215.0     c < unfence
    4216.0     [after 3 ok] ok
    4216.0 -- c saves its role [before 4]
    4216.0     c < persist
    4217.0     [after 4 ok] ok
    4217.0     [end]
    4217.0 == done
    ");
}

#[test]
fn a_detached_node_is_told_until_it_follows() {
    let mut world = world();
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    world.befall_once("c", "copy", Trouble::Refuses("ERR busy"));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- fence c while it has no master: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c discards its data and copies a [before 1]
       1.0     c < promote
    4002.0     c < copy
    4003.0     > ERR busy
    4003.0     . ERR busy
    4205.0     [after 1 ok] ok
    4205.0 -- c is linked and level [before 2]
    4206.0     . 10.0.0.3:9221 link down
    4416.0     [after 2 ok] ok
    4416.0 -- lift the fence on c [before 3]
    4416.0     c < unfence
    4417.0     [after 3 ok] ok
    4417.0 -- c saves its role [before 4]
    4417.0     c < persist
    4418.0     [after 4 ok] ok
    4418.0     [end]
    4418.0 == done
    ");
}

#[test]
fn a_detached_node_is_attached_before_an_interrupt_is_heard() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.at_us.push((1_000_000, Happening::Interrupt));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- fence c while it is judged: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c is detached from and attached to a again [before 1]
       4.0     c < promote
    1000.0 !! Interrupt
    1000.0     . interrupted: finishing the step in hand
    4005.0     c < fence
    4008.0     c < follow
    4010.0     [after 1 ok] ok
    4010.0 << undoing: interrupted
    4010.0     [undo 0]
    4010.0     c < unfence
    4011.0     [undo 0 ok]
    4011.0     [end]
    4011.0 == incomplete: repoint.stopped
    ");
}

#[test]
fn a_detached_node_is_attached_though_the_journal_is_lost() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.at_us.push((1_000_000, Happening::JournalLost));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- fence c while it is judged: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c is detached from and attached to a again [before 1]
       4.0     c < promote
    1000.0 !! JournalLost
    4005.0     c < fence
    4005.0     > the journal cannot be written, so nothing is begun
    4007.0     c < follow
    4009.0     [after 1 ok] ok
    4009.0 << undoing: the journal cannot be written
    4009.0     [undo 0]
    4009.0     c < unfence
    4010.0     [undo 0 ok]
    4010.0     [end]
    4010.0 == incomplete: repoint.stopped
    ");
}

#[test]
fn waiting_for_a_copy_can_be_interrupted() {
    let mut world = world();
    world.fleet.named("c").stuck = true;
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    world.fleet.named("c").link_from_us = u64::MAX;
    world.at_step.push((2, Happening::Interrupt));
    assert_snapshot!(story(&mut world, &plan), @r"
       0.0     [begin repoint]
       0.0 -- fence c while it has no master: ACL -@write for every user [before 0]
       0.0     c < fence
       1.0     [after 0 ok] ok
       1.0 -- c discards its data and copies a [before 1]
       1.0     c < promote
    4002.0     c < copy
    4004.0     [after 1 ok] ok
    4004.0 -- c is linked and level [before 2]
    4004.0 !! Interrupt
    4004.0     . interrupted: finishing the step in hand
    4004.0 << undoing: interrupted
    4004.0     [undo 0]
    4004.0     c < unfence
    4005.0     [undo 0 ok]
    4005.0     [end]
    4005.0 == incomplete: repoint.stopped
    ");
}

/// `a` was master, `b` was promoted when both stood at the same record, and `a` is back as a master of its own, `lost`
/// records short of that.
pub(super) fn returned(lost: usize) -> (World, Memory) {
    let mut world = world();
    let point: Position = world.fleet.named("b").position();
    let (a, b) = {
        let addr = |world: &mut World, name| world.fleet.named(name).addr.clone();
        (addr(&mut world, "a"), addr(&mut world, "b"))
    };
    let log = &mut world.fleet.named("a").log;
    log.truncate(log.len() - lost);
    let seen_at = world.fleet.named("a").position();
    world.fleet.named("b").follows = None;
    world.fleet.named("c").follows = Some(b.clone());
    // What the new master has taken since, in records of the same size as everybody's.
    world.fleet.write("b");
    world.fleet.write("b");
    let memory = Memory {
        promotions: vec![Promotion {
            node: b,
            from: Some(a),
            point,
            at: "2026-11-22T11:00:00Z".to_owned(),
            planned: false,
            automatic: None,
            apart: false,
            seen: vec![seen_at],
        }],
        ..Memory::default()
    };
    (world, memory)
}

#[test]
fn a_returned_master_is_judged_behind_its_fence() {
    for lost in [0, 1] {
        let (mut world, memory) = returned(lost);
        world.fleet.client_writes = true;
        let plan = stage::repoint(&world.fleet, memory, "a", false);
        assert_eq!(outcome(&mut world, &plan), Outcome::Done, "{}", world.story);
        let (a, b) = (
            world.fleet.servers[0].log.clone(),
            &world.fleet.servers[1].log,
        );
        assert_eq!(a, *b);
        assert!(!world.fleet.named("a").fenced);
    }
}

/// Every record is a border, so Pika would take it back without a word.
#[test]
fn a_returned_master_that_took_a_write_since_it_was_judged_is_left_apart_and_fenced() {
    for (lost, code) in [(0, "rejoin.past_point"), (1, "rejoin.past_unknown")] {
        let (mut world, memory) = returned(lost);
        let plan = stage::repoint(&world.fleet, memory, "a", false);
        world.fleet.write("a");
        let told = of_outcome(&outcome(&mut world, &plan));
        assert_eq!(told, format!("incomplete: {code}, fence.kept"));
        let a = world.fleet.named("a");
        assert!(a.follows.is_none() && a.fenced, "{}", world.story);
    }
}

/// It is not where it was when it was judged: an old master that is back feeds it.
#[test]
fn who_received_something_elsewhere_since_he_was_judged_is_not_moved() {
    let (mut world, memory) = returned(1);
    let fed = world.fleet.named("a").log.clone();
    let a = world.fleet.named("a").addr.clone();
    let c = world.fleet.named("c");
    c.log.truncate(fed.len() - 1);
    c.follows = Some(a);
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.fleet.named("c").log.clone_from(&fed);
    let told = of_outcome(&outcome(&mut world, &plan));
    assert_eq!(told, "incomplete: replica.not_moved", "{}", world.story);
    assert_eq!(world.fleet.named("c").log, fed);
}

/// Somebody else has fenced it with a closed port since the plan was made: it was no replica of anybody.
#[test]
fn who_was_put_behind_a_closed_port_since_he_was_judged_is_left_apart() {
    let (mut world, memory) = returned(1);
    let a = world.fleet.named("a").addr.clone();
    let c = world.fleet.named("c");
    c.log.pop();
    c.follows = Some(a);
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    let follows = |step: &Step| matches!(step.act, Act::Follow { .. });
    assert!(plan.steps.iter().any(follows), "{plan:?}");
    let closed = Some(Addr::new("127.0.0.1", CLOSED_PORT));
    world.fleet.named("c").follows.clone_from(&closed);
    let told = of_outcome(&outcome(&mut world, &plan));
    assert_eq!(told, "incomplete: rejoin.past_unknown", "{}", world.story);
    assert_eq!(world.fleet.named("c").follows, closed);
}

/// It cannot be fenced, and is not fenced by detaching it either.
#[test]
fn a_repaired_replica_that_took_a_write_while_it_was_detached_is_left_apart() {
    let (mut world, memory) = broken_link();
    let mut plan = stage::repoint(&world.fleet, memory, "c", false);
    plan.steps
        .retain(|step| !matches!(step.act, Act::Fence { .. } | Act::Unfence { .. }));
    world.fleet.write("a");
    world.at_us.push((1_000_000, Happening::Write("c")));
    let told = of_outcome(&outcome(&mut world, &plan));
    assert_eq!(told, "incomplete: rejoin.past_unknown");
    assert!(world.fleet.named("c").follows.is_none());
}

#[test]
fn a_copy_that_is_cut_off_is_told_though_the_link_is_up_and_level() {
    let mut world = world();
    world.fleet.named("c").tears = true;
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", true);
    let told = story(&mut world, &plan);
    let why = "not every replica is linked: 10.0.0.3:9221 was cut off from its full copy";
    assert!(told.contains(why), "{told}");
    assert!(
        told.contains("== incomplete: replica.link_not_up"),
        "{told}"
    );
}

#[test]
fn a_replica_whose_copy_was_cut_off_is_copied_to_though_its_link_is_up() {
    let mut world = world();
    world.fleet.named("c").torn = true;
    let plan = stage::repoint(&world.fleet, Memory::default(), "c", false);
    let told = story(&mut world, &plan);
    assert!(told.contains("c < copy"), "{told}");
    assert!(told.ends_with("== done\n"), "{told}");
}

/// As a replica of a dead master it may yet be chosen; as a master of its own it would only be in the way.
#[test]
fn a_detached_node_goes_back_to_its_master_though_that_has_died() {
    let (mut world, memory) = broken_link();
    let plan = stage::repoint(&world.fleet, memory, "c", false);
    world.at_us.push((1_000_000, Happening::Kill("a")));
    outcome(&mut world, &plan);
    let a = world.fleet.named("a").addr.clone();
    assert_eq!(world.fleet.named("c").follows, Some(a), "{}", world.story);
}
