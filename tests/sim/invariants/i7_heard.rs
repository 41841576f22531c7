//! I7: no failover while a replica that can be asked receives from the master, where replicas must agree.

use std::collections::BTreeMap;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::wire::TICK_US;

/// A failover that had begun before the replica heard the master again is stopped by its last look.
const LAST_LOOK_US: u64 = 6_000_000;

/// Writes must have come for so long before it.
const WRITING_US: u64 = 5_000_000;

/// Without a longer pause than this, or than half of what makes a master down: that is all the time in which a replica can
/// show that it receives.
const PAUSE_US: u64 = 1_000_000;

#[derive(Debug, Default)]
pub(super) struct StillHeard {
    judged: usize,
    /// Since when a replica has received from the master and could be asked by everybody.
    since: BTreeMap<(usize, usize), u64>,
}

impl Invariant for StillHeard {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for promotion in fleet.promotions.iter().skip(seen) {
            let replaced = fleet.replaced(promotion);
            let Some(master) = replaced.filter(|_| fleet.setting.agree) else {
                continue;
            };
            let mut since = self.since.iter();
            let heard = since
                .find(|((m, _), since)| *m == master && **since + LAST_LOOK_US <= promotion.at_us);
            if let Some(((_, replica), since)) = heard
                && promotion.is_automatic()
                && written(fleet, master, promotion.at_us)
            {
                return Err(format!(
                    "{} was promoted though {} had received from {} since {} ms",
                    fleet.servers[promotion.server].name,
                    fleet.servers[*replica].name,
                    fleet.servers[master].name,
                    since / 1000
                ));
            }
        }
        if fleet.world.now_us.is_multiple_of(4 * TICK_US) {
            self.note(fleet);
        }
        Ok(())
    }
}

impl StillHeard {
    fn note(&mut self, fleet: &Fleet) {
        let now_us = fleet.world.now_us;
        let master = fleet.reign_at(now_us);
        self.since.retain(|(known, _), _| *known == master);
        for replica in (0..fleet.servers.len()).filter(|server| *server != master) {
            if receives(fleet, replica, master) {
                self.since.entry((master, replica)).or_insert(now_us);
            } else {
                self.since.remove(&(master, replica));
            }
        }
    }
}

fn receives(fleet: &Fleet, replica: usize, master: usize) -> bool {
    let follows = fleet.inside(replica).is_some_and(|inside| {
        inside.linked() && inside.follows().as_ref() == Some(&fleet.servers[master].addr)
    });
    follows
        && fleet.server_lives(master)
        && fleet.server_lives(replica)
        && (0..fleet.watchers.len()).all(|watcher| fleet.reaches(watcher, replica))
        && {
            let (a, b) = (
                fleet.servers[master].machine.ip,
                fleet.servers[replica].machine.ip,
            );
            let wire = fleet.world.wire.lock();
            [(a, b), (b, a)]
                .iter()
                .all(|(from, to)| !wire.is_cut(*from, *to) && !wire.bad_weather(*from, *to))
        }
}

/// Its position moved all the time.
fn written(fleet: &Fleet, master: usize, until_us: u64) -> bool {
    let writes = fleet.ledger.lock();
    let addr = &fleet.servers[master].addr;
    let slice_us = PAUSE_US.min(fleet.setting.down_after_ms * 1000 / 2);
    let acked = |slice: u64| {
        let from_us = until_us.saturating_sub((slice + 1) * slice_us);
        writes.iter().rev().any(|write| {
            let acked = write.acked_us.filter(|_| write.node == *addr);
            acked.is_some_and(|at| at >= from_us && at < from_us + slice_us)
        })
    };
    (0..WRITING_US / slice_us).all(acked)
}
