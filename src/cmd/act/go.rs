//! From a draft to an exit code; and going on after a crash.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::alone::Alone;
use super::overtaken;
use super::present;
use super::scene::Scene;
use super::scene::store_failure;
use super::through;
use crate::cmd::Acting;
use crate::cmd::Context;
use crate::decide::conduct::Conduct;
use crate::decide::draft::Refusal;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Stale;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::crew::Crew;
use crate::host::machine;
use crate::host::operate;
use crate::host::operate::Report;
use crate::host::store;

/// Who asks: `user@host`.
pub(crate) fn who(ctx: &Context) -> String {
    let host = machine::process().host;
    let user = ctx.env.user.clone().or_else(own_name);
    let user = user.as_deref().unwrap_or("unknown");
    format!(
        "{user}@{}",
        if host.is_empty() { "localhost" } else { &host }
    )
}

/// The name of the user that the process runs as: a service's environment has none.
fn own_name() -> Option<String> {
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&uid)).then(|| name.to_owned())
    });
    Some(name.unwrap_or(uid))
}

/// The state folder's lock, taken before the cluster is looked at, so that what was seen stays true. A dry
/// run takes none.
pub(crate) fn lock(scene: &Scene, acting: &Acting) -> Result<Option<store::Acting>, Failure> {
    if acting.dry_run {
        return Ok(None);
    }
    scene
        .store
        .act(&scene.cluster.name)
        .map(Some)
        .map_err(|error| store_failure(&error))
}

/// The plan in the file that `--plan` names, read before anybody is asked anything: what is wrong with the file is
/// wrong whatever the cluster is like.
pub(crate) fn agreed(scene: &Scene, acting: &Acting, kind: Kind) -> Result<Option<Plan>, Failure> {
    acting
        .plan
        .as_deref()
        .map(|path| from_file(path, kind, scene))
        .transpose()
}

/// What to do with a fresh draft: compare it with the one that was agreed to, write it, show it, ask, look once more,
/// and carry it out.
///
/// `draft` looks at the cluster and plans, knowing the plan that was shown before, if there was one; it is called again once the
/// question was answered, for nobody knows how long it stood.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one thing in which the commands differ"
)]
pub(crate) async fn with(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    lock: Option<store::Acting>,
    agreed: Option<Plan>,
    draft: impl AsyncFn(&mut Scene, Option<&Plan>) -> anyhow::Result<Result<Plan, Refusal>>,
    question: impl Fn(&Plan) -> String,
    last_word: impl AsyncFnOnce(&Scene) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut plan = match draft(scene, None).await? {
        Ok(plan) => plan,
        Err(refusal) => return present::refusal(ctx, &refusal),
    };
    if let Some(agreed) = agreed {
        plan = as_agreed(&agreed, plan)?;
    }
    if let Some(path) = &acting.plan_out {
        write(path, &plan)?;
        ctx.ui.note(&format!("plan written to {}", path.display()));
    }
    let Some(lock) = lock else {
        return present::plan(ctx, &plan);
    };
    consent(ctx, acting, &plan, &question(&plan)).await?;
    if !acting.yes {
        plan = match draft(scene, Some(&plan)).await? {
            Ok(again) => still(&plan, again)?,
            Err(refusal) => return present::refusal(ctx, &refusal),
        };
    }
    last_word(scene).await?;
    carry_out(ctx, scene, Conduct::new(plan), lock).await
}

/// The plan in a file, made from what is true now.
pub(crate) fn as_agreed(agreed: &Plan, fresh: Plan) -> Result<Plan, Failure> {
    agreed.still_fits(&fresh).map_err(|stale| {
        Failure::new(
            Exit::Refused,
            format!("the plan does not hold any more: {stale} [plan.stale]"),
        )
        .hint("nothing was changed; make a new one with --dry-run --plan-out")
    })?;
    Ok(Plan {
        reason: fresh.reason.or_else(|| agreed.reason.clone()),
        agreed: Some(agreed.id.clone()),
        ..fresh
    })
}

/// The operator's word on a plan: what it costs is said, and `--yes` or an answer given.
pub(crate) async fn consent(
    ctx: &Context,
    acting: &Acting,
    plan: &Plan,
    question: &str,
) -> anyhow::Result<()> {
    if acting.yes {
        present::price(ctx, plan);
        consented(plan, acting)?;
        if ctx.global.verbose > 0 {
            present::plan_aside(ctx, plan);
        }
        return Ok(());
    }
    present::plan_aside(ctx, plan);
    let stopped = ctx.interrupt.stopped(UNANSWERED);
    if ctx.ui.confirm(stopped, question).await? {
        return Ok(());
    }
    Err(Failure::new(Exit::Declined, "not confirmed; nothing was changed").into())
}

