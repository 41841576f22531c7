//! Findings on one node, its link aside.

use super::assess::Scene;
use super::catalogue;
use super::catalogue::Kind;
use super::master;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::view::Memory;
use crate::decide::view::NodeView;
use crate::decide::view::Wish;

pub(super) fn findings(scene: &Scene<'_>, node: &NodeView, findings: &mut Vec<Finding>) {
    remembered(scene, node, findings);
    if !node.declared {
        findings.push(catalogue::UNDECLARED.on(&node.addr, "it was found through the master"));
    }
    match &node.state {
        Err(fault) => {
            // The finding names the node already.
            let text = fault
                .text
                .strip_prefix(&format!("{} ", node.addr))
                .unwrap_or(&fault.text);
            findings.push(unreachable(fault).on(&node.addr, text));
        }
        Ok(seen) => {
            running(node, seen, findings);
            fenced(scene, node, seen, findings);
            configured(node, seen, findings);
            if seen.replication.role == Role::Master {
                as_master(scene, node, seen, findings);
            }
        }
    }
}

/// The sort of finding that a fault is.
fn unreachable(fault: &Fault) -> Kind {
    match fault.kind {
        FaultKind::Auth => catalogue::AUTH,
        FaultKind::NotResp | FaultKind::Tls => catalogue::NOT_RESP,
        FaultKind::Unsupported => catalogue::UNSUPPORTED,
        FaultKind::Refused
        | FaultKind::Timeout
        | FaultKind::Hung
        | FaultKind::Dropped
        | FaultKind::Unreachable
        | FaultKind::Protocol
        | FaultKind::Overtaken
        | FaultKind::Error => catalogue::UNREACHABLE,
    }
}

fn remembered(scene: &Scene<'_>, node: &NodeView, findings: &mut Vec<Finding>) {
    let memory = &scene.view.memory;
    if let Some(why) = memory.quarantined.get(&node.addr) {
        findings.push(catalogue::QUARANTINED.on(&node.addr, why.clone()));
        if master::writable_master(node) {
            findings.push(catalogue::QUARANTINE_UNFENCED.on(&node.addr, "it takes writes"));
        }
    }
    if let Some(why) = unsaved(node, memory) {
        findings.push(catalogue::ROLE_UNSAVED.on(&node.addr, why));
    }
}

fn running(node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    if seen.server.loading {
        findings.push(catalogue::LOADING.on(&node.addr, "it is loading its data"));
    }
    if let Some(text) = &seen.storage_failed {
        findings.push(
            catalogue::STORAGE_FAILED
                .on(&node.addr, format!("the storage engine has failed: {text}")),
        );
    }
    if let Some(why) = &seen.refuses_writes {
        let kind = if seen.replication.role == Role::Master {
            catalogue::REFUSES_WRITES
        } else {
            catalogue::WOULD_REFUSE_WRITES
        };
        findings.push(kind.on(&node.addr, why.clone()));
    }
    let closed: Vec<String> = seen
        .side_ports
        .iter()
        .filter(|(_, open)| !**open)
        .map(|(port, _)| port.to_string())
        .collect();
    if !closed.is_empty() {
        let text = format!("port {} cannot be reached from here", closed.join(" and "));
        findings.push(catalogue::SIDE_PORT_CLOSED.on(&node.addr, text));
    }
    if seen.replication.read_only == Some(false) && seen.replication.role.is_replica() {
        findings.push(catalogue::WRITABLE_REPLICA.on(&node.addr, "replica-read-only is no"));
    }
}

