//! What the findings say, and where nothing is said.

use super::catalogue::Kind;
use super::*;
use crate::decide::facts::DbState;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::sample::*;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

const LIMITS: Limits = Limits { max_lag: 1000 };

/// What is said under a code, each with its node.
fn said(view: &ClusterView, kind: Kind) -> Vec<(Option<Addr>, String)> {
    let found = assess(view, &LIMITS).findings.into_iter();
    let found = found.filter(|finding| finding.code == kind.code);
    found.map(|finding| (finding.node, finding.text)).collect()
}

fn text(view: &ClusterView, kind: Kind) -> String {
    let said = said(view, kind);
    said.first()
        .map(|(_, text)| text.clone())
        .unwrap_or_default()
}

#[test]
fn why_there_is_no_master_is_said() {
    let no_master = |view: &ClusterView| text(view, catalogue::NO_MASTER);
    let mut view = healthy();
    of(&mut view, "a").fence.blacklist = true;
    assert_eq!(no_master(&view), "a is master but takes no writes");
    lose(&mut view, "a", FaultKind::Refused);
    let silent = "a does not answer, and no other node is master";
    assert_eq!(no_master(&view), silent);
    for name in ["b", "c"] {
        of(&mut view, name).replication.master = Some(addr(9));
    }
    assert_eq!(no_master(&view), "no node that answers is master");
    for name in ["b", "c"] {
        lose(&mut view, name, FaultKind::Refused);
    }
    assert_eq!(no_master(&view), "no node answers");
    // Nobody answers, so it cannot be said that it is a few.
    assert_eq!(said(&view, catalogue::SEES_MINORITY), []);
}

#[test]
fn why_nobody_can_take_over_is_said() {
    let mut view = healthy();
    for name in ["b", "c"] {
        of(&mut view, name).replication.eligible = Some(false);
    }
    let kind = catalogue::NO_CANDIDATE;
    assert_eq!(text(&view, kind), "no replica may be promoted now");
    view.nodes.truncate(1);
    assert_eq!(text(&view, kind), "the master has no replica");
}

#[test]
fn how_a_node_is_fenced_is_said() {
    let mut view = healthy();
    of(&mut view, "c").fence.blacklist = true;
    let how = "userblacklist holds the write commands";
    assert_eq!(text(&view, catalogue::NODE_FENCED), how);
    // Behind a closed port it looks like a replica, and is the master that everybody follows.
    let a = of(&mut view, "a");
    a.fence.acl_users = vec!["default".to_owned()];
    assert_eq!(
        text(&view, catalogue::MASTER_FENCED),
        "-@write on ACL user default"
    );
}

/// What lies past the master, and what is copied, is named by where it is.
#[test]
fn where_a_replica_stands_is_said() {
    let mut view = healthy();
    of(&mut view, "c").replication.position = Some(at(12, 285));
    of(&mut view, "c").at_ms = 50;
    let [past, master] = [at(12, 285), at(12, 284)];
    let text_of = format!("at {past} it is past a, which is at {master}");
    assert_eq!(text(&view, catalogue::DIVERGED), text_of);
    let mut view = healthy();
    let c = &mut of(&mut view, "c").replication;
    c.link = Link::Syncing;
    assert_eq!(
        text(&view, catalogue::FULL_SYNC),
        "a full sync is under way"
    );
    let states = &mut of(&mut view, "c").replication.db_states;
    states.insert("db0".to_owned(), DbState::SyncingFull);
    let one = "a full sync of db0 is under way";
    assert_eq!(text(&view, catalogue::FULL_SYNC), one);
}

#[test]
fn as_much_as_is_allowed_is_allowed() {
    let mut view = healthy();
    of(&mut view, "a").replication.position = Some(at(12, 1284));
    assert_eq!(said(&view, catalogue::LAGGING), []);
    let mut view = redis();
    settings(&mut view, "c").min_replicas_to_write = Some(2);
    assert_eq!(said(&view, catalogue::MIN_REPLICAS), []);
    of(&mut view, "a").load.blocked = Some(0);
    assert_eq!(said(&view, catalogue::BLOCKED_CLIENTS), []);
}

#[test]
fn a_replica_that_takes_writes_is_writable_and_the_master_has_no_lag() {
    let mut view = redis();
    of(&mut view, "c").replication.read_only = Some(false);
    let nodes = assess(&view, &LIMITS).nodes;
    assert!(nodes[&addr(3)].writable && !nodes[&addr(2)].writable);
    let mut view = healthy();
    settings(&mut view, "c").binlog_file_size = Some(1024);
    let nodes = assess(&view, &LIMITS).nodes;
    assert_eq!(nodes[&addr(1)].lag_bytes, Some(0));
}

