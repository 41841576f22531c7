//! A peer that behaves as a stock redis-sentinel 7.0 does, for the simulation; its bad habits included: it attaches an
//! old master without looking at what it has written, takes any hello with a greater epoch for true, and counts a
//! Sentinel that it has ever met as a voter for ever.
//!
//! It speaks over any byte stream, keeps no files, reads no clock but tokio's, and throws seeded dice. A
//! [`memory::Memory`] is handed to each start and outlives it: identity, epochs, the vote, who is known. One master
//! or several; links to other Sentinels are not shared between masters. No scripts, no password of its own, no SET,
//! MONITOR, REMOVE or RESET.
//!
//! * [`node`]: start, kill; [`memory`]: what survives; [`state`]: what it knows
//! * [`tick`]: connections, pings, INFO, hellos, who is subjectively down
//! * [`wire`]: one connection; [`heard`]: what comes back on it
//! * [`look`]: INFO read, and what is done about it; [`hello`]: made and taken
//! * [`vote`]: quorum and election; [`failover`]: its steps
//! * [`serve`], [`answer`], [`fields`]: what others ask

mod answer;
mod failover;
mod fields;
mod heard;
mod hello;
mod look;
pub(crate) mod memory;
pub(crate) mod node;
mod serve;
mod state;
#[cfg(test)]
mod tests;
mod tick;
mod vote;
mod wire;
