//! The lab's server, from outside: against what real servers answered, and against its own promises.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests"
)]

mod captures;
pub(crate) mod client;
mod closed_port;
mod replication;
mod server;
