//! The master's side of replication: who may follow, from where, and the stream to each.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::binlog::Standing;
use super::pieces;
use super::state::ReplicaDb;
use super::state::ReplicaEntry;
use super::state::Shared;
use super::state::State;
use super::state::StreamState;
use super::version::History;
use super::wire::Meta;
use super::wire::Refusal;
use super::wire::Say;
use super::wire::Wire;
use crate::decide::position::BinlogPoint;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::timeout;
use crate::host::dice;

/// Bytes of one batch of records.
const BATCH: usize = 64 * 1024;

/// Serves one replica until either side goes away.
pub async fn serve(node: Arc<Shared>, mut wire: Wire, peer: SocketAddr) {
    let halt = node.halt.clone();
    let links = node.links.clone();
    let mut listed = None;
    tokio::select! {
        biased;
        () = halt.cancelled() => {}
        () = links.cancelled() => {}
        () = talk(&node, &mut wire, peer, &mut listed) => {}
    }
    if let Some(id) = listed {
        let mut state = node.lock();
        if let Some(gone) = state.replicas.iter().position(|replica| replica.id == id) {
            let gone = state.replicas.remove(gone);
            state.clients.give_fd(gone.fd);
        }
    }
}

/// One conversation; leaves in `listed` the id under which the replica is listed.
async fn talk(node: &Arc<Shared>, wire: &mut Wire, peer: SocketAddr, listed: &mut Option<u64>) {
    let first = timeout(node.options.timings.silence, wire.next()).await;
    let Ok(Some(Ok(words))) = first else { return };
    node.gate().await;
    let Some(Say::Meta(meta)) = Say::decode(&words) else {
        return;
    };
    match introduce(node, &meta, peer) {
        Ok((id, history)) => {
            *listed = Some(id);
            let mut feed = Feed::new(node, id);
            if feed.say(wire, &Say::MetaOk { history }).await {
                feed.run(wire).await;
            }
        }
        Err(no) => drop(wire.send(no.encode()).await),
    }
}

/// Decides whether a replica may follow, and lists it.
fn introduce(node: &Shared, meta: &Meta, peer: SocketAddr) -> Result<(u64, String), Say> {
    let mut state = node.lock();
    let ip = peer.ip().to_string();
    let password = state.conf.text("requirepass");
    let foreign =
        !meta.history.is_empty() && !state.history().is_empty() && meta.history != state.history();
    if !password.is_empty() && password != meta.auth || meta.databases != state.dbs.len() || foreign
    {
        return Err(Say::MetaNo { for_good: true });
    }
    if !meta.reuse
        && state
            .replicas
            .iter()
            .any(|replica| replica.ip == ip && replica.port == meta.port)
    {
        return Err(Say::MetaNo { for_good: false });
    }
    if node.dialect.history != History::Absent && state.history().is_empty() {
        let made = state.set_history(node.dialect, &dice::hex(25));
        if made.is_err() {
            return Err(Say::MetaNo { for_good: false });
        }
    }
    // A connection in place of an earlier one takes over its line.
    state
        .replicas
        .retain(|replica| !(replica.ip == ip && replica.port == meta.port));
    let id = state.replicas_seen;
    state.replicas_seen += 1;
    let fd = state.clients.take_fd();
    let idle = ReplicaDb {
        stream: StreamState::NotSyncing,
        session: 0,
        sent: BinlogPoint(0, 0),
        acked: BinlogPoint(0, 0),
    };
    let dbs: BTreeMap<usize, ReplicaDb> = (0..state.dbs.len()).map(|db| (db, idle)).collect();
    state.replicas.push(ReplicaEntry {
        id,
        ip,
        port: meta.port,
        fd,
        dbs,
    });
    Ok((id, state.history().to_owned()))
}

/// The stream to one replica.
struct Feed<'a> {
    node: &'a Arc<Shared>,
    id: u64,
    /// Databases with a batch that was not acknowledged yet; one at a time.
    awaiting: BTreeSet<usize>,
    heard: Mono,
    pieces: (mpsc::Sender<Say>, mpsc::Receiver<Say>),
}

impl<'a> Feed<'a> {
    fn new(node: &'a Arc<Shared>, id: u64) -> Self {
        Self {
            node,
            id,
            awaiting: BTreeSet::new(),
            heard: clock::mono(),
            pieces: mpsc::channel(4),
        }
    }

    async fn run(&mut self, wire: &mut Wire) {
        let timings = self.node.options.timings;
        let node = Arc::clone(self.node);
        let mut written = pin!(node.written.notified());
        // What is written while something else is done must not be missed.
        written.as_mut().enable();
        let mut beat = clock::interval(timings.keepalive);
        loop {
            let going = tokio::select! {
                biased;
                heard = wire.next() => {
                    let Some(Ok(words)) = heard else { return };
                    self.node.gate().await;
                    self.heard = clock::mono();
                    let Some(say) = Say::decode(&words) else { return };
                    self.hear(wire, say).await
                }
                () = written.as_mut() => {
                    written.set(node.written.notified());
                    written.as_mut().enable();
                    self.node.gate().await;
                    self.stream(wire).await
                }
                Some(piece) = self.pieces.1.recv() => {
                    self.node.gate().await;
                    self.say(wire, &piece).await
                }
                () = beat.tick() => {
                    self.node.gate().await;
                    self.beat(wire).await
                }
            };
            if !going {
                return;
            }
        }
    }

    /// Sends; false when the replica is gone or takes nothing any more.
    async fn say(&self, wire: &mut Wire, say: &Say) -> bool {
        matches!(
            timeout(self.node.options.timings.ghost, wire.send(say.encode())).await,
            Ok(Ok(()))
        )
    }

