//! Citizens of the simulation.
//!
//! * [`redis`](mod@redis): a node by Redis 7's rules
//! * [`stock`](mod@stock): a peer that behaves as redis-sentinel does

pub(crate) mod redis;
pub(crate) mod stock;
