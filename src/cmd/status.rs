//! `pikafo status`.

use std::time::Duration;

use super::Context;
use super::quantity;
use super::survey;
use crate::cli::Output;
use crate::host::clock;
use crate::render::document;
use crate::render::status::Report;
use crate::render::table;

/// Show topology and lag of one or all clusters
///
/// Every node is asked at once. Lag is the difference of positions that were read at the same time, in
/// bytes. PROMOTABLE says whether a switchover could go to the node now, or why not. What is wrong is
/// listed below the table, worst first.
///
/// The exit code is 0 whenever the question could be put; `pikafo check` judges.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Look again every SEC seconds (2 if left out), until interrupted; with -o json one object a line
    #[arg(short, long, value_name = "SEC", num_args = 0..=1, default_missing_value = "2", value_parser = quantity::interval)]
    pub watch: Option<Duration>,

    /// Say more of each node: server, master, zone, history, uptime
    #[arg(long)]
    pub wide: bool,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let config = ctx.config()?;
    let clusters = ctx.clusters(&config)?;
    let mut before = None;
    loop {
        let views = ctx
            .interrupt
            .or(survey::look(ctx, &config, &clusters))
            .await?;
        let mut report = survey::judge(&clusters, before.as_deref(), &views, None);
        survey::add_watchers(ctx, &config, &views, &mut report).await;
        let Some(interval) = args.watch else {
            return Ok(ctx.ui.data(&text(ctx, &report, &args)?)?);
        };
        ctx.ui.refresh(&text(ctx, &report, &args)?)?;
        before = Some(views);
        ctx.interrupt.or(clock::sleep(interval)).await?;
    }
}

fn text(ctx: &Context, report: &Report, args: &Args) -> anyhow::Result<String> {
    Ok(match ctx.global.output() {
        Output::Table => table::report(report, args.wide, &ctx.ui.look()),
        Output::Json if args.watch.is_some() => document::json_line(report)? + "\n",
        Output::Json => document::json(report)?,
        // A document start keeps the documents of a stream apart.
        Output::Yaml if args.watch.is_some() => format!("---\n{}", document::yaml(report)?),
        Output::Yaml => document::yaml(report)?,
    })
}

const EXAMPLES: &str = "\
Examples:
  pikafo status
  pikafo status -C orders --wide
  pikafo status -w 1
  pikafo status -o json | jq '.clusters[].health'";
