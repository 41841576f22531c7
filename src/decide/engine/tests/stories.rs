//! Ordinary bad days.

use super::fleet::Fleet;
use super::fleet::id;
use super::fleet::watcher_addr;
use super::nodes::Life;
use super::nodes::Server;
use super::nodes::closed_port;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Role;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

fn all_give(fleet: &mut Fleet, node: u8) -> bool {
    (0..3).all(|w| !fleet.is_up(w) || fleet.master_by(w) == Some(sample::addr(node)))
}

#[test]
fn a_killed_master_is_replaced() {
    let mut fleet = Fleet::new(1);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_until(3_000_000, |f| {
        f.servers.all[&sample::addr(3)].follows == Some(sample::addr(2))
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
        f.servers.all[&sample::addr(1)].follows == Some(sample::addr(2))
    });
    fleet.run_for(1_000_000);
    insta::assert_snapshot!(fleet.story.join("\n"));
}

#[test]
pub(in crate::decide) fn an_old_master_with_writes_of_its_own_is_set_apart() {
    let mut fleet = Fleet::new(3);
    fleet.set_life(1, Life::Gone);
    // It took what nobody else has.
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().at += 500;
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_for(2_000_000);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(2_000_000, |f| f.servers.all[&sample::addr(1)].fenced);
    fleet.run_for(30_000_000);
    assert_eq!(
        fleet.servers.all[&sample::addr(1)].follows,
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

/// Somebody else attaches it, first as Pika would let anybody do it, and then by a full copy.
#[test]
fn who_stands_apart_is_taken_in_again_after_a_copy_and_not_before() {
    let mut fleet = Fleet::new(3);
    fleet.set_life(1, Life::Gone);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().at += 500;
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.run_for(2_000_000);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(2_000_000, |f| f.servers.all[&sample::addr(1)].fenced);
    fleet.run_for(5_000_000);
    let apart = |fleet: &mut Fleet| {
        let nodes = (0..3).flat_map(|w| fleet.picture(w).nodes.clone());
        nodes.filter(|n| n.set_apart.is_some()).count()
    };
    let before = apart(&mut fleet);
    assert!(before > 0);
    let server = |fleet: &mut Fleet, change: fn(&mut Server)| {
        change(fleet.servers.all.get_mut(&sample::addr(1)).unwrap());
        fleet.news(&sample::addr(1));
    };
    server(&mut fleet, |s| s.follows = Some(sample::addr(2)));
    fleet.run_for(20_000_000);
    assert_eq!(apart(&mut fleet), before, "a link alone says nothing");
    server(&mut fleet, |s| s.copying = true);
    fleet.run_for(3_000_000);
    assert_eq!(apart(&mut fleet), before, "it has not got everything");
    server(&mut fleet, |s| (s.copying, s.torn) = (false, true));
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet), before, "it was cut off");
    server(&mut fleet, |s| (s.copying, s.torn) = (true, false));
    fleet.run_for(3_000_000);
    server(&mut fleet, |s| s.copying = false);
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet), 0);
    assert!(
        !fleet.servers.all[&sample::addr(1)].fenced,
        "it is of use again"
    );
}

/// It has lost its data, links by itself at the beginning of a log that begins later, and says nothing of it; so does who
/// follows another replica.
#[test]
fn a_replica_that_lacks_what_came_before_its_stream_is_copied_to() {
    for above in [1, 2] {
        let mut fleet = Fleet::new(50);
        fleet.servers.all.get_mut(&sample::addr(2)).unwrap().relays = true;
        fleet.write_on();
        let server = fleet.servers.all.get_mut(&sample::addr(3)).unwrap();
        (server.short, server.follows) = (90, Some(sample::addr(above)));
        fleet.news(&sample::addr(3));
        fleet.run_until(60_000_000, |f| f.servers.all[&sample::addr(3)].short == 0);
        fleet.run_for(30_000_000);
        let server = &fleet.servers.all[&sample::addr(3)];
        assert_eq!(server.follows, Some(sample::addr(1)));
        assert!(fleet.memory(0).gaps.is_empty());
        let copies = fleet.story.iter();
        let copies = copies.filter(|line| line.contains("+slave-reconf-sent"));
        assert_eq!(copies.count(), 1, "{}", fleet.story.join("\n"));
    }
}

/// Attaching it again does not help: it is tried less and less often, and a person is told why.
#[test]
fn a_replica_whose_login_is_refused_is_told_of_and_tried_less_and_less_often() {
    let mut fleet = Fleet::new(51);
    let server = |fleet: &mut Fleet, stranger| {
        let server = fleet.servers.all.get_mut(&sample::addr(3)).unwrap();
        server.stranger = stranger;
        fleet.news(&sample::addr(3));
    };
    let told = |fleet: &Fleet, channel: &str| {
        let lines = fleet.story.iter();
        lines.filter(|line| line.contains(channel)).count()
    };
    let finding = |fleet: &mut Fleet| {
        let findings = fleet.picture(0).findings.clone();
        findings.iter().any(|f| f.code == "replica.link_down.auth")
    };
    server(&mut fleet, true);
    fleet.run_for(3600 * 1_000_000);
    let tries = told(&fleet, "+fix-slave-config");
    assert!((5..=24).contains(&tries), "{tries} in an hour");
    assert_eq!(told(&fleet, "+slave-login-refused"), 3);
    assert!(finding(&mut fleet));
    server(&mut fleet, false);
    fleet.run_for(60_000_000);
    assert_eq!(told(&fleet, "-slave-login-refused"), 3);
    assert!(!finding(&mut fleet));
}

