//! A fleet: one master, two replicas and the processes that watch them, each in a folder of its own on loopback.
//!
//! * [`process`]: one server process, its faults and its questions
//! * [`server`]: what a node is (redis-server, a Pika of the lab)
//! * [`kind`]: what a watcher is (redis-sentinel, pikafo) and the configuration that each wants
//! * [`fleet`]: nodes and watchers together, and waiting until they agree
//! * [`beliefs`]: what one watcher says over Sentinel's API
//! * [`net`]: hosts in network namespaces, and cuts between them
//! * [`observer`]: samples every node; knows how long two of them took writes at once
//! * [`writer`]: a client that goes where the watchers send it
//! * [`slow`]: a slow path to a server
//! * [`line`](mod@line): a connection that comes back
//! * [`wait`]: waits for a condition, with a deadline
//!
//! Depends on nothing else in the tests, so that the benches can include it as it is.

pub(crate) mod beliefs;
pub(crate) mod fleet;
pub(crate) mod kind;
pub(crate) mod line;
pub(crate) mod net;
pub(crate) mod observer;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod slow;
pub(crate) mod wait;
pub(crate) mod writer;
