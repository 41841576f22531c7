//! What readers leave behind: sampled positions, and what looks that follow each other say of a replica.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::decide::copy;
use crate::decide::copy::Copy;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::gap;
use crate::decide::gap::Behind;
use crate::decide::gap::Trail;
use crate::decide::health::master;
use crate::decide::history;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;
use crate::decide::view::Sample;
use crate::host::clock;

/// Looks that are so close together leave nothing out.
const CLOSE_MS: i64 = 10_000;
/// Enough for an hour of `status -w` on three nodes every few seconds, and small enough to rewrite.
const SAMPLES_KEPT: usize = 600;

/// What readers leave behind.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Seen {
    #[serde(default)]
    pub(super) samples: Vec<Sample>,
    #[serde(default)]
    pub(super) syncing: BTreeMap<Addr, String>,
    /// Of these, who was cut off from the copy: that the link comes up says nothing then.
    #[serde(default)]
    pub(super) cut_off: BTreeSet<Addr>,
    /// Who has got everything and was behind his master all the same; and of whom it is certain that he lacks something.
    #[serde(default)]
    behind: BTreeMap<Addr, Behind>,
    #[serde(default)]
    pub(super) gaps: BTreeMap<Addr, String>,
    #[serde(default)]
    pub(super) histories: Vec<String>,
}

impl Seen {
    /// One more look at the whole cluster.
    pub(super) fn look(&mut self, view: &ClusterView) {
        let at_ms = clock::wall().as_millisecond();
        for node in &view.nodes {
            let Some(observation) = node.seen() else {
                continue;
            };
            if let Some(position) = &observation.replication.position {
                self.samples.push(Sample {
                    node: node.addr.clone(),
                    at_ms,
                    took_ms: 0,
                    as_replica: observation.replication.role.is_replica(),
                    position: position.clone(),
                });
            }
            self.trail(view, node, at_ms);
            match self.copy_to(&node.addr, &observation.replication) {
                Some(Copy::UnderWay) => {
                    self.cut_off.remove(&node.addr);
                }
                Some(Copy::CutOff) => {
                    self.cut_off.insert(node.addr.clone());
                    self.syncing
                        .entry(node.addr.clone())
                        .or_insert_with(|| clock::wall().to_string());
                    continue;
                }
                None => {
                    self.cut_off.remove(&node.addr);
                }
            }
            match (node.role(), observation.replication.link) {
                (Role::Replica | Role::Chained, Link::Syncing) => {
                    self.syncing
                        .insert(node.addr.clone(), clock::wall().to_string());
                }
                (Role::Replica | Role::Chained, Link::Up) => {
                    self.syncing.remove(&node.addr);
                }
                (Role::Master | Role::Unknown | Role::Replica | Role::Chained, _) => {}
            }
        }
        self.note_history(view);
        let excess = self.samples.len().saturating_sub(SAMPLES_KEPT);
        self.samples.drain(..excess);
    }

    /// These were seen to be whole, and closely. True where that is news.
    pub(super) fn forget_copies(&mut self, replicas: &[Addr]) -> bool {
        let noted = |seen: &Self| seen.syncing.len() + seen.gaps.len();
        let before = noted(self);
        self.syncing.retain(|node, _| !replicas.contains(node));
        self.cut_off.retain(|node| !replicas.contains(node));
        self.behind.retain(|node, _| !replicas.contains(node));
        self.gaps.retain(|node, _| !replicas.contains(node));
        noted(self) != before
    }

    /// What this look says of a full copy to the node after those before it. Between looks that lie far apart a copy may
    /// well have ended, and its link have been lost since.
    fn copy_to(&self, node: &Addr, now: &Replication) -> Option<Copy> {
        let recent = |stamp: &String| {
            let seen = stamp.parse().map_or(i64::MIN, Timestamp::as_millisecond);
            clock::wall().as_millisecond().saturating_sub(seen) <= CLOSE_MS
        };
        let before = if self.cut_off.contains(node) {
            Some(Copy::CutOff)
        } else {
            let under_way = self.syncing.get(node).is_some_and(recent);
            under_way.then_some(Copy::UnderWay)
        };
        copy::followed(before, now)
    }

    /// The history that the master of this look names.
    fn note_history(&mut self, view: &ClusterView) {
        let belief = master::believe(view);
        let seen = belief.node(view).and_then(NodeView::seen);
        if let Some(said) = seen.map(|seen| &seen.replication)
            && said.role == Role::Master
            && let (Some(Position::Redis { .. }), Some(id)) = (&said.position, &said.history_id)
        {
            history::note(&mut self.histories, id, true);
        }
    }

    /// What two looks say of whether a replica is where its master is.
    fn trail(&mut self, view: &ClusterView, node: &NodeView, at_ms: i64) {
        let before = self.behind.remove(&node.addr);
        let trail = trail(view, &self.samples, node, before, at_ms).unwrap_or(Trail::Unknown);
        let at_ms = at_ms.unsigned_abs();
        match trail {
            Trail::Unknown => {}
            Trail::Open(behind) => {
                self.behind.insert(node.addr.clone(), behind);
            }
            Trail::Level => {
                self.gaps.remove(&node.addr);
            }
            Trail::Behind(behind) => {
                if behind.is_gap(at_ms) {
                    self.gaps.insert(node.addr.clone(), behind.text());
                }
                self.behind.insert(node.addr.clone(), behind);
            }
        }
    }
}

fn trail(
    view: &ClusterView,
    samples: &[Sample],
    node: &NodeView,
    before: Option<Behind>,
    at_ms: i64,
) -> Option<Trail> {
    let own = node.seen()?;
    let above = view.resolve(own.replication.master.as_ref()?);
    let its = view.node(&above)?.seen()?;
    let lines = its.replication.replicas.iter();
    let lines: Vec<_> = lines
        .filter(|line| view.resolve(&line.addr) == node.addr)
        .collect();
    // Its answer may have been on its way for longer than its master's.
    let took_ms = i64::try_from(own.rtt_us / 1000).unwrap_or(i64::MAX);
    let pair = gap::Pair {
        own,
        above: &above,
        its,
        lines: &lines,
    };
    let when = gap::When {
        now_ms: at_ms.unsigned_abs(),
        asked_ms: at_ms.saturating_sub(took_ms),
        at_ms,
    };
    Some(gap::trail(before, &pair, samples, when))
}
