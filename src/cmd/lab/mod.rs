//! `pikafo lab`: a throwaway cluster on loopback, its master killed under load, and what that cost.

mod servers;
mod watched;
mod watchers;
mod writer;

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use self::servers::Servers;
use self::watched::Watched;
use self::writer::Guide;
use self::writer::Writer;
use super::Acting;
use super::Context;
use super::act::death;
use super::act::go;
use super::act::present;
use super::act::scene::Scene;
use crate::cli::Output;
use crate::config;
use crate::config::outside::Machine;
use crate::decide::conduct::Conduct;
use crate::decide::draft::failover;
use crate::decide::name::Addr;
use crate::decide::plan::Loss;
use crate::decide::record::Outcome;
use crate::decide::verdict::Case;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::dice;
use crate::lab::version::Version;
use crate::render;

/// Rehearse a failover on a throwaway cluster
///
/// Starts one master, two replicas and a writer on loopback, kills the master, fails over with the same code
/// as `pikafo failover`, and ends with what was lost and how long no write was possible. Everything lives in
/// a temporary folder and is gone afterwards.
///
/// With --watchers it also starts as many `pikafo watch`. They fail over by themselves, the writer asks them for the
/// master as any client of Sentinel does, the old master comes back, and a timeline says which of them saw what when.
///
/// Examples:
///
///   pikafo lab                               nothing else needs to be installed
///   pikafo lab --version 3.4.1               as an old Pika
///   pikafo lab --server redis-server         with real processes
///   pikafo lab --watchers 3                  the recommended deployment: nobody asks for the failover
///   pikafo lab --keep                        leave it running, to try the other commands on
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Use real processes: redis-server, or the path of a Pika or Redis binary
    #[arg(long, value_name = "PROGRAM")]
    pub server: Option<PathBuf>,

    /// The dialect of the embedded server: 3.4.1, 3.5.2, 3.5.5 or 4.0.1
    #[arg(long, value_name = "VERSION", default_value_t = Version::V3_5_5, conflicts_with = "server")]
    pub version: Version,

    /// Start this many watchers beside it, and leave the failover to them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub watchers: Option<u8>,

    /// Leave the cluster running until Ctrl-C, with a configuration for the other commands
    #[arg(long)]
    pub keep: bool,
}

/// What it came to. One JSON object with `-o json`; fields are only ever added.
#[derive(Debug, Serialize)]
struct Result_ {
    version: u32,
    server: String,
    old_master: Addr,
    new_master: Addr,
    /// From the kill until the master was held for dead.
    detect_ms: u64,
    /// The longest time in which no write was accepted.
    blackout_ms: f64,
    acknowledged_writes: usize,
    lost_writes: usize,
    /// What the failover itself said it would cost, in bytes.
    estimated_loss_bytes: Option<u64>,
    #[serde(flatten)]
    watched: Option<Watched>,
}

pub async fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
    let dir = Folder::new()?;
    let mut servers = ctx
        .interrupt
        .or(Servers::start(
            args.server.as_deref(),
            args.version,
            dir.path(),
        ))
        .await??;
    let path = dir.path().join("pikafo.yaml");
    let mut watchers = match args.watchers {
        None => None,
        Some(number) => Some(watchers::Watchers::lay_out(
            usize::from(number),
            servers.addrs(),
            dir.path(),
        )?),
    };
    let yaml = match &watchers {
        None => yaml(servers.addrs(), "", 1, dir.path()),
        Some(watchers) => watchers.yaml(servers.addrs(), dir.path()),
    };
    std::fs::write(&path, yaml)?;
    let configuration =
        config::parse(&std::fs::read_to_string(&path)?, &path, &Machine).map_err(|problems| {
            Failure::new(
                Exit::Failed,
                format!("the lab's own configuration is wrong: {problems}"),
            )
        })?;
    let Some(cluster) = configuration.clusters.first().cloned() else {
        return Err(Failure::new(Exit::Failed, "the lab has no cluster").into());
    };
    let mut scene = Scene::of(configuration, cluster, &dir.path().join("state")).await;
    ctx.ui
        .note(&format!("{} on {}", servers.label(), join(servers.addrs())));

    let result = match &mut watchers {
        None => {
            let rehearsal = Box::pin(rehearse(ctx, &mut scene, &mut servers));
            ctx.interrupt.or(rehearsal).await
        }
        Some(watchers) => {
            let rehearsal = watched::rehearse(ctx, watchers, &mut servers);
            ctx.interrupt.or(rehearsal).await
        }
    };
    let result = match result {
        Ok(result) => result?,
        Err(interrupted) => return Err(interrupted.into()),
    };
    show(ctx, &result)?;
    if args.keep {
        ctx.ui.note(&format!(
            "kept until Ctrl-C; try: pikafo -c {} status",
            path.display()
        ));
        ctx.interrupt.wait().await;
    }
    if let Some(watchers) = &mut watchers {
        watchers.end().await;
    }
    servers.end().await;
    Ok(())
}

