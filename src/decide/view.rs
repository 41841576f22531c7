//! What we believe of a whole cluster at one moment.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::facts::Fault;
use super::facts::Observation;
use super::facts::Role;
use super::name::Addr;
use super::order::FenceHow;
use super::position::Position;

/// Whether a node may become master, as the operator wishes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    Prefer,
    #[default]
    Allow,
    Last,
    Never,
}

/// One node and what is known of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NodeView {
    pub name: String,
    pub addr: Addr,
    pub zone: Option<String>,
    pub promote: Wish,
    /// Named in the configuration, as against found through the master.
    pub declared: bool,
    /// The master whose data is all that it holds, as a watcher knows of it as it is now.
    pub vouched: Option<Addr>,
    pub state: Result<Observation, Fault>,
}

impl NodeView {
    pub fn seen(&self) -> Option<&Observation> {
        self.state.as_ref().ok()
    }

    pub fn role(&self) -> Role {
        self.seen().map_or(Role::Unknown, |o| o.replication.role)
    }

    pub fn position(&self) -> Option<&Position> {
        self.seen()?.replication.position.as_ref()
    }
}

/// A position at a time, for estimating loss.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sample {
    pub node: Addr,
    /// Milliseconds since the epoch, wall clock of the observer: when the answer was here.
    pub at_ms: i64,
    /// And how many milliseconds before that it was asked for: it may have been on its way for most of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub took_ms: u32,
    /// It was not the master then: it followed another node, and was as fast as it could copy, or was one that came back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_replica: bool,
    pub position: Position,
}

impl Sample {
    /// Since then the node may have come further.
    pub fn asked_ms(&self) -> i64 {
        self.at_ms.saturating_sub(i64::from(self.took_ms))
    }

    /// How long before another one it was asked for.
    pub(super) fn ms_before(&self, later: &Self) -> i64 {
        later.asked_ms().saturating_sub(self.asked_ms())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_zero(ms: &u32) -> bool {
    *ms == 0
}

/// Where a node stood when it was promoted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Promotion {
    pub node: Addr,
    /// The master before it, where there was one.
    pub from: Option<Addr>,
    pub point: Position,
    pub at: String,
    /// The old master was fenced and drained, so nothing of it can lie past the point.
    pub planned: bool,
    /// A watcher did it by itself; `None` where that is not known: it was seen from outside, or by an older pikafo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// It stood apart, and somebody made it master by his word: `point` divides its history from nobody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// Where the master before it had been seen until then, by whoever tells of it. If it is at one of these still, it
    /// has taken nothing since. Times of several watchers' clocks would not show that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Position>,
}

impl Promotion {
    /// Up to where its data and the old master's are the same; `None` where no number tells.
    pub fn shared(&self) -> Option<&Position> {
        Some(&self.point).filter(|_| !self.apart)
    }
}

/// What is remembered between runs (the state folder), as far as decisions rest on it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Memory {
    /// Newest last.
    pub promotions: Vec<Promotion>,
    /// Newest last; bounded.
    pub samples: Vec<Sample>,
    /// Nodes that stand apart because their data diverged, and why.
    pub quarantined: BTreeMap<Addr, String>,
    /// Nodes of which this master lacks what they hold: it refused them, or came back with less. Forgotten with the next one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<Addr, String>,
    /// Nodes whose role is not saved: CONFIG REWRITE failed or was not reached.
    pub rewrite_owed: BTreeMap<Addr, String>,
    /// Nodes that were seen in the middle of a full sync that has not been seen to finish.
    pub full_sync_unfinished: BTreeMap<Addr, String>,
    /// Pika: nodes that stream from their master and lack what lay before the stream ([`super::gap`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<Addr, String>,
    /// Redis: the histories that the master has named, newest last; bounded ([`super::history`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histories: Vec<String>,
    /// Nodes that an interrupted operation left fenced.
    pub fenced: BTreeMap<Addr, String>,
    /// How those nodes were fenced, and what they were like before: needed to lift it exactly.
    #[serde(default)]
    pub fences: BTreeMap<Addr, FenceHow>,
    /// Identifier of an operation that neither ended nor was aborted.
    pub open_operation: Option<String>,
    /// Milliseconds since the epoch of the last automatic failover.
    pub last_automatic_ms: Option<i64>,
}

impl Memory {
    /// Where `node` was seen, until that time of this observer's own clock.
    pub fn seen_until(&self, node: Option<&Addr>, until_ms: i64) -> Vec<Position> {
        let of_node = self
            .samples
            .iter()
            .filter(|s| Some(&s.node) == node && s.at_ms <= until_ms);
        of_node.map(|sample| sample.position.clone()).collect()
    }
}

/// A whole cluster, as believed at one moment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ClusterView {
    pub name: String,
    /// In the order of the configuration, then found ones by address.
    pub nodes: Vec<NodeView>,
    /// Translates addresses that nodes print (a container's own) to those that can be dialled.
    pub address_map: BTreeMap<Addr, Addr>,
    pub memory: Memory,
}

impl ClusterView {
    pub fn node(&self, addr: &Addr) -> Option<&NodeView> {
        self.nodes.iter().find(|n| n.addr == *addr)
    }

    /// The node that a printed address means, through the address map and host names that are equal.
    pub fn resolve(&self, printed: &Addr) -> Addr {
        self.address_map.get(printed).unwrap_or(printed).clone()
    }

    /// Nodes that claim to be master and are reachable.
    pub fn masters(&self) -> impl Iterator<Item = &NodeView> {
        self.nodes.iter().filter(|n| n.role() == Role::Master)
    }
}
