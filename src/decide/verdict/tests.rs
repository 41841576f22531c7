use super::*;
use crate::decide::facts::FaultKind;
use crate::decide::order::FenceHow;
use crate::decide::sample::*;

type Change = fn(&mut ClusterView);

/// What is changed in a healthy cluster, and the verdict on `c` in a planned and in an unplanned case.
const CASES: &[(&str, &str, Change)] = &[
    ("ok", "ok", |_| ()),
    ("unreachable", "unreachable", |v| {
        lose(v, "c", FaultKind::Timeout)
    }),
    ("never", "never", |v| named(v, "c").promote = Wish::Never),
    ("quarantined", "quarantined", |v| {
        v.memory
            .quarantined
            .insert(addr(3), "past the point".into());
    }),
    ("storage_failed", "storage_failed", |v| {
        of(v, "c").storage_failed = Some("db0".into())
    }),
    ("loading", "loading", |v| of(v, "c").server.loading = true),
    ("fenced", "fenced", |v| {
        of(v, "c").fence.acl_users = vec!["default".into()]
    }),
    // How it was before is known, and a failover lifts it.
    ("fenced", "ok", |v| {
        of(v, "c").fence.min_replicas = true;
        let how = FenceHow::MinReplicas { former: 0 };
        v.memory.fences.insert(addr(3), how);
    }),
    // It is another fence that stands.
    ("fenced", "fenced", |v| {
        of(v, "c").fence.acl_users = vec!["default".into()];
        let former = String::new();
        v.memory
            .fences
            .insert(addr(3), FenceHow::Blacklist { former });
    }),
    ("not_replica", "not_replica", |v| {
        of(v, "c").replication = master(&[]).replication;
        of(v, "c").fence.closed_port = false;
        lose(v, "a", FaultKind::Refused);
        of(v, "b").replication.role = Role::Master;
    }),
    ("ok", "ok", |v| of(v, "c").replication.role = Role::Chained),
    ("chained", "chained", |v| {
        of(v, "c").replication.master = Some(addr(2))
    }),
    ("other_master", "other_master", |v| {
        of(v, "c").replication.master = Some(addr(9))
    }),
    ("full_sync", "full_sync", |v| {
        of(v, "c").replication.link = Link::Syncing
    }),
    ("full_sync_unfinished", "full_sync_unfinished", |v| {
        of(v, "c").replication.eligible = Some(false)
    }),
    ("full_sync_unfinished", "full_sync_unfinished", |v| {
        of(v, "c").replication.eligible = None;
        v.memory
            .full_sync_unfinished
            .insert(addr(3), "op 17".into());
    }),
    ("diverged", "diverged", |v| {
        of(v, "c").replication.link = Link::Error
    }),
    ("diverged", "diverged", |v| {
        of(v, "c").replication.position = Some(at(12, 285));
        of(v, "c").at_ms = 1;
    }),
    ("other_history", "other_history", |v| {
        of(v, "c").replication.history_id = Some("0c41".into())
    }),
    // In an unplanned case a link that is down says only that the master is dead.
    ("link_down", "ok", |v| {
        of(v, "c").replication.link = Link::Down
    }),
    ("link_down", "link_down", |v| {
        of(v, "c")
            .replication
            .db_states
            .insert("db0".into(), DbState::Detached);
    }),
    ("position_unknown", "position_unknown", |v| {
        of(v, "c").replication.position = None
    }),
    ("write_binlog_off", "write_binlog_off", |v| {
        settings(v, "c").write_binlog = Some(false)
    }),
    ("priority_zero", "priority_zero", |v| {
        of(v, "c").replication.priority = Some(0)
    }),
    ("refuses_writes", "ok", |v| {
        of(v, "c").refuses_writes = Some("MISCONF".into())
    }),
    ("not_permitted", "not_permitted", |v| {
        forbid(v, "c", "-slaveof")
    }),
];

fn verdict(view: &ClusterView, name: &str, case: Case<'_>) -> Verdict {
    let node = view.nodes.iter().find(|node| node.name == name).unwrap();
    judge(view, &master::believe(view), node, case)
}

#[test]
fn each_reason_has_its_code() {
    for (planned, unplanned, change) in CASES {
        let mut view = healthy();
        change(&mut view);
        assert_eq!(verdict(&view, "c", Case::Planned).code, *planned);
        assert_eq!(
            verdict(&view, "c", Case::Unplanned { unlinked: &[] }).code,
            *unplanned
        );
    }
    assert_eq!(verdict(&healthy(), "a", Case::Planned).code, "is_master");
}

#[test]
fn every_code_is_listed_and_produced() {
    let shown: Vec<&str> = CASES
        .iter()
        .map(|(planned, ..)| *planned)
        .chain(["is_master"])
        .collect();
    for (code, _) in CODES {
        assert!(shown.contains(code), "{code} is not produced");
    }
    for code in shown {
        assert!(
            CODES.iter().any(|(listed, _)| *listed == code),
            "{code} is not listed"
        );
    }
}

#[test]
fn a_link_that_was_down_before_the_master_died_is_no_candidate() {
    let mut view = healthy();
    lose(&mut view, "a", FaultKind::Refused);
    for name in ["b", "c"] {
        of(&mut view, name).replication.link = Link::Down;
    }
    let case = Case::Unplanned {
        unlinked: &[addr(3)],
    };
    assert_eq!(verdict(&view, "b", case).code, "ok");
    assert_eq!(verdict(&view, "c", case).code, "link_down");
}

#[test]
fn whoever_has_received_something_was_linked() {
    let then = of(&mut healthy(), "c").replication.clone();
    for (offset, comes_on) in [(283, false), (284, false), (285, true)] {
        let mut now = then.clone();
        now.position = Some(at(12, offset));
        assert_eq!(has_come_on(&then, &now), comes_on, "{offset}");
    }
    // A copy that came since shows in the name of the history.
    let then = of(&mut redis(), "c").replication.clone();
    for (repl, comes_on) in [(240, true), (1, false)] {
        let mut now = then.clone();
        now.history_id = Some("new".to_owned());
        now.position = Some(Position::Redis { repl });
        assert_eq!(has_come_on(&then, &now), comes_on, "{repl}");
    }
}
