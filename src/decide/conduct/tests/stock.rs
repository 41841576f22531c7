//! The host died at the point of no return: was the candidate promoted? Only the nodes know.

use super::FENCE;
use super::PROMOTION;
use super::begins;
use super::cut_off;
use super::gone_on;
use super::is_done;
use super::kept;
use super::masters;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::Memory;

/// A switchover that was cut off after such a record.
fn switchover(at: impl Fn(&Record) -> bool) -> (World, Plan) {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    cut_off(&mut world, &plan, at);
    (world, plan)
}

fn addr(world: &World, name: &str) -> Addr {
    let mut servers = world.fleet.servers.iter();
    servers.find(|s| s.name == name).unwrap().addr.clone()
}

fn restart(world: &mut World, name: &'static str) {
    world.watch.restarts(name);
    world.fleet.named(name).restart(0);
}

fn memory(records: &[&[Record]], plan: &Plan) -> Memory {
    let mut memory = Memory::default();
    for record in records.iter().copied().flatten() {
        memory.learn(record, plan, "2026-11-22T12:00:01Z");
    }
    memory
}

/// Pika has stalled for 2.5 s in it. Whoever went back at once would have two masters then.
#[test]
fn an_order_that_was_on_its_way_is_waited_for() {
    for (abort, end) in [(false, Outcome::Done), (true, Outcome::Finished)] {
        let (world, plan) = switchover(begins(PROMOTION));
        let b = addr(&world, "b");
        let (next, outcome) = gone_on(&world, &plan, abort, |next| {
            next.lands(2_500_000, &b, Order::DETACH);
        });
        assert_eq!(outcome, end, "{}", next.story);
        assert_eq!(masters(&next), ["b"]);
        kept(&next);
    }
}

#[test]
fn an_order_that_never_came_is_waited_for_no_longer_than_it_could_be_on_its_way() {
    let (world, plan) = switchover(begins(PROMOTION));
    let (next, outcome) = gone_on(&world, &plan, true, |_| ());
    assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    let waited_ms = next.story.took_ms();
    assert!((3000..3500).contains(&waited_ms), "{}", next.story);
    assert_eq!(masters(&next), ["a"]);
}

/// Its file makes it a master, and what it lost is on the old one.
#[test]
fn a_candidate_that_came_back_as_a_master_with_less_was_not_promoted() {
    let (mut world, plan) = switchover(begins(PROMOTION));
    world.fleet.named("b").saved = None;
    world.fleet.named("b").log.truncate(3);
    restart(&mut world, "b");
    let (next, outcome) = gone_on(&world, &plan, true, |_| ());
    assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    assert!(masters(&next).contains(&"a"), "{}", next.story);
}

/// It was seen to be promoted, its host died, and it is back emptied: the old master has everything.
#[test]
fn a_new_master_that_was_emptied_before_the_crash_was_noticed_stays_none() {
    for abort in [false, true] {
        let (mut world, plan) = switchover(is_done(PROMOTION));
        world.fleet.named("b").saved = None;
        world.fleet.named("b").log.truncate(3);
        restart(&mut world, "b");
        let (mut next, outcome) = gone_on(&world, &plan, abort, |_| ());
        assert_eq!(of_outcome(&outcome), "incomplete: rejoin.past_unknown");
        assert!(next.fleet.named("a").takes_writes(), "{}", next.story);
        let c = next.fleet.servers.iter().find(|s| s.name == "c").unwrap();
        assert_eq!(c.follows, Some(addr(&next, "a")));
        let memory = memory(&[&world.records, &next.records], &plan);
        assert!(memory.promotions.is_empty());
    }
}

/// It may have taken a write while it was one, of which only it knows; Pika would call it a healthy replica.
#[test]
fn a_candidate_that_was_master_and_is_not_any_more_is_told() {
    for abort in [false, true] {
        // Its position says nothing; the journal does.
        let (mut on_record, plan) = switchover(is_done(PROMOTION));
        restart(&mut on_record, "b");
        // The journal does not know it; its position does.
        let (mut by_data, _) = switchover(begins(PROMOTION));
        by_data.arrive(&addr(&by_data, "b"), &Order::DETACH);
        by_data.fleet.write("b");
        restart(&mut by_data, "b");
        for world in [on_record, by_data] {
            let (next, outcome) = gone_on(&world, &plan, abort, |_| ());
            assert_eq!(of_outcome(&outcome), "incomplete: rejoin.past_unknown");
            assert_eq!(masters(&next), ["a"], "{}", next.story);
            // Nobody is judged by a promotion that does not stand.
            let memory = memory(&[&world.records, &next.records], &plan);
            assert_eq!((memory.promotions.len(), memory.rewrite_owed.len()), (0, 0));
        }
    }
}

