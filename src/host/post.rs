//! What everybody who keeps a link on behalf of the supervisor shares.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;

use super::announce::Announce;
use super::dice;
use super::pulses::Pulses;
use crate::decide::engine::Event;
use crate::decide::watcher::Id;
use crate::node::net::Net;

/// Shared by all keepers of one process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Post {
    /// Who I am, for the names of connections and for telling my own hellos apart.
    pub me: Id,
    pub net: Net,
    pub pulses: Arc<Pulses>,
    /// What hellos say of where this is.
    pub announce: Arc<Announce>,
    sink: mpsc::UnboundedSender<Event>,
    /// How many links are being dialled again and again.
    down: Arc<AtomicUsize>,
    acquaintance: Arc<Acquaintance>,
}

/// Other watchers that there are links to.
#[derive(Debug, Default)]
struct Acquaintance {
    all: AtomicUsize,
    heard: AtomicUsize,
}

impl Post {
    pub fn new(me: Id, net: Net, sink: mpsc::UnboundedSender<Event>, pulses: Arc<Pulses>) -> Self {
        Self {
            me,
            net,
            pulses,
            announce: Arc::default(),
            sink,
            down: Arc::default(),
            acquaintance: Arc::default(),
        }
    }

    /// There are other watchers, and each is told and heard directly.
    pub(super) fn acquainted(&self) -> bool {
        let of = &self.acquaintance;
        let all = of.all.load(Ordering::Relaxed);
        all > 0 && of.heard.load(Ordering::Relaxed) == all
    }

    /// There is one more watcher to be linked with, until this is dropped.
    pub(super) fn acquaint(&self) -> Acquainted {
        self.acquaintance.all.fetch_add(1, Ordering::Relaxed);
        Acquainted {
            with: Arc::clone(&self.acquaintance),
            heard: false,
        }
    }

    /// The same with something to announce.
    #[must_use]
    pub fn announcing(self, announce: Announce) -> Self {
        Self {
            announce: Arc::new(announce),
            ..self
        }
    }

    /// Tells the engine.
    pub(super) fn tell(&self, event: Event) {
        // Nobody listens once the supervisor ends.
        self.sink.send(event).unwrap_or_default();
    }

    /// What connections call themselves: `sentinel-0123abcd-cmd`.
    pub(super) fn name(&self, kind: &str) -> String {
        let id = self.me.as_str().get(..8).unwrap_or_default();
        format!("sentinel-{id}-{kind}")
    }

    pub(super) fn lacking(&self) -> Lacking {
        self.down.fetch_add(1, Ordering::Relaxed);
        Lacking(Arc::clone(&self.down))
    }
}

/// One watcher that there is to be a link to.
#[derive(Debug)]
pub(super) struct Acquainted {
    with: Arc<Acquaintance>,
    heard: bool,
}

impl Acquainted {
    /// Whether it is told and heard now.
    pub(super) fn hears(&mut self, now: bool) {
        if std::mem::replace(&mut self.heard, now) == now {
            return;
        }
        if now {
            self.with.heard.fetch_add(1, Ordering::Relaxed);
        } else {
            self.with.heard.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Acquainted {
    fn drop(&mut self) {
        self.hears(false);
        self.with.all.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Somebody has no link. While many have none, each dials less often, so that an outage of everything costs no
/// more than it must.
#[derive(Debug)]
pub(super) struct Lacking(Arc<AtomicUsize>);

impl Lacking {
    /// How long to wait before dialling again.
    pub(super) fn pause(&self) -> Duration {
        let others = u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
        let most = (others * DIAL_MS).clamp(100, 5000);
        Duration::from_millis(dice::between(most / 2, most))
    }
}

impl Drop for Lacking {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All together dial once in so many milliseconds at most.
const DIAL_MS: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::clock;
    use crate::node::net::Tcp;

    #[test]
    fn one_is_acquainted_with_all_or_not_at_all() {
        let (sink, _events) = mpsc::unbounded_channel();
        let pulses = Arc::new(Pulses::new(clock::mono()));
        let me = "a".repeat(40).parse().unwrap();
        let post = Post::new(me, Arc::new(Tcp), sink, pulses);
        assert!(!post.acquainted(), "with nobody");
        let (mut one, mut other) = (post.acquaint(), post.acquaint());
        one.hears(true);
        one.hears(true);
        assert!(!post.acquainted());
        other.hears(true);
        assert!(post.acquainted());
        other.hears(false);
        assert!(!post.acquainted());
        drop(other);
        assert!(post.acquainted());
        drop(one);
        assert!(!post.acquainted());
    }
}
