//! Somebody acts alone, and one watcher could not be told.

use super::fleet::Fleet;
use super::nodes::Life;
use super::scene::cluster;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::event::Wanted;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::order::UserRules;
use crate::decide::sample;

const S: u64 = 1_000_000;

fn stand_back(fleet: &mut Fleet, watchers: &[usize]) {
    for watcher in watchers {
        let cluster = cluster();
        fleet.ask(*watcher, Request::StandBack { cluster });
    }
    fleet.run_for(1000);
}

fn recall(fleet: &mut Fleet, watchers: &[usize]) {
    recall_after(fleet, watchers, false);
}

/// `lapsed`: he may have left something half done.
fn recall_after(fleet: &mut Fleet, watchers: &[usize], lapsed: bool) {
    for watcher in watchers {
        let event = Event::Recalled {
            cluster: cluster(),
            memory: Box::new(fleet.memory(*watcher).clone()),
            unfinished: None,
            lapsed,
        };
        fleet.tell(*watcher, event);
    }
}

/// How a node is that nobody has fenced.
fn open() -> FenceHow {
    let users = vec![UserRules {
        name: "default".to_owned(),
        rules: vec!["+@all".to_owned()],
    }];
    FenceHow::Acl { users }
}

fn is_fenced(fleet: &Fleet) -> bool {
    fleet.servers.all[&sample::addr(1)].fenced
}

/// It once fenced the node that is master by now, and was dead when somebody lifted that.
#[test]
fn a_fence_of_somebody_who_acts_alone_is_not_lifted_by_whoever_had_one_there_before() {
    let mut fleet = Fleet::new(51);
    let one = sample::addr(1);
    fleet.crash(2);
    fleet.run_for(S);
    fleet.recall(2, |memory| {
        memory.fenced.insert(one.clone(), "a repair".to_owned());
        memory.fences.insert(one.clone(), open());
    });
    stand_back(&mut fleet, &[0, 1]);
    fleet.servers.all.get_mut(&one).unwrap().fenced = true;
    fleet.news(&one);
    fleet.start(2);
    fleet.run_for(30 * S);
    assert!(is_fenced(&fleet), "{}", fleet.story.join("\n"));
    recall(&mut fleet, &[0, 1]);
    fleet.run_for(5 * S);
    assert!(!is_fenced(&fleet), "it is what he has left");
    assert!(fleet.memory(2).fences.is_empty());
    for watcher in 0..3 {
        assert_eq!(fleet.relive(watcher), None);
    }
}

/// It was in the middle of a switchover when it died.
#[test]
fn nothing_is_gone_on_with_while_somebody_acts_alone() {
    let mut fleet = Fleet::new(52);
    let wish = Wanted {
        kind: "promote".to_owned(),
        by: "ann@host".to_owned(),
        ..Wanted::default()
    };
    let (cluster, wish) = (cluster(), Box::new(wish));
    fleet.ask(0, Request::Operate { cluster, wish });
    fleet.run_until(10 * S, |fleet| is_fenced(fleet));
    fleet.crash(0);
    // His promise is over by then.
    fleet.run_for(6 * S);
    stand_back(&mut fleet, &[1, 2]);
    fleet.set_life(1, Life::Runs);
    let lifts: fn(&Order) -> bool = |order| matches!(order, Order::Unfence { .. });
    fleet.start(0);
    fleet.run_for(30 * S);
    assert!(is_fenced(&fleet));
    assert!(!fleet.is_ordered(lifts));
    recall(&mut fleet, &[1, 2]);
    fleet.run_until(10 * S, |fleet| {
        fleet.servers.writable() == [sample::addr(1)]
    });
}

/// Nobody had seen that node before he came; he fences it, and has to leave it so. A watcher has it follow the master later on.
#[test]
fn a_fence_that_is_left_on_who_was_out_of_sight_is_lifted_by_what_is_told_of_it() {
    for told in [true, false] {
        let mut fleet = Fleet::new(53);
        fleet.set_life(3, Life::Hangs);
        for watcher in 0..3 {
            fleet.crash(watcher);
        }
        for watcher in 0..3 {
            fleet.start(watcher);
        }
        fleet.run_for(10 * S);
        let all = [0, 1, 2];
        stand_back(&mut fleet, &all);
        let three = sample::addr(3);
        fleet.servers.all.get_mut(&three).unwrap().fenced = true;
        fleet.set_life(3, Life::Runs);
        fleet.run_for(2 * S);
        for watcher in all.into_iter().filter(|_| told) {
            let (cluster, fences) = (cluster(), [(three.clone(), open())].into());
            fleet.ask(watcher, Request::Left { cluster, fences });
        }
        recall_after(&mut fleet, &all, true);
        fleet.run_for(120 * S);
        assert_eq!(fleet.servers.all[&three].fenced, !told);
        for watcher in all {
            assert_eq!(fleet.memory(watcher).fences.len(), 0, "{watcher}");
            assert_eq!(fleet.relive(watcher), None);
        }
    }
}

/// It was started again in his time, and the first that it hears of him is whom he leaves fenced.
#[test]
fn what_is_told_of_a_fence_counts_for_who_has_not_stood_back() {
    for again in [true, false] {
        let mut fleet = Fleet::new(55);
        let (all, three) = ([0, 1, 2], sample::addr(3));
        stand_back(&mut fleet, &[0, 1]);
        fleet.crash(0);
        fleet.crash(1);
        fleet.crash(2);
        fleet.servers.all.get_mut(&three).unwrap().fenced = true;
        fleet.start(2);
        fleet.run_for(5 * S);
        let (cluster, fences) = (cluster(), [(three.clone(), open())].into());
        fleet.ask(2, Request::Left { cluster, fences });
        if again {
            stand_back(&mut fleet, &[2]);
            recall_after(&mut fleet, &[2], true);
        }
        fleet.run_for(120 * S);
        assert!(!fleet.servers.all[&three].fenced, "{again}");
        assert!(
            all.iter()
                .all(|watcher| fleet.memory(*watcher).fences.is_empty())
        );
    }
}

/// What a person told of a fence counts until he says that he has done, and not for whoever acts alone after him.
#[test]
fn what_is_told_of_a_fence_is_forgotten_when_its_owner_has_done() {
    for done in [true, false] {
        let mut fleet = Fleet::new(54);
        let (all, three) = ([0, 1, 2], sample::addr(3));
        stand_back(&mut fleet, &all);
        fleet.servers.all.get_mut(&three).unwrap().fenced = true;
        fleet.news(&three);
        for watcher in all {
            let (cluster, fences) = (cluster(), [(three.clone(), open())].into());
            fleet.ask(watcher, Request::Left { cluster, fences });
        }
        if done {
            recall_after(&mut fleet, &all, false);
            fleet.run_for(10 * S);
            stand_back(&mut fleet, &all);
        }
        recall_after(&mut fleet, &all, true);
        fleet.run_for(120 * S);
        assert_eq!(fleet.servers.all[&three].fenced, done);
    }
}
