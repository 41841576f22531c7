//! What is wrong with a cluster, from one view of it, or two.
//!
//! [`assess`] turns a view into an [`Assessment`]: a health, the master that is believed in, what
//! follows for each node, and every [`Finding`](super::finding::Finding) that the view shows.
//! [`assess_pair`] sees more: what moved in between, and what should have.
//!
//! * [`catalogue`]: every code there is, with its severity, its meaning and its hint; documentation
//!   and source at once
//! * [`master`]: who is master, and who takes writes
//! * [`data`]: whether a node's data is whole, and of which history
//! * [`distance`]: how far a node is behind the master, and whether it is provably past it
//! * `node`, `link`, `parity`, `cluster`: the findings on one node, on a replica's link and why it is
//!   down, on settings that should be equal, and on the whole
//! * [`preflight`]: what a change of roles would meet; for `check` and for the notes of a plan

mod assess;
pub mod catalogue;
mod cluster;
pub mod data;
pub mod distance;
mod link;
pub mod master;
mod node;
mod parity;
pub mod preflight;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod telling;

pub use assess::Assessment;
pub use assess::Figures;
pub use assess::Health;
pub use assess::Limits;
pub use assess::assess;
pub use assess::assess_pair;
