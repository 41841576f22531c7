//! A full copy to a Pika, followed look by look: a copy that is cut off is not begun anew. When its connection comes back
//! the replica asks for the stream from where it stood before, `force` or not, and the link looks as whole as any.
//!
//! From 3.5.5 on the server says itself, as long as that is so, that a copy which had begun to arrive never ended. What is
//! cut off before, and on older servers, shows only to whoever looks meanwhile: once master and replica have agreed on a copy
//! that was forced, a replica without a connection will go on from where it stood.

use serde::Deserialize;
use serde::Serialize;

use super::facts::DbState;
use super::facts::Link;
use super::facts::Replication;
use super::position::Position;

/// What has become of it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Copy {
    UnderWay,
    CutOff,
}

/// What a look says of a copy that was forced and has not been seen to begin.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Forced {
    Asked,
    /// Master and replica have agreed on it, which is when the order is forgotten.
    Met,
    /// The master was gone meanwhile, or nobody looked: they may have agreed and lost each other between two looks.
    InDoubt,
    /// The connection was lost in between: what comes up in the end is the stream from where it stood.
    NeverBegun,
}

impl Forced {
    /// The same where not everything shows: it must be seen to begin from then on.
    #[must_use]
    pub fn doubted(self) -> Self {
        match self {
            Self::Asked | Self::Met => Self::InDoubt,
            Self::InDoubt | Self::NeverBegun => self,
        }
    }
}

/// The same after what the looks before it said; `None` once it has begun, or has ended between two looks.
pub fn forced(so_far: Forced, before: Option<&Replication>, now: &Replication) -> Option<Forced> {
    let any = |wanted: &[DbState]| now.db_states.values().any(|state| wanted.contains(state));
    if any(&[DbState::TryFullSync, DbState::SyncingFull]) {
        return None;
    }
    if so_far == Forced::NeverBegun {
        return Some(so_far);
    }
    if now.link == Link::Up {
        return (so_far == Forced::InDoubt).then_some(Forced::NeverBegun);
    }
    // A history that was cleared is the master's from then on.
    let named = |said: &Replication| said.history_id.as_ref().map(|id| !id.is_empty());
    let adopted = before.and_then(named) == Some(false) && named(now) == Some(true);
    let met = so_far == Forced::Met || adopted;
    let met = met || any(&[DbState::TryIncrSync, DbState::Connecting]);
    Some(match (met, any(&[DbState::NoConnect])) {
        (false, _) => so_far,
        (true, false) => Forced::Met,
        (true, true) => Forced::NeverBegun,
    })
}

/// It is linked, and says that what was to be copied to it before is not there.
pub fn lacks(now: &Replication) -> bool {
    now.link == Link::Up && now.eligible == Some(false)
}

