//! What the measurements share.
//!
//! * [`server`]: `redis-server` and `redis-sentinel` processes
//! * [`trio`]: one master and two replicas, real or of the lab, with a configuration for pikafo
//! * [`writer`]: a client that writes numbered keys and remembers what was acknowledged, and when

pub(crate) mod server;
pub(crate) mod trio;
pub(crate) mod writer;

use std::time::Duration;

/// The program as it is shipped.
pub(crate) const PIKAFO: &str = env!("CARGO_BIN_EXE_pikafo");

/// Far longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Smallest, median and largest of some times, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one.
    pub(crate) fn of(times: &[Duration]) -> Self {
        let mut ms: Vec<f64> = times
            .iter()
            .map(|time| time.as_secs_f64() * 1000.0)
            .collect();
        ms.sort_by(f64::total_cmp);
        Self {
            least: ms[0],
            median: ms[ms.len() / 2],
            most: ms[ms.len() - 1],
        }
    }
}
