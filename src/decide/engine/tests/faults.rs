//! What counts as wrong with a node, and what is done about it.

use super::fleet::id;
use super::nodes::Life;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::Action;
use crate::decide::engine::Request;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::DbState;
use crate::decide::facts::Link;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const MOVES: &str = "+fix-slave-config";
const CONVERTS: &str = "+convert-to-slave";
const S: u64 = 1_000_000;
const TURN_US: u64 = 1_500_000;

/// How the first node became master, so that others can be compared with it.
fn remembered() -> Memory {
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

/// A watcher of the first node's cluster that has just been started.
fn begun(spec: Spec, memory: Memory) -> Scene {
    let spec = Spec {
        master: Some(sample::addr(1)),
        ..spec
    };
    Scene::begun(spec, memory, Durable::default())
}

fn alone() -> Scene {
    Scene::of(by_itself(), remembered())
}

/// The third node stands apart, and nobody has looked yet.
fn apart(resync_diverged: bool) -> Scene {
    let mut spec = by_itself();
    spec.terms.resync_diverged = resync_diverged;
    let memory = Memory {
        quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
        ..remembered()
    };
    begun(spec, memory)
}

/// How often nodes were given an order that changes them.
fn acts(scene: &Scene) -> usize {
    let acts = |a: &Action| matches!(a, Action::Order { order, .. } if order.acts());
    scene.did(acts).len()
}

#[test]
fn who_stands_apart_and_takes_no_writes_is_left_alone() {
    let mut scene = apart(false);
    scene.server(3).fenced = true;
    scene.server(3).follows = None;
    scene.look_at_all();
    scene.pass(60 * S);
    assert_eq!(acts(&scene), 0);
    assert!(scene.apart(3));
    assert_eq!(scene.finding("repair.refused"), None, "nothing is wanted");
    // It was restarted, which has lifted the fence.
    scene.server(3).fenced = false;
    scene.look(3);
    scene.pass(60 * S);
    assert!(scene.server(3).fenced);
}

/// Where its data is to be discarded it is, once.
#[test]
fn who_stands_apart_is_copied_to_where_that_is_the_rule_and_not_disturbed_then() {
    let mut scene = apart(true);
    scene.server(3).copying = true;
    scene.look_at_all();
    scene.pass(60 * S);
    assert_eq!(acts(&scene), 0, "it is being copied to");
    assert!(scene.apart(3));
    let mut scene = apart(true);
    scene.server(3).follows = Some(sample::addr(9));
    scene.look_at_all();
    scene.pass(60 * S);
    assert!(!scene.never(MOVES), "it is elsewhere");
}

#[test]
fn a_replica_of_a_linked_replica_is_meant_to_be_one() {
    let chained = |above: Option<u8>, cut: bool| {
        let mut scene = alone();
        scene.server(2).relays = true;
        scene.server(3).follows = Some(sample::addr(2));
        scene.server(3).cut = cut;
        scene.follows(2, above);
        scene.look(3);
        scene.pass(10 * S);
        let moved = |node: u8| {
            let told = scene.told(MOVES);
            let name = format!("slave {} ", sample::addr(node));
            told.iter().any(|payload| payload.starts_with(&name))
        };
        [moved(2), moved(3)]
    };
    assert_eq!(chained(Some(1), false), [false, false]);
    assert_eq!(chained(Some(1), true), [false, true], "its link is down");
    assert!(chained(Some(9), false)[0], "the upper one strays");
    // The upper one stands apart, and is left alone elsewhere.
    let memory = Memory {
        quarantined: [(sample::addr(2), "its data diverged".to_owned())].into(),
        ..remembered()
    };
    let mut scene = Scene::of(by_itself(), memory);
    scene.server(2).relays = true;
    scene.follows(2, Some(9));
    scene.follows(3, Some(2));
    scene.pass(10 * S);
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)));
    // A stranger may feed it well.
    let mut scene = alone();
    let stranger = scene.server(1).clone();
    scene.servers.all.insert(sample::addr(9), stranger);
    scene.follows(3, Some(9));
    scene.pass(10 * S);
    assert!(!scene.never(MOVES));
}

/// What was to be waited for is over when whoever leads has told of his master.
#[test]
fn repairs_go_on_when_a_leader_has_told_of_his_master() {
    let mut scene = Scene::of(sample::spec(), remembered());
    scene.meets_pikafo(7);
    scene.ask(Request::Vote {
        master: sample::addr(1),
        epoch: 5,
        candidate: Some(id(7)),
    });
    scene.hello(7, 1, 5);
    scene.follows(3, Some(9));
    let since_us = scene.now_us;
    scene.pass(10 * S);
    assert_eq!(
        scene.said(MOVES).first(),
        Some(&(since_us + 2 * S + TURN_US))
    );
}

/// Both are due at the same moment.
#[test]
fn a_second_master_goes_before_a_stray_replica() {
    let mut scene = alone();
    scene.follows(3, None);
    let since_us = scene.now_us;
    scene.pass(6 * S);
    scene.follows(2, Some(9));
    scene.until(since_us + 8 * S + TURN_US);
    assert_eq!(scene.said(CONVERTS), [scene.now_us]);
    assert!(scene.never(MOVES));
    scene.pass(20 * S);
    assert!(!scene.never(MOVES), "its turn comes");
}

