//! One file per command: its `Args`, whose doc comment is the help and the man page, and its `run`.
//!
//! `anyhow` ends here: a command returns an error whose chain holds an [`crate::exit::Failure`] where
//! the exit code is not 1. What commands share:
//!
//! * [`Context`]: the streams, the options, the network, the interrupt; and the configuration on demand
//! * [`Acting`]: the options of commands that change something
//! * [`Interrupt`]: the first Ctrl-C asks, the second leaves
//! * [`complete`], [`nearest`], [`quantity`]: names for the shell, did-you-mean, sizes and durations
//! * [`survey`]: one look at clusters, judged, as `status` and `check` take it

mod act;
mod acting;
mod context;
mod interrupt;

pub mod check;
pub mod complete;
pub mod completions;
pub mod discover;
pub mod failover;
pub mod generate;
pub mod history;
pub mod import;
pub mod lab;
pub mod nearest;
pub mod pause;
pub mod promote;
pub mod quantity;
pub mod replay;
pub mod repoint;
pub mod schema;
pub mod status;
pub mod survey;
pub mod watch;

pub use acting::Acting;
pub use acting::Loss;
pub use context::Context;
pub use interrupt::Interrupt;
