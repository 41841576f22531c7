//! Fences that whoever put them up cannot lift.

use std::collections::BTreeMap;

use super::fleet::Fleet;
use super::nodes::Life;
use super::repairs::remembered;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::Action;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::told::Told;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::order::UserRules;
use crate::decide::sample;

const S: u64 = 1_000_000;
/// Another watcher than the scene's own, after which it comes.
const OTHER: u8 = 8;

fn acl(rule: &str) -> FenceHow {
    let users = vec![UserRules {
        name: "default".to_owned(),
        rules: vec![rule.to_owned()],
    }];
    FenceHow::Acl { users }
}

/// Watcher 2 has fenced node 2 in a repair that came to nothing. It does not reach the master, so it repairs nothing more.
fn left_fenced() -> Fleet {
    let mut fleet = Fleet::new(41);
    let two = sample::addr(2);
    fleet.crash(2);
    fleet.run_for(S);
    fleet.recall(2, |memory| {
        memory.fenced.insert(two.clone(), "a repair".to_owned());
        memory.fences.insert(two.clone(), acl("+@all"));
    });
    fleet.servers.all.get_mut(&two).unwrap().fenced = true;
    fleet.blind.push((2, sample::addr(1)));
    fleet.start(2);
    fleet.news(&two);
    fleet.run_for(10 * S);
    fleet
}

fn is_fenced(fleet: &Fleet) -> bool {
    fleet.servers.all[&sample::addr(2)].fenced
}

fn unsettled(fleet: &Fleet, watchers: impl IntoIterator<Item = usize>) -> usize {
    let all = watchers.into_iter();
    all.map(|w| fleet.memory(w).fences.len() + fleet.memory(w).rewrite_owed.len())
        .sum()
}

/// Whoever put it up is given time to lift it.
#[test]
fn another_watcher_lifts_what_its_owner_cannot() {
    let mut fleet = left_fenced();
    assert!(is_fenced(&fleet));
    fleet.run_for(20 * S);
    assert!(!is_fenced(&fleet));
    fleet.run_for(20 * S);
    assert_eq!(unsettled(&fleet, 0..2), 0);
    for watcher in 0..3 {
        assert_eq!(fleet.relive(watcher), None);
    }
    // And its owner forgets it once it can.
    fleet.blind.clear();
    fleet.news(&sample::addr(1));
    fleet.run_for(20 * S);
    assert_eq!(unsettled(&fleet, 0..3), 0);
}

#[test]
fn what_a_dead_watcher_has_told_of_its_fence_is_enough() {
    let mut fleet = left_fenced();
    fleet.crash(2);
    fleet.run_for(25 * S);
    assert!(!is_fenced(&fleet));
}

/// Nor is it known whose it is.
#[test]
fn nobody_lifts_a_fence_of_which_nobody_has_told() {
    let mut fleet = Fleet::new(42);
    let two = sample::addr(2);
    fleet.servers.all.get_mut(&two).unwrap().fenced = true;
    fleet.news(&two);
    fleet.run_for(120 * S);
    assert!(is_fenced(&fleet));
}

/// The most advanced replica stands behind the fence, and the master dies.
#[test]
fn a_failover_promotes_who_stands_behind_a_fence_and_lifts_it() {
    for owner_dies in [false, true] {
        let mut fleet = left_fenced();
        fleet.servers.all.get_mut(&sample::addr(3)).unwrap().at -= 50;
        fleet.news(&sample::addr(3));
        fleet.run_for(S);
        fleet.set_life(1, Life::Gone);
        if owner_dies {
            fleet.crash(2);
        }
        let two = Some(sample::addr(2));
        fleet.run_until(5 * S, |fleet| {
            (0..2).all(|watcher| fleet.master_by(watcher) == two)
        });
        fleet.run_for(S);
        assert_eq!(fleet.servers.writable(), [sample::addr(2)]);
        assert!(fleet.servers.saved_as_master(&sample::addr(2)));
        assert!(!fleet.servers.all[&sample::addr(2)].fence_saved);
        fleet.run_for(10 * S);
        assert_eq!(unsettled(&fleet, 0..2), 0);
        for watcher in 0..2 {
            assert_eq!(fleet.relive(watcher), None);
        }
    }
}

/// Watcher 2 has fenced node 1, which follows another since; it is the master that all watchers know.
fn the_master_follows(follows: u8) -> Fleet {
    let mut fleet = Fleet::new(43);
    let one = sample::addr(1);
    fleet.crash(2);
    fleet.run_for(S);
    fleet.recall(2, |memory| {
        memory.fenced.insert(one.clone(), "a repair".to_owned());
        memory.fences.insert(one.clone(), acl("+@all"));
    });
    let master = fleet.servers.all.get_mut(&one).unwrap();
    master.fenced = true;
    master.follows = Some(sample::addr(follows));
    fleet.start(2);
    fleet.news(&one);
    fleet
}

