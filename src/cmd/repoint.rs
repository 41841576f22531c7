//! `pikafo repoint`.

use clap_complete::ArgValueCompleter;

use super::Acting;
use super::Context;
use super::act::go;
use super::act::scene::Scene;
use super::act::through;
use super::complete;
use crate::decide::draft;
use crate::decide::draft::repoint;
use crate::decide::draft::repoint::Wanted;
use crate::decide::engine::event::Wanted as Wished;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;
use crate::exit::Exit;
use crate::exit::Failure;

/// Attach replicas to the master, incrementally where that is provably safe
///
/// Each node is judged first: a prefix of the master's history is attached incrementally; a node that holds
/// nothing gets a full copy; one that holds writes which the master lacks is set apart, unless --resync
/// says to discard them.
///
/// Examples:
///
///   pikafo repoint --all              whatever does not follow the master as it should
///   pikafo repoint a --resync         discard what a holds and copy the master's data
///   pikafo repoint c --to b           make c a replica of the replica b
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The nodes to attach, by name or address
    #[arg(value_name = "NODE", required_unless_present_any = ["all", "plan", "resume", "abort"], add = ArgValueCompleter::new(complete::nodes))]
    pub nodes: Vec<String>,

    /// Every node that does not follow the master as it should
    #[arg(long, conflicts_with = "nodes")]
    pub all: bool,

    /// The node to follow; otherwise the master
    #[arg(long, value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    pub to: Option<String>,

    /// Discard the nodes' own data and copy the master's, one node at a time
    #[arg(long)]
    pub resync: bool,

    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let acting = &args.acting;
    if acting.resume || acting.abort {
        return go::on(ctx, acting, Kind::Repoint).await;
    }
    if args.all && args.resync {
        return Err(
            Failure::new(Exit::Usage, "--resync wants the nodes by name")
                .hint("discarding the data of every replica at once leaves one copy of it")
                .into(),
        );
    }
    let mut scene = Scene::set(ctx).await?;
    let nodes = args
        .nodes
        .iter()
        .map(|text| ctx.node(&scene.cluster, text))
        .collect::<Result<Vec<_>, _>>()?;
    let to = args
        .to
        .as_deref()
        .map(|text| ctx.node(&scene.cluster, text))
        .transpose()?;
    let agreed = go::agreed(&scene, acting, Kind::Repoint)?;
    let mut wanted = Wanted {
        nodes,
        to,
        resync: args.resync,
    };
    if let Some(plan) = &agreed {
        wanted = wanted.or(plan);
    }
    let wish = Wished {
        nodes: wanted.nodes.clone(),
        to: wanted.to.clone(),
        resync: wanted.resync,
        all: args.all,
        ..Wished::default()
    };
    let alone = async |scene: &mut Scene, agreed| act(ctx, scene, acting, agreed, &wanted).await;
    let operation = (Kind::Repoint, wish);
    through::or_alone(ctx, &mut scene, acting, operation, agreed, question, alone).await
}

async fn act(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    agreed: Option<Plan>,
    wanted: &Wanted,
) -> anyhow::Result<()> {
    let lock = go::lock(scene, acting)?;
    let drafted = async |scene: &mut Scene, _: Option<&Plan>| {
        let view = ctx.interrupt.or(scene.look(ctx)).await??;
        let master = draft::acting_master(&view);
        let who = go::who(ctx);
        let brief = scene.brief(&view, master.as_ref(), Case::Planned, acting, &who);
        Ok(repoint::draft(&brief, wanted))
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

fn question(plan: &Plan) -> String {
    format!("Attach replicas of {} as planned?", plan.cluster)
}