fn fenced(scene: &Scene<'_>, node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    if !seen.fence.bites() || scene.view.memory.quarantined.contains_key(&node.addr) {
        return;
    }
    let fence = &seen.fence;
    let mut how = Vec::new();
    if !fence.acl_users.is_empty() {
        how.push(format!(
            "-@write on ACL user {}",
            fence.acl_users.join(", ")
        ));
    }
    if fence.blacklist {
        how.push("userblacklist holds the write commands".to_owned());
    }
    if fence.min_replicas {
        how.push("min-replicas-to-write is out of reach".to_owned());
    }
    if fence.closed_port {
        how.push("it points at a closed port as master".to_owned());
    }
    let is_master =
        seen.replication.role == Role::Master || scene.belief.master.as_ref() == Some(&node.addr);
    let kind = if is_master {
        catalogue::MASTER_FENCED
    } else {
        catalogue::NODE_FENCED
    };
    findings.push(kind.on(&node.addr, how.join("; ")));
}

/// Why a restart may bring an old role back.
fn unsaved(node: &NodeView, memory: &Memory) -> Option<String> {
    let settings = node.seen().and_then(|seen| seen.settings.as_ref());
    if settings.is_some_and(|settings| settings.no_config) {
        return Some("CONFIG is disabled there, or renamed and not named under `commands:`, so its role cannot be saved".to_owned());
    }
    if settings.is_some_and(|settings| settings.config_file == Some(false)) {
        let text = "it was started without a configuration file, so CONFIG REWRITE has nowhere to save its role";
        return Some(text.to_owned());
    }
    let why = memory.rewrite_owed.get(&node.addr)?;
    Some(format!("CONFIG REWRITE failed or was not reached ({why})"))
}

fn configured(node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    let replica = seen.replication.role.is_replica();
    let settings = seen.settings.as_ref();
    let priority = seen
        .replication
        .priority
        .or(settings.and_then(|settings| settings.slave_priority));
    if replica && priority == Some(0) && node.promote != Wish::Never {
        if seen.server.flavor == Flavor::Pika {
            let text = "priority 0: set so, or the key is missing from its configuration file";
            findings.push(catalogue::PRIORITY_ZERO_SUSPECT.on(&node.addr, text));
        } else {
            findings.push(catalogue::PRIORITY_ZERO.on(&node.addr, "priority 0"));
        }
    }
    let Some(settings) = settings else { return };
    if settings.write_binlog == Some(false) {
        findings.push(catalogue::WRITE_BINLOG_OFF.on(&node.addr, "write-binlog is no"));
    }
    if seen.server.flavor == Flavor::Pika
        && settings.requirepass_set == Some(true)
        && settings.userpass_set == Some(false)
    {
        findings
            .push(catalogue::ANY_PASSWORD.on(&node.addr, "requirepass is set, userpass is not"));
    }
}

fn as_master(scene: &Scene<'_>, node: &NodeView, seen: &Observation, findings: &mut Vec<Finding>) {
    if seen.replication.failover_under_way {
        findings.push(
            catalogue::FAILOVER_UNDER_WAY.on(&node.addr, "a coordinated failover is under way"),
        );
    }
    if let Some(holder) = &seen.lock {
        findings.push(catalogue::LOCK_HELD.on(&node.addr, format!("the lock is held by {holder}")));
    }
    let lines = seen
        .replication
        .replicas
        .iter()
        .map(|line| scene.view.resolve(&line.addr));
    let mut unknown = Vec::new();
    let mut ghosts = Vec::new();
    for addr in lines {
        match scene.view.node(&addr) {
            None => unknown.push(addr.to_string()),
            Some(listed) => {
                let left = listed.seen().is_some_and(|theirs| {
                    master::target(scene.view, theirs).as_ref() != Some(&node.addr)
                });
                if left {
                    ghosts.push(listed.name.clone());
                }
            }
        }
    }
    if !unknown.is_empty() {
        findings.push(
            catalogue::UNKNOWN_REPLICA.on(&node.addr, format!("it lists {}", unknown.join(", "))),
        );
    }
    if !ghosts.is_empty() {
        let text = format!(
            "it still lists {}, which follows somebody else",
            ghosts.join(", ")
        );
        findings.push(catalogue::GHOST_REPLICA.on(&node.addr, text));
    }
}
