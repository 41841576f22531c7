//! What a Sentinel knows, behind one lock. Times are milliseconds of its own; zero is never.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use bytes::Bytes;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::lab::pubsub::Hub;

use super::memory::KeptMaster;
use super::memory::Monitor;
use super::node::Ear;
use super::node::Options;
use super::wire::Wire;
use crate::sim::dice::Dice;
use crate::sim::life::Life;

/// Long ago enough that nothing which never happened seems recent.
const EPOCH: u64 = 1_000_000_000_000;
/// Events that are remembered for whoever asks what was said.
const REMEMBERED: usize = 2000;

/// A Sentinel, as its tasks share it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) options: Options,
    state: Mutex<State>,
    started: Mono,
    pub(super) life: Life,
}

/// What changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: String,
    pub(super) run_id: String,
    pub(super) current_epoch: u64,
    pub(super) masters: BTreeMap<String, Master>,
    pub(super) dice: Dice,
    pub(super) hub: Hub,
    pub(super) clients: u64,
    pub(super) wires: u64,
    /// Since when it does not trust its own clock.
    pub(super) tilt_since: Option<u64>,
    pub(super) last_tick: u64,
    pub(super) said: Vec<String>,
    ear: Option<Ear>,
}

/// One master with all that belongs to it.
#[derive(Debug)]
pub(super) struct Master {
    pub(super) monitor: Monitor,
    pub(super) config_epoch: u64,
    /// Whom it voted for last.
    pub(super) leader: Option<String>,
    pub(super) leader_epoch: u64,
    pub(super) own: Instance,
    pub(super) replicas: BTreeMap<Addr, Instance>,
    /// By id.
    pub(super) sentinels: BTreeMap<String, Instance>,
    pub(super) o_down_since: Option<u64>,
    pub(super) phase: Phase,
    pub(super) failover_epoch: u64,
    pub(super) failover_start: u64,
    pub(super) phase_since: u64,
    /// The epoch whose votes have elected it: not always the one in which it began.
    pub(super) elected_in: u64,
    /// By SENTINEL FAILOVER: no vote is needed.
    pub(super) forced: bool,
    pub(super) promoted: Option<Addr>,
}

/// Where a failover stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Phase {
    None,
    WaitStart,
    SelectSlave,
    SendNoOne,
    WaitPromotion,
    ReconfSlaves,
    UpdateConfig,
}

/// Who an instance is for its master.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Who {
    Master,
    Replica(Addr),
    Sentinel(String),
}

/// Where an instance is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Key {
    pub(super) master: String,
    pub(super) who: Who,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Master,
    Replica,
}

/// How far a replica is on its way to a new master.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reconf {
    None,
    Sent { at: u64 },
    InProgress,
    Done,
}

/// A node or another Sentinel.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) addr: Addr,
    pub(super) run_id: String,
    pub(super) link: Links,
    pub(super) s_down_since: Option<u64>,
    /// The last time at which it went down.
    pub(super) last_down: u64,
    pub(super) role: Role,
    pub(super) role_since: u64,
    pub(super) info_at: u64,
    pub(super) published_at: u64,
    pub(super) hello_at: u64,
    // Replicas:
    pub(super) follows: Option<Addr>,
    pub(super) follows_since: u64,
    pub(super) link_up: bool,
    pub(super) link_down_ms: u64,
    pub(super) priority: u64,
    pub(super) offset: u64,
    pub(super) announced: bool,
    pub(super) reconf: Reconf,
    // Sentinels:
    pub(super) says_down: bool,
    pub(super) ballot: Option<(String, u64)>,
    pub(super) down_reply_at: u64,
}

/// Its connections, and when what was heard on them.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) cmd: Option<Wire>,
    pub(super) ear: Option<Wire>,
    pub(super) disconnected: bool,
    pub(super) heard_at: u64,
    /// Since when a ping is not answered.
    pub(super) unanswered_since: Option<u64>,
    pub(super) pinged_at: u64,
    /// The last answer that counts as life.
    pub(super) alive_at: u64,
    pub(super) answered_at: u64,
    pub(super) dialled_at: u64,
}