    async fn hear(&mut self, wire: &mut Wire, say: Say) -> bool {
        match say {
            Say::TrySync { db, at } => {
                let answer = self.try_sync(db, at);
                self.say(wire, &answer).await
            }
            Say::DbSync { db } => {
                let going = self.say(wire, &Say::DbSyncOk { db }).await;
                self.full_sync(db);
                going
            }
            Say::Begin { db, at } => {
                self.note(db, |replica| {
                    replica.stream = StreamState::Streaming;
                    replica.sent = at;
                    replica.acked = at;
                });
                self.awaiting.remove(&db);
                self.stream(wire).await
            }
            Say::Ack { db, at } => {
                self.note(db, |replica| replica.acked = at);
                self.awaiting.remove(&db);
                self.stream(wire).await
            }
            Say::Detach { db } => {
                self.note(db, |replica| replica.stream = StreamState::NotSyncing);
                true
            }
            Say::Meta(_)
            | Say::MetaOk { .. }
            | Say::MetaNo { .. }
            | Say::TrySyncOk { .. }
            | Say::TrySyncNo { .. }
            | Say::DbSyncOk { .. }
            | Say::Chunk { .. }
            | Say::ChunkEnd { .. }
            | Say::Records { .. }
            | Say::Alive { .. } => false,
        }
    }

    /// The rules in their order. What lies *before* the position is not looked at: this is how a
    /// diverged node is taken back without a word.
    fn try_sync(&mut self, db: usize, at: BinlogPoint) -> Say {
        let mut state = self.node.lock();
        let Some(own) = state.dbs.get(db) else {
            return Say::TrySyncNo {
                db,
                why: Refusal::Inside,
            };
        };
        match own.binlog.standing(at) {
            Standing::Larger => Say::TrySyncNo {
                db,
                why: Refusal::Larger,
            },
            Standing::Purged => Say::TrySyncNo {
                db,
                why: Refusal::Purged,
            },
            Standing::Inside => Say::TrySyncNo {
                db,
                why: Refusal::Inside,
            },
            Standing::Boundary => {
                let session = state.sessions_given;
                state.sessions_given += 1;
                drop(state);
                self.note(db, |replica| {
                    if replica.stream == StreamState::Streaming {
                        replica.stream = StreamState::NotSyncing;
                    }
                    replica.session = session;
                    replica.sent = at;
                    replica.acked = at;
                });
                Say::TrySyncOk { db, session }
            }
        }
    }

    /// Freezes the data and sends it in pieces, at the configured rate.
    fn full_sync(&mut self, db: usize) {
        self.note(db, |replica| replica.stream = StreamState::FullSyncing);
        let state = self.node.lock();
        let Some(own) = state.dbs.get(db) else { return };
        let (data, at) = (own.store.data().clone(), own.binlog.position());
        let throttle = state
            .conf
            .number("throttle-bytes-per-second")
            .filter(|rate| *rate > 0)
            .unwrap_or(u64::MAX);
        drop(state);
        let rate = self
            .node
            .options
            .timings
            .full_sync_rate
            .min(throttle)
            .max(1);
        let pieces = self.pieces.0.clone();
        let halt = self.node.halt.clone();
        let task = async move {
            tokio::select! {
                biased;
                () = halt.cancelled() => {}
                () = pieces::send(db, data, at, rate, pieces) => {}
            }
        };
        drop(self.node.tasks.spawn(task));
    }

    /// Sends every database that streams and awaits nothing its next batch.
    async fn stream(&mut self, wire: &mut Wire) -> bool {
        let batches = {
            let mut state = self.node.lock();
            self.next_batches(&mut state)
        };
        for batch in batches {
            if !self.say(wire, &batch).await {
                return false;
            }
        }
        true
    }

    fn next_batches(&mut self, state: &mut State) -> Vec<Say> {
        let State { replicas, dbs, .. } = state;
        let Some(entry) = replicas.iter_mut().find(|replica| replica.id == self.id) else {
            return Vec::new();
        };
        let mut batches = Vec::new();
        for (db, replica) in &mut entry.dbs {
            if replica.stream != StreamState::Streaming || self.awaiting.contains(db) {
                continue;
            }
            let Some(own) = dbs.get(*db) else { continue };
            let records = own.binlog.after(replica.sent, BATCH);
            if let Some((last, _)) = records.last() {
                replica.sent = *last;
                self.awaiting.insert(*db);
                batches.push(Say::Records {
                    db: *db,
                    session: replica.session,
                    records,
                });
            }
        }
        batches
    }

    /// Keeps the stream alive, and gives it up when nothing was heard for long.
    async fn beat(&mut self, wire: &mut Wire) -> bool {
        let timings = self.node.options.timings;
        let silent = clock::mono().duration_since(self.heard);
        if silent > timings.ghost {
            return false;
        }
        let streaming: Vec<usize> = {
            let mut state = self.node.lock();
            let Some(entry) = state
                .replicas
                .iter_mut()
                .find(|replica| replica.id == self.id)
            else {
                return false;
            };
            if silent > timings.silence {
                for replica in entry.dbs.values_mut() {
                    replica.stream = StreamState::NotSyncing;
                }
            }
            entry
                .dbs
                .iter()
                .filter(|(_, db)| db.stream == StreamState::Streaming)
                .map(|(db, _)| *db)
                .collect()
        };
        for db in streaming {
            if !self.say(wire, &Say::Alive { db }).await {
                return false;
            }
        }
        true
    }

    fn note(&self, db: usize, change: impl FnOnce(&mut ReplicaDb)) {
        let mut state = self.node.lock();
        let entry = state
            .replicas
            .iter_mut()
            .find(|replica| replica.id == self.id);
        if let Some(replica) = entry.and_then(|entry| entry.dbs.get_mut(&db)) {
            change(replica);
        }
    }
}
