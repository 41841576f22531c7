//! The engine among others of its kind: a fleet of watchers and their nodes, in virtual time, with every delay and
//! every loss drawn from one seed.
//!
//! * [`fleet`]: the world; `nodes`: its servers
//! * [`stories`]: what happens on ordinary bad days, as a story to be read
//! * `aside`: somebody acts alone, and one watcher could not be told
//! * [`aftermath`]: what a change of master leaves to those who did not lead it
//! * [`full`]: a master whose disk is full
//! * [`attached`]: whom a stock Sentinel attached without looking
//! * [`by_word`]: a master that nobody would choose
//! * [`cuts`]: what a repair that waits is cut short for
//! * [`deaths`]: which links were lost before the master died
//! * [`elections`]: how long they take and bind
//! * [`faults`]: what counts as wrong with a node
//! * `fences`: those that whoever put them up cannot lift
//! * [`figures`]: looks that bring nothing else
//! * [`heirs`]: who is master by now although nobody has told of it
//! * [`holds`]: what holds a watcher back; [`overtaken`]: leaders that are leaders no more
//! * `judged`: who was set apart too soon
//! * [`leaders`]: what a leader shows, and leaves
//! * [`looks`]: what they tell beside what they say
//! * [`mandates`]: how long a leader may act
//! * `meanwhile`: what is learnt while somebody acts alone
//! * [`news`]: what other watchers say
//! * [`periods`]: what a Sentinel lets be set
//! * [`repairs`]: when what is wrong with a node is set right
//! * `restarted`: what is known after a restart of the watcher
//! * [`returned`]: what is known of a node that is heard again
//! * [`returns`]: who comes back otherwise than he went
//! * [`settling`]: what settles by itself in time
//! * [`silence`]: when it counts as death
//! * [`stock`]: a stock Sentinel among them
//! * [`scene`]: one watcher alone, told of everything by hand; `accounts`: what it has said
//! * [`storms`]: what must hold on all days
//! * [`syncs`]: how many nodes are copied to at a time
//! * [`twice`]: what two do at once
//! * `unlinked`: who lost its link before the master died
//! * [`votes`]: what a vote binds its voter to
//! * `vouch`: who is known to hold nothing but what the master has
//! * [`waits`]: what a failover waits for, and until when
//! * [`wishes`]: what operators ask for

mod accounts;
mod aftermath;
mod aside;
mod attached;
mod by_word;
mod cuts;
mod deaths;
mod elections;
mod faults;
mod fences;
mod figures;
mod fleet;
mod full;
mod heirs;
pub(in crate::decide) mod holds;
mod in_time;
mod judged;
mod leaders;
mod looks;
mod mandates;
mod meanwhile;
mod news;
mod nodes;
pub(in crate::decide) mod overtaken;
mod periods;
mod repairs;
mod restarted;
mod returned;
mod returns;
mod scene;
mod settling;
mod silence;
mod stock;
pub(in crate::decide) mod stories;
mod storms;
mod syncs;
mod twice;
mod unlinked;
mod votes;
mod vouch;
mod waits;
mod wishes;
