//! What links and probes tell of a node: that it is silent or heard again, and how it is.

use super::action::Action;
use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::node::Quiet;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::facts::Server;
use crate::decide::history;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::view::Sample;

/// Uptimes are whole seconds of another clock.
const UPTIME_SLACK_S: u64 = 1;

/// What was on its way when the master fell silent has arrived by then.
const WITNESS_US: u64 = 150_000;

impl Cluster {
    pub(super) fn fell_quiet(&mut self, addr: &Addr, quiet: Quiet, ctx: &mut Ctx<'_>) {
        let is_master = self.master.as_ref() == Some(addr);
        let newly = self.nodes.get(addr).is_some_and(|n| n.quiet.is_none());
        if is_master && newly {
            self.doubt_copies();
            self.witness_from_us = Some(ctx.now_us + WITNESS_US);
            for node in self.nodes.values_mut() {
                node.witness = None;
            }
        }
        if let Some(node) = self.nodes.get_mut(addr) {
            if quiet.refused_since_us.is_some() {
                node.gone_us = Some(ctx.now_us);
            }
            node.quiet = Some(quiet);
        }
    }

    pub(super) fn was_heard(&mut self, addr: &Addr, ctx: &mut Ctx<'_>) {
        if let Some(node) = self.nodes.get_mut(addr) {
            if let Some(quiet) = node.quiet.take() {
                node.silent_us = Some(quiet.since_us);
            }
            node.back_us = ctx.now_us;
        }
        if self.master.as_ref() == Some(addr) {
            self.witness_from_us = None;
            self.unsay();
        }
        self.look_for_restart(addr, ctx);
    }

    pub(super) fn was_seen(
        &mut self,
        addr: &Addr,
        seen: Observation,
        asked_us: u64,
        ctx: &mut Ctx<'_>,
    ) {
        let replication = seen.replication.clone();
        let loading = seen.server.loading;
        if let Some(node) = self.nodes.get_mut(addr) {
            let back = !node.is_known();
            let before = node.replication().cloned();
            let since_s = ctx.now_us.saturating_sub(node.looked_at_us.unwrap_or(0)) / 1_000_000;
            // Nothing listened there, so whoever answers what was asked since has been started since.
            let gone = node.gone_us.is_some_and(|at| asked_us >= at);
            node.gone_us = node.gone_us.filter(|_| !gone);
            let rebooted = node
                .seen
                .as_ref()
                .is_some_and(|old| gone || is_another_run(&old.server, &seen.server, since_s));
            node.seen = Some(Box::new(seen));
            node.seen_at_us = Some(asked_us.min(ctx.now_us));
            node.looked_at_us = Some(ctx.now_us);
            node.note_room(ctx.now_us);
            self.note_loading(addr, rebooted, loading, ctx.now_us);
            if rebooted && let Some(node) = self.nodes.get_mut(addr) {
                // Where a role that was seen to change is what it came back with, the restart explains it; and this look
                // may be the first to show it, whatever had changed before. One restart after another explains it as well.
                let same = before
                    .as_ref()
                    .is_some_and(|b| b.role.is_like(replication.role));
                let explains = node.turning.is_some() || node.changed_by_restart();
                node.restarted_us = Some(ctx.now_us);
                node.rebooted_us = Some(if same && explains {
                    node.role_since_us
                } else {
                    ctx.now_us
                });
                let is_master = self.master.as_ref() == Some(addr);
                if is_master {
                    self.doubt_copies();
                    self.emit(Level::Notice, "+reboot", "", ctx);
                } else {
                    self.emit_replica(Level::Notice, "+reboot", addr, ctx);
                }
            }
            if back && self.master.as_ref() == Some(addr) {
                self.note_less(asked_us);
            }
            let back = back || rebooted;
            self.took_note(addr, before.as_ref(), &replication, (back, asked_us), ctx);
        }
    }

