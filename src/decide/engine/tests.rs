//! The engine among others of its kind: a fleet of watchers and their nodes, in virtual time, with every delay and
//! every loss drawn from one seed.
//!
//! * [`fleet`]: the world; `nodes`: its servers
//! * [`stories`]: what happens on ordinary bad days, as a story to be read
//! * [`aftermath`]: what a change of master leaves to those who did not lead it
//! * [`full`]: a master whose disk is full
//! * [`elections`]: how long they take and bind
//! * [`figures`]: looks that bring nothing else
//! * [`heirs`]: who is master by now although nobody has told of it
//! * [`holds`]: what holds a watcher back; [`overtaken`]: leaders that are leaders no more
//! * [`news`]: what other watchers say
//! * [`periods`]: what a Sentinel lets be set
//! * [`repairs`]: when what is wrong with a node is set right
//! * [`returns`]: who comes back otherwise than he went
//! * [`stock`]: a stock Sentinel among them
//! * [`scene`]: one watcher alone, told of everything by hand
//! * [`storms`]: what must hold on all days
//! * [`votes`]: what a vote binds its voter to
//! * [`waits`]: what a failover waits for, and until when

mod aftermath;
mod elections;
mod figures;
mod fleet;
mod full;
mod heirs;
pub(in crate::decide) mod holds;
mod news;
mod nodes;
pub(in crate::decide) mod overtaken;
mod periods;
mod repairs;
mod returns;
mod scene;
mod stock;
pub(in crate::decide) mod stories;
mod storms;
mod votes;
mod waits;
