//! Who was master when: promotions, who ordered them, and what they left behind.

use std::net::IpAddr;

use pikafo::decide::name::Addr;
use pikafo::decide::plan::Kind;
use pikafo::decide::plan::Plan;

use super::fine::Fine;
use super::fleet::Fleet;
use super::inside::Inside;
use super::ledger::key;
use super::promotion;
use super::setting::CLUSTER;
use super::stock::memory::Ordered;

/// A server became master of its own.
#[derive(Clone, Debug)]
pub(crate) struct Promotion {
    pub(crate) at_us: u64,
    /// When the order was sent, as far as it was heard; it may have been on its way for long.
    pub(crate) ordered_us: u64,
    pub(crate) server: usize,
    /// Who promoted it, and by which plan; a stock Sentinel has none.
    pub(crate) who: String,
    pub(crate) plan: Option<Plan>,
    /// The epoch whose votes allowed it; none where nobody voted.
    pub(crate) epoch: Option<u64>,
    /// Writes that were acknowledged, that are not in it, and that no earlier promotion had left behind.
    pub(crate) left: Vec<usize>,
    /// Who was master before, and how he was then.
    pub(crate) before: Option<(usize, Fine)>,
    /// When it was led back to a master before anybody else was promoted.
    pub(crate) undone_us: Option<u64>,
    /// When it was restarted before its role was saved, and came back as the replica that its file says.
    pub(crate) forgotten_us: Option<u64>,
    /// It was a step of a switchover, and the watchers were told nothing of it: they have replaced the old master since, for
    /// which they had held it all the time.
    pub(crate) passed_over: bool,
}

impl Promotion {
    /// It had been made by then, was not undone, and others have not gone on without it.
    pub(crate) fn stands(&self, at_us: u64) -> bool {
        let undone = self.undone_us.is_some_and(|undone| undone <= at_us);
        self.at_us <= at_us && !undone && !self.passed_over
    }

    /// A switchover. A stock Sentinel is never asked for one.
    pub(crate) fn is_planned(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| plan.kind == Kind::Promote)
    }

    /// A watcher did it by itself, and is a pikafo.
    pub(crate) fn is_automatic(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.automatic)
    }

    /// The plan of a failover that a pikafo led.
    pub(crate) fn failover(&self) -> Option<&Plan> {
        let plan = self.plan.as_ref();
        plan.filter(|plan| plan.kind == Kind::Failover)
    }
}

/// SLAVEOF NO ONE of a stock Sentinel, on its way.
#[derive(Clone, Debug)]
pub(super) struct OnItsWay {
    pub(super) who: String,
    pub(super) order: Ordered,
}

/// Whom a server followed a tick ago.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Followed {
    NotRunning,
    Nobody,
    Somebody,
}

impl Fleet {
    /// What stock Sentinels have ordered. One may promote a master: who was set apart is a replica like any to it.
    pub(super) fn see_orders(&mut self) {
        let mut done = Vec::new();
        for watcher in &self.watchers {
            for order in watcher.ordered() {
                let who = watcher.name.clone();
                if order.done {
                    done.push((who, order));
                    continue;
                }
                self.ordered.push(OnItsWay { who, order });
            }
        }
        for (who, order) in done {
            let epoch = Some(order.epoch);
            let seen = |p: &Promotion| p.who == who && p.plan.is_none() && p.epoch == epoch;
            if !self.promotions.iter().any(seen)
                && let Some(server) = self.server_at(&order.node)
                && let Some(inside) = self.inside(server)
            {
                self.record(server, &*inside, who, None, epoch);
            }
        }
    }

    pub(super) fn see_promotions(&mut self) {
        for server in 0..self.servers.len() {
            let inside = self.inside(server);
            let now = match &inside {
                None => Followed::NotRunning,
                Some(inside) if inside.follows().is_some() => Followed::Somebody,
                Some(_) => Followed::Nobody,
            };
            let above = inside.as_ref().and_then(|inside| inside.follows());
            let led_back = above.is_some_and(|addr| self.server_at(&addr).is_some());
            let before = std::mem::replace(&mut self.followed[server], now);
            let last_role = self.last_role[server];
            if now != Followed::NotRunning {
                self.last_role[server] = now;
            }
            if let Some(inside) = inside
                && (before, now) == (Followed::Somebody, Followed::Nobody)
            {
                self.promoted(server, &*inside);
            } else if before == Followed::NotRunning
                && last_role == Followed::Nobody
                && led_back
                && let Some(last) = self.promotions.last_mut()
                && last.server == server
            {
                last.forgotten_us.get_or_insert(self.world.now_us);
            } else if before == Followed::Nobody
                && led_back
                && let Some(last) = self.promotions.last_mut()
                && last.server == server
            {
                last.undone_us.get_or_insert(self.world.now_us);
            }
        }
    }

    pub(super) fn promoted(&mut self, server: usize, inside: &dyn Inside) {
        if let Some((who, plan, epoch)) = self.promoter(server, inside.told_by()) {
            return self.record(server, inside, who, plan, epoch);
        }
        // On its way to a full sync.
        self.world
            .story
            .tell(&self.servers[server].name, "is detached");
    }

