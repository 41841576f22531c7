//! Whom a stock Sentinel attached to a master of its own choice, without looking: who stands apart for that, and since when.

use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

/// A Sentinel, and a pikafo beside it.
const SENTINEL: u8 = 9;
const PIKAFO: u8 = 8;
/// Whoever led the change has been asked by then what he knows.
const ASKED_US: u64 = 1_500_000;
/// Looks lie so far apart at the most.
const LOOKS_US: u64 = 2_000_000;

type Change = fn(&mut Scene);

/// A Sentinel is among the watchers.
pub(super) fn beside_a_sentinel() -> Scene {
    let mut scene = Scene::new();
    scene.meets(SENTINEL);
    scene
}

/// Node `node` is found to stand there.
fn stands(scene: &mut Scene, node: u8, at: u64) {
    scene.server(node).at = at;
    scene.look(node);
}

/// The master has died, and the Sentinel makes the second node one in its place.
fn it_promotes(scene: &mut Scene) {
    scene.gone(1);
    it_says_so(scene);
}

fn it_says_so(scene: &mut Scene) {
    scene.follows(2, None);
    scene.hello(SENTINEL, 2, 9);
}

/// What it did to a replica that stands past where the second node was promoted.
pub(super) fn it_attaches_what_is_past(scene: &mut Scene) {
    stands(scene, 3, 150);
    it_promotes(scene);
    scene.follows(3, Some(2));
}

/// Whether the third node stands apart once it has been judged.
fn judged(scene: &mut Scene) -> bool {
    scene.pass(ASKED_US);
    scene.apart(3)
}

/// It stood twice at the same position, or its link was down: it received nothing after the promotion.
#[test]
fn who_received_nothing_more_from_a_master_that_was_dead_is_as_good_as_before() {
    let cases: &[(&str, Change, bool)] = &[
        (
            "it stood still",
            |scene| {
                stands(scene, 3, 90);
                stands(scene, 3, 90);
                scene.gone(1);
            },
            false,
        ),
        (
            "it was cut off",
            |scene| {
                stands(scene, 3, 80);
                scene.gone(1);
                stands(scene, 3, 90);
            },
            false,
        ),
        (
            "it was seen to receive something",
            |scene| {
                stands(scene, 3, 90);
                stands(scene, 3, 80);
                stands(scene, 3, 90);
                scene.gone(1);
            },
            true,
        ),
    ];
    for (case, change, apart) in cases {
        let mut scene = beside_a_sentinel();
        change(&mut scene);
        it_says_so(&mut scene);
        scene.follows(3, Some(2));
        assert_eq!(judged(&mut scene), *apart, "{case}");
    }
}

/// Two looks are needed to see that it stood still.
#[test]
fn who_was_seen_but_once_may_have_received_something() {
    let mut scene = beside_a_sentinel();
    it_promotes(&mut scene);
    scene.follows(3, Some(2));
    assert!(judged(&mut scene));
}

fn was_gone(scene: &mut Scene) {
    scene.gone(1);
    scene.pass(10_000);
    scene.back(1);
}

/// It went on to receive from there whatever the old master took; silence of it begins or ends the doubt.
#[test]
fn a_master_that_may_have_lived_is_doubted_and_one_that_came_back_since_is_not() {
    let cases: &[(&str, Change, Change, bool)] = &[
        ("it lives", |_| (), |_| (), true),
        ("it is dead", |scene| scene.gone(1), |_| (), false),
        ("it came back before", was_gone, |_| (), true),
        (
            "it came back before, and dies",
            was_gone,
            |scene| {
                scene.pass(1);
                scene.gone(1);
            },
            true,
        ),
        (
            "it came back before, and once more",
            was_gone,
            |scene| {
                scene.pass(1);
                was_gone(scene);
            },
            true,
        ),
        (
            "it came back afterwards",
            |scene| scene.gone(1),
            |scene| {
                scene.pass(1);
                scene.back(1);
            },
            false,
        ),
    ];
    for (case, before, after, apart) in cases {
        let mut scene = beside_a_sentinel();
        stands(&mut scene, 3, 100);
        before(&mut scene);
        it_says_so(&mut scene);
        scene.follows(3, Some(2));
        after(&mut scene);
        assert_eq!(judged(&mut scene), *apart, "{case}");
    }
}

/// It followed a node that this watcher does not know, from which nothing reached it.
#[test]
fn who_followed_nobody_that_is_known_is_not_doubted() {
    let mut scene = beside_a_sentinel();
    scene.follows(3, Some(77));
    it_promotes(&mut scene);
    scene.follows(3, Some(2));
    assert!(!judged(&mut scene));
}

