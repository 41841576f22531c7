//! How long an election takes, when the next one may be, and how long a promise binds.

use super::fleet::id;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::engine::spec::Periods;
use crate::decide::order::Order;
use crate::decide::sample;
use crate::decide::watcher::Id;

const S: u64 = 1_000_000;
const LOST: &str = "-failover-abort-not-elected";

/// It stands for the first time, beside these.
fn candidate(others: &[u8]) -> Scene {
    let mut scene = Scene::beside(others);
    scene.master_dies(others);
    assert_eq!(scene.said(STANDS), [scene.now_us]);
    scene
}

#[test]
fn whoever_is_not_elected_in_two_seconds_has_lost() {
    let mut scene = candidate(&[7, 8]);
    let stood_us = scene.now_us;
    scene.pass(2 * S);
    assert_eq!(scene.said(LOST), [stood_us + 2 * S]);
    // Stock's debugging sets less.
    let mut scene = Scene::beside(&[7, 8]);
    let periods = Periods {
        election_ms: 500,
        ..Periods::default()
    };
    scene.tell(Event::Periods { periods });
    scene.master_dies(&[7, 8]);
    let stood_us = scene.now_us;
    scene.pass(S);
    assert_eq!(scene.said(LOST)[0], stood_us + 500_000);
}

#[test]
fn votes_are_asked_for_again_every_fifth_of_a_second() {
    let mut scene = candidate(&[7]);
    let stood_us = scene.now_us;
    scene.pass(S);
    let asked = scene.did(|a| {
        matches!(
            a,
            Action::AskPeer {
                candidate: Some(_),
                epoch: 1,
                ..
            }
        )
    });
    let each: Vec<u64> = (0..=5).map(|n| stood_us + n * 200_000).collect();
    assert_eq!(asked, each);
}

#[test]
fn an_election_ends_when_everybody_who_can_be_asked_has_voted() {
    let lost_after = |others: &[u8], votes: fn(&mut Scene)| {
        let mut scene = candidate(others);
        let stood_us = scene.now_us;
        scene.pass(100_000);
        votes(&mut scene);
        scene.pass(2 * S);
        scene.said(LOST)[0] - stood_us
    };
    let all = lost_after(&[7, 8], |scene| {
        scene.votes(7, 7, 1);
        scene.votes(8, 7, 1);
    });
    assert_eq!(all, 100_000);
    let later = lost_after(&[7, 8], |scene| {
        scene.votes(7, 7, 2);
        scene.votes(8, 7, 1);
    });
    assert_eq!(later, 100_000, "in a later epoch");
    let one = lost_after(&[7, 8], |scene| scene.votes(7, 7, 1));
    assert_eq!(one, 2 * S, "the other may yet vote");
    let earlier = lost_after(&[7, 8], |scene| {
        scene.votes(7, 7, 1);
        scene.votes(8, 7, 0);
    });
    assert_eq!(earlier, 2 * S, "in an earlier epoch");
    let silent = lost_after(&[7, 8], |scene| {
        scene.votes(7, 7, 1);
        scene.watcher_quiet(8);
    });
    assert_eq!(silent, 100_000, "the other cannot be asked");
    let none = lost_after(&[7, 8], |scene| {
        scene.votes(7, 7, 1);
        scene.says(8, true);
    });
    assert_eq!(none, 2 * S, "the other has said no name");
}

