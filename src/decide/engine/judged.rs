//! Old masters that this watcher has set apart by what it knew of a promotion, and what it learns of that afterwards: where the
//! heir stood, and where the old master was seen before. Who is shown to hold nothing of its own by then stands apart no longer.

use serde::Deserialize;
use serde::Serialize;

use super::cluster::Cluster;
use super::cluster::Ctx;
use crate::decide::facts::Flavor;
use crate::decide::facts::Role;
use crate::decide::facts::is_closed_port;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::position::Position;
use crate::decide::rejoin;
use crate::decide::rejoin::Joiner;
use crate::decide::rejoin::Judgement;
use crate::decide::rejoin::Target;
use crate::decide::view::Promotion;

/// An old master that was set apart.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Judged {
    /// As long as it stands apart for this, for nothing else.
    why: String,
    /// Where it stood.
    position: Position,
    /// By what it was judged; `None`: by what was known of it no longer when it was done.
    by: Option<Promotion>,
}

impl Cluster {
    /// A step of the plan in hand is done: has it set an old master of a Pika apart?
    pub(super) fn note_judgement(&mut self, step: usize) {
        let plan = self.run.as_ref().map(|run| &run.plan);
        let step = plan.and_then(|plan| plan.steps.get(step));
        let (Some(plan), Some(step)) = (plan, step) else {
            return;
        };
        let (Act::SetApart { code, why }, Some(fact)) = (&step.act, plan.facts.of(&step.node))
        else {
            return;
        };
        let by_point = [rejoin::PAST_POINT, rejoin::PAST_UNKNOWN].contains(&code.as_str());
        let reigned = fact.role == Role::Master || fact.master.as_ref().is_some_and(is_closed_port);
        if let Some(position @ Position::Pika(_)) = &fact.position
            && by_point
            && reigned
        {
            let known = self.promotion_of_master();
            let judged = Judged {
                why: why.clone(),
                position: position.clone(),
                by: known
                    .filter(|p| plan.facts.point.as_ref() == p.shared())
                    .cloned(),
            };
            let node = step.node.clone();
            self.judged.insert(node, judged);
        }
    }

    /// Judges again whom something that was learnt since may show to be in order.
    pub(super) fn judge_anew(&mut self, ctx: &mut Ctx<'_>) {
        let apart = &self.memory.quarantined;
        self.judged
            .retain(|addr, judged| apart.get(addr) == Some(&judged.why));
        let promotion = self.promotion_of_master().cloned();
        let Some(promotion) = promotion.filter(|_| !self.judged.is_empty()) else {
            return;
        };
        let mut in_order = Vec::new();
        for (addr, judged) in &mut self.judged {
            let by = judged.by.replace(promotion.clone());
            if by.as_ref() != Some(&promotion) && is_prefix(addr, &judged.position, &promotion) {
                in_order.push(addr.clone());
            }
        }
        for addr in in_order {
            self.judged.remove(&addr);
            self.memory.quarantined.remove(&addr);
            self.remember(ctx);
        }
    }
}

/// An old master that stood at `position` had nothing that its heir lacks.
fn is_prefix(addr: &Addr, position: &Position, promotion: &Promotion) -> bool {
    let joiner = Joiner {
        flavor: Flavor::Pika,
        role: Role::Master,
        position: Some(position),
        history_id: None,
        holds_keys: None,
        follows_target: false,
        vouched: false,
        refused: false,
        torn: false,
        quiet_since_promotion: promotion.from.as_ref() == Some(addr)
            && promotion.seen.contains(position),
    };
    let target = Target {
        position: None,
        history_id: None,
        second_history: None,
        point: promotion.shared(),
    };
    rejoin::judge(&joiner, &target) == Judgement::Prefix
}
