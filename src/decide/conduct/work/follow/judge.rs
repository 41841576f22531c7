//! The judgement right before the order: may this node follow, as it is now?

use super::Detached;
use super::Following;
use super::Told;
use super::points_to;
use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::Flow;
use crate::decide::conduct::Phase;
use crate::decide::conduct::resume::Resumption;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::facts::is_closed_port;
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

impl Conduct {
    pub(super) fn judge(
        &mut self,
        step: &Step,
        master: &Addr,
        own: &Replication,
        now_us: u64,
        out: &mut Vec<Action>,
    ) -> Flow {
        self.joining.judged_at.clone_from(&own.position);
        let flavor = flavor_of(own);
        let torn = self.torn(&step.node, own);
        let copies = torn && own.link == Link::Syncing;
        let linked = own.link == Link::Up && !torn;
        // It has come past the point with its master since, whose link may be down at this moment.
        let moved = self.was_moved() && !torn && own.link != Link::Error;
        if points_to(own, master) && (linked || copies || moved) {
            self.moved_somebody = true;
            return Flow::Done(Some("follows already".to_owned()));
        }
        // The master that was thought dead may be back at any moment, and send it something between judgement and order; Pika
        // would link it by number all the same.
        let fed = flavor == Flavor::Pika && !self.fence_holds && may_be_fed_by_another(own, master);
        if fed && self.plan.kind == Kind::Failover && !self.was_moved() && !self.joining.held {
            self.joining.held = true;
            let how = FenceHow::Detached;
            return self.following(Following::Holding, step, Order::Fence { how }, out);
        }
        // Read-only behind a closed port, it is the master that it was, or one that nobody saw when the plan was made: others
        // have set it apart, for it was back without its fence.
        let planned = self.plan.facts.of(&step.node);
        let unseen = planned.is_none_or(|fact| fact.role == Role::Unknown);
        let reigned = planned.is_some_and(|fact| fact.role == Role::Master);
        let closes = self.plan.fence_of(&step.node) == Some(&FenceHow::ClosedPort);
        let others = unseen || (reigned && !closes);
        let apart = others && flavor == Flavor::Pika && own.points_at_closed_port();
        let joiner = Joiner {
            flavor,
            role: if apart { Role::Master } else { own.role },
            position: own.position.as_ref(),
            history_id: own.history_id.as_deref(),
            holds_keys: None,
            follows_target: points_to(own, master),
            vouched: false,
            refused: own.link == Link::Error,
            torn,
            // Whether it was restarted while nobody looked, and without its fence for a while, nobody knows.
            quiet_since_promotion: self.fence_holds
                && !apart
                && self.resumed.is_none()
                && self
                    .plan
                    .fence()
                    .is_some_and(|(node, _)| *node == step.node),
        };
        let target = Target {
            position: None,
            history_id: self
                .promoted_as
                .as_ref()
                .and_then(|seen| seen.history_id.as_deref()),
            second_history: self.promoted_as.as_deref().and_then(second_history),
            point: self.point.as_ref(),
        };
        match rejoin::judge(&joiner, &target) {
            Judgement::Prefix => self.send_follow(step, master, false, out),
            Judgement::Empty => self.send_follow(step, master, flavor == Flavor::Pika, out),
            // The order would do nothing there, and be remembered.
            Judgement::Torn if points_to(own, master) => cut_off(step),
            Judgement::Torn => self.send_follow(step, master, true, out),
            // Behind a fence and drained, nothing but Redis' own keep-alives can lie past the point of the same
            // history, and Redis compares histories by itself. A failover drains nothing.
            Judgement::Diverged { code, .. }
                if flavor != Flavor::Pika
                    && code == "rejoin.past_point"
                    && self.plan.kind == Kind::Promote
                    && self.fence_kept(now_us) =>
            {
                self.send_follow(step, master, false, out)
            }
            // It has come past the point somewhere else since, from whomever: the point says nothing of it any more.
            Judgement::Diverged { .. } if self.was_moved() && is_fed_by_another(own, master) => {
                receives(step)
            }
            // Others have led it here since this was cut off, and the master has just gone: what it has past the point may be
            // the master's, which they know.
            Judgement::Diverged { .. }
                if self.is_led_by_others() && points_to(own, master) && own.link == Link::Down =>
            {
                not_moved(step, "follows already, and its link is down")
            }
            Judgement::Diverged { code, text } => {
                // What a master refuses it lacks, whatever the point says.
                if own.link != Link::Error
                    && let Some(at) = own.position.clone()
                {
                    self.apart.insert(step.node.clone(), at);
                }
                left_apart(step, code, &text)
            }
        }
    }

