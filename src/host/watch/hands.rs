//! Does what the engine wants: on the disk, to nodes and watchers, and for whoever asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::charge::Charge;
use super::charge::Written;
use super::settings::scripts_of;
use super::shared::Shared;
use super::supervisor::ByCluster;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;
use crate::decide::engine::action::Pace;
use crate::decide::engine::durable::Durable;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::view::Memory;
use crate::decide::watcher::Id;
use crate::host::announce::Announce;
use crate::host::crew::Crew;
use crate::host::crew::Term;
use crate::host::hooks::Hooks;
use crate::host::peers::Peer;
use crate::host::post::Post;
use crate::host::prober::Timings;
use crate::host::scripts::Limits;
use crate::host::scripts::Scripts;
use crate::host::store;
use crate::node::link::LinkSpec;
use crate::node::tls::Tls;
use crate::serve::desk::Timing;
use crate::serve::desk::Word;

/// Everything that the loop holds on to in the world.
#[derive(Debug)]
pub(super) struct Hands {
    pub(super) config: Config,
    state_dir: PathBuf,
    book: Book,
    scripts: Scripts,
    hooks: Hooks,
    post: Post,
    shared: Arc<Shared>,
    pub(super) clusters: ByCluster<Charge>,
    peers: BTreeMap<Id, (Addr, Peer)>,
    /// How other watchers are spoken to.
    peers_tls: Option<Tls>,
    /// Records of every journal, for tests that end the process at one.
    recorded: u32,
    /// The disk has refused the state, and has not taken it since.
    unsaved: bool,
}

impl Hands {
    pub(super) fn new(
        config: Config,
        state_dir: PathBuf,
        book: Book,
        scripts: Scripts,
        post: Post,
        shared: Arc<Shared>,
    ) -> Result<Self, Fault> {
        let peers_tls = config.watch.tls.as_ref().map(Tls::load).transpose()?;
        Ok(Self {
            config,
            state_dir,
            book,
            scripts,
            hooks: Hooks::start(),
            post,
            shared,
            clusters: BTreeMap::new(),
            peers: BTreeMap::new(),
            peers_tls,
            recorded: 0,
            unsaved: false,
        })
    }

    pub(super) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    pub(super) fn memory_of(&self, cluster: &str) -> Memory {
        self.clusters
            .get(cluster)
            .map(|c| c.memory.clone())
            .unwrap_or_default()
    }

    /// Makes everything ready for a cluster that is to be watched.
    pub(super) fn take_up(
        &mut self,
        cluster: Cluster,
        aliases: BTreeMap<Addr, Addr>,
        acting: store::Acting,
    ) -> Result<(), Fault> {
        let charge = Charge::new(cluster, aliases, acting)?;
        let cluster = &charge.cluster;
        self.share(&cluster.name, &charge.memory);
        self.share_scripts(cluster);
        self.clusters.insert(cluster.name.clone(), charge);
        Ok(())
    }

    pub(super) async fn persist(&mut self, durable: &Durable) -> Result<(), String> {
        let saved = self.book.save(durable).await;
        let unsaved = saved.is_err();
        if std::mem::replace(&mut self.unsaved, unsaved) && !unsaved {
            tracing::warn!("the state can be saved again");
        }
        saved.map_err(|error| error.to_string())
    }

    /// Lets whoever acts alone on this host have the state folder of a cluster.
    pub(super) fn let_in(&mut self, cluster: &str) {
        let acting = self.clusters.get_mut(cluster).and_then(|c| c.acting.take());
        if let Some(acting) = acting
            && let Err(error) = acting.save()
        {
            tracing::warn!(%error, cluster, "memory not saved; it is rebuilt from the journal");
        }
    }

    /// Has the folder back.
    pub(super) fn take_back(&mut self, cluster: &str, acting: store::Acting) {
        self.share(cluster, acting.memory());
        if let Some(charge) = self.clusters.get_mut(cluster) {
            charge.memory = acting.memory().clone();
            charge.acting = Some(acting);
            charge.forget_owed();
        }
    }

