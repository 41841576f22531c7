//! Citizens of the simulation.
//!
//! * [`redis`](mod@redis): a node by Redis 7's rules

pub(crate) mod redis;
