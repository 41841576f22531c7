//! The engine: from an input to the cluster that it concerns, and from there to actions in their order.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::action::Level;
use super::action::Notice;
use super::action::Pause;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::cluster::Quiet;
use super::disk::Disk;
use super::durable::Durable;
use super::durable::DurableCluster;
use super::event::Event;
use super::event::Input;
use super::event::Request;
use super::event::Whom;
use super::snapshot::ClusterPicture;
use super::snapshot::Snapshot;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Id;

/// One watcher's mind. It does nothing by itself: [`Engine::step`] is called with everything that happens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Engine {
    me: Me,
    current_epoch: u64,
    clusters: BTreeMap<String, Cluster>,
    pub(super) watchers: BTreeMap<Id, Watcher>,
    /// What was durable of clusters that have not been configured yet.
    waiting: BTreeMap<String, DurableCluster>,
    abstains: Option<Abstention>,
    #[serde(default)]
    pub(super) disk: Disk,
    trust_from_us: u64,
    wake_us: u64,
    /// The earliest time at which something is due in a cluster; `None`: to be counted anew.
    #[serde(skip)]
    first_due_us: Option<u64>,
    #[serde(skip)]
    pictures: Pictures,
    /// Something that readers see has changed since they last looked.
    #[serde(skip)]
    news: bool,
}

