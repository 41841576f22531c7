//! A client that writes one numbered key after the other and goes where the watchers send it.

use std::collections::BTreeSet;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::node::net::Net;
use pikafo::node::reply;
use redis::Value;

use super::beliefs::addr_in;
use super::line::Line;
use super::process::Process;
use super::wait::until;

const PACE: Duration = Duration::from_millis(2);
/// A client gives up on an answer after this and asks the watchers again.
const ANSWER: Duration = Duration::from_millis(500);

/// A write that a node said OK to.
#[derive(Clone, Debug)]
pub(crate) struct Ack {
    pub(crate) id: u64,
    pub(crate) node: Addr,
    pub(crate) at: Mono,
}

/// Writes until [`Writer::stop`], on a thread of its own.
#[derive(Debug)]
pub(crate) struct Writer {
    over: Arc<AtomicBool>,
    acks: Arc<Mutex<Vec<Ack>>>,
    in_doubt: Arc<Mutex<BTreeSet<u64>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(watchers: Vec<Addr>, name: &str, net: Net) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (acks, in_doubt) = (Arc::default(), Arc::default());
        let (ends, name) = (Arc::clone(&over), name.to_owned());
        let (into, doubts) = (Arc::clone(&acks), Arc::clone(&in_doubt));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(write(&watchers, &name, &net, &ends, (&into, &doubts)));
        });
        Self {
            over,
            acks,
            in_doubt,
            thread: Some(thread),
        }
    }

    /// Waits until `more` further writes were taken by this very node.
    pub(crate) async fn reaches(&self, node: &Addr, more: usize) {
        let before = self.acks.lock().unwrap().len();
        until(
            &format!("writes that {node} takes"),
            async || {
                let acks = self.acks.lock().unwrap();
                let fresh = acks[before..].iter();
                fresh.filter(|ack| ack.node == *node).count()
            },
            |count| *count >= more,
        )
        .await;
    }

    /// Every write that was acknowledged since this was asked last, in order.
    pub(crate) fn take(&self) -> Vec<Ack> {
        std::mem::take(&mut self.acks.lock().unwrap())
    }

    /// Every write so far that no OK came for. It may have happened, and on one node alone: a Pika writes to its engine
    /// first and to its binlog afterwards, so one that dies between the two holds what its position does not tell.
    pub(crate) fn in_doubt(&self) -> BTreeSet<u64> {
        self.in_doubt.lock().unwrap().clone()
    }

    /// Ends it and gives every write that was acknowledged, in order.
    pub(crate) fn stop(mut self) -> Vec<Ack> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().expect("it runs").join().unwrap();
        std::mem::take(&mut self.acks.lock().unwrap())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// A number is used once: a write that was not acknowledged may have happened.
async fn write(
    watchers: &[Addr],
    name: &str,
    net: &Net,
    over: &AtomicBool,
    (acks, in_doubt): (&Mutex<Vec<Ack>>, &Mutex<BTreeSet<u64>>),
) {
    let mut node: Option<(Addr, Line)> = None;
    for id in 0_u64.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let asked = usize::try_from(id).expect("it fits") % watchers.len();
        if node.is_none() {
            let mut watcher = Line::over(net, &watchers[asked], ANSWER);
            let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name];
            let given = watcher.ask(&words).await.ok();
            node = given
                .and_then(|answer| addr_in(&answer))
                .map(|addr| (addr.clone(), Line::over(net, &addr, ANSWER)));
        }
        if let Some((addr, line)) = &mut node {
            let number = id.to_string();
            if let Ok(Value::Okay) = line.ask(&["SET", &key(id), &number]).await {
                let at = clock::mono();
                let node = addr.clone();
                acks.lock().unwrap().push(Ack { id, node, at });
            } else {
                in_doubt.lock().unwrap().insert(id);
                node = None;
            }
        }
        sleep(PACE).await;
    }
}

/// The longest time between two acknowledged writes.
pub(crate) fn longest_gap(acks: &[Ack]) -> Duration {
    let pairs = acks.iter().zip(acks.iter().skip(1));
    pairs
        .map(|(one, next)| next.at.duration_since(one.at))
        .max()
        .unwrap_or_default()
}

/// The acknowledged writes that the server does not have.
pub(crate) async fn missing(acks: &[Ack], server: &Process) -> Vec<Ack> {
    let mut line = Line::to(server.addr(), Duration::from_secs(5));
    let mut missing = Vec::new();
    for ack in acks {
        let there = line.ask(&["EXISTS", &key(ack.id)]).await.unwrap();
        if there != Value::Int(1) {
            missing.push(ack.clone());
        }
    }
    missing
}

/// What a node holds of a writer's without the writes that are `in_doubt`: how many keys, and of all of them a hash.
pub(crate) async fn holdings(server: &Process, in_doubt: &BTreeSet<u64>) -> Option<(usize, u64)> {
    let mut line = Line::to(server.addr(), Duration::from_secs(5));
    let mut keys = reply::texts(&line.ask(&["KEYS", "writer:*"]).await.ok()?);
    let doubtful: BTreeSet<String> = in_doubt.iter().map(|id| key(*id)).collect();
    keys.retain(|key| !doubtful.contains(key));
    keys.sort();
    let mut hasher = DefaultHasher::new();
    for some in keys.chunks(500) {
        let words: Vec<&str> = std::iter::once("MGET")
            .chain(some.iter().map(String::as_str))
            .collect();
        let values = reply::texts(&line.ask(&words).await.ok()?);
        (some, values).hash(&mut hasher);
    }
    Some((keys.len(), hasher.finish()))
}

/// Where a write lies.
pub(crate) fn key(id: u64) -> String {
    format!("writer:{id}")
}
