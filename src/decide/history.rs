//! Which of a master's histories a Redis has its data from.
//!
//! A Redis that is started again begins a new history, often at offset 0, and its replicas get a copy of that. One that
//! could not be reached meanwhile is still in the old one, perhaps at a greater offset. So numbers are compared within a
//! history; between two, the master's later one has what the cluster took last.
//!
//! As redis-server 7.0 does: a replica keeps its master's name of the history when its link breaks, and over a restart where
//! it has saved its data; one of a replica has the name that the uppermost has. One that starts without such data makes a
//! name of its own up and stands at 0 or 1. A master takes another name when its first replica comes. One that is promoted
//! takes a new name, and remembers where the old one ended.

use super::facts::Observation;
use super::facts::Replication;
use super::facts::Role;
use super::position::Position;
use super::position::Relation;

/// Histories that are remembered of a cluster.
const KEPT: usize = 8;
/// Who stands no further has received nothing since he named his history himself.
pub(super) const NOTHING: u64 = 1;

/// What one node says of its history. On Pika, and where no name is said, nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct History {
    id: Option<String>,
    /// Which it continued, and the first offset that is not shared.
    second: Option<(String, u64)>,
    /// Its place among those of the master; `None`: nobody has heard the master name it.
    age: Option<usize>,
    holds_keys: Option<bool>,
}

impl History {
    /// `known` are those of the master, the newest last.
    pub fn of(seen: &Observation, known: &[String]) -> Self {
        let said = &seen.replication;
        let redis = matches!(said.position, Some(Position::Redis { .. }));
        let id = said.history_id.clone().filter(|id| redis && !id.is_empty());
        Self {
            age: known.iter().position(|known| Some(known) == id.as_ref()),
            second: said.second_history.clone().filter(|_| redis),
            id,
            holds_keys: seen.holds_keys,
        }
    }

    /// How its node at `at` relates to another at `its`; `None` where nothing tells.
    pub fn relation(&self, at: &Position, other: &Self, its: &Position) -> Option<Relation> {
        if self.by_number(at, other, its) {
            return Some(at.relation(its));
        }
        match (self.has_nothing(at), other.has_nothing(its)) {
            (true, true) => return Some(at.relation(its)),
            (true, false) => return Some(Relation::Behind),
            (false, true) => return Some(Relation::Ahead),
            (false, false) => {}
        }
        let (age, its) = (self.age?, other.age?);
        Some(if age < its {
            Relation::Behind
        } else {
            Relation::Ahead
        })
    }

    /// Both are in one history, so that the greater number has more.
    pub fn by_number(&self, at: &Position, other: &Self, its: &Position) -> bool {
        let (Some(own), Some(theirs)) = (&self.id, &other.id) else {
            return true;
        };
        own == theirs || self.continues(other, its) || other.continues(self, at)
    }

    /// Its data is of the newest that the master had, or goes on from there, or nobody knows of any.
    pub fn is_newest(&self, known: &[String]) -> bool {
        let (Some(newest), Some(id)) = (known.last(), &self.id) else {
            return true;
        };
        let second = self.second.as_ref().map(|(second, _)| second);
        id == newest || second == Some(newest)
    }

    fn continues(&self, other: &Self, its: &Position) -> bool {
        let Some((second, until)) = &self.second else {
            return false;
        };
        let shared = matches!(its, Position::Redis { repl } if repl < until);
        shared && other.id.as_ref() == Some(second)
    }

    fn has_nothing(&self, at: &Position) -> bool {
        let none = matches!(at, Position::Redis { repl } if *repl <= NOTHING);
        self.age.is_none() && (none || self.holds_keys == Some(false))
    }
}

/// A replica of the master has another history than a moment ago, and was not started again since: it has got it from there.
pub fn was_copied(before: &Replication, now: &Replication) -> bool {
    let replica = |said: &Replication| said.role == Role::Replica;
    let got = matches!(now.position, Some(Position::Redis { repl }) if repl > NOTHING);
    replica(before) && replica(now) && got && before.history_id != now.history_id
}