/// A pikafo that led the change has the time to say so; it is counted from the later of the two: that the node came, and
/// that it came to the master.
#[test]
fn nobody_is_judged_before_a_leader_could_have_been_asked() {
    for told_first in [true, false] {
        let mut scene = beside_a_sentinel();
        stands(&mut scene, 3, 150);
        scene.gone(1);
        scene.follows(2, None);
        if told_first {
            scene.hello(SENTINEL, 2, 9);
            scene.pass(300_000);
            scene.follows(3, Some(2));
        } else {
            scene.follows(3, Some(2));
            scene.pass(300_000);
            scene.hello(SENTINEL, 2, 9);
        }
        let from_us = scene.now_us;
        scene.until(from_us + ASKED_US - 1);
        assert!(!scene.apart(3));
        scene.until(from_us + ASKED_US);
        assert!(scene.apart(3));
    }
}

pub(super) fn promotion(scene: &Scene, automatic: Option<bool>) -> Memory {
    let at = jiff::Timestamp::from_millisecond(scene.wall_ms()).unwrap();
    Memory {
        promotions: vec![Promotion {
            node: sample::addr(2),
            from: Some(sample::addr(1)),
            point: sample::at(0, 100),
            at: at.to_string(),
            planned: false,
            automatic,
            apart: false,
            seen: Vec::new(),
        }],
        ..Memory::default()
    }
}

/// A pikafo tells of it.
fn tells(scene: &mut Scene, automatic: Option<bool>) {
    let told = promotion(scene, automatic);
    scene.tell(Event::Learned {
        cluster: cluster(),
        peer: super::fleet::id(PIKAFO),
        promotions: told.promotions,
    });
}

/// He has judged everybody himself. Who only saw it from outside has not.
#[test]
fn a_leader_that_tells_of_it_has_judged_everybody() {
    for (automatic, apart) in [(Some(true), false), (Some(false), false), (None, true)] {
        let mut scene = beside_a_sentinel();
        scene.meets_pikafo(PIKAFO);
        it_attaches_what_is_past(&mut scene);
        tells(&mut scene, automatic);
        assert_eq!(judged(&mut scene), apart, "{automatic:?}");
    }
}

/// This watcher led it, the only pikafo, and did not attach the one that is past the point. A Sentinel has.
#[test]
fn whom_its_leader_kept_is_judged_when_a_sentinel_attaches_it() {
    for (at, apart) in [(100, false), (150, true)] {
        let mut scene = beside_a_sentinel();
        stands(&mut scene, 3, at);
        it_promotes(&mut scene);
        tells(&mut scene, Some(true));
        scene.follows(3, Some(2));
        assert_eq!(judged(&mut scene), apart, "{at}");
    }
}

/// A person asks for a switchover in the time in which a leader could still be asked.
#[test]
fn who_is_not_judged_yet_is_not_promoted() {
    for (told, planned) in [(false, false), (true, true)] {
        let mut scene = beside_a_sentinel();
        scene.meets_pikafo(PIKAFO);
        it_attaches_what_is_past(&mut scene);
        if told {
            tells(&mut scene, Some(true));
        }
        let wish = Box::new(Wanted {
            kind: "promote".to_owned(),
            dry_run: true,
            ..Wanted::default()
        });
        let cluster = cluster();
        let reply = scene.ask(Request::Operate { cluster, wish });
        scene.pass(1_000);
        let reply = reply.or_else(|| scene.reply(1));
        assert_eq!(
            matches!(reply, Some(Reply::Planned { .. })),
            planned,
            "{reply:?}"
        );
        assert!(!scene.apart(3));
    }
}

/// A pikafo judges whomever it moves; one stock Sentinel among them is enough for doubt, until it shows what it is.
#[test]
fn where_all_watchers_are_pikafo_nobody_is_doubted() {
    let cases: &[(&str, Change, Change, bool)] = &[
        ("one of them", |s| s.meets_pikafo(SENTINEL), |_| (), false),
        ("both", |s| s.meets(SENTINEL), |_| (), true),
        (
            "it says in time that it is one",
            |s| s.meets(SENTINEL),
            |s| s.meets_pikafo(SENTINEL),
            false,
        ),
    ];
    for (case, before, after, apart) in cases {
        let mut scene = Scene::beside(&[PIKAFO]);
        before(&mut scene);
        it_attaches_what_is_past(&mut scene);
        after(&mut scene);
        assert_eq!(judged(&mut scene), *apart, "{case}");
    }
}

/// Redis compares histories by itself, and copies what differs.
#[test]
fn a_redis_is_not_doubted() {
    for redis in [false, true] {
        let mut scene = beside_a_sentinel();
        scene.servers.redis = redis;
        scene.look_at_all();
        it_attaches_what_is_past(&mut scene);
        assert_eq!(judged(&mut scene), !redis);
    }
}

