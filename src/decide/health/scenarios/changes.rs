//! What happens to a healthy cluster, and what is found then.

#![expect(
    clippy::semicolon_if_nothing_returned,
    reason = "a change is one assignment, and reads as one"
)]

use crate::decide::facts::DbState;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Role;
use crate::decide::facts::Slow;
use crate::decide::name::Addr;
use crate::decide::sample::*;
use crate::decide::view::ClusterView;

use super::super::Health;
use super::super::catalogue;
use super::super::catalogue::Kind;
use super::Change;

/// A healthy Pika cluster, changed, shows exactly this.
pub(super) const ON_PIKA: &[(Kind, Option<&str>, Health, Change)] = &[
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
pub(super) const ON_REDIS: &[(Kind, Option<&str>, Health, Change)] = &[
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

pub(super) fn slow(took_us: u64, ago_s: u64) -> Slow {
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
