//! Is the master dead? Evidence from everybody who can see it, never one opinion.
//!
//! Three kinds of witness: this host's own probes, the watchers and Sentinels that the configuration names,
//! and the replicas. A replica *contradicts* when it shows that it still receives from the master after the
//! master fell silent for us: its position moved, or (Redis) it heard from it since. A replica whose link
//! is down agrees. One that merely has not noticed yet says nothing: Pika takes about 20 s to notice a
//! stopped master.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::facts::Fault;
use super::facts::FaultKind;
use super::facts::Link;
use super::facts::Replication;
use super::flaw;
use super::flaw::Flaw;
use super::name::Addr;

/// Our own probes of the master over a window.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    /// Milliseconds since the first of an unbroken row of failed probes; `None`: the last one worked.
    pub failing_for_ms: Option<u64>,
    /// Of these, how long every failure was a refused connection.
    pub refused_for_ms: Option<u64>,
    pub last: Option<Fault>,
}

/// One replica, looked at when the window began and when it ended.
#[derive(Clone, Debug)]
pub struct ReplicaLook {
    pub addr: Addr,
    pub before: Option<Replication>,
    pub after: Option<Replication>,
    /// Since the master fell silent.
    pub window_ms: u64,
    /// Since `before` was said.
    pub watched_ms: u64,
}

/// One watcher or Sentinel.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WatcherVote {
    pub addr: Addr,
    /// Whether it holds the master to be down; `None`: it did not answer, or does not know the master.
    pub down: Option<bool>,
}

/// The limits of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub down_after: Duration,
    pub refused_after: Duration,
    pub quorum: u32,
    pub replicas_must_agree: bool,
}

/// What the evidence comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// Dead. The lines say why.
    Dead(Vec<String>),
    /// Not yet: more time may bring it.
    NotYet(String),
    /// It answered us.
    Alive,
    /// Somebody still hears it: the fault is between us and it.
    Contradicted(String),
    /// Too few agree.
    NoQuorum(String),
}

