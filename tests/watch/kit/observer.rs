//! Looks at every node all the time, from outside, and harms nothing.
//!
//! Whether a node takes writes is found by a DEL of a key that is never there: a replica, a fence (ACL, CLIENT PAUSE,
//! min-replicas-to-write) and a dead process refuse it like any write, and where it is carried out nothing is changed
//! or replicated. A write that changed something would make an old master diverge that had not. Pika logs such a DEL all
//! the same; of it an INCR of a word is asked, which fails where it is carried out, and in other words where it is not.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::join_all;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::node::fault::FaultKind;
use redis::Value;

use super::line::Line;
use super::process::Process;

/// Between two looks at one node.
const PACE: Duration = Duration::from_millis(3);
/// Who takes longer takes no writes; also how long a frozen node occupies its looker.
const ANSWER: Duration = Duration::from_millis(100);
/// Never there.
const NOTHING: &str = "observer:nothing";
/// Always there, and no number.
const WORD: &str = "observer:word";

/// How a node is asked whether it takes writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Probe {
    Del,
    IncrOfWord,
}

/// Makes [`Probe::IncrOfWord`] possible, once, before there is anybody to be disturbed.
pub(crate) async fn prepare(master: &Process) {
    let set = master.ask(&["SET", WORD, "word"]).await;
    assert_eq!(set, Some(Value::Okay));
}

/// Samples until [`Observer::stop`], on a thread of its own, so that a test that waits does not stop it.
#[derive(Debug)]
pub(crate) struct Observer {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<Vec<Span>>>>,
}

/// A time in which every look at a node found it to take writes: from the first answer to the last.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Mono,
    to: Mono,
}

/// For each node, when it took writes.
#[derive(Debug)]
pub(crate) struct Seen(Vec<Vec<Span>>);

impl Observer {
    pub(crate) fn start(nodes: Vec<Addr>, probe: Probe) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(join_all(nodes.iter().map(|node| look(node, probe, &ends))))
        });
        Self {
            over,
            thread: Some(thread),
        }
    }

    pub(crate) fn stop(mut self) -> Seen {
        self.over.store(true, Ordering::Relaxed);
        Seen(self.thread.take().expect("it runs").join().unwrap())
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

async fn look(node: &Addr, probe: Probe, over: &AtomicBool) -> Vec<Span> {
    let mut line = Line::to(node, ANSWER);
    let mut spans: Vec<Span> = Vec::new();
    let mut writable = false;
    while !over.load(Ordering::Relaxed) {
        let accepted = takes_writes(&mut line, probe).await;
        let now = clock::mono();
        match spans.last_mut() {
            Some(span) if accepted && writable => span.to = now,
            _ if accepted => spans.push(Span { from: now, to: now }),
            _ => {}
        }
        writable = accepted;
        sleep(PACE).await;
    }
    spans
}

/// A connection that the server closed, as it does to all at a change of role, says nothing about writes; only what is
/// refused or unanswered on a fresh one does.
async fn takes_writes(line: &mut Line, probe: Probe) -> bool {
    let words = match probe {
        Probe::Del => ["DEL", NOTHING],
        Probe::IncrOfWord => ["INCR", WORD],
    };
    for _ in 0..2 {
        match line.ask_on(&words).await {
            Ok(answer) => return answer == Value::Int(0),
            Err(fault) if fault.kind == FaultKind::Dropped => {}
            Err(fault) if fault.text.contains("not an integer") => return true,
            Err(_) => return false,
        }
    }
    false
}

impl Seen {
    /// The same without what was seen before a moment.
    pub(crate) fn since(self, from: Mono) -> Self {
        let later = |spans: Vec<Span>| {
            let spans = spans.into_iter().filter(|span| span.to >= from);
            let cut = spans.map(|span| Span {
                from: span.from.max(from),
                ..span
            });
            cut.collect()
        };
        Self(self.0.into_iter().map(later).collect())
    }

    /// The longest time without a break in which two nodes took writes at once.
    pub(crate) fn two_masters(&self) -> Duration {
        let nodes = || self.0.iter().enumerate();
        let pairs = nodes().flat_map(|(n, one)| {
            let later = nodes().filter(move |(m, _)| *m > n);
            later.map(move |(_, other)| (one, other))
        });
        let both = pairs.flat_map(|(one, other)| {
            one.iter()
                .flat_map(move |a| other.iter().map(move |b| overlap(*a, *b)))
        });
        both.max().unwrap_or_default()
    }
}

fn overlap(a: Span, b: Span) -> Duration {
    a.to.min(b.to).saturating_duration_since(a.from.max(b.from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(nodes: &[&[(u64, u64)]]) -> Seen {
        let start = clock::mono();
        let at = |ms| start + Duration::from_millis(ms);
        let spans = |spans: &[(u64, u64)]| {
            let spans = spans.iter();
            spans
                .map(|(from, to)| Span {
                    from: at(*from),
                    to: at(*to),
                })
                .collect()
        };
        Seen(nodes.iter().map(|node| spans(node)).collect())
    }

    #[test]
    fn two_masters_is_the_longest_overlap_of_any_pair() {
        let two = |nodes: &[&[(u64, u64)]]| seen(nodes).two_masters().as_millis();
        assert_eq!(two(&[&[(0, 10)], &[(10, 20)], &[]]), 0);
        assert_eq!(two(&[&[(0, 10)], &[(4, 20)], &[]]), 6);
        assert_eq!(two(&[&[(0, 10), (12, 40)], &[], &[(5, 30)]]), 18);
    }
}
