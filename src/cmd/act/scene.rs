//! The cluster as it is now, and the terms that a plan is made in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::overtaken;
use crate::cmd::Acting;
use crate::cmd::Context;
use crate::cmd::Loss;
use crate::cmd::survey;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::config::model::Rejoin;
use crate::decide::choose::contenders;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::draft::Terms;
use crate::decide::finding::Finding;
use crate::decide::health::Assessment;
use crate::decide::health::Limits;
use crate::decide::health::assess;
use crate::decide::health::master::Belief;
use crate::decide::name::Addr;
use crate::decide::overtaken::Claim;
use crate::decide::verdict::Case;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::NodeView;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::dice;
use crate::host::held::Held;
use crate::host::sense;
use crate::host::steady;
use crate::host::store::Store;
use crate::host::store::StoreError;
use crate::host::watch::terms;
use crate::host::watchers;
use crate::node::link::LinkSpec;
use crate::node::observe;
use crate::node::observe::Depth;

/// One cluster of the configuration, with its state folder.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) config: Config,
    pub(crate) cluster: Cluster,
    pub(crate) store: Store,
    /// What to send in SLAVEOF for a node that is dialled under another address.
    pub(crate) aliases: BTreeMap<Addr, Addr>,
    /// Known to be silent: it is asked once more each time, and not waited for.
    pub(crate) silent: Option<Addr>,
    /// Watchers that stand back for what is done here.
    pub(crate) held: Option<Held>,
    /// Who stands apart, as watchers say, and why.
    pub(crate) apart: BTreeMap<Addr, String>,
    /// The newest epoch of what the watchers held before anything was done.
    pub(crate) epoch: Option<u64>,
    /// What befell this host while it looked.
    pub(crate) unsteady: Vec<Finding>,
}

impl Scene {
    /// Reads the configuration and resolves host names, since Pika links to addresses only.
    pub(crate) async fn set(ctx: &Context) -> Result<Self, Failure> {
        let config = ctx.config()?;
        let cluster = ctx.cluster(&config)?.clone();
        let state_dir = ctx.state_dir(&config);
        Ok(Self::of(config, cluster, &state_dir).await)
    }

    /// The same for a cluster that is at hand.
    pub(crate) async fn of(config: Config, mut cluster: Cluster, state_dir: &Path) -> Self {
        let aliases = terms::resolve_names(&mut cluster).await;
        let store = Store::at(state_dir, &cluster.name);
        Self {
            config,
            cluster,
            store,
            aliases,
            silent: None,
            held: None,
            apart: BTreeMap::new(),
            epoch: None,
            unsteady: Vec::new(),
        }
    }

    /// Asks every node, and remembers what was seen.
    pub(crate) async fn look(&mut self, ctx: &Context) -> Result<ClusterView, Failure> {
        let memory = self.store.memory().map_err(|e| store_failure(&e))?;
        Ok(self.look_knowing(memory, ctx).await)
    }

    /// The same once an operation is over: how it ended is told whatever has become of the state folder.
    pub(crate) async fn look_after(&mut self, ctx: &Context) -> ClusterView {
        let memory = self.store.memory().unwrap_or_else(|error| {
            ctx.ui
                .warn(&format!("what is remembered cannot be read: {error}"));
            Memory::default()
        });
        self.look_knowing(memory, ctx).await
    }

    async fn look_knowing(&mut self, memory: Memory, ctx: &Context) -> ClusterView {
        let (view, steadiness) = steady::during(self.sense(ctx, memory)).await;
        self.unsteady = steadiness.findings();
        // Positions are worth keeping, but a folder that cannot be written is found out soon enough.
        if let Err(error) = self.store.saw(&view) {
            tracing::debug!(%error, "positions not kept");
        }
        self.learn_aliases(&view);
        view
    }

    /// One look at every node. A node that is known to be silent has a moment to say otherwise.
    async fn sense(&self, ctx: &Context, memory: Memory) -> ClusterView {
        let spec = self
            .cluster
            .nodes
            .iter()
            .position(|node| Some(&node.addr) == self.silent.as_ref());
        let Some(at) = spec.filter(|_| self.cluster.nodes.len() > 1) else {
            let timeout = ctx.global.timeout;
            return sense::cluster(&self.cluster, memory, Depth::Full, timeout, &ctx.net).await;
        };
        let mut others = self.cluster.clone();
        let silent = others.nodes.remove(at);
        let patience = ctx.global.timeout.min(MOMENT);
        let asked = async {
            let spec = LinkSpec::for_node(&self.cluster, &silent.addr)?.within(patience);
            observe::observe(&spec, Depth::Full, &ctx.net).await
        };
        let (mut view, state) = tokio::join!(
            sense::cluster(&others, memory, Depth::Full, ctx.global.timeout, &ctx.net),
            asked
        );
        view.nodes.retain(|node| node.addr != silent.addr);
        let node = NodeView {
            name: silent.name,
            addr: silent.addr,
            zone: silent.zone,
            promote: silent.promote,
            declared: true,
            vouched: None,
            state,
        };
        view.nodes.insert(at.min(view.nodes.len()), node);
        view
    }

