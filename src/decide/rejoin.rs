//! Who may follow whom: the rule that keeps a diverged node from being re-attached unnoticed.
//!
//! Pika compares nothing but `(file, offset)` when a replica comes back: an old master whose tail was lost
//! is accepted silently wherever its offset happens to be a record border in the new binlog. So the
//! promotion point, and what is known of the node since, must decide before SLAVEOF is sent.

use super::facts::Flavor;
use super::facts::Link;
use super::facts::Replication;
use super::facts::Role;
use super::flaw;
use super::flaw::Flaw;
use super::position::BinlogPoint;
use super::position::Position;
use super::position::Relation;

/// What is known of the node that wants to follow.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Joiner<'a> {
    pub flavor: Flavor,
    pub role: Role,
    pub position: Option<&'a Position>,
    pub history_id: Option<&'a str>,
    /// Redis: whether it holds any key, where that was asked.
    pub holds_keys: Option<bool>,
    /// It already points to the master in question.
    pub follows_target: bool,
    /// It stands where it was last seen linked below the master, itself or through others: what it holds is the master's.
    pub vouched: bool,
    /// The master in question has refused its position: Pika's link error.
    pub refused: bool,
    /// A full copy to it was begun and has not ended ([`torn`]): its position says nothing of its data.
    pub torn: bool,
    /// It has been fenced, or down, ever since the promotion, or was seen at this very position
    /// before it.
    pub quiet_since_promotion: bool,
}

/// What is known of the master it shall follow.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    pub position: Option<&'a Position>,
    pub history_id: Option<&'a str>,
    /// Redis: the history it continued, and up to which offset.
    pub second_history: Option<(&'a str, u64)>,
    /// Where it stood when it was promoted; `None` when no promotion is on record.
    pub point: Option<&'a Position>,
}

/// The answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Judgement {
    /// A prefix of the master's history: plain SLAVEOF.
    Prefix,
    /// It holds nothing: a full sync costs nothing but time.
    Empty,
    /// It holds a part of a copy that was cut off, which only a full copy makes whole. Pika would stream on from its
    /// position, wherever that is, and leave the gap.
    Torn,
    /// Its data lies outside the master's history, or may. The code is stable, the text for people.
    Diverged { code: &'static str, text: String },
}

/// The code of a node that holds what the master lacks.
pub const PAST_POINT: &str = "rejoin.past_point";
/// The code of a past that is not known.
pub const PAST_UNKNOWN: &str = "rejoin.past_unknown";

/// Judges `joiner` against `target`.
pub fn judge(joiner: &Joiner<'_>, target: &Target<'_>) -> Judgement {
    if holds_nothing(joiner) {
        return Judgement::Empty;
    }
    if flaw::on(Flaw::RejoinWithoutPoint) {
        return Judgement::Prefix;
    }
    if joiner.flavor != Flavor::Pika
        && let Some(judgement) = by_history(joiner, target)
    {
        return judgement;
    }
    if joiner.flavor == Flavor::Pika && foreign(joiner.history_id, target.history_id) {
        return diverged(
            "rejoin.foreign_history",
            "it carries the replication id of another family",
        );
    }
    let read_only = joiner.role.is_replica();
    // Its past is known.
    let known = read_only && (joiner.follows_target || joiner.vouched);
    if joiner.torn && read_only {
        return Judgement::Torn;
    }
    let Some(at) = joiner.position else {
        return diverged(
            "rejoin.position_unknown",
            "it does not say how far its data reaches",
        );
    };
    // A master takes every prefix of its history. Left alone the link heals by itself once the master has come past
    // the position, and what differs is never seen again.
    if joiner.refused && joiner.follows_target {
        return diverged(
            PAST_POINT,
            format!("the master refused its position {at}: it holds writes that the master lacks"),
        );
    }
    let Some(point) = target.point else {
        // No promotion on record: the master may have been the master for ever. Only a replica that
        // already points to it, or was seen below it, is known to have followed nobody else.
        if !known {
            return diverged(
                PAST_UNKNOWN,
                "no promotion of the master is on record to compare it with",
            );
        }
        return match target.position.map(|p| at.relation(p)) {
            Some(Relation::Equal | Relation::Behind) => Judgement::Prefix,
            Some(Relation::Ahead | Relation::Incomparable) => diverged(
                "rejoin.past_master",
                format!("its position {at} lies past the master's"),
            ),
            None => diverged(
                "rejoin.position_unknown",
                "the master does not say how far its data reaches",
            ),
        };
    };
    match at.relation(point) {
        Relation::Equal => Judgement::Prefix,
        Relation::Behind if read_only || joiner.quiet_since_promotion => Judgement::Prefix,
        Relation::Behind => diverged(
            PAST_UNKNOWN,
            format!(
                "it is at {at}, behind the promotion point {point}, but could take writes since"
            ),
        ),
        // A replica that already follows the promoted master moves past the point with it.
        Relation::Ahead if known && target.position.is_some_and(|p| p.covers(at)) => {
            Judgement::Prefix
        }
        Relation::Ahead => diverged(
            PAST_POINT,
            format!(
                "it is at {at}, past the promotion point {point}: it holds writes that the master lacks"
            ),
        ),
        Relation::Incomparable => diverged(
            PAST_POINT,
            format!("its position {at} and the promotion point {point} disagree between databases"),
        ),
    }
}

/// A full copy to a Pika was begun and has not ended: in its own words where it has any, else as far as was `noted`.
pub fn torn(now: &Replication, noted: bool) -> bool {
    match now.eligible {
        Some(eligible) => !eligible,
        None => !now.db_states.is_empty() && now.link == Link::Syncing || noted,
    }
}

/// Redis and Valkey name their histories, and say which one they continued and how far: better evidence than
/// any offset. `None` where the names are not known.
fn by_history(joiner: &Joiner<'_>, target: &Target<'_>) -> Option<Judgement> {
    let own = joiner.history_id.filter(|id| !id.is_empty())?;
    let current = target.history_id.filter(|id| !id.is_empty())?;
    if own == current {
        return Some(Judgement::Prefix);
    }
    let at = joiner.position?;
    if let (Some((second, until)), Position::Redis { repl }) = (target.second_history, at)
        && own == second
    {
        // `until` is the first offset that is not shared.
        return Some(if *repl < until {
            Judgement::Prefix
        } else {
            let text = format!("it is at {at}, and shares the master's history only up to {until}");
            diverged(PAST_POINT, text)
        });
    }
    // A replica's copy is under way, or will be made afresh; it takes no writes of its own.
    if joiner.follows_target && joiner.role.is_replica() {
        return Some(Judgement::Prefix);
    }
    Some(diverged(
        PAST_UNKNOWN,
        "its history is another than the master's, and it holds data",
    ))
}

fn holds_nothing(joiner: &Joiner<'_>) -> bool {
    match joiner.position {
        Some(Position::Pika(dbs)) => {
            joiner.history_id.is_none_or(str::is_empty)
                && dbs.values().all(|p| *p == BinlogPoint(0, 0))
        }
        // The offset says nothing: a Redis without replicas counts no bytes.
        Some(Position::Redis { .. }) => joiner.holds_keys == Some(false),
        None => false,
    }
}

/// Two ids that are both known and not the same.
fn foreign(a: Option<&str>, b: Option<&str>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() && a != b)
}

fn diverged(code: &'static str, text: impl Into<String>) -> Judgement {
    Judgement::Diverged {
        code,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests;
