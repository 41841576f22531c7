//! I11: a leader acts with a majority behind it, and not at all once it is overtaken or its operation is over.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;

use pikafo::decide::engine::snapshot::ClusterPicture;
use pikafo::decide::name::Addr;
use pikafo::decide::plan::Act;
use pikafo::decide::plan::Kind;
use pikafo::decide::record::Record;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::setting::CLUSTER;
use crate::sim::tap::Open;
use crate::sim::tap::Said;
use crate::sim::tap::Word;

/// A vote binds for so long from when it was asked for, and empowers no longer.
const LEASE_US: u64 = 5_000_000;

/// By a clock that is fast it is shorter, and a vote is told a little after it was given.
const SLACK_US: u64 = 400_000;

#[derive(Debug, Default)]
pub(super) struct OneLeader {
    /// Which votes each has told of, to whomever.
    told: BTreeSet<(IpAddr, (String, u64))>,
    /// When each has told a candidate last that it stands behind him, in which epoch. What a third hears of that the candidate
    /// cannot count on.
    behind: BTreeMap<(String, u64), BTreeMap<IpAddr, u64>>,
    /// When each candidate has asked last for votes in an epoch, and from where.
    asked: BTreeMap<(String, u64), (u64, IpAddr)>,
    /// The last vote of each for another than himself.
    bound: BTreeMap<IpAddr, Bound>,
    /// The epoch of the master that each knew of before this tick: what it hears in the moment in which it speaks, it may not have
    /// heard before it did.
    knew: Vec<u64>,
}

/// Whom somebody has voted for.
#[derive(Debug)]
struct Bound {
    leader: String,
    epoch: u64,
    /// When its candidate was first told.
    told_us: u64,
    /// When the candidate had last asked for it by then: what he asks later is another question, with an answer of its own.
    asked_us: u64,
}

impl Invariant for OneLeader {
    fn name(&self) -> &'static str {
        "I11"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        for said in &fleet.said {
            match &said.word {
                Word::Vote {
                    leader,
                    epoch,
                    asks,
                } => {
                    let candidacy = (leader.clone(), *epoch);
                    if *asks {
                        let asked = (said.at_us, said.from);
                        self.asked.insert(candidacy.clone(), asked);
                    }
                    if self.told.insert((said.from, candidacy.clone())) {
                        self.promised(fleet, said, leader, *epoch)?;
                    }
                    let candidate = self.asked.get(&candidacy).map(|(_, by)| *by);
                    if *asks || candidate == Some(said.to) {
                        let behind = self.behind.entry(candidacy).or_default();
                        if behind.insert(said.from, said.at_us).is_none() {
                            self.bind(fleet, said, leader, *epoch);
                        }
                    }
                }
                Word::Follow { .. } => self.ordered(fleet, said)?,
                Word::Hello(_) => {}
            }
        }
        let all = 0..fleet.watchers.len();
        self.knew = all.map(|watcher| config_epoch(fleet, watcher)).collect();
        Ok(())
    }
}

fn config_epoch(fleet: &Fleet, watcher: usize) -> u64 {
    let snapshot = fleet.shown.get(watcher).and_then(Option::as_ref);
    let picture = snapshot.and_then(|s| s.cluster(CLUSTER));
    picture.map_or(0, |picture| picture.config_epoch)
}

impl OneLeader {
    /// Whoever has voted neither votes for another nor stands himself, for so long, unless he has heard what his leader did.
    /// A vote that was told long after it was asked for, as the disk did not take it sooner, binds no longer than the
    /// candidate could count on it, and not at all once he has stood in a later epoch, or where he has given up before it
    /// was told: it was counted by nobody.
    fn promised(&self, fleet: &Fleet, said: &Said, leader: &str, epoch: u64) -> Result<(), String> {
        let Some(index) = fleet.watcher_at(said.from) else {
            return Ok(());
        };
        let known = config_epoch(fleet, index);
        if let Some(before) = self.bound.get(&said.from)
            && before.leader != leader
            && known < before.epoch
            && epoch > before.epoch
            && !self.stood_since(&before.leader, before.epoch)
            && said.at_us < before.asked_us + LEASE_US - SLACK_US
        {
            return Err(format!(
                "{} voted for {} in epoch {}, and for {leader} in epoch {epoch} {} ms later",
                fleet.watchers[index].name,
                before.leader,
                before.epoch,
                (said.at_us - before.told_us) / 1000
            ));
        }
        Ok(())
    }

    /// Its candidate is told of a vote.
    fn bind(&mut self, fleet: &Fleet, said: &Said, leader: &str, epoch: u64) {
        let index = fleet.watcher_at(said.from);
        let snapshot = index.and_then(|index| fleet.snapshot(index));
        let other = snapshot.is_some_and(|snapshot| snapshot.id.as_str() != leader);
        if other && !has_given_up(fleet, leader, epoch) {
            let told_us = said.at_us;
            let asked = self.asked.get(&(leader.to_owned(), epoch));
            let asked_us = asked.map_or(told_us, |(asked, _)| told_us.min(*asked));
            let leader = leader.to_owned();
            let vote = Bound {
                leader,
                epoch,
                told_us,
                asked_us,
            };
            self.bound.insert(said.from, vote);
        }
    }

