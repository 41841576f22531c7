//! One node: started, shut down, killed, and started again on what its disk holds.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(test)]
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::interval;
use pikafo::lab::net::LabNet;
use tokio::runtime::Handle;

use super::disk::Disk;
use super::follow;
use super::session;
use super::state::Node;
use super::state::State;
use super::stream::Link;
use super::stream::Stage;

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) addr: SocketAddr,
    pub(crate) net: LabNet,
    pub(crate) disk: Disk,
    pub(crate) wall: Wall,
    /// Ids are drawn from it; nodes must have different ones.
    pub(crate) seed: u64,
    pub(crate) timings: Timings,
}

/// How long things take beyond what the configuration says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timings {
    /// From the making of a copy for a replica until it is sent.
    pub(crate) copy: Duration,
    /// Data is loaded that long, at a start and by a replica that got a copy: LOADING is answered.
    pub(crate) load: Duration,
}

/// The wall clock of a host: milliseconds since 1970.
#[derive(Clone)]
pub(crate) struct Wall(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Wall {
    pub(crate) fn new(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    pub(super) fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wall")
    }
}

/// A node that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct RedisNode {
    pub(super) node: Arc<Node>,
    /// Whose clock it lives by.
    pub(super) runtime: Handle,
}

impl RedisNode {
    /// Starts a node; it takes connections when this returns.
    pub(crate) async fn start(options: Options) -> io::Result<Self> {
        let clients = options.net.listen.listen(options.addr).await?;
        let node = Arc::new(Node::open(options));
        let (life, serving) = (&node.life, Arc::clone(&node));
        life.open(clients, move |stream, peer| {
            session::serve(Arc::clone(&serving), stream, peer)
        });
        life.run(follow::follow(Arc::clone(&node)));
        life.run(tick(Arc::clone(&node)));
        let runtime = Handle::current();
        Ok(Self { node, runtime })
    }

    #[cfg(test)]
    pub(crate) fn addr(&self) -> Addr {
        let addr = self.node.options.addr;
        Addr::new(&addr.ip().to_string(), addr.port())
    }

    /// Ends at once, as a crash of the process does; what it has written is on the disk that was handed in.
    #[cfg(test)]
    pub(crate) async fn kill(self) {
        self.node.life.end();
        self.ended().await;
    }

    /// Waits until it has ended by SHUTDOWN.
    pub(crate) async fn ended(&self) {
        self.node.life.ended().await;
    }
}

impl Drop for RedisNode {
    fn drop(&mut self) {
        self.node.life.end();
    }
}

/// What a server does by the clock: ten times a second for keys, once a second for everything else.
async fn tick(node: Arc<Node>) {
    let mut ticks = interval(Duration::from_millis(100));
    for turn in 1_u64.. {
        ticks.tick().await;
        let mut state = node.lock();
        expire(&node, &mut state);
        if turn.is_multiple_of(10) {
            look_after_replicas(&mut state, turn / 10);
            persist(&node, &mut state);
        }
    }
}

/// Deletes what is over, on a master; one deletion is one record.
fn expire(node: &Node, state: &mut State) {
    if state.is_replica() || state.clients.held_back(true).is_some() {
        return;
    }
    for (db, key) in state.data.expired(node.now_ms()) {
        state.data.dbs[db].remove(&key);
        node.spread(state, vec![(Some(db), vec!["DEL".into(), key])]);
    }
}

fn look_after_replicas(state: &mut State, second: u64) {
    let timeout = state.conf.number("repl-timeout");
    let limit = state.conf.number("repl-backlog-size");
    let every = state.conf.number("repl-ping-replica-period");
    let master = state.repl.master.is_none();
    // Paused or not.
    if master && second.is_multiple_of(every) && !state.repl.replicas.is_empty() {
        state.repl.feed(None, &vec!["PING".into()], limit);
    }
    let mut silent = Vec::new();
    for (id, replica) in &state.repl.replicas {
        if replica.stage == Stage::Online && replica.lag() > timeout {
            silent.push(*id);
        }
    }
    for id in silent {
        if let Some(replica) = state.repl.replicas.get(&id) {
            replica.gone.cancel();
        }
        state.repl.detach(id);
    }
    let alone = clock::mono().duration_since(state.repl.no_replicas_since);
    let ttl = state.conf.number("repl-backlog-ttl");
    if master
        && state.repl.replicas.is_empty()
        && state.repl.backlog.is_some()
        && ttl > 0
        && alone.as_secs() > ttl
    {
        state.repl.id = state.dice.hex(20);
        state.repl.forget_second();
        state.repl.backlog = None;
    }
}

fn persist(node: &Node, state: &mut State) {
    if state.conf.text("appendfsync") == "everysec"
        && let Some(aof) = &mut node.options.disk.files().aof
    {
        aof.synced = aof.log.len();
    }
    let quiet = clock::mono().duration_since(state.saved_at).as_secs();
    let words: Vec<u64> = state
        .conf
        .text("save")
        .split(' ')
        .filter_map(|n| n.parse().ok())
        .collect();
    let due = |pair: &[u64]| quiet >= pair[0] && state.dirty >= pair[1];
    // A copy that comes is not what the data is.
    let whole = state.link() != Some(Link::Copying);
    if whole && words.chunks_exact(2).any(due) {
        node.save(state);
    }
}
