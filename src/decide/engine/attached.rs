//! Who was attached to a new master by somebody who does not look: a stock Sentinel.
//!
//! It promotes while the old master may still live, and moves that one's replicas over with whatever they have received
//! since. Pika links whatever fits by number, so afterwards nothing on them tells. What a node said while it was still
//! elsewhere is kept here and compared with the promotion point: who is past it, or cannot be shown to be a part of the
//! new master's history, stands apart. Redis compares histories by itself.

use serde::Deserialize;
use serde::Serialize;

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::peer::Peer;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::position::Relation;
use crate::decide::view::ClusterView;

/// A node has come to follow another than before.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Coming {
    /// Whom it followed; `None`: it was a master.
    from: Option<Addr>,
    to: Addr,
    /// How far it was when it was last seen there.
    position: Option<Position>,
    /// It was a master of its own until then, and had not been made one before our eyes, as by somebody who leads it away.
    #[serde(default)]
    reigned: bool,
    /// Nothing reached it there any more: its link was down, or two looks found it at the same position.
    still: bool,
    /// Whom it followed was silent by then.
    #[serde(default)]
    gone: bool,
    /// When it was first seen to follow the other.
    at_us: u64,
}

/// Why a role is to be saved.
const BY_A_SENTINEL: &str = "a Sentinel attached it, which does not ask whether its role was saved";

/// Why a node stands apart.
pub(super) enum Why {
    /// It had come further than where the master was promoted.
    Past(String),
    /// It cannot be shown that it had not. Another pikafo may have moved it, and have seen more.
    Unknown(String),
}

/// A pikafo that led the change has been asked by then, and has answered.
const ASKED_US: u64 = 1_500_000;
/// Looks at two nodes are so far apart at the most.
const LOOKS_US: u64 = 2_000_000;

impl Cluster {
    /// A node was looked at: has it come to follow another since the look before? `turned`: it was seen to turn into a
    /// master while it ran.
    pub(super) fn note_coming(
        &mut self,
        addr: &Addr,
        before: &Replication,
        now: &Replication,
        turned: bool,
        ctx: &Ctx<'_>,
    ) {
        // A pikafo judges whomever it moves.
        if self.peers.values().all(|peer| peer.pikafo) {
            return;
        }
        let whom = |said: &Replication| {
            let follows = said.role.is_replica();
            let master = said.master.as_ref().filter(|_| follows)?;
            Some(self.resolve(master))
        };
        let from = whom(before);
        let Some(to) = whom(now).filter(|to| from.as_ref() != Some(to)) else {
            return;
        };
        // The newest is what it says now.
        let samples = self.memory.samples.iter().rev();
        let mut there = samples.filter(|s| s.node == *addr).skip(1);
        let (last, previous) = (there.next(), there.next());
        let stood = last.is_some() && last.map(|s| &s.position) == previous.map(|s| &s.position);
        let above = from.as_ref().and_then(|from| self.nodes.get(from));
        let coming = Coming {
            gone: above.is_none_or(|above| above.quiet.is_some()),
            reigned: before.role == Role::Master && !turned,
            from,
            to,
            position: before.position.clone(),
            still: before.link != Link::Up || stood,
            at_us: ctx.now_us,
        };
        let apart = self.memory.quarantined.contains_key(addr);
        if let Some(node) = self.nodes.get_mut(addr) {
            node.coming = Some(Box::new(coming));
            node.past_point &= apart;
        }
    }

    /// Judges who has come to the master without this watcher's doing.
    pub(super) fn judge_comings(&mut self, ctx: &mut Ctx<'_>) {
        if self.run.is_some() {
            return;
        }
        let mut judged = Vec::new();
        for (addr, node) in &self.nodes {
            let Some(coming) = &node.coming else { continue };
            if Some(&coming.to) == self.master.as_ref() {
                judged.push((addr.clone(), coming.at_us.max(self.settled_us) + ASKED_US));
            }
        }
        for (addr, at_us) in judged {
            if ctx.now_us < at_us {
                self.due(at_us);
                continue;
            }
            let coming = self.nodes.get_mut(&addr).and_then(|n| n.coming.take());
            let Some(coming) = coming else { continue };
            if let Some(why) = self.why_apart(&addr, &coming) {
                let (why, past_point) = match why {
                    Why::Past(why) => (why, true),
                    Why::Unknown(why) => (why, false),
                };
                if let Some(node) = self.nodes.get_mut(&addr) {
                    node.past_point |= past_point;
                }
                self.memory.quarantined.insert(addr.clone(), why);
                self.remember(ctx);
                if self.stands_back {
                    self.attached_meanwhile.insert(addr, *coming);
                }
            } else if self.is_led_by_a_sentinel() && !self.was_placed_here(&addr, &coming) {
                let owed = self.memory.rewrite_owed.entry(addr);
                owed.or_insert_with(|| BY_A_SENTINEL.to_owned());
                self.remember(ctx);
            }
        }
    }

