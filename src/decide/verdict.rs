//! Why a node may or may not be promoted.

use serde::Deserialize;
use serde::Serialize;

use super::facts::DbState;
use super::facts::Flavor;
use super::facts::Link;
use super::facts::Observation;
use super::facts::Replication;
use super::facts::Role;
use super::health::data;
use super::health::distance;
use super::health::master;
use super::health::master::Belief;
use super::history;
use super::name::Addr;
use super::position::Position;
use super::position::Relation;
use super::rights::Right;
use super::view::ClusterView;
use super::view::NodeView;
use super::view::Wish;

/// A judgement with its reason.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Verdict {
    pub ok: bool,
    /// Stable; `ok` where `ok` is true. [`CODES`] lists them.
    pub code: String,
    /// For people.
    pub text: String,
}

impl Verdict {
    fn no(code: &str, text: impl Into<String>) -> Self {
        Self {
            ok: false,
            code: code.to_owned(),
            text: text.into(),
        }
    }
}

/// Every code with its meaning, in the order in which the rules are tried.
pub const CODES: &[(&str, &str)] = &[
    ("is_master", "it is the master"),
    ("unreachable", "it does not answer"),
    ("never", "the configuration says `promote: never`"),
    ("quarantined", "it stands apart because its data diverged"),
    ("storage_failed", "its storage engine has failed"),
    ("loading", "it is still loading its data"),
    ("fenced", "a fence was left behind on it"),
    (
        "not_replica",
        "it follows nobody, so nothing says that it holds this cluster's data",
    ),
    ("chained", "it follows a replica"),
    ("other_master", "it follows another node than the master"),
    ("full_sync", "a full sync is under way"),
    ("full_sync_unfinished", "a full sync began and never ended"),
    (
        "diverged",
        "it holds writes that the master does not, or the master refused its position",
    ),
    ("other_history", "its history is not the master's"),
    ("link_down", "it is not, or was not, linked to the master"),
    (
        "position_unknown",
        "it does not say how far its data reaches",
    ),
    (
        "write_binlog_off",
        "it writes no binlog, so nobody could follow it",
    ),
    ("priority_zero", "its priority is 0"),
    (
        "not_permitted",
        "the user that pikafo logs in with may not promote it",
    ),
    (
        "refuses_writes",
        "its disk or its memory is full, so that it would refuse every write as master; a failover takes it where nobody else is left",
    ),
    ("ok", "it may be promoted"),
];

/// What a promotion would be part of.
#[derive(Clone, Copy, Debug)]
pub enum Case<'v> {
    /// The master lives: links must be up now.
    Planned,
    /// The master is dead: links are down now, and must have been up before. Whose was not, as far as that is known.
    Unplanned { unlinked: &'v [Addr] },
}

/// Judges whether `node` may be promoted. How far it is behind is not judged here: a switchover waits,
/// a failover compares the candidates and bounds the loss.
pub fn judge(view: &ClusterView, belief: &Belief, node: &NodeView, case: Case<'_>) -> Verdict {
    if belief.master.as_ref() == Some(&node.addr) {
        return Verdict::no("is_master", "it is the master");
    }
    let seen = match &node.state {
        Ok(seen) => seen,
        Err(fault) => return Verdict::no("unreachable", fault.text.clone()),
    };
    wished(node)
        .or_else(|| apart(view, node))
        .or_else(|| intact(seen))
        .or_else(|| placed(view, belief, seen))
        .or_else(|| complete(view, belief, node, seen))
        .or_else(|| linked(node, seen, case))
        .or_else(|| open(view, node, seen, case))
        .or_else(|| fit(seen))
        .or_else(|| roomy(seen, case))
        .unwrap_or_else(|| Verdict {
            ok: true,
            code: "ok".to_owned(),
            text: "it may be promoted".to_owned(),
        })
}

/// Whether it is whole, and fit to be master. Wherever it stands in the topology, somebody who gives up what the others hold
/// may name it in place of a dead one.
pub fn is_whole(view: &ClusterView, node: &NodeView) -> bool {
    let no = |seen| {
        wished(node)
            .or_else(|| intact(seen))
            .or_else(|| copied(view, node, seen))
            .or_else(|| measured(seen))
            .or_else(|| fit(seen))
    };
    node.seen().is_some_and(|seen| no(seen).is_none())
}

fn wished(node: &NodeView) -> Option<Verdict> {
    (node.promote == Wish::Never)
        .then(|| Verdict::no("never", "the configuration says `promote: never`"))
}

fn apart(view: &ClusterView, node: &NodeView) -> Option<Verdict> {
    let why = view.memory.quarantined.get(&node.addr)?;
    Some(Verdict::no(
        "quarantined",
        format!("it is quarantined: {why}"),
    ))
}

fn intact(seen: &Observation) -> Option<Verdict> {
    if let Some(text) = &seen.storage_failed {
        return Some(Verdict::no(
            "storage_failed",
            format!("its storage engine has failed: {text}"),
        ));
    }
    if seen.server.loading {
        return Some(Verdict::no("loading", "it is still loading its data"));
    }
    None
}

/// A fence is lifted sooner than anything else is mended, so it is told of last. A failover lifts one of which it is known
/// how the node was before.
fn open(
    view: &ClusterView,
    node: &NodeView,
    seen: &Observation,
    case: Case<'_>,
) -> Option<Verdict> {
    let how = view.memory.fences.get(&node.addr);
    let lifted = how.is_some_and(|how| how.lifts(&seen.fence));
    let in_time = lifted && matches!(case, Case::Unplanned { .. });
    (seen.fence.bites() && !in_time).then(|| {
        Verdict::no(
            "fenced",
            "a fence was left behind on it; as master it would refuse writes",
        )
    })
}

