//! Whether a plan that was written earlier may run now.

use super::Act;
use super::Kind;
use super::Loss;
use super::NodeFact;
use super::Plan;
use crate::decide::facts::Role;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;

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
        let moves = node.role == Role::Master
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
        // What is only for information comes and goes.
        let notes = |plan: &Self| {
            let mut notes: Vec<_> = plan
                .notes
                .iter()
                .filter(|n| n.severity >= Severity::Warning)
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
