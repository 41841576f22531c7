//! One watcher: its engine, its disk, and when it wants to be woken.

use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use pikafo::decide::engine::Action;
use pikafo::decide::engine::Engine;
use pikafo::decide::engine::Event;
use pikafo::decide::engine::Input;
use pikafo::decide::engine::durable::Durable;
use pikafo::decide::engine::event::Unfinished;
use pikafo::decide::name::Addr;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;
use pikafo::decide::view::Memory;
use pikafo::decide::watcher::Id;

/// What outlives the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) durable: Durable,
    pub(super) memory: Memory,
    pub(super) plan: Option<Plan>,
    pub(super) records: Vec<Record>,
}

#[derive(Clone, Debug)]
pub(super) struct Watcher {
    pub(super) number: usize,
    /// `None` while it is dead.
    pub(super) engine: Option<Arc<Engine>>,
    pub(super) disk: Arc<Disk>,
    /// Counts lives.
    pub(super) life: u32,
    pub(super) wake_us: u64,
    /// The epoch in which it asked for votes last.
    pub(super) stands_in: u64,
    /// Of all that it was told in all its lives, and of where they were cut short: the engine and the disk follow from
    /// that, and are long.
    past: u64,
}

/// Alike in everything that counts: an engine has no equality of its own.
impl PartialEq for Watcher {
    fn eq(&self, other: &Self) -> bool {
        self.alike() == other.alike()
    }
}

impl Hash for Watcher {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.alike().hash(state);
    }
}

impl Watcher {
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            engine: None,
            disk: Arc::default(),
            life: 0,
            wake_us: u64::MAX,
            stands_in: 0,
            past: 0,
        }
    }

    fn alike(&self) -> (u64, u32, u64, u64) {
        (self.past, self.life, self.wake_us, self.stands_in)
    }

    pub(super) fn id(&self) -> Id {
        id(self.number)
    }

    pub(super) fn disk(&mut self) -> &mut Disk {
        Arc::make_mut(&mut self.disk)
    }

    /// After so many of the actions that were to follow what it was told last.
    pub(super) fn dies(&mut self, after: Option<usize>) {
        self.engine = None;
        self.wake_us = u64::MAX;
        self.stands_in = 0;
        self.remember(&format!("dies {after:?}"));
    }

    /// A new life, from what the disk has.
    pub(super) fn begins(&mut self) -> Option<Box<Unfinished>> {
        self.life += 1;
        let durable = self.disk.durable.clone();
        let engine = Engine::new(self.id(), addr(self.number), durable);
        self.engine = Some(Arc::new(engine));
        let open = self.disk.memory.open_operation.as_ref();
        let plan = self.disk.plan.clone().filter(|p| Some(&p.id) == open);
        plan.map(|plan| {
            let records = self.disk.records.clone();
            Box::new(Unfinished { plan, records })
        })
    }

    /// Tells the engine, if there is one.
    pub(super) fn hears(&mut self, now_us: u64, event: Event) -> Vec<Action> {
        if event == Event::Wake {
            self.wake_us = u64::MAX;
        }
        self.remember(&format!("{now_us} {event:?}"));
        let Some(engine) = &mut self.engine else {
            return Vec::new();
        };
        Arc::make_mut(engine).step(Input {
            now_us,
            wall_ms: wall_ms(now_us),
            // The same die every time: what differs in nothing else shall be the same state.
            nonce: 4,
            event,
        })
    }

    pub(super) fn records(&mut self, now_us: u64, record: Record) {
        let at = jiff::Timestamp::from_millisecond(wall_ms(now_us)).unwrap();
        let disk = self.disk();
        if let Record::Begin { plan } = &record {
            disk.plan = Some((**plan).clone());
            disk.records.clear();
        }
        if let Some(plan) = disk.plan.clone() {
            disk.memory.learn(&record, &plan, &at.to_string());
        }
        disk.records.push(record);
    }

    fn remember(&mut self, what: &str) {
        let mut past = DefaultHasher::new();
        (self.past, what).hash(&mut past);
        self.past = past.finish();
    }
}

pub(super) fn id(number: usize) -> Id {
    format!("{number:040x}").parse().unwrap()
}

pub(super) fn addr(number: usize) -> Addr {
    Addr::new(&format!("10.0.1.{}", number + 1), 26379)
}

fn wall_ms(now_us: u64) -> i64 {
    1_800_000_000_000 + i64::try_from(now_us / 1000).unwrap()
}
