//! Ordinary bad days.

use super::fleet::Fleet;
use super::nodes::Life;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Flavor;
use crate::decide::facts::Role;
use crate::decide::record::Outcome;
use crate::decide::sample;

fn all_give(fleet: &mut Fleet, node: u8) -> bool {
    (0..3).all(|w| !fleet.is_up(w) || fleet.master_by(w) == Some(sample::addr(node)))
}

#[test]
fn a_killed_master_is_replaced() {
    let mut fleet = Fleet::new(1);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_until(3_000_000, |f| {
        f.servers.0[&sample::addr(3)].follows == Some(sample::addr(2))
    });
    fleet.run_for(1_000_000);
    assert_eq!(fleet.promotions.len(), 1, "{:?}", fleet.promotions);
    insta::assert_snapshot!(fleet.story.join("\n"));
}

#[test]
fn a_hung_master_is_replaced_and_fenced_when_it_wakes() {
    let mut fleet = Fleet::new(2);
    fleet.set_life(1, Life::Hangs);
    fleet.run_until(4_000_000, |f| all_give(f, 2));
    fleet.run_for(2_000_000);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(1_000_000, |f| f.servers.writable() == [sample::addr(2)]);
    fleet.run_until(5_000_000, |f| {
        f.servers.0[&sample::addr(1)].follows == Some(sample::addr(2))
    });
    fleet.run_for(1_000_000);
    insta::assert_snapshot!(fleet.story.join("\n"));
}

#[test]
fn an_old_master_with_writes_of_its_own_is_set_apart() {
    let mut fleet = Fleet::new(3);
    fleet.set_life(1, Life::Gone);
    // It took what nobody else has.
    fleet.servers.0.get_mut(&sample::addr(1)).unwrap().at += 500;
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_for(2_000_000);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(2_000_000, |f| f.servers.0[&sample::addr(1)].fenced);
    fleet.run_for(30_000_000);
    assert_eq!(
        fleet.servers.0[&sample::addr(1)].follows,
        None,
        "it was attached across a divergence"
    );
    let apart = fleet
        .picture(0)
        .nodes
        .iter()
        .filter(|n| n.set_apart.is_some())
        .count();
    let elsewhere = fleet
        .picture(1)
        .nodes
        .iter()
        .filter(|n| n.set_apart.is_some())
        .count();
    let third = fleet
        .picture(2)
        .nodes
        .iter()
        .filter(|n| n.set_apart.is_some())
        .count();
    assert!(apart + elsewhere + third >= 1);
}

/// An old master that took writes of its own and was set apart, and a person who then attached it by hand.
fn attached_by_hand(flavor: Flavor) -> Fleet {
    let mut fleet = Fleet::new(3);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_for(2_000_000);
    fleet.servers.0.get_mut(&sample::addr(1)).unwrap().at += 500;
    fleet.set_life(1, Life::Runs);
    fleet.run_until(5_000_000, |f| apart(f) > 0);
    // Only its link is of another kind: what was judged stands.
    fleet.servers.1 = flavor;
    let at = fleet.servers.0[&sample::addr(2)].at;
    let old = fleet.servers.0.get_mut(&sample::addr(1)).unwrap();
    old.follows = Some(sample::addr(2));
    old.at = at;
    old.fenced = false;
    fleet.run_for(10_000_000);
    fleet
}

/// How many watchers take node 1 for one that stands apart.
fn apart(fleet: &mut Fleet) -> usize {
    let mut apart = |watcher: &usize| {
        let nodes = &fleet.picture(*watcher).nodes;
        nodes
            .iter()
            .any(|n| n.addr == sample::addr(1) && n.set_apart.is_some())
    };
    (0..3).filter(|watcher| apart(watcher)).count()
}

#[test]
fn what_redis_has_linked_stands_apart_no_more() {
    assert_eq!(apart(&mut attached_by_hand(Flavor::Redis)), 0);
}

#[test]
fn what_pika_has_linked_may_still_be_diverged() {
    assert!(apart(&mut attached_by_hand(Flavor::Pika)) > 0);
}

/// A stock Sentinel tells of its promotion a second later. That the node was set right once before gives no right to
/// undo it at once.
#[test]
fn a_promotion_by_somebody_else_is_given_time() {
    let mut fleet = Fleet::new(1);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.set_life(1, Life::Runs);
    fleet.run_until(5_000_000, |f| {
        f.servers.0[&sample::addr(1)].follows == Some(sample::addr(2))
    });
    fleet.run_for(10_000_000);
    fleet.servers.0.get_mut(&sample::addr(1)).unwrap().follows = None;
    fleet.run_for(5_000_000);
    assert_eq!(
        fleet.servers.0[&sample::addr(1)].follows,
        None,
        "{}",
        fleet.story.join("\n")
    );
}

#[test]
fn a_master_that_its_replicas_still_hear_is_not_dead() {
    let mut fleet = Fleet::new(4);
    fleet.write_on();
    for watcher in 0..3 {
        fleet.blind.push((watcher, sample::addr(1)));
    }
    fleet.run_for(20_000_000);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
    let codes: Vec<String> = fleet
        .picture(0)
        .findings
        .iter()
        .map(|f| f.code.clone())
        .collect();
    assert!(
        codes.contains(&"master.unreachable_but_serving".to_owned()),
        "{codes:?}"
    );
}

