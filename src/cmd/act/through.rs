//! Operations that the watchers carry out: the same plan, shown, asked for, followed and reported as one's own.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use super::alone::Alone;
use super::go;
use super::living;
use super::present;
use super::scene::Scene;
use crate::cmd::Acting;
use crate::cmd::Context;
use crate::cmd::Loss;
use crate::decide::conduct::Show;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::council::Council;
use crate::host::operate::Report;
use crate::node::pikafo::Word;

/// Has the watchers do it, where the configuration names any; otherwise, or with `--standalone`, it is left to the
/// caller, who acts alone until he says [`Alone::over`].
pub(crate) async fn watchers(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    kind: Kind,
    agreed: Option<&Plan>,
    wish: Wanted,
    question: impl Fn(&Plan) -> String,
) -> anyhow::Result<Option<Alone>> {
    let council = ctx.interrupt.or(council(ctx, scene)).await?;
    if council.by_merit().is_empty() || (acting.standalone && acting.dry_run) {
        return Ok(Some(Alone::among_nobody()));
    }
    if acting.standalone {
        return Ok(Some(Alone::among(ctx, council).await?));
    }
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
    through
        .run(scene, acting, agreed, question)
        .await
        .map(|()| None)
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

struct Through<'a> {
    ctx: &'a Context,
    council: Council,
    wish: Wanted,
    patience: Duration,
}

