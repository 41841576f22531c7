//! The host of the small world: carries actions out, brings answers back, moves the clock.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use super::decide::conduct::Action;
use super::decide::conduct::Ask;
use super::decide::conduct::Conduct;
use super::decide::conduct::Event;
use super::decide::facts::Fault;
use super::decide::facts::FaultKind;
use super::decide::name::Addr;
use super::decide::order::Answer;
use super::decide::order::Order;
use super::decide::record::Outcome;
use super::decide::record::Record;
use super::fleet::Fleet;
use super::promise::Watch;
use super::story::Story;
use super::trouble::Befalls;
use super::trouble::Happening;
use super::trouble::Trouble;
use super::trouble::verb;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) troubles: Vec<Befalls>,
    /// What happens as soon as the record before this step is written.
    pub(crate) at_step: Vec<(usize, Happening)>,
    /// What happens at a time.
    pub(crate) at_us: Vec<(u64, Happening)>,
    /// The host stands still from then until then.
    pub(crate) stands_still_us: Option<(u64, u64)>,
    /// The journal's disk takes so long with the record before this step, and the host waits for it.
    pub(crate) slow_disk: Option<(usize, u64)>,
    /// The host dies as soon as so many records are written.
    pub(crate) crash_after: Option<usize>,
    pub(crate) records: Vec<Record>,
    pub(crate) story: Story,
    pub(crate) watch: Watch,
    pub(crate) journal_lost: bool,
    now_us: u64,
    due: BTreeMap<(u64, u64), Due>,
    seq: u64,
    counts: BTreeMap<(&'static str, &'static str), usize>,
}

#[derive(Debug)]
enum Due {
    Arrives {
        ask: Ask,
        node: Addr,
        order: Order,
        deadline_us: u64,
    },
    /// Carried out long after everybody has given up on it.
    Lands {
        node: Addr,
        order: Order,
    },
    Event(Event),
    Happens(Happening),
    /// It has been restarted.
    Returns(&'static str),
}

/// One way over the network.
const WAY_US: u64 = 500;
/// Until a server that was stopped answers again.
const RESTART_US: u64 = 300_000;
/// No run needs more.
const MOST_EVENTS: usize = 200_000;

impl World {
    pub(crate) fn new(fleet: Fleet) -> Self {
        Self {
            fleet,
            troubles: Vec::new(),
            at_step: Vec::new(),
            at_us: Vec::new(),
            stands_still_us: None,
            slow_disk: None,
            crash_after: None,
            records: Vec::new(),
            story: Story::default(),
            watch: Watch::default(),
            journal_lost: false,
            now_us: 0,
            due: BTreeMap::new(),
            seq: 0,
            counts: BTreeMap::new(),
        }
    }

    /// The world after the host has died: another one takes over, and nothing goes wrong any more.
    pub(crate) fn next(&self) -> Self {
        let mut next = Self::new(self.fleet.clone());
        next.watch = self.watch.clone();
        next.now_us = self.now_us;
        next
    }

    /// An order that was on its way when the host died arrives.
    pub(crate) fn arrive(&mut self, node: &Addr, order: &Order) {
        self.carry_out(node, order).unwrap();
    }

    /// An order that was on its way arrives so much later, whoever gave it.
    pub(crate) fn lands(&mut self, after_us: u64, node: &Addr, order: Order) {
        let node = node.clone();
        self.at(self.now_us + after_us, Due::Lands { node, order });
    }

    pub(crate) fn befall(
        &mut self,
        node: &'static str,
        verb: &'static str,
        what: Trouble,
    ) -> &mut Self {
        self.troubles.push(Befalls {
            node,
            verb,
            from: 0,
            times: usize::MAX,
            what,
        });
        self
    }

    pub(crate) fn befall_once(
        &mut self,
        node: &'static str,
        verb: &'static str,
        what: Trouble,
    ) -> &mut Self {
        self.troubles.push(Befalls {
            node,
            verb,
            from: 0,
            times: 1,
            what,
        });
        self
    }

