//! Does what the engine wants: on the disk, to nodes and watchers, and for whoever asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::book::Book;
use super::charge::Charge;
use super::shared::Shared;
use super::supervisor::ByCluster;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::durable::Durable;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::view::Memory;
use crate::decide::watcher::Id;
use crate::host::announce::Announce;
use crate::host::crew::Term;
use crate::host::hooks::Hooks;
use crate::host::peers::Peer;
use crate::host::post::Post;
use crate::host::scripts::Scripts;
use crate::host::store;
use crate::node::tls::Tls;
use crate::serve::desk::Timing;
use crate::serve::desk::Word;

/// Everything that the loop holds on to in the world.
#[derive(Debug)]
pub(super) struct Hands {
    pub(super) config: Config,
    pub(super) state_dir: PathBuf,
    pub(super) book: Book,
    pub(super) scripts: Scripts,
    pub(super) hooks: Hooks,
    pub(super) post: Post,
    pub(super) shared: Arc<Shared>,
    pub(super) clusters: ByCluster<Charge>,
    pub(super) peers: BTreeMap<Id, (Addr, Peer)>,
    /// How other watchers are spoken to.
    pub(super) peers_tls: Option<Tls>,
    /// Records of every journal, for tests that end the process at one.
    pub(super) recorded: u32,
    /// The disk has refused the state, and has not taken it since.
    pub(super) unsaved: bool,
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

    pub(super) fn timing(&self) -> Timing {
        self.shared.settled().timing
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
        let mut charge = Charge::new(cluster, aliases, acting)?;
        charge.timings = charge.timings.tuned(&self.timing());
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
        let Some(charge) = self.clusters.get_mut(cluster) else {
            return;
        };
        if let Some(acting) = charge.acting.take()
            && let Err(error) = acting.save()
        {
            tracing::warn!(%error, cluster, "memory not saved; it is kept until the folder is had back");
            charge.unsaved = Some(acting.unsaved());
        }
    }

    /// Has the folder back; gives what is known now.
    pub(super) fn take_back(&mut self, cluster: &str, mut acting: store::Acting) -> Memory {
        let charge = self.clusters.get_mut(cluster);
        if let Some(unsaved) = charge.and_then(|charge| charge.unsaved.take())
            && let Err(error) = acting.recall(unsaved)
        {
            tracing::error!(%error, cluster, "what could not be saved is forgotten");
        }
        let memory = acting.memory().clone();
        self.share(cluster, &memory);
        if let Some(charge) = self.clusters.get_mut(cluster) {
            charge.memory = memory.clone();
            charge.acting = Some(acting);
            charge.forget_owed();
        }
        memory
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
            Action::AskFences { cluster, peer } => {
                let (_, peer) = self.peers.get(&peer)?;
                peer.ask_fences(&cluster);
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

    pub(super) fn announce(&self) -> &Announce {
        &self.post.announce
    }

    pub(super) fn book(&mut self) -> &mut Book {
        &mut self.book
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
