//! Watchers and nodes in one world. What is due next is done next; nothing else moves the clock.

mod act;
mod happen;

use std::collections::BTreeMap;

use super::nodes::Life;
use super::nodes::Servers;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::event::Unfinished;
use crate::decide::engine::event::Whom;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// Virtual wall clock at the beginning.
const EPOCH_MS: i64 = 1_800_000_000_000;

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

    /// Whether an order like this is on its way.
    pub(super) fn is_ordered(&self, like: fn(&Order) -> bool) -> bool {
        let mut due = self.queue.values();
        due.any(|due| matches!(due, Due::Order { order, .. } if like(order)))
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