    /// How often the node was given such an order while it lived.
    pub(crate) fn asked(&self, node: &'static str, verb: &'static str) -> usize {
        self.counts.get(&(node, verb)).copied().unwrap_or_default()
    }

    /// Conducts to the end; `None` if the host died before.
    pub(crate) fn run(&mut self, mut conduct: Conduct) -> Option<Outcome> {
        for (at_us, happening) in std::mem::take(&mut self.at_us) {
            self.at(at_us, Due::Happens(happening));
        }
        self.watch.begins(conduct.plan());
        let mut outcome = None;
        let mut inbox = VecDeque::from([Event::Begin]);
        for _ in 0..MOST_EVENTS {
            while let Some(event) = inbox.pop_front() {
                self.story.hears(self.now_us, &event);
                let over = outcome.is_some();
                for action in conduct.step(self.now_us, event) {
                    self.watch.sees(&action, over);
                    self.story.tells(self.now_us, &self.fleet, &action);
                    match action {
                        Action::Journal(record) => {
                            self.keep(record);
                            if self.crash_after == Some(self.records.len()) {
                                return None;
                            }
                        }
                        Action::Ask {
                            ask,
                            node,
                            order,
                            within_us,
                            until_us,
                        } => self.send(ask, node, order, (within_us, until_us)),
                        Action::Wake { at_us } => {
                            self.at(at_us.max(self.now_us), Due::Event(Event::Wake));
                        }
                        Action::Show(_) => {}
                        Action::Finish { outcome: end, .. } => outcome = Some(end),
                    }
                }
            }
            // What is still under way comes in after the end, too.
            let Some(((at_us, _), due)) = self.due.pop_first() else {
                let outcome =
                    outcome.expect("nothing is under way and the operation has not ended");
                self.fleet.settle(self.now_us + 60_000_000);
                self.watch.ends(&self.fleet, &outcome);
                return Some(outcome);
            };
            if let Some((from, until)) = self.stands_still_us
                && (from..until).contains(&at_us)
                && matches!(due, Due::Event(_))
            {
                self.at(until, due);
                continue;
            }
            self.now_us = at_us;
            self.fleet.settle(at_us);
            match due {
                Due::Arrives {
                    ask,
                    node,
                    order,
                    deadline_us,
                } => self.arrives(ask, &node, &order, deadline_us),
                Due::Lands { node, order } => {
                    self.story
                        .lands(at_us, self.fleet.name(&node), verb(&order));
                    self.watch.lands(&order);
                    self.carry_out(&node, &order).ok();
                }
                Due::Event(event) => inbox.push_back(event),
                Due::Returns(name) => {
                    self.watch.restarts(name);
                    self.fleet.named(name).restart(at_us);
                }
                Due::Happens(happening) => inbox.extend(self.happens(&happening)),
            }
        }
        panic!("it does not end:\n{}", self.story)
    }

    fn keep(&mut self, record: Record) {
        if self.journal_lost {
            return;
        }
        if let Record::Before { step, .. } = &record {
            let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.at_step)
                .into_iter()
                .partition(|(at, _)| at == step);
            self.at_step = later;
            for (_, happening) in now {
                self.at(self.now_us, Due::Happens(happening));
            }
        }
        self.records.push(record);
    }

    fn send(&mut self, ask: Ask, node: Addr, order: Order, term: (u64, Option<u64>)) {
        let (within_us, until_us) = term;
        if self.journal_lost && order.begins() {
            let text = "the journal cannot be written, so nothing is begun";
            self.answer(self.now_us, ask, Err(Fault::new(FaultKind::Error, text)));
            return;
        }
        let mut sent_us = self.now_us;
        if let Some((at, takes_us)) = self.slow_disk
            && order.acts()
            && matches!(self.records.last(), Some(Record::Before { step, .. }) if *step == at)
        {
            self.slow_disk = None;
            sent_us += takes_us;
            self.stands_still_us = Some((self.now_us, sent_us));
        }
        if until_us.is_some_and(|until_us| sent_us >= until_us) {
            let text = "it was told nothing: it is too late";
            return self.answer(sent_us, ask, Err(Fault::new(FaultKind::Error, text)));
        }
        let due = Due::Arrives {
            ask,
            node,
            order,
            deadline_us: sent_us + within_us,
        };
        self.at(sent_us + WAY_US, due);
    }

