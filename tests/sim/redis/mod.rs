//! A node by Redis 7's rules, for the simulation: it speaks over any byte stream, keeps no files, reads no clock but
//! tokio's, and throws seeded dice.
//!
//! A [`Disk`] is handed to each start and outlives the node: configuration that was rewritten, a snapshot, an
//! append-only file. What a crash loses follows from its directives, as with Redis. Strings only; no scripts, no
//! passwords, no modules, no cluster. Compared with Debian's redis-server reply for reply, and mixed with it in all
//! roles of replication, in [`tests`].
//!
//! * [`node`]: start, kill, and what happens by the clock
//! * [`disk`], [`rdb`]: what survives
//! * [`state`]: everything that a running node is; [`keyspace`], [`conf`], [`acl`], [`clients`] are parts of it
//! * [`stream`]: histories, offsets, the backlog; [`feed`] and [`follow`] are the two ends of a link
//! * [`session`]: one connection; [`exec`] judges a request, [`command`] knows what there is, [`data`], [`admin`] and
//!   [`client`] carry it out, [`info`] tells
//! * [`peek`]: a node seen from inside

mod acl;
mod admin;
mod client;
mod clients;
mod command;
mod conf;
mod data;
pub(crate) mod disk;
mod exec;
mod feed;
mod follow;
mod info;
mod keyspace;
pub(crate) mod node;
mod peek;
mod rdb;
mod session;
mod state;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
