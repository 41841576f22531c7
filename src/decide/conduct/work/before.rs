//! Before the point of no return: catch up, look once more, fence, drain.

use std::collections::BTreeMap;

use super::super::Action;
use super::super::Conduct;
use super::super::Flow;
use super::super::Show;
use super::Input;
use super::NODE;
use super::POLL_US;
use super::QUESTION_US;
use super::Work;
use super::follow::RETRY_US;
use super::follow::is_held;
use super::note;
use super::replication;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::FenceSeen;
use crate::decide::facts::Role;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Step;
use crate::decide::position::Position;

const DRAIN_POLL_US: u64 = 1_000;
/// Pika applies what its binlog holds a moment later, and a promoted node does so unordered against
/// its new clients' writes.
const SETTLE_US: u64 = 10_000;

impl Conduct {
    pub(super) fn lock(
        &mut self,
        step: &Step,
        order: Order,
        input: Input,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin => {
                self.work = Work::Single;
                self.ask(NODE, &step.node, order, QUESTION_US, out);
                Flow::Wait
            }
            Input::Answer { result: Ok(_), .. } => Flow::Done(None),
            // Whoever would take it meanwhile cannot either.
            Input::Answer {
                result: Err(fault), ..
            } if refuses_every_write(&fault) => Flow::Done(Some(format!(
                "not taken, for {} refuses every write ({}): see to it that nobody else is at work",
                step.node,
                fault.text.split_whitespace().next().unwrap_or_default()
            ))),
            Input::Answer {
                result: Err(fault), ..
            } if fault.kind == FaultKind::Error => Flow::Refused(fault.text),
            Input::Answer {
                result: Err(fault), ..
            } => Flow::Failed(format!(
                "no lock on {}: {}",
                step.node,
                fault.beside(&step.node)
            )),
            Input::Wake => Flow::Wait,
            Input::Expired => Flow::Failed(format!("no lock on {} in time", step.node)),
        }
    }

    pub(super) fn catch_up(
        &mut self,
        step: &Step,
        candidate: &Addr,
        bytes: u64,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin | Input::Wake => {
                self.ask_pair(step, candidate, None, out);
                Flow::Wait
            }
            Input::Answer {
                tag,
                result: Ok(answer),
            } if self.otherwise(step, candidate, tag, &answer).is_some() => Flow::Refused(
                self.otherwise(step, candidate, tag, &answer)
                    .unwrap_or_default(),
            ),
            Input::Answer { tag, result } => match self.pair_answered(tag, result) {
                Err(text) => Flow::Failed(text),
                Ok(None) => Flow::Wait,
                Ok(Some((master, behind, _))) => match behind.bytes_behind(&master, None) {
                    Some(lag) if lag <= bytes => Flow::Done(None),
                    lag => {
                        let text = lag.map_or_else(
                            || "lag unknown".to_owned(),
                            |l| format!("{l} bytes behind"),
                        );
                        out.push(Action::Show(Show::Detail { text }));
                        self.wake_at(now_us + POLL_US, out);
                        Flow::Wait
                    }
                },
            },
            Input::Expired => Flow::Failed(format!(
                "{candidate} did not catch up with {} in {} ms; nothing was paused",
                step.node, step.within_ms
            )),
        }
    }

    /// What is not as it was when the plan was made: only now does the lock keep others from changing it.
    fn otherwise(
        &self,
        step: &Step,
        candidate: &Addr,
        tag: u32,
        answer: &Answer,
    ) -> Option<String> {
        let now = match answer {
            Answer::At(replication) => replication.as_ref(),
            Answer::Seen(observation) => &observation.replication,
            Answer::Done | Answer::Note(_) => return None,
        };
        let node = if tag == NODE { &step.node } else { candidate };
        let then = self.plan.facts.of(node)?;
        let is_master = |role| role == Role::Master;
        if is_master(then.role) != is_master(now.role) {
            return Some(format!(
                "{node} was {} when the plan was made and is {} now",
                then.role.word(),
                now.role.word()
            ));
        }
        if tag == NODE && then.history_id != now.history_id {
            return Some(format!("{node} was restarted since the plan was made"));
        }
        None
    }

    pub(super) fn last_look(&mut self, step: &Step, input: Input, out: &mut Vec<Action>) -> Flow {
        match input {
            Input::Begin => {
                let within = step.within_ms.saturating_mul(900);
                self.ask(NODE, &step.node, Order::Replication, within, out);
                Flow::Wait
            }
            Input::Answer { result: Ok(_), .. } => Flow::Refused(format!(
                "{} answers again: it is not dead, and nothing was changed",
                step.node
            )),
            Input::Answer {
                result: Err(fault), ..
            } => Flow::Done(Some(fault.text)),
            Input::Wake => Flow::Wait,
            Input::Expired => Flow::Done(Some("silent".to_owned())),
        }
    }

    pub(super) fn still_ahead(
        &mut self,
        step: &Step,
        of: &[Addr],
        input: Input,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin => {
                // All of it: a fence that another put up since is no matter of replication.
                self.ask(NODE, &step.node, Order::Observe, QUESTION_US, out);
                for (tag, node) in (1u32..).zip(of) {
                    self.ask(tag, node, Order::Replication, QUESTION_US, out);
                }
                let waiting = u32::try_from(of.len())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1);
                self.work = Work::Several {
                    seen: BTreeMap::new(),
                    waiting,
                };
                Flow::Wait
            }
            Input::Answer { tag, result } => {
                // Whoever is named by a word may stand behind one, which is lifted later; so is one that was known of.
                if let Ok(Answer::Seen(seen)) = &result
                    && stays(&seen.fence)
                    && !self.plan.facts.apart
                    && !self.plan.lifts(&step.node, &seen.fence)
                {
                    let text = format!(
                        "a fence was put up on {}: as master it would refuse writes",
                        step.node
                    );
                    return Flow::Refused(text);
                }
                let position = match replication(result) {
                    Ok(seen)
                        if tag == NODE
                            && seen.role == Role::Master
                            && !self.was_master_already(&step.node) =>
                    {
                        return Flow::Refused(format!(
                            "{} is a master by now: somebody else was faster",
                            step.node
                        ));
                    }
                    Ok(replication) => match replication.position {
                        Some(position) => position,
                        None => {
                            return Flow::Refused(
                                "a node does not say how far its data reaches".to_owned(),
                            );
                        }
                    },
                    Err(fault) => {
                        return Flow::Refused(format!(
                            "a node that may be ahead stopped answering: {fault}"
                        ));
                    }
                };
                let Work::Several { seen, waiting } = &mut self.work else {
                    return Flow::Wait;
                };
                seen.insert(tag, position);
                *waiting = waiting.saturating_sub(1);
                if *waiting > 0 {
                    return Flow::Wait;
                }
                let Some(own) = seen.get(&NODE).cloned() else {
                    return Flow::Wait;
                };
                for (tag, node) in (1u32..).zip(of) {
                    if let Some(other) = seen.get(&tag)
                        && !own.covers(other)
                    {
                        let text = format!(
                            "{node} is at {other}, not covered by {} at {own}: plan again",
                            step.node
                        );
                        return Flow::Refused(text);
                    }
                }
                // What it costs was told by where it stood then.
                let planned = self.plan.facts.of(&step.node);
                let planned = planned.and_then(|fact| fact.position.as_ref());
                if let Some(planned) = planned.filter(|planned| !own.covers(planned)) {
                    return Flow::Refused(format!(
                        "{} was at {planned} when the plan was made and is at {own} now: plan again",
                        step.node
                    ));
                }
                self.point = Some(own.clone());
                Flow::Done(Some(format!("at {own}")))
            }
            Input::Wake => Flow::Wait,
            Input::Expired => {
                Flow::Refused("positions could not be read afresh in time".to_owned())
            }
        }
    }

    /// It was a master of its own when the plan was made.
    fn was_master_already(&self, node: &Addr) -> bool {
        let facts = &self.plan.facts;
        facts.apart && facts.of(node).is_some_and(|fact| fact.role == Role::Master)
    }

    pub(super) fn fence(
        &mut self,
        step: &Step,
        how: FenceHow,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin => {
                // A repoint fences what nobody writes to.
                let changes_master = self.plan.promotion_step().is_some();
                if changes_master {
                    self.blackout_from_us.get_or_insert(now_us);
                }
                if how == FenceHow::Open || (changes_master && flaw::on(Flaw::PromotedUnfenced)) {
                    return Flow::Done(Some("no fence, by consent".to_owned()));
                }
                self.raise(step, how, now_us, out)
            }
            Input::Answer {
                result: Ok(answer), ..
            } => {
                let gap = self.fence_holds && self.pause_ended(now_us);
                self.fence_holds = !gap;
                self.fence_in_doubt = false;
                self.fence_raised(&how);
                if gap {
                    return Flow::Passed(format!(
                        "{} was fenced again when its pause may have ended: it may have taken writes in between",
                        step.node
                    ));
                }
                Flow::Done(note(answer))
            }
            // Where it is fenced by leading it away: those who have left it are listed for a while.
            Input::Answer {
                result: Err(fault), ..
            } if is_held(&fault) && now_us + RETRY_US < self.step_until_us => {
                self.wake_at(now_us + RETRY_US, out);
                Flow::Wait
            }
            Input::Answer {
                result: Err(fault), ..
            } => {
                self.fence_in_doubt = fault.outcome_unknown();
                self.fence_failed(step, fault.beside(&step.node))
            }
            Input::Wake => self.raise(step, how, now_us, out),
            Input::Expired => self.fence_failed(step, "no answer in time"),
        }
    }

    fn raise(&mut self, step: &Step, how: FenceHow, now_us: u64, out: &mut Vec<Action>) -> Flow {
        self.fence_in_doubt = true;
        self.fence_asked_us = now_us;
        let left_us = self.step_until_us.saturating_sub(now_us);
        self.ask(NODE, &step.node, Order::Fence { how }, left_us, out);
        Flow::Wait
    }

    /// How long the fence can be relied on from here.
    pub(super) fn fence_raised(&mut self, how: &FenceHow) {
        self.fence_lasts |= how.lasts();
        if let FenceHow::Pause { ms } = how {
            let lasts_us = ms.saturating_mul(1000);
            self.fence_ends_us = Some(self.fence_asked_us.saturating_add(lasts_us));
        }
    }

    /// The fence is one that ends by itself, and by now it may have.
    pub(in crate::decide::conduct) fn pause_ended(&self, now_us: u64) -> bool {
        !self.fence_lasts && self.fence_ends_us.is_some_and(|at_us| at_us <= now_us)
    }

    /// Once the candidate is master the fence is belt and braces; before, it is the whole point.
    fn fence_failed(&self, step: &Step, why: &str) -> Flow {
        let text = format!("{} could not be fenced: {why}", step.node);
        if self.promoted {
            Flow::Passed(text)
        } else if step.hard {
            Flow::Failed(text)
        } else {
            Flow::Soft {
                code: "fence.failed".into(),
                text,
                hint: "it may take writes that are lost: stop it, or fence it by hand".to_owned(),
            }
        }
    }

    pub(super) fn drain(
        &mut self,
        step: &Step,
        candidate: &Addr,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        if matches!(self.work, Work::Settling) && !matches!(input, Input::Begin) {
            return Flow::Done(self.point.as_ref().map(|p| format!("at {p}")));
        }
        match input {
            Input::Begin => {
                self.ask_pair(step, candidate, None, out);
                Flow::Wait
            }
            Input::Wake => {
                let Work::Pair {
                    previous,
                    waiting: 0,
                    ..
                } = &mut self.work
                else {
                    return Flow::Wait;
                };
                let previous = previous.take();
                self.ask_pair(step, candidate, previous, out);
                Flow::Wait
            }
            Input::Answer { tag, result } => match self.pair_answered(tag, result) {
                Err(text) => Flow::Failed(text),
                Ok(None) => Flow::Wait,
                Ok(Some((master, reached, previous))) => {
                    let open = self
                        .plan
                        .fence()
                        .is_none_or(|(_, how)| *how == FenceHow::Open);
                    let drained = if flaw::on(Flaw::DrainNotAwaited) {
                        true
                    } else if open {
                        // Nothing stops the writers; what the master had at the last look must be there.
                        previous.as_ref().is_some_and(|p| reached.covers(p))
                    } else {
                        previous.as_ref() == Some(&master) && reached == master
                    };
                    if drained {
                        self.point = Some(reached.clone());
                        if matches!(reached, Position::Pika(_)) {
                            self.work = Work::Settling;
                            self.wake_at(now_us + SETTLE_US, out);
                            return Flow::Wait;
                        }
                        return Flow::Done(Some(format!("at {reached}")));
                    }
                    // Equal already: the second look follows at once. Else it gets a moment.
                    let equal = reached == master;
                    if let Work::Pair { previous, .. } = &mut self.work {
                        *previous = Some(master.clone());
                    }
                    if equal {
                        self.ask_pair(step, candidate, Some(master), out);
                    } else {
                        self.wake_at(now_us + DRAIN_POLL_US, out);
                    }
                    Flow::Wait
                }
            },
            Input::Expired => Flow::Failed(format!(
                "{candidate} and the fenced {} did not come to the same position in {} ms",
                step.node, step.within_ms
            )),
        }
    }
}

/// It would go on refusing writes as a master. A closed port as its master is gone with the promotion itself.
fn stays(fence: &FenceSeen) -> bool {
    let fence = FenceSeen {
        closed_port: false,
        ..fence.clone()
    };
    fence.bites()
}

/// The server says that its disk or its memory is full, or that it wants more replicas: clients' writes fare the same.
fn refuses_every_write(fault: &Fault) -> bool {
    let words = ["MISCONF", "OOM", "NOREPLICAS"];
    let first = fault.text.split_whitespace().next().unwrap_or_default();
    let no_space = fault.text.to_ascii_lowercase();
    fault.kind == FaultKind::Error
        && (words.contains(&first) || no_space.contains("no space left on device"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promotion_leads_away_from_a_closed_port_and_lifts_nothing_else() {
        let none = FenceSeen::default();
        let closed_port = FenceSeen {
            closed_port: true,
            ..none.clone()
        };
        assert!(!stays(&closed_port));
        assert!(stays(&FenceSeen {
            blacklist: true,
            ..closed_port
        }));
        assert!(!stays(&none));
    }
}
