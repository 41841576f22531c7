//! A desk whose world is written down, and which remembers what it was asked to do.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use pikafo::decide::conduct::Show;
use pikafo::decide::engine::Request;
use pikafo::decide::engine::Snapshot;
use pikafo::decide::engine::action::Level;
use pikafo::decide::engine::action::Notice;
use pikafo::decide::engine::action::Reply;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::engine::snapshot::ClusterPicture;
use pikafo::decide::engine::snapshot::NodePicture;
use pikafo::decide::engine::snapshot::WatcherPicture;
use pikafo::decide::engine::told::Told;
use pikafo::decide::facts::Flavor;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::view::Promotion;
use pikafo::decide::watcher::Hello;
use pikafo::serve::auth::Logins;
use pikafo::serve::desk::Answers;
use pikafo::serve::desk::CachedInfo;
use pikafo::serve::desk::Desk;
use pikafo::serve::desk::Done;
use pikafo::serve::desk::Failures;
use pikafo::serve::desk::Global;
use pikafo::serve::desk::Globals;
use pikafo::serve::desk::Later;
use pikafo::serve::desk::Look;
use pikafo::serve::desk::Monitor;
use pikafo::serve::desk::Process;
use pikafo::serve::desk::Pulse;
use pikafo::serve::desk::Refusal;
use pikafo::serve::desk::Script;
use pikafo::serve::desk::Scripts;
use pikafo::serve::desk::Setting;
use pikafo::serve::desk::Timing;
use pikafo::serve::desk::Word;
use pikafo::serve::hall::Hall;
use pikafo::serve::hall::Limits;
use pikafo::serve::server;
use pikafo::serve::server::Accept;
use pikafo::serve::server::Arrival;
use pikafo::serve::server::Stream;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

pub(crate) const ME: &str = "1111111111111111111111111111111111111111";
pub(crate) const PEER: &str = "2222222222222222222222222222222222222222";
pub(crate) const NOW_US: u64 = 100_000_000;

/// The world of a test. It changes only as the test says.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) snapshot: Snapshot,
    pub(crate) pulse: Pulse,
    pub(crate) logins: Logins,
    pub(crate) globals: Globals,
    pub(crate) timing: Timing,
    pub(crate) scripts: Scripts,
    pub(crate) pending: Vec<Script>,
    pub(crate) cached: Vec<CachedInfo>,
    pub(crate) failures: Failures,
    /// What the engine answers; a request after the last waits for ever.
    pub(crate) answers: Vec<Reply>,
    /// What an operation shows before its answer.
    pub(crate) shows: Vec<Show>,
    /// What was to be done, in order.
    pub(crate) done: Vec<String>,
    /// What becomes of it, where it does not succeed.
    pub(crate) refusal: Option<Refusal>,
    /// Answers that nobody gives: their requests wait.
    held: Vec<mpsc::UnboundedSender<Word>>,
}

#[derive(Debug)]
pub(crate) struct TestDesk {
    world: Mutex<World>,
    notices: broadcast::Sender<Arc<Notice>>,
}

