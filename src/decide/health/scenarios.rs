//! Every code of the catalogue comes out of a scenario, and a healthy cluster gives none.

#![expect(
    clippy::semicolon_if_nothing_returned,
    reason = "a change is one assignment, and reads as one"
)]

use super::catalogue;
use super::catalogue::Kind;
use super::*;
use crate::decide::facts::DbState;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Role;
use crate::decide::facts::Slow;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::sample::*;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

const LIMITS: Limits = Limits { max_lag: 1000 };

type Change = fn(&mut ClusterView);

/// A healthy Pika cluster, changed, shows exactly this.
const ON_PIKA: &[(Kind, Option<&str>, Health, Change)] = &[
    (catalogue::NO_MASTER, Some("a"), Health::Down, |v| {
        lose(v, "a", FaultKind::Refused)
    }),
    (catalogue::TWO_MASTERS, None, Health::Split, |v| {
        of(v, "c").replication = master(&[]).replication
    }),
    (catalogue::NO_CANDIDATE, None, Health::Degraded, |v| {
        v.nodes.truncate(1)
    }),
    (catalogue::OPERATION_OPEN, None, Health::Degraded, |v| {
        v.memory.open_operation = Some("17".into())
    }),
    (catalogue::LOCK_HELD, Some("a"), Health::Ok, |v| {
        of(v, "a").lock = Some("op 17".into())
    }),
    (catalogue::UNREACHABLE, Some("c"), Health::Degraded, |v| {
        lose(v, "c", FaultKind::Hung)
    }),
    (catalogue::AUTH, Some("c"), Health::Degraded, |v| {
        lose(v, "c", FaultKind::Auth)
    }),
    (catalogue::NOT_RESP, Some("c"), Health::Degraded, |v| {
        lose(v, "c", FaultKind::NotResp)
    }),
    (catalogue::UNSUPPORTED, Some("c"), Health::Degraded, |v| {
        lose(v, "c", FaultKind::Unsupported)
    }),
    (catalogue::LOADING, Some("c"), Health::Degraded, |v| {
        of(v, "c").server.loading = true
    }),
    (catalogue::STORAGE_FAILED, Some("a"), Health::Down, |v| {
        of(v, "a").storage_failed = Some("db0".into())
    }),
    (catalogue::REFUSES_WRITES, Some("a"), Health::Down, |v| {
        of(v, "a").refuses_writes = Some("MISCONF".into())
    }),
    (
        catalogue::WOULD_REFUSE_WRITES,
        Some("c"),
        Health::Degraded,
        |v| of(v, "c").refuses_writes = Some("MISCONF".into()),
    ),
    (catalogue::MASTER_FENCED, Some("a"), Health::Down, |v| {
        fence(v, "a")
    }),
    (catalogue::NODE_FENCED, Some("c"), Health::Degraded, |v| {
        fence(v, "c")
    }),
    (catalogue::QUARANTINED, Some("c"), Health::Degraded, |v| {
        quarantine(v, "c")
    }),
    (
        catalogue::QUARANTINE_UNFENCED,
        Some("c"),
        Health::Split,
        |v| {
            quarantine(v, "c");
            of(v, "c").replication = master(&[]).replication;
        },
    ),
    (catalogue::ROLE_UNSAVED, Some("a"), Health::Degraded, |v| {
        v.memory
            .rewrite_owed
            .insert(addr(1), "CONFIG REWRITE failed".into());
    }),
    (catalogue::ANY_PASSWORD, Some("b"), Health::Degraded, |v| {
        for name in ["a", "b", "c"] {
            let settings = settings(v, name);
            settings.requirepass_set = Some(true);
            settings.requirepass_token = Some(1);
            settings.masterauth_set = Some(true);
            settings.masterauth_token = Some(1);
        }
    }),
    (
        catalogue::WRITE_BINLOG_OFF,
        Some("a"),
        Health::Degraded,
        |v| settings(v, "a").write_binlog = Some(false),
    ),
    (
        catalogue::PRIORITY_ZERO_SUSPECT,
        Some("b"),
        Health::Degraded,
        |v| of(v, "b").replication.priority = Some(0),
    ),
    (
        catalogue::SIDE_PORT_CLOSED,
        Some("a"),
        Health::Degraded,
        |v| {
            of(v, "a").side_ports.insert(19_222, false);
        },
    ),
    (catalogue::NOT_PERMITTED, Some("a"), Health::Degraded, |v| {
        forbid(v, "a", "-config")
    }),
    (catalogue::LOCAL_ADDRESS, Some("c"), Health::Degraded, |v| {
        named(v, "c").addr = Addr::new("127.0.0.1", 9221)
    }),
    (catalogue::LOG_TOO_SHORT, Some("b"), Health::Degraded, |v| {
        of(v, "b").replication.kept_from = Some(at(13, 0))
    }),
    (catalogue::BUSY, Some("a"), Health::Ok, |v| {
        of(v, "a").load.background.push("a compaction".into())
    }),
    (catalogue::SEES_MINORITY, None, Health::Degraded, |v| {
        lose(v, "b", FaultKind::Timeout);
        lose(v, "c", FaultKind::Timeout);
    }),
    (
        catalogue::ADMITS_TOO_FEW,
        Some("b"),
        Health::Degraded,
        |v| {
            of(v, "a").load.clients = Some(20_001);
        },
    ),
    (catalogue::SEEN_ELSEWHERE, Some("b"), Health::Ok, |v| {
        of(v, "a").replication.replicas[0].addr = Addr::new("172.17.0.3", 9221)
    }),
    (catalogue::UNDECLARED, Some("c"), Health::Ok, |v| {
        named(v, "c").declared = false
    }),
    (catalogue::UNKNOWN_REPLICA, Some("a"), Health::Ok, |v| {
        let line = ReplicaLine {
            addr: addr(9),
            state: None,
            offset: None,
            lag: std::collections::BTreeMap::new(),
        };
        of(v, "a").replication.replicas.push(line);
    }),
    (catalogue::GHOST_REPLICA, Some("a"), Health::Degraded, |v| {
        of(v, "c").replication.master = Some(addr(9))
    }),
    (
        catalogue::FAILOVER_UNDER_WAY,
        Some("a"),
        Health::Degraded,
        |v| of(v, "a").replication.failover_under_way = true,
    ),
    (catalogue::LAGGING, Some("c"), Health::Degraded, |v| {
        of(v, "a").replication.position = Some(at(12, 1285))
    }),
    (catalogue::LAG_UNKNOWN, Some("c"), Health::Ok, |v| {
        of(v, "c").replication.position = None
    }),
    (catalogue::FULL_SYNC, Some("c"), Health::Degraded, |v| {
        of(v, "c").replication.link = Link::Syncing;
        of(v, "c")
            .replication
            .db_states
            .insert("db0".into(), DbState::SyncingFull);
    }),
    (
        catalogue::FULL_SYNC_UNFINISHED,
        Some("c"),
        Health::Degraded,
        |v| of(v, "c").replication.eligible = Some(false),
    ),
    (catalogue::DIVERGED, Some("c"), Health::Degraded, |v| {
        of(v, "c").replication.position = Some(at(12, 285));
        of(v, "c").at_ms = 50;
    }),
    (
        catalogue::MAYBE_DIVERGED,
        Some("c"),
        Health::Degraded,
        |v| of(v, "c").replication.link = Link::Error,
    ),
    (catalogue::WRONG_MASTER, Some("c"), Health::Down, |v| {
        // b was promoted behind a fence, c still follows the old master, which is back.
        of(v, "b").replication = master(&[]).replication;
        fence(v, "b");
        lose(v, "a", FaultKind::Refused);
    }),
    (
        catalogue::UNKNOWN_MASTER,
        Some("c"),
        Health::Degraded,
        |v| of(v, "c").replication.master = Some(addr(9)),
    ),
    (catalogue::CHAINED, Some("c"), Health::Ok, |v| {
        of(v, "b").replication.role = Role::Chained;
        of(v, "c").replication.master = Some(addr(2));
    }),
    (catalogue::LINK_DOWN, Some("c"), Health::Degraded, |v| {
        of(v, "c").replication.link = Link::Down
    }),
    (catalogue::LINK_DOWN_MASTER, Some("c"), Health::Down, |v| {
        lose(v, "a", FaultKind::Refused);
        of(v, "c").replication.link = Link::Down;
    }),
    (
        catalogue::LINK_DOWN_AUTH,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            for (name, token) in [("a", 1), ("b", 1), ("c", 2)] {
                let settings = settings(v, name);
                settings.requirepass_set = Some(true);
                settings.masterauth_set = Some(true);
                settings.requirepass_token = Some(1);
                settings.masterauth_token = Some(token);
            }
        },
    ),
    (
        catalogue::LINK_DOWN_HISTORY,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            of(v, "c").replication.history_id = Some("0c41".into());
        },
    ),
    (
        catalogue::LINK_DOWN_DATABASES,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            settings(v, "c").databases = Some(2);
        },
    ),
    (
        catalogue::LINK_DOWN_PORT,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            of(v, "a").side_ports.insert(11_221, false);
        },
    ),
    (
        catalogue::LINK_DOWN_HOSTNAME,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            of(v, "c").replication.master = Some(Addr::new("db-1.example", 9221));
        },
    ),
    (
        catalogue::LINK_DOWN_DETACHED,
        Some("c"),
        Health::Degraded,
        |v| {
            of(v, "c").replication.link = Link::Down;
            of(v, "c")
                .replication
                .db_states
                .insert("db1".into(), DbState::Detached);
        },
    ),
    (catalogue::FLAVORS_DIFFER, None, Health::Degraded, |v| {
        of(v, "c").server.flavor = Flavor::Redis
    }),
    (catalogue::VERSIONS_DIFFER, None, Health::Degraded, |v| {
        of(v, "c").server.version = "3.5.2".into()
    }),
    (catalogue::FILE_SIZES_DIFFER, None, Health::Degraded, |v| {
        settings(v, "c").binlog_file_size = Some(1024)
    }),
    (catalogue::DATABASES_DIFFER, None, Health::Degraded, |v| {
        settings(v, "c").databases = Some(2)
    }),
    (catalogue::PASSWORDS_DIFFER, None, Health::Degraded, |v| {
        settings(v, "c").requirepass_set = Some(true)
    }),
    (
        catalogue::MASTERAUTH_DIFFERS,
        Some("a"),
        Health::Degraded,
        |v| settings(v, "c").requirepass_set = Some(true),
    ),
    (catalogue::MAXCLIENTS_DIFFER, None, Health::Ok, |v| {
        settings(v, "c").maxclients = Some(100)
    }),
];

