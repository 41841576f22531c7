//! Leaders that are leaders no more: what they have begun and what they have ordered.

use super::fleet::Fleet;
use super::nodes::Life;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::watcher::Hello;

/// `w0` leads a failover and is slow; `done` says how far it has come.
pub(super) fn a_slow_leader(seed: u64, mut done: impl FnMut(&mut Fleet) -> bool) -> Fleet {
    let mut fleet = Fleet::new(seed);
    fleet.delay_us = 200_000;
    fleet.set_life(1, Life::Gone);
    let until = fleet.now_us + 5_000_000;
    while !done(&mut fleet) {
        assert!(fleet.now_us < until, "{}", fleet.story.join("\n"));
        fleet.run_for(1_000);
    }
    fleet
}

pub(super) fn leads(fleet: &mut Fleet) -> Option<usize> {
    (0..3).find(|w| fleet.picture(*w).failover == Some("select_slave"))
}

/// Another has been elected in a later epoch, and has promoted `c`.
fn hear_of_another(fleet: &mut Fleet, leader: usize) {
    let other = u8::try_from((leader + 1) % 3).unwrap();
    let hello = Hello {
        addr: super::fleet::watcher_addr(usize::from(other)),
        id: super::fleet::id(other),
        current_epoch: 9,
        cluster: "orders".to_owned(),
        master: sample::addr(3),
        config_epoch: 9,
    };
    // Nobody else acts on what was never so.
    for watcher in (0..3).filter(|w| *w != leader) {
        fleet.crash(watcher);
    }
    fleet.tell(leader, Event::Hello { hello });
    fleet.run_for(1_500_000);
}

#[test]
pub(in crate::decide) fn a_leader_that_hears_of_a_later_one_goes_no_further() {
    let mut fleet = a_slow_leader(31, |f| leads(f).is_some());
    let leader = leads(&mut fleet).unwrap();
    hear_of_another(&mut fleet, leader);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

#[test]
pub(in crate::decide) fn what_an_overtaken_leader_has_ordered_is_not_sent() {
    let mut fleet = a_slow_leader(32, |f| {
        f.is_ordered(|order| matches!(order, Order::Promote { .. }))
    });
    let leader = (0..3).find(|w| fleet.picture(*w).failover == Some("wait_promotion"));
    hear_of_another(&mut fleet, leader.unwrap());
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

/// The candidate was told to become master, and whoever told it is overtaken before he has seen whether it did.
#[test]
fn a_promotion_that_was_cut_off_is_not_told_as_undone() {
    let mut fleet = Fleet::new(34);
    fleet.delay_us = 200_000;
    let wish = Box::new(Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(2)],
        by: "ann@host".to_owned(),
        ..Wanted::default()
    });
    let cluster = "orders".to_owned();
    let ticket = fleet.ask(0, Request::Operate { cluster, wish });
    fleet.run_until(20_000_000, |f| {
        f.is_ordered(|order| matches!(order, Order::Promote { .. }))
    });
    hear_of_another(&mut fleet, 0);
    let reply = fleet.replies.iter().find(|(t, _)| *t == ticket);
    let unknown = matches!(
        reply,
        Some((
            _,
            Reply::Ended {
                outcome: Outcome::Unknown { .. },
                ..
            }
        ))
    );
    assert!(unknown, "{reply:?}");
}

/// The candidate takes its time to catch up, and the other watchers have gone meanwhile.
#[test]
pub(in crate::decide) fn whoever_was_confirmed_long_ago_promotes_nobody() {
    let mut fleet = Fleet::new(33);
    for ahead in [1, 2] {
        fleet.servers.all.get_mut(&sample::addr(ahead)).unwrap().at = 1_000_000;
        fleet.set_life(ahead, Life::Runs);
    }
    let wish = Box::new(Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(3)],
        by: "ann@host".to_owned(),
        ..Wanted::default()
    });
    let cluster = "orders".to_owned();
    fleet.ask(0, Request::Operate { cluster, wish });
    fleet.run_until(2_000_000, |f| {
        f.story.iter().any(|line| line.contains("+elected-leader"))
    });
    fleet.cut = vec![(0, 1), (0, 2)];
    fleet.run_for(7_000_000);
    assert!(
        fleet.promotions.is_empty(),
        "it did not wait for the candidate"
    );
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().at = 1_000_000;
    fleet.run_for(3_000_000);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

