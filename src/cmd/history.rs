//! `pikafo history`.

use super::Context;
use super::nearest;
use crate::cli::Output;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::render::document;
use crate::render::history;
use crate::render::history::History;
use crate::render::history::Operation;

/// Show what happened: who, when, why, with which evidence, how long, what was lost
///
/// Read from the journal in the state folder, which every operation writes before and after each of its
/// steps. An operation that is `open` was cut off: finish it with --resume or undo it with --abort.
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

pub fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
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
    }
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

const EXAMPLES: &str = "\
Examples:
  pikafo history -n 5
  pikafo history --explain 8c1f
  pikafo history -o json | jq '.operations[] | select(.outcome != \"done\")'";