/// The same for a healthy Redis cluster.
const ON_REDIS: &[(Kind, Option<&str>, Health, Change)] = &[
    (catalogue::PRIORITY_ZERO, Some("c"), Health::Ok, |v| {
        of(v, "c").replication.priority = Some(0)
    }),
    (
        catalogue::WRITABLE_REPLICA,
        Some("c"),
        Health::Degraded,
        |v| of(v, "c").replication.read_only = Some(false),
    ),
    (catalogue::BLOCKED_CLIENTS, Some("a"), Health::Ok, |v| {
        of(v, "a").load.blocked = Some(2)
    }),
    (catalogue::SLOW_COMMANDS, Some("a"), Health::Degraded, |v| {
        of(v, "a").load.slowest = Some(slow(500_000, 120))
    }),
    (catalogue::MIN_REPLICAS, Some("c"), Health::Degraded, |v| {
        settings(v, "c").min_replicas_to_write = Some(3)
    }),
];

fn fence(view: &mut ClusterView, name: &str) {
    of(view, name).fence.acl_users = vec!["default".into(), "limit".into()];
}

fn slow(took_us: u64, ago_s: u64) -> Slow {
    Slow {
        command: "KEYS".into(),
        took_us,
        ago_s,
    }
}

fn quarantine(view: &mut ClusterView, name: &str) {
    let addr = named(view, name).addr.clone();
    view.memory
        .quarantined
        .insert(addr, "it is past the promotion point".into());
}

