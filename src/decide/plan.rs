//! A plan: ordered steps with deadlines, proofs and undos, as a value.
//!
//! The plan that is shown is the plan that is carried out: `--dry-run` prints it, `--plan-out` writes it,
//! `--plan` reads it back and applies it only if its [`Facts`] still hold, the journal's first record is
//! it, and [`super::conduct`] is the only code that carries one out.

use serde::Deserialize;
use serde::Serialize;

use super::finding::Finding;
use super::name::Addr;
use super::order::FenceHow;
use super::position::Position;

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

/// Why a plan that was written earlier may not run now.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Stale {
    #[error("the plan is version {0}; this program writes and reads version 1")]
    Version(u32),
    #[error("the plan is for cluster {0}")]
    Cluster(String),
    #[error("it is the plan of a {}, which `pikafo {} --plan` carries out", .0.word(), .0.word())]
    Kind(Kind),
    #[error("it promotes {then}, and {now} is asked for")]
    Candidate { then: String, now: String },
    #[error("the loss was {then} when the plan was made and is {now} now")]
    Loss { then: String, now: String },
    #[error("what the operator is told with it is not what it was: {0}")]
    Notes(String),
    #[error("{addr} was {then} when the plan was made and is {now} now")]
    Changed {
        addr: Addr,
        then: String,
        now: String,
    },
    #[error("the plan does not know {0}, which is a node now")]
    NewNode(Addr),
    #[error("{0} is in the plan and no node any more")]
    LostNode(Addr),
    #[error(
        "the steps are not the ones that this program makes from what is true now: the file was edited, or settings \
         were changed"
    )]
    Edited,
}

impl Plan {
    /// Whether this plan can be carried out as one of `kind` at all, and was not tampered with, as far as it shows by
    /// itself.
    pub fn sound(&self, kind: Kind, cluster: &str) -> Result<(), Stale> {
        if self.version != 1 {
            return Err(Stale::Version(self.version));
        }
        if self.kind != kind {
            return Err(Stale::Kind(self.kind));
        }
        if self.cluster != cluster {
            return Err(Stale::Cluster(self.cluster.clone()));
        }
        // One operation has one token, and it begins with whose it is.
        let mut tokens = self.steps.iter().filter_map(|step| token(&step.act));
        let first = tokens.next();
        let whole = first.is_none_or(|one| one.starts_with(&self.by) && tokens.all(|t| t == one));
        if whole { Ok(()) } else { Err(Stale::Edited) }
    }

    /// Whether this plan, written earlier, still fits `fresh`, one made now for the same purpose.
    ///
    /// Positions move while a master takes writes, so they are not compared; roles, masters, history ids, what it
    /// costs, what the operator was told and the steps are.
    pub fn still_fits(&self, fresh: &Self) -> Result<(), Stale> {
        self.sound(fresh.kind, &fresh.cluster)?;
        self.same_facts(fresh)?;
        self.same_price(fresh)?;
        let shape = |plan: &Self| -> Vec<(Addr, Act, u64, bool)> {
            plan.steps
                .iter()
                .map(|s| (s.node.clone(), without_tokens(&s.act), s.within_ms, s.hard))
                .collect()
        };
        if shape(self) != shape(fresh) || self.budgets != fresh.budgets {
            return Err(Stale::Edited);
        }
        Ok(())
    }

    fn same_facts(&self, fresh: &Self) -> Result<(), Stale> {
        for then in &self.facts.nodes {
            let now = fresh.facts.nodes.iter().find(|n| n.addr == then.addr);
            let now = now.ok_or_else(|| Stale::LostNode(then.addr.clone()))?;
            let (then, now) = (self.described(then), fresh.described(now));
            if then.1 != now.1 {
                return Err(Stale::Changed {
                    addr: then.0,
                    then: then.1,
                    now: now.1,
                });
            }
        }
        if let Some(new) = fresh
            .facts
            .nodes
            .iter()
            .find(|n| !self.facts.nodes.iter().any(|o| o.addr == n.addr))
        {
            return Err(Stale::NewNode(new.addr.clone()));
        }
        let named = |addr: &Option<Addr>| {
            addr.as_ref()
                .map_or_else(|| "nobody".to_owned(), ToString::to_string)
        };
        if self.facts.candidate != fresh.facts.candidate {
            return Err(Stale::Candidate {
                then: named(&self.facts.candidate),
                now: named(&fresh.facts.candidate),
            });
        }
        if self.facts.master != fresh.facts.master {
            let addr = self
                .facts
                .master
                .clone()
                .or_else(|| fresh.facts.master.clone());
            return Err(addr.map_or(Stale::Edited, |addr| Stale::Changed {
                addr,
                then: format!("{} was the master", named(&self.facts.master)),
                now: format!("{} is", named(&fresh.facts.master)),
            }));
        }
        if self.facts.point != fresh.facts.point {
            return Err(Stale::Edited);
        }
        Ok(())
    }