/// Where the node stands in the topology.
fn placed(view: &ClusterView, belief: &Belief, seen: &Observation) -> Option<Verdict> {
    match seen.replication.role {
        Role::Master | Role::Unknown => {
            return Some(Verdict::no("not_replica", "it follows nobody"));
        }
        // Who has replicas of its own keeps them.
        Role::Replica | Role::Chained => {}
    }
    let (Some(target), Some(expected)) = (master::target(view, seen), &belief.master) else {
        return None;
    };
    if target == *expected {
        return None;
    }
    match view.node(&target) {
        Some(other) if other.role().is_replica() => Some(Verdict::no(
            "chained",
            format!("it follows {}, a replica", other.name),
        )),
        Some(other) => Some(Verdict::no(
            "other_master",
            format!("it follows {}, not the master", other.name),
        )),
        None => Some(Verdict::no(
            "other_master",
            format!("it follows {target}, not the master"),
        )),
    }
}

/// Whether it holds the master's data, all of it and nothing else.
fn complete(
    view: &ClusterView,
    belief: &Belief,
    node: &NodeView,
    seen: &Observation,
) -> Option<Verdict> {
    if let Some(no) = copied(view, node, seen) {
        return Some(no);
    }
    let living = belief
        .node(view)
        .and_then(|master| Some((master, master.seen()?)));
    if living.is_some_and(|(master, _)| distance::provably_past(master, node)) {
        return Some(Verdict::no(
            "diverged",
            "it is past the master: it holds writes that the master does not",
        ));
    }
    if seen.replication.link == Link::Error {
        return Some(Verdict::no("diverged", "the master refused its position"));
    }
    if seen.server.flavor == Flavor::Pika
        && living.is_some_and(|(_, theirs)| data::histories_differ(seen, theirs))
    {
        return Some(Verdict::no(
            "other_history",
            "its ReplicationID is not the master's",
        ));
    }
    measured(seen)
}

/// Whether it holds all of what was copied to it.
fn copied(view: &ClusterView, node: &NodeView, seen: &Observation) -> Option<Verdict> {
    if seen.replication.link == Link::Syncing {
        return Some(Verdict::no("full_sync", "a full sync is under way"));
    }
    data::unfinished(view, node, seen).map(|text| Verdict::no("full_sync_unfinished", text))
}

fn measured(seen: &Observation) -> Option<Verdict> {
    seen.replication.position.is_none().then(|| {
        Verdict::no(
            "position_unknown",
            "it does not say how far its data reaches",
        )
    })
}

fn linked(node: &NodeView, seen: &Observation, case: Case<'_>) -> Option<Verdict> {
    let detached = seen
        .replication
        .db_states
        .values()
        .any(|state| *state == DbState::Detached);
    if detached {
        return Some(Verdict::no(
            "link_down",
            "a database of it is detached from the master",
        ));
    }
    match case {
        Case::Planned => (seen.replication.link != Link::Up)
            .then(|| Verdict::no("link_down", "its link to the master is down")),
        Case::Unplanned { unlinked } => unlinked.contains(&node.addr).then(|| {
            Verdict::no(
                "link_down",
                "its link was down already before the master died",
            )
        }),
    }
}

/// It has received something in between, so its link was up once more.
pub(super) fn has_come_on(then: &Replication, now: &Replication) -> bool {
    let (Some(there), Some(here)) = (&then.position, &now.position) else {
        return false;
    };
    let same = then.history_id == now.history_id;
    same && here.relation(there) == Relation::Ahead
        || !same && matches!(here, Position::Redis { repl } if *repl > history::NOTHING)
}

/// Whether it could do a master's work.
fn fit(seen: &Observation) -> Option<Verdict> {
    let settings = seen.settings.as_ref();
    if settings.is_some_and(|settings| settings.write_binlog == Some(false)) {
        return Some(Verdict::no(
            "write_binlog_off",
            "write-binlog is no: nobody could follow it",
        ));
    }
    let priority = seen
        .replication
        .priority
        .or(settings.and_then(|settings| settings.slave_priority));
    if priority == Some(0) {
        let caveat = match seen.server.flavor {
            Flavor::Pika => " (or the key is missing, which some versions read as 0)",
            Flavor::Redis | Flavor::Valkey => "",
        };
        let text = format!("its priority is 0{caveat}");
        return Some(Verdict::no("priority_zero", text));
    }
    let user = seen.whoami.as_deref().unwrap_or_default();
    (seen.may(Right::Follow) == Some(false)).then(|| {
        Verdict::no(
            "not_permitted",
            format!("user {user} may not run SLAVEOF, with which it would be promoted"),
        )
    })
}

/// Whoever is chosen for a switchover must take writes. A failover puts it behind its equals, and takes it before nobody.
fn roomy(seen: &Observation, case: Case<'_>) -> Option<Verdict> {
    match (case, &seen.refuses_writes) {
        (Case::Planned, Some(why)) => Some(Verdict::no(
            "refuses_writes",
            format!("as master it would refuse every write: {why}"),
        )),
        (Case::Planned, None) | (Case::Unplanned { .. }, _) => None,
    }
}

#[cfg(test)]
#[expect(
    clippy::semicolon_if_nothing_returned,
    reason = "a change is one assignment, and reads as one"
)]
mod tests;
