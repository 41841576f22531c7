//! What one node said, once: the shapes that `node` fills and everything else reads.
//!
//! A field is an `Option` when some version of some server does not print it; absence is a fact too
//! and is never replaced by a guess.

mod token;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::name::Addr;
use super::order::UserRules;
use super::position::Position;

/// Which family of servers answers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavor {
    Pika,
    Redis,
    Valkey,
}

/// The role a node claims.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Master,
    Replica,
    /// A replica that has replicas of its own (`role:master&&slave` on Pika).
    Chained,
    Unknown,
}

impl Role {
    /// It follows somebody, whether others follow it or not.
    pub fn is_replica(self) -> bool {
        matches!(self, Self::Replica | Self::Chained)
    }

    /// A replica stays one, whether others follow it or not.
    pub fn is_like(self, other: Self) -> bool {
        self == other || (self.is_replica() && other.is_replica())
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Replica => "replica",
            Self::Chained => "chained replica",
            Self::Unknown => "unknown",
        }
    }
}

impl Flavor {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pika => "Pika",
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        }
    }
}

/// The state of a replica's link to its master.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    Up,
    Down,
    /// A full sync is asked for or under way in some database.
    Syncing,
    /// The master refused to go on from this replica's position.
    Error,
    /// Not a replica.
    None,
}

/// Pika's replication state of one database.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DbState {
    NoConnect,
    TryIncrSync,
    TryFullSync,
    SyncingFull,
    Connecting,
    Connected,
    Error,
    /// Detached by `DBSLAVEOF dbN no one`.
    Detached,
    /// A word that no known version prints.
    Unknown,
}

/// How far one database of a replica lags, as its master sees it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DbLag {
    /// Bytes against what was *sent*; 0 proves nothing.
    Bytes(u64),
    NotSyncing,
    FullSyncing,
}

/// One `slaveN:` line of a master. Ghosts of replicas that left stay in it for up to minutes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReplicaLine {
    pub addr: Addr,
    /// Redis: `online`, `wait_bgsave`, …; Pika since 3.1: absent.
    pub state: Option<String>,
    /// Redis: the offset that the replica acknowledged.
    pub offset: Option<u64>,
    /// Pika: lag for each database.
    pub lag: BTreeMap<String, DbLag>,
}

/// Where a fence points a Pika. It dials the port shifted by 2000, which is the last one there is: no system hands that out,
/// and nobody chooses it.
pub const CLOSED_PORT: u16 = 63_535;

/// `INFO replication`, understood.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Replication {
    pub role: Role,
    /// The master that a replica points to, as it prints it: on Pika possibly a host name.
    pub master: Option<Addr>,
    pub link: Link,
    /// Seconds that the link has been down (Redis only).
    pub link_down_s: Option<u64>,
    /// Seconds since the master was last heard of (Redis only).
    pub last_io_s: Option<u64>,
    /// Pika: state of each database of a replica, from `repl_connect_status` and `db_repl_state`.
    pub db_states: BTreeMap<String, DbState>,
    /// Pika's `ReplicationID` or Redis' `master_replid`. `Some("")` where it is printed but empty.
    pub history_id: Option<String>,
    /// Redis' `master_replid2` and `second_repl_offset`, where a second history is valid.
    pub second_history: Option<(String, u64)>,
    /// `connected_slaves`; a plain Pika replica does not print it.
    pub connected_replicas: Option<u32>,
    pub replicas: Vec<ReplicaLine>,
    /// Pika 3.5.5 and later: false while a full sync has not finished.
    pub eligible: Option<bool>,
    pub position: Option<Position>,
    /// Printed by replicas only.
    pub priority: Option<u32>,
    pub read_only: Option<bool>,
    /// A coordinated failover of Redis or Valkey is under way (`master_failover_state`).
    pub failover_under_way: bool,
    /// A replica that stands here or later can surely go on from this node's log without a full copy: Redis'
    /// backlog, Pika's `safety_purge`. Databases of which Pika says nothing are left out.
    #[serde(default)]
    pub kept_from: Option<Position>,
    /// Redis' `replica-announced no`: it may be promoted, and is not named to clients that look for replicas.
    #[serde(default)]
    pub unannounced: bool,
}

/// `INFO server` (and a few lines of other sections), understood.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Server {
    pub flavor: Flavor,
    /// As printed; Pika 4.0.1 prints 4.0.0. For people, never for deciding.
    pub version: String,
    pub run_id: Option<String>,
    pub process_id: Option<u64>,
    pub uptime_s: Option<u64>,
    pub tcp_port: Option<u16>,
    /// Redis: `standalone`, `cluster`, `sentinel`. Pika: absent.
    pub mode: Option<String>,
    /// Redis: the data set is still being loaded.
    pub loading: bool,
}