/// The old master was started again without its fence and took writes, which the candidate has from it: whether that one was a master in
/// between no number tells. So nothing is said of it before the order can no longer come, nobody is promoted, and it is told.
#[test]
fn a_candidate_that_an_old_master_may_have_fed_is_not_said_to_have_been_master() {
    for (abort, silent_us) in [(false, 0), (true, 0), (true, 5_000_000)] {
        let (mut world, plan) = switchover(begins(PROMOTION));
        restart(&mut world, "a");
        world.fleet.write("a");
        let log = world.fleet.named("a").log.clone();
        world.fleet.named("b").log = log;
        let (mut next, outcome) = gone_on(&world, &plan, abort, |next| {
            if silent_us > 0 {
                next.fleet.named("a").alive = false;
                next.at_us.push((silent_us, Happening::GoOn("a")));
            }
        });
        let told = of_outcome(&outcome);
        assert!(told.starts_with("unknown: "), "{told}\n{}", next.story);
        assert!(told.contains("cannot be told"), "{told}");
        let waited_ms = next.story.took_ms();
        let least_ms = (silent_us / 1000).max(3000);
        assert!((least_ms..6000).contains(&waited_ms), "{}", next.story);
        assert_eq!(masters(&next), ["a"], "{}", next.story);
        let memory = memory(&[&world.records, &next.records], &plan);
        assert!(memory.promotions.is_empty());
        // Nothing is left of it but the word, so the next one ends.
        next.records.splice(0..0, world.records.iter().cloned());
        let (_, outcome) = gone_on(&next, &plan, true, |_| ());
        assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
    }
}

/// It refused the probe, had taken nothing, and was being led back.
#[test]
fn a_candidate_that_was_being_led_back_has_lost_nothing() {
    let back: fn(&Record) -> bool =
        |record| matches!(record, Record::UndoBefore { step } if *step == PROMOTION);
    let is_back: fn(&Record) -> bool =
        |record| matches!(record, Record::UndoAfter { step, ok: true, .. } if *step == PROMOTION);
    for at in [back, is_back] {
        let mut world = world();
        world.fleet.named("b").denies_probe = true;
        let plan = stage::promote(&world.fleet, "b");
        cut_off(&mut world, &plan, at);
        let (a, b) = (addr(&world, "a"), addr(&world, "b"));
        let force = false;
        world.arrive(&b, &Order::Follow { master: a, force });
        let (next, outcome) = gone_on(&world, &plan, true, |_| ());
        assert!(matches!(outcome, Outcome::Undone { .. }), "{outcome:?}");
        assert_eq!(masters(&next), ["a"], "{}", next.story);
        kept(&next);
    }
}

/// What an earlier try was led back from says nothing of the one that came after it.
#[test]
fn a_candidate_that_loses_its_role_in_the_second_try_is_told() {
    let undone = |step, record: Option<Record>| {
        let after = Record::UndoAfter {
            step,
            ok: true,
            note: None,
        };
        [Record::UndoBefore { step }, record.unwrap_or(after)]
    };
    let (mut world, plan) = switchover(is_done(PROMOTION));
    let second = world.records.split_off(1);
    let begin = world.records.remove(0);
    let whole = second.clone();
    let unpromoted: Vec<Record> = second.iter().take(2 * PROMOTION).cloned().collect();
    // The first try was led back from its promotion, or did not come to it.
    let led_back = [
        whole,
        undone(PROMOTION, None).into(),
        undone(FENCE, None).into(),
    ]
    .concat();
    let stopped = [unpromoted, undone(FENCE, None).into()].concat();
    restart(&mut world, "b");
    for first in [led_back, stopped] {
        let begin = vec![begin.clone()];
        let by = "ops@host".to_owned();
        let resume = vec![Record::Resume { abort: false, by }];
        world.records = [begin, first, resume, second.clone()].concat();
        let (_, outcome) = gone_on(&world, &plan, true, |_| ());
        assert_eq!(of_outcome(&outcome), "incomplete: rejoin.past_unknown");
    }
}

