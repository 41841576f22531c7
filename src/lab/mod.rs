//! A throwaway server that speaks Pika's dialect, and clusters of it on loopback.
//!
//! It is there for rehearsals and tests, and must be like the real thing where that hurts: positions and
//! not contents are compared, promotion is not saved, a full sync can be torn, an old master is taken back
//! without a word. What real servers answered is in `tests/captures`, and the lab is replayed against it.
//!
//! * [`node`], [`cluster`], [`process`], [`ports`]: nodes that are started, stopped, killed, paused
//! * [`version`], [`timings`], [`net`]: what a node is, how long things take, the seam to the network
//! * [`session`], [`exec`], [`command`], [`admin`], `login`, [`slaveof`], [`info`]: from a request to its reply
//! * [`peek`]: a node seen from inside
//! * [`state`], [`conf`], [`acl`], [`clients`], [`pubsub`]: what a node knows
//! * [`store`], [`strings`], [`binlog`]: data and its history
//! * [`wire`], [`master`], `pieces`, [`replica`], [`link`], `meeting`: replication

pub mod acl;
pub mod admin;
pub mod binlog;
pub mod clients;
pub mod cluster;
pub mod command;
pub mod conf;
pub mod exec;
pub mod info;
pub mod link;
mod login;
pub mod master;
mod meeting;
pub mod net;
pub mod node;
pub mod peek;
mod pieces;
pub mod ports;
pub mod process;
pub mod pubsub;
pub mod replica;
pub mod session;
pub mod slaveof;
pub mod state;
pub mod store;
pub mod strings;
pub mod timings;
pub mod version;
pub mod wire;
