//! The master is gone for good and the others follow nobody: nobody is a candidate, and a person names one.

use super::fleet::Fleet;
use super::nodes::Life;
use super::scene::cluster;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::name::Addr;
use crate::decide::record::Outcome;
use crate::decide::sample;

const S: u64 = 1_000_000;

/// 2 and 3 come back as masters of their own, each with less than the other in the end.
fn orphans() -> Fleet {
    let mut fleet = Fleet::new(28);
    fleet.run_for(5 * S);
    for node in [1, 2, 3] {
        fleet.set_life(node, Life::Gone);
    }
    for node in [2, 3] {
        let server = fleet.servers.all.get_mut(&sample::addr(node)).unwrap();
        server.saved = None;
        server.follows = None;
        server.at += 100 * u64::from(node);
        fleet.set_life(node, Life::Runs);
    }
    fleet.run_for(10 * S);
    fleet
}

fn fail_over(fleet: &mut Fleet, asked: usize, to: &[Addr], accept_loss: Option<u64>) -> Reply {
    let wish = Box::new(Wanted {
        kind: "failover".to_owned(),
        by: "ann@host".to_owned(),
        nodes: to.to_vec(),
        accept_loss,
        ..Wanted::default()
    });
    let cluster = cluster();
    let ticket = fleet.ask(asked, Request::Operate { cluster, wish });
    let said = |fleet: &Fleet| {
        let mut replies = fleet.replies.iter();
        Some(replies.find(|(t, _)| *t == ticket)?.1.clone())
    };
    fleet.run_until(20 * S, |fleet| said(fleet).is_some());
    said(fleet).expect("it is answered")
}

/// Whatever it has more than the other or less: no number tells.
#[test]
fn the_watchers_make_it_master_and_set_the_others_apart() {
    for named in [2, 3] {
        let mut fleet = orphans();
        let to = [sample::addr(named)];
        let other = sample::addr(5 - named);
        let Reply::Refused { code, .. } = fail_over(&mut fleet, 0, &[], Some(u64::MAX)) else {
            panic!("it was done")
        };
        assert_eq!(code, "candidate.none");
        let Reply::Ended { outcome, .. } = fail_over(&mut fleet, 0, &to, Some(u64::MAX)) else {
            panic!("it was refused")
        };
        assert_eq!(outcome, Outcome::Done);
        fleet.run_for(20 * S);
        for watcher in 0..3 {
            assert_eq!(fleet.master_by(watcher).as_ref(), Some(&to[0]));
            assert!(!fleet.memory(watcher).quarantined.contains_key(&to[0]));
        }
        let apart = |fleet: &Fleet, node| {
            (0..3).any(|watcher| fleet.memory(watcher).quarantined.contains_key(node))
        };
        assert!(apart(&fleet, &other));
        assert_eq!(fleet.servers.writable(), to);
        // So is the one that had died, whenever it comes back.
        fleet.set_life(1, Life::Runs);
        fleet.run_for(20 * S);
        assert!(apart(&fleet, &sample::addr(1)));
        assert_eq!(fleet.servers.writable(), to);
    }
}

/// Its fence is lifted with that, whoever has put it up, and nobody sets it apart again.
#[test]
fn whoever_stands_apart_becomes_master_where_nobody_else_is_left() {
    for asked in 0..3 {
        let mut fleet = Fleet::new(28);
        let two = sample::addr(2);
        fleet.run_for(5 * S);
        fleet.set_life(2, Life::Gone);
        let server = fleet.servers.all.get_mut(&two).unwrap();
        server.saved = None;
        server.follows = None;
        server.at += 1000;
        fleet.set_life(2, Life::Runs);
        fleet.run_for(20 * S);
        let apart = |fleet: &Fleet| {
            (0..3).any(|watcher| fleet.memory(watcher).quarantined.contains_key(&two))
        };
        assert!(apart(&fleet) && fleet.servers.all[&two].fenced);
        for node in [1, 3] {
            fleet.set_life(node, Life::Gone);
        }
        // Whoever has fenced it cannot lift that.
        let owner = (0..3).find(|watcher| fleet.memory(*watcher).fences.contains_key(&two));
        let owner = owner.filter(|owner| *owner != asked);
        if let Some(owner) = owner {
            fleet.crash(owner);
        }
        fleet.run_for(10 * S);
        let to = std::slice::from_ref(&two);
        let Reply::Ended { outcome, .. } = fail_over(&mut fleet, asked, to, Some(u64::MAX)) else {
            panic!("it was refused")
        };
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(fleet.servers.writable(), std::slice::from_ref(&two));
        if let Some(owner) = owner {
            fleet.start(owner);
        }
        fleet.run_for(10 * S);
        assert!(!apart(&fleet));
        assert_eq!(fleet.servers.writable(), [two]);
    }
}

/// Until then clients would leave writes on each that nobody has in the end.
#[test]
fn neither_takes_writes_before_somebody_has_chosen() {
    assert_eq!(orphans().servers.writable(), []);
}