    /// It was judged, and seen to follow, before a crash cut this operation off.
    fn was_moved(&self) -> bool {
        self.cut_off_before()
            .is_some_and(|(step, resumption)| resumption.is_done(step))
    }

    /// This operation was cut off before it told anybody so: whoever follows is led by others.
    fn is_led_by_others(&self) -> bool {
        self.cut_off_before()
            .is_some_and(|(step, resumption)| !resumption.has_begun(step))
    }

    /// The step in hand, and what is known of the run that a crash cut off.
    fn cut_off_before(&self) -> Option<(usize, &Resumption)> {
        let Phase::Forward(step) = self.phase else {
            return None;
        };
        Some((step, self.resumed.as_ref()?))
    }

    /// What was judged when the plan was made is judged once more, right before the order and behind the fence, for
    /// clients may have written since; a node that moved meanwhile has a past that nobody knows.
    pub(super) fn judge_again(
        &mut self,
        step: &Step,
        master: &Addr,
        how: FollowHow,
        its: &Replication,
        out: &mut Vec<Action>,
    ) -> Flow {
        let Some(own) = self.joining.seen.take() else {
            return Flow::Wait;
        };
        let planned = self.plan.facts.of(&step.node);
        let was_master = planned.is_some_and(|fact| fact.role == Role::Master);
        if points_to(&own, master)
            && (self.joining.told != Told::No || (!was_master && own.link == Link::Up))
        {
            self.moved_somebody = true;
            return Flow::Done(Some("follows already".to_owned()));
        }
        self.joining.judged_at.clone_from(&own.position);
        let flavor = flavor_of(&own);
        let detached_at = self.joining.detached_at.as_ref();
        let then = match detached_at {
            Some(detached) => detached.at.as_ref(),
            None => planned.and_then(|fact| fact.position.as_ref()),
        };
        let moved = own.position.as_ref() != then;
        let behind_fence = self.plan.fence_of(&step.node).is_some() && !self.joining.unfenced;
        // Read-only behind a closed port, it is the master that it was before; what its plan was made for had that looked at.
        let closed = planned.and_then(|fact| fact.master.as_ref());
        let was_master = was_master || closed.is_some_and(is_closed_port);
        let closed = flavor == Flavor::Pika && own.points_at_closed_port();
        // We have detached it ourselves.
        let role = match (was_master || closed, detached_at) {
            (true, _) => Role::Master,
            (false, Some(_)) => Role::Replica,
            (false, None) => own.role,
        };
        let elsewhere = detached_at.is_none() && role != Role::Master && !points_to(&own, master);
        if flavor == Flavor::Pika && moved && elsewhere && !self.gets_it_from(&step.node, master) {
            return receives(step);
        }
        let joiner = Joiner {
            flavor,
            role,
            position: own.position.as_ref(),
            history_id: own.history_id.as_deref(),
            holds_keys: self.joining.holds_keys,
            follows_target: points_to(&own, master) || detached_at.is_some(),
            vouched: (!moved || self.goes_on(&step.node, master, &own))
                && planned.is_some_and(|fact| fact.vouched.as_ref() == Some(master)),
            refused: own.link == Link::Error,
            torn: self.torn(&step.node, &own),
            quiet_since_promotion: was_master && !moved,
        };
        let target = Target {
            position: its.position.as_ref(),
            history_id: its.history_id.as_deref(),
            second_history: second_history(its),
            point: self.plan.facts.point.as_ref(),
        };
        let judged = match rejoin::judge(&joiner, &target) {
            // Redis names its histories, which is better evidence than any comparison of ours.
            Judgement::Prefix | Judgement::Empty
                if flavor == Flavor::Pika
                    && moved
                    && (role == Role::Master || (detached_at.is_some() && !behind_fence)) =>
            {
                let text = format!(
                    "it was at {} when it was judged and is at {} now, so it took writes in between",
                    shown(then),
                    shown(own.position.as_ref())
                );
                return left_apart(step, "rejoin.past_unknown", &text);
            }
            judged @ (Judgement::Prefix
            | Judgement::Empty
            | Judgement::Torn
            | Judgement::Diverged { .. }) => judged,
        };
        match (judged, how) {
            (Judgement::Diverged { code, text }, _) => left_apart(step, code, &text),
            // Since the plan was made.
            (Judgement::Torn, _) => cut_off(step),
            (_, FollowHow::Repair) if detached_at.is_none() => {
                self.joining.detached_at = Some(Detached {
                    at: own.position.clone(),
                });
                self.detach(step, out)
            }
            (Judgement::Empty, FollowHow::Resync { .. }) => self.detach(step, out),
            (Judgement::Empty, _) => self.send_follow(step, master, flavor == Flavor::Pika, out),
            (Judgement::Prefix, FollowHow::Resync { .. }) => left_apart(
                step,
                "rejoin.past_unknown",
                "it held nothing when it was judged",
            ),
            (Judgement::Prefix, _) => self.send_follow(step, master, false, out),
        }
    }
}

