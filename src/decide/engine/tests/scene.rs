//! One watcher, whose world is told to it word by word: a moment can be named to the microsecond.
//!
//! It is woken when it has asked to be, and not later; its looks and orders are answered by servers, its questions to other
//! watchers are not.

use std::collections::BTreeMap;

use super::fleet::id;
use super::fleet::watcher_addr;
use super::nodes::Life;
use super::nodes::Server;
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
use crate::decide::engine::told::Told;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Observation;
use crate::decide::name::Addr;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::watcher::Hello;

/// The watcher's own number: those of smaller numbers go before it.
pub(super) const ME: u8 = 5;
/// After which a master that is gone counts as dead, by the sample's rules.
pub(super) const DEAD_US: u64 = 300_000;
/// When it has come to know its cluster.
const BEGIN_US: u64 = 10_000_000;
const EPOCH_MS: i64 = 1_800_000_000_000;
/// From an order or a question to a server until it is carried out, and from there until the answer is here.
const WAY_US: u64 = 500;

#[derive(Debug)]
pub(super) struct Scene {
    pub(super) engine: Engine,
    pub(super) now_us: u64,
    /// By how much somebody has moved the wall clock.
    pub(super) moved_ms: i64,
    pub(super) servers: Servers,
    due: BTreeMap<(u64, u64), Due>,
    sequence: u64,
    /// What was done, and when.
    pub(super) done: Vec<(u64, Action)>,
    /// What the die shows, every time.
    pub(super) nonce: u64,
    last_ticket: u64,
}

#[derive(Debug)]
enum Due {
    Tell(Event),
    Look { node: Addr, asked_us: u64 },
    Do(Action),
}

/// By these rules one watcher is enough for everything.
pub(super) fn by_itself() -> Spec {
    let mut spec = sample::spec();
    spec.detect.quorum = 1;
    spec
}

/// When a watcher stands, it says so.
pub(super) const STANDS: &str = "+try-failover";

impl Scene {
    /// Of a master and two replicas, which it has seen; alone.
    pub(super) fn new() -> Self {
        Self::of(sample::spec(), Memory::default())
    }

    /// Beside other pikafo watchers.
    pub(super) fn beside(others: &[u8]) -> Self {
        let mut scene = Self::new();
        for other in others {
            scene.meets_pikafo(*other);
        }
        scene
    }

    /// The same where one watcher is enough.
    pub(super) fn by_itself() -> Self {
        Self::of(by_itself(), Memory::default())
    }

    /// The same with other rules, and with what it remembers.
    pub(super) fn of(mut spec: Spec, memory: Memory) -> Self {
        spec.master.get_or_insert_with(|| sample::addr(1));
        let mut scene = Self::begun(spec, memory, Durable::default());
        scene.look_at_all();
        scene.until(BEGIN_US);
        scene.done.clear();
        scene
    }

    /// A watcher that has just been started, and that has not seen a node yet.
    pub(super) fn begun(spec: Spec, memory: Memory, durable: Durable) -> Self {
        Self::cut_off(spec, memory, durable, None)
    }

    /// The same, which was in the middle of something when it was cut off.
    pub(super) fn cut_off(
        spec: Spec,
        memory: Memory,
        durable: Durable,
        unfinished: Option<Unfinished>,
    ) -> Self {
        let mut scene = Self {
            engine: Engine::new(id(ME), watcher_addr(ME.into()), durable),
            now_us: BEGIN_US - 5_000_000,
            moved_ms: 0,
            servers: Servers::trio(),
            due: BTreeMap::new(),
            sequence: 0,
            done: Vec::new(),
            nonce: 0,
            last_ticket: 0,
        };
        let (spec, memory) = (Box::new(spec), Box::new(memory));
        let unfinished = unfinished.map(Box::new);
        scene.tell(Event::Configure {
            spec,
            memory,
            unfinished,
        });
        scene
    }

    pub(super) fn tell(&mut self, event: Event) {
        let input = Input {
            now_us: self.now_us,
            wall_ms: self.wall_ms(),
            nonce: self.nonce,
            event,
        };
        for action in self.engine.step(input) {
            self.act(action);
        }
    }

