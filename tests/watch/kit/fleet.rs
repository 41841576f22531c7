//! Nodes and watchers together.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;
use pikafo::decide::name::Addr;
use tempfile::TempDir;

use super::beliefs;
use super::kind::Kind;
use super::kind::Settings;
use super::kind::Watched;
use super::line::tcp;
use super::net::Network;
use super::observer;
use super::observer::Observer;
use super::process::Process;
use super::process::free_addr;
use super::server::Server;
use super::slow::SlowPath;
use super::wait::until;
use super::writer;
use super::writer::Writer;

/// How many nodes there are; the watchers' hosts come after theirs.
pub(crate) const NODES: usize = 3;

/// What the watchers call the cluster.
pub(crate) const NAME: &str = "orders";

/// Three nodes, of which `nodes[0]` begins as master, and their watchers. Dropping it ends them all.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) nodes: Vec<Process>,
    pub(crate) watchers: Vec<Process>,
    server: Server,
    network: Option<Network>,
    paths: Vec<SlowPath>,
    /// The last to go: the processes work in it.
    dir: TempDir,
}

impl Fleet {
    /// Starts three redis-servers and a watcher of each of `kinds`; returns once the replicas are linked and every
    /// watcher knows everybody.
    pub(crate) async fn start(kinds: &[Kind], settings: Settings) -> Self {
        Self::of(Server::Redis, kinds, settings).await
    }

    /// The same with servers of any kind.
    pub(crate) async fn of(server: Server, kinds: &[Kind], settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut nodes = Vec::new();
        for number in 0..NODES {
            let home = dir.path().join(format!("n{number}"));
            nodes.push(server.start(&home).await);
        }
        Self::begin(nodes, server, None, dir, kinds, settings).await
    }

    /// Three servers and three watchers, each on a host of its own: the nodes first.
    pub(crate) async fn spread(server: Server, kinds: &[Kind], settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let network = Network::new(NODES + kinds.len());
        let mut nodes = Vec::new();
        for number in 0..NODES {
            let home = dir.path().join(format!("n{number}"));
            nodes.push(server.start_on(&network, number, &home).await);
        }
        Self::begin(nodes, server, Some(network), dir, kinds, settings).await
    }

    /// Three redis-servers to which every path takes `delay`, from the watchers and from each other.
    pub(crate) async fn slow(kinds: &[Kind], settings: Settings, delay: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (mut nodes, mut paths) = (Vec::new(), Vec::new());
        for number in 0..NODES {
            let home = dir.path().join(format!("n{number}"));
            let (inner, outer) = (free_addr(), free_addr());
            let host = format!("replica-announce-ip {}", outer.host());
            let port = format!("replica-announce-port {}", outer.port());
            let mut node = Process::redis(&home, &inner, &[&host, &port]).await;
            paths.push(SlowPath::lay(&outer, &inner, delay).await);
            node.reached_at(&outer);
            nodes.push(node);
        }
        let mut fleet = Self::begin(nodes, Server::Redis, None, dir, kinds, settings).await;
        fleet.paths = paths;
        fleet
    }

    async fn begin(
        nodes: Vec<Process>,
        server: Server,
        network: Option<Network>,
        dir: TempDir,
        kinds: &[Kind],
        settings: Settings,
    ) -> Self {
        let mut fleet = Self {
            nodes,
            watchers: Vec::new(),
            server,
            network,
            paths: Vec::new(),
            dir,
        };
        fleet.follow_first().await;
        if let Server::Pika(_) = server {
            observer::prepare(&fleet.nodes[0]).await;
        }
        // Whoever counts replicas on the master right away must find both.
        fleet.linked(0).await;
        fleet.watch(kinds, settings).await;
        fleet.in_order().await;
        fleet
    }

    async fn follow_first(&self) {
        let master = self.nodes[0].addr();
        for replica in &self.nodes[1..] {
            let port = master.port().to_string();
            let followed = replica.ask(&["SLAVEOF", master.host(), &port]).await;
            followed.expect("a fresh server follows");
        }
    }

    async fn watch(&mut self, kinds: &[Kind], settings: Settings) {
        let cluster = [self.watched()];
        let addr = |number: usize| match &self.network {
            Some(network) => network.addr(NODES + number, 26379),
            None => free_addr(),
        };
        let addrs: Vec<Addr> = (0..kinds.len()).map(addr).collect();
        for (number, (kind, addr)) in kinds.iter().zip(&addrs).enumerate() {
            let peers: Vec<Addr> = addrs.iter().filter(|peer| *peer != addr).cloned().collect();
            let home = self.dir.path().join(format!("w{number}"));
            let network = self.network.as_ref();
            let by = network.map(|network| network.on(NODES + number));
            let by = by.as_ref().map_or(&[][..], |by| by);
            let watcher = kind
                .start(by, &home, addr, &peers, &cluster, settings)
                .await;
            self.watchers.push(watcher);
        }
    }

    fn watched(&self) -> Watched {
        Watched {
            name: NAME.to_owned(),
            nodes: self.nodes.iter().map(|node| node.addr().clone()).collect(),
        }
    }

    /// A configuration for commands that an operator gives, elsewhere than on a watcher's host.
    pub(crate) fn operators(&self, settings: Settings) -> PathBuf {
        let home = self.dir.path().join("operator");
        let (watchers, nobody) = (self.watcher_addrs(), free_addr());
        Kind::Pikafo.configure(&home, &nobody, &watchers, &[self.watched()], settings)
    }

    /// Where it is spread out.
    pub(crate) fn network(&self) -> &Network {
        self.network.as_ref().expect("it is spread out")
    }

