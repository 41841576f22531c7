//! A small world to conduct plans in: servers that replicate as Pika does, a client that writes wherever a
//! write is taken, a host that keeps the journal, and one clock that only events move.
//!
//! It can be made to misbehave at a given order or record, writes down what happens as a story, and holds
//! the promises that every run must keep. The golden histories and the property tests share it.
//!
//! * [`server`]: one server; [`fleet`]: what they do to each other as time passes
//! * [`stage`]: what the conductor's plans are made from
//! * [`run`]: the host: carries actions out, brings answers back; [`trouble`]: what goes wrong, and when
//! * [`promise`]: what must hold; [`story`]: what is printed

pub(crate) mod fleet;
pub(crate) mod promise;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod stage;
pub(crate) mod story;
pub(crate) mod trouble;

use super::decide;
