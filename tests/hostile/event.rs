//! What is told of each thing that happened.

use serde::Deserialize;
use serde::Serialize;

use super::gauge::Gauge;

/// One fault or one switchover, as it was seen from outside. Times in milliseconds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Event {
    pub(crate) number: usize,
    /// `killed`, `frozen`, `isolated` or `switchover`.
    pub(crate) what: String,
    pub(crate) old: String,
    pub(crate) new: String,
    /// From the fault to the first record in a watcher's journal.
    pub(crate) detection_ms: Option<f64>,
    /// The longest time without an acknowledged write.
    pub(crate) blackout_ms: f64,
    /// From the fault until all watchers gave the new address.
    pub(crate) moved_ms: f64,
    /// From the end of the fault until all was in order again, an operator's help included.
    pub(crate) settled_ms: f64,
    /// The longest time in which two nodes that can be reached took writes.
    pub(crate) two_masters_ms: f64,
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
    /// What the lost writes take in the stream of replication.
    pub(crate) lost_bytes: u64,
    /// The loss in the journal: the estimate, and its bound.
    pub(crate) told_bytes: Option<u64>,
    pub(crate) told_bound: Option<u64>,
    /// The old master was set apart, and an operator had the new one's data copied to it.
    pub(crate) set_apart: bool,
    /// Failovers that the watchers began; one, where nothing odd happened.
    pub(crate) failovers: usize,
    /// Of each watcher, once all was in order.
    pub(crate) watchers: Vec<Gauge>,
}

/// A whole night.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Night {
    pub(crate) server: String,
    pub(crate) seed: u64,
    pub(crate) seconds: u64,
    pub(crate) acknowledged: usize,
    pub(crate) events: Vec<Event>,
    /// Of each watcher before the first event, and after the last one.
    pub(crate) before: Vec<Gauge>,
    pub(crate) after: Vec<Gauge>,
    /// Where an operator had to help although nothing was set apart any more.
    #[serde(default)]
    pub(crate) helped: Vec<String>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
    /// Times and amounts beyond their bounds. They hang on the pace of the machine too: benches hold them to it, tests do not.
    #[serde(default)]
    pub(crate) beyond: Vec<String>,
}
