//! After the promotion: every link up, the world told, the lock given back.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::super::Action;
use super::super::Conduct;
use super::super::Flow;
use super::super::Show;
use super::Input;
use super::NODE;
use super::POLL_US;
use super::QUESTION_US;
use super::Work;
use super::note;
use super::replication;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Step;
use crate::decide::plan::TO_WATCHERS;

const SLOWEST_POLL_US: u64 = 1_000_000;
/// A link without a sign of life for this long does not come up by itself. 12 s were seen on Pika.
const IDLE_US: u64 = 20_000_000;

impl Conduct {
    pub(super) fn links(
        &mut self,
        replicas: &[Addr],
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin | Input::Wake => {
                let mut waiting = 0;
                for (tag, node) in (0u32..).zip(replicas) {
                    if !self.dropped.contains(node) {
                        self.ask(tag, node, Order::Replication, QUESTION_US, out);
                        waiting += 1;
                    }
                }
                let stirred_us = if let Work::Linking { stirred_us, .. } = &self.work {
                    *stirred_us
                } else {
                    now_us
                };
                self.work = Work::Linking {
                    up: BTreeMap::new(),
                    lost: BTreeSet::new(),
                    waiting,
                    stirred_us,
                };
                if waiting == 0 {
                    Flow::Done(None)
                } else {
                    Flow::Wait
                }
            }
            Input::Answer { tag, result } => {
                let result = replication(result);
                let node = replicas.get(tag as usize);
                let cut = match (node, &result) {
                    (Some(node), Ok(said)) => self.cut_off(node, said),
                    (Some(_) | None, _) => false,
                };
                let stirs = result
                    .as_ref()
                    .is_ok_and(|r| matches!(r.link, Link::Up | Link::Syncing));
                let state = match result {
                    // It streams on from where it stood before the copy, and has a gap or more than the master.
                    Ok(_) if cut => Err("was cut off from its full copy".to_owned()),
                    Ok(r) if r.link == Link::Up && self.reached(&r) => Ok(()),
                    Ok(r) if r.link == Link::Up => Err("catching up".to_owned()),
                    Ok(r) => Err(format!("link {:?}", r.link).to_lowercase()),
                    Err(fault) => Err(fault.text),
                };
                let Work::Linking {
                    up,
                    lost,
                    waiting,
                    stirred_us,
                    ..
                } = &mut self.work
                else {
                    return Flow::Wait;
                };
                if cut && stirs {
                    lost.insert(tag);
                } else if stirs && state.is_err() {
                    *stirred_us = now_us;
                }
                let idle = now_us.saturating_sub(*stirred_us) >= IDLE_US;
                up.insert(tag, state);
                *waiting = waiting.saturating_sub(1);
                if *waiting > 0 {
                    return Flow::Wait;
                }
                if up.values().all(Result::is_ok) {
                    return Flow::Done(None);
                }
                let text = not_up(replicas, up).join(", ");
                let hopeless = up.iter().all(|(tag, up)| up.is_ok() || lost.contains(tag));
                if idle || hopeless {
                    return not_linked(&text);
                }
                out.push(Action::Show(Show::Detail { text }));
                // A link takes a tenth of a second or half a day; the questions keep to the same measure.
                let waited_us = now_us.saturating_sub(self.step_from_us);
                let pause_us = (waited_us / 20).clamp(POLL_US, SLOWEST_POLL_US);
                self.wake_at(now_us + pause_us, out);
                Flow::Wait
            }
            Input::Expired => {
                let text = if let Work::Linking { up, .. } = &self.work
                    && !up.is_empty()
                {
                    not_up(replicas, up).join(", ")
                } else {
                    "no answers".to_owned()
                };
                not_linked(&text)
            }
        }
    }

    /// Up comes before catch-up, so positions are compared too, in every database.
    fn reached(&self, replica: &Replication) -> bool {
        match (&self.point, &replica.position) {
            (Some(point), Some(at)) => at.covers(point),
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    pub(super) fn announce(
        &mut self,
        step: &Step,
        event: String,
        input: Input,
        out: &mut Vec<Action>,
    ) -> Flow {
        let (code, hint) = if event == TO_WATCHERS {
            let hint =
                "tell them by SENTINEL REMOVE and SENTINEL MONITOR, or they may turn it back";
            ("watchers.not_told", hint)
        } else {
            let hint = "its output is in `pikafo history --explain`; run it by hand";
            ("hook.failed", hint)
        };
        match input {
            Input::Begin => {
                let old = self
                    .plan
                    .facts
                    .master
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let new = self
                    .plan
                    .facts
                    .candidate
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let facts = vec![
                    ("cluster".to_owned(), self.plan.cluster.clone()),
                    ("operation".to_owned(), self.plan.id.clone()),
                    ("kind".to_owned(), self.plan.kind.word().to_owned()),
                    ("old_master".to_owned(), old),
                    ("new_master".to_owned(), new),
                    (
                        "reason".to_owned(),
                        self.plan.reason.clone().unwrap_or_default(),
                    ),
                ];
                let within = step.within_ms.saturating_mul(1000);
                self.ask(NODE, &step.node, Order::Hooks { event, facts }, within, out);
                Flow::Wait
            }
            Input::Answer {
                result: Ok(answer), ..
            } => Flow::Done(note(answer)),
            Input::Answer {
                result: Err(fault), ..
            } if fault.kind == FaultKind::Overtaken => Flow::Overtaken(fault.text),
            Input::Answer {
                result: Err(fault), ..
            } => Flow::Soft {
                code: code.into(),
                text: fault.text,
                hint: hint.to_owned(),
            },
            Input::Wake => Flow::Wait,
            Input::Expired => Flow::Soft {
                code: code.into(),
                text: format!("did not end in {} ms", step.within_ms),
                hint: hint.to_owned(),
            },
        }
    }

    /// The lock expires by itself, so failing to give it back is worth a note and no more.
    pub(super) fn unlock(
        &mut self,
        step: &Step,
        token: String,
        input: Input,
        out: &mut Vec<Action>,
    ) -> Flow {
        match input {
            Input::Begin => {
                self.ask(NODE, &step.node, Order::Unlock { token }, QUESTION_US, out);
                Flow::Wait
            }
            Input::Answer { result: Ok(_), .. } => Flow::Done(None),
            Input::Answer {
                result: Err(fault), ..
            } => Flow::Done(Some(format!("left to expire: {fault}"))),
            Input::Wake => Flow::Wait,
            Input::Expired => Flow::Done(Some("left to expire".to_owned())),
        }
    }
}

fn not_linked(text: &str) -> Flow {
    Flow::Soft {
        code: "replica.link_not_up".into(),
        text: format!("not every replica is linked: {text}"),
        hint: "watch `pikafo status`; `pikafo check` says why a link stays down".to_owned(),
    }
}

fn not_up(replicas: &[Addr], up: &BTreeMap<u32, Result<(), String>>) -> Vec<String> {
    let name = |tag: &u32| {
        replicas
            .get(*tag as usize)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    up.iter()
        .filter_map(|(tag, state)| Some(format!("{} {}", name(tag), state.as_ref().err()?)))
        .collect()
}