    /// Time goes on until then, that moment included.
    pub(super) fn until(&mut self, at_us: u64) {
        while let Some(next) = self.due.first_entry().filter(|due| due.key().0 <= at_us) {
            let ((when_us, _), due) = next.remove_entry();
            self.now_us = self.now_us.max(when_us);
            self.happen(due);
        }
        self.now_us = at_us;
    }

    pub(super) fn pass(&mut self, us: u64) {
        self.until(self.now_us + us);
    }

    /// A full look at how it is now.
    pub(super) fn look(&mut self, node: u8) {
        self.seen(&sample::addr(node), self.now_us);
    }

    /// A full look that finds it so after `change`.
    pub(super) fn sees(&mut self, node: u8, change: impl FnOnce(&mut Observation)) {
        let node = sample::addr(node);
        let mut seen = self.servers.look(&node).unwrap();
        change(&mut seen);
        self.finds(&node, seen);
    }

    /// A full look that brings this.
    pub(super) fn finds(&mut self, node: &Addr, seen: Observation) {
        self.tell(Event::Seen {
            cluster: cluster(),
            node: node.clone(),
            observation: Box::new(seen),
            asked_us: self.now_us,
        });
    }

    pub(super) fn look_at_all(&mut self) {
        for node in 1..=3 {
            self.look(node);
        }
    }

    pub(super) fn server(&mut self, node: u8) -> &mut Server {
        self.servers.all.get_mut(&sample::addr(node)).unwrap()
    }

    /// Nothing listens there any more, which is noticed at once.
    pub(super) fn gone(&mut self, node: u8) {
        self.server(node).life = Life::Gone;
        let since_us = self.now_us;
        let fault = Fault::new(FaultKind::Refused, "connection refused");
        self.quiet(node_of(node), since_us, Some(since_us), fault);
    }

    /// It answers no more, and its port is open.
    pub(super) fn hangs(&mut self, node: u8) {
        self.server(node).life = Life::Hangs;
        let fault = Fault::new(FaultKind::Timeout, "no answer");
        self.quiet(node_of(node), self.now_us, None, fault);
    }

    pub(super) fn quiet(
        &mut self,
        whom: Whom,
        since_us: u64,
        refused_since_us: Option<u64>,
        fault: Fault,
    ) {
        self.tell(Event::Quiet {
            whom,
            since_us,
            refused_since_us,
            fault,
        });
    }

    /// It is heard again, and looked at.
    pub(super) fn back(&mut self, node: u8) {
        if self.server(node).life == Life::Gone {
            self.servers.restart(&sample::addr(node));
        }
        self.server(node).life = Life::Runs;
        let whom = node_of(node);
        self.tell(Event::Heard { whom });
        self.look(node);
    }

    /// The master is gone, its replicas have noticed, and these watchers agree as soon as it counts as dead; when it died.
    pub(super) fn master_dies(&mut self, agree: &[u8]) -> u64 {
        let died_us = self.now_us;
        self.gone(1);
        self.pass(200_000);
        self.look(2);
        self.look(3);
        self.until(died_us + DEAD_US);
        for peer in agree {
            self.says(*peer, true);
        }
        died_us
    }

    /// Another watcher says hello for the first time.
    pub(super) fn meets(&mut self, peer: u8) {
        self.hello(peer, 1, 0);
    }

    /// It answers as only a pikafo does.
    pub(super) fn meets_pikafo(&mut self, peer: u8) {
        self.meets(peer);
        self.tell(Event::Learned {
            cluster: cluster(),
            peer: id(peer),
            promotions: Vec::new(),
        });
    }

    /// It has just been asked what it knows of fences, and tells this.
    pub(super) fn is_told(&mut self, peer: u8, told: &Told) {
        self.tell(Event::Told {
            cluster: cluster(),
            peer: id(peer),
            told: Box::new(told.clone()),
            asked_us: self.now_us,
        });
    }

