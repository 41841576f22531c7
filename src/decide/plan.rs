//! A plan: ordered steps with deadlines, proofs and undos, as a value.
//!
//! The plan that is shown is the plan that is carried out: `--dry-run` prints it, `--plan-out` writes it,
//! `--plan` reads it back and applies it only if its [`Facts`] still hold, the journal's first record is
//! it, and [`super::conduct`] is the only code that carries one out.

mod stale;

use serde::Deserialize;
use serde::Serialize;

use super::facts::FenceSeen;
use super::finding::Finding;
use super::name::Addr;
use super::order::FenceHow;
use super::position::Position;

pub use stale::Stale;

/// What a plan is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Promote,
    Failover,
    Repoint,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Failover => "failover",
            Self::Repoint => "repoint",
        }
    }
}

/// A plan. JSON, version 1; fields are only ever added.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub version: u32,
    /// Unique; names the operation in the journal.
    pub id: String,
    pub kind: Kind,
    pub cluster: String,
    /// RFC 3339.
    pub made_at: String,
    /// Who asked for it: `user@host`.
    pub by: String,
    pub reason: Option<String>,
    /// A watcher replaces a dead master by itself; nobody asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// The plan in a file that this one was made after, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<String>,
    pub facts: Facts,
    pub budgets: Budgets,
    pub loss: Option<Loss>,
    /// Why the master is held to be dead; failovers only.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// What the operator should know before it runs.
    pub notes: Vec<Finding>,
    pub steps: Vec<Step>,
}

/// What was true when the plan was made, and must still be true when it runs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub master: Option<Addr>,
    pub candidate: Option<Addr>,
    pub nodes: Vec<NodeFact>,
    /// Repoints: where the master stood when it was promoted, which who follows it is judged against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Position>,
    /// The newest epoch of what the watchers held when somebody made it who acts without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The candidate stands apart: where it stands when it is promoted says nothing of what others hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

impl Facts {
    /// What was known of this node.
    pub fn of(&self, node: &Addr) -> Option<&NodeFact> {
        self.nodes.iter().find(|fact| fact.addr == *node)
    }
}

/// One node as the plan knows it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeFact {
    pub addr: Addr,
    pub name: String,
    pub role: super::facts::Role,
    pub master: Option<Addr>,
    pub history_id: Option<String>,
    pub position: Option<Position>,
    /// Verdict code of [`super::verdict`].
    pub verdict: String,
    /// A full copy to it was begun and had not ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub torn: bool,
    /// The master whose data was all that it held at `position`, as far as that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Addr>,
}

/// Time limits in milliseconds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// From the fence until a node accepts writes again.
    pub max_blackout_ms: u64,
    /// For undoing; never inherited from what has run out.
    pub undo_ms: u64,
}

/// What a failover costs, as far as it can be known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Bytes that the dead master was last seen ahead of the candidate; `None`: never sampled.
    pub bytes: Option<u64>,
    /// Age of that sample when the master died (or now), in milliseconds: writes younger than it are not
    /// in the estimate.
    pub sample_age_ms: Option<u64>,
    /// `bytes` plus what the master wrote at its sampled rate in `sample_age_ms`.
    pub bound_bytes: Option<u64>,
    /// The configured `max_loss`.
    pub max_bytes: u64,
}

/// One step. It has a deadline and, before the point of no return, an undo.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub act: Act,
    pub node: Addr,
    /// Milliseconds until the step counts as failed.
    pub within_ms: u64,
    /// A failing hard step ends the operation (and undoes it); a failing soft one leaves follow-up.
    pub hard: bool,
    /// One line for people.
    pub text: String,
}

/// The event of [`Act::Announce`] that goes to the watchers and Sentinels, not to hooks.
pub const TO_WATCHERS: &str = "watchers";