/// What a signal says to a question.
pub(crate) const UNANSWERED: &str = "interrupted before an answer was given";

/// `--yes` stands for no loss that nobody can name.
fn consented(plan: &Plan, acting: &Acting) -> Result<(), Failure> {
    let unknown = plan
        .loss
        .as_ref()
        .filter(|loss| loss.judged_bytes().is_none());
    match unknown {
        Some(loss) if acting.accept_loss.is_none() => Err(Failure::new(
            Exit::Refused,
            format!("what the failover loses is {loss} [loss.unknown]"),
        )
        .hint(
            "nothing was changed; agree to it with --accept-loss SIZE or --accept-loss all, or without --yes on a \
             terminal",
        )),
        Some(_) | None => Ok(()),
    }
}

/// What was agreed to, made from what is true now.
fn still(agreed: &Plan, again: Plan) -> Result<Plan, Failure> {
    agreed.still_fits(&again).map_err(|stale| {
        Failure::new(
            Exit::Refused,
            format!("the cluster changed while the question stood: {stale} [plan.stale]"),
        )
        .hint("nothing was changed; run it again and look at the new plan")
    })?;
    Ok(Plan {
        reason: agreed.reason.clone(),
        agreed: agreed.agreed.clone(),
        ..again
    })
}

/// For operations that nobody else has a say in.
pub(crate) async fn unopposed(_scene: &Scene) -> anyhow::Result<()> {
    Ok(())
}

/// `--resume` and `--abort`: finishes or undoes the operation that was cut off.
pub(crate) async fn on(ctx: &Context, acting: &Acting, kind: Kind) -> anyhow::Result<()> {
    let mut scene = Scene::set(ctx).await?;
    if !acting.standalone {
        return go_on(ctx, &mut scene, acting, kind).await;
    }
    let council = through::council(ctx, &scene).await;
    let alone = Alone::among(ctx, council).await?;
    scene.held = alone.held();
    let done = go_on(ctx, &mut scene, acting, kind).await;
    alone.over(&done, &scene.store).await;
    done
}

async fn go_on(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    kind: Kind,
) -> anyhow::Result<()> {
    let lock = scene
        .store
        .act(&scene.cluster.name)
        .map_err(|error| store_failure(&error))?;
    let open = scene
        .store
        .open_operation()
        .map_err(|error| store_failure(&error))?;
    let Some((plan, records)) = open else {
        let text = format!("no operation on {} was cut off", scene.cluster.name);
        return Err(Failure::new(Exit::Refused, text)
            .hint("see `pikafo history`")
            .into());
    };
    if plan.kind != kind {
        let text = format!("the operation that was cut off is a {}", plan.kind.word());
        let verb = if acting.abort { "--abort" } else { "--resume" };
        return Err(Failure::new(Exit::Usage, text)
            .hint(format!("run `pikafo {} {verb}`", plan.kind.word()))
            .into());
    }
    ctx.ui.note(&format!(
        "operation {} of {} by {} was cut off; {}",
        plan.id,
        plan.made_at,
        plan.by,
        if acting.abort {
            "undoing it"
        } else {
            "going on"
        }
    ));
    // Learns which addresses the nodes use among themselves.
    let view = scene.look(ctx).await?;
    if let Some(master) = overtaken::by_watchers(ctx, scene, &view, &plan, &records).await? {
        if acting.abort {
            let undo = Conduct::resume(plan.clone(), &records, true, &who(ctx));
            if let Some(undo) = undo.of_their_master(&master, &view) {
                let note = overtaken::lifted(&master);
                return take_back(ctx, scene, undo, lock, (Some(master), &note)).await;
            }
            return overtaken::close(ctx, scene, plan, &records, &master, lock).await;
        }
        return Err(overtaken::refusal(&plan, &master).into());
    }
    // The old master is the master again; it did not change.
    let master = plan.facts.master.clone();
    let conduct = Conduct::resume(plan, &records, acting.abort, &who(ctx));
    if acting.abort {
        let note = "undone: the cluster is as it was before";
        return take_back(ctx, scene, conduct, lock, (master, note)).await;
    }
    carry_out(ctx, scene, conduct, lock).await
}

