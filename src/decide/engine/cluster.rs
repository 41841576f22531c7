//! What one watcher knows of one cluster, and the small things that everybody in this room does with it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::action::Pace;
use super::action::Pause;
use super::attached::Coming;
use super::disk::Unsaved;
use super::durable::DurableCluster;
use super::event::Unfinished;
use super::judged::Judged;
use super::mind::Me;
use super::mind::Watcher;
use super::node::Node;
use super::peer::Ballot;
use super::peer::Peer;
use super::phase::Lease;
use super::phase::Phase;
use super::repair::Wrong;
use super::run::Run;
use super::spec::Periods;
use super::spec::Spec;
use crate::decide::copy::Copy;
use crate::decide::copy::Forced;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::watcher::Id;

/// What a step has at hand besides the cluster itself.
#[derive(Debug)]
pub(super) struct Ctx<'a> {
    pub(super) now_us: u64,
    pub(super) wall_ms: i64,
    pub(super) nonce: u64,
    pub(super) me: &'a Me,
    /// The greatest epoch heard of.
    pub(super) epoch: &'a mut u64,
    pub(super) watchers: &'a BTreeMap<Id, Watcher>,
    /// This watcher stood still or its clock was moved: it votes and listens, and does not act.
    pub(super) abstains: bool,
    pub(super) periods: Periods,
    /// This watcher cannot save its state: it may promise and begin nothing.
    pub(super) mute: bool,
    /// Silence before this moment proves nothing: nobody was listening.
    pub(super) trust_from_us: u64,
    /// Of everything that is watched: how many there are, and how many are down.
    pub(super) down_of: (usize, usize),
    pub(super) out: &'a mut Vec<Action>,
}

/// An answer of another watcher counts for so many periods, as with stock.
const BALLOTS: u64 = 5;

impl Ctx<'_> {
    pub(super) fn act(&mut self, action: Action) {
        self.out.push(action);
    }

    /// Whether another watcher's answer still counts.
    pub(super) fn counts(&self, ballot: &Ballot) -> bool {
        self.now_us < ballot.at_us + BALLOTS * self.periods.ask_ms * 1000
    }

    /// Another watcher answers, as far as is known.
    pub(super) fn hears(&self, id: &Id) -> bool {
        self.watchers.get(id).is_some_and(|w| w.quiet.is_none())
    }

    /// Whatever is done from here on waits for the disk. The state is filled in when the step is over.
    pub(super) fn persist(&mut self) {
        self.out.push(Action::Persist {
            durable: Box::default(),
        });
    }
}

