//! What a change of roles would meet, seen before it: rights, addresses, what the logs still hold, who is busy.
//!
//! `check` shows all of it, and a plan what bears on it ([`of_plan`]). Nothing is tried out on a server for this.

use super::assess::Limits;
use super::assess::Scene;
use super::assess::assess;
use super::catalogue;
use super::catalogue::Kind;
use super::data;
use super::master;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::rights::Right;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

pub(super) fn findings(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    minority(scene, findings);
    for node in &scene.view.nodes {
        let Some(seen) = node.seen() else { continue };
        rights(node, seen, findings);
        log(scene, node, seen, findings);
        if !seen.load.background.is_empty() {
            let work = seen.load.background.join(" and ");
            findings.push(catalogue::BUSY.on(&node.addr, format!("{work} is under way")));
        }
    }
    local_addresses(scene, findings);
    if let Some(master) = scene.live_master() {
        busy_master(scene, master, findings);
        seen_elsewhere(scene, master, findings);
    }
}

/// Fewer than half of the declared nodes answer: the fault may be on this side.
fn minority(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    if let Some((answering, declared)) = outnumbered(scene.view) {
        let text = format!("{answering} of {declared} nodes answer this host");
        findings.push(catalogue::SEES_MINORITY.overall(text));
    }
}

/// How many of the declared nodes answer, and how many there are, where that is fewer than half, and not none.
pub fn outnumbered(view: &ClusterView) -> Option<(usize, usize)> {
    let declared = view.nodes.iter().filter(|node| node.declared);
    let all = declared.clone().count();
    let answering = declared.filter(|node| node.seen().is_some()).count();
    (answering > 0 && answering * 2 < all).then_some((answering, all))
}

fn rights(node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    let mut missing: Vec<String> = [Right::Follow, Right::Rewrite]
        .into_iter()
        .filter(|right| seen.may(*right) == Some(false))
        .map(|right| right.label().to_owned())
        .collect();
    if seen.may_fence() == Some(false) {
        missing.push("any command that could fence it".to_owned());
    }
    if !missing.is_empty() {
        let user = seen.whoami.as_deref().unwrap_or_default();
        let text = format!("user {user} may not run {}", missing.join(", "));
        findings.push(catalogue::NOT_PERMITTED.on(&node.addr, text));
    }
}

/// Whom `node` could serve by a full copy only: others of its history who stand before what its log surely holds.
fn log(scene: &Scene<'_>, node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    let Some(kept) = &seen.replication.kept_from else {
        return;
    };
    let leader = scene.belief.master.as_ref();
    let late: Vec<String> = scene
        .view
        .nodes
        .iter()
        .filter(|other| other.addr != node.addr && leader != Some(&other.addr))
        .filter_map(|other| Some((other, other.seen()?)))
        .filter(|(_, theirs)| {
            theirs.replication.role.is_replica()
                && same_history(seen, theirs)
                && match theirs.replication.link {
                    // It copies everything already.
                    Link::Syncing => false,
                    // A stream that flows is not begun anew.
                    Link::Up => leader != Some(&node.addr),
                    Link::Down | Link::Error | Link::None => true,
                }
        })
        .filter_map(|(other, theirs)| {
            let at = theirs.replication.position.as_ref()?;
            before(at, kept).then(|| format!("{}, at {at}", other.name))
        })
        .collect();
    if !late.is_empty() {
        let text = format!(
            "its log surely holds what comes after {kept}; {} would copy everything anew",
            late.join("; ")
        );
        findings.push(catalogue::LOG_TOO_SHORT.on(&node.addr, text));
    }
}

/// In some database that both speak of.
fn before(at: &Position, kept: &Position) -> bool {
    match (at, kept) {
        (Position::Redis { repl: at }, Position::Redis { repl: kept }) => at < kept,
        (Position::Pika(at), Position::Pika(kept)) => at
            .iter()
            .any(|(db, point)| kept.get(db).is_some_and(|kept| point < kept)),
        (Position::Redis { .. }, Position::Pika(_))
        | (Position::Pika(_), Position::Redis { .. }) => false,
    }
}

/// Offsets of Redis mean nothing in another history; Pika compares places in files whatever the history.
fn same_history(a: &Observation, b: &Observation) -> bool {
    match a.server.flavor {
        Flavor::Pika => !data::histories_differ(a, b),
        Flavor::Redis | Flavor::Valkey => a.replication.history_id == b.replication.history_id,
    }
}

/// A loopback address means another host to everybody else.
fn local_addresses(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    let called: Vec<(&NodeView, Addr)> = scene
        .view
        .nodes
        .iter()
        .map(|node| (node, called(scene.view, &node.addr)))
        .collect();
    if called.iter().all(|(_, addr)| loopback(addr)) {
        return;
    }
    for (node, addr) in called.iter().filter(|(_, addr)| loopback(addr)) {
        let text = format!("{addr} is another host to every node that does not run beside it");
        findings.push(catalogue::LOCAL_ADDRESS.on(&node.addr, text));
    }
}

/// What others would be told as its address: behind an address map its inner one.
fn called(view: &ClusterView, addr: &Addr) -> Addr {
    let mut inner = view.address_map.iter();
    inner
        .find(|(_, outer)| *outer == addr)
        .map_or(addr, |(inner, _)| inner)
        .clone()
}

