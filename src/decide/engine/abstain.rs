//! A watcher that stood still, or whose clock was moved, acts for a while on nothing that it believes.

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::action::Level;
use super::action::Notice;
use super::cluster::Cluster;
use super::mind::Engine;
use super::mind::Time;

/// A watcher that has stood still abstains for this long after it: what it hears must be fresh again.
pub(super) const ABSTENTION_US: u64 = 3_000_000;

/// A clock that is slewed stays below it from one input to the next.
const STEP_MS: i64 = 500;

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Abstention {
    pub(super) since_us: u64,
    pub(super) until_us: u64,
}

impl Engine {
    pub(super) fn stalled(&mut self, gap_ms: u64, time: Time, out: &mut Vec<Action>) {
        let since_us = self.abstains.map_or(time.now_us, |a| a.since_us);
        if self.abstains.is_none() {
            out.push(tilt("+tilt", "#tilt mode entered"));
        }
        self.abstains = Some(Abstention {
            since_us,
            until_us: time.now_us
                + ABSTENTION_US
                    .max(gap_ms.saturating_mul(1000))
                    .min(self.periods.tilt_ms * 1000),
        });
        self.trust_from_us = time.now_us;
        self.news = true;
        for name in self.names() {
            self.with(&name, time, out, Cluster::stood_still);
        }
    }

    /// A wall clock that was put back leaves what was sampled before in its future, where it would count for nothing: it is
    /// put back with it. One that was put on makes it look older than it may be, which is the safe side: after a machine
    /// was suspended it is as old as that.
    pub(super) fn heed_clock(&mut self, time: Time) {
        let now_ms = i64::try_from(time.now_us / 1000).unwrap_or(i64::MAX);
        let ahead_ms = time.wall_ms.saturating_sub(now_ms);
        let before_ms = self.ahead_ms.replace(ahead_ms).unwrap_or(ahead_ms);
        let back_ms = before_ms.saturating_sub(ahead_ms);
        if back_ms < STEP_MS {
            return;
        }
        for cluster in self.clusters.values_mut() {
            for sample in &mut cluster.memory.samples {
                sample.at_ms = sample.at_ms.saturating_sub(back_ms);
            }
        }
    }

    /// Ends an abstention whose time is over.
    pub(super) fn recover(&mut self, now_us: u64, out: &mut Vec<Action>) {
        if self.abstains.is_some_and(|a| now_us >= a.until_us) {
            self.abstains = None;
            self.news = true;
            out.push(tilt("-tilt", "#tilt mode exited"));
            self.all_due(now_us);
        }
    }
}

fn tilt(channel: &str, payload: &str) -> Action {
    Action::Emit(Notice {
        level: Level::Warning,
        channel: channel.to_owned(),
        payload: payload.to_owned(),
        cluster: None,
    })
}