#[test]
fn a_fence_on_the_master_is_lifted_by_whoever_has_put_it_up() {
    let lifted = |fenced: bool, ours: bool| {
        let how = FenceHow::Acl { users: Vec::new() };
        let fences = [(sample::addr(1), how)];
        let memory = Memory {
            fences: fences.into_iter().filter(|_| ours).collect(),
            ..remembered()
        };
        let mut scene = Scene::of(by_itself(), memory);
        scene.server(1).fenced = fenced;
        scene.look(1);
        scene.pass(10 * S);
        let lifts = |order: &Order| matches!(order, Order::Unfence { .. });
        scene.ordered(1, lifts).len()
    };
    assert_eq!(lifted(true, true), 1);
    assert_eq!(lifted(false, true), 0);
    assert_eq!(lifted(true, false), 0);
}

/// A master has to take a write as well, and a replica takes none.
#[test]
fn a_master_that_saves_its_role_is_tried_with_a_write() {
    for (node, writes) in [(1, 1), (3, 0)] {
        let memory = Memory {
            rewrite_owed: [(sample::addr(node), "it was cut off".to_owned())].into(),
            ..remembered()
        };
        let mut scene = begun(by_itself(), memory);
        scene.look_at_all();
        scene.pass(10 * S);
        let written = scene.ordered(node, |order| matches!(order, Order::ProbeWrite { .. }));
        assert_eq!(written.len(), writes, "{node}");
        let saved = scene.ordered(node, |order| *order == Order::Persist);
        assert_eq!(saved.len(), 1, "{node}");
        // What cannot be done is a finding, and nothing is undone for it.
        assert!(scene.plan().unwrap().steps.iter().all(|step| !step.hard));
    }
}

fn hooks(scene: &Scene) -> Vec<String> {
    let hooks = scene.done.iter().filter_map(|(_, action)| {
        let Action::Hooks { event, .. } = action else {
            return None;
        };
        Some(event.clone())
    });
    hooks.collect()
}

#[test]
fn hooks_hear_of_who_has_rejoined_and_of_who_stands_apart() {
    let mut scene = alone();
    scene.follows(3, Some(9));
    scene.pass(10 * S);
    assert_eq!(hooks(&scene), ["rejoined"]);
    let mut scene = alone();
    // It is past where the master was promoted.
    scene.server(3).at += 500;
    scene.follows(3, Some(9));
    scene.pass(10 * S);
    assert_eq!(hooks(&scene), ["quarantined"]);
    assert!(scene.apart(3));
    let mut scene = alone();
    scene.follows(3, Some(9));
    while scene.plan().is_none() {
        scene.pass(1_000);
    }
    scene.server(3).life = Life::Hangs;
    scene.pass(60 * S);
    assert!(hooks(&scene).is_empty(), "{:?}", hooks(&scene));
}

/// It is detached for a copy and looks like a master meanwhile: nobody has promoted it.
#[test]
fn whom_a_repair_leads_away_is_not_taken_for_promoted() {
    let mut scene = alone();
    scene.server(3).torn = true;
    scene.look(3);
    let until_us = scene.now_us + 60 * S;
    while scene.server(3).follows.is_some() {
        assert!(scene.now_us < until_us, "it was not led away");
        scene.pass(250);
    }
    scene.look(3);
    let known = scene.engine.promotions("orders").len();
    assert_eq!(known, 1);
    scene.pass(10 * S);
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)));
    assert!(!scene.server(3).torn);
}

/// A Pika says no such thing before 3.5.5: what was seen of a copy is remembered.
#[test]
fn a_copy_that_was_seen_to_begin_and_to_be_cut_off_is_made_again() {
    let seen = |scene: &mut Scene, state: DbState, link: Link| {
        scene.sees(3, |seen| {
            seen.replication.eligible = None;
            seen.replication.link = link;
            seen.replication.db_states = [("db0".to_owned(), state)].into();
        });
    };
    // A newer one remembers by itself.
    let mut scene = alone();
    scene.server(3).copying = true;
    scene.look(3);
    assert_eq!(scene.remembers(), None);
    let unfinished = |scene: &Scene| scene.remembers().map(|m| m.full_sync_unfinished.len());
    for (cut_off, moved) in [(false, 0), (true, 1)] {
        let mut scene = alone();
        seen(&mut scene, DbState::SyncingFull, Link::Syncing);
        assert_eq!(
            unfinished(&scene),
            Some(1),
            "over a restart of this watcher"
        );
        if cut_off {
            seen(&mut scene, DbState::NoConnect, Link::Down);
        }
        seen(&mut scene, DbState::Connected, Link::Up);
        assert_eq!(unfinished(&scene), Some(moved), "{cut_off}");
        scene.pass(2 * S + TURN_US);
        assert_eq!(scene.said(MOVES).len(), moved, "{cut_off}");
    }
}