    /// The folder that a node works in.
    pub(crate) fn home(&self, node: usize) -> PathBuf {
        self.dir.path().join(format!("n{node}"))
    }

    /// The folder that a watcher works in.
    pub(crate) fn watcher_home(&self, watcher: usize) -> PathBuf {
        self.dir.path().join(format!("w{watcher}"))
    }

    pub(crate) fn watcher_addrs(&self) -> Vec<Addr> {
        self.watchers.iter().map(|one| one.addr().clone()).collect()
    }

    /// Begins to sample every node.
    pub(crate) fn observe(&self) -> Observer {
        let nodes = self.nodes.iter().map(|node| node.addr().clone());
        Observer::start(nodes.collect(), self.server.probe())
    }

    /// Begins to write to wherever the watchers send clients.
    pub(crate) fn write(&self) -> Writer {
        let net = self.network.as_ref().map_or_else(tcp, Network::as_client);
        Writer::start(self.watcher_addrs(), NAME, net)
    }

    /// The watchers in the order in which they stand for leader: by identity.
    pub(crate) async fn by_rank(&self) -> Vec<usize> {
        let mut ids = Vec::new();
        for (place, watcher) in self.watchers.iter().enumerate() {
            ids.push((watcher.text(&["SENTINEL", "MYID"]).await, place));
        }
        ids.sort();
        ids.into_iter().map(|(_, place)| place).collect()
    }

    /// The watchers that run.
    pub(crate) fn awake(&self) -> impl Iterator<Item = &Process> {
        self.watchers.iter().filter(|watcher| watcher.runs())
    }

    /// The node at an address.
    pub(crate) fn at(&self, addr: &Addr) -> usize {
        let place = self.nodes.iter().position(|node| node.addr() == addr);
        place.unwrap_or_else(|| panic!("{addr} is none of ours"))
    }

    /// Waits until every running watcher gives clients one and the same address, other than that of node `old`, and
    /// gives the node there.
    pub(crate) async fn moved_from(&self, old: usize) -> usize {
        let old = self.nodes[old].addr();
        let given = until(
            "watchers that agree on a new address",
            async || join_all(self.awake().map(|watcher| beliefs::given(watcher, NAME))).await,
            |given| {
                given
                    .iter()
                    .all(|one| one.as_ref().is_some_and(|one| one != old) && *one == given[0])
            },
        )
        .await;
        self.at(given[0].as_ref().expect("it was just looked at"))
    }

    /// The node whose address every watcher gives; they agree.
    pub(crate) async fn master(&self) -> usize {
        let given = until(
            "watchers that agree on an address",
            async || join_all(self.awake().map(|watcher| beliefs::given(watcher, NAME))).await,
            |given| given.iter().all(|one| one.is_some() && *one == given[0]),
        )
        .await;
        self.at(given[0].as_ref().expect("it was just looked at"))
    }

    /// Waits until the running nodes other than `master` are its replicas, linked.
    pub(crate) async fn linked(&self, master: usize) {
        let port = self.nodes[master].addr().port();
        let replicas = || {
            let others = self.nodes.iter().enumerate();
            others.filter(move |(number, node)| *number != master && node.runs())
        };
        until(
            "replicas that are linked to their master",
            async || {
                let infos = replicas().map(|(_, node)| node.text(&["INFO", "replication"]));
                join_all(infos).await
            },
            |infos| {
                infos.iter().all(|info| {
                    info.contains("role:slave")
                        && info.contains(&format!("master_port:{port}\r\n"))
                        && info.contains("master_link_status:up")
                })
            },
        )
        .await;
    }

    /// Waits until every running watcher knows every other one and both replicas, and thinks well of all.
    pub(crate) async fn in_order(&self) {
        let others = self.watchers.len() - 1;
        until(
            "a fleet in order",
            async || {
                let looks = self
                    .awake()
                    .map(|one| beliefs::unease(one, NAME, 2, others));
                join_all(looks).await.concat()
            },
            String::is_empty,
        )
        .await;
    }

    /// Waits until every node has the same keys with the same values, the writes `in_doubt` left aside. A link that is
    /// up does not say so.
    pub(crate) async fn alike(&self, in_doubt: &BTreeSet<u64>) {
        until(
            "nodes with the same data",
            async || {
                let nodes = self.nodes.iter();
                join_all(nodes.map(|node| writer::holdings(node, in_doubt))).await
            },
            |held| held.iter().all(|one| *one == held[0]),
        )
        .await;
    }

    /// Has a watcher switch over; it may be busy, or want to know its replicas better first.
    pub(crate) async fn switch_over(&self) {
        let asked = &self.watchers[0];
        until(
            "an accepted SENTINEL FAILOVER",
            async || asked.ask(&["SENTINEL", "FAILOVER", NAME]).await.is_some(),
            |accepted| *accepted,
        )
        .await;
    }

    /// What every process printed, for a test that fails without saying why.
    pub(crate) fn said(&self) -> String {
        let all = self.nodes.iter().chain(&self.watchers);
        let said: Vec<_> = all
            .map(|one| format!("== {}\n{}", one.addr(), one.said()))
            .collect();
        said.join("\n")
    }
}

impl Drop for Fleet {
    /// Whoever reads of a failure on another machine has nothing but what the test printed.
    #[expect(
        clippy::print_stderr,
        reason = "it is part of the failed test's own words"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.said());
        }
    }
}

/// Three of a kind.
pub(crate) const fn three(kind: Kind) -> [Kind; 3] {
    [kind; 3]
}

/// As many milliseconds.
pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
