//! Everything that a running node is, behind one lock.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::MutexGuard;

use bytes::Bytes;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::lab::pubsub::Hub;
use pikafo::serve::resp::Request;
use tokio::sync::Notify;
use tokio::sync::watch;

use super::acl::Users;
use super::clients::Clients;
use super::conf::Conf;
use super::data::Run;
use super::data::Who;
use super::disk::Aof;
use super::keyspace::Keyspace;
use super::node::Options;
use super::rdb;
use super::rdb::Mark;
use super::stream::Link;
use super::stream::NO_ID;
use super::stream::Repl;
use crate::sim::dice::Dice;
use crate::sim::life::Life;

/// A node, as its tasks share it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) options: Options,
    state: Mutex<State>,
    pub(super) life: Life,
    /// It follows somebody else, or nobody, from now on.
    pub(super) turned: watch::Sender<u64>,
    /// A pause has begun or ended.
    pub(super) pauses: Notify,
}

/// What changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) started: Mono,
    pub(super) run_id: String,
    pub(super) dice: Dice,
    pub(super) conf: Conf,
    pub(super) users: Users,
    pub(super) data: Keyspace,
    pub(super) repl: Repl,
    /// Who said last whom it follows.
    pub(super) told_by: Option<IpAddr>,
    pub(super) clients: Clients,
    pub(super) hub: Hub,
    /// Until then it answers that it loads.
    pub(super) loading_until: Option<Mono>,
    pub(super) connections: u64,
    pub(super) commands: u64,
    /// Changes since the last snapshot.
    pub(super) dirty: u64,
    pub(super) saved_at: Mono,
    pub(super) saved_at_ms: u64,
}

impl Node {
    /// Reads the files, as a process does when it starts.
    pub(super) fn open(options: Options) -> Self {
        let state = State::open(&options);
        Self {
            options,
            state: Mutex::new(state),
            life: Life::default(),
            turned: watch::channel(0).0,
            pauses: Notify::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.options.wall.now_ms()
    }

    pub(super) fn turn(&self) {
        self.turned.send_modify(|turns| *turns += 1);
    }

    /// SLAVEOF; `None` for NO ONE.
    pub(super) fn follow(&self, state: &mut State, master: Option<(String, u16)>) {
        match master {
            None => {
                state.conf.put("replicaof", String::new());
                if state.repl.master.is_some() {
                    let State { repl, dice, .. } = state;
                    repl.stand_alone(dice);
                    self.turn();
                }
            }
            Some((host, port)) => {
                state.conf.put("replicaof", format!("{host} {port}"));
                state.repl.follow(host, port);
                self.turn();
            }
        }
    }

    /// What a command changed: to the replicas and into the append-only file. `transaction` where several commands
    /// were one.
    pub(super) fn spread(&self, state: &mut State, told: Vec<(Option<usize>, Request)>) {
        let limit = state.conf.number("repl-backlog-size");
        let several = told.len() > 1;
        let word = |word: &'static str| vec![Bytes::from_static(word.as_bytes())];
        let first = told.first().and_then(|(db, _)| *db).unwrap_or(0);
        if several {
            state.repl.feed(Some(first), &word("MULTI"), limit);
        }
        let mut last = first;
        for (db, words) in told {
            // Messages are handed on and leave no trace.
            let published = words[0].eq_ignore_ascii_case(b"PUBLISH");
            state.repl.feed(db, &words, limit);
            last = db.unwrap_or(last);
            if !published {
                state.dirty += 1;
                self.log(state, db.unwrap_or(0), words);
            }
        }
        if several {
            state.repl.feed(Some(last), &word("EXEC"), limit);
        }
    }

    /// Into the append-only file, where there is one.
    pub(super) fn log(&self, state: &State, db: usize, words: Request) {
        if let Some(aof) = &mut self.options.disk.files().aof {
            aof.log.push((db, words));
            if state.conf.text("appendfsync") == "always" {
                aof.synced = aof.log.len();
            }
            if aof.log.len() > REWRITE {
                *aof = Aof::of(&state.data);
            }
        }
    }

    /// Everything was replaced at once, or persistence was switched on or off.
    pub(super) fn begin_log(&self, state: &State) {
        let wanted = state.conf.yes("appendonly");
        self.options.disk.files().aof = wanted.then(|| Aof::of(&state.data));
    }

    /// SAVE.
    pub(super) fn save(&self, state: &mut State) {
        let snapshot = rdb::write(&state.data, Some(&state.mark()));
        self.options.disk.files().snapshot = Some(snapshot);
        state.dirty = 0;
        state.saved_at = clock::mono();
        state.saved_at_ms = self.now_ms();
    }
}

impl State {
    fn open(options: &Options) -> Self {
        let mut files = options.disk.files();
        files.starts += 1;
        let mut dice = Dice::new(options.seed ^ files.starts.rotate_left(32), "redis");
        let mut conf = Conf::read(&files.conf);
        conf.put("port", options.addr.port().to_string());
        let now_ms = options.wall.now_ms();
        let now = clock::mono();
        let mut state = Self {
            started: now,
            run_id: dice.hex(20),
            repl: Repl::new(&mut dice),
            told_by: None,
            dice,
            users: Users::read(&files.users),
            data: Keyspace::default(),
            clients: Clients::default(),
            hub: Hub::default(),
            loading_until: Some(now + options.timings.load),
            connections: 0,
            commands: 0,
            dirty: 0,
            saved_at: now,
            saved_at_ms: now_ms,
            conf,
        };
        let follows = state.conf.text("replicaof").split_once(' ');
        let follows = follows.map(|(host, port)| (host.to_owned(), port.parse().unwrap()));
        let master = follows.is_none();
        if let Some((host, port)) = follows {
            state.repl.follow(host, port);
            // Nothing is known yet that a master could go on from.
            state.repl.backlog = None;
            state.repl.master.as_mut().unwrap().cached = false;
        }
        if state.conf.yes("appendonly") {
            if let Some(aof) = &files.aof {
                state.replay(aof, now_ms);
            }
            files.aof = Some(Aof::of(&state.data));
        } else if let Some(snapshot) = files.snapshot.clone() {
            let (data, mark) = rdb::read(snapshot).expect("we wrote it");
            state.data = data;
            if let Some(mark) = mark {
                state.go_on_from(mark, master);
            }
        }
        drop(files);
        if master {
            // A master does not load what is over.
            for (db, key) in state.data.expired(now_ms) {
                state.data.dbs[db].remove(&key);
            }
        }
        state
    }

