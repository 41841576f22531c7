//! A watcher is told something, and does what follows from it.

use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Reply;
use crate::decide::record::Record;

use super::Due;
use super::Fleet;

/// Inputs after which a watcher is written down anew.
const SEGMENT: usize = 200;

impl Fleet {
    pub(super) fn step(&mut self, number: usize, input: Input) {
        let (now_us, wall_ms, nonce) = (input.now_us, input.wall_ms, input.nonce);
        let watcher = &mut self.watchers[number];
        let engine = watcher.engine.as_mut().unwrap();
        if watcher.since.len() >= SEGMENT && engine.at_rest() {
            watcher.checkpoint = serde_json::to_string(engine).unwrap();
            watcher.since.clear();
        }
        let actions = engine.step(input.clone());
        watcher.since.push((input, actions.clone()));
        let mut actions = actions.into_iter();
        while let Some(action) = actions.next() {
            if self.full_disks.contains(&number) && matches!(action, Action::Persist { .. }) {
                for action in actions.filter_map(Action::without_the_disk) {
                    self.act(number, action);
                }
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

    pub(super) fn act(&mut self, number: usize, action: Action) {
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

    pub(super) fn replied(&mut self, number: usize, ticket: u64, reply: Reply) {
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
}
