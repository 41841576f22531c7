//! Who has come past the promotion point below the master, and follows somebody else by now.

use super::fleet::id;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::told::Told;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;
use crate::decide::view::Sample;

const S: u64 = 1_000_000;

type Happens = fn(&mut Scene);

fn promoted(point: u64, at: &str) -> Promotion {
    Promotion {
        node: sample::addr(1),
        from: Some(sample::addr(2)),
        point: sample::at(0, point),
        at: at.to_owned(),
        planned: true,
        automatic: Some(true),
        apart: false,
        seen: Vec::new(),
    }
}

/// The master was promoted at 50. The third node follows the second, which follows the master, and all have come to 200.
fn chained() -> Scene {
    let memory = Memory {
        promotions: vec![promoted(50, "2027-01-15T07:00:00Z")],
        ..Memory::default()
    };
    let mut scene = Scene::of(sample::spec(), memory);
    scene.server(2).relays = true;
    scene.look(2);
    scene.follows(3, Some(2));
    scene.server(3).saved = Some(sample::addr(2));
    come_to(&mut scene, 200);
    scene
}

fn come_to(scene: &mut Scene, at: u64) {
    for node in 1..=3 {
        scene.pass(S / 10);
        scene.server(node).at = at;
        scene.look(node);
    }
}

/// The second node is gone, and comes back empty; the third had got a little more by then, or not.
fn emptied(scene: &mut Scene, third: u64) {
    scene.gone(2);
    scene.server(2).relays = false;
    scene.server(1).at = 210;
    scene.server(3).at = third;
    scene.pass(S / 10);
    scene.look(3);
    scene.look(1);
    scene.server(2).at = 0;
    scene.pass(S);
    scene.back(2);
}

/// The second node is gone, which the third sees, and comes back empty.
fn is_cut_off_by_the_second(scene: &mut Scene) {
    scene.server(2).relays = false;
    scene.gone(2);
    scene.look(3);
    scene.server(2).at = 0;
    scene.back(2);
}

fn is_led_back(scene: &mut Scene) -> bool {
    scene.server(1).at = 300;
    scene.look(1);
    scene.pass(30 * S);
    let back = scene.server(3).follows == Some(sample::addr(1));
    assert_eq!(scene.apart(3), !back);
    back
}

#[test]
fn who_came_past_the_point_below_the_master_is_led_back_from_whoever_was_emptied() {
    for third in [200, 210] {
        let mut scene = chained();
        emptied(&mut scene, third);
        assert!(is_led_back(&mut scene), "{third}");
    }
}

#[test]
fn a_candidate_that_was_no_heir_in_the_end_keeps_nobody() {
    let mut scene = chained();
    scene.follows(3, Some(1));
    scene.server(2).relays = false;
    scene.follows(3, Some(2));
    scene.look(2);
    assert!(is_led_back(&mut scene));
}

/// Whatever happens between its link to the master and the judgement, or does not.
#[test]
fn nobody_is_led_back_who_may_hold_something_else() {
    let cases: &[(&str, Happens)] = &[
        ("it received something from the emptied one", |scene| {
            emptied(scene, 200);
            scene.server(3).at = 205;
            scene.look(3);
        }),
        ("it was started again with more", |scene| {
            scene.server(3).at = 205;
            scene.server(3).cut = true;
            scene.servers.restart(&sample::addr(3));
            scene.look(3);
            scene.server(3).cut = false;
            emptied(scene, 205);
        }),
        ("it was a master until the other was gone", |scene| {
            scene.follows(3, None);
            scene.server(3).at = 205;
            scene.look(3);
            scene.server(3).follows = Some(sample::addr(2));
            emptied(scene, 205);
        }),
        ("the one above it was a master", |scene| {
            scene.follows(2, None);
            scene.server(3).at = 205;
            scene.look(3);
            emptied(scene, 205);
        }),
        ("the one above it was one until it was gone", |scene| {
            scene.follows(2, None);
            emptied(scene, 205);
        }),
        ("the master came back without what it had", |scene| {
            scene.gone(1);
            scene.server(1).at = 190;
            scene.back(1);
            scene.gone(2);
            scene.server(2).relays = false;
            scene.look(3);
            scene.server(2).at = 0;
            scene.back(2);
        }),
        ("another promotion is told of", |scene| {
            scene.meets_pikafo(7);
            scene.tell(Event::Learned {
                cluster: cluster(),
                peer: id(7),
                promotions: vec![promoted(60, "2027-01-15T07:30:00Z")],
            });
            emptied(scene, 200);
        }),
        ("the master was silent when it lost its link", |scene| {
            scene.hangs(1);
            emptied(scene, 205);
            scene.back(1);
        }),
    ];
    for (what, happens) in cases {
        let mut scene = chained();
        happens(&mut scene);
        assert!(!is_led_back(&mut scene), "{what}");
    }
}

/// Whoever lacks what came before its stream is never where the one above it was.
#[test]
fn who_was_never_level_is_not_vouched_for() {
    let mut scene = chained();
    scene.server(3).at = 0;
    scene.look(3);
    scene.pass(S / 2);
    scene.server(3).at = 150;
    scene.look(3);
    is_cut_off_by_the_second(&mut scene);
    assert!(!is_led_back(&mut scene));
}

