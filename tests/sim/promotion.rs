//! Which plan a promotion was a step of, by the journals.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;
use pikafo::decide::plan::Act;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;

use super::fleet::Fleet;
use super::machine::SimMachine;
use super::operator::Operator;

/// What a journal says of a server last.
#[derive(Debug)]
struct Last {
    at: String,
    who: String,
    /// It was about to be promoted by this plan; `None`: to be led away from its master, on its way to a copy.
    plan: Option<Plan>,
}

/// The journals on the disk of a machine, and what they say.
pub(super) fn journals(machine: &SimMachine) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let paths = machine.disk.below("/".as_ref()).into_iter();
    let journals = paths.filter(|path| path.file_name().is_some_and(|n| n == "journal.jsonl"));
    journals.map(|path| {
        let bytes = machine.disk.look(&path).unwrap_or_default();
        (path, bytes)
    })
}

/// Who promoted this server a moment ago, and by which plan; `None` where it was only led away from its master.
///
/// `by` is where the order came from. The clocks of machines differ, so only where that is not known do they decide.
pub(crate) fn plan_of(fleet: &Fleet, server: &Addr, by: Option<IpAddr>) -> Option<(String, Plan)> {
    let mut last: Option<Last> = None;
    let machines = fleet.world.machines().iter();
    for machine in machines.filter(|m| by.is_none_or(|by| by == m.ip)) {
        for (path, bytes) in journals(machine) {
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

/// Whom this operator was about to promote, by all journals.
pub(crate) fn candidates_of(fleet: &Fleet, operator: &Operator) -> BTreeSet<Addr> {
    let machines = fleet.world.machines().iter();
    let begun = machines
        .flat_map(|machine| journals(machine))
        .flat_map(|(_, bytes)| {
            let plans = entries(&bytes).filter_map(|entry| {
                let Record::Begin { plan } = entry.record else {
                    return None;
                };
                Some(*plan)
            });
            plans.collect::<Vec<Plan>>()
        });
    let own = begun.filter(|plan| operator.began(plan));
    own.filter_map(|plan| plan.facts.candidate).collect()
}

fn entries(journal: &[u8]) -> impl Iterator<Item = Entry> {
    let lines = journal.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok())
}

/// The last time that a journal has this server leave its master.
fn last_order(journal: &[u8], server: &Addr) -> Option<(String, Option<Plan>)> {
    let mut plan: Option<Plan> = None;
    let mut found = None;
    for entry in entries(journal) {
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
