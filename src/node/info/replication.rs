//! `INFO replication`, line by line, judged once all lines are there.

use std::collections::BTreeMap;

use super::sharding;
use super::words::address;
use super::words::binlog_line;
use super::words::bracketed;
use super::words::db_name;
use super::words::long_state;
use super::words::replica_line;
use super::words::short_state;
use crate::decide::facts::DbState;
use crate::decide::facts::Link;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::position::BinlogPoint;
use crate::decide::position::Position;
use crate::node::fault::Fault;
use crate::node::fault::FaultKind;

/// The lines of `INFO replication`, as far as they matter, before they are judged together.
#[derive(Default)]
pub(super) struct Lines<'a> {
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
    kept: BTreeMap<String, BinlogPoint>,
    backlog_active: Option<&'a str>,
    backlog_first: Option<u64>,
    master_offset: Option<u64>,
    replica_offset: Option<u64>,
    priority: Option<u32>,
    read_only: Option<bool>,
    failover_state: Option<&'a str>,
    announced: Option<&'a str>,
}

impl<'a> Lines<'a> {
    pub(super) fn take(&mut self, line: &'a str) {
        if let Some((db, point, gone)) = binlog_line(line) {
            if let Some(next) = gone.and_then(|file| file.checked_add(1)) {
                self.kept.insert(db.clone(), BinlogPoint(next, 0));
            }
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
            "repl_backlog_active" => self.backlog_active = Some(value),
            "repl_backlog_first_byte_offset" => self.backlog_first = value.parse().ok(),
            "slave_priority" => self.priority = value.parse().ok(),
            "slave_read_only" => self.read_only = Some(value == "1"),
            "replica_announced" => self.announced = Some(value),
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

    pub(super) fn facts(self) -> Result<Replication, Fault> {
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
        // Whoever has everything up to an offset asks for the byte after it.
        let backlog = self
            .backlog_first
            .filter(|_| self.backlog_active == Some("1"));
        let backlog = backlog.map(|first| Position::Redis {
            repl: first.saturating_sub(1),
        });
        let kept_from = if self.kept.is_empty() {
            backlog
        } else {
            Some(Position::Pika(self.kept))
        };
        let position = if !self.dbs.is_empty() {
            Some(Position::Pika(self.dbs))
        } else if redis {
            // What a replica has applied; its own `master_repl_offset` speaks of its own replicas' stream.
            let own = if role == Role::Master {
                None
            } else {
                // A server that has not heard a master since it started prints 1, and 0 once it is promoted.
                let heard = |at: &u64| *at != 1 || self.master_offset != Some(0);
                self.replica_offset.filter(heard)
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
            kept_from,
            unannounced: self.announced == Some("0"),
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