    pub(super) fn has_moved(
        &mut self,
        addr: &Addr,
        replication: &Replication,
        asked_us: u64,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(node) = self.nodes.get_mut(addr) else {
            return;
        };
        let Some(seen) = node.seen.as_mut() else {
            return;
        };
        let before = std::mem::replace(&mut seen.replication, replication.clone());
        // Of all fences this one shows here already.
        seen.fence.closed_port =
            seen.server.flavor == Flavor::Pika && replication.points_at_closed_port();
        seen.at_ms = u64::try_from(ctx.wall_ms).unwrap_or(0);
        let back = !node.is_known();
        node.seen_at_us = Some(asked_us.min(ctx.now_us));
        if back && self.master.as_ref() == Some(addr) {
            self.note_less(asked_us);
        }
        self.took_note(addr, Some(&before), replication, (back, asked_us), ctx);
    }

    /// A full look that said what the one before had said: when, in how many microseconds, and for how long it runs.
    pub(super) fn is_as_it_was(
        &mut self,
        addr: &Addr,
        (at_ms, rtt_us, uptime_s): (u64, u64, Option<u64>),
        asked_us: u64,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(node) = self.nodes.get_mut(addr) else {
            return;
        };
        let Some(seen) = node.seen.as_mut() else {
            // What it was is forgotten here.
            let (cluster, node) = (self.name(), addr.clone());
            return ctx.act(Action::Look { cluster, node });
        };
        seen.at_ms = at_ms;
        seen.rtt_us = rtt_us;
        seen.server.uptime_s = uptime_s;
        node.seen_at_us = Some(asked_us.min(ctx.now_us));
        node.looked_at_us = Some(ctx.now_us);
        let replication = seen.replication.clone();
        if let Some(position) = replication.position.clone() {
            self.sample(addr, position, asked_us, ctx);
        }
        self.note_link(addr, Some(&replication), &replication, ctx);
        self.explain_turn(addr, &replication, ctx);
        // Those above it may have come into order since.
        self.readmit(addr, &replication, ctx);
        self.follow_trail(addr, ctx);
        self.vouch(addr, ctx);
    }

    pub(super) fn has_come_on(
        &mut self,
        addr: &Addr,
        position: Position,
        asked_us: u64,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(node) = self.nodes.get_mut(addr) else {
            return;
        };
        let Some(seen) = node.seen.as_mut() else {
            return;
        };
        let before = seen.replication.clone();
        seen.replication.position = Some(position.clone());
        let now = seen.replication.clone();
        seen.at_ms = u64::try_from(ctx.wall_ms).unwrap_or(0);
        node.seen_at_us = Some(asked_us.min(ctx.now_us));
        self.sample(addr, position, asked_us, ctx);
        self.note_link(addr, Some(&before), &now, ctx);
        self.follow_trail(addr, ctx);
        self.vouch(addr, ctx);
    }

    fn sample(&mut self, addr: &Addr, position: Position, asked_us: u64, ctx: &Ctx<'_>) {
        let took_us = ctx.now_us.saturating_sub(asked_us);
        let role = self.nodes.get(addr).map(Node::role);
        let reigns = role == Some(Role::Master) && self.master.as_ref() == Some(addr);
        let sample = Sample {
            node: addr.clone(),
            at_ms: ctx.wall_ms,
            took_ms: u32::try_from(took_us / 1000).unwrap_or(u32::MAX),
            as_replica: !reigns,
            position,
        };
        loss::keep(&mut self.memory.samples, sample);
    }

