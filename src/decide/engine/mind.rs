//! The engine: from an input to the cluster that it concerns, and from there to actions in their order.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use super::abstain::Abstention;
use super::action::Action;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::disk::Disk;
use super::durable::Durable;
use super::durable::DurableCluster;
use super::event::Event;
use super::event::Input;
use super::node::Quiet;
use super::snapshot::ClusterPicture;
use super::snapshot::Snapshot;
use super::spec::Periods;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Id;

/// One watcher's mind. It does nothing by itself: [`Engine::step`] is called with everything that happens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Engine {
    pub(super) me: Me,
    pub(super) current_epoch: u64,
    pub(super) clusters: BTreeMap<String, Cluster>,
    pub(super) watchers: BTreeMap<Id, Watcher>,
    /// What was durable of clusters that have not been configured yet.
    pub(super) waiting: BTreeMap<String, DurableCluster>,
    pub(super) abstains: Option<Abstention>,
    #[serde(default)]
    pub(super) periods: Periods,
    #[serde(default)]
    pub(super) disk: Disk,
    /// The disk has been asked to take a new master, and has not answered.
    #[serde(default)]
    pub(super) unsaved: bool,
    pub(super) trust_from_us: u64,
    /// By how much the wall clock was ahead of the other one at the last input, in milliseconds.
    #[serde(default)]
    pub(super) ahead_ms: Option<i64>,
    pub(super) wake_us: u64,
    /// The earliest time at which something is due in a cluster; `None`: to be counted anew.
    #[serde(skip)]
    pub(super) first_due_us: Option<u64>,
    #[serde(skip)]
    pub(super) pictures: Pictures,
    /// Something that readers see has changed since they last looked.
    #[serde(skip)]
    pub(super) news: bool,
}

/// What readers saw last.
#[derive(Clone, Debug, Default)]
pub(super) struct Pictures {
    of: BTreeMap<String, Arc<ClusterPicture>>,
    /// Which of them are not true any more; `None`: all.
    stale: Option<BTreeSet<String>>,
}

/// Who this watcher is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Me {
    pub(super) id: Id,
    pub(super) addr: Addr,
}

/// Another watcher, of whichever clusters.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Watcher {
    pub(super) addr: Addr,
    pub(super) quiet: Option<Quiet>,
    /// When it was last heard again after a silence.
    #[serde(default)]
    pub(super) back_us: Option<u64>,
    /// By then it has said what it could not say while it was silent.
    #[serde(default)]
    pub(super) greeted_us: u64,
}

impl Engine {
    /// A watcher that knows what it knew when it last stopped.
    pub fn new(id: Id, addr: Addr, durable: Durable) -> Self {
        Self {
            me: Me { id, addr },
            current_epoch: durable.current_epoch,
            clusters: BTreeMap::new(),
            watchers: BTreeMap::new(),
            waiting: durable.clusters,
            abstains: None,
            periods: Periods::default(),
            disk: Disk::Well,
            unsaved: false,
            trust_from_us: 0,
            ahead_ms: None,
            wake_us: u64::MAX,
            first_due_us: None,
            pictures: Pictures::default(),
            news: true,
        }
    }

    pub fn id(&self) -> &Id {
        &self.me.id
    }

    pub fn addr(&self) -> &Addr {
        &self.me.addr
    }

    pub fn periods(&self) -> Periods {
        self.periods
    }

    /// Everything that must outlive the process, as it is now.
    pub fn durable(&self) -> Durable {
        let mut clusters = self.waiting.clone();
        for (name, cluster) in &self.clusters {
            let mut durable = cluster.durable();
            durable.watchers = cluster
                .peers
                .keys()
                .filter_map(|id| Some((id.clone(), self.watchers.get(id)?.addr.clone())))
                .collect();
            clusters.insert(name.clone(), durable);
        }
        Durable {
            current_epoch: self.current_epoch,
            clusters,
        }
    }

    /// What is remembered of a cluster's promotions, for other watchers.
    pub fn promotions(&self, cluster: &str) -> &[Promotion] {
        self.clusters
            .get(cluster)
            .map_or(&[], |c| c.memory.promotions.as_slice())
    }

    /// True while no plan is being carried out, so that the whole state can be written down.
    pub fn at_rest(&self) -> bool {
        self.clusters.values().all(|c| c.run.is_none())
    }

    /// Whether readers would see anything new.
    pub fn has_news(&self) -> bool {
        self.news
    }

    /// What readers see now. Only what has changed since the last call is drawn again.
    pub fn snapshot(&mut self) -> Snapshot {
        self.news = false;
        let stale = self.pictures.stale.replace(BTreeSet::new());
        for name in stale.unwrap_or_else(|| self.clusters.keys().cloned().collect()) {
            let cluster = self.clusters.get(&name);
            match cluster.and_then(|c| c.picture(&self.watchers)) {
                Some(picture) => self.pictures.of.insert(name, Arc::new(picture)),
                None => self.pictures.of.remove(&name),
            };
        }
        Snapshot {
            id: self.me.id.clone(),
            addr: self.me.addr.clone(),
            current_epoch: self.current_epoch,
            abstains_since_us: self.abstains.map(|a| a.since_us),
            clusters: self.pictures.of.values().cloned().collect(),
        }
    }

