//! What pikafo itself serves: Sentinel's API, so that every client, exporter and proxy that knows Sentinel works
//! unchanged, other watchers find a peer, and pikafo's own commands find a watcher.
//!
//! ```text
//!   bytes ⇄ connection ── request ──▶ session ──▶ sentinel, pikafo, client, info, …   look at the desk, wait for nothing
//!                │                       │
//!                │ ◀── Next::Reply ──────┤
//!                └ ◀── Next::Do ─────────┘──▶ errand ──▶ desk: the shell does it, the connection waits
//! ```
//!
//! * [`resp`]: the codec; [`glob`]: patterns
//! * [`desk`]: what a connection sees of the rest of the process, and what it can have done; [`errand`]: the latter
//! * [`server`], [`connection`], [`hall`], [`clients`]: who is connected, and how much each may take
//! * [`user`]: how one logs in; [`grant`]: what it may do; [`denials`]: who was refused what; [`sha256`]: how passwords
//!   are kept
//! * [`session`], [`command`], [`auth`], [`acl`], [`client`], [`info`], [`pubsub`]: what stock's sentinel mode answers
//! * [`pause`], [`tracking`]: what clients set with `CLIENT PAUSE` and `CLIENT TRACKING`
//! * [`sentinel`], [`pikafo`]: what it is all for

pub mod acl;
pub mod auth;
pub mod client;
pub mod clients;
pub mod command;
mod connection;
pub mod denials;
pub mod desk;
pub mod errand;
pub mod glob;
pub mod grant;
pub mod hall;
pub mod info;
pub mod pause;
pub mod pikafo;
pub mod pubsub;
pub mod resp;
pub mod sentinel;
pub mod server;
pub mod session;
pub mod sha256;
pub mod tracking;
pub mod user;

/// The Redis whose Sentinel this is taken for.
pub const VERSION: &str = "7.2.6";
