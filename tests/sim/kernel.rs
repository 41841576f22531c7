//! The processes' side of the network: what a socket does with it.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::task::Waker;

use bytes::Bytes;

use super::tap;
use super::tap::Said;
use super::wire::Being;
use super::wire::Dialling;
use super::wire::Listener;
use super::wire::Parcel;
use super::wire::Wires;

/// Bytes under way or unread after which a writer waits.
const WINDOW: usize = 1 << 20;

impl Wires {
    /// Begins to dial; gives the dial's number.
    pub(super) fn dial(&mut self, from: IpAddr, to: SocketAddr, gives_up_us: Option<u64>) -> u64 {
        self.last += 1;
        let dial = self.last;
        self.dials.insert(
            dial,
            Dialling {
                from,
                to,
                gives_up_us,
                tries: 0,
                outcome: None,
                waker: None,
            },
        );
        self.send(from, to.ip(), Parcel::Syn { dial });
        dial
    }

    /// A dial that nobody waits for any more.
    pub(super) fn forget(&mut self, dial: u64) {
        if let Some(dialling) = self.dials.remove(&dial)
            && let Some(Ok(conn)) = dialling.outcome
        {
            self.close(conn, 0);
        }
    }

    pub(super) fn listen(&mut self, at: SocketAddr, process: u64) -> std::io::Result<()> {
        let host = self.hosts.entry(at.ip()).or_default();
        if host.listeners.contains_key(&at.port()) {
            return Err(std::io::ErrorKind::AddrInUse.into());
        }
        let listener = Listener {
            process,
            ..Listener::default()
        };
        host.listeners.insert(at.port(), listener);
        Ok(())
    }

    /// The next one who has dialled, or whom to wake.
    pub(super) fn accept(&mut self, at: SocketAddr, waker: &Waker) -> Option<(u64, SocketAddr)> {
        let host = self.hosts.get_mut(&at.ip())?;
        let listener = host.listeners.get_mut(&at.port())?;
        let Some(conn) = listener.backlog.pop_front() else {
            listener.waker = Some(waker.clone());
            return None;
        };
        let peer = self.conns.get(conn).map_or(at, |conn| conn.ends[0].at);
        Some((conn, peer))
    }

    pub(super) fn stop_listening(&mut self, at: SocketAddr, process: u64) {
        let Some(host) = self.hosts.get_mut(&at.ip()) else {
            return;
        };
        let own = |listener: &Listener| listener.process == process;
        if host.listeners.get(&at.port()).is_some_and(own)
            && let Some(listener) = host.listeners.remove(&at.port())
        {
            for conn in listener.backlog {
                self.close(conn, 1);
            }
        }
    }

    /// What has come: bytes, the end (empty), an error, or nothing yet.
    pub(super) fn read(
        &mut self,
        id: u64,
        own: usize,
        most: usize,
        waker: &Waker,
    ) -> Option<std::io::Result<Bytes>> {
        let Some(conn) = self.conns.get_mut(id) else {
            return Some(Err(std::io::ErrorKind::ConnectionReset.into()));
        };
        let end = &mut conn.ends[own];
        if end.reset {
            return Some(Err(std::io::ErrorKind::ConnectionReset.into()));
        }
        if let Some(first) = end.unread.front_mut() {
            let bytes = first.split_to(first.len().min(most));
            if first.is_empty() {
                end.unread.pop_front();
            }
            end.size -= bytes.len();
            let other = &mut conn.ends[1 - own];
            other.outstanding = other.outstanding.saturating_sub(bytes.len());
            return Some(Ok(bytes));
        }
        if end.finished {
            return Some(Ok(Bytes::new()));
        }
        end.waker = Some(waker.clone());
        None
    }

    pub(super) fn write(
        &mut self,
        id: u64,
        own: usize,
        bytes: &[u8],
        waker: &Waker,
    ) -> Option<std::io::Result<usize>> {
        let Some(conn) = self.conns.get_mut(id) else {
            return Some(Err(std::io::ErrorKind::BrokenPipe.into()));
        };
        let end = &mut conn.ends[own];
        if end.reset || end.shut {
            return Some(Err(std::io::ErrorKind::BrokenPipe.into()));
        }
        if end.outstanding >= WINDOW {
            self.waiting.push(waker.clone());
            return None;
        }
        end.outstanding += bytes.len();
        let (from, to) = (end.at.ip(), conn.ends[1 - own].at.ip());
        let door = conn.ends[1].at;
        if let Some(disk) = self.disks.get(&from) {
            for word in tap::words(bytes, own == 1, door) {
                let at_us = self.present_us();
                self.said.push(Said::new(at_us, (from, to), word, disk));
            }
        }
        let parcel = Parcel::Bytes {
            conn: id,
            to: 1 - own,
            bytes: Bytes::copy_from_slice(bytes),
        };
        self.send(from, to, parcel);
        Some(Ok(bytes.len()))
    }

    /// Nothing more will be sent.
    pub(super) fn shut(&mut self, id: u64, own: usize) {
        if let Some(conn) = self.conns.get_mut(id)
            && !std::mem::replace(&mut conn.ends[own].shut, true)
        {
            let (from, to) = (conn.ends[own].at.ip(), conn.ends[1 - own].at.ip());
            let parcel = Parcel::Fin {
                conn: id,
                to: 1 - own,
            };
            self.send(from, to, parcel);
        }
    }

    /// The socket is closed; what was not read is answered by a reset.
    pub(super) fn close(&mut self, id: u64, own: usize) {
        if let Some(ending) = &mut self.ending {
            ending.insert((id, own));
            return;
        }
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let end = &mut conn.ends[own];
        if end.state != Being::Open {
            return;
        }
        end.state = Being::Closed;
        end.waker = None;
        let (unread, reset) = (!end.unread.is_empty(), end.reset);
        end.unread.clear();
        if reset {
            // The other side knows.
        } else if unread {
            self.send_reset(id, 1 - own);
        } else {
            self.shut(id, own);
        }
        self.sweep(id);
    }
}
