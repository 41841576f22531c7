use std::collections::BTreeMap;

use super::*;
use crate::decide::facts::Role;
use crate::decide::position::Position;

const RULES: Rules = Rules {
    down_after: Duration::from_secs(5),
    refused_after: Duration::from_secs(1),
    quorum: 2,
    replicas_must_agree: true,
};

fn replica(link: Link, repl: u64) -> Replication {
    Replication {
        role: Role::Replica,
        master: None,
        link,
        link_down_s: None,
        last_io_s: None,
        db_states: BTreeMap::new(),
        history_id: None,
        second_history: None,
        connected_replicas: None,
        replicas: Vec::new(),
        eligible: None,
        position: Some(Position::Redis { repl }),
        priority: None,
        read_only: None,
        failover_under_way: false,
        kept_from: None,
        unannounced: false,
    }
}

fn look(before: Replication, after: Replication) -> ReplicaLook {
    ReplicaLook {
        addr: Addr::new("r", 1),
        before: Some(before),
        after: Some(after),
        window_ms: 5000,
        watched_ms: 5000,
    }
}

fn probes(failing: u64, refused: Option<u64>) -> Probes {
    let last = Some(Fault::new(FaultKind::Hung, "no answer"));
    Probes {
        failing_for_ms: Some(failing),
        refused_for_ms: refused,
        last,
    }
}

#[test]
fn a_process_that_is_gone_is_known_sooner_than_a_silent_one() {
    assert!(matches!(
        weigh(&probes(1200, Some(1200)), &[], &[], &RULES),
        Finding::Dead(_)
    ));
    assert!(matches!(
        weigh(&probes(1200, None), &[], &[], &RULES),
        Finding::NotYet(_)
    ));
}

#[test]
fn slow_is_not_dead_while_replicas_still_receive() {
    let moving = look(replica(Link::Up, 1), replica(Link::Up, 2));
    assert!(matches!(
        weigh(&probes(6000, None), &[moving], &[], &RULES),
        Finding::Contradicted(_)
    ));
    let still = look(replica(Link::Up, 1), replica(Link::Up, 1));
    assert!(matches!(
        weigh(&probes(6000, None), &[still], &[], &RULES),
        Finding::Dead(_)
    ));
}

#[test]
fn where_replicas_need_not_agree_they_are_not_heeded() {
    let alone = Rules {
        replicas_must_agree: false,
        ..RULES
    };
    let moving = look(replica(Link::Up, 1), replica(Link::Up, 2));
    assert!(matches!(
        weigh(&probes(6000, None), &[moving], &[], &alone),
        Finding::Dead(_)
    ));
}

#[test]
fn a_silent_master_of_whose_replicas_none_can_be_asked_may_live() {
    let mut unasked = look(replica(Link::Up, 1), replica(Link::Up, 1));
    unasked.after = None;
    let weighed = |refused, rules| {
        let looks = std::slice::from_ref(&unasked);
        weigh(&probes(6000, refused), looks, &[], rules)
    };
    assert!(matches!(weighed(None, &RULES), Finding::NoQuorum(_)));
    // Where nobody listens nobody lives.
    assert!(matches!(weighed(Some(6000), &RULES), Finding::Dead(_)));
    let alone = Rules {
        replicas_must_agree: false,
        ..RULES
    };
    assert!(matches!(weighed(None, &alone), Finding::Dead(_)));
}

#[test]
fn a_quorum_of_the_watchers_named_is_needed() {
    let down = look(replica(Link::Up, 1), replica(Link::Down, 1));
    let vote = |down| WatcherVote {
        addr: Addr::new("w", 1),
        down,
    };
    let weighed = |votes: &[WatcherVote]| {
        weigh(
            &probes(6000, None),
            std::slice::from_ref(&down),
            votes,
            &RULES,
        )
    };
    assert!(matches!(
        weighed(&[vote(Some(false)), vote(None)]),
        Finding::NoQuorum(_)
    ));
    assert!(matches!(
        weighed(&[vote(Some(true)), vote(None)]),
        Finding::Dead(_)
    ));
}

