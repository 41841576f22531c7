//! INFO text to facts. Pure, never panics, and asks nobody.
//!
//! One text may hold one section or all of them. Lines are matched one by one, for a map from key to
//! value would lose facts: Pika prints `db0:` twice, and writes a position as `db0:binlog_offset=…` or
//! `db0 binlog_offset=…` by version.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::fault::FaultKind;
use crate::decide::facts::DbLag;
use crate::decide::facts::DbState;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::facts::Server;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;
use crate::decide::position::Position;

/// `INFO server`; `loading` comes from the section `persistence`, where the text has it.
///
/// Faults: unsupported for a Sentinel or a node of Redis Cluster; protocol where no known server printed
/// this text.
pub fn server(text: &str) -> Result<Server, Fault> {
    let mut pika = None;
    let mut redis = None;
    let mut valkey = None;
    let mut named_valkey = false;
    let mut cluster = false;
    let mut facts = Server {
        flavor: Flavor::Redis,
        version: String::new(),
        run_id: None,
        process_id: None,
        uptime_s: None,
        tcp_port: None,
        mode: None,
        loading: false,
    };
    for (key, value) in pairs(text) {
        match key {
            "pika_version" => pika = Some(value),
            "redis_version" => redis = Some(value),
            "valkey_version" => valkey = Some(value),
            "server_name" => named_valkey = value.eq_ignore_ascii_case("valkey"),
            "run_id" => facts.run_id = filled(value),
            "process_id" => facts.process_id = value.parse().ok(),
            "uptime_in_seconds" => facts.uptime_s = value.parse().ok(),
            "tcp_port" => facts.tcp_port = value.parse().ok(),
            "redis_mode" | "server_mode" => facts.mode = filled(value),
            "cluster_enabled" => cluster = value == "1",
            // While a replica loads what its master sent this is 1 as well.
            "loading" | "async_loading" => facts.loading |= value == "1",
            _ => {}
        }
    }
    let (flavor, version) = match (pika, valkey, redis) {
        (Some(version), _, _) => (Flavor::Pika, version),
        (None, Some(version), _) => (Flavor::Valkey, version),
        (None, None, Some(version)) if named_valkey => (Flavor::Valkey, version),
        (None, None, Some(version)) => (Flavor::Redis, version),
        (None, None, None) => {
            let text =
                "INFO server names neither pika_version nor redis_version nor valkey_version";
            return Err(Fault::new(FaultKind::Protocol, text));
        }
    };
    facts.flavor = flavor;
    version.clone_into(&mut facts.version);
    match facts.mode.as_deref() {
        Some("sentinel") => Err(unsupported(
            "this is a Sentinel, not a node that holds data",
        )),
        Some("cluster") => Err(unsupported(
            "this is a node of a Redis Cluster, which fails over by itself",
        )),
        _ if cluster => Err(unsupported(
            "this is a node of a Redis Cluster, which fails over by itself",
        )),
        _ => Ok(facts),
    }
}

/// `INFO replication`.
///
/// Faults: unsupported where Pika runs in sharding mode; protocol where no role is printed.
pub fn replication(text: &str) -> Result<Replication, Fault> {
    let mut lines = Lines::default();
    for line in text.lines() {
        lines.take(line.trim_end());
    }
    lines.facts()
}

/// The positions of Pika's databases, in whatever section they stand: `replication` since 3.2, `log` before.
pub fn binlog_position(text: &str) -> Option<Position> {
    let dbs: BTreeMap<_, _> = text.lines().filter_map(binlog_line).collect();
    if dbs.is_empty() {
        None
    } else {
        Some(Position::Pika(dbs))
    }
}

/// `INFO data` of Pika: why the storage engine failed in the background, if it did.
pub fn storage_failure(text: &str) -> Option<String> {
    let mut fatal = false;
    let mut words = "";
    for (key, value) in pairs(text) {
        match key {
            "db_fatal" => fatal = value != "0",
            "db_fatal_msg" => words = value,
            _ => {}
        }
    }
    fatal.then(|| words.to_owned())
}

/// `INFO server` of Redis: whether it was started with a configuration file; `None` where it does not say.
pub fn has_config_file(text: &str) -> Option<bool> {
    pairs(text)
        .find(|(key, _)| *key == "config_file")
        .map(|(_, path)| !path.is_empty())
}

/// What sharding mode says of itself.
pub fn sharding() -> Fault {
    unsupported("this Pika runs in sharding mode; only classic mode is supported")
}

