//! Watchers and nodes in one world. What is due next is done next; nothing else moves the clock.

use std::collections::BTreeMap;

use super::nodes::Life;
use super::nodes::Servers;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::Request;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Reply;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::event::Unfinished;
use crate::decide::engine::event::Whom;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// Virtual wall clock at the beginning.
const EPOCH_MS: i64 = 1_800_000_000_000;
/// Inputs after which a watcher is written down anew.
const SEGMENT: usize = 200;

/// A world.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) now_us: u64,
    pub(super) servers: Servers,
    watchers: Vec<Watcher>,
    queue: BTreeMap<(u64, u64), Due>,
    sequence: u64,
    dice: u64,
    /// Per mille of messages between watchers that are lost, and that come twice.
    pub(super) loss: u64,
    pub(super) repeats: u64,
    /// Messages take up to this long.
    pub(super) delay_us: u64,
    /// What a look tells is on its way for so long.
    pub(super) looks_take_us: u64,
    /// Which watchers are cut off from which; both ways.
    pub(super) cut: Vec<(usize, usize)>,
    /// Which watchers cannot reach which nodes.
    pub(super) blind: Vec<(usize, Addr)>,
    /// Watchers whose state cannot be saved.
    pub(super) full_disks: Vec<usize>,
    pub(super) story: Vec<String>,
    /// Every promotion that was carried out, by epoch and who ordered it.
    pub(super) promotions: Vec<(u64, usize, Addr)>,
    /// Questions to other watchers.
    pub(super) asked: u64,
    /// What must never happen and did.
    pub(super) broken: Vec<String>,
    /// Who was elected, in which epoch.
    elected: Vec<(u64, usize)>,
    /// For whom each has said that he votes in an epoch.
    votes: BTreeMap<(usize, u64), Id>,
    spec: Spec,
    pub(super) replies: Vec<(u64, Reply)>,
    /// Of questions to watchers: to whom, by whom, and when.
    tickets: BTreeMap<u64, (usize, Id, u64)>,
    last_ticket: u64,
}

#[derive(Debug)]
struct Watcher {
    id: Id,
    /// `None` while it is down.
    engine: Option<Engine>,
    /// Counts restarts: what was on its way to an earlier life does not arrive.
    life: u32,
    durable: Durable,
    memory: Memory,
    journal: Vec<(String, Record)>,
    plan: Option<Plan>,
    hello: Option<Hello>,
    nodes: BTreeMap<Addr, bool>,
    /// The engine as JSON, as it was at some time at rest.
    checkpoint: String,
    /// What it was told since, and what it decided.
    since: Vec<(Input, Vec<Action>)>,
}

/// What is due at some time.
#[derive(Clone, Debug)]
enum Due {
    To {
        watcher: usize,
        life: u32,
        event: Box<Event>,
    },
    Look {
        watcher: usize,
        node: Addr,
    },
    Say {
        watcher: usize,
    },
    Order {
        watcher: usize,
        life: u32,
        cluster: String,
        operation: String,
        ask: crate::decide::conduct::Ask,
        node: Addr,
        order: Order,
    },
    Vote {
        from: usize,
        to: usize,
        master: Addr,
        epoch: u64,
        candidate: Option<Id>,
        asked_us: u64,
    },
    Write,
}

impl Fleet {
    /// Three watchers of one master and two replicas, who know each other and have looked at everything.
    pub(super) fn new(seed: u64) -> Self {
        Self::of(seed, sample::spec())
    }

    /// The same, of a cluster with other rules.
    pub(super) fn of(seed: u64, spec: Spec) -> Self {
        let mut fleet = Self {
            now_us: 1,
            servers: Servers::trio(),
            watchers: (0..3u8)
                .map(|n| Watcher {
                    id: id(n),
                    engine: None,
                    life: 0,
                    durable: Durable::default(),
                    memory: Memory::default(),
                    journal: Vec::new(),
                    plan: None,
                    hello: None,
                    nodes: BTreeMap::new(),
                    checkpoint: String::new(),
                    since: Vec::new(),
                })
                .collect(),
            queue: BTreeMap::new(),
            sequence: 0,
            dice: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            loss: 0,
            repeats: 0,
            delay_us: 1_000,
            looks_take_us: 0,
            cut: Vec::new(),
            blind: Vec::new(),
            full_disks: Vec::new(),
            story: Vec::new(),
            promotions: Vec::new(),
            asked: 0,
            broken: Vec::new(),
            elected: Vec::new(),
            votes: BTreeMap::new(),
            spec,
            replies: Vec::new(),
            tickets: BTreeMap::new(),
            last_ticket: 0,
        };
        for watcher in 0..3 {
            fleet.start(watcher);
        }
        fleet.run_for(5_000_000);
        fleet.story.clear();
        fleet
    }