/// More follow the one than the other.
#[test]
fn of_two_silent_masters_the_one_that_most_follow_is_believed_in() {
    let mut view = healthy();
    view.nodes.push(node("d", 4, master(&[5])));
    view.nodes.push(node("e", 5, replica(4)));
    for name in ["a", "d"] {
        lose(&mut view, name, FaultKind::Timeout);
    }
    assert_eq!(assess(&view, &LIMITS).master, Some(addr(1)));
}

/// The last promotion says who is right, as long as that one is a master.
#[test]
fn past_a_promotion_counts_as_long_as_it_stands() {
    let promoted = || {
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
        view
    };
    // It is back as a second master.
    let mut view = promoted();
    of(&mut view, "c").replication = master(&[]).replication;
    assert_eq!(said(&view, catalogue::DIVERGED).len(), 1);
    // A sibling may yet be what it was.
    let mut view = promoted();
    of(&mut view, "b").replication.link = Link::Down;
    assert_eq!(said(&view, catalogue::MAYBE_DIVERGED).len(), 1);
    assert_eq!(said(&view, catalogue::DIVERGED), []);
    // Where the old master stands nobody knows.
    for (name, told) in [("c", 1), ("b", 0)] {
        let mut view = promoted();
        let seen = &mut of(&mut view, name).replication;
        (seen.link, seen.position) = (Link::Down, None);
        assert_eq!(said(&view, catalogue::MAYBE_DIVERGED).len(), told, "{name}");
    }
    // It stood apart when it was promoted: its point tells nothing of the others.
    let mut view = promoted();
    view.memory.promotions[0].apart = true;
    of(&mut view, "c").replication = master(&[]).replication;
    assert_eq!(said(&view, catalogue::DIVERGED), []);
    // The promoted one is a replica again.
    let mut view = promoted();
    of(&mut view, "a").replication = replica(2).replication;
    of(&mut view, "b").replication = master(&[1, 3]).replication;
    of(&mut view, "c").replication.link = Link::Down;
    assert_eq!(said(&view, catalogue::MAYBE_DIVERGED), []);
    assert_eq!(said(&view, catalogue::DIVERGED), []);
}

/// A password that nobody could read is no password that differs.
#[test]
fn passwords_differ_where_both_are_known() {
    let kinds = [catalogue::MASTERAUTH_DIFFERS, catalogue::LINK_DOWN_AUTH];
    let told = |masterauth: Option<bool>, ours: Option<u64>, theirs: Option<u64>| {
        let mut view = healthy();
        of(&mut view, "c").replication.link = Link::Down;
        for name in ["a", "b", "c"] {
            let settings = settings(&mut view, name);
            settings.requirepass_set = Some(true);
            settings.requirepass_token = theirs;
            settings.masterauth_set = masterauth;
            settings.masterauth_token = ours;
        }
        let found = assess(&view, &LIMITS).findings;
        let on_c = |kind: &&Kind| {
            let mut found = found.iter();
            found.any(|f| f.code == kind.code && f.node == Some(addr(3)))
        };
        kinds.iter().filter(on_c).count()
    };
    assert_eq!(told(Some(true), Some(1), Some(1)), 0);
    assert_eq!(told(Some(true), None, Some(1)), 0);
    assert_eq!(told(Some(true), Some(1), None), 0);
    assert_eq!(told(Some(true), Some(2), Some(1)), 2);
    assert_eq!(told(Some(false), None, Some(1)), 2);
    let mut view = healthy();
    for (name, token) in [("a", 1), ("b", 1), ("c", 2)] {
        settings(&mut view, name).requirepass_set = Some(true);
        settings(&mut view, name).requirepass_token = Some(token);
    }
    assert_eq!(said(&view, catalogue::PASSWORDS_DIFFER).len(), 1);
    settings(&mut view, "c").requirepass_token = Some(1);
    assert_eq!(said(&view, catalogue::PASSWORDS_DIFFER), []);
}

#[test]
fn offsets_of_redis_are_past_each_other_by_number() {
    let at = |repl| Position::Redis { repl };
    assert!(distance::past(&at(2), &at(1)));
    assert!(!distance::past(&at(1), &at(2)));
}

/// A host name keeps a Pika from linking, and is said once; Redis looks it up.
#[test]
fn only_a_pika_is_told_of_its_host_name() {
    for (base, kind, stranger) in [
        (
            healthy as fn() -> ClusterView,
            catalogue::LINK_DOWN_HOSTNAME,
            0,
        ),
        (redis, catalogue::LINK_DOWN, 1),
    ] {
        let mut view = base();
        let c = &mut of(&mut view, "c").replication;
        c.link = Link::Down;
        c.master = Some(Addr::new("db-1.example", 9221));
        assert_eq!(said(&view, kind).len(), 1, "{}", kind.code);
        assert_eq!(said(&view, catalogue::UNKNOWN_MASTER).len(), stranger);
    }
}