/// Its link is up, and it lacks what was in the copy: nothing but another copy sets that right.
#[test]
fn a_replica_that_was_cut_off_from_its_copy_is_copied_to_again() {
    let mut fleet = Fleet::new(3);
    fleet.run_for(5_000_000);
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().torn = true;
    fleet.news(&sample::addr(3));
    fleet.run_until(60_000_000, |f| !f.servers.all[&sample::addr(3)].torn);
    fleet.run_for(10_000_000);
    assert_eq!(
        fleet.servers.all[&sample::addr(3)].follows,
        Some(sample::addr(1))
    );
    assert!(!fleet.servers.all[&sample::addr(3)].fenced);
}

/// Left alone, Pika tries again what was refused, and takes a position that fits by number for a link.
#[test]
fn who_stands_apart_is_led_away_from_a_master_that_refuses_it() {
    let mut fleet = Fleet::new(4);
    let server = fleet.servers.all.get_mut(&sample::addr(3)).unwrap();
    server.at += 500;
    server.refused = true;
    fleet.set_life(3, Life::Runs);
    let follows = |f: &Fleet| f.servers.all[&sample::addr(3)].follows.clone();
    fleet.run_until(40_000_000, |f| follows(f) == Some(closed_port()));
    fleet.run_for(30_000_000);
    assert_eq!(follows(&fleet), Some(closed_port()));
    for watcher in 0..3 {
        let picture = fleet.picture(watcher);
        let apart = picture.nodes.iter().filter(|n| n.set_apart.is_some());
        assert_eq!(apart.count(), 1, "{watcher}");
    }
    // A restart brings back what its file says.
    fleet.set_life(3, Life::Gone);
    fleet.set_life(3, Life::Runs);
    assert_eq!(follows(&fleet), Some(sample::addr(1)));
    fleet.run_until(40_000_000, |f| follows(f) == Some(closed_port()));
}

/// A Pika that others follow is taken as nobody's replica: the end of a chain is moved first.
#[test]
fn a_chain_that_strays_is_set_right_from_its_end() {
    let mut fleet = Fleet::new(5);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(3_000_000, |f| all_give(f, 2));
    fleet.set_life(1, Life::Runs);
    fleet.run_for(10_000_000);
    let follows = |f: &Fleet, node| f.servers.all[&sample::addr(node)].follows.clone();
    let well = |f: &Fleet| [1, 3].map(|n| follows(f, n)) == [2, 2].map(|n| Some(sample::addr(n)));
    assert!(well(&fleet), "{}", fleet.story.join("\n"));
    for (node, follows) in [(1, 9), (3, 1)] {
        let server = fleet.servers.all.get_mut(&sample::addr(node)).unwrap();
        server.follows = Some(sample::addr(follows));
        server.binding = true;
        fleet.set_life(node, Life::Runs);
    }
    fleet.run_until(15_000_000, |f| well(f));
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
        f.servers.all[&sample::addr(1)].follows == Some(sample::addr(2))
    });
    fleet.run_for(10_000_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().follows = None;
    fleet.run_for(5_000_000);
    assert_eq!(
        fleet.servers.all[&sample::addr(1)].follows,
        None,
        "{}",
        fleet.story.join("\n")
    );
}

#[test]
pub(in crate::decide) fn a_master_that_its_replicas_still_hear_is_not_dead() {
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

/// A quorum may be one. A leader needs a majority all the same.
#[test]
pub(in crate::decide) fn a_quorum_of_one_elects_nobody() {
    let mut spec = sample::spec();
    spec.detect.quorum = 1;
    let mut fleet = Fleet::of(11, spec);
    fleet.cut = vec![(0, 1), (0, 2), (1, 2)];
    fleet.set_life(1, Life::Gone);
    fleet.run_for(20_000_000);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
    fleet.cut.clear();
    fleet.run_until(20_000_000, |f| all_give(f, 2));
    assert_eq!(fleet.broken, Vec::<String>::new());
}

/// What was won once is not won again: the others gave their votes in an epoch, and have given none in the next.
#[test]
pub(in crate::decide) fn votes_of_an_earlier_epoch_elect_nobody() {
    let mut spec = sample::spec();
    spec.detect.quorum = 1;
    let mut fleet = Fleet::of(13, spec);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| all_give(f, 2));
    fleet.set_life(1, Life::Runs);
    fleet.run_for(15_000_000);
    fleet.cut = vec![(0, 1), (0, 2), (1, 2)];
    fleet.set_life(2, Life::Gone);
    fleet.run_for(20_000_000);
    assert_eq!(fleet.promotions.len(), 1, "{}", fleet.story.join("\n"));
    assert_eq!(fleet.broken, Vec::<String>::new());
}

