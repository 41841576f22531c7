//! What each kind of step does until it is proven or has failed.
//!
//! * [`before`], [`promotion`], [`follow`], [`after`]: the steps, in the order in which they come
//! * [`copying`]: full copies, over several steps

mod after;
mod before;
pub(super) mod copying;
pub(super) mod follow;
pub(super) mod promotion;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Action;
use super::Conduct;
use super::Fault;
use super::Flow;
use super::Phase;
use super::Show;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Replication;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Step;
use crate::decide::position::Position;

/// What the current step remembers between events.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Idle,
    /// One order, repeated after refusals until the deadline.
    Single,
    /// Positions of two nodes, read side by side.
    Pair {
        master: Option<Position>,
        candidate: Option<Position>,
        previous: Option<Position>,
        waiting: u8,
    },
    /// Positions of several nodes.
    Several {
        seen: BTreeMap<u32, Position>,
        waiting: u32,
    },
    /// The drained candidate is given a moment to apply what its binlog already holds.
    Settling,
    Promoting {
        /// It has answered, or was waited for in vain: it is asked what it is.
        answered: bool,
        /// When it said that it has done so.
        done_us: Option<u64>,
    },
    /// The promoted node refused the probe write; has it taken anybody else's?
    Doubting {
        why: String,
    },
    Following(follow::Following),
    Linking {
        up: BTreeMap<u32, Result<(), String>>,
        /// Whose link is up in spite of a copy that was cut off: nobody need wait for them.
        lost: BTreeSet<u32>,
        waiting: u32,
        /// When a link that is not up yet last showed a sign of life.
        stirred_us: u64,
    },
}

/// What a step's work is told.
#[derive(Debug)]
pub(super) enum Input {
    Begin,
    Answer {
        tag: u32,
        result: Result<Answer, Fault>,
    },
    Wake,
    Expired,
}

const NODE: u32 = 0;
const CANDIDATE: u32 = 1;

/// How long one question may take inside a step.
const QUESTION_US: u64 = 2_000_000;
/// Orders that change a role may stall: Pika's first NO ONE after a full sync took up to 2.5 s.
const ROLE_CHANGE_US: u64 = 6_000_000;
const POLL_US: u64 = 20_000;

impl Conduct {
    /// Moves the current step on.
    pub(super) fn work(&mut self, input: Input, now_us: u64, out: &mut Vec<Action>) -> Flow {
        let Phase::Forward(index) = self.phase else {
            return Flow::Wait;
        };
        let Some(step) = self.plan.steps.get(index).cloned() else {
            return Flow::Wait;
        };
        match step.act.clone() {
            Act::Lock { token, ttl_s } => {
                self.lock(&step, Order::Lock { token, ttl_s }, input, out)
            }
            Act::CatchUp { candidate, bytes } => {
                self.catch_up(&step, &candidate, bytes, input, now_us, out)
            }
            Act::LastLook => self.last_look(&step, input, out),
            Act::StillAhead { of } => self.still_ahead(&step, &of, input, out),
            Act::Fence { how } => self.fence(&step, how, input, now_us, out),
            Act::Drain { candidate } => self.drain(&step, &candidate, input, now_us, out),
            Act::Promote => self.promote(&step, input, now_us, out),
            Act::Verify { token } => self.verify(&step, token, input, now_us, out),
            // Whatever it has saved is better than where it stands now.
            Act::Persist if self.dropped.contains(&step.node) => {
                Flow::Done(Some("left as it was saved: it did not move".to_owned()))
            }
            Act::Persist if flaw::on(Flaw::RewriteSkipped) => Flow::Done(None),
            Act::Persist => self.persist(&step, input, now_us, out),
            Act::Follow { master, how } => self.follow(&step, &master, how, input, now_us, out),
            // A restart may have forgotten the fence, and a pause ends by itself; one that lies under another is not
            // needed any more.
            Act::Unfence { how }
                if self.dropped.contains(&step.node)
                    && !(self.fence_lasts && self.plan.fence_of(&step.node) != Some(&how)) =>
            {
                let flow = self.insist(&step, Order::Fence { how }, 100_000, input, now_us, out);
                kept(flow, &step)
            }
            Act::Unfence { .. } if flaw::on(Flaw::UnfenceForgotten) => Flow::Done(None),
            Act::Unfence { how } => {
                let flow = self.insist(&step, Order::Unfence { how }, 100_000, input, now_us, out);
                soften(
                    flow,
                    "fence.left_behind",
                    "run `pikafo promote --resume` once it answers",
                )
            }
            Act::SetApart { code, why } => Flow::Soft {
                text: format!("{} is set apart: {why}", step.node),
                hint: format!(
                    "save what only it holds, then `pikafo repoint {} --resync` discards its own data",
                    step.node
                ),
                code: code.into(),
            },
            Act::Links { replicas } => self.links(&replicas, input, now_us, out),
            Act::Announce { event } => self.announce(&step, event, input, out),
            Act::Unlock { token } => self.unlock(&step, token, input, out),
        }
    }

