//! The Sentinel API: what it answers, beside what stock answers, and what it stands.
//!
//! * [`desk`]: a process to be seen, without one
//! * [`wire`]: raw sockets; replies with their types

pub(crate) mod desk;
pub(crate) mod wire;

mod abuse;
mod changes;
mod entry;
mod fields;
mod requests;
mod sessions;
mod stock;
