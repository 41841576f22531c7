//! INFO text to facts. Pure, never panics, and asks nobody.
//!
//! One text may hold one section or all of them. Lines are matched one by one, for a map from key to
//! value would lose facts: Pika prints `db0:` twice, and writes a position as `db0:binlog_offset=…` or
//! `db0 binlog_offset=…` by version.

mod replication;
mod words;

use std::collections::BTreeMap;

use self::replication::Lines;
use self::words::binlog_line;
use self::words::filled;
use self::words::pairs;
use super::fault::Fault;
use super::fault::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Load;
use crate::decide::facts::Replication;
use crate::decide::facts::Server;
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
    let lines = text.lines().filter_map(binlog_line);
    let dbs: BTreeMap<_, _> = lines.map(|(db, point, _)| (db, point)).collect();
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

/// The sections `persistence` and `memory` of Redis, in any order: why it refuses every write as a master, or would.
///
/// `stops_unsaved`: it saves in the background, and takes no writes once that has failed.
pub fn refusal(text: &str, stops_unsaved: bool) -> Option<String> {
    let value = |wanted: &str| pairs(text).find(|(key, _)| *key == wanted).map(|(_, v)| v);
    let figure = |wanted: &str| value(wanted).and_then(|v| v.parse::<u64>().ok());
    if stops_unsaved && value("rdb_last_bgsave_status") == Some("err") {
        return Some("MISCONF: its last background save failed".to_owned());
    }
    if value("aof_enabled") == Some("1") && value("aof_last_write_status") == Some("err") {
        return Some("MISCONF: it cannot write its append-only file".to_owned());
    }
    let allowed = figure("maxmemory").filter(|bytes| *bytes > 0)?;
    let not_counted = figure("mem_not_counted_for_evict").unwrap_or(0);
    let used = figure("used_memory")?.saturating_sub(not_counted);
    let evicts = value("maxmemory_policy") != Some("noeviction");
    (used > allowed && !evicts)
        .then(|| format!("OOM: it uses {used} bytes of the {allowed} that maxmemory allows"))
}

/// `INFO server` of Redis: whether it was started with a configuration file; `None` where it does not say.
pub fn has_config_file(text: &str) -> Option<bool> {
    pairs(text)
        .find(|(key, _)| *key == "config_file")
        .map(|(_, path)| !path.is_empty())
}

/// The sections `clients`, `persistence` and, of Pika, `stats`, in any order: what keeps the node busy.
pub fn load(text: &str) -> Load {
    let mut facts = Load::default();
    for (key, value) in pairs(text) {
        let work = match key {
            "connected_clients" => {
                facts.clients = value.parse().ok();
                continue;
            }
            "blocked_clients" => {
                facts.blocked = value.parse().ok();
                continue;
            }
            "rdb_bgsave_in_progress" if value == "1" => "a background save",
            "aof_rewrite_in_progress" if value == "1" => "a rewrite of the append-only file",
            "is_bgsaving" if !value.starts_with("No") => "a background save",
            "is_compact" if !value.starts_with("No") => "a compaction",
            "is_scaning_keyspace" if !value.starts_with("No") => "a scan of the keyspace",
            "is_slots_migrating" if !value.starts_with("No") => "a migration of slots",
            _ => continue,
        };
        facts.background.push(work.to_owned());
    }
    facts
}

/// The server's own clock, in seconds since the epoch, from `INFO server` of Redis.
pub fn server_time_s(text: &str) -> Option<u64> {
    let (_, time) = pairs(text).find(|(key, _)| *key == "server_time_usec")?;
    Some(time.parse::<u64>().ok()? / 1_000_000)
}

/// What sharding mode says of itself.
pub fn sharding() -> Fault {
    unsupported("this Pika runs in sharding mode; only classic mode is supported")
}

fn unsupported(text: &str) -> Fault {
    Fault::new(FaultKind::Unsupported, text)
}

#[cfg(test)]
mod tests;