/// That one was the master before, and what it has had since it was replaced was this master's.
#[test]
fn who_follows_a_replaced_master_that_is_gone_is_led_back() {
    let mut scene = chained();
    scene.server(2).relays = false;
    scene.gone(2);
    scene.look(3);
    assert!(is_led_back(&mut scene));
}

/// Everything goes on all the time: it is never seen where the one above it is, but where that one was a moment ago.
#[test]
fn under_load_it_need_not_be_where_the_one_above_it_is() {
    for lacks in [0, 60] {
        let mut scene = chained();
        scene.server(3).at = 0;
        scene.look(3);
        for at in [250, 270, 290] {
            scene.server(1).at = at;
            scene.server(2).at = at;
            scene.look(1);
            scene.look(2);
            scene.pass(3 * S / 10);
            scene.server(2).at = at + 10;
            scene.look(2);
            scene.server(3).at = at + 5 - lacks;
            scene.look(3);
        }
        scene.server(1).at = 400;
        scene.look(1);
        is_cut_off_by_the_second(&mut scene);
        assert_eq!(is_led_back(&mut scene), lacks == 0, "{lacks}");
    }
}

/// One database goes on where another's link is refused: what it gets comes from the same.
#[test]
fn what_it_gets_beside_a_refused_link_counts() {
    for from_the_master in [true, false] {
        let mut scene = chained();
        scene.server(3).refused = true;
        scene.look(3);
        for server in 1..=2 {
            scene.server(server).at = 208;
            scene.look(server);
        }
        if !from_the_master {
            scene.follows(2, None);
        }
        scene.server(3).at = 205;
        scene.look(3);
        scene.server(3).refused = false;
        emptied(&mut scene, 205);
        assert_eq!(is_led_back(&mut scene), from_the_master);
    }
}

/// One that was started since has not seen how it came to where it is.
#[test]
fn another_watcher_may_have_seen_it() {
    for (stood, master, back) in [(200, 1, true), (200, 4, false), (190, 1, false)] {
        let mut beside = chained();
        emptied(&mut beside, 200);
        let mut told = word(&mut beside);
        let of_third = |sample: &Sample| sample.node == sample::addr(3) && sample.as_replica;
        assert!(told.samples.iter().any(of_third));
        for sample in &mut told.samples {
            if !sample.as_replica {
                sample.node = sample::addr(master);
            } else if sample.node == sample::addr(3) {
                sample.position = sample::at(0, stood);
            }
        }
        let mut scene = unknowing(0);
        let mut asked = false;
        for _ in 0..300 {
            scene.pass(S / 10);
            let asks = scene.did(|a| matches!(a, Action::AskFences { .. })).len();
            if asks > 0 && !asked {
                asked = true;
                scene.is_told(7, &told);
            }
        }
        assert!(asked);
        assert_eq!(is_led_back(&mut scene), back, "{stood} {master}");
    }
}

/// A word of before the last promotion came round may be of the master before.
#[test]
fn whoever_spoke_at_once_may_not_have_heard_of_the_master() {
    let mut beside = chained();
    emptied(&mut beside, 200);
    let mut scene = unknowing(0);
    scene.is_told(7, &word(&mut beside));
    assert!(!is_led_back(&mut scene));
}

/// Another one has vouched for it, and it has come on since, to where nobody has seen it level.
#[test]
fn what_came_since_it_was_vouched_for_may_be_anything() {
    for stood in [200, 190] {
        let mut beside = chained();
        beside.server(3).at = stood;
        beside.look(3);
        let mut scene = unknowing(205);
        scene.pass(9 * S);
        scene.is_told(7, &word(&mut beside));
        scene.look(3);
        emptied(&mut scene, 200);
        assert_eq!(is_led_back(&mut scene), stood == 200, "{stood}");
    }
}

/// What another watcher tells.
fn word(beside: &mut Scene) -> Told {
    let picture = beside.engine.snapshot();
    picture.cluster(&cluster()).unwrap().tells.clone()
}

/// It has been started once the second node had come back empty, or where it had not been emptied at all.
fn unknowing(second: u64) -> Scene {
    let memory = Memory {
        promotions: vec![promoted(50, "2027-01-15T07:00:00Z")],
        ..Memory::default()
    };
    let mut spec = sample::spec();
    spec.master = Some(sample::addr(1));
    let mut scene = Scene::begun(spec, memory, Durable::default());
    scene.meets_pikafo(7);
    scene.server(1).at = 210;
    scene.server(2).at = second;
    scene.server(2).relays = second > 0;
    scene.server(3).at = 200;
    scene.server(3).follows = Some(sample::addr(2));
    scene.server(3).saved = Some(sample::addr(2));
    scene.look_at_all();
    scene
}

/// Those who were below the old master are judged by where the new one was promoted.
#[test]
fn another_master_vouches_for_nobody_who_was_below_the_one_before() {
    let mut scene = chained();
    scene.meets_pikafo(7);
    scene.server(1).at = 180;
    scene.follows(1, None);
    scene.hello(7, 2, 9);
    scene.server(2).at = 300;
    scene.follows(2, None);
    scene.follows(1, Some(2));
    scene.hello(7, 1, 10);
    scene.follows(1, None);
    assert!(!is_led_back(&mut scene));
}
