//! The order of steps.

use insta::assert_snapshot;

use super::brief;
use super::pika;
use super::texts;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::promote;
use crate::decide::draft::repoint;
use crate::decide::draft::repoint::Wanted;
use crate::decide::draft::restore;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::plan::TO_WATCHERS;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::of;
use crate::decide::sample::settings;
use crate::decide::view::ClusterView;
use crate::decide::view::Sample;

fn switchover(view: &ClusterView) -> Plan {
    let plan = promote::draft(&brief(view), Some(&addr(2))).unwrap();
    in_order(&plan);
    plan
}

/// What must come before what, whatever else a plan holds.
fn in_order(plan: &Plan) {
    let first = |what: fn(&Act) -> bool| plan.steps.iter().position(|s| what(&s.act));
    let of_old = |what: fn(&Act) -> bool| {
        let old = plan.facts.master.as_ref();
        plan.steps
            .iter()
            .position(|s| what(&s.act) && Some(&s.node) == old)
    };
    let order = [
        first(|a| matches!(a, Act::Lock { .. })),
        first(|a| matches!(a, Act::CatchUp { .. })),
        first(|a| matches!(a, Act::Fence { .. })),
        first(|a| matches!(a, Act::Drain { .. })),
        first(|a| matches!(a, Act::Promote)),
        first(|a| matches!(a, Act::Verify { .. })),
        first(|a| matches!(a, Act::Persist)),
        of_old(|a| matches!(a, Act::Follow { .. })),
        of_old(|a| matches!(a, Act::Unfence { .. })),
        of_old(|a| matches!(a, Act::Persist)),
        first(|a| matches!(a, Act::Unlock { .. })),
    ];
    assert!(order.iter().all(Option::is_some), "{}", texts(plan));
    assert!(order.is_sorted(), "{}", texts(plan));
    let old = of_old(|a| matches!(a, Act::Follow { .. })).unwrap();
    let siblings = plan.steps.iter().take(old);
    let moved_before = siblings
        .filter(|s| matches!(s.act, Act::Follow { .. }))
        .count();
    let replicas = plan
        .facts
        .nodes
        .iter()
        .filter(|n| n.master == plan.facts.master);
    assert_eq!(
        moved_before + 1,
        replicas.count(),
        "the old master is moved last"
    );
}

