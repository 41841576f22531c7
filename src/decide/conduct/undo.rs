//! The way back: what was begun is undone in reverse, each undo on a deadline of its own.

use super::Action;
use super::Conduct;
use super::Phase;
use super::Show;
use super::Why;
use super::resume::IN_FLIGHT_US;
use super::resume::Resumption;
use super::work::Work;
use super::work::follow::points_to;
use super::work::replication;
use crate::decide::facts::Fault;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

/// How one step is undone.
enum Undo {
    /// It left nothing behind.
    Nothing,
    Tell(Addr, Order),
    /// It is promoted, refuses writes, and goes back to its old master.
    GoBack {
        candidate: Addr,
        master: Addr,
    },
}

const RETRY_US: u64 = 100_000;
/// How long one order or question may take; an undo asks again until its own deadline.
const QUESTION_US: u64 = 2_000_000;

impl Conduct {
    pub(super) fn go_back(&mut self, why: Why, now_us: u64, out: &mut Vec<Action>) {
        if self.promoted && !self.promoted_but_useless {
            // Unreachable by construction: steps past the point of no return fail softly. Should one not, the
            // truth is that the master changed.
            let text = "a step past the point of no return failed".to_owned();
            return self.finish(Outcome::Unknown { why: text }, now_us, out);
        }
        out.push(Action::Show(Show::Undoing {
            why: why.text().to_owned(),
        }));
        let begun = if flaw::on(Flaw::UndoLeftOut) {
            0
        } else {
            self.plan.steps.len()
        };
        self.undo_next(begun, why, now_us, out);
    }

    /// Finds the last begun step before `below` that left something behind, and undoes it.
    fn undo_next(&mut self, below: usize, why: Why, now_us: u64, out: &mut Vec<Action>) {
        for step in (0..below).rev() {
            if self.begun.get(step) != Some(&true) || matches!(self.undo_of(step), Undo::Nothing) {
                continue;
            }
            self.turn_over();
            self.work = Work::Idle;
            self.step_until_us =
                now_us.saturating_add(self.plan.budgets.undo_ms.saturating_mul(1000));
            self.phase = Phase::Back { step, why };
            out.push(Action::Journal(Record::UndoBefore { step }));
            out.push(Action::Wake {
                at_us: self.step_until_us,
            });
            self.tell_undo(step, out);
            return;
        }
        if let Some(outcome) = self.found.take() {
            return self.finish(outcome, now_us, out);
        }
        let outcome = match why {
            why if self.moved_for_good() => self.stopped_half_way(why.text()),
            Why::Failed(why) => Outcome::Undone { why },
            Why::Refused(why) => Outcome::Refused { why },
            Why::Interrupted => Outcome::Interrupted,
            Why::StartOver if self.interrupted => Outcome::Interrupted,
            Why::StartOver => {
                self.forget_the_crash();
                return self.enter(0, now_us, out);
            }
        };
        self.finish(outcome, now_us, out);
    }

    /// Nothing of what a crash left is there any more: from here on it is a run like any other.
    fn forget_the_crash(&mut self) {
        self.begun.fill(false);
        self.resumed = None;
        self.point = None;
        self.fence_holds = false;
        self.fence_in_doubt = false;
        self.fence_lasts = false;
        self.fence_ends_us = None;
    }

    /// A node that was moved is not moved back: only a repoint can come here with one.
    fn moved_for_good(&self) -> bool {
        self.plan.promotion_step().is_none()
            && self.was_begun(|act| matches!(act, Act::Follow { .. }))
    }

    /// How it ends where it is given up as it stands, without another order: what was begun stays as it is.
    pub fn given_up(&self, why: &str) -> Outcome {
        let stands = self.was_begun(|act| matches!(act, Act::Fence { .. }));
        if self.plan.promotion_step().is_none() && (stands || self.moved_for_good()) {
            return self.stopped_half_way(why);
        }
        let fence = self.plan.fence().filter(|_| stands);
        let why = fence.map_or_else(
            || why.to_owned(),
            |(node, _)| format!("{why}; {node} may be fenced still, until a watcher lifts that"),
        );
        Outcome::Undone { why }
    }

    /// Something of this kind was begun, by this run or before the crash that it goes on after.
    fn was_begun(&self, counts: fn(&Act) -> bool) -> bool {
        let before = self.resumed.iter().flat_map(Resumption::begun);
        let begun = before.chain(self.begun.iter().copied().enumerate());
        let mut begun = begun.filter(|(_, begun)| *begun);
        begun.any(|(step, _)| self.plan.steps.get(step).is_some_and(|s| counts(&s.act)))
    }

    fn stopped_half_way(&self, why: &str) -> Outcome {
        let mut left = self.left.clone();
        left.push(Finding::new(
            "repoint.stopped",
            Severity::Warning,
            None,
            format!("stopped before every node was done: {why}"),
            "see `pikafo status`; `pikafo repoint --all` goes on",
        ));
        Outcome::Incomplete { left }
    }