/// What the configuration of a node says, as far as it was asked and answered.
/// Passwords are never kept: only whether they are set and whether they match.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// Pika: `slaveof` as it stands in memory, `host:port`, or empty.
    pub slaveof: Option<String>,
    pub write_binlog: Option<bool>,
    pub binlog_file_size: Option<u64>,
    pub databases: Option<u32>,
    pub slave_priority: Option<u32>,
    pub requirepass_set: Option<bool>,
    /// Pika: whether limited users have a password.
    pub userpass_set: Option<bool>,
    pub masterauth_set: Option<bool>,
    /// Whether masterauth is the node's own requirepass, which all nodes share; `None` where one of them is not set.
    #[serde(default)]
    pub masterauth_shared: Option<bool>,
    /// Comparison token: equal on two nodes iff the secrets are equal, in one run of one process. Empty where not set. A watcher
    /// records it, or what it decided by it could not be replayed; the key that it is made with is drawn in each process and
    /// written nowhere.
    #[serde(default, with = "token", skip_serializing_if = "Option::is_none")]
    pub requirepass_token: Option<u64>,
    #[serde(default, with = "token", skip_serializing_if = "Option::is_none")]
    pub userpass_token: Option<u64>,
    #[serde(default, with = "token", skip_serializing_if = "Option::is_none")]
    pub masterauth_token: Option<u64>,
    /// Pika: the commands that limited users may not run.
    pub userblacklist: Option<String>,
    /// Pika 3.1–3.4: `classic` or `sharding`.
    pub instance_mode: Option<String>,
    /// Redis: `min-replicas-to-write`.
    pub min_replicas_to_write: Option<u32>,
    /// `maxclients`.
    pub maxclients: Option<u64>,
    /// Redis: it saves in the background, and refuses writes once that has failed.
    #[serde(default)]
    pub stops_unsaved: Option<bool>,
    /// Redis: false where it was started without a configuration file, so that nothing can be saved.
    #[serde(default)]
    pub config_file: Option<bool>,
    /// CONFIG is renamed or disabled there, so that nothing can be asked or saved by it.
    #[serde(default)]
    pub no_config: bool,
}

impl Replication {
    /// It follows the port that a fence has pointed it at. Pika prints its own address for a loopback one, so only the port
    /// tells.
    pub fn points_at_closed_port(&self) -> bool {
        self.role.is_replica() && self.master.as_ref().is_some_and(is_closed_port)
    }
}

/// Whether a fence may have named this address as master.
pub fn is_closed_port(master: &Addr) -> bool {
    master.port() == CLOSED_PORT
}

/// What a server can do, found out by asking it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Features {
    /// `ACL` exists: Pika 3.5.3, Redis 6, Valkey.
    pub acl: bool,
    /// `CLIENT PAUSE … WRITE` exists: Redis 6.2, Valkey.
    pub pause_write: bool,
    /// `CLIENT KILL TYPE` exists: Pika 3.5.5, Redis, Valkey.
    pub kill_type: bool,
}

/// What makes a node refuse writes now, as far as it can be seen from outside.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct FenceSeen {
    /// ACL users whose rules end in `-@write`.
    pub acl_users: Vec<String>,
    /// Limited users may not write (Pika before 3.5.3).
    pub blacklist: bool,
    /// Redis: more replicas wanted than could ever be.
    pub min_replicas: bool,
    /// A master that points at a closed port: read-only though nobody meant it as a replica.
    pub closed_port: bool,
}

impl FenceSeen {
    pub fn any(&self) -> bool {
        !self.acl_users.is_empty() || self.blacklist || self.min_replicas || self.closed_port
    }

    /// True where the node refuses writes because of it, as far as can be seen. An ACL fence covers every
    /// user, `default` too; a single user without write access is more likely meant to read only.
    pub fn bites(&self) -> bool {
        self.acl_users.iter().any(|user| user == "default")
            || self.blacklist
            || self.min_replicas
            || self.closed_port
    }
}

/// What a node is busy with, as far as it says.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Load {
    /// `connected_clients`.
    pub clients: Option<u64>,
    /// Redis: clients that wait in BLPOP and the like.
    pub blocked: Option<u64>,
    /// Work in the background, by name: `a background save`, `a compaction`.
    pub background: Vec<String>,
    /// Redis: the slowest of the last commands in the slow log.
    pub slowest: Option<Slow>,
}

