//! Where the events of a test come together.

use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::engine::Event;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::decide::watcher::Hello;
use pikafo::decide::watcher::Id;
use pikafo::host::clock;
use pikafo::host::clock::timeout;
use pikafo::host::post::Post;
use pikafo::host::prober::Timings;
use pikafo::host::pulses::Pulses;
use pikafo::node::net::Net;
use tokio::sync::mpsc;

use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

/// A post and its other end.
pub(crate) struct Ring {
    pub(crate) post: Post,
    inbox: mpsc::UnboundedReceiver<Event>,
    /// What has come so far.
    pub(crate) past: Vec<Event>,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self::over(tcp())
    }

    pub(crate) fn over(net: Net) -> Self {
        let (sink, inbox) = mpsc::unbounded_channel();
        let pulses = Arc::new(Pulses::new(clock::mono()));
        Self {
            post: Post::new(id('a'), net, sink, pulses),
            inbox,
            past: Vec::new(),
        }
    }

    /// Waits for an event, and gives what was found in it.
    pub(crate) async fn find<T>(&mut self, mut find: impl FnMut(&Event) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let event = self.inbox.recv().await.expect("the post is held");
                let found = find(&event);
                self.past.push(event);
                if let Some(found) = found {
                    return found;
                }
            }
        };
        if let Ok(found) = timeout(PATIENCE, waiting).await {
            return found;
        }
        panic!("waited in vain; came: {:#?}", self.past)
    }

    pub(crate) async fn seen(&mut self, node: &Addr) {
        self.find(|event| {
            if let Event::Seen { node: of, .. } = event
                && of == node
            {
                Some(())
            } else {
                None
            }
        })
        .await;
    }

    /// Waits until somebody is quiet for a reason of this kind; gives since when, and since when refused.
    pub(crate) async fn quiet(&mut self, kind: FaultKind) -> (u64, Option<u64>) {
        self.find(|event| {
            if let Event::Quiet {
                since_us,
                refused_since_us,
                fault,
                ..
            } = event
                && fault.kind == kind
            {
                Some((*since_us, *refused_since_us))
            } else {
                None
            }
        })
        .await
    }

    pub(crate) async fn heard(&mut self) -> Whom {
        self.find(|event| {
            if let Event::Heard { whom } = event {
                Some(whom.clone())
            } else {
                None
            }
        })
        .await
    }

    pub(crate) async fn hello(&mut self) -> Hello {
        self.find(|event| {
            if let Event::Hello { hello } = event {
                Some(hello.clone())
            } else {
                None
            }
        })
        .await
    }

    /// How often somebody was said to be quiet.
    pub(crate) fn silences(&self) -> usize {
        let quiet = |event: &&Event| matches!(event, Event::Quiet { .. });
        self.past.iter().filter(quiet).count()
    }
}

/// 40 times the same digit.
pub(crate) fn id(digit: char) -> Id {
    digit.to_string().repeat(40).parse().unwrap()
}

/// Nothing happens because of the time: whatever is noticed was noticed otherwise.
pub(crate) fn never() -> Timings {
    Timings {
        ping: HOUR,
        full: HOUR,
        publish: HOUR,
        publish_rarely: HOUR,
        ..Timings::new(HOUR * 5)
    }
}

/// Down after so long, with stock's periods.
pub(crate) fn brisk(down_after_ms: u64) -> Timings {
    Timings::new(Duration::from_millis(down_after_ms))
}

const HOUR: Duration = Duration::from_secs(3600);