/// One cluster.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Cluster {
    pub(super) spec: Spec,
    /// `None` until the nodes have been asked.
    pub(super) master: Option<Addr>,
    pub(super) config_epoch: u64,
    /// Whom this watcher voted for last, and in which epoch.
    pub(super) leader: Option<Id>,
    pub(super) leader_epoch: u64,
    /// The last epoch in which this watcher changed the master; it looks after what comes of that. A vote for oneself
    /// is not enough: others may have stood, and won, in the same epoch.
    pub(super) led_epoch: Option<u64>,
    pub(super) nodes: BTreeMap<Addr, Node>,
    pub(super) peers: BTreeMap<Id, Peer>,
    pub(super) memory: Memory,
    pub(super) pause: Option<Pause>,
    /// When automatic failover was last held or released, as far as anybody has said.
    pub(super) said_ms: i64,
    /// Another pikafo acts alone: nothing is started here, and no other watcher gets a vote.
    pub(super) stands_back: bool,
    /// How the nodes were when this watcher stood back; `None` while it is on duty.
    #[serde(default)]
    pub(super) stood_back: Option<Box<ClusterView>>,
    /// Who was set apart since then, as a Sentinel seemed to have attached it.
    #[serde(default)]
    pub(super) attached_meanwhile: BTreeMap<Addr, Coming>,
    /// How those were that somebody who acted alone may have left in the middle of something, before he began.
    #[serde(default)]
    pub(super) left_alone: Option<Box<ClusterView>>,
    /// Whom he has told to have left fenced, and how those were before, until they are compared.
    #[serde(default)]
    pub(super) left_fences: BTreeMap<Addr, FenceHow>,
    pub(super) last_automatic_ms: Option<i64>,
    /// Nothing is begun here that could not be looked up afterwards.
    #[serde(default)]
    pub(super) journal_lost: bool,
    #[serde(default)]
    pub(super) supposed: Option<Supposed>,
    /// What was so before this watcher announced a new master, until the disk has taken that there is one.
    #[serde(default)]
    pub(super) unsaved: Option<Box<Unsaved>>,
    /// Another watcher that led the last change of master, and until when he is trusted to save the new one's role.
    #[serde(default)]
    pub(super) led_by: Option<Leader>,
    pub(super) phase: Phase,
    #[serde(skip)]
    pub(super) run: Option<Box<Run>>,
    pub(super) unfinished: Option<Box<Unfinished>>,
    pub(super) began_us: u64,
    /// When the master last changed.
    pub(super) settled_us: u64,
    /// When a plan of ours, or of somebody for whom we stood back, last ended: how nodes were before says nothing of where
    /// it has left them.
    #[serde(default)]
    pub(super) moved_us: u64,
    pub(super) odown_since_us: Option<u64>,
    /// Since when nothing stands in the way of a failover: watchers wait for their turn from then on.
    pub(super) ready_since_us: Option<u64>,
    /// Until when others have heard the master for certain, at the least, while this watcher did not.
    #[serde(default)]
    pub(super) heard_us: u64,
    /// When the evidence of the replicas begins to count, while the master is silent.
    pub(super) witness_from_us: Option<u64>,
    pub(super) asked_us: u64,
    /// No candidacy of one's own before this.
    pub(super) hold_until_us: u64,
    /// Whom this watcher has promised not to vote against, until when.
    pub(super) lease: Option<Lease>,
    pub(super) repairs: BTreeMap<Addr, Retry>,
    /// Replicas whose login their master refuses.
    #[serde(default)]
    pub(super) refused_logins: BTreeSet<Addr>,
    /// Nodes that stand apart and were seen to be copied to from the master.
    #[serde(default)]
    pub(super) copied: BTreeSet<Addr>,
    /// Full copies that were seen to begin and not seen to end well.
    #[serde(default)]
    pub(super) copies: BTreeMap<Addr, Copy>,
    /// Replicas that were found to hold more than the master, and why.
    #[serde(default)]
    pub(super) past: BTreeMap<Addr, String>,
    /// Old masters that were set apart by what was known of a promotion, as long as they are for that.
    #[serde(default)]
    pub(super) judged: BTreeMap<Addr, Judged>,
    /// To whom a copy was forced that has not been seen to begin.
    #[serde(default)]
    pub(super) forced: BTreeMap<Addr, Forced>,
    /// Nodes that are in order behind fences of others, since when.
    #[serde(default)]
    pub(super) barred: BTreeMap<Addr, u64>,
    /// When the others were last asked about fences.
    #[serde(default)]
    pub(super) fences_asked_us: Option<u64>,
    /// Since when this watcher waits for what the others say of their work.
    #[serde(default)]
    pub(super) work_asked_us: Option<u64>,
    pub(super) findings: BTreeMap<String, Finding>,
    pub(super) pace: Pace,
    /// The next time at which something may be due; `u64::MAX`: never.
    pub(super) due_us: u64,
    /// Counts candidacies that came to nothing, so that they become rarer.
    pub(super) failures: u32,
}

/// A dead master was replaced, and whoever did it has not said whether anybody asked him to: until then it counts as an
/// automatic failover.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Supposed {
    pub(super) heir: Addr,
    /// What it counted after before.
    pub(super) before_ms: Option<i64>,
}

