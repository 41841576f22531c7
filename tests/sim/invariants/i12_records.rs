//! I12: what a journal says was done, was done: at some moment while the step was in hand, it was so.
//!
//! A journal whose disk was full is written on once there is room, with the times at which things happened: what comes so
//! late was not watched while it was in hand, and is not judged. Nor is a role that is saved while another watcher moves
//! the node: both set it right at once, and which of the two roles was saved is chance. A fence that was lifted is looked at by itself, for
//! another may lie under it, or over it.

use std::path::PathBuf;

use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;
use pikafo::decide::plan::Act;
use pikafo::decide::plan::Plan;
use pikafo::decide::plan::Step;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::machine::SimMachine;
use crate::sim::setting::Setting;
use crate::sim::tap;
use crate::sim::tap::Word;

/// A record is on the disk, if not safe there, as soon as it is made. One that is older was kept until there was room, and so
/// was one from the future, if its writer's clock was moved back meanwhile.
const LATE_MS: i64 = 50;

#[derive(Debug, Default)]
pub(super) struct TrueRecords {
    /// Of each watcher.
    watchers: Vec<Journal>,
    operators: Journal,
}

/// One journal, as far as it was read.
#[derive(Debug, Default)]
struct Journal {
    path: PathBuf,
    read: usize,
    /// How often its disk had changed by then.
    changes: Option<u64>,
    plan: Option<Plan>,
    /// What was begun before it: a plan whose end a power cut took is gone on with after others.
    earlier: Vec<Plan>,
    /// The step in hand, and whether what it is for has been seen since.
    step: Option<(usize, bool)>,
    /// The same of a step that is being undone.
    undo: Option<(usize, bool)>,
    /// Who was not brought to follow: nobody waits for them.
    dropped: Vec<Addr>,
}

impl Invariant for TrueRecords {
    fn name(&self) -> &'static str {
        "I12"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let missing = fleet.watchers.iter().skip(self.watchers.len());
        self.watchers
            .extend(missing.map(|watcher| Journal::of(&watcher.name)));
        for (journal, watcher) in self.watchers.iter_mut().zip(&fleet.watchers) {
            journal.look(fleet, &watcher.machine)?;
        }
        let operators = fleet.world.machines().iter();
        for operators in operators.filter(|machine| machine.ip == Setting::operator_ip()) {
            let journal = &mut self.operators;
            if journal.changes.is_none() {
                *journal = Journal::of(&operators.name);
            }
            journal.look(fleet, operators)?;
        }
        Ok(())
    }
}

impl Journal {
    fn of(name: &str) -> Self {
        Self {
            path: tap::journal_of(name),
            ..Self::default()
        }
    }

    fn look(&mut self, fleet: &Fleet, machine: &SimMachine) -> Result<(), String> {
        self.moved_by_others(fleet, machine);
        self.watch(fleet);
        let changes = Some(machine.disk.changes());
        if self.changes == changes {
            return Ok(());
        }
        let read = self.read_on(fleet, machine);
        self.changes = changes;
        read.map_err(|untrue| format!("{} recorded as done: {untrue}", machine.name))
    }

    /// A role that another one changes while it is being saved is saved as it was or as it is, and which is chance.
    fn moved_by_others(&mut self, fleet: &Fleet, owner: &SimMachine) {
        let (Some((at, seen)), Some(plan)) = (&mut self.step, &self.plan) else {
            return;
        };
        let saves = |step: &&Step| step.act == Act::Persist;
        let Some(step) = plan.steps.get(*at).filter(saves) else {
            return;
        };
        let others = fleet.said.iter().filter(|said| said.from != owner.ip);
        *seen |= others
            .into_iter()
            .any(|said| matches!(&said.word, Word::Follow { node, .. } if *node == step.node));
    }

    fn watch(&mut self, fleet: &Fleet) {
        if let (Some((at, seen @ false)), Some(plan)) = (&mut self.step, &self.plan)
            && let Some(step) = plan.steps.get(*at)
        {
            *seen = holds(fleet, plan, step, &self.dropped);
        }
        if let (Some((at, seen @ false)), Some(plan)) = (&mut self.undo, &self.plan)
            && let Some(step) = plan.steps.get(*at)
        {
            *seen = is_undone(fleet, step);
        }
    }

