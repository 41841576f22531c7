//! Operations for people: a table of many, the whole of one.

use std::time::Duration;

use super::Operation;
use super::Step;
use crate::render::findings;
use crate::render::grid::Cell;
use crate::render::grid::grid;
use crate::render::human;
use crate::render::look::Look;
use crate::render::look::Tone;

/// One row for each operation.
pub fn table(operations: &[Operation], look: &Look) -> String {
    let header = [
        "BEGAN", "ID", "CLUSTER", "WHAT", "FROM", "TO", "BY", "OUTCOME", "BLACKOUT", "TOTAL",
        "REASON",
    ];
    let rows = operations.iter().map(|operation| {
        let optional = |text: Option<String>| Cell::plain(text.unwrap_or_else(|| "-".to_owned()));
        vec![
            Cell::plain(human::moment(&operation.began)),
            Cell::plain(&operation.id),
            Cell::plain(&operation.cluster),
            Cell::plain(operation.kind.word()),
            optional(operation.from.as_ref().map(ToString::to_string)),
            optional(operation.to.as_ref().map(ToString::to_string)),
            Cell::plain(&operation.by),
            Cell::new(&operation.outcome, tone(operation)),
            optional(operation.blackout_ms.map(millis)),
            optional(operation.total_ms.map(millis)),
            optional(operation.reason.clone()),
        ]
    });
    grid(&header, rows.collect(), look)
}

/// Everything about one operation.
pub fn explain(operation: &Operation, look: &Look) -> String {
    let Operation {
        id,
        cluster,
        by,
        began,
        ..
    } = operation;
    let mut lines = vec![
        format!(
            "{} {id} of {cluster}: {}",
            operation.kind.word(),
            look.paint(&operation.outcome, tone(operation))
        ),
        format!("asked for by {by} at {}", human::moment(began)),
    ];
    let mut say =
        |label: &str, text: Option<String>| lines.extend(text.map(|text| format!("{label}{text}")));
    say("reason: ", operation.reason.clone());
    say("why: ", operation.why.clone());
    say("from: ", operation.from.as_ref().map(ToString::to_string));
    say("to: ", operation.to.as_ref().map(ToString::to_string));
    say("blackout: ", operation.blackout_ms.map(millis));
    say("total: ", operation.total_ms.map(millis));
    say("loss: ", operation.loss.as_ref().map(ToString::to_string));
    for evidence in &operation.evidence {
        say("evidence: ", Some(evidence.clone()));
    }
    for resumption in &operation.resumed {
        let how = if resumption.abort {
            "aborted"
        } else {
            "resumed"
        };
        say(
            "",
            Some(format!(
                "{how} by {} at {}",
                resumption.by,
                human::moment(&resumption.at)
            )),
        );
    }
    lines.extend(operation.steps.iter().map(|step| line(step, look)));
    let left: String = operation
        .left
        .iter()
        .map(|finding| findings::entry(finding, None, look))
        .collect();
    lines.join("\n") + "\n" + &left
}

/// `  ✓ fence a: 2 users (1.5 ms)`.
fn line(step: &Step, look: &Look) -> String {
    let mark = match step.ok {
        Some(true) => look.paint(look.glyph("✓", "ok"), Tone::Good),
        Some(false) => look.paint(look.glyph("✗", "FAILED"), Tone::Bad),
        None => look.paint(look.glyph("…", "?"), Tone::Warning),
    };
    let undo = if step.undo { "undo: " } else { "" };
    let note = step
        .note
        .as_ref()
        .map(|note| format!(": {note}"))
        .unwrap_or_default();
    let took = step
        .ms
        .map(|ms| format!(" ({})", millis(ms)))
        .unwrap_or_default();
    format!("  {mark} {undo}{}{note}{took}", step.text)
}

fn tone(operation: &Operation) -> Tone {
    match operation.outcome.as_str() {
        "done" | "finished" => Tone::Good,
        "unknown" | "open" => Tone::Bad,
        _ => Tone::Warning,
    }
}

fn millis(ms: f64) -> String {
    Duration::try_from_secs_f64(ms / 1000.0).map_or_else(|_| "?".to_owned(), human::duration)
}