/// Whoever led a change of master.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Leader {
    pub(super) id: Id,
    /// Until then the new master's role is his to save; `None`: it is saved, or somebody else does it.
    pub(super) saves_until_us: Option<u64>,
}

/// A repair that did not help is tried again later and later.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Retry {
    /// What was wrong with it last.
    #[serde(default)]
    pub(super) wrong: Option<Wrong>,
    /// Since when it has been seen to be wrong in this way without a break; `None` while it is as it should be.
    pub(super) wrong_since_us: Option<u64>,
    /// When it was last tried, by whomever, as far as that shows.
    #[serde(default)]
    pub(super) tried_us: Option<u64>,
    pub(super) tries: u32,
    /// Since when it has been as it should be, after it was tried.
    #[serde(default)]
    pub(super) well_since_us: Option<u64>,
}

impl Cluster {
    pub(super) fn new(
        spec: Spec,
        memory: Memory,
        durable: &DurableCluster,
        ctx: &mut Ctx<'_>,
    ) -> Self {
        let (leader, leader_epoch) = if flaw::on(Flaw::VoteForgotten) {
            (None, 0)
        } else {
            (durable.leader.clone(), durable.leader_epoch)
        };
        let master = durable.master.clone().or_else(|| spec.master.clone());
        // Whoever is master stands apart from nobody.
        let is_other = |addr: &Addr| Some(addr) != master.as_ref();
        let mut past = memory.past.clone();
        past.retain(|addr, _| is_other(addr));
        // Nobody looked meanwhile.
        let copies = memory
            .full_sync_unfinished
            .keys()
            .filter(|addr| is_other(addr));
        let forced = copies.map(|addr| (addr.clone(), Forced::InDoubt)).collect();
        let mut cluster = Self {
            master,
            config_epoch: durable.config_epoch,
            leader,
            leader_epoch,
            led_epoch: None,
            nodes: BTreeMap::new(),
            peers: BTreeMap::new(),
            memory,
            said_ms: durable.pause.as_ref().map_or(0, |p| p.at_ms),
            pause: durable.pause.clone(),
            stands_back: false,
            stood_back: None,
            attached_meanwhile: BTreeMap::new(),
            left_alone: None,
            left_fences: BTreeMap::new(),
            last_automatic_ms: durable.last_automatic_ms,
            journal_lost: false,
            supposed: None,
            unsaved: None,
            led_by: None,
            phase: Phase::Calm,
            run: None,
            unfinished: None,
            began_us: ctx.now_us,
            settled_us: ctx.now_us,
            moved_us: 0,
            odown_since_us: None,
            ready_since_us: None,
            heard_us: 0,
            witness_from_us: None,
            asked_us: 0,
            hold_until_us: ctx.now_us,
            lease: None,
            repairs: BTreeMap::new(),
            refused_logins: BTreeSet::new(),
            copied: BTreeSet::new(),
            copies: BTreeMap::new(),
            past,
            judged: BTreeMap::new(),
            forced,
            barred: BTreeMap::new(),
            fences_asked_us: None,
            work_asked_us: None,
            findings: BTreeMap::new(),
            pace: Pace::Calm,
            due_us: u64::MAX,
            failures: 0,
            spec,
        };
        // A restart ends no promise; how much of it was left nobody knows.
        if cluster.leader_epoch > cluster.config_epoch
            && let Some(leader) = cluster.leader.clone().filter(|l| *l != ctx.me.id)
        {
            let lease = Lease::new(&leader, ctx.now_us);
            cluster.hold_until_us = lease.until_us;
            cluster.lease = Some(lease);
        }
        cluster.declare(ctx);
        for addr in durable.master.iter().chain(&durable.replicas) {
            cluster.add(addr, ctx);
        }
        cluster
    }

