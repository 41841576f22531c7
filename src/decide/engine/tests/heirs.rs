//! Who is master by now although nobody has told of it, and who only says so.

use super::nodes::Life;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const S: u64 = 1_000_000;
const SWITCHES: &str = "+switch-master";

/// Somebody has promoted the second node in place of the first, and is lost before he tells; then the first is gone.
fn heir_after(before: impl Fn(&mut Scene)) -> Option<Addr> {
    heir_by(by_itself(), before)
}

fn heir_by(spec: Spec, before: impl Fn(&mut Scene)) -> Option<Addr> {
    let mut scene = Scene::of(spec, Memory::default());
    scene.meets_pikafo(7);
    scene.follows(2, None);
    before(&mut scene);
    scene.master_dies(&[7]);
    scene.pass(100_000);
    scene.votes(7, ME, 1);
    scene.pass(3_000_000);
    let switched = !scene.said(SWITCHES).is_empty();
    switched.then(|| scene.master())
}

#[test]
fn a_replica_that_somebody_has_promoted_before_our_eyes_is_the_heir_of_a_dead_master() {
    assert_eq!(heir_after(|_| ()), Some(sample::addr(2)));
    let fenced = |scene: &mut Scene| {
        scene.server(2).fenced = true;
        scene.look(2);
    };
    assert_eq!(
        heir_after(fenced),
        Some(sample::addr(3)),
        "it takes no writes"
    );
}

#[test]
fn whoever_has_less_than_another_that_answers_is_no_heir() {
    let ahead = |scene: &mut Scene, node: u8| {
        scene.server(node).at += 1;
        scene.look(node);
    };
    assert_eq!(heir_after(|scene| ahead(scene, 3)), None);
    assert_eq!(heir_after(|scene| ahead(scene, 1)), Some(sample::addr(2)));
    let silent = |scene: &mut Scene| {
        ahead(scene, 3);
        scene.hangs(3);
    };
    assert_eq!(
        heir_after(silent),
        Some(sample::addr(2)),
        "it cannot be asked"
    );
}

/// It has lost what it had as a replica, though nobody who answers has more: nobody has promoted that.
#[test]
fn whoever_has_less_than_it_had_as_a_replica_is_no_heir() {
    let stand_at = |at: u64| {
        move |scene: &mut Scene| {
            for node in [2, 3] {
                scene.server(node).at = at;
                scene.look(node);
            }
        }
    };
    assert_eq!(heir_after(stand_at(100)), Some(sample::addr(2)));
    assert_eq!(heir_after(stand_at(99)), None);
}

/// Pika 3.4 names no run, and its uptime is too coarse: whoever answers where nothing listened was started since.
#[test]
fn whoever_is_back_as_a_master_where_nothing_listened_is_no_heir() {
    let back_after = |silence: fn(&mut Scene, u8)| {
        heir_after(|scene| {
            scene.follows(2, Some(1));
            silence(scene, 2);
            let server = scene.server(2);
            (server.life, server.follows) = (Life::Runs, None);
            scene.back(2);
        })
    };
    assert_eq!(back_after(Scene::hangs), Some(sample::addr(2)));
    assert_eq!(back_after(Scene::gone), None);
}

/// What the dead master had and the heir lacks is counted against `max_loss`, that much included.
#[test]
fn an_heir_that_has_lost_more_than_may_be_lost_is_none() {
    let heir = |lost: u64| {
        let mut spec = by_itself();
        spec.terms.max_loss = 100;
        heir_by(spec, |scene| {
            scene.server(1).at += lost;
            scene.look(1);
        })
    };
    assert_eq!(heir(100), Some(sample::addr(2)));
    assert_eq!(heir(101), None);
}