#[test]
fn healthy_clusters_have_no_findings() {
    for view in [healthy(), redis()] {
        let assessment = assess(&view, &LIMITS);
        assert_eq!(assessment.findings, []);
        assert_eq!(assessment.health, Health::Ok);
        assert_eq!(assessment.master, Some(addr(1)));
        assert_eq!(assessment.nodes[&addr(1)].promotable.code, "is_master");
        assert!(assessment.nodes[&addr(1)].writable && !assessment.nodes[&addr(2)].writable);
        assert_eq!(assessment.nodes[&addr(2)].lag_bytes, Some(0));
        assert!(assessment.nodes[&addr(2)].promotable.ok);
    }
}

#[test]
fn each_change_shows_its_finding() {
    let bases = [(healthy as fn() -> ClusterView, ON_PIKA), (redis, ON_REDIS)];
    for (base, scenarios) in bases {
        for (kind, node, health, change) in scenarios {
            let mut view = base();
            change(&mut view);
            let assessment = assess(&view, &LIMITS);
            let expected = node.map(|name| named(&mut view, name).addr.clone());
            assert!(
                assessment
                    .findings
                    .iter()
                    .any(|f| f.code == kind.code && f.node == expected),
                "{} is missing in {:#?}",
                kind.code,
                assessment.findings
            );
            assert_eq!(
                assessment.health, *health,
                "{}: {:#?}",
                kind.code, assessment.findings
            );
        }
    }
}

#[test]
fn every_code_is_produced() {
    let shown: Vec<&str> = ON_PIKA
        .iter()
        .chain(ON_REDIS)
        .map(|(kind, ..)| kind.code)
        .collect();
    // What watchers are objected to for, `survey` tests.
    let elsewhere = [
        catalogue::STALLED.code,
        catalogue::WATCHER_UNREACHABLE.code,
        catalogue::WATCHER_NOT_WATCHING.code,
        catalogue::WATCHER_DISAGREES.code,
        // `tests/live/watch_cli.rs`
        catalogue::PAUSED.code,
        // `host::steady`
        catalogue::HOST_STALLED.code,
        catalogue::CLOCK_STEPPED.code,
    ];
    for kind in catalogue::ALL {
        assert!(
            shown.contains(&kind.code) || elsewhere.contains(&kind.code),
            "{}",
            kind.code
        );
    }
}

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
