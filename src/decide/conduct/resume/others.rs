//! Whether the old master went on without the new one, of which nobody was told: whoever lifted its fence let its clients write.

use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::work::follow::points_to;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::plan::Kind;
use crate::decide::position::Position;
use crate::decide::record::Outcome;

impl Conduct {
    /// The old master and who followed it, but for the candidate, where it was drained. One that was replaced before that, and
    /// is back, says nothing of it.
    pub(super) fn others(&self) -> Vec<Addr> {
        let candidate = self.promotion_node();
        let facts = &self.plan.facts;
        let others = facts.nodes.iter().filter(|fact| {
            let followed = fact.role.is_replica();
            let counts = followed || Some(&fact.addr) == facts.master.as_ref();
            counts && Some(&fact.addr) != candidate.as_ref()
        });
        let planned = self.plan.kind == Kind::Promote;
        let others = others.filter(|_| planned);
        others.map(|fact| fact.addr.clone()).collect()
    }

    /// The candidate is a master. Did the old one go on? Whoever lifted its fence meanwhile let its clients write on, and it
    /// or a replica of it is past the point where both stood.
    pub(super) fn others_told(
        &mut self,
        abort: bool,
        own: Box<Replication>,
        answer: Option<Answer>,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        let past = answer.and_then(|answer| self.gone_on(&own, &answer));
        let (waiting, before) = std::mem::take(&mut self.others_stock);
        self.others_stock = (waiting.saturating_sub(1), before.or(past));
        if waiting > 1 {
            self.candidate_stock = Some(own);
            return;
        }
        let Some(how) = self.others_stock.1.take() else {
            return self.was_promoted(abort, own, now_us, out);
        };
        // It may have restarted with less than the candidate, so nobody is led back to it unasked either.
        let name = self.candidate_name();
        let text = format!("{name} was promoted, {}", how.replace("{}", &name));
        let to = self.plan.facts.master.as_ref();
        let to = to.map(|old| format!(" --to {old}")).unwrap_or_default();
        let hint =
            format!("look at their data; `pikafo repoint {name}{to} --resync` discards its own");
        self.tell_of_candidate("rejoin.past_point", text, hint, out);
        self.tell_of_fence();
        self.tell_of_moved();
        let left = self.left.clone();
        self.finish(Outcome::Incomplete { left }, now_us, out);
    }

    /// How this one did, or whom it has its data from.
    fn gone_on(&self, own: &Replication, answer: &Answer) -> Option<&'static str> {
        let (its, seen) = match answer {
            Answer::Seen(seen) => (&seen.replication, Some(seen)),
            Answer::At(its) => (&**its, None),
            Answer::Done | Answer::Note(_) => return None,
        };
        let resumed = self.resumed.as_ref()?;
        let point = resumed.point.as_ref();
        let at = its.position.as_ref()?;
        let past = point.is_some_and(|point| !point.covers(at));
        match at {
            Position::Pika(_) => {
                let candidate = self.promotion_node();
                let moved = candidate.is_some_and(|candidate| points_to(its, &candidate));
                let none = own.position.as_ref() == point;
                (past && !moved).then_some(if none { TOOK_ALL } else { TOOK_SOME })
            }
            // Whoever holds the new one for the master leaves the old one fenced.
            Position::Redis { .. } if resumed.told => None,
            Position::Redis { .. } if has_forgotten(own, its) => Some(FORGOTTEN),
            // Behind a fence it comes past the point as well: Redis counts its pings, and what it deletes when its time has come.
            Position::Redis { .. } => {
                let freed = seen.is_some_and(|seen| self.is_free(seen));
                (past && freed).then_some(FREED)
            }
        }
    }

    /// It is a master, and not behind the fence that should last.
    fn is_free(&self, seen: &Observation) -> bool {
        let fence = self.plan.fence();
        let how = fence.and_then(|(old, _)| self.plan.fence_of(old));
        let shows = how.is_some_and(|how| match how {
            FenceHow::Acl { .. } => seen.acl.is_some(),
            FenceHow::MinReplicas { .. } => seen.settings.is_some(),
            FenceHow::Pause { .. }
            | FenceHow::Blacklist { .. }
            | FenceHow::ClosedPort
            | FenceHow::Detached
            | FenceHow::Hook
            | FenceHow::Open => false,
        });
        shows && seen.replication.role == Role::Master && !seen.fence.bites()
    }
}

const TOOK_ALL: &str = "and the old master has taken writes since, and {} none";
const TOOK_SOME: &str =
    "and the old master has taken writes since: each holds what the other lacks";
const FORGOTTEN: &str = "and started again since, with another history than the old master's: each may hold what the other lacks";
const FREED: &str = "and the old master was freed since, and may have taken writes: each may hold what the other lacks";

/// The promoted Redis does not know the history of the old master any more: it was started again since, and whether that one, which
/// somebody may have freed meanwhile, has taken writes no number tells.
fn has_forgotten(own: &Replication, old: &Replication) -> bool {
    let id = old.history_id.as_ref();
    let second = own.second_history.as_ref().map(|(id, _)| id);
    let knows = own.history_id.as_ref() == id || second == id;
    old.role == Role::Master && id.is_some() && !knows
}
