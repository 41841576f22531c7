//! A client that writes numbered keys and remembers which of them were acknowledged, and when.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::PATIENCE;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::reply;
use crate::node::sentinel;

/// A running writer.
#[derive(Debug)]
pub(super) struct Writer {
    stop: CancellationToken,
    count: Arc<AtomicUsize>,
    task: JoinHandle<Written>,
}

/// How the writer finds the master.
#[derive(Clone, Debug)]
pub(super) enum Guide {
    /// It tries each of these nodes in turn.
    Nodes(Vec<Addr>),
    /// It asks one watcher after the other, as a client of Sentinel does.
    Watchers { addrs: Vec<Addr>, cluster: String },
}

impl Guide {
    /// Where to try for the `turn`th time.
    async fn lead(&self, turn: usize, net: &Net) -> Option<Addr> {
        let (Self::Nodes(addrs) | Self::Watchers { addrs, .. }) = self;
        let addr = addrs.get(turn % addrs.len().max(1))?;
        match self {
            Self::Nodes(_) => Some(addr.clone()),
            Self::Watchers { cluster, .. } => {
                let spec = LinkSpec::plain(addr, WRITE_DEADLINE);
                let mut link = Link::open(&spec, net).await.ok()?;
                sentinel::address(&mut link, cluster).await.ok()?
            }
        }
    }
}

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Written {
    acknowledged: Vec<(usize, Mono)>,
}

impl Writer {
    /// Writes about a thousand keys a second to whatever node `guide` leads to.
    pub(super) fn start(guide: Guide, net: Net) -> Self {
        let stop = CancellationToken::new();
        let count = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(write(guide, net, stop.clone(), Arc::clone(&count)));
        Self { stop, count, task }
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Waits until `count` writes were acknowledged.
    pub(super) async fn wait_for(&self, count: usize) -> Result<(), Failure> {
        let reached = async {
            while self.acknowledged() < count {
                sleep(PACE).await;
            }
        };
        timeout(PATIENCE, reached).await.map_err(|_elapsed| {
            let text = format!(
                "the writer got {} of {count} writes acknowledged in {PATIENCE:?}",
                self.acknowledged()
            );
            Failure::new(Exit::Failed, text)
        })
    }

    pub(super) async fn stop(self) -> Written {
        self.stop.cancel();
        self.task.await.unwrap_or_default()
    }
}

impl Written {
    pub(super) fn len(&self) -> usize {
        self.acknowledged.len()
    }

    /// The longest time between two acknowledged writes.
    pub(super) fn longest_gap_ms(&self) -> f64 {
        let times = self.acknowledged.iter().map(|(_, at)| *at);
        times
            .clone()
            .zip(times.skip(1))
            .map(|(a, b)| b.duration_since(a).as_secs_f64() * 1000.0)
            .fold(0.0, f64::max)
    }

    /// How many acknowledged writes `master` does not have.
    pub(super) async fn missing(&self, master: &Addr, net: &Net) -> Result<usize, Failure> {
        let failed = |fault| {
            Failure::new(
                Exit::Failed,
                format!("the writes could not be read back: {fault}"),
            )
        };
        let mut link = Link::open(&LinkSpec::plain(master, PATIENCE), net)
            .await
            .map_err(failed)?;
        let mut missing = 0;
        for batch in self.acknowledged.chunks(BATCH) {
            let keys: Vec<[String; 2]> = batch
                .iter()
                .map(|(id, _)| ["GET".to_owned(), key(*id)])
                .collect();
            let words: Vec<Vec<&str>> = keys
                .iter()
                .map(|k| k.iter().map(String::as_str).collect())
                .collect();
            let asks: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
            let answers = link.ask_many(&asks).await.map_err(failed)?;
            for (answer, (id, _)) in answers.into_iter().zip(batch) {
                let value = answer.map_err(failed)?;
                if reply::text(&value).as_deref() != Some(&id.to_string()) {
                    missing += 1;
                }
            }
        }
        Ok(missing)
    }
}

async fn write(
    guide: Guide,
    net: Net,
    stop: CancellationToken,
    count: Arc<AtomicUsize>,
) -> Written {
    let mut written = Written::default();
    let mut link: Option<Link> = None;
    let mut turn = 0usize;
    let mut id = 0usize;
    while !stop.is_cancelled() {
        if link.is_none() {
            link = match guide.lead(turn, &net).await {
                Some(addr) => Link::open(&LinkSpec::plain(&addr, WRITE_DEADLINE), &net)
                    .await
                    .ok(),
                None => None,
            };
        }
        let acknowledged = match link.as_mut() {
            Some(open) => matches!(
                open.ask(&["SET", &key(id), &id.to_string()]).await,
                Ok(Value::Okay)
            ),
            None => false,
        };
        if acknowledged {
            written.acknowledged.push((id, clock::mono()));
            count.store(written.len(), Ordering::Release);
        } else {
            link = None;
            turn += 1;
        }
        // A write that was not acknowledged may have happened; its number is not used again.
        id += 1;
        sleep(PACE).await;
    }
    written
}

fn key(id: usize) -> String {
    format!("lab:{id}")
}

const PACE: Duration = Duration::from_millis(1);
const WRITE_DEADLINE: Duration = Duration::from_millis(500);
const BATCH: usize = 500;
