//! What is known of a node that is heard again, and what of those that were there meanwhile.

use super::nodes::Life;
use super::repairs::remembered;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::order::Order;
use crate::decide::sample;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const S: u64 = 1_000_000;

/// The master comes back with less than it had, after `meanwhile`; who stands apart for that.
fn with_less(meanwhile: fn(&mut Scene)) -> [bool; 3] {
    let mut scene = Scene::beside(&[7]);
    scene.hangs(1);
    meanwhile(&mut scene);
    scene.pass(100_000);
    scene.server(1).at = 50;
    scene.back(1);
    [1, 2, 3].map(|node| scene.apart(node))
}

#[test]
fn whoever_holds_more_than_a_master_that_came_back_with_less_stands_apart() {
    assert_eq!(with_less(|_| ()), [false, true, true]);
    let promoted = |scene: &mut Scene| scene.follows(2, None);
    assert_eq!(
        with_less(promoted),
        [false, true, true],
        "one is a master by now"
    );
    let elsewhere = |scene: &mut Scene| scene.follows(3, Some(9));
    assert_eq!(
        with_less(elsewhere),
        [false, true, false],
        "one follows another"
    );
    let follows = |scene: &mut Scene| scene.server(1).follows = Some(sample::addr(2));
    assert_eq!(with_less(follows), [false; 3], "it is no master any more");
    let less = |scene: &mut Scene| {
        scene.server(3).at = 50;
        scene.look(3);
    };
    assert_eq!(with_less(less), [false, true, false], "one has no more");
}

/// The short answer comes before the full one.
#[test]
fn a_short_answer_shows_as_well_that_the_master_has_less() {
    for heard in [true, false] {
        let mut scene = Scene::beside(&[7]);
        if heard {
            scene.hangs(1);
            scene.pass(100_000);
            scene.server(1).life = Life::Runs;
            scene.tell(Event::Heard { whom: node_of(1) });
        }
        scene.server(1).at = 50;
        let seen = scene.servers.look(&sample::addr(1)).unwrap();
        scene.tell(Event::Replication {
            cluster: cluster(),
            node: sample::addr(1),
            replication: Box::new(seen.replication),
            asked_us: scene.now_us,
        });
        assert_eq!([2, 3].map(|node| scene.apart(node)), [heard; 2]);
    }
}

/// The others have said it long ago; the replicas' links say up.
fn stands_after(meanwhile: fn(&mut Scene)) -> Option<u64> {
    let mut scene = Scene::beside(&[7, 8]);
    scene.server(1).life = Life::Hangs;
    let since_us = scene.now_us - 9 * S;
    let fault = Fault::new(FaultKind::Timeout, "no answer");
    scene.quiet(node_of(1), since_us, None, fault);
    for peer in [7, 8] {
        scene.says(peer, true);
    }
    let heard_us = scene.now_us;
    scene.pass(300_000);
    meanwhile(&mut scene);
    scene.pass(2 * S);
    Some(scene.said(STANDS).first()? - heard_us)
}

/// For half a second the replicas are watched, from the moment in which the master fell silent.
#[test]
fn what_others_do_meanwhile_makes_nobody_watch_the_replicas_for_longer() {
    // What happens makes it look again sooner or later, by a tenth of a second at most.
    let in_time = |meanwhile: fn(&mut Scene)| {
        let after_us = stands_after(meanwhile).unwrap();
        (650_000..=750_000).contains(&after_us)
    };
    assert_eq!(stands_after(|_| ()), Some(650_000));
    let silent = |scene: &mut Scene| {
        scene.hangs(3);
        scene.back(3);
    };
    assert!(in_time(silent), "a replica was silent");
    let other_fault = |scene: &mut Scene| {
        let fault = Fault::new(FaultKind::Timeout, "another");
        scene.quiet(node_of(1), scene.now_us - 9 * S, None, fault);
    };
    assert!(in_time(other_fault), "it is silent in another way");
    let heard = |scene: &mut Scene| scene.tell(Event::Heard { whom: node_of(3) });
    assert!(in_time(heard), "a replica is heard");
}

/// However often the others are looked at.
#[test]
fn where_the_master_stood_is_not_forgotten_for_what_its_replicas_say() {
    let mut scene = Scene::by_itself();
    scene.look(1);
    for _ in 0..20 {
        scene.look(2);
        scene.look(3);
    }
    scene.master_dies(&[]);
    scene.pass(S);
    assert_eq!(scene.plan().unwrap().loss.unwrap().bytes, Some(0));
}