/// The lines of `INFO replication`, as far as they matter, before they are judged together.
#[derive(Default)]
struct Lines<'a> {
    role: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<u16>,
    status: Option<&'a str>,
    sync_in_progress: bool,
    link_down_s: Option<u64>,
    last_io_s: Option<u64>,
    db_states: BTreeMap<String, DbState>,
    pika_id: Option<&'a str>,
    replid: Option<&'a str>,
    replid2: Option<&'a str>,
    second_offset: Option<u64>,
    connected: Option<u32>,
    replicas: Vec<ReplicaLine>,
    /// A `slaveN:` line that has neither lag nor state, as only sharding mode prints it.
    bare_replica: bool,
    consensus: bool,
    eligible: Option<bool>,
    dbs: BTreeMap<String, BinlogPoint>,
    master_offset: Option<u64>,
    replica_offset: Option<u64>,
    priority: Option<u32>,
    read_only: Option<bool>,
    failover_state: Option<&'a str>,
}

impl<'a> Lines<'a> {
    fn take(&mut self, line: &'a str) {
        if let Some((db, point)) = binlog_line(line) {
            self.dbs.insert(db, point);
            return;
        }
        let Some((key, value)) = line.split_once(':') else {
            self.consensus |= db_name(line.split(' ').next().unwrap_or_default())
                && line.contains("consensus last_log=");
            return;
        };
        // `ReplicationID: x` and `repl_state: x` have a space before the value.
        let value = value.trim_start();
        match key {
            "role" => self.role = Some(value),
            "master_host" => self.host = Some(value),
            "master_port" => self.port = value.parse().ok(),
            "master_link_status" => self.status = Some(value),
            "master_sync_in_progress" => self.sync_in_progress = value == "1",
            "master_link_down_since_seconds" => self.link_down_s = value.parse().ok(),
            "master_last_io_seconds_ago" => self.last_io_s = value.parse().ok(),
            "ReplicationID" => self.pika_id = Some(value),
            "master_replid" => self.replid = Some(value),
            "master_replid2" => self.replid2 = Some(value),
            "second_repl_offset" => self.second_offset = value.parse().ok(),
            "connected_slaves" => self.connected = value.parse().ok(),
            "is_eligible_for_master_election" => self.eligible = value.parse().ok(),
            "master_repl_offset" => self.master_offset = value.parse().ok(),
            "slave_repl_offset" => self.replica_offset = value.parse().ok(),
            "slave_priority" => self.priority = value.parse().ok(),
            "slave_read_only" => self.read_only = Some(value == "1"),
            "master_failover_state" => self.failover_state = Some(value),
            // Lists every database that is not connected, in more words than the block does.
            "db_repl_state" | "db_repl_error_state" => self
                .db_states
                .extend(bracketed(value).map(|(db, word)| (db.to_owned(), long_state(word)))),
            // `=` stands in Redis' keyspace (`db0:keys=1,…`), which is no state.
            _ if db_name(key) && !value.contains('=') => {
                // The list above may stand before or after the block and knows more.
                self.db_states
                    .entry(key.to_owned())
                    .or_insert_with(|| short_state(value));
            }
            _ => {
                if key
                    .strip_prefix("slave")
                    .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
                {
                    self.take_replica(value);
                }
            }
        }
    }

    fn take_replica(&mut self, value: &str) {
        if let Some((line, bare)) = replica_line(value) {
            self.bare_replica |= bare;
            self.replicas.push(line);
        }
    }

    fn facts(self) -> Result<Replication, Fault> {
        let Some(role) = self.role else {
            return Err(Fault::new(
                FaultKind::Protocol,
                "INFO replication prints no role",
            ));
        };
        let redis = self.master_offset.is_some() || self.replid.is_some();
        if self.consensus || (self.bare_replica && !redis && self.dbs.is_empty()) {
            return Err(sharding());
        }
        let role = match role {
            "master" => Role::Master,
            "slave" if self.connected.is_some_and(|n| n > 0) => Role::Chained,
            "slave" => Role::Replica,
            "master&&slave" => Role::Chained,
            _ => Role::Unknown,
        };
        let link = self.link(role);
        let position = if !self.dbs.is_empty() {
            Some(Position::Pika(self.dbs))
        } else if redis {
            // What a replica has applied; its own `master_repl_offset` speaks of its own replicas' stream.
            let own = if role == Role::Master {
                None
            } else {
                self.replica_offset
            };
            own.or(self.master_offset)
                .map(|repl| Position::Redis { repl })
        } else {
            None
        };
        let second_history = match (self.replid2, self.second_offset) {
            (Some(id), Some(offset)) if id.bytes().any(|b| b != b'0') => {
                Some((id.to_owned(), offset))
            }
            _ => None,
        };
        Ok(Replication {
            role,
            master: self
                .host
                .zip(self.port)
                .and_then(|(host, port)| address(host, port)),
            link,
            link_down_s: self.link_down_s,
            last_io_s: self.last_io_s,
            db_states: self.db_states,
            history_id: self.pika_id.or(self.replid).map(str::to_owned),
            second_history,
            connected_replicas: self.connected,
            replicas: self.replicas,
            eligible: self.eligible,
            position,
            priority: self.priority,
            read_only: self.read_only,
            failover_under_way: self
                .failover_state
                .is_some_and(|state| state != "no-failover"),
        })
    }