    /// One order, asked again after a pause whenever it fails, until the step expires.
    fn insist(
        &mut self,
        step: &Step,
        order: Order,
        pause_us: u64,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin | Input::Wake => {
                self.work = Work::Single;
                let left = self.step_until_us.saturating_sub(now_us);
                self.ask(NODE, &step.node, order, QUESTION_US.min(left.max(1)), out);
                Flow::Wait
            }
            Input::Answer {
                result: Ok(answer), ..
            } => Flow::Done(note(answer)),
            Input::Answer {
                result: Err(fault), ..
            } => {
                self.refused = fault.kind == FaultKind::Error;
                let again_us = now_us + pause_us;
                if again_us >= self.step_until_us {
                    return Flow::Failed(format!("{}: {}", step.node, fault.beside(&step.node)));
                }
                out.push(Action::Show(Show::Detail { text: fault.text }));
                self.wake_at(again_us, out);
                Flow::Wait
            }
            Input::Expired => Flow::Failed(format!(
                "{}: no success in {} ms",
                step.node, step.within_ms
            )),
        }
    }

    pub(super) fn ask_pair(
        &mut self,
        step: &Step,
        candidate: &Addr,
        previous: Option<Position>,
        out: &mut Vec<Action>,
    ) {
        self.work = Work::Pair {
            master: None,
            candidate: None,
            previous,
            waiting: 2,
        };
        self.ask(NODE, &step.node, Order::Replication, QUESTION_US, out);
        self.ask(CANDIDATE, candidate, Order::Replication, QUESTION_US, out);
    }

    /// `Some((master, candidate, master before))` once both have answered.
    pub(super) fn pair_answered(
        &mut self,
        tag: u32,
        result: Result<Answer, Fault>,
    ) -> Result<Option<(Position, Position, Option<Position>)>, String> {
        let who = if tag == NODE {
            "the master"
        } else {
            "the candidate"
        };
        let replication =
            replication(result).map_err(|fault| format!("{who} stopped answering: {fault}"))?;
        let position = replication
            .position
            .ok_or_else(|| format!("{who} does not say how far its data reaches"))?;
        let Work::Pair {
            master,
            candidate,
            previous,
            waiting,
        } = &mut self.work
        else {
            return Ok(None);
        };
        if tag == NODE {
            *master = Some(position);
        } else {
            *candidate = Some(position);
        }
        *waiting = waiting.saturating_sub(1);
        Ok(match (&master, &candidate) {
            (Some(m), Some(c)) => Some((m.clone(), c.clone(), previous.take())),
            (None, _) | (_, None) => None,
        })
    }
}

/// The old master does not follow, so its fence was put up again instead of being lifted.
fn kept(flow: Flow, step: &Step) -> Flow {
    match flow {
        Flow::Done(_) => Flow::Soft {
            code: "fence.kept".into(),
            text: format!(
                "{} stays fenced, because it does not follow the new master",
                step.node
            ),
            hint: format!(
                "`pikafo repoint {}` attaches it and lifts the fence",
                step.node
            ),
        },
        flow @ (Flow::Wait
        | Flow::Soft { .. }
        | Flow::Passed(_)
        | Flow::Refused(_)
        | Flow::Failed(_)
        | Flow::Unknown(_)
        | Flow::Overtaken(_)) => soften(
            flow,
            "fence.in_doubt",
            "it does not follow the new master and may take writes: stop it, or repoint it at once",
        ),
    }
}

/// Turns an ordinary failure past the point of no return into follow-up.
fn soften(flow: Flow, code: &'static str, hint: &str) -> Flow {
    match flow {
        Flow::Failed(text) => Flow::Soft {
            code: code.into(),
            text,
            hint: hint.to_owned(),
        },
        flow @ (Flow::Wait
        | Flow::Done(_)
        | Flow::Soft { .. }
        | Flow::Passed(_)
        | Flow::Refused(_)
        | Flow::Unknown(_)
        | Flow::Overtaken(_)) => flow,
    }
}

fn note(answer: Answer) -> Option<String> {
    match answer {
        Answer::Note(text) => Some(text),
        Answer::Done | Answer::Seen(_) | Answer::At(_) => None,
    }
}

pub(super) fn replication(result: Result<Answer, Fault>) -> Result<Replication, Fault> {
    match result? {
        Answer::At(replication) => Ok(*replication),
        Answer::Seen(observation) => Ok(observation.replication),
        Answer::Done | Answer::Note(_) => {
            Err(Fault::new(FaultKind::Protocol, "an answer of another kind"))
        }
    }
}
