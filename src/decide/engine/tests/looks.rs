//! What a look tells beside what it says: a restart, a change of role, a replica that nobody has named.

use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::sample;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;
const RESTARTED: &str = "+reboot";

#[test]
fn a_server_that_is_another_process_or_another_run_was_restarted() {
    let told = |change: fn(&mut Observation)| {
        let mut scene = Scene::new();
        scene.sees(2, change);
        scene.said(RESTARTED).len()
    };
    assert_eq!(told(|_| ()), 0);
    assert_eq!(told(|seen| seen.server.process_id = Some(2)), 1);
    assert_eq!(
        told(|seen| seen.server.run_id = Some("another".to_owned())),
        1
    );
}

/// Uptimes are whole seconds, of another clock: one second less than expected is none.
#[test]
fn a_server_that_is_younger_than_it_should_be_was_restarted() {
    for (uptime_s, restarts) in [(Some(111), 0), (Some(109), 0), (Some(108), 1), (None, 0)] {
        let mut scene = Scene::new();
        scene.server(2).uptime_s = Some(100);
        scene.look(2);
        scene.pass(10 * S);
        scene.server(2).uptime_s = uptime_s;
        scene.look(2);
        assert_eq!(scene.said(RESTARTED).len(), restarts, "{uptime_s:?}");
    }
}

/// The master's is told as the master's.
#[test]
fn a_restart_is_told_of_the_node_that_was_restarted() {
    for (node, payload) in [
        (1, "master orders 10.0.0.1 9221"),
        (
            2,
            "slave 10.0.0.2:9221 10.0.0.2 9221 @ orders 10.0.0.1 9221",
        ),
    ] {
        let mut scene = Scene::new();
        scene.sees(node, |seen| seen.server.process_id = Some(2));
        assert_eq!(scene.told(RESTARTED), [payload]);
    }
}

#[test]
fn a_change_of_role_is_told_against_what_the_node_is_held_for() {
    let replica = "slave 10.0.0.2:9221 10.0.0.2 9221 @ orders 10.0.0.1 9221 new reported role is";
    let master = "master orders 10.0.0.1 9221 new reported role is";
    let mut scene = Scene::new();
    for (node, follows, channel, payload) in [
        (2, None, "-role-change", format!("{replica} master")),
        (2, Some(1), "+role-change", format!("{replica} slave")),
        (1, Some(2), "-role-change", format!("{master} slave")),
        (1, None, "+role-change", format!("{master} master")),
    ] {
        scene.done.clear();
        scene.follows(node, follows);
        assert_eq!(scene.told(channel), [payload]);
    }
}

/// A replica that only the master names is watched from then on, where that is the rule, and is not forgotten.
#[test]
fn a_replica_that_the_master_names_is_watched_where_that_is_the_rule() {
    for discover in [true, false] {
        let spec = Spec {
            discover,
            ..by_itself()
        };
        let mut scene = Scene::of(spec, Memory::default());
        let mut fourth = scene.server(3).clone();
        fourth.follows = Some(sample::addr(1));
        scene.servers.all.insert(sample::addr(4), fourth);
        // A replica's list is not the master's.
        scene.server(2).relays = true;
        scene.look(2);
        assert!(scene.never("+slave"));
        scene.look(1);
        assert_eq!(!scene.never("+slave"), discover);
        let kept = scene.did(|a| matches!(a, Action::Persist { durable } if durable.clusters["orders"].replicas.contains(&sample::addr(4))));
        assert_eq!(!kept.is_empty(), discover);
        scene.done.clear();
        scene.look(1);
        assert!(
            scene
                .did(|a| matches!(a, Action::Persist { .. }))
                .is_empty(),
            "nothing new"
        );
    }
}

