//! Which plan a promotion was a step of, by the journals.

use std::net::IpAddr;

use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;
use pikafo::decide::plan::Act;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;

use super::fleet::Fleet;

/// What a journal says of a server last.
#[derive(Debug)]
struct Last {
    at: String,
    who: String,
    /// It was about to be promoted by this plan; `None`: to be led away from its master, on its way to a copy.
    plan: Option<Plan>,
}

/// Who promoted this server a moment ago, and by which plan; `None` where it was only led away from its master.
///
/// `by` is where the order came from. The clocks of machines differ, so only where that is not known do they decide.
pub(crate) fn plan_of(fleet: &Fleet, server: &Addr, by: Option<IpAddr>) -> Option<(String, Plan)> {
    let mut last: Option<Last> = None;
    for machine in fleet.world.machines() {
        if by.is_some_and(|by| by != machine.ip) {
            continue;
        }
        for path in machine.disk.below("/".as_ref()) {
            if path.file_name().is_none_or(|name| name != "journal.jsonl") {
                continue;
            }
            let bytes = machine.disk.look(&path).unwrap_or_default();
            let who = path
                .iter()
                .nth(1)
                .map(|name| name.to_string_lossy().into_owned());
            let Some((at, plan)) = last_order(&bytes, server) else {
                continue;
            };
            if last.as_ref().is_none_or(|known| known.at < at) {
                let who = who.unwrap_or_default();
                last = Some(Last { at, who, plan });
            }
        }
    }
    let Last { who, plan, .. } = last?;
    Some((who, plan?))
}

/// The last time that a journal has this server leave its master.
fn last_order(journal: &[u8], server: &Addr) -> Option<(String, Option<Plan>)> {
    let mut plan: Option<Plan> = None;
    let mut found = None;
    let lines = journal.split(|byte| *byte == b'\n');
    for entry in lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok()) {
        match entry.record {
            Record::Begin { plan: begun } => plan = Some(*begun),
            Record::Before { step, .. } => {
                let step = plan.as_ref().and_then(|plan| plan.steps.get(step));
                let Some(step) = step.filter(|step| step.node == *server) else {
                    continue;
                };
                if step.act == Act::Promote {
                    found = Some((entry.at, plan.clone()));
                } else if detaches(&step.act) {
                    found = Some((entry.at, None));
                }
            }
            Record::UndoBefore { step } => {
                let step = plan.as_ref().and_then(|plan| plan.steps.get(step));
                if step.is_some_and(|step| step.node == *server) {
                    found = Some((entry.at, None));
                }
            }
            Record::Resume { .. }
            | Record::After { .. }
            | Record::UndoAfter { .. }
            | Record::End { .. } => {}
        }
    }
    found
}

/// It may make a master of a node for a moment, or of one that follows a closed port.
fn detaches(act: &Act) -> bool {
    let follows = matches!(act, Act::Follow { how, .. } if how.detaches());
    follows
        || *act
            == Act::Unfence {
                how: FenceHow::ClosedPort,
            }
}
