//! What the engine is told of one cluster: who is in it, and the rules by which it is kept.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::decide::draft::Terms;
use crate::decide::draft::Zones;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// One cluster as configured. Passwords, TLS and scripts are the shell's business and not in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Spec {
    pub name: String,
    /// In the order of the file; may be empty where only a master is named (`SENTINEL MONITOR`).
    pub nodes: Vec<NodeSpec>,
    /// The master to begin with where nothing is remembered; without it the nodes are asked.
    pub master: Option<Addr>,
    /// Accept replicas that the master lists.
    pub discover: bool,
    pub address_map: BTreeMap<Addr, Addr>,
    pub detect: Detect,
    pub automatic: bool,
    /// Milliseconds after an automatic failover in which there is no further one.
    pub block_for_ms: u64,
    pub zones: Zones,
    pub terms: Terms,
    pub parallel_syncs: u32,
    /// Stock's `master-reboot-down-after-period`: a master that has restarted is down if it still loads after this.
    #[serde(default)]
    pub reboot_down_after_ms: Option<u64>,
    /// Stock's `failover-timeout`: how long a replica may follow somebody else before it is set right.
    pub failover_timeout_ms: u64,
}

/// One node as configured.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NodeSpec {
    pub addr: Addr,
    pub name: String,
    pub zone: Option<String>,
    pub promote: Wish,
}

/// Periods that `SENTINEL DEBUG` sets, in milliseconds; stock's by default.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Periods {
    /// Between two questions to the other watchers while the master is down; an answer counts for five of them.
    pub ask_ms: u64,
    /// The longest time to stand aside after a stall.
    pub tilt_ms: u64,
    /// The longest time to wait for votes.
    pub election_ms: u64,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            ask_ms: 1000,
            tilt_ms: 30_000,
            election_ms: 10_000,
        }
    }
}

/// When a master counts as dead.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Detect {
    pub down_after_ms: u64,
    pub refused_after_ms: u64,
    pub quorum: u32,
    pub replicas_must_agree: bool,
}
