//! A state of the whole, and what may happen next in it.
//!
//! Questions to servers, and between watchers without a candidate, are answered at once. What decides, requests for
//! votes, votes, hellos and the order to promote, lies in the network until it arrives, if it ever does; nothing that
//! was ordered can be withdrawn.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use pikafo::decide::conduct::Ask;
use pikafo::decide::engine::Action;
use pikafo::decide::engine::Event;
use pikafo::decide::engine::Request;
use pikafo::decide::engine::action::Reply;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::facts::Fault;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Observation;
use pikafo::decide::name::Addr;
use pikafo::decide::order::Answer;
use pikafo::decide::order::Order;
use pikafo::decide::plan::Kind;
use pikafo::decide::watcher::Hello;

use super::pure::sample;
use super::watcher::Watcher;
use super::watcher::addr;
use super::watcher::id;

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

/// What was said and done in front of others, ever.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub(super) struct Told {
    pub(super) votes: BTreeMap<(usize, u64), BTreeSet<usize>>,
    pub(super) voted_twice: bool,
    pub(super) voted_after_death: bool,
    pub(super) leaders: BTreeMap<u64, BTreeSet<usize>>,
    /// Epoch, who, operation.
    pub(super) promotions: BTreeSet<(u64, usize, String)>,
}

/// Something on its way.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Message {
    Vote {
        from: usize,
        to: usize,
        epoch: u64,
    },
    Ballot {
        from: usize,
        to: usize,
        down: bool,
        leader: Option<usize>,
        epoch: u64,
    },
    Hello {
        from: usize,
        to: usize,
        current_epoch: u64,
        config_epoch: u64,
        master: u8,
    },
    Promote {
        by: usize,
        life: u32,
        node: String,
        operation: String,
        ask: Ask,
    },
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Turn {
    Arrives {
        message: Message,
        /// It will arrive once more.
        again: bool,
        dies_after: Option<usize>,
    },
    Wakes {
        watcher: usize,
        dies_after: Option<usize>,
    },
    Dies {
        watcher: usize,
    },
}

/// The most actions of one batch after each of which a watcher may die.
const CUTS: usize = 6;

impl Told {
    pub(super) fn one_leader(&self) -> bool {
        self.leaders.values().all(|leaders| leaders.len() < 2)
    }

    pub(super) fn one_promotion(&self) -> bool {
        let epochs: BTreeSet<u64> = self.promotions.iter().map(|(epoch, _, _)| *epoch).collect();
        epochs.len() == self.promotions.len()
    }

    pub(super) fn rivals(&self) -> bool {
        let stands = |(voter, epoch): &(usize, u64)| {
            let votes = self.votes.get(&(*voter, *epoch));
            votes.is_some_and(|votes| votes.contains(voter))
        };
        let standing = self.votes.keys().filter(|vote| stands(vote));
        let epochs: Vec<u64> = standing.map(|(_, epoch)| *epoch).collect();
        let different: BTreeSet<&u64> = epochs.iter().collect();
        different.len() < epochs.len()
    }

