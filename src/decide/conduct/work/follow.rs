//! How a node comes to follow: judge, (detach, clear,) send, confirm.

mod judge;

use super::super::Action;
use super::super::Conduct;
use super::super::Flow;
use super::super::Show;
use super::Input;
use super::NODE;
use super::QUESTION_US;
use super::ROLE_CHANGE_US;
use super::Work;
use super::copying::Copying;
use super::replication;
use crate::decide::facts::Fault;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Step;
use crate::decide::position::BinlogPoint;
use crate::decide::position::Position;
use crate::decide::record::MOVE_IN_DOUBT;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::decide::conduct) enum Following {
    /// The fence of the old master is put up again, lest it takes writes between judgement and order.
    Fencing,
    Judging,
    /// Somebody else feeds it: it is led away from there, so that it stands where it is judged.
    Holding,
    /// How far the master is, to judge by.
    Comparing,
    Detaching,
    /// Detached from this very master: it must have noticed before the node comes back.
    Resting,
    Clearing,
    Sending,
    Confirming,
    /// It had received something else when the order came to it, and is led away from this master before they link.
    Leaving,
}

/// What is known by now of the node that is to follow.
#[derive(Clone, Debug, Default)]
pub(in crate::decide::conduct) struct Joining {
    seen: Option<Box<Replication>>,
    holds_keys: Option<bool>,
    /// Where it stood before it was detached from its master.
    detached_at: Option<Detached>,
    /// Its fence could not be put up again since.
    unfenced: bool,
    told: Told,
    /// It was led away from whoever fed it.
    held: bool,
    /// Where it stood when it was found that it may.
    judged_at: Option<Position>,
    /// Why it may not after all.
    went_on: Option<String>,
}

/// Whether it was told to follow.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Told {
    #[default]
    No,
    /// And said no.
    Refused,
    Yes,
    /// And an order was never answered: it may come yet, whatever was said to a later one.
    Unanswered,
}

/// It was led away from its master.
#[derive(Clone, Debug)]
struct Detached {
    at: Option<Position>,
}

/// "already master of others" goes away by itself within about 3 s.
pub(super) const RETRY_US: u64 = 50_000;
/// NO ONE followed at once by SLAVEOF of the same master flaps; after about 4 s it does not.
const REST_US: u64 = 4_000_000;

/// It lists replicas still, and so follows nobody.
pub(super) fn is_held(fault: &Fault) -> bool {
    fault.text.contains("already master of others")
}

