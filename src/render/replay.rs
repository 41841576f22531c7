//! A record that was lived again, as a story.

use serde::Deserialize;
use serde::Serialize;

use super::grid::Cell;
use super::grid::grid;
use super::look::Look;
use super::look::Tone;
use crate::decide::engine::Input;
use crate::decide::engine::tale::Deed;
use crate::decide::engine::tale::Kind;

/// One input and what was decided on it: an object of `replay -o json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Decision {
    /// RFC 3339, the clock of the watcher.
    pub at: String,
    /// The file and the line in it.
    pub place: String,
    /// What happened.
    pub event: String,
    pub decided: Vec<Deed>,
    /// The same was decided when it was recorded.
    pub same: bool,
    /// The input as the engine was given it, where an explanation is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
}

/// One row for each thing that was decided.
pub fn table(decisions: &[Decision], look: &Look) -> String {
    let mut rows = Vec::new();
    for decision in decisions {
        let mut first = [decision.at.as_str(), decision.event.as_str()];
        for deed in &decision.decided {
            let [at, event] = std::mem::take(&mut first);
            let tone = tone(deed.kind);
            rows.push(vec![
                Cell::plain(at),
                Cell::plain(event),
                Cell::plain(deed.kind.word()),
                Cell::new(&deed.text, tone),
            ]);
        }
    }
    grid(&["TIME", "WHAT HAPPENED", "KIND", "DECIDED"], rows, look)
}

/// Everything: each input as it was, the small things too, and where it stands.
pub fn explain(decisions: &[Decision], look: &Look) -> String {
    let mut lines = Vec::new();
    for decision in decisions {
        let place = look.paint(&decision.place, Tone::Faint);
        lines.push(format!("{} {}  {place}", decision.at, decision.event));
        if let Some(Ok(input)) = decision.input.as_ref().map(serde_json::to_string) {
            lines.push(look.paint(&format!("  {input}"), Tone::Faint));
        }
        lines.extend(decision.decided.iter().map(|deed| {
            let arrow = look.glyph("→", "->");
            let text = look.paint(&deed.text, tone(deed.kind));
            format!("  {arrow} {} {text}", deed.kind.word())
        }));
    }
    lines.join("\n") + "\n"
}

fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Notice => Tone::Warning,
        Kind::Small => Tone::Faint,
        Kind::Vote | Kind::Persist | Kind::Plan | Kind::Order | Kind::Reply => Tone::Plain,
    }
}
