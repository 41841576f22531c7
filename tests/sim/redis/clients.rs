//! Who is connected: CLIENT LIST, CLIENT KILL, CLIENT PAUSE.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use pikafo::host::clock;
use pikafo::host::clock::Mono;
use tokio_util::sync::CancellationToken;

/// Everyone connected.
#[derive(Debug)]
pub(super) struct Clients {
    connected: BTreeMap<u64, Client>,
    next: u64,
    pause: Option<Pause>,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    pub(super) name: String,
    pub(super) sort: Sort,
    pub(super) db: usize,
    /// The command that it sent last.
    pub(super) last: String,
    since: Mono,
    active: Mono,
    killed: CancellationToken,
}

/// What CLIENT KILL TYPE tells apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sort {
    Normal,
    PubSub,
    Replica,
    /// Our own link to the master.
    Master,
}

/// Whom CLIENT KILL means; all that is set must fit.
#[derive(Debug, Default)]
pub(super) struct Aim {
    pub(super) id: Option<u64>,
    pub(super) peer: Option<String>,
    pub(super) sort: Option<Sort>,
    /// This one is left.
    pub(super) spare: Option<u64>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Paused {
    Writes,
    All,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    what: Paused,
    until: Mono,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            connected: BTreeMap::new(),
            next: 3,
            pause: None,
        }
    }
}

impl Clients {
    /// Takes a connection in; the token tells when it is killed.
    pub(super) fn join(&mut self, peer: SocketAddr, sort: Sort) -> (u64, CancellationToken) {
        let id = self.next;
        self.next += 1;
        let killed = CancellationToken::new();
        let now = clock::mono();
        let client = Client {
            peer,
            name: String::new(),
            sort,
            db: 0,
            last: "NULL".to_owned(),
            since: now,
            active: now,
            killed: killed.clone(),
        };
        self.connected.insert(id, client);
        (id, killed)
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.connected.remove(&id);
    }

    pub(super) fn touch(&mut self, id: u64, command: &str) {
        if let Some(client) = self.connected.get_mut(&id) {
            client.active = clock::mono();
            command.clone_into(&mut client.last);
        }
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Client> {
        self.connected.get_mut(&id)
    }

    /// Those that INFO counts.
    pub(super) fn count(&self) -> usize {
        let ordinary = |c: &&Client| matches!(c.sort, Sort::Normal | Sort::PubSub);
        self.connected.values().filter(ordinary).count()
    }

    /// Ends whom `aim` means; gives how many, and whether the one who asked is among them.
    pub(super) fn kill(&mut self, aim: &Aim, asker: u64) -> (usize, bool) {
        let (mut count, mut own) = (0, false);
        for (id, client) in &self.connected {
            let fits = aim.id.is_none_or(|wanted| wanted == *id)
                && aim
                    .peer
                    .as_ref()
                    .is_none_or(|p| *p == client.peer.to_string())
                && aim.sort.is_none_or(|sort| sort == client.sort)
                && aim.spare != Some(*id);
            if fits {
                count += 1;
                if *id == asker {
                    own = true;
                } else {
                    client.killed.cancel();
                }
            }
        }
        (count, own)
    }

    /// One line of CLIENT LIST; empty where there is no such connection.
    pub(super) fn line(&self, id: u64, at: SocketAddr, subs: (usize, usize)) -> String {
        let Some(client) = self.connected.get(&id) else {
            return String::new();
        };
        let now = clock::mono();
        let seconds = |since: Mono| now.duration_since(since).as_secs();
        let flags = match client.sort {
            Sort::Normal => "N",
            Sort::PubSub => "P",
            Sort::Replica => "S",
            Sort::Master => "M",
        };
        let mut line = format!("id={id} addr={} laddr={at} fd={}", client.peer, id + 4);
        write!(
            line,
            " name={} age={} idle={} flags={flags} db={}",
            client.name,
            seconds(client.since),
            seconds(client.active),
            client.db
        )
        .unwrap();
        write!(
            line,
            " sub={} psub={} ssub=0 multi=-1 qbuf=0 qbuf-free=0",
            subs.0, subs.1
        )
        .unwrap();
        line.push_str(" argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=0 tot-mem=1024");
        writeln!(
            line,
            " events=r cmd={} user=default redir=-1 resp=2",
            client.last
        )
        .unwrap();
        line
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.connected.keys().copied().collect()
    }

    /// CLIENT PAUSE: a second one never makes the first shorter or milder.
    pub(super) fn pause(&mut self, what: Paused, until: Mono) {
        let old = self.pause.filter(|pause| clock::mono() < pause.until);
        self.pause = Some(Pause {
            what: old.map_or(what, |pause| pause.what.max(what)),
            until: old.map_or(until, |pause| pause.until.max(until)),
        });
    }

    pub(super) fn unpause(&mut self) {
        self.pause = None;
    }

    /// Until when a command is held back.
    pub(super) fn held_back(&self, writes: bool) -> Option<Mono> {
        let pause = self.pause.filter(|pause| clock::mono() < pause.until)?;
        (writes || pause.what == Paused::All).then_some(pause.until)
    }
}
