//! `pikafo promote`.

use clap_complete::ArgValueCompleter;

use super::Acting;
use super::Context;
use super::act::go;
use super::act::scene::Scene;
use super::act::through;
use super::complete;
use crate::decide::draft;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::promote;
use crate::decide::engine::event::Wanted as Wished;
use crate::decide::finding::Finding;
use crate::decide::health::catalogue::WATCHER_DISAGREES;
use crate::decide::name::Addr;
use crate::decide::overtaken;
use crate::decide::overtaken::Claim;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;
use crate::decide::view::ClusterView;

/// Switch over to another master without losing a write
///
/// Fences the master, waits until the candidate has everything, promotes it, and moves the other nodes.
/// Every step is proven, journalled and can be undone; past `switchover.max_blackout` it is undone.
///
/// Examples:
///
///   pikafo promote --dry-run          show what would be done
///   pikafo promote b --yes            make b the master
///   pikafo promote --resume           finish what a crash interrupted
///   pikafo promote --abort            undo it
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The node to promote, by name or address; otherwise the best candidate
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    pub node: Option<String>,
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let acting = &args.acting;
    if acting.resume || acting.abort {
        return go::on(ctx, acting, Kind::Promote).await;
    }
    let mut scene = Scene::set(ctx).await?;
    let wanted = args
        .node
        .as_deref()
        .map(|text| ctx.node(&scene.cluster, text))
        .transpose()?;
    let agreed = go::agreed(&scene, acting, Kind::Promote)?;
    let wanted = wanted.or_else(|| agreed.as_ref()?.facts.candidate.clone());
    let wish = Wished {
        nodes: wanted.iter().cloned().collect(),
        ..Wished::default()
    };
    let alone =
        async |scene: &mut Scene, agreed| act(ctx, scene, acting, agreed, wanted.as_ref()).await;
    let operation = (Kind::Promote, wish);
    through::or_alone(ctx, &mut scene, acting, operation, agreed, question, alone).await
}

async fn act(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    agreed: Option<Plan>,
    wanted: Option<&Addr>,
) -> anyhow::Result<()> {
    let lock = go::lock(scene, acting)?;
    let drafted = async |scene: &mut Scene, shown: Option<&Plan>| {
        let mut view = ctx.interrupt.or(scene.look(ctx)).await??;
        for (node, why) in &scene.apart {
            let known = view.memory.quarantined.entry(node.clone());
            known.or_insert_with(|| why.clone());
        }
        let master = draft::acting_master(&view);
        let who = go::who(ctx);
        let mut brief = scene.brief(&view, master.as_ref(), Case::Planned, acting, &who);
        let (objections, held) = scene.watchers_object(ctx, &view, master.as_ref()).await;
        scene.epoch = overtaken::epoch(&held);
        brief.notes.extend(objections.clone());
        let drafted = promote::draft_as_shown(&brief, wanted, shown).map(|mut plan| {
            plan.facts.epoch = scene.epoch;
            plan
        });
        let drafted = drafted.map_err(|refusal| doubted(refusal, &objections));
        // Whoever names it has seen what the watchers say.
        let replaced = acting.expect_master.is_none();
        let replaced = replaced.then(|| not_held(master.as_ref(), &held, &view));
        Ok(match replaced.flatten() {
            Some(refusal) if drafted.is_ok() => Err(refusal),
            Some(_) | None => drafted,
        })
    };
    go::with(
        ctx,
        scene,
        acting,
        lock,
        agreed,
        drafted,
        question,
        go::unopposed,
    )
    .await
}

/// An old master that has come back is the master by its own word alone.
fn doubted(refusal: Refusal, objections: &[Finding]) -> Refusal {
    let disagrees = |finding: &&Finding| finding.code == WATCHER_DISAGREES.code;
    match (refusal.kind, objections.iter().find(disagrees)) {
        (RefusalKind::Nothing, Some(other)) => {
            let watcher = other.node.as_ref().map(ToString::to_string);
            let watcher = watcher.unwrap_or_default();
            Refusal::new(
                RefusalKind::Unsafe,
                "master.not_held",
                format!(
                    "{} by its own word; watcher {watcher}: {}",
                    refusal.text, other.text
                ),
                "bring back the one that the watchers hold for the master, or let `pikafo failover` replace it",
            )
        }
        (RefusalKind::Nothing | RefusalKind::NoQuorum | RefusalKind::Unsafe, _) => refusal,
    }
}

/// The watchers have replaced it, and it is back, or cut off from them.
fn not_held(master: Option<&Addr>, held: &[Claim], view: &ClusterView) -> Option<Refusal> {
    let master = master?;
    let other = overtaken::another(&[master], held, view)?;
    let (text, hint) = (
        format!(
            "{master} takes itself for the master, and the watchers have made {} the master in epoch {}",
            other.master, other.epoch
        ),
        format!(
            "bring that one back, or let `pikafo failover` replace it; where the watchers are wrong, --expect-master {master}"
        ),
    );
    Some(Refusal::new(
        RefusalKind::Unsafe,
        "master.not_held",
        text,
        hint,
    ))
}

fn question(plan: &Plan) -> String {
    let old = go::name_or(plan, plan.facts.master.as_ref());
    let new = go::name_or(plan, plan.facts.candidate.as_ref());
    format!("Switch {} over from {old} to {new}?", plan.cluster)
}