    pub(super) fn record(
        &mut self,
        server: usize,
        inside: &dyn Inside,
        who: String,
        plan: Option<Plan>,
        epoch: Option<u64>,
    ) {
        if let Some(replaced) = plan.as_ref().filter(|plan| plan.automatic) {
            self.pass_over(replaced.facts.master.as_ref());
        }
        let writes = self.ledger.lock();
        let left: Vec<usize> = writes
            .iter()
            .enumerate()
            .filter(|(number, write)| {
                write
                    .acked_us
                    .is_some_and(|at| self.reigned(&write.node, at))
                    && !self.lost.contains(number)
                    && !inside.holds(write.db, key(*number).as_bytes())
            })
            .map(|(number, _)| number)
            .collect();
        drop(writes);
        let how = plan.as_ref().map_or_else(
            || format!("by {who}, a stock Sentinel"),
            |plan| format!("{} by {who}, plan {}", plan.kind.word(), plan.id),
        );
        let text = format!(
            "is promoted ({how}); {} acknowledged writes are not in it",
            left.len()
        );
        self.world.story.tell(&self.servers[server].name, text);
        self.lost.extend(&left);
        let old = self.reign_at(self.world.now_us);
        let ordered = inside
            .told_by()
            .and_then(|by| self.freed.get(&(by, server)));
        self.promotions.push(Promotion {
            at_us: self.world.now_us,
            ordered_us: ordered.copied().unwrap_or(self.world.now_us),
            server,
            who,
            plan,
            epoch,
            left,
            before: self.fine.get(old).map(|fine| (old, *fine)),
            undone_us: None,
            forgotten_us: None,
            passed_over: false,
        });
    }

    /// The watchers replace this one: by whom it was to be replaced in a switchover before, they have not heard.
    fn pass_over(&mut self, replaced: Option<&Addr>) {
        let Some(server) = replaced.and_then(|addr| self.server_at(addr)) else {
            return;
        };
        let later = self.promotions.iter_mut().rev();
        for promotion in later.take_while(|p| p.server != server) {
            promotion.passed_over |= promotion.is_planned();
        }
    }

    /// Whoever ordered it, at `by`: his name, his plan, and the epoch that made him leader.
    pub(super) fn promoter(
        &self,
        server: usize,
        by: Option<IpAddr>,
    ) -> Option<(String, Option<Plan>, Option<u64>)> {
        let watcher = by.and_then(|ip| self.watcher_at(ip));
        if let Some(stock) = watcher.filter(|watcher| self.watchers[*watcher].is_stock()) {
            let (who, addr) = (&self.watchers[stock].name, &self.servers[server].addr);
            let own = |sent: &&OnItsWay| sent.who == *who && sent.order.node == *addr;
            let order = self.ordered.iter().rfind(own)?;
            return Some((who.clone(), None, Some(order.order.epoch)));
        }
        let known = |plan: &Plan| {
            let mut plans = self.promotions.iter().filter_map(|p| p.plan.as_ref());
            plans.any(|known| known.id == plan.id)
        };
        let found = promotion::plan_of(self, &self.servers[server].addr, by);
        let (who, plan) = found.filter(|(_, plan)| !known(plan))?;
        let epoch = self.epoch_of(&who);
        Some((who, Some(plan), epoch))
    }

    /// The epoch in which a watcher leads.
    pub(super) fn epoch_of(&self, who: &str) -> Option<u64> {
        let watcher = self.watchers.iter().position(|w| w.name == who)?;
        let snapshot = self.snapshot(watcher)?;
        let picture = snapshot.cluster(CLUSTER)?;
        (picture.leader.as_ref() == Some(&snapshot.id)).then_some(picture.leader_epoch)
    }

    /// Who was promoted last until then, and stayed; the first server where nobody was.
    pub(crate) fn reign_at(&self, at_us: u64) -> usize {
        let past = self.promotions.iter().rev().find(|p| p.stands(at_us));
        past.map_or(0, |promotion| promotion.server)
    }

    /// Who was promoted last until then, stayed, and has not forgotten it in a restart.
    pub(crate) fn remembered_at(&self, at_us: u64) -> usize {
        let forgot = |p: &Promotion| p.forgotten_us.is_some_and(|forgotten| forgotten <= at_us);
        let mut past = self.promotions.iter().rev();
        let past = past.find(|p| p.stands(at_us) && !forgot(p));
        past.map_or(0, |promotion| promotion.server)
    }

    /// The master that a plan gives up.
    pub(crate) fn replaced(&self, promotion: &Promotion) -> Option<usize> {
        self.server_at(promotion.plan.as_ref()?.facts.master.as_ref()?)
    }

    /// Everybody who was master at some time between.
    pub(crate) fn reigns(&self, from_us: u64, until_us: u64) -> Vec<usize> {
        let between = |p: &&Promotion| (from_us..=until_us).contains(&p.at_us);
        let later = self.promotions.iter().filter(between).map(|p| p.server);
        [self.reign_at(from_us)].into_iter().chain(later).collect()
    }

    pub(super) fn reigned(&self, node: &Addr, at_us: u64) -> bool {
        self.servers[self.reign_at(at_us)].addr == *node
    }

    /// Who was promoted in the place of a node that took a write then. Not who had been master by then for a while, and was no
    /// more.
    pub(crate) fn deposed(&self, node: &Addr, at_us: u64) -> Option<&Promotion> {
        let server = self.server_at(node)?;
        let own = self
            .promotions
            .iter()
            .rposition(|p| p.server == server && p.at_us <= at_us);
        let after = own.map_or(0, |own| own + 1);
        let by = |ended_us: Option<u64>| ended_us.is_some_and(|ended| ended <= at_us);
        let over = |p: &Promotion| by(p.undone_us) || by(p.forgotten_us) || p.passed_over;
        self.promotions
            .iter()
            .skip(after)
            .find(|p| p.server != server && !over(p))
    }
}
