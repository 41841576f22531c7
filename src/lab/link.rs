//! One link of a replica to one master: the introduction, the state of each database, the stream.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use tokio_util::codec::Framed;

use super::exec;
use super::meeting;
use super::replica::After;
use super::replica::REPLICATION_SHIFT;
use super::replica::unlink;
use super::state::DbLink;
use super::state::Shared;
use super::state::State;
use super::store::Data;
use super::wire::Refusal;
use super::wire::Say;
use super::wire::Wire;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep_until;
use crate::host::clock::timeout;
use crate::serve::resp::RespCodec;

/// One link to one master.
pub(super) struct Link<'a> {
    node: &'a Arc<Shared>,
    generation: u64,
    /// When a database takes its next step.
    steps: BTreeMap<usize, Mono>,
    /// Full syncs under way: what has come, since when, and where the stream goes on once all has.
    syncs: BTreeMap<usize, (Data, Mono, Option<BinlogPoint>)>,
    /// Databases that are connected and have not asked for the stream yet.
    beginning: BTreeMap<usize, Mono>,
    sessions: BTreeMap<usize, u32>,
    heard: Mono,
}

impl<'a> Link<'a> {
    /// Links, and stays linked as long as it can; `wire` holds the connection meanwhile.
    pub(super) async fn run(
        node: &'a Arc<Shared>,
        generation: u64,
        master: &(String, u16),
        wire: &mut Option<Wire>,
    ) -> After {
        let timings = node.options.timings;
        let flapped = std::mem::take(&mut node.lock().follow.flapped);
        if flapped {
            unlink(&mut node.lock(), node, generation);
            clock::sleep(timings.meta_wait).await;
        }
        let (host, port) = master;
        if host.parse::<IpAddr>().is_err() && !node.dialect.resolves {
            pending::<()>().await;
        }
        let Some(addr) = Addr::new(host, *port).shifted(REPLICATION_SHIFT) else {
            return After::Never;
        };
        let dialled = timeout(timings.connect, node.options.net.dial.dial(&addr)).await;
        node.gate().await;
        let Ok(Ok(stream)) = dialled else {
            return After::Retry(clock::mono() + timings.redial);
        };
        let wire = wire.insert(Framed::new(stream, RespCodec::default()));
        let met_at = clock::mono();
        let reuse = node.lock().follow.leaving.as_ref() == Some(master);
        match meeting::introduce(node, wire, reuse).await {
            Some(Say::MetaOk { history }) => match meeting::settle(node, generation, &history) {
                Ok(true) => {}
                Ok(false) => return After::Never,
                Err(_) => return After::Retry(met_at + timings.meta_wait),
            },
            Some(Say::MetaNo { for_good: true }) => return After::Never,
            _ => return After::Retry(met_at + timings.meta_wait),
        }
        let mut link = Self {
            node,
            generation,
            steps: BTreeMap::new(),
            syncs: BTreeMap::new(),
            beginning: BTreeMap::new(),
            sessions: BTreeMap::new(),
            heard: clock::mono(),
        };
        if link.stay(wire).await {
            After::Retry(clock::mono() + timings.meta_wait)
        } else {
            After::Retry(
                (clock::mono() + timings.redial)
                    .max(met_at + timings.meta_wait.min(timings.redial * 3)),
            )
        }
    }

    /// Goes on until the connection ends; true if it was this side that gave it up.
    async fn stay(&mut self, wire: &mut Wire) -> bool {
        let timings = self.node.options.timings;
        let mut nudge = self.node.nudge.subscribe();
        loop {
            self.plan();
            let next = self.next_due(timings.silence.min(timings.link_idle) / 8);
            let going = tokio::select! {
                biased;
                heard = wire.next() => {
                    let Some(Ok(words)) = heard else { return false };
                    self.node.gate().await;
                    self.heard = clock::mono();
                    let Some(say) = Say::decode(&words) else { return false };
                    self.hear(wire, say).await
                }
                Ok(()) = nudge.changed() => self.detach(wire).await,
                () = sleep_until(next) => {
                    self.node.gate().await;
                    self.step(wire).await
                }
            };
            if going.is_err() {
                return false;
            }
            let silent = clock::mono().duration_since(self.heard);
            if silent > timings.link_idle && self.syncs.is_empty() {
                return true;
            }
            if silent > timings.silence {
                self.resume_streams();
            }
        }
    }

