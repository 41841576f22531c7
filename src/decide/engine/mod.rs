//! One watcher's mind: a pure state machine over every cluster that it watches.
//!
//! ```text
//!   host                                  Engine
//!    │  step(Input { now, nonce, event })  ──▶  │
//!    │  ◀── [Persist, Reply, AskPeer, Order …]  │   nothing after a Persist before the disk has answered
//! ```
//!
//! * [`event`], [`action`]: what it is told and what it wants done
//! * [`spec`], [`durable`]: the rules of a cluster, and what must outlive the process
//! * [`snapshot`]: what readers see

pub mod action;
pub mod durable;
pub mod event;
pub mod snapshot;
pub mod spec;

pub use action::Action;
pub use event::Event;
pub use event::Input;
pub use event::Request;
pub use snapshot::Snapshot;
