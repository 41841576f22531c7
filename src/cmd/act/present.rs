//! Plans, steps and outcomes for people and for scripts.

use serde::Serialize;

use super::scene::Scene;
use crate::cli::Output;
use crate::cmd::Context;
use crate::decide::conduct::Show;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::overtaken;
use crate::decide::plan::Act;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::view::ClusterView;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::operate::Report;
use crate::render;
use crate::ui::Steps;

/// What an acting command prints with `-o json`. Fields are only ever added.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    operation: &'a str,
    kind: &'a str,
    cluster: &'a str,
    outcome: &'a str,
    why: Option<&'a str>,
    old_master: Option<&'a Addr>,
    new_master: Option<&'a Addr>,
    blackout_ms: Option<f64>,
    total_ms: u64,
    loss: Option<&'a Loss>,
    left: &'a [Finding],
    status: render::status::Report,
}

/// A plan, as it will be carried out.
pub(crate) fn plan(ctx: &Context, plan: &Plan) -> anyhow::Result<()> {
    match ctx.global.output() {
        Output::Table => ctx.ui.data(&render::plan::text(plan, &ctx.ui.look()))?,
        Output::Json => ctx.ui.data(&render::document::json(plan)?)?,
        Output::Yaml => ctx.ui.data(&render::document::yaml(plan)?)?,
    }
    Ok(())
}

/// What a change rests on, what it costs and what nobody should miss, before anything is changed.
pub(crate) fn price(ctx: &Context, plan: &Plan) {
    let grave = |note: &&Finding| note.severity == Severity::Critical;
    for note in plan.notes.iter().filter(grave) {
        ctx.ui.warn(&format!("{} [{}]", note.text, note.code));
    }
    for line in &plan.evidence {
        ctx.ui.note(&format!("evidence: {line}"));
    }
    if let Some(loss) = &plan.loss {
        ctx.ui.note(&format!("loss: {loss}"));
    }
}

/// The plan on stderr, before it is carried out.
pub(crate) fn plan_aside(ctx: &Context, plan: &Plan) {
    ctx.ui
        .note(render::plan::text(plan, &ctx.ui.look_aside()).trim_end());
}

/// One step's progress.
pub(crate) fn show(ctx: &Context, steps: &mut Steps, what: &Show) {
    match what {
        Show::Step { text } => steps.start(text),
        Show::Detail { text } => steps.detail(text),
        Show::StepDone { note, .. } => steps.done(note.as_deref().unwrap_or_default()),
        Show::StepFailed { text } => steps.fail(text),
        Show::Undoing { why } => ctx.ui.warn(&format!("undoing what was begun: {why}")),
        Show::Note { text } => ctx.ui.note(text),
    }
}

/// A refusal as the end of the program; nothing to do is success.
pub(crate) fn refusal(ctx: &Context, refusal: &Refusal) -> anyhow::Result<()> {
    let exit = match refusal.kind {
        RefusalKind::Nothing if ctx.interrupt.requested() => {
            return Err(ctx.interrupt.failure("interrupted").into());
        }
        RefusalKind::Nothing => {
            ctx.ui.note(&refusal.text);
            if ctx.global.output() != Output::Table {
                let value = serde_json::json!({
                    "version": 1, "outcome": "nothing", "code": refusal.code, "text": refusal.text
                });
                match ctx.global.output() {
                    Output::Yaml => ctx.ui.data(&render::document::yaml(&value)?)?,
                    Output::Json | Output::Table => {
                        ctx.ui.data(&render::document::json(&value)?)?;
                    }
                }
            }
            return Ok(());
        }
        RefusalKind::Unsafe => Exit::Refused,
        RefusalKind::NoQuorum => Exit::NoQuorum,
    };
    Err(
        Failure::new(exit, format!("{} [{}]", refusal.text, refusal.code))
            .hint(refusal.hint.clone())
            .into(),
    )
}