impl Node {
    /// Reads its file, as a process does when it starts; draws an identity where there is none.
    pub(super) fn open(options: Options) -> Self {
        let mut kept = options.memory.kept();
        kept.starts += 1;
        let mut dice = Dice::new(options.seed ^ kept.starts.rotate_left(32), "sentinel");
        if kept.id.is_empty() {
            kept.id = dice.hex(20);
        }
        let masters = kept.masters.iter();
        let state = State {
            id: kept.id.clone(),
            run_id: dice.hex(20),
            current_epoch: kept.current_epoch,
            masters: masters
                .map(|(name, master)| (name.clone(), Master::from_file(master)))
                .collect(),
            dice,
            hub: Hub::default(),
            clients: 0,
            wires: 0,
            tilt_since: None,
            last_tick: EPOCH,
            said: Vec::new(),
            ear: options.ear.clone(),
        };
        drop(kept);
        Self {
            options,
            state: Mutex::new(state),
            started: clock::mono(),
            life: Life::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn now(&self) -> u64 {
        EPOCH + clock::millis_since(self.started)
    }

    /// Writes the file: epochs, and one master where it is not in the state for the moment.
    pub(super) fn flush(&self, state: &State, at_hand: Option<&Master>) {
        let mut kept = self.options.memory.kept();
        kept.current_epoch = state.current_epoch;
        for master in state.masters.values().chain(at_hand) {
            let name = master.monitor.name.clone();
            kept.masters.insert(name, master.to_file());
        }
    }
}

impl State {
    /// Says an event: to subscribers, and to whoever asks later.
    pub(super) fn event(&mut self, name: &str, payload: &str) {
        if let Some(ear) = &self.ear {
            ear.hear(name, payload);
        }
        let (channel, message) = (name.to_owned(), payload.to_owned());
        self.hub
            .publish(&Bytes::from(channel), &Bytes::from(message));
        if self.said.len() == REMEMBERED {
            self.said.remove(0);
        }
        self.said.push(format!("{name} {payload}"));
    }

    pub(super) fn instance(&mut self, key: &Key) -> Option<&mut Instance> {
        self.masters.get_mut(&key.master)?.instance(&key.who)
    }
}

impl Master {
    fn from_file(kept: &KeptMaster) -> Self {
        let now = EPOCH;
        let addr = kept.monitor.addr.clone();
        let replica = |addr: &Addr| (addr.clone(), Instance::new(addr, Role::Replica, now));
        let sentinel = |(id, addr): (&String, &Addr)| {
            let mut one = Instance::new(addr, Role::Master, now);
            one.run_id.clone_from(id);
            (id.clone(), one)
        };
        Self {
            monitor: kept.monitor.clone(),
            config_epoch: kept.config_epoch,
            leader: None,
            leader_epoch: kept.leader_epoch,
            own: Instance::new(&addr, Role::Master, now),
            replicas: kept.replicas.iter().map(replica).collect(),
            sentinels: kept.sentinels.iter().map(sentinel).collect(),
            o_down_since: None,
            phase: Phase::None,
            failover_epoch: 0,
            failover_start: 0,
            phase_since: 0,
            elected_in: 0,
            forced: false,
            promoted: None,
        }
    }

    fn to_file(&self) -> KeptMaster {
        let current = self.current().clone();
        let old = (current != self.own.addr).then(|| self.own.addr.clone());
        let replicas = self.replicas.keys().filter(|addr| **addr != current);
        let sentinels = self.sentinels.iter();
        KeptMaster {
            monitor: Monitor {
                addr: current.clone(),
                ..self.monitor.clone()
            },
            config_epoch: self.config_epoch,
            leader_epoch: self.leader_epoch,
            replicas: replicas.cloned().chain(old).collect(),
            sentinels: sentinels
                .map(|(id, one)| (id.clone(), one.addr.clone()))
                .collect(),
        }
    }

    /// The address that clients are given: the promoted one's as soon as it is known to be a master.
    pub(super) fn current(&self) -> &Addr {
        match &self.promoted {
            Some(promoted) if self.phase >= Phase::ReconfSlaves => promoted,
            Some(_) | None => &self.own.addr,
        }
    }

    pub(super) fn instance(&mut self, who: &Who) -> Option<&mut Instance> {
        match who {
            Who::Master => Some(&mut self.own),
            Who::Replica(addr) => self.replicas.get_mut(addr),
            Who::Sentinel(id) => self.sentinels.get_mut(id),
        }
    }

    /// The instance as events name it.
    pub(super) fn named(&self, who: &Who) -> String {
        let name = &self.monitor.name;
        let at = |addr: &Addr| format!("{} {}", addr.host(), addr.port());
        let master = at(&self.own.addr);
        match who {
            Who::Master => format!("master {name} {master}"),
            Who::Replica(addr) => format!("slave {addr} {} @ {name} {master}", at(addr)),
            Who::Sentinel(id) => {
                let addr = self
                    .sentinels
                    .get(id)
                    .map_or_else(String::new, |s| at(&s.addr));
                format!("sentinel {id} {addr} @ {name} {master}")
            }
        }
    }

    pub(super) fn down_after(&self) -> u64 {
        ms(self.monitor.down_after)
    }

    pub(super) fn failover_timeout(&self) -> u64 {
        ms(self.monitor.failover_timeout)
    }

    /// Reports itself as a master, is not down, and was heard of lately.
    pub(super) fn looks_sane(&self, now: u64) -> bool {
        let own = &self.own;
        let up = own.s_down_since.is_none() && self.o_down_since.is_none();
        own.role == Role::Master && up && now - own.info_at < 2 * super::tick::INFO_PERIOD
    }
}

impl Instance {
    pub(super) fn new(addr: &Addr, role: Role, now: u64) -> Self {
        Self {
            addr: addr.clone(),
            run_id: String::new(),
            link: Links::new(now),
            s_down_since: None,
            last_down: 0,
            role,
            role_since: now,
            info_at: 0,
            published_at: now,
            hello_at: now,
            follows: None,
            follows_since: now,
            link_up: false,
            link_down_ms: 0,
            priority: 100,
            offset: 0,
            announced: true,
            reconf: Reconf::None,
            says_down: false,
            ballot: None,
            down_reply_at: 0,
        }
    }

    pub(super) fn is_down(&self) -> bool {
        self.s_down_since.is_some()
    }

    /// It was not down for that long.
    pub(super) fn no_down_for(&self, ms: u64, now: u64) -> bool {
        self.last_down == 0 || now - self.last_down > ms
    }
}

impl Links {
    pub(super) fn new(now: u64) -> Self {
        Self {
            cmd: None,
            ear: None,
            disconnected: true,
            heard_at: now,
            // The time to answer runs from here, connected or not.
            unanswered_since: Some(now),
            pinged_at: 0,
            alive_at: now,
            answered_at: now,
            dialled_at: 0,
        }
    }
}

pub(super) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}
