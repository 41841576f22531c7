//! A full copy to a Pika, followed look by look: a copy that is cut off is not begun anew. When its connection comes back
//! the replica asks for the stream from where it stood before, `force` or not, and the link looks as whole as any.
//!
//! From 3.5.5 on the server says itself, as long as that is so, that a copy which had begun to arrive never ended. What is
//! cut off before, and on older servers, shows only to whoever looks meanwhile.

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