    fn read_on(&mut self, fleet: &Fleet, machine: &SimMachine) -> Result<(), String> {
        let len = machine.disk.extent(&self.path).map_or(0, |(len, _)| len);
        // Torn by a power cut, or gone with it: begun anew.
        if len < self.read {
            *self = Self {
                path: std::mem::take(&mut self.path),
                read: len,
                ..Self::default()
            };
        }
        if len == self.read {
            return Ok(());
        }
        let bytes = machine.disk.from(&self.path, self.read).unwrap_or_default();
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.read += whole;
        for line in bytes[..whole].split(|byte| *byte == b'\n') {
            if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
                let wall_ms = machine.wall_ms(fleet.world.now_us);
                let at = entry.at.parse().map(jiff::Timestamp::as_millisecond);
                let late = at.is_ok_and(|at_ms| (wall_ms - at_ms).abs() > LATE_MS);
                self.turn_to(&entry.op);
                self.take(fleet, entry.record, late)?;
            }
        }
        Ok(())
    }

    /// What follows is of this plan.
    fn turn_to(&mut self, op: &str) {
        if self.plan.as_ref().is_some_and(|plan| plan.id == op) {
            return;
        }
        self.earlier.extend(self.plan.take());
        let known = self.earlier.iter().position(|plan| plan.id == op);
        self.plan = known.map(|at| self.earlier.remove(at));
        self.step = None;
        self.undo = None;
        self.dropped.clear();
    }

    fn take(&mut self, fleet: &Fleet, record: Record, late: bool) -> Result<(), String> {
        match record {
            Record::Begin { plan } => {
                self.plan = Some(*plan);
                self.step = None;
                self.dropped.clear();
            }
            Record::Before { step, .. } => {
                self.step = Some((step, late));
                self.watch(fleet);
            }
            Record::After {
                step,
                ok: true,
                note,
                ..
            } => {
                let (Some(plan), Some((at, seen))) = (&self.plan, self.step.take()) else {
                    return Ok(());
                };
                let Some(done) = plan.steps.get(step).filter(|_| at == step) else {
                    return Ok(());
                };
                let fences = matches!(done.act, Act::Fence { .. });
                if !seen && (note.is_none() || fences) {
                    return Err(format!(
                        "\"{}\" (plan {}), and it was not so",
                        done.text, plan.id
                    ));
                }
            }
            Record::UndoBefore { step } => {
                self.undo = Some((step, late));
                self.step = None;
                self.watch(fleet);
            }
            Record::UndoAfter { step, ok: true, .. } => {
                let (Some(plan), Some((at, seen))) = (&self.plan, self.undo.take()) else {
                    return Ok(());
                };
                let undone = plan.steps.get(step).filter(|_| at == step && !seen);
                if let Some(undone) = undone {
                    return Err(format!(
                        "the undoing of \"{}\" (plan {}), and it was not so",
                        undone.text, plan.id
                    ));
                }
            }
            Record::After { step, .. } => {
                let step = self.plan.as_ref().and_then(|plan| plan.steps.get(step));
                self.dropped.extend(step.map(|step| step.node.clone()));
                self.step = None;
            }
            Record::Resume { .. } | Record::UndoAfter { .. } | Record::End { .. } => {
                self.step = None;
                self.undo = None;
            }
        }
        Ok(())
    }
}

/// Whether a fence that was undone is gone.
fn is_undone(fleet: &Fleet, step: &Step) -> bool {
    let Act::Fence { how } = &step.act else {
        return true;
    };
    let inside = fleet
        .server_at(&step.node)
        .and_then(|server| fleet.inside(server));
    inside.is_some_and(|inside| !inside.fenced_by(how))
}

/// Whether what a step is for is so now; true of what cannot be seen from above.
fn holds(fleet: &Fleet, plan: &Plan, step: &Step, dropped: &[Addr]) -> bool {
    let inside = |addr| {
        fleet
            .server_at(addr)
            .and_then(|server| fleet.inside(server))
    };
    if let Act::Links { replicas } = &step.act {
        let linked = |addr| inside(addr).is_some_and(|inside| inside.linked());
        return replicas.iter().filter(|r| !dropped.contains(r)).all(linked);
    }
    let Some(node) = inside(&step.node) else {
        return false;
    };
    match &step.act {
        Act::Promote => node.follows().is_none(),
        Act::Fence {
            how: FenceHow::Open,
        } => true,
        Act::Fence { .. } => !node.takes_writes(),
        Act::Drain { candidate } => {
            let open = plan.fence().is_none_or(|(_, how)| *how == FenceHow::Open);
            let position = inside(candidate).map(|inside| inside.position());
            open || position == Some(node.position())
        }
        Act::Verify { .. } => node.takes_writes(),
        Act::Persist => {
            let server = fleet.server_at(&step.node).unwrap_or_default();
            fleet.saved_master(server, &*node) == node.follows()
        }
        Act::Follow { master, .. } => node.follows().as_ref() == Some(master),
        Act::Unfence { how } => !node.fenced_by(how),
        Act::Links { .. }
        | Act::Lock { .. }
        | Act::CatchUp { .. }
        | Act::LastLook
        | Act::StillAhead { .. }
        | Act::SetApart { .. }
        | Act::Announce { .. }
        | Act::Unlock { .. } => true,
    }
}