    /// Clients write ten times a second from now on.
    pub(super) fn write_on(&mut self) {
        self.at(self.now_us, Due::Write);
    }

    pub(super) fn start(&mut self, number: usize) {
        let (now_us, wall_ms) = (self.now_us, self.wall_ms());
        let nonce = self.die();
        let watcher = &mut self.watchers[number];
        watcher.life += 1;
        watcher.nodes.clear();
        let durable = watcher.durable.clone();
        let addr = watcher_addr(number);
        let engine = Engine::new(watcher.id.clone(), addr, durable);
        watcher.checkpoint = serde_json::to_string(&engine).unwrap();
        watcher.since.clear();
        watcher.engine = Some(engine);
        let open = watcher.memory.open_operation.clone();
        let unfinished = watcher
            .plan
            .clone()
            .filter(|p| Some(&p.id) == open.as_ref());
        let unfinished = unfinished.map(|plan| {
            let records = watcher.journal.iter().filter(|(id, _)| *id == plan.id);
            let records = records.map(|(_, record)| record.clone()).collect();
            Box::new(Unfinished { plan, records })
        });
        let event = Event::Configure {
            spec: Box::new(self.spec.clone()),
            memory: Box::new(watcher.memory.clone()),
            unfinished,
        };
        let input = Input {
            now_us,
            wall_ms,
            nonce,
            event,
        };
        self.step(number, input);
        if self.watchers[number].life > 1 {
            self.tell_others(number, |whom| Event::Heard { whom });
        }
        self.at(now_us + 1000, Due::Say { watcher: number });
    }

    /// The greatest epoch that each who is up has heard of.
    pub(super) fn epochs(&self) -> Vec<Option<u64>> {
        let engines = self.watchers.iter().map(|w| w.engine.as_ref());
        engines
            .map(|engine| Some(engine?.durable().current_epoch))
            .collect()
    }

    pub(super) fn crash(&mut self, number: usize) {
        let watcher = &mut self.watchers[number];
        watcher.engine = None;
        let since_us = self.now_us;
        self.tell_others(number, |whom| Event::Quiet {
            whom,
            since_us,
            refused_since_us: Some(since_us),
            fault: Fault::new(FaultKind::Refused, "connection refused"),
        });
    }

    /// The others notice, each in its time, what has become of a watcher.
    fn tell_others(&mut self, number: usize, event: impl Fn(Whom) -> Event) {
        let id = self.watchers[number].id.clone();
        for watcher in (0..self.watchers.len()).filter(|other| *other != number) {
            let life = self.watchers[watcher].life;
            let event = Box::new(event(Whom::Watcher { id: id.clone() }));
            let at = self.now_us + 1000 + self.die() % 100_000;
            self.at(
                at,
                Due::To {
                    watcher,
                    life,
                    event,
                },
            );
        }
    }

    /// From now on so long must be between two automatic failovers.
    pub(super) fn block_for(&mut self, ms: u64) {
        for number in 0..self.watchers.len() {
            let spec = Spec {
                block_for_ms: ms,
                ..sample::spec()
            };
            self.tell(
                number,
                Event::Configure {
                    spec: Box::new(spec),
                    memory: Box::default(),
                    unfinished: None,
                },
            );
        }
        self.run_for(1000);
    }

    pub(super) fn is_up(&self, number: usize) -> bool {
        self.watchers[number].engine.is_some()
    }

    pub(super) fn set_life(&mut self, node: u8, life: Life) {
        let addr = sample::addr(node);
        match life {
            Life::Runs if self.servers.all[&addr].life == Life::Gone => self.servers.restart(&addr),
            Life::Runs | Life::Gone | Life::Hangs => {
                self.servers.all.get_mut(&addr).unwrap().life = life;
            }
        }
        self.news(&addr);
    }

