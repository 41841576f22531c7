//! A client that writes a thousand numbered keys a second to whichever node takes them.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::interval;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use redis::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::PATIENCE;
use super::server::net;

/// How long the writer waits for one answer before it tries the next node.
const ANSWER: Duration = Duration::from_millis(500);
const PACE: Duration = Duration::from_millis(1);
const BATCH: usize = 500;

/// A running writer.
#[derive(Debug)]
pub(crate) struct Writer {
    stop: CancellationToken,
    acknowledged: Arc<Mutex<Vec<(u64, Mono)>>>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts it and returns once writes are acknowledged.
    pub(crate) async fn start(nodes: &[Addr], password: Option<&'static str>) -> Self {
        let stop = CancellationToken::new();
        let acknowledged = Arc::default();
        let task = tokio::spawn(write(
            nodes.to_vec(),
            password,
            stop.clone(),
            Arc::clone(&acknowledged),
        ));
        let writer = Self {
            stop,
            acknowledged,
            task,
        };
        super::server::until("acknowledged writes", async || writer.count() > 100).await;
        writer
    }

    pub(crate) fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// The longest time without an acknowledged write that touches the time since `from`.
    pub(crate) fn longest_gap(&self, from: Mono) -> Duration {
        let times = self.acknowledged.lock().unwrap();
        let first = times
            .partition_point(|(_, at)| *at < from)
            .saturating_sub(1);
        let times = &times[first..];
        let gaps = times
            .iter()
            .zip(&times[1..])
            .map(|((_, a), (_, b))| b.duration_since(*a));
        gaps.max().unwrap_or_default()
    }

    /// Ends it; gives how many writes were acknowledged, and how many of them `master` does not have.
    pub(crate) async fn stop(self, master: &Addr, password: Option<&str>) -> (usize, usize) {
        self.stop.cancel();
        self.task.await.unwrap();
        let acknowledged = std::mem::take(&mut *self.acknowledged.lock().unwrap());
        let mut link = open(master, password, PATIENCE)
            .await
            .expect("the master takes connections");
        let mut missing = 0;
        for batch in acknowledged.chunks(BATCH) {
            let keys: Vec<[String; 2]> = batch
                .iter()
                .map(|(id, _)| ["GET".to_owned(), key(*id)])
                .collect();
            let words: Vec<[&str; 2]> = keys
                .iter()
                .map(|[get, key]| [get.as_str(), key.as_str()])
                .collect();
            let asks: Vec<&[&str]> = words.iter().map(<[&str; 2]>::as_slice).collect();
            let answers = link.ask_many(&asks).await.unwrap();
            for (answer, (id, _)) in answers.into_iter().zip(batch) {
                missing += usize::from(reply::text(&answer.unwrap()) != Some(id.to_string()));
            }
        }
        (acknowledged.len(), missing)
    }
}

/// One write a millisecond, or as soon as the last one is answered. A number is used once: a write that was not
/// acknowledged may have happened.
async fn write(
    nodes: Vec<Addr>,
    password: Option<&'static str>,
    stop: CancellationToken,
    acknowledged: Arc<Mutex<Vec<(u64, Mono)>>>,
) {
    let mut pace = interval(PACE);
    let mut link: Option<Link> = None;
    let mut node = 0;
    for id in 0.. {
        pace.tick().await;
        if stop.is_cancelled() {
            return;
        }
        if link.is_none() {
            link = open(&nodes[node % nodes.len()], password, ANSWER).await;
        }
        let accepted = match link.as_mut() {
            Some(open) => matches!(
                open.ask(&["SET", &key(id), &id.to_string()]).await,
                Ok(Value::Okay)
            ),
            None => false,
        };
        if accepted {
            acknowledged.lock().unwrap().push((id, clock::mono()));
        } else {
            link = None;
            node += 1;
        }
    }
}

async fn open(addr: &Addr, password: Option<&str>, deadline: Duration) -> Option<Link> {
    let mut link = Link::open(&LinkSpec::plain(addr, deadline), &net())
        .await
        .ok()?;
    if let Some(password) = password {
        link.ask(&["AUTH", password]).await.ok()?;
    }
    Some(link)
}

fn key(id: u64) -> String {
    format!("bench:{id}")
}
