//! Which clusters are watched, and by whom else.

use super::action::Action;
use super::action::Level;
use super::cluster::Cluster;
use super::mind::Engine;
use super::mind::Time;
use super::mind::Watcher;

impl Engine {
    pub(super) fn configure(
        &mut self,
        spec: super::spec::Spec,
        mut memory: crate::decide::view::Memory,
        unfinished: Option<Box<super::event::Unfinished>>,
        time: Time,
        out: &mut Vec<Action>,
    ) {
        let name = spec.name.clone();
        if self.clusters.contains_key(&name) {
            self.with(&name, time, out, |c, ctx| {
                c.spec = spec;
                c.declare(ctx);
            });
            return;
        }
        let durable = self.waiting.remove(&name).unwrap_or_default();
        for (id, addr) in &durable.watchers {
            self.watchers.entry(id.clone()).or_insert_with(|| Watcher {
                addr: addr.clone(),
                quiet: None,
                back_us: None,
                greeted_us: 0,
            });
            out.push(Action::Meet {
                peer: id.clone(),
                addr: addr.clone(),
            });
        }
        // The clock may have been put back while this watcher was down. When it was nobody knows, but not later than now.
        for sample in &mut memory.samples {
            sample.at_ms = sample.at_ms.min(time.wall_ms);
        }
        let (clusters, mut ctx) = self.at_hand(time, (0, 0), out);
        let mut cluster = Cluster::new(spec, memory, &durable, &mut ctx);
        cluster.unfinished = unfinished;
        for id in durable.watchers.keys().filter(|id| **id != ctx.me.id) {
            cluster.peers.entry(id.clone()).or_default();
        }
        if cluster.master.is_some() {
            let tail = format!(" quorum {}", cluster.spec.detect.quorum);
            cluster.emit(Level::Warning, "+monitor", &tail, &mut ctx);
            cluster.say(false, &mut ctx);
        }
        cluster.tick(&mut ctx);
        clusters.insert(name.clone(), cluster);
        self.first_due_us = None;
        self.changed(&name);
        // It is not news to anybody, and a restart must find it.
        out.push(Action::Persist {
            durable: Box::default(),
        });
    }

    pub(super) fn forget(&mut self, name: &str, time: Time, out: &mut Vec<Action>) {
        self.with(name, time, out, Cluster::end);
        let Some(cluster) = self.clusters.remove(name) else {
            return;
        };
        self.first_due_us = None;
        self.changed(name);
        for node in cluster.nodes.keys() {
            out.push(Action::Leave {
                cluster: name.to_owned(),
                node: node.clone(),
            });
        }
        self.part_from_strangers(out);
        out.push(Action::Persist {
            durable: Box::default(),
        });
    }

    /// Lets go of watchers that no cluster knows any more.
    pub(super) fn part_from_strangers(&mut self, out: &mut Vec<Action>) {
        let clusters = &self.clusters;
        self.watchers.retain(|id, _| {
            let known = clusters.values().any(|c| c.peers.contains_key(id));
            if !known {
                out.push(Action::Part { peer: id.clone() });
            }
            known
        });
    }

    pub(super) fn cluster_mut(&mut self, name: &str) -> Option<&mut Cluster> {
        self.first_due_us = None;
        self.changed(name);
        self.clusters.get_mut(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.clusters.keys().cloned().collect()
    }
}
