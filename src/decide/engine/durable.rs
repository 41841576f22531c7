//! What must outlive the process before anybody hears of it: epochs, votes, and who is master since when.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::action::Pause;
use crate::decide::name::Addr;
use crate::decide::watcher::Id;

/// Everything durable of one watcher. Promotions and quarantines are in each cluster's own memory.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Durable {
    /// The greatest epoch that was ever heard of, over all clusters; never decreases.
    pub current_epoch: u64,
    pub clusters: BTreeMap<String, DurableCluster>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct DurableCluster {
    pub master: Option<Addr>,
    /// The epoch in which that master was chosen.
    pub config_epoch: u64,
    /// Whom this watcher voted for last.
    pub leader: Option<Id>,
    pub leader_epoch: u64,
    pub replicas: Vec<Addr>,
    pub watchers: BTreeMap<Id, Addr>,
    /// Milliseconds since the epoch of the last automatic failover, led by whoever.
    pub last_automatic_ms: Option<i64>,
    pub pause: Option<Pause>,
}
