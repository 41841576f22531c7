//! What of a look is news.

use std::sync::Arc;
use std::time::Duration;

use super::super::clock::Mono;
use crate::decide::engine::action::Pace;
use crate::decide::facts::DbLag;
use crate::decide::facts::Observation;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::facts::Server;
use crate::decide::position::Position;
use crate::node::beat::Known;
use crate::node::beat::Told;

/// What was said last.
#[derive(Debug, Default)]
pub(super) struct News {
    known: Known,
    /// As the engine knows it.
    last: Option<Box<Replication>>,
    /// The last full look that the engine was told of.
    seen: Option<Box<Observation>>,
    figures_at: Option<Mono>,
}

/// What is new.
#[derive(Debug)]
pub(super) enum Newest {
    Facts(Box<Replication>),
    /// And perhaps how far replicas are.
    Position(Position),
}

impl News {
    pub(super) fn known(&self) -> Known {
        self.known.clone()
    }

    pub(super) fn master(&self) -> bool {
        self.last.as_ref().is_some_and(|r| r.role == Role::Master)
    }

    /// Whether a full look says what the engine knows, but for the position and for what only tells that time goes by.
    pub(super) fn compare(&self, seen: &Observation) -> bool {
        let (Some(before), Some(last)) = (&self.seen, &self.last) else {
            return false;
        };
        let Observation {
            at_ms: _,
            rtt_us: _,
            server,
            replication,
            settings,
            features,
            fence,
            acl,
            whoami,
            load,
            holds_keys,
            storage_failed,
            refuses_writes,
            side_ports,
            lock,
        } = &**before;
        same_server(server, &seen.server)
            && alike(last, &seen.replication)
            && lagging(last).eq(lagging(&seen.replication))
            && last.link_down_s == seen.replication.link_down_s
            && last.kept_from == seen.replication.kept_from
            && replication.position.is_some() == seen.replication.position.is_some()
            && *settings == seen.settings
            && *features == seen.features
            && *fence == seen.fence
            && *acl == seen.acl
            && *whoami == seen.whoami
            // How many clients there are is looked at when it matters.
            && load.background == seen.load.background
            && *holds_keys == seen.holds_keys
            && *storage_failed == seen.storage_failed
            && *refuses_writes == seen.refuses_writes
            && *side_ports == seen.side_ports
            && *lock == seen.lock
    }

    /// The engine is told of a full look.
    pub(super) fn told(&mut self, seen: &Observation) {
        self.known = Known::default();
        self.last = Some(Box::new(seen.replication.clone()));
        self.seen = Some(Box::new(seen.clone()));
    }

    /// The position, where it is another one than the engine knows.
    pub(super) fn come_on(&mut self, fresh: &Replication) -> Option<Position> {
        let last = self.last.as_mut()?;
        if last.position == fresh.position {
            return None;
        }
        last.position.clone_from(&fresh.position);
        fresh.position.clone()
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Gives what is news of an answer. Positions and other figures are news once a second, unless there is
    /// trouble.
    pub(super) fn weigh(&mut self, told: Told, pace: Pace, now: Mono) -> Option<Newest> {
        self.known = Known {
            text: Some(Arc::clone(&told.text)),
            elsewhere: told.elsewhere,
        };
        let fresh = told.replication?;
        if let Some(last) = &self.last {
            if **last == fresh {
                return None;
            }
            if pace == Pace::Calm && alike(last, &fresh) {
                let down = last.link_down_s == fresh.link_down_s;
                let moved = last.position != fresh.position;
                let same_lag = lagging(last).eq(lagging(&fresh));
                if down && !moved && last.replicas == fresh.replicas {
                    return None;
                }
                if self.figures_at.is_some_and(|at| now < at + FIGURES_EACH) {
                    // Looked at again next time, though the text may be the same.
                    self.known.text = None;
                    return None;
                }
                if down && moved && same_lag && fresh.position.is_some() {
                    self.figures_at = Some(now);
                    return self.come_on(&fresh).map(Newest::Position);
                }
            }
        }
        self.figures_at = Some(now);
        let fresh = Box::new(fresh);
        self.last = Some(fresh.clone());
        Some(Newest::Facts(fresh))
    }
}

fn same_server(one: &Server, other: &Server) -> bool {
    let Server {
        flavor,
        version,
        run_id,
        process_id,
        uptime_s: _,
        tcp_port,
        mode,
        loading,
    } = one;
    *flavor == other.flavor
        && *version == other.version
        && *run_id == other.run_id
        && *process_id == other.process_id
        && *tcp_port == other.tcp_port
        && *mode == other.mode
        && *loading == other.loading
}

/// The same but for figures: positions, how far replicas are, for how long a link is down.
fn alike(one: &Replication, other: &Replication) -> bool {
    let Replication {
        role,
        master,
        link,
        link_down_s,
        last_io_s,
        db_states,
        history_id,
        second_history,
        connected_replicas,
        replicas,
        eligible,
        position: _,
        priority,
        read_only,
        failover_under_way,
        kept_from: _,
        unannounced,
    } = one;
    // Masters ping their replicas every ten seconds.
    let quiet = |of: Option<u64>| of.map(|s| if s <= QUIET_LINK_S { 0 } else { s });
    *role == other.role
        && *master == other.master
        && *link == other.link
        && link_down_s.is_some() == other.link_down_s.is_some()
        && quiet(*last_io_s) == quiet(other.last_io_s)
        && *db_states == other.db_states
        && *history_id == other.history_id
        && *second_history == other.second_history
        && *connected_replicas == other.connected_replicas
        && replicas.len() == other.replicas.len()
        && replicas
            .iter()
            .zip(&other.replicas)
            .all(|(one, other)| one.addr == other.addr && one.state == other.state)
        && *eligible == other.eligible
        && *priority == other.priority
        && *read_only == other.read_only
        && *failover_under_way == other.failover_under_way
        && *unannounced == other.unannounced
}

/// Which replicas have something on its way to them, as Pika tells.
fn lagging(of: &Replication) -> impl Iterator<Item = bool> {
    let lags = |line: &ReplicaLine| line.lag.values().any(|lag| *lag != DbLag::Bytes(0));
    of.replicas.iter().map(lags)
}

/// A little less than a second, for timers are not exact.
const FIGURES_EACH: Duration = Duration::from_millis(900);
const QUIET_LINK_S: u64 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample;
    use crate::host::clock;
    use crate::node::info;