    fn vote(&mut self, voter: &Watcher, epoch: u64, leader: usize) {
        let leaders = self.votes.entry((voter.number, epoch)).or_default();
        let new = leaders.insert(leader);
        self.voted_twice |= leaders.len() > 1;
        self.voted_after_death |= new && voter.life > 1;
    }
}

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

    fn act(&mut self, number: usize, action: Action, queue: &mut VecDeque<(usize, Event)>) {
        match action {
            Action::Persist { durable } => self.watchers[number].disk().durable = *durable,
            Action::Remember { memory, .. } => self.watchers[number].disk().memory = *memory,
            Action::Journal { record, .. } => {
                let now_us = self.now_us;
                self.watchers[number].records(now_us, *record);
            }
            Action::AskPeer {
                peer,
                master,
                epoch,
                candidate,
                ..
            } => {
                let to = (0..3).find(|n| id(*n) == peer).unwrap();
                if candidate.is_some() {
                    self.watchers[number].stands_in = epoch;
                    let (told, voter) = (&mut self.told, &self.watchers[number]);
                    told.vote(voter, epoch, number);
                    let from = number;
                    self.network.insert(Message::Vote { from, to, epoch });
                } else {
                    let ticket = u64::try_from(number + AT_ONCE).unwrap();
                    let request = Request::Vote {
                        master,
                        epoch,
                        candidate,
                    };
                    queue.push_back((to, Event::Asked { ticket, request }));
                }
            }
            Action::Reply {
                ticket,
                reply:
                    Reply::Vote {
                        down,
                        leader,
                        leader_epoch,
                    },
            } => {
                let leader_is = leader.as_ref().and_then(|l| (0..3).find(|n| id(*n) == *l));
                if let Some(leader) = leader_is {
                    let (told, voter) = (&mut self.told, &self.watchers[number]);
                    told.vote(voter, leader_epoch, leader);
                }
                let asker = usize::try_from(ticket).unwrap();
                if asker >= AT_ONCE {
                    let event = Event::Ballot {
                        cluster: CLUSTER.to_owned(),
                        peer: id(number),
                        down,
                        leader,
                        leader_epoch,
                        asked_us: 0,
                    };
                    queue.push_back((asker - AT_ONCE, event));
                } else {
                    self.network.insert(Message::Ballot {
                        from: number,
                        to: asker,
                        down,
                        leader: leader_is,
                        epoch: leader_epoch,
                    });
                }
            }
            Action::SayHello { hello, now: true } => {
                let master = (1..=3).find(|n| sample::addr(*n) == hello.master).unwrap();
                for to in (0..3).filter(|to| *to != number && self.begin_us > 0) {
                    self.network.insert(Message::Hello {
                        from: number,
                        to,
                        current_epoch: hello.current_epoch,
                        config_epoch: hello.config_epoch,
                        master,
                    });
                }
            }
            Action::Fetch { cluster, peer } => {
                let promotions = Vec::new();
                let event = Event::Learned {
                    cluster,
                    peer,
                    promotions,
                };
                queue.push_back((number, event));
            }
            Action::Order {
                cluster,
                operation,
                ask,
                node,
                order,
                ..
            } => {
                if matches!(order, Order::Promote { .. }) {
                    return self.promote(number, operation, ask, &node);
                }
                let result = self.carry_out(&node, &order);
                let event = Event::Answer {
                    cluster,
                    operation,
                    ask,
                    result,
                };
                queue.push_back((number, event));
            }
            Action::Emit(notice) if notice.channel == "+elected-leader" => {
                let epoch = self.watchers[number].stands_in;
                self.told.leaders.entry(epoch).or_default().insert(number);
            }
            Action::Wake { at_us } => {
                let wake_us = &mut self.watchers[number].wake_us;
                *wake_us = at_us.min(*wake_us);
            }
            Action::Probe { .. }
            | Action::Look { .. }
            | Action::Leave { .. }
            | Action::Meet { .. }
            | Action::Part { .. }
            | Action::SayHello { .. }
            | Action::AskFences { .. }
            | Action::ListenAnew { .. }
            | Action::SpreadPause { .. }
            | Action::Withdraw { .. }
            | Action::Reply { .. }
            | Action::Tell { .. }
            | Action::Emit(_)
            | Action::Reconfigured { .. }
            | Action::Hooks { .. } => {}
        }
    }

    fn promote(&mut self, number: usize, operation: String, ask: Ask, node: &Addr) {
        let watcher = &self.watchers[number];
        let plan = watcher.disk.plan.as_ref();
        if plan.is_some_and(|p| p.kind != Kind::Repoint && p.id == operation) {
            let epoch = watcher.stands_in;
            let promotion = (epoch, number, operation.clone());
            self.told.promotions.insert(promotion);
        }
        self.network.insert(Message::Promote {
            by: number,
            life: watcher.life,
            node: node.to_string(),
            operation,
            ask,
        });
    }

    fn carry_out(&mut self, node: &Addr, order: &Order) -> Result<Answer, Fault> {
        let server = (2..=3).find(|n| sample::addr(*n) == *node);
        let number = server.ok_or_else(refused)?;
        Ok(match order {
            Order::Observe => Answer::Seen(Box::new(self.seen(number, false))),
            Order::Replication => Answer::At(Box::new(self.seen(number, false).replication)),
            Order::Follow { master, .. } => {
                let master = (1..=3).find(|n| sample::addr(*n) == *master);
                self.follows.insert(number, master);
                Answer::Done
            }
            Order::ProbeWrite { .. } if self.follows[&number].is_some() => {
                let text = "READONLY you cannot write against a replica";
                return Err(Fault::new(FaultKind::Error, text));
            }
            Order::Fence { .. }
            | Order::Unfence { .. }
            | Order::Promote { .. }
            | Order::ClearHistory
            | Order::Persist
            | Order::ProbeWrite { .. }
            | Order::Lock { .. }
            | Order::Unlock { .. }
            | Order::Hooks { .. } => Answer::Done,
        })
    }
}

/// Added to the number of a watcher that waits for the answer.
const AT_ONCE: usize = 10;

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

fn refused() -> Fault {
    Fault::new(FaultKind::Refused, "connection refused")
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
