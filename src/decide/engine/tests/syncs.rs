//! How many nodes are copied to at a time, whoever ordered that.

use super::repairs::remembered;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::sample;

const S: u64 = 1_000_000;

/// The second node is being copied to, and it was not this watcher who had that done.
fn beside_a_copy(parallel_syncs: u32) -> Scene {
    let mut spec = by_itself();
    spec.parallel_syncs = parallel_syncs;
    spec.terms.resync_diverged = true;
    let mut scene = Scene::of(spec, remembered());
    scene.server(2).copying = true;
    scene.look(2);
    scene
}

fn forced(scene: &Scene) -> usize {
    let forces = |order: &Order| matches!(order, Order::Follow { force: true, .. });
    scene.ordered(3, forces).len()
}

#[test]
fn who_is_to_be_copied_to_waits_for_the_copy_to_another() {
    let mut scene = beside_a_copy(1);
    scene.server(3).torn = true;
    scene.look(3);
    scene.pass(120 * S);
    assert_eq!(forced(&scene), 0);
    assert!(scene.finding("repair.waits").is_some());
    // That was no try, so it begins at once.
    scene.server(2).copying = false;
    scene.look(2);
    scene.pass(5 * S);
    assert_eq!(forced(&scene), 1);
    assert!(scene.finding("repair.waits").is_none());
}

#[test]
fn as_many_as_are_allowed_are_copied_to_at_a_time() {
    let mut scene = beside_a_copy(2);
    scene.server(3).torn = true;
    scene.look(3);
    scene.pass(20 * S);
    assert_eq!(forced(&scene), 1);
}

/// It is silent, and nobody knows what has become of the copy.
#[test]
fn nobody_waits_for_a_copy_to_who_does_not_answer() {
    let mut scene = beside_a_copy(1);
    scene.gone(2);
    scene.server(3).torn = true;
    scene.look(3);
    scene.pass(20 * S);
    assert_eq!(forced(&scene), 1);
}

/// Clients find it: it is fenced at once, and copied to when its time has come.
#[test]
fn an_old_master_is_set_apart_while_another_is_copied_to() {
    let mut scene = beside_a_copy(1);
    scene.follows(3, None);
    scene.server(3).at = 1_000;
    scene.look(3);
    let since_us = scene.now_us;
    while scene.plan().is_none() {
        scene.pass(1_000);
        assert!(scene.now_us < since_us + 12 * S, "it is not fenced");
    }
    let plan = scene.plan().unwrap();
    assert!(
        plan.steps
            .iter()
            .any(|s| matches!(s.act, Act::Fence { .. }))
    );
    assert!(plan.sets_apart(&sample::addr(3)), "{plan:?}");
    scene.pass(60 * S);
    assert_eq!(forced(&scene), 0);
    scene.server(2).copying = false;
    scene.look(2);
    scene.pass(20 * S);
    assert_eq!(forced(&scene), 1);
}
