//! The engine among others of its kind: a fleet of watchers and their nodes, in virtual time, with every delay and
//! every loss drawn from one seed.
//!
//! * [`fleet`]: the world; `nodes`: its servers
//! * [`stories`]: what happens on ordinary bad days, as a story to be read
//! * [`figures`]: looks that bring nothing else
//! * [`holds`]: what holds a watcher back
//! * [`storms`]: what must hold on all days

mod figures;
mod fleet;
mod holds;
mod nodes;
mod stories;
mod storms;