    /// Gives every database that wants to sync a time for its next step.
    fn plan(&mut self) {
        let at = clock::mono() + self.node.options.timings.step;
        let state = self.node.lock();
        for (index, db) in state.dbs.iter().enumerate() {
            if matches!(db.link, DbLink::TryConnect | DbLink::TryDbSync) {
                self.steps.entry(index).or_insert(at);
            }
        }
    }

    fn next_due(&self, at_most: Duration) -> Mono {
        let timings = self.node.options.timings;
        let least = if self.node.dialect.rsync_daemon {
            timings.full_sync_rsync
        } else {
            timings.full_sync
        };
        let installs = self
            .syncs
            .values()
            .filter(|sync| sync.2.is_some())
            .map(|sync| sync.1 + least);
        let due = self
            .steps
            .values()
            .chain(self.beginning.values())
            .copied()
            .chain(installs)
            .min();
        due.unwrap_or_else(|| clock::mono() + at_most)
            .min(clock::mono() + at_most)
    }

    async fn step(&mut self, wire: &mut Wire) -> io::Result<()> {
        let now = clock::mono();
        let due: Vec<usize> = self
            .steps
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(db, _)| *db)
            .collect();
        for db in due {
            self.steps.remove(&db);
            let ask = self.change(|state| {
                let own = state.dbs.get_mut(db)?;
                let ask = match own.link {
                    DbLink::TryConnect => Say::TrySync {
                        db,
                        at: own.binlog.position(),
                    },
                    DbLink::TryDbSync => Say::DbSync { db },
                    DbLink::NoConnect
                    | DbLink::WaitDbSync
                    | DbLink::WaitReply
                    | DbLink::Connected
                    | DbLink::Error
                    | DbLink::Detached => return None,
                };
                own.link = DbLink::WaitReply;
                Some(ask)
            });
            if let Some(ask) = ask.flatten() {
                wire.send(ask.encode()).await?;
            }
        }
        let begun: Vec<usize> = self
            .beginning
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(db, _)| *db)
            .collect();
        for db in begun {
            self.beginning.remove(&db);
            if let Some(at) = self
                .change(|state| Some(state.dbs.get(db)?.binlog.position()))
                .flatten()
            {
                wire.send(Say::Begin { db, at }.encode()).await?;
            }
        }
        self.install(now)
    }

    /// Puts the data of a finished full sync in place.
    fn install(&mut self, now: Mono) -> io::Result<()> {
        let timings = self.node.options.timings;
        let least = if self.node.dialect.rsync_daemon {
            timings.full_sync_rsync
        } else {
            timings.full_sync
        };
        let ready: Vec<usize> = self
            .syncs
            .iter()
            .filter(|(_, sync)| sync.2.is_some() && sync.1 + least <= now)
            .map(|(db, _)| *db)
            .collect();
        for db in ready {
            let Some((data, _, Some(at))) = self.syncs.remove(&db) else {
                continue;
            };
            let dialect = self.node.dialect;
            let installed = self.change(|state| {
                if let Some(own) = state.dbs.get_mut(db) {
                    own.store.replace(data)?;
                    own.binlog.restart_at(at)?;
                    own.link = DbLink::TryConnect;
                }
                state.follow.residue = true;
                state.set_unfinished(dialect, db, false)
            });
            installed.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    async fn hear(&mut self, wire: &mut Wire, say: Say) -> io::Result<()> {
        match say {
            Say::TrySyncOk { db, session } => {
                self.sessions.insert(db, session);
                if self.answer(db, DbLink::Connected) {
                    self.beginning
                        .insert(db, clock::mono() + self.node.options.timings.step);
                }
            }
            Say::TrySyncNo {
                db,
                why: Refusal::Purged,
            } => {
                self.answer(db, DbLink::TryDbSync);
            }
            Say::TrySyncNo {
                db,
                why: Refusal::Larger | Refusal::Inside,
            } => {
                self.answer(db, DbLink::Error);
            }
            Say::DbSyncOk { db } => {
                if self.answer(db, DbLink::WaitDbSync) {
                    self.syncs.insert(db, (Data::new(), clock::mono(), None));
                    let dialect = self.node.dialect;
                    self.change(|state| state.set_unfinished(dialect, db, true))
                        .unwrap_or(Ok(()))?;
                }
            }
            Say::Chunk { db, data } => {
                if let Some(sync) = self.syncs.get_mut(&db) {
                    sync.0.extend(data);
                }
            }
            Say::ChunkEnd { db, at } => {
                if let Some(sync) = self.syncs.get_mut(&db) {
                    sync.2 = Some(at);
                }
            }
            Say::Records {
                db,
                session,
                records,
            } => {
                if self.sessions.get(&db) == Some(&session)
                    && let Some(at) = self.append(db, &records)?
                {
                    wire.send(Say::Ack { db, at }.encode()).await?;
                }
            }
            Say::Alive { db } => {
                let at = self
                    .change(|state| Some(state.dbs.get(db)?.binlog.position()))
                    .flatten();
                if let Some(at) = at {
                    wire.send(Say::Ack { db, at }.encode()).await?;
                }
            }
            Say::Meta(_)
            | Say::MetaOk { .. }
            | Say::MetaNo { .. }
            | Say::TrySync { .. }
            | Say::DbSync { .. }
            | Say::Begin { .. }
            | Say::Ack { .. }
            | Say::Detach { .. } => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(())
    }

    /// Appends and applies records in the master's order; the last position to acknowledge.
    fn append(
        &mut self,
        db: usize,
        records: &[(BinlogPoint, bytes::Bytes)],
    ) -> io::Result<Option<BinlogPoint>> {
        let node = self.node;
        let appended = self.change(|state| {
            let mut last = None;
            for (at, command) in records {
                if state
                    .dbs
                    .get(db)
                    .is_none_or(|own| own.link != DbLink::Connected)
                {
                    break;
                }
                exec::replay(node, state, db, command)?;
                last = Some(*at);
            }
            Ok(last)
        });
        node.wrote();
        appended.unwrap_or(Ok(None))
    }

    /// Takes the master's answer, unless it is no longer awaited.
    fn answer(&self, db: usize, link: DbLink) -> bool {
        let taken = self.change(|state| {
            let own = state
                .dbs
                .get_mut(db)
                .filter(|own| own.link == DbLink::WaitReply)?;
            own.link = link;
            Some(())
        });
        taken.flatten().is_some()
    }

    /// The master is silent: ask for every stream again.
    fn resume_streams(&mut self) {
        self.beginning.clear();
        self.change(|state| {
            for db in state
                .dbs
                .iter_mut()
                .filter(|db| db.link == DbLink::Connected)
            {
                db.link = DbLink::TryConnect;
            }
        });
    }

    async fn detach(&mut self, wire: &mut Wire) -> io::Result<()> {
        let left: Vec<usize> = {
            let state = self.node.lock();
            state
                .dbs
                .iter()
                .enumerate()
                .filter(|(_, db)| db.link == DbLink::Detached)
                .map(|(db, _)| db)
                .collect()
        };
        for db in left {
            self.beginning.remove(&db);
            wire.send(Say::Detach { db }.encode()).await?;
        }
        Ok(())
    }

    /// Changes the node's state, unless it has been given another master meanwhile.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.node.lock();
        (self.generation == *self.node.target.borrow()).then(|| change(&mut state))
    }
}