    fn link(&self, role: Role) -> Link {
        let any = |wanted: &[DbState]| self.db_states.values().any(|state| wanted.contains(state));
        match (role, self.status) {
            (Role::Master, _) | (Role::Unknown, None) => Link::None,
            // A database with an internal error is not counted in Pika's own link status.
            _ if any(&[DbState::Error]) => Link::Error,
            _ if self.sync_in_progress || any(&[DbState::SyncingFull, DbState::TryFullSync]) => {
                Link::Syncing
            }
            (_, Some("up")) => Link::Up,
            (Role::Replica | Role::Chained | Role::Unknown, _) => Link::Down,
        }
    }
}

/// `key:value`, with surrounding blanks cut off.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// `db0:binlog_offset=12 284,safety_purge=none`, or with a blank for the colon.
fn binlog_line(line: &str) -> Option<(String, BinlogPoint)> {
    let (db, rest) = line.split_once("binlog_offset=")?;
    let db = db.trim_end_matches([' ', ':']);
    if !db_name(db) {
        return None;
    }
    let (file, rest) = rest.split_once(' ')?;
    let offset = rest.split(',').next()?.trim();
    Some((
        db.to_owned(),
        BinlogPoint(file.parse().ok()?, offset.parse().ok()?),
    ))
}

/// `slaveN:`'s value, and whether it has neither lag nor state.
fn replica_line(value: &str) -> Option<(ReplicaLine, bool)> {
    if !value.contains('=') {
        // Redis before 2.8: ip,port,state.
        let mut fields = value.split(',');
        let addr = address(fields.next()?, fields.next()?.parse().ok()?)?;
        let state = fields.next().map(str::to_owned);
        let bare = state.is_none();
        return Some((
            ReplicaLine {
                addr,
                state,
                offset: None,
                lag: BTreeMap::new(),
            },
            bare,
        ));
    }
    let (mut ip, mut port, mut state, mut offset) = (None, None, None, None);
    let mut lag = BTreeMap::new();
    let mut bare = true;
    for (key, value) in value.split(',').filter_map(|field| field.split_once('=')) {
        match key {
            "ip" => ip = Some(value),
            "port" => port = value.parse().ok(),
            "state" => {
                bare = false;
                state = filled(value);
            }
            "offset" => offset = value.parse().ok(),
            "lag" => {
                bare = false;
                lag = bracketed(value)
                    .filter_map(|(db, word)| Some((db.to_owned(), db_lag(word)?)))
                    .collect();
            }
            _ => {}
        }
    }
    Some((
        ReplicaLine {
            addr: address(ip?, port?)?,
            state,
            offset,
            lag,
        },
        bare,
    ))
}

/// `(db0:0)(db1:not syncing)`; a blank after the colon is allowed.
fn bracketed(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split('(').filter_map(|item| {
        let (db, word) = item.split_once(')')?.0.split_once(':')?;
        db_name(db).then(|| (db, word.trim()))
    })
}

fn db_lag(word: &str) -> Option<DbLag> {
    match word {
        "not syncing" => Some(DbLag::NotSyncing),
        "full syncing" => Some(DbLag::FullSyncing),
        bytes => bytes.parse().ok().map(DbLag::Bytes),
    }
}

/// The words of `repl_connect_status`.
fn short_state(word: &str) -> DbState {
    match word {
        "no_connect" => DbState::NoConnect,
        "try_to_incr_sync" => DbState::TryIncrSync,
        "try_to_full_sync" => DbState::TryFullSync,
        "syncing_full" => DbState::SyncingFull,
        "connecting" => DbState::Connecting,
        "connected" => DbState::Connected,
        "error" => DbState::Error,
        _ => DbState::Unknown,
    }
}

/// The words of `db_repl_state` and, before 3.2.8, `db_repl_error_state`.
fn long_state(word: &str) -> DbState {
    match word {
        "NoConnect" => DbState::NoConnect,
        "kTryConnect" => DbState::TryIncrSync,
        "kTryDBSync" => DbState::TryFullSync,
        "WaitDBSync" => DbState::SyncingFull,
        "kWaitReply" => DbState::Connecting,
        "kConnected" => DbState::Connected,
        "Error" | "InternalError" => DbState::Error,
        "kDBNoConnect" => DbState::Detached,
        _ => DbState::Unknown,
    }
}

fn db_name(word: &str) -> bool {
    word.strip_prefix("db")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// An address that reads back as it prints; servers print `?` or nothing while they know none.
fn address(host: &str, port: u16) -> Option<Addr> {
    Addr::new(host, port).to_string().parse().ok()
}

fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn unsupported(text: &str) -> Fault {
    Fault::new(FaultKind::Unsupported, text)
}

#[cfg(test)]
mod tests;
