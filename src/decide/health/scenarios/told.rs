//! What no single change shows: what came before, who has been promoted, whom it concerns.

use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::ReplicaLine;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::sample::*;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

use super::super::*;
use super::Change;
use super::LIMITS;
use super::changes::slow;

#[test]
fn a_replica_that_stands_still_while_the_master_moves_is_stalled() {
    let mut before = healthy();
    of(&mut before, "a").replication.position = Some(at(12, 500));
    let mut after = before.clone();
    of(&mut after, "a").replication.position = Some(at(12, 600));
    of(&mut after, "b").replication.position = Some(at(12, 600));
    let codes = |assessment: Assessment| -> Vec<(String, Option<Addr>)> {
        assessment
            .findings
            .into_iter()
            .map(|finding| (finding.code, finding.node))
            .collect()
    };
    let limits = Limits { max_lag: 10_000 };
    let found = codes(assess_pair(&before, &after, &limits));
    assert_eq!(found, [("replica.stalled".to_owned(), Some(addr(3)))]);
    // An idle master is no reason to suspect anybody.
    assert_eq!(codes(assess_pair(&before, &before, &limits)), []);
}

#[test]
fn a_replica_that_was_past_the_later_master_diverged() {
    let mut before = healthy();
    of(&mut before, "c").replication.position = Some(at(12, 400));
    let after = healthy();
    let assessment = assess_pair(&before, &after, &LIMITS);
    assert!(
        assessment
            .findings
            .iter()
            .any(|f| f.code == "replica.diverged" && f.node == Some(addr(3)))
    );
    // Seen once, a replica that was read later than the master proves nothing.
    assert_eq!(assess(&before, &LIMITS).findings, []);
}

#[test]
fn an_old_master_past_the_promotion_point_diverged() {
    let mut view = healthy();
    view.memory.promotions.push(Promotion {
        node: addr(1),
        from: Some(addr(3)),
        point: at(12, 200),
        at: "2026-11-22T10:00:00Z".into(),
        planned: false,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    });
    // Attached and up it is past the point as everybody is.
    assert_eq!(assess(&view, &LIMITS).findings, []);
    of(&mut view, "c").replication.link = Link::Down;
    let codes: Vec<String> = assess(&view, &LIMITS)
        .findings
        .into_iter()
        .map(|f| f.code)
        .collect();
    assert!(codes.contains(&"replica.diverged".to_owned()), "{codes:?}");
    of(&mut view, "c").replication.position = Some(at(12, 200));
    let codes: Vec<String> = assess(&view, &LIMITS)
        .findings
        .into_iter()
        .map(|f| f.code)
        .collect();
    assert!(!codes.contains(&"replica.diverged".to_owned()), "{codes:?}");
}

#[test]
fn a_silent_master_is_the_one_that_most_replicas_follow() {
    let mut view = healthy();
    lose(&mut view, "a", FaultKind::Timeout);
    let assessment = assess(&view, &LIMITS);
    assert_eq!(assessment.master, Some(addr(1)));
    assert_eq!(assessment.nodes[&addr(2)].lag_bytes, None);
    assert!(!assessment.nodes[&addr(2)].lag_known);
}

#[test]
fn files_of_different_sizes_have_no_lag() {
    let mut view = healthy();
    settings(&mut view, "c").binlog_file_size = Some(1024);
    let assessment = assess(&view, &LIMITS);
    assert!(!assessment.nodes[&addr(2)].lag_known);
    assert!(
        assessment
            .findings
            .iter()
            .any(|finding| finding.code == "replica.lag_unknown")
    );
}

#[test]
fn offsets_of_different_histories_do_not_prove_divergence_on_redis() {
    let mut view = redis();
    of(&mut view, "c").replication.position = Some(Position::Redis { repl: 9999 });
    of(&mut view, "c").replication.link = Link::Down;
    of(&mut view, "c").replication.history_id = Some("other".into());
    let codes: Vec<String> = assess(&view, &LIMITS)
        .findings
        .into_iter()
        .map(|f| f.code)
        .collect();
    assert_eq!(codes, ["replica.link_down"]);
}

