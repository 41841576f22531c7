//! `PIKAFO …`: what pikafo's command line and other pikafo watchers ask.
//!
//! ```text
//!   PIKAFO VERSION                     bulk
//!   PIKAFO STATUS [cluster]            bulk, JSON
//!   PIKAFO OPERATE cluster json        ["show", json] … ["end", json]   (json: decide::engine::event::Wanted)
//!   PIKAFO PAUSE cluster json          +OK   {"for_ms": …|null, "by": "…", "reason": "…"|null}
//!   PIKAFO RESUME cluster [by [ms]]    +OK   ms: when it was said, from another watcher; at_ms in PAUSE's JSON
//!   PIKAFO INTERRUPT cluster           +OK   the operation under way is undone, or finished if it is too late
//!   PIKAFO REMEMBER cluster            bulk, JSON: promotions, newest last
//!   PIKAFO FENCES cluster              bulk, JSON: decide::engine::told::Told: fences, where the master was seen, and who is vouched for
//!   PIKAFO HISTORY cluster n           bulk, JSON
//!   PIKAFO STANDBACK cluster ms        +OK
//!   PIKAFO LEFT cluster json           +OK   of whoever acts alone: {node: decide::order::FenceHow}, before he goes
//! ```
//!
//! OPERATE answers more than once: every `show` comes as a push in RESP3 and as an array of its own in RESP2, and the
//! `end`, an array in both, is the last. In RESP2 its connection must not be used for anything else meanwhile.

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use super::command::Found;
use super::desk::Look;
use super::desk::Refusal;
use super::errand::Errand;
use super::errand::Next;
use super::resp::Reply;
use crate::decide::conduct::Show;
use crate::decide::engine::Request;
use crate::decide::engine::Snapshot;
use crate::decide::engine::action;
use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::engine::snapshot::Moving;
use crate::decide::engine::snapshot::NodePicture;

/// What PAUSE is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    /// From now on; nothing: until resumed.
    #[serde(default)]
    for_ms: Option<u64>,
    by: String,
    #[serde(default)]
    reason: Option<String>,
    /// When it was said, where another watcher passes it on.
    #[serde(default)]
    at_ms: Option<i64>,
}

/// Answers one request that [`super::command::find`] has found to be PIKAFO's.
pub fn answer(found: Found, words: &[Bytes], look: &dyn Look) -> Next {
    let snapshot = look.snapshot();
    let rest = words.get(2..).unwrap_or_default();
    let cluster = match rest.first() {
        None => None,
        Some(name) => {
            let name = String::from_utf8_lossy(name).into_owned();
            if snapshot.cluster(&name).is_none() {
                return Reply::Error(Refusal::unknown_master().0).into();
            }
            Some(name)
        }
    };
    match (found.sub(), cluster, rest) {
        ("version", ..) => Reply::bulk(env!("CARGO_PKG_VERSION")).into(),
        ("status", cluster, [] | [_]) => {
            let chosen = snapshot.clusters.iter();
            let chosen = chosen.filter(|c| cluster.as_ref().is_none_or(|name| c.name == *name));
            let clusters: Vec<_> = chosen.map(|c| picture(c)).collect();
            json_bulk(&status(&snapshot, look.now_us(), &clusters)).into()
        }
        ("operate", Some(cluster), [_, wish]) => match serde_json::from_slice(wish) {
            Ok(wish) => Next::Follow(Request::Operate {
                cluster,
                wish: Box::new(wish),
            }),
            Err(error) => bad_json(&error).into(),
        },
        ("pause", Some(cluster), [_, hold]) => match serde_json::from_slice::<Hold>(hold) {
            Ok(hold) => Next::Do(Errand::Ask(Request::Pause {
                cluster,
                for_ms: hold.for_ms,
                by: hold.by,
                reason: hold.reason,
                said_ms: hold.at_ms,
            })),
            Err(error) => bad_json(&error).into(),
        },
        ("interrupt", Some(cluster), [_]) => Next::Do(Errand::Ask(Request::Interrupt { cluster })),
        ("resume", Some(cluster), [_, rest @ ..]) => {
            let by = rest
                .first()
                .map(|by| String::from_utf8_lossy(by).into_owned());
            let said_ms = rest.get(1).and_then(|ms| number(ms));
            Next::Do(Errand::Ask(Request::Resume {
                cluster,
                by: by.unwrap_or_default(),
                said_ms,
            }))
        }
        ("remember", Some(cluster), _) => json_bulk(&look.promotions(&cluster)).into(),
        ("fences", Some(cluster), _) => {
            let clock_ms = look.process().wall_us / 1000;
            let told = snapshot.cluster(&cluster).map(|c| c.tells.at(clock_ms));
            json_bulk(&told).into()
        }
        ("history", Some(cluster), [_, limit]) => match number(limit) {
            Some(limit) => Next::Do(Errand::History { cluster, limit }),
            None => not_integer().into(),
        },
        ("standback", Some(cluster), [_, ms]) => match number(ms) {
            Some(ms) => Next::Do(Errand::StandBack { cluster, ms }),
            None => not_integer().into(),
        },
        ("left", Some(cluster), [_, fences]) => match serde_json::from_slice(fences) {
            Ok(fences) => Next::Do(Errand::Ask(Request::Left { cluster, fences })),
            Err(error) => bad_json(&error).into(),
        },
        _ => Reply::lines(HELP).into(),
    }
}