/// A short answer that shows another role is followed by a full look, for a restart would show there.
#[test]
fn a_role_that_a_short_answer_shows_is_looked_into() {
    let mut scene = Scene::new();
    let short = |scene: &mut Scene, role: Option<u8>| {
        scene.server(2).follows = role.map(sample::addr);
        let seen = scene.servers.look(&sample::addr(2)).unwrap();
        scene.tell(Event::Replication {
            cluster: cluster(),
            node: sample::addr(2),
            replication: Box::new(seen.replication),
            asked_us: scene.now_us,
        });
    };
    let looks = |a: &Action| matches!(a, Action::Look { node, .. } if *node == sample::addr(2));
    short(&mut scene, Some(1));
    assert!(scene.did(looks).is_empty(), "it is what it was");
    scene.pass(S);
    short(&mut scene, None);
    assert_eq!(scene.did(looks), [scene.now_us]);
    scene.done.clear();
    scene.follows(2, Some(1));
    assert!(scene.did(looks).is_empty(), "that was a full look");
}

/// Redis names its history, and what it calls itself is the master's where the link says so.
fn histories(change: impl Fn(&mut ClusterView)) -> Vec<String> {
    let mut scene = Scene::by_itself();
    let mut view = sample::redis();
    change(&mut view);
    for node in &view.nodes {
        scene.finds(&node.addr, node.seen().unwrap().clone());
    }
    scene.remembers().map(|m| m.histories).unwrap_or_default()
}

#[test]
fn the_history_of_the_master_and_of_its_linked_replicas_is_remembered() {
    let named = |view: &mut ClusterView, name: &str, id: &str| {
        sample::of(view, name).replication.history_id = Some(id.to_owned());
    };
    assert_eq!(histories(|_| ()), ["94e8"]);
    let nameless = |view: &mut ClusterView| {
        sample::of(view, "a").replication.history_id = None;
    };
    assert_eq!(histories(nameless), ["94e8"], "its replicas know");
    let alone = |view: &mut ClusterView| {
        named(view, "a", "new");
        for name in ["b", "c"] {
            sample::of(view, name).replication.link = Link::Down;
        }
    };
    assert_eq!(histories(alone), ["new"]);
    let another_master = |view: &mut ClusterView| {
        named(view, "c", "other");
        let said = &mut sample::of(view, "c").replication;
        (said.role, said.master) = (Role::Master, None);
    };
    assert_eq!(
        histories(another_master),
        ["94e8"],
        "it is no master of ours"
    );
    let silent = |view: &mut ClusterView| {
        named(view, "c", "other");
        sample::of(view, "c").replication.link = Link::Down;
    };
    assert_eq!(histories(silent), ["94e8"], "its link is down");
    let elsewhere = |view: &mut ClusterView| {
        named(view, "c", "other");
        sample::of(view, "c").replication.master = Some(sample::addr(2));
    };
    assert_eq!(histories(elsewhere), ["94e8"], "it follows a replica");
}

/// It has not answered since, and what was asked before comes late: nothing is known of it yet.
#[test]
fn an_answer_to_what_was_asked_before_a_silence_says_nothing_of_the_return() {
    let mut scene = Scene::new();
    let before_us = scene.now_us;
    scene.pass(S);
    scene.hangs(2);
    scene.pass(S);
    scene.tell(Event::Heard { whom: node_of(2) });
    let moved = |asked_us| Event::Moved {
        cluster: cluster(),
        node: sample::addr(2),
        position: sample::at(0, 100),
        asked_us,
    };
    let fresh = |scene: &mut Scene| {
        let nodes = scene.engine.snapshot().clusters[0].nodes.clone();
        let node = nodes
            .iter()
            .find(|n| n.addr == sample::addr(2))
            .unwrap()
            .clone();
        node.seen_at_us
    };
    scene.tell(moved(before_us));
    assert_eq!(fresh(&mut scene), Some(before_us));
    scene.tell(moved(u64::MAX));
    assert_eq!(fresh(&mut scene), Some(scene.now_us), "just now");
}