/// Nobody else is one, and the first watcher leads.
#[test]
fn a_master_that_is_made_one_again_is_freed_of_another_watchers_fence() {
    let mut fleet = the_master_follows(2);
    fleet.run_until(20 * S, |fleet| {
        fleet.servers.writable() == [sample::addr(1)]
    });
    fleet.run_for(10 * S);
    assert!(!fleet.servers.all[&sample::addr(1)].fence_saved);
    assert_eq!(unsettled(&fleet, 0..2), 0);
}

/// A watcher beside another, who is asked about the fence on node 2 and answers this; for so many seconds. How often it was
/// asked, and whether the fence is up.
struct Beside(Scene);

impl Beside {
    fn new() -> Self {
        let mut scene = Scene::beside(&[OTHER]);
        scene.server(2).fenced = true;
        scene.look(2);
        Self(scene)
    }

    /// It put that fence up itself, before it was started again.
    fn with_its_own() -> Self {
        Self(with_its_own(|scene| scene.meets_pikafo(OTHER)))
    }

    fn answered(&mut self, seconds: u64, told: &Told) -> (usize, bool) {
        let scene = &mut self.0;
        let asks = |scene: &Scene| scene.did(|a| matches!(a, Action::AskFences { .. })).len();
        let first = asks(scene);
        let mut heard = 0;
        for _ in 0..seconds * 10 {
            scene.pass(S / 10);
            if asks(scene) > heard {
                heard = asks(scene);
                scene.is_told(OTHER, told);
            }
        }
        (asks(scene) - first, scene.server(2).fenced)
    }
}

/// A watcher that put the fence on node 2 up itself, before it was started again.
fn with_its_own(meets: fn(&mut Scene)) -> Scene {
    let two = sample::addr(2);
    let mut memory = remembered();
    memory.fenced.insert(two.clone(), "a repair".to_owned());
    memory.fences.insert(two, acl("+@all"));
    let mut scene = Scene::begun(sample::spec(), memory, Durable::default());
    meets(&mut scene);
    scene.server(2).fenced = true;
    scene.look_at_all();
    scene
}

fn told(rule: &str) -> Told {
    Told {
        fences: BTreeMap::from([(sample::addr(2), acl(rule))]),
        ..Told::default()
    }
}

#[test]
fn a_fence_stays_while_its_owner_is_at_work_on_the_node() {
    let mut busy = told("+@all");
    busy.busy.insert(sample::addr(2));
    let mut beside = Beside::new();
    let (asked, fenced) = beside.answered(120, &busy);
    assert!(fenced);
    assert!(asked <= 15, "{asked} questions in two minutes");
    let (_, fenced) = beside.answered(60, &told("+@all"));
    assert!(!fenced);
    let lifts = |order: &Order| matches!(order, Order::Unfence { how } if *how == acl("+@all"));
    assert_eq!(beside.0.ordered(2, lifts).len(), 1);
}

/// Its owner may have seen more of it than this watcher has.
#[test]
fn nobody_is_led_away_whom_the_owner_of_its_fence_keeps_apart() {
    let mut apart = told("+@all");
    let why = "it could take writes since".to_owned();
    apart.apart.insert(sample::addr(2), why);
    let mut scene = Scene::of(sample::spec(), remembered());
    scene.meets_pikafo(OTHER);
    scene.server(2).fenced = true;
    scene.follows(2, None);
    let mut beside = Beside(scene);
    let (asked, _) = beside.answered(120, &apart);
    assert_eq!(beside.0.server(2).follows, None);
    assert!(asked <= 130, "{asked} questions in two minutes");
    beside.answered(20, &told("+@all"));
    assert_eq!(beside.0.server(2).follows, Some(sample::addr(1)));
}

/// What it holds is to be discarded.
#[test]
fn whoever_is_to_be_copied_to_is_led_away_all_the_same() {
    let mut apart = told("+@all");
    apart
        .apart
        .insert(sample::addr(2), "it diverged".to_owned());
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    let mut scene = Scene::of(spec, remembered());
    scene.meets_pikafo(OTHER);
    scene.server(2).fenced = true;
    scene.server(2).at = 150;
    scene.follows(2, None);
    let mut beside = Beside(scene);
    beside.answered(120, &apart);
    assert_eq!(beside.0.server(2).follows, Some(sample::addr(1)));
}

/// A pikafo that says nothing is waited for, and a stock Sentinel, which never will, is not.
#[test]
fn nobody_waits_for_what_a_sentinel_would_say_of_fences() {
    let lifted_after = |meets: fn(&mut Scene)| {
        let mut scene = with_its_own(meets);
        let began_us = scene.now_us;
        for _ in 0..1_000 {
            if !scene.server(2).fenced {
                break;
            }
            scene.pass(S / 100);
        }
        scene.now_us - began_us
    };
    let silent = lifted_after(|scene| scene.meets_pikafo(OTHER));
    let sentinel = lifted_after(|scene| scene.meets(OTHER));
    assert!(sentinel + 2 * S < silent, "{sentinel} {silent}");
}

