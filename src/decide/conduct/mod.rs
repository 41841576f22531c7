//! Carries out a [`Plan`]: a state machine that is told what happened and says what to do next.
//!
//! ```text
//!   host                              Conduct
//!    │  step(now, Begin)        ───▶    │
//!    │  ◀─── [Journal(before), Ask(..)] │   a record is on disk before the order that acts is sent
//!    │  step(now, Answer{..})   ───▶    │
//!    │  ◀─── [Journal(after), ..]       │
//!    │  step(now, Wake)         ───▶    │   deadlines and polls
//!    │  step(now, Interrupt)    ───▶    │   before the point of no return: undo; after it: finish
//!    │  ◀─── [Finish(outcome)]          │
//! ```
//!
//! `promote`, `failover`, `repoint` and the supervisor all conduct their plans here; there is no second
//! implementation. Time is microseconds since any fixed start.
//!
//! * [`work`]: what each kind of step does until it is proven or has failed
//! * [`undo`]: the way back
//! * [`resume`]: going on after a crash, from the journal's records

mod resume;
#[cfg(test)]
mod tests;
mod undo;
mod work;

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use super::facts::Fault;
use super::facts::Replication;
use super::finding::Finding;
use super::finding::Severity;
use super::name::Addr;
use super::order::Answer;
use super::order::Order;
use super::plan::Act;
use super::plan::Plan;
use super::position::Position;
use super::record::Outcome;
use super::record::Record;

pub use resume::Resumption;
use work::Work;

/// What the conductor is told.
#[derive(Clone, Debug)]
pub enum Event {
    Begin,
    /// The answer to the order asked under `ask`.
    Answer {
        ask: Ask,
        result: Result<Answer, Fault>,
    },
    /// A time that was asked for has come.
    Wake,
    /// The operator wants to stop.
    Interrupt,
    /// The journal cannot be written any more.
    JournalLost,
}

/// What the host shall do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Append to the journal; on disk before any later [`Action::Ask`] whose order acts.
    Journal(Record),
    /// Give `node` the order within the deadline and bring the answer back.
    Ask {
        ask: Ask,
        node: Addr,
        order: Order,
        within_us: u64,
    },
    /// Send [`Event::Wake`] at this time.
    Wake { at_us: u64 },
    /// For people.
    Show(Show),
    Finish {
        outcome: Outcome,
        blackout_us: Option<u64>,
    },
}

/// Names an order, so that answers that come too late are recognised and ignored.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ask {
    turn: u32,
    tag: u32,
}

/// Progress for people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "show", rename_all = "snake_case")]
pub enum Show {
    Step { text: String },
    Detail { text: String },
    StepDone { ms: u64, note: Option<String> },
    StepFailed { text: String },
    Undoing { why: String },
    Note { text: String },
}

/// The state machine.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that has or has not happened"
)]
pub struct Conduct {
    plan: Plan,
    phase: Phase,
    work: Work,
    /// Counts changes of step; an answer to an older turn is ignored.
    turn: u32,
    begun: Vec<bool>,
    step_from_us: u64,
    step_until_us: u64,
    /// When the turn in hand wants to go on. Wakes that older turns asked for still arrive and are not heard.
    poll_us: Option<u64>,
    from_us: Option<u64>,
    /// Where the candidate stands or stood when it was promoted.
    point: Option<Position>,
    promoted: bool,
    /// What the candidate said when it was seen to be master.
    promoted_as: Option<Box<Replication>>,
    /// A probe write was refused by the promoted candidate, so nobody can have written to it.
    promoted_but_useless: bool,
    /// The old master has said that it refuses writes.
    fence_holds: bool,
    /// The fence was sent and not answered: it may yet go up, even after it was lifted.
    fence_in_doubt: bool,
    /// The old master stands behind a fence that does not end by itself.
    fence_lasts: bool,
    /// Else: when the fence ends by itself, unless it is put up again before.
    fence_ends_us: Option<u64>,
    /// What is known by now of the node that is to follow.
    joining: work::follow::Joining,
    /// The candidate was master before a crash and is not any more.
    role_lost: bool,
    moved_somebody: bool,
    /// The last answer to an order that is insisted on was a plain refusal.
    refused: bool,
    left: Vec<Finding>,
    /// Nodes that did not come to follow: nobody waits for their links, and they stay fenced and unsaved.
    dropped: Vec<Addr>,
    blackout_from_us: Option<u64>,
    blackout_us: Option<u64>,
    interrupted: bool,
    /// To be heard between steps, as long as the way back is open.
    stopping: Option<Why>,
    resumed: Option<Resumption>,
    /// After a resumption past the promotion: steps that are not taken again.
    skipped: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Idle,
    /// After a crash: is the candidate master by now?
    TakingStock {
        abort: bool,
        until_us: u64,
    },
    Forward(usize),
    Back {
        step: usize,
        why: Why,
    },
    Over,
}