/// Progress of OPERATE.
pub(super) fn show(show: &Show) -> Reply {
    Reply::Push(vec![Reply::bulk("show"), json_bulk(show)])
}

/// The end of OPERATE.
pub(super) fn end(reply: &action::Reply) -> Reply {
    Reply::Array(vec![Reply::bulk("end"), json_bulk(reply)])
}

fn json_bulk(value: &impl Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(json) => Reply::bulk(json),
        Err(error) => Reply::error(format!("ERR {error}")),
    }
}

fn bad_json(error: &serde_json::Error) -> Reply {
    Reply::error(format!("ERR Invalid JSON: {error}"))
}

fn not_integer() -> Reply {
    Reply::error("ERR value is not an integer or out of range")
}

fn number<N: std::str::FromStr>(word: &[u8]) -> Option<N> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn status(snapshot: &Snapshot, now_us: u64, clusters: &[serde_json::Value]) -> serde_json::Value {
    json!({
        "version": 1,
        "id": snapshot.id,
        "addr": snapshot.addr,
        "now_us": now_us,
        "current_epoch": snapshot.current_epoch,
        "abstains_since_us": snapshot.abstains_since_us,
        "clusters": clusters,
    })
}

fn picture(cluster: &ClusterPicture) -> serde_json::Value {
    let watchers = cluster.watchers.iter().map(|watcher| {
        json!({
            "id": watcher.id,
            "addr": watcher.addr,
            "kind": watcher.kind,
            "sdown_since_us": watcher.sdown_since_us,
            "disconnected": watcher.disconnected,
            "says_down": watcher.says_down,
            "voted_leader": watcher.voted_leader,
            "voted_epoch": watcher.voted_epoch,
        })
    });
    json!({
        "name": cluster.name,
        "master": cluster.master,
        "config_epoch": cluster.config_epoch,
        "quorum": cluster.quorum,
        "down_after_ms": cluster.down_after_ms,
        "failover_timeout_ms": cluster.failover_timeout_ms,
        "parallel_syncs": cluster.parallel_syncs,
        "odown_since_us": cluster.odown_since_us,
        "failover": cluster.failover,
        "leader": cluster.leader,
        "leader_epoch": cluster.leader_epoch,
        "pause": cluster.pause,
        "nodes": cluster.nodes.iter().map(node).collect::<Vec<_>>(),
        "watchers": watchers.collect::<Vec<_>>(),
        "findings": cluster.findings,
    })
}

fn node(node: &NodePicture) -> serde_json::Value {
    let moving = node.moving.map(|moving| match moving {
        Moving::Sent => "sent",
        Moving::InProgress => "in_progress",
        Moving::Done => "done",
    });
    json!({
        "name": node.name,
        "addr": node.addr,
        "run_id": node.run_id,
        "flavor": node.flavor,
        "role": node.role,
        "role_since_us": node.role_since_us,
        "sdown_since_us": node.sdown_since_us,
        "disconnected": node.disconnected,
        "seen_at_us": node.seen_at_us,
        "link": node.link,
        "link_down_ms": node.link_down_ms,
        "master": node.master,
        "priority": node.priority,
        "offset": node.offset,
        "position": node.position,
        "writable": node.writable,
        "fenced": node.fenced,
        "moving": moving,
        "promoted": node.promoted,
        "set_apart": node.set_apart,
    })
}

const HELP: &[&str] = &[
    "PIKAFO <subcommand> [<arg> ...]. Subcommands are:",
    "FENCES <cluster>",
    "    The cluster's fences, and who stands apart.",
    "HISTORY <cluster> <n>",
    "    The newest entries of the cluster's history.",
    "INTERRUPT <cluster>",
    "    Stop the operation under way, if somebody asked for it.",
    "LEFT <cluster> <json>",
    "    Whom somebody who acts alone leaves fenced.",
    "OPERATE <cluster> <json>",
    "    Carry out an operation; progress comes before the answer.",
    "PAUSE <cluster> <json>",
    "    Hold automatic failover.",
    "REMEMBER <cluster>",
    "    The cluster's promotions.",
    "RESUME <cluster> [<by> [<ms>]]",
    "    Release automatic failover.",
    "STANDBACK <cluster> <ms>",
    "    Start no automatic failover for so long.",
    "STATUS [<cluster>]",
    "    What is believed of one or all clusters.",
    "VERSION",
    "    The program's version.",
    "HELP",
    "    Prints this help.",
];
