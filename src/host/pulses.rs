//! How the links to nodes and other watchers do at this moment: what the Sentinel API prints beside the snapshot.
//!
//! Keepers write here as they go; readers never wait for them. Times are microseconds on the clock of
//! [`crate::decide::engine::Input::now_us`]; 0 stands for never.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::clock;
use super::clock::Mono;
use crate::decide::engine::event::Whom;
use crate::decide::name::Addr;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// All pulses of one process.
#[derive(Debug)]
pub struct Pulses {
    since: Mono,
    of: Mutex<BTreeMap<Whom, Arc<Pulse>>>,
    /// The last hello of every sender, by cluster.
    hellos: Mutex<BTreeMap<Box<str>, Senders>>,
}

/// The last hello of every sender, by id.
type Senders = BTreeMap<Box<str>, LastHello>;

#[derive(Debug)]
struct LastHello {
    text: Box<str>,
    at_us: u64,
}

/// One link's.
#[derive(Debug)]
pub struct Pulse {
    began_us: u64,
    connected: AtomicBool,
    ping_sent_us: AtomicU64,
    alive_us: AtomicU64,
    answered_us: AtomicU64,
    seen_us: AtomicU64,
    info: Mutex<Option<Arc<str>>>,
}

/// What a reader sees of a [`Pulse`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// There is a link, and nothing says that it is dead.
    pub connected: bool,
    /// The oldest PING that has not been answered; 0: none is pending.
    pub ping_sent_us: u64,
    /// When PING was last answered as by somebody alive; before the first time, when watching began.
    pub alive_us: u64,
    /// When PING was last answered in whatever way; before the first time, when watching began.
    pub answered_us: u64,
    /// When `INFO` was last answered.
    pub seen_us: u64,
    /// The last answer to `INFO replication`.
    pub info: Option<Arc<str>>,
}

impl Pulses {
    /// `since` is the zero of the engine's clock.
    pub fn new(since: Mono) -> Self {
        Self {
            since,
            of: Mutex::default(),
            hellos: Mutex::default(),
        }
    }

    /// Now, on the engine's clock.
    pub fn now_us(&self) -> u64 {
        self.at_us(clock::mono())
    }

    /// A moment on the engine's clock. Never 0, which stands for never.
    pub fn at_us(&self, at: Mono) -> u64 {
        clock::micros(at.saturating_duration_since(self.since)).max(1)
    }

    /// The moment of a time on the engine's clock.
    pub fn moment(&self, at_us: u64) -> Mono {
        self.since + Duration::from_micros(at_us)
    }

    /// The last stroke before a moment, of a clock that strikes so often.
    pub fn stroke(&self, before: Mono, every: Duration) -> Mono {
        let (at_us, every_us) = (self.at_us(before), clock::micros(every).max(1));
        self.moment(at_us - at_us % every_us)
    }

    /// The pulse of somebody, taken up where there is none yet.
    pub fn feel(&self, whom: &Whom) -> Arc<Pulse> {
        let mut of = held(&self.of);
        if let Some(pulse) = of.get(whom) {
            return Arc::clone(pulse);
        }
        let pulse = Arc::new(Pulse::at(self.now_us()));
        of.insert(whom.clone(), Arc::clone(&pulse));
        pulse
    }

    /// What is to be read of somebody; `None` who is not watched.
    pub fn read(&self, whom: &Whom) -> Option<Reading> {
        held(&self.of).get(whom).map(|pulse| pulse.read())
    }

    /// Lets go of somebody, unless a later keeper has taken the pulse up again.
    pub(super) fn drop_pulse(&self, whom: &Whom, pulse: &Arc<Pulse>) {
        let mut of = held(&self.of);
        // The keeper's own and the one in the map.
        if of.get(whom).is_some_and(|kept| Arc::ptr_eq(kept, pulse))
            && Arc::strong_count(pulse) <= 2
        {
            of.remove(whom);
        }
    }

    /// A message on the channel of hellos, by whichever way it came: gives the hello if it says something else
    /// than its sender's last one for that cluster. `me` is who must not be listened to.
    pub fn hello(&self, text: &str, me: &Id) -> Option<Hello> {
        let mut fields = text.split(',');
        let (id, cluster) = (fields.nth(2)?, fields.nth(1)?);
        if id == me.as_str() {
            return None;
        }
        let at_us = self.now_us();
        let mut hellos = held(&self.hellos);
        let last = hellos.get_mut(cluster).and_then(|of| of.get_mut(id));
        if let Some(last) = last
            && *last.text == *text
        {
            last.at_us = at_us;
            return None;
        }
        let hello: Hello = text.parse().ok()?;
        let of = hellos.entry(cluster.into()).or_default();
        // Strangers who make up identities must not fill the memory.
        if of.len() >= MOST_SENDERS && !of.contains_key(id) {
            of.clear();
        }
        let text = text.into();
        of.insert(id.into(), LastHello { text, at_us });
        Some(hello)
    }

