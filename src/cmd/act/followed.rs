//! An operation that a watcher carries out, followed to its end, or to what became of it where the watcher is lost.

use std::pin::pin;
use std::time::Duration;

use super::present;
use super::scene::Scene;
use super::through::AGAIN;
use super::through::Through;
use super::through::refusal;
use crate::decide::conduct::Show;
use crate::decide::draft::Refusal;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::record::may_have_promoted;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::sleep;
use crate::node::pikafo::Word;

/// How an operation ended, from the watcher's mouth or from what it left.
pub(super) struct End {
    pub(super) plan: Plan,
    pub(super) outcome: Outcome,
    pub(super) blackout_us: Option<u64>,
    pub(super) total_ms: u64,
}

/// Why an operation could not be followed to its end.
pub(super) enum Broken {
    NotSent(Fault),
    Lost(Fault),
}

impl Through<'_> {
    /// Has `plan` carried out, showing every step.
    pub(super) async fn carry_out(
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
    pub(super) async fn follow(
        &self,
        chair: &Addr,
        wish: &Wanted,
        mut show: impl FnMut(&Show),
    ) -> Result<Reply, Broken> {
        let process = self.council.process(chair).await;
        let process = process.map_err(Broken::NotSent)?;
        let begun = self.council.operate(chair, wish).await;
        let mut operation = begun.map_err(Broken::NotSent)?;
        let mut lost = pin!(self.council.lost(chair, process.as_deref()));
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
                let records: Vec<Record> = ours.map(|entry| entry.record).collect();
                let open = may_have_promoted(&plan, &records);
                for record in records {
                    if let Record::End {
                        outcome,
                        blackout_ms,
                        total_ms,
                    } = record
                        && !(open && says_undone(&outcome))
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
}

/// Whoever closes what he could not go on with has seen nothing of the promotion.
fn says_undone(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Refused { .. } | Outcome::Undone { .. } | Outcome::Interrupted
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a span of time, which the cast saturates"
)]
fn rounded(span: f64) -> u64 {
    span.round() as u64
}

/// Another watcher has taken over by then, or nobody will.
const AFTERMATH: Duration = Duration::from_secs(15);
