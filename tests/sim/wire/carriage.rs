//! How what is under way arrives, is held back, or is lost.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::net::SocketAddr;

use bytes::Bytes;
use pikafo::host::clock;

use super::Being;
use super::Conn;
use super::End;
use super::JITTER_US;
use super::Parcel;
use super::TICK_US;
use super::Wires;
use super::wake;

impl Wires {
    pub(super) fn arrive(&mut self, parcel: Parcel) {
        if let Some(way) = self.way(&parcel)
            && self.cuts.contains(&way)
        {
            if let Parcel::Syn { dial } = parcel {
                self.again(dial);
            } else {
                let held = self.held.entry(way).or_default();
                held.push((self.now_us, parcel));
            }
            return;
        }
        match parcel {
            Parcel::Syn { dial } => self.knock(dial),
            Parcel::Taken { dial, conn } => match self.dials.get_mut(&dial) {
                Some(dialling) => {
                    dialling.outcome = Some(Ok(conn));
                    wake(&mut dialling.waker);
                }
                None => self.close(conn, 0),
            },
            Parcel::Refused { dial } => {
                if let Some(dialling) = self.dials.get_mut(&dial) {
                    self.carried.refused += 1;
                    dialling.outcome = Some(Err(std::io::ErrorKind::ConnectionRefused));
                    wake(&mut dialling.waker);
                }
            }
            Parcel::Bytes { conn, to, bytes } => self.take_in(conn, to, bytes),
            Parcel::Fin { conn, to } => {
                if let Some(conn) = self.conns.get_mut(conn) {
                    conn.ends[to].finished = true;
                    wake(&mut conn.ends[to].waker);
                }
            }
            Parcel::Reset { conn: id, to } => {
                if let Some(conn) = self.conns.get_mut(id) {
                    let end = &mut conn.ends[to];
                    end.reset = true;
                    end.unread.clear();
                    wake(&mut end.waker);
                    if end.state != Being::Open {
                        self.sweep(id);
                    }
                }
            }
        }
    }

    pub(super) fn take_in(&mut self, id: u64, to: usize, bytes: Bytes) {
        let now = self.now_us;
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        self.carried.chunks += 1;
        self.carried.bytes += bytes.len() as u64;
        self.digest = fold(self.digest ^ now ^ id, &bytes);
        let end = &mut conn.ends[to];
        match end.state {
            Being::Open => {
                end.size += bytes.len();
                end.unread.push_back(bytes);
                wake(&mut end.waker);
            }
            Being::Closed => self.send_reset(id, 1 - to),
            Being::Gone(_) => {
                let ip = end.at.ip();
                end.state = Being::Gone(true);
                if self.hosts.get(&ip).is_some_and(|host| !host.off) {
                    self.send_reset(id, 1 - to);
                }
            }
        }
    }

    /// A SYN arrives.
    pub(super) fn knock(&mut self, dial: u64) {
        let Some(dialling) = self.dials.get(&dial) else {
            return;
        };
        let (from, to, gives_up_us) = (dialling.from, dialling.to, dialling.gives_up_us);
        let Some(host) = self.hosts.get_mut(&to.ip()).filter(|host| !host.off) else {
            self.again(dial);
            return;
        };
        // Half a handshake is none.
        if self.cuts.contains(&(to.ip(), from)) {
            self.again(dial);
            return;
        }
        if !host.listeners.contains_key(&to.port()) {
            self.send(to.ip(), from, Parcel::Refused { dial });
            return;
        }
        let own = self.hosts.entry(from).or_default();
        own.last_port = own.last_port.wrapping_add(1) % 20_000;
        let at = SocketAddr::new(from, 40_000 + own.last_port);
        let conn = self.conns.next();
        self.conns.push(Conn {
            ends: [
                End {
                    gives_up_us,
                    ..End::new(at)
                },
                End::new(to),
            ],
            last_due: [0, 0],
        });
        self.carried.connections += 1;
        let host = self.hosts.entry(to.ip()).or_default();
        if let Some(listener) = host.listeners.get_mut(&to.port()) {
            listener.backlog.push_back(conn);
            wake(&mut listener.waker);
        }
        self.send(to.ip(), from, Parcel::Taken { dial, conn });
    }