#[test]
fn of_two_masters_the_one_that_was_promoted_is_named() {
    let mut view = healthy();
    of(&mut view, "c").replication = master(&[]).replication;
    view.memory.promotions.push(Promotion {
        node: addr(3),
        from: Some(addr(1)),
        point: at(12, 200),
        at: "2026-11-22T10:00:00Z".into(),
        planned: false,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    });
    let findings = assess(&view, &LIMITS).findings;
    let two = findings.iter().find(|f| f.code == "cluster.two_masters");
    assert!(two.unwrap().text.contains("c was promoted last"), "{two:?}");
}

#[test]
fn who_is_locked_out_is_not_told_to_fail_over() {
    let mut view = healthy();
    for name in ["a", "b", "c"] {
        lose(&mut view, name, FaultKind::Auth);
    }
    let findings = assess(&view, &LIMITS).findings;
    let down = findings
        .iter()
        .find(|f| f.code == "cluster.no_master")
        .unwrap();
    assert!(down.hint.contains("auth") && !down.hint.contains("failover"));
}

/// Its turn has not come yet: the master has it on its list and makes the copy for it.
#[test]
fn a_replica_that_waits_for_its_copy_is_not_cut_off() {
    let mut view = redis();
    of(&mut view, "c").replication.link = Link::Down;
    for state in ["wait_bgsave", "send_bulk"] {
        of(&mut view, "a").replication.replicas = vec![ReplicaLine {
            addr: addr(3),
            state: Some(state.to_owned()),
            offset: None,
            lag: std::collections::BTreeMap::new(),
        }];
        let findings = assess(&view, &LIMITS).findings;
        let of_c: Vec<_> = findings
            .iter()
            .filter(|f| f.node == Some(addr(3)))
            .map(|f| f.code.as_str())
            .collect();
        assert_eq!(of_c, ["replica.full_sync"], "{state}");
    }
}

#[test]
fn a_server_without_a_configuration_file_cannot_keep_its_role() {
    let mut view = redis();
    let unsaved = |view: &ClusterView| {
        let findings = assess(view, &LIMITS).findings;
        let unsaved = findings.iter().filter(|f| f.code == "node.role_unsaved");
        unsaved.count()
    };
    for (file, expected) in [(None, 0), (Some(true), 0), (Some(false), 1)] {
        settings(&mut view, "c").config_file = file;
        assert_eq!(unsaved(&view), expected, "{file:?}");
    }
    // Nor can one without CONFIG, and it is told once.
    settings(&mut view, "c").config_file = Some(true);
    settings(&mut view, "c").no_config = true;
    assert_eq!(unsaved(&view), 1);
    let owed = &mut view.memory.rewrite_owed;
    owed.insert(addr(3), "CONFIG REWRITE failed".into());
    assert_eq!(unsaved(&view), 1);
}

/// The codes of a view, its base's own left out.
fn of_view(base: fn() -> ClusterView, change: Change) -> Vec<String> {
    let mut view = base();
    change(&mut view);
    let found = assess(&view, &LIMITS).findings;
    found.into_iter().map(|f| f.code).collect()
}

#[test]
fn what_is_nobodys_trouble_is_not_told() {
    let none: [&str; 0] = [];
    // Where nothing else is loopback, one such address is wrong; where all are, none is.
    let all_local: Change = |v| {
        let local = |n: u16| Addr::new("127.0.0.1", 9220 + n);
        for n in 1..=3 {
            v.nodes[usize::from(n) - 1].addr = local(n);
        }
        for name in ["b", "c"] {
            of(v, name).replication.master = Some(local(1));
        }
        for (line, n) in of(v, "a").replication.replicas.iter_mut().zip(2..) {
            line.addr = local(n);
        }
    };
    assert_eq!(of_view(healthy, all_local), none);
    // Long ago, or quick enough.
    let long_ago: Change = |v| of(v, "a").load.slowest = Some(slow(900_000, 121));
    assert_eq!(of_view(redis, long_ago), none);
    let quick: Change = |v| of(v, "a").load.slowest = Some(slow(499_999, 1));
    assert_eq!(of_view(redis, quick), none);
    // A slow command on a replica, its own blocked clients, and just as many clients as it admits.
    let elsewhere: Change = |v| {
        of(v, "b").load.slowest = Some(slow(900_000, 1));
        of(v, "b").load.blocked = Some(1);
        settings(v, "b").maxclients = Some(7);
        settings(v, "c").maxclients = Some(7);
        settings(v, "a").maxclients = Some(7);
        of(v, "a").load.clients = Some(7);
    };
    assert_eq!(of_view(redis, elsewhere), none);
    // The log reaches back to where everybody stands.
    let enough: Change = |v| of(v, "b").replication.kept_from = Some(at(12, 284));
    assert_eq!(of_view(healthy, enough), none);
    // Redis' offsets of another history say nothing.
    let foreign: Change = |v| {
        of(v, "b").replication.kept_from = Some(Position::Redis { repl: 2000 });
        of(v, "b").replication.history_id = Some("0c41".into());
    };
    assert!(!of_view(redis, foreign).contains(&catalogue::LOG_TOO_SHORT.code.to_owned()));
    // Half of them is no minority.
    let half: Change = |v| {
        v.nodes.push(node("d", 4, replica(1)));
        lose(v, "c", FaultKind::Timeout);
        lose(v, "d", FaultKind::Timeout);
    };
    assert!(!of_view(healthy, half).contains(&catalogue::SEES_MINORITY.code.to_owned()));
}

