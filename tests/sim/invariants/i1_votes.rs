//! I1: never two votes of one watcher in one epoch, whoever was told of them, and no vote forgotten once it was told.
//!
//! Of pikafos: a stock Sentinel asks for votes in epochs in which its own went to another.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::setting::CLUSTER;
use crate::sim::tap::Word;

#[derive(Debug, Default)]
pub(super) struct OneVote {
    votes: BTreeMap<(IpAddr, u64), String>,
    last: BTreeMap<IpAddr, u64>,
}

impl Invariant for OneVote {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        for said in &fleet.said {
            if let (Word::Vote { leader, epoch, .. }, Some(watcher)) =
                (&said.word, fleet.watcher_at(said.from))
            {
                if fleet.watchers[watcher].is_stock() {
                    continue;
                }
                let name = &fleet.watchers[watcher].name;
                let known = self.votes.entry((said.from, *epoch));
                let known = known.or_insert_with(|| leader.clone());
                if known != leader {
                    return Err(format!(
                        "{name} voted for {} and for {} in epoch {epoch}",
                        short(known),
                        short(leader)
                    ));
                }
                let last = self.last.entry(said.from).or_default();
                *last = (*last).max(*epoch);
            }
        }
        for (index, watcher) in fleet.watchers.iter().enumerate() {
            let Some(last) = self.last.get(&watcher.machine.ip) else {
                continue;
            };
            let snapshot = &fleet.shown[index];
            let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
            if let Some(picture) = picture.filter(|picture| picture.leader_epoch < *last) {
                return Err(format!(
                    "{} voted in epoch {last} and knows of no vote after epoch {}",
                    watcher.name, picture.leader_epoch
                ));
            }
        }
        Ok(())
    }
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
