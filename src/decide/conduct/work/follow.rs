//! How a node comes to follow: judge, (detach, clear,) send, confirm.

use super::super::Action;
use super::super::Conduct;
use super::super::Flow;
use super::super::Show;
use super::Input;
use super::NODE;
use super::QUESTION_US;
use super::ROLE_CHANGE_US;
use super::Work;
use super::replication;
use crate::decide::facts::Fault;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Kind;
use crate::decide::plan::Step;
use crate::decide::position::Position;
use crate::decide::rejoin;
use crate::decide::rejoin::Joiner;
use crate::decide::rejoin::Judgement;
use crate::decide::rejoin::Target;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::decide::conduct) enum Following {
    /// The fence of the old master is put up again, lest it takes writes between judgement and order.
    Fencing,
    Judging,
    Detaching,
    /// Detached from this very master: it must have noticed before the node comes back.
    Resting {
        until_us: u64,
    },
    Clearing,
    Sending,
    Confirming,
}

/// "already master of others" goes away by itself within about 3 s.
const RETRY_US: u64 = 50_000;
/// NO ONE followed at once by SLAVEOF of the same master flaps; after about 4 s it does not.
const REST_US: u64 = 4_000_000;

impl Conduct {
    /// Judge, (detach, clear,) send, confirm.
    pub(super) fn follow(
        &mut self,
        step: &Step,
        master: &Addr,
        how: FollowHow,
        input: Input,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        let state = if let Work::Following(state) = self.work {
            state
        } else {
            Following::Judging
        };
        match input {
            Input::Begin => match how {
                FollowHow::Judged => self.begin_judging(step, out),
                FollowHow::Plain => self.send_follow(step, master, false, out),
                FollowHow::Repair | FollowHow::Resync { .. } => {
                    self.following(Following::Detaching, step, Order::Promote, out)
                }
            },
            Input::Answer { result, .. } => match state {
                Following::Fencing => match result {
                    Ok(_) => self.following(Following::Judging, step, Order::Replication, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Judging => match replication(result) {
                    Ok(own) => self.judge(step, master, &own, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Detaching => match result {
                    Ok(_) if self.was_linked(&step.node, master) => {
                        let until_us = now_us + REST_US;
                        self.work = Work::Following(Following::Resting { until_us });
                        self.wake_at(until_us, out);
                        Flow::Wait
                    }
                    Ok(_) => self.attach(step, master, how, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Clearing => match result {
                    Ok(_) => self.send_follow(step, master, true, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Resting { .. } => Flow::Wait,
                Following::Sending => match result {
                    Ok(_) => self.confirm(step, out),
                    // Ghosts of replicas that have left, for up to about 3 s.
                    Err(fault) if fault.text.contains("already master of others") => {
                        out.push(Action::Show(Show::Detail {
                            text: "still lists replicas; trying again".into(),
                        }));
                        self.wake_at(now_us + RETRY_US, out);
                        Flow::Wait
                    }
                    Err(fault) if fault.outcome_unknown() => self.confirm(step, out),
                    // It was detached and would be left as a master: as long as there is time, it is told again.
                    Err(fault) if how.detaches() => {
                        out.push(Action::Show(Show::Detail { text: fault.text }));
                        self.wake_at(now_us + RETRY_US * 4, out);
                        Flow::Wait
                    }
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Confirming => match replication(result) {
                    Ok(own) if points_to(&own, master) => {
                        self.moved_somebody = true;
                        Flow::Done(None)
                    }
                    // The order was lost on its way.
                    Ok(own) if own.role == Role::Master => {
                        self.work = Work::Following(Following::Sending);
                        self.wake_at(now_us + RETRY_US, out);
                        Flow::Wait
                    }
                    Ok(_) | Err(_) => {
                        self.wake_at(now_us + RETRY_US, out);
                        Flow::Wait
                    }
                },
            },
            Input::Wake => match state {
                // A restart has forgotten its fence by now, and its data may have gone on.
                Following::Sending if how == FollowHow::Judged => self.begin_judging(step, out),
                Following::Sending => {
                    self.send_follow(step, master, matches!(how, FollowHow::Resync { .. }), out)
                }
                Following::Resting { until_us } if now_us >= until_us => {
                    self.attach(step, master, how, out)
                }
                Following::Confirming => self.confirm(step, out),
                Following::Fencing
                | Following::Judging
                | Following::Detaching
                | Following::Clearing
                | Following::Resting { .. } => Flow::Wait,
            },
            Input::Expired => Flow::Soft {
                code: "replica.not_moved".into(),
                text: format!(
                    "{} does not follow {master} after {} ms",
                    step.node, step.within_ms
                ),
                hint: format!("run `pikafo repoint {}`", step.node),
            },
        }
    }

    fn begin_judging(&mut self, step: &Step, out: &mut Vec<Action>) -> Flow {
        let fence = self.plan.fence().filter(|(node, how)| {
            **node == step.node && !matches!(how, FenceHow::Open | FenceHow::Hook)
        });
        match fence.map(|(_, how)| how.clone()) {
            Some(how) => self.following(Following::Fencing, step, Order::Fence { how }, out),
            None => self.following(Following::Judging, step, Order::Replication, out),
        }
    }

    fn judge(
        &mut self,
        step: &Step,
        master: &Addr,
        own: &Replication,
        out: &mut Vec<Action>,
    ) -> Flow {
        if points_to(own, master) && own.link == Link::Up {
            self.moved_somebody = true;
            return Flow::Done(Some("follows already".to_owned()));
        }
        let fact = self.plan.facts.nodes.iter().find(|n| n.addr == *master);
        let flavor = match own.position {
            Some(Position::Pika(_)) => Flavor::Pika,
            Some(Position::Redis { .. }) | None => Flavor::Redis,
        };
        let joiner = Joiner {
            flavor,
            role: own.role,
            position: own.position.as_ref(),
            history_id: own.history_id.as_deref(),
            holds_keys: None,
            follows_target: points_to(own, master),
            quiet_since_promotion: self
                .plan
                .fence()
                .is_some_and(|(node, _)| *node == step.node && self.fence_holds),
        };
        let target = Target {
            position: None,
            history_id: match &self.promoted_as {
                Some(seen) => seen.history_id.as_deref(),
                None => fact.and_then(|f| f.history_id.as_deref()),
            },
            second_history: self
                .promoted_as
                .as_ref()
                .and_then(|seen| seen.second_history.as_ref())
                .map(|(id, until)| (id.as_str(), *until)),
            point: self.point.as_ref(),
        };
        match rejoin::judge(&joiner, &target) {
            Judgement::Prefix => self.send_follow(step, master, false, out),
            Judgement::Empty => self.send_follow(step, master, flavor == Flavor::Pika, out),
            // Behind a fence and drained, nothing but Redis' own keep-alives can lie past the point, and Redis
            // compares histories by itself. A failover drains nothing.
            Judgement::Diverged { .. }
                if flavor != Flavor::Pika
                    && self.plan.kind == Kind::Promote
                    && self.fence_holds =>
            {
                self.send_follow(step, master, false, out)
            }
            Judgement::Diverged { code, text } => Flow::Soft {
                code: code.into(),
                text: format!("{} is left apart: {text}", step.node),
                hint: format!(
                    "`pikafo repoint {} --resync` discards its own data and copies the master's",
                    step.node
                ),
            },
        }
    }

    /// The node has been detached and has rested where it had to.
    fn attach(
        &mut self,
        step: &Step,
        master: &Addr,
        how: FollowHow,
        out: &mut Vec<Action>,
    ) -> Flow {
        match how {
            FollowHow::Resync {
                clear_history: true,
            } => self.following(Following::Clearing, step, Order::ClearHistory, out),
            FollowHow::Resync { .. } => self.send_follow(step, master, true, out),
            FollowHow::Judged | FollowHow::Plain | FollowHow::Repair => {
                self.send_follow(step, master, false, out)
            }
        }
    }

    /// The close of a connection to this very master is still to come; it would hit the new one, and `force`
    /// would be forgotten with it.
    fn was_linked(&self, node: &Addr, master: &Addr) -> bool {
        let fact = self.plan.facts.nodes.iter().find(|n| n.addr == *node);
        fact.is_none_or(|fact| fact.master.as_ref() == Some(master))
    }

    fn send_follow(
        &mut self,
        step: &Step,
        master: &Addr,
        force: bool,
        out: &mut Vec<Action>,
    ) -> Flow {
        self.following(
            Following::Sending,
            step,
            Order::Follow {
                master: master.clone(),
                force,
            },
            out,
        )
    }

    fn confirm(&mut self, step: &Step, out: &mut Vec<Action>) -> Flow {
        self.following(Following::Confirming, step, Order::Replication, out)
    }

    fn following(
        &mut self,
        state: Following,
        step: &Step,
        order: Order,
        out: &mut Vec<Action>,
    ) -> Flow {
        self.work = Work::Following(state);
        let within = if order.acts() {
            ROLE_CHANGE_US
        } else {
            QUESTION_US
        };
        self.ask(NODE, &step.node, order, within, out);
        Flow::Wait
    }
}

fn unreachable(step: &Step, fault: &Fault) -> Flow {
    Flow::Soft {
        code: "replica.not_moved".into(),
        text: format!("{}: {fault}", step.node),
        hint: format!("run `pikafo repoint {}` once it answers", step.node),
    }
}

/// Pika replaces a loopback master by its own interface's address, so only the port is compared then.
pub(in crate::decide::conduct) fn points_to(own: &Replication, master: &Addr) -> bool {
    own.role != Role::Master
        && own.master.as_ref().is_some_and(|m| {
            m == master || (m.port() == master.port() && master.host().starts_with("127."))
        })
}
