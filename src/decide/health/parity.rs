//! Findings on settings that should be equal on all nodes.

use std::fmt::Display;

use super::assess::Scene;
use super::catalogue;
use super::catalogue::Kind;
use crate::decide::facts::Observation;
use crate::decide::facts::Settings;
use crate::decide::finding::Finding;
use crate::decide::view::NodeView;

pub(super) fn findings(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    let nodes: Vec<(&NodeView, &Observation)> = scene
        .view
        .nodes
        .iter()
        .filter_map(|node| Some((node, node.seen()?)))
        .collect();
    let mut compare = |kind: Kind, what: &str, values: Vec<(String, String)>| {
        findings.extend(differing(kind, what, values));
    };
    compare(
        catalogue::FLAVORS_DIFFER,
        "",
        values(&nodes, |seen| Some(format!("{:?}", seen.server.flavor))),
    );
    compare(
        catalogue::VERSIONS_DIFFER,
        "",
        values(&nodes, |seen| Some(seen.server.version.clone())),
    );
    compare(
        catalogue::FILE_SIZES_DIFFER,
        "binlog-file-size ",
        setting(&nodes, |s| s.binlog_file_size),
    );
    compare(
        catalogue::DATABASES_DIFFER,
        "databases ",
        setting(&nodes, |s| s.databases),
    );
    compare(
        catalogue::MAXCLIENTS_DIFFER,
        "maxclients ",
        setting(&nodes, |s| s.maxclients),
    );
    passwords(&nodes, findings);
    min_replicas(scene, &nodes, findings);
}

fn values(
    nodes: &[(&NodeView, &Observation)],
    value: impl Fn(&Observation) -> Option<String>,
) -> Vec<(String, String)> {
    nodes
        .iter()
        .filter_map(|(node, seen)| Some((node.name.clone(), value(seen)?)))
        .collect()
}

fn setting<T: Display>(
    nodes: &[(&NodeView, &Observation)],
    value: impl Fn(&Settings) -> Option<T>,
) -> Vec<(String, String)> {
    values(nodes, |seen| {
        seen.settings
            .as_ref()
            .and_then(&value)
            .map(|value| value.to_string())
    })
}

/// `3.5.5 on a, b; 3.5.2 on c`, where there is more than one value.
fn differing(kind: Kind, what: &str, values: Vec<(String, String)>) -> Option<Finding> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in values {
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, names)) => names.push(name),
            None => groups.push((value, vec![name])),
        }
    }
    if groups.len() < 2 {
        return None;
    }
    let texts: Vec<String> = groups
        .into_iter()
        .map(|(value, names)| format!("{what}{value} on {}", names.join(", ")))
        .collect();
    Some(kind.overall(texts.join("; ")))
}

/// Passwords are compared by tokens; only names are told.
fn passwords(nodes: &[(&NodeView, &Observation)], findings: &mut Vec<Finding>) {
    let asked: Vec<(&NodeView, &Settings)> = nodes
        .iter()
        .filter_map(|(node, seen)| Some((*node, seen.settings.as_ref()?)))
        .collect();
    let with = |set: bool| -> Vec<String> {
        asked
            .iter()
            .filter(|(_, s)| s.requirepass_set == Some(set))
            .map(|(n, _)| n.name.clone())
            .collect()
    };
    let (set, unset) = (with(true), with(false));
    let mut tokens = asked.iter().filter_map(|(_, s)| s.requirepass_token);
    let first = tokens.next();
    if !set.is_empty() && !unset.is_empty() {
        let text = format!(
            "requirepass is set on {} and not on {}",
            set.join(", "),
            unset.join(", ")
        );
        findings.push(catalogue::PASSWORDS_DIFFER.overall(text));
    } else if tokens.any(|token| Some(token) != first) {
        findings
            .push(catalogue::PASSWORDS_DIFFER.overall("requirepass is not the same on all nodes"));
    }
    for (node, ours) in &asked {
        let refused: Vec<&str> = asked
            .iter()
            .filter(|(other, theirs)| {
                other.addr != node.addr
                    && theirs.requirepass_set == Some(true)
                    && (ours.masterauth_set == Some(false)
                        || (ours.masterauth_token.is_some()
                            && theirs.requirepass_token.is_some()
                            && ours.masterauth_token != theirs.requirepass_token))
            })
            .map(|(other, _)| other.name.as_str())
            .collect();
        if !refused.is_empty() {
            let text = format!(
                "its masterauth is not the requirepass of {}",
                refused.join(", ")
            );
            findings.push(catalogue::MASTERAUTH_DIFFERS.on(&node.addr, text));
        }
    }
}

/// A node that wants more replicas than the cluster would have left with it as master.
fn min_replicas(
    scene: &Scene<'_>,
    nodes: &[(&NodeView, &Observation)],
    findings: &mut Vec<Finding>,
) {
    let left = scene.view.nodes.len().saturating_sub(1);
    for (node, seen) in nodes {
        let wanted = seen
            .settings
            .as_ref()
            .and_then(|settings| settings.min_replicas_to_write);
        let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
        if let Some(wanted) = wanted.filter(|wanted| *wanted > left && !seen.fence.min_replicas) {
            let text = format!("min-replicas-to-write is {wanted}, {left} would be left");
            findings.push(catalogue::MIN_REPLICAS.on(&node.addr, text));
        }
    }
}
