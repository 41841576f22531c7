//! `pikafo pause` and `pikafo resume`.

use std::time::Duration;

use serde::Serialize;

use super::Context;
use super::act::go;
use super::act::scene::Scene;
use super::act::scene::millis;
use super::act::through;
use super::quantity;
use crate::cli::Output;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::council::Answer;
use crate::host::council::Council;
use crate::render::document;
use crate::render::status;

/// Hold automatic failover on all watchers
///
/// For maintenance: no watcher fails over by itself until the time is over, or until `pikafo resume`. What an
/// operator asks for is done all the same. Each watcher that the configuration names is told, and they tell the
/// others. `pikafo status` shows it.
///
/// The exit code is 0 where a majority of those named has confirmed it: the others cannot act without them.
///
/// Examples:
///
///   pikafo pause --for 30m --reason "switches are replaced"
///   pikafo pause                                             until it is resumed
#[derive(clap::Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// For how long; until it is resumed if left out
    #[arg(long = "for", value_name = "DURATION", value_parser = quantity::duration)]
    pub duration: Option<Duration>,

    /// Why, for whoever looks at the status
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Release automatic failover on all watchers
///
/// Ends what `pikafo pause` began, before its time is over. The exit code is 0 where a majority of the watchers that
/// the configuration names has confirmed it.
#[derive(clap::Args, Clone, Debug)]
pub struct ResumeArgs {}

/// What either prints with `-o json`. Fields are only ever added.
#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    cluster: String,
    paused: Option<status::Pause>,
    watchers: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Told {
    addr: Addr,
    acknowledged: bool,
    error: Option<String>,
}

pub async fn pause(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let scene = Scene::set(ctx).await?;
    let council = named(ctx, &scene).await?;
    let for_ms = args.duration.map(millis);
    let until_ms = for_ms.map(|ms| {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        clock::wall().as_millisecond().saturating_add(ms)
    });
    let by = go::who(ctx);
    let told = council.pause(for_ms, &by, args.reason.as_deref());
    let told = ctx.interrupt.or(told).await?;
    let pause = status::Pause {
        until: until_ms.and_then(status::stamp),
        reason: args.reason,
        by: Some(by),
    };
    let text = format!("{}: {pause}", scene.cluster.name);
    report(ctx, &council, &scene, Some(pause), &told, &text)
}

pub async fn resume(ctx: &Context, _args: ResumeArgs) -> anyhow::Result<()> {
    let scene = Scene::set(ctx).await?;
    let council = named(ctx, &scene).await?;
    let told = ctx.interrupt.or(council.resume(&go::who(ctx))).await?;
    let text = format!("{}: automatic failover is released", scene.cluster.name);
    report(ctx, &council, &scene, None, &told, &text)
}

async fn named(ctx: &Context, scene: &Scene) -> Result<Council, Failure> {
    let council = ctx.interrupt.or(through::council(ctx, scene)).await?;
    let gone = council
        .named
        .iter()
        .any(|m| matches!(m.answer, Answer::Gone(_)));
    if !gone && council.by_merit().is_empty() {
        let text = format!("no pikafo watcher of {} is named", scene.cluster.name);
        return Err(Failure::new(Exit::Refused, text).hint(
            "name them in `watch.peers`; a stock Sentinel cannot be paused, nothing was changed",
        ));
    }
    Ok(council)
}

fn report(
    ctx: &Context,
    council: &Council,
    scene: &Scene,
    paused: Option<status::Pause>,
    told: &[(Addr, Result<(), Fault>)],
    text: &str,
) -> anyhow::Result<()> {
    let watchers: Vec<Told> = council
        .named
        .iter()
        .map(|member| {
            let told = told.iter().find(|(addr, _)| *addr == member.addr);
            let error = match (&member.answer, told) {
                (_, Some((_, Ok(())))) => None,
                (_, Some((_, Err(fault)))) | (Answer::Gone(fault), None) => {
                    Some(fault.text.clone())
                }
                (Answer::Stranger | Answer::Watches(_), None) => {
                    Some("it is no pikafo that watches this cluster".to_owned())
                }
            };
            Told {
                addr: member.addr.clone(),
                acknowledged: error.is_none(),
                error,
            }
        })
        .collect();
    let (all, good) = (
        watchers.len(),
        watchers.iter().filter(|w| w.acknowledged).count(),
    );
    for told in &watchers {
        if let Some(error) = &told.error {
            ctx.ui
                .warn(&format!("watcher {} was not told: {error}", told.addr));
        }
    }
    let document = Document {
        version: 1,
        cluster: scene.cluster.name.clone(),
        paused,
        watchers,
    };
    match ctx.global.output() {
        Output::Table => {}
        Output::Json => ctx.ui.data(&document::json(&document)?)?,
        Output::Yaml => ctx.ui.data(&document::yaml(&document)?)?,
    }
    if good * 2 > all {
        ctx.ui
            .note(&format!("{text} ({good} of {all} watchers confirm)"));
        return Ok(());
    }
    let text = format!("only {good} of {all} watchers confirm it");
    Err(Failure::new(Exit::NoQuorum, text)
        .hint("the others may act without them; bring them back and try again")
        .into())
}
