//! I1: never two promotions in one epoch.
//!
//! In a mixed fleet too, for a vote is saved before it is given by either kind. A stock Sentinel counts the votes of the
//! newest epoch that it knows and promotes in the name of the one in which it began; what counts is the one of the votes.

use super::Invariant;
use crate::sim::fleet::Fleet;

#[derive(Debug, Default)]
pub(super) struct OneAnEpoch {
    judged: usize,
}

impl Invariant for OneAnEpoch {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for (number, promotion) in fleet.promotions.iter().enumerate().skip(seen) {
            let Some(epoch) = promotion.epoch else {
                continue;
            };
            let before = &fleet.promotions[..number];
            if let Some(other) = before.iter().find(|other| other.epoch == Some(epoch)) {
                return Err(format!(
                    "epoch {epoch} saw {} promoted by {} and {} by {}",
                    fleet.servers[other.server].name,
                    other.who,
                    fleet.servers[promotion.server].name,
                    promotion.who
                ));
            }
        }
        Ok(())
    }
}