    /// Everybody who watches the node finds out, soon.
    pub(super) fn news(&mut self, addr: &Addr) {
        for watcher in 0..self.watchers.len() {
            let soon = 1000 + self.die() % 100_000;
            self.at(
                self.now_us + soon,
                Due::Look {
                    watcher,
                    node: addr.clone(),
                },
            );
        }
    }

    pub(super) fn ask(&mut self, number: usize, request: Request) -> u64 {
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.tell(number, Event::Asked { ticket, request });
        ticket
    }

    /// What a watcher was told since it was last written down is told to one that was read back, through JSON both.
    /// The first input on which that one decides otherwise, with what each decided.
    pub(super) fn relive(&self, number: usize) -> Option<String> {
        let watcher = &self.watchers[number];
        let mut engine: Engine = serde_json::from_str(&watcher.checkpoint).unwrap();
        watcher.since.iter().find_map(|(input, then)| {
            let text = serde_json::to_string(input).unwrap();
            let read: Input = serde_json::from_str(&text).unwrap();
            assert_eq!(read, *input, "{text}");
            let now = engine.step(read);
            (now != *then).then(|| format!("{text}\nthen {then:?}\nnow {now:?}"))
        })
    }

    /// What a watcher has kept of all that it learnt.
    pub(super) fn memory(&self, number: usize) -> &Memory {
        &self.watchers[number].memory
    }

    /// A watcher that is down will remember something else.
    pub(super) fn recall(&mut self, number: usize, change: impl FnOnce(&mut Memory)) {
        change(&mut self.watchers[number].memory);
    }

    /// How the last operation of a watcher ended.
    pub(super) fn outcome(&self, number: usize) -> Option<&Outcome> {
        match self.watchers[number].journal.last() {
            Some((_, Record::End { outcome, .. })) => Some(outcome),
            Some(_) | None => None,
        }
    }

    /// The master that a watcher gives to clients.
    pub(super) fn master_by(&mut self, number: usize) -> Option<Addr> {
        let engine = self.watchers[number].engine.as_mut()?;
        Some(engine.snapshot().cluster("orders")?.master.clone())
    }

    pub(super) fn picture(
        &mut self,
        number: usize,
    ) -> std::sync::Arc<crate::decide::engine::snapshot::ClusterPicture> {
        let engine = self.watchers[number].engine.as_mut().unwrap();
        engine.snapshot().cluster("orders").unwrap().clone()
    }

    pub(super) fn tell(&mut self, number: usize, event: Event) {
        let life = self.watchers[number].life;
        let event = Box::new(event);
        self.at(
            self.now_us,
            Due::To {
                watcher: number,
                life,
                event,
            },
        );
    }

    pub(super) fn run_for(&mut self, us: u64) {
        let until = self.now_us + us;
        while let Some((&(at, sequence), _)) = self.queue.first_key_value() {
            if at > until {
                break;
            }
            let due = self.queue.remove(&(at, sequence)).unwrap();
            self.now_us = self.now_us.max(at);
            self.happen(due);
        }
        self.now_us = until;
    }