    /// Does one thing. What comes of it at once is given back; all else arrives later.
    pub(super) async fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Probe {
                cluster,
                node,
                pace,
            } => {
                let post = self.post.clone();
                let charge = self.clusters.get_mut(&cluster)?;
                if !charge.keepers.contains_key(&node) {
                    let keeper = charge.keeper(&post, &cluster, &node);
                    charge.keepers.insert(node.clone(), (keeper, pace));
                }
                if let Some((keeper, kept)) = charge.keepers.get_mut(&node) {
                    *kept = pace;
                    keeper.pace(pace);
                }
            }
            Action::Look { cluster, node } => {
                self.clusters.get(&cluster)?.keepers.get(&node)?.0.look();
            }
            Action::Leave { cluster, node } => {
                let charge = self.clusters.get_mut(&cluster)?;
                charge.keepers.remove(&node);
                if charge.keepers.is_empty() {
                    self.clusters.remove(&cluster);
                    for (_, peer) in self.peers.values() {
                        peer.hush(&cluster);
                    }
                }
            }
            Action::Meet { peer, addr } => self.meet(&peer, &addr),
            Action::Part { peer } => {
                self.peers.remove(&peer);
                self.post.pulses.forget_watcher(&peer);
            }
            Action::AskPeer {
                cluster,
                peer,
                master,
                epoch,
                candidate,
            } => {
                let (_, peer) = self.peers.get(&peer)?;
                peer.ask(&cluster, master, epoch, candidate);
            }
            Action::SayHello { hello, now } => {
                let text: Arc<str> = hello.to_string().into();
                let charge = self.clusters.get_mut(&hello.cluster)?;
                charge.hello = Some(Arc::clone(&text));
                for (keeper, _) in charge.keepers.values() {
                    keeper.say(Arc::clone(&text), now);
                }
                for (_, peer) in self.peers.values() {
                    peer.say(&hello.cluster, Arc::clone(&text), now);
                }
            }
            Action::Fetch { cluster, peer } => {
                let (_, peer) = self.peers.get(&peer)?;
                peer.fetch(&cluster);
            }
            Action::ListenAnew { cluster } => self.post.pulses.forget_hellos(&cluster),
            Action::SpreadPause {
                cluster,
                pause,
                said_ms,
            } => {
                for (_, peer) in self.peers.values() {
                    peer.pause(&cluster, pause.clone(), said_ms);
                }
            }
            Action::Remember { cluster, memory } => self.remember(&cluster, *memory),
            Action::Journal {
                cluster,
                plan,
                record,
            } => return self.journal(cluster, &plan, &record),
            Action::Order {
                cluster,
                operation,
                ask,
                node,
                order,
                within_us,
                until_us,
            } => {
                let term = Term {
                    within: Duration::from_micros(within_us),
                    until: until_us.map(|at_us| self.post.pulses.moment(at_us)),
                };
                return self.order(cluster, operation, ask, node, order, term).await;
            }
            Action::Withdraw { cluster, operation } => {
                let charge = self.clusters.get_mut(&cluster)?;
                if let Some((id, _, stop)) = &charge.crew
                    && *id == operation
                {
                    stop.cancel();
                    charge.crew = None;
                }
            }
            Action::Reply { ticket, reply } => self.shared.answer(ticket, Word::Reply(reply)),
            Action::Tell { ticket, show } => self.shared.answer(ticket, Word::Show(show)),
            Action::Emit(notice) => self.emit(notice),
            Action::Reconfigured {
                cluster,
                leader,
                from,
                to,
            } => {
                let script = &self.clusters.get(&cluster)?.cluster.scripts.reconfig;
                if let Some(script) = script {
                    self.scripts
                        .reconfigured(script, &cluster, leader, &from, &to);
                }
            }
            Action::Hooks {
                cluster,
                event,
                facts,
            } => self.hooks(&cluster, &event, facts),
            // The loop's own business.
            Action::Persist { .. } | Action::Wake { .. } => {}
        }
        None
    }

    fn meet(&mut self, id: &Id, addr: &Addr) {
        if self.peers.get(id).is_some_and(|(known, _)| known == addr) {
            return;
        }
        let mut spec = LinkSpec::plain(addr, PEER_DEADLINE);
        spec.auth = self.config.watch.auth.clone().map(Arc::new);
        spec.tls.clone_from(&self.peers_tls);
        spec.forgiving = self.book.is_taken();
        let shortest = self.clusters.values().map(|c| c.timings.down_after).min();
        let timings = Timings::new(shortest.unwrap_or(Duration::from_secs(5)));
        let peer = Peer::start(&self.post, id.clone(), spec, timings);
        for (name, charge) in &self.clusters {
            if let Some(hello) = &charge.hello {
                peer.say(name, Arc::clone(hello), true);
            }
        }
        self.peers.insert(id.clone(), (addr.clone(), peer));
    }

    fn remember(&mut self, cluster: &str, memory: Memory) {
        self.share(cluster, &memory);
        let Some(charge) = self.clusters.get_mut(cluster) else {
            return;
        };
        charge.memory = memory;
        if let Some(acting) = &mut charge.acting {
            acting.learn_from_outside(charge.memory.clone());
            if let Err(error) = acting.save() {
                tracing::warn!(%error, cluster, "what was learnt is not saved");
            }
        }
    }

    fn share(&self, cluster: &str, memory: &Memory) {
        self.shared
            .settled()
            .promotions
            .insert(cluster.to_owned(), memory.promotions.clone());
    }

    fn journal(
        &mut self,
        cluster: String,
        plan: &str,
        record: &crate::decide::record::Record,
    ) -> Option<Event> {
        let charge = self.clusters.get_mut(&cluster)?;
        match charge.append(plan, record) {
            Written::Yes => {
                self.recorded += 1;
                crate::host::operate::test_point(self.recorded);
                None
            }
            Written::Not => Some(Event::JournalLost { cluster }),
            Written::Later => None,
        }
    }

    /// Tries once more to write the journals that could not be written; gives the clusters whose is whole again.
    pub(super) async fn mend_journals(&mut self) -> Vec<String> {
        let mut mended = Vec::new();
        for (name, charge) in &mut self.clusters {
            if charge.mend().await {
                mended.push(name.clone());
            }
        }
        mended
    }

    async fn order(
        &mut self,
        cluster: String,
        operation: String,
        ask: crate::decide::conduct::Ask,
        node: Addr,
        order: Order,
        term: Term,
    ) -> Option<Event> {
        let charge = self.clusters.get_mut(&cluster)?;
        if order.acts() && !charge.sync().await {
            let cluster = cluster.clone();
            self.shared
                .inbox
                .send(Event::JournalLost { cluster })
                .unwrap_or_default();
        }
        let begins = matches!(
            order,
            Order::Lock { .. } | Order::Fence { .. } | Order::Promote { .. }
        );
        if begins && charge.journal_is_lost() {
            let text = "the journal cannot be written, so nothing is begun";
            let result = Err(Fault::new(FaultKind::Error, text));
            return Some(Event::Answer {
                cluster,
                operation,
                ask,
                result,
            });
        }
        if charge
            .crew
            .as_ref()
            .is_none_or(|(id, _, _)| *id != operation)
        {
            let nodes = charge.keepers.keys().cloned();
            let made = Crew::new(
                &charge.cluster,
                nodes,
                charge.aliases.clone(),
                &self.config.watch,
                &self.post.net,
            );
            match made {
                Ok(crew) => {
                    charge.crew = Some((operation.clone(), crew, CancellationToken::new()));
                }
                Err(fault) => {
                    return Some(Event::Answer {
                        cluster,
                        operation,
                        ask,
                        result: Err(fault),
                    });
                }
            }
        }
        let (_, crew, stop) = charge.crew.as_ref()?;
        let (crew, stop, inbox) = (crew.clone(), stop.clone(), self.shared.inbox.clone());
        tokio::spawn(async move {
            let asked = crew.ask_in(&node, &order, term);
            let Some(result) = stop.run_until_cancelled(asked).await else {
                return;
            };
            let answer = Event::Answer {
                cluster,
                operation,
                ask,
                result,
            };
            // Nobody listens once the supervisor ends.
            inbox.send(answer).unwrap_or_default();
        });
        None
    }

    pub(super) fn emit(&self, notice: Notice) {
        self.crash_at(&notice.channel);
        let (channel, payload) = (notice.channel.as_str(), notice.payload.as_str());
        match notice.level {
            Level::Debug | Level::Verbose => tracing::debug!("{channel} {payload}"),
            Level::Notice => tracing::info!("{channel} {payload}"),
            Level::Warning => tracing::warn!("{channel} {payload}"),
        }
        let cluster = notice
            .cluster
            .as_ref()
            .and_then(|name| self.clusters.get(name));
        let script = cluster.and_then(|c| c.cluster.scripts.notification.as_ref());
        if notice.level == Level::Warning
            && let Some(script) = script
        {
            self.scripts.notify(script, channel, payload);
        }
        if notice.level > Level::Debug {
            // Nobody may be subscribed.
            let _subscribers = self.shared.notices.send(Arc::new(notice)).unwrap_or(0);
        }
    }

    /// `SENTINEL SIMULATE-FAILURE`: ends the process where Sentinel does, with its exit code.
    fn crash_at(&self, channel: &str) {
        let failures = self.shared.settled().failures;
        let now = match channel {
            "+elected-leader" => failures.after_election,
            "+promoted-slave" => failures.after_promotion,
            _ => false,
        };
        if now {
            tracing::error!("crashes because SENTINEL SIMULATE-FAILURE wants it");
            std::process::exit(CRASHED);
        }
    }

    /// `SENTINEL DEBUG` of scripts.
    pub(super) fn limit_scripts(&self, timing: &Timing) {
        self.scripts.limit(Limits {
            runtime: Duration::from_millis(timing.script_max_runtime),
            retry: Duration::from_millis(timing.script_retry_delay),
        });
    }

    fn hooks(&self, cluster: &str, event: &str, facts: Vec<(String, String)>) {
        if let Some(charge) = self.clusters.get(cluster) {
            self.hooks.run(cluster, &charge.cluster.hooks, event, facts);
        }
    }

    pub(super) fn announce(&self) -> &Announce {
        &self.post.announce
    }

    pub(super) fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    /// The same cluster by other rules.
    pub(super) fn replace(&mut self, cluster: Cluster, aliases: BTreeMap<Addr, Addr>) {
        let name = cluster.name.clone();
        if let Some(charge) = self.clusters.get_mut(&name) {
            charge.cluster = cluster;
            charge.aliases = aliases;
        }
        if let Some(charge) = self.clusters.get(&name) {
            self.share_scripts(&charge.cluster);
        }
        self.renew(&name);
    }

    /// Links and periods anew, after a change of what they rest on.
    pub(super) fn renew(&mut self, name: &str) {
        let post = self.post.clone();
        let Some(charge) = self.clusters.get_mut(name) else {
            return;
        };
        charge.timings = Timings::new(charge.cluster.detect.down_after);
        match LinkSpec::for_node(&charge.cluster, &charge.template.addr) {
            Ok(template) => charge.template = template,
            Err(fault) => {
                tracing::error!(%fault, cluster = name, "the former settings of links are kept");
            }
        }
        let nodes: Vec<(Addr, Pace)> = charge
            .keepers
            .iter()
            .map(|(addr, (_, pace))| (addr.clone(), *pace))
            .collect();
        for (node, pace) in nodes {
            let keeper = charge.keeper(&post, name, &node);
            keeper.pace(pace);
            charge.keepers.insert(node, (keeper, pace));
        }
    }

    /// Reads the certificates for links to nodes and watchers again, and makes those links anew.
    pub(super) fn renew_tls(&mut self) {
        self.renew_peers_tls();
        let secure = self
            .clusters
            .iter()
            .filter(|(_, c)| c.cluster.tls.is_some());
        let names: Vec<String> = secure.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.renew(&name);
        }
    }

    /// The same for links to watchers, which are made anew.
    pub(super) fn renew_peers_tls(&mut self) {
        let before = self.peers_tls.is_some();
        match self.config.watch.tls.as_ref().map(Tls::load).transpose() {
            Ok(tls) => self.peers_tls = tls,
            Err(fault) => tracing::error!("the former certificates stay in force: {fault}"),
        }
        if before || self.peers_tls.is_some() {
            self.greet_anew(self.config.watch.auth.clone());
        }
    }

    /// Logs in at other watchers as `auth` says from now on.
    pub(super) fn greet_anew(&mut self, auth: Option<crate::config::model::Auth>) {
        self.config.watch.auth = auth;
        let known: Vec<(Id, Addr)> = self
            .peers
            .iter()
            .map(|(id, (addr, _))| (id.clone(), addr.clone()))
            .collect();
        self.peers.clear();
        for (id, addr) in known {
            self.meet(&id, &addr);
        }
    }

    pub(super) fn share_scripts(&self, cluster: &Cluster) {
        self.shared
            .settled()
            .scripts
            .insert(cluster.name.clone(), scripts_of(cluster));
    }

    pub(super) fn pending_scripts(&self) -> Vec<crate::serve::desk::Script> {
        let pending = self.scripts.pending().into_iter();
        pending
            .map(|job| crate::serve::desk::Script {
                argv: job.argv,
                pid: job.pid,
                ms: job.ms,
                tries: job.tries,
            })
            .collect()
    }

    /// What each node of a cluster says of itself, as soon as it has said so.
    pub(super) fn infos(&self, cluster: &str) -> Vec<(Addr, oneshot::Receiver<Arc<str>>)> {
        let charge = self.clusters.get(cluster).into_iter();
        let keepers = charge.flat_map(|charge| &charge.keepers);
        keepers
            .map(|(addr, (keeper, _))| (addr.clone(), keeper.info()))
            .collect()
    }

    /// Ends in good order: what is remembered is saved.
    pub(super) fn close(&mut self) {
        for (name, charge) in &mut self.clusters {
            if let Some(acting) = &charge.acting
                && let Err(error) = acting.save()
            {
                tracing::warn!(%error, cluster = name, "memory not saved; it is rebuilt from the journal");
            }
        }
    }
}

/// Of a rehearsed crash.
const CRASHED: i32 = 99;
const PEER_DEADLINE: Duration = Duration::from_secs(2);