fn loopback(addr: &Addr) -> bool {
    addr.host() == "localhost"
        || addr
            .host()
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Replicas are told the address under which this host dials a node. The master sees where it really comes from.
fn seen_elsewhere(scene: &Scene<'_>, master: &NodeView, findings: &mut Vec<Finding>) {
    let Some(seen) = master.seen() else { return };
    let listed: Vec<Addr> = seen
        .replication
        .replicas
        .iter()
        .map(|line| scene.view.resolve(&line.addr))
        .collect();
    let strange: Vec<&Addr> = listed
        .iter()
        .filter(|addr| {
            scene
                .view
                .node(addr)
                .is_none_or(|node| node.seen().is_none())
        })
        .collect();
    for node in &scene.view.nodes {
        let linked = node.seen().is_some_and(|theirs| {
            theirs.replication.link == Link::Up
                && master::target(scene.view, theirs).as_ref() == Some(&master.addr)
        });
        // The port is its own, whatever lies between; so the same port says who is meant.
        let elsewhere = strange.iter().find(|addr| addr.port() == node.addr.port());
        if linked
            && !listed.contains(&node.addr)
            && let Some(elsewhere) = elsewhere
        {
            let text = format!("{} sees it at {elsewhere}", master.name);
            findings.push(catalogue::SEEN_ELSEWHERE.on(&node.addr, text));
        }
    }
}

fn busy_master(scene: &Scene<'_>, master: &NodeView, findings: &mut Vec<Finding>) {
    let Some(seen) = master.seen() else { return };
    let load = &seen.load;
    if let Some(blocked) = load.blocked.filter(|blocked| *blocked > 0) {
        let text = format!("{blocked} of its clients wait in blocking commands");
        findings.push(catalogue::BLOCKED_CLIENTS.on(&master.addr, text));
    }
    if let Some(slow) = &load.slowest
        && slow.took_us >= SLOW_US
        && slow.ago_s <= RECENT_S
    {
        let text = format!(
            "{} took {} ms, {} s ago",
            slow.command,
            slow.took_us / 1000,
            slow.ago_s
        );
        findings.push(catalogue::SLOW_COMMANDS.on(&master.addr, text));
    }
    for node in &scene.view.nodes {
        let settings = node.seen().and_then(|seen| seen.settings.as_ref());
        let admits = settings.and_then(|settings| settings.maxclients);
        if let (Some(admits), Some(clients)) = (admits, load.clients)
            && node.addr != master.addr
            && admits < clients
        {
            let text = format!(
                "{} has {clients} clients now, and it admits {admits}",
                master.name
            );
            findings.push(catalogue::ADMITS_TOO_FEW.on(&node.addr, text));
        }
    }
}

/// On whom a finding must be for a plan to tell it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum On {
    Anybody,
    Candidate,
    /// Either of the two that change places.
    Pair,
}

/// What a plan tells of it.
const TOLD: &[(Kind, On)] = &[
    (catalogue::NOT_PERMITTED, On::Anybody),
    (catalogue::LOCAL_ADDRESS, On::Anybody),
    (catalogue::SEEN_ELSEWHERE, On::Candidate),
    (catalogue::LOG_TOO_SHORT, On::Candidate),
    (catalogue::ADMITS_TOO_FEW, On::Candidate),
    (catalogue::BUSY, On::Pair),
    (catalogue::BLOCKED_CLIENTS, On::Pair),
    (catalogue::SLOW_COMMANDS, On::Pair),
    (catalogue::SIDE_PORT_CLOSED, On::Candidate),
    (catalogue::VERSIONS_DIFFER, On::Anybody),
    (catalogue::PASSWORDS_DIFFER, On::Anybody),
    (catalogue::MASTERAUTH_DIFFERS, On::Anybody),
];

/// The findings that bear on making `candidate` master in the place of `master`, for the notes of a plan.
pub fn of_plan(view: &ClusterView, master: &Addr, candidate: &Addr) -> Vec<Finding> {
    let found = assess(view, &Limits { max_lag: u64::MAX }).findings;
    found
        .into_iter()
        .filter(|finding| {
            let node = finding.node.as_ref();
            TOLD.iter().any(|(kind, on)| {
                kind.code == finding.code
                    && match on {
                        On::Anybody => true,
                        On::Candidate => node == Some(candidate),
                        On::Pair => node == Some(candidate) || node == Some(master),
                    }
            })
        })
        .collect()
}

/// Whether the siblings reach the candidate: no server can be asked to try without being made to follow. Those that
/// share its host do; of the others it can only be said that it is not known.
pub fn reach(view: &ClusterView, candidate: &Addr, siblings: &[Addr]) -> Option<Finding> {
    let home = called(view, candidate);
    let strangers: Vec<String> = siblings
        .iter()
        .filter(|sibling| called(view, sibling).host() != home.host())
        .map(|sibling| {
            view.node(sibling)
                .map_or_else(|| sibling.to_string(), |node| node.name.clone())
        })
        .collect();
    (!strangers.is_empty()).then(|| {
        Finding::new(
            "candidate.reach_unproven",
            Severity::Info,
            Some(candidate),
            format!(
                "nothing tells beforehand whether {} can reach it at {home}",
                strangers.join(", ")
            ),
            "a node that cannot is reported and left where it is; `pikafo repoint` moves it later",
        )
    })
}

/// A fence is given a quarter of `switchover.max_blackout`, which is 2 s unless it is set.
const SLOW_US: u64 = 500_000;
/// Longer ago it says little about the next minute.
const RECENT_S: u64 = 120;