#[test]
fn a_candidate_that_is_away_is_waited_for_and_nothing_is_guessed() {
    let (mut world, plan) = switchover(is_done(PROMOTION));
    // Its role was saved before the crash.
    world.fleet.named("b").saved = None;
    world.fleet.named("b").alive = false;
    for (returns, end) in [
        (true, "finished"),
        (false, "unknown: the candidate does not answer"),
    ] {
        let (next, outcome) = gone_on(&world, &plan, true, |next| {
            if returns {
                next.at_us.push((5_000_000, Happening::Restart("b")));
            }
        });
        let told = of_outcome(&outcome);
        assert!(told.starts_with(end), "{told}\n{}", next.story);
        let waited_ms = next.story.took_ms();
        assert!((5000..11_000).contains(&waited_ms), "{}", next.story);
        // Until it is known, clients write to nobody.
        assert_eq!(masters(&next).is_empty(), !returns);
    }
}

/// The fence was lifted by somebody else, the old master took a write and died. A replica of it has that write.
#[test]
fn that_the_old_master_went_on_is_seen_by_its_replica_too() {
    let (mut world, plan) = switchover(begins(PROMOTION));
    world.arrive(&addr(&world, "b"), &Order::DETACH);
    world.fleet.named("a").fenced = false;
    world.fleet.write("a");
    let log = world.fleet.named("a").log.clone();
    world.fleet.named("c").log = log;
    world.fleet.named("a").alive = false;
    let (next, outcome) = gone_on(&world, &plan, false, |_| ());
    let told = of_outcome(&outcome);
    assert!(told.contains("rejoin.past_point"), "{told}\n{}", next.story);
    assert_eq!(next.fleet.servers[2].follows, Some(addr(&next, "a")));
    // It is told of the two, and nobody was judged after that.
    let why = format!("{outcome:?}");
    assert!(
        why.contains("the old master has taken writes since"),
        "{why}"
    );
}

/// The order came, and it has received something else since. It was not seen to follow before the crash, so it is judged.
#[test]
fn who_was_told_to_follow_before_the_crash_is_judged_after_it() {
    let (mut world, plan) = switchover(begins(PROMOTION + 3));
    let (b, c) = (addr(&world, "b"), addr(&world, "c"));
    let order = Order::Follow {
        master: b,
        force: false,
    };
    world.arrive(&c, &order);
    world.fleet.named("c").link_from_us = u64::MAX;
    world.fleet.write("c");
    world.fleet.write("c");
    let (next, outcome) = gone_on(&world, &plan, true, |_| ());
    let told = of_outcome(&outcome);
    assert!(told.contains("rejoin.past_point"), "{told}\n{}", next.story);
}

/// It is heard before the first step is taken again.
#[test]
fn an_interrupt_while_the_crash_is_cleared_away_ends_it_there() {
    let (world, plan) = switchover(is_done(FENCE));
    let (next, outcome) = gone_on(&world, &plan, false, |next| {
        next.befall_once("a", "unfence", Trouble::Refuses("ERR busy"));
        next.at_us.push((50_000, Happening::Interrupt));
    });
    assert_eq!(outcome, Outcome::Interrupted, "{}", next.story);
    assert_eq!(masters(&next), ["a"]);
    assert_eq!(next.asked("a", "lock"), 0, "{}", next.story);
    kept(&next);
}

/// It lost the end of its data with its fence, and has taken other writes since, so that it stands where it could have stood.
#[test]
fn an_old_master_that_is_behind_by_then_is_not_taken_for_one_that_took_nothing() {
    let (mut world, plan) = switchover(is_done(PROMOTION));
    let old = world.fleet.named("a");
    let whole = old.log.len();
    old.log.truncate(whole - 3);
    restart(&mut world, "a");
    world.fleet.write("a");
    let (next, outcome) = gone_on(&world, &plan, false, |_| ());
    let told = of_outcome(&outcome);
    assert!(told.contains("rejoin.past_unknown, fence.kept"), "{told}");
    assert_eq!(next.fleet.servers[0].follows, None, "{}", next.story);
}
