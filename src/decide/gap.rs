//! A Pika replica that streams and lacks what lay before the stream.
//!
//! A replica that has lost its data asks for the stream from (0, 0), and where the master itself was once copied to, its log
//! of that file begins later than that: the link comes up, and what the copy held never comes. The same happens to who
//! follows a replica while that one is copied to. Nothing says so but the positions: the master has sent everything and
//! had it acknowledged, and the replica stays behind by as much as it lacks.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::facts::DbLag;
use super::facts::Link;
use super::facts::Observation;
use super::facts::ReplicaLine;
use super::name::Addr;
use super::position::BinlogPoint;
use super::position::Position;
use super::view::Sample;

/// Since when no look has found it where its master had been before that look, and where that was then, of the databases in
/// which it is so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Behind {
    goal: Position,
    since_ms: u64,
    /// When it was last seen to be so. A look that shows nothing leaves it as it is, for a while.
    #[serde(default)]
    shown_ms: u64,
}

/// Where whom a replica follows was before the look at the replica.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'s> {
    at: &'s Position,
    /// And not long before.
    is_fresh: bool,
}

/// What a look at a replica tells beside looks at whom it follows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trail {
    /// Its link is not up, it is level where it has got everything and has not got everything elsewhere, or the two cannot
    /// be compared: whatever was seen before counts no more.
    Unknown,
    /// As before: something is on its way to it, or where its master was then is not known well enough to tell.
    Open(Behind),
    Level,
    Behind(Behind),
}

/// Looks at two nodes are taken at the same time, in any order; what is older than this was surely before.
pub const BEFORE_MS: i64 = 250;
/// Of a replica that has got everything one look in so long finds it where its master was before: it says that it has
/// got a command after it has logged it.
const GAP_MS: u64 = 10_000;
/// Whoever is where its master was longer before may be behind by what has been written since.
const FRESH_MS: i64 = 1_000;

/// What a look tells after what the looks before it told. `lines`: the replica's in the list of `its`; `goal`: where that
/// one was [`BEFORE_MS`] before the look was asked for.
pub fn followed(
    before: Option<Behind>,
    own: &Observation,
    its: &Observation,
    lines: &[&ReplicaLine],
    goal: Option<Goal<'_>>,
    now_ms: u64,
) -> Trail {
    let lasting = |before: Option<Behind>| before.filter(|before| before.lasts(now_ms));
    if own.replication.link != Link::Up || !alike(own, its) {
        return Trail::Unknown;
    }
    let at = own.replication.position.as_ref();
    let at_goal = goal.map(|goal| goal.at);
    let (Some(Position::Pika(at)), Some(Position::Pika(its_at))) = (at, at_goal) else {
        // Until there is something to compare it with.
        return lasting(before).map_or(Trail::Unknown, Trail::Open);
    };
    let short_of = |(db, goal): &(&String, &BinlogPoint)| at.get(*db).is_some_and(|at| at < *goal);
    let settled = |db: &String| has_everything(lines, db) || gets_nothing(lines, db, own, its);
    let short = its_at.iter().filter(short_of);
    let short: BTreeMap<String, BinlogPoint> =
        short.map(|(db, goal)| (db.clone(), *goal)).collect();
    let mut shown = short.clone();
    shown.retain(|db, _| settled(db));
    if !shown.is_empty() {
        let still = before.and_then(|before| before.still(&shown));
        let still = still.unwrap_or(Behind {
            goal: Position::Pika(shown),
            since_ms: now_ms,
            shown_ms: now_ms,
        });
        return Trail::Behind(Behind {
            shown_ms: now_ms,
            ..still
        });
    }
    // Under load something is always on its way to whom everything is sent as soon as it is written.
    let level = short.is_empty() && its_at.keys().all(settled);
    let tells = goal.is_some_and(|goal| goal.is_fresh) || has_come(own, its);
    let still = if tells {
        before.and_then(|before| before.still(&short))
    } else {
        before
    };
    match lasting(still) {
        Some(still) => Trail::Open(still),
        None if level => Trail::Level,
        None => Trail::Unknown,
    }
}

/// It is where its master was seen last.
fn has_come(own: &Observation, its: &Observation) -> bool {
    own.replication.position == its.replication.position
}

