//! The replica's side: dials its master, goes on where it was or takes a copy, and then does what the master did.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::interval;
use pikafo::host::clock::sleep;
use pikafo::host::clock::timeout;
use pikafo::node::net::Stream;
use pikafo::serve::resp::Request;
use pikafo::serve::resp::RequestError;
use pikafo::serve::resp::RespCodec;
use pikafo::serve::resp::pack;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::ReadHalf;
use tokio::io::WriteHalf;
use tokio_util::codec::Decoder as _;

use super::clients::Sort;
use super::exec;
use super::exec::lower;
use super::rdb;
use super::rdb::Mark;
use super::state::Node;
use super::state::State;
use super::stream::Following;
use super::stream::Link;

/// Between two attempts to reach a master, and between two reports to it.
const SECOND: Duration = Duration::from_secs(1);

/// Follows whoever is to be followed, for as long as the node lives.
pub(super) async fn follow(node: Arc<Node>) {
    let mut turns = node.turned.subscribe();
    loop {
        let turn = *turns.borrow_and_update();
        let master = {
            let state = node.lock();
            let master = state.repl.master.as_ref();
            master.map(|master| Addr::new(&master.host, master.port))
        };
        let chase = async {
            match master {
                Some(addr) => {
                    let node = &node;
                    Chase { node, addr, turn }.chase().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = turns.changed() => {}
            () = chase => {}
        }
    }
}

/// One master, until another one is to be followed.
struct Chase<'a> {
    node: &'a Arc<Node>,
    addr: Addr,
    turn: u64,
}

/// Both directions of a connection to a master.
struct Line {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    /// What has come and is not understood yet.
    heard: BytesMut,
    patience: Duration,
}

impl Chase<'_> {
    async fn chase(&self) {
        loop {
            // Why it ended is of no interest: it is tried again in any case.
            drop(self.attempt().await.err());
            let was_up = self.change(|state, master| {
                let was_up = master.link == Link::Connected;
                if was_up {
                    master.cached = true;
                    master.down_since = Some(clock::mono());
                }
                master.link = Link::Connect;
                let ids = state.clients.ids();
                for id in ids {
                    let sort = state.clients.get_mut(id).map(|client| client.sort);
                    if sort == Some(Sort::Master) {
                        state.clients.leave(id);
                    }
                }
                was_up
            });
            match was_up {
                // A link that was up is dialled again at once.
                Ok(true) => {}
                Ok(false) => sleep(SECOND).await,
                Err(_) => return,
            }
        }
    }

    async fn attempt(&self) -> io::Result<()> {
        let patience = self.change(|state, master| {
            master.link = Link::Connecting;
            master.last_io = clock::mono();
            Duration::from_secs(state.conf.number("repl-timeout"))
        })?;
        let dialled = self.node.options.net.dial.dial(&self.addr);
        let stream = timeout(patience, dialled)
            .await
            .map_err(|_late| silence())??;
        let (reader, writer) = tokio::io::split(stream);
        let mut line = Line {
            reader,
            writer,
            heard: BytesMut::new(),
            patience,
        };
        let port = self.node.options.addr.port().to_string();
        self.change(|_, master| master.link = Link::Handshake)?;
        let pong = line.ask(&["PING"]).await?;
        if !pong.starts_with('+') && !pong.starts_with("-NOAUTH") && !pong.starts_with("-NOPERM") {
            return Err(refused(&pong));
        }
        line.ask(&["REPLCONF", "listening-port", &port]).await?;
        line.ask(&["REPLCONF", "capa", "psync2"]).await?;
        let (id, from) = self.change(|state, master| {
            if master.cached {
                (state.repl.id.clone(), (state.repl.offset + 1).to_string())
            } else {
                ("?".to_owned(), "-1".to_owned())
            }
        })?;
        let answer = line.ask(&["PSYNC", &id, &from]).await?;
        let mut words = answer.split(' ');
        match words.next() {
            Some("+CONTINUE") => self.change(|state, master| {
                if let Some(id) = words.next() {
                    state.rename_history(id);
                }
                if state.repl.backlog.is_none() {
                    state.repl.open_backlog();
                }
                connected(master);
            })?,
            Some("+FULLRESYNC") => {
                let (Some(id), Some(Ok(offset))) = (words.next(), words.next().map(str::parse))
                else {
                    return Err(refused(&answer));
                };
                let id = id.to_owned();
                self.take_copy(&mut line, id, offset).await?;
            }
            _ => return Err(refused(&answer)),
        }
        self.stream(line).await
    }

    async fn take_copy(&self, line: &mut Line, id: String, offset: u64) -> io::Result<()> {
        self.change(|_, master| {
            master.link = Link::Copying;
            master.last_io = clock::mono();
            master.copy = (0, 0);
        })?;
        let head = line.line().await?;
        let length = head.strip_prefix('$').and_then(|n| n.parse().ok());
        let length: usize = length.ok_or_else(|| refused(&head))?;
        while line.heard.len() < length {
            let got = line.heard.len();
            self.change(|_, master| {
                master.last_io = clock::mono();
                master.copy = (count(length), count(got));
            })?;
            line.more().await?;
        }
        let snapshot = line.heard.split_to(length).freeze();
        let (data, mark) = rdb::read(snapshot).ok_or_else(|| refused("no snapshot"))?;
        let mark = Mark {
            id,
            offset,
            stream_db: mark.map_or(0, |mark| mark.stream_db),
        };
        let load = self.node.options.timings.load;
        self.change(|state, _| {
            // Whoever follows us needs a copy too.
            state.repl.disconnect_replicas();
            state.take_over(data, mark);
            state.loading_until = Some(clock::mono() + load);
            self.node.begin_log(state);
        })?;
        sleep(load).await;
        self.change(|_, master| connected(master))?;
        Ok(())
    }

    async fn stream(&self, mut line: Line) -> io::Result<()> {
        let killed = self.change(|state, _| {
            let peer = format!("{}:{}", self.addr.host(), self.addr.port());
            let peer = peer.parse().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
            state.clients.join(peer, Sort::Master).1
        })?;
        let mut acks = interval(SECOND);
        let mut applied = Applied::default();
        let mut codec = RespCodec::default();
        // The codec eats what it reads, and the bytes themselves are handed on.
        let mut raw = line.heard.clone();
        loop {
            while let Some(words) = decoded(codec.decode(&mut line.heard))? {
                let raw = raw.split_to(raw.len() - line.heard.len()).freeze();
                self.change(|state, master| {
                    master.last_io = clock::mono();
                    applied.take(self.node, state, &raw, &words);
                })?;
            }
            let known = line.heard.len();
            tokio::select! {
                biased;
                () = killed.cancelled() => return Err(io::ErrorKind::ConnectionAborted.into()),
                () = acks.tick() => {
                    let offset = self.change(|state, _| state.repl.offset)?.to_string();
                    line.say(&["REPLCONF", "ACK", &offset]).await?;
                }
                more = line.more() => {
                    more?;
                    raw.extend_from_slice(&line.heard[known..]);
                }
            }
        }
    }

    /// Changes the state, unless another master is to be followed meanwhile.
    fn change<T>(&self, change: impl FnOnce(&mut State, &mut Following) -> T) -> io::Result<T> {
        let mut state = self.node.lock();
        // `turn` is only moved under the lock.
        if *self.node.turned.borrow() != self.turn {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let Some(mut master) = state.repl.master.take() else {
            return Err(io::ErrorKind::Interrupted.into());
        };
        // It stays a replica for whoever looks at the state inside.
        state.repl.master = Some(master.clone());
        let result = change(&mut state, &mut master);
        state.repl.master = Some(master);
        Ok(result)
    }
}

/// A transaction that is not whole: its bytes and its commands.
#[derive(Debug, Default)]
struct Applied(Option<(BytesMut, Vec<(usize, Request)>)>);

impl Applied {
    /// Takes one command, which was `raw`. A transaction counts when it is whole.
    fn take(&mut self, node: &Node, state: &mut State, raw: &Bytes, words: &Request) {
        let name = lower(words, 0);
        let limit = state.conf.number("repl-backlog-size");
        if name == "select" {
            state.repl.stream_db = lower(words, 1).parse().unwrap_or(0);
        }
        let db = state.repl.stream_db;
        if let Some((bytes, commands)) = &mut self.0 {
            bytes.extend_from_slice(raw);
            if name == "exec" {
                let (bytes, commands) = self.0.take().unwrap_or_default();
                for (db, words) in commands {
                    exec::replay(node, state, db, &words);
                }
                state.repl.append(&bytes.freeze(), limit);
            } else {
                commands.push((db, words.clone()));
            }
            return;
        }
        if name == "multi" {
            self.0 = Some((BytesMut::from(&raw[..]), Vec::new()));
            return;
        }
        if !words.is_empty() {
            exec::replay(node, state, db, words);
        }
        state.repl.append(raw, limit);
    }
}

impl Line {
    async fn say(&mut self, words: &[&str]) -> io::Result<()> {
        self.writer.write_all(&pack(words)).await?;
        self.writer.flush().await
    }

    async fn ask(&mut self, words: &[&str]) -> io::Result<String> {
        self.say(words).await?;
        self.line().await
    }

    /// The next line that is not empty: a master sends line ends while it makes one wait.
    async fn line(&mut self) -> io::Result<String> {
        loop {
            let end = self.heard.iter().position(|byte| *byte == b'\n');
            let Some(end) = end else {
                self.more().await?;
                continue;
            };
            let line = self.heard.split_to(end + 1);
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if !line.is_empty() {
                return Ok(line);
            }
        }
    }

    /// Waits for more. Can be called off without losing any.
    async fn more(&mut self) -> io::Result<()> {
        let read = self.reader.read_buf(&mut self.heard);
        match timeout(self.patience, read).await {
            Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read.map(drop),
            Err(_) => Err(silence()),
        }
    }
}

fn connected(master: &mut Following) {
    master.link = Link::Connected;
    master.cached = true;
    master.down_since = None;
    master.last_io = clock::mono();
}

fn decoded<T>(result: Result<T, RequestError>) -> io::Result<T> {
    result.map_err(|error| refused(&error.to_string()))
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap()
}

fn silence() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn refused(answer: &str) -> io::Error {
    io::Error::other(answer.to_owned())
}
