//! Who is down: by this watcher's own word (subjectively), by a quorum's (objectively), and what the replicas
//! have to say about it.

use std::time::Duration;

use super::action::Action;
use super::action::Level;
use super::action::Pace;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Quiet;
use super::peer::Ballot;
use super::phase::Phase;
use super::spec::Detect;
use crate::decide::evidence;
use crate::decide::evidence::Probes;
use crate::decide::evidence::ReplicaLook;
use crate::decide::evidence::Rules;
use crate::decide::evidence::WatcherVote;
use crate::decide::facts::FaultKind;
use crate::decide::watcher::Id;

/// Between two questions to the other watchers, until they agree; then as often as stock asks.
const ASK_SOON_US: u64 = 50_000;

impl Cluster {
    pub(super) fn ballot(
        &mut self,
        peer: &Id,
        down: bool,
        (leader, leader_epoch): (Option<Id>, u64),
        asked_us: u64,
        ctx: &mut Ctx<'_>,
    ) {
        if !down {
            self.denied(peer, asked_us.min(ctx.now_us), ctx);
        }
        let said_down = down;
        // A late answer about a master that has been replaced meanwhile says nothing of this one.
        let down = down && self.master_down();
        let Some(known) = self.peers.get_mut(peer) else {
            return;
        };
        known.denies_since_us = known.denies_since_us.filter(|_| !said_down);
        known.ballot = Some(Ballot {
            at_us: ctx.now_us,
            asked_us: asked_us.min(ctx.now_us),
            down,
            leader,
            leader_epoch,
        });
        self.renew(ctx);
    }