    /// When a watcher's hello for a cluster last came.
    pub fn hello_at(&self, cluster: &str, id: &Id) -> Option<u64> {
        let hellos = held(&self.hellos);
        hellos.get(cluster)?.get(id.as_str()).map(|last| last.at_us)
    }

    /// The next hello of everybody for this cluster is news: after the cluster was configured anew or reset.
    pub fn forget_hellos(&self, cluster: &str) {
        held(&self.hellos).remove(cluster);
    }

    /// The next hello of this watcher is news, for every cluster: after it was let go.
    pub fn forget_watcher(&self, id: &Id) {
        for of in held(&self.hellos).values_mut() {
            of.remove(id.as_str());
        }
    }
}

impl Pulse {
    fn at(began_us: u64) -> Self {
        Self {
            began_us,
            connected: AtomicBool::new(false),
            ping_sent_us: AtomicU64::new(0),
            alive_us: AtomicU64::new(0),
            answered_us: AtomicU64::new(0),
            seen_us: AtomicU64::new(0),
            info: Mutex::new(None),
        }
    }

    pub fn read(&self) -> Reading {
        let or_began = |at: &AtomicU64| match at.load(Ordering::Relaxed) {
            0 => self.began_us,
            at => at,
        };
        Reading {
            connected: self.connected.load(Ordering::Relaxed),
            ping_sent_us: self.ping_sent_us.load(Ordering::Relaxed),
            alive_us: or_began(&self.alive_us),
            answered_us: or_began(&self.answered_us),
            seen_us: self.seen_us.load(Ordering::Relaxed),
            info: held(&self.info).clone(),
        }
    }

    pub(super) fn connect(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
    }

    /// A PING goes out; one that is pending already stays the oldest.
    pub(super) fn ping(&self, at_us: u64) {
        let (order, none) = (Ordering::Relaxed, 0);
        // Only the keeper writes, so nothing is lost between the two.
        if self.ping_sent_us.load(order) == none {
            self.ping_sent_us.store(at_us, order);
        }
    }

    /// PING was answered, as by somebody alive or not.
    pub(super) fn pong(&self, at_us: u64, alive: bool) {
        self.answered_us.store(at_us, Ordering::Relaxed);
        if alive {
            self.alive_us.store(at_us, Ordering::Relaxed);
            self.ping_sent_us.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn saw(&self, at_us: u64, info: Option<&Arc<str>>) {
        self.seen_us.store(at_us, Ordering::Relaxed);
        if let Some(info) = info {
            *held(&self.info) = Some(Arc::clone(info));
        }
    }
}

/// Whom a keeper of a node keeps.
pub(super) fn node(cluster: &str, addr: &Addr) -> Whom {
    Whom::Node {
        cluster: cluster.to_owned(),
        addr: addr.clone(),
    }
}

/// What a panic of another thread left is still sound: every change is a single one.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Watchers of one cluster whose last words are kept.
const MOST_SENDERS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn pulses() -> Pulses {
        Pulses::new(clock::mono())
    }

    fn id(digit: char) -> Id {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn hello(from: char, cluster: &str, epoch: u64) -> String {
        let id = id(from);
        format!("10.0.0.9,26379,{id},{epoch},{cluster},10.0.0.1,6379,{epoch}")
    }

    #[test]
    fn a_hello_is_news_once_for_each_cluster_and_sender() {
        let (pulses, me) = (pulses(), id('a'));
        let news = |text: &str| pulses.hello(text, &me).is_some();
        assert!(news(&hello('b', "orders", 1)));
        assert!(!news(&hello('b', "orders", 1)));
        assert!(news(&hello('c', "orders", 1)));
        assert!(news(&hello('b', "users", 1)));
        assert!(news(&hello('b', "orders", 2)));
        assert!(!news(&hello('a', "orders", 2)), "one's own is no news");
        assert!(!news("a,b,c"));
        assert!(pulses.hello_at("orders", &id('b')).is_some());
        pulses.forget_hellos("orders");
        assert!(news(&hello('b', "orders", 2)));
        pulses.forget_watcher(&id('b'));
        assert!(news(&hello('b', "orders", 2)));
        assert!(news(&hello('b', "users", 1)));
    }

    #[test]
    fn the_oldest_unanswered_ping_counts() {
        let pulse = Pulse::at(5);
        assert_eq!(pulse.read().alive_us, 5);
        pulse.ping(10);
        pulse.ping(20);
        pulse.pong(25, false);
        assert_eq!(pulse.read().ping_sent_us, 10);
        pulse.pong(30, true);
        let seen = pulse.read();
        assert_eq!(
            (seen.ping_sent_us, seen.alive_us, seen.answered_us),
            (0, 30, 30)
        );
    }

    #[test]
    fn a_pulse_goes_with_its_last_keeper() {
        let (pulses, whom) = (pulses(), Whom::Watcher { id: id('a') });
        let first = pulses.feel(&whom);
        let second = pulses.feel(&whom);
        pulses.drop_pulse(&whom, &first);
        assert!(pulses.read(&whom).is_some());
        drop(first);
        pulses.drop_pulse(&whom, &second);
        assert!(pulses.read(&whom).is_none());
    }
}
