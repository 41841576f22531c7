//! Replicas that hold more than their master: it came back without its newest writes, or refuses their position.
//!
//! Left alone such a link heals by itself once the master has come past the position, and what differs is never seen
//! again. So whoever is found past it stands apart, however its link looks afterwards, until it is copied to or led away,
//! for whoever attaches it then judges it. Redis compares histories by itself.

use super::cluster::Cluster;
use super::cluster::Ctx;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::view::Promotion;

impl Cluster {
    /// A replica was looked at: does its master refuse it?
    pub(super) fn note_refusal(
        &mut self,
        addr: &Addr,
        before: Option<&Replication>,
        now: &Replication,
    ) {
        let follows = |said: &Replication| {
            let replica = said.role.is_replica();
            let to = said.master.as_ref().filter(|_| replica);
            to.is_some() && to.map(|to| self.resolve(to)) == self.master
        };
        let (here, was_here) = (follows(now), before.is_some_and(follows));
        if (here && now.link == Link::Syncing) || (was_here && !here) {
            self.past.remove(addr);
        } else if let Some(at) = &now.position
            && here
            && now.link == Link::Error
            && matches!(at, Position::Pika(_))
        {
            let why = format!(
                "the master refused its position {at}: it holds writes that the master lacks"
            );
            self.past.entry(addr.clone()).or_insert(why);
        }
    }

    /// The master has answered for the first time since a silence: who was further than it is now? Its replicas, and who
    /// was promoted without a word and will be its replica again.
    pub(super) fn note_less(&mut self, asked_us: u64) {
        let Some(master) = self.master_node() else {
            return;
        };
        let Some(seen) = master.seen.as_deref() else {
            return;
        };
        let pika = seen.server.flavor == Flavor::Pika && seen.replication.role == Role::Master;
        let Some(now) = seen.replication.position.clone().filter(|_| pika) else {
            return;
        };
        let Some(silent_us) = master.silent_us else {
            return;
        };
        let mut past = Vec::new();
        for (addr, node) in &self.nodes {
            let Some(own) = node.replication() else {
                continue;
            };
            let seen_by = |until_us| node.seen_at_us.is_some_and(|at| at <= until_us);
            let earlier = match (own.role, own.link) {
                (Role::Master, _) => Some(addr) != self.master.as_ref() && seen_by(asked_us),
                _ if self.follows(node) != self.master => false,
                // It may have gone on with the master since.
                (_, Link::Up) => seen_by(silent_us),
                (_, Link::Down | Link::Error) => seen_by(asked_us),
                (_, Link::Syncing | Link::None) => false,
            };
            if let Some(at) = own.position.as_ref()
                && earlier
                && !now.covers(at)
            {
                let why = format!(
                    "it was at {at} when the master came back at {now}: it holds writes that the master lacks"
                );
                past.push((addr.clone(), why));
            }
        }
        self.past.extend(past);
    }

    /// Over a restart of this watcher: by number whom the master refused fits as soon as it has come further.
    pub(super) fn keep_past(&mut self, ctx: &mut Ctx<'_>) {
        if self.past != self.memory.past && !self.stands_back && !self.journal_lost {
            self.memory.past.clone_from(&self.past);
            self.remember(ctx);
        }
    }

    /// The last time that the master was promoted, as far as is remembered.
    pub(super) fn promotion_of_master(&self) -> Option<&Promotion> {
        self.promotion_of(self.master.as_ref()?)
    }

    /// The last time that a node was promoted.
    pub(super) fn promotion_of(&self, node: &Addr) -> Option<&Promotion> {
        let mut promotions = self.memory.promotions.iter().rev();
        promotions.find(|p| p.node == *node)
    }

    /// Why a node stands apart, if it does.
    pub(super) fn apart(&self, addr: &Addr) -> Option<&String> {
        let set_apart = self.memory.quarantined.get(addr);
        set_apart.or_else(|| self.past.get(addr))
    }

    /// The old master follows its heir by now, has never been seen linked to it, and stands where it stood as a master, past
    /// the promotion point: whoever attached it has ordered a copy, and none has begun. By number it will fit as soon as the
    /// heir has come further.
    pub(super) fn stands_past(&self, addr: &Addr) -> Option<String> {
        let node = self
            .nodes
            .get(addr)
            .filter(|node| node.linked_us.is_none())?;
        let said = node.replication()?;
        let unlinked = matches!(said.link, Link::Down | Link::Error);
        if !unlinked || self.follows(node) != self.master {
            return None;
        }
        let promotion = self.promotion_of_master()?;
        let stood = &node.reigned_at.as_ref()?.position;
        let stands = said.position.as_ref() == Some(stood);
        let point = &promotion.point;
        let past = matches!(stood, Position::Pika(_)) && !point.covers(stood);
        (past && stands && promotion.from.as_ref() == Some(addr)).then(|| {
            format!(
                "it was at {stood} as a master, past the promotion point {point}, and nothing was copied to it since"
            )
        })
    }

    /// Another takes the master's place, whose point says less of them.
    pub(super) fn remember_past(&mut self, ctx: &mut Ctx<'_>) {
        let past = self.nodes.keys();
        let past = past.filter_map(|addr| Some((addr.clone(), self.stands_past(addr)?)));
        let past: Vec<(Addr, String)> = past.collect();
        for (addr, why) in past {
            self.memory.quarantined.entry(addr).or_insert(why);
            self.remember(ctx);
        }
        for node in self.nodes.values_mut() {
            node.linked_us = None;
            node.vouched = None;
        }
    }
}
