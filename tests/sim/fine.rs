//! Which servers run and are within reach, and who was led elsewhere while nobody could look.

use pikafo::decide::name::Addr;

use super::fleet::Fleet;

/// Between two looks of a watcher at a server; and how long it takes to judge what they show.
const LOOK_US: u64 = 1_000_000;

const JUDGED_US: u64 = 4_000_000;

/// A server runs, and fewer watchers than a quorum have trouble to reach it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "microseconds, as everywhere")]
pub(crate) struct Fine {
    pub(crate) since_us: Option<u64>,
    pub(crate) until_us: u64,
    /// When it came to be fine once more for the last time, and until when it had been before that.
    came_back_us: u64,
    before_us: u64,
}

impl Fine {
    /// When it was lost, for who has looked at it so long ago at the latest: it may have been back since, for as long as it
    /// takes to reach it over a bad network.
    pub(crate) fn lost_us(&self, looked_us: u64) -> u64 {
        let back = self.since_us.is_some_and(|since| since >= looked_us);
        if back || self.came_back_us > looked_us {
            self.before_us
        } else {
            self.until_us
        }
    }
}

/// A server has come to follow another.
#[derive(Clone, Debug)]
pub(super) struct Led {
    pub(super) to: Option<Addr>,
    /// From when until when it must have been looked at.
    pub(super) from_us: u64,
    pub(super) until_us: u64,
    pub(super) judged: bool,
}

impl Fleet {
    pub(super) fn see_fine(&mut self) {
        let now_us = self.world.now_us;
        let calm = self.world.wire.lock().is_calm();
        for server in 0..self.servers.len() {
            // Who cannot see it is too few to say that it is down.
            let blind = (0..self.watchers.len())
                .filter(|watcher| !calm && !self.reaches(*watcher, server))
                .count();
            let fine = self.server_lives(server) && blind < self.setting.quorum();
            let known = &mut self.fine[server];
            if fine {
                if known.since_us.is_none() {
                    known.since_us = Some(now_us);
                    known.before_us = known.until_us;
                    if known.until_us > 0 {
                        known.came_back_us = now_us;
                    }
                }
                known.until_us = now_us;
            } else {
                known.since_us = None;
            }
        }
    }

    /// It was led to a new master a moment ago.
    pub(crate) fn is_being_judged(&self, server: usize) -> bool {
        self.led[server].as_ref().is_some_and(|led| !led.judged)
    }

    /// Whom a pikafo could not ask at the time at which it was led elsewhere.
    pub(super) fn see_led(&mut self) {
        let now_us = self.world.now_us;
        for server in 0..self.servers.len() {
            for watcher in 0..self.watchers.len() {
                let watches = !self.watchers[watcher].is_stock()
                    && self.watcher_lives(watcher)
                    && self.server_lives(server)
                    && self.reaches(watcher, server);
                let since = &mut self.watched[watcher][server];
                *since = watches.then(|| since.unwrap_or(now_us));
            }
            let to = self.inside(server).and_then(|inside| inside.follows());
            if self.led[server].as_ref().is_none_or(|led| led.to != to) {
                let last = self.promotions.last();
                let stock = last.filter(|p| p.plan.is_none());
                self.led[server] = Some(Led {
                    from_us: stock
                        .map_or(now_us, |p| p.at_us.min(now_us))
                        .saturating_sub(LOOK_US),
                    until_us: now_us + JUDGED_US,
                    judged: last.is_none() || to.is_none(),
                    to,
                });
            }
            if let Some(led) = &mut self.led[server]
                && !led.judged
                && now_us >= led.until_us
            {
                led.judged = true;
                let from_us = led.from_us;
                let seen = |since: &Vec<Option<u64>>| since[server].is_some_and(|at| at <= from_us);
                self.unseen[server] |= !self.watched.iter().any(seen);
            }
        }
    }
}