    /// A candidate has asked for votes in a later epoch.
    fn stood_since(&self, candidate: &str, epoch: u64) -> bool {
        let asked = self.asked.keys();
        let mut own = asked.filter(|(id, _)| id == candidate);
        own.any(|(_, later)| *later > epoch)
    }

    fn ordered(&self, fleet: &Fleet, said: &Said) -> Result<(), String> {
        let (Some(watcher), Some(open)) = (fleet.watcher_at(said.from), &said.open) else {
            return Ok(());
        };
        let watcher = &fleet.watchers[watcher];
        let Word::Follow { node, master } = &said.word else {
            return Ok(());
        };
        let what = match master {
            Some(master) => format!("{} ordered {node} to follow {master}", watcher.name),
            None => format!("{} ordered {node} to become master", watcher.name),
        };
        if open.ended.is_some() && !watcher.machine.disk.has_failed() {
            return Err(format!("{what} after the end of plan {}", open.plan.id));
        }
        if !in_hand(open, node, master.is_none()) && !watcher.machine.disk.has_failed() {
            return Err(format!("{what}, and plan {} is past that", open.plan.id));
        }
        let index = fleet.watcher_at(said.from).unwrap_or_default();
        let Some(snapshot) = fleet.snapshot(index) else {
            return Ok(());
        };
        let Some(picture) = snapshot.cluster(CLUSTER) else {
            return Ok(());
        };
        let leads = picture.leader.as_ref() == Some(&snapshot.id);
        if open.plan.kind == Kind::Repoint || !leads {
            return Ok(());
        }
        // What was cut off is finished by whoever began it, where everybody agrees on the master.
        let agreed = open.plan.facts.candidate.as_ref() == Some(&picture.master);
        let knew = self.knew.get(index).copied().unwrap_or(0);
        if knew > picture.leader_epoch && !(open.resumed && agreed) {
            return Err(format!(
                "{what} as the leader of epoch {}, and knows of a master of epoch {knew}",
                picture.leader_epoch
            ));
        }
        if promotes(open) && master.is_none() {
            return self.has_majority(fleet, said, snapshot.id.as_str(), picture, &what);
        }
        Ok(())
    }

    fn has_majority(
        &self,
        fleet: &Fleet,
        said: &Said,
        id: &str,
        picture: &ClusterPicture,
        what: &str,
    ) -> Result<(), String> {
        let behind = self.behind.get(&(id.to_owned(), picture.leader_epoch));
        let lately = behind
            .into_iter()
            .flatten()
            .filter(|(voter, at_us)| **voter != said.from && said.at_us <= **at_us + LEASE_US);
        let voters = lately.count() + 1;
        if voters >= fleet.setting.majority() {
            return Ok(());
        }
        Err(format!(
            "{what} in epoch {} with {voters} of {} watchers behind it in the last {} s",
            picture.leader_epoch,
            fleet.setting.watchers,
            LEASE_US / 1_000_000
        ))
    }
}

/// A candidate that is awake neither stands nor leads in that epoch.
fn has_given_up(fleet: &Fleet, candidate: &str, epoch: u64) -> bool {
    fleet.pikafos().any(|watcher| {
        let snapshot = fleet.snapshot(watcher);
        let own = snapshot.filter(|snapshot| snapshot.id.as_str() == candidate);
        own.is_some_and(|own| {
            let picture = own.cluster(CLUSTER);
            let stands = |p: &ClusterPicture| p.failover.is_some() && p.leader_epoch == epoch;
            picture.is_some_and(|picture| !stands(picture))
        })
    })
}

/// The step in hand gives such orders to this node.
fn in_hand(open: &Open, node: &Addr, detaches: bool) -> bool {
    let step = match &open.last {
        Some((Record::Before { step, .. } | Record::UndoBefore { step }, _)) => *step,
        Some(_) | None => return false,
    };
    open.plan.steps.get(step).is_some_and(|step| {
        let fences = matches!(step.act, Act::Fence { .. } | Act::Unfence { .. });
        let moves = matches!(step.act, Act::Follow { how, .. } if !detaches || how.detaches());
        let gives = step.act == Act::Promote || fences || moves;
        step.node == *node && gives
    })
}

/// The step in hand is the promotion.
fn promotes(open: &Open) -> bool {
    let Some((Record::Before { step, .. }, _)) = &open.last else {
        return false;
    };
    open.plan
        .steps
        .get(*step)
        .is_some_and(|step| step.act == Act::Promote)
}