    /// Runs until `done`, for so long at most; panics with the story otherwise.
    #[track_caller]
    pub(super) fn run_until(&mut self, us: u64, mut done: impl FnMut(&mut Self) -> bool) {
        let until = self.now_us + us;
        while !done(self) {
            if self.now_us >= until {
                let up: Vec<usize> = (0..3).filter(|w| self.is_up(*w)).collect();
                let findings: Vec<_> = up
                    .into_iter()
                    .map(|w| self.picture(w).findings.clone())
                    .collect();
                panic!(
                    "it did not come about:\n{}\n{findings:?}\n{:?}",
                    self.story.join("\n"),
                    self.replies
                );
            }
            self.run_for(10_000);
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::To {
                watcher,
                life,
                event,
            } => {
                if self.watchers[watcher].life != life || self.watchers[watcher].engine.is_none() {
                    return;
                }
                let input = Input {
                    now_us: self.now_us,
                    wall_ms: self.wall_ms(),
                    nonce: self.die(),
                    event: *event,
                };
                self.step(watcher, input);
            }
            Due::Look { watcher, node } => self.look(watcher, &node),
            Due::Say { watcher } => {
                self.say(watcher);
                self.at(self.now_us + 2_000_000, Due::Say { watcher });
            }
            Due::Order {
                watcher,
                life,
                cluster,
                operation,
                ask,
                node,
                order,
            } => {
                let reachable = !self.blind.contains(&(watcher, node.clone()));
                let result = if reachable {
                    self.servers.order(&node, &order)
                } else {
                    Err(self.servers.fault(&node))
                };
                if order.acts() {
                    self.news(&node);
                }
                if matches!(order, Order::Promote { .. }) && result.is_ok() {
                    self.promoted(watcher, &operation, &node);
                }
                let event = Box::new(Event::Answer {
                    cluster,
                    operation,
                    ask,
                    result,
                });
                let at = self.now_us + self.latency();
                self.at(
                    at,
                    Due::To {
                        watcher,
                        life,
                        event,
                    },
                );
            }
            Due::Vote {
                from,
                to,
                master,
                epoch,
                candidate,
                asked_us,
            } => {
                if self.separated(from, to) || self.watchers[to].engine.is_none() {
                    return;
                }
                let id = self.watchers[from].id.clone();
                let ticket = self.ask(
                    to,
                    Request::Vote {
                        master,
                        epoch,
                        candidate,
                    },
                );
                self.tickets.insert(ticket, (to, id, asked_us));
            }
            Due::Write => {
                self.servers.write();
                let nodes: Vec<Addr> = self.servers.all.keys().cloned().collect();
                for node in nodes {
                    self.news(&node);
                }
                self.at(self.now_us + 100_000, Due::Write);
            }
        }
    }

    /// A node was made master; or was detached, which is no promotion.
    fn promoted(&mut self, number: usize, operation: &str, node: &Addr) {
        let plan = self.watchers[number].plan.as_ref();
        if plan.is_none_or(|p| p.id != operation || p.kind == Kind::Repoint) {
            return;
        }
        let of = |(_, w): &&(u64, usize)| *w == number;
        let epoch = self.elected.iter().rev().find(of).map_or(0, |(e, _)| *e);
        if let Some((later, other)) = self.elected.iter().find(|(e, _)| *e > epoch) {
            let what = format!(
                "w{number} of epoch {epoch} promoted after w{other} of epoch {later} was elected"
            );
            self.broken.push(what);
        }
        let same = self.promotions.iter().find(|(e, _, _)| *e == epoch);
        if let Some((_, other, first)) = same {
            let what = format!("epoch {epoch}: w{other} promoted {first} and w{number} {node}");
            self.broken.push(what);
        }
        self.promotions.push((epoch, number, node.clone()));
    }

    /// One vote an epoch, whatever becomes of whoever gave it.
    fn votes(&mut self, number: usize, epoch: u64, candidate: &Id) {
        let first = self.votes.entry((number, epoch));
        let first = first.or_insert_with(|| candidate.clone());
        if first != candidate {
            let what = format!("w{number} voted for {first} and {candidate} in epoch {epoch}");
            self.broken.push(what);
        }
    }

    /// Whoever takes himself for elected has the votes of a majority.
    fn elected(&mut self, number: usize) {
        let epoch = self.picture(number).leader_epoch;
        let own = &self.watchers[number].id;
        let votes = self
            .votes
            .iter()
            .filter(|((_, e), id)| *e == epoch && *id == own);
        let count = votes.count();
        if count < 2 {
            let what = format!("w{number} was elected in epoch {epoch} by {count} of 3");
            self.broken.push(what);
        }
        self.elected.push((epoch, number));
    }

    /// Whether an order like this is on its way.
    pub(super) fn is_ordered(&self, like: fn(&Order) -> bool) -> bool {
        let mut due = self.queue.values();
        due.any(|due| matches!(due, Due::Order { order, .. } if like(order)))
    }

