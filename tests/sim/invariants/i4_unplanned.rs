//! I4: an unplanned failover loses no more than it reported, and no more than it had to.
//!
//! What was acknowledged well before the master was lost had been sampled, so the report must cover it. And no server
//! that could have been chosen has a write that the chosen one lacks.
//!
//! Of failovers that a pikafo led. A stock Sentinel reports nothing, and chooses by priority and by an offset of a moment ago.

use pikafo::decide::facts::Flavor;
use pikafo::decide::plan::Plan;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::ledger::key;
use crate::sim::reign::Promotion;

/// Positions are sampled every second or so, of each server in turn.
const SAMPLED_US: u64 = 3_000_000;

/// A server that has been fine for so long was looked at.
const KNOWN_US: u64 = 4_000_000;

/// A master that comes back later than this before a promotion may not have been seen any more.
const LAST_LOOK_US: u64 = 6_000_000;

#[derive(Debug, Default)]
pub(super) struct NoMoreThanReported {
    judged: usize,
}

impl Invariant for NoMoreThanReported {
    fn name(&self) -> &'static str {
        "I4"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for promotion in fleet.promotions.iter().skip(seen) {
            if let Some(plan) = promotion.failover()
                && !promotion.left.is_empty()
            {
                reported(fleet, promotion, plan)?;
                best(fleet, promotion)?;
            }
        }
        Ok(())
    }
}

fn reported(fleet: &Fleet, promotion: &Promotion, plan: &Plan) -> Result<(), String> {
    let looked_us = promotion.at_us.saturating_sub(LAST_LOOK_US);
    let lost_at_us = promotion
        .before
        .map_or(0, |(_, fine)| fine.lost_us(looked_us));
    let writes = fleet.ledger.lock();
    let old = promotion.left.iter().filter(|number| {
        let acked_us = writes[**number].acked_us;
        acked_us.is_some_and(|at| at + SAMPLED_US < lost_at_us)
    });
    let bytes = old.count() as u64 * write_bytes(fleet);
    let loss = plan.loss.as_ref();
    let said = loss.and_then(|loss| loss.bytes.max(loss.bound_bytes));
    if bytes <= said.unwrap_or(0) {
        return Ok(());
    }
    Err(format!(
        "the failover to {} lost at least {bytes} bytes of writes acknowledged long before the master was lost, and \
         reported {said:?}",
        fleet.servers[promotion.server].name
    ))
}

fn best(fleet: &Fleet, promotion: &Promotion) -> Result<(), String> {
    let writes = fleet.ledger.lock();
    for server in 0..fleet.servers.len() {
        let known = fleet.fine[server]
            .since_us
            .is_some_and(|since| since + KNOWN_US <= promotion.at_us);
        let old = promotion.before.map(|(old, _)| old);
        if !known || server == promotion.server || Some(server) == old || fleet.is_apart(server) {
            continue;
        }
        let Some(inside) = fleet.inside(server).filter(|i| i.follows().is_some()) else {
            continue;
        };
        let better = promotion.left.iter().find(|number| {
            let write = &writes[**number];
            let early = write
                .acked_us
                .is_some_and(|at| at + SAMPLED_US < promotion.at_us);
            early && inside.holds(write.db, key(**number).as_bytes())
        });
        if let Some(number) = better {
            return Err(format!(
                "{} was promoted without {}, which {} has",
                fleet.servers[promotion.server].name,
                key(*number),
                fleet.servers[server].name
            ));
        }
    }
    Ok(())
}

/// What a write takes at the least, in Pika's binlog or in Redis' stream.
fn write_bytes(fleet: &Fleet) -> u64 {
    if fleet.setting.kind == Flavor::Pika {
        60
    } else {
        29
    }
}
