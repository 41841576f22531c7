//! Watchers, three beside a master and two replicas, seen from outside: by clients, by an observer, over Sentinel's wire.
//!
//! * [`kit`]: starts, harms and asks them; the benches use it too
//! * [`scenes`]: what happens to a fleet and what must be true afterwards, whoever watches
//! * [`stock`]: the scenes with redis-sentinel, which shows that they hold of the real thing
//! * [`crash`]: a watcher that dies in the middle of a failover
//! * [`directives`]: what a Sentinel's file says of the server itself
//! * [`disk`]: a watcher that cannot save its state
//! * [`partition`]: hosts that do not reach each other
//! * [`pika`]: pikafo beside Pikas of each version
//! * [`pikafo`](mod@pikafo): with pikafo, alone and among stock ones, and what it promises beyond
//! * [`slow`]: servers that are far away
//! * [`directives`], [`taken`]: a Sentinel's file under pikafo, without and with servers
//! * [`tls`]: a fleet that speaks nothing but TLS, and who is not let in
//! * [`upkeep`]: what a watcher does between failovers
//! * [`replay`](mod@replay): what pikafo recorded is lived again

pub(crate) mod kit;
pub(crate) mod scenes;

mod crash;
pub(crate) mod directives;
mod disk;
mod partition;
mod pika;
mod pikafo;
mod replay;
mod slow;
mod stock;
mod taken;
mod tls;
mod upkeep;
