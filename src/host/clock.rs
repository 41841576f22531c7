//! The only place that reads a clock, or waits for one. Virtual time in tests comes through tokio's pausable clock; a
//! simulated host has a wall clock of its own, and is told when a process of it has something to do.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the clock that the ban points to"
)]

use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio::time::Sleep;
use tokio::time::Timeout;

use super::machine;
use super::machine::Machine;

/// How much too late a beat may come before those after it are put off: timers keep to a millisecond, on a host that
/// does not lag.
const LATE: Duration = Duration::from_millis(5);

/// Longer than any process lives.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

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

/// Waits.
pub fn sleep(duration: Duration) -> Wait<Sleep> {
    sleep_until(after(duration))
}

/// Waits until then.
pub fn sleep_until(at: Mono) -> Wait<Sleep> {
    Wait {
        what: Box::pin(tokio::time::sleep_until(at)),
        _due: Due::at(at),
    }
}

/// Waits until then; for ever if never.
pub async fn alarm(at: Option<Mono>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Waits for what may take so long and no longer.
pub fn timeout<F: IntoFuture>(duration: Duration, what: F) -> Wait<Timeout<F::IntoFuture>> {
    let at = after(duration);
    Wait {
        what: Box::pin(tokio::time::timeout_at(at, what)),
        _due: Due::at(at),
    }
}

/// A wait that has an end. It lies in a box, so that whoever waits is small.
#[derive(Debug)]
pub struct Wait<F> {
    what: Pin<Box<F>>,
    _due: Due,
}

impl<F: Future> Future for Wait<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.what.as_mut().poll(cx)
    }
}

/// Somebody waits until then, for as long as this is kept.
#[derive(Debug)]
struct Due(Mono);

impl Due {
    fn at(at: Mono) -> Self {
        machine::ask(|machine| machine.due(at));
        Self(at)
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        machine::ask(|machine| machine.not_due(self.0));
    }
}

/// So long from now; what never comes is decades away.
fn after(duration: Duration) -> Mono {
    let now = mono();
    now.checked_add(duration)
        .or_else(|| now.checked_add(FAR))
        .unwrap_or(now)
}

/// A beat: at once, and then again and again.
pub fn interval(period: Duration) -> Interval {
    Interval {
        next: mono(),
        period,
    }
}

/// See [`interval`].
#[derive(Debug)]
pub struct Interval {
    next: Mono,
    period: Duration,
}

impl Interval {
    /// Waits for the next beat. One that comes late is not made up for: the next is a whole period after it.
    pub async fn tick(&mut self) {
        sleep_until(self.next).await;
        let late = mono() > self.next + LATE;
        self.next = if late { mono() } else { self.next } + self.period;
    }
}

/// Milliseconds since `start`.
pub fn millis_since(start: Mono) -> u64 {
    u64::try_from(mono().duration_since(start).as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds in a duration, saturating.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