/// What a step does. Each has its proof in [`super::conduct`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Take `pikafo:lock` on the master. Undo: give it back.
    Lock { token: String, ttl_s: u64 },
    /// Wait until `candidate` is within `bytes` of the node, nothing paused.
    CatchUp { candidate: Addr, bytes: u64 },
    /// The node is asked a last time whether it is really gone.
    LastLook,
    /// The candidate must still reach at least as far as every one of these nodes.
    StillAhead { of: Vec<Addr> },
    /// Refuse writes. Undo: lift it.
    Fence { how: FenceHow },
    /// The node's position is twice the same and the candidate's equals it in every database.
    Drain { candidate: Addr },
    /// The point of no return. Undo while its outcome is "not promoted": nothing.
    Promote,
    /// Role is master and a probe write is accepted.
    Verify { token: String },
    /// CONFIG REWRITE.
    Persist,
    /// Follow `master` as judged against the promotion point; retried while the node still has ghosts of
    /// replicas.
    Follow { master: Addr, how: FollowHow },
    /// Lift the fence.
    Unfence { how: FenceHow },
    /// Remember that the node's data diverged: it is left alone, and nothing promotes it or lets it follow by itself.
    SetApart { code: String, why: String },
    /// Every one of these replicas has its link up and is at or past the promotion point.
    Links { replicas: Vec<Addr> },
    /// Tell the world: hooks of this event, or the watchers ([`TO_WATCHERS`]).
    Announce { event: String },
    /// Give the lock back.
    Unlock { token: String },
}

/// How a node comes to follow.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowHow {
    /// Plain, and only if the node is at or behind the promotion point.
    Judged,
    /// Plain, judged when the plan was made, and once more right before the order.
    Plain,
    /// The link to this very master is broken: detach, then attach. Judged again before both.
    Repair,
    /// Detach, then attach with `force`: the node's own data is discarded.
    Resync { clear_history: bool },
    /// Plain, whatever it holds: what differs may be discarded, and Redis finds out by itself what must be copied.
    Discard,
}

impl FollowHow {
    /// True where the node is a master of its own for a moment.
    pub fn detaches(self) -> bool {
        matches!(self, Self::Repair | Self::Resync { .. })
    }

    /// What the node holds counts on.
    pub fn keeps(self) -> bool {
        matches!(self, Self::Judged | Self::Plain | Self::Repair)
    }
}

impl Plan {
    /// Index of the point of no return.
    pub fn promotion_step(&self) -> Option<usize> {
        self.steps.iter().position(|s| s.act == Act::Promote)
    }

    /// The fence that this plan puts up, and where.
    pub fn fence(&self) -> Option<(&Addr, &FenceHow)> {
        self.steps.iter().find_map(|step| match &step.act {
            Act::Fence { how } => Some((&step.node, how)),
            Act::Lock { .. }
            | Act::CatchUp { .. }
            | Act::LastLook
            | Act::StillAhead { .. }
            | Act::Drain { .. }
            | Act::Promote
            | Act::Verify { .. }
            | Act::Persist
            | Act::Follow { .. }
            | Act::Unfence { .. }
            | Act::SetApart { .. }
            | Act::Links { .. }
            | Act::Announce { .. }
            | Act::Unlock { .. } => None,
        })
    }

    /// The fence that `node` stands behind while it is moved: the one that lasts, where there are two.
    pub fn fence_of(&self, node: &Addr) -> Option<&FenceHow> {
        self.steps.iter().rev().find_map(|step| {
            if let Act::Fence { how } = &step.act
                && step.node == *node
            {
                Some(how)
            } else {
                None
            }
        })
    }

    /// Whether the plan lifts all of the fence that was seen on `node`.
    pub fn lifts(&self, node: &Addr, seen: &FenceSeen) -> bool {
        let lifts = |act: &Act| matches!(act, Act::Unfence { how } if how.lifts(seen));
        let mut steps = self.steps.iter();
        steps.any(|step| step.node == *node && lifts(&step.act))
    }

    /// Whether the plan sets `node` apart.
    pub fn sets_apart(&self, node: &Addr) -> bool {
        self.steps
            .iter()
            .any(|step| step.node == *node && matches!(step.act, Act::SetApart { .. }))
    }

    /// The lock that this plan takes: where and with which token.
    pub fn lock(&self) -> Option<(&Addr, &str)> {
        self.steps.iter().find_map(|step| {
            if let Act::Lock { token, .. } = &step.act {
                Some((&step.node, token.as_str()))
            } else {
                None
            }
        })
    }
}