/// The master's log matters to a replica that is cut off from it; and one full copy that is under way is no news.
#[test]
fn a_log_is_too_short_for_whoever_stands_before_it() {
    let told = |change: Change| {
        let mut view = redis();
        of(&mut view, "c").replication.position = Some(Position::Redis { repl: 400 });
        of(&mut view, "c").replication.link = Link::Down;
        change(&mut view);
        let found = assess(&view, &LIMITS).findings;
        let found = found
            .into_iter()
            .filter(|f| f.code == catalogue::LOG_TOO_SHORT.code);
        found.map(|f| f.text).collect::<Vec<_>>()
    };
    let text = "its log surely holds what comes after 401; c, at 400 would copy everything anew";
    assert_eq!(
        told(|v| of(v, "a").replication.kept_from = Some(Position::Redis { repl: 401 })),
        [text]
    );
    assert_eq!(
        told(|v| of(v, "b").replication.kept_from = Some(Position::Redis { repl: 401 })),
        [text]
    );
    assert_eq!(
        told(|v| of(v, "b").replication.kept_from = Some(Position::Redis { repl: 400 })),
        [""; 0]
    );
    let mut view = redis();
    of(&mut view, "b").replication.kept_from = Some(Position::Redis { repl: 401 });
    assert_eq!(assess(&view, &LIMITS).findings, []);
}

#[test]
fn a_plan_is_told_what_bears_on_it() {
    let mut view = redis();
    of(&mut view, "a").load.blocked = Some(3);
    of(&mut view, "b")
        .load
        .background
        .push("a background save".into());
    of(&mut view, "c")
        .load
        .background
        .push("a background save".into());
    of(&mut view, "c").replication.kept_from = Some(Position::Redis { repl: 2000 });
    settings(&mut view, "c").maxclients = Some(1);
    of(&mut view, "a").load.clients = Some(2);
    let told = |candidate| {
        let notes = preflight::of_plan(&view, &addr(1), &addr(candidate));
        let mut notes: Vec<_> = notes.into_iter().map(|f| f.code).collect();
        notes.sort();
        notes
    };
    assert_eq!(told(2), ["master.blocked_clients", "node.busy"]);
    assert_eq!(
        told(3),
        [
            "master.blocked_clients",
            "node.busy",
            "node.log_too_short",
            "replica.admits_too_few"
        ]
    );
}

#[test]
fn whether_siblings_reach_the_candidate_is_known_where_they_share_its_host() {
    let mut view = healthy();
    assert!(preflight::reach(&view, &addr(2), &[]).is_none());
    let unproven = preflight::reach(&view, &addr(2), &[addr(3)]).unwrap();
    assert_eq!(unproven.code, "candidate.reach_unproven");
    assert!(unproven.text.contains('c'), "{}", unproven.text);
    let beside = Addr::new("10.0.0.2", 9222);
    named(&mut view, "c").addr = beside.clone();
    assert!(preflight::reach(&view, &addr(2), std::slice::from_ref(&beside)).is_none());
    // Containers behind one published address are hosts of their own.
    let inner = Addr::new("172.17.0.3", 9221);
    view.address_map.insert(inner, beside.clone());
    assert!(preflight::reach(&view, &addr(2), &[beside]).is_some());
}
