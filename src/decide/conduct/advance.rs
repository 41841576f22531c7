//! From step to step: an event comes in, the step in hand moves on, the next one begins or the way back does.

use super::Action;
use super::Ask;
use super::Conduct;
use super::Event;
use super::Flow;
use super::Phase;
use super::Show;
use super::Why;
use super::work;
use super::work::Work;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::overtaken;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

impl Conduct {
    /// Takes one event; the actions are to be carried out in their order.
    pub fn step(&mut self, now_us: u64, event: Event) -> Vec<Action> {
        let mut out = Vec::new();
        match event {
            Event::Begin => {
                self.from_us = Some(now_us);
                if let Some(resumption) = self.resumed.clone() {
                    self.take_stock(&resumption, now_us, &mut out);
                } else {
                    let plan = Box::new(self.plan.clone());
                    out.push(Action::Journal(Record::Begin { plan }));
                    self.enter(0, now_us, &mut out);
                }
            }
            Event::Answer { ask, result } if self.waits_for(ask) => match self.phase.clone() {
                Phase::TakingStock { abort, until_us } => {
                    self.stock_taken(abort, until_us, result, now_us, &mut out);
                }
                Phase::Forward(_) => {
                    let flow = self.work(
                        work::Input::Answer {
                            tag: ask.tag,
                            result,
                        },
                        now_us,
                        &mut out,
                    );
                    self.flow(flow, now_us, &mut out);
                }
                Phase::Back { step, why } => self.undone(step, &why, result, now_us, &mut out),
                Phase::Idle | Phase::Over => {}
            },
            // Too late: the step that asked is over.
            Event::Answer { .. } => {}
            Event::Wake => self.woken(now_us, &mut out),
            Event::Interrupt => self.interrupt(now_us, &mut out),
            Event::JournalLost => self.journal_lost(now_us, &mut out),
        }
        out
    }

    fn waits_for(&self, ask: Ask) -> bool {
        ask.turn == self.turn || flaw::on(Flaw::LateAnswersBelieved)
    }

    pub(super) fn woken(&mut self, now_us: u64, out: &mut Vec<Action>) {
        let due = self.poll_us.is_some_and(|at| now_us >= at);
        let expired = now_us >= self.step_until_us;
        if due {
            self.poll_us = None;
        }
        match self.phase.clone() {
            Phase::TakingStock { .. } if due => self.ask_stock(now_us, out),
            Phase::Forward(_) if due || expired => {
                let input = if expired {
                    work::Input::Expired
                } else {
                    work::Input::Wake
                };
                let flow = self.work(input, now_us, out);
                self.flow(flow, now_us, out);
            }
            Phase::Back { step, why } if due || expired => {
                self.undo_woken(step, &why, now_us, out);
            }
            Phase::TakingStock { .. }
            | Phase::Forward(_)
            | Phase::Back { .. }
            | Phase::Idle
            | Phase::Over => {}
        }
    }

    /// Goes on at `at_us` unless something happens before.
    pub(super) fn wake_at(&mut self, at_us: u64, out: &mut Vec<Action>) {
        self.poll_us = Some(at_us);
        out.push(Action::Wake { at_us });
    }

    /// Another turn: whatever was asked before is nobody's business any more.
    pub(super) fn turn_over(&mut self) {
        self.turn += 1;
        self.poll_us = None;
    }