/// The master, or else a replica of which that is known to be the master's, has named a history. True where that is news.
pub fn note(known: &mut Vec<String>, id: &str, by_master: bool) -> bool {
    let last = known.last().is_some_and(|last| last == id);
    let older = !by_master && known.iter().any(|known| known == id);
    if id.is_empty() || last || older {
        return false;
    }
    known.retain(|known| known != id);
    known.push(id.to_owned());
    known.drain(..known.len().saturating_sub(KEPT));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::Flavor;
    use crate::decide::sample;

    fn redis(id: &str, second: Option<(&str, u64)>, holds_keys: bool) -> Observation {
        let mut seen = sample::replica(1);
        seen.server.flavor = Flavor::Redis;
        seen.replication.position = Some(Position::Redis { repl: 0 });
        seen.replication.history_id = Some(id.to_owned());
        seen.replication.second_history = second.map(|(id, until)| (id.to_owned(), until));
        seen.holds_keys = Some(holds_keys);
        seen
    }

    /// `old` and `new` are the master's.
    fn compare(one: (&Observation, u64), other: (&Observation, u64)) -> Option<Relation> {
        let known = ["old".to_owned(), "new".to_owned()];
        let (own, its) = (History::of(one.0, &known), History::of(other.0, &known));
        let at = |repl| Position::Redis { repl };
        own.relation(&at(one.1), &its, &at(other.1))
    }

    #[test]
    fn the_later_history_is_ahead_whatever_the_numbers_say() {
        let (old, new) = (redis("old", None, true), redis("new", None, true));
        assert_eq!(compare((&new, 300), (&old, 1000)), Some(Relation::Ahead));
        assert_eq!(compare((&old, 1000), (&new, 0)), Some(Relation::Behind));
        assert_eq!(compare((&new, 300), (&new, 301)), Some(Relation::Behind));
    }

    #[test]
    fn who_was_promoted_goes_on_from_where_the_others_are() {
        let (heir, old) = (
            redis("own", Some(("old", 100)), true),
            redis("old", None, true),
        );
        assert_eq!(compare((&heir, 120), (&old, 99)), Some(Relation::Ahead));
        assert_eq!(compare((&old, 99), (&heir, 120)), Some(Relation::Behind));
        assert_eq!(compare((&old, 100), (&heir, 120)), None);
    }

    #[test]
    fn who_starts_with_nothing_is_behind_and_a_stranger_is_no_better_or_worse() {
        let old = redis("old", None, true);
        let (fresh, stranger) = (redis("own", None, false), redis("own", None, true));
        assert_eq!(compare((&fresh, 1), (&old, 0)), Some(Relation::Behind));
        assert_eq!(compare((&old, 0), (&fresh, 20)), Some(Relation::Ahead));
        assert_eq!(compare((&stranger, 1), (&old, 9)), Some(Relation::Behind));
        assert_eq!(compare((&stranger, 500), (&old, 9)), None);
        assert_eq!(compare((&old, 9), (&stranger, 5)), None);
    }

    #[test]
    fn pika_and_who_names_none_go_by_number() {
        let mut unnamed = redis("", None, true);
        let old = redis("old", None, true);
        assert_eq!(compare((&unnamed, 5), (&old, 4)), Some(Relation::Ahead));
        unnamed.replication.history_id = None;
        assert_eq!(compare((&unnamed, 4), (&old, 4)), Some(Relation::Equal));
        let pika = History::of(&sample::replica(1), &[]);
        let (here, there) = (sample::at(0, 1), sample::at(0, 2));
        assert_eq!(pika.relation(&here, &pika, &there), Some(Relation::Behind));
    }

    #[test]
    fn the_masters_own_word_is_the_newest_and_a_replicas_may_be_late() {
        let mut known = Vec::new();
        assert!(note(&mut known, "a", true));
        assert!(!note(&mut known, "a", true));
        assert!(note(&mut known, "b", false));
        assert!(!note(&mut known, "a", false));
        assert_eq!(known, ["a", "b"]);
        assert!(note(&mut known, "a", true));
        assert_eq!(known, ["b", "a"]);
        assert!(!note(&mut known, "", true));
        for id in 0..20 {
            note(&mut known, &id.to_string(), true);
        }
        assert_eq!(known.len(), KEPT);
        assert_eq!(known.last().map(String::as_str), Some("19"));
    }
}