    /// Whoever was attached a moment ago, and would stand apart as far as is known by now, is not promoted before it is judged.
    pub(super) fn doubt_comings(&self, view: &mut ClusterView) {
        for (addr, node) in &self.nodes {
            let coming = node.coming.as_deref();
            let coming = coming.filter(|coming| Some(&coming.to) == self.master.as_ref());
            let why = coming.and_then(|coming| self.why_apart(addr, coming));
            if let Some(Why::Past(why) | Why::Unknown(why)) = why {
                let apart = view.memory.quarantined.entry(addr.clone());
                apart.or_insert(why);
            }
        }
    }

    /// It orders the saving of a role together with the change, and never asks what came of it.
    fn is_led_by_a_sentinel(&self) -> bool {
        let leader = self.led_by.as_ref().map(|leader| &leader.id);
        let leader = leader.and_then(|id| self.peers.get(id));
        leader.is_some_and(|peer| !peer.pikafo)
    }

    /// A pikafo led the change of master, and says so.
    pub(super) fn is_led_by_a_pikafo(&self, coming: &Coming) -> bool {
        let promotion = self.promotion_of(&coming.to);
        promotion.is_some_and(|p| p.automatic.is_some())
    }

    /// A plan of this watcher's had it follow.
    fn was_placed_here(&self, addr: &Addr, coming: &Coming) -> bool {
        let placed_us = self.nodes.get(addr).and_then(|node| node.placed_us);
        placed_us.is_some_and(|at_us| coming.at_us <= at_us + LOOKS_US)
    }

    /// Why it may hold what the master lacks.
    pub(super) fn why_apart(&self, addr: &Addr, coming: &Coming) -> Option<Why> {
        let master = self.nodes.get(&coming.to)?;
        let pika = master
            .seen
            .as_ref()
            .is_some_and(|seen| seen.server.flavor == Flavor::Pika);
        let ours = |peer: &Peer| peer.pikafo;
        let placed = self.was_placed_here(addr, coming);
        let before = coming.at_us + LOOKS_US < master.role_since_us;
        if !pika || placed || before || self.peers.values().all(ours) {
            return None;
        }
        let promotion = self.promotion_of(&coming.to);
        // Who led it says so; then he has judged everybody himself, but for an old master that came back since. No pikafo
        // attaches one that is past the point, but to copy to it. Where this one has led, and is the only one, nobody has.
        let led = self.is_led_by_a_pikafo(coming);
        let led_here =
            promotion.is_some_and(|p| p.automatic == Some(true)) && !self.peers.values().any(ours);
        if led && !coming.reigned && !led_here {
            return None;
        }
        let point = promotion.map(|p| &p.point);
        let at = coming.position.as_ref();
        if let (Some(at), Some(point)) = (at, point)
            && matches!(at.relation(point), Relation::Ahead | Relation::Incomparable)
        {
            return Some(Why::Past(format!(
                "it was at {at} when a Sentinel attached it, past the promotion point {point}: it may hold writes that \
                 the master lacks"
            )));
        }
        if led {
            return None;
        }
        let Some(from) = coming.from.as_ref() else {
            let level = at.is_some() && at == point;
            return (coming.reigned && !level).then(|| {
                let why = "a Sentinel attached it, and it was a master until then: what it took since the promotion \
                           nobody knows";
                Why::Unknown(why.to_owned())
            });
        };
        // It may have been back meanwhile, and be silent again.
        let quiet = self.nodes.get(from).and_then(|above| above.quiet.as_ref());
        let gone = coming.gone || quiet.is_some_and(|quiet| quiet.since_us <= coming.at_us);
        let known = at.is_some() && point.is_some();
        (!(known && gone && coming.still)).then(|| {
            Why::Unknown(format!(
                "a Sentinel attached it while {from}, which it followed, may still have lived: what it received from \
                 there after the promotion nobody knows"
            ))
        })
    }
}