    /// Starts step `index`, or ends if there is none.
    pub(super) fn enter(&mut self, index: usize, now_us: u64, out: &mut Vec<Action>) {
        self.turn_over();
        let skipped = self.skipped.iter().skip(index).take_while(|s| **s).count();
        let index = index + skipped;
        let Some(step) = self.plan.steps.get(index).cloned() else {
            let outcome = if !self.left.is_empty() {
                Outcome::Incomplete {
                    left: self.left.clone(),
                }
            } else if self.resumed.as_ref().is_some_and(|r| r.abort) {
                Outcome::Finished
            } else {
                Outcome::Done
            };
            self.finish(outcome, now_us, out);
            return;
        };
        if step.act == Act::Promote && self.dead_until_us.is_some_and(|until| now_us > until) {
            let text = format!(
                "this host stood still since {} was found dead, and it may have come back",
                self.old_master()
            );
            return self.go_back(Why::Refused(text), now_us, out);
        }
        let planned = self.plan.kind == Kind::Promote;
        if step.act == Act::Promote && planned && self.pause_ended(now_us) {
            let text = format!(
                "this host stood still, and the pause of {} may have ended since",
                self.old_master()
            );
            return self.go_back(Why::Failed(text), now_us, out);
        }
        self.phase = Phase::Forward(index);
        self.step_from_us = now_us;
        if step.act == Act::LastLook {
            self.dead_until_us = Some(now_us.saturating_add(self.may_take_us(index)));
        }
        self.step_until_us = now_us.saturating_add(step.within_ms.saturating_mul(1000));
        if matches!(step.act, Act::Verify { .. }) {
            self.verify_in_budget(now_us);
        }
        if let Some(begun) = self.begun.get_mut(index) {
            *begun = true;
        }
        let point = if step.act == Act::Promote {
            self.point.clone()
        } else {
            None
        };
        out.push(Action::Show(Show::Step {
            text: step.text.clone(),
        }));
        let record = out.len();
        out.push(Action::Journal(Record::Before { step: index, point }));
        out.push(Action::Wake {
            at_us: self.step_until_us,
        });
        self.work = Work::Idle;
        self.joining = work::follow::Joining::default();
        let flow = self.work(work::Input::Begin, now_us, out);
        if flaw::on(Flaw::RecordAfterAct) {
            let record = out.remove(record);
            out.push(record);
        }
        self.flow(flow, now_us, out);
    }

    /// From the beginning of this step until the promotion, where every step takes all of its time.
    fn may_take_us(&self, from: usize) -> u64 {
        let until = self.plan.promotion_step().unwrap_or(from);
        let steps = self.plan.steps.iter().take(until).skip(from);
        let all_ms: u64 = steps.map(|step| step.within_ms).sum();
        all_ms.saturating_mul(1000).saturating_add(LATE_US)
    }

    fn old_master(&self) -> String {
        let master = self.plan.facts.master.as_ref();
        master.map_or_else(|| "the master".to_owned(), ToString::to_string)
    }

    pub(super) fn flow(&mut self, flow: Flow, now_us: u64, out: &mut Vec<Action>) {
        let Phase::Forward(index) = self.phase else {
            return;
        };
        let Some(step) = self.plan.steps.get(index).cloned() else {
            return;
        };
        let elapsed_us = now_us.saturating_sub(self.step_from_us);
        let after = |ok, note: Option<String>, code: Option<String>, point| {
            Action::Journal(Record::After {
                step: index,
                ok,
                ms: as_ms(elapsed_us),
                note,
                point,
                code,
            })
        };
        match flow {
            Flow::Wait => {}
            Flow::Done(note) => {
                let point = matches!(
                    step.act,
                    Act::Drain { .. } | Act::StillAhead { .. } | Act::Promote
                )
                .then(|| self.point.clone())
                .flatten();
                out.push(after(true, note.clone(), None, point));
                out.push(Action::Show(Show::StepDone {
                    ms: elapsed_us / 1000,
                    note,
                }));
                self.next(index, now_us, out);
            }
            Flow::Soft { code, text, hint } => {
                out.push(after(
                    false,
                    Some(text.clone()),
                    Some(code.clone().into_owned()),
                    None,
                ));
                out.push(Action::Show(Show::StepFailed { text: text.clone() }));
                self.left.push(Finding::new(
                    &code,
                    Severity::Critical,
                    Some(&step.node),
                    text,
                    hint,
                ));
                if matches!(step.act, Act::Follow { .. } | Act::Links { .. }) {
                    self.dropped.push(step.node);
                }
                self.next(index, now_us, out);
            }
            Flow::Passed(text) => {
                out.push(after(false, Some(text.clone()), None, None));
                out.push(Action::Show(Show::StepFailed { text }));
                self.next(index, now_us, out);
            }
            Flow::Refused(text) => {
                out.push(after(false, Some(text.clone()), None, None));
                out.push(Action::Show(Show::StepFailed { text: text.clone() }));
                self.go_back(Why::Refused(text), now_us, out);
            }
            Flow::Failed(text) => {
                out.push(after(false, Some(text.clone()), None, None));
                out.push(Action::Show(Show::StepFailed { text: text.clone() }));
                self.go_back(Why::Failed(text), now_us, out);
            }
            Flow::Unknown(text) => {
                out.push(Action::Show(Show::StepFailed { text: text.clone() }));
                self.finish(Outcome::Unknown { why: text }, now_us, out);
            }
            Flow::Overtaken(text) => {
                let code = Some(overtaken::CODE.to_owned());
                out.push(after(false, Some(text.clone()), code, None));
                out.push(Action::Show(Show::StepFailed { text: text.clone() }));
                let hint =
                    "see `pikafo status`; `pikafo repoint` attaches a node and lifts its fence";
                let node = Some(&step.node);
                let finding = Finding::new(overtaken::CODE, Severity::Critical, node, text, hint);
                self.left.push(finding);
                let left = self.left.clone();
                self.finish(Outcome::Incomplete { left }, now_us, out);
            }
        }
    }