/// What came of it: a table or a document on stdout, the follow-ups on stderr, and the exit code.
pub(crate) fn report(
    ctx: &Context,
    scene: &Scene,
    report: &Report,
    after: &ClusterView,
) -> anyhow::Result<()> {
    let Report {
        plan,
        outcome,
        blackout_us,
        total_ms,
        journal_lost,
    } = report;
    let (word, why) = match outcome {
        Outcome::Done => ("done", None),
        Outcome::Finished => ("finished", None),
        Outcome::Incomplete { .. } => ("incomplete", None),
        Outcome::Refused { why } => ("refused", Some(why.as_str())),
        Outcome::Undone { why } => ("undone", Some(why.as_str())),
        Outcome::Interrupted => ("interrupted", None),
        Outcome::Unknown { why } => ("unknown", Some(why.as_str())),
    };
    let left = if let Outcome::Incomplete { left } = outcome {
        left.as_slice()
    } else {
        &[]
    };
    let cluster = render::status::Cluster::new(after, scene.assess(after));
    let status = render::status::Report::new(clock::wall().to_string(), vec![cluster]);
    let changed = match outcome {
        Outcome::Done | Outcome::Finished => true,
        // A new master that lost its role before it was saved leaves follow-up too, and the old master; and of one that the
        // watchers have replaced before they were told of it nobody knows.
        Outcome::Incomplete { left } => {
            let candidate = plan.facts.candidate.as_ref();
            let follows = candidate
                .and_then(|candidate| after.node(candidate))
                .is_some_and(|node| node.role().is_replica());
            let mut left = left.iter();
            let unheard = |f: &Finding| f.code == overtaken::CODE && f.node.as_ref() == candidate;
            !follows && !left.any(unheard)
        }
        Outcome::Refused { .. }
        | Outcome::Undone { .. }
        | Outcome::Interrupted
        | Outcome::Unknown { .. } => false,
    };
    match ctx.global.output() {
        Output::Table => ctx
            .ui
            .data(&render::table::report(&status, false, &ctx.ui.look()))?,
        format @ (Output::Json | Output::Yaml) => {
            let value = Document {
                version: 1,
                operation: &plan.id,
                kind: plan.kind.word(),
                cluster: &plan.cluster,
                outcome: word,
                why,
                old_master: plan
                    .facts
                    .master
                    .as_ref()
                    .filter(|_| plan.facts.candidate.is_some()),
                new_master: plan.facts.candidate.as_ref().filter(|_| changed),
                blackout_ms: blackout_us.map(as_ms),
                total_ms: *total_ms,
                loss: plan.loss.as_ref(),
                left,
                status,
            };
            if format == Output::Yaml {
                ctx.ui.data(&render::document::yaml(&value)?)?;
            } else {
                ctx.ui.data(&render::document::json(&value)?)?;
            }
        }
    }
    for finding in left {
        ctx.ui.warn(&format!(
            "{} [{}]; {}",
            finding.text, finding.code, finding.hint
        ));
    }
    if let Some(error) = journal_lost {
        ctx.ui
            .warn(&format!("the journal could not be written: {error}"));
    }
    if changed && let Some(candidate) = &plan.facts.candidate {
        let node = plan.facts.nodes.iter().find(|n| n.addr == *candidate);
        let named = node.filter(|node| node.name != candidate.to_string());
        let name = named.map_or_else(
            || candidate.to_string(),
            |node| format!("{} ({candidate})", node.name),
        );
        let blackout = blackout_us.map_or_else(String::new, |us| {
            format!(", no writes for {:.1} ms", as_ms(us))
        });
        let loss = plan
            .loss
            .as_ref()
            .map_or_else(String::new, |loss| format!(", loss {loss}"));
        ctx.ui.note(&format!(
            "{name} is the master of {}{blackout}{loss}",
            plan.cluster
        ));
    }
    let kind = plan.kind.word();
    let failure = match outcome {
        Outcome::Done => return Ok(()),
        Outcome::Finished => {
            ctx.ui.warn("it was too late to go back without losing writes, so the operation was finished");
            return Ok(());
        }
        // Nobody was attached: whoever was asked for may not follow.
        Outcome::Incomplete { left } if only_set_apart(plan, left) => {
            let text = left.iter().map(|f| format!("{} [{}]", f.text, f.code)).collect::<Vec<_>>();
            Failure::new(Exit::Refused, format!("{kind} refused: {}", text.join("; ")))
                .hint("no data was touched; `--resync` discards what only such a node holds")
        }
        Outcome::Incomplete { left } => {
            let text = format!("{kind} is incomplete: {} thing(s) left to do", left.len());
            Failure::new(Exit::Incomplete, text).hint("see the warnings above and `pikafo check`")
        }
        Outcome::Refused { why } => {
            Failure::new(Exit::Refused, format!("{kind} refused: {why}")).hint("nothing was changed; see `pikafo status`")
        }
        Outcome::Undone { why } => Failure::new(Exit::Failed, format!("{kind} failed and was undone: {why}"))
            .hint("the cluster is as it was; `pikafo history` has the details"),
        Outcome::Interrupted => ctx.interrupt.failure(format!("{kind} interrupted and undone: the cluster is as it was")),
        Outcome::Unknown { why } => Failure::new(Exit::Unknown, format!("outcome of {kind} unknown: {why}"))
            .hint(format!(
                "run `pikafo {kind} --resume` to finish or `pikafo {kind} --abort` to undo, once the nodes answer"
            )),
    };
    Err(failure.into())
}

/// Every node that was to be attached was judged, by the plan or right before the order, and stays apart.
fn only_set_apart(plan: &Plan, left: &[Finding]) -> bool {
    let apart = |node: &Addr| {
        left.iter()
            .any(|f| f.node.as_ref() == Some(node) && f.code.starts_with("rejoin."))
    };
    let mut touched = plan
        .steps
        .iter()
        .filter(|step| matches!(step.act, Act::Follow { .. } | Act::SetApart { .. }));
    plan.promotion_step().is_none()
        && !left.is_empty()
        && touched.all(|step| matches!(step.act, Act::SetApart { .. }) || apart(&step.node))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of an operation fit a double many times over"
)]
fn as_ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
