//! A master, its replica, and who watches them: a redis-sentinel and a pikafo on the same file, who know each other.

use std::path::Path;

use pikafo::serve::resp::pack;
use tempfile::TempDir;

use super::alike::Like;
use super::alike::compare;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::live::until::until;
use crate::serve::wire::Seen;
use crate::serve::wire::Wire;
use crate::watch::directives::taken;
use crate::watch::kit::process::Process;
use crate::watch::kit::process::free_addr;

/// Both programs on files that say the same.
pub(super) struct Pair {
    pub(super) stock: Sentinel,
    pub(super) own: Process,
    dir: TempDir,
}

impl Pair {
    pub(super) async fn on(lines: &str) -> Self {
        let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
        let stock = Sentinel::with(lines).await;
        let own = taken(dir.path(), &addr, lines).await;
        Self { stock, own, dir }
    }

    /// The folder that pikafo works in.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A connection to each.
    pub(super) async fn talk(&self) -> Talk {
        Talk {
            stock: Wire::open(self.stock.addr().port()).await,
            own: Wire::open(self.own.addr().port()).await,
            hidden: Vec::new(),
        }
    }
}

/// Both programs and what they watch.
pub(super) struct Scene {
    pub(super) pair: Pair,
    pub(super) master: RedisServer,
    pub(super) replica: RedisServer,
    /// What each is called by the other, and by itself.
    ids: [String; 2],
}

impl Scene {
    pub(super) async fn new() -> Self {
        let (master, replica) = (RedisServer::start(&[]), RedisServer::start(&[]));
        replica.follow(&master).await;
        let pair = Pair::on(&monitor(&master)).await;
        let mut ids = Vec::new();
        let mut talk = pair.talk().await;
        for wire in [&mut talk.stock, &mut talk.own] {
            ids.push(wire.say("SENTINEL MYID").await);
        }
        talk.settle().await;
        Self {
            pair,
            master,
            replica,
            ids: ids.try_into().unwrap(),
        }
    }

    /// A connection to each, whose answers differ in nothing that only tells which of the two it is.
    pub(super) async fn talk(&self) -> Talk {
        let mut talk = self.pair.talk().await;
        let ports = [self.pair.stock.addr().port(), self.pair.own.addr().port()];
        for (at, (id, port)) in self.ids.iter().zip(ports).enumerate() {
            talk.hidden.push((id.clone(), at));
            talk.hidden.push((port.to_string(), at));
        }
        talk
    }

    /// The same questions to both, in RESP2 and in RESP3.
    pub(super) async fn ask_both(&self, questions: &[(&str, Like)]) {
        let mut differing = Vec::new();
        for greeting in ["HELLO 2", "HELLO 3"] {
            let mut talk = self.talk().await;
            talk.settle().await;
            talk.ask(greeting, Like::All, &mut differing).await;
            for (line, like) in questions {
                let line = line
                    .replace("$MASTER", &self.master.addr().port().to_string())
                    .replace("$REPLICA", &self.replica.addr().port().to_string());
                let mut found = Vec::new();
                talk.ask(&line, *like, &mut found).await;
                let found = found.into_iter().map(|text| format!("{greeting}, {text}"));
                differing.extend(found);
            }
        }
        assert!(differing.is_empty(), "\n{}", differing.join("\n"));
    }
}

/// Lines of a file by which nobody fails over by himself: the quorum is out of reach.
pub(super) fn monitor(master: &RedisServer) -> String {
    format!(
        "sentinel monitor orders 127.0.0.1 {} 9\nsentinel down-after-milliseconds orders 3600000\n",
        master.addr().port()
    )
}

/// A connection to each program.
pub(super) struct Talk {
    pub(super) stock: Wire,
    pub(super) own: Wire,
    /// Texts that only tell which of the two somebody is: the stock one, 0, or ours.
    hidden: Vec<(String, usize)>,
}

impl Talk {
    /// Waits until both know, and are linked to, everybody.
    async fn settle(&mut self) {
        for wire in [&mut self.stock, &mut self.own] {
            for (line, state) in [
                ("SENTINEL MASTERS", "flags master "),
                ("SENTINEL REPLICAS orders", "master-link-status ok"),
                ("SENTINEL SENTINELS orders", "flags sentinel "),
            ] {
                until(
                    async || wire.say(line).await,
                    |said| said.contains(state) && !said.contains("disconnected"),
                )
                .await;
            }
        }
    }

    /// The same question to both.
    pub(super) async fn ask(&mut self, line: &str, how: Like, differing: &mut Vec<String>) {
        let all = answers(&mut self.stock, line).await;
        let stock: Vec<Seen> = all.into_iter().map(|one| self.plain(one, 0)).collect();
        let all = answers(&mut self.own, line).await;
        let own: Vec<Seen> = all.into_iter().map(|one| self.plain(one, 1)).collect();
        compare(line, how, &stock, &own, differing);
    }

    /// The same where one answer comes, and nothing else may be asked.
    pub(super) async fn ask_one(&mut self, line: &str, how: Like, differing: &mut Vec<String>) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let stock = self.stock.ask_words(&words).await;
        let own = self.own.ask_words(&words).await;
        let (stock, own) = (self.plain(stock, 0), self.plain(own, 1));
        compare(line, how, &[stock], &[own], differing);
    }

    /// An answer of `who` without what only tells who that is.
    fn plain(&self, mut seen: Seen, who: usize) -> Seen {
        for (text, whose) in &self.hidden {
            let name = if *whose == who { "<me>" } else { "<peer>" };
            if seen.text == *text {
                name.clone_into(&mut seen.text);
            } else if text.len() == ID {
                seen.text = seen.text.replace(text, name);
            }
        }
        let items = seen.items.into_iter();
        seen.items = items.map(|item| self.plain(item, who)).collect();
        seen
    }
}

/// Digits of an id.
const ID: usize = 40;

/// Words are separated by blanks; `""` is an empty one, and `␣` a blank inside one.
pub(super) fn words(line: &str) -> Vec<String> {
    let words = line.split(' ').map(|word| match word {
        "\"\"" => String::new(),
        word => word.replace('␣', " "),
    });
    words.collect()
}

/// Everything that is answered. Whether more comes is known when the question after it is answered.
async fn answers(wire: &mut Wire, line: &str) -> Vec<Seen> {
    let mut bytes = pack(&words(line)).to_vec();
    bytes.extend_from_slice(&pack(&["PING", MARK]));
    wire.send(&bytes).await;
    let mut answers = Vec::new();
    loop {
        let seen = wire.next().await;
        let said = seen.items.last().unwrap_or(&seen);
        if said.text == MARK {
            return answers;
        }
        answers.push(seen);
    }
}

const MARK: &str = "that was all";
