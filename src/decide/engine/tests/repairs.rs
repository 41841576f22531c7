//! When what is wrong with a node is set right, and by whom first.

use super::fleet::id;
use super::nodes::Life;
use super::nodes::Server;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::event::Unfinished;
use crate::decide::engine::failover::GREETING_US;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Role;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const MOVES: &str = "+fix-slave-config";
const CONVERTS: &str = "+convert-to-slave";
const S: u64 = 1_000_000;
/// Whoever has not led the last change of master gives way to who has, and to each who goes before him.
const TURN_US: u64 = 1_500_000;

/// How the first node became master, so that others can be compared with it.
pub(super) fn remembered() -> Memory {
    let promotion = Promotion {
        node: sample::addr(1),
        from: None,
        point: sample::at(0, 100),
        at: "2027-01-15T00:00:00Z".to_owned(),
        planned: true,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    };
    Memory {
        promotions: vec![promotion],
        ..Memory::default()
    }
}

fn alone() -> Scene {
    Scene::of(by_itself(), remembered())
}

/// Something is changed about the third node, and seen; after what time it is first set right.
fn moved_after(scene: &mut Scene, change: impl Fn(&mut Server)) -> Option<u64> {
    change(scene.server(3));
    scene.look(3);
    let since_us = scene.now_us;
    scene.pass(60 * S);
    Some(scene.said(MOVES).first()? - since_us)
}

fn strays(server: &mut Server) {
    server.follows = Some(sample::addr(9));
}

#[test]
fn a_broken_link_is_given_longer_than_what_cannot_heal_by_itself() {
    let after = |change: fn(&mut Server)| moved_after(&mut alone(), change);
    assert_eq!(after(strays), Some(2 * S + TURN_US));
    assert_eq!(after(|s| s.torn = true), Some(2 * S + TURN_US));
    assert_eq!(after(|s| s.cut = true), Some(30 * S + TURN_US));
    assert_eq!(after(|_| ()), None);
}

#[test]
fn a_role_that_may_not_be_saved_is_saved_after_a_second() {
    let owed = |node: u8| {
        let memory = Memory {
            rewrite_owed: [(sample::addr(node), "it was cut off".to_owned())].into(),
            ..remembered()
        };
        let spec = Spec {
            master: Some(sample::addr(1)),
            ..by_itself()
        };
        let mut scene = Scene::begun(spec, memory, Durable::default());
        scene.look_at_all();
        let since_us = scene.now_us;
        scene.pass(10 * S);
        scene
            .ordered(node, |order| *order == Order::Persist)
            .first()
            .map(|at_us| at_us - since_us)
    };
    // The lock comes first, and the answers are half a millisecond on their way each.
    for node in [1, 3] {
        let after_us = owed(node).unwrap();
        let least_us = S + TURN_US;
        assert!(
            (least_us..least_us + 10_000).contains(&after_us),
            "{after_us}"
        );
    }
}

/// Only who put it up knows what was there before.
#[test]
fn a_fence_that_was_left_on_a_replica_in_order_is_lifted_at_once_by_whoever_put_it_up() {
    let how = FenceHow::Acl { users: Vec::new() };
    let memory = Memory {
        fences: [(sample::addr(3), how)].into(),
        ..remembered()
    };
    let mut scene = Scene::of(sample::spec(), memory);
    for other in [1, 2] {
        scene.meets_pikafo(other);
    }
    scene.server(2).fenced = true;
    scene.look_at_all();
    scene.pass(10 * S);
    let lifts = |order: &Order| matches!(order, Order::Unfence { .. });
    assert!(scene.ordered(2, lifts).is_empty());
}

#[test]
fn of_several_watchers_the_first_sets_it_right_and_sentinels_do_not_count() {
    for (pikafos, others, before) in [
        (&[1, 7][..], &[][..], 1),
        (&[1, 2], &[], 2),
        (&[7], &[1, 2], 0),
    ] {
        let mut scene = Scene::of(sample::spec(), remembered());
        for other in pikafos {
            scene.meets_pikafo(*other);
        }
        for other in others {
            scene.meets(*other);
        }
        let after = moved_after(&mut scene, strays);
        assert_eq!(
            after,
            Some(2 * S + TURN_US * (1 + before)),
            "{pikafos:?} {others:?}"
        );
    }
}

/// A watcher that has replaced the master, and has done.
fn who_led() -> Scene {
    let mut scene = alone();
    scene.master_dies(&[]);
    scene.pass(10 * S);
    assert_eq!(scene.master(), sample::addr(2));
    scene
}

