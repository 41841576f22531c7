//! I4: an unplanned failover loses no more than it reported, and no more than it had to.
//!
//! What was acknowledged well before the master was lost had been sampled, so the report must cover it. And no server
//! that could have been chosen has a write that the chosen one lacks. One that a repair has fenced, and that was cut off in
//! the middle, cannot be: it would refuse writes, and nobody else knows what its users might do before. Nor can one that has
//! never had all: an emptied Pika 3.4 that links by itself below one that was copied to lacks what that copy held, and its
//! position is counted from there, so that no number tells what it has more than one that has lost its newest writes. Nor can a
//! Redis that has lost its history in a restart: it stands at 0 of one of its own, whatever it holds. Nor can a replica that a
//! master leads which was replaced before, is back, and takes writes.
//!
//! It may report that it does not know, which it says in so many words, where whoever led it has not been able to watch the
//! lost master for as long since he was started, or where the chosen one is of another history (Redis) than the lost master
//! was: between two there is no number. And what reached a replica a moment before the promotion, after it was asked
//! for the last time, nobody could know.
//!
//! Of failovers that a pikafo led. A stock Sentinel reports nothing, and chooses by priority and by an offset of a moment ago.

use std::collections::BTreeMap;

use pikafo::decide::facts::Flavor;
use pikafo::decide::order::FenceHow;
use pikafo::decide::plan::Plan;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::inside::Inside;
use crate::sim::ledger::Write;
use crate::sim::ledger::key;
use crate::sim::reign::Promotion;
use crate::sim::wire::TICK_US;

/// Positions are sampled every second or so, of each server in turn.
const SAMPLED_US: u64 = 3_000_000;

/// A server that has been fine for so long was looked at.
const KNOWN_US: u64 = 4_000_000;

/// A master that comes back later than this before a promotion may not have been seen any more.
const LAST_LOOK_US: u64 = 6_000_000;

/// From the last look at the replicas to the promotion.
const LAST_ASKED_US: u64 = 300_000;

#[derive(Debug, Default)]
pub(super) struct NoMoreThanReported {
    judged: usize,
    /// By watcher and server.
    watched: BTreeMap<(usize, usize), Watched>,
    /// Where each server stands, and since when.
    stands: BTreeMap<usize, (String, u64)>,
    /// Redis: of which history each was last.
    histories: BTreeMap<usize, String>,
    /// And of which each was last while it was master.
    reigned: BTreeMap<usize, String>,
}

/// How one watcher could see one server.
#[derive(Debug, Default)]
struct Watched {
    /// As which process.
    process: Option<u64>,
    since_us: Option<u64>,
    /// For long enough at a stretch.
    knows: bool,
}

impl Invariant for NoMoreThanReported {
    fn name(&self) -> &'static str {
        "I4"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        let seen = std::mem::replace(&mut self.judged, fleet.promotions.len());
        for promotion in fleet.promotions.iter().skip(seen) {
            if let Some(plan) = promotion.failover()
                && !promotion.left.is_empty()
            {
                self.reported(fleet, promotion, plan)?;
                self.best(fleet, promotion)?;
            }
        }
        if fleet.world.now_us.is_multiple_of(4 * TICK_US) {
            self.note(fleet);
        }
        Ok(())
    }
}

impl NoMoreThanReported {
    fn note(&mut self, fleet: &Fleet) {
        let now_us = fleet.world.now_us;
        for server in 0..fleet.servers.len() {
            let lives = fleet.server_lives(server);
            for watcher in fleet.pikafos() {
                let process = fleet.watchers[watcher].process;
                let known = self.watched.entry((watcher, server)).or_default();
                if known.process != process {
                    *known = Watched {
                        process,
                        ..Watched::default()
                    };
                }
                if lives && fleet.watcher_lives(watcher) && fleet.reaches(watcher, server) {
                    let since_us = *known.since_us.get_or_insert(now_us);
                    known.knows |= now_us >= since_us + SAMPLED_US;
                } else {
                    known.since_us = None;
                }
            }
            let inside = fleet.inside(server);
            let stands = inside.as_ref().map(|inside| inside.position());
            if let Some((_, history)) = stands.as_ref().and_then(|at| at.split_once(" of ")) {
                self.histories.insert(server, history.to_owned());
                let reigns = inside.is_some_and(|inside| inside.takes_writes());
                if reigns && fleet.reign_at(now_us) == server {
                    self.reigned.insert(server, history.to_owned());
                }
            }
            let known = self.stands.get(&server).map(|(stands, _)| stands);
            if stands.as_ref() != known {
                self.stands
                    .insert(server, (stands.unwrap_or_default(), now_us));
            }
        }
    }

    /// Whoever led it could not have known how far the master had come.
    fn could_not_know(&self, fleet: &Fleet, promotion: &Promotion) -> bool {
        let led = fleet.watchers.iter().position(|w| w.name == promotion.who);
        let lost = promotion.before.map(|(server, _)| server);
        let (Some(led), Some(lost)) = (led, lost) else {
            return true;
        };
        !self.watched.get(&(led, lost)).is_some_and(|w| w.knows)
    }

    /// One that gets its own role back may have followed another meanwhile, and hold a copy of what that one has.
    fn is_of_another_history(&self, promotion: &Promotion) -> bool {
        let lost = promotion.before.map(|(lost, _)| lost);
        let again = lost == Some(promotion.server);
        let of = if again {
            &self.reigned
        } else {
            &self.histories
        };
        let lost = lost.and_then(|lost| of.get(&lost));
        lost.is_some() && lost != self.histories.get(&promotion.server)
    }