/// Why it goes back.
#[derive(Clone, Debug, PartialEq)]
enum Why {
    Failed(String),
    Refused(String),
    Interrupted,
    /// What was left by a crash is cleared away first, then every step is taken again.
    StartOver,
}

impl Why {
    fn text(&self) -> &str {
        match self {
            Self::Failed(text) | Self::Refused(text) => text,
            Self::Interrupted => "interrupted",
            Self::StartOver => "starting over",
        }
    }
}

impl Conduct {
    pub fn new(plan: Plan) -> Self {
        let begun = vec![false; plan.steps.len()];
        Self {
            plan,
            phase: Phase::Idle,
            work: Work::Idle,
            turn: 0,
            begun,
            step_from_us: 0,
            step_until_us: 0,
            poll_us: None,
            from_us: None,
            point: None,
            promoted: false,
            promoted_as: None,
            promoted_but_useless: false,
            fence_holds: false,
            fence_in_doubt: false,
            fence_lasts: false,
            fence_ends_us: None,
            joining: work::follow::Joining::default(),
            role_lost: false,
            moved_somebody: false,
            refused: false,
            left: Vec::new(),
            dropped: Vec::new(),
            blackout_from_us: None,
            blackout_us: None,
            interrupted: false,
            stopping: None,
            resumed: None,
            skipped: Vec::new(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The candidate was seen to be master: from here on everything is done to finish.
    pub fn promoted(&self) -> bool {
        self.promoted
    }

    /// What is left to do for a person, as far as known by now.
    pub fn left(&self) -> &[Finding] {
        &self.left
    }

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
            Event::Answer { ask, result } if ask.turn == self.turn => match self.phase.clone() {
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

    fn woken(&mut self, now_us: u64, out: &mut Vec<Action>) {
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
    fn wake_at(&mut self, at_us: u64, out: &mut Vec<Action>) {
        self.poll_us = Some(at_us);
        out.push(Action::Wake { at_us });
    }

    /// Another turn: whatever was asked before is nobody's business any more.
    fn turn_over(&mut self) {
        self.turn += 1;
        self.poll_us = None;
    }

    /// Starts step `index`, or ends if there is none.
    fn enter(&mut self, index: usize, now_us: u64, out: &mut Vec<Action>) {
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
        self.phase = Phase::Forward(index);
        self.step_from_us = now_us;
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
        out.push(Action::Journal(Record::Before { step: index, point }));
        out.push(Action::Wake {
            at_us: self.step_until_us,
        });
        self.work = Work::Idle;
        self.joining = work::follow::Joining::default();
        let flow = self.work(work::Input::Begin, now_us, out);
        self.flow(flow, now_us, out);
    }

    fn flow(&mut self, flow: Flow, now_us: u64, out: &mut Vec<Action>) {
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
        }
    }

    fn next(&mut self, index: usize, now_us: u64, out: &mut Vec<Action>) {
        match self.stopping.clone() {
            Some(why) if !self.promoted && self.plan.promotion_step().is_none_or(|p| index < p) => {
                self.go_back(why, now_us, out);
            }
            Some(_) | None => self.enter(index + 1, now_us, out),
        }
    }

    fn interrupt(&mut self, now_us: u64, out: &mut Vec<Action>) {
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
    fn journal_lost(&mut self, now_us: u64, out: &mut Vec<Action>) {
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
    fn stop_soon(&mut self, index: usize, why: Why, now_us: u64, out: &mut Vec<Action>) {
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

    fn finish(&mut self, outcome: Outcome, now_us: u64, out: &mut Vec<Action>) {
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

    fn ask(&self, tag: u32, node: &Addr, order: Order, within_us: u64, out: &mut Vec<Action>) {
        out.push(Action::Ask {
            ask: Ask {
                turn: self.turn,
                tag,
            },
            node: node.clone(),
            order,
            within_us,
        });
    }
}

/// What a step's work came to.
#[derive(Debug)]
enum Flow {
    Wait,
    Done(Option<String>),
    /// The step failed and the operation goes on; somebody has to follow up.
    Soft {
        code: Cow<'static, str>,
        text: String,
        hint: String,
    },
    /// The step failed, and nothing follows from that.
    Passed(String),
    /// A condition does not hold; nothing was changed by this step.
    Refused(String),
    Failed(String),
    /// It cannot be told whether the master changed.
    Unknown(String),
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of an operation fit a double many times over"
)]
fn as_ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