impl Conduct {
    /// (Fence,) judge, (detach, clear, judge,) send, confirm.
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
                FollowHow::Judged | FollowHow::Plain | FollowHow::Repair => {
                    self.begin_judging(step, how, now_us, out)
                }
                FollowHow::Resync { .. } if self.was_empty(&step.node) => {
                    self.begin_judging(step, how, now_us, out)
                }
                FollowHow::Resync { .. } => self.detach(step, out),
                FollowHow::Discard => self.send_follow(step, master, false, out),
            },
            Input::Answer { result, .. } => match state {
                Following::Fencing => match result {
                    Ok(_) => {
                        self.fenced_again(step, now_us);
                        self.ask_past(step, how, out)
                    }
                    // Left detached it would be a master; where it has not moved it may be attached all the same.
                    Err(_) if self.joining.detached_at.is_some() => {
                        self.joining.unfenced = true;
                        self.ask_past(step, how, out)
                    }
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Holding => match result {
                    Err(fault) if fault.outcome_unknown() => unreachable(step, &fault),
                    // It refuses while it has replicas of its own, and will be told again until it follows.
                    Ok(_) | Err(_) => self.ask_past(step, how, out),
                },
                Following::Judging if how == FollowHow::Judged => match replication(result) {
                    Ok(own) => self.judge(step, master, &own, now_us, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Judging => match seen(result) {
                    Ok((own, holds_keys)) => {
                        self.joining.seen = Some(Box::new(own));
                        self.joining.holds_keys = holds_keys;
                        self.work = Work::Following(Following::Comparing);
                        self.ask(NODE, master, Order::Replication, QUESTION_US, out);
                        Flow::Wait
                    }
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Comparing => match replication(result) {
                    Ok(its) => self.judge_again(step, master, how, &its, out),
                    // As a replica of a master that is gone it may yet be chosen.
                    Err(_) if self.is_as_it_was_left() => {
                        self.send_follow(step, master, false, out)
                    }
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Detaching => match result {
                    Ok(_) if self.was_linked(&step.node, master) => {
                        self.work = Work::Following(Following::Resting);
                        self.wake_at(now_us + REST_US, out);
                        Flow::Wait
                    }
                    Ok(_) => self.attach(step, master, how, now_us, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Clearing => match result {
                    Ok(_) => self.send_follow(step, master, true, out),
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Resting => Flow::Wait,
                Following::Sending => match result {
                    Ok(_) => self.following(Following::Confirming, step, Order::Replication, out),
                    // Ghosts of replicas that have left, for up to about 3 s.
                    Err(fault) if is_held(&fault) => {
                        self.refused_to_follow();
                        out.push(Action::Show(Show::Detail {
                            text: "still lists replicas; trying again".into(),
                        }));
                        self.wake_at(now_us + RETRY_US, out);
                        Flow::Wait
                    }
                    Err(fault) if fault.outcome_unknown() => {
                        self.joining.told = Told::Unanswered;
                        self.confirm(step, out)
                    }
                    // It was detached and would be left as a master: as long as there is time, it is told again.
                    Err(fault) if how.detaches() => {
                        self.refused_to_follow();
                        out.push(Action::Show(Show::Detail { text: fault.text }));
                        self.wake_at(now_us + RETRY_US * 4, out);
                        Flow::Wait
                    }
                    Err(fault) => unreachable(step, &fault),
                },
                Following::Confirming => match replication(result) {
                    Ok(own) if points_to(&own, master) => {
                        self.moved_somebody = true;
                        self.cut_off(&step.node, &own);
                        self.joining.went_on = self.went_on(&own, now_us);
                        if self.joining.went_on.is_none() {
                            return Flow::Done(None);
                        }
                        self.lead_away(step, out)
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
                Following::Leaving if result.is_ok() => self.left_behind(step),
                // It is linked by number as long as it is not told.
                Following::Leaving => {
                    self.wake_at(now_us + RETRY_US, out);
                    Flow::Wait
                }
            },
            Input::Wake => match state {
                // A restart has forgotten its fence by now, and its data may have gone on.
                Following::Sending => match how {
                    FollowHow::Judged | FollowHow::Plain | FollowHow::Repair => {
                        self.begin_judging(step, how, now_us, out)
                    }
                    FollowHow::Resync { .. } => self.send_follow(step, master, true, out),
                    FollowHow::Discard => self.send_follow(step, master, false, out),
                },
                Following::Resting => self.attach(step, master, how, now_us, out),
                Following::Confirming => self.confirm(step, out),
                Following::Leaving => self.lead_away(step, out),
                Following::Holding
                | Following::Fencing
                | Following::Judging
                | Following::Comparing
                | Following::Detaching
                | Following::Clearing => Flow::Wait,
            },
            Input::Expired if state == Following::Leaving => self.left_behind(step),
            Input::Expired => Flow::Soft {
                code: if matches!(self.joining.told, Told::Yes | Told::Unanswered) {
                    MOVE_IN_DOUBT.into()
                } else {
                    "replica.not_moved".into()
                },
                text: format!(
                    "{} does not follow {master} after {} ms",
                    step.node, step.within_ms
                ),
                hint: format!("run `pikafo repoint {}`", step.node),
            },
        }
    }

    /// It was led away from its master and stands where it stood, behind its fence.
    fn is_as_it_was_left(&self) -> bool {
        let (detached, seen) = (&self.joining.detached_at, &self.joining.seen);
        let (Some(detached), Some(seen)) = (detached, seen) else {
            return false;
        };
        !self.joining.unfenced && detached.at.is_some() && seen.position == detached.at
    }

    fn lead_away(&mut self, step: &Step, out: &mut Vec<Action>) -> Flow {
        let how = FenceHow::Detached;
        self.following(Following::Leaving, step, Order::Fence { how }, out)
    }

    fn left_behind(&mut self, step: &Step) -> Flow {
        let why = self.joining.went_on.take().unwrap_or_default();
        judge::left_apart(step, "rejoin.past_unknown", &why)
    }

    /// It has told at once that it follows, its link is not up yet, and it is further than when it was judged: the old
    /// master was back, and it has received something from there that this one lacks. Pika would link by number. Up to the
    /// point, what an old master has that was fenced all the time is the new one's too.
    fn went_on(&self, own: &Replication, now_us: u64) -> Option<String> {
        let (then, now) = (self.joining.judged_at.as_ref()?, own.position.as_ref()?);
        let pika = matches!(now, Position::Pika(_));
        let shared =
            self.fence_kept(now_us) && self.point.as_ref().is_some_and(|point| point.covers(now));
        (pika && own.link == Link::Down && !then.covers(now) && !shared).then(|| {
            format!(
                "it was at {then} when it was judged and at {now} when it was told to follow: it received something else in between"
            )
        })
    }

    fn begin_judging(
        &mut self,
        step: &Step,
        how: FollowHow,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        let fence = self.plan.fence_of(&step.node);
        match fence.filter(|how| !matches!(how, FenceHow::Open | FenceHow::Hook)) {
            Some(fence) => {
                let how = fence.clone();
                self.fence_asked_us = now_us;
                self.following(Following::Fencing, step, Order::Fence { how }, out)
            }
            None => self.ask_past(step, how, out),
        }
    }

    fn ask_past(&mut self, step: &Step, how: FollowHow, out: &mut Vec<Action>) -> Flow {
        // Redis' offset says nothing of a node without replicas; whether it holds keys does.
        let question = if how == FollowHow::Judged {
            Order::Replication
        } else {
            Order::Observe
        };
        self.following(Following::Judging, step, question, out)
    }

    /// A pause that had ended before it was put up again let writes through.
    fn fenced_again(&mut self, step: &Step, now_us: u64) {
        let Some(how) = self.plan.fence_of(&step.node).cloned() else {
            return;
        };
        self.fence_holds &= !self.pause_ended(now_us);
        self.fence_raised(&how);
    }

    /// The old master has refused writes without a gap since before the promotion. After a crash only a fence that does
    /// not end by itself, and that was seen up before, says so.
    pub(super) fn fence_kept(&self, now_us: u64) -> bool {
        let lasts = match &self.resumed {
            Some(resumption) => resumption.fence_lasts(),
            None => !self.pause_ended(now_us),
        };
        self.fence_holds && lasts
    }

    /// It held nothing when the plan was made, which is why a copy may replace what it holds.
    fn was_empty(&self, node: &Addr) -> bool {
        let fact = self.plan.facts.of(node);
        fact.is_some_and(|fact| match &fact.position {
            Some(Position::Pika(dbs)) => {
                fact.history_id.as_deref().is_none_or(str::is_empty)
                    && dbs.values().all(|point| *point == BinlogPoint(0, 0))
            }
            Some(Position::Redis { .. }) | None => false,
        })
    }

    pub(super) fn detach(&mut self, step: &Step, out: &mut Vec<Action>) -> Flow {
        self.following(Following::Detaching, step, Order::DETACH, out)
    }

    /// The node has been detached and has rested where it had to.
    fn attach(
        &mut self,
        step: &Step,
        master: &Addr,
        how: FollowHow,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        match how {
            FollowHow::Resync {
                clear_history: true,
            } => self.following(Following::Clearing, step, Order::ClearHistory, out),
            FollowHow::Resync { .. } => self.send_follow(step, master, true, out),
            // As a master of its own it may have been found by clients.
            FollowHow::Repair => self.begin_judging(step, how, now_us, out),
            FollowHow::Judged | FollowHow::Plain | FollowHow::Discard => {
                self.send_follow(step, master, false, out)
            }
        }
    }

    /// The close of a connection to this very master is still to come; it would hit the new one, and `force`
    /// would be forgotten with it.
    fn was_linked(&self, node: &Addr, master: &Addr) -> bool {
        let fact = self.plan.facts.of(node);
        fact.is_none_or(|fact| fact.master.as_ref() == Some(master))
    }

    pub(super) fn send_follow(
        &mut self,
        step: &Step,
        master: &Addr,
        force: bool,
        out: &mut Vec<Action>,
    ) -> Flow {
        if self.joining.told != Told::Unanswered {
            self.joining.told = Told::Yes;
        }
        if force {
            self.joining.judged_at = None;
            self.copies.insert(step.node.clone(), Copying::forced());
        }
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

    fn refused_to_follow(&mut self) {
        if self.joining.told != Told::Unanswered {
            self.joining.told = Told::Refused;
        }
    }

    /// Asked again, it may have linked and lost its link since.
    fn confirm(&mut self, step: &Step, out: &mut Vec<Action>) -> Flow {
        self.joining.judged_at = None;
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

/// What it says of its replication, and whether it holds keys, where that was told.
fn seen(result: Result<Answer, Fault>) -> Result<(Replication, Option<bool>), Fault> {
    if let Ok(Answer::Seen(observation)) = result {
        return Ok((observation.replication, observation.holds_keys));
    }
    Ok((replication(result)?, None))
}

fn unreachable(step: &Step, fault: &Fault) -> Flow {
    Flow::Soft {
        code: "replica.not_moved".into(),
        text: format!("{}: {}", step.node, fault.beside(&step.node)),
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
