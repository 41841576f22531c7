//! Elected: what was wanted is drafted once more from what is known now, and begun or refused.

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::elect::LEASE_US;
use super::event::Wanted;
use super::operate::as_shown;
use super::phase::Campaign;
use super::phase::Purpose;
use super::view::automatic;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::acting_master;
use crate::decide::draft::promote;
use crate::decide::draft::restore;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;

impl Cluster {
    /// Elected: what was wanted is drafted once more from what is known now, and begun.
    pub(super) fn lead(&mut self, campaign: Campaign, ctx: &mut Ctx<'_>) {
        let epoch = campaign.epoch;
        match campaign.purpose {
            Purpose::Adopt(heir) => {
                self.config_epoch = epoch;
                self.led_epoch = Some(epoch);
                self.switch_to(&heir, ctx);
                ctx.persist();
                self.say(true, ctx);
                self.owe(&heir, ctx);
                self.save_role(&heir, ctx);
            }
            Purpose::Restore => {
                let Some(master) = self.master.clone() else {
                    return;
                };
                let mut view = self.view();
                view.memory.fences = self.liftable(false, ctx);
                let brief = self.brief(&view, Case::Planned, &automatic(ctx), ctx);
                let reigned_at = self.master_node().and_then(|n| n.reigned_at.as_ref());
                let plan = restore::plan(&brief, &master, reigned_at);
                self.carry_out(Ok(plan), epoch, None, ctx);
            }
            Purpose::Relieve => {
                self.emit(Level::Notice, "+failover-state-select-slave", "", ctx);
                let reason = Some("it refuses every write".to_owned());
                let wish = Wanted {
                    reason,
                    ..automatic(ctx)
                };
                let drafted = self.draft_promote(&wish, ctx).map(by_itself);
                self.carry_out(drafted, epoch, None, ctx);
            }
            Purpose::Failover { evidence, died_ms } => {
                self.emit(Level::Notice, "+failover-state-select-slave", "", ctx);
                // A candidate that stood still meanwhile, or whose disk did not answer, hears only now that it lives, or that
                // too few of the others miss it.
                let drafted = if self.odown_since_us.is_some() {
                    self.draft_failover(&evidence, died_ms, &automatic(ctx), ctx)
                } else {
                    Err(lives())
                };
                self.carry_out(drafted.map(by_itself), epoch, None, ctx);
            }
            Purpose::Operator {
                ticket,
                wish,
                evidence,
                died_ms,
            } => {
                self.emit(Level::Notice, "+failover-state-select-slave", "", ctx);
                let drafted = if wish.kind == Kind::Promote.word() {
                    self.draft_promote(&wish, ctx)
                } else {
                    self.draft_failover(&evidence, died_ms, &wish, ctx)
                };
                let drafted = drafted.and_then(|plan| as_shown(&wish, plan));
                self.carry_out(drafted, epoch, ticket, ctx);
            }
        }
    }

    fn carry_out(
        &mut self,
        drafted: Result<Plan, Refusal>,
        epoch: u64,
        ticket: Option<u64>,
        ctx: &mut Ctx<'_>,
    ) {
        match drafted {
            Ok(plan) => {
                self.own_fences_of(&plan, ctx);
                self.begin(plan, Some(epoch), ticket, ctx);
            }
            Err(refusal) => self.no_plan(&refusal, ticket, ctx),
        }
    }

    pub(super) fn draft_promote(&self, wish: &Wanted, ctx: &Ctx<'_>) -> Result<Plan, Refusal> {
        let mut view = self.view();
        self.doubt_comings(&mut view);
        let brief = self.brief(&view, Case::Planned, wish, ctx);
        // An old master that has come back is alone in its claim as long as the one that replaced it is silent.
        let claims = acting_master(&view);
        if let (Some(held), Some(claims)) = (&self.master, claims)
            && claims != *held
        {
            return Err(Refusal::new(
                RefusalKind::Unsafe,
                "master.not_held",
                format!("{claims} takes itself for the master; the watchers hold {held} for it"),
                "bring that one back, or let `pikafo failover` replace it",
            ));
        }
        promote::draft_as_shown(&brief, wish.nodes.first(), wish.plan.as_deref())
    }

    pub(super) fn no_plan(&mut self, refusal: &Refusal, ticket: Option<u64>, ctx: &mut Ctx<'_>) {
        self.emit(Level::Warning, "-failover-abort-no-good-slave", "", ctx);
        if let Some(ticket) = ticket {
            let reply = refused(refusal);
            ctx.act(Action::Reply { ticket, reply });
        }
        self.hold_until_us = ctx.now_us + LEASE_US / 5;
        self.due(ctx.now_us);
    }
}

/// Nobody has asked for it.
fn by_itself(plan: Plan) -> Plan {
    Plan {
        automatic: true,
        ..plan
    }
}

fn lives() -> Refusal {
    Refusal::new(
        RefusalKind::Unsafe,
        "failover.master_alive",
        "the master answers again, or too few hold it to be down",
        "nothing is to be done",
    )
}

/// A refusal as a reply.
pub(super) fn refused(refusal: &Refusal) -> Reply {
    Reply::Refused {
        kind: match refusal.kind {
            RefusalKind::Unsafe => "unsafe",
            RefusalKind::NoQuorum => "no_quorum",
            RefusalKind::Nothing => "nothing",
        }
        .to_owned(),
        code: refusal.code.clone(),
        text: refusal.text.clone(),
        hint: refusal.hint.clone(),
    }
}
