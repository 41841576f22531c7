//! What was acknowledged, and what became of it.
//!
//! A write is looked for after each of the next few events and then taken away, so that a long night does not become
//! slower as it goes on; one in a hundred stays until the morning.

use std::collections::VecDeque;
use std::time::Duration;

use pikafo::host::clock::Mono;
use pikafo::node::reply;

use super::kit::line::Line;
use super::kit::process::Process;
use super::kit::server::Server;
use super::kit::writer::Ack;
use super::kit::writer::key;

/// For a hundred keys.
const ANSWER: Duration = Duration::from_secs(5);
const BATCH: usize = 100;
/// Events after which a write is looked for again.
const REMEMBERED: usize = 3;
const STAYS: u64 = 100;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Of the last events, the newest last: what was acknowledged and found.
    lately: VecDeque<Vec<u64>>,
    /// What stays.
    kept: Vec<u64>,
    last: Option<Mono>,
    pub(crate) acknowledged: usize,
}

/// What is known after an event.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) acknowledged: usize,
    /// Acknowledged since the last account, and gone.
    pub(crate) lost: Vec<u64>,
    /// Found at the last account, and gone now.
    pub(crate) lost_later: Vec<u64>,
    pub(crate) longest_gap: Duration,
}

impl Ledger {
    /// Compares with what the master has.
    pub(crate) async fn account(&mut self, acks: &[Ack], master: &Process) -> Account {
        let mut longest_gap = Duration::ZERO;
        for ack in acks {
            let before = self.last.replace(ack.at).unwrap_or(ack.at);
            longest_gap = longest_gap.max(ack.at.duration_since(before));
        }
        let mut line = Line::to(master.addr(), ANSWER);
        let new: Vec<u64> = acks.iter().map(|ack| ack.id).collect();
        let lost = missing(&new, &mut line).await;
        let old: Vec<u64> = self
            .lately
            .iter()
            .flatten()
            .chain(&self.kept)
            .copied()
            .collect();
        let lost_later = missing(&old, &mut line).await;
        self.acknowledged += acks.len();
        let found = new.iter().filter(|id| !lost.contains(id)).copied();
        self.lately.push_back(found.collect());
        self.forget(&lost_later, &mut line).await;
        Account {
            acknowledged: acks.len(),
            lost,
            lost_later,
            longest_gap,
        }
    }

    async fn forget(&mut self, lost: &[u64], line: &mut Line) {
        for known in self.lately.iter_mut().chain([&mut self.kept]) {
            known.retain(|id| !lost.contains(id));
        }
        if self.lately.len() <= REMEMBERED {
            return;
        }
        let oldest = self.lately.pop_front().unwrap_or_default();
        let (kept, over): (Vec<u64>, Vec<u64>) = oldest.iter().partition(|id| *id % STAYS == 0);
        self.kept.extend(kept);
        for some in over.chunks(BATCH) {
            let keys: Vec<String> = some.iter().map(|id| key(*id)).collect();
            let words = std::iter::once("DEL").chain(keys.iter().map(String::as_str));
            let deleted = line.ask(&words.collect::<Vec<_>>()).await;
            deleted.expect("the master takes writes");
        }
    }
}

/// Those whose value is not there.
async fn missing(ids: &[u64], line: &mut Line) -> Vec<u64> {
    let mut missing = Vec::new();
    for some in ids.chunks(BATCH) {
        let keys: Vec<String> = some.iter().map(|id| key(*id)).collect();
        let words = std::iter::once("MGET").chain(keys.iter().map(String::as_str));
        let answer = line.ask(&words.collect::<Vec<_>>()).await;
        let answer = answer.expect("the master answers");
        let redis::Value::Array(values) = answer else {
            panic!("{answer:?} to MGET");
        };
        let pairs = some.iter().zip(&values);
        let gone = pairs.filter(|(id, value)| reply::text(value) != Some(id.to_string()));
        missing.extend(gone.map(|(id, _)| *id));
    }
    missing
}

/// What some writes take in the stream of replication, or in the binlog.
pub(crate) fn bytes(ids: &[u64], server: Server) -> u64 {
    let framed = |word: &str| format!("${}\r\n{word}\r\n", word.len()).len();
    let of = |id: &u64| {
        let command = 4 + framed("SET") + framed(&key(*id)) + framed(&id.to_string());
        match server {
            Server::Redis => command,
            // The headers of an item and of a piece of a block.
            Server::Pika(_) => command + 34 + 8,
        }
    };
    let sum: usize = ids.iter().map(of).sum();
    u64::try_from(sum).expect("it fits")
}
