//! The history of a run, one line for everything that is done or happens. Questions that change nothing are
//! told only when they go wrong, and what is tried again and again is told once.

use std::fmt;

use super::decide::conduct::Action;
use super::decide::conduct::Event;
use super::decide::conduct::Show;
use super::decide::record::Outcome;
use super::decide::record::Record;
use super::fleet::Fleet;
use super::trouble::Happening;
use super::trouble::verb;

#[derive(Debug, Default)]
pub(crate) struct Story {
    lines: Vec<(u64, String)>,
}

/// As far back as this a line is held to be a repetition.
const NEAR: usize = 4;

impl Story {
    pub(crate) fn hears(&mut self, now_us: u64, event: &Event) {
        if let Event::Answer {
            result: Err(fault), ..
        } = event
        {
            self.line(now_us, format!("    > {}", fault.text));
        }
    }

    pub(crate) fn happens(&mut self, now_us: u64, happening: &Happening) {
        self.line(now_us, format!("!! {happening:?}"));
    }

    pub(crate) fn lands(&mut self, now_us: u64, node: &str, verb: &str) {
        self.line(now_us, format!("!! {node} does {verb} after all"));
    }

    pub(crate) fn tells(&mut self, now_us: u64, fleet: &Fleet, action: &Action) {
        match action {
            Action::Journal(record) => self.line(now_us, format!("    [{}]", of_record(record))),
            Action::Ask { node, order, .. } if order.acts() => {
                self.line(
                    now_us,
                    format!("    {} < {}", fleet.name(node), verb(order)),
                );
            }
            Action::Ask { .. } | Action::Wake { .. } => {}
            Action::Show(show) => self.line(now_us, of_show(show)),
            Action::Finish {
                outcome,
                blackout_us,
            } => {
                let blackout =
                    blackout_us.map_or_else(String::new, |us| format!(", blackout {} ms", ms(us)));
                self.line(now_us, format!("== {}{blackout}", of_outcome(outcome)));
            }
        }
    }

    fn line(&mut self, now_us: u64, text: String) {
        // A step and its records are one line.
        if let Some((at_us, last)) = self.lines.last_mut()
            && *at_us == now_us
            && (last.starts_with("-- ") && text.starts_with("    [before")
                || last.starts_with("    [after")
                    && (text.starts_with("    ok") || text.starts_with("    failed")))
        {
            *last = format!("{last} {}", text.trim_start());
            return;
        }
        let near = self.lines.iter().rev().take(NEAR);
        if !text.starts_with("    [") && near.into_iter().any(|(_, l)| *l == text) {
            return;
        }
        self.lines.push((now_us, text));
    }
}

impl Story {
    /// From its first line to its end.
    pub(crate) fn took_ms(&self) -> u64 {
        let at = |line: Option<&(u64, String)>| line.map_or(0, |(at_us, _)| *at_us);
        (at(self.lines.last()) - at(self.lines.first())) / 1000
    }

    /// From the step that begins with `text` on.
    pub(crate) fn since(&self, text: &str) -> String {
        let start = format!("-- {text}");
        let from = self.lines.iter().position(|(_, l)| l.starts_with(&start));
        told(&self.lines[from.unwrap()..])
    }
}

fn told(lines: &[(u64, String)]) -> String {
    use fmt::Write as _;
    let mut text = String::new();
    for (at_us, line) in lines {
        writeln!(text, "{:>8} {line}", ms(*at_us)).unwrap();
    }
    text
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(&self.lines))
    }
}

fn of_show(show: &Show) -> String {
    match show {
        Show::Step { text } => format!("-- {text}"),
        Show::Detail { text } => format!("    . {text}"),
        Show::StepDone { note: None, .. } => "    ok".to_owned(),
        Show::StepDone {
            note: Some(note), ..
        } => format!("    ok: {note}"),
        Show::StepFailed { text } => format!("    failed: {text}"),
        Show::Undoing { why } => format!("<< undoing: {why}"),
        Show::Note { text } => format!("    . {text}"),
    }
}

fn of_record(record: &Record) -> String {
    match record {
        Record::Begin { plan } => format!("begin {}", plan.kind.word()),
        Record::Resume { abort, .. } => if *abort { "abort" } else { "resume" }.to_owned(),
        Record::Before { step, point } => {
            let point = point
                .as_ref()
                .map_or_else(String::new, |p| format!(" at {p}"));
            format!("before {step}{point}")
        }
        Record::After { step, ok, code, .. } => {
            let ok = if *ok { "ok" } else { "failed" };
            let code = code.as_ref().map_or_else(String::new, |c| format!(" {c}"));
            format!("after {step} {ok}{code}")
        }
        Record::UndoBefore { step } => format!("undo {step}"),
        Record::UndoAfter { step, ok, .. } => {
            format!("undo {step} {}", if *ok { "ok" } else { "failed" })
        }
        Record::End { .. } => "end".to_owned(),
    }
}

pub(crate) fn of_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Finished => "finished".to_owned(),
        Outcome::Incomplete { left } => {
            let codes: Vec<_> = left.iter().map(|f| f.code.as_str()).collect();
            format!("incomplete: {}", codes.join(", "))
        }
        Outcome::Refused { why } => format!("refused: {why}"),
        Outcome::Undone { why } => format!("undone: {why}"),
        Outcome::Interrupted => "interrupted".to_owned(),
        Outcome::Unknown { why } => format!("unknown: {why}"),
    }
}

fn ms(us: u64) -> String {
    format!("{}.{}", us / 1000, us / 100 % 10)
}
