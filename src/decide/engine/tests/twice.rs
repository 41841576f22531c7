//! Two at once: another watcher or a Sentinel has done what this one is about to do, or is to do what it has begun.

use super::fleet::id;
use super::nodes::Life;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::DbState;
use crate::decide::facts::Link;
use crate::decide::order::Order;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const S: u64 = 1_000_000;

fn promotion(node: u8, automatic: Option<bool>) -> Promotion {
    Promotion {
        node: sample::addr(node),
        from: None,
        point: sample::at(0, 100),
        at: "2027-01-15T00:00:00Z".to_owned(),
        planned: true,
        automatic,
        apart: false,
        seen: Vec::new(),
    }
}

fn remembered() -> Memory {
    Memory {
        promotions: vec![promotion(1, None)],
        ..Memory::default()
    }
}

/// The third node is being attached, and follows by then: whether the plan is given up for that.
fn given_up(others: fn(&mut Scene), wrong: fn(&mut Scene), begin: fn(&mut Scene)) -> bool {
    let mut scene = Scene::of(by_itself(), remembered());
    others(&mut scene);
    wrong(&mut scene);
    begin(&mut scene);
    let until_us = scene.now_us + 20 * S;
    while scene.plan().is_none() {
        assert!(scene.now_us < until_us);
        scene.pass(100);
    }
    scene.server(3).follows = Some(sample::addr(1));
    scene.pass(5 * S);
    !scene
        .did(|a| matches!(a, Action::Withdraw { .. }))
        .is_empty()
}

/// It came back as a master.
fn returns(scene: &mut Scene) {
    scene.server(3).saved = None;
    scene.gone(3);
    scene.pass(100_000);
    scene.back(3);
}

#[test]
fn an_old_master_that_another_watcher_has_attached_is_his() {
    let pikafo = |scene: &mut Scene| scene.meets_pikafo(7);
    let waits = |_: &mut Scene| ();
    assert!(given_up(pikafo, returns, waits));
    assert!(!given_up(|_| (), returns, waits), "there is no other");
    let sentinel = |scene: &mut Scene| {
        scene.meets_pikafo(7);
        scene.meets(8);
    };
    assert!(
        !given_up(sentinel, returns, waits),
        "a Sentinel does not judge"
    );
    let strays = |scene: &mut Scene| scene.follows(3, Some(9));
    assert!(!given_up(pikafo, strays, waits), "it was no master");
    let asked = |scene: &mut Scene| {
        let wish = Box::new(Wanted {
            kind: "repoint".to_owned(),
            nodes: vec![sample::addr(3)],
            ..Wanted::default()
        });
        let cluster = cluster();
        scene.ask(Request::Operate { cluster, wish });
    };
    assert!(!given_up(pikafo, returns, asked), "a person wants it");
}

/// Beside a Sentinel: it is this watcher that has judged and attached it.
#[test]
fn whom_this_watcher_has_attached_itself_is_not_suspected() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.meets(7);
    returns(&mut scene);
    scene.pass(20 * S);
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)));
    assert!(!scene.apart(3), "{:?}", scene.remembers());
}

/// The leader has told of the second node and has gone: its role is saved in his stead, once.
#[test]
fn the_role_that_a_leader_has_left_unsaved_is_saved_once() {
    let saves = |gone: u8, after_us: u64| {
        let mut scene = Scene::beside(&[7, 8]);
        scene.ask(Request::Vote {
            master: sample::addr(1),
            epoch: 3,
            candidate: Some(id(8)),
        });
        scene.follows(2, None);
        // The other one was faster to tell.
        scene.hello(7, 2, 3);
        for node in [1, 3] {
            scene.follows(node, Some(2));
        }
        scene.pass(after_us);
        scene.watcher_quiet(gone);
        scene.pass(60 * S);
        scene.ordered(2, |order| *order == Order::Persist).len()
    };
    assert_eq!(saves(8, S), 1);
    assert_eq!(saves(7, S), 0, "it has not led");
    assert_eq!(saves(8, 10 * S), 0, "it had time enough");
}

/// What another watcher tells of its failover must not be forgotten in a crash: the next one is blocked for a while.
#[test]
fn a_failover_that_was_told_of_is_made_durable() {
    for (automatic, kept) in [(None, 0), (Some(true), 1), (Some(false), 0)] {
        let mut scene = Scene::beside(&[7]);
        scene.done.clear();
        scene.tell(Event::Learned {
            cluster: cluster(),
            peer: id(7),
            promotions: vec![promotion(2, automatic)],
        });
        let persists = scene.did(|a| matches!(a, Action::Persist { .. }));
        assert_eq!(persists.len(), kept, "{automatic:?}");
    }
}

fn recall(scene: &mut Scene, memory: Memory, lapsed: bool) {
    scene.tell(Event::Recalled {
        cluster: cluster(),
        memory: Box::new(memory),
        unfinished: None,
        lapsed,
    });
}

