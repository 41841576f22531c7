//! The assessment of a whole cluster.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::catalogue;
use super::catalogue::Kind;
use super::cluster;
use super::distance;
use super::distance::FileSize;
use super::link;
use super::master;
use super::master::Belief;
use super::node;
use super::parity;
use super::preflight;
use crate::decide::facts::Link;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::verdict;
use crate::decide::verdict::Case;
use crate::decide::verdict::Verdict;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// What counts as too much.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes that a replica may be behind.
    pub max_lag: u64,
}

/// One word for a cluster.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Ok,
    /// There is a warning or worse, and one master that takes writes.
    Degraded,
    /// No reachable master takes writes.
    Down,
    /// More than one does.
    Split,
}

/// What follows from a view.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assessment {
    pub health: Health,
    /// The master that is believed in, reachable or not.
    pub master: Option<Addr>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// One entry for each node of the view.
    pub nodes: BTreeMap<Addr, Figures>,
}

/// What follows for one node.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Figures {
    /// Bytes behind the master; 0 on the master itself.
    pub lag_bytes: Option<u64>,
    pub lag_known: bool,
    /// Would accept a client's write.
    pub writable: bool,
    pub fenced: bool,
    /// Whether a planned switchover may promote it.
    pub promotable: Verdict,
}

/// What the findings of every kind are derived from.
pub(super) struct Scene<'v> {
    pub(super) view: &'v ClusterView,
    pub(super) belief: Belief,
    pub(super) size: FileSize,
    pub(super) limits: &'v Limits,
}

impl<'v> Scene<'v> {
    fn new(view: &'v ClusterView, limits: &'v Limits) -> Self {
        Self {
            view,
            belief: master::believe(view),
            size: distance::file_size(view),
            limits,
        }
    }

    /// The believed master, where it answered.
    pub(super) fn live_master(&self) -> Option<&'v NodeView> {
        self.belief
            .node(self.view)
            .filter(|node| node.seen().is_some())
    }

    pub(super) fn lag(&self, node: &NodeView) -> Option<u64> {
        distance::lag(self.live_master()?, node, self.size)
    }

    /// The name of a node, or the address itself where no node has it.
    pub(super) fn name(&self, addr: &Addr) -> String {
        self.view
            .node(addr)
            .map_or_else(|| addr.to_string(), |node| node.name.clone())
    }
}

/// Judges one view.
pub fn assess(view: &ClusterView, limits: &Limits) -> Assessment {
    judge(&Scene::new(view, limits), Vec::new())
}

/// Judges `after`, and what moved since `before`: a few seconds between the two are enough.
pub fn assess_pair(before: &ClusterView, after: &ClusterView, limits: &Limits) -> Assessment {
    let scene = Scene::new(after, limits);
    let moved = movement(before, &scene);
    judge(&scene, moved)
}

fn judge(scene: &Scene<'_>, mut findings: Vec<Finding>) -> Assessment {
    let nodes: BTreeMap<Addr, Figures> = scene
        .view
        .nodes
        .iter()
        .map(|node| (node.addr.clone(), figures(scene, node)))
        .collect();
    let candidate = nodes.values().any(|figures| figures.promotable.ok);
    findings.extend(cluster::findings(scene, candidate));
    for node in &scene.view.nodes {
        node::findings(scene, node, &mut findings);
        link::findings(scene, node, &mut findings);
    }
    parity::findings(scene, &mut findings);
    preflight::findings(scene, &mut findings);
    findings = without_repeats(findings);
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let has = |kind: &Kind| findings.iter().any(|finding| finding.code == kind.code);
    let health = match scene.belief.writable.len() {
        0 => Health::Down,
        1 if has(&catalogue::REFUSES_WRITES) => Health::Down,
        1 if findings
            .iter()
            .any(|finding| finding.severity >= Severity::Warning) =>
        {
            Health::Degraded
        }
        1 => Health::Ok,
        _ => Health::Split,
    };
    Assessment {
        health,
        master: scene.belief.master.clone(),
        findings,
        nodes,
    }
}

fn figures(scene: &Scene<'_>, node: &NodeView) -> Figures {
    let lag_bytes = scene.lag(node);
    let full = node
        .seen()
        .is_some_and(|seen| seen.refuses_writes.is_some());
    let writable_replica = node.role().is_replica()
        && node.seen().is_some_and(|seen| {
            seen.replication.read_only == Some(false) && master::accepts_writes(seen)
        });
    Figures {
        lag_bytes,
        lag_known: lag_bytes.is_some(),
        writable: (master::writable_master(node) || writable_replica) && !full,
        fenced: node.seen().is_some_and(|seen| seen.fence.bites()),
        promotable: verdict::judge(scene.view, &scene.belief, node, Case::Planned),
    }
}

/// What only two views show: a replica that stands still, and one that was past the master before.
fn movement(before: &ClusterView, scene: &Scene<'_>) -> Vec<Finding> {
    let Some(master) = scene.live_master() else {
        return Vec::new();
    };
    let Some(earlier_master) = before.node(&master.addr) else {
        return Vec::new();
    };
    let (Some(from), Some(to)) = (earlier_master.position(), master.position()) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for node in scene
        .view
        .nodes
        .iter()
        .filter(|node| node.addr != master.addr)
    {
        let Some(earlier) = before.node(&node.addr) else {
            continue;
        };
        let (Some(was), Some(is)) = (earlier.position(), node.position()) else {
            continue;
        };
        let same_history = [earlier, node].iter().all(|n| {
            n.seen().map(|seen| &seen.replication.history_id)
                == master.seen().map(|seen| &seen.replication.history_id)
        });
        let up = |n: &NodeView| {
            n.seen()
                .is_some_and(|seen| seen.replication.link == Link::Up)
        };
        if distance::past(was, to) && same_history {
            findings.push(catalogue::DIVERGED.on(
                &node.addr,
                format!(
                    "it stood at {was} before {} had reached that far ({to})",
                    master.name
                ),
            ));
        } else if up(earlier)
            && up(node)
            && distance::past(to, from)
            && was == is
            && distance::past(from, is)
        {
            findings.push(catalogue::STALLED.on(
                &node.addr,
                format!(
                    "it stays at {is} while {} went from {from} to {to}",
                    master.name
                ),
            ));
        }
    }
    findings
}

/// One finding of a code for a node is enough.
fn without_repeats(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if !kept
            .iter()
            .any(|other| other.code == finding.code && other.node == finding.node)
        {
            kept.push(finding);
        }
    }
    kept
}
