//! The supervisor: one loop that feeds the engine, does what it says, and shows readers what it believes.
//!
//! ```text
//!   keepers, peers, sessions ──▶ inbox ──▶ Engine::step ──▶ hands: disk, nodes, watchers, clients
//!                                   ▲                           │
//!                                   └───────── answers ─────────┘        Snapshot ──▶ sessions
//! ```
//!
//! * [`supervisor`]: the loop, its clock and its end; [`begin`]: how it starts, and how it takes clusters up
//! * `hands`: does what the engine wants, in its order: `orders` to nodes, `links` to nodes and watchers, `notices` to others;
//!   `tidings`: to the log, what an operator should know;
//!   `charge`: one cluster as it holds it
//! * [`shared`]: what sessions may read and how they reach the loop; `desk` shows it as [`crate::serve::desk`] wants it
//! * [`terms`]: a configured cluster as the engine's rules
//! * `settings`: what clients change at run time; [`book`]: where that and the durable state lie
//! * [`hosts`]: names of hosts, where a Sentinel would give addresses
//! * [`users`]: who may come in, from a Sentinel's file or an ACL file
//! * [`record`]: every input and what came of it, for `pikafo replay`

mod aside;
mod charge;
mod desk;
mod hands;
mod links;
mod notices;
mod orders;
mod settings;
mod tidings;

pub mod begin;
pub mod book;
pub mod hosts;
pub mod record;
pub mod shared;
pub mod supervisor;
pub mod terms;
pub mod users;