#[test]
fn whoever_acted_alone_and_whoever_looked_on_know_each_what_the_other_does() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.ask(Request::StandBack { cluster: cluster() });
    scene.follows(3, None);
    let memory = Memory {
        promotions: vec![promotion(1, None), promotion(2, Some(false))],
        ..Memory::default()
    };
    recall(&mut scene, memory, false);
    let known = scene.engine.promotions(&cluster());
    let nodes: Vec<_> = known.iter().map(|p| p.node.clone()).collect();
    assert_eq!(nodes, [1, 2, 3].map(sample::addr));
}

/// One that is silent when he is lost may have been moved by him as well.
#[test]
fn a_node_that_is_silent_when_somebody_who_acted_alone_is_lost_is_compared_later() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.ask(Request::StandBack { cluster: cluster() });
    scene.server(2).relays = true;
    scene.hangs(3);
    let memory = remembered();
    recall(&mut scene, memory, true);
    scene.pass(10 * S);
    let persists = |order: &Order| *order == Order::Persist;
    assert!(scene.ordered(3, persists).is_empty());
    scene.server(3).follows = Some(sample::addr(2));
    scene.server(3).life = Life::Runs;
    scene.back(3);
    scene.pass(20 * S);
    assert!(!scene.ordered(3, persists).is_empty());
}

/// The third node is to be copied to, and the order was given.
fn is_forced() -> Scene {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.server(3).torn = true;
    scene.look(3);
    let forces = |order: &Order| matches!(order, Order::Follow { force: true, .. });
    let until_us = scene.now_us + 20 * S;
    while scene.ordered(3, forces).is_empty() {
        assert!(scene.now_us < until_us, "no copy was forced");
        scene.pass(250);
    }
    scene.pass(500);
    scene
}

fn shows(scene: &mut Scene, state: DbState, link: Link) {
    scene.sees(3, |seen| {
        seen.replication.link = link;
        seen.replication.db_states = [("db0".to_owned(), state)].into();
    });
}

/// It was to be copied to, and the connection was lost before that began: what comes up is the stream from where it stood.
#[test]
fn a_forced_copy_that_never_began_leaves_the_node_apart() {
    let apart = |states: &[(DbState, Link)]| {
        let mut scene = is_forced();
        for (state, link) in states {
            shows(&mut scene, *state, *link);
        }
        scene.apart(3)
    };
    let (asks, lost) = (
        (DbState::TryIncrSync, Link::Down),
        (DbState::NoConnect, Link::Down),
    );
    assert!(apart(&[asks, lost]));
    assert!(!apart(&[lost]), "not yet told");
    assert!(
        !apart(&[(DbState::SyncingFull, Link::Syncing), lost]),
        "it had begun"
    );
}

/// The two may have agreed on it and lost each other between two looks.
#[test]
fn a_forced_copy_from_a_master_that_was_gone_meanwhile_must_be_seen_to_begin() {
    let apart = |begins: bool| {
        let mut scene = is_forced();
        shows(&mut scene, DbState::NoConnect, Link::Down);
        scene.gone(1);
        scene.back(1);
        if begins {
            shows(&mut scene, DbState::SyncingFull, Link::Syncing);
        }
        shows(&mut scene, DbState::Connected, Link::Up);
        scene.apart(3)
    };
    assert!(apart(false));
    assert!(!apart(true));
}

/// Whoever waited for it had to stand back, and looks are rare from then on.
#[test]
fn a_forced_copy_that_nobody_waits_for_any_more_must_be_seen_to_begin() {
    let apart = |stands_back: bool, begins: bool| {
        let mut scene = is_forced();
        if stands_back {
            scene.ask(Request::StandBack { cluster: cluster() });
        }
        shows(&mut scene, DbState::Connecting, Link::Down);
        if begins {
            shows(&mut scene, DbState::SyncingFull, Link::Syncing);
        }
        shows(&mut scene, DbState::Connected, Link::Up);
        scene.apart(3)
    };
    assert!(apart(true, false));
    assert!(!apart(true, true));
    assert!(!apart(false, false), "it would have shown");
}

/// Whoever waits for it looks more often than the watcher does.
#[test]
fn a_forced_copy_that_its_plan_saw_cut_off_never_began() {
    let apart = |lost: bool| {
        let mut scene = is_forced();
        scene.server(3).cut = true;
        scene.server(3).state = Some(DbState::Connecting);
        scene.pass(S);
        scene.look(3);
        if lost {
            scene.server(3).state = Some(DbState::NoConnect);
            scene.pass(S);
        }
        scene.server(3).state = Some(DbState::Connected);
        scene.server(3).cut = false;
        scene.look(3);
        scene.pass(S);
        scene.apart(3)
    };
    assert!(apart(true));
    assert!(!apart(false));
}