    /// Where in which history the data stands. A master without a backlog has told nobody of its last writes.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            stream_db: if self.is_replica() {
                self.repl.stream_db
            } else {
                self.repl.selected.unwrap_or(0)
            },
            id: self.repl.id.clone(),
            offset: self.repl.offset,
        }
    }

    fn go_on_from(&mut self, mark: Mark, master: bool) {
        if master {
            // Replicas may go on in the former history, up to the snapshot.
            self.repl.offset = mark.offset;
            self.repl.remember(mark.id);
        } else {
            self.repl.id = mark.id;
            self.repl.offset = mark.offset;
            self.repl.stream_db = mark.stream_db;
            self.repl.master.as_mut().unwrap().cached = true;
        }
        self.repl.open_backlog();
    }

    fn replay(&mut self, aof: &Aof, now_ms: u64) {
        self.data = rdb::read(aof.base.clone()).expect("we wrote it").0;
        for (db, words) in &aof.log {
            let mut run = Run {
                data: &mut self.data,
                db: *db,
                now_ms,
                who: Who::Stream,
                told: Vec::new(),
            };
            let name = String::from_utf8_lossy(&words[0]).to_lowercase();
            run.run(&name, words)
                .expect("only commands on data are logged");
        }
    }

    pub(super) fn is_replica(&self) -> bool {
        self.repl.master.is_some()
    }

    /// The link to the master, on a replica.
    pub(super) fn link(&self) -> Option<Link> {
        self.repl.master.as_ref().map(|master| master.link)
    }

    pub(super) fn loading(&mut self) -> bool {
        self.loading_until = self.loading_until.filter(|until| clock::mono() < *until);
        self.loading_until.is_some()
    }

    /// Enough replicas for `min-replicas-to-write`.
    pub(super) fn enough_replicas(&self) -> bool {
        let wanted = self.conf.number("min-replicas-to-write");
        let lag = self.conf.number("min-replicas-max-lag");
        let off = self.is_replica() || wanted == 0 || lag == 0;
        off || self.repl.good_replicas(lag) >= usize::try_from(wanted).unwrap()
    }

    /// What follows a full copy.
    pub(super) fn take_over(&mut self, data: Keyspace, mark: Mark) {
        self.data = data;
        self.repl.id = mark.id;
        self.repl.offset = mark.offset;
        self.repl.stream_db = mark.stream_db;
        self.repl.forget_second();
        self.repl.open_backlog();
    }

    /// The same history under another id, as a promoted master has it.
    pub(super) fn rename_history(&mut self, id: &str) {
        if id != self.repl.id && id != NO_ID {
            let former = std::mem::replace(&mut self.repl.id, id.to_owned());
            self.repl.remember(former);
            self.repl.disconnect_replicas();
        }
    }
}

impl Aof {
    /// Rewritten: all of it is synced.
    fn of(data: &Keyspace) -> Self {
        Self {
            base: rdb::write(data, None),
            log: Vec::new(),
            synced: 0,
        }
    }
}

/// Commands after which an append-only file is rewritten.
const REWRITE: usize = 20_000;
