//! The stream of replication: its history's names, how far it reaches, what of it is still kept, and who is fed.
//!
//! Redis' rules, in short. A history has an id; a node that was promoted has a second id, that of its former
//! master's history, valid up to the offset at which it was promoted. Whoever asks for a position in either history
//! that is still in the backlog goes on from there; everyone else gets a full copy.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::Bytes;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::serve::resp::Request;
use pikafo::serve::resp::pack;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::sim::dice::Dice;

/// No history.
pub(super) const NO_ID: &str = "0000000000000000000000000000000000000000";

/// What a node knows of replication.
#[derive(Debug)]
pub(super) struct Repl {
    pub(super) id: String,
    pub(super) id2: String,
    pub(super) second_offset: i64,
    pub(super) offset: u64,
    pub(super) backlog: Option<Backlog>,
    /// The database that replicas believe to be in.
    pub(super) selected: Option<usize>,
    /// The database that its master's stream is in. Whoever goes on in a stream goes on in it, after another link too.
    pub(super) stream_db: usize,
    pub(super) replicas: BTreeMap<u64, Replica>,
    pub(super) no_replicas_since: Mono,
    /// `None` on a master.
    pub(super) master: Option<Following>,
    pub(super) synced_fully: u64,
    pub(super) synced_partly: u64,
    pub(super) refused_partly: u64,
}

/// The last bytes of the stream.
#[derive(Debug)]
pub(super) struct Backlog {
    bytes: VecDeque<u8>,
    /// The offset of its first byte.
    pub(super) first: u64,
}

/// One that is fed.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
    pub(super) stage: Stage,
    pub(super) acked: u64,
    pub(super) acked_at: Mono,
    sink: mpsc::UnboundedSender<Bytes>,
    pub(super) gone: CancellationToken,
}

/// How far a replica has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// No copy is being made for it yet.
    Waiting,
    /// The copy is made.
    Copying,
    /// The copy is on its way.
    Sending,
    Online,
}

/// A replica's side.
#[derive(Clone, Debug)]
pub(super) struct Following {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) link: Link,
    /// `id` and `offset` stand for something that a master may know.
    pub(super) cached: bool,
    pub(super) down_since: Option<Mono>,
    pub(super) last_io: Mono,
    /// Bytes of the copy: announced, arrived.
    pub(super) copy: (u64, u64),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Link {
    /// It is to be dialled.
    Connect,
    Connecting,
    /// The first words are exchanged.
    Handshake,
    /// A copy comes.
    Copying,
    Connected,
}

/// What a PSYNC leads to.
#[derive(Debug)]
pub(super) enum Sync {
    /// On from there: the bytes that it lacks.
    Partial(Bytes),
    Full,
}

