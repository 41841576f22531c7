//! The only place that draws random numbers.

#![expect(
    clippy::disallowed_methods,
    reason = "these are the dice that the ban points to"
)]

use std::fmt::Write as _;

use super::machine;
use super::machine::Machine;

/// `len` random bytes as lower-case hex.
pub fn hex(len: usize) -> String {
    (0..len).fold(String::with_capacity(len * 2), |mut text, _| {
        // Writing to a String cannot fail.
        write!(text, "{:02x}", byte()).unwrap_or_default();
        text
    })
}

/// A number in `low..high`.
pub fn between(low: u64, high: u64) -> u64 {
    machine::ask(Machine::draw).map_or_else(
        || rand::random_range(low..high),
        |drawn| low + drawn % (high - low),
    )
}

fn byte() -> u8 {
    machine::ask(Machine::draw).map_or_else(rand::random, |drawn| drawn.to_le_bytes()[0])
}
