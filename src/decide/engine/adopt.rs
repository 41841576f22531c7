//! Other watchers: meeting them, following what they say of a new master, and learning what they remember.

use super::action::Action;
use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::mind::Engine;
use super::mind::Time;
use super::mind::Watcher;
use super::node::Node;
use super::peer::Peer;
use super::phase::Phase;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// Promotions that are kept.
const KEPT: usize = 64;
/// Two reports of a promotion of one node within this time are about the same one.
pub(super) const SAME_MS: i64 = 120_000;

impl Engine {
    /// A watcher has said hello, by whichever way.
    pub(super) fn hello(&mut self, hello: &Hello, time: Time, out: &mut Vec<Action>) {
        if hello.id == self.me().id || !self.names().contains(&hello.cluster) {
            return;
        }
        match self.watchers.get(&hello.id).map(|w| w.addr.clone()) {
            Some(addr) if addr == hello.addr => {}
            Some(old) => self.moved(hello, &old, time, out),
            None => {
                self.displace(hello, time, out);
                let addr = hello.addr.clone();
                self.watchers.insert(
                    hello.id.clone(),
                    Watcher {
                        addr,
                        quiet: None,
                        back_us: None,
                        greeted_us: 0,
                    },
                );
                out.push(Action::Meet {
                    peer: hello.id.clone(),
                    addr: hello.addr.clone(),
                });
            }
        }
        self.with(&hello.cluster, time, out, |c, ctx| c.greeted(hello, ctx));
    }

    /// The same watcher under another address.
    fn moved(&mut self, hello: &Hello, old: &Addr, time: Time, out: &mut Vec<Action>) {
        if let Some(watcher) = self.watchers.get_mut(&hello.id) {
            watcher.addr = hello.addr.clone();
        }
        out.push(Action::Meet {
            peer: hello.id.clone(),
            addr: hello.addr.clone(),
        });
        let (host, port) = (old.host().to_owned(), old.port());
        self.with(&hello.cluster, time, out, |c, ctx| {
            let tail = format!(" ip {host} port {port} for {}", hello.id);
            c.emit(Level::Notice, "+sentinel-address-switch", &tail, ctx);
            ctx.persist();
        });
    }

    /// Another watcher that was known under this address is gone: it cannot be there any more.
    fn displace(&mut self, hello: &Hello, time: Time, out: &mut Vec<Action>) {
        let gone: Vec<Id> = self
            .watchers
            .iter()
            .filter(|(_, w)| w.addr == hello.addr)
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            for name in self.names() {
                let known = self
                    .cluster_mut(&name)
                    .is_some_and(|c| c.peers.contains_key(&id));
                if known {
                    self.with(&name, time, out, |c, ctx| {
                        c.emit_watcher(
                            Level::Notice,
                            "+sentinel-invalid-addr",
                            &id,
                            &hello.addr,
                            ctx,
                        );
                        c.peers.remove(&id);
                        ctx.persist();
                    });
                }
            }
        }
        self.part_from_strangers(out);
    }
}

impl Cluster {
    fn greeted(&mut self, hello: &Hello, ctx: &mut Ctx<'_>) {
        // Some say names where others say addresses.
        let hello = &Hello {
            master: self.resolve(&hello.master),
            ..hello.clone()
        };
        if !self.peers.contains_key(&hello.id) {
            self.peers.insert(hello.id.clone(), Peer::default());
            self.emit_watcher(Level::Notice, "+sentinel", &hello.id, &hello.addr, ctx);
            ctx.persist();
            self.say(true, ctx);
            self.say_pause(ctx);
        } else if self.peers.get(&hello.id).is_some_and(|p| !p.pikafo) {
            // Known from before a restart, or the answer was lost.
            self.fetch(&hello.id, ctx);
        }
        // Who was known before this watcher was started again has learnt more meanwhile.
        let peer = self.peers.get_mut(&hello.id);
        if peer.is_some_and(|peer| !std::mem::replace(&mut peer.fetched, true)) {
            self.fetch(&hello.id, ctx);
        }
        if hello.current_epoch > *ctx.epoch {
            *ctx.epoch = hello.current_epoch;
            ctx.persist();
            let text = hello.current_epoch.to_string();
            self.emit_raw(Level::Warning, "+new-epoch", text, ctx);
        }
        self.hear_dispute(hello, ctx.now_us);
        let same = self.master.as_ref() == Some(&hello.master);
        let later = hello.config_epoch > self.config_epoch;
        if later || (flaw::on(Flaw::EpochNotCompared) && !same) {
            return self.adopt(hello, ctx);
        }
        if hello.config_epoch < self.config_epoch && !same {
            // It has not heard.
            self.say(true, ctx);
        } else if hello.config_epoch == self.config_epoch && !same && self.master.is_some() {
            self.find(
                "watchers.disagree",
                Severity::Warning,
                None,
                format!("watcher {} takes {} for the master, in the same epoch", hello.addr, hello.master),
                "one of them was set up with another master; run `pikafo promote` or SENTINEL FAILOVER once",
            );
        } else {
            self.settle("watchers.disagree");
        }
    }