    /// A keeper's look: says what has changed since its last one.
    fn look(&mut self, number: usize, node: &Addr) {
        let blind = self.blind.contains(&(number, node.clone()));
        let seen = if blind {
            Err(Fault::new(FaultKind::Timeout, "no answer"))
        } else {
            self.servers.look(node)
        };
        let now_us = self.now_us;
        let watcher = &mut self.watchers[number];
        if watcher.engine.is_none() {
            return;
        }
        let Some(heard) = watcher.nodes.get_mut(node) else {
            return;
        };
        let whom = Whom::Node {
            cluster: "orders".to_owned(),
            addr: node.clone(),
        };
        match seen {
            Ok(observation) => {
                if !std::mem::replace(heard, true) {
                    self.tell(number, Event::Heard { whom });
                }
                let (cluster, node) = ("orders".to_owned(), node.clone());
                let event = Box::new(Event::Seen {
                    cluster,
                    node,
                    observation: Box::new(observation),
                    asked_us: now_us,
                });
                let (watcher, life) = (number, self.watchers[number].life);
                let due = Due::To {
                    watcher,
                    life,
                    event,
                };
                self.at(now_us + self.looks_take_us, due);
            }
            Err(fault) => {
                if std::mem::replace(heard, false) {
                    let refused = fault.kind == FaultKind::Refused;
                    let refused_since_us = refused.then_some(now_us);
                    self.tell(
                        number,
                        Event::Quiet {
                            whom,
                            since_us: now_us,
                            refused_since_us,
                            fault,
                        },
                    );
                }
            }
        }
    }

    fn say(&mut self, number: usize) {
        let Some(hello) = self.watchers[number].hello.clone() else {
            return;
        };
        if self.watchers[number].engine.is_none() {
            return;
        }
        for other in 0..self.watchers.len() {
            if other != number && !self.separated(number, other) {
                let event = Event::Hello {
                    hello: hello.clone(),
                };
                self.send(other, &event);
            }
        }
    }

    /// A message between watchers: late, lost or twice.
    fn send(&mut self, to: usize, event: &Event) {
        let life = self.watchers[to].life;
        let mut copies = u32::from(self.die() % 1000 >= self.loss);
        copies += u32::from(copies > 0 && self.die() % 1000 < self.repeats);
        for _ in 0..copies {
            let at = self.now_us + self.latency();
            let event = Box::new(event.clone());
            self.at(
                at,
                Due::To {
                    watcher: to,
                    life,
                    event,
                },
            );
        }
    }

    fn step(&mut self, number: usize, input: Input) {
        let (now_us, wall_ms, nonce) = (input.now_us, input.wall_ms, input.nonce);
        let watcher = &mut self.watchers[number];
        let engine = watcher.engine.as_mut().unwrap();
        if watcher.since.len() >= SEGMENT && engine.at_rest() {
            watcher.checkpoint = serde_json::to_string(engine).unwrap();
            watcher.since.clear();
        }
        let actions = engine.step(input.clone());
        watcher.since.push((input, actions.clone()));
        for action in actions {
            if self.full_disks.contains(&number) && matches!(action, Action::Persist { .. }) {
                let why = "no space left on device".to_owned();
                let event = Event::NotPersisted { why };
                return self.step(
                    number,
                    Input {
                        now_us,
                        wall_ms,
                        nonce,
                        event,
                    },
                );
            }
            self.act(number, action);
        }
    }