/// How an operation ended, from the watcher's mouth or from what it left.
struct End {
    plan: Plan,
    outcome: Outcome,
    blackout_us: Option<u64>,
    total_ms: u64,
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
        if let Some(leader) = self.council.leading().filter(|_| !acting.dry_run) {
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
        for chair in self.council.by_merit() {
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

    /// Has `plan` carried out, showing every step.
    async fn carry_out(
        &self,
        scene: &Scene,
        chair: &Addr,
        plan: Plan,
    ) -> anyhow::Result<Result<End, Refusal>> {
        let ctx = self.ctx;
        let wish = Wanted {
            plan: Some(Box::new(plan.clone())),
            ..self.wish.clone()
        };
        let mut steps = ctx.ui.steps();
        let mut begun = false;
        let followed = self
            .follow(chair, &wish, |what| {
                begun = true;
                present::show(ctx, &mut steps, what);
            })
            .await;
        drop(steps);
        let failed = |exit, text: &str| {
            let text = format!("watcher {chair}: {text}; nothing was changed");
            Err(Failure::new(exit, text).into())
        };
        match followed {
            Ok(Reply::Ended {
                plan,
                outcome,
                blackout_us,
                total_ms,
                findings,
            }) => {
                // What is left over is in the outcome too, where it is incomplete.
                if !matches!(outcome, Outcome::Incomplete { .. }) {
                    for finding in findings {
                        ctx.ui.warn(&format!("{} [{}]", finding.text, finding.code));
                    }
                }
                Ok(Ok(End {
                    plan: *plan,
                    outcome,
                    blackout_us,
                    total_ms,
                }))
            }
            Ok(Reply::Refused {
                kind,
                code,
                text,
                hint,
            }) => Ok(Err(refusal(&kind, &code, text, hint))),
            Ok(Reply::Error { line }) => failed(Exit::Failed, &line),
            Ok(Reply::Done | Reply::Vote { .. } | Reply::Planned { .. }) => {
                failed(Exit::Failed, "it did not say how it ended")
            }
            Err(Broken::NotSent(fault)) => failed(Exit::NoQuorum, &fault.text),
            Err(Broken::Lost(fault)) => self
                .cut_off(scene, chair, plan, begun, &fault)
                .await
                .map(Ok),
        }
    }

    /// Asks, passes on what is shown, and gives the end. The first Ctrl-C is passed on to the watcher.
    async fn follow(
        &self,
        chair: &Addr,
        wish: &Wanted,
        mut show: impl FnMut(&Show),
    ) -> Result<Reply, Broken> {
        let begun = self.council.operate(chair, wish).await;
        let mut operation = begun.map_err(Broken::NotSent)?;
        let mut lost = pin!(self.council.lost(chair));
        let mut interrupted = false;
        loop {
            tokio::select! {
                biased;
                word = operation.next() => match word {
                    Ok(Word::Show(what)) => show(&what),
                    Ok(Word::End(reply)) => return Ok(*reply),
                    Err(fault) => return Err(Broken::Lost(fault)),
                },
                fault = &mut lost => return Err(Broken::Lost(fault)),
                () = self.ctx.interrupt.wait(), if !interrupted => {
                    interrupted = true;
                    if let Err(fault) = self.council.interrupt(chair).await {
                        self.ctx.ui.warn(&format!("the watcher was not told to stop: {fault}"));
                    }
                }
            }
        }
    }

    /// The watcher is gone in the middle: what became of it, by its own journal or by the word of another one.
    async fn cut_off(
        &self,
        scene: &Scene,
        chair: &Addr,
        plan: Plan,
        begun: bool,
        fault: &Fault,
    ) -> anyhow::Result<End> {
        let ctx = self.ctx;
        ctx.ui.warn(&format!(
            "the connection to watcher {chair} broke: {fault}; looking what became of it"
        ));
        let until = clock::mono() + AFTERMATH;
        while clock::mono() < until && !ctx.interrupt.requested() {
            for (_, entries) in self.council.histories(usize::MAX).await {
                let ours = entries.into_iter().filter(|e| e.op == plan.id);
                for entry in ours {
                    if let Record::End {
                        outcome,
                        blackout_ms,
                        total_ms,
                    } = entry.record
                    {
                        return Ok(End {
                            plan,
                            outcome,
                            blackout_us: blackout_ms.map(|ms| rounded(ms * 1000.0)),
                            total_ms: rounded(total_ms),
                        });
                    }
                }
            }
            let heir = plan.facts.candidate.as_ref();
            let told = self.council.pictures().await;
            let told = told.iter().find(|(addr, picture)| {
                addr != chair && heir.is_some_and(|heir| *heir == picture.master)
            });
            if let Some((addr, picture)) = told.filter(|_| begun) {
                let text = format!(
                    "watcher {chair} was lost in the middle; watcher {addr} says that {} is the master of {} now",
                    picture.master, scene.cluster.name
                );
                return Err(Failure::new(Exit::Incomplete, text)
                    .hint("the watchers see to the rest; see `pikafo status` and `pikafo check`")
                    .into());
            }
            sleep(AGAIN).await;
        }
        let text = format!(
            "watcher {chair} was lost in the middle of {}, and no other one knows how it ended: {fault}",
            plan.id
        );
        Err(Failure::new(Exit::Unknown, text)
            .hint("the watcher goes on, or another one takes over: see `pikafo status` and `pikafo history`")
            .into())
    }

    async fn report(&self, scene: &mut Scene, end: End) -> anyhow::Result<()> {
        let report = Report {
            plan: end.plan,
            outcome: end.outcome,
            blackout_us: end.blackout_us,
            total_ms: end.total_ms,
            journal_lost: None,
        };
        let after = scene.look(self.ctx).await?;
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

/// Why an operation could not be followed to its end.
enum Broken {
    NotSent(Fault),
    Lost(Fault),
}

fn running(text: String) -> Refusal {
    Refusal::new(
        RefusalKind::Unsafe,
        "operation.running",
        text,
        "nothing was changed; wait for it to end, see `pikafo status`",
    )
}

fn refusal(kind: &str, code: &str, text: String, hint: String) -> Refusal {
    let kind = match kind {
        "nothing" => RefusalKind::Nothing,
        "no_quorum" => RefusalKind::NoQuorum,
        _ => RefusalKind::Unsafe,
    };
    Refusal::new(kind, code, text, hint)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a span of time, which the cast saturates"
)]
fn rounded(span: f64) -> u64 {
    span.round() as u64
}

/// Watchers that agree later than this are not waited for.
const GRACE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(200);
/// Another watcher has taken over by then, or nobody will.
const AFTERMATH: Duration = Duration::from_secs(15);
const TRIES: u32 = 5;
