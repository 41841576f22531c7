//! `SENTINEL …`: a request and what can be seen make a reply, or an errand. Nothing here waits or has an effect.
//!
//! Shapes, order of fields and error texts are stock's, as 7.2 has them; Valkey's words mean the same. Two things
//! are deliberately unlike: the new master is shown from its promotion on, and a new master that can be reached
//! is never said to be disconnected or in a failover, because clients take such a one for unusable.
//!
//! * [`instance`]: a master, a replica, a watcher as a map of texts
//! * [`quorum`]: CKQUORUM, IS-MASTER-DOWN-BY-ADDR, FAILOVER, RESET
//! * [`settings`], [`tuning`]: what is set for one cluster, and for all
//! * [`help`]: what people read

mod help;
mod instance;
mod quorum;
mod settings;
mod tuning;

use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;

use super::command::Found;
use super::desk::Look;
use super::desk::Monitor;
use super::desk::Refusal;
use super::errand::Errand;
use super::errand::Next;
use super::resp::Reply;
use crate::decide::engine::Snapshot;
use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::name::Addr;

/// What can be seen at the moment of the request.
#[derive(Clone, Copy, Debug)]
struct World<'a> {
    look: &'a dyn Look,
    snapshot: &'a Snapshot,
    now_us: u64,
}

/// Answers one request that [`super::command::find`] has found to be SENTINEL's.
pub fn answer(found: Found, words: &[Bytes], look: &dyn Look) -> Next {
    let snapshot = look.snapshot();
    let world = World {
        look,
        snapshot: &snapshot,
        now_us: look.now_us(),
    };
    let rest = words.get(2..).unwrap_or_default();
    match (found.sub(), rest) {
        ("myid", _) => Reply::bulk(snapshot.id.as_str()).into(),
        ("masters" | "primaries", _) => {
            let masters = snapshot.clusters.iter();
            Reply::Array(masters.map(|c| instance::master(world, c)).collect()).into()
        }
        ("master" | "primary", [name]) => of(world, name, |cluster| {
            instance::master(world, cluster).into()
        }),
        ("replicas" | "slaves", [name]) => of(world, name, |cluster| {
            let replicas = cluster.replicas().filter(|node| !node.unannounced);
            Reply::Array(
                replicas
                    .map(|r| instance::replica(world, cluster, r))
                    .collect(),
            )
            .into()
        }),
        ("sentinels", [name]) => of(world, name, |cluster| {
            let watchers = cluster.watchers.iter();
            Reply::Array(
                watchers
                    .map(|w| instance::watcher(world, cluster, w))
                    .collect(),
            )
            .into()
        }),
        ("get-master-addr-by-name" | "get-primary-addr-by-name", [name]) => {
            address(world, name).into()
        }
        ("is-master-down-by-addr" | "is-primary-down-by-addr", [host, port, epoch, id]) => {
            quorum::is_down(host, port, epoch, id)
        }
        ("ckquorum", [name]) => of(world, name, |cluster| quorum::check(cluster).into()),
        ("failover", [name, options @ ..]) => quorum::failover(world, name, options),
        ("reset", [pattern]) => quorum::reset(world, pattern),
        ("monitor", [name, host, port, quorum]) => monitor(world, name, host, port, quorum),
        ("remove", [name]) => of(world, name, |cluster| {
            Next::Do(Errand::Remove(cluster.name.clone()))
        }),
        ("set", [name, options @ ..]) => of(world, name, |cluster| {
            settings::set(cluster, options, look.globals().deny_scripts_reconfig)
        }),
        ("config", [verb, rest @ ..]) => settings::config(verb, rest, &look.globals()),
        ("flushconfig", _) => Next::Do(Errand::FlushConfig),
        ("info-cache", names) => tuning::info_cache(world, names),
        ("pending-scripts", _) => tuning::pending_scripts(look).into(),
        ("simulate-failure", words) => tuning::simulate_failure(words),
        ("debug", words) => tuning::debug(words, look.timing()),
        _ => Reply::lines(help::LINES).into(),
    }
}

/// What `then` makes of the cluster of that name, or stock's error.
fn of(world: World<'_>, name: &[u8], then: impl FnOnce(&ClusterPicture) -> Next) -> Next {
    match cluster(world, name) {
        Some(cluster) => then(cluster),
        None => Reply::Error(Refusal::unknown_master().0).into(),
    }
}

fn cluster<'a>(world: World<'a>, name: &[u8]) -> Option<&'a Arc<ClusterPicture>> {
    world.snapshot.cluster(std::str::from_utf8(name).ok()?)
}

fn address(world: World<'_>, name: &[u8]) -> Reply {
    match cluster(world, name) {
        None => Reply::NilArray,
        Some(cluster) => Reply::bulks([cluster.master.host(), &cluster.master.port().to_string()]),
    }
}

fn monitor(world: World<'_>, name: &[u8], host: &[u8], port: &[u8], quorum: &[u8]) -> Next {
    let refuse = |text: &str| Reply::error(format!("ERR {text}")).into();
    let Some(quorum) = number::<i64>(quorum) else {
        return refuse("Invalid quorum");
    };
    let Some(port) = number::<i64>(port) else {
        return refuse("Invalid port");
    };
    let Ok(quorum @ 1..) = u32::try_from(quorum) else {
        return refuse("Quorum must be 1 or greater.");
    };
    // Stock takes port 0 and can never reach it.
    let Ok(port @ 1..) = u16::try_from(port) else {
        return refuse("Invalid port number.");
    };
    let Some(master) = text(host).and_then(|host| Addr::of(host, port).ok()) else {
        return Reply::Error(Refusal::bad_host().0).into();
    };
    let Some(name) = text(name).filter(|name| is_name(name)) else {
        return refuse("Invalid master name.");
    };
    if world.snapshot.cluster(name).is_some() {
        return Reply::Error(Refusal::duplicate_name().0).into();
    }
    Next::Do(Errand::Monitor(Monitor {
        name: name.to_owned(),
        master,
        quorum,
    }))
}

/// A name goes into hellos, events and configuration files, whose separators it must not have.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_control() || c.is_whitespace() || c == ',')
}

/// A word that is text without control characters. What has them could break a line of a configuration file.
fn text(word: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(word).ok()?;
    (!text.contains(char::is_control)).then_some(text)
}

/// A word for an error message.
fn shown(word: &[u8]) -> String {
    let whole = word.get(..SHOWN).unwrap_or(word);
    String::from_utf8_lossy(whole).into_owned()
}

/// Bytes of a word that an error repeats.
const SHOWN: usize = 128;

fn number<N: FromStr>(word: &[u8]) -> Option<N> {
    let text = std::str::from_utf8(word).ok()?;
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok()
}