    fn act(&mut self, number: usize, action: Action) {
        let life = self.watchers[number].life;
        match action {
            Action::Persist { durable } => self.watchers[number].durable = *durable,
            Action::Probe { node, .. } => {
                // Who is known is looked at more often, which tells only of what has changed.
                let watcher = &mut self.watchers[number];
                if !watcher.nodes.contains_key(&node) {
                    // Heard of by whoever begins to look and gets an answer.
                    watcher.nodes.insert(node.clone(), true);
                    self.at(self.now_us + 500, Due::Look { watcher: number, node });
                }
            }
            Action::Look { node, .. } => {
                let at = self.now_us + self.latency();
                self.at(at, Due::Look { watcher: number, node });
            }
            Action::Leave { node, .. } => {
                self.watchers[number].nodes.remove(&node);
            }
            Action::AskPeer { peer, master, epoch, candidate, .. } => {
                let Some(to) = self.number(&peer) else { return };
                self.asked += 1;
                if let Some(candidate) = &candidate {
                    self.votes(number, epoch, candidate);
                }
                if self.die() % 1000 >= self.loss {
                    let at = self.now_us + self.latency();
                    let asked_us = self.now_us;
                    self.at(at, Due::Vote { from: number, to, master, epoch, candidate, asked_us });
                }
            }
            Action::SayHello { hello, now } => {
                self.watchers[number].hello = Some(hello);
                if now {
                    self.say(number);
                }
            }
            Action::Fetch { cluster, peer } => {
                let Some(from) = self.number(&peer) else { return };
                let Some(engine) = &self.watchers[from].engine else { return };
                let promotions = engine.promotions(&cluster).to_vec();
                if !self.separated(number, from) {
                    self.send(number, &Event::Learned { cluster, peer, promotions });
                }
            }
            Action::AskFences { cluster, peer } => {
                let Some(from) = self.number(&peer) else { return };
                let asked_us = self.now_us;
                let Some(engine) = &mut self.watchers[from].engine else { return };
                let Some(picture) = engine.snapshot().cluster(&cluster).cloned() else { return };
                if !self.separated(number, from) {
                    let told = Box::new(picture.tells.at(self.wall_ms()));
                    self.send(number, &Event::Told { cluster, peer, told, asked_us });
                }
            }
            Action::Remember { memory, .. } => self.watchers[number].memory = *memory,
            Action::Journal { plan, record, .. } => {
                let at = jiff::Timestamp::from_millisecond(self.wall_ms()).unwrap().to_string();
                let watcher = &mut self.watchers[number];
                if let Record::Begin { plan } = &*record {
                    watcher.plan = Some((**plan).clone());
                }
                if let Some(plan) = &watcher.plan {
                    watcher.memory.learn(&record, plan, &at);
                }
                watcher.journal.push((plan, *record));
            }
            Action::Order { cluster, operation, ask, node, order, .. } => {
                let at = self.now_us + self.latency();
                self.at(at, Due::Order { watcher: number, life, cluster, operation, ask, node, order });
            }
            Action::Withdraw { operation, .. } => self.queue.retain(|_, due| {
                !matches!(due, Due::Order { watcher, operation: o, .. } if *watcher == number && *o == operation)
            }),
            Action::Reply { ticket, reply } => self.replied(number, ticket, reply),
            Action::Emit(notice) if notice.level >= Level::Notice => {
                let ms = self.now_us / 1000;
                let told = format!("{ms:>6} w{number} {} {}", notice.channel, notice.payload);
                self.story.push(told);
                if notice.channel == "+elected-leader" {
                    self.elected(number);
                }
            }
            Action::Wake { at_us } => {
                let event = Box::new(Event::Wake);
                self.at(at_us.max(self.now_us), Due::To { watcher: number, life, event });
            }
            Action::Meet { .. }
            | Action::Part { .. }
            | Action::SpreadPause { .. }
            | Action::ListenAnew { .. }
            | Action::Tell { .. }
            | Action::Emit(_)
            | Action::Reconfigured { .. }
            | Action::Hooks { .. } => {}
        }
    }

    fn replied(&mut self, number: usize, ticket: u64, reply: Reply) {
        let Some((peer, asker, asked_us)) = self.tickets.remove(&ticket) else {
            self.replies.push((ticket, reply));
            return;
        };
        let Reply::Vote {
            down,
            leader,
            leader_epoch,
        } = reply
        else {
            return;
        };
        if let Some(leader) = &leader {
            self.votes(number, leader_epoch, leader);
        }
        let Some(to) = self.number(&asker) else {
            return;
        };
        if self.separated(number, to) {
            return;
        }
        let peer = self.watchers[peer].id.clone();
        self.send(
            to,
            &Event::Ballot {
                cluster: "orders".to_owned(),
                peer,
                down,
                leader,
                leader_epoch,
                asked_us,
            },
        );
    }

    pub(super) fn separated(&self, a: usize, b: usize) -> bool {
        self.cut.contains(&(a, b)) || self.cut.contains(&(b, a))
    }

    fn number(&self, id: &Id) -> Option<usize> {
        self.watchers.iter().position(|w| w.id == *id)
    }

    fn at(&mut self, at_us: u64, due: Due) {
        self.sequence += 1;
        self.queue.insert((at_us, self.sequence), due);
    }

    fn latency(&mut self) -> u64 {
        200 + self.die() % self.delay_us
    }

    pub(super) fn die(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice
    }

    fn wall_ms(&self) -> i64 {
        EPOCH_MS + i64::try_from(self.now_us / 1000).unwrap()
    }
}

pub(super) fn id(n: u8) -> Id {
    format!("{n:040x}").parse().unwrap()
}

pub(super) fn watcher_addr(number: usize) -> Addr {
    Addr::new(&format!("10.0.1.{}", number + 1), 26379)
}
