//! How often and how long.

use std::time::Duration;

use crate::decide::engine::action::Pace;
use crate::serve::desk::Timing;

/// The periods of one cluster's keepers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timings {
    /// Silence for this long is death, as the engine counts.
    pub down_after: Duration,
    /// A sign of life is asked for this often, but at least five times in `down_after`.
    pub ping: Duration,
    /// A full look this often.
    pub full: Duration,
    /// A hello this often, on every node, until all watchers that are known hear it directly.
    pub publish: Duration,
    /// And this often while they do: only strangers listen there, and who greets is answered at once.
    pub publish_rarely: Duration,
}

impl Timings {
    pub fn new(down_after: Duration) -> Self {
        Self {
            down_after,
            ping: Duration::from_secs(1),
            full: Duration::from_secs(10),
            publish: Duration::from_secs(2),
            publish_rarely: Duration::from_secs(10),
        }
    }

    /// The same with the periods of `SENTINEL DEBUG`.
    #[must_use]
    pub fn tuned(self, timing: &Timing) -> Self {
        let publish = Duration::from_millis(timing.publish_period);
        Self {
            ping: Duration::from_millis(timing.ping_period),
            full: Duration::from_millis(timing.info_period),
            publish,
            publish_rarely: publish * 5,
            ..self
        }
    }

    /// Between two signs of life.
    pub(in crate::host) fn beat(&self) -> Duration {
        self.ping
            .min(self.down_after / 5)
            .max(Duration::from_millis(10))
    }

    /// Beats begin at the strokes of one clock, so that a watcher of many nodes wakes up for many at a time.
    pub(in crate::host) fn stroke(&self) -> Duration {
        self.beat() / 5
    }

    /// Between two quick looks.
    pub(super) fn look(&self, pace: Pace, master: bool) -> Duration {
        match pace {
            Pace::Brisk => Duration::from_millis(100),
            Pace::Calm if master => self.ping,
            Pace::Calm => self.ping * 2,
        }
    }

    /// After this long without the answer somebody is quiet.
    pub(in crate::host) fn stuck(&self) -> Duration {
        (self.down_after / 4).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    /// After this long a link whose answer has not come is given up. Pika stalls for up to 2.5 s.
    pub(in crate::host) fn patience(&self) -> Duration {
        (self.down_after / 2).max(Duration::from_secs(3))
    }

    /// The same of a fresh link, which is worth less.
    pub(in crate::host) fn fresh_patience(&self) -> Duration {
        (self.down_after / 2).clamp(Duration::from_secs(1), Duration::from_secs(5))
    }
}
