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
use crate::decide::plan::Plan;
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
    /// A step of the plan in hand has ended: has it set an old master of a Pika apart?
    pub(super) fn note_judgement(&mut self, step: usize) {
        let Some(run) = self.run.as_ref() else {
            return;
        };
        let plan = &run.plan;
        let Some(step) = plan.steps.get(step) else {
            return;
        };
        let judged = if let Act::SetApart { code, why } = &step.act {
            self.judged_by_plan(plan, &step.node, code, why)
        } else {
            let stood = run.conduct.left_apart_at(&step.node);
            let stood = stood.filter(|_| matches!(step.act, Act::Follow { .. }));
            self.judged_by_point(&step.node, stood)
        };
        if let Some(judged) = judged {
            let node = step.node.clone();
            self.judged.insert(node, judged);
        }
    }

    /// When the plan was made, by what was known of the promotion.
    fn judged_by_plan(&self, plan: &Plan, node: &Addr, code: &str, why: &str) -> Option<Judged> {
        let fact = plan.facts.of(node)?;
        let by_point = [rejoin::PAST_POINT, rejoin::PAST_UNKNOWN].contains(&code);
        let reigned = fact.role == Role::Master || fact.master.as_ref().is_some_and(is_closed_port);
        let position = fact.position.clone();
        let position = position.filter(|at| matches!(at, Position::Pika(_)));
        let position = position.filter(|_| by_point && reigned)?;
        let known = self.promotion_of_master();
        let known = known.filter(|p| plan.facts.point.as_ref() == p.shared());
        Some(Judged {
            why: why.to_owned(),
            position,
            by: known.cloned(),
        })
    }

    /// While it was carried out, by the point alone: where else it was seen before counts, too.
    fn judged_by_point(&self, node: &Addr, stood: Option<&Position>) -> Option<Judged> {
        let position = stood.filter(|at| matches!(at, Position::Pika(_)))?.clone();
        let why = self.memory.quarantined.get(node)?.clone();
        Some(Judged {
            why,
            position,
            by: None,
        })
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
