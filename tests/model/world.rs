//! A state of the whole, and what may happen next in it.
//!
//! Questions to servers, and between watchers without a candidate, are answered at once. What decides, requests for
//! votes, votes, hellos and the order to promote, lies in the network until it arrives, if it ever does; nothing that
//! was ordered can be withdrawn.

mod act;
mod told;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use pikafo::decide::engine::Action;
use pikafo::decide::engine::Event;
use pikafo::decide::engine::Request;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Observation;
use pikafo::decide::order::Answer;
use pikafo::decide::watcher::Hello;

use act::refused;

use super::pure::sample;
use super::watcher::Watcher;
use super::watcher::addr;
use super::watcher::id;
pub(super) use told::Message;
pub(super) use told::Told;
pub(super) use told::Turn;

const CLUSTER: &str = "orders";
const BEGIN_US: u64 = 1_000_000;
const DEATH_US: u64 = 2_000_000;

#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub(super) struct World {
    now_us: u64,
    begin_us: u64,
    watchers: Vec<Watcher>,
    /// Whom `b` and `c` follow; `None`: master.
    follows: BTreeMap<u8, Option<u8>>,
    network: BTreeSet<Message>,
    deaths_left: u8,
    repeats_left: u8,
    pub(super) told: Told,
}

/// The most actions of one batch after each of which a watcher may die.
const CUTS: usize = 6;

impl World {
    /// All know each other and the nodes; the master has died, everybody has noticed, and the first watcher stands.
    pub(super) fn in_which_one_stands(deaths: u8, repeats: u8) -> Self {
        let mut world = Self {
            now_us: BEGIN_US,
            watchers: (0..3).map(Watcher::new).collect(),
            follows: BTreeMap::from([(2, Some(1)), (3, Some(1))]),
            ..Self::default()
        };
        for watcher in 0..3 {
            world.begins(watcher);
            for other in (0..3).filter(|other| *other != watcher) {
                let hello = first_hello(other);
                world.tell(watcher, Event::Hello { hello });
            }
            for _ in 0..2 {
                for node in 1..=3 {
                    world.look(watcher, node, true);
                }
            }
        }
        world.now_us = DEATH_US;
        for watcher in 0..3 {
            world.notice_death(watcher);
        }
        while world.network.is_empty() {
            let next = world.watchers.iter().min_by_key(|w| w.wake_us).unwrap();
            let (watcher, at_us) = (next.number, next.wake_us);
            world.now_us = at_us;
            world.tell(watcher, Event::Wake);
            assert!(world.now_us < DEATH_US + 5_000_000, "nobody stands");
        }
        world.begin_us = world.now_us;
        world.deaths_left = deaths;
        world.repeats_left = repeats;
        world
    }

    pub(super) fn turns(&self, horizon_us: u64, cut_short: bool, turns: &mut Vec<Turn>) {
        let cuts = || {
            let last = if cut_short && self.deaths_left > 0 {
                CUTS
            } else {
                0
            };
            std::iter::once(None).chain((1..=last).map(Some))
        };
        for message in &self.network {
            for dies_after in cuts() {
                for again in [false, true] {
                    if again && (self.repeats_left == 0 || dies_after.is_some()) {
                        continue;
                    }
                    turns.push(Turn::Arrives {
                        message: message.clone(),
                        again,
                        dies_after,
                    });
                }
            }
        }
        for watcher in &self.watchers {
            let number = watcher.number;
            if watcher.wake_us <= self.begin_us + horizon_us {
                turns.extend(cuts().map(|dies_after| Turn::Wakes {
                    watcher: number,
                    dies_after,
                }));
            }
            if self.deaths_left > 0 {
                turns.push(Turn::Dies { watcher: number });
            }
        }
    }

    /// `None` where the turn is no other than one without a death.
    pub(super) fn after(&self, turn: &Turn) -> Option<Self> {
        let mut world = self.clone();
        match turn {
            Turn::Arrives {
                message,
                again,
                dies_after,
            } => {
                if *again {
                    world.repeats_left -= 1;
                } else {
                    world.network.remove(message);
                }
                world.arrives(message, *dies_after)?;
            }
            Turn::Wakes {
                watcher,
                dies_after,
            } => {
                world.now_us = world.now_us.max(world.watchers[*watcher].wake_us);
                world.step(*watcher, Event::Wake, *dies_after)?;
            }
            Turn::Dies { watcher } => world.dies(*watcher, None),
        }
        Some(world)
    }

    fn lives(&self, watcher: usize) -> bool {
        self.watchers[watcher].engine.is_some()
    }