async fn rehearse(
    ctx: &Context,
    scene: &mut Scene,
    servers: &mut Servers,
) -> anyhow::Result<Result_> {
    let Some(old) = servers.addrs().first().cloned() else {
        return Err(Failure::new(Exit::Failed, "the lab has no nodes").into());
    };
    let writer = Writer::start(Guide::Nodes(servers.addrs().to_vec()), ctx.net.clone());
    writer.wait_for(WARM_UP_WRITES).await?;
    // Two samples of positions, as a watcher would have: they are what the loss is estimated from.
    scene.look(ctx).await?;
    writer.wait_for(2 * WARM_UP_WRITES).await?;
    let view = scene.look(ctx).await?;

    ctx.ui.note(&format!("killing the master {old} under load"));
    let killed = clock::mono();
    servers.kill_master().await?;
    let mut steps = ctx.ui.steps();
    steps.start("gather evidence that it is dead");
    let dead = match death::establish(ctx, scene, &view, &old, clock::mono(), &mut steps).await {
        Ok(dead) => dead,
        Err(refusal) => {
            return Err(Failure::new(
                Exit::Failed,
                format!("the killed master was not found dead: {refusal}"),
            )
            .into());
        }
    };
    let detect_ms = clock::millis_since(killed);
    steps.done("dead");
    let lock = scene
        .store
        .act(&scene.cluster.name)
        .map_err(|error| super::act::scene::store_failure(&error))?;
    let view = scene.look(ctx).await?;
    let brief = scene.brief(
        &view,
        Some(&old),
        Case::Unplanned { unlinked: &[] },
        &Acting::default(),
        &go::who(ctx),
    );
    let plan = failover::draft(&brief, &dead, None)
        .map_err(|refusal| Failure::new(Exit::Refused, refusal.to_string()).hint(refusal.hint))?;
    let report = go::execute(ctx, scene, Conduct::new(plan), lock).await?;
    if report.outcome != Outcome::Done {
        let after = scene.look(ctx).await?;
        present::report(ctx, scene, &report, &after)?;
    }
    let Some(new) = report.plan.facts.candidate.clone() else {
        return Err(Failure::new(Exit::Failed, "the failover had no candidate").into());
    };

    let before = writer.acknowledged();
    writer.wait_for(before + WARM_UP_WRITES).await?;
    let written = writer.stop().await;
    let lost = written.missing(&new, &ctx.net).await?;
    Ok(Result_ {
        version: 1,
        server: servers.label().to_owned(),
        old_master: old,
        new_master: new,
        detect_ms,
        blackout_ms: written.longest_gap_ms(),
        acknowledged_writes: written.len(),
        lost_writes: lost,
        estimated_loss_bytes: report.plan.loss.as_ref().and_then(Loss::judged_bytes),
        watched: None,
    })
}

fn show(ctx: &Context, result: &Result_) -> anyhow::Result<()> {
    match ctx.global.output() {
        Output::Json => ctx.ui.data(&render::document::json(result)?)?,
        Output::Yaml => ctx.ui.data(&render::document::yaml(result)?)?,
        Output::Table => ctx.ui.data(&format!(
            "{}old master            {}\nnew master            {}\nheld for dead after   {} ms\n\
             no write possible for {:.0} ms\nacknowledged writes   {}\nlost writes           {}\n",
            result
                .watched
                .as_ref()
                .map(Watched::text)
                .unwrap_or_default(),
            result.old_master,
            result.new_master,
            result.detect_ms,
            result.blackout_ms,
            result.acknowledged_writes,
            result.lost_writes
        ))?,
    }
    Ok(())
}

/// A configuration of the lab's nodes; `watch` is further keys of `watch:`.
fn yaml(addrs: &[Addr], watch: &str, quorum: usize, dir: &Path) -> String {
    let nodes: Vec<String> = addrs
        .iter()
        .zip('a'..)
        .map(|(addr, name)| format!("      - {{ addr: \"{addr}\", name: {name} }}\n"))
        .collect();
    format!(
        "version: 1\nwatch:\n  state_dir: \"{}\"\n{watch}clusters:\n  lab:\n    nodes:\n{}    detect: {{ refused_after: 300ms, \
         down_after: 1s, quorum: {quorum} }}\n",
        dir.join("state").display(),
        nodes.concat()
    )
}

fn join(addrs: &[Addr]) -> String {
    addrs
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A temporary folder that is removed when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("pikafo-lab-{}", dice::hex(6)));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to tell.
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// Enough writes for the replicas to have something, few enough for a rehearsal of seconds.
const WARM_UP_WRITES: usize = 300;
/// The longest that a start or a first write may take.
const PATIENCE: Duration = Duration::from_secs(30);