#[test]
pub(in crate::decide) fn who_has_promised_a_leader_votes_for_no_other() {
    let mut fleet = Fleet::new(14);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    assert_eq!(vote_of(&mut fleet, 1, 9, 2), given);
    // A promise ends.
    fleet.run_for(6_000_000);
    assert_eq!(vote_of(&mut fleet, 1, 10, 2), Some((id(2), 10)));
}

#[test]
fn who_has_promised_a_leader_stands_for_no_operator_either() {
    let mut fleet = Fleet::new(14);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    let wish = Wanted {
        kind: "promote".to_owned(),
        by: "ann@host".to_owned(),
        ..Wanted::default()
    };
    let request = Request::Operate {
        cluster: "orders".to_owned(),
        wish: Box::new(wish),
    };
    let ticket = fleet.ask(1, request);
    fleet.run_for(4_500_000);
    assert!(fleet.replies.iter().all(|(t, _)| *t != ticket));
    assert_eq!(vote_of(&mut fleet, 1, 0, 0), given);
    fleet.run_until(5_000_000, |f| f.replies.iter().any(|(t, _)| *t == ticket));
    let (_, reply) = fleet.replies.iter().find(|(t, _)| *t == ticket).unwrap();
    let done = matches!(
        reply,
        Reply::Ended {
            outcome: Outcome::Done,
            ..
        }
    );
    assert!(done, "{reply:?}");
}

#[test]
fn a_promise_outlives_a_restart() {
    let mut fleet = Fleet::new(14);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    fleet.crash(1);
    fleet.start(1);
    assert_eq!(vote_of(&mut fleet, 1, 9, 2), given);
    fleet.run_for(6_000_000);
    assert_eq!(vote_of(&mut fleet, 1, 10, 2), Some((id(2), 10)));
}

/// A hello of before the failover comes after it.
#[test]
pub(in crate::decide) fn a_master_of_an_earlier_epoch_is_not_believed() {
    let mut fleet = Fleet::new(15);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| all_give(f, 2));
    let hello = Hello {
        addr: watcher_addr(2),
        id: id(2),
        current_epoch: 0,
        cluster: "orders".to_owned(),
        master: sample::addr(1),
        config_epoch: 0,
    };
    fleet.tell(0, Event::Hello { hello });
    fleet.run_for(0);
    assert_eq!(fleet.master_by(0), Some(sample::addr(2)));
}

#[test]
pub(in crate::decide) fn a_second_failover_waits_until_it_may_be() {
    let mut spec = sample::spec();
    spec.block_for_ms = 60_000;
    let mut fleet = Fleet::of(12, spec);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| all_give(f, 2));
    fleet.set_life(1, Life::Runs);
    fleet.run_for(10_000_000);
    fleet.set_life(2, Life::Gone);
    fleet.run_for(40_000_000);
    assert_eq!(fleet.promotions.len(), 1, "{}", fleet.story.join("\n"));
    fleet.run_until(20_000_000, |f| !all_give(f, 2));
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
    assert!(!fleet.servers.all[&sample::addr(1)].fenced);
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

/// The answer of a watcher that is asked for its vote at this moment.
pub(super) fn vote_of(
    fleet: &mut Fleet,
    voter: usize,
    epoch: u64,
    candidate: u8,
) -> Option<(Id, u64)> {
    let request = Request::Vote {
        master: sample::addr(1),
        epoch,
        candidate: Some(id(candidate)),
    };
    let ticket = fleet.ask(voter, request);
    fleet.run_for(0);
    let reply = fleet.replies.iter().find(|(t, _)| *t == ticket);
    match reply {
        Some((
            _,
            Reply::Vote {
                leader,
                leader_epoch,
                ..
            },
        )) => Some((leader.clone()?, *leader_epoch)),
        _ => None,
    }
}

#[test]
pub(in crate::decide) fn a_vote_outlives_a_restart() {
    let mut fleet = Fleet::new(9);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    fleet.crash(1);
    fleet.start(1);
    // The promise has ended; the vote of this epoch has not.
    fleet.run_for(6_000_000);
    assert_eq!(vote_of(&mut fleet, 1, 1, 2), given);
}

#[test]
pub(in crate::decide) fn a_vote_that_cannot_be_saved_is_not_told() {
    let mut fleet = Fleet::new(16);
    fleet.full_disks = vec![1];
    assert_eq!(vote_of(&mut fleet, 1, 1, 2), None);
}

#[test]
pub(in crate::decide) fn while_it_is_paused_nothing_happens() {
    let mut fleet = Fleet::new(8);
    for watcher in 0..3 {
        fleet.ask(
            watcher,
            Request::Pause {
                cluster: "orders".to_owned(),
                for_ms: None,
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