/// A leader has told of his new master and dies before he has done. Another is elected meanwhile, in a later epoch: it is
/// not the first one's, who comes back and finishes what he began.
#[test]
fn what_was_cut_off_is_not_finished_in_the_epoch_of_another() {
    let mut fleet = Fleet::new(35);
    fleet.set_life(1, Life::Gone);
    while fleet.master_by(0) != Some(sample::addr(2)) {
        fleet.run_for(50);
    }
    fleet.crash(0);
    fleet.run_for(1_000_000);
    fleet.start(0);
    let led = fleet.picture(0).config_epoch;
    let request = Request::Vote {
        master: sample::addr(2),
        epoch: led + 1,
        candidate: Some(super::fleet::id(1)),
    };
    fleet.ask(0, request);
    fleet.run_for(20_000_000);
    assert_eq!(
        fleet.picture(0).config_epoch,
        led,
        "{}",
        fleet.story.join("\n")
    );
    assert_eq!(fleet.outcome(0), Some(&Outcome::Finished));
    assert_eq!(fleet.broken, Vec::<String>::new());
}

/// The last step waits for a replica that does not link, and everybody has known the new master since before the crash.
#[test]
fn an_old_master_is_not_waited_for_while_what_was_cut_off_is_finished() {
    let mut fleet = Fleet::new(39);
    fleet
        .servers
        .all
        .get_mut(&sample::addr(3))
        .unwrap()
        .stranger = true;
    fleet.set_life(1, Life::Gone);
    fleet.run_until(10_000_000, |f| f.servers.saved_as_master(&sample::addr(2)));
    for watcher in 0..3 {
        fleet.crash(watcher);
    }
    fleet.run_for(1_000_000);
    fleet.start(0);
    fleet.run_for(5_000_000);
    assert_eq!(fleet.outcome(0), None, "{:#?}", fleet.story);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(5_000_000, |f| f.servers.writable() == [sample::addr(2)]);
}

/// The votes were asked for, and their answers were long on their way: whoever gave them is bound from then, and the
/// leader acts no longer.
#[test]
fn a_mandate_begins_when_the_votes_were_asked_for() {
    let mut fleet = Fleet::new(36);
    for ahead in [1, 2] {
        fleet.servers.all.get_mut(&sample::addr(ahead)).unwrap().at = 1_000_000;
        fleet.set_life(ahead, Life::Runs);
    }
    fleet.run_for(100_000);
    fleet.cut = vec![(0, 1), (0, 2)];
    let wish = Box::new(Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(3)],
        by: "ann@host".to_owned(),
        ..Wanted::default()
    });
    let cluster = "orders".to_owned();
    fleet.ask(0, Request::Operate { cluster, wish });
    fleet.run_until(2_000_000, |f| {
        f.story.iter().any(|line| line.contains("+try-failover"))
    });
    let asked_us = fleet.now_us;
    fleet.run_for(1_800_000);
    for peer in [1, 2] {
        let ballot = Event::Ballot {
            cluster: "orders".to_owned(),
            peer: super::fleet::id(peer),
            down: false,
            leader: Some(super::fleet::id(0)),
            leader_epoch: fleet.picture(0).leader_epoch,
            asked_us,
        };
        fleet.tell(0, ballot);
    }
    fleet.run_for(3_200_000);
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().at = 1_000_000;
    fleet.run_for(3_000_000);
    let elected = |line: &String| line.contains("+elected-leader");
    assert!(
        fleet.story.iter().any(elected),
        "{}",
        fleet.story.join("\n")
    );
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

