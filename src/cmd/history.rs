//! `pikafo history`.

use super::Context;
use super::nearest;
use crate::cli::Output;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::council::Council;
use crate::host::journal::Entry;
use crate::render::document;
use crate::render::history;
use crate::render::history::History;
use crate::render::history::Operation;

/// Show what happened: who, when, why, with which evidence, how long, what was lost
///
/// Read from the journal in the state folder, which every operation writes before and after each of its
/// steps, and from the journals of the watchers that the configuration names. An operation that is `open` was cut off: finish it with --resume or undo it with --abort.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The last N operations
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub number: usize,

    /// Everything about one operation; the beginning of its ID will do
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
}

pub async fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
    let config = ctx.config()?;
    let mut operations = Vec::new();
    for cluster in ctx.clusters(&config)? {
        let store = ctx.store(&config, cluster);
        let (entries, skipped) = store.entries()?;
        if skipped > 0 {
            let path = store.journal_path();
            ctx.ui.warn(&format!(
                "{skipped} lines of {} cannot be read",
                path.display()
            ));
        }
        let records = entries
            .iter()
            .map(|entry| (entry.at.as_str(), entry.op.as_str(), &entry.record));
        operations.extend(history::fold(records));
        for (_, entries) in elsewhere(ctx, &config, cluster, args.number).await {
            let records = entries
                .iter()
                .map(|entry| (entry.at.as_str(), entry.op.as_str(), &entry.record));
            operations.extend(history::fold(records));
        }
    }
    merge(&mut operations);
    operations.sort_by(|a, b| a.began.cmp(&b.began));
    if let Some(id) = &args.explain {
        operations = vec![find(operations, id)?];
    }
    let excess = operations.len().saturating_sub(args.number.max(1));
    operations.drain(..excess);
    let look = ctx.ui.look();
    let text = match (ctx.global.output(), &args.explain, operations.first()) {
        (Output::Table, Some(_), Some(operation)) => history::explain(operation, &look),
        (Output::Table, _, None) => {
            ctx.ui.note("nothing is recorded");
            return Ok(());
        }
        (Output::Table, None, Some(_)) => history::table(&operations, &look),
        (Output::Json, ..) => document::json(&History {
            version: 1,
            operations,
        })?,
        (Output::Yaml, ..) => document::yaml(&History {
            version: 1,
            operations,
        })?,
    };
    Ok(ctx.ui.data(&text)?)
}

/// What the watchers of the cluster have written down.
async fn elsewhere(
    ctx: &Context,
    config: &Config,
    cluster: &Cluster,
    number: usize,
) -> Vec<(Addr, Vec<Entry>)> {
    let nodes: Vec<Addr> = cluster.nodes.iter().map(|n| n.addr.clone()).collect();
    let (deadline, net) = (ctx.global.timeout, &ctx.net);
    let council = Council::summon(&config.watch, &cluster.name, &nodes, deadline, net).await;
    let entries = number.max(1).saturating_mul(ENTRIES);
    council.histories(entries).await
}

/// An operation that is in two journals, this host's own and its watcher's, is told once, as far as it is known.
fn merge(operations: &mut Vec<Operation>) {
    let known = |o: &Operation| (o.ended.is_some(), o.steps.len());
    operations.sort_by(|a, b| a.id.cmp(&b.id).then(known(b).cmp(&known(a))));
    operations.dedup_by(|a, b| a.id == b.id);
}

fn find(operations: Vec<Operation>, id: &str) -> Result<Operation, Failure> {
    let ids: Vec<String> = operations
        .iter()
        .map(|operation| operation.id.clone())
        .collect();
    let mut matching = operations
        .into_iter()
        .filter(|operation| operation.id.starts_with(id));
    match (matching.next(), matching.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Failure::new(
            Exit::Usage,
            format!("several operations begin with {id}"),
        )),
        (None, _) => Err(
            Failure::new(Exit::Usage, format!("no operation is called {id}"))
                .hint(nearest::hint(id, ids.iter().map(String::as_str))),
        ),
    }
}

/// More than any operation writes down, so that the last ones come whole.
const ENTRIES: usize = 256;

const EXAMPLES: &str = "\
Examples:
  pikafo history -n 5
  pikafo history --explain 8c1f
  pikafo history -o json | jq '.operations[] | select(.outcome != \"done\")'";
