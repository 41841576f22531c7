//! What happened: the records of a journal, folded into operations, and these as text.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::findings;
use super::grid::Cell;
use super::grid::grid;
use super::human;
use super::look::Look;
use super::look::Tone;
use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

/// What `history -o json` prints.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct History {
    pub version: u32,
    /// Oldest first.
    pub operations: Vec<Operation>,
}

/// One operation, as far as the journal tells.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Operation {
    pub id: String,
    pub cluster: String,
    pub kind: Kind,
    /// RFC 3339.
    pub began: String,
    pub ended: Option<String>,
    /// `user@host`.
    pub by: String,
    pub reason: Option<String>,
    pub from: Option<Addr>,
    pub to: Option<Addr>,
    /// The outcome's word; `open` where no end is recorded.
    pub outcome: String,
    pub why: Option<String>,
    pub left: Vec<Finding>,
    pub blackout_ms: Option<f64>,
    pub total_ms: Option<f64>,
    pub loss: Option<Loss>,
    pub evidence: Vec<String>,
    pub resumed: Vec<Resumption>,
    pub steps: Vec<Step>,
}

/// Somebody took up an operation that had been cut off.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resumption {
    pub at: String,
    pub by: String,
    pub abort: bool,
}

/// A step that was at least begun.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Step {
    pub at: String,
    pub node: Option<Addr>,
    pub text: String,
    /// `null`: no end is recorded.
    pub ok: Option<bool>,
    pub ms: Option<f64>,
    pub note: Option<String>,
    /// It is an undo.
    pub undo: bool,
}

/// Folds records, oldest first, each with its time and its operation's id. Records of operations whose
/// beginning is not there are left out.
pub fn fold<'r>(
    records: impl IntoIterator<Item = (&'r str, &'r str, &'r Record)>,
) -> Vec<Operation> {
    let mut folding: Vec<(&Plan, Operation)> = Vec::new();
    for (at, id, record) in records {
        if let Record::Begin { plan } = record {
            folding.push((plan, begun(plan, at)));
        } else if let Some((plan, operation)) =
            folding.iter_mut().rev().find(|(plan, _)| plan.id == id)
        {
            learn(operation, plan, at, record);
        }
    }
    folding
        .into_iter()
        .map(|(_, operation)| operation)
        .collect()
}

fn begun(plan: &Plan, at: &str) -> Operation {
    Operation {
        id: plan.id.clone(),
        cluster: plan.cluster.clone(),
        kind: plan.kind,
        began: at.to_owned(),
        ended: None,
        by: plan.by.clone(),
        reason: plan.reason.clone(),
        from: plan.facts.master.clone(),
        to: plan.facts.candidate.clone(),
        outcome: "open".to_owned(),
        why: None,
        left: Vec::new(),
        blackout_ms: None,
        total_ms: None,
        loss: plan.loss.clone(),
        evidence: plan.evidence.clone(),
        resumed: Vec::new(),
        steps: Vec::new(),
    }
}

fn learn(operation: &mut Operation, plan: &Plan, at: &str, record: &Record) {
    let step = |number: usize, undo: bool| Step {
        at: at.to_owned(),
        node: plan.steps.get(number).map(|step| step.node.clone()),
        text: plan
            .steps
            .get(number)
            .map_or_else(|| format!("step {number}"), |step| step.text.clone()),
        ok: None,
        ms: None,
        note: None,
        undo,
    };
    // The end of a step belongs to the last beginning: steps run one at a time.
    let ended =
        |operation: &mut Operation, number: usize, undo: bool, ok, ms, note: &Option<String>| {
            let begun = step(number, undo);
            let open = operation
                .steps
                .last_mut()
                .filter(|last| last.ok.is_none() && last.undo == undo && last.text == begun.text);
            let done = |step: &mut Step| {
                step.ok = Some(ok);
                step.ms = ms;
                step.note.clone_from(note);
            };
            if let Some(open) = open {
                done(open);
            } else {
                let mut begun = begun;
                done(&mut begun);
                operation.steps.push(begun);
            }
        };
    match record {
        Record::Begin { .. } => {}
        Record::Resume { abort, by } => {
            operation.resumed.push(Resumption {
                at: at.to_owned(),
                by: by.clone(),
                abort: *abort,
            });
        }
        Record::Before { step: number, .. } => operation.steps.push(step(*number, false)),
        Record::UndoBefore { step: number } => operation.steps.push(step(*number, true)),
        Record::After {
            step: number,
            ok,
            ms,
            note,
            ..
        } => ended(operation, *number, false, *ok, Some(*ms), note),
        Record::UndoAfter {
            step: number,
            ok,
            note,
        } => ended(operation, *number, true, *ok, None, note),
        Record::End {
            outcome,
            blackout_ms,
            total_ms,
        } => {
            let (word, why, left) = match outcome {
                Outcome::Done => ("done", None, &[][..]),
                Outcome::Finished => ("finished", None, &[][..]),
                Outcome::Incomplete { left } => ("incomplete", None, left.as_slice()),
                Outcome::Refused { why } => ("refused", Some(why), &[][..]),
                Outcome::Undone { why } => ("undone", Some(why), &[][..]),
                Outcome::Interrupted => ("interrupted", None, &[][..]),
                Outcome::Unknown { why } => ("unknown", Some(why), &[][..]),
            };
            word.clone_into(&mut operation.outcome);
            operation.why = why.cloned();
            operation.left = left.to_vec();
            operation.ended = Some(at.to_owned());
            operation.blackout_ms = *blackout_ms;
            operation.total_ms = Some(*total_ms);
        }
    }
}