    /// Somebody was elected in a later epoch and has chosen.
    fn adopt(&mut self, hello: &Hello, ctx: &mut Ctx<'_>) {
        // A stranger who names a node that nobody has seen is another group under the same name.
        if !self.nodes.contains_key(&hello.master) && !self.spec.discover {
            return self.find(
                "watchers.strange_master",
                Severity::Critical,
                None,
                format!(
                    "watcher {} names {} as master, which is no node here",
                    hello.addr, hello.master
                ),
                "two groups of watchers use the same cluster name; rename one",
            );
        }
        if self.run.is_some() && !flaw::on(Flaw::LeaderGoesOn) {
            self.overtaken(
                &format!("watcher {} leads in a later epoch", hello.addr),
                ctx,
            );
        }
        self.config_epoch = hello.config_epoch;
        let old = self.master.clone();
        let dead = self.master_node().is_some_and(|n| n.quiet.is_some());
        if old.as_ref() == Some(&hello.master) {
            // It has been given its role again: where it stood by then is what others are judged by.
            self.fetch(&hello.id, ctx);
            return ctx.persist();
        }
        self.emit_watcher(
            Level::Notice,
            "+config-update-from",
            &hello.id,
            &hello.addr,
            ctx,
        );
        self.switch_to(&hello.master, ctx);
        self.note_leader(&hello.id, ctx);
        if dead {
            self.suppose(ctx);
        }
        ctx.persist();
        self.say(true, ctx);
        if let Some(from) = old {
            ctx.act(Action::Reconfigured {
                cluster: self.name(),
                leader: false,
                from,
                to: hello.master.clone(),
            });
        }
        self.fetch(&hello.id, ctx);
        // He was heard over a node, and may be gone before he can be asked.
        if !ctx.hears(&hello.id) {
            let others = self.peers.iter();
            let others = others.filter(|(id, peer)| peer.pikafo && ctx.hears(id));
            let others: Vec<Id> = others.map(|(id, _)| id.clone()).collect();
            for other in others {
                self.fetch(&other, ctx);
            }
        }
    }

    /// Whoever was asked what he remembers and was lost before he answered is heard again: by that others have judged, or are
    /// about to.
    pub(super) fn fetch_again(&mut self, ctx: &mut Ctx<'_>) {
        let owing = self.peers.iter();
        let owing = owing.filter(|(id, peer)| peer.owes && ctx.hears(id));
        let owing: Vec<Id> = owing.map(|(id, _)| id.clone()).collect();
        for peer in owing {
            self.fetch(&peer, ctx);
        }
    }

