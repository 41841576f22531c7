//! Who is connected, and what has been served since the start.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

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
    pub reads: AtomicU64,
    pub writes: AtomicU64,
    pub bytes_in: AtomicU64,
    pub bytes_out: AtomicU64,
    /// Subscribers that were dropped because they did not read.
    pub slow: AtomicU64,
    pace: Mutex<Pace>,
}

/// How quickly clients ask, from one look to the next.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    at_us: u64,
    /// Commands, bytes in, bytes out: until then, and of each so many a second before that.
    until: [u64; 3],
    a_second: [f64; 3],
}

impl Counts {
    /// Commands, bytes in and bytes out in a second, since somebody last wanted to know.
    pub fn a_second(&self, now_us: u64) -> [f64; 3] {
        let now = [&self.commands, &self.bytes_in, &self.bytes_out]
            .map(|count| count.load(Ordering::Relaxed));
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let since = Duration::from_micros(now_us.saturating_sub(pace.at_us));
        if since >= MOMENT {
            let more = now.into_iter().zip(pace.until);
            let more = more.map(|(now, then)| u32::try_from(now.saturating_sub(then)));
            for (own, more) in pace.a_second.iter_mut().zip(more) {
                *own = f64::from(more.unwrap_or(u32::MAX)) / since.as_secs_f64();
            }
            (pace.at_us, pace.until) = (now_us, now);
        }
        pace.a_second
    }
}

/// In less than this too little happens for a pace.
const MOMENT: Duration = Duration::from_millis(100);

/// Of all connections together. A channel counts as often as it is listened to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    pub subscribers: usize,
    pub channels: usize,
    pub patterns: usize,
    pub tracking: usize,
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
    /// It came over a Unix socket.
    pub near: bool,
    /// `CLIENT NO-EVICT on`.
    pub kept: bool,
    pub tracking: Option<Tracks>,
    pub kill: CancellationToken,
}

/// How one wants to be told of keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tracks {
    pub bcast: bool,
    pub redirect: u64,
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

    pub fn knows(&self, id: u64) -> bool {
        self.lock().contains_key(&id)
    }

    pub fn totals(&self) -> Totals {
        let connected = self.lock();
        connected
            .values()
            .fold(Totals::default(), |totals, card| Totals {
                subscribers: totals.subscribers + usize::from(card.subscribes()),
                channels: totals.channels + card.channels,
                patterns: totals.patterns + card.patterns,
                tracking: totals.tracking + usize::from(card.tracking.is_some()),
            })
    }

    /// The line of CLIENT LIST for one of them, without its end.
    pub fn line(&self, id: u64, now_us: u64) -> String {
        let connected = self.lock();
        let line = connected.get(&id).map(|card| card.line(id, now_us));
        line.unwrap_or_default().trim_end().to_owned()
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
        let mut flags = String::new();
        for (letter, has) in [
            ('P', self.subscribes()),
            ('t', self.tracking.is_some()),
            ('B', self.tracking.is_some_and(|own| own.bcast)),
            ('U', self.near),
            ('e', self.kept),
        ] {
            flags.extend(has.then_some(letter));
        }
        if flags.is_empty() {
            flags.push('N');
        }
        let redirect = self
            .tracking
            .map_or_else(|| "-1".to_owned(), |own| own.redirect.to_string());
        let resp = match self.protocol {
            Protocol::Resp2 => 2,
            Protocol::Resp3 => 3,
        };
        format!(
            "id={id} addr={} laddr={} fd=-1 name={} age={} idle={} flags={flags} db=0 sub={} psub={} ssub=0 \
             multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 \
             events=r cmd={} user={} redir={redirect} resp={resp} lib-name={} lib-ver={}\n",
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
