//! One watcher's mind: a pure state machine over every cluster that it watches.
//!
//! ```text
//!   host                                  Engine
//!    │  step(Input { now, nonce, event })  ──▶  │
//!    │  ◀── [Persist, Reply, AskPeer, Order …]  │   nothing after a Persist before the disk has answered
//! ```
//!
//! A cluster is calm, or gathers fresh looks for an operator, or campaigns for votes, or carries out a plan; the
//! plan is conducted by [`super::conduct`], as everywhere.
//!
//! * [`event`], [`action`]: what it is told and what it wants done
//! * [`spec`], [`durable`]: the rules of a cluster, and what must outlive the process
//! * [`snapshot`], `picture`: what readers see, and how it is drawn
//! * [`tale`]: what happened and what was decided, in words
//! * `mind`: the engine itself, one step of it; `dispatch`, `request`: from an event, or from what is asked, to the cluster
//!   that it concerns; `roster`: which clusters and watchers there are; `abstain`: after a stall
//! * `cluster`: what is known of one cluster, with its `node`s and `peer`s, and the `phase` that it is in; `view`: the same as
//!   a view that drafts and verdicts read; `say`: its hello and its events
//! * `looks`: what links and probes tell; `detect`: who is down, by whose word; `death`: when the master died; `adopt`: hellos
//!   and other watchers
//! * `dispute`: a watcher that names another master in the same epoch; `attached`: who was attached by a stock Sentinel
//! * `aftermath`: what a leader leaves to the others: since when the next failover is blocked, a role that is not saved;
//!   `inherit`: what somebody who acted alone leaves
//! * `elect`: votes given and won; `failover`: when one is begun, and why not;
//!   `relieve`: a master that lives and refuses every write; `withhold`: old ones that are back while nobody can be one
//! * `disk`: what becomes of a watcher that cannot save its state
//! * `lead`: drafts what a leader was elected for; `run`: conducts the plan; `tell`: what is told of it meanwhile;
//!   `ending`: how it ends, and how one that was cut off is gone on with; `operate`: what operators ask for
//! * `hold`: what holds it back: a pause, another pikafo that acts alone
//! * `repair`: who comes back, and who follows the wrong node; `turn`: when that is set right; `readmit`: who stood apart and was taken in elsewhere;
//!   `syncs`: who waits for a full copy to another; `small`: plans that move nobody
//! * `told`: what watchers tell each other of their fences, and whose are taken over
//! * `trail`: who falls short of his master for good; `vouch`: who is known to hold nothing but what the master has; `logins`: who is refused by his master

mod abstain;
mod adopt;
mod aftermath;
mod attached;
mod cluster;
mod death;
mod detect;
mod disk;
mod dispatch;
mod dispute;
mod elect;
mod ending;
mod failover;
mod hold;
mod inherit;
mod judged;
mod lead;
mod logins;
mod looks;
mod meanwhile;
mod mind;
mod node;
mod operate;
mod past;
mod peer;
mod phase;
mod picture;
mod readmit;
mod reboot;
mod relieve;
mod repair;
mod request;
mod roster;
mod run;
mod say;
mod small;
mod syncs;
mod tell;
#[cfg(test)]
pub(in crate::decide) mod tests;
mod trail;
mod turn;
mod view;
mod vouch;
mod withhold;

pub mod action;
pub mod durable;
pub mod event;
pub mod snapshot;
pub mod spec;
pub mod tale;
pub mod told;

pub use action::Action;
pub use event::Event;
pub use event::Input;
pub use event::Request;
pub use mind::Engine;
pub use snapshot::Snapshot;
