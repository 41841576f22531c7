//! Replicas that fall short of their master for good ([`gap`]): noted look by look, and copied to anew.

use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::told::Told;
use crate::decide::facts::ReplicaLine;
use crate::decide::gap;
use crate::decide::gap::Behind;
use crate::decide::gap::Trail;
use crate::decide::name::Addr;

impl Cluster {
    /// A node was looked at: is it where whom it follows was?
    pub(super) fn follow_trail(&mut self, addr: &Addr, ctx: &mut Ctx<'_>) {
        let now_ms = ctx.now_us / 1000;
        let before = self.nodes.get_mut(addr).and_then(|n| n.behind.take());
        let trail = self.trail(addr, before, ctx).unwrap_or(Trail::Unknown);
        match trail {
            Trail::Unknown => {}
            Trail::Open(behind) => {
                if let Some(node) = self.nodes.get_mut(addr) {
                    node.behind = Some(behind);
                }
            }
            Trail::Level => {
                if self.memory.gaps.remove(addr).is_some() {
                    self.remember(ctx);
                }
            }
            Trail::Behind(behind) => {
                if behind.is_gap(now_ms) && !self.memory.gaps.contains_key(addr) {
                    self.memory.gaps.insert(addr.clone(), behind.text());
                    self.emit_replica(Level::Warning, "+slave-gap", addr, ctx);
                    self.remember(ctx);
                }
                if let Some(node) = self.nodes.get_mut(addr) {
                    node.behind = Some(behind);
                }
            }
        }
    }

    /// Another watcher has seen that a replica lacks something: that counts here too, until a look of our own shows otherwise.
    pub(super) fn learn_gaps(&mut self, told: &Told, ctx: &mut Ctx<'_>) {
        let replica = |addr: &Addr| self.nodes.get(addr).is_some_and(|n| n.role().is_replica());
        let gaps = told.gaps.iter();
        let gaps = gaps.filter(|(addr, _)| replica(addr) && !self.memory.gaps.contains_key(*addr));
        let gaps: Vec<_> = gaps.map(|(a, why)| (a.clone(), why.clone())).collect();
        if !gaps.is_empty() {
            self.memory.gaps.extend(gaps);
            self.remember(ctx);
        }
    }

    fn trail(&self, addr: &Addr, before: Option<Behind>, ctx: &Ctx<'_>) -> Option<Trail> {
        let node = self.nodes.get(addr)?;
        if !node.role().is_replica() {
            return None;
        }
        let followed = self.follows(node)?;
        let above = self.nodes.get(&followed)?;
        let (own, its) = (node.seen.as_deref()?, above.seen.as_deref()?);
        if above.quiet.is_some() {
            return None;
        }
        let lines = its.replication.replicas.iter();
        let lines: Vec<&ReplicaLine> = lines
            .filter(|line| self.resolve(&line.addr) == *addr)
            .collect();
        let pair = gap::Pair {
            own,
            above: &followed,
            its,
            lines: &lines,
        };
        let when = gap::When {
            now_ms: ctx.now_us / 1000,
            asked_ms: node.asked_ms(ctx),
            at_ms: ctx.wall_ms,
        };
        Some(gap::trail(before, &pair, &self.memory.samples, when))
    }
}

impl Node {
    /// By the wall clock when what it has answered now was asked: it may have been on its way for longer than its master's
    /// answer.
    pub(super) fn asked_ms(&self, ctx: &Ctx<'_>) -> i64 {
        let asked_us = self.seen_at_us.unwrap_or(ctx.now_us);
        let late_ms = ctx.now_us.saturating_sub(asked_us) / 1000;
        let late_ms = i64::try_from(late_ms).unwrap_or(i64::MAX);
        ctx.wall_ms.saturating_sub(late_ms)
    }
}