async fn carry_out(
    ctx: &Context,
    scene: &mut Scene,
    conduct: Conduct,
    lock: store::Acting,
) -> anyhow::Result<()> {
    let report = execute(ctx, scene, conduct, lock).await?;
    let after = scene.look_after(ctx).await;
    present::report(ctx, scene, &report, &after)
}

/// Conducts to the end, showing every step. The lock is free for whoever comes next when this returns.
pub(crate) async fn execute(
    ctx: &Context,
    scene: &Scene,
    conduct: Conduct,
    mut lock: store::Acting,
) -> Result<Report, Failure> {
    let nodes = conduct.plan().facts.nodes.iter().map(|n| n.addr.clone());
    let crew = Crew::new(
        &scene.cluster,
        nodes,
        scene.aliases.clone(),
        &scene.config.watch,
        &ctx.net,
    )
    .map_err(|fault| Failure::new(Exit::Failed, format!("{fault}; nothing was changed")))?
    .while_held(scene.held.clone())
    .since(scene.epoch);
    let mut steps = ctx.ui.steps();
    let token = ctx.interrupt.token().clone();
    Ok(operate::conduct(conduct, &crew, &mut lock, &token, |what| {
        present::show(ctx, &mut steps, what);
    })
    .await)
}

/// Undoing is what was asked for: where nothing is left of the operation it is done, and this one is the master then.
async fn take_back(
    ctx: &Context,
    scene: &mut Scene,
    conduct: Conduct,
    lock: store::Acting,
    (master, note): (Option<Addr>, &str),
) -> anyhow::Result<()> {
    let mut report = execute(ctx, scene, conduct, lock).await?;
    let after = scene.look_after(ctx).await;
    if matches!(report.outcome, Outcome::Undone { .. }) {
        ctx.ui.note(note);
        report.outcome = Outcome::Done;
        report.plan.facts.candidate = master;
    }
    present::report(ctx, scene, &report, &after)
}

/// Asked only when a person is there; a script passes `--yes`.
pub(crate) fn name_or(plan: &Plan, addr: Option<&Addr>) -> String {
    addr.map_or_else(
        || "nobody".to_owned(),
        |addr| {
            plan.facts
                .nodes
                .iter()
                .find(|n| n.addr == *addr)
                .map_or_else(|| addr.to_string(), |n| n.name.clone())
        },
    )
}

fn from_file(path: &Path, kind: Kind, scene: &Scene) -> Result<Plan, Failure> {
    let file = path.display();
    let text = std::fs::read(path).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read the plan {file}: {error}"))
    })?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
        Failure::new(Exit::Usage, format!("{file} is no plan: {error}"))
            .hint("write one with --plan-out")
    })?;
    plan.sound(kind, &scene.cluster.name).map_err(|stale| {
        let exit = match stale {
            Stale::Version(_) | Stale::Kind(_) | Stale::Cluster(_) => Exit::Usage,
            Stale::Candidate { .. }
            | Stale::Loss { .. }
            | Stale::Notes(_)
            | Stale::Changed { .. }
            | Stale::NewNode(_)
            | Stale::LostNode(_)
            | Stale::Edited => Exit::Refused,
        };
        Failure::new(
            exit,
            format!("{file} cannot be carried out: {stale} [plan.unfit]"),
        )
        .hint("nothing was changed; make a new one with --dry-run --plan-out")
    })?;
    let (entries, _) = scene
        .store
        .entries()
        .map_err(|error| store_failure(&error))?;
    if entries.iter().any(|entry| begins(&entry.record, &plan)) {
        return Err(Failure::new(
            Exit::Refused,
            format!("the plan {} was carried out before [plan.applied]", plan.id),
        )
        .hint("make a new one; `pikafo history` shows what came of it"));
    }
    Ok(plan)
}

/// Whether this record says that `plan` was carried out.
pub(crate) fn begins(record: &Record, plan: &Plan) -> bool {
    matches!(record, Record::Begin { plan: begun }
        if begun.id == plan.id || begun.agreed.as_ref() == Some(&plan.id))
}

pub(crate) fn write(path: &Path, plan: &Plan) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(plan)?;
    text.push('\n');
    std::fs::write(path, text).map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!(
                "cannot write the plan to {}: {error}; nothing was changed",
                path.display()
            ),
        )
    })?;
    Ok(())
}