    /// Of what was held back, what its sender has not given up. Whoever has may hear so, and the other end hears nothing.
    pub(super) fn still_sent(&mut self, held: Vec<(u64, Parcel)>) -> Vec<Parcel> {
        let mut given_up = BTreeSet::new();
        for (since_us, parcel) in &held {
            if let Parcel::Bytes { conn: id, to, .. } = parcel
                && let Some(conn) = self.conns.get_mut(*id)
                && let own = &mut conn.ends[1 - to]
                && let Some(us) = own.gives_up_us
                && self.now_us >= since_us + us
            {
                own.reset = true;
                own.unread.clear();
                wake(&mut own.waker);
                given_up.insert((*id, *to));
            }
        }
        let gone = |parcel: &Parcel| match parcel {
            Parcel::Bytes { conn, to, .. } | Parcel::Fin { conn, to } => {
                given_up.contains(&(*conn, *to))
            }
            Parcel::Syn { .. }
            | Parcel::Taken { .. }
            | Parcel::Refused { .. }
            | Parcel::Reset { .. } => false,
        };
        self.agenda.retain(|_, parcel| !gone(parcel));
        let held = held.into_iter().map(|(_, parcel)| parcel);
        held.filter(|parcel| !gone(parcel)).collect()
    }

    /// The SYN is sent again later.
    pub(super) fn again(&mut self, dial: u64) {
        if let Some(dialling) = self.dials.get_mut(&dial) {
            let wait = 1_000_000_u64 << dialling.tries.min(5);
            dialling.tries += 1;
            let due = self.now_us + wait;
            self.put(due, Parcel::Syn { dial });
        }
    }

    pub(super) fn way(&self, parcel: &Parcel) -> Option<(IpAddr, IpAddr)> {
        match parcel {
            Parcel::Syn { dial } => {
                let dial = self.dials.get(dial)?;
                Some((dial.from, dial.to.ip()))
            }
            Parcel::Taken { dial, .. } | Parcel::Refused { dial } => {
                let dial = self.dials.get(dial)?;
                Some((dial.to.ip(), dial.from))
            }
            Parcel::Bytes { conn, to, .. }
            | Parcel::Fin { conn, to }
            | Parcel::Reset { conn, to } => {
                let conn = self.conns.get(*conn)?;
                Some((conn.ends[1 - to].at.ip(), conn.ends[*to].at.ip()))
            }
        }
    }

    pub(super) fn put(&mut self, due: u64, parcel: Parcel) {
        if let Parcel::Bytes { conn, to, .. }
        | Parcel::Fin { conn, to }
        | Parcel::Reset { conn, to } = &parcel
            && let Some(conn) = self.conns.get_mut(*conn)
        {
            let last = &mut conn.last_due[1 - to];
            *last = due.max(*last);
        }
        self.last += 1;
        self.agenda.insert((due, self.last), parcel);
    }

    pub(in crate::sim) fn send(&mut self, from: IpAddr, to: IpAddr, parcel: Parcel) {
        let mut due = self.present_us() + TICK_US + self.dice.below(JITTER_US);
        if let Some(weather) = self.weather.get(&(from, to)).copied() {
            due += weather.least_us + self.dice.below(weather.delay_us - weather.least_us + 1);
            if self.dice.percent(weather.loss) {
                due += 200_000 << self.dice.below(3);
            }
        }
        if let Parcel::Bytes { conn, to, .. }
        | Parcel::Fin { conn, to }
        | Parcel::Reset { conn, to } = &parcel
            && let Some(conn) = self.conns.get(*conn)
        {
            due = due.max(conn.last_due[1 - to]);
        }
        self.put(due, parcel);
    }

    pub(in crate::sim) fn send_reset(&mut self, conn: u64, to: usize) {
        let Some(known) = self.conns.get(conn) else {
            return;
        };
        let (from, dest) = (known.ends[1 - to].at.ip(), known.ends[to].at.ip());
        self.send(from, dest, Parcel::Reset { conn, to });
    }

    /// World time on the clock of the process that is being driven.
    pub(crate) fn present_us(&self) -> u64 {
        let since = self
            .turn_mono
            .map_or(0, |at| clock::micros(clock::mono().duration_since(at)));
        self.now_us + since
    }

    /// Forgets a connection that nobody holds.
    pub(in crate::sim) fn sweep(&mut self, id: u64) {
        let held = |conn: &Conn| conn.ends.iter().any(|end| end.state == Being::Open);
        if self.conns.get(id).is_some_and(|conn| !held(conn)) {
            self.conns.remove(id);
        }
    }
}

fn fold(mut digest: u64, bytes: &[u8]) -> u64 {
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        digest =
            (digest.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
    digest
}