/// It was restarted without its newest writes, and as a replica.
#[test]
fn a_master_that_is_made_one_again_says_what_it_has_lost() {
    let mut scene = Scene::by_itself();
    scene.look(1);
    scene.server(1).saved = Some(sample::addr(9));
    scene.gone(1);
    scene.pass(100_000);
    scene.server(1).at = 40;
    scene.back(1);
    scene.pass(5 * S);
    let loss = scene.plan().unwrap().loss.unwrap();
    assert_eq!(loss.bytes, Some(60), "{loss:?}");
}

/// It had left its master's history before: where it stood says nothing of who follows it.
#[test]
fn nothing_is_inferred_of_the_promotion_of_a_node_that_stood_apart() {
    for apart in [true, false] {
        let quarantined = apart.then(|| (sample::addr(2), "its data diverged".to_owned()));
        let memory = Memory {
            quarantined: quarantined.into_iter().collect(),
            ..Memory::default()
        };
        let mut scene = Scene::of(by_itself(), memory);
        scene.follows(2, None);
        let known = scene.engine.promotions(&cluster()).len();
        assert_eq!(known, usize::from(!apart));
    }
}

/// Whether it has restarted is known by a full look, where it matters.
#[test]
fn a_master_that_is_heard_again_is_looked_at_where_its_restart_would_count() {
    let looked = |rule: Option<u64>, node: u8| {
        let spec = Spec {
            reboot_down_after_ms: rule,
            ..by_itself()
        };
        let mut scene = Scene::of(spec, Memory::default());
        scene.hangs(node);
        scene.done.clear();
        scene.tell(Event::Heard {
            whom: node_of(node),
        });
        !scene.did(|a| matches!(a, Action::Look { .. })).is_empty()
    };
    assert!(looked(Some(3000), 1));
    assert!(!looked(Some(3000), 2));
    assert!(!looked(None, 1));
}

/// It stands apart behind another replica; a Redis there links no other history than its own, if the way up is whole.
#[test]
fn a_broken_chain_to_the_master_takes_nobody_in() {
    let apart = |change: fn(&mut ClusterView)| {
        let memory = Memory {
            quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
            ..Memory::default()
        };
        let mut scene = Scene::begun(by_itself(), memory, Durable::default());
        let mut view = sample::redis();
        sample::of(&mut view, "c").replication.master = Some(sample::addr(2));
        change(&mut view);
        for _ in 0..2 {
            for node in &view.nodes {
                scene.finds(&node.addr, node.seen().unwrap().clone());
            }
            scene.pass(1_000);
        }
        scene.apart(3)
    };
    assert!(!apart(|_| ()));
    assert!(apart(|v| sample::of(v, "b").replication.link = Link::Down));
    let elsewhere = |v: &mut ClusterView| {
        sample::of(v, "b").replication.master = Some(sample::addr(9));
    };
    assert!(apart(elsewhere));
}

/// What another node refuses says nothing of the master; what the master refuses does.
#[test]
fn only_whom_the_master_refuses_stands_apart_for_that() {
    let mut scene = Scene::beside(&[7]);
    scene.server(2).relays = true;
    scene.server(3).refused = true;
    scene.follows(3, Some(2));
    assert!(!scene.apart(3));
    scene.follows(3, Some(1));
    assert!(scene.apart(3));
}

/// The one above it was linked after the last word that it had to say for itself.
#[test]
fn who_is_below_the_master_is_taken_in_when_a_look_finds_it_as_it_was() {
    let memory = Memory {
        quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
        ..Memory::default()
    };
    let mut scene = Scene::begun(by_itself(), memory, Durable::default());
    let mut view = sample::redis();
    sample::of(&mut view, "c").replication.master = Some(sample::addr(2));
    for link in [Link::Up, Link::Down, Link::Up] {
        sample::of(&mut view, "b").replication.link = link;
        for node in view
            .nodes
            .iter()
            .filter(|n| link == Link::Down || n.name != "c")
        {
            scene.finds(&node.addr, node.seen().unwrap().clone());
        }
        scene.pass(1_000);
    }
    assert!(scene.apart(3));
    scene.tell(Event::Again {
        cluster: cluster(),
        node: sample::addr(3),
        at_ms: 1,
        rtt_us: 1,
        uptime_s: None,
        asked_us: scene.now_us,
    });
    assert!(!scene.apart(3));
}

