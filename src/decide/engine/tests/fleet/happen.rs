//! What is due happens: words arrive, watchers wake, nodes answer.

use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::Request;
use crate::decide::engine::event::Whom;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Kind;
use crate::decide::watcher::Id;

use super::Due;
use super::Fleet;

impl Fleet {
    pub(super) fn happen(&mut self, due: Due) {
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
    pub(super) fn promoted(&mut self, number: usize, operation: &str, node: &Addr) {
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
    pub(super) fn votes(&mut self, number: usize, epoch: u64, candidate: &Id) {
        let first = self.votes.entry((number, epoch));
        let first = first.or_insert_with(|| candidate.clone());
        if first != candidate {
            let what = format!("w{number} voted for {first} and {candidate} in epoch {epoch}");
            self.broken.push(what);
        }
    }

    /// Whoever takes himself for elected has the votes of a majority.
    pub(super) fn elected(&mut self, number: usize) {
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

    /// A keeper's look: says what has changed since its last one.
    pub(super) fn look(&mut self, number: usize, node: &Addr) {
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

    pub(super) fn say(&mut self, number: usize) {
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
    pub(super) fn send(&mut self, to: usize, event: &Event) {
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
}