    /// A node and what is compared of it. A master that comes to follow is judged by where it stands.
    fn described(&self, node: &NodeFact) -> (Addr, String) {
        let master = node
            .master
            .as_ref()
            .map_or_else(String::new, |m| format!(" of {m}"));
        let history = node.history_id.as_deref().unwrap_or("none");
        let moves = node.role == super::facts::Role::Master
            && self.promotion_step().is_none()
            && self
                .steps
                .iter()
                .any(|s| s.node == node.addr && matches!(s.act, Act::Follow { .. }));
        let at = match &node.position {
            Some(position) if moves => format!(" at {position}"),
            Some(_) | None => String::new(),
        };
        let text = format!(
            "{}{master}, history {history}{at}, {}",
            node.role.word(),
            node.verdict
        );
        (node.addr.clone(), text)
    }

    fn same_price(&self, fresh: &Self) -> Result<(), Stale> {
        let shown = |loss: &Option<Loss>| {
            loss.as_ref()
                .map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        let dearer = match (&self.loss, &fresh.loss) {
            (None, None) => false,
            (Some(then), Some(now)) => {
                then.max_bytes != now.max_bytes
                    || match (then.judged_bytes(), now.judged_bytes()) {
                        (Some(then), Some(now)) => now > then,
                        (None, None) => false,
                        (None, Some(_)) | (Some(_), None) => true,
                    }
            }
            (None, Some(_)) | (Some(_), None) => true,
        };
        if dearer {
            return Err(Stale::Loss {
                then: shown(&self.loss),
                now: shown(&fresh.loss),
            });
        }
        if self.evidence.is_empty() != fresh.evidence.is_empty() {
            return Err(Stale::Notes("the evidence".to_owned()));
        }
        let notes = |plan: &Self| {
            let mut notes: Vec<_> = plan
                .notes
                .iter()
                .map(|n| (n.code.clone(), n.node.clone()))
                .collect();
            notes.sort();
            notes
        };
        let (then, now) = (notes(self), notes(fresh));
        let differs = then
            .iter()
            .find(|n| !now.contains(n))
            .or_else(|| now.iter().find(|n| !then.contains(n)));
        match differs {
            Some((code, _)) => Err(Stale::Notes(code.clone())),
            None => Ok(()),
        }
    }
}

fn token(act: &Act) -> Option<&str> {
    match act {
        Act::Lock { token, .. } | Act::Verify { token } | Act::Unlock { token } => Some(token),
        Act::CatchUp { .. }
        | Act::LastLook
        | Act::StillAhead { .. }
        | Act::Fence { .. }
        | Act::Drain { .. }
        | Act::Promote
        | Act::Persist
        | Act::Follow { .. }
        | Act::Unfence { .. }
        | Act::SetApart { .. }
        | Act::Links { .. }
        | Act::Announce { .. } => None,
    }
}

fn without_tokens(act: &Act) -> Act {
    let mut act = act.clone();
    match &mut act {
        Act::Lock { token, .. } | Act::Verify { token } | Act::Unlock { token } => token.clear(),
        Act::CatchUp { .. }
        | Act::LastLook
        | Act::StillAhead { .. }
        | Act::Fence { .. }
        | Act::Drain { .. }
        | Act::Promote
        | Act::Persist
        | Act::Follow { .. }
        | Act::Unfence { .. }
        | Act::SetApart { .. }
        | Act::Links { .. }
        | Act::Announce { .. } => {}
    }
    act
}