    fn arrives(&mut self, ask: Ask, node: &Addr, order: &Order, deadline_us: u64) {
        let back_us = self.now_us + WAY_US;
        let silence = || Err(Fault::new(FaultKind::Timeout, "no answer in time"));
        let gone = || Err(Fault::new(FaultKind::Dropped, "connection dropped"));
        match self.trouble(node, order) {
            None => {
                let result = self.carry_out(node, order);
                self.answer(back_us, ask, result);
            }
            Some(Trouble::Refuses(text)) => {
                self.answer(back_us, ask, Err(Fault::new(FaultKind::Error, text)));
            }
            Some(Trouble::Overtakes) => {
                let fault = Fault::new(FaultKind::Overtaken, "another is the master by now");
                self.answer(back_us, ask, Err(fault));
            }
            Some(Trouble::Lost) => self.answer(deadline_us, ask, silence()),
            Some(Trouble::Mute) => {
                self.carry_out(node, order).ok();
                self.answer(deadline_us, ask, silence());
            }
            Some(Trouble::Late(after_us)) => {
                let lands = Due::Lands {
                    node: node.clone(),
                    order: order.clone(),
                };
                self.answer(deadline_us, ask, silence());
                self.at(deadline_us + after_us, lands);
            }
            Some(Trouble::Dies) => {
                self.fleet.get_mut(node).alive = false;
                self.answer(back_us, ask, gone());
            }
            Some(Trouble::DoesAndDies) => {
                self.carry_out(node, order).ok();
                self.fleet.get_mut(node).alive = false;
                self.answer(back_us, ask, gone());
            }
        }
    }

    fn trouble(&mut self, node: &Addr, order: &Order) -> Option<Trouble> {
        if !self.fleet.get(node).alive {
            return None;
        }
        let key = (self.fleet.name(node), verb(order));
        let count = self.counts.entry(key).or_default();
        let nth = *count;
        *count += 1;
        self.troubles
            .iter()
            .find(|b| (b.node, b.verb) == key && nth >= b.from && nth - b.from < b.times)
            .map(|b| b.what)
    }

    fn carry_out(&mut self, node: &Addr, order: &Order) -> Result<Answer, Fault> {
        self.fleet.settle(self.now_us);
        self.watch.carries(&self.fleet, node, order);
        self.fleet.carry_out(node, order, self.now_us)
    }

    fn happens(&mut self, happening: &Happening) -> Option<Event> {
        self.story.happens(self.now_us, happening);
        match happening {
            Happening::Interrupt => return Some(Event::Interrupt),
            Happening::JournalLost => {
                self.journal_lost = true;
                return Some(Event::JournalLost);
            }
            Happening::GoOn(name) => self.fleet.named(name).alive = true,
            Happening::Kill(name) => self.fleet.named(name).alive = false,
            Happening::Restart(name) => {
                self.fleet.named(name).alive = false;
                self.at(self.now_us + RESTART_US, Due::Returns(name));
            }
            Happening::PowerCut(name, lost) => {
                self.watch.restarts(name);
                let server = self.fleet.named(name);
                let kept = server.log.len().saturating_sub(*lost);
                server.log.truncate(kept);
                server.restart(self.now_us);
            }
            Happening::Unstick(name) => self.fleet.named(name).stuck = false,
            Happening::Write(name) => self.fleet.write(name),
        }
        None
    }

    fn answer(&mut self, at_us: u64, ask: Ask, result: Result<Answer, Fault>) {
        self.at(at_us, Due::Event(Event::Answer { ask, result }));
    }

    fn at(&mut self, at_us: u64, due: Due) {
        self.seq += 1;
        self.due.insert((at_us, self.seq), due);
    }
}