    /// What a look tells beside itself: a change of role, replicas that were not known, a position to remember. `back`: it may
    /// have been started again since the look before.
    fn took_note(
        &mut self,
        addr: &Addr,
        before: Option<&Replication>,
        now: &Replication,
        (back, asked_us): (bool, u64),
        ctx: &mut Ctx<'_>,
    ) {
        let samples = self.memory.samples.iter();
        let last = samples.rev().find(|s| s.node == *addr).cloned();
        if let Some(position) = &now.position {
            self.sample(addr, position.clone(), asked_us, ctx);
        }
        let node = self.nodes.get(addr);
        let turned = node.is_some_and(|n| n.turned_master_us.is_some() || n.turning.is_some());
        let apart = self.apart(addr).is_some();
        if let Some(before) = before.filter(|b| !b.role.is_like(now.role)) {
            if let Some(node) = self.nodes.get_mut(addr) {
                node.role_since_us = ctx.now_us;
                if node.turning.is_none() {
                    node.turned_after_ms = last.as_ref().map(|sample| sample.at_ms);
                }
                node.reigned_at = last.filter(|_| before.role == Role::Master);
                node.turned_master_us = None;
                node.was_apart = apart || (node.was_apart && now.role == Role::Master);
                node.turning.get_or_insert_with(|| Box::new(before.clone()));
            }
            self.changed_role(addr, now, ctx);
            if self
                .nodes
                .get(addr)
                .is_some_and(|n| !n.looked_since(ctx.now_us))
            {
                let (cluster, node) = (self.name(), addr.clone());
                ctx.act(Action::Look { cluster, node });
            }
        }
        self.explain_turn(addr, now, ctx);
        self.copying(addr, now, ctx);
        self.look_for_copy(addr, before, now);
        self.note_refusal(addr, before, now);
        self.note_history(addr, before.filter(|_| !back), now, ctx);
        self.note_link(addr, before, now, ctx);
        if let Some(before) = before {
            self.note_coming(addr, before, now, turned, ctx);
        }
        self.readmit(addr, now, ctx);
        self.follow_trail(addr, ctx);
        self.vouch(addr, ctx);
        if now.role == Role::Master && self.master.as_ref() == Some(addr) && self.spec.discover {
            let listed: Vec<Addr> = now
                .replicas
                .iter()
                .map(|line| self.resolve(&line.addr))
                .collect();
            let mut found = false;
            for replica in listed {
                if self.add(&replica, ctx) {
                    found = true;
                    self.emit_replica(Level::Notice, "+slave", &replica, ctx);
                }
            }
            if found {
                ctx.persist();
            }
        }
    }
}

impl Cluster {
    /// The master, or a replica that is or was linked to it a moment ago, has named the master's history.
    fn note_history(
        &mut self,
        addr: &Addr,
        before: Option<&Replication>,
        now: &Replication,
        ctx: &mut Ctx<'_>,
    ) {
        let is_master = self.master.as_ref() == Some(addr) && now.role == Role::Master;
        let copied = before
            .is_some_and(|before| before.master == now.master && history::was_copied(before, now));
        let linked = now.role == Role::Replica && now.link == Link::Up;
        let above = now.master.as_ref().filter(|_| linked || copied);
        let follows = above.is_some() && above.map(|above| self.resolve(above)) == self.master;
        if let (Some(Position::Redis { .. }), Some(id)) = (&now.position, &now.history_id)
            && (is_master || follows)
            && history::note(&mut self.memory.histories, id, is_master)
        {
            self.remember(ctx);
        }
    }

    /// It has changed its role, and everything was asked of it since: by now a restart would show.
    fn explain_turn(&mut self, addr: &Addr, now: &Replication, ctx: &mut Ctx<'_>) {
        let node = self.nodes.get_mut(addr);
        let node = node.filter(|node| node.looked_since(node.role_since_us));
        if let Some(before) = node.and_then(|node| node.turning.take()) {
            self.infer_promotion(addr, &before, now, ctx);
        }
    }
}

/// Whether a server was started again between two looks that are so far apart. Pika keeps its run id in its file.
fn is_another_run(before: &Server, now: &Server, since_s: u64) -> bool {
    let younger = match (before.uptime_s, now.uptime_s) {
        (Some(before), Some(now)) => now + UPTIME_SLACK_S < before + since_s,
        (None, _) | (_, None) => false,
    };
    before.run_id != now.run_id || before.process_id != now.process_id || younger
}
