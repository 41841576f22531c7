//! A whole deployment in one process, under virtual time, from one seed.
//!
//! The supervisors with their Sentinel API, the lab's servers and clients run as they are; what is simulated is the
//! ground they stand on. In some runs the servers follow Redis' rules, in some a watcher or two are stock Sentinels.
//!
//! * [`world`], [`process`]: hosts on one clock; each has a runtime of its own and is driven for a tick at a time
//! * [`wire`], [`kernel`], [`socket`]: the network, and [`tap`]: what is said on it that binds; [`disk`], [`machine`]: disk, wall clock and dice of one host
//! * [`setting`]: what a run is made of; [`dice`]: numbers from a seed
//! * [`server`], [`watcher`], [`client`], [`operator`], [`typing`], [`fleet`]: who runs; [`inside`]: a server seen from above
//! * [`ledger`], [`promotion`], [`reign`], [`fine`], [`papers`], [`story`], [`totals`]: what happened
//! * [`redis`](mod@redis): a server by Redis' rules; [`stock`]: a watcher with redis-sentinel's habits; [`life`]: what both
//!   begin and end with
//! * [`chaos`]: what goes wrong, and [`plot`], [`echo`]: what goes wrong together, [`evening`]: and after all of it; [`run`]: one run; [`invariants`]: what must hold
//!
//! The same seed gives the same run, on every machine. `cargo run --release --example storm` runs many.

pub(crate) mod chaos;
pub(crate) mod client;
pub(crate) mod dice;
pub(crate) mod disk;
pub(crate) mod echo;
pub(crate) mod evening;
pub(crate) mod fine;
pub(crate) mod fleet;
pub(crate) mod inside;
pub(crate) mod invariants;
pub(crate) mod kernel;
pub(crate) mod ledger;
pub(crate) mod life;
pub(crate) mod machine;
pub(crate) mod numbered;
pub(crate) mod operator;
pub(crate) mod papers;
pub(crate) mod plot;
pub(crate) mod process;
pub(crate) mod promotion;
pub(crate) mod redis;
pub(crate) mod reign;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod setting;
pub(crate) mod socket;
pub(crate) mod stock;
pub(crate) mod stopped;
pub(crate) mod story;
pub(crate) mod tap;
#[cfg(test)]
mod tests;
pub(crate) mod totals;
pub(crate) mod typing;
mod waits;
pub(crate) mod watcher;
pub(crate) mod wire;
pub(crate) mod woken;
pub(crate) mod world;