/// One row for each operation.
pub fn table(operations: &[Operation], look: &Look) -> String {
    let header = [
        "BEGAN", "ID", "CLUSTER", "WHAT", "FROM", "TO", "BY", "OUTCOME", "BLACKOUT", "TOTAL",
        "REASON",
    ];
    let rows = operations.iter().map(|operation| {
        let optional = |text: Option<String>| Cell::plain(text.unwrap_or_else(|| "-".to_owned()));
        vec![
            Cell::plain(&operation.began),
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
        format!("asked for by {by} at {began}"),
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
            Some(format!("{how} by {} at {}", resumption.by, resumption.at)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::plan::Act;
    use crate::decide::plan::Budgets;
    use crate::decide::plan::Facts;
    use crate::decide::plan::Step as Planned;
    use crate::decide::sample::addr;

    fn plan(id: &str) -> Plan {
        let step = |act, text: &str| Planned {
            act,
            node: addr(1),
            within_ms: 1000,
            hard: true,
            text: text.to_owned(),
        };
        Plan {
            version: 1,
            id: id.to_owned(),
            kind: Kind::Promote,
            cluster: "orders".to_owned(),
            made_at: "2026-11-22T10:00:00Z".to_owned(),
            by: "ops@desk".to_owned(),
            reason: Some("disk".to_owned()),
            agreed: None,
            facts: Facts {
                master: Some(addr(1)),
                candidate: Some(addr(2)),
                nodes: Vec::new(),
                point: None,
            },
            budgets: Budgets {
                max_blackout_ms: 2000,
                undo_ms: 5000,
            },
            loss: None,
            evidence: Vec::new(),
            notes: Vec::new(),
            steps: vec![
                step(Act::LastLook, "look at a"),
                step(Act::Promote, "promote b"),
            ],
        }
    }

    fn undone() -> Vec<Operation> {
        let records = [
            Record::Begin {
                plan: Box::new(plan("op1")),
            },
            Record::Before {
                step: 0,
                point: None,
            },
            Record::After {
                step: 0,
                ok: true,
                ms: 1.5,
                note: Some("it answers".into()),
                point: None,
                code: None,
            },
            Record::Before {
                step: 1,
                point: None,
            },
            Record::Resume {
                abort: true,
                by: "ops@desk".into(),
            },
            Record::UndoBefore { step: 0 },
            Record::UndoAfter {
                step: 0,
                ok: true,
                note: None,
            },
            Record::End {
                outcome: Outcome::Undone {
                    why: "b was silent".into(),
                },
                blackout_ms: None,
                total_ms: 2500.0,
            },
            Record::Begin {
                plan: Box::new(plan("op2")),
            },
        ];
        let ids = ["op1"; 8].into_iter().chain(["op2"]);
        fold(
            records
                .iter()
                .zip(ids)
                .map(|(record, id)| ("2026-11-22T10:00:01Z", id, record)),
        )
    }

    #[test]
    fn operations_are_listed() {
        let look = Look {
            header: true,
            ..Look::default()
        };
        insta::assert_snapshot!(table(&undone(), &look), @r"
        BEGAN                 ID   CLUSTER  WHAT     FROM           TO             BY        OUTCOME  BLACKOUT  TOTAL  REASON
        2026-11-22T10:00:01Z  op1  orders   promote  10.0.0.1:9221  10.0.0.2:9221  ops@desk  undone   -         2.5 s  disk
        2026-11-22T10:00:01Z  op2  orders   promote  10.0.0.1:9221  10.0.0.2:9221  ops@desk  open     -         -      disk
        ");
    }

    #[test]
    fn an_operation_is_explained_step_by_step() {
        insta::assert_snapshot!(explain(&undone()[0], &Look::default()), @r"
        promote op1 of orders: undone
        asked for by ops@desk at 2026-11-22T10:00:01Z
        reason: disk
        why: b was silent
        from: 10.0.0.1:9221
        to: 10.0.0.2:9221
        total: 2.5 s
        aborted by ops@desk at 2026-11-22T10:00:01Z
          ✓ look at a: it answers (1.5 ms)
          … promote b
          ✓ undo: look at a
        ");
    }
}
