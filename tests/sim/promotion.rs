//! Which plan a promotion was a step of, by the journals.

use pikafo::decide::name::Addr;
use pikafo::decide::plan::Act;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;

use super::fleet::Fleet;

/// A promotion that was journalled.
#[derive(Clone, Debug)]
pub(crate) struct Journalled {
    pub(crate) who: String,
    pub(crate) plan: Plan,
    /// When it was about to be ordered.
    pub(crate) at_us: u64,
}

/// Who journalled last that this server is about to be promoted, and by which plan.
pub(crate) fn plan_of(fleet: &Fleet, server: &Addr) -> Option<Journalled> {
    let mut last: Option<(String, Journalled)> = None;
    for machine in fleet.world.machines() {
        for path in machine.disk.below("/".as_ref()) {
            if path.file_name().is_none_or(|name| name != "journal.jsonl") {
                continue;
            }
            let bytes = machine.disk.look(&path).unwrap_or_default();
            let who = path
                .iter()
                .nth(1)
                .map(|name| name.to_string_lossy().into_owned());
            let Some((at, plan)) = last_promotion(&bytes, server) else {
                continue;
            };
            if last.as_ref().is_none_or(|(known, _)| *known < at) {
                let journalled = Journalled {
                    who: who.unwrap_or_default(),
                    plan,
                    at_us: machine.world_us(&at).unwrap_or(0),
                };
                last = Some((at, journalled));
            }
        }
    }
    last.map(|(_, journalled)| journalled)
}

fn last_promotion(journal: &[u8], server: &Addr) -> Option<(String, Plan)> {
    let mut plan: Option<Plan> = None;
    let mut found = None;
    let lines = journal.split(|byte| *byte == b'\n');
    for entry in lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok()) {
        match entry.record {
            Record::Begin { plan: begun } => plan = Some(*begun),
            Record::Before { step, .. } => {
                let step = plan.as_ref().and_then(|plan| plan.steps.get(step));
                if step.is_some_and(|step| step.act == Act::Promote && step.node == *server) {
                    found = plan.clone().map(|plan| (entry.at, plan));
                }
            }
            Record::Resume { .. }
            | Record::After { .. }
            | Record::UndoBefore { .. }
            | Record::UndoAfter { .. }
            | Record::End { .. } => {}
        }
    }
    found
}
