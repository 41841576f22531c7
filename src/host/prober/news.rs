//! What of a quick look is news.

use std::sync::Arc;
use std::time::Duration;

use super::super::clock::Mono;
use crate::decide::engine::action::Pace;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::node::beat::Known;
use crate::node::beat::Told;

/// What was said last.
#[derive(Debug, Default)]
pub(super) struct News {
    known: Known,
    last: Option<Replication>,
    figures_at: Option<Mono>,
}

impl News {
    pub(super) fn known(&self) -> Known {
        self.known.clone()
    }

    pub(super) fn master(&self) -> bool {
        self.last.as_ref().is_some_and(|r| r.role == Role::Master)
    }

    /// What the engine was told otherwise, with a full look.
    pub(super) fn told(&mut self, replication: &Replication) {
        self.known = Known::default();
        self.last = Some(replication.clone());
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Gives what is news of an answer. Positions and other figures are news once a second, unless there is
    /// trouble.
    pub(super) fn weigh(&mut self, told: Told, pace: Pace, now: Mono) -> Option<Replication> {
        self.known = Known {
            text: Some(Arc::clone(&told.text)),
            elsewhere: told.elsewhere,
        };
        let fresh = told.replication?;
        if let Some(last) = &self.last {
            if *last == fresh {
                return None;
            }
            if pace == Pace::Calm && shape(last) == shape(&fresh) {
                if still(last) == still(&fresh) {
                    return None;
                }
                if self.figures_at.is_some_and(|at| now < at + FIGURES_EACH) {
                    // Looked at again next time, though the text may be the same.
                    self.known.text = None;
                    return None;
                }
            }
        }
        self.figures_at = Some(now);
        self.last = Some(fresh.clone());
        Some(fresh)
    }
}

/// The same without figures.
fn shape(of: &Replication) -> Replication {
    let mut shape = still(of);
    shape.position = None;
    shape.link_down_s = shape.link_down_s.map(|_| 0);
    for replica in &mut shape.replicas {
        replica.offset = None;
        replica.lag.clear();
    }
    shape
}

/// The same without what only tells that time goes by.
fn still(of: &Replication) -> Replication {
    let mut still = of.clone();
    // Masters ping their replicas every ten seconds.
    if still.last_io_s.is_some_and(|s| s <= QUIET_LINK_S) {
        still.last_io_s = Some(0);
    }
    still
}

/// A little less than a second, for timers are not exact.
const FIGURES_EACH: Duration = Duration::from_millis(900);
const QUIET_LINK_S: u64 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::clock;
    use crate::node::info;

    fn told(text: &str) -> Told {
        Told {
            text: text.into(),
            replication: Some(info::replication(text).unwrap()),
            elsewhere: false,
        }
    }

    fn replica(offset: u64, link: &str, io: u64) -> Told {
        told(&format!(
            "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:{link}\r\n\
             master_last_io_seconds_ago:{io}\r\nslave_repl_offset:{offset}\r\nmaster_repl_offset:{offset}\r\n\
             master_replid:aaaa\r\n"
        ))
    }

    #[test]
    fn a_link_that_goes_down_is_news_at_once_and_a_position_once_a_second() {
        let (mut news, now) = (News::default(), clock::mono());
        let mut weigh = |told, ms, pace| {
            let at = now + Duration::from_millis(ms);
            news.weigh(told, pace, at).is_some()
        };
        assert!(weigh(replica(1, "up", 0), 0, Pace::Calm), "the first");
        assert!(!weigh(replica(1, "up", 0), 10, Pace::Calm), "the same");
        assert!(!weigh(replica(2, "up", 0), 20, Pace::Calm), "too soon");
        assert!(weigh(replica(2, "up", 0), 1000, Pace::Calm), "not lost");
        assert!(
            !weigh(replica(2, "up", 7), 3000, Pace::Calm),
            "time goes by"
        );
        assert!(
            weigh(replica(2, "up", 30), 3100, Pace::Calm),
            "a silent master"
        );
        assert!(weigh(replica(3, "up", 30), 3200, Pace::Brisk), "in trouble");
        assert!(
            weigh(replica(3, "down", 30), 3201, Pace::Calm),
            "another link"
        );
    }
}