    fn told(text: &str) -> Told {
        Told {
            text: text.into(),
            replication: Some(info::replication(text).unwrap()),
            elsewhere: false,
        }
    }

    fn replica(offset: u64, link: &str, io: u64) -> Told {
        told(&format!(
            "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:{link}\r\n\
             master_last_io_seconds_ago:{io}\r\nslave_repl_offset:{offset}\r\nmaster_repl_offset:{offset}\r\n\
             master_replid:aaaa\r\n"
        ))
    }

    #[test]
    fn of_a_node_that_only_moves_on_the_position_is_news() {
        let (mut news, now) = (News::default(), clock::mono());
        let mut weigh = |told, s| news.weigh(told, Pace::Calm, now + Duration::from_secs(s));
        assert!(matches!(
            weigh(replica(1, "up", 0), 0),
            Some(Newest::Facts(_))
        ));
        let moved = weigh(replica(2, "up", 1), 1);
        assert!(
            matches!(moved, Some(Newest::Position(Position::Redis { repl: 2 }))),
            "{moved:?}"
        );
        assert!(weigh(replica(2, "up", 0), 2).is_none());
        // Silent for too long: that is more than a position.
        assert!(matches!(
            weigh(replica(3, "up", 30), 3),
            Some(Newest::Facts(_))
        ));
    }

    #[test]
    fn a_full_look_is_no_news_while_only_time_goes_by() {
        let view = sample::healthy();
        let first = view.nodes[0].seen().unwrap().clone();
        let mut news = News::default();
        assert!(!news.compare(&first), "the first");
        news.told(&first);
        let mut later = first.clone();
        (later.at_ms, later.rtt_us) = (first.at_ms + 10_000, 7);
        later.server.uptime_s = Some(1);
        assert!(news.compare(&later));
        assert_eq!(news.come_on(&later.replication), None);
        later.replication.position = Some(Position::Redis { repl: 77 });
        assert!(news.compare(&later));
        let moved = news.come_on(&later.replication);
        assert_eq!(moved, later.replication.position);
        assert_eq!(news.come_on(&later.replication), None);
        let mut other = later.clone();
        other.server.run_id = Some("another".to_owned());
        assert!(!news.compare(&other));
        let mut other = later.clone();
        other.fence.blacklist ^= true;
        assert!(!news.compare(&other));
        later.replication.role = Role::Unknown;
        assert!(!news.compare(&later));
    }

    #[test]
    fn a_link_that_goes_down_is_news_at_once_and_a_position_once_a_second() {
        let (mut news, now) = (News::default(), clock::mono());
        let mut weigh = |told, ms, pace| {
            let at = now + Duration::from_millis(ms);
            news.weigh(told, pace, at).is_some()
        };
        assert!(weigh(replica(1, "up", 0), 0, Pace::Calm), "the first");
        assert!(!weigh(replica(1, "up", 0), 10, Pace::Calm), "the same");
        assert!(!weigh(replica(2, "up", 0), 20, Pace::Calm), "too soon");
        assert!(weigh(replica(2, "up", 0), 1000, Pace::Calm), "not lost");
        assert!(
            !weigh(replica(2, "up", 7), 3000, Pace::Calm),
            "time goes by"
        );
        assert!(
            weigh(replica(2, "up", 30), 3100, Pace::Calm),
            "a silent master"
        );
        assert!(weigh(replica(3, "up", 30), 3200, Pace::Brisk), "in trouble");
        assert!(
            weigh(replica(3, "down", 30), 3201, Pace::Calm),
            "another link"
        );
    }
}
