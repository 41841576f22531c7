//! The point of no return, and the proof that it was worth it.

use super::super::Action;
use super::super::Conduct;
use super::super::Flow;
use super::super::Show;
use super::super::resume::IN_FLIGHT_US;
use super::CANDIDATE;
use super::Input;
use super::NODE;
use super::POLL_US;
use super::QUESTION_US;
use super::ROLE_CHANGE_US;
use super::Work;
use super::replication;
use super::soften;
use crate::decide::facts::Fault;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Kind;
use crate::decide::plan::Step;
use crate::decide::position::Position;

/// What Redis answers where `min-replicas-to-write` are not there.
const TOO_FEW_REPLICAS: &str = "NOREPLICAS";
/// However long the fence and the promotion took, the new master is asked more than once.
const LEAST_PROOF_US: u64 = 250_000;

impl Conduct {
    pub(super) fn promote(
        &mut self,
        step: &Step,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin => {
                self.work = Work::Promoting {
                    answered: false,
                    done_us: None,
                };
                let within = step.within_ms.saturating_mul(1000).min(ROLE_CHANGE_US);
                let order = Order::Promote {
                    from: self.point.clone(),
                    behind: self.must_stay_fenced(),
                };
                self.ask(NODE, &step.node, order, within, out);
                Flow::Wait
            }
            Input::Answer { tag: NODE, result } => {
                let done_us = result.is_ok().then_some(now_us);
                match result {
                    Ok(_) => {}
                    Err(fault) if fault.outcome_unknown() => {
                        out.push(Action::Show(Show::Detail {
                            text: format!("{fault}; looking what became of it"),
                        }));
                    }
                    Err(fault) => {
                        return Flow::Failed(format!(
                            "{} refused to become master: {}",
                            step.node,
                            fault.beside(&step.node)
                        ));
                    }
                }
                self.work = Work::Promoting {
                    answered: true,
                    done_us,
                };
                self.ask(CANDIDATE, &step.node, Order::Replication, QUESTION_US, out);
                Flow::Wait
            }
            Input::Answer { result, .. } => match replication(result) {
                Ok(seen) if seen.role == Role::Master => {
                    if self.is_short_of_the_point(&seen) {
                        return Flow::Failed(came_back_with_less(step));
                    }
                    self.promoted_as = Some(Box::new(seen));
                    self.promoted = true;
                    self.blackout_ends(now_us);
                    Flow::Done(None)
                }
                // It was started again, or somebody has led it back.
                Ok(seen) if self.promoted_long_ago(now_us) => {
                    if self.may_have_been_master(&seen, self.point.as_ref()) {
                        return self.not_shown(step);
                    }
                    Flow::Failed(format!(
                        "{} has become master and is none any more",
                        step.node
                    ))
                }
                Ok(_) | Err(_) => {
                    self.wake_at(now_us + POLL_US, out);
                    Flow::Wait
                }
            },
            Input::Wake => {
                if matches!(self.work, Work::Promoting { answered: true, .. }) {
                    self.ask(CANDIDATE, &step.node, Order::Replication, QUESTION_US, out);
                }
                Flow::Wait
            }
            Input::Expired => self.not_shown(step),
        }
    }

    fn not_shown(&self, step: &Step) -> Flow {
        Flow::Unknown(format!(
            "{} was told to become master and has not shown that it did{}",
            step.node,
            self.fence_note()
        ))
    }

    /// It has said so long ago that it did what it was told, that whatever it says now is what has become of that.
    fn promoted_long_ago(&self, now_us: u64) -> bool {
        let Work::Promoting { done_us, .. } = &self.work else {
            return false;
        };
        done_us.is_some_and(|at| now_us >= at + IN_FLIGHT_US)
    }

    /// It is a master, though not as the one that was to be promoted: it lacks what that one had.
    pub(in crate::decide::conduct) fn is_short_of_the_point(&self, seen: &Replication) -> bool {
        match (&seen.position, &self.point) {
            (Some(at), Some(point)) => !at.covers(point),
            (Some(_) | None, Some(_) | None) => false,
        }
    }

    /// The old master, where a switchover rests on its fence, which a restart would forget. A hook's is outside of it.
    fn must_stay_fenced(&self) -> Option<Addr> {
        let (old, how) = self.plan.fence()?;
        let counts = self.plan.kind == Kind::Promote && self.fence_holds && *how != FenceHow::Hook;
        counts.then(|| old.clone())
    }

    /// Saves the role, and for the new master looks afterwards which role that was: one that restarted since it
    /// was promoted is again the replica that its file says it is, and has just saved that.
    pub(super) fn persist(
        &mut self,
        step: &Step,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        let is_new_master = self.promoted && self.plan.facts.candidate.as_ref() == Some(&step.node);
        if let Input::Answer {
            tag: CANDIDATE,
            result,
        } = input
        {
            let short = |seen: &Replication| {
                let point = self.point.as_ref();
                point.is_some_and(|point| lacks_what_it_had(seen, point))
            };
            return match replication(result) {
                Ok(seen) if seen.role == Role::Master && !short(&seen) => Flow::Done(None),
                Ok(seen) => Flow::Unknown(format!(
                    "the new master {} restarted and came back {}{}",
                    step.node,
                    if seen.role == Role::Master {
                        "without what it had"
                    } else {
                        "as a replica"
                    },
                    self.fence_note()
                )),
                // It restarts, perhaps: the whole of it once more.
                Err(_) => {
                    self.wake_at(now_us + POLL_US, out);
                    Flow::Wait
                }
            };
        }
        if let Input::Answer {
            result: Err(fault), ..
        } = &input
            && let Some(hint) = never_saves(fault)
        {
            return Flow::Soft {
                code: "role.unsaved".into(),
                text: format!("{}: {}", step.node, fault.beside(&step.node)),
                hint: hint.to_owned(),
            };
        }
        let flow = self.insist(step, Order::Persist, 200_000, input, now_us, out);
        if is_new_master && matches!(flow, Flow::Done(_)) {
            self.ask(CANDIDATE, &step.node, Order::Replication, QUESTION_US, out);
            return Flow::Wait;
        }
        let flow = self.unless_gone(step, flow);
        soften(
            flow,
            "role.unsaved",
            "run CONFIG REWRITE on it, or `pikafo promote` it again once it can",
        )
    }

    /// A new master that stopped answering before anybody was moved may come back as the replica that its
    /// file says it is. Whoever was sent to it by then would follow nobody, and the old master with them.
    pub(super) fn unless_gone(&self, step: &Step, flow: Flow) -> Flow {
        let is_candidate = self.plan.facts.candidate.as_ref() == Some(&step.node);
        if let Flow::Failed(text) = &flow
            && is_candidate
            && !self.refused
            && !self.moved_somebody
        {
            let note = self.fence_note();
            return Flow::Unknown(format!("the new master went away: {text}{note}"));
        }
        flow
    }

    fn fence_note(&self) -> &'static str {
        if self.plan.fence().is_none() {
            ""
        } else if self.fence_ends_us.is_some() && !self.fence_lasts {
            "; the old one is paused for a while only, and takes writes again after it: run --resume or --abort at once"
        } else if self.plan.facts.epoch.is_some() {
            "; the fence on the old one stays up until you run --resume or --abort, or the watchers, for whom it is the master still, lift it"
        } else {
            "; the fence on the old one stays up until you run --resume or --abort"
        }
    }

    pub(super) fn verify(
        &mut self,
        step: &Step,
        token: String,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        if let Work::Doubting { why } = &self.work {
            let why = why.clone();
            return self.doubt(why, input);
        }
        // Its replicas are still to come, and it takes writes once they have.
        if let Input::Answer {
            result: Err(fault), ..
        } = &input
            && fault.text.contains(TOO_FEW_REPLICAS)
            && !self.moved_somebody
        {
            return Flow::Done(Some("it waits for replicas first".to_owned()));
        }
        let flow = self.insist(
            step,
            Order::ProbeWrite { token },
            100_000,
            input,
            now_us,
            out,
        );
        let flow = self.unless_gone(step, flow);
        match flow {
            // After a crash clients have had a new master for as long as the crash lasted.
            Flow::Failed(why)
                if self.refused
                    && self.plan.fence().is_some()
                    && !self.moved_somebody
                    && self.resumed.is_none() =>
            {
                self.turn_over();
                self.work = Work::Doubting { why };
                self.step_until_us = now_us.saturating_add(QUESTION_US);
                out.push(Action::Wake {
                    at_us: self.step_until_us,
                });
                self.ask(NODE, &step.node, Order::Replication, QUESTION_US, out);
                Flow::Wait
            }
            Flow::Done(note) => {
                // It wanted replicas, and nobody could write until it had them.
                if self.moved_somebody && self.resumed.is_none() {
                    self.blackout_ends(now_us);
                }
                Flow::Done(note)
            }
            flow @ (Flow::Wait
            | Flow::Soft { .. }
            | Flow::Passed(_)
            | Flow::Refused(_)
            | Flow::Failed(_)
            | Flow::Unknown(_)
            | Flow::Overtaken(_)) => not_writable(flow),
        }
    }

    /// As long as there is a way back, the proof must come within what is left of the blackout that was allowed.
    pub(in crate::decide::conduct) fn verify_in_budget(&mut self, now_us: u64) {
        let fenced = self.plan.fence().is_some() && self.resumed.is_none();
        if let Some(from_us) = self
            .blackout_from_us
            .filter(|_| fenced && !self.moved_somebody)
        {
            let allowed_us = self.plan.budgets.max_blackout_ms.saturating_mul(1000);
            let until_us = from_us.saturating_add(allowed_us);
            self.step_until_us = self
                .step_until_us
                .min(until_us.max(now_us + LEAST_PROOF_US));
        }
    }

    pub(in crate::decide::conduct) fn blackout_ends(&mut self, now_us: u64) {
        self.blackout_us = self
            .blackout_from_us
            .map(|from| now_us.saturating_sub(from));
    }

    /// The probe may be refused where others' writes are not (its user may not write the probe's key). Only a
    /// node that still stands at the promotion point has taken nothing, and can go back, unless everybody is told of it.
    fn doubt(&mut self, why: String, input: Input) -> Flow {
        let untouched = match input {
            Input::Answer { result, .. } => {
                replication(result).is_ok_and(|seen| seen.position == self.point)
            }
            Input::Expired => false,
            Input::Begin | Input::Wake => return Flow::Wait,
        };
        let untouched = untouched && !self.announced;
        self.promoted_but_useless = untouched;
        if untouched {
            Flow::Failed(why)
        } else {
            not_writable(Flow::Failed(why))
        }
    }
}