    /// Takes over what the specification says of the nodes.
    pub(super) fn declare(&mut self, ctx: &mut Ctx<'_>) {
        let specs = self.spec.nodes.clone();
        for spec in &specs {
            self.add(&spec.addr, ctx);
        }
        if let Some(master) = self.spec.master.clone() {
            self.add(&master, ctx);
        }
        for (addr, node) in &mut self.nodes {
            let spec = specs.iter().find(|s| s.addr == *addr);
            node.declared = spec.is_some();
            if let Some(spec) = spec {
                node.name.clone_from(&spec.name);
                node.zone.clone_from(&spec.zone);
                node.promote = spec.promote;
            }
        }
    }

    /// True if the node is new.
    pub(super) fn add(&mut self, addr: &Addr, ctx: &mut Ctx<'_>) -> bool {
        if self.nodes.contains_key(addr) {
            return false;
        }
        self.nodes.insert(addr.clone(), Node::new(addr, ctx.now_us));
        let (cluster, node, pace) = (self.name(), addr.clone(), self.pace);
        ctx.act(Action::Probe {
            cluster,
            node,
            pace,
        });
        true
    }

    pub(super) fn name(&self) -> String {
        self.spec.name.clone()
    }

    pub(super) fn durable(&self) -> DurableCluster {
        let (leader, leader_epoch) = if flaw::on(Flaw::VoteNotPersisted) {
            (None, 0)
        } else {
            (self.leader.clone(), self.leader_epoch)
        };
        DurableCluster {
            master: self.master.clone(),
            config_epoch: self.config_epoch,
            leader,
            leader_epoch,
            replicas: self
                .nodes
                .keys()
                .filter(|addr| Some(*addr) != self.master.as_ref())
                .cloned()
                .collect(),
            watchers: BTreeMap::new(),
            last_automatic_ms: self.last_automatic_ms,
            pause: self.pause.clone(),
        }
    }

    pub(super) fn master_node(&self) -> Option<&Node> {
        self.nodes.get(self.master.as_ref()?)
    }

    /// Something may be due at this time.
    pub(super) fn due(&mut self, at_us: u64) {
        self.due_us = self.due_us.min(at_us);
    }

    /// Every node is asked how it is, now.
    pub(super) fn look_at_all(&self, ctx: &mut Ctx<'_>) {
        for node in self.nodes.keys() {
            ctx.act(Action::Look {
                cluster: self.name(),
                node: node.clone(),
            });
        }
    }

    /// Looks more often, or no longer.
    pub(super) fn set_pace(&mut self, pace: Pace, ctx: &mut Ctx<'_>) {
        if self.pace == pace {
            return;
        }
        self.pace = pace;
        for node in self.nodes.keys() {
            ctx.act(Action::Probe {
                cluster: self.name(),
                node: node.clone(),
                pace,
            });
        }
    }

    /// Notes what an operator should know, until it is settled.
    pub(super) fn find(
        &mut self,
        code: &str,
        severity: Severity,
        node: Option<&Addr>,
        text: String,
        hint: &str,
    ) {
        self.findings.insert(
            code.to_owned(),
            Finding::new(code, severity, node, text, hint),
        );
    }

    pub(super) fn settle(&mut self, code: &str) {
        self.findings.remove(code);
    }

    /// This watcher's place among those that are awake: 0 acts first, the others give it time.
    pub(super) fn rank(&self, ctx: &Ctx<'_>) -> u64 {
        self.rank_among(|_| true, ctx)
    }

    /// The same among some of them.
    pub(super) fn rank_among(&self, counts: fn(&Peer) -> bool, ctx: &Ctx<'_>) -> u64 {
        let before = self
            .peers
            .iter()
            .filter(|(id, peer)| **id < ctx.me.id && counts(peer))
            .filter(|(id, _)| ctx.hears(id));
        u64::try_from(before.count()).unwrap_or(u64::MAX)
    }
}
