//! What operators ask for: a switchover, a failover, a repoint; and what stock's clients of the Sentinel API ask for.

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::event::Wanted;
use super::lead::refused;
use super::phase::Phase;
use super::phase::Purpose;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::failover::BY_WORD;
use crate::decide::draft::repoint;
use crate::decide::evidence;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;

/// The longest wait for fresh looks.
const GATHER_US: u64 = 2_000_000;

impl Cluster {
    /// An operator's wish: fresh looks first, then a draft, then, for a change of master, votes.
    pub(super) fn operate(&mut self, ticket: u64, wish: Wanted, ctx: &mut Ctx<'_>) {
        if ctx.abstains || self.stands_back || !self.free(&wish, ctx) {
            let reply = if ctx.abstains { abstains() } else { busy(self) };
            return ctx.act(Action::Reply { ticket, reply });
        }
        self.look_at_all(ctx);
        self.phase = Phase::Gathering {
            ticket,
            wish: Box::new(wish),
            since_us: ctx.now_us,
        };
    }

    /// Showing a plan changes nothing, so it does not even end a repair; what waits for the dead is tried again anyhow.
    fn free(&mut self, wish: &Wanted, ctx: &mut Ctx<'_>) -> bool {
        let all = wish.gives_up_the_others();
        self.phase == Phase::Calm || ((all || !wish.dry_run) && self.stand_back(all, ctx))
    }

    /// A repair of our own gives way to an operator and to a failover. What was cut off, and may wait for who is lost for good,
    /// gives way to `all`: an operator gives up what all of those hold. Nothing else does.
    pub(super) fn stand_back(&mut self, all: bool, ctx: &mut Ctx<'_>) -> bool {
        let own = self.run.as_ref().filter(|run| run.ticket.is_none());
        let yields = own.is_some_and(|run| run.kind() == Kind::Repoint || all && run.is_resumed());
        if yields {
            self.overtaken("given up for an operation of an operator", ctx);
        }
        yields
    }

    /// All who answer have been looked at, or it has been long enough.
    pub(super) fn gather(&mut self, ctx: &mut Ctx<'_>) {
        let Phase::Gathering { since_us, wish, .. } = &self.phase else {
            return;
        };
        let since = *since_us;
        let stands = !wish.dry_run && wish.kind != Kind::Repoint.word();
        let until = since + GATHER_US;
        let fresh = self
            .nodes
            .values()
            .all(|n| n.quiet.is_some() || n.fresh_since(since));
        if !fresh && ctx.now_us < until {
            return self.due(until);
        }
        // Whoever has promised his vote does not stand himself, for an operator neither.
        if let Some(until) = self.promised_until(ctx).filter(|_| stands) {
            return self.due(until);
        }
        let Phase::Gathering { ticket, wish, .. } = std::mem::take(&mut self.phase) else {
            return;
        };
        let drafted = self.draft_wish(&wish, ctx);
        match drafted.and_then(|(plan, lines)| Ok((as_shown(&wish, plan)?, lines))) {
            Err(refusal) => {
                let reply = refused(&refusal);
                ctx.act(Action::Reply { ticket, reply });
            }
            Ok((plan, _)) if wish.dry_run => {
                let plan = Box::new(plan);
                let reply = Reply::Planned { plan };
                ctx.act(Action::Reply { ticket, reply });
            }
            Ok((plan, _)) if plan.kind == Kind::Repoint => {
                self.begin(plan, None, Some(ticket), ctx);
            }
            Ok((_, evidence)) => {
                let died_ms = self.died_ms(ctx);
                let purpose = Purpose::Operator {
                    ticket: Some(ticket),
                    wish,
                    evidence,
                    died_ms,
                };
                self.stand(purpose, ctx);
            }
        }
    }

    fn draft_wish(&self, wish: &Wanted, ctx: &Ctx<'_>) -> Result<(Plan, Vec<String>), Refusal> {
        match wish.kind.as_str() {
            "promote" => Ok((self.draft_promote(wish, ctx)?, Vec::new())),
            "failover" => {
                let lines = self.dead_by_evidence(wish, ctx)?;
                let plan = self.draft_failover(&lines, self.died_ms(ctx), wish, ctx)?;
                Ok((plan, lines))
            }
            "repoint" => {
                let view = self.view();
                let brief = self.brief(&view, Case::Planned, wish, ctx);
                let wanted = repoint::Wanted {
                    nodes: wish.nodes.clone(),
                    to: wish.to.clone().or_else(|| self.master.clone()),
                    resync: wish.resync,
                };
                Ok((repoint::draft(&brief, &wanted)?, Vec::new()))
            }
            other => Err(Refusal::new(
                RefusalKind::Unsafe,
                "operation.unknown",
                format!("{other} is no operation"),
                "promote, failover or repoint",
            )),
        }
    }

