//! Who lacks what came before its stream, and who is merely late.

use super::*;
use crate::decide::sample;

/// The replica in the list of its master, with so many bytes not sent to it.
fn line(lag: &[(&str, u64)]) -> ReplicaLine {
    let lag = lag.iter();
    ReplicaLine {
        addr: sample::addr(2),
        state: None,
        offset: None,
        lag: lag
            .map(|(db, bytes)| ((*db).to_owned(), DbLag::Bytes(*bytes)))
            .collect(),
    }
}

/// What a look at both says.
fn of_both(
    own: &Observation,
    its: &Observation,
    line: &ReplicaLine,
    says: impl FnOnce(&Pair<'_>) -> Trail,
) -> Trail {
    says(&Pair {
        own,
        above: &sample::addr(1),
        its,
        lines: &[line],
    })
}

/// A replica at one offset, its master at another a moment before, and so many bytes on their way.
fn look(before: Option<Behind>, own: u64, its: u64, lag: u64, now_ms: u64) -> Trail {
    look_with(before, own, its, lag, now_ms, |_| ())
}

fn look_with(
    before: Option<Behind>,
    own: u64,
    its: u64,
    lag: u64,
    now_ms: u64,
    change: fn(&mut Observation),
) -> Trail {
    let (mut replica, master) = (sample::replica(1), sample::master(&[2]));
    change(&mut replica);
    replica.replication.position = Some(sample::at(0, own));
    let line = line(&[("db0", lag)]);
    let goal = Goal {
        at: &sample::at(0, its),
        is_fresh: true,
    };
    of_both(&replica, &master, &line, |pair| {
        followed(before, pair, Some(goal), now_ms)
    })
}

fn behind(trail: Trail) -> Behind {
    match trail {
        Trail::Behind(behind) => behind,
        other @ (Trail::Unknown | Trail::Level | Trail::Open(_)) => panic!("{other:?}"),
    }
}

fn open(trail: Trail) -> Behind {
    match trail {
        Trail::Open(behind) => behind,
        other @ (Trail::Unknown | Trail::Level | Trail::Behind(_)) => panic!("{other:?}"),
    }
}

#[test]
fn who_has_everything_and_stays_behind_has_a_gap() {
    let first = behind(look(None, 60, 100, 0, 0));
    assert!(!first.is_gap(9_999));
    assert!(
        first
            .text()
            .contains("does not come to where that was (0:100)")
    );
    // The master goes on, and so does the replica, at the same distance.
    let later = behind(look(Some(first), 190, 230, 0, 10_000));
    assert!(later.is_gap(10_000));
    assert_eq!(look(Some(later), 230, 230, 0, 10_000), Trail::Level);
}

#[test]
fn who_is_late_has_none() {
    // Something is on its way: to begin with, that shows nothing.
    assert_eq!(look(None, 60, 100, 1, 0), Trail::Unknown);
    let first = behind(look(None, 60, 100, 0, 0));
    let late = open(look(Some(first), 100, 180, 1, 5_000));
    // It comes where its master was, though more is on its way by then.
    assert_eq!(look(Some(late), 180, 180, 1, 10_000), Trail::Unknown);
}

#[test]
fn what_is_on_its_way_to_it_does_not_hide_that_it_lacks_what_came_before() {
    let first = behind(look(None, 60, 100, 0, 0));
    let loaded = open(look(Some(first), 100, 180, 1, 5_000));
    let again = open(look(Some(loaded), 150, 230, 75, 9_000));
    assert!(behind(look(Some(again), 190, 270, 0, 10_000)).is_gap(10_000));
}

/// The same with two databases.
fn look_at_two(before: Option<Behind>, own: [u64; 2], lag: [u64; 2], now_ms: u64) -> Trail {
    let (mut replica, mut master) = (sample::replica(1), sample::master(&[2]));
    let at = |[a, b]: [u64; 2]| {
        let dbs = [("db0", a), ("db1", b)];
        let dbs = dbs.map(|(db, offset)| (db.to_owned(), BinlogPoint(0, offset)));
        Position::Pika(dbs.into())
    };
    let its = at([208, 900]);
    replica.replication.position = Some(at(own));
    master.replication.position = Some(its.clone());
    let line = line(&[("db0", lag[0]), ("db1", lag[1])]);
    let goal = Goal {
        at: &its,
        is_fresh: true,
    };
    of_both(&replica, &master, &line, |pair| {
        followed(before, pair, Some(goal), now_ms)
    })
}

#[test]
fn a_database_that_gets_nothing_hides_no_gap_in_another_and_has_one_itself() {
    // The first was asked for from its beginning, of which nothing is left.
    let first = behind(look_at_two(None, [0, 500], [208, 0], 0));
    assert!(behind(look_at_two(Some(first), [0, 500], [208, 0], 10_000)).is_gap(10_000));
    let alone = behind(look_at_two(None, [0, 900], [208, 0], 0));
    assert!(behind(look_at_two(Some(alone), [0, 900], [208, 0], 10_000)).is_gap(10_000));
    // It is on its way.
    assert_eq!(look_at_two(None, [0, 900], [200, 0], 0), Trail::Unknown);
    assert_eq!(look_at_two(None, [8, 900], [200, 0], 0), Trail::Unknown);
}

/// Its master was seen long before that look only, and is elsewhere by now.
#[test]
fn to_be_where_the_master_was_long_before_is_not_to_be_level() {
    let stale = |before: Option<Behind>, own: u64, its_now: u64, now_ms: u64| {
        let (mut replica, mut master) = (sample::replica(1), sample::master(&[2]));
        replica.replication.position = Some(sample::at(0, own));
        master.replication.position = Some(sample::at(0, its_now));
        let line = line(&[("db0", 0)]);
        let goal = Goal {
            at: &sample::at(0, 100),
            is_fresh: false,
        };
        of_both(&replica, &master, &line, |pair| {
            followed(before, pair, Some(goal), now_ms)
        })
    };
    let first = || Some(behind(look(None, 60, 100, 0, 0)));
    let kept = open(stale(first(), 160, 200, 9_000));
    assert!(behind(look(Some(kept), 190, 230, 0, 10_000)).is_gap(10_000));
    // Where nothing speaks against it, it is.
    assert_eq!(stale(None, 160, 200, 9_000), Trail::Level);
    assert_eq!(stale(first(), 200, 200, 9_000), Trail::Level);
    // What was seen once, and not again in so long, was chance.
    assert_eq!(stale(first(), 160, 200, 10_000), Trail::Level);
}

#[test]
fn who_falls_short_here_and_then_there_is_late_twice() {
    let first = behind(look_at_two(None, [208, 500], [0, 0], 0));
    let other = behind(look_at_two(Some(first), [100, 900], [0, 0], 10_000));
    assert!(!other.is_gap(10_000));
    assert_eq!(
        look_at_two(Some(other), [208, 900], [0, 0], 10_100),
        Trail::Level
    );
}

#[test]
fn who_is_not_linked_or_counts_otherwise_is_not_compared() {
    let changed = |change| look_with(None, 60, 100, 0, 0, change);
    assert!(matches!(changed(|_| ()), Trail::Behind(_)));
    let unlinked = changed(|own| own.replication.link = Link::Down);
    assert_eq!(unlinked, Trail::Unknown);
    let older = changed(|own| "3.4.1".clone_into(&mut own.server.version));
    assert_eq!(older, Trail::Unknown);
    let sized = changed(|own| own.settings.as_mut().unwrap().binlog_file_size = Some(1024));
    assert_eq!(sized, Trail::Unknown);
}

#[test]
fn a_goal_is_what_was_seen_before() {
    let samples = [(1_000, 10), (2_000, 20), (2_900, 30)].map(|(at_ms, offset)| Sample {
        node: sample::addr(1),
        at_ms,
        took_ms: 0,
        as_replica: false,
        position: sample::at(0, offset),
    });
    let goal_at = |node, now_ms| {
        let goal = goal(&samples, &sample::addr(node), now_ms);
        goal.map(|goal| (goal.at.clone(), goal.is_fresh))
    };
    assert_eq!(goal_at(1, 3_000), Some((sample::at(0, 20), true)));
    assert_eq!(goal_at(1, 3_100), Some((sample::at(0, 20), false)));
    assert_eq!(goal_at(1, 3_150), Some((sample::at(0, 30), true)));
    assert_eq!(goal_at(1, 1_200), None);
    assert_eq!(goal_at(2, 3_000), None);
}

/// When a replica is known to lack something that is looked at once a second, as its master is, which writes 1000 bytes a
/// second: `lacks` so many bytes, and hears its master `late_ms` after so many milliseconds; within half a minute.
fn known_after(lacks: u64, late_ms: fn(u64) -> u64) -> Option<u64> {
    let wall = |ms: u64| i64::try_from(ms).unwrap();
    let (mut samples, mut before) = (Vec::new(), None);
    for second in 2..32_u64 {
        let (its_ms, own_ms) = (second * 1000, second * 1000 + 500);
        samples.push(Sample {
            node: sample::addr(1),
            at_ms: wall(its_ms),
            took_ms: 0,
            as_replica: false,
            position: sample::at(0, its_ms),
        });
        let (mut replica, mut master) = (sample::replica(1), sample::master(&[2]));
        replica.replication.position = Some(sample::at(0, own_ms - late_ms(own_ms) - lacks));
        master.replication.position = Some(sample::at(0, its_ms));
        let line = line(&[("db0", 0)]);
        let when = When {
            now_ms: own_ms,
            asked_ms: wall(own_ms),
            at_ms: wall(own_ms),
        };
        let trail = of_both(&replica, &master, &line, |pair| {
            trail(before.take(), pair, &samples, when)
        });
        before = match trail {
            Trail::Behind(behind) if behind.is_gap(own_ms) => return Some(own_ms),
            Trail::Behind(behind) | Trail::Open(behind) => Some(behind),
            Trail::Unknown | Trail::Level => None,
        };
    }
    None
}

/// The master has sent everything to it, and says so; it is on its way.
#[test]
fn who_hears_its_master_later_and_later_lacks_nothing() {
    assert_eq!(known_after(600, |_| 0), Some(12_500));
    assert_eq!(known_after(0, |_| 0), None);
    assert_eq!(known_after(0, |ms| ms / 2), None);
    // Nothing comes to it at all.
    assert_eq!(known_after(0, |ms| ms), Some(12_500));
    // Once it is no later than before, what it lacks shows.
    let settles = |ms: u64| (ms / 2).min(5_000);
    assert!(known_after(600, settles).is_some_and(|ms| ms < 24_000));
}
