//! Findings on a replica's link: whom it follows, how well, and why not.
//!
//! Pika says no more than "down" for most causes (another password, another history, another number
//! of databases), so the reasons are derived by comparing both ends.

use super::assess::Scene;
use super::catalogue;
use super::data;
use super::distance;
use super::master;
use crate::decide::facts::DbState;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::view::NodeView;

pub(super) fn findings(scene: &Scene<'_>, node: &NodeView, findings: &mut Vec<Finding>) {
    let Some(seen) = node.seen() else { return };
    past_promotion(scene, node, seen, findings);
    torn(scene, node, seen, findings);
    if !seen.replication.role.is_replica() || seen.fence.closed_port {
        return;
    }
    let target = master::target(scene.view, seen);
    whom(scene, node, target.as_ref(), findings);
    if let Some(master) = scene
        .live_master()
        .filter(|master| distance::provably_past(master, node))
    {
        findings.push(catalogue::DIVERGED.on(&node.addr, past_text(master, node)));
    }
    match seen.replication.link {
        Link::Up => flowing(scene, node, findings),
        Link::Syncing => findings.push(catalogue::FULL_SYNC.on(&node.addr, full_sync_text(seen))),
        Link::Error => refused(scene, node, findings),
        Link::Down if waits_for_copy(scene, node, target.as_ref()) => {
            let text = "its master prepares or sends the copy that it asked for";
            findings.push(catalogue::FULL_SYNC.on(&node.addr, text));
        }
        Link::Down | Link::None => down(scene, node, seen, target.as_ref(), findings),
    }
}

/// A Redis replica says "down" until the copy begins to come, which a diskless master delays to serve several at once.
fn waits_for_copy(scene: &Scene<'_>, node: &NodeView, target: Option<&Addr>) -> bool {
    let master = target.and_then(|addr| scene.view.node(addr)?.seen());
    master.is_some_and(|master| {
        master.replication.replicas.iter().any(|line| {
            scene.view.resolve(&line.addr) == node.addr
                && line
                    .state
                    .as_deref()
                    .is_some_and(|state| matches!(state, "wait_bgsave" | "send_bulk"))
        })
    })
}

/// Detached in the middle of a full sync it is a master of nothing, and looks like any other.
fn torn(scene: &Scene<'_>, node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    if seen.replication.link != Link::Syncing
        && let Some(text) = data::unfinished(scene.view, node, seen)
    {
        findings.push(catalogue::FULL_SYNC_UNFINISHED.on(&node.addr, text));
    }
}

fn whom(scene: &Scene<'_>, node: &NodeView, target: Option<&Addr>, findings: &mut Vec<Finding>) {
    let (Some(target), Some(master)) = (target, &scene.belief.master) else {
        return;
    };
    if target == master {
        return;
    }
    match scene.view.node(target).map(|other| (other, other.role())) {
        Some((other, Role::Replica | Role::Chained)) => {
            findings.push(
                catalogue::CHAINED.on(&node.addr, format!("it follows {}, a replica", other.name)),
            );
        }
        Some((other, Role::Master | Role::Unknown)) => {
            let text = format!(
                "it follows {} instead of {}",
                other.name,
                scene.name(master)
            );
            findings.push(catalogue::WRONG_MASTER.on(&node.addr, text));
        }
        // A host name on Pika is told below, with the reason why it cannot work.
        None if !target.is_ip() && is_pika(node) => {}
        None => {
            let text = format!("it follows {target}, which is no node of this cluster");
            findings.push(catalogue::UNKNOWN_MASTER.on(&node.addr, text));
        }
    }
}

fn flowing(scene: &Scene<'_>, node: &NodeView, findings: &mut Vec<Finding>) {
    if scene.live_master().is_none() {
        return;
    }
    match scene.lag(node) {
        None => findings.push(catalogue::LAG_UNKNOWN.on(&node.addr, "its lag cannot be told")),
        Some(lag) if lag > scene.limits.max_lag => {
            let text = format!("{lag} bytes behind, {} allowed", scene.limits.max_lag);
            findings.push(catalogue::LAGGING.on(&node.addr, text));
        }
        Some(_) => {}
    }
}

/// The master refused this replica's position.
fn refused(scene: &Scene<'_>, node: &NodeView, findings: &mut Vec<Finding>) {
    if scene
        .live_master()
        .is_some_and(|master| distance::provably_past(master, node))
    {
        return;
    }
    let text = "the master refuses its position, which is no border of a record there; \
                left alone it may link again with other data";
    findings.push(catalogue::MAYBE_DIVERGED.on(&node.addr, text));
}

