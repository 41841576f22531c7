//! I10: nothing is said or done before what it rests on is on the disk: neither a vote, nor an order that acts.
//!
//! By pikafos: stock Sentinels keep another file, and no journal. An operator stands under an id that is drawn for this one
//! time and votes for nobody else, so there is no vote of his to be kept.

use std::collections::BTreeMap;
use std::net::IpAddr;

use pikafo::decide::engine::durable::Durable;
use pikafo::decide::plan::Act;
use pikafo::decide::record::Record;
use serde::Deserialize;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::setting::CLUSTER;
use crate::sim::tap::Said;
use crate::sim::tap::Word;

#[derive(Debug, Default)]
pub(super) struct FirstTheDisk {
    /// The last vote of each that was looked after.
    seen: BTreeMap<IpAddr, (String, u64)>,
}

/// What is read of a watcher's file.
#[derive(Deserialize)]
struct Kept {
    durable: Durable,
}

impl Invariant for FirstTheDisk {
    fn name(&self) -> &'static str {
        "I10"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let stock = |ip: IpAddr| {
            let watcher = fleet.watcher_at(ip);
            watcher.is_some_and(|watcher| fleet.watchers[watcher].is_stock())
        };
        for said in fleet.said.iter().filter(|said| !stock(said.from)) {
            match &said.word {
                Word::Vote { .. } if fleet.watcher_at(said.from).is_none() => {}
                Word::Vote { leader, epoch, .. } => {
                    let vote = (leader.clone(), *epoch);
                    if self.seen.get(&said.from) == Some(&vote) {
                        continue;
                    }
                    if !kept(said, leader, *epoch) {
                        return Err(format!(
                            "{} told its vote of epoch {epoch}, which its disk does not know",
                            name_of(fleet, said.from)
                        ));
                    }
                    self.seen.insert(said.from, vote);
                }
                Word::Follow { .. } => recorded(fleet, said)?,
                Word::Hello(_) => {}
            }
        }
        Ok(())
    }
}

fn kept(said: &Said, leader: &str, epoch: u64) -> bool {
    let kept = said.state.as_deref().map(serde_json::from_slice::<Kept>);
    let Some(Ok(kept)) = kept else { return false };
    kept.durable.clusters.get(CLUSTER).is_some_and(|cluster| {
        let same = cluster
            .leader
            .as_ref()
            .is_some_and(|l| l.as_str() == leader);
        cluster.leader_epoch > epoch || (cluster.leader_epoch == epoch && same)
    })
}

/// A promotion is never ordered before its record is on the disk; what comes after it may be, where the disk fails.
fn recorded(fleet: &Fleet, said: &Said) -> Result<(), String> {
    let Word::Follow { node, master } = &said.word else {
        return Ok(());
    };
    let Some(open) = &said.open else {
        return Ok(());
    };
    let Some((Record::Before { step, .. }, synced)) = &open.last else {
        return Ok(());
    };
    let Some(step) = open.plan.steps.get(*step).filter(|step| step.node == *node) else {
        return Ok(());
    };
    let machines = fleet.world.machines().iter();
    let mut machines = machines.filter(|machine| machine.ip == said.from);
    let failed = machines.any(|machine| machine.disk.has_failed());
    let promotes = step.act == Act::Promote && master.is_none();
    // A fence that makes the node follow nobody's port is another step, and may arrive when that is over.
    let follows =
        matches!(&step.act, Act::Follow { master: to, .. } if master.as_ref() == Some(to));
    let follows = follows && !failed;
    if *synced || !(promotes || follows) {
        return Ok(());
    }
    Err(format!(
        "{} ordered \"{}\" before the record of it was on its disk",
        name_of(fleet, said.from),
        step.text
    ))
}

fn name_of(fleet: &Fleet, ip: IpAddr) -> String {
    let watcher = fleet.watcher_at(ip);
    watcher.map_or_else(
        || "the operator".to_owned(),
        |index| fleet.watchers[index].name.clone(),
    )
}
