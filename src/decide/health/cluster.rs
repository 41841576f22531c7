//! Findings on the whole cluster.

use super::assess::Scene;
use super::catalogue;
use crate::decide::facts::FaultKind;
use crate::decide::finding::Finding;
use crate::decide::view::NodeView;

/// `candidate`: some node could take over.
pub(super) fn findings(scene: &Scene<'_>, candidate: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    match scene.belief.writable.as_slice() {
        [] => findings.push(no_master(scene)),
        [_] => {
            if !candidate {
                let text = if scene.view.nodes.len() == 1 {
                    "the master has no replica"
                } else {
                    "no replica may be promoted now"
                };
                findings.push(catalogue::NO_CANDIDATE.overall(text));
            }
        }
        several => {
            let names: Vec<String> = several.iter().map(|addr| scene.name(addr)).collect();
            let promotions = &scene.view.memory.promotions;
            let promoted = promotions.last().filter(|p| several.contains(&p.node));
            let which = promoted.map_or_else(String::new, |p| {
                format!("; {} was promoted last, at {}", scene.name(&p.node), p.at)
            });
            let text = format!("{} all take writes as master{which}", names.join(" and "));
            findings.push(catalogue::TWO_MASTERS.overall(text));
        }
    }
    if let Some(operation) = &scene.view.memory.open_operation {
        findings.push(catalogue::OPERATION_OPEN.overall(format!(
            "operation {operation} neither ended nor was undone"
        )));
    }
    findings
}

fn no_master(scene: &Scene<'_>) -> Finding {
    let text = match (&scene.belief.master, scene.belief.node(scene.view)) {
        (Some(_), Some(node)) if node.seen().is_some() => {
            format!("{} is master but takes no writes", node.name)
        }
        (Some(_), Some(node)) => {
            format!("{} does not answer, and no other node is master", node.name)
        }
        _ if scene.view.nodes.iter().all(|node| node.seen().is_none()) => {
            "no node answers".to_owned()
        }
        _ => "no node that answers is master".to_owned(),
    };
    let mut finding = match &scene.belief.master {
        Some(addr) => catalogue::NO_MASTER.on(addr, text),
        None => catalogue::NO_MASTER.overall(text),
    };
    let locked_out = |node: &NodeView| {
        node.state
            .as_ref()
            .is_err_and(|f| f.kind == FaultKind::Auth)
    };
    if scene.view.nodes.iter().all(locked_out) {
        catalogue::AUTH.hint.clone_into(&mut finding.hint);
    }
    finding
}