    pub(super) fn hello(&mut self, peer: u8, master: u8, config_epoch: u64) {
        let hello = Hello {
            addr: watcher_addr(peer.into()),
            id: id(peer),
            current_epoch: config_epoch,
            cluster: cluster(),
            master: sample::addr(master),
            config_epoch,
        };
        self.tell(Event::Hello { hello });
    }

    /// Another watcher is asked whether the master is down, and answers.
    pub(super) fn says(&mut self, peer: u8, down: bool) {
        self.ballot(peer, down, None, 0);
    }

    /// Another watcher votes.
    pub(super) fn votes(&mut self, peer: u8, leader: u8, epoch: u64) {
        self.ballot(peer, true, Some(leader), epoch);
    }

    pub(super) fn ballot(&mut self, peer: u8, down: bool, leader: Option<u8>, leader_epoch: u64) {
        self.tell(Event::Ballot {
            cluster: cluster(),
            peer: id(peer),
            down,
            leader: leader.map(id),
            leader_epoch,
            asked_us: self.now_us,
        });
    }

    pub(super) fn watcher_quiet(&mut self, peer: u8) {
        let whom = Whom::Watcher { id: id(peer) };
        let fault = Fault::new(FaultKind::Timeout, "no answer");
        self.quiet(whom, self.now_us, None, fault);
    }

    /// Nothing listens there any more.
    pub(super) fn watcher_gone(&mut self, peer: u8) {
        let whom = Whom::Watcher { id: id(peer) };
        let fault = Fault::new(FaultKind::Refused, "connection refused");
        self.quiet(whom, self.now_us, Some(self.now_us), fault);
    }

    pub(super) fn watcher_heard(&mut self, peer: u8) {
        let whom = Whom::Watcher { id: id(peer) };
        self.tell(Event::Heard { whom });
    }

    /// The answer, if there is one at once.
    pub(super) fn ask(&mut self, request: Request) -> Option<Reply> {
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.tell(Event::Asked { ticket, request });
        self.reply(ticket)
    }

    /// Node `node` was told by somebody to follow this one, or nobody, and is looked at.
    pub(super) fn follows(&mut self, node: u8, master: Option<u8>) {
        self.server(node).follows = master.map(sample::addr);
        self.look(node);
    }

    pub(super) fn wall_ms(&self) -> i64 {
        EPOCH_MS + self.moved_ms + i64::try_from(self.now_us / 1000).unwrap()
    }

    fn act(&mut self, action: Action) {
        if let Action::Wake { at_us } = &action {
            self.at(*at_us, Due::Tell(Event::Wake));
        } else if let Action::Look { node, .. } = &action {
            let (node, asked_us) = (node.clone(), self.now_us);
            self.at(self.now_us + WAY_US, Due::Look { node, asked_us });
        } else if matches!(action, Action::Order { .. }) {
            self.at(self.now_us + WAY_US, Due::Do(action.clone()));
        }
        self.done.push((self.now_us, action));
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Tell(event) => self.tell(event),
            Due::Look { node, asked_us } => self.seen(&node, asked_us),
            Due::Do(Action::Order {
                cluster,
                operation,
                ask,
                node,
                order,
                ..
            }) => {
                let result = self.servers.order(&node, &order);
                let event = Event::Answer {
                    cluster,
                    operation,
                    ask,
                    result,
                };
                self.at(self.now_us + WAY_US, Due::Tell(event));
            }
            Due::Do(_) => {}
        }
    }

    fn seen(&mut self, node: &Addr, asked_us: u64) {
        if let Ok(seen) = self.servers.look(node) {
            let event = Event::Seen {
                cluster: cluster(),
                node: node.clone(),
                observation: Box::new(seen),
                asked_us,
            };
            self.tell(event);
        }
    }

    fn at(&mut self, at_us: u64, due: Due) {
        self.sequence += 1;
        self.due
            .insert((at_us.max(self.now_us), self.sequence), due);
    }
}

pub(super) fn cluster() -> String {
    "orders".to_owned()
}

pub(super) fn node_of(node: u8) -> Whom {
    Whom::Node {
        cluster: cluster(),
        addr: sample::addr(node),
    }
}