/// One entry of a slow log. Its arguments are not kept: they are the clients' data.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Slow {
    /// `KEYS`.
    pub command: String,
    pub took_us: u64,
    /// Seconds before the probe, by the server's own clock.
    pub ago_s: u64,
}

/// Everything that one node said in one probe.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Observation {
    /// Milliseconds on the observer's clock when the position was read.
    pub at_ms: u64,
    pub rtt_us: u64,
    pub server: Server,
    pub replication: Replication,
    /// `None` where only a quick probe was made.
    pub settings: Option<Settings>,
    pub features: Features,
    pub fence: FenceSeen,
    /// The command rules of every ACL user, without their passwords; `None` where there is no ACL.
    pub acl: Option<Vec<UserRules>>,
    /// The ACL user that asked; `None` where there is no ACL.
    #[serde(default)]
    pub whoami: Option<String>,
    #[serde(default)]
    pub load: Load,
    /// Redis and Valkey: whether any database holds a key. Pika counts keys only when told to scan.
    #[serde(default)]
    pub holds_keys: Option<bool>,
    /// Pika: `db_fatal:1`, the storage engine has failed in the background.
    pub storage_failed: Option<String>,
    /// Redis: why it refuses every write as a master, its fences aside: its disk or its memory is full. A replica that
    /// would is told of as well.
    #[serde(default)]
    pub refuses_writes: Option<String>,
    /// The side ports that Pika replication needs, and whether they could be reached from here.
    /// Empty where they were not tried.
    pub side_ports: BTreeMap<u16, bool>,
    /// The value of `pikafo:lock` on a master, where it was asked for.
    pub lock: Option<String>,
}

/// Why a node could not be asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nobody listens: the process is gone.
    Refused,
    /// No answer within the deadline; after a connect that may or may not have worked.
    Timeout,
    /// TCP connects, but the server does not answer: hung, or overloaded.
    Hung,
    /// The connection was closed half-way.
    Dropped,
    /// Password or user refused, or missing.
    Auth,
    /// Whatever listens there does not speak RESP.
    NotResp,
    Tls,
    /// The name could not be resolved, or the network says there is no way.
    Unreachable,
    /// Pika in sharding mode, a Redis Cluster node, a Sentinel: not for pikafo.
    Unsupported,
    /// It answered, and the answer makes no sense.
    Protocol,
    /// The server answered an error.
    Error,
    /// The watchers have made another the master meanwhile.
    Overtaken,
}

/// Why a node could not be asked, with the words for people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{text}")]
pub struct Fault {
    pub kind: FaultKind,
    pub text: String,
}

impl Fault {
    pub fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// The words where the address of the node stands beside them already.
    pub fn beside(&self, addr: &Addr) -> &str {
        self.text
            .strip_prefix(&addr.to_string())
            .map_or(self.text.as_str(), |rest| {
                rest.trim_start_matches([':', ' '])
            })
    }

    /// True where the order may have been carried out although no answer came.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::Timeout | FaultKind::Hung | FaultKind::Dropped | FaultKind::Protocol
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user who may only read need not be fenced for that; it is a fence where `default` is one of them.
    #[test]
    fn each_fence_is_one_by_itself() {
        let none = FenceSeen::default();
        assert!(!none.any() && !none.bites());
        let reader = FenceSeen {
            acl_users: vec!["app".to_owned()],
            ..none.clone()
        };
        assert!(reader.any() && !reader.bites());
        for seen in [
            FenceSeen {
                acl_users: vec!["default".to_owned()],
                ..none.clone()
            },
            FenceSeen {
                blacklist: true,
                ..none.clone()
            },
            FenceSeen {
                min_replicas: true,
                ..none.clone()
            },
            FenceSeen {
                closed_port: true,
                ..none.clone()
            },
        ] {
            assert!(seen.any() && seen.bites(), "{seen:?}");
        }
    }

    /// Whether others follow it or not.
    #[test]
    fn a_replica_of_the_closed_port_is_fenced() {
        let behind = |role, port| {
            let mut said = crate::decide::sample::replica(1).replication;
            said.role = role;
            said.master = Some(Addr::new("127.0.0.1", port));
            said.points_at_closed_port()
        };
        assert!(behind(Role::Replica, CLOSED_PORT));
        assert!(behind(Role::Chained, CLOSED_PORT));
        assert!(!behind(Role::Chained, 9221));
        assert!(!behind(Role::Master, CLOSED_PORT));
    }

    /// For people.
    #[test]
    fn a_flavor_is_called_by_its_name() {
        let flavors = [Flavor::Pika, Flavor::Redis, Flavor::Valkey];
        assert_eq!(flavors.map(Flavor::word), ["Pika", "Redis", "Valkey"]);
    }
}
