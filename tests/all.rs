//! One binary for all integration tests, linked once; each folder is a concern.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod audit;
mod cli;
mod codes;
mod compat;
mod fuzz;
mod hostile;
mod lab;
mod live;
#[cfg(any(debug_assertions, feature = "flaws"))]
mod model;
mod node;
mod ports;
mod property;
mod purity;
mod serve;
mod sim;
mod until;
mod watch;
mod watch_shell;