impl Conduct {
    /// When the plan was made, the data of a node came from this master in the end.
    fn gets_it_from(&self, node: &Addr, master: &Addr) -> bool {
        let nodes = &self.plan.facts.nodes;
        let above = |addr: &Addr| nodes.iter().find(|n| n.addr == *addr)?.master.clone();
        let mut chain = std::iter::successors(above(node), above).take(nodes.len());
        chain.any(|above| above == *master)
    }

    /// It follows whom it followed when the plan was made, through whom its data comes from this master, and is linked.
    fn goes_on(&self, node: &Addr, master: &Addr, own: &Replication) -> bool {
        let planned = self.plan.facts.of(node);
        let above = planned.and_then(|fact| fact.master.as_ref());
        let same = above.is_some_and(|above| points_to(own, above));
        same && own.link == Link::Up && self.gets_it_from(node, master)
    }

    /// A full copy to it has not ended, as far as it says or was known when the plan was made.
    fn torn(&self, node: &Addr, own: &Replication) -> bool {
        let noted = self.plan.facts.of(node).is_some_and(|fact| fact.torn);
        flavor_of(own) == Flavor::Pika && rejoin::torn(own, noted)
    }
}

/// Its link may come up again.
fn may_be_fed_by_another(own: &Replication, master: &Addr) -> bool {
    let replica = own.role.is_replica();
    replica && !points_to(own, master) && !own.points_at_closed_port()
}

fn is_fed_by_another(own: &Replication, master: &Addr) -> bool {
    let replica = own.role.is_replica();
    replica && own.link == Link::Up && !points_to(own, master)
}

/// The plan was made for where it stood; what it gets from a master that was replaced is judged when it is known.
fn receives(step: &Step) -> Flow {
    not_moved(step, "still receives something from another master")
}

fn not_moved(step: &Step, why: &str) -> Flow {
    Flow::Soft {
        code: "replica.not_moved".into(),
        text: format!("{} {why}", step.node),
        hint: format!("run `pikafo repoint {}` again", step.node),
    }
}

fn cut_off(step: &Step) -> Flow {
    Flow::Soft {
        code: "replica.not_moved".into(),
        text: format!("{}: a full copy to it was cut off", step.node),
        hint: format!("`pikafo repoint {} --resync` copies everything", step.node),
    }
}

pub(super) fn left_apart(step: &Step, code: &'static str, text: &str) -> Flow {
    Flow::Soft {
        code: code.into(),
        text: format!("{} is left apart: {text}", step.node),
        hint: format!(
            "`pikafo repoint {} --resync` discards its own data and copies the master's",
            step.node
        ),
    }
}

fn flavor_of(own: &Replication) -> Flavor {
    match own.position {
        Some(Position::Pika(_)) => Flavor::Pika,
        Some(Position::Redis { .. }) | None => Flavor::Redis,
    }
}

fn second_history(its: &Replication) -> Option<(&str, u64)> {
    its.second_history
        .as_ref()
        .map(|(id, until)| (id.as_str(), *until))
}

fn shown(position: Option<&Position>) -> String {
    position.map_or_else(|| "an unknown position".to_owned(), ToString::to_string)
}
