//! Who stands apart and was taken in again by somebody else: a person, or another watcher on a person's word.

use super::action::Pace;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use crate::decide::conduct::Conduct;
use crate::decide::copy;
use crate::decide::copy::Copy;
use crate::decide::copy::Forced;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;

impl Cluster {
    /// Forgets that a node stands apart once it can be seen to hold nothing but what the master holds: it follows the
    /// master, and either a full copy from there was seen, or it is a server that links no other history than its own.
    ///
    /// Pika links whatever fits by number, so there a link alone says nothing.
    pub(super) fn readmit(&mut self, addr: &Addr, now: &Replication, ctx: &mut Ctx<'_>) {
        if !self.memory.quarantined.contains_key(addr) {
            return;
        }
        let follows = self.nodes.get(addr).and_then(|node| self.follows(node));
        if follows.is_none() || follows != self.master {
            self.copied.remove(addr);
            // Through another replica it gets the same, where the server sees to that it is the same.
            if now.link == Link::Up && self.is_below_the_master(addr) && self.shares_history(addr) {
                self.memory.quarantined.remove(addr);
                self.remember(ctx);
            }
            return;
        }
        match now.link {
            Link::Syncing => {
                self.copied.insert(addr.clone());
            }
            _ if self.copies.get(addr) == Some(&Copy::CutOff) || copy::lacks(now) => {
                self.copied.remove(addr);
            }
            Link::Up if self.copied.remove(addr) || self.shares_history(addr) => {
                self.memory.quarantined.remove(addr);
                self.remember(ctx);
            }
            Link::Up | Link::Down | Link::Error | Link::None => {}
        }
    }

    /// Follows a full copy to a node. Pika before 3.5.5 does not remember one that was cut off, so this watcher does.
    pub(super) fn copying(&mut self, addr: &Addr, now: &Replication, ctx: &mut Ctx<'_>) {
        let before = self.copies.get(addr).copied();
        let copy = copy::followed(before, now);
        if copy == before {
            return;
        }
        let Some(copy) = copy else {
            self.copies.remove(addr);
            if self.memory.full_sync_unfinished.remove(addr).is_some() {
                self.remember(ctx);
            }
            return;
        };
        self.copies.insert(addr.clone(), copy);
        if now.eligible.is_none() && !self.memory.full_sync_unfinished.contains_key(addr) {
            let why = "seen by a watcher".to_owned();
            self.memory.full_sync_unfinished.insert(addr.clone(), why);
            self.remember(ctx);
        }
    }

    /// A copy was forced: has it begun?
    pub(super) fn look_for_copy(
        &mut self,
        addr: &Addr,
        before: Option<&Replication>,
        now: &Replication,
    ) {
        let Some(so_far) = self.forced.get(addr).copied() else {
            return;
        };
        let replica = now.role.is_replica();
        let to = now.master.as_ref().filter(|_| replica);
        let told = to.map(|to| self.resolve(to)) == self.master;
        // Looked at first after a restart of this watcher: linked, it was copied to before, as its server says. An older one says
        // nothing, and what was noted counts.
        if before.is_none() && (now.eligible.is_none() || told && now.link == Link::Up) {
            self.forced.remove(addr);
            return;
        }
        if !told {
            // Not yet, or otherwise since.
            return;
        }
        // Looks are rare by now, for the plan that waited for it was cut short: it may be lost between two of them.
        let so_far = match self.pace {
            Pace::Calm => so_far.doubted(),
            Pace::Brisk => so_far,
        };
        match copy::forced(so_far, before, now) {
            Some(said) => self.forced.insert(addr.clone(), said),
            None => self.forced.remove(addr),
        };
        if self.is_never_begun(addr) {
            self.never_began(addr);
        }
    }

    /// What its plan has seen of a copy, which may show between two of this watcher's own looks only.
    pub(super) fn heed_copies(&mut self, conduct: &Conduct) {
        for addr in conduct.never_copied() {
            self.forced.insert(addr.clone(), Forced::NeverBegun);
            self.never_began(addr);
        }
    }

    fn never_began(&mut self, addr: &Addr) {
        let why =
            "a full copy to it was not seen to begin: it may lack what came before where it stands";
        let known = self.past.entry(addr.clone());
        known.or_insert_with(|| why.to_owned());
    }

    /// The master is gone: what was to be copied from it may have been agreed on, and that may be lost with it.
    pub(super) fn doubt_copies(&mut self) {
        for so_far in self.forced.values_mut() {
            *so_far = so_far.doubted();
        }
    }

    /// A plan has waited for the links of those whom it had copied to, and has looked all the time: a copy that nobody saw was
    /// short.
    pub(super) fn copies_were_awaited(&mut self, plan: &Plan) {
        for step in &plan.steps {
            if matches!(step.act, Act::Follow { .. }) && !self.is_never_begun(&step.node) {
                self.forced.remove(&step.node);
            }
        }
    }

    /// A copy that was forced was cut off before it began, and none has begun since.
    pub(super) fn is_never_begun(&self, addr: &Addr) -> bool {
        self.forced.get(addr) == Some(&Forced::NeverBegun)
    }

    /// Its data comes from the master through replicas, and every one of them has its link.
    fn is_below_the_master(&self, addr: &Addr) -> bool {
        let linked = |node: &&Node| node.replication().is_some_and(|said| said.link == Link::Up);
        let above = |addr: &Addr| self.follows(self.nodes.get(addr).filter(linked)?);
        let mut chain = std::iter::successors(Some(addr.clone()), above).take(self.nodes.len());
        chain.any(|above| Some(&above) == self.master.as_ref())
    }

    /// Whether a node has the master's history by an identifier that its server keeps true.
    fn shares_history(&self, addr: &Addr) -> bool {
        let id = |node: &Node| {
            let seen = node.seen.as_deref()?;
            let kept = matches!(seen.server.flavor, Flavor::Redis | Flavor::Valkey);
            seen.replication.history_id.clone().filter(|_| kept)
        };
        let master = self.master_node().and_then(id);
        master.is_some() && master == self.nodes.get(addr).and_then(id)
    }
}