/// Weighs everything.
pub fn weigh(
    probes: &Probes,
    replicas: &[ReplicaLook],
    votes: &[WatcherVote],
    rules: &Rules,
) -> Finding {
    let Some(failing_ms) = probes.failing_for_ms else {
        return Finding::Alive;
    };
    let refused_ms = probes.refused_for_ms.unwrap_or(0);
    let why = probes
        .last
        .as_ref()
        .map_or_else(String::new, |f| format!(" ({f})"));
    // A password that is refused, or a page of HTTP, is an answer: somebody lives there.
    if let Some(fault) = &probes.last
        && matches!(
            fault.kind,
            FaultKind::Auth | FaultKind::NotResp | FaultKind::Unsupported | FaultKind::Error
        )
    {
        return Finding::Contradicted(format!(
            "the master answers, though not as it should: {fault}"
        ));
    }
    let gone = refused_ms >= millis(rules.refused_after);
    let silent = failing_ms >= millis(rules.down_after);
    if !gone && !silent {
        return Finding::NotYet(format!("no answer for {failing_ms} ms{why}"));
    }
    let mut lines = vec![if gone {
        format!("this host: connection refused for {refused_ms} ms{why}")
    } else {
        format!("this host: silent for {failing_ms} ms{why}")
    }];

    let mut witnessed = false;
    for look in replicas {
        match view_of(look) {
            View::Agrees(text) => {
                witnessed = true;
                lines.push(format!("replica {}: {text}", look.addr));
            }
            View::Silent(text) => lines.push(format!("replica {}: {text}", look.addr)),
            View::Contradicts(text)
                if rules.replicas_must_agree && !flaw::on(Flaw::ReplicasNotHeard) =>
            {
                return Finding::Contradicted(format!("replica {} {text}", look.addr));
            }
            View::Contradicts(text) => {
                lines.push(format!("replica {} (not heeded): {text}", look.addr));
            }
        }
    }
    if rules.replicas_must_agree && !gone && replicas.iter().all(|l| l.after.is_none()) {
        return Finding::NoQuorum("no replica of the master could be asked".to_owned());
    }

    let mut down = 1u32;
    for vote in votes {
        match vote.down {
            Some(true) => {
                down += 1;
                lines.push(format!("watcher {}: down", vote.addr));
            }
            Some(false) => lines.push(format!("watcher {}: not down", vote.addr)),
            None => lines.push(format!("watcher {}: no answer", vote.addr)),
        }
    }
    let need = if votes.is_empty() { 1 } else { rules.quorum };
    // What replicas and watchers may yet say is worth waiting for.
    let unwitnessed = rules.replicas_must_agree && !flaw::on(Flaw::ReplicasNotHeard) && !witnessed;
    let heard_by = votes.iter().find(|vote| vote.down == Some(false));
    if let Some(watcher) = heard_by
        && unwitnessed
        && failing_ms < millis(rules.down_after).saturating_add(QUIET_MS)
    {
        return Finding::NotYet(format!(
            "watcher {} hears it and no replica has lost it; waiting for what the replicas receive ({})",
            watcher.addr,
            lines.join("; ")
        ));
    }
    // Whoever has stood still himself begins to watch them when the others have long said that it is down.
    let watched_ms = replicas.iter().filter(|look| is_linked(look));
    let watched_ms = watched_ms.map(|look| look.watched_ms).min();
    if unwitnessed && !gone && watched_ms.is_some_and(|ms| ms < SHOWS_MS) {
        return Finding::NotYet(format!(
            "no replica has lost it; waiting for what they receive ({})",
            lines.join("; ")
        ));
    }
    // Two who miss it at the same moment agree before the third, who hears it, has had time to say so.
    let known_ms = millis(if gone {
        rules.refused_after
    } else {
        rules.down_after
    });
    if unwitnessed
        && votes.iter().any(|vote| vote.down.is_none())
        && failing_ms.max(refused_ms) < known_ms.saturating_add(ANSWER_MS)
    {
        return Finding::NotYet(format!(
            "no replica has lost it; waiting for what every watcher says ({})",
            lines.join("; ")
        ));
    }
    if down < need {
        return Finding::NoQuorum(format!(
            "{down} of the {need} that must agree hold the master to be down ({})",
            lines.join("; ")
        ));
    }
    Finding::Dead(lines)
}

/// So long a replica whose link is up is watched before it counts that nothing comes over it: some looks at it.
const SHOWS_MS: u64 = 500;

/// For so long the answers of watchers who have given none are waited for.
const ANSWER_MS: u64 = 250;

/// A linked replica of a living master that nobody writes to receives something within this time: Redis sends a PING
/// every 10 s where `repl-ping-replica-period` was left alone, and a watcher that hears the master says hello through it
/// every 2 s.
const QUIET_MS: u64 = 12_000;

fn is_linked(look: &ReplicaLook) -> bool {
    let after = look.after.as_ref();
    after.is_some_and(|after| after.link == Link::Up)
}

enum View {
    Agrees(String),
    Silent(String),
    Contradicts(String),
}

fn view_of(look: &ReplicaLook) -> View {
    let Some(after) = &look.after else {
        return View::Silent("could not be asked".to_owned());
    };
    // Whoever waits for a copy or was refused has a connection, and loses it with the master like any other.
    if matches!(after.link, Link::Syncing | Link::Error) {
        return View::Silent("follows it without a stream".to_owned());
    }
    if after.link == Link::Down {
        let since = after
            .link_down_s
            .map_or_else(String::new, |s| format!(" for {s} s"));
        return View::Agrees(format!("its link is down{since}"));
    }
    if after.link == Link::None {
        return View::Silent("is no replica any more".to_owned());
    }
    let moved = look
        .before
        .as_ref()
        .is_some_and(|b| b.position != after.position);
    let heard = after
        .last_io_s
        .is_some_and(|s| s.saturating_mul(1000) < look.window_ms.saturating_sub(1000));
    if moved || heard {
        return View::Contradicts("still receives from it".to_owned());
    }
    View::Silent("its link says up, but nothing has come over it".to_owned())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
