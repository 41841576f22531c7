//! The shell around the core: clock, dice, files, journal, and the loop that carries orders out.
//!
//! * [`journal`], [`store`]: what was done, what is remembered, and the lock
//! * [`crew`], [`operate`]: orders carried out, and the ring turned for one operation; [`beginning`]: and what is without a journal
//! * [`council`]: the pikafo watchers that are named, as the command line deals with them
//! * [`watchers`]: the watchers and Sentinels that are named: what they believe, and telling them
//! * [`prober`], [`peers`]: links to nodes and to other watchers; [`post`], [`pulses`] what they share and show
//! * [`watch`]: the supervisor
//! * [`durable`], [`conf_file`]: what must outlive it, in a file of its own or in a Sentinel's
//! * [`scripts`], [`hooks`], [`program`]: the operator's programs, a bounded number of them
//! * [`systemd`]: what the service manager is told
//! * [`clock`], [`dice`], [`disk`]: the only places that read a clock, draw a random number, or touch what outlives the process;
//!   [`machine`]: what a simulation puts under them
//! * [`sense`]: asks every node of a cluster at once; [`steady`]: whether this host could be trusted meanwhile

pub mod announce;
mod beginning;
pub mod clock;
pub mod conf_file;
pub mod council;
pub mod crew;
pub mod dice;
pub mod disk;
pub mod doors;
pub mod durable;
pub mod held;
pub mod hooks;
pub mod journal;
pub mod machine;
pub mod operate;
pub mod peers;
pub mod post;
pub mod prober;
pub mod program;
pub mod pulses;
pub mod scripts;
pub mod sense;
pub mod steady;
pub mod store;
pub mod systemd;
pub mod watch;
pub mod watchers;