    /// Nodes behind address translation call each other by their inner addresses. What a replica prints as its
    /// master shows which kind it uses.
    fn learn_aliases(&mut self, view: &ClusterView) {
        let inner_in_use = view
            .nodes
            .iter()
            .filter_map(|n| n.seen()?.replication.master.as_ref())
            .any(|printed| view.address_map.contains_key(printed));
        if inner_in_use {
            for (inner, outer) in &view.address_map {
                self.aliases
                    .entry(outer.clone())
                    .or_insert_with(|| inner.clone());
            }
        }
    }

    /// What the watchers that the configuration names hold of the cluster: where a person should know before a change,
    /// and which master each has.
    pub(crate) async fn watchers_object(
        &self,
        ctx: &Context,
        view: &ClusterView,
        master: Option<&Addr>,
    ) -> (Vec<Finding>, Vec<Claim>) {
        if self.config.watch.peers.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (watch, nodes) = (&self.config.watch, overtaken::every_address(view));
        let beliefs = watchers::survey(watch, &nodes, ctx.global.timeout, &ctx.net).await;
        let objections = beliefs
            .iter()
            .filter_map(|(addr, belief)| survey::objection(view, master, addr, belief));
        let held = beliefs
            .iter()
            .filter_map(|(_, belief)| overtaken::claim(view, belief.as_ref().ok()?));
        (objections.collect(), held.collect())
    }

    pub(crate) fn assess(&self, view: &ClusterView) -> Assessment {
        assess(
            view,
            &Limits {
                max_lag: self.cluster.failover.max_loss,
            },
        )
    }

    /// Everything that a draft needs.
    pub(crate) fn brief<'v>(
        &self,
        view: &'v ClusterView,
        master: Option<&Addr>,
        case: Case<'_>,
        acting: &Acting,
        by: &str,
    ) -> Brief<'v> {
        let belief = Belief {
            master: master.cloned(),
            writable: master.cloned().into_iter().collect(),
        };
        let now = clock::wall();
        let stamp = now.strftime("%Y%m%dT%H%M%SZ");
        Brief {
            view,
            contenders: contenders(view, &belief, case, self.cluster.failover.zones),
            id: format!("{stamp}-{}", dice::hex(3)),
            made_at: now.to_string(),
            by: by.to_owned(),
            reason: acting.reason.clone(),
            token: format!("{by} {}", dice::hex(8)),
            expect_master: acting.expect_master.clone(),
            accept_loss: match acting.accept_loss {
                None => Consent::None,
                Some(Loss::UpTo(bytes)) => Consent::Bytes(bytes),
                Some(Loss::All) => Consent::All,
            },
            terms: self.terms(),
            notes: self.unsteady.clone(),
        }
    }

    fn terms(&self) -> Terms {
        let cluster = &self.cluster;
        let hooks: Duration = cluster.hooks.iter().map(|h| h.timeout).sum();
        Terms {
            catch_up_ms: millis(cluster.switchover.catch_up),
            max_blackout_ms: millis(cluster.switchover.max_blackout),
            failover_timeout_ms: millis(cluster.failover.timeout),
            last_look_ms: LAST_LOOK_MS,
            max_loss: cluster.failover.max_loss,
            fence_hook_ms: cluster
                .fence
                .hook
                .as_ref()
                .map(|_| millis(cluster.fence.hook_timeout)),
            watchers: !self.config.watch.peers.is_empty(),
            hooks_ms: (!cluster.hooks.is_empty()).then(|| millis(hooks)),
            resync_diverged: cluster.rejoin == Rejoin::Resync,
        }
    }
}

/// How long a node that was silent for long has to answer after all.
const MOMENT: Duration = Duration::from_millis(500);

/// The state folder, in the operator's words.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    match error {
        StoreError::Io { .. } => Failure::new(Exit::Failed, error.to_string())
            .hint("make it writable, or choose another with --state-dir; nothing was changed"),
        StoreError::Locked { .. } => Failure::new(Exit::Refused, error.to_string())
            .hint("wait for it to end, or look at `pikafo history`"),
        StoreError::Watched { .. } => Failure::new(Exit::Refused, error.to_string())
            .hint("end it first, or choose another folder"),
        StoreError::Damaged { .. } => Failure::new(Exit::Failed, error.to_string())
            .hint("move it away; what it held is rebuilt from the journal as far as that goes"),
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Nothing has looked at the master for as long as a person took to answer.
const LAST_LOOK_MS: u64 = 1_000;