    fn arrives(&mut self, message: &Message, dies_after: Option<usize>) -> Option<()> {
        match message {
            Message::Vote { from, to, epoch } => {
                let request = Request::Vote {
                    master: sample::addr(1),
                    epoch: *epoch,
                    candidate: Some(id(*from)),
                };
                let ticket = u64::try_from(*from).unwrap();
                self.step(*to, Event::Asked { ticket, request }, dies_after)
            }
            Message::Ballot {
                from,
                to,
                down,
                leader,
                epoch,
            } => {
                let event = Event::Ballot {
                    cluster: CLUSTER.to_owned(),
                    peer: id(*from),
                    down: *down,
                    leader: leader.map(id),
                    leader_epoch: *epoch,
                    asked_us: 0,
                };
                self.step(*to, event, dies_after)
            }
            Message::Hello {
                from,
                to,
                current_epoch,
                config_epoch,
                master,
            } => {
                let hello = Hello {
                    addr: addr(*from),
                    id: id(*from),
                    current_epoch: *current_epoch,
                    cluster: CLUSTER.to_owned(),
                    master: sample::addr(*master),
                    config_epoch: *config_epoch,
                };
                self.step(*to, Event::Hello { hello }, dies_after)
            }
            Message::Promote {
                by,
                life,
                node,
                operation,
                ask,
            } => {
                let server = (2..=3).find(|n| sample::addr(*n).to_string() == *node)?;
                self.follows.insert(server, None);
                if !self.lives(*by) || self.watchers[*by].life != *life {
                    return dies_after.is_none().then_some(());
                }
                let event = Event::Answer {
                    cluster: CLUSTER.to_owned(),
                    operation: operation.clone(),
                    ask: *ask,
                    result: Ok(Answer::Done),
                };
                self.step(*by, event, dies_after)
            }
        }
    }

    /// And starts again.
    fn dies(&mut self, watcher: usize, after: Option<usize>) {
        self.watchers[watcher].dies(after);
        self.deaths_left = self.deaths_left.saturating_sub(1);
        self.begins(watcher);
        for node in 2..=3 {
            self.look(watcher, node, false);
        }
        self.notice_death(watcher);
    }

    fn begins(&mut self, watcher: usize) {
        let (spec, unfinished) = (sample::spec(), self.watchers[watcher].begins());
        let memory = self.watchers[watcher].disk.memory.clone();
        self.tell(
            watcher,
            Event::Configure {
                spec: Box::new(spec),
                memory: Box::new(memory),
                unfinished,
            },
        );
    }

    fn notice_death(&mut self, watcher: usize) {
        let event = Event::Quiet {
            whom: Whom::Node {
                cluster: CLUSTER.to_owned(),
                addr: sample::addr(1),
            },
            since_us: self.now_us,
            refused_since_us: Some(self.now_us),
            fault: refused(),
        };
        self.tell(watcher, event);
    }

    fn look(&mut self, watcher: usize, node: u8, master_lives: bool) {
        let observation = if node == 1 {
            sample::master(&[2, 3])
        } else {
            self.seen(node, master_lives)
        };
        self.tell(
            watcher,
            Event::Seen {
                cluster: CLUSTER.to_owned(),
                node: sample::addr(node),
                observation: Box::new(observation),
                asked_us: u64::MAX,
            },
        );
    }

    fn seen(&self, node: u8, master_lives: bool) -> Observation {
        match self.follows.get(&node).copied().flatten() {
            None => sample::master(&[]),
            Some(of) => {
                let mut seen = sample::replica(of);
                if of == 1 && !master_lives {
                    seen.replication.link = Link::Down;
                }
                seen
            }
        }
    }

    /// Outside the order of events: nobody dies of it.
    fn tell(&mut self, watcher: usize, event: Event) {
        self.step(watcher, event, None);
    }

    /// A watcher is told something, and does all that follows from it, or so many actions of it and no more; `None` if
    /// there are not so many.
    fn step(&mut self, watcher: usize, event: Event, dies_after: Option<usize>) -> Option<()> {
        let mut left = dies_after;
        let mut queue = VecDeque::from([(watcher, event)]);
        while let Some((number, event)) = queue.pop_front() {
            if !self.lives(number) {
                continue;
            }
            for action in self.watchers[number].hears(self.now_us, event) {
                if number == watcher && is_heard(&action) {
                    if left == Some(0) {
                        self.dies(number, dies_after);
                        return Some(());
                    }
                    left = left.map(|left| left - 1);
                }
                self.act(number, action, &mut queue);
            }
        }
        left.is_none().then_some(())
    }
}

/// Whether anybody else can tell that it was done: a death between two others is one death.
fn is_heard(action: &Action) -> bool {
    match action {
        Action::Persist { .. }
        | Action::Remember { .. }
        | Action::Journal { .. }
        | Action::Reply { .. }
        | Action::Order { .. }
        | Action::SayHello { now: true, .. } => true,
        Action::AskPeer { candidate, .. } => candidate.is_some(),
        Action::Probe { .. }
        | Action::Look { .. }
        | Action::Leave { .. }
        | Action::Meet { .. }
        | Action::Part { .. }
        | Action::SayHello { .. }
        | Action::Fetch { .. }
        | Action::AskFences { .. }
        | Action::ListenAnew { .. }
        | Action::SpreadPause { .. }
        | Action::Withdraw { .. }
        | Action::Tell { .. }
        | Action::Emit(_)
        | Action::Reconfigured { .. }
        | Action::Hooks { .. }
        | Action::Wake { .. } => false,
    }
}

fn first_hello(of: usize) -> Hello {
    Hello {
        addr: addr(of),
        id: id(of),
        current_epoch: 0,
        cluster: CLUSTER.to_owned(),
        master: sample::addr(1),
        config_epoch: 0,
    }
}
