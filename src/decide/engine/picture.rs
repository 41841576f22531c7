//! Draws what readers see.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::mind::Watcher;
use super::node::Node;
use super::node::Quiet;
use super::phase::Phase;
use super::snapshot::ClusterPicture;
use super::snapshot::Moving;
use super::snapshot::NodePicture;
use super::snapshot::WatcherPicture;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::position::Position;
use crate::decide::watcher::Id;

/// Pika's `binlog-file-size` where it does not say.
const BINLOG_FILE: u64 = 104_857_600;

impl Cluster {
    /// `None` until a master is known: there is nothing to give to clients yet.
    pub(super) fn picture(&self, watchers: &BTreeMap<Id, Watcher>) -> Option<ClusterPicture> {
        let master = self.master.clone()?;
        let mut nodes: Vec<NodePicture> = self
            .nodes
            .iter()
            .map(|(addr, node)| self.node_picture(addr, node))
            .collect();
        if let Some(at) = nodes.iter().position(|n| n.addr == master) {
            let first = nodes.remove(at);
            nodes.insert(0, first);
        }
        Some(ClusterPicture {
            name: self.name(),
            master,
            config_epoch: self.config_epoch,
            quorum: self.spec.detect.quorum,
            down_after_ms: self.spec.detect.down_after_ms,
            failover_timeout_ms: self.spec.failover_timeout_ms,
            parallel_syncs: self.spec.parallel_syncs,
            odown_since_us: self.odown_since_us,
            failover: self.failover_state(),
            leader: self.leader.clone(),
            leader_epoch: self.leader_epoch,
            pause: self.pause.clone(),
            stands_back: self.stands_back,
            nodes,
            watchers: self
                .peers
                .iter()
                .filter_map(|(id, peer)| {
                    let watcher = watchers.get(id)?;
                    let ballot = peer.ballot.as_ref();
                    Some(WatcherPicture {
                        id: id.clone(),
                        addr: watcher.addr.clone(),
                        sdown_since_us: peer.sdown_since_us,
                        disconnected: watcher.quiet.as_ref().is_some_and(is_cut),
                        says_down: ballot.is_some_and(|b| b.down),
                        voted_leader: ballot.and_then(|b| b.leader.clone()),
                        voted_epoch: ballot.map_or(0, |b| b.leader_epoch),
                        kind: peer.pikafo.then_some("pikafo"),
                    })
                })
                .collect(),
            findings: self.findings.values().cloned().collect(),
            tells: self.tells(),
        })
    }

    fn failover_state(&self) -> Option<&'static str> {
        if matches!(self.phase, Phase::Electing(_)) {
            return Some("wait_start");
        }
        let run = self.run.as_ref()?;
        run.candidate()?;
        if run.announced() {
            return Some("reconf_slaves");
        }
        Some(match run.act() {
            Some(Act::Promote) => "wait_promotion",
            Some(_) | None => "select_slave",
        })
    }

    fn node_picture(&self, addr: &Addr, node: &Node) -> NodePicture {
        let seen = node.seen.as_deref();
        let is_master = self.master.as_ref() == Some(addr);
        let held = if is_master {
            Role::Master
        } else {
            Role::Replica
        };
        let replication = seen.map(|s| &s.replication);
        let file = seen
            .and_then(|s| s.settings.as_ref()?.binlog_file_size)
            .unwrap_or(BINLOG_FILE);
        NodePicture {
            name: node.name.clone(),
            addr: addr.clone(),
            run_id: seen
                .and_then(|s| s.server.run_id.clone())
                .unwrap_or_default(),
            flavor: seen.map(|s| s.server.flavor),
            role: replication.map_or(held, |r| r.role),
            role_since_us: node.role_since_us,
            sdown_since_us: node.sdown_since_us,
            disconnected: node.quiet.as_ref().is_some_and(is_cut),
            seen_at_us: node.seen_at_us,
            link: replication.map_or(Link::None, |r| r.link),
            link_down_ms: replication.and_then(|r| r.link_down_s).unwrap_or(0) * 1000,
            master: self.follows(node),
            priority: replication
                .and_then(|r| r.priority)
                .or_else(|| seen?.settings.as_ref()?.slave_priority)
                .unwrap_or(100),
            unannounced: replication.is_some_and(|r| r.unannounced),
            offset: replication
                .and_then(|r| r.position.as_ref())
                .map_or(0, |p| sum(p, file)),
            position: replication.and_then(|r| r.position.clone()),
            writable: node.role() == Role::Master && seen.is_some_and(accepts_writes),
            fenced: seen.is_some_and(|s| s.fence.any()),
            moving: self.moving(addr),
            promoted: self
                .run
                .as_ref()
                .is_some_and(|run| run.candidate() == Some(addr)),
            set_apart: self.apart(addr).cloned(),
        }
    }

    /// While a change of master is being carried out: how far it has come with this replica.
    fn moving(&self, addr: &Addr) -> Option<Moving> {
        let run = self.run.as_ref().filter(|run| run.announced())?;
        let steps = run.plan.steps.iter();
        let own = steps
            .enumerate()
            .find(|(_, s)| s.node == *addr && matches!(s.act, Act::Follow { .. }))?
            .0;
        let at = run.at()?;
        let node = self.nodes.get(addr)?;
        let follows = self.follows(node) == self.master;
        let linked = node.replication().is_some_and(|r| r.link == Link::Up);
        match (at >= own, follows, linked) {
            (false, _, _) => None,
            (true, false, _) => Some(Moving::Sent),
            (true, true, false) => Some(Moving::InProgress),
            (true, true, true) => Some(Moving::Done),
        }
    }
}

/// There is no connection. One that is there and brings no answer is Sentinel's `s_down` in its time, and clients throw
/// away whoever is said to be disconnected.
fn is_cut(quiet: &Quiet) -> bool {
    quiet.fault.kind != FaultKind::Hung
}

/// As Pika itself sums it up for Sentinel; for showing, never for judging.
fn sum(position: &Position, file_size: u64) -> u64 {
    match position {
        Position::Redis { repl } => *repl,
        Position::Pika(dbs) => dbs
            .values()
            .map(|p| u64::from(p.0).saturating_mul(file_size).saturating_add(p.1))
            .fold(0, u64::saturating_add),
    }
}
