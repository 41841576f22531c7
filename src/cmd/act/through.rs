//! Operations that the watchers carry out: the same plan, shown, asked for, followed and reported as one's own.

use std::time::Duration;

use super::alone::Alone;
use super::followed::Broken;
use super::followed::End;
use super::go;
use super::living;
use super::present;
use super::scene::Scene;
use crate::cmd::Acting;
use crate::cmd::Context;
use crate::cmd::Loss;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::sleep;
use crate::host::council::Council;
use crate::host::operate::Report;

/// Has the watchers do it, where the configuration names any; otherwise, or with `--standalone`, `act` does it alone,
/// while they stand back.
pub(crate) async fn or_alone(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    (kind, wish): (Kind, Wanted),
    agreed: Option<Plan>,
    question: impl Fn(&Plan) -> String,
    act: impl AsyncFnOnce(&mut Scene, Option<Plan>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let council = ctx.interrupt.or(council(ctx, scene)).await?;
    if acting.standalone {
        scene.apart = council.apart();
    }
    let alone = if council.by_merit().is_empty() || (acting.standalone && acting.dry_run) {
        Alone::among_nobody()
    } else if acting.standalone {
        Alone::among(ctx, council).await?
    } else {
        let wish = Wanted {
            kind: kind.word().to_owned(),
            expect_master: acting.expect_master.clone(),
            accept_loss: acting.accept_loss.map(|loss| match loss {
                Loss::UpTo(bytes) => bytes,
                Loss::All => u64::MAX,
            }),
            by: go::who(ctx),
            reason: acting.reason.clone(),
            ..wish
        };
        let mut through = Through {
            ctx,
            council,
            wish,
            patience: patience(scene, kind),
        };
        return through.run(scene, acting, agreed.as_ref(), question).await;
    };
    scene.held = alone.held();
    let done = Box::pin(act(scene, agreed)).await;
    alone.over(&done, &scene.store).await;
    done
}

pub(crate) async fn council(ctx: &Context, scene: &Scene) -> Council {
    let nodes: Vec<Addr> = scene.cluster.nodes.iter().map(|n| n.addr.clone()).collect();
    Council::summon(
        &scene.config.watch,
        &scene.cluster.name,
        &nodes,
        ctx.global.timeout,
        &ctx.net,
    )
    .await
}

/// How long the watchers are given to agree that a master is dead.
fn patience(scene: &Scene, kind: Kind) -> Duration {
    match kind {
        Kind::Failover => 2 * scene.cluster.detect.down_after + GRACE,
        Kind::Promote | Kind::Repoint => Duration::ZERO,
    }
}

/// One operation, and the watchers that are to carry it out.
pub(super) struct Through<'a> {
    pub(super) ctx: &'a Context,
    pub(super) council: Council,
    pub(super) wish: Wanted,
    patience: Duration,
}

