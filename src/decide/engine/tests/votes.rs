//! What a vote binds its voter to.

use super::fleet::Fleet;
use super::fleet::id;
use super::fleet::watcher_addr;
use super::nodes::Life;
use super::overtaken::a_slow_leader;
use super::overtaken::leads;
use super::stories::vote_of;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::event::Wanted;
use crate::decide::sample;
use crate::decide::watcher::Hello;

#[test]
fn a_rival_who_asks_in_the_same_epoch_gets_neither_the_vote_nor_the_promise() {
    let mut fleet = Fleet::new(14);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    assert_eq!(vote_of(&mut fleet, 1, 1, 2), given);
    assert_eq!(vote_of(&mut fleet, 1, 9, 2), given);
    let told = fleet.story.iter().filter(|l| l.contains("+new-epoch 1"));
    assert_eq!(told.count(), 1, "{}", fleet.story.join("\n"));
}

#[test]
fn a_leader_who_asks_again_is_promised_anew() {
    let mut fleet = Fleet::new(14);
    let given = Some((id(0), 1));
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    fleet.run_for(4_000_000);
    assert_eq!(vote_of(&mut fleet, 1, 1, 0), given);
    fleet.run_for(3_000_000);
    assert_eq!(vote_of(&mut fleet, 1, 9, 2), given);
}

#[test]
fn an_epoch_that_is_over_gets_no_vote() {
    let mut fleet = Fleet::new(14);
    let hello = Hello {
        addr: watcher_addr(2),
        id: id(2),
        current_epoch: 5,
        cluster: "orders".to_owned(),
        master: sample::addr(1),
        config_epoch: 0,
    };
    fleet.tell(1, Event::Hello { hello });
    fleet.run_for(0);
    assert_eq!(vote_of(&mut fleet, 1, 3, 0), None);
    assert_eq!(vote_of(&mut fleet, 1, 6, 0), Some((id(0), 6)));
}

#[test]
fn who_leads_votes_for_nobody_else() {
    let mut fleet = a_slow_leader(31, |f| leads(f).is_some());
    let leader = leads(&mut fleet).unwrap();
    let own = u8::try_from(leader).unwrap();
    let given = vote_of(&mut fleet, leader, 50, (own + 1) % 3);
    assert_eq!(given.map(|(whom, _)| whom), Some(id(own)));
}

#[test]
fn a_candidate_who_votes_for_another_stands_no_longer() {
    let mut spec = sample::spec();
    spec.detect.quorum = 1;
    let mut fleet = Fleet::of(11, spec);
    fleet.cut = vec![(0, 1), (0, 2), (1, 2)];
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| f.picture(0).failover == Some("wait_start"));
    assert_eq!(vote_of(&mut fleet, 0, 50, 2), Some((id(2), 50)));
    assert_eq!(fleet.picture(0).failover, None);
}

/// Whoever has promised his vote stands back until he has heard what came of it, and no longer.
#[test]
fn a_promise_ends_with_the_word_of_what_came_of_it() {
    let mut fleet = Fleet::new(6);
    for (watcher, node) in [(0, 2), (1, 3)] {
        let wish = Wanted {
            kind: "promote".to_owned(),
            nodes: vec![sample::addr(node)],
            by: "ann@host".to_owned(),
            ..Wanted::default()
        };
        let cluster = "orders".to_owned();
        let wish = Box::new(wish);
        let ticket = fleet.ask(watcher, Request::Operate { cluster, wish });
        fleet.run_until(3_000_000, |f| f.replies.iter().any(|(t, _)| *t == ticket));
        assert_eq!(fleet.master_by(watcher), Some(sample::addr(node)));
    }
}

/// Two of three are a majority, and two of four or five are none, whether the others were ever heard again or not.
#[test]
fn everybody_who_was_ever_seen_counts_in_a_majority() {
    for more in 0..3u8 {
        let mut fleet = Fleet::new(14);
        for other in 3..3 + more {
            let hello = Hello {
                addr: watcher_addr(usize::from(other)),
                id: id(other),
                current_epoch: 0,
                cluster: "orders".to_owned(),
                master: sample::addr(1),
                config_epoch: 0,
            };
            for watcher in [0, 1] {
                let hello = hello.clone();
                fleet.tell(watcher, Event::Hello { hello });
            }
        }
        fleet.crash(2);
        fleet.set_life(1, Life::Gone);
        fleet.run_for(20_000_000);
        assert_eq!(fleet.promotions.is_empty(), more > 0, "{more}");
    }
}
