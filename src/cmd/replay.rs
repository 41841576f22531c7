//! `pikafo replay`.

use std::path::Path;
use std::path::PathBuf;

use clap::ValueHint;
use jiff::Timestamp;

use super::Context;
use crate::cli::Output;
use crate::decide::engine::tale;
use crate::decide::engine::tale::Teller;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::watch::record::read;
use crate::host::watch::record::read::ReadError;
use crate::host::watch::record::read::Segment;
use crate::host::watch::record::read::Turn;
use crate::render::document;
use crate::render::replay;
use crate::render::replay::Decision;

/// Live a watcher's record again, and see what it decided and why
///
/// `pikafo watch` records everything that it is told, in the folder `record` of its state folder: about the newest
/// 8 to 20 MiB. Here all of it is given to the same engine once more; nothing is asked, nothing is changed. Every
/// decision must come out as it did then. Exit 0: it did. Exit 1: it did not, and the first line that differs is named,
/// for instance because another version of pikafo recorded it.
///
/// A record holds no passwords. Which of them are equal is in it, by tokens that say nothing without a key that no process
/// keeps.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Segments of a record in their order, or its folder
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,

    /// Show what was decided from this time on, such as 2026-03-01T03:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<Timestamp>,

    /// Show every input as it came, and the small decisions of quiet days too
    #[arg(long)]
    pub explain: bool,
}

pub fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
    let files = read::files(&args.files).map_err(|error| unreadable(&error))?;
    if files.is_empty() {
        let text = "no segment of a record is there";
        return Err(Failure::new(Exit::Usage, text).into());
    }
    let mut story = Story {
        from_ms: args.from.map(Timestamp::as_millisecond),
        explain: args.explain,
        decisions: Vec::new(),
        turns: 0,
    };
    let mut differs = None;
    for path in &files {
        let segment = match Segment::read(path) {
            Ok(segment) => segment,
            // A watcher that was cut off as it began one.
            Err(error @ ReadError::Empty { .. }) if files.len() > 1 => {
                ctx.ui.warn(&error.to_string());
                continue;
            }
            Err(error) => return Err(unreadable(&error).into()),
        };
        if segment.torn {
            let text = "the last line is cut off, and left out";
            ctx.ui.warn(&format!("{}: {text}", path.display()));
        }
        differs = story.live(segment).map_err(|error| unreadable(&error))?;
        if differs.is_some() {
            break;
        }
    }
    show(ctx, args, &story.decisions)?;
    if let Some(differs) = differs {
        return Err(differs.into());
    }
    let turns = story.turns;
    ctx.ui
        .note(&format!("{turns} inputs, and the same was decided on each"));
    Ok(())
}

/// What has been lived so far.
struct Story {
    from_ms: Option<i64>,
    explain: bool,
    decisions: Vec<Decision>,
    turns: usize,
}

impl Story {
    /// Lives a segment again, up to the first decision that is another one.
    fn live(&mut self, segment: Segment) -> Result<Option<Failure>, ReadError> {
        let path = segment.path.clone();
        let version = segment.header.version.clone();
        let mut teller = Teller::default();
        for turn in segment.replay() {
            let turn = turn?;
            self.turns += 1;
            self.tell(&turn, &path, &mut teller);
            if !turn.same {
                return Ok(Some(difference(&turn, &path, &version)));
            }
        }
        Ok(None)
    }

    fn tell(&mut self, turn: &Turn, path: &Path, teller: &mut Teller) {
        let decided = if self.explain {
            let all = turn.actions.iter();
            all.map(|action| teller.deed(action)).collect()
        } else {
            teller.deeds(&turn.actions)
        };
        let wanted = self.from_ms.is_none_or(|from| turn.input.wall_ms >= from);
        if !wanted || (decided.is_empty() && !self.explain && turn.same) {
            return;
        }
        let at = Timestamp::from_millisecond(turn.input.wall_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        self.decisions.push(Decision {
            at: format!("{at:.3}"),
            place: format!("{}:{}", path.display(), turn.line),
            event: tale::event(&turn.input.event),
            decided,
            same: turn.same,
            input: self.explain.then(|| turn.input.clone()),
        });
    }
}

fn show(ctx: &Context, args: &Args, decisions: &[Decision]) -> anyhow::Result<()> {
    let look = ctx.ui.look();
    let text = match ctx.global.output() {
        Output::Json => {
            let mut lines = String::new();
            for decision in decisions {
                lines.push_str(&document::json_line(decision)?);
                lines.push('\n');
            }
            lines
        }
        Output::Yaml => document::yaml(&decisions)?,
        Output::Table if decisions.is_empty() => {
            ctx.ui.note("nothing was decided");
            return Ok(());
        }
        Output::Table if args.explain => replay::explain(decisions, &look),
        Output::Table => replay::table(decisions, &look),
    };
    Ok(ctx.ui.data(&text)?)
}

fn difference(turn: &Turn, path: &Path, version: &str) -> Failure {
    let now = Teller::default().deeds(&turn.actions);
    let words = |deeds: &[tale::Deed]| {
        let texts: Vec<&str> = deeds.iter().map(|deed| deed.text.as_str()).collect();
        if texts.is_empty() {
            "nothing to speak of".to_owned()
        } else {
            texts.join(", ")
        }
    };
    let text = format!(
        "{}:{} was decided otherwise: then {}; now {}",
        path.display(),
        turn.line,
        words(&turn.then),
        words(&now)
    );
    let own = env!("CARGO_PKG_VERSION");
    let hint = if version == own {
        "the file was changed, or this is a fault of pikafo: report it with the file".to_owned()
    } else {
        format!("it was recorded by pikafo {version} and this is {own}: replay it with that one")
    };
    Failure::new(Exit::Failed, text).hint(hint)
}

fn unreadable(error: &ReadError) -> Failure {
    let failure = Failure::new(Exit::Usage, error.to_string());
    match error {
        ReadError::Io { .. } | ReadError::Empty { .. } | ReadError::Damaged { .. } => failure,
        ReadError::Foreign { .. } => failure
            .hint("records are the files NNNNNN.jsonl in the folder record of a watcher's state"),
        ReadError::Later { .. } => failure.hint("replay it with the pikafo that recorded it"),
    }
}

/// A time with its zone, or without one in UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let utc = |text: &str| format!("{text}Z").parse::<Timestamp>();
    text.parse::<Timestamp>()
        .or_else(|error| utc(text).map_err(|_no_better| error))
        .map_err(|error| error.to_string())
}

const EXAMPLES: &str = "\
Examples:
  pikafo replay /var/lib/pikafo/record
  pikafo replay --from 2026-03-01T03:00:00Z --explain /var/lib/pikafo/record/000042.jsonl
  pikafo replay -o json /var/lib/pikafo/record | jq 'select(.decided[].kind == \"vote\")'";