impl Repl {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            id: dice.hex(20),
            id2: NO_ID.to_owned(),
            second_offset: -1,
            offset: 0,
            backlog: None,
            selected: None,
            stream_db: 0,
            replicas: BTreeMap::new(),
            no_replicas_since: clock::mono(),
            master: None,
            synced_fully: 0,
            synced_partly: 0,
            refused_partly: 0,
        }
    }

    /// A command of this master goes to its replicas.
    pub(super) fn feed(&mut self, db: Option<usize>, words: &Request, limit: u64) {
        if self.master.is_some() || self.backlog.is_none() && self.replicas.is_empty() {
            return;
        }
        if let Some(db) = db.filter(|db| self.selected != Some(*db)) {
            self.selected = Some(db);
            self.append(&pack(&["SELECT", &db.to_string()]), limit);
        }
        self.append(&pack(words), limit);
    }

    /// Bytes of the stream as they are: a replica hands its master's on.
    pub(super) fn append(&mut self, bytes: &Bytes, limit: u64) {
        self.offset += u64::try_from(bytes.len()).unwrap();
        if let Some(backlog) = &mut self.backlog {
            backlog.append(bytes, usize::try_from(limit).unwrap());
        }
        for replica in self.replicas.values().filter(|r| r.stage != Stage::Waiting) {
            replica.send(bytes.clone());
        }
    }

    /// Answers a PSYNC. `from` is the next byte that is wanted.
    pub(super) fn judge(&mut self, id: &str, from: i64) -> Sync {
        let own = id.eq_ignore_ascii_case(&self.id);
        let former = id.eq_ignore_ascii_case(&self.id2) && from <= self.second_offset;
        let kept = |backlog: &Backlog| u64::try_from(from).ok().and_then(|n| backlog.since(n));
        let rest = self.backlog.as_ref().and_then(kept);
        if let Some(bytes) = rest.filter(|_| own || former) {
            self.synced_partly += 1;
            return Sync::Partial(bytes);
        }
        // Who asks for nothing is refused nothing.
        self.refused_partly += u64::from(id != "?");
        self.synced_fully += 1;
        Sync::Full
    }

    /// Takes a replica in; it is fed from [`Stage::Copying`] on.
    pub(super) fn attach(
        &mut self,
        client: u64,
        (ip, port): (IpAddr, u16),
        stage: Stage,
        dice: &mut Dice,
    ) -> (mpsc::UnboundedReceiver<Bytes>, CancellationToken) {
        let (sink, inbox) = mpsc::unbounded_channel();
        let gone = CancellationToken::new();
        let replica = Replica {
            ip,
            port,
            stage,
            acked: 0,
            acked_at: clock::mono(),
            sink,
            gone: gone.clone(),
        };
        self.replicas.insert(client, replica);
        if self.replicas.len() == 1 && self.backlog.is_none() {
            // What happened before was recorded nowhere, so it is another history from now on.
            self.id = dice.hex(20);
            self.forget_second();
            self.open_backlog();
        }
        (inbox, gone)
    }

    pub(super) fn detach(&mut self, client: u64) {
        if self.replicas.remove(&client).is_some() && self.replicas.is_empty() {
            self.no_replicas_since = clock::mono();
        }
    }

    pub(super) fn disconnect_replicas(&mut self) {
        for replica in std::mem::take(&mut self.replicas).into_values() {
            replica.gone.cancel();
        }
        self.no_replicas_since = clock::mono();
    }

    pub(super) fn open_backlog(&mut self) {
        self.backlog = Some(Backlog {
            bytes: VecDeque::new(),
            first: self.offset + 1,
        });
    }

    pub(super) fn forget_second(&mut self) {
        NO_ID.clone_into(&mut self.id2);
        self.second_offset = -1;
    }

    /// The second id becomes `former`'s, up to here.
    pub(super) fn remember(&mut self, former: String) {
        self.id2 = former;
        self.second_offset = i64::try_from(self.offset + 1).unwrap();
    }

    /// SLAVEOF NO ONE.
    pub(super) fn stand_alone(&mut self, dice: &mut Dice) {
        let former = std::mem::replace(&mut self.id, dice.hex(20));
        self.remember(former);
        self.master = None;
        self.selected = None;
        self.disconnect_replicas();
    }

    /// SLAVEOF host port. Replicas stay: it may turn out that the history goes on.
    pub(super) fn follow(&mut self, host: String, port: u16) {
        let was_master = self.master.is_none();
        let old = self.master.take();
        let now = clock::mono();
        let was_up = old.as_ref().is_some_and(|old| old.link == Link::Connected);
        let down_since = old.as_ref().and_then(|old| old.down_since);
        self.master = Some(Following {
            host,
            port,
            link: Link::Connect,
            cached: was_master || old.is_some_and(|old| old.cached || was_up),
            down_since: if was_up { Some(now) } else { down_since },
            last_io: now,
            copy: (0, 0),
        });
    }

    /// Replicas that are online and not silent for longer than `most` seconds.
    pub(super) fn good_replicas(&self, most: u64) -> usize {
        let good = |r: &&Replica| r.stage == Stage::Online && r.lag() <= most;
        self.replicas.values().filter(good).count()
    }
}

impl Replica {
    pub(super) fn send(&self, bytes: Bytes) {
        // Its connection may have ended a moment ago.
        drop(self.sink.send(bytes));
    }

    /// Seconds since it spoke last.
    pub(super) fn lag(&self) -> u64 {
        clock::mono().duration_since(self.acked_at).as_secs()
    }
}

impl Backlog {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    fn append(&mut self, bytes: &[u8], limit: usize) {
        self.bytes.extend(bytes);
        let over = self.bytes.len().saturating_sub(limit);
        self.bytes.drain(..over);
        self.first += u64::try_from(over).unwrap();
    }

    fn since(&self, from: u64) -> Option<Bytes> {
        let skip = usize::try_from(from.checked_sub(self.first)?).ok()?;
        (skip <= self.bytes.len()).then(|| self.bytes.iter().skip(skip).copied().collect())
    }
}