    fn fetch(&mut self, peer: &Id, ctx: &mut Ctx<'_>) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.owes = true;
        }
        ctx.act(Action::Fetch {
            cluster: self.name(),
            peer: peer.clone(),
        });
    }

    /// What the others said of the master's death is of no account any more.
    pub(super) fn unsay(&mut self) {
        for ballot in self.peers.values_mut().filter_map(|p| p.ballot.as_mut()) {
            ballot.down = false;
        }
    }

    /// From now on `new` is the master.
    pub(super) fn switch_to(&mut self, new: &Addr, ctx: &mut Ctx<'_>) {
        self.add(new, ctx);
        if self.master.as_ref() == Some(new) {
            return;
        }
        self.remember_past(ctx);
        let old = self.master.replace(new.clone());
        self.settled_us = ctx.now_us;
        self.odown_since_us = None;
        self.ready_since_us = None;
        self.unsay();
        self.forget_life();
        self.supposed = None;
        self.led_by = None;
        self.witness_from_us = None;
        self.failures = 0;
        self.repairs.clear();
        // The look that shows it as a master may be yet to come.
        if self.past.contains_key(new)
            && let Some(heir) = self.nodes.get_mut(new)
        {
            heir.was_apart = true;
        }
        self.past.clear();
        // Whoever is master stands apart from nobody.
        self.memory.quarantined.remove(new);
        self.judged.clear();
        self.forced.clear();
        self.findings
            .retain(|code, _| !code.starts_with("failover.") && !code.starts_with("master."));
        if matches!(self.phase, Phase::Electing(_)) {
            self.give_up(ctx);
        }
        // Whoever has been master is not being promoted any more.
        if let Some(node) = old.as_ref().and_then(|old| self.nodes.get_mut(old)) {
            node.turned_master_us = None;
        }
        if let Some(old) = old {
            let text = format!(
                "{} {} {} {} {}",
                self.spec.name,
                old.host(),
                old.port(),
                new.host(),
                new.port()
            );
            self.emit_raw(Level::Warning, "+switch-master", text, ctx);
        }
        let others: Vec<Addr> = self.nodes.keys().filter(|a| *a != new).cloned().collect();
        for addr in &others {
            self.emit_replica(Level::Notice, "+slave", addr, ctx);
        }
        self.look_at_all(ctx);
    }

    pub(super) fn changed_role(&self, addr: &Addr, now: &Replication, ctx: &mut Ctx<'_>) {
        let is_master = self.master.as_ref() == Some(addr);
        let word = if now.role == Role::Master {
            "master"
        } else {
            "slave"
        };
        let as_held = is_master == (now.role == Role::Master);
        let channel = if as_held {
            "+role-change"
        } else {
            "-role-change"
        };
        let tail = format!(" new reported role is {word}");
        if is_master {
            self.emit(Level::Verbose, channel, &tail, ctx);
        } else {
            let master = self.master.as_ref();
            let (host, port) = master.map_or(("?", 0), |m| (m.host(), m.port()));
            let text = format!(
                "slave {addr} {} {} @ {} {host} {port}{tail}",
                addr.host(),
                addr.port(),
                self.spec.name
            );
            self.emit_raw(Level::Verbose, channel, text, ctx);
        }
    }

    /// A node that was a replica is master: where it stood when it was last seen as a replica is the best that is known
    /// of its promotion, until whoever promoted it says more. One that was restarted is what its file says, and one that
    /// is led away by a repair of ours will be back. Of one that stood apart, for it had left its master's history, nothing
    /// can be known: where it stood says nothing of who follows it.
    ///
    /// When it was promoted is not known either, but that it was later than that: a watcher that had stood still looks
    /// long afterwards, and what it saw before is not newer than what it has been told meanwhile.
    pub(super) fn infer_promotion(
        &mut self,
        addr: &Addr,
        before: &Replication,
        now: &Replication,
        ctx: &mut Ctx<'_>,
    ) {
        let was_replica = before.role.is_replica();
        if !was_replica || now.role != Role::Master {
            return;
        }
        let restarted = self.nodes.get(addr).is_some_and(Node::changed_by_restart);
        let led_away = self.run.as_ref().is_some_and(|run| run.detaches(addr));
        if restarted || led_away {
            return;
        }
        if let Some(node) = self.nodes.get_mut(addr) {
            node.turned_master_us = Some(ctx.now_us);
        }
        let ours = self
            .run
            .as_ref()
            .is_some_and(|run| run.candidate() == Some(addr));
        let turning = self.nodes.get(addr);
        let after_ms = turning.and_then(|node| node.turned_after_ms);
        let after_ms = after_ms.unwrap_or(ctx.wall_ms).min(ctx.wall_ms);
        let promotions = &self.memory.promotions;
        let told = promotions
            .iter()
            .any(|p| p.node == *addr && millis(p) >= after_ms);
        let known = told || promotions.last().is_some_and(|p| p.node == *addr);
        let apart = self.nodes.get(addr).is_some_and(|n| n.was_apart);
        let Some(point) = before
            .position
            .clone()
            .filter(|_| !ours && !known && !apart)
        else {
            return;
        };
        let at = jiff::Timestamp::from_millisecond(after_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let from = before.master.as_ref().map(|m| self.resolve(m));
        let seen = self.memory.seen_until(from.as_ref(), after_ms);
        self.memory.promotions.push(Promotion {
            node: addr.clone(),
            from,
            point,
            at: at.to_string(),
            planned: false,
            automatic: None,
            apart: false,
            seen,
        });
        self.remember(ctx);
    }

    /// What a pikafo watcher remembers of promotions is better than what was inferred from outside.
    pub(super) fn learned(&mut self, peer: &Id, promotions: Vec<Promotion>, ctx: &mut Ctx<'_>) {
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.pikafo = true;
            peer.owes = false;
        }
        let mut news = false;
        for promotion in promotions {
            if self.memory.promotions.contains(&promotion) {
                continue;
            }
            let at = millis(&promotion);
            // What its leader says of it is not overridden by who saw it from outside.
            let told = self.memory.promotions.iter().any(|old| {
                old.node == promotion.node
                    && millis(old).abs_diff(at) <= SAME_MS.unsigned_abs()
                    && old.automatic.is_some()
            });
            if told && promotion.automatic.is_none() {
                continue;
            }
            self.count(&promotion, ctx);
            // What two leaders say is of two promotions, however soon one came after the other.
            let led_twice = |old: &Promotion| {
                let led = old.automatic.is_some() && promotion.automatic.is_some();
                led && old.at != promotion.at
            };
            self.memory.promotions.retain(|old| {
                let apart = millis(old).abs_diff(at) > SAME_MS.unsigned_abs();
                old.node != promotion.node || apart || led_twice(old)
            });
            self.memory.promotions.push(promotion);
            news = true;
        }
        if news {
            self.vouch_for_nobody();
            self.memory.promotions.sort_by_key(millis);
            let excess = self.memory.promotions.len().saturating_sub(KEPT);
            self.memory.promotions.drain(..excess);
            self.remember(ctx);
        }
    }

    pub(super) fn remember(&self, ctx: &mut Ctx<'_>) {
        ctx.act(Action::Remember {
            cluster: self.name(),
            memory: Box::new(self.memory_to_keep()),
        });
    }
}

pub(super) fn millis(promotion: &Promotion) -> i64 {
    promotion
        .at
        .parse()
        .map_or(i64::MIN, jiff::Timestamp::as_millisecond)
}