#[test]
fn whoever_led_the_last_change_of_master_gives_way_to_nobody() {
    assert_eq!(moved_after(&mut who_led(), strays), Some(2 * S));
    let mut scene = who_led();
    scene.meets_pikafo(1);
    scene.back(1);
    assert_eq!(scene.said(CONVERTS), [scene.now_us], "an old master");
}

/// It moves the replicas itself. What it did right before it died may not show yet.
#[test]
fn a_leader_that_is_there_is_waited_for_and_one_that_is_gone_only_as_long_as_a_greeting() {
    let after = |gone_us: Option<u64>| {
        let mut scene = Scene::of(sample::spec(), remembered());
        scene.meets_pikafo(7);
        scene.follows(2, None);
        scene.hello(7, 2, 3);
        for node in [1, 3] {
            scene.follows(node, Some(2));
        }
        scene.pass(10 * S);
        if let Some(gone_us) = gone_us {
            scene.watcher_gone(7);
            scene.pass(gone_us);
        }
        moved_after(&mut scene, strays)
    };
    assert_eq!(after(None), Some(2 * S + TURN_US));
    assert_eq!(after(Some(GREETING_US)), Some(2 * S));
    assert_eq!(after(Some(0)), Some(GREETING_US));
}

/// Somebody promotes it before our eyes: he is given eight seconds to tell.
#[test]
fn who_was_made_master_while_he_ran_is_set_right_eight_seconds_later() {
    let mut scene = alone();
    scene.follows(3, None);
    let since_us = scene.now_us;
    scene.pass(60 * S);
    assert_eq!(
        scene.said(CONVERTS).first(),
        Some(&(since_us + 8 * S + TURN_US))
    );
}

/// A short answer shows it first; that no restart explains it shows by a full look.
#[test]
fn whoever_led_the_last_change_gives_him_those_eight_seconds_as_well() {
    let mut scene = who_led();
    scene.server(3).follows = None;
    let seen = scene.servers.look(&sample::addr(3)).unwrap();
    let since_us = scene.now_us;
    scene.tell(Event::Replication {
        cluster: cluster(),
        node: sample::addr(3),
        replication: Box::new(seen.replication),
        asked_us: since_us,
    });
    scene.pass(60 * S);
    let converted = scene.said(CONVERTS).first().copied();
    assert!(converted >= Some(since_us + 8 * S), "{converted:?}");
}

/// What it says within a second of its return it came back with.
#[test]
fn who_came_back_as_a_master_is_set_right_at_once() {
    for (after_us, waits_us) in [(S, 0), (S + 1, 8 * S)] {
        let mut scene = alone();
        scene.hangs(3);
        scene.pass(100_000);
        scene.server(3).life = Life::Runs;
        scene.server(3).follows = None;
        let whom = node_of(3);
        scene.tell(Event::Heard { whom });
        scene.pass(after_us);
        scene.look(3);
        let since_us = scene.now_us;
        scene.pass(60 * S);
        let converted = scene.said(CONVERTS).first().copied();
        assert_eq!(converted, Some(since_us + waits_us + TURN_US), "{after_us}");
    }
}

/// It may be what the leader does that looks wrong.
#[test]
fn nothing_is_set_right_while_another_leader_may_be_acting() {
    let mut scene = Scene::of(sample::spec(), remembered());
    scene.meets_pikafo(7);
    scene.ask(Request::Vote {
        master: sample::addr(1),
        epoch: 5,
        candidate: Some(id(7)),
    });
    let after = moved_after(&mut scene, strays).unwrap();
    assert_eq!(after, 5 * S + 2 * S + TURN_US);
}

/// When it was set right so many times, while it goes wrong again a second after each time; in seconds, from one to the next.
fn pauses(
    scene: &mut Scene,
    times: usize,
    wrong: fn(&mut Server),
    well: fn(&mut Server),
) -> Vec<u64> {
    let before = scene.said(MOVES).len();
    for nth in before..before + times {
        wrong(scene.server(3));
        scene.look(3);
        let until_us = scene.now_us + 3600 * S;
        while scene.said(MOVES).len() <= nth {
            assert!(scene.now_us < until_us);
            scene.pass(100_000);
        }
        well(scene.server(3));
        scene.look(3);
        scene.pass(S);
    }
    let said = scene.said(MOVES);
    said[before..]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / S)
        .collect()
}

