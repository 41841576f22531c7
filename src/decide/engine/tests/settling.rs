//! What settles by itself in time, and what does not: a dispute about the master, and one that loads after a restart.

use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::Action;
use crate::decide::engine::spec::Spec;
use crate::decide::sample;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;

/// Another watcher names the second node, which follows the first, in the same epoch.
fn disputed(others: &[u8]) -> Scene {
    let mut scene = Scene::new();
    scene.meets(7);
    for other in others {
        scene.meets_pikafo(*other);
    }
    scene.hello(7, 2, 0);
    scene
}

#[test]
fn whoever_names_a_replica_as_master_is_told_of_a_later_epoch_after_eight_seconds() {
    for (others, turn_us) in [(&[][..], 0), (&[1, 2], 2 * S)] {
        let mut scene = disputed(others);
        let since_us = scene.now_us;
        scene.pass(5 * S);
        // It says so again, which is nothing new.
        scene.hello(7, 2, 0);
        scene.pass(15 * S);
        let stands = scene.said(STANDS).first().copied();
        assert_eq!(stands, Some(since_us + 8 * S + turn_us), "{others:?}");
    }
}

#[test]
fn a_dispute_that_takes_another_turn_begins_anew() {
    let mut scene = disputed(&[]);
    scene.pass(5 * S);
    scene.hello(7, 3, 0);
    let since_us = scene.now_us;
    scene.pass(20 * S);
    assert_eq!(scene.said(STANDS).first(), Some(&(since_us + 8 * S)));
}

#[test]
fn a_dispute_in_which_the_nodes_do_not_show_who_is_right_is_left_to_a_person() {
    let settles = |before: fn(&mut Scene)| {
        let mut scene = disputed(&[]);
        before(&mut scene);
        scene.pass(30 * S);
        !scene.never(STANDS)
    };
    assert!(settles(|_| ()));
    assert!(!settles(|scene| scene.watcher_quiet(7)), "it is gone");
    let fenced = |scene: &mut Scene| {
        scene.server(1).fenced = true;
        scene.look(1);
    };
    assert!(!settles(fenced), "ours takes no writes");
    assert!(!settles(|scene| scene.hangs(2)), "its own is out of sight");
    let elsewhere = |scene: &mut Scene| {
        scene.server(3).relays = true;
        scene.follows(2, Some(3));
    };
    assert!(!settles(elsewhere), "its own does not follow ours");
}

/// A master may load for three seconds after a restart.
fn restarted() -> Scene {
    let spec = Spec {
        reboot_down_after_ms: Some(3000),
        ..by_itself()
    };
    let mut scene = Scene::of(spec, Memory::default());
    scene.gone(1);
    scene.pass(100_000);
    scene.server(1).loading = true;
    scene.servers.unheard = Some(sample::addr(1));
    scene.done.clear();
    scene.back(1);
    scene
}

fn looks(scene: &Scene) -> Vec<u64> {
    scene.did(|a| matches!(a, Action::Look { node, .. } if *node == sample::addr(1)))
}

#[test]
fn a_master_that_loads_is_down_when_its_time_is_over() {
    let mut scene = restarted();
    let since_us = scene.now_us;
    scene.until(since_us + 3 * S - 1);
    assert!(scene.never("+sdown"));
    scene.pass(1);
    assert_eq!(scene.said("+sdown"), [scene.now_us]);
    let text = |scene: &Scene| scene.plan().map(|p| p.evidence.join(" "));
    scene.pass(S);
    let why = text(&scene).unwrap();
    assert!(
        why.contains("loads its data for more than 3000 ms"),
        "{why}"
    );
}

/// Whether it serves again is known by a look only.
#[test]
fn a_master_that_loads_is_looked_at_five_times_a_second_until_it_serves() {
    let mut scene = restarted();
    // Once at its return, for a restart shows in a full look only.
    let back_us = scene.now_us;
    assert_eq!(looks(&scene), [back_us]);
    scene.pass(1_000);
    scene.done.clear();
    scene.pass(2 * S);
    let looked = looks(&scene);
    assert_eq!(looked.len(), 9, "{looked:?}");
    let apart: Vec<u64> = looked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        apart.iter().all(|us| (200_000..=201_000).contains(us)),
        "{apart:?}"
    );
    scene.server(1).loading = false;
    scene.servers.unheard = None;
    scene.look(1);
    scene.pass(500_000);
    scene.done.clear();
    scene.pass(10 * S);
    assert!(looks(&scene).is_empty());
    assert!(scene.never("+sdown"));
}

/// Its looks are not answered.
#[test]
fn a_master_that_loads_is_looked_at_again_where_a_look_is_lost() {
    let mut scene = restarted();
    scene.pass(1_000);
    scene.server(1).life = super::nodes::Life::Hangs;
    scene.done.clear();
    scene.pass(2 * S);
    assert!(
        (9..=10).contains(&looks(&scene).len()),
        "{:?}",
        looks(&scene)
    );
}

/// It is nothing to the cluster that a replica loads, or that a master does that was not restarted.
#[test]
fn only_the_masters_restart_counts() {
    let mut scene = restarted();
    scene.server(1).loading = false;
    scene.servers.unheard = None;
    scene.look(1);
    scene.server(1).loading = true;
    scene.server(2).loading = true;
    scene.gone(2);
    scene.back(2);
    scene.look(1);
    let down = scene.said("+sdown").len();
    scene.pass(60 * S);
    assert_eq!(scene.said("+sdown").len(), down);
    assert!(scene.never(STANDS));
}
