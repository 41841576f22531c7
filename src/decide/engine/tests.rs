//! The engine among others of its kind: a fleet of watchers and their nodes, in virtual time, with every delay and
//! every loss drawn from one seed.
//!
//! * [`fleet`]: the world; `nodes`: its servers
//! * [`stories`]: what happens on ordinary bad days, as a story to be read
//! * [`aftermath`]: what a change of master leaves to those who did not lead it
//! * [`full`]: a master whose disk is full
//! * [`figures`]: looks that bring nothing else
//! * [`holds`]: what holds a watcher back; [`overtaken`]: leaders that are leaders no more
//! * [`periods`]: what a Sentinel lets be set
//! * [`returns`]: who comes back otherwise than he went
//! * [`stock`]: a stock Sentinel among them
//! * [`storms`]: what must hold on all days
//! * [`votes`]: what a vote binds its voter to

mod aftermath;
mod figures;
mod fleet;
mod full;
pub(in crate::decide) mod holds;
mod nodes;
pub(in crate::decide) mod overtaken;
mod periods;
mod returns;
mod stock;
pub(in crate::decide) mod stories;
mod storms;
mod votes;
