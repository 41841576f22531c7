//! I7: no failover when the master was fine.
//!
//! Fine: it runs, and too few watchers have trouble to reach it. A failover that had begun before it was fine again is
//! stopped by its last look, some seconds before the promotion at the most.
//!
//! The master is whom the plan replaces: one that was promoted and has told nobody of it was never anybody's master, and a
//! role that was not saved is given back to the very node that had it.
//!
//! Of failovers that a pikafo led, whoever else is in the fleet: it asks the replicas and the master itself, whatever stock
//! Sentinels say. A stock leader looks no more once it has begun.

use super::Invariant;
use crate::sim::fleet::Fleet;

const LAST_LOOK_US: u64 = 6_000_000;

#[derive(Debug, Default)]
pub(super) struct NotNeedless {
    judged: usize,
}

impl Invariant for NotNeedless {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for promotion in fleet.promotions.iter().skip(seen) {
            let Some(master) = fleet.replaced(promotion) else {
                continue;
            };
            let fine = fleet.fine[master];
            let long = fine
                .since_us
                .is_some_and(|since| since + LAST_LOOK_US <= promotion.at_us);
            if promotion.failover().is_some() && master != promotion.server && long {
                return Err(format!(
                    "{} was promoted though {} had been fine since {} ms",
                    fleet.servers[promotion.server].name,
                    fleet.servers[master].name,
                    fine.since_us.unwrap_or(0) / 1000
                ));
            }
        }
        Ok(())
    }
}