#[test]
fn a_master_that_one_watcher_hears_is_given_time_to_show_it_to_its_replicas() {
    let idle = look(replica(Link::Up, 1), replica(Link::Up, 1));
    let lost = look(replica(Link::Up, 1), replica(Link::Down, 1));
    let votes = [Some(true), Some(false)].map(|down| WatcherVote {
        addr: Addr::new("w", 1),
        down,
    });
    let weighed = |failing, look: &ReplicaLook| {
        let looks = std::slice::from_ref(look);
        weigh(&probes(failing, None), looks, &votes, &RULES)
    };
    assert!(matches!(weighed(6000, &idle), Finding::NotYet(_)));
    assert!(matches!(weighed(6000, &lost), Finding::Dead(_)));
    assert!(matches!(weighed(17_000, &idle), Finding::Dead(_)));
}

#[test]
fn a_replica_without_a_stream_does_not_say_that_its_master_is_gone() {
    let votes = [Some(true), Some(false)].map(|down| WatcherVote {
        addr: Addr::new("w", 1),
        down,
    });
    for link in [Link::Syncing, Link::Error] {
        let looks = [look(replica(link, 1), replica(link, 1))];
        let weighed = weigh(&probes(6000, None), &looks, &votes, &RULES);
        assert!(matches!(weighed, Finding::NotYet(_)), "{link:?}");
    }
}

#[test]
fn a_watcher_that_may_hear_it_has_a_moment_to_say_so() {
    let still = || [look(replica(Link::Up, 1), replica(Link::Up, 1))];
    let votes = [Some(true), None].map(|down| WatcherVote {
        addr: Addr::new("w", 1),
        down,
    });
    let weighed = |ms| weigh(&probes(ms, None), &still(), &votes, &RULES);
    assert!(matches!(weighed(5249), Finding::NotYet(_)));
    // It may be dead itself.
    assert!(matches!(weighed(5250), Finding::Dead(_)));
    // The replicas' own links are worth more.
    let lost = [look(replica(Link::Up, 1), replica(Link::Down, 1))];
    let weighed = weigh(&probes(5100, None), &lost, &votes, &RULES);
    assert!(matches!(weighed, Finding::Dead(_)));
}

/// Everybody else says that it is down, and this host has been back for a moment only.
#[test]
fn a_replica_is_watched_for_a_while_before_its_silence_counts() {
    let down = WatcherVote {
        addr: Addr::new("w", 1),
        down: Some(true),
    };
    let weighed = |watched_ms| {
        let still = look(replica(Link::Up, 5), replica(Link::Up, 5));
        let still = ReplicaLook {
            watched_ms,
            ..still
        };
        // From who has no stream nothing is to be seen, however long it is watched.
        let none = look(replica(Link::Syncing, 5), replica(Link::Syncing, 5));
        let none = ReplicaLook {
            watched_ms: 0,
            ..none
        };
        weigh(
            &probes(6000, None),
            &[still, none],
            std::slice::from_ref(&down),
            &RULES,
        )
    };
    assert!(matches!(weighed(499), Finding::NotYet(_)));
    assert!(matches!(weighed(500), Finding::Dead(_)));
}

/// Redis says how many whole seconds ago something came from its master. What came before it was watched says nothing.
#[test]
fn a_replica_that_heard_it_while_it_was_watched_contradicts() {
    for (last_io_s, hears) in [(Some(3), true), (Some(4), false), (None, false)] {
        let mut after = replica(Link::Up, 1);
        after.last_io_s = last_io_s;
        let looks = [look(replica(Link::Up, 1), after)];
        let weighed = weigh(&probes(6000, None), &looks, &[], &RULES);
        let contradicts = matches!(weighed, Finding::Contradicted(_));
        assert_eq!(contradicts, hears, "{last_io_s:?}");
    }
}

#[test]
fn an_answer_of_any_kind_is_life() {
    let mut wrong = probes(9000, None);
    wrong.last = Some(Fault::new(FaultKind::Auth, "WRONGPASS"));
    assert!(matches!(
        weigh(&wrong, &[], &[], &RULES),
        Finding::Contradicted(_)
    ));
    assert_eq!(weigh(&Probes::default(), &[], &[], &RULES), Finding::Alive);
}
