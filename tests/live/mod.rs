//! Real servers: what pikafo says of them and does to them.
//!
//! * [`redis`]: starts and ends `redis-server` processes
//! * [`cluster`]: three of them, and the program beside them
//! * [`writer`]: clients that remember what was acknowledged
//! * [`halted`]: the program stopped between two steps
//! * [`terminal`]: the program before a person
//! * [`sentinel`]: a Sentinel that watches and never acts
//! * [`aftermath`]: what must be true after every operation
//! * [`pika`]: the acting commands on the lab's servers
//! * [`certs`]: a throwaway certificate authority
//! * [`watchers`]: three watchers beside them
//! * [`until`]: waits for a condition, with a deadline

pub(crate) mod aftermath;
pub(crate) mod certs;
pub(crate) mod cluster;
pub(crate) mod halted;
pub(crate) mod redis;
pub(crate) mod sentinel;
pub(crate) mod terminal;
pub(crate) mod until;
pub(crate) mod watchers;
pub(crate) mod writer;

mod auth_tls;
mod bad_days;
mod crash;
mod failover;
mod failover_refused;
mod full;
mod hundred;
mod interrupted;
mod observe;
mod overtaken;
mod pika;
mod preflight;
mod promote;
mod repoint;
pub(crate) mod sense;
mod status;
mod watch_cli;
mod watch_prompts;
