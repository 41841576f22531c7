//! A host whose servers say whatever a test wants, each a millisecond after it was asked.

use std::collections::BTreeMap;

use super::Action;
use super::Answer;
use super::Conduct;
use super::Event;
use super::Outcome;
use super::Record;
use super::Show;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;

#[derive(Debug)]
pub(super) struct Script {
    pub(super) conduct: Conduct,
    pub(super) records: Vec<Record>,
    /// What was asked, and when.
    pub(super) orders: Vec<(u64, Addr, Order)>,
    pub(super) shown: Vec<Show>,
    /// After so many questions and orders the host stands still until then.
    pub(super) stands_still: Option<(usize, u64)>,
    now_us: u64,
    due: BTreeMap<(u64, usize), Event>,
    seq: usize,
}

const WAY_US: u64 = 1000;

impl Script {
    pub(super) fn new(conduct: Conduct) -> Self {
        Self {
            conduct,
            records: Vec::new(),
            orders: Vec::new(),
            shown: Vec::new(),
            stands_still: None,
            now_us: 0,
            due: BTreeMap::from([((0, 0), Event::Begin)]),
            seq: 0,
        }
    }

    /// To its end.
    pub(super) fn run(
        &mut self,
        answer: impl FnMut(u64, &Addr, &Order) -> Result<Answer, Fault>,
    ) -> Outcome {
        let outcome = self.run_until(|_| false, answer);
        outcome.expect("it ends")
    }

    /// Until such a record is kept. A timeout comes when it is due.
    pub(super) fn run_until(
        &mut self,
        at: impl Fn(&Record) -> bool,
        mut answer: impl FnMut(u64, &Addr, &Order) -> Result<Answer, Fault>,
    ) -> Option<Outcome> {
        for _ in 0..10_000 {
            let ((mut at_us, _), event) = self.due.pop_first()?;
            if let Some((after, until_us)) = self.stands_still
                && self.orders.len() >= after
            {
                at_us = at_us.max(until_us);
            }
            self.now_us = at_us;
            for action in self.conduct.step(at_us, event) {
                match action {
                    Action::Journal(record) => {
                        self.records.push(record);
                        if self.records.last().is_some_and(&at) {
                            return None;
                        }
                    }
                    Action::Ask {
                        ask,
                        node,
                        order,
                        within_us,
                        ..
                    } => {
                        let result = answer(at_us, &node, &order);
                        self.orders.push((at_us, node, order));
                        let silent = |fault: &Fault| fault.kind == FaultKind::Timeout;
                        let waited = result.as_ref().is_err_and(silent);
                        let after_us = if waited { within_us } else { WAY_US };
                        self.at(at_us + after_us, Event::Answer { ask, result });
                    }
                    Action::Wake { at_us: wake_us } => self.at(wake_us.max(at_us), Event::Wake),
                    Action::Show(show) => self.shown.push(show),
                    Action::Finish { outcome, .. } => return Some(outcome),
                }
            }
        }
        panic!("it does not end: {:?}", self.shown)
    }

    pub(super) fn at(&mut self, at_us: u64, event: Event) {
        self.seq += 1;
        self.due.insert((at_us, self.seq), event);
    }
}
