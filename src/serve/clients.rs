//! Who is connected, and what has been served since the start.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::resp::Protocol;

/// Everyone connected.
#[derive(Debug, Default)]
pub struct Clients {
    connected: Mutex<BTreeMap<u64, Card>>,
    pub counts: Counts,
}

/// What has been served since the start.
#[derive(Debug, Default)]
pub struct Counts {
    pub connections: AtomicU64,
    pub rejected: AtomicU64,
    pub commands: AtomicU64,
    pub errors: AtomicU64,
    pub bytes_in: AtomicU64,
    pub bytes_out: AtomicU64,
    /// Subscribers that were dropped because they did not read.
    pub slow: AtomicU64,
}

/// What others may know of one connection.
#[derive(Debug)]
pub struct Card {
    pub peer: String,
    pub local: String,
    pub name: String,
    pub user: String,
    pub lib_name: String,
    pub lib_ver: String,
    pub since_us: u64,
    pub active_us: u64,
    /// The last command: `client|list`.
    pub command: String,
    pub channels: usize,
    pub patterns: usize,
    pub protocol: Protocol,
    pub kill: CancellationToken,
}

/// Which connections are meant; those that fit everything that is given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<u64>>,
    pub peer: Option<String>,
    pub local: Option<String>,
    pub user: Option<String>,
    pub subscriber: Option<bool>,
    /// Fits nobody: a type of client that there is not here.
    pub nobody: bool,
    pub not: Option<u64>,
}

impl Clients {
    /// Takes a connection in, unless there are `limit` already; its number.
    pub fn join(&self, limit: usize, card: Card) -> Option<u64> {
        let mut connected = self.lock();
        if connected.len() >= limit {
            self.counts.rejected.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let id = self.counts.connections.fetch_add(1, Ordering::Relaxed) + 1;
        connected.insert(id, card);
        Some(id)
    }

    pub fn leave(&self, id: u64) {
        self.lock().remove(&id);
    }

    pub fn update(&self, id: u64, change: impl FnOnce(&mut Card)) {
        if let Some(card) = self.lock().get_mut(&id) {
            change(card);
        }
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Channels and patterns with at least one subscriber are not told apart here: how many subscribers there are.
    pub fn subscribers(&self) -> usize {
        let connected = self.lock();
        connected.values().filter(|card| card.subscribes()).count()
    }

    /// CLIENT LIST: a line for each that fits, by number.
    pub fn list(&self, filter: &Filter, now_us: u64) -> String {
        let connected = self.lock();
        let fitting = connected
            .iter()
            .filter(|(id, card)| filter.fits(**id, card));
        let lines = fitting.map(|(id, card)| card.line(*id, now_us));
        lines.collect::<Vec<_>>().concat()
    }

    /// CLIENT KILL: ends all that fit; who they were.
    pub fn kill(&self, filter: &Filter) -> Vec<u64> {
        let connected = self.lock();
        let fitting = connected
            .iter()
            .filter(|(id, card)| filter.fits(**id, card));
        fitting
            .map(|(id, card)| {
                card.kill.cancel();
                *id
            })
            .collect()
    }

    /// A map of plain values is whole after a panic, too.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Card>> {
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Card {
    fn subscribes(&self) -> bool {
        self.channels + self.patterns > 0
    }

    /// The fields of 7.2. Buffers that do not exist here are told as empty.
    fn line(&self, id: u64, now_us: u64) -> String {
        let seconds = |since: u64| now_us.saturating_sub(since) / 1_000_000;
        let flags = if self.subscribes() { "P" } else { "N" };
        let resp = match self.protocol {
            Protocol::Resp2 => 2,
            Protocol::Resp3 => 3,
        };
        format!(
            "id={id} addr={} laddr={} fd=-1 name={} age={} idle={} flags={flags} db=0 sub={} psub={} ssub=0 \
             multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 \
             events=r cmd={} user={} redir=-1 resp={resp} lib-name={} lib-ver={}\n",
            self.peer,
            self.local,
            self.name,
            seconds(self.since_us),
            seconds(self.active_us),
            self.channels,
            self.patterns,
            self.command,
            self.user,
            self.lib_name,
            self.lib_ver,
        )
    }
}

impl Filter {
    fn fits(&self, id: u64, card: &Card) -> bool {
        let same = |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|w| w == own);
        !self.nobody
            && self.not != Some(id)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
            && same(&self.peer, &card.peer)
            && same(&self.local, &card.local)
            && same(&self.user, &card.user)
            && self
                .subscriber
                .is_none_or(|wanted| wanted == card.subscribes())
    }
}
