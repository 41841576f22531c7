//! The node beside the real one, and beside its own promises.
//!
//! * [`host`]: one node in virtual time
//! * [`kit`]: servers of both kinds
//! * [`beside`]: the same commands to both, reply for reply
//! * [`mixed`]: replication among both kinds, in all roles
//! * [`alone`]: crashes and slow copies in virtual time
//! * [`watched`]: pikafo looks at three of them and switches over
//! * [`wires`]: a network without sockets

mod alone;
mod beside;
pub(crate) mod host;
pub(crate) mod kit;
mod mixed;
mod watched;
pub(crate) mod wires;
