//! I7: no automatic failover is begun while it is paused, nor too soon after the last.
//!
//! The last is one that was seen to succeed. Where a promotion was ordered and not seen, nobody was told of another master,
//! the same dead one is replaced once more, and to wait would leave everybody without a master for as long as `block_for` is.

use std::collections::BTreeMap;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::reign::Promotion;
use crate::sim::setting::CLUSTER;
use crate::sim::wire::TICK_US;

#[derive(Debug, Default)]
pub(super) struct HeldBack {
    judged: usize,
    paused_since: BTreeMap<usize, u64>,
    standing_since: BTreeMap<usize, u64>,
    /// By watcher: when it led the last one, as which process, and how often its clock had been moved by then.
    last: BTreeMap<usize, (u64, Option<u64>, u32)>,
}

impl Invariant for HeldBack {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for promotion in fleet.promotions.iter().skip(seen) {
            let watchers = &fleet.watchers;
            let led = watchers.iter().position(|w| w.name == promotion.who);
            let Some(index) = led.filter(|_| promotion.is_automatic()) else {
                continue;
            };
            let watcher = &watchers[index];
            let paused = self.paused_since.get(&index);
            let stood = self.standing_since.get(&index);
            if let (Some(paused), Some(stood)) = (paused, stood)
                && paused + 2 * TICK_US < *stood
            {
                return Err(format!(
                    "{} stood for a failover at {} ms, paused since {} ms",
                    watcher.name,
                    stood / 1000,
                    paused / 1000
                ));
            }
            let now = (promotion.at_us, watcher.process, watcher.machine.steps());
            let last = self.last.insert(index, now);
            let same = last.filter(|last| (last.1, last.2) == (now.1, now.2));
            let same = same.filter(|_| !again(fleet, promotion));
            // Its clock may be fast.
            let least_us = fleet.setting.block_ms * 950;
            if let Some((at_us, _, _)) = same.filter(|last| last.0 + least_us > now.0) {
                return Err(format!(
                    "{} led an automatic failover {} ms after the last, and {} ms must be between them",
                    watcher.name,
                    (now.0 - at_us) / 1000,
                    fleet.setting.block_ms
                ));
            }
        }
        self.note(fleet);
        Ok(())
    }
}

/// It replaces whom the promotion before it was to replace.
fn again(fleet: &Fleet, promotion: &Promotion) -> bool {
    let own = |p: &&Promotion| p.at_us < promotion.at_us;
    let before = fleet.promotions.iter().rev().find(own);
    let replaced = before.and_then(|before| fleet.replaced(before));
    before.is_some_and(|before| before.who == promotion.who)
        && replaced.is_some()
        && replaced == fleet.replaced(promotion)
}

impl HeldBack {
    fn note(&mut self, fleet: &Fleet) {
        let now_us = fleet.world.now_us;
        for (index, watcher) in fleet.watchers.iter().enumerate() {
            let snapshot = &fleet.shown[index];
            let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
            let pause = picture.and_then(|picture| picture.pause.as_ref());
            let wall_ms = || watcher.machine.wall_ms(now_us);
            if pause.is_some_and(|p| p.until_ms.is_none_or(|until| wall_ms() + 50 < until)) {
                self.paused_since.entry(index).or_insert(now_us);
            } else {
                self.paused_since.remove(&index);
            }
            if picture.is_some_and(|picture| picture.failover.is_some()) {
                self.standing_since.entry(index).or_insert(now_us);
            } else {
                self.standing_since.remove(&index);
            }
        }
    }
}
