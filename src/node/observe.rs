//! One probe: what a node says of itself, in as few round trips as its family allows.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use redis::Value;

use super::fault::Fault;
use super::fault::FaultKind;
use super::fence::AclLine;
use super::info;
use super::link::Link;
use super::link::LinkSpec;
use super::net::Net;
use super::reply;
use super::settings;
use super::slowlog;
use crate::decide::facts::Features;
use crate::decide::facts::FenceSeen;
use crate::decide::facts::Flavor;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::facts::Server;
use crate::decide::facts::Settings;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::host::clock;
use crate::host::clock::timeout;

/// The key that operators exclude each other by.
pub const LOCK_KEY: &str = "pikafo:lock";

/// Where Pika serves binlogs to its replicas, past its own port.
const REPLICATION_PORT: u16 = 2000;
/// Where Pika 3.5 and later serves full syncs.
const FULL_SYNC_PORT: u16 = 10_001;

/// How much is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// Identity, role, link and position: one round trip (two on Pika before 3.2).
    Quick,
    /// Also settings, features, fences, the storage engine, the lock and the side ports.
    Full,
}

/// Connects and asks. The whole conversation takes no longer than the deadline of `spec`; a question
/// that the node refuses or does not know leaves its facts empty and fails nothing.
pub async fn observe(spec: &LinkSpec, depth: Depth, net: &Net) -> Result<Observation, Fault> {
    let until = clock::mono() + spec.deadline;
    let mut link = Link::open(spec, net).await?;
    link.limit(Some(until));
    let (mut seen, identity) = identify(&mut link).await?;
    match depth {
        Depth::Quick => Ok(seen),
        Depth::Full => {
            let left = until.saturating_duration_since(clock::mono());
            let ports = side_ports(&seen.server, &spec.addr);
            let (details, reached) = tokio::join!(
                inspect(&mut link, &mut seen, &identity),
                dial_all(ports, left, net)
            );
            details?;
            seen.side_ports = reached;
            Ok(seen)
        }
    }
}

/// The same over a link that is already open, without the side ports.
pub async fn look(link: &mut Link, depth: Depth) -> Result<Observation, Fault> {
    let (mut seen, identity) = identify(link).await?;
    if depth == Depth::Full {
        inspect(link, &mut seen, &identity).await?;
    }
    Ok(seen)
}

/// Role, link and position only: one round trip, except that Pika before 3.2 needs two for a position.
pub async fn replication(link: &mut Link) -> Result<Replication, Fault> {
    let answer = link.ask(&["INFO", "replication"]).await;
    let mut facts = info::replication(&section(link.addr(), answer)?)?;
    if facts.position.is_none() {
        facts.position = old_position(link).await?;
    }
    Ok(facts)
}

/// Stage 1, the same for all families. Several sections in one INFO would be an error on Pika; a section
/// that it does not know is an empty answer.
///
/// Gives the sections `server` and `persistence` as well.
async fn identify(link: &mut Link) -> Result<(Observation, String), Fault> {
    let asked = clock::mono();
    let answers = link
        .ask_many(&[
            &["INFO", "server"],
            &["INFO", "persistence"],
            &["INFO", "replication"],
        ])
        .await?;
    let at_ms = u64::try_from(clock::wall().as_millisecond()).unwrap_or(0);
    let rtt_us = clock::micros(clock::mono().duration_since(asked));

    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
    let mut identity = section(link.addr(), next())?;
    if let Some(persistence) = next().ok().as_ref().and_then(reply::text) {
        identity.push('\n');
        identity.push_str(&persistence);
    }
    let load = info::load(&identity);
    let server = named(link.addr(), info::server(&identity))?;
    let replication = section(link.addr(), next())?;
    let mut replication = named(link.addr(), info::replication(&replication))?;
    if server.flavor == Flavor::Pika && replication.position.is_none() {
        replication.position = old_position(link).await?;
    }

    let features = Features {
        kill_type: kills_by_type(server.flavor, &replication),
        ..Features::default()
    };
    let seen = Observation {
        at_ms,
        rtt_us,
        server,
        replication,
        settings: None,
        features,
        fence: FenceSeen::default(),
        acl: None,
        holds_keys: None,
        storage_failed: None,
        refuses_writes: None,
        side_ports: BTreeMap::new(),
        lock: None,
        whoami: None,
        load,
    };
    Ok((seen, identity))
}