/// The disk of the leader fails in the moment in which the new master is to be announced: he tells nobody, his own clients
/// neither.
#[test]
fn a_leader_whose_disk_fails_as_he_announces_has_announced_nothing() {
    let mut fleet = a_slow_leader(37, |f| !f.promotions.is_empty());
    let leader = fleet.promotions[0].1;
    fleet.full_disks.push(leader);
    fleet.run_for(1_000_000);
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(sample::addr(1)), "{watcher}");
    }
    let told = fleet
        .story
        .iter()
        .any(|line| line.contains("+switch-master"));
    assert!(!told, "{}", fleet.story.join("\n"));
    fleet.full_disks.clear();
    fleet.run_for(60_000_000);
    let heir = fleet.promotions[0].2.clone();
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(heir.clone()), "{watcher}");
    }
    assert_eq!(fleet.servers.writable(), [heir]);
    assert_eq!(fleet.promotions.len(), 1);
    assert_eq!(fleet.broken, Vec::<String>::new());
}

/// He was there all the time, and has heard whatever there was to hear.
#[test]
fn a_leader_whose_disk_is_well_again_goes_on_at_once() {
    let mut fleet = a_slow_leader(37, |f| !f.promotions.is_empty());
    let leader = fleet.promotions[0].1;
    fleet.full_disks.push(leader);
    fleet.run_for(1_000_000);
    fleet.full_disks.clear();
    fleet.run_for(2_000_000);
    let heir = fleet.promotions[0].2.clone();
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(heir.clone()), "{watcher}");
    }
    assert_eq!(fleet.promotions.len(), 1);
}

/// The old master is back before anybody was told, and whom the leader promoted is a second one: he knows that nobody else is
/// about to tell of it.
#[test]
fn whom_a_leader_promoted_in_vain_is_set_right_soon() {
    let mut fleet = a_slow_leader(38, |f| !f.promotions.is_empty());
    let leader = fleet.promotions[0].1;
    fleet.full_disks.push(leader);
    fleet.run_for(200_000);
    fleet.set_life(1, Life::Runs);
    assert_eq!(fleet.servers.writable().len(), 2);
    fleet.run_for(800_000);
    fleet.full_disks.clear();
    fleet.run_until(2_000_000, |f| f.servers.writable() == [sample::addr(1)]);
    assert_eq!(fleet.promotions.len(), 1);
}

/// A person's switchover is overtaken in the moment in which the disk of whoever carries it out refuses: how it ended is the
/// first that rests on the new epoch. And a pause that cannot be kept is promised to nobody.
#[test]
fn whoever_asked_is_answered_though_the_disk_refuses() {
    let mut fleet = Fleet::new(39);
    let (cluster, by) = ("orders".to_owned(), "ann@host".to_owned());
    let wish = Box::new(Wanted {
        kind: "promote".to_owned(),
        by: by.clone(),
        ..Wanted::default()
    });
    let switchover = Request::Operate {
        cluster: cluster.clone(),
        wish,
    };
    let asked = fleet.ask(0, switchover);
    while !fleet.is_ordered(|order| matches!(order, Order::Fence { .. })) {
        assert!(fleet.now_us < 20_000_000);
        fleet.run_for(100);
    }
    fleet.full_disks.push(0);
    hear_of_another(&mut fleet, 0);
    let ended = answer(&fleet, asked);
    assert!(matches!(ended, Some(Reply::Ended { .. })), "{ended:?}");

    let mut fleet = Fleet::new(39);
    fleet.full_disks.push(0);
    let pause = Request::Pause {
        cluster,
        for_ms: None,
        by,
        reason: None,
        said_ms: None,
    };
    let asked = fleet.ask(0, pause);
    fleet.run_for(10_000);
    assert_eq!(answer(&fleet, asked), Some(Reply::cannot_save()));
}

fn answer(fleet: &Fleet, asked: u64) -> Option<Reply> {
    let mut replies = fleet.replies.iter();
    let reply = replies.find(|(ticket, _)| *ticket == asked);
    reply.map(|(_, reply)| reply.clone())
}
