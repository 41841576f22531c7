//! The pure core: what is believed, what follows from it, and what shall be done.
//!
//! Nothing in here does I/O, awaits, reads a clock, draws a die or logs. Time and nonces arrive as
//! values. `.clippy.toml` bans the calls and a test greps for them, so that every decision can be
//! replayed from its inputs.
//!
//! * [`name`], [`position`], [`facts`], [`view`]: nouns: addresses, how far data reaches, what one node
//!   said, what we believe of a whole cluster
//! * [`finding`], [`health`], [`verdict`]: judgements on a view
//! * [`choose`], [`history`]: who becomes master, and whose data is of the master's latest history
//! * [`rights`]: what the user that asked may run
//! * [`codes`]: the stable codes of refusals and follow-ups
//! * [`rejoin`]: who may follow whom, and how; [`copy`]: whether a full copy was cut off; [`gap`]: who streams and lacks what
//!   came before
//! * [`draft`], [`plan`], [`conduct`]: plans, and the one place that carries them out
//! * [`overtaken`]: an operation that was cut off, and watchers that have gone on without it
//! * [`flaw`]: mistakes that are made on purpose, in tests
//! * [`watcher`], [`engine`]: watchers, what they tell each other, and the state machine of each

pub mod choose;
pub mod codes;
pub mod conduct;
pub mod copy;
pub mod draft;
pub mod engine;
pub mod evidence;
pub mod facts;
pub mod finding;
pub mod flaw;
pub mod gap;
pub mod health;
pub mod history;
pub mod late;
pub mod loss;
pub mod name;
pub mod order;
pub mod overtaken;
pub mod plan;
pub mod position;
pub mod record;
pub mod rejoin;
pub mod rights;
#[cfg(test)]
pub(crate) mod sample;
pub mod verdict;
pub mod view;
pub mod watcher;