    fn dead_by_evidence(&self, wish: &Wanted, ctx: &Ctx<'_>) -> Result<Vec<String>, Refusal> {
        let master = self
            .master
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        match self.evidence(ctx) {
            evidence::Finding::Dead(lines) => Ok(lines),
            evidence::Finding::Alive if wish.even_alive => Ok(vec![BY_WORD.to_owned()]),
            evidence::Finding::Alive => Err(Refusal::new(
                RefusalKind::Unsafe,
                "failover.master_alive",
                format!("the master {master} answers"),
                "switch over with `pikafo promote`, which loses nothing",
            )),
            evidence::Finding::Contradicted(text) => Err(Refusal::new(
                RefusalKind::Unsafe,
                "failover.contradicted",
                format!("{master} is not proven dead: {text}"),
                "look at it from the host that still reaches it; nothing was changed",
            )),
            evidence::Finding::NotYet(text) | evidence::Finding::NoQuorum(text) => {
                Err(Refusal::new(
                    RefusalKind::NoQuorum,
                    "failover.no_quorum",
                    text,
                    "wait for the watchers to agree, or bring them back; nothing was changed",
                ))
            }
        }
    }

    /// `SENTINEL FAILOVER`: a switchover without loss where the master lives, a failover where it does not.
    pub(super) fn sentinel_failover(&mut self, ticket: u64, ctx: &mut Ctx<'_>) {
        let promised = self.promised_until(ctx).is_some();
        if self.stands_back
            || promised
            || (self.phase != Phase::Calm && !self.stand_back(false, ctx))
        {
            let line = "INPROG Failover already in progress".to_owned();
            let reply = Reply::Error { line };
            return ctx.act(Action::Reply { ticket, reply });
        }
        let mut wish = super::view::automatic(ctx);
        let evidence = vec!["SENTINEL FAILOVER".to_owned()];
        let died_ms = self.died_ms(ctx);
        let drafted = if self.master_down() {
            Kind::Failover.word().clone_into(&mut wish.kind);
            self.draft_failover(&evidence, died_ms, &wish, ctx)
        } else {
            Kind::Promote.word().clone_into(&mut wish.kind);
            self.draft_promote(&wish, ctx)
        };
        wish.reason = Some("SENTINEL FAILOVER".to_owned());
        let reply = match &drafted {
            Ok(_) => Reply::Done,
            Err(refusal) => {
                let text = refusal.to_string();
                self.find(
                    "failover.refused",
                    crate::decide::finding::Severity::Warning,
                    None,
                    format!("SENTINEL FAILOVER was refused: {text} [{}]", refusal.code),
                    &refusal.hint,
                );
                Reply::Error {
                    line: "NOGOODSLAVE No suitable replica to promote".to_owned(),
                }
            }
        };
        ctx.act(Action::Reply { ticket, reply });
        if drafted.is_ok() {
            self.settle("failover.refused");
            self.stand(
                Purpose::Operator {
                    ticket: None,
                    wish: Box::new(wish),
                    evidence,
                    died_ms,
                },
                ctx,
            );
        }
    }

    /// `SENTINEL RESET`: what was found by itself is forgotten and found again.
    pub(super) fn reset(&mut self, ticket: u64, ctx: &mut Ctx<'_>) {
        self.overtaken("SENTINEL RESET", ctx);
        self.phase = Phase::Calm;
        let gone: Vec<_> = self
            .nodes
            .iter()
            .filter(|(addr, node)| !node.declared && Some(*addr) != self.master.as_ref())
            .map(|(addr, _)| addr.clone())
            .collect();
        for addr in gone {
            self.nodes.remove(&addr);
            ctx.act(Action::Leave {
                cluster: self.name(),
                node: addr,
            });
        }
        self.peers.clear();
        self.odown_since_us = None;
        self.lease = None;
        self.failures = 0;
        self.hold_until_us = ctx.now_us;
        ctx.act(Action::ListenAnew {
            cluster: self.name(),
        });
        self.emit(Level::Warning, "+reset-master", "", ctx);
        ctx.persist();
        ctx.act(Action::Reply {
            ticket,
            reply: Reply::Done,
        });
        if let Some(master) = self.master.clone() {
            ctx.act(Action::Look {
                cluster: self.name(),
                node: master,
            });
        }
    }
}

/// What was shown is what is carried out, if the facts that it rests on still hold.
pub(super) fn as_shown(wish: &Wanted, fresh: Plan) -> Result<Plan, Refusal> {
    let Some(shown) = &wish.plan else {
        return Ok(fresh);
    };
    match shown.still_fits(&fresh) {
        Ok(()) => Ok(Plan {
            id: shown.id.clone(),
            reason: shown.reason.clone(),
            agreed: shown.agreed.clone(),
            ..fresh
        }),
        Err(stale) => Err(Refusal::new(
            RefusalKind::Unsafe,
            "plan.stale",
            format!("the plan does not hold any more: {stale}"),
            "nothing was changed; make a new one",
        )),
    }
}

pub(super) fn busy(cluster: &Cluster) -> Reply {
    let what = match &cluster.run {
        Some(run) => run.kind().word(),
        None if cluster.stands_back => "an operation that acts without the watchers",
        None => "an election",
    };
    Reply::Refused {
        kind: "unsafe".to_owned(),
        code: "operation.running".to_owned(),
        text: format!("{what} of {} is under way", cluster.spec.name),
        hint: "wait for it to end; see `pikafo status` and `pikafo history`".to_owned(),
    }
}

fn abstains() -> Reply {
    refused(&Refusal::new(
        RefusalKind::NoQuorum,
        "watcher.abstains",
        "this watcher has just stood still, or its clock was moved",
        "ask another watcher, or try again in a few seconds",
    ))
}