impl TestDesk {
    /// A healthy cluster `orders` of a master, two replicas and two watchers, this one among them.
    pub(crate) fn new() -> Arc<Self> {
        let nodes = vec![
            node("10.0.0.1:6379", Role::Master),
            node("10.0.0.2:6379", Role::Replica),
            node("10.0.0.3:6379", Role::Replica),
        ];
        let snapshot = Snapshot {
            id: ME.parse().unwrap(),
            addr: addr("10.0.0.9:26379"),
            current_epoch: 7,
            abstains_since_us: None,
            clusters: vec![Arc::new(cluster("orders", nodes))],
        };
        Arc::new(Self {
            world: Mutex::new(World {
                snapshot,
                pulse: Pulse {
                    pending_commands: 1,
                    clusters: 2,
                    ping_sent_us: Some(NOW_US - 100_000),
                    alive_us: NOW_US - 200_000,
                    answered_us: NOW_US - 300_000,
                    hello_us: Some(NOW_US - 400_000),
                },
                logins: Logins::default(),
                globals: Globals::default(),
                timing: Timing::default(),
                scripts: Scripts::default(),
                pending: Vec::new(),
                cached: Vec::new(),
                failures: Failures::default(),
                answers: Vec::new(),
                shows: Vec::new(),
                done: Vec::new(),
                refusal: None,
                held: Vec::new(),
            }),
            notices: broadcast::channel(1024).0,
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Changes the first cluster.
    pub(crate) fn change(&self, change: impl FnOnce(&mut ClusterPicture)) {
        change(Arc::make_mut(&mut self.world().snapshot.clusters[0]));
    }

    pub(crate) fn emit(&self, channel: &str, payload: &str) {
        let notice = Notice {
            level: Level::Warning,
            channel: channel.to_owned(),
            payload: payload.to_owned(),
            cluster: None,
        };
        // Nobody may be listening.
        drop(self.notices.send(Arc::new(notice)));
    }

    pub(crate) fn listeners(&self) -> usize {
        self.notices.receiver_count()
    }

    fn note(&self, what: String) -> Later<'_, Done> {
        let mut world = self.world();
        world.done.push(what);
        let done = world.refusal.clone().map_or(Ok(()), Err);
        Box::pin(std::future::ready(done))
    }
}

/// A server before a desk. Dropping it ends the server.
pub(crate) struct Served {
    pub(crate) port: u16,
    _halt: DropGuard,
}

pub(crate) async fn serve(desk: &Arc<TestDesk>, limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let end = CancellationToken::new();
    let desk: Arc<dyn Desk> = Arc::<TestDesk>::clone(desk);
    let hall = Hall::new(desk, limits, end.clone());
    drop(tokio::spawn(server::serve(listener, Arc::new(hall))));
    Served {
        port,
        _halt: end.drop_guard(),
    }
}

/// A listener to whom a test hands its ends of pipes, and whence they are dialled.
pub(crate) struct Given(mpsc::UnboundedReceiver<DuplexStream>, SocketAddr);

impl Accept for Given {
    fn accept(&mut self) -> Later<'_, io::Result<Arrival>> {
        Box::pin(async move {
            let Some(stream) = self.0.recv().await else {
                return std::future::pending().await;
            };
            let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
            Ok(Arrival {
                peer: self.1.into(),
                local: nowhere.into(),
                open: Box::pin(async move { Ok(Box::new(stream) as Box<dyn Stream>) }),
            })
        })
    }
}

/// A connection over a pipe that holds `room` bytes in each direction, and what ends its server.
pub(crate) fn pipe(desk: &Arc<TestDesk>, limits: Limits, room: usize) -> (DuplexStream, DropGuard) {
    pipe_from(SocketAddr::from(([127, 0, 0, 1], 1)), desk, limits, room)
}

/// The same, dialled from `peer`.
pub(crate) fn pipe_from(
    peer: SocketAddr,
    desk: &Arc<TestDesk>,
    limits: Limits,
    room: usize,
) -> (DuplexStream, DropGuard) {
    let (hand, given) = mpsc::unbounded_channel();
    let end = CancellationToken::new();
    let desk: Arc<dyn Desk> = Arc::<TestDesk>::clone(desk);
    let hall = Hall::new(desk, limits, end.clone());
    drop(tokio::spawn(server::serve(
        Given(given, peer),
        Arc::new(hall),
    )));
    let (near, far) = tokio::io::duplex(room);
    hand.send(far).unwrap();
    (near, end.drop_guard())
}

pub(crate) fn addr(text: &str) -> Addr {
    text.parse().unwrap()
}

pub(crate) fn cluster(name: &str, nodes: Vec<NodePicture>) -> ClusterPicture {
    ClusterPicture {
        name: name.to_owned(),
        master: nodes[0].addr.clone(),
        config_epoch: 6,
        quorum: 2,
        down_after_ms: 5000,
        failover_timeout_ms: 60_000,
        parallel_syncs: 1,
        odown_since_us: None,
        failover: None,
        leader: None,
        leader_epoch: 0,
        pause: None,
        stands_back: false,
        nodes,
        watchers: vec![watcher(PEER)],
        findings: Vec::new(),
        tells: Told::default(),
    }
}

pub(crate) fn node(at: &str, role: Role) -> NodePicture {
    let replica = role == Role::Replica;
    NodePicture {
        name: at.to_owned(),
        addr: addr(at),
        run_id: "ab".repeat(20),
        flavor: Some(Flavor::Redis),
        role,
        role_since_us: NOW_US - 90_000_000,
        sdown_since_us: None,
        disconnected: false,
        seen_at_us: Some(NOW_US - 500_000),
        link: if replica { Link::Up } else { Link::None },
        link_down_ms: 0,
        master: replica.then(|| addr("10.0.0.1:6379")),
        priority: 100,
        unannounced: false,
        offset: 1234,
        position: None,
        writable: !replica,
        fenced: false,
        moving: None,
        promoted: false,
        set_apart: None,
    }
}

pub(crate) fn watcher(id: &str) -> WatcherPicture {
    WatcherPicture {
        id: id.parse().unwrap(),
        addr: addr("10.0.0.8:26379"),
        sdown_since_us: None,
        disconnected: false,
        says_down: false,
        voted_leader: None,
        voted_epoch: 0,
        kind: Some("sentinel"),
    }
}

impl Look for TestDesk {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.world().snapshot.clone())
    }

    fn now_us(&self) -> u64 {
        NOW_US
    }

    fn pulse(&self, _whom: &Whom) -> Pulse {
        self.world().pulse
    }

    fn globals(&self) -> Globals {
        self.world().globals.clone()
    }

    fn timing(&self) -> Timing {
        self.world().timing
    }

    fn scripts(&self, _cluster: &str) -> Scripts {
        self.world().scripts.clone()
    }

    fn pending_scripts(&self) -> Vec<Script> {
        self.world().pending.clone()
    }

    fn failures(&self) -> Failures {
        self.world().failures
    }

    fn promotions(&self, _cluster: &str) -> Vec<Promotion> {
        Vec::new()
    }

    fn logins(&self) -> Arc<Logins> {
        Arc::new(self.world().logins.clone())
    }

    fn process(&self) -> Process {
        Process::default()
    }
}