/// Where `node` was last seen that long before another was asked.
pub fn goal<'s>(samples: &'s [Sample], node: &Addr, asked_ms: i64) -> Option<Goal<'s>> {
    let samples = samples.iter().rev();
    let mut of_node = samples.filter(|sample| sample.node == *node);
    let old = of_node.find(|sample| sample.at_ms <= asked_ms.saturating_sub(BEFORE_MS))?;
    Some(Goal {
        at: &old.position,
        is_fresh: old.at_ms >= asked_ms.saturating_sub(FRESH_MS),
    })
}

impl Behind {
    /// The same of those databases that are short of it still; `None` where all have come there since.
    fn still(self, short: &BTreeMap<String, BinlogPoint>) -> Option<Self> {
        let Position::Pika(mut goal) = self.goal else {
            return None;
        };
        goal.retain(|db, _| short.contains_key(db));
        (!goal.is_empty()).then_some(Self {
            goal: Position::Pika(goal),
            ..self
        })
    }

    /// What shows nothing leaves it as it is.
    fn lasts(&self, now_ms: u64) -> bool {
        now_ms < self.shown_ms.saturating_add(GAP_MS)
    }

    /// It will never come there.
    pub fn is_gap(&self, now_ms: u64) -> bool {
        now_ms >= self.since_ms.saturating_add(GAP_MS)
    }

    /// For people.
    pub fn text(&self) -> String {
        format!(
            "it has got everything that its master sent and does not come to where that was ({}): it lacks what came before",
            self.goal
        )
    }
}

/// Other versions, or files of other sizes, write other positions for the same commands.
fn alike(own: &Observation, its: &Observation) -> bool {
    let size = |seen: &Observation| seen.settings.as_ref().and_then(|s| s.binlog_file_size);
    own.server.flavor == its.server.flavor
        && own.server.version == its.server.version
        && size(own) == size(its)
}

/// Everything was sent to it of this database, and it has said that it got it.
fn has_everything(lines: &[&ReplicaLine], db: &str) -> bool {
    let lag = |line: &&ReplicaLine| line.lag.get(db).copied();
    !lines.is_empty() && lines.iter().all(|line| lag(line) == Some(DbLag::Bytes(0)))
}

/// Nothing was ever sent to it of this database, as none of the log is there that it asks for: it stands at the very
/// beginning, and lacks all that there is.
fn gets_nothing(lines: &[&ReplicaLine], db: &str, own: &Observation, its: &Observation) -> bool {
    let point = |seen: &Observation| match &seen.replication.position {
        Some(Position::Pika(dbs)) => dbs.get(db).copied(),
        Some(Position::Redis { .. }) | None => None,
    };
    let (Some(BinlogPoint(0, 0)), Some(BinlogPoint(0, all))) = (point(own), point(its)) else {
        return false;
    };
    let lag = |line: &&ReplicaLine| line.lag.get(db).copied();
    !lines.is_empty()
        && lines
            .iter()
            .all(|line| lag(line) == Some(DbLag::Bytes(all)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample;

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
        let line = ReplicaLine {
            addr: sample::addr(2),
            state: None,
            offset: None,
            lag: [("db0".to_owned(), DbLag::Bytes(lag))].into(),
        };
        followed(
            before,
            &replica,
            &master,
            &[&line],
            Some(Goal {
                at: &sample::at(0, its),
                is_fresh: true,
            }),
            now_ms,
        )
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
        let lag = [("db0", lag[0]), ("db1", lag[1])];
        let line = ReplicaLine {
            addr: sample::addr(2),
            state: None,
            offset: None,
            lag: lag
                .map(|(db, lag)| (db.to_owned(), DbLag::Bytes(lag)))
                .into(),
        };
        let goal = Goal {
            at: &its,
            is_fresh: true,
        };
        followed(before, &replica, &master, &[&line], Some(goal), now_ms)
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
            let line = ReplicaLine {
                addr: sample::addr(2),
                state: None,
                offset: None,
                lag: [("db0".to_owned(), DbLag::Bytes(0))].into(),
            };
            let goal = Goal {
                at: &sample::at(0, 100),
                is_fresh: false,
            };
            followed(before, &replica, &master, &[&line], Some(goal), now_ms)
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
}
