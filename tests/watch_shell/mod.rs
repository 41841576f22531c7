//! What the supervisor's shell finds out and does, on real servers.
//!
//! * [`ring`]: a sink for events, and waiting for one
//! * [`valve`]: a network of which one connection can be stopped up

mod conf;
mod cut;
mod nodes;
mod peers;
mod pika;
mod ring;
mod valve;
