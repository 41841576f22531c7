//! Whether this host can be trusted while it looks: that the process ran, and that its clock was left alone.
//!
//! A process that was stopped, a machine that was suspended or is far too busy takes its own silence for that of
//! others. Sentinel calls it TILT; a watcher abstains for it.

use std::time::Duration;

use super::clock;
use crate::decide::finding::Finding;
use crate::decide::health::catalogue;
use crate::host::clock::sleep;

/// What befell this host during a piece of work.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Steadiness {
    /// The longest time for which the process did not run, beyond what was meant.
    pub stalled: Duration,
    /// The furthest that the wall clock moved against the monotonic one, either way, in one go.
    pub stepped: Duration,
}

impl Steadiness {
    /// Nothing that was seen during it can be relied on for silence.
    pub fn stalled(&self) -> bool {
        self.stalled > TOLERATED
    }

    /// What an operator should know of it.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.stalled() {
            let text = format!("it did not run for {} ms", self.stalled.as_millis());
            findings.push(catalogue::HOST_STALLED.overall(text));
        }
        if self.stepped > TOLERATED {
            let text = format!("its clock moved by {} ms", self.stepped.as_millis());
            findings.push(catalogue::CLOCK_STEPPED.overall(text));
        }
        findings
    }

    /// One beat: `ran` by the monotonic clock and `wall_ms` by the other one since the last, `meant` at the most.
    fn beat(&mut self, ran: Duration, wall_ms: i64, meant: Duration) {
        self.stalled = self.stalled.max(ran.saturating_sub(meant));
        let ran_ms = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
        let moved = Duration::from_millis(wall_ms.abs_diff(ran_ms));
        self.stepped = self.stepped.max(moved);
    }
}

/// Does `work`, and watches over it.
pub fn during<T>(work: impl Future<Output = T>) -> impl Future<Output = (T, Steadiness)> {
    // On the heap, for a look at a whole cluster is large.
    let mut work = Box::pin(work);
    async move {
        let mut steadiness = Steadiness::default();
        loop {
            let (mono, wall) = (clock::mono(), clock::wall());
            let done = tokio::select! {
                biased;
                done = &mut work => Some(done),
                () = sleep(BEAT) => None,
            };
            let wall_ms = clock::wall().as_millisecond() - wall.as_millisecond();
            steadiness.beat(clock::mono().duration_since(mono), wall_ms, BEAT);
            if let Some(done) = done {
                return (done, steadiness);
            }
        }
    }
}

const BEAT: Duration = Duration::from_millis(100);
/// As Sentinel has it.
const TOLERATED: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(beats: &[(u64, i64)]) -> Vec<String> {
        let mut steadiness = Steadiness::default();
        for (ran_ms, wall_ms) in beats {
            steadiness.beat(Duration::from_millis(*ran_ms), *wall_ms, BEAT);
        }
        steadiness.findings().into_iter().map(|f| f.code).collect()
    }

    #[test]
    fn a_stall_and_a_step_are_told_apart() {
        assert_eq!(codes(&[(100, 100), (900, 900), (2_050, 2_050)]), [""; 0]);
        assert_eq!(codes(&[(100, 100), (2_200, 2_200)]), ["host.stalled"]);
        assert_eq!(codes(&[(100, 2_200)]), ["host.clock_stepped"]);
        assert_eq!(codes(&[(100, -3_000)]), ["host.clock_stepped"]);
        // Suspended for an hour: the monotonic clock stood still with the process.
        assert_eq!(codes(&[(100, 3_600_100)]), ["host.clock_stepped"]);
    }
}
