//! A Pika replica that streams and lacks what lay before the stream.
//!
//! A replica that has lost its data asks for the stream from (0, 0), and where the master itself was once copied to, its log
//! of that file begins later than that: the link comes up, and what the copy held never comes. The same happens to who
//! follows a replica while that one is copied to. Nothing says so but the positions: the master has sent everything, and the
//! replica stays behind by as much as it lacks. So does for a while who gets it late ([`late`](super::late)).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::facts::DbLag;
use super::facts::Link;
use super::facts::Observation;
use super::facts::ReplicaLine;
use super::late::AtMost;
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
    #[serde(default)]
    at_most: AtMost,
}

/// Two nodes, one of which follows the other, as they were seen last.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'s> {
    pub own: &'s Observation,
    pub above: &'s Addr,
    pub its: &'s Observation,
    /// The replica's in the list of whom it follows.
    pub lines: &'s [&'s ReplicaLine],
}

/// When a replica was looked at.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Milliseconds, by a clock that nobody sets where there is one.
    pub now_ms: u64,
    /// Milliseconds since the epoch, wall clock of the observer: when it was asked, and when its answer was here.
    pub asked_ms: i64,
    pub at_ms: i64,
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
/// Of a replica to which everything was sent one look in so long finds it where its master was before.
const GAP_MS: u64 = 10_000;
/// Whoever is where its master was longer before may be behind by what has been written since.
const FRESH_MS: i64 = 1_000;

/// What a look at a replica tells after what the looks before it told.
pub fn trail(before: Option<Behind>, pair: &Pair<'_>, samples: &[Sample], when: When) -> Trail {
    let before = before.map(|mut before| {
        before.at_most.heed(samples, pair.above);
        before
    });
    let goal = goal(samples, pair.above, when.asked_ms);
    let mut trail = followed(before, pair, goal, when.now_ms);
    if let (Trail::Open(behind) | Trail::Behind(behind), Some(at)) =
        (&mut trail, &pair.own.replication.position)
    {
        behind.at_most.looked(pair.above, when.at_ms, at);
    }
    trail
}

/// The same. `goal`: where whom it follows was [`BEFORE_MS`] before the look was asked for.
fn followed(before: Option<Behind>, pair: &Pair<'_>, goal: Option<Goal<'_>>, now_ms: u64) -> Trail {
    let Pair {
        own, its, lines, ..
    } = *pair;
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
        let still = before.and_then(|before| before.where_not_late(at, &shown).still(&shown));
        let still = still.unwrap_or(Behind {
            goal: Position::Pika(shown),
            since_ms: now_ms,
            shown_ms: now_ms,
            at_most: AtMost::default(),
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

/// Whether one that stood there when it was asked had come to where `node` was not long before.
pub fn had_come(samples: &[Sample], node: &Addr, own: &Position, asked_ms: i64) -> bool {
    let goal = goal(samples, node, asked_ms).filter(|goal| goal.is_fresh);
    goal.is_some_and(|goal| own.covers(goal.at))
}

/// Where `node` was last seen that long before another was asked.
fn goal<'s>(samples: &'s [Sample], node: &Addr, asked_ms: i64) -> Option<Goal<'s>> {
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

    /// Where it falls short of these goals by more than it can lack, what is short is on its way to it.
    fn where_not_late(
        mut self,
        own: &BTreeMap<String, BinlogPoint>,
        goals: &BTreeMap<String, BinlogPoint>,
    ) -> Self {
        if let Position::Pika(goal) = &mut self.goal {
            let may_lack = |db: &String| {
                let both = own.get(db).zip(goals.get(db));
                both.is_none_or(|(own, goal)| self.at_most.allows(db, *own, *goal))
            };
            goal.retain(|db, _| may_lack(db));
        }
        self
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

/// Everything was sent to it of this database.
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
mod tests;
