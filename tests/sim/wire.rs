//! The network: byte streams between machines, with latency, cuts and resets.
//!
//! What is sent in one tick arrives in a later one, so that the hosts of a tick do not depend on each other's order.
//! A cut holds back what is under way in one direction, as retransmissions do: nothing is lost of a stream that
//! lives on, and nothing overtakes; a sender may give up with its stream what is held back for too long. A machine without power swallows; once it is back it resets what it does not know.

mod carriage;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::task::Waker;

use bytes::Bytes;
use pikafo::host::clock::Mono;

use super::dice::Dice;
use super::disk::SimDisk;
use super::numbered::Numbered;
use super::tap::Said;

/// One tick, in microseconds: no message is faster.
pub(crate) const TICK_US: u64 = 5_000;

/// How far two machines are from each other, beyond a tick.
const JITTER_US: u64 = 3_000;

/// The whole network. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Arc<Mutex<Wires>>);

#[derive(Debug)]
pub(crate) struct Wires {
    pub(super) now_us: u64,
    pub(super) turn_mono: Option<Mono>,
    pub(super) dice: Dice,
    pub(super) hosts: BTreeMap<IpAddr, Host>,
    pub(super) conns: Numbered<Conn>,
    pub(super) dials: BTreeMap<u64, Dialling>,
    pub(super) agenda: BTreeMap<(u64, u64), Parcel>,
    /// What arrived at a cut, in its order, and when.
    pub(super) held: BTreeMap<(IpAddr, IpAddr), Vec<(u64, Parcel)>>,
    pub(super) cuts: BTreeSet<(IpAddr, IpAddr)>,
    pub(super) weather: BTreeMap<(IpAddr, IpAddr), Weather>,
    /// Sockets of a process that ends at this moment.
    pub(super) ending: Option<BTreeSet<(u64, usize)>>,
    /// Writers that wait for room.
    pub(super) waiting: Vec<Waker>,
    pub(super) last: u64,
    pub(super) digest: u64,
    pub(crate) carried: Carried,
    /// What lies beside whoever speaks.
    pub(super) disks: BTreeMap<IpAddr, Arc<SimDisk>>,
    pub(super) said: Vec<Said>,
}

/// How much there was to carry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Carried {
    pub(crate) connections: u64,
    pub(crate) refused: u64,
    pub(crate) chunks: u64,
    pub(crate) bytes: u64,
}

/// What is wrong between two machines, in one direction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Weather {
    /// The shortest and the longest delay.
    pub(crate) least_us: u64,
    pub(crate) delay_us: u64,
    /// Percent of what is sent that must be sent again.
    pub(crate) loss: u64,
}

impl Weather {
    /// Everything comes later, by the same time.
    pub(crate) fn late(by_us: u64) -> Self {
        Self {
            least_us: by_us,
            delay_us: by_us,
            loss: 0,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) off: bool,
    pub(super) listeners: BTreeMap<u16, Listener>,
    pub(super) last_port: u16,
}

#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) process: u64,
    pub(super) backlog: VecDeque<u64>,
    pub(super) waker: Option<Waker>,
}

#[derive(Debug)]
pub(super) struct Conn {
    pub(super) ends: [End; 2],
    /// Below this nothing sent from end 0 / end 1 may arrive any more.
    pub(super) last_due: [u64; 2],
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) at: SocketAddr,
    pub(super) state: Being,
    pub(super) unread: VecDeque<Bytes>,
    pub(super) size: usize,
    pub(super) finished: bool,
    pub(super) reset: bool,
    pub(super) waker: Option<Waker>,
    /// Sent by this end and not read by the other.
    pub(super) outstanding: usize,
    pub(super) shut: bool,
    /// What it sends is under way no longer than this.
    pub(super) gives_up_us: Option<u64>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Being {
    Open,
    Closed,
    /// The machine has forgotten it; `true`: and owes a reset for what came meanwhile.
    Gone(bool),
}

#[derive(Debug)]
pub(super) struct Dialling {
    pub(super) from: IpAddr,
    pub(super) to: SocketAddr,
    pub(super) gives_up_us: Option<u64>,
    pub(super) tries: u32,
    pub(super) outcome: Option<Result<u64, std::io::ErrorKind>>,
    pub(super) waker: Option<Waker>,
}

#[derive(Debug)]
pub(super) enum Parcel {
    Syn { dial: u64 },
    Taken { dial: u64, conn: u64 },
    Refused { dial: u64 },
    Bytes { conn: u64, to: usize, bytes: Bytes },
    Fin { conn: u64, to: usize },
    Reset { conn: u64, to: usize },
}

impl Wire {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Wires {
            now_us: 0,
            turn_mono: None,
            dice: Dice::new(seed, "wire"),
            hosts: BTreeMap::new(),
            conns: Numbered::default(),
            dials: BTreeMap::new(),
            agenda: BTreeMap::new(),
            held: BTreeMap::new(),
            cuts: BTreeSet::new(),
            weather: BTreeMap::new(),
            ending: None,
            waiting: Vec::new(),
            last: 0,
            digest: 0,
            carried: Carried::default(),
            disks: BTreeMap::new(),
            said: Vec::new(),
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Wires> {
        self.0.lock().expect("no panic while it is held")
    }
}

/// The world's side: time, weather, machines.
impl Wires {
    /// A new tick begins: what is due arrives.
    pub(crate) fn deliver(&mut self, now_us: u64) {
        self.now_us = now_us;
        self.turn_mono = None;
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > now_us {
                break;
            }
            let parcel = entry.remove();
            self.arrive(parcel);
        }
    }

