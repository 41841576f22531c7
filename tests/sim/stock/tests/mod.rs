//! Sentinels of ours among themselves in virtual time, and beside a real one on loopback.
//!
//! * [`fleet`]: three of them over three nodes, without sockets
//! * [`stories`]: what they do when something happens
//! * [`beside`]: two of them and one redis-sentinel watch real redis-servers

mod beside;
mod fleet;
mod stories;