/// An old master is level with the new one, or took nothing that anybody could know of; whoever was made one before our
/// eyes was led away from its master by that.
#[test]
fn a_master_of_its_own_stands_apart_unless_it_is_level() {
    for (at, apart) in [(100, false), (90, true), (110, true)] {
        let mut scene = beside_a_sentinel();
        it_promotes(&mut scene);
        scene.server(1).at = at;
        scene.back(1);
        scene.follows(1, Some(2));
        scene.pass(ASKED_US);
        assert_eq!(scene.apart(1), apart, "{at}");
    }
    let mut scene = beside_a_sentinel();
    it_promotes(&mut scene);
    stands(&mut scene, 3, 90);
    scene.follows(3, None);
    scene.follows(3, Some(2));
    assert!(!judged(&mut scene));
}

/// Whoever led it could not judge one that was not there.
#[test]
fn an_old_master_that_came_back_later_is_judged_whoever_led_the_change() {
    for (at, apart) in [(100, false), (90, false), (110, true)] {
        let mut scene = beside_a_sentinel();
        scene.meets_pikafo(PIKAFO);
        it_promotes(&mut scene);
        tells(&mut scene, Some(true));
        scene.server(1).at = at;
        scene.back(1);
        scene.follows(1, Some(2));
        scene.pass(ASKED_US);
        assert_eq!(scene.apart(1), apart, "{at}");
    }
}

/// It hung on the new master before that became one, and has whatever that one has.
#[test]
fn who_was_there_before_the_promotion_belongs_there() {
    for (before_us, apart) in [(LOOKS_US, true), (LOOKS_US + 1, false)] {
        let mut scene = beside_a_sentinel();
        scene.server(2).relays = true;
        stands(&mut scene, 3, 150);
        scene.follows(3, Some(2));
        scene.pass(before_us);
        it_promotes(&mut scene);
        assert_eq!(judged(&mut scene), apart, "{before_us}");
    }
}

fn follows(order: &Order) -> bool {
    matches!(order, Order::Follow { .. })
}

/// When a plan of this watcher's ended.
fn ended_us(scene: &Scene) -> Option<u64> {
    let ends = scene.did(|action| {
        matches!(action, Action::Journal { record, .. } if matches!(**record, Record::End { .. }))
    });
    ends.last().copied()
}

/// This watcher has judged it, and a look may be late to show where it is.
#[test]
fn whom_this_watcher_placed_is_not_doubted_for_that() {
    let left_behind = || {
        let mut scene = beside_a_sentinel();
        stands(&mut scene, 3, 100);
        it_promotes(&mut scene);
        scene
    };
    let mut scene = left_behind();
    scene.pass(9_000_000);
    let placed_us = ended_us(&scene).unwrap();
    scene.pass(11_000_000);
    assert_eq!(scene.ordered(3, follows).len(), 1, "it is moved once");
    assert!(!scene.apart(3));
    for (later_us, apart) in [(LOOKS_US, false), (LOOKS_US + 1, true)] {
        let mut scene = left_behind();
        scene.until(placed_us);
        scene.server(3).at = 150;
        scene.follows(3, Some(1));
        scene.until(placed_us + later_us);
        scene.follows(3, Some(2));
        assert_eq!(judged(&mut scene), apart, "{later_us}");
    }
}

fn led_away(order: &Order) -> bool {
    let how = FenceHow::Detached;
    *order == Order::Fence { how }
}

/// Of who was past the point it is known; of who may have been, another pikafo may know better.
#[test]
fn only_who_is_known_to_be_past_the_point_is_led_away() {
    let mut past = beside_a_sentinel();
    it_attaches_what_is_past(&mut past);
    let mut doubted = beside_a_sentinel();
    it_promotes(&mut doubted);
    doubted.follows(3, Some(2));
    for (scene, away) in [(&mut past, true), (&mut doubted, false)] {
        assert!(judged(scene));
        scene.pass(30_000_000);
        assert!(scene.apart(3));
        assert_eq!(!scene.ordered(3, led_away).is_empty(), away);
    }
}

/// What is known of it goes with what it holds: it was copied to since, and is attached once more.
#[test]
fn who_was_taken_in_since_is_not_led_away_for_what_it_was() {
    let mut scene = beside_a_sentinel();
    it_attaches_what_is_past(&mut scene);
    assert!(judged(&mut scene));
    scene.server(3).copying = true;
    scene.look(3);
    (scene.server(3).copying, scene.server(3).at) = (false, 100);
    scene.look(3);
    assert!(!scene.apart(3));
    scene.follows(3, Some(1));
    scene.back(1);
    scene.done.clear();
    scene.follows(3, Some(2));
    assert!(judged(&mut scene));
    scene.pass(30_000_000);
    assert!(scene.ordered(3, led_away).is_empty());
}
