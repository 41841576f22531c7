//! What pikafo does to Pika: the acting commands on the lab's servers, in each version that the lab speaks.
//!
//! * [`stage`]: three nodes, and the program beside them
//! * [`writer`]: clients that remember what was acknowledged
//! * [`aftermath`]: what must be true after every operation
//! * [`switch`]: the scenarios

mod aftermath;
mod stage;
mod writer;

mod by_word;
mod candidates;
mod chain;
mod crash;
mod death;
mod fences;
mod looks;
mod names;
mod past;
mod preflight;
mod rejoin;
mod switch;
mod torn;
