//! One server, Pika, Redis or Valkey: how to reach it, ask it and order it about.
//!
//! * [`net`]: the seam to the network, a byte stream; tests replace it and nothing else
//! * [`link`]: one connection, with deadlines, that dies at the first answer that does not come
//! * [`tls`], `wire`: what lies between the stream and the link
//! * [`beat`]: a sign of life and a quick look in one go; [`ear`]: what is published, heard
//! * [`reply`]: the plain shapes that replies come in
//! * [`fault`]: why a node could not be asked, as a stable kind and a text
//! * [`info`]: INFO text to facts; pure and fuzzed
//! * [`order`], [`fence`]: how what the core decides is spelt, carried out and proven
//! * [`sentinel`]: watchers and Sentinels, as their client; [`pikafo`]: what only a pikafo watcher is asked
//! * [`observe`], `settings`: one probe, and what CONFIG GET tells in it

pub mod beat;
pub mod ear;
pub mod fault;
pub mod fence;
pub mod info;
pub mod link;
pub mod net;
pub mod observe;
pub mod order;
pub mod pikafo;
pub mod reply;
pub mod sentinel;
mod settings;
mod slowlog;
pub mod tls;
mod wire;
