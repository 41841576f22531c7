//! Clients that write all the time and remember what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use ::redis::Value;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;

use super::cluster::RedisCluster;
use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;

/// How many clients write side by side.
const CLIENTS: usize = 4;
/// Each client's pace; fast enough to meet every moment of a switchover, slow enough to leave the servers air.
const PACE: Duration = Duration::from_millis(1);
/// A client gives up on an answer after this and tries the next node, as a real one would.
const ANSWER: Duration = Duration::from_secs(2);

/// Writes until [`Writer::stop`]; on a thread of its own, so that a test that waits does not stop it.
#[derive(Debug)]
pub(crate) struct Writer {
    over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Vec<Ack>>>,
}

#[derive(Debug)]
struct Ack {
    key: String,
    at: Mono,
}

/// Every write that was acknowledged.
#[derive(Debug)]
pub(crate) struct Acks(Vec<Ack>);

impl Writer {
    /// Starts writing keys that begin with `label`, unique for this writer.
    pub(crate) fn start(cluster: &RedisCluster, label: &str) -> Self {
        let specs: Vec<LinkSpec> = (0..3).map(|n| cluster.spec(n).within(ANSWER)).collect();
        let over = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let (ends, counts, label) = (
            Arc::clone(&over),
            Arc::clone(&acknowledged),
            label.to_owned(),
        );
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let clients =
                (0..CLIENTS).map(|n| client(&specs, &ends, &counts, format!("{label}:{n}")));
            let mut acks: Vec<Ack> = runtime
                .block_on(futures_util::future::join_all(clients))
                .into_iter()
                .flatten()
                .collect();
            acks.sort_by_key(|ack| ack.at);
            acks
        });
        Self {
            over,
            acknowledged,
            thread: Some(thread),
        }
    }

    /// Waits until `more` further writes were acknowledged.
    pub(crate) async fn acknowledges(&self, more: usize) {
        let now = || self.acknowledged.load(Ordering::Relaxed);
        let goal = now() + more;
        until(async || now(), |count| *count >= goal).await;
    }

    /// Ends and gives what was acknowledged.
    pub(crate) fn stop(mut self) -> Acks {
        self.over.store(true, Ordering::Relaxed);
        let acks = self.thread.take().unwrap().join().unwrap();
        assert!(!acks.is_empty(), "nothing was ever acknowledged");
        Acks(acks)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// One client: writes to the node that last worked; after an error it tries the next one.
async fn client(
    specs: &[LinkSpec],
    over: &AtomicBool,
    acknowledged: &AtomicUsize,
    label: String,
) -> Vec<Ack> {
    let mut acks = Vec::new();
    let mut link: Option<Link> = None;
    let mut node = 0;
    let mut number = 0_u64;
    while !over.load(Ordering::Relaxed) {
        if link.is_none() {
            link = Link::open(&specs[node % specs.len()], &tcp()).await.ok();
        }
        number += 1;
        let key = format!("{label}:{number}");
        let answer = match &mut link {
            Some(link) => link.ask(&["SET", &key, "1"]).await.ok(),
            None => None,
        };
        if answer == Some(Value::Okay) {
            let at = clock::mono();
            acks.push(Ack { key, at });
            acknowledged.fetch_add(1, Ordering::Relaxed);
        } else {
            link = None;
            node += 1;
        }
        sleep(PACE).await;
    }
    acks
}

impl Acks {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The acknowledged keys that the server does not hold.
    pub(crate) async fn missing(&self, spec: &LinkSpec) -> Vec<&str> {
        let mut link = Link::open(&spec.clone().within(PATIENCE), &tcp())
            .await
            .unwrap();
        let mut missing = Vec::new();
        for some in self.0.chunks(1000) {
            let asks: Vec<[&str; 2]> = some.iter().map(|ack| ["EXISTS", &*ack.key]).collect();
            let asks: Vec<&[&str]> = asks.iter().map(<[&str; 2]>::as_slice).collect();
            let answers = link.ask_many(&asks).await.unwrap();
            for (ack, answer) in some.iter().zip(answers) {
                if answer.unwrap() != Value::Int(1) {
                    missing.push(ack.key.as_str());
                }
            }
        }
        missing
    }
}