/// Pika 3.1 prints positions in `INFO log`; a node that prints none anywhere may run in sharding mode.
pub(super) async fn old_position(link: &mut Link) -> Result<Option<Position>, Fault> {
    let answers = link
        .ask_many(&[&["INFO", "log"], &["CONFIG", "GET", "instance-mode"]])
        .await?;
    let mut answers = answers.into_iter().map(Result::ok);
    let log = answers.next().flatten().as_ref().and_then(reply::text);
    let mode = answers
        .next()
        .flatten()
        .as_ref()
        .and_then(|value| reply::paired(value, "instance-mode"));
    if mode.as_deref() == Some("sharding") {
        return named(link.addr(), Err(info::sharding()));
    }
    Ok(log.as_deref().and_then(info::binlog_position))
}

/// Stage 2, by family, in one round trip.
async fn inspect(link: &mut Link, seen: &mut Observation, identity: &str) -> Result<(), Fault> {
    let flavor = seen.server.flavor;
    let redis = flavor != Flavor::Pika;
    let keys = settings::keys(flavor);
    let gets: Vec<[&str; 3]> = keys.iter().map(|key| ["CONFIG", "GET", key]).collect();
    let mut questions: Vec<&[&str]> = gets.iter().map(<[&str; 3]>::as_slice).collect();
    let mut ask = |question: &'static [&'static str]| {
        questions.push(question);
        questions.len() - 1
    };
    let acl = ask(&["ACL", "LIST"]);
    let whoami = ask(&["ACL", "WHOAMI"]);
    let clients = ask(&["INFO", "clients"]);
    let data = (!redis).then(|| ask(&["INFO", "data"]));
    let stats = (!redis).then(|| ask(&["INFO", "stats"]));
    // A mode that does not exist: servers that know modes refuse it by name, older ones refuse the argument, and none
    // pauses anybody or touches a pause that another operator has set.
    let pause = redis.then(|| ask(&["CLIENT", "PAUSE", "0", "PROBE"]));
    let keyspace = redis.then(|| ask(&["INFO", "keyspace"]));
    let memory = redis.then(|| ask(&["INFO", "memory"]));
    let server = redis.then(|| ask(&["INFO", "server"]));
    let slow_log = redis.then(|| ask(slowlog::QUESTION));
    let lock = (seen.replication.role == Role::Master).then(|| ask(&["GET", LOCK_KEY]));
    let answers = link.ask_many(&questions).await?;
    let told = |at: Option<usize>| answers.get(at?)?.as_ref().ok();
    let text = |at: Option<usize>| told(at).and_then(reply::text);

    let mut facts = settings::settings(keys, &answers);
    let server = text(server);
    facts.config_file = server.as_deref().and_then(info::has_config_file);
    refuse_sharding(link.addr(), &facts)?;
    seen.acl = told(Some(acl)).map(|lines| {
        let lines = reply::texts(lines);
        lines
            .iter()
            .filter_map(|line| AclLine::parse(line))
            .map(|line| line.rules())
            .collect()
    });
    seen.whoami = text(Some(whoami));
    seen.features.acl = answers.get(acl).is_some_and(knows_acl);
    seen.features.pause_write = pause
        .and_then(|at| answers.get(at)?.as_ref().err())
        .is_some_and(|refusal| refusal.text.contains("mode must be"));
    seen.fence = settings::fence(&facts, seen.acl.as_deref());
    seen.fence.closed_port = flavor == Flavor::Pika && seen.replication.points_at_closed_port();
    seen.storage_failed = text(data).as_deref().and_then(info::storage_failure);
    seen.holds_keys = text(keyspace).map(|text| text.lines().any(|line| line.starts_with("db")));
    // Who does not say is not accused.
    let stops_unsaved = facts.stops_unsaved.unwrap_or(false);
    if redis {
        let memory = text(memory).unwrap_or_default();
        seen.refuses_writes = info::refusal(&format!("{identity}\n{memory}"), stops_unsaved);
    }
    let busy = [Some(clients), stats].map(|at| text(at).unwrap_or_default());
    let busy = info::load(&busy.join("\n"));
    let now_s = server.as_deref().and_then(info::server_time_s);
    seen.load.slowest = told(slow_log)
        .zip(now_s)
        .and_then(|(entries, now_s)| slowlog::slowest(entries, now_s));
    seen.load.clients = busy.clients;
    seen.load.blocked = busy.blocked;
    seen.load.background.extend(busy.background);
    seen.lock = text(lock);
    seen.settings = Some(facts);
    Ok(())
}

