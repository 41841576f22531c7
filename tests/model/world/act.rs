//! What a watcher does, done to the world.

use std::collections::VecDeque;

use pikafo::decide::conduct::Ask;
use pikafo::decide::engine::Action;
use pikafo::decide::engine::Event;
use pikafo::decide::engine::Request;
use pikafo::decide::engine::action::Reply;
use pikafo::decide::facts::Fault;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::decide::order::Answer;
use pikafo::decide::order::Order;
use pikafo::decide::plan::Kind;

use super::super::pure::sample;
use super::super::watcher::id;

use super::CLUSTER;
use super::Message;
use super::World;

impl World {
    pub(super) fn act(
        &mut self,
        number: usize,
        action: Action,
        queue: &mut VecDeque<(usize, Event)>,
    ) {
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

pub(super) fn refused() -> Fault {
    Fault::new(FaultKind::Refused, "connection refused")
}
