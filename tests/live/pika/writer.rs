//! Clients that write all the time and remember what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ::redis::Value;
use pikafo::host::clock::sleep;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::stage::NAMES;
use super::stage::Stage;
use super::stage::tcp;
use crate::live::until::until;

/// How many clients write side by side.
const CLIENTS: usize = 2;
/// Each client's pace: it meets every moment of a switchover and leaves the machine some air.
const PACE: Duration = Duration::from_millis(1);
/// A client gives up on an answer after this and tries the next node, as a real one would.
const ANSWER: Duration = Duration::from_secs(1);

/// Writes unique ids until [`Writer::stop`] to whichever node takes them, each client over one connection.
#[derive(Debug)]
pub(super) struct Writer {
    stop: CancellationToken,
    count: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<String>>>,
}

/// The keys that were acknowledged; each holds its own name.
#[derive(Debug)]
pub(super) struct Acks(Vec<String>);

impl Writer {
    /// Starts, and returns once every kind of client has had something acknowledged.
    pub(super) async fn start(stage: &Stage, label: &str) -> Self {
        let specs: Vec<LinkSpec> = (0..NAMES.len())
            .map(|node| stage.client(node).within(ANSWER))
            .collect();
        let stop = CancellationToken::new();
        let count = Arc::new(AtomicUsize::new(0));
        let clients = (0..CLIENTS)
            .map(|n| {
                let label = format!("{label}:{n}");
                tokio::spawn(client(
                    specs.clone(),
                    stop.clone(),
                    Arc::clone(&count),
                    label,
                ))
            })
            .collect();
        let writer = Self {
            stop,
            count,
            clients,
        };
        writer.more(CLIENTS * 5).await;
        writer
    }

    /// Waits until `count` more writes were acknowledged: some node takes writes.
    pub(super) async fn more(&self, count: usize) {
        let enough = self.count.load(Ordering::Acquire) + count;
        until(
            async || self.count.load(Ordering::Acquire),
            |now| *now >= enough,
        )
        .await;
    }

    pub(super) async fn stop(mut self) -> Acks {
        self.stop.cancel();
        let mut acks = Vec::new();
        for client in self.clients.drain(..) {
            acks.extend(client.await.unwrap());
        }
        Acks(acks)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn client(
    specs: Vec<LinkSpec>,
    stop: CancellationToken,
    count: Arc<AtomicUsize>,
    label: String,
) -> Vec<String> {
    let mut acks = Vec::new();
    let mut link: Option<Link> = None;
    let mut node = 0;
    let mut number = 0_u64;
    while !stop.is_cancelled() {
        if link.is_none() {
            link = Link::open(&specs[node % specs.len()], &tcp()).await.ok();
        }
        // A write that was not acknowledged may have happened; its number is not used again.
        number += 1;
        let key = format!("{label}:{number}");
        let answer = match &mut link {
            Some(link) => link.ask(&["SET", &key, &key]).await.ok(),
            None => None,
        };
        if answer == Some(Value::Okay) {
            acks.push(key);
            count.fetch_add(1, Ordering::Release);
        } else {
            link = None;
            node += 1;
        }
        sleep(PACE).await;
    }
    acks
}

impl Acks {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The acknowledged keys that the node does not hold.
    pub(super) async fn missing(&self, stage: &Stage, node: usize) -> Vec<&str> {
        let mut link = Link::open(&stage.admin(node), &tcp()).await.unwrap();
        let mut missing = Vec::new();
        for some in self.0.chunks(1000) {
            let asks: Vec<[&str; 2]> = some.iter().map(|key| ["GET", key.as_str()]).collect();
            let asks: Vec<&[&str]> = asks.iter().map(<[&str; 2]>::as_slice).collect();
            let answers = link.ask_many(&asks).await.unwrap();
            for (key, answer) in some.iter().zip(answers) {
                if reply::text(&answer.unwrap()).as_deref() != Some(key) {
                    missing.push(key.as_str());
                }
            }
        }
        missing
    }
}