fn down(
    scene: &Scene<'_>,
    node: &NodeView,
    seen: &Observation,
    target: Option<&Addr>,
    findings: &mut Vec<Finding>,
) {
    let before = findings.len();
    if let Some(target) = target {
        if is_pika(node)
            && !target.is_ip()
            && seen
                .replication
                .master
                .as_ref()
                .is_some_and(|host| !host.is_ip())
        {
            findings.push(
                catalogue::LINK_DOWN_HOSTNAME.on(&node.addr, format!("it was told {target}")),
            );
        }
        if let Some(other) = scene.view.node(target) {
            if let Some(theirs) = other.seen() {
                causes(node, seen, other, theirs, findings);
            } else {
                let text = format!("{} does not answer", other.name);
                findings.push(catalogue::LINK_DOWN_MASTER.on(&node.addr, text));
            }
        }
    }
    let detached: Vec<&str> = seen
        .replication
        .db_states
        .iter()
        .filter(|(_, state)| **state == DbState::Detached)
        .map(|(db, _)| db.as_str())
        .collect();
    if !detached.is_empty() {
        findings.push(
            catalogue::LINK_DOWN_DETACHED
                .on(&node.addr, format!("{} is detached", detached.join(", "))),
        );
    }
    if findings.len() == before {
        let to = target.map_or_else(|| "its master".to_owned(), |target| scene.name(target));
        let since = seen
            .replication
            .link_down_s
            .map(|s| format!(" for {s} s"))
            .unwrap_or_default();
        findings
            .push(catalogue::LINK_DOWN.on(&node.addr, format!("the link to {to} is down{since}")));
    }
}

/// What differs between both ends that keeps a link from coming up.
fn causes(
    node: &NodeView,
    ours: &Observation,
    other: &NodeView,
    theirs: &Observation,
    findings: &mut Vec<Finding>,
) {
    let name = &other.name;
    if is_pika(node) {
        if other
            .addr
            .shifted(2000)
            .is_some_and(|port| theirs.side_ports.get(&port.port()) == Some(&false))
        {
            let text = format!(
                "port {} of {name} cannot be reached",
                u32::from(other.addr.port()) + 2000
            );
            findings.push(catalogue::LINK_DOWN_PORT.on(&node.addr, text));
        }
        if data::histories_differ(ours, theirs) {
            findings.push(catalogue::LINK_DOWN_HISTORY.on(
                &node.addr,
                format!("its ReplicationID is not that of {name}"),
            ));
        }
    }
    let (Some(ours), Some(theirs)) = (&ours.settings, &theirs.settings) else {
        return;
    };
    if theirs.requirepass_set == Some(true)
        && (ours.masterauth_set == Some(false)
            || (ours.masterauth_token.is_some()
                && theirs.requirepass_token.is_some()
                && ours.masterauth_token != theirs.requirepass_token))
    {
        findings.push(catalogue::LINK_DOWN_AUTH.on(
            &node.addr,
            format!("its masterauth is not the requirepass of {name}"),
        ));
    }
    if let (Some(ours), Some(theirs)) = (ours.databases, theirs.databases)
        && ours != theirs
    {
        let text = format!("it has {ours} databases, {name} has {theirs}");
        findings.push(catalogue::LINK_DOWN_DATABASES.on(&node.addr, text));
    }
}

/// A node that does not follow the newly promoted master and is past the point of its promotion.
fn past_promotion(
    scene: &Scene<'_>,
    node: &NodeView,
    seen: &Observation,
    findings: &mut Vec<Finding>,
) {
    let Some(promotion) = scene.view.memory.promotions.last() else {
        return;
    };
    // A replica moves past the point with its master; when that is dead, its link is down without fault.
    let follows = (seen.replication.link == Link::Up || scene.live_master().is_none())
        && master::target(scene.view, seen).as_ref() == Some(&promotion.node);
    // Where both claim to be master there is no single belief, and the last promotion says who is right.
    let leads = scene.belief.master.as_ref() == Some(&promotion.node)
        || scene.belief.writable.contains(&promotion.node);
    // The point says nothing of the others where whoever was promoted stood apart.
    if node.addr == promotion.node || follows || !leads || promotion.apart {
        return;
    }
    let was_master = promotion.from.as_ref() == Some(&node.addr);
    match node.position() {
        Some(position) if distance::past(position, &promotion.point) => {
            let text = format!(
                "at {position} it is past {}, where {} was promoted",
                promotion.point,
                scene.name(&promotion.node)
            );
            let kind = if was_master || seen.replication.role == Role::Master {
                catalogue::DIVERGED
            } else {
                catalogue::MAYBE_DIVERGED
            };
            findings.push(kind.on(&node.addr, text));
        }
        None if was_master => {
            findings.push(catalogue::MAYBE_DIVERGED.on(
                &node.addr,
                "it was master, and where it stands is not known",
            ));
        }
        Some(_) | None => {}
    }
}

fn past_text(master: &NodeView, node: &NodeView) -> String {
    let show = |node: &NodeView| node.position().map(ToString::to_string).unwrap_or_default();
    format!(
        "at {} it is past {}, which is at {}",
        show(node),
        master.name,
        show(master)
    )
}

fn full_sync_text(seen: &Observation) -> String {
    let syncing: Vec<&str> = seen
        .replication
        .db_states
        .iter()
        .filter(|(_, state)| matches!(state, DbState::TryFullSync | DbState::SyncingFull))
        .map(|(db, _)| db.as_str())
        .collect();
    if syncing.is_empty() {
        "a full sync is under way".to_owned()
    } else {
        format!("a full sync of {} is under way", syncing.join(", "))
    }
}

fn is_pika(node: &NodeView) -> bool {
    node.seen()
        .is_some_and(|seen| seen.server.flavor == Flavor::Pika)
}