impl Through<'_> {
    async fn run(
        &mut self,
        scene: &mut Scene,
        acting: &Acting,
        agreed: Option<&Plan>,
        question: impl Fn(&Plan) -> String,
    ) -> anyhow::Result<()> {
        let ctx = self.ctx;
        // What waits for nodes that are lost gives way to who gives them up, and a watcher that leads says so itself.
        let asks = acting.dry_run || self.wish.gives_up_the_others();
        if let Some(leader) = self.council.leading().filter(|_| !asks) {
            let text = format!("watcher {leader} is changing the master at this moment");
            return present::refusal(ctx, &running(text));
        }
        if let Some(agreed) = agreed {
            self.not_done_before(agreed).await?;
        }
        let mut drafted = self.draft().await?;
        if let Err(refusal) = &drafted
            && refusal.code == living::ALIVE
            && ctx.ui.can_ask()
        {
            living::consent(ctx, &scene.cluster.name, &refusal.text).await?;
            self.wish.even_alive = true;
            drafted = self.draft().await?;
        }
        let (chair, mut plan) = match drafted {
            Ok(drafted) => drafted,
            Err(refusal) => return present::refusal(ctx, &refusal),
        };
        if let Some(agreed) = agreed {
            plan = go::as_agreed(agreed, plan)?;
        }
        if let Some(path) = &acting.plan_out {
            go::write(path, &plan)?;
            ctx.ui.note(&format!("plan written to {}", path.display()));
        }
        if acting.dry_run {
            return present::plan(ctx, &plan);
        }
        go::consent(ctx, acting, &plan, &question(&plan)).await?;
        ctx.ui.note(&format!("watcher {chair} carries it out"));
        let mut tries = 1;
        loop {
            match self.carry_out(scene, &chair, plan).await? {
                Ok(end) => return self.report(scene, end).await,
                // Nobody has seen the plan, so the next one is as good.
                Err(refusal)
                    if refusal.code == "plan.stale"
                        && acting.yes
                        && agreed.is_none()
                        && tries < TRIES =>
                {
                    tries += 1;
                    plan = match self.draft_by(&chair).await?? {
                        Ok(plan) => plan,
                        Err(refusal) => return present::refusal(ctx, &refusal),
                    };
                }
                Err(refusal) => return present::refusal(ctx, &refusal),
            }
        }
    }

    /// A plan, from the first watcher that can be asked for one.
    async fn draft(&self) -> anyhow::Result<Result<(Addr, Plan), Refusal>> {
        let mut last = None;
        // Whom it has asked for votes waits for who leads, who alone can give it up.
        let leader = self
            .council
            .leading()
            .filter(|_| self.wish.gives_up_the_others());
        let chairs = match leader {
            Some(leader) => vec![leader],
            None => self.council.by_merit(),
        };
        for chair in chairs {
            match self.draft_by(chair).await? {
                Ok(drafted) => return Ok(drafted.map(|plan| (chair.clone(), plan))),
                Err(failure) => last = Some(failure),
            }
        }
        let nobody = || Failure::new(Exit::NoQuorum, "no watcher answers; nothing was changed");
        Err(last.unwrap_or_else(nobody).into())
    }

    /// The outer error ends the command, the inner one is this watcher's alone.
    async fn draft_by(
        &self,
        chair: &Addr,
    ) -> anyhow::Result<Result<Result<Plan, Refusal>, Failure>> {
        let wish = Wanted {
            dry_run: true,
            ..self.wish.clone()
        };
        let until = clock::mono() + self.patience;
        let mut steps = None;
        loop {
            let failed = |exit, text: String| {
                let text = format!("watcher {chair}: {text}; nothing was changed");
                Ok(Err(Failure::new(exit, text)))
            };
            let asked = self.follow(chair, &wish, |_| ()).await;
            let refusal = match asked {
                Err(Broken::NotSent(fault) | Broken::Lost(fault)) => {
                    return failed(Exit::NoQuorum, fault.text);
                }
                Ok(Reply::Planned { plan }) => return Ok(Ok(Ok(*plan))),
                Ok(Reply::Refused {
                    kind,
                    code,
                    text,
                    hint,
                }) => refusal(&kind, &code, text, hint),
                Ok(Reply::Error { line }) => return failed(Exit::Failed, line),
                Ok(Reply::Done | Reply::Vote { .. } | Reply::Ended { .. }) => {
                    return failed(Exit::Failed, "it gave no plan".to_owned());
                }
            };
            if refusal.code != "failover.no_quorum" || clock::mono() >= until {
                return Ok(Ok(Err(refusal)));
            }
            let steps = steps.get_or_insert_with(|| {
                let mut steps = self.ctx.ui.steps();
                steps.start("wait for the watchers to agree");
                steps
            });
            steps.detail(&refusal.text);
            self.ctx.interrupt.or(sleep(AGAIN)).await?;
        }
    }

    async fn not_done_before(&self, plan: &Plan) -> Result<(), Failure> {
        let done = self.council.histories(usize::MAX).await;
        let mut entries = done.iter().flat_map(|(_, entries)| entries);
        if entries.any(|entry| go::begins(&entry.record, plan)) {
            let text = format!("the plan {} was carried out before [plan.applied]", plan.id);
            return Err(Failure::new(Exit::Refused, text)
                .hint("make a new one; `pikafo history` shows what came of it"));
        }
        Ok(())
    }

    async fn report(&self, scene: &mut Scene, end: End) -> anyhow::Result<()> {
        let report = Report {
            plan: end.plan,
            outcome: end.outcome,
            blackout_us: end.blackout_us,
            total_ms: end.total_ms,
            journal_lost: None,
        };
        let after = scene.look_after(self.ctx).await;
        let Err(error) = present::report(self.ctx, scene, &report, &after) else {
            return Ok(());
        };
        match error.downcast::<Failure>() {
            Ok(failure) if failure.exit == Exit::Unknown => Err(failure
                .hint("the watcher goes on by itself once the nodes answer; see `pikafo history`")
                .into()),
            Ok(failure) => Err(failure.into()),
            Err(error) => Err(error),
        }
    }
}

fn running(text: String) -> Refusal {
    Refusal::new(
        RefusalKind::Unsafe,
        "operation.running",
        text,
        "nothing was changed; wait for it to end, see `pikafo status`",
    )
}

pub(super) fn refusal(kind: &str, code: &str, text: String, hint: String) -> Refusal {
    let kind = match kind {
        "nothing" => RefusalKind::Nothing,
        "no_quorum" => RefusalKind::NoQuorum,
        _ => RefusalKind::Unsafe,
    };
    Refusal::new(kind, code, text, hint)
}

/// Watchers that agree later than this are not waited for.
const GRACE: Duration = Duration::from_secs(5);
/// Between two questions of the same kind.
pub(super) const AGAIN: Duration = Duration::from_millis(200);
const TRIES: u32 = 5;