impl Desk for TestDesk {
    fn notices(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.notices.subscribe()
    }

    fn submit(&self, request: Request) -> Answers {
        let (sender, answers) = mpsc::unbounded_channel();
        let mut world = self.world();
        world.done.push(format!("{request:?}"));
        for show in world.shows.clone() {
            sender.send(Word::Show(show)).unwrap();
        }
        if world.answers.is_empty() {
            world.held.push(sender);
        } else {
            let reply = world.answers.remove(0);
            sender.send(Word::Reply(reply)).unwrap();
        }
        answers
    }

    fn hello(&self, hello: Hello) {
        self.world().done.push(format!("hello {hello}"));
    }

    fn monitor(&self, wanted: Monitor) -> Later<'_, Done> {
        self.note(format!("{wanted:?}"))
    }

    fn remove(&self, cluster: String) -> Later<'_, Done> {
        self.note(format!("remove {cluster}"))
    }

    fn set(&self, cluster: String, settings: Vec<Setting>) -> Later<'_, Done> {
        let words: Vec<_> = settings.iter().map(Setting::words).collect();
        self.note(format!("set {cluster} {}", words.join(" ")))
    }

    fn set_globals(&self, settings: Vec<Global>) -> Later<'_, Done> {
        self.note(format!("{settings:?}"))
    }

    fn set_timing(&self, timing: Timing) {
        self.world().timing = timing;
    }

    fn flush_config(&self) -> Later<'_, Done> {
        self.note("flush".to_owned())
    }

    fn simulate_failure(&self, failures: Failures) {
        self.world().failures = failures;
    }

    fn set_users(&self, logins: Logins) {
        self.world().logins = logins;
    }

    fn read_users(&self) -> Later<'_, Done> {
        Box::pin(std::future::ready(Err(Refusal::no_users_file())))
    }

    fn write_users(&self) -> Later<'_, Done> {
        self.read_users()
    }

    fn history(&self, cluster: String, limit: usize) -> Later<'_, Result<String, Refusal>> {
        let json = format!("[\"{cluster}\",{limit}]");
        Box::pin(std::future::ready(Ok(json)))
    }

    fn info_cache(&self, _cluster: String) -> Later<'_, Vec<CachedInfo>> {
        Box::pin(std::future::ready(self.world().cached.clone()))
    }

    fn stand_back(&self, cluster: String, ms: u64) -> Later<'_, Done> {
        self.note(format!("stand back {cluster} {ms}"))
    }

    fn shutdown(&self) {
        self.world().done.push("shutdown".to_owned());
    }
}
