//! Pika's replicas of which is known that all they hold is the master's: they were linked below it and level, and what they have
//! got since came the same way.
//!
//! Whoever follows the master moves past the promotion point with it, and so does whoever follows such a one. By its number alone
//! it would have too much from then on, wherever it follows later: where the replica above it was emptied, or a failover that
//! came to nothing has moved it. It is vouched for as long as it stands where it stood when it lost its link.

use serde::Deserialize;
use serde::Serialize;

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::failover::GREETING_US;
use super::node::Node;
use super::told::Told;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::gap;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::view::Sample;

/// It holds nothing but what the master has, as of its last look.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Vouched {
    /// Where it stood.
    position: Position,
    /// Whom it followed.
    above: Addr,
    /// It was linked.
    linked: bool,
    /// When that was seen.
    at_us: u64,
}

impl Cluster {
    /// A node was looked at.
    pub(super) fn vouch(&mut self, addr: &Addr, ctx: &Ctx<'_>) {
        if self.master.as_ref() == Some(addr) {
            return self.doubt_whom_it_lacks();
        }
        let node = self.nodes.get_mut(addr);
        let before = node.and_then(|node| node.vouched.take());
        let vouched = self.vouched(addr, before.map(|v| *v), ctx);
        if let Some(node) = self.nodes.get_mut(addr) {
            node.vouched = vouched.map(Box::new);
        }
    }

    fn vouched(&self, addr: &Addr, before: Option<Vouched>, ctx: &Ctx<'_>) -> Option<Vouched> {
        let node = self.nodes.get(addr)?;
        let said = node.replication().filter(|said| said.role.is_replica())?;
        let position = said.position.clone()?;
        let doubted = self.apart(addr).is_some() || node.coming.is_some();
        if doubted || self.is_torn(addr, said) || !matches!(position, Position::Pika(_)) {
            return None;
        }
        let above = self.follows(node)?;
        let went_on = before
            .as_ref()
            .is_some_and(|v| v.above == above && position.covers(&v.position));
        let gives = self.gives_what_is_the_masters(&above, &position);
        let linked = said.link == Link::Up && gives;
        let now = Vouched {
            position,
            above,
            linked,
            at_us: ctx.now_us,
        };
        if linked {
            // Whoever lacks what came before its stream never comes to where that one was.
            let its = self.nodes.get(&now.above).and_then(Node::position);
            let level = its.is_some_and(|its| now.position.covers(its));
            // Under load it is never seen where the other one is.
            let asked_ms = node.asked_ms(ctx);
            let samples = &self.memory.samples;
            let level = level || gap::had_come(samples, &now.above, &now.position, asked_ms);
            return (level || went_on).then_some(now);
        }
        let before = before?;
        if now.position == before.position {
            return Some(Vouched {
                linked: false,
                ..before
            });
        }
        // What it got until its link was lost. Once the master is lost, another may be promoted above it.
        // And one database goes on where another's link is refused.
        let lost = before.linked && matches!(said.link, Link::Down | Link::Error)
            || gives && said.link == Link::Error;
        let started = node.restarted_us == Some(ctx.now_us);
        let known = self.master.as_ref() == Some(&now.above)
            || self.nodes.get(&now.above)?.vouched.is_some()
                && self.master_node().is_some_and(|m| m.quiet.is_none());
        (lost && went_on && known && !started && self.run.is_none()).then_some(now)
    }

    /// Whom it follows is the master, or holds nothing else and is not behind it.
    fn gives_what_is_the_masters(&self, above: &Addr, position: &Position) -> bool {
        let Some(node) = self.nodes.get(above) else {
            return false;
        };
        if self.master.as_ref() == Some(above) {
            return node.role() == Role::Master;
        }
        let vouched = node.vouched.as_ref().filter(|_| node.role().is_replica());
        vouched.is_some_and(|v| v.linked || v.position.covers(position))
    }

    /// The master was looked at: what was seen before that it must have.
    fn doubt_whom_it_lacks(&mut self) {
        let Some(master) = self.master_node() else {
            return;
        };
        let (Some(at), Some(asked_us)) = (master.position().cloned(), master.seen_at_us) else {
            return;
        };
        for node in self.nodes.values_mut() {
            let lacks = |v: &Vouched| v.at_us <= asked_us && !at.covers(&v.position);
            if node.vouched.as_deref().is_some_and(lacks) {
                node.vouched = None;
            }
        }
    }

    /// For whom this watcher vouches at this moment.
    pub(super) fn vouches(&self) -> impl Iterator<Item = Sample> {
        let sound = self.nodes.iter().filter(|(_, node)| node.is_vouched());
        sound.filter_map(|(addr, node)| {
            let seen = node.seen.as_deref()?;
            Some(Sample {
                node: addr.clone(),
                at_ms: i64::try_from(seen.at_ms).unwrap_or(i64::MAX),
                took_ms: 0,
                as_replica: true,
                position: node.position()?.clone(),
            })
        })
    }

    /// Another watcher of the same master has seen how they came to where they stand still. Of a promotion that was heard of a moment
    /// ago he may not have heard.
    pub(super) fn learn_vouched(&mut self, told: &Told, asked_us: u64, ctx: &Ctx<'_>) {
        let reigns = |sample: &&Sample| !sample.as_replica;
        let same = told.samples.iter().rfind(reigns);
        let same = same.is_some_and(|sample| self.is_of_master(sample));
        if !same || asked_us < self.settled_us + GREETING_US {
            return;
        }
        for sample in told.samples.iter().filter(|sample| sample.as_replica) {
            let vouched = self.as_vouched(sample, ctx);
            let node = self.nodes.get_mut(&sample.node);
            if let Some((node, vouched)) = node.zip(vouched) {
                node.vouched = Some(Box::new(vouched));
            }
        }
    }

    fn as_vouched(&self, sample: &Sample, ctx: &Ctx<'_>) -> Option<Vouched> {
        let (addr, node) = self.nodes.get_key_value(&sample.node)?;
        let said = node.replication().filter(|said| said.role.is_replica())?;
        let doubted = self.apart(addr).is_some() || node.coming.is_some();
        let stands = said.position.as_ref() == Some(&sample.position);
        if doubted || !stands || self.is_torn(addr, said) || node.is_vouched() {
            return None;
        }
        Some(Vouched {
            position: sample.position.clone(),
            above: self.follows(node)?,
            linked: said.link == Link::Up,
            at_us: ctx.now_us,
        })
    }

    /// Promotions have become known: who was below whom since is not known any more.
    pub(super) fn vouch_for_nobody(&mut self) {
        for node in self.nodes.values_mut() {
            node.vouched = None;
        }
    }
}

impl Node {
    pub(super) fn is_vouched(&self) -> bool {
        let vouched = self.vouched.as_ref();
        vouched.is_some_and(|v| self.position() == Some(&v.position))
    }
}
