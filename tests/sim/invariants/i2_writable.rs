//! I2: never two masters that take writes for longer than the window.
//!
//! The window is what detection and repair take, and counts while both can be reached from a majority of the watchers:
//! nobody can fence what nobody reaches. Nor does it count while a quorum stands back for a person who acts alone, as they
//! have promised him for up to half a minute, should he die. It counts for each two by themselves: while one that is back is
//! fenced another may come back, and nobody could do anything about that one before. Nor while whom a majority has voted for
//! abstains, having stood still: he goes on with what he has begun, and they leave him time.
//!
//! In a mixed fleet a pikafo on duty must be among those who reach both: a stock Sentinel leaves a returned master its
//! clients for 8 to 20 seconds, and fencing it at once is what a pikafo is there for, unless it has promised to begin nothing,
//! or has stood still a moment ago: then it does not know who is master by now, and neither do Sentinels act after a stall.

use std::collections::BTreeMap;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::setting::CLUSTER;

#[derive(Debug, Default)]
pub(super) struct TwoMasters {
    /// Since when each two have both taken writes.
    since_us: BTreeMap<(usize, usize), u64>,
}

impl Invariant for TwoMasters {
    fn name(&self) -> &'static str {
        "I2"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let takes_writes = |server: &usize| {
            let inside = fleet.inside(*server).filter(|inside| inside.takes_writes());
            inside.is_some() && fleet.server_lives(*server)
        };
        let mut masters: Vec<usize> = (0..fleet.servers.len()).filter(takes_writes).collect();
        if masters.len() > 1 {
            masters.retain(|server| {
                fleet.seen_by(*server) >= fleet.setting.majority() && seen_on_duty(fleet, *server)
            });
        }
        if masters.len() < 2 {
            self.since_us.clear();
            return Ok(());
        }
        let held = stand_back(fleet) >= fleet.setting.quorum() || leader_abstains(fleet);
        let pairs: Vec<(usize, usize)> = masters
            .iter()
            .flat_map(|one| masters.iter().map(move |other| (*one, *other)))
            .filter(|(one, other)| one < other && !held)
            .collect();
        let now_us = fleet.world.now_us;
        self.since_us.retain(|pair, _| pairs.contains(pair));
        for pair in pairs {
            self.since_us.entry(pair).or_insert(now_us);
        }
        let too_long = |since: &u64| now_us - since > window_us(fleet);
        let Some((pair, since)) = self.since_us.iter().find(|(_, since)| too_long(since)) else {
            return Ok(());
        };
        let names = [pair.0, pair.1].map(|server| fleet.servers[server].name.as_str());
        Err(format!(
            "{} have all taken writes for {} ms, where watchers could reach them",
            names.join(" and "),
            (now_us - since) / 1000
        ))
    }
}

/// A pikafo lives, reaches a server, and may set it right.
fn seen_on_duty(fleet: &Fleet, server: usize) -> bool {
    let mut pikafos = fleet.pikafos();
    pikafos.any(|watcher| {
        fleet.watcher_lives(watcher)
            && fleet.reaches(watcher, server)
            && !stands_back(fleet, watcher)
            && !abstains(fleet, watcher)
    })
}

/// Watchers that have promised to begin nothing.
fn stand_back(fleet: &Fleet) -> usize {
    let watchers = 0..fleet.watchers.len();
    watchers.filter(|w| stands_back(fleet, *w)).count()
}

fn stands_back(fleet: &Fleet, watcher: usize) -> bool {
    let snapshot = fleet.snapshot(watcher);
    let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
    picture.is_some_and(|picture| picture.stands_back)
}

/// Whom a majority has voted for in the latest epoch abstains.
fn leader_abstains(fleet: &Fleet) -> bool {
    let snapshots = (0..fleet.watchers.len()).filter_map(|watcher| fleet.snapshot(watcher));
    let snapshots: Vec<_> = snapshots.collect();
    let epoch = snapshots.iter().map(|s| s.current_epoch).max();
    let mut abstaining = snapshots.iter().filter(|s| s.abstains_since_us.is_some());
    abstaining.any(|leader| {
        let votes = snapshots.iter().filter(|voter| {
            let picture = voter.cluster(CLUSTER);
            picture.is_some_and(|p| {
                p.leader.as_ref() == Some(&leader.id) && Some(p.leader_epoch) == epoch
            })
        });
        votes.count() >= fleet.setting.majority()
    })
}

fn abstains(fleet: &Fleet, watcher: usize) -> bool {
    let snapshot = fleet.snapshot(watcher);
    snapshot.is_some_and(|snapshot| snapshot.abstains_since_us.is_some())
}

/// Whoever promotes is given 8 s to say so. A Sentinel may be lost before that, and then each pikafo, which looks every other second as
/// long as all is calm, gives way to whoever led and to those before it.
fn window_us(fleet: &Fleet) -> u64 {
    let pikafos = u64::try_from(fleet.pikafos().count()).unwrap_or(0);
    let mixed = fleet.pikafos().count() < fleet.watchers.len();
    let late_ms = if mixed { 2_000 + 1_500 * pikafos } else { 0 };
    (fleet.setting.down_after_ms + 8_000 + late_ms) * 1000
}