    pub(super) fn next(&mut self, index: usize, now_us: u64, out: &mut Vec<Action>) {
        match self.stopping.clone() {
            // What was finished in spite of it is done.
            Some(why) if !self.promoted && index + 1 < self.plan.steps.len() => {
                self.go_back(why, now_us, out);
            }
            Some(_) | None => self.enter(index + 1, now_us, out),
        }
    }

    pub(super) fn interrupt(&mut self, now_us: u64, out: &mut Vec<Action>) {
        if self.interrupted {
            return;
        }
        self.interrupted = true;
        self.stopping = Some(Why::Interrupted);
        let Phase::Forward(index) = self.phase else {
            return;
        };
        let before_promotion = self.plan.promotion_step().is_some_and(|p| index < p);
        if before_promotion && !self.promoted {
            out.push(Action::Show(Show::StepFailed {
                text: "interrupted".to_owned(),
            }));
            self.go_back(Why::Interrupted, now_us, out);
        } else if self.plan.promotion_step().is_none() {
            out.push(Action::Show(Show::Note {
                text: "interrupted: finishing the step in hand".to_owned(),
            }));
            self.stop_soon(index, Why::Interrupted, now_us, out);
        } else {
            let text = "interrupted past the point of no return: finishing, so that nothing is left in between";
            out.push(Action::Show(Show::Note {
                text: text.to_owned(),
            }));
        }
    }

    /// Without a journal nothing may be begun that needs undoing; past the point of no return finishing is
    /// safer than stopping.
    pub(super) fn journal_lost(&mut self, now_us: u64, out: &mut Vec<Action>) {
        let Phase::Forward(index) = self.phase else {
            return;
        };
        let why = Why::Failed("the journal cannot be written".to_owned());
        match self.plan.promotion_step() {
            None => self.stop_soon(index, why, now_us, out),
            Some(promotion) if !self.promoted && index < promotion => {
                self.go_back(why, now_us, out);
            }
            Some(_) => {}
        }
    }

    /// Nothing of a repoint is past stopping, but a node that was just detached would be left as a master: the
    /// step in hand is finished, unless all it does is wait for a link.
    pub(super) fn stop_soon(&mut self, index: usize, why: Why, now_us: u64, out: &mut Vec<Action>) {
        let waits = self
            .plan
            .steps
            .get(index)
            .is_some_and(|step| matches!(step.act, Act::Links { .. }));
        if waits {
            self.go_back(why, now_us, out);
        } else {
            self.stopping = Some(why);
        }
    }

    pub(super) fn finish(&mut self, outcome: Outcome, now_us: u64, out: &mut Vec<Action>) {
        self.phase = Phase::Over;
        self.turn_over();
        let total_ms = as_ms(now_us.saturating_sub(self.from_us.unwrap_or(now_us)));
        let blackout_ms = self.blackout_us.map(as_ms);
        out.push(Action::Journal(Record::End {
            outcome: outcome.clone(),
            blackout_ms,
            total_ms,
        }));
        out.push(Action::Finish {
            outcome,
            blackout_us: self.blackout_us,
        });
    }

    pub(super) fn ask(
        &self,
        tag: u32,
        node: &Addr,
        order: Order,
        within_us: u64,
        out: &mut Vec<Action>,
    ) {
        let until_us = order.gives_role().then_some(self.step_until_us);
        out.push(Action::Ask {
            ask: Ask {
                turn: self.turn,
                tag,
            },
            node: node.clone(),
            order,
            within_us,
            until_us,
        });
    }
}

/// A step ends so long after its deadline at the latest, unless the host stands still.
const LATE_US: u64 = 500_000;

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of an operation fit a double many times over"
)]
fn as_ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
