//! How a watcher begins, and how it takes clusters up.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::hands::Hands;
use super::record::Recorder;
use super::settings;
use super::shared::Settled;
use super::shared::Shared;
use super::supervisor::ByCluster;
use super::supervisor::Supervisor;
use super::terms;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::event::Unfinished;
use crate::decide::name::Addr;
use crate::host::announce::Announce;
use crate::host::clock;
use crate::host::post::Post;
use crate::host::pulses::Pulses;
use crate::host::scripts::Limits;
use crate::host::scripts::Scripts;
use crate::host::store::Store;
use crate::host::store::StoreError;
use crate::host::systemd::Manager;
use crate::node::net::Net;

/// Why a watcher cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "cannot find out this host's own address towards {towards}: {error}; set watch.announce"
    )]
    OwnAddress {
        towards: Addr,
        error: std::io::Error,
    },
    #[error("{0}")]
    Fault(#[from] crate::decide::facts::Fault),
}

impl Supervisor {
    /// A watcher of everything in `config`, with its state in `state_dir`. Nothing is dialled before
    /// [`Supervisor::run`].
    pub async fn begin(
        mut config: Config,
        state_dir: PathBuf,
        (book, durable): (Book, Durable),
        net: Net,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let started = clock::mono();
        let addr = announced(&config).await?;
        let engine = Engine::new(book.id().clone(), addr, durable);
        let mut engine = engine;
        let pulses = Arc::new(Pulses::new(started));
        let (inbox, events) = mpsc::unbounded_channel();
        let mut settled = Settled::of(&config, &state_dir, book.is_taken());
        book.overlay_watch(&mut config.watch);
        settled.globals = settings::globals(&config.watch);
        let post = Post::new(
            book.id().clone(),
            net.clone(),
            inbox.clone(),
            Arc::clone(&pulses),
        )
        .announcing(Announce::of(&config.watch));
        let (shared, ends) = Shared::new(
            engine.snapshot(),
            pulses,
            (inbox, events),
            stop.clone(),
            settled,
        );
        let recorder = Recorder::open(&state_dir);
        let taken = book.is_taken();
        let clusters = book.overlay(config.clusters.clone());
        let (notices, said) = mpsc::unbounded_channel();
        let scripts = Scripts::start(notices, Limits::default());
        let hands = Hands::new(config, state_dir, book, scripts, post, Arc::clone(&shared))?;
        let mut supervisor = Self {
            engine,
            hands,
            ends,
            shared,
            aside: ByCluster::new(),
            stop,
            recorder,
            started,
            said,
            manager: Manager::default(),
            log: None,
            alive_us: 0,
            tidings: Box::default(),
            wakes: BTreeSet::new(),
            held: Vec::new(),
            turned_us: 0,
            turned_wall_ms: clock::wall().as_millisecond(),
        };
        for cluster in clusters {
            // A Sentinel's file says who is master; a YAML lets the nodes be asked.
            let first = cluster.nodes.first().map(|node| node.addr.clone());
            supervisor.take_up(cluster, first.filter(|_| taken)).await?;
        }
        supervisor.settle().await;
        Ok(supervisor)
    }

    /// Takes over a configuration that was read again: clusters that are new, gone, or have other rules.
    pub(super) async fn reload(&mut self, config: Config) {
        let clusters = self.hands.book().overlay(config.clusters.clone());
        let gone: Vec<String> = self
            .hands
            .clusters
            .keys()
            .filter(|name| clusters.iter().all(|c| c.name != **name))
            .cloned()
            .collect();
        self.hands.config = config;
        self.hands.renew_peers_tls();
        for cluster in gone {
            self.turn(Event::Forget { cluster }).await;
        }
        for mut cluster in clusters {
            let name = cluster.name.clone();
            if !self.hands.clusters.contains_key(&name) {
                if let Err(error) = self.watch(cluster, None).await {
                    tracing::error!(%error, cluster = name, "cannot be watched");
                }
                continue;
            }
            let aliases = terms::resolve(&mut cluster).await;
            let spec = terms::spec(&cluster, None);
            self.hands.replace(cluster, aliases);
            let memory = self.memory_of(&name);
            self.turn(Event::Configure {
                spec: Box::new(spec),
                memory: Box::new(memory),
                unfinished: None,
            })
            .await;
        }
        tracing::info!("the configuration was read again");
    }

    /// Begins to watch a cluster.
    pub(super) async fn watch(
        &mut self,
        cluster: Cluster,
        master: Option<Addr>,
    ) -> Result<(), StartError> {
        let taken = self.take_up(cluster, master).await;
        self.settle().await;
        taken
    }

    pub(super) async fn take_up(
        &mut self,
        mut cluster: Cluster,
        master: Option<Addr>,
    ) -> Result<(), StartError> {
        let aliases = terms::resolve(&mut cluster).await;
        let first = cluster.nodes.first().filter(|_| cluster.remembered);
        let master = master.or_else(|| first.map(|node| node.addr.clone()));
        let store = Store::at(self.hands.state_dir(), &cluster.name);
        let acting = store.act(&cluster.name)?;
        let memory = acting.memory().clone();
        let unfinished = store
            .open_operation()?
            .map(|(plan, records)| Box::new(Unfinished { plan, records }));
        let spec = terms::spec(&cluster, master);
        self.hands.take_up(cluster, aliases, acting)?;
        self.take(Event::Configure {
            spec: Box::new(spec),
            memory: Box::new(memory),
            unfinished,
        })
        .await;
        Ok(())
    }
}

/// What other watchers and clients dial: as configured, or the address that this host has towards the nodes.
async fn announced(config: &Config) -> Result<Addr, StartError> {
    let watch = &config.watch;
    if let Some(announce) = &watch.announce {
        return Ok(announce.clone());
    }
    let door = watch.door();
    let any = ["0.0.0.0", "::", "*"].contains(&door.host());
    let towards = config
        .clusters
        .iter()
        .find_map(|cluster| cluster.nodes.first())
        .map(|node| node.addr.clone());
    let Some(towards) = towards.filter(|_| any) else {
        return Ok(door.clone());
    };
    let own = async {
        let v6 = towards.host().contains(':');
        let socket = UdpSocket::bind(if v6 { "[::]:0" } else { "0.0.0.0:0" }).await?;
        // Nothing is sent: the routing table answers.
        socket.connect((towards.host(), towards.port())).await?;
        socket.local_addr()
    };
    match own.await {
        Ok(own) => Ok(Addr::new(&own.ip().to_string(), door.port())),
        Err(error) => Err(StartError::OwnAddress { towards, error }),
    }
}