/// It refuses writes and nobody here has fenced it: whoever switches over is given eight seconds to say that he has done.
#[test]
fn whoever_takes_the_writes_of_a_fenced_master_is_the_heir_when_nobody_tells_in_time() {
    for (others, turn_us) in [(&[7][..], 0), (&[1, 2], 3_000_000)] {
        let mut scene = Scene::new();
        for other in others {
            scene.meets_pikafo(*other);
        }
        scene.server(1).fenced = true;
        scene.look(1);
        scene.pass(1_000_000);
        scene.follows(2, None);
        let promoted_us = scene.now_us;
        scene.pass(20_000_000);
        let stands = scene.said(STANDS).first().copied();
        assert_eq!(
            stands,
            Some(promoted_us + 8_000_000 + turn_us),
            "{others:?}"
        );
    }
}

/// It was fenced by this watcher, or takes writes: then a replica that takes itself for a master is set right.
#[test]
fn a_master_that_is_in_order_is_not_overthrown() {
    let mut scene = Scene::by_itself();
    scene.follows(2, None);
    scene.pass(30_000_000);
    assert!(scene.never(SWITCHES));
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// The master follows the second node now, which somebody has promoted and told nobody of.
#[test]
fn a_master_that_follows_another_is_given_up_for_it_after_three_seconds() {
    for (others, turn_us) in [(&[7][..], 0), (&[1, 2], 2_000_000)] {
        let mut scene = Scene::new();
        for other in others {
            scene.meets_pikafo(*other);
        }
        scene.follows(2, None);
        scene.follows(1, Some(2));
        let since_us = scene.now_us;
        scene.pass(20_000_000);
        let stands = scene.said(STANDS).first().copied();
        assert_eq!(stands, Some(since_us + 3_000_000 + turn_us), "{others:?}");
    }
    let mut scene = Scene::by_itself();
    scene.follows(2, None);
    scene.follows(1, Some(2));
    scene.pass(20_000_000);
    assert_eq!(scene.master(), sample::addr(2));
    assert_eq!(scene.server(2).follows, None);
}

/// The master as whom it is made again, when it follows the second node after `before`.
fn master_after(before: impl Fn(&mut Scene)) -> Addr {
    let mut scene = Scene::by_itself();
    before(&mut scene);
    scene.pass(30_000_000);
    let master = scene.master();
    assert_eq!(scene.servers.role(&master), Role::Master);
    master
}

#[test]
fn a_master_that_a_restart_has_made_a_replica_is_made_a_master_again() {
    let comes_back = |scene: &mut Scene| {
        scene.server(1).saved = Some(sample::addr(2));
        scene.gone(1);
        scene.back(1);
    };
    assert_eq!(master_after(comes_back), sample::addr(1));
    // The other is a master as well, by a restart of its own.
    let both = |scene: &mut Scene| {
        scene.server(2).saved = None;
        scene.gone(2);
        scene.back(2);
        comes_back(scene);
    };
    assert_eq!(master_after(both), sample::addr(1));
    // Others come to follow it meanwhile, which is no other role.
    let followed = |scene: &mut Scene| {
        both(scene);
        scene.pass(100_000);
        scene.sees(1, |seen| seen.replication.role = Role::Chained);
    };
    assert_eq!(master_after(followed), sample::addr(1));
    // Somebody has told the other to be master.
    let told = |scene: &mut Scene| {
        scene.follows(2, None);
        comes_back(scene);
    };
    assert_eq!(master_after(told), sample::addr(2));
}

#[test]
fn whom_a_master_follows_that_cannot_be_master_is_no_heir() {
    let follows_a_replica = |scene: &mut Scene| scene.follows(1, Some(2));
    assert_eq!(master_after(follows_a_replica), sample::addr(1));
    let follows_one_that_is_fenced = |scene: &mut Scene| {
        scene.server(2).fenced = true;
        scene.follows(2, None);
        scene.follows(1, Some(2));
    };
    assert_eq!(master_after(follows_one_that_is_fenced), sample::addr(1));
}

/// A watcher that is started when the master is a replica already, of a node that is a master.
fn started_late(others: &[u8], before: impl Fn(&mut Scene)) -> Scene {
    let spec = Spec {
        master: Some(sample::addr(1)),
        ..by_itself()
    };
    let mut scene = Scene::begun(spec, Memory::default(), Durable::default());
    for other in others {
        scene.meets_pikafo(*other);
    }
    scene.server(2).follows = None;
    scene.server(1).follows = Some(sample::addr(2));
    before(&mut scene);
    scene.look_at_all();
    scene
}

/// Whoever saw more goes first.
#[test]
fn who_has_never_seen_the_master_as_one_waits_three_seconds_more() {
    for (others, turn_us) in [(&[][..], 0), (&[1], 1_000_000)] {
        let mut scene = started_late(others, |_| ());
        let since_us = scene.now_us;
        scene.pass(20_000_000);
        let stands = scene.said(STANDS).first().copied();
        assert_eq!(stands, Some(since_us + 6_000_000 + turn_us), "{others:?}");
    }
}

/// Both are younger than the watcher: they are what their files say, and nobody has switched over.
#[test]
fn two_that_came_back_together_are_made_what_they_were() {
    let made = |ages: [Option<u64>; 2]| {
        let mut scene = started_late(&[], |scene| {
            for (node, age) in [1, 2].into_iter().zip(ages) {
                scene.server(node).uptime_s = age;
            }
        });
        scene.pass(30_000_000);
        scene.master()
    };
    let (old, new) = (Some(86_400), Some(0));
    assert_eq!(made([new, new]), sample::addr(1));
    assert_eq!(made([new, old]), sample::addr(2), "it was promoted");
    assert_eq!(made([old, new]), sample::addr(2), "it was moved");
    assert_eq!(made([None, None]), sample::addr(2), "nobody knows");
}

/// It was made master once in the place of another, as far as is on record.
#[test]
fn who_was_promoted_in_place_of_another_is_not_the_heir_of_this_one() {
    let heir = |from: u8| {
        let promotion = Promotion {
            node: sample::addr(2),
            from: Some(sample::addr(from)),
            point: sample::at(0, 100),
            at: "2027-01-15T00:00:00Z".to_owned(),
            planned: false,
            automatic: None,
            apart: false,
            seen: Vec::new(),
        };
        let memory = Memory {
            promotions: vec![promotion],
            ..Memory::default()
        };
        let mut scene = Scene::of(by_itself(), memory);
        scene.follows(2, None);
        scene.master_dies(&[]);
        scene.pass(S);
        !scene.never(SWITCHES)
    };
    assert!(heir(1));
    assert!(!heir(9));
}

/// It has been restarted, and whom it follows has taken nothing since it became master itself: nobody writes there.
#[test]
fn a_master_that_follows_one_that_took_nothing_is_made_a_master_again() {
    let made = |at: u64| {
        let promotion = |node: u8, from: u8, point: u64| Promotion {
            node: sample::addr(node),
            from: Some(sample::addr(from)),
            point: sample::at(0, point),
            at: "2027-01-15T00:00:00Z".to_owned(),
            planned: false,
            automatic: None,
            apart: false,
            seen: Vec::new(),
        };
        let memory = Memory {
            promotions: vec![promotion(3, 2, 500), promotion(1, 2, 100)],
            ..Memory::default()
        };
        let spec = Spec {
            master: Some(sample::addr(1)),
            ..by_itself()
        };
        let mut scene = Scene::begun(spec, memory, Durable::default());
        scene.server(2).follows = None;
        scene.server(2).at = at;
        scene.server(2).uptime_s = Some(86_400);
        scene.server(1).follows = Some(sample::addr(2));
        scene.server(1).uptime_s = Some(0);
        scene.look_at_all();
        scene.pass(30 * S);
        scene.master()
    };
    assert_eq!(made(100), sample::addr(1));
    assert_eq!(made(110), sample::addr(2), "clients have written there");
}