    fn differ(&self, one: usize, other: usize) -> bool {
        self.histories.get(&one) != self.histories.get(&other)
    }

    fn reported(&self, fleet: &Fleet, promotion: &Promotion, plan: &Plan) -> Result<(), String> {
        let looked_us = promotion.at_us.saturating_sub(LAST_LOOK_US);
        let lost_at_us = promotion
            .before
            .map_or(0, |(_, fine)| fine.lost_us(looked_us));
        let writes = fleet.ledger.lock();
        let old = promotion.left.iter().filter(|number| {
            let acked_us = writes[**number].acked_us;
            acked_us.is_some_and(|at| at + SAMPLED_US < lost_at_us)
        });
        let bytes = old.count() as u64 * write_bytes(fleet);
        let loss = plan.loss.as_ref();
        let said = loss.and_then(|loss| loss.bytes.max(loss.bound_bytes));
        let unknown = loss.is_some()
            && said.is_none()
            && (self.could_not_know(fleet, promotion) || self.is_of_another_history(promotion));
        if bytes <= said.unwrap_or(0) || unknown {
            return Ok(());
        }
        Err(format!(
            "the failover to {} lost at least {bytes} bytes of writes acknowledged long before the master was lost, and \
         reported {said:?}",
            fleet.servers[promotion.server].name
        ))
    }

    fn best(&self, fleet: &Fleet, promotion: &Promotion) -> Result<(), String> {
        let writes = fleet.ledger.lock();
        for server in 0..fleet.servers.len() {
            let known = fleet.fine[server]
                .since_us
                .is_some_and(|since| since + KNOWN_US <= promotion.at_us);
            let old = promotion.before.map(|(old, _)| old);
            if !known || server == promotion.server || Some(server) == old || fleet.is_apart(server)
            {
                continue;
            }
            let stood = self.stands.get(&server);
            let lately = |inside: &dyn Inside| {
                stood.is_some_and(|(at, since)| {
                    // Where it stands is noted every few ticks.
                    since + LAST_ASKED_US > promotion.at_us || *at != inside.position()
                })
            };
            let may_be_chosen = |i: &dyn Inside| {
                let anew = i.position().starts_with("0 of ");
                // A copy that was made at offset 0 of the master's new life looks like a node that was started anew.
                let forgot = anew && self.differ(promotion.server, server);
                let led = i.follows().is_some() && !is_led_elsewhere(fleet, i, old);
                led && !is_fenced(i) && !forgot
            };
            let Some(inside) = fleet
                .inside(server)
                .filter(|inside| may_be_chosen(&**inside) && !lately(&**inside))
            else {
                continue;
            };
            let better = promotion.left.iter().find(|number| {
                let write = &writes[**number];
                let early = write
                    .acked_us
                    .is_some_and(|at| at + SAMPLED_US < promotion.at_us);
                early
                    && inside.holds(write.db, key(**number).as_bytes())
                    && !lacks_what_came_before(fleet, promotion, &*inside, write, &writes)
            });
            if let Some(number) = better {
                let write = &writes[*number];
                return Err(format!(
                    "{} was promoted without {}, which {} has (db{}, acknowledged by {} at {} ms)",
                    fleet.servers[promotion.server].name,
                    key(*number),
                    fleet.servers[server].name,
                    write.db,
                    write.node,
                    write.acked_us.unwrap_or(0) / 1000
                ));
            }
        }
        Ok(())
    }
}

/// It has never got something that the chosen one has, and that was done in the same database before `write` was begun.
fn lacks_what_came_before(
    fleet: &Fleet,
    promotion: &Promotion,
    inside: &dyn Inside,
    write: &Write,
    writes: &[Write],
) -> bool {
    let Some(chosen) = fleet.inside(promotion.server) else {
        return false;
    };
    writes.iter().enumerate().any(|(number, earlier)| {
        let key = key(number);
        earlier.db == write.db
            && earlier.acked_us.is_some_and(|at| at < write.sent_us)
            && !fleet.lost.contains(&number)
            && chosen.holds(earlier.db, key.as_bytes())
            && !inside.holds(earlier.db, key.as_bytes())
    })
}

/// It receives what a master takes that was replaced before and is back: what it has nobody knows a moment later.
fn is_led_elsewhere(fleet: &Fleet, inside: &dyn Inside, lost: Option<usize>) -> bool {
    let master = inside.follows().and_then(|addr| fleet.server_at(&addr));
    let back = |master: usize| fleet.inside(master).is_some_and(|i| i.takes_writes());
    inside.linked() && master.is_some_and(|master| Some(master) != lost && back(master))
}

/// Its users may not write, whatever its role.
fn is_fenced(inside: &dyn Inside) -> bool {
    let (users, former) = (Vec::new(), String::new());
    [FenceHow::Acl { users }, FenceHow::Blacklist { former }]
        .iter()
        .any(|how| inside.fenced_by(how))
}

/// What a write takes at the least, in Pika's binlog or in Redis' stream.
fn write_bytes(fleet: &Fleet) -> u64 {
    if fleet.setting.kind == Flavor::Pika {
        60
    } else {
        29
    }
}