#[test]
fn one_watcher_alone_does_nothing() {
    let mut fleet = Fleet::new(5);
    fleet.crash(1);
    fleet.crash(2);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(20_000_000);
    assert!(fleet.promotions.is_empty());
    fleet.start(1);
    fleet.run_until(10_000_000, |f| f.master_by(0) == Some(sample::addr(2)));
    assert_eq!(fleet.promotions.len(), 1);
}

#[test]
fn an_operator_switches_over_through_a_watcher() {
    let mut fleet = Fleet::new(6);
    let wish = Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(3)],
        by: "ann@host".to_owned(),
        ..Wanted::default()
    };
    let ticket = fleet.ask(
        1,
        Request::Operate {
            cluster: "orders".to_owned(),
            wish: Box::new(wish),
        },
    );
    fleet.run_until(5_000_000, |f| all_give(f, 3));
    fleet.run_until(5_000_000, |f| f.replies.iter().any(|(t, _)| *t == ticket));
    let (_, reply) = fleet.replies.iter().find(|(t, _)| *t == ticket).unwrap();
    assert!(
        matches!(
            reply,
            Reply::Ended {
                outcome: Outcome::Done,
                ..
            }
        ),
        "{reply:?}"
    );
    assert_eq!(fleet.servers.role(&sample::addr(1)), Role::Replica);
    assert!(!fleet.servers.0[&sample::addr(1)].fenced);
}

#[test]
fn a_leader_that_dies_in_the_middle_is_followed_by_another() {
    // Whenever in its failover the leader dies.
    for ms in (320..700).step_by(20) {
        let mut fleet = Fleet::new(7);
        fleet.set_life(1, Life::Gone);
        fleet.run_for(ms * 1000);
        fleet.crash(0);
        fleet.run_until(20_000_000, |f| {
            let master = f.master_by(1);
            master != Some(sample::addr(1)) && master == f.master_by(2)
        });
        fleet.run_for(10_000_000);
        assert_eq!(fleet.servers.writable().len(), 1, "after {ms} ms");
        fleet.start(0);
        fleet.run_for(10_000_000);
        assert_eq!(
            fleet.servers.writable().len(),
            1,
            "after {ms} ms and its return\n{}",
            fleet.story.join("\n")
        );
        assert_eq!(fleet.master_by(0), fleet.master_by(1));
    }
}

/// `w0` was elected in the first epoch, with the vote of `w1`; `w2` has heard of nothing and stands in the same epoch.
fn a_second_candidate(forgets_votes: bool) -> Fleet {
    let mut fleet = Fleet::new(9);
    fleet.forgets_votes = forgets_votes;
    fleet.cut = vec![(0, 2), (1, 2)];
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| f.master_by(0) == Some(sample::addr(2)));
    fleet.cut = vec![(0, 1), (0, 2)];
    fleet.crash(1);
    fleet.start(1);
    // What was promoted is not seen by those two, and seems dead.
    for watcher in [1, 2] {
        fleet.blind.push((watcher, sample::addr(2)));
    }
    fleet.set_life(2, Life::Runs);
    fleet.run_for(60_000_000);
    fleet
}

fn by_epoch(fleet: &Fleet, epoch: u64) -> usize {
    fleet
        .promotions
        .iter()
        .filter(|(e, _, _)| *e == epoch)
        .count()
}

#[test]
fn a_vote_outlives_a_restart() {
    let fleet = a_second_candidate(false);
    assert_eq!(by_epoch(&fleet, 1), 1, "{}", fleet.story.join("\n"));
}

#[test]
fn while_it_is_paused_nothing_happens() {
    let mut fleet = Fleet::new(8);
    for watcher in 0..3 {
        fleet.ask(
            watcher,
            Request::Pause {
                cluster: "orders".to_owned(),
                until_ms: None,
                by: "ann".to_owned(),
                reason: None,
                said_ms: None,
            },
        );
    }
    fleet.run_for(100_000);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(10_000_000);
    assert!(fleet.promotions.is_empty());
    for watcher in 0..3 {
        fleet.ask(
            watcher,
            Request::Resume {
                cluster: "orders".to_owned(),
                by: "ann".to_owned(),
                said_ms: None,
            },
        );
    }
    fleet.run_until(3_000_000, |f| all_give(f, 2));
}

#[test]
fn a_watcher_that_cannot_save_neither_votes_nor_leads() {
    let mut fleet = Fleet::new(10);
    fleet.full_disks = vec![0, 1];
    fleet.set_life(1, Life::Gone);
    // One vote is none, however often it is asked for.
    fleet.run_for(30_000_000);
    assert!(fleet.promotions.is_empty(), "{:?}", fleet.promotions);
    // With two that can, it is done.
    fleet.full_disks = vec![0];
    fleet.run_until(20_000_000, |f| all_give(f, 2));
    assert!(
        fleet.promotions.iter().all(|(_, by, _)| *by != 0),
        "{:?}",
        fleet.promotions
    );
    // Whoever has room again counts again.
    fleet.full_disks.clear();
    fleet.set_life(1, Life::Runs);
    fleet.crash(1);
    fleet.run_for(70_000_000);
    fleet.set_life(2, Life::Gone);
    fleet.run_until(20_000_000, |f| !all_give(f, 2));
}