/// Whoever is alone and needs another waits for one to come.
#[test]
fn an_operator_of_a_lone_watcher_is_told_of_the_lost_election_when_its_time_is_over() {
    let mut scene = Scene::new();
    let wish = Wanted {
        kind: "promote".to_owned(),
        ..Wanted::default()
    };
    let (cluster, wish) = (cluster(), Box::new(wish));
    scene.ask(Request::Operate { cluster, wish });
    scene.pass(S);
    let stood_us = scene.said(STANDS)[0];
    scene.until(stood_us + 2 * S - 1);
    assert_eq!(scene.reply(1), None);
    scene.pass(1);
    match scene.reply(1) {
        Some(Reply::Refused { code, text, .. }) => {
            assert_eq!(code, "election.lost");
            assert!(text.contains("fewer than 2 of 1 watchers"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

/// Not all at once again: who comes later waits longer, a die spreads them, and it becomes rarer.
#[test]
fn whoever_has_lost_waits_longer_each_time() {
    let pauses = |others: &[u8], nonce: u64| {
        let mut scene = Scene::beside(others);
        scene.nonce = nonce;
        scene.master_dies(others);
        for _ in 0..70 {
            scene.pass(S / 2);
            for other in others {
                scene.says(*other, true);
            }
        }
        let (lost, stood) = (scene.said(LOST), scene.said(STANDS));
        let pairs = lost.iter().zip(&stood[1..]);
        pairs
            .map(|(lost, stood)| (stood - lost) / 1000)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pauses(&[7], 0)[..9],
        [300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2400]
    );
    assert_eq!(pauses(&[7], 300_000)[..2], [300, 600]);
    assert_eq!(pauses(&[7], 399_000)[..2], [399, 798]);
    // Whoever comes second waits twice as long, and lets the first go before him.
    assert_eq!(pauses(&[1], 0)[..2], [660, 1260]);
}

fn vote(scene: &mut Scene, candidate: u8, epoch: u64) -> Option<Id> {
    let request = Request::Vote {
        master: sample::addr(1),
        epoch,
        candidate: Some(id(candidate)),
    };
    match scene.ask(request) {
        Some(Reply::Vote { leader, .. }) => leader,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_promise_binds_for_five_seconds_and_not_for_a_moment_longer() {
    for (after_us, then) in [(5 * S - 1, 7), (5 * S, 8)] {
        let mut scene = Scene::beside(&[7, 8]);
        assert_eq!(vote(&mut scene, 7, 1), Some(id(7)));
        scene.pass(after_us);
        assert_eq!(vote(&mut scene, 8, 2), Some(id(then)), "{after_us}");
    }
}

/// A stock Sentinel knows of no such promise and may take longer.
#[test]
fn whoever_has_voted_stands_himself_after_five_seconds_or_after_ten_for_a_sentinel() {
    for (pikafo, waits_us) in [(true, 5 * S), (false, 10 * S)] {
        let mut scene = Scene::beside(&[8]);
        if pikafo {
            scene.meets_pikafo(7);
        } else {
            scene.meets(7);
        }
        let died_us = scene.master_dies(&[]);
        vote(&mut scene, 7, 1);
        let voted_us = scene.now_us;
        for _ in 0..12 {
            scene.says(7, true);
            scene.says(8, true);
            scene.pass(S);
        }
        assert_eq!(
            scene.said(STANDS).first(),
            Some(&(voted_us + waits_us)),
            "{died_us}"
        );
    }
}

/// Its own vote alone is a mandate, for as long as any.
#[test]
fn a_watcher_that_is_alone_is_its_own_majority_for_five_seconds() {
    let mut scene = Scene::by_itself();
    scene.master_dies(&[]);
    scene.pass(S);
    let until = |action: &Action| {
        let Action::Order {
            order: Order::Promote { .. },
            until_us,
            ..
        } = action
        else {
            return None;
        };
        *until_us
    };
    let given = scene.done.iter().find_map(|(_, action)| until(action));
    let elected_us = scene.said("+elected-leader")[0];
    assert_eq!(elected_us, scene.said(STANDS)[0]);
    assert_eq!(given, Some(elected_us + 5 * S));
}

/// It has given its vote to somebody else in the meantime.
#[test]
fn a_candidate_does_not_count_a_vote_that_it_has_given_away() {
    let mut scene = candidate(&[7, 8]);
    assert_eq!(vote(&mut scene, 7, 2), Some(id(7)));
    scene.votes(8, ME, 1);
    scene.pass(S);
    assert!(scene.never("+elected-leader"));
}

/// The last replica is lost between the candidacy and the votes.
#[test]
fn whoever_is_elected_and_finds_no_candidate_tries_again_after_a_second() {
    let mut scene = candidate(&[7, 8]);
    scene.hangs(2);
    scene.hangs(3);
    scene.votes(7, ME, 1);
    assert_eq!(scene.said("-failover-abort-no-good-slave"), [scene.now_us]);
    let elected_us = scene.now_us;
    scene.back(2);
    scene.back(3);
    scene.says(7, true);
    scene.pass(5 * S);
    assert_eq!(scene.said(STANDS)[1], elected_us + S);
}

/// Nobody asked for it, and the record says which watcher did it.
#[test]
fn what_a_watcher_does_by_itself_is_signed_with_its_name() {
    let mut scene = candidate(&[7, 8]);
    scene.votes(7, ME, 1);
    let plan = scene.plan().unwrap();
    assert_eq!(plan.by, "watcher 00000000");
    assert!(plan.automatic);
}

#[test]
fn who_is_elected_when_the_master_is_back_replaces_nobody() {
    for back in [false, true] {
        let mut scene = candidate(&[7, 8]);
        if back {
            scene.back(1);
        }
        scene.votes(7, ME, 1);
        scene.pass(S);
        assert_eq!(scene.plan().is_none(), back);
    }
}

/// What was said to it before its disk stood still is old by now: whoever votes for it hears the master.
#[test]
fn who_is_elected_by_those_who_hear_the_master_replaces_nobody() {
    for down in [true, false] {
        let mut scene = Scene::beside(&[7, 8]);
        scene.master_dies(&[7]);
        scene.ballot(7, down, Some(ME), 1);
        scene.pass(S);
        assert_eq!(scene.said("+elected-leader").len(), 1);
        assert_eq!(scene.plan().is_some(), down);
    }
}