#[test]
fn a_switchover_of_pika_with_acl() {
    assert_snapshot!(texts(&switchover(&pika())), @r"
    hard   5000 ms  take the lock on a
    hard  10000 ms  b catches up, nothing paused
    hard    500 ms  fence a: ACL -@write for every user
    hard   1000 ms  b comes to the position of a
    hard  10000 ms  promote b
    hard   3000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft  10000 ms  lift the fence on a
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    soft   5000 ms  give the lock back on b
    ");
}

/// Before anybody is moved, for their clients wait.
#[test]
fn watchers_hear_of_the_new_master_as_soon_as_it_is_one() {
    let view = pika();
    let mut told = brief(&view);
    told.terms.watchers = true;
    let plan = promote::draft(&told, Some(&addr(2))).unwrap();
    let at = |what: fn(&Act) -> bool| plan.steps.iter().position(|s| what(&s.act));
    let told = at(|a| matches!(a, Act::Announce { event } if event == TO_WATCHERS));
    let proven = at(|a| matches!(a, Act::Verify { .. }));
    let moved = at(|a| matches!(a, Act::Follow { .. }));
    let order = [proven, told, moved];
    assert!(order.iter().all(Option::is_some), "{}", texts(&plan));
    assert!(order.is_sorted(), "{}", texts(&plan));
}

#[test]
fn a_master_that_was_expected_is_replaced() {
    let view = pika();
    let mut brief = brief(&view);
    brief.expect_master = Some(addr(1));
    promote::draft(&brief, Some(&addr(2))).unwrap();
}

#[test]
fn a_switchover_of_pika_with_a_blacklist() {
    let mut view = pika();
    for name in ["a", "b", "c"] {
        of(&mut view, name).acl = None;
        settings(&mut view, name).requirepass_set = Some(true);
        settings(&mut view, name).userpass_set = Some(true);
        settings(&mut view, name).requirepass_token = Some(1);
        settings(&mut view, name).masterauth_token = Some(1);
        settings(&mut view, name).userpass_token = Some(2);
    }
    let plan = switchover(&view);
    assert!(plan.notes.iter().any(|n| n.code == "fence.limited_only"));
    assert_snapshot!(texts(&plan), @r"
    hard   5000 ms  take the lock on a
    hard  10000 ms  b catches up, nothing paused
    hard    500 ms  fence a: userblacklist of every write command
    hard   1000 ms  b comes to the position of a
    hard  10000 ms  promote b
    hard   3000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft  10000 ms  lift the fence on a
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    soft   5000 ms  give the lock back on b
    ");
}

#[test]
fn a_switchover_of_redis() {
    let mut view = sample::redis();
    for name in ["a", "b", "c"] {
        of(&mut view, name).features.pause_write = true;
    }
    assert_snapshot!(texts(&switchover(&view)), @r"
    hard   5000 ms  take the lock on a
    hard  10000 ms  b catches up, nothing paused
    hard    500 ms  fence a: CLIENT PAUSE WRITE
    hard   1000 ms  b comes to the position of a
    hard  10000 ms  promote b
    soft   2000 ms  keep a fenced: min-replicas-to-write beyond reach
    hard   3000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft  10000 ms  lift the lasting fence on a
    soft  10000 ms  lift the fence on a
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    soft   5000 ms  give the lock back on b
    ");
}

#[test]
fn a_switchover_with_a_node_away_and_hooks() {
    let mut view = pika();
    lose(&mut view, "c", FaultKind::Timeout);
    let mut brief = brief(&view);
    brief.terms.hooks_ms = Some(30_000);
    let plan = promote::draft(&brief, None).unwrap();
    assert!(plan.notes.iter().any(|n| n.code == "node.unreachable"));
    assert_snapshot!(texts(&plan), @r"
    hard   5000 ms  take the lock on a
    hard  10000 ms  b catches up, nothing paused
    hard    500 ms  fence a: ACL -@write for every user
    hard   1000 ms  b comes to the position of a
    hard  10000 ms  promote b
    hard   3000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft   3000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft  10000 ms  lift the fence on a
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    soft  30000 ms  run the hooks of `switched`
    soft   5000 ms  give the lock back on b
    ");
}

#[test]
fn a_switchover_without_a_fence_by_consent() {
    let mut view = pika();
    of(&mut view, "a").acl = None;
    let mut brief = brief(&view);
    brief.accept_loss = Consent::All;
    let plan = promote::draft(&brief, None).unwrap();
    assert!(plan.notes.iter().any(|n| n.code == "fence.none"));
    assert_snapshot!(texts(&plan), @r"
    hard   5000 ms  take the lock on a
    hard  10000 ms  b catches up, nothing paused
    hard    500 ms  fence a: none
    hard   1000 ms  b comes to the position of a
    hard  10000 ms  promote b
    hard   3000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    soft   5000 ms  give the lock back on b
    ");
}

fn fails_over(view: &ClusterView, answers: bool) -> Plan {
    let mut brief = brief(view);
    brief.contenders.retain(|c| c.addr != addr(1));
    let dead = Dead {
        master: addr(1),
        answers,
        died_ms: 0,
        evidence: Vec::new(),
    };
    failover::draft(&brief, &dead, None).unwrap()
}

/// The master had come back with a new history, and `b` was cut off and is in the old one, at a greater offset.
#[test]
fn in_a_failover_of_redis_the_masters_latest_history_wins() {
    let mut view = sample::redis();
    lose(&mut view, "a", FaultKind::Refused);
    view.memory.histories = vec!["old".to_owned(), "new".to_owned()];
    for (name, id, repl) in [("b", "old", 1000), ("c", "new", 300)] {
        let now = &mut of(&mut view, name).replication;
        now.history_id = Some(id.to_owned());
        now.position = Some(Position::Redis { repl });
    }
    for (at_ms, repl) in [(-1500, 200), (-500, 310)] {
        view.memory.samples.push(Sample {
            node: addr(1),
            at_ms,
            took_ms: 0,
            as_replica: false,
            position: Position::Redis { repl },
        });
    }
    let plan = fails_over(&view, false);
    assert_eq!(plan.facts.candidate, Some(addr(3)));
    assert_eq!(plan.loss.as_ref().unwrap().bytes, Some(10));
    // No number is held against another history.
    let still = Act::StillAhead { of: Vec::new() };
    assert!(
        plan.steps.iter().any(|s| s.act == still),
        "{}",
        texts(&plan)
    );

    // Alone it is promoted, and nobody says that nothing is lost.
    view.nodes.retain(|node| node.name != "c");
    let plan = fails_over(&view, false);
    assert_eq!(plan.facts.candidate, Some(addr(2)));
    assert_eq!(plan.loss.unwrap().judged_bytes(), None);
}

/// Nobody has heard the master name the history of `c`: it may be a later one, or an earlier.
#[test]
fn histories_that_nobody_can_put_in_order_are_for_a_person_to_choose_from() {
    let mut view = sample::redis();
    lose(&mut view, "a", FaultKind::Refused);
    for (name, id, repl) in [("b", "one", 1000), ("c", "another", 300)] {
        let now = &mut of(&mut view, name).replication;
        now.history_id = Some(id.to_owned());
        now.position = Some(Position::Redis { repl });
    }
    let dead = Dead {
        master: addr(1),
        answers: false,
        died_ms: 0,
        evidence: Vec::new(),
    };
    let refused = failover::draft(&brief(&view), &dead, None).unwrap_err();
    assert_eq!(refused.code, "candidate.incomparable");
    // Who has just been started with nothing is no rival.
    of(&mut view, "c").replication.position = Some(Position::Redis { repl: 1 });
    let plan = failover::draft(&brief(&view), &dead, None).unwrap();
    assert_eq!(plan.facts.candidate, Some(addr(2)));
}

#[test]
fn a_failover() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    assert_snapshot!(texts(&fails_over(&view, false)), @r"
    hard   1000 ms  a is asked a last time
    hard   5000 ms  b is still the most advanced
    hard  10000 ms  promote b
    soft   5000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  30000 ms  every replica is linked and level
    ");
}

#[test]
fn a_failover_of_a_master_that_answers() {
    assert_snapshot!(texts(&fails_over(&pika(), true)), @r"
    soft   2000 ms  fence a: ACL -@write for every user
    hard   5000 ms  b is still the most advanced
    hard  10000 ms  promote b
    soft   5000 ms  b accepts a write
    soft   5000 ms  b saves its role
    soft  15000 ms  c follows b
    soft   5000 ms  c saves its role
    soft  60000 ms  a follows b
    soft  10000 ms  lift the fence on a
    soft   5000 ms  a saves its role
    soft  30000 ms  every replica is linked and level
    ");
}

/// There is none to put up; that must not pass in silence.
#[test]
fn a_failover_of_a_master_that_answers_and_cannot_be_fenced() {
    let mut view = pika();
    of(&mut view, "a").acl = None;
    let plan = fails_over(&view, true);
    assert!(plan.notes.iter().any(|n| n.code == "fence.none"));
    assert!(plan.fence().is_none());
}

/// The loss of the last replica, or of as many as it wants, is no reason to stay without a master.
#[test]
fn a_failover_that_leaves_too_few_says_so() {
    let codes = |view: &ClusterView| -> Vec<String> {
        let notes = fails_over(view, false).notes.into_iter();
        notes
            .map(|n| n.code)
            .filter(|code| code.starts_with("candidate."))
            .collect()
    };
    let mut view = pika();
    assert_eq!(codes(&view), [""; 0]);
    settings(&mut view, "b").min_replicas_to_write = Some(2);
    assert_eq!(codes(&view), ["candidate.min_replicas"]);
    let mut view = pika();
    view.nodes.truncate(2);
    assert_eq!(codes(&view), ["candidate.stands_alone"]);
    settings(&mut view, "b").min_replicas_to_write = Some(1);
    assert_eq!(codes(&view), ["candidate.min_replicas"]);
}

/// Whether others reach the candidate cannot be tried; what can be seen goes into the plan.
#[test]
fn a_switchover_tells_what_bears_on_it() {
    let mut view = pika();
    of(&mut view, "a").load.blocked = Some(1);
    of(&mut view, "b").replication.kept_from = Some(at(13, 0));
    let plan = promote::draft(&brief(&view), Some(&addr(2))).unwrap();
    let codes: Vec<_> = plan.notes.iter().map(|n| n.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "node.log_too_short",
            "master.blocked_clients",
            "candidate.reach_unproven"
        ]
    );
    // Another note for information is no other plan, another warning is.
    let mut fresh = plan.clone();
    fresh.notes.remove(1);
    assert_eq!(plan.still_fits(&fresh), Ok(()));
    fresh.notes.remove(0);
    assert!(plan.still_fits(&fresh).is_err());
}

pub(super) fn repoints(view: &ClusterView, resync: bool) -> Plan {
    let wanted = Wanted {
        nodes: vec![addr(3)],
        to: None,
        resync,
    };
    repoint::draft(&brief(view), &wanted).unwrap()
}

#[test]
fn repoints_in_every_way() {
    let mut view = pika();
    of(&mut view, "c").replication.link = Link::Down;
    assert_snapshot!(texts(&repoints(&view, false)), @r"
    soft   3000 ms  fence c while it is judged: ACL -@write for every user
    soft  60000 ms  c is detached from and attached to a again
    soft 3600000 ms  c is linked and level
    soft   5000 ms  lift the fence on c
    soft   5000 ms  c saves its role
    ");
    assert_snapshot!(texts(&repoints(&view, true)), @r"
    soft   3000 ms  fence c while it has no master: ACL -@write for every user
    soft  60000 ms  c discards its data and copies a
    soft 43200000 ms  c is linked and level
    soft   5000 ms  lift the fence on c
    soft   5000 ms  c saves its role
    ");

    let mut redis = sample::redis();
    of(&mut redis, "c").replication.master = Some(addr(2));
    assert_snapshot!(texts(&repoints(&redis, false)), @r"
    soft  60000 ms  c follows a
    soft 3600000 ms  c is linked and level
    soft   5000 ms  c saves its role
    ");
}

#[test]
fn a_new_master_that_wants_replicas_is_proven_once_it_has_them() {
    let steps = |wanted: u32| {
        let mut view = sample::redis();
        for name in ["a", "b", "c"] {
            settings(&mut view, name).min_replicas_to_write = Some(wanted);
        }
        let plan = promote::draft(&brief(&view), Some(&addr(2))).unwrap();
        let at = |text: &str| plan.steps.iter().position(|s| s.text == text).unwrap();
        (
            at("c follows b"),
            at("a follows b"),
            at("b accepts a write"),
        )
    };
    let (_, _, proof) = steps(0);
    assert!(proof < steps(0).0);
    let (sibling, old, proof) = steps(1);
    assert!(sibling < proof && proof < old);
    let (_, old, proof) = steps(2);
    assert!(old < proof);
}

#[test]
fn the_lock_outlasts_every_step() {
    let view = pika();
    let mut brief = brief(&view);
    brief.terms.hooks_ms = Some(900_000);
    let plan = promote::draft(&brief, Some(&addr(2))).unwrap();
    let all_ms: u64 = plan.steps.iter().map(|s| s.within_ms).sum();
    let Act::Lock { ttl_s, .. } = plan.steps[0].act else {
        panic!("{}", texts(&plan));
    };
    assert!(ttl_s * 1000 > all_ms + plan.budgets.undo_ms);
}

/// Behind the fence of a closed port it looks like a replica of nobody, and what it holds is not judged as one's.
#[test]
fn an_old_master_behind_a_closed_port_is_no_sibling() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    let fenced = of(&mut view, "c");
    fenced.fence.closed_port = true;
    fenced.replication.master = Some(Addr::new("127.0.0.1", 63_535));
    let dead = Dead {
        master: addr(1),
        answers: false,
        died_ms: 0,
        evidence: Vec::new(),
    };
    let brief = Brief {
        accept_loss: Consent::All,
        ..brief(&view)
    };
    let plan = failover::draft(&brief, &dead, Some(&addr(2))).unwrap();
    assert!(
        plan.steps.iter().all(|s| s.node != addr(3)),
        "{}",
        texts(&plan)
    );
}

/// It was restarted without its newest writes: what that costs is told.
#[test]
fn a_role_that_is_given_back_tells_what_was_lost() {
    let mut view = pika();
    let reigned_at = Sample {
        node: addr(1),
        at_ms: 500,
        took_ms: 0,
        as_replica: false,
        position: at(12, 400),
    };
    of(&mut view, "a").replication.position = Some(at(12, 100));
    let plan = restore::plan(&brief(&view), &addr(1), Some(&reigned_at));
    assert_eq!(plan.loss.unwrap().bytes, Some(300));
}