    pub(super) fn undone(
        &mut self,
        step: usize,
        why: &Why,
        result: Result<Answer, Fault>,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        let good = match self.undo_of(step) {
            Undo::GoBack { candidate, master } => {
                // The order was accepted; now it must be seen to have worked.
                if matches!(result, Ok(Answer::Done | Answer::Note(_))) {
                    self.ask(1, &candidate, Order::Replication, QUESTION_US, out);
                    return;
                }
                replication(result).map(|r| points_to(&r, &master))
            }
            Undo::Tell(..) | Undo::Nothing => result.map(|_| true),
        };
        if matches!(good, Ok(true)) {
            if self.fence_in_doubt && self.is_fence(step) {
                self.fence_in_doubt = false;
                out.push(Action::Show(Show::Detail {
                    text: "lifted; once more when what was not answered can no longer come"
                        .to_owned(),
                }));
                let again_us = now_us + IN_FLIGHT_US;
                self.step_until_us = self.step_until_us.max(now_us) + IN_FLIGHT_US;
                out.push(Action::Wake {
                    at_us: self.step_until_us,
                });
                self.wake_at(again_us, out);
                return;
            }
            if matches!(self.undo_of(step), Undo::GoBack { .. }) {
                self.promoted = false;
            }
            if self.is_fence(step) {
                self.blackout_ends(now_us);
            }
            out.push(Action::Journal(Record::UndoAfter {
                step,
                ok: true,
                note: None,
            }));
            self.undo_next(step, why.clone(), now_us, out);
            return;
        }
        if let Err(fault) = good {
            out.push(Action::Show(Show::Detail { text: fault.text }));
        }
        self.wake_at(now_us + RETRY_US, out);
    }

    pub(super) fn undo_woken(
        &mut self,
        step: usize,
        why: &Why,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        if now_us < self.step_until_us {
            self.tell_undo(step, out);
            return;
        }
        let text = self
            .plan
            .steps
            .get(step)
            .map_or_else(String::new, |s| s.text.clone());
        out.push(Action::Journal(Record::UndoAfter {
            step,
            ok: false,
            note: Some(text.clone()),
        }));
        // A lock that cannot be given back expires; a fence does not.
        if matches!(
            self.plan.steps.get(step).map(|s| &s.act),
            Some(Act::Lock { .. })
        ) {
            self.undo_next(step, why.clone(), now_us, out);
        } else {
            let why = format!("\"{text}\" could not be undone; run --abort once the node answers");
            self.finish(Outcome::Unknown { why }, now_us, out);
        }
    }

    pub(super) fn is_fence(&self, step: usize) -> bool {
        self.plan
            .steps
            .get(step)
            .is_some_and(|step| matches!(step.act, Act::Fence { .. }))
    }

    fn tell_undo(&mut self, step: usize, out: &mut Vec<Action>) {
        let within = self
            .plan
            .budgets
            .undo_ms
            .saturating_mul(1000)
            .min(QUESTION_US);
        match self.undo_of(step) {
            Undo::Nothing => {}
            Undo::Tell(node, order) => self.ask(0, &node, order, within, out),
            Undo::GoBack { candidate, master } => {
                self.ask(
                    0,
                    &candidate,
                    Order::Follow {
                        master,
                        force: false,
                    },
                    within,
                    out,
                );
            }
        }
    }

    fn undo_of(&self, step: usize) -> Undo {
        let Some(step) = self.plan.steps.get(step) else {
            return Undo::Nothing;
        };
        match &step.act {
            Act::Lock { token, .. } => Undo::Tell(
                step.node.clone(),
                Order::Unlock {
                    token: token.clone(),
                },
            ),
            Act::Fence {
                how: FenceHow::Open,
            } => Undo::Nothing,
            // It is set apart, and must not take writes.
            Act::Fence { .. } if self.dropped.contains(&step.node) => Undo::Nothing,
            Act::Fence { how } => {
                Undo::Tell(step.node.clone(), Order::Unfence { how: how.clone() })
            }
            Act::Promote if self.promoted => match &self.plan.facts.master {
                Some(master) => Undo::GoBack {
                    candidate: step.node.clone(),
                    master: master.clone(),
                },
                None => Undo::Nothing,
            },
            Act::Promote
            | Act::CatchUp { .. }
            | Act::LastLook
            | Act::StillAhead { .. }
            | Act::Drain { .. }
            | Act::Verify { .. }
            | Act::Persist
            | Act::Follow { .. }
            | Act::Unfence { .. }
            | Act::SetApart { .. }
            | Act::Links { .. }
            | Act::Announce { .. }
            | Act::Unlock { .. } => Undo::Nothing,
        }
    }
}
