//! Client libraries that know Sentinel follow a failover and a switchover, and notice nothing but that.
//!
//! * [`library`]: installs them, from the package registries, below `target/`
//! * [`client`]: one running client and what it says
//! * [`rust`]: redis-rs's own sentinel client
//! * [`follow`]: the course that all of them are taken through
//! * [`stock`]: with redis-sentinel, which shows that the course is passable
//! * [`pikafo`](mod@pikafo): with pikafo in its place
//!
//! Beside this lie the clients in other languages, as somebody would write them from the library's manual. Each is given
//! a label, the cluster's name and the ports of the watchers. It writes increasing numbers to `compat:LABEL` and prints
//! `ok NUMBER` for each that was acknowledged and `error TEXT` for each that was not, until its input ends.

mod client;
mod follow;
mod library;
mod pikafo;
mod rust;
mod stock;