/// Set apart, it has forgotten its fence in a restart, and shows that when it has loaded.
#[test]
fn who_stands_apart_is_fenced_again_as_soon_as_it_has_loaded() {
    let memory = Memory {
        quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
        ..Memory::default()
    };
    let mut scene = Scene::of(by_itself(), memory);
    let away = scene.server(3);
    (away.follows, away.saved, away.fenced) = (None, None, true);
    scene.look(3);
    scene.pass(10 * S);
    scene.gone(3);
    scene.pass(S);
    (scene.server(3).loading, scene.server(3).fenced) = (true, false);
    scene.done.clear();
    scene.back(3);
    scene.pass(3 * S + 500_000);
    let looks = scene.did(|a| matches!(a, Action::Look { node, .. } if *node == sample::addr(3)));
    assert_eq!(looks.len(), 3, "{looks:?}");
    let fences = |order: &Order| matches!(order, Order::Fence { .. });
    assert!(scene.ordered(3, fences).is_empty());
    scene.server(3).loading = false;
    scene.pass(3 * S);
    assert_eq!(scene.ordered(3, fences).len(), 1);
    assert!(scene.server(3).fenced);
}

/// What was done to it was not in vain: the restart has undone that.
#[test]
fn who_stands_apart_and_is_restarted_is_fenced_again_at_once() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.gone(3);
    scene.pass(S);
    (scene.server(3).saved, scene.server(3).at) = (None, 120);
    scene.back(3);
    scene.pass(2 * S);
    assert!(scene.apart(3) && scene.server(3).fenced);
    for _ in 0..3 {
        scene.gone(3);
        scene.pass(S);
        scene.back(3);
        assert!(!scene.server(3).fenced);
        scene.pass(2 * S);
        assert!(scene.server(3).fenced);
    }
}

/// The master is dead, and these are back as masters; who is fenced.
fn withheld(back: &[u8]) -> [bool; 2] {
    let mut scene = Scene::beside(&[7]);
    for node in [2, 3] {
        scene.gone(node);
        scene.server(node).saved = None;
    }
    scene.pass(S);
    let died_us = scene.master_dies(&[7]);
    for node in back {
        scene.back(*node);
    }
    while scene.now_us < died_us + 5 * S {
        scene.pass(S);
        scene.says(7, true);
    }
    assert_eq!(scene.master(), sample::addr(1));
    [2, 3].map(|node| scene.server(node).fenced)
}

/// It cannot be replaced by anybody, and what each takes the others lack.
#[test]
fn where_several_old_masters_take_writes_and_there_is_no_other_they_are_fenced() {
    assert_eq!(withheld(&[2, 3]), [true, true]);
    assert_eq!(withheld(&[3]), [false, false]);
}

/// The old master is back with more than its heir had, and another watcher has it follow; `meanwhile` the heir dies, and
/// that watcher tells of the next one. Whether it stands apart from that.
fn attached_by_another(meanwhile: fn(&mut Scene)) -> bool {
    let promotion = Promotion {
        node: sample::addr(1),
        from: Some(sample::addr(3)),
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
    scene.meets_pikafo(7);
    scene.gone(3);
    scene.hello(7, 3, 1);
    scene.hello(7, 1, 2);
    let old = scene.server(3);
    (old.saved, old.at) = (None, 120);
    scene.back(3);
    let old = scene.server(3);
    (old.follows, old.cut) = (Some(sample::addr(1)), true);
    scene.look(3);
    meanwhile(&mut scene);
    scene.hello(7, 2, 3);
    scene.apart(3)
}

#[test]
fn an_old_master_to_which_nothing_was_copied_stands_apart_from_the_next_one() {
    assert!(attached_by_another(|_| ()));
    let linked = |scene: &mut Scene| {
        scene.server(3).cut = false;
        scene.look(3);
        scene.server(3).cut = true;
        scene.look(3);
    };
    assert!(!attached_by_another(linked), "it was linked");
    let moved = |scene: &mut Scene| {
        scene.server(3).at = 130;
        scene.look(3);
    };
    assert!(!attached_by_another(moved), "it has got something");
}

/// It has been started again with nothing. Where it stands then, and where a copy brings it, are no speed of its clients.
#[test]
fn where_a_master_stands_that_is_not_the_master_is_not_of_its_reign() {
    let mut scene = Scene::by_itself();
    let reigned = |scene: &Scene, node: u8| {
        let samples = &scene.engine.clusters[&cluster()].memory.samples;
        let newest = samples.iter().rfind(|s| s.node == sample::addr(node));
        newest.map(|sample| !sample.as_replica)
    };
    scene.look(1);
    assert_eq!(reigned(&scene, 1), Some(true));
    scene.look(3);
    assert_eq!(reigned(&scene, 3), Some(false), "a replica");
    scene.follows(3, None);
    assert_eq!(reigned(&scene, 3), Some(false), "an old master");
}