fn refuse_sharding(addr: &Addr, settings: &Settings) -> Result<(), Fault> {
    match settings.instance_mode.as_deref() {
        Some("sharding") => named(addr, Err(info::sharding())),
        _ => Ok(()),
    }
}

/// A user who may not use ACL still hears that it exists.
fn knows_acl(answer: &Result<Value, Fault>) -> bool {
    match answer {
        Ok(_) => true,
        Err(fault) => fault.text.starts_with("NOPERM"),
    }
}

/// Pika learnt it in 3.5.5 and 4.0.1, together with the line on eligibility.
fn kills_by_type(flavor: Flavor, replication: &Replication) -> bool {
    match flavor {
        Flavor::Pika => replication.eligible.is_some(),
        Flavor::Redis | Flavor::Valkey => true,
    }
}

/// The text of an INFO section that must be answered. A user who may not even ask is a matter of
/// credentials.
pub(super) fn section(addr: &Addr, answer: Result<Value, Fault>) -> Result<String, Fault> {
    match answer {
        Ok(value) => reply::text(&value).ok_or_else(|| {
            Fault::new(
                FaultKind::Protocol,
                format!("{addr} answered INFO with something that is no text"),
            )
        }),
        Err(fault) if matches!(fault.kind, FaultKind::Auth) || fault.text.starts_with("NOPERM") => {
            Err(Fault::new(
                FaultKind::Auth,
                format!("{addr} refused INFO: {}", fault.text),
            ))
        }
        Err(fault) if fault.kind == FaultKind::Error => Err(Fault::new(
            FaultKind::Error,
            format!("{addr} refused INFO: {}", fault.text),
        )),
        Err(fault) => Err(fault),
    }
}

/// Puts the address before a fault that does not know it.
fn named<T>(addr: &Addr, result: Result<T, Fault>) -> Result<T, Fault> {
    result.map_err(|fault| Fault::new(fault.kind, format!("{addr}: {}", fault.text)))
}

/// The ports beside its own that a Pika must be reachable at by its replicas.
fn side_ports(server: &Server, addr: &Addr) -> Vec<Addr> {
    if server.flavor != Flavor::Pika {
        return Vec::new();
    }
    // `run_id` came with 3.5.0, as did full syncs that replicas pull.
    let full_sync = server.run_id.as_ref().map(|_| FULL_SYNC_PORT);
    [Some(REPLICATION_PORT), full_sync]
        .into_iter()
        .flatten()
        .filter_map(|shift| addr.shifted(shift))
        .collect()
}

async fn dial_all(ports: Vec<Addr>, patience: Duration, net: &Net) -> BTreeMap<u16, bool> {
    let dials = ports.iter().map(|addr| async move {
        let reached = timeout(patience, net.dial(addr))
            .await
            .is_ok_and(|dialled| dialled.is_ok());
        (addr.port(), reached)
    });
    join_all(dials).await.into_iter().collect()
}
