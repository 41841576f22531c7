//! The only place that reads a clock. Virtual time in tests comes through tokio's pausable clock; a simulated
//! host has a wall clock of its own.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the clock that the ban points to"
)]

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::machine;
use super::machine::Machine;

/// A point on the monotonic clock.
pub type Mono = Instant;

/// Monotonic now.
pub fn mono() -> Mono {
    Instant::now()
}

/// Wall-clock now, for stamps that people read; never for deciding.
pub fn wall() -> Timestamp {
    machine::ask(Machine::wall).unwrap_or_else(Timestamp::now)
}

/// Milliseconds since `start`.
pub fn millis_since(start: Mono) -> u64 {
    u64::try_from(mono().duration_since(start).as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds in a duration, saturating.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