    /// A process is driven from now on, when its own clock shows `mono`.
    pub(crate) fn turn(&mut self, mono: Mono) {
        self.turn_mono = Some(mono);
    }

    /// Nobody is driven.
    pub(crate) fn still(&mut self) {
        self.turn_mono = None;
    }

    pub(crate) fn plug(&mut self, ip: IpAddr, disk: &Arc<SimDisk>) {
        self.hosts.entry(ip).or_default().off = false;
        self.disks.insert(ip, Arc::clone(disk));
    }

    /// What was said since this was asked last.
    pub(crate) fn heard(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    pub(crate) fn cut(&mut self, from: IpAddr, to: IpAddr) {
        if from != to {
            self.cuts.insert((from, to));
        }
    }

    pub(crate) fn is_cut(&self, from: IpAddr, to: IpAddr) -> bool {
        self.cuts.contains(&(from, to))
    }

    pub(crate) fn mend(&mut self, from: IpAddr, to: IpAddr) {
        if self.cuts.remove(&(from, to)) {
            let held = self.held.remove(&(from, to)).unwrap_or_default();
            let held = self.still_sent(held);
            // As the retransmissions back off.
            let due = self.now_us + TICK_US + self.dice.below(600_000);
            // What is on its way at this moment was sent later.
            let under_way: Vec<(u64, u64)> = self
                .agenda
                .iter()
                .filter(|(_, parcel)| {
                    let opens = matches!(
                        parcel,
                        Parcel::Syn { .. } | Parcel::Taken { .. } | Parcel::Refused { .. }
                    );
                    !opens && self.way(parcel) == Some((from, to))
                })
                .map(|(key, _)| *key)
                .collect();
            for parcel in held {
                self.put(due, parcel);
            }
            for key in under_way {
                if let Some(parcel) = self.agenda.remove(&key) {
                    self.put(due.max(key.0), parcel);
                }
            }
        }
    }

    pub(crate) fn mend_all(&mut self) {
        for (from, to) in self.cuts.clone() {
            self.mend(from, to);
        }
        self.weather.clear();
    }

    pub(crate) fn weather(&mut self, from: IpAddr, to: IpAddr, weather: Weather) {
        self.weather.insert((from, to), weather);
    }

    pub(crate) fn clear(&mut self, from: IpAddr, to: IpAddr) {
        self.weather.remove(&(from, to));
    }

    pub(crate) fn bad_weather(&self, from: IpAddr, to: IpAddr) -> bool {
        self.weather.contains_key(&(from, to))
    }

    /// Nothing is cut or slow anywhere.
    pub(crate) fn is_calm(&self) -> bool {
        self.cuts.is_empty() && self.weather.is_empty()
    }

    /// Every connection between two machines is reset, as by a firewall that lost its table.
    pub(crate) fn reset(&mut self, a: IpAddr, b: IpAddr) {
        let between = |conn: &Conn| {
            let (x, y) = (conn.ends[0].at.ip(), conn.ends[1].at.ip());
            (x, y) == (a, b) || (x, y) == (b, a)
        };
        let ids: Vec<u64> = self
            .conns
            .iter()
            .filter(|(_, conn)| between(conn))
            .map(|(id, _)| id)
            .collect();
        for conn in ids {
            for to in [0, 1] {
                let due = self.now_us + TICK_US;
                self.put(due, Parcel::Reset { conn, to });
            }
        }
    }

    /// The kernel of a machine without power knows nothing any more.
    pub(crate) fn power_off(&mut self, ip: IpAddr) {
        let host = self.hosts.entry(ip).or_default();
        host.off = true;
        host.listeners.clear();
        self.dials.retain(|_, dial| dial.from != ip);
        for conn in self.conns.values_mut() {
            for end in conn.ends.iter_mut().filter(|end| end.at.ip() == ip) {
                end.state = Being::Gone(false);
            }
        }
    }

    pub(crate) fn power_on(&mut self, ip: IpAddr) {
        self.hosts.entry(ip).or_default().off = false;
        let mut resets = Vec::new();
        for (id, conn) in self.conns.iter() {
            for (index, end) in conn.ends.iter().enumerate() {
                if end.at.ip() == ip && end.state == Being::Gone(true) {
                    resets.push((id, 1 - index));
                }
            }
        }
        for (conn, to) in resets {
            self.send_reset(conn, to);
        }
    }

    /// A process ends. A runtime drops its tasks in an order that rests on what else has run in this program, so its
    /// sockets are closed in their own order, once all are known.
    pub(crate) fn begin_end(&mut self) {
        self.ending = Some(BTreeSet::new());
    }

    /// It has ended.
    pub(crate) fn end(&mut self) {
        for (conn, own) in self.ending.take().unwrap_or_default() {
            self.close(conn, own);
        }
    }

    /// The ports of a process that has ended are free, and whoever waited there is reset.
    pub(crate) fn close_ports(&mut self, process: u64) {
        let mut orphans = Vec::new();
        for host in self.hosts.values_mut() {
            host.listeners.retain(|_, listener| {
                let dead = listener.process == process;
                if dead {
                    orphans.extend(listener.backlog.drain(..));
                }
                !dead
            });
        }
        for conn in orphans {
            self.close(conn, 1);
        }
    }

    /// Folds everything that was carried into one number.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }
}

impl End {
    fn new(at: SocketAddr) -> Self {
        Self {
            at,
            state: Being::Open,
            unread: VecDeque::new(),
            size: 0,
            finished: false,
            reset: false,
            waker: None,
            outstanding: 0,
            shut: false,
            gives_up_us: None,
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