/// What a look says after what the looks before it said; `None` where there is none, or it has ended well. Redis begins
/// a copy anew by itself, and tells of no databases.
pub fn followed(before: Option<Copy>, now: &Replication) -> Option<Copy> {
    if let Some(Position::Redis { .. }) = now.position {
        return None;
    }
    let any = |wanted: &[DbState]| now.db_states.values().any(|state| wanted.contains(state));
    if any(&[DbState::TryFullSync, DbState::SyncingFull]) {
        return Some(Copy::UnderWay);
    }
    match before {
        Some(Copy::UnderWay) if now.link == Link::Up => None,
        // Between a copy and the stream after it a database asks for that stream, and is never unconnected.
        Some(Copy::UnderWay) if now.link == Link::None || any(&[DbState::NoConnect]) => {
            Some(Copy::CutOff)
        }
        before => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::Role;
    use crate::decide::sample;

    /// What the looks come to in their order: states of one database, `up` for linked, `master` for detached.
    fn after(looks: &[&str]) -> Option<Copy> {
        let mut view = sample::healthy();
        let now = &mut sample::of(&mut view, "b").replication;
        let mut copy = None;
        for look in looks {
            let (state, link) = match *look {
                "up" => (DbState::Connected, Link::Up),
                "full" => (DbState::SyncingFull, Link::Syncing),
                "try_full" => (DbState::TryFullSync, Link::Syncing),
                "wait" => (DbState::Connecting, Link::Down),
                "incr" => (DbState::TryIncrSync, Link::Down),
                "none" => (DbState::NoConnect, Link::Down),
                _ => (DbState::Connected, Link::None),
            };
            now.role = if link == Link::None {
                Role::Master
            } else {
                Role::Replica
            };
            now.db_states = [("db0".to_owned(), state)].into();
            if link == Link::None {
                now.db_states.clear();
            }
            now.link = link;
            copy = followed(copy, now);
        }
        copy
    }

    /// What the looks come to in their order, for a copy that was forced: a state, and whether a history is named.
    fn forced_after(looks: &[(DbState, bool)]) -> Option<Forced> {
        let mut view = sample::healthy();
        let now = &mut sample::of(&mut view, "b").replication;
        let (mut so_far, mut before) = (Forced::Asked, None);
        for (state, named) in looks {
            now.link = if *state == DbState::Connected {
                Link::Up
            } else {
                Link::Down
            };
            now.db_states = [("db0".to_owned(), *state)].into();
            now.history_id = Some(if *named { "id" } else { "" }.to_owned());
            so_far = forced(so_far, before.as_ref(), now)?;
            before = Some(now.clone());
        }
        Some(so_far)
    }

    #[test]
    fn a_forced_copy_that_is_cut_off_before_it_begins_shows_to_whoever_looks() {
        let none = (DbState::NoConnect, false);
        let adopted = (DbState::NoConnect, true);
        let waits = (DbState::Connecting, true);
        let up = (DbState::Connected, true);
        let full = (DbState::TryFullSync, true);
        assert_eq!(forced_after(&[none, none]), Some(Forced::Asked));
        assert_eq!(forced_after(&[adopted, adopted]), Some(Forced::Asked));
        assert_eq!(forced_after(&[none, waits]), Some(Forced::Met));
        assert_eq!(forced_after(&[none, full]), None);
        assert_eq!(forced_after(&[none, waits, up]), None);
        for cut in [[none, adopted], [waits, adopted]] {
            let never = Some(Forced::NeverBegun);
            assert_eq!(forced_after(&cut), never);
            assert_eq!(forced_after(&[&cut[..], &[waits, up]].concat()), never);
            assert_eq!(forced_after(&[&cut[..], &[full]].concat()), None);
        }
    }

    #[test]
    fn a_forced_copy_of_a_master_that_was_gone_must_be_seen_to_begin() {
        let mut view = sample::healthy();
        let now = &mut sample::of(&mut view, "b").replication;
        now.link = Link::Down;
        now.db_states = [("db0".to_owned(), DbState::NoConnect)].into();
        let doubted = forced(Forced::InDoubt, None, now);
        assert_eq!(doubted, Some(Forced::InDoubt));
        now.db_states = [("db0".to_owned(), DbState::TryFullSync)].into();
        assert_eq!(forced(Forced::InDoubt, None, now), None);
        now.link = Link::Up;
        now.db_states.clear();
        let never = Some(Forced::NeverBegun);
        assert_eq!(forced(Forced::InDoubt, None, now), never);
        assert_eq!(forced(Forced::Asked, None, now), None);
    }

    #[test]
    fn a_copy_ends_well_where_it_goes_over_into_the_stream() {
        let whole = ["none", "try_full", "wait", "full", "incr", "wait", "up"];
        assert_eq!(after(&whole), None);
        let cut = ["full", "none", "incr", "wait", "up"];
        assert_eq!(after(&cut), Some(Copy::CutOff));
        assert_eq!(after(&["try_full", "none", "up"]), Some(Copy::CutOff));
        assert_eq!(after(&["full", "master"]), Some(Copy::CutOff));
        let again = ["full", "none", "try_full", "wait", "full", "incr", "up"];
        assert_eq!(after(&again), None);
        assert_eq!(after(&["none", "incr", "up"]), None);
    }
}