/// A Pika that was promoted at `point` keeps that over a restart, unless it was emptied or has lost its newest data.
pub(in crate::decide::conduct) fn lacks_what_it_had(seen: &Replication, point: &Position) -> bool {
    let at = seen.position.as_ref();
    at.is_some_and(|at| matches!(at, Position::Pika(_)) && !at.covers(point))
}

fn came_back_with_less(step: &Step) -> String {
    format!(
        "{} was started again as a master of its own, without what it had",
        step.node
    )
}

fn not_writable(flow: Flow) -> Flow {
    soften(
        flow,
        "master.not_writable",
        "look why it refuses writes; clients are without a master",
    )
}

/// What helps where a server will not save its role however often it is asked.
fn never_saves(fault: &Fault) -> Option<&'static str> {
    let text = fault.text.to_ascii_lowercase();
    let says = |words: &str| text.contains(words);
    if says("without a config file") {
        return Some(
            "start it with a configuration file; until then a restart brings its old role back",
        );
    }
    // CONFIG is renamed or disabled, or is not for this user.
    let refused = says("unknown command") || says("unknown or unsupported") || says("noperm");
    refused.then_some(
        "let pikafo run CONFIG REWRITE there (a new name goes under `commands:`), or write the role into its file by hand; \
         until then a restart brings its old role back",
    )
}
