//! What happened: the records of a journal, folded into operations, and these as text.

#[cfg(test)]
mod tests;
mod text;

use serde::Deserialize;
use serde::Serialize;

use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

pub use text::explain;
pub use text::table;

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