/// Whoever left it may have promoted that one, and it is not known here yet.
#[test]
fn a_master_is_not_freed_beside_another_that_takes_writes() {
    for other in [false, true] {
        let one = sample::addr(1);
        let mut memory = remembered();
        let why = "another pikafo leaves it fenced".to_owned();
        memory.fenced.insert(one.clone(), why);
        memory.fences.insert(one, acl("+@all"));
        let mut spec = sample::spec();
        spec.master = Some(sample::addr(1));
        let mut scene = Scene::begun(spec, memory, Durable::default());
        scene.meets_pikafo(OTHER);
        scene.server(1).fenced = true;
        if other {
            scene.server(2).follows = None;
        }
        scene.look_at_all();
        let (mut freed_s, mut heard) = (None, 0);
        for tenth in 0..600 {
            scene.pass(S / 10);
            let asks = scene.did(|a| matches!(a, Action::AskFences { .. })).len();
            if asks > heard {
                heard = asks;
                scene.is_told(OTHER, &Told::default());
            }
            let writable = scene.servers.writable();
            assert!(writable.len() <= 1, "{writable:?}");
            if !scene.server(1).fenced {
                freed_s = freed_s.or(Some(tenth / 10));
            }
        }
        assert!(freed_s.is_some(), "{other}");
    }
}

/// Its owner has been dead since, and does not know whose it is by now.
#[test]
fn nor_does_who_fenced_it_before_lift_what_another_works_behind() {
    for aside in [true, false] {
        let mut at_work = Told {
            aside,
            ..Told::default()
        };
        if !aside {
            at_work.busy.insert(sample::addr(2));
            at_work.fences = told("+@all").fences;
        }
        let mut beside = Beside::with_its_own();
        let (_, fenced) = beside.answered(60, &at_work);
        assert!(fenced, "{aside}");
        let (_, fenced) = beside.answered(2, &Told::default());
        assert!(!fenced, "{aside}");
    }
}

/// It makes it master, and waits until clients can write.
#[test]
fn what_is_at_work_on_a_node_that_it_has_not_fenced_keeps_no_fence_on_it() {
    let busy = Told {
        busy: [sample::addr(2)].into(),
        ..Told::default()
    };
    let (_, fenced) = Beside::with_its_own().answered(3, &busy);
    assert!(!fenced);
}

/// It was at work on it when it was lost.
#[test]
fn whoever_is_silent_is_at_work_no_more() {
    let mut busy = told("+@all");
    busy.busy.insert(sample::addr(2));
    let mut beside = Beside::new();
    let (_, fenced) = beside.answered(10, &busy);
    assert!(fenced);
    beside.0.watcher_quiet(OTHER);
    let (asked, fenced) = beside.answered(20, &busy);
    assert!(!fenced);
    assert_eq!(asked, 0);
}

#[test]
fn whom_anybody_keeps_apart_stays_fenced() {
    let mut apart = told("+@all");
    apart.apart.insert(sample::addr(2), "diverged".to_owned());
    let mut beside = Beside::new();
    let (_, fenced) = beside.answered(120, &apart);
    assert!(fenced);
    beside.0.watcher_quiet(OTHER);
    let (_, fenced) = beside.answered(60, &apart);
    assert!(fenced, "its last word");
}

/// Who put it up is asked as soon as it is seen, for he may be lost before the node is in order.
#[test]
fn what_a_dead_watcher_has_told_of_a_node_that_was_not_in_order_yet_is_enough() {
    let mut scene = Scene::beside(&[OTHER]);
    scene.server(2).cut = true;
    scene.server(2).fenced = true;
    scene.look(2);
    let mut beside = Beside(scene);
    beside.answered(10, &told("+@all"));
    let mut scene = beside.0;
    scene.watcher_quiet(OTHER);
    scene.server(2).cut = false;
    scene.look(2);
    scene.pass(20 * S);
    assert!(scene.server(2).fenced, "it may be back");
    scene.pass(10 * S);
    assert!(!scene.server(2).fenced);
}

/// It was lifted a moment ago, and whoever is copied to takes writes while it has no master.
#[test]
fn nobody_is_led_away_behind_a_fence_that_was_not_looked_for_just_now() {
    for lifted in [true, false] {
        let mut spec = by_itself();
        spec.terms.resync_diverged = true;
        let mut scene = Scene::of(spec, remembered());
        (scene.server(3).torn, scene.server(3).fenced) = (true, true);
        scene.look(3);
        scene.pass(S);
        scene.server(3).fenced = !lifted;
        scene.pass(20 * S);
        let fenced = scene.ordered(3, |order| matches!(order, Order::Fence { .. }));
        let copied = scene.ordered(3, |order| {
            matches!(order, Order::Follow { force: true, .. })
        });
        assert_eq!(copied.len(), 1);
        assert_eq!(fenced.first().is_some_and(|at| *at < copied[0]), lifted);
    }
}

/// Laid over another, it says nothing of how the node was before.
#[test]
fn a_fence_is_not_lifted_to_another_one() {
    let mut beside = Beside::new();
    let (_, fenced) = beside.answered(120, &told("-@write"));
    assert!(fenced);
    assert!(beside.0.ordered(2, Order::acts).is_empty());
}
