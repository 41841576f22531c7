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
    let read_only = matches!(joiner.role, Role::Replica | Role::Chained);
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
            "rejoin.past_point",
            format!("the master refused its position {at}: it holds writes that the master lacks"),
        );
    }
    let Some(point) = target.point else {
        // No promotion on record: the master may have been the master for ever. Only a replica that
        // already points to it is known to have followed nobody else.
        if !(joiner.follows_target && read_only) {
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
        Relation::Ahead
            if read_only
                && joiner.follows_target
                && target.position.is_some_and(|p| p.covers(at)) =>
        {
            Judgement::Prefix
        }
        Relation::Ahead => diverged(
            "rejoin.past_point",
            format!(
                "it is at {at}, past the promotion point {point}: it holds writes that the master lacks"
            ),
        ),
        Relation::Incomparable => diverged(
            "rejoin.past_point",
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
            diverged("rejoin.past_point", text)
        });
    }
    // A replica's copy is under way, or will be made afresh; it takes no writes of its own.
    if joiner.follows_target && matches!(joiner.role, Role::Replica | Role::Chained) {
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
mod tests {
    use super::*;
    use crate::decide::sample;

    fn at(file: u32, offset: u64) -> Position {
        Position::Pika([("db0".to_owned(), BinlogPoint(file, offset))].into())
    }

    fn two(a: u64, b: u64) -> Position {
        Position::Pika(
            [
                ("db0".to_owned(), BinlogPoint(0, a)),
                ("db1".to_owned(), BinlogPoint(0, b)),
            ]
            .into(),
        )
    }

    fn case(role: Role, position: &Position, point: Option<&Position>, quiet: bool) -> Judgement {
        let joiner = Joiner {
            flavor: Flavor::Pika,
            role,
            position: Some(position),
            history_id: Some("aa"),
            holds_keys: None,
            follows_target: false,
            refused: false,
            torn: false,
            quiet_since_promotion: quiet,
        };
        judge(
            &joiner,
            &Target {
                position: Some(&at(9, 0)),
                history_id: Some("aa"),
                second_history: None,
                point,
            },
        )
    }

    fn code(judgement: &Judgement) -> &'static str {
        match judgement {
            Judgement::Prefix => "prefix",
            Judgement::Empty => "empty",
            Judgement::Torn => "torn",
            Judgement::Diverged { code, .. } => code,
        }
    }

    #[test]
    fn the_table() {
        let p = at(1, 100);
        for (role, position, point, quiet, expected) in [
            (Role::Master, at(1, 100), Some(&p), false, "prefix"),
            (Role::Master, at(1, 50), Some(&p), true, "prefix"),
            (
                Role::Master,
                at(1, 50),
                Some(&p),
                false,
                "rejoin.past_unknown",
            ),
            (Role::Replica, at(1, 50), Some(&p), false, "prefix"),
            (
                Role::Replica,
                at(1, 101),
                Some(&p),
                true,
                "rejoin.past_point",
            ),
            (Role::Master, at(2, 0), Some(&p), true, "rejoin.past_point"),
            // A file roll: the offset is smaller, the position is not.
            (Role::Master, at(0, 900), Some(&p), true, "prefix"),
            (Role::Master, at(1, 100), None, true, "rejoin.past_unknown"),
        ] {
            assert_eq!(
                code(&case(role, &position, point, quiet)),
                expected,
                "{role:?} {position} {point:?} {quiet}"
            );
        }
    }

    #[test]
    fn databases_that_disagree_are_diverged() {
        assert_eq!(
            code(&case(Role::Replica, &two(5, 20), Some(&two(10, 10)), true)),
            "rejoin.past_point"
        );
        assert_eq!(
            code(&case(Role::Replica, &two(5, 10), Some(&two(10, 10)), true)),
            "prefix"
        );
    }

    #[test]
    fn an_empty_node_and_a_foreign_one() {
        let empty = Joiner {
            flavor: Flavor::Pika,
            role: Role::Master,
            position: Some(&at(0, 0)),
            history_id: Some(""),
            holds_keys: None,
            follows_target: false,
            refused: false,
            torn: false,
            quiet_since_promotion: false,
        };
        let target = Target {
            position: Some(&at(3, 1)),
            history_id: Some("aa"),
            second_history: None,
            point: Some(&at(1, 1)),
        };
        assert_eq!(judge(&empty, &target), Judgement::Empty);
        let foreign = Joiner {
            history_id: Some("bb"),
            ..empty
        };
        assert_eq!(code(&judge(&foreign, &target)), "rejoin.foreign_history");
    }

    #[test]
    fn who_was_refused_is_not_taken_for_one_that_moved_on_with_the_master() {
        let position = at(0, 1989);
        let joiner = |refused| Joiner {
            flavor: Flavor::Pika,
            role: Role::Replica,
            position: Some(&position),
            history_id: None,
            holds_keys: None,
            follows_target: true,
            refused,
            torn: false,
            quiet_since_promotion: false,
        };
        let (point, now) = (at(0, 1916), at(0, 9000));
        let target = Target {
            position: Some(&now),
            history_id: None,
            second_history: None,
            point: Some(&point),
        };
        assert_eq!(judge(&joiner(false), &target), Judgement::Prefix);
        assert_eq!(code(&judge(&joiner(true), &target)), "rejoin.past_point");
    }

    #[test]
    fn a_copy_that_was_cut_off_is_no_prefix_wherever_it_stands() {
        let (here, point) = (at(0, 0), at(1, 100));
        let case = |role, follows_target| {
            let joiner = Joiner {
                flavor: Flavor::Pika,
                role,
                position: Some(&here),
                history_id: Some("aa"),
                holds_keys: None,
                follows_target,
                refused: false,
                torn: true,
                quiet_since_promotion: true,
            };
            let target = Target {
                position: Some(&point),
                history_id: Some("aa"),
                second_history: None,
                point: Some(&point),
            };
            code(&judge(&joiner, &target))
        };
        assert_eq!(case(Role::Replica, false), "torn");
        assert_eq!(case(Role::Replica, true), "torn");
        // A master's data is whatever it holds, though it keeps the mark.
        assert_eq!(case(Role::Master, false), "prefix");
    }

    #[test]
    fn the_servers_own_word_on_a_copy_wins_over_what_was_noted() {
        let mut view = sample::healthy();
        let now = &mut sample::of(&mut view, "b").replication;
        now.link = Link::Syncing;
        for (eligible, noted, expected) in [
            (Some(true), true, false),
            (Some(false), false, true),
            (None, false, true),
        ] {
            now.eligible = eligible;
            assert_eq!(torn(now, noted), expected, "{eligible:?}");
        }
        now.link = Link::Up;
        assert!(torn(now, true));
        assert!(!torn(now, false));
    }

    #[test]
    fn redis_is_judged_by_the_names_of_histories() {
        let judged = |own: &str, repl: u64, keys: bool, role: Role, follows_target: bool| {
            let joiner = Joiner {
                flavor: Flavor::Redis,
                role,
                position: Some(&Position::Redis { repl }),
                history_id: Some(own),
                holds_keys: Some(keys),
                follows_target,
                refused: false,
                torn: false,
                quiet_since_promotion: false,
            };
            let target = Target {
                position: None,
                history_id: Some("new"),
                second_history: Some(("old", 101)),
                point: Some(&Position::Redis { repl: 100 }),
            };
            code(&judge(&joiner, &target))
        };
        let case = |own, repl, keys| judged(own, repl, keys, Role::Master, false);
        assert_eq!(case("old", 100, true), "prefix");
        assert_eq!(case("old", 101, true), "rejoin.past_point");
        assert_eq!(case("other", 5, true), "rejoin.past_unknown");
        // Only the master's own replica is on its way to a copy of it.
        let replica = |follows| judged("other", 5, true, Role::Replica, follows);
        assert_eq!(replica(true), "prefix");
        assert_eq!(replica(false), "rejoin.past_unknown");
        assert_eq!(case("other", 0, false), "empty");
    }

    #[test]
    fn without_a_promotion_on_record_the_master_itself_is_the_measure() {
        let case = |position: Option<&Position>, its: Option<&Position>| {
            let joiner = Joiner {
                flavor: Flavor::Pika,
                role: Role::Replica,
                position,
                history_id: Some("aa"),
                holds_keys: None,
                follows_target: true,
                refused: false,
                torn: false,
                quiet_since_promotion: false,
            };
            let target = Target {
                position: its,
                history_id: Some("aa"),
                second_history: None,
                point: None,
            };
            code(&judge(&joiner, &target))
        };
        let (here, there) = (at(1, 10), at(1, 20));
        assert_eq!(case(Some(&here), Some(&there)), "prefix");
        assert_eq!(case(Some(&there), Some(&here)), "rejoin.past_master");
        assert_eq!(case(None, Some(&here)), "rejoin.position_unknown");
        assert_eq!(case(Some(&here), None), "rejoin.position_unknown");
    }

    #[test]
    fn without_a_promotion_on_record_only_a_replica_of_the_master_has_a_known_past() {
        let (here, there) = (at(1, 10), at(1, 20));
        let case = |role: Role, follows_target: bool| {
            let joiner = Joiner {
                flavor: Flavor::Pika,
                role,
                position: Some(&here),
                history_id: Some("aa"),
                holds_keys: None,
                follows_target,
                quiet_since_promotion: true,
                refused: false,
                torn: false,
            };
            let target = Target {
                position: Some(&there),
                history_id: Some("aa"),
                second_history: None,
                point: None,
            };
            code(&judge(&joiner, &target))
        };
        assert_eq!(case(Role::Replica, true), "prefix");
        assert_eq!(case(Role::Replica, false), "rejoin.past_unknown");
        assert_eq!(case(Role::Master, true), "rejoin.past_unknown");
        assert_eq!(case(Role::Master, false), "rejoin.past_unknown");
    }
}