/// What readers saw last.
#[derive(Clone, Debug, Default)]
struct Pictures {
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
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Abstention {
    since_us: u64,
    until_us: u64,
}

/// A watcher that has stood still abstains for this long after it: what it hears must be fresh again.
const ABSTENTION_US: u64 = 3_000_000;

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
            disk: Disk::Well,
            trust_from_us: 0,
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
        self.recover(now_us, &mut out);
        if !matches!(event, Event::NotPersisted { .. }) {
            self.look_at_disk(now_us, &mut out);
        }
        let asks = out.len();
        match event {
            Event::Wake => {
                self.wake_us = u64::MAX;
                let due: Vec<String> = self
                    .clusters
                    .iter()
                    .filter(|(_, c)| c.due_us <= now_us)
                    .map(|(name, _)| name.clone())
                    .collect();
                for name in due {
                    self.with(&name, time, &mut out, |_, _| ());
                }
            }
            Event::Configure {
                spec,
                memory,
                unfinished,
            } => self.configure(*spec, *memory, unfinished, time, &mut out),
            Event::Forget { cluster } => self.forget(&cluster, time, &mut out),
            Event::Hello { hello } => self.hello(&hello, time, &mut out),
            Event::Quiet {
                whom: Whom::Watcher { id },
                since_us,
                refused_since_us,
                fault,
            } => {
                if let Some(watcher) = self.watchers.get_mut(&id) {
                    watcher.quiet = Some(Quiet {
                        since_us,
                        refused_since_us,
                        fault,
                    });
                }
                self.with_those_of(&id, time, &mut out, |_, _| ());
            }
            Event::Heard {
                whom: Whom::Watcher { id },
            } => {
                if let Some(watcher) = self.watchers.get_mut(&id) {
                    watcher.quiet = None;
                    watcher.back_us = Some(now_us);
                }
                self.with_those_of(&id, time, &mut out, Cluster::say_pause);
            }
            Event::Quiet {
                whom: Whom::Node { cluster, addr },
                since_us,
                refused_since_us,
                fault,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                let quiet = Quiet {
                    since_us,
                    refused_since_us,
                    fault,
                };
                c.fell_quiet(&addr, quiet, ctx);
            }),
            Event::Heard {
                whom: Whom::Node { cluster, addr },
            } => self.with(&cluster, time, &mut out, |c, ctx| c.was_heard(&addr, ctx)),
            Event::Seen {
                cluster,
                node,
                observation,
                asked_us,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.was_seen(&node, *observation, asked_us, ctx);
            }),
            Event::Replication {
                cluster,
                node,
                replication,
                asked_us,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.has_moved(&node, &replication, asked_us, ctx);
            }),
            Event::Again {
                cluster,
                node,
                at_ms,
                rtt_us,
                uptime_s,
                asked_us,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.is_as_it_was(&node, (at_ms, rtt_us, uptime_s), asked_us, ctx);
            }),
            Event::Moved {
                cluster,
                node,
                position,
                asked_us,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.has_come_on(&node, position, asked_us, ctx);
            }),
            Event::Ballot {
                cluster,
                peer,
                down,
                leader,
                leader_epoch,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.ballot(&peer, down, leader, leader_epoch, ctx);
            }),
            Event::Learned {
                cluster,
                peer,
                promotions,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.learned(&peer, promotions, ctx);
            }),
            Event::Recalled {
                cluster,
                memory,
                unfinished,
                lapsed,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.recalled(*memory, unfinished, lapsed, ctx);
            }),
            Event::Asked { ticket, request } => self.asked(ticket, request, time, &mut out),
            Event::Answer {
                cluster,
                operation,
                ask,
                result,
            } => self.with(&cluster, time, &mut out, |c, ctx| {
                c.answered(&operation, ask, result, ctx);
            }),
            Event::JournalLost { cluster } => {
                self.with(&cluster, time, &mut out, Cluster::journal_lost);
            }
            Event::JournalBack { cluster } => {
                self.with(&cluster, time, &mut out, |c, ctx| {
                    c.journal_back();
                    // What the journal lacked meanwhile is learnt; the shell has what it learnt it from only now.
                    c.remember(ctx);
                });
            }
            // Whoever waited for what was to follow asks again.
            Event::NotPersisted { .. } => self.refused_by_disk(time, &mut out),
            Event::Stalled { gap_ms } => self.stalled(gap_ms, time, &mut out),
        }
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
        self.first_due_us = match self.first_due_us {
            // Another one may be the first now.
            Some(first) if before_us <= first && due_us > first => None,
            first => first.map(|first| first.min(due_us)),
        };
        self.changed(name);
    }

    /// The clusters, and what a step in one of them has at hand besides.
    fn at_hand<'e>(
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
            mute: self.disk.mute(),
            trust_from_us: self.trust_from_us,
            down_of,
            out,
        };
        (&mut self.clusters, ctx)
    }

    fn changed(&mut self, name: &str) {
        self.news = true;
        if let Some(stale) = &mut self.pictures.stale
            && !stale.contains(name)
        {
            stale.insert(name.to_owned());
        }
    }

    fn with_those_of(
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

    fn asked(&mut self, ticket: u64, request: Request, time: Time, out: &mut Vec<Action>) {
        let name = match &request {
            Request::Vote { master, .. } => self
                .clusters
                .iter()
                .find(|(_, c)| c.master.as_ref() == Some(&c.resolve(master)))
                .map(|(name, _)| name.clone()),
            Request::Failover { cluster }
            | Request::Reset { cluster }
            | Request::Operate { cluster, .. }
            | Request::Pause { cluster, .. }
            | Request::Resume { cluster, .. }
            | Request::StandBack { cluster }
            | Request::Interrupt { cluster } => {
                self.clusters.contains_key(cluster).then(|| cluster.clone())
            }
        };
        let Some(name) = name else {
            let reply = match request {
                // Nobody's master: nothing to vote on.
                Request::Vote { .. } => Reply::Vote {
                    down: false,
                    leader: None,
                    leader_epoch: 0,
                },
                Request::Failover { .. }
                | Request::Reset { .. }
                | Request::Operate { .. }
                | Request::Pause { .. }
                | Request::Resume { .. }
                | Request::StandBack { .. }
                | Request::Interrupt { .. } => Reply::Error {
                    line: "ERR No such master with that name".to_owned(),
                },
            };
            out.push(Action::Reply { ticket, reply });
            return;
        };
        if self.disk.mute() && !matches!(request, Request::Vote { .. }) {
            let line = "ERR this watcher cannot save its state and leads nothing; ask another";
            let reply = Reply::Error {
                line: line.to_owned(),
            };
            out.push(Action::Reply { ticket, reply });
            return;
        }
        self.with(&name, time, out, |c, ctx| match request {
            Request::Vote {
                epoch, candidate, ..
            } => c.vote(ticket, epoch, candidate.as_ref(), ctx),
            Request::Failover { .. } => c.sentinel_failover(ticket, ctx),
            Request::Reset { .. } => c.reset(ticket, ctx),
            Request::Operate { wish, .. } => c.operate(ticket, *wish, ctx),
            Request::Pause {
                until_ms,
                by,
                reason,
                said_ms,
                ..
            } => {
                let pause = Pause {
                    until_ms,
                    by,
                    reason,
                    at_ms: said_ms.unwrap_or(0),
                };
                c.hold(ticket, Some(pause), said_ms, ctx);
            }
            Request::Resume { said_ms, .. } => c.hold(ticket, None, said_ms, ctx),
            Request::StandBack { .. } => c.step_aside(ticket, ctx),
            Request::Interrupt { .. } => c.interrupted(ticket, ctx),
        });
    }

    fn configure(
        &mut self,
        spec: super::spec::Spec,
        memory: crate::decide::view::Memory,
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
            });
            out.push(Action::Meet {
                peer: id.clone(),
                addr: addr.clone(),
            });
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

    fn forget(&mut self, name: &str, time: Time, out: &mut Vec<Action>) {
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

    pub(super) fn me(&self) -> &Me {
        &self.me
    }

    fn stalled(&mut self, gap_ms: u64, time: Time, out: &mut Vec<Action>) {
        let since_us = self.abstains.map_or(time.now_us, |a| a.since_us);
        if self.abstains.is_none() {
            out.push(tilt("+tilt", "#tilt mode entered"));
        }
        self.abstains = Some(Abstention {
            since_us,
            until_us: time.now_us + ABSTENTION_US.max(gap_ms.min(30_000) * 1000),
        });
        self.trust_from_us = time.now_us;
        self.news = true;
        for name in self.names() {
            self.with(&name, time, out, |_, _| ());
        }
    }

    /// Ends an abstention whose time is over.
    fn recover(&mut self, now_us: u64, out: &mut Vec<Action>) {
        if self.abstains.is_some_and(|a| now_us >= a.until_us) {
            self.abstains = None;
            self.news = true;
            out.push(tilt("-tilt", "#tilt mode exited"));
            self.all_due(now_us);
        }
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

fn tilt(channel: &str, payload: &str) -> Action {
    Action::Emit(Notice {
        level: Level::Warning,
        channel: channel.to_owned(),
        payload: payload.to_owned(),
        cluster: None,
    })
}