    /// Takes one input; the actions are to be done in their order.
    pub fn step(&mut self, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        let epoch_before = self.current_epoch;
        let Input {
            now_us,
            wall_ms,
            nonce,
            event,
        } = input;
        let time = Time {
            now_us,
            wall_ms,
            nonce,
        };
        self.heed_clock(time);
        self.recover(now_us, &mut out);
        if !matches!(event, Event::NotPersisted { .. }) {
            self.has_saved();
            self.look_at_disk(now_us, &mut out);
        }
        let asks = out.len();
        self.take(event, time, &mut out);
        if self.current_epoch != epoch_before {
            self.say_everywhere(&mut out);
        }
        self.hold_tongue(asks, &mut out);
        self.fill_in(&mut out);
        if flaw::on(Flaw::ToldBeforePersisted) {
            out.sort_by_key(|action| matches!(action, Action::Persist { .. }));
        }
        self.wake(now_us, &mut out);
        out
    }

    /// Runs `work` on a cluster, then whatever is due in it.
    pub(super) fn with(
        &mut self,
        name: &str,
        time: Time,
        out: &mut Vec<Action>,
        work: impl FnOnce(&mut Cluster, &mut Ctx<'_>),
    ) {
        let down_of = self.down_of(name);
        let (clusters, mut ctx) = self.at_hand(time, down_of, out);
        let Some(cluster) = clusters.get_mut(name) else {
            return;
        };
        let before_us = cluster.due_us;
        work(cluster, &mut ctx);
        cluster.tick(&mut ctx);
        let due_us = cluster.due_us;
        self.unsaved |= cluster.unsaved.is_some();
        self.first_due_us = match self.first_due_us {
            // Another one may be the first now.
            Some(first) if before_us <= first && due_us > first => None,
            first => first.map(|first| first.min(due_us)),
        };
        self.changed(name);
    }

    /// The clusters, and what a step in one of them has at hand besides.
    pub(super) fn at_hand<'e>(
        &'e mut self,
        time: Time,
        down_of: (usize, usize),
        out: &'e mut Vec<Action>,
    ) -> (&'e mut BTreeMap<String, Cluster>, Ctx<'e>) {
        let ctx = Ctx {
            now_us: time.now_us,
            wall_ms: time.wall_ms,
            nonce: time.nonce,
            me: &self.me,
            epoch: &mut self.current_epoch,
            watchers: &self.watchers,
            abstains: self.abstains.is_some(),
            periods: self.periods,
            mute: self.disk.mute(),
            trust_from_us: self.trust_from_us,
            down_of,
            out,
        };
        (&mut self.clusters, ctx)
    }

    pub(super) fn changed(&mut self, name: &str) {
        self.news = true;
        if let Some(stale) = &mut self.pictures.stale
            && !stale.contains(name)
        {
            stale.insert(name.to_owned());
        }
    }

    pub(super) fn with_those_of(
        &mut self,
        id: &Id,
        time: Time,
        out: &mut Vec<Action>,
        work: fn(&mut Cluster, &mut Ctx<'_>),
    ) {
        let names: Vec<String> = self
            .clusters
            .iter()
            .filter(|(_, c)| c.peers.contains_key(id))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.with(&name, time, out, work);
        }
    }

    /// Everything that is watched, and how much of it is down; counted only where the answer can matter.
    fn down_of(&self, name: &str) -> (usize, usize) {
        if self
            .clusters
            .get(name)
            .and_then(Cluster::master_node)
            .is_none_or(|m| m.quiet.is_none())
        {
            return (0, 0);
        }
        let nodes = self.clusters.values().flat_map(|c| c.nodes.values());
        let (mut all, mut down) = (0, 0);
        for quiet in nodes
            .map(|n| n.quiet.is_some())
            .chain(self.watchers.values().map(|w| w.quiet.is_some()))
        {
            all += 1;
            down += usize::from(quiet);
        }
        (all, down)
    }

    pub(super) fn me(&self) -> &Me {
        &self.me
    }

    /// Every cluster looks what there is to do.
    pub(super) fn all_due(&mut self, now_us: u64) {
        self.first_due_us = None;
        for cluster in self.clusters.values_mut() {
            cluster.due_us = now_us;
        }
    }

    /// Nobody is going to wake this watcher, whatever was asked for.
    pub(super) fn forget_wake(&mut self) {
        self.wake_us = u64::MAX;
    }

    /// A new epoch is in every hello from now on.
    pub(super) fn say_everywhere(&mut self, out: &mut Vec<Action>) {
        let (clusters, mut ctx) = self.at_hand(Time::default(), (0, 0), out);
        for cluster in clusters.values_mut() {
            cluster.say(false, &mut ctx);
        }
    }

    /// What is persisted is the state after the whole step: never less than was true at that point of it.
    fn fill_in(&self, out: &mut [Action]) {
        let mut all = None;
        for action in out {
            if let Action::Persist { durable } = action {
                let all = all.get_or_insert_with(|| self.durable());
                **durable = all.clone();
            }
        }
    }

    fn wake(&mut self, now_us: u64, out: &mut Vec<Action>) {
        let clusters = &self.clusters;
        let first = *self.first_due_us.get_or_insert_with(|| {
            let dues = clusters.values().map(|c| c.due_us);
            dues.min().unwrap_or(u64::MAX)
        });
        let next = [Some(first), self.abstains.map(|a| a.until_us)];
        let next = next.into_iter().chain([self.disk.due_us(now_us)]);
        let Some(next) = next.flatten().min().filter(|at| *at < u64::MAX) else {
            return;
        };
        if self.wake_us <= now_us || next < self.wake_us {
            self.wake_us = next;
            out.push(Action::Wake { at_us: next });
        }
    }
}

/// The time of one input, and its die.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time {
    pub(super) now_us: u64,
    pub(super) wall_ms: i64,
    pub(super) nonce: u64,
}