#[test]
fn what_does_not_stay_right_is_set_right_less_and_less_often() {
    let mut scene = alone();
    let waits = pauses(&mut scene, 7, strays, |_| ());
    assert_eq!(waits, [8, 16, 32, 60, 60, 60]);
    // Attaching it again is of no use most of the time.
    let mut scene = alone();
    let waits = pauses(&mut scene, 9, |s| s.cut = true, |s| s.cut = false);
    assert_eq!(waits[3..], [64, 128, 256, 512, 900]);
}

/// A fault that has not been seen for ten minutes is a new one.
#[test]
fn what_has_been_well_for_ten_minutes_is_set_right_as_for_the_first_time() {
    for (well_us, pause_s) in [(600 * S - 1, 60), (600 * S, 8)] {
        let mut scene = alone();
        pauses(&mut scene, 5, strays, |_| ());
        let ends = |a: &Action| matches!(a, Action::Journal { record, .. } if matches!(**record, Record::End { .. }));
        // It is looked at when the plan is over, and is in order from then on.
        let well_from_us = scene.did(ends).last().unwrap() + 500;
        scene.until(well_from_us + well_us);
        scene.look(3);
        assert_eq!(
            pauses(&mut scene, 2, strays, |_| ()),
            [pause_s],
            "{well_us}"
        );
    }
}

/// It has led it away and back, which counts as an attempt.
#[test]
fn what_another_watcher_has_tried_in_vain_is_not_tried_again_at_once() {
    let next_s = |between_us: u64| {
        let mut scene = alone();
        pauses(&mut scene, 4, |s| s.cut = true, |s| s.cut = false);
        let tried_us = *scene.said(MOVES).last().unwrap();
        scene.server(3).cut = true;
        scene.look(3);
        scene.until(tried_us + between_us);
        scene.follows(3, None);
        scene.follows(3, Some(1));
        scene.pass(300 * S);
        (scene.said(MOVES)[4] - tried_us) / S
    };
    assert_eq!(next_s(16 * S), 64, "this watcher may have done it");
    assert_eq!(next_s(16 * S + 1), 16 + 128);
}

/// Others may have gone on with it, and whoever lifts its fence makes a second master.
#[test]
fn a_repair_that_a_crash_cut_off_is_begun_anew_behind_its_fence() {
    let mut scene = alone();
    scene.gone(3);
    scene.pass(S);
    scene.server(3).saved = None;
    scene.back(3);
    let fences = |order: &Order| matches!(order, Order::Fence { .. });
    while scene.ordered(3, fences).is_empty() {
        scene.pass(1_000);
    }
    let records = scene.done.iter().filter_map(|(_, action)| {
        let Action::Journal { record, .. } = action else {
            return None;
        };
        Some((**record).clone())
    });
    let unfinished = Unfinished {
        plan: scene.plan().unwrap(),
        records: records.collect(),
    };
    let mut memory = remembered();
    for record in &unfinished.records {
        memory.learn(record, &unfinished.plan, "2027-01-15T00:00:20Z");
    }
    let spec = Spec {
        master: Some(sample::addr(1)),
        ..by_itself()
    };
    let mut next = Scene::cut_off(spec, memory, Durable::default(), Some(unfinished));
    next.servers = scene.servers;
    next.look_at_all();
    next.server(3).fenced = true;
    next.look(3);
    let lifts = |order: &Order| matches!(order, Order::Unfence { .. });
    let follows = |order: &Order| matches!(order, Order::Follow { .. });
    next.pass(20 * S);
    let (moved, lifted) = (next.ordered(3, follows), next.ordered(3, lifts));
    assert_eq!((moved.len(), lifted.len()), (1, 1));
    assert!(moved < lifted, "{moved:?} {lifted:?}");
    assert_eq!(next.servers.writable(), [sample::addr(1)]);
}

/// As a master of its own for a moment it was promoted by nobody; whom somebody else promotes meanwhile was.
#[test]
fn who_is_led_away_by_a_repair_is_not_taken_for_promoted() {
    let mut scene = alone();
    scene.server(3).cut = true;
    scene.look(3);
    let leads_away = |order: &Order| matches!(order, Order::Promote { .. });
    scene.pass(40 * S);
    let led_away_us = *scene.ordered(3, leads_away).first().unwrap();
    let mut scene = alone();
    scene.server(3).cut = true;
    scene.look(3);
    scene.until(led_away_us + S);
    assert_eq!(scene.servers.role(&sample::addr(3)), Role::Master);
    scene.look(3);
    scene.follows(2, None);
    let promotions = scene.engine.promotions("orders").iter();
    let nodes: Vec<_> = promotions.map(|p| p.node.clone()).collect();
    assert_eq!(nodes, [sample::addr(1), sample::addr(2)]);
}
