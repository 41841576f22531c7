//! An evening after all has healed: the replica that is wanted most lags behind, or all of them do, and the master dies.
//!
//! Chaos seldom comes upon it, for what ails a master ails all of its replicas.

use std::net::IpAddr;
use std::sync::Arc;

use pikafo::decide::facts::Flavor;

use super::dice::Dice;
use super::fleet::Fleet;
use super::inside::Inside;
use super::invariants::Watch;
use super::ledger::key;
use super::setting::CLUSTER;
use super::stopped;
use super::wire::Weather;

/// How much later than sent who lags hears its master in the end; for longer than a failover is asked to account for.
const LATE_US: u64 = 6_000_000;
/// So much later each time, and so often: its link does not break. It takes as long as any setting asks for since the last
/// failover.
const LATER_US: usize = 140_000;
const EVERY_US: u64 = 200_000;
/// By then whoever lacks something has got it; and what was acknowledged so long ago has come to all who lack nothing.
const WHOLE_US: u64 = 30_000_000;
const COME_US: u64 = 2_000_000;
/// By then somebody has been promoted, though Pika gives up a link only after a while of silence and is asked for its word till
/// then; the dead master comes back a while after that.
const REPLACED_US: u64 = 25_000_000;
const BACK_US: u64 = 30_000_000;

/// Gives false where this is no such evening.
///
/// # Errors
/// Nobody was promoted.
pub(super) fn spend(fleet: &mut Fleet, watch: &mut Watch) -> Result<bool, String> {
    if is_held(fleet) {
        return Ok(false);
    }
    if !Dice::new(fleet.setting.seed, "evening").percent(60) {
        return stopped::spend(fleet, watch);
    }
    let Some((master, replicas, lagging)) = cast(fleet) else {
        return Ok(false);
    };
    // Who was emptied a moment ago lacks what came before its stream, and that is known and copied after a while.
    if !is_whole(fleet, master, &replicas) {
        pass(fleet, watch, WHOLE_US, |fleet| {
            fleet.world.now_us.is_multiple_of(EVERY_US) && is_whole(fleet, master, &replicas)
        });
    }
    let ip = |server: usize| fleet.servers[server].machine.ip;
    let from = ip(master);
    let lagging: Vec<IpAddr> = lagging.into_iter().map(ip).collect();
    let text = format!("is heard later and later by {}", lagging.len());
    fleet.world.story.tell(&fleet.servers[master].name, text);
    let before = fleet.promotions.len();
    for late_us in (0..=LATE_US).step_by(LATER_US) {
        let late = Weather::late(late_us);
        for to in &lagging {
            fleet.world.wire.lock().weather(from, *to, late);
        }
        pass(fleet, watch, EVERY_US, |_| false);
    }
    // A watcher beside the favourite hears the master late, too, and where its word is enough has it replaced by now.
    if fleet.promotions.len() == before {
        fleet.kill_for(master, BACK_US);
        // What is under way does not come any more.
        for to in &lagging {
            fleet.world.wire.lock().cut(from, *to);
        }
        pass(fleet, watch, REPLACED_US, |fleet| {
            fleet.promotions.len() > before
        });
    }
    let mut wire = fleet.world.wire.lock();
    for to in &lagging {
        wire.clear(from, *to);
        wire.mend(from, *to);
    }
    drop(wire);
    replaced(fleet, watch, before, &replicas, "the master is dead")
}

/// Gives true; the error says what became of a master in whose place one of these was to be promoted, and nobody was.
pub(super) fn replaced(
    fleet: &Fleet,
    watch: &Watch,
    promotions_before: usize,
    replicas: &[usize],
    what: &str,
) -> Result<bool, String> {
    let nobody = fleet.promotions.len() == promotions_before;
    if nobody && watch.holds() && one_has_all(fleet, replicas) {
        return Err(format!("{what}, and nobody is promoted in its place"));
    }
    Ok(true)
}

/// One of them has every write that another has. Where each holds some in one database that the other lacks in it, what is given
/// up is a person's to say, and nobody is promoted before.
fn one_has_all(fleet: &Fleet, replicas: &[usize]) -> bool {
    let covers = |one: usize, other: usize| {
        let (Some(one), Some(other)) = (fleet.inside(one), fleet.inside(other)) else {
            return false;
        };
        (0..fleet.setting.dbs).all(|db| {
            let theirs = other.contents(db);
            theirs.iter().all(|(key, _)| one.holds(db, key))
        })
    };
    let all = |one: &usize| replicas.iter().all(|other| covers(*one, *other));
    replicas.iter().any(all)
}

/// The master, its replicas, and who of them lags: once in a while all, else the one that is wanted more than another. Only
/// pikafos judge here, and a link of Pika's outlasts what comes later and later.
fn cast(fleet: &Fleet) -> Option<(usize, Vec<usize>, Vec<usize>)> {
    if fleet.setting.kind != Flavor::Pika || fleet.is_mixed() {
        return None;
    }
    let master = fleet.acting_master();
    let replicas = replicas(fleet, master);
    // Watchers beside them would hear the master late, too.
    let apart = !fleet.setting.together && !replicas.is_empty();
    if apart && Dice::new(fleet.setting.seed, "who lags in the evening").percent(30) {
        return Some((master, replicas.clone(), replicas));
    }
    let wanted = |server: &usize| fleet.setting.preference(*server);
    let favourite = replicas.iter().copied().min_by_key(wanted)?;
    let others = replicas.iter().filter(|s| wanted(s) > wanted(&favourite));
    (others.count() > 0).then_some((master, replicas, vec![favourite]))
}

/// All of them have what their master has.
fn is_whole(fleet: &Fleet, master: usize, replicas: &[usize]) -> bool {
    let Some(its) = fleet.inside(master) else {
        return false;
    };
    let insides = replicas.iter().filter_map(|server| fleet.inside(*server));
    let insides: Vec<Arc<dyn Inside>> = insides.collect();
    let early = |acked_us: u64| acked_us + COME_US < fleet.world.now_us;
    let writes = fleet.ledger.lock();
    writes.iter().enumerate().all(|(number, write)| {
        let key = key(number);
        let holds = |inside: &Arc<dyn Inside>| inside.holds(write.db, key.as_bytes());
        !write.acked_us.is_some_and(early) || !holds(&its) || insides.iter().all(holds)
    })
}

/// Who may be promoted in its place. Who follows a replica is not.
pub(super) fn replicas(fleet: &Fleet, master: usize) -> Vec<usize> {
    let addr = &fleet.servers[master].addr;
    let follows = |server: &usize| fleet.inside(*server).and_then(|inside| inside.follows());
    (0..fleet.servers.len())
        .filter(|server| *server != master && !fleet.is_apart(*server))
        .filter(|server| follows(server).as_ref() == Some(addr))
        .collect()
}

fn is_held(fleet: &Fleet) -> bool {
    fleet.pikafos().any(|watcher| {
        let snapshot = fleet.snapshot(watcher);
        let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
        picture.is_none_or(|picture| picture.pause.is_some() || picture.stands_back)
    })
}

pub(super) fn pass(
    fleet: &mut Fleet,
    watch: &mut Watch,
    time_us: u64,
    over: impl Fn(&Fleet) -> bool,
) {
    let until = fleet.world.now_us + time_us;
    while fleet.world.now_us < until && watch.holds() && !over(fleet) {
        fleet.tick();
        watch.look(fleet);
    }
}
