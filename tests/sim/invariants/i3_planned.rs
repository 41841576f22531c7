//! I3: a planned switchover loses no acknowledged write.
//!
//! Neither one that was acknowledged before it, nor one that the old master still took after it. Unless it was restarted
//! since: Pika's fence does not outlive that, so an old master that dies before it follows takes writes again until
//! somebody reaches it, and no tool can keep it from that. It may die while the order to promote is on its way already, which
//! nobody can call back.
//!
//! A new master that dies before its role is saved may come back as a replica, and copy what its old master has: what it took
//! alone is gone then, whoever is promoted afterwards.
//!
//! Whoever promotes and dies before he has told anybody leaves two masters, once the old one was restarted without its fence, or
//! from the dead. Both take writes then, and only one can stay: the watchers hold the old one for the master still, and where
//! `rejoin.diverged` is `resync` what the new one took alone is discarded, as was asked for. So is what a new one takes that was
//! started again: nobody goes on with it then, for it knows nothing of the old one's history any more.
//!
//! In a mixed fleet this holds as it stands: only a pikafo leads a switchover, and what a stock Sentinel's failover leaves
//! behind is explained by that failover.

use pikafo::decide::name::Addr;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::ledger::key;
use crate::sim::reign::Promotion;

#[derive(Debug, Default)]
pub(super) struct NothingLost {
    judged: usize,
}

impl Invariant for NothingLost {
    fn name(&self) -> &'static str {
        "I3"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        let planned = fleet.promotions.iter().skip(seen);
        for promotion in planned.filter(|p| p.is_planned()) {
            let mut left = promotion.left.iter();
            let explained = |number| {
                was_gone(fleet, promotion, number)
                    || was_unfenced(fleet, promotion, number)
                    || was_taken_beside(fleet, promotion, number)
            };
            if let Some(first) = left.find(|number| !explained(**number)) {
                return Err(format!(
                    "the switchover to {} left {} acknowledged writes behind, {} the first",
                    fleet.servers[promotion.server].name,
                    promotion.left.len(),
                    key(*first)
                ));
            }
        }
        Ok(())
    }

    fn judge(&mut self, fleet: &Fleet) -> Result<(), String> {
        let writes = fleet.ledger.lock();
        for (number, write) in writes.iter().enumerate() {
            let Some(acked_us) = write.acked_us.filter(|_| !fleet.lost.contains(&number)) else {
                continue;
            };
            let held = (0..fleet.servers.len())
                .filter(|server| fleet.acting_master() == *server)
                .any(|server| {
                    fleet
                        .inside(server)
                        .is_some_and(|inside| inside.holds(write.db, key(number).as_bytes()))
                });
            if held {
                continue;
            }
            // Whoever replaced the one that took it.
            let deposed = fleet.deposed(&write.node, acked_us);
            let planned = deposed.is_none_or(Promotion::is_planned);
            let unfenced = deposed.is_some_and(|promotion| {
                let server = fleet.server_at(&write.node);
                server.is_some_and(|s| fleet.restarted_between(s, promotion.ordered_us, acked_us))
            });
            let reigns = fleet.acting_master();
            let emptied = replaced_by_emptied(fleet, &write.node, acked_us, reigns);
            if planned
                && !unfenced
                && !emptied
                && !taken_beside(fleet, &write.node, acked_us, reigns)
            {
                return Err(format!(
                    "{} was acknowledged by {} at {} ms and is gone, and no failover explains it",
                    key(number),
                    write.node,
                    acked_us / 1000
                ));
            }
        }
        Ok(())
    }
}

/// A failover had replaced whoever took the write; the new master was emptied at that moment, and reigns, for its file still says
/// so. What the old one has is kept apart for a person to judge.
fn replaced_by_emptied(fleet: &Fleet, node: &Addr, acked_us: u64, reigns: usize) -> bool {
    let last = fleet.promotions.iter().rev();
    let mut last = last.skip_while(|p| p.at_us > acked_us);
    last.next().is_some_and(|p| {
        let emptied = p.forgotten_us.is_some_and(|at| at <= acked_us);
        let apart = !fleet.setting.resync && fleet.server_at(node) != Some(reigns);
        emptied && apart && p.server == reigns && !p.is_planned()
    })
}

/// Whoever took the write was a new master that nobody was told of; one of the two was restarted, and the old one reigns afterwards.
fn taken_beside(fleet: &Fleet, node: &Addr, acked_us: u64, reigns: usize) -> bool {
    let server = fleet.server_at(node);
    let own = |p: &&Promotion| Some(p.server) == server && p.at_us <= acked_us;
    let own = fleet.promotions.iter().rev().find(own);
    let own = own.filter(|_| fleet.setting.resync);
    let old = own.and_then(|own| fleet.replaced(own));
    let again = old.zip(own).is_some_and(|(old, own)| {
        let restarted = |server| fleet.restarted_between(server, own.at_us, fleet.world.now_us);
        (restarted(old) || restarted(own.server)) && old == reigns
    });
    again && fleet.deposed(node, acked_us).is_none()
}

/// The same before this promotion, which replaces that old one.
fn was_taken_beside(fleet: &Fleet, promotion: &Promotion, number: usize) -> bool {
    let writes = fleet.ledger.lock();
    let write = &writes[number];
    let old = write.acked_us.zip(fleet.replaced(promotion));
    old.is_some_and(|(acked_us, old)| taken_beside(fleet, &write.node, acked_us, old))
}

/// Whoever took the write had been started again, without its fence, when the order to promote was on its way.
fn was_unfenced(fleet: &Fleet, promotion: &Promotion, number: usize) -> bool {
    let writes = fleet.ledger.lock();
    let write = &writes[number];
    let (Some(acked_us), Some(server)) = (write.acked_us, fleet.server_at(&write.node)) else {
        return false;
    };
    fleet.restarted_between(server, promotion.ordered_us, acked_us)
}

/// Before this promotion whoever took the write forgot that it was master, and nobody has it any more; all are there to be
/// asked.
fn was_gone(fleet: &Fleet, promotion: &Promotion, number: usize) -> bool {
    let writes = fleet.ledger.lock();
    let write = &writes[number];
    let (Some(acked_us), Some(server)) = (write.acked_us, fleet.server_at(&write.node)) else {
        return false;
    };
    let own = |p: &&Promotion| p.server == server && p.at_us <= acked_us;
    let before = fleet.promotions.iter().rev().find(own);
    let forgotten = before
        .and_then(|before| before.forgotten_us)
        .is_some_and(|at| (acked_us..promotion.at_us).contains(&at));
    let lacks = |server| {
        let inside = fleet.inside(server);
        inside.is_some_and(|inside| !inside.holds(write.db, key(number).as_bytes()))
    };
    forgotten && (0..fleet.servers.len()).all(lacks)
}