    /// Everything that is due.
    pub(super) fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.due_us = u64::MAX;
        if ctx.abstains {
            // Votes and hellos go on; what is under way is led to its end, for half of it is worse.
            if self.phase == Phase::Running {
                self.keep_running(ctx);
            }
            return;
        }
        self.follow_loading(ctx);
        self.subjectively(ctx);
        self.objectively(ctx);
        self.bear_witness(ctx);
        self.look_after_saving(ctx);
        self.judge_comings(ctx);
        self.keep_past(ctx);
        let waits = matches!(self.phase, Phase::Gathering { .. } | Phase::Electing(_));
        match self.phase {
            Phase::Calm if ctx.mute || self.journal_lost => {}
            Phase::Calm => self.consider(ctx),
            Phase::Gathering { .. } => self.gather(ctx),
            Phase::Electing(_) => self.campaign(ctx),
            Phase::Running => self.keep_running(ctx),
        }
        // What was due before somebody asked for something is due still.
        if waits && self.phase == Phase::Calm {
            self.due(ctx.now_us);
        }
        self.choose_pace(ctx);
    }

    fn subjectively(&mut self, ctx: &mut Ctx<'_>) {
        let detect = self.spec.detect;
        let (master, loads_until) = (self.master.clone(), self.loads_until());
        let mut changed = Vec::new();
        for (addr, node) in &mut self.nodes {
            let silent = deadline(node.quiet.as_ref(), &detect, ctx.trust_from_us);
            let loads = loads_until.filter(|_| master.as_ref() == Some(addr));
            let deadline = silent.into_iter().chain(loads).min();
            match (deadline, node.sdown_since_us) {
                (Some(at), None) if ctx.now_us >= at => {
                    node.sdown_since_us = Some(ctx.now_us);
                    changed.push((addr.clone(), true));
                }
                (Some(at), None) => self.due_us = self.due_us.min(at),
                (None, Some(_)) => {
                    node.sdown_since_us = None;
                    changed.push((addr.clone(), false));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        for (addr, down) in changed {
            let channel = if down { "+sdown" } else { "-sdown" };
            if self.master.as_ref() == Some(&addr) {
                self.emit(Level::Warning, channel, "", ctx);
                self.asked_us = 0;
            } else {
                self.emit_replica(Level::Warning, channel, &addr, ctx);
            }
        }
        let ids: Vec<Id> = self.peers.keys().cloned().collect();
        for id in ids {
            let Some(watcher) = ctx.watchers.get(&id) else {
                continue;
            };
            let deadline = deadline(watcher.quiet.as_ref(), &detect, ctx.trust_from_us);
            let addr = watcher.addr.clone();
            let Some(peer) = self.peers.get_mut(&id) else {
                continue;
            };
            match (deadline, peer.sdown_since_us) {
                (Some(at), None) if ctx.now_us >= at => {
                    peer.sdown_since_us = Some(ctx.now_us);
                    self.emit_watcher(Level::Warning, "+sdown", &id, &addr, ctx);
                }
                (Some(at), None) => self.due(at),
                (None, Some(_)) => {
                    peer.sdown_since_us = None;
                    self.emit_watcher(Level::Warning, "-sdown", &id, &addr, ctx);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }

    /// The master is down by this watcher's own word.
    pub(super) fn master_down(&self) -> bool {
        self.master_node()
            .is_some_and(|n| n.sdown_since_us.is_some())
    }

    fn objectively(&mut self, ctx: &mut Ctx<'_>) {
        if !self.master_down() {
            self.ready_since_us = None;
            if self.odown_since_us.take().is_some() {
                self.emit(Level::Warning, "-odown", "", ctx);
                self.settle("failover.blocked");
                self.settle("master.unreachable_but_serving");
            }
            return;
        }
        let need = self.spec.detect.quorum;
        let have = 1 + self.agreeing(ctx);
        if have >= need && self.odown_since_us.is_none() {
            self.odown_since_us = Some(ctx.now_us);
            self.emit(
                Level::Warning,
                "+odown",
                &format!(" #quorum {have}/{need}"),
                ctx,
            );
        } else if have < need && self.odown_since_us.take().is_some() {
            self.emit(Level::Warning, "-odown", "", ctx);
        }
        if matches!(self.phase, Phase::Electing(_) | Phase::Running) {
            return;
        }
        // Whoever says that it hears the master may be about to learn better.
        let every = if self.odown_since_us.is_some() && !self.heard_by_another(ctx) {
            ctx.periods.ask_ms * 1000
        } else {
            ASK_SOON_US
        };
        if ctx.now_us >= self.asked_us + every {
            self.ask_peers(None, ctx);
        }
        let next = self.asked_us + every;
        self.due(next);
    }

    fn heard_by_another(&self, ctx: &Ctx<'_>) -> bool {
        self.peers.values().any(|peer| {
            let ballot = peer.ballot.as_ref();
            ballot.is_some_and(|b| !b.down && ctx.counts(b))
        })
    }

    fn agreeing(&self, ctx: &Ctx<'_>) -> u32 {
        let down = self.peers.values().filter(|peer| {
            peer.ballot
                .as_ref()
                .is_some_and(|b| b.down && ctx.counts(b))
        });
        u32::try_from(down.count()).unwrap_or(u32::MAX)
    }

    /// Asks every watcher of the cluster, for its vote too where there is a candidate of an epoch.
    pub(super) fn ask_peers(&mut self, candidate: Option<(&Id, u64)>, ctx: &mut Ctx<'_>) {
        self.asked_us = ctx.now_us;
        let Some(master) = self.master.clone() else {
            return;
        };
        for peer in self.peers.keys() {
            ctx.act(Action::AskPeer {
                cluster: self.name(),
                peer: peer.clone(),
                master: master.clone(),
                epoch: candidate.map_or(*ctx.epoch, |(_, epoch)| epoch),
                candidate: candidate.map(|(id, _)| id.clone()),
            });
        }
    }

    /// From a moment after the master fell silent, what its replicas say counts as evidence.
    fn bear_witness(&mut self, ctx: &mut Ctx<'_>) {
        let Some(from) = self.witness_from_us else {
            return;
        };
        if ctx.now_us < from {
            return self.due(from);
        }
        for node in self.nodes.values_mut() {
            if node.witness.is_none() && node.quiet.is_none() {
                node.witness = node.replication().cloned().map(Box::new);
                node.witness_us = ctx.now_us;
            }
        }
    }

    /// Whether the master is dead, from everybody who can see it.
    pub(super) fn evidence(&self, ctx: &Ctx<'_>) -> evidence::Finding {
        let Some(quiet) = self.master_node().and_then(|n| n.quiet.as_ref()) else {
            if !self.loads_too_long(ctx.now_us) {
                return evidence::Finding::Alive;
            }
            let ms = self.spec.reboot_down_after_ms.unwrap_or_default();
            let line = format!("it has restarted and loads its data for more than {ms} ms");
            return evidence::Finding::Dead(vec![line]);
        };
        let since = |at: u64| ctx.now_us.saturating_sub(at.max(ctx.trust_from_us)) / 1000;
        let probes = Probes {
            failing_for_ms: Some(since(quiet.since_us)),
            refused_for_ms: quiet.refused_since_us.map(since),
            last: Some(quiet.fault.clone()),
        };
        let ago_ms = |at: u64| ctx.now_us.saturating_sub(at) / 1000;
        let window_ms = self.witness_from_us.map_or(0, ago_ms);
        let looks: Vec<ReplicaLook> = self
            .nodes
            .iter()
            .filter(|(addr, node)| {
                Some(*addr) != self.master.as_ref() && self.follows(node) == self.master
            })
            .map(|(addr, node)| ReplicaLook {
                addr: addr.clone(),
                before: node.witness.as_deref().cloned(),
                after: if node.quiet.is_none() {
                    node.replication().cloned()
                } else {
                    None
                },
                window_ms,
                // Whoever abstains watches nobody, however long the master is silent by then.
                watched_ms: node.witness.as_ref().map_or(0, |_| ago_ms(node.witness_us)),
            })
            .collect();
        let votes: Vec<WatcherVote> = self
            .peers
            .iter()
            .filter_map(|(id, peer)| {
                let ballot = peer.ballot.as_ref();
                let fresh = ballot.filter(|b| ctx.counts(b));
                Some(WatcherVote {
                    addr: ctx.watchers.get(id)?.addr.clone(),
                    down: fresh.map(|b| b.down),
                })
            })
            .collect();
        let detect = &self.spec.detect;
        let rules = Rules {
            down_after: Duration::from_millis(detect.down_after_ms),
            refused_after: Duration::from_millis(detect.refused_after_ms),
            quorum: detect.quorum,
            replicas_must_agree: detect.replicas_must_agree,
        };
        evidence::weigh(&probes, &looks, &votes, &rules)
    }

    fn choose_pace(&mut self, ctx: &mut Ctx<'_>) {
        let master_quiet = self.master_node().is_none_or(|n| n.quiet.is_some());
        let busy = self.phase != Phase::Calm;
        let pace = if master_quiet || busy || self.unsettled() {
            Pace::Brisk
        } else {
            Pace::Calm
        };
        self.set_pace(pace, ctx);
    }
}

/// When silence becomes death; `None` where there is none, or where somebody is there and only says no.
fn deadline(quiet: Option<&Quiet>, detect: &Detect, trust_from_us: u64) -> Option<u64> {
    let quiet = quiet?;
    if matches!(
        quiet.fault.kind,
        FaultKind::Auth | FaultKind::NotResp | FaultKind::Unsupported | FaultKind::Error
    ) {
        return None;
    }
    let silent = quiet.since_us.max(trust_from_us) + detect.down_after_ms * 1000;
    let gone = quiet
        .refused_since_us
        .map(|at| at.max(trust_from_us) + detect.refused_after_ms * 1000);
    Some(gone.map_or(silent, |gone| gone.min(silent)))
}
