//! Who is connected: CLIENT LIST, CLIENT KILL, and the descriptors that INFO prints.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use tokio::sync::watch;

use crate::host::clock;
use crate::host::clock::Mono;

/// The lowest descriptor that a connection gets.
const FIRST_FD: u32 = 66;

/// Everyone connected on the client port.
#[derive(Debug, Default)]
pub struct Clients {
    connected: BTreeMap<u64, Client>,
    next: u64,
    fds: BTreeSet<u32>,
}

/// One connection.
#[derive(Debug)]
struct Client {
    peer: SocketAddr,
    fd: u32,
    active: Mono,
    subscriber: bool,
    kill: watch::Sender<Option<Kill>>,
}

/// How a connection is to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kill {
    /// By its address: closed at the next tick.
    One,
    /// With others: taken off at the next tick, after which requests hang.
    Crowd,
}

impl Clients {
    /// Takes a connection in; the receiver tells when it is killed.
    pub fn join(&mut self, peer: SocketAddr) -> (u64, watch::Receiver<Option<Kill>>) {
        let id = self.next;
        self.next += 1;
        let fd = self.take_fd();
        let (kill, killed) = watch::channel(None);
        self.connected.insert(
            id,
            Client {
                peer,
                fd,
                active: clock::mono(),
                subscriber: false,
                kill,
            },
        );
        (id, killed)
    }

    pub fn leave(&mut self, id: u64) {
        if let Some(client) = self.connected.remove(&id) {
            self.fds.remove(&client.fd);
        }
    }

    pub fn touch(&mut self, id: u64, subscriber: bool) {
        if let Some(client) = self.connected.get_mut(&id) {
            client.active = clock::mono();
            client.subscriber = subscriber;
        }
    }

    pub fn peer(&self, id: u64) -> Option<SocketAddr> {
        Some(self.connected.get(&id)?.peer)
    }

    pub fn count(&self) -> usize {
        self.connected.len()
    }

    /// The lowest free descriptor; replication connections take theirs here too.
    pub fn take_fd(&mut self) -> u32 {
        let mut fd = FIRST_FD;
        while self.fds.contains(&fd) {
            fd += 1;
        }
        self.fds.insert(fd);
        fd
    }

    pub fn give_fd(&mut self, fd: u32) {
        self.fds.remove(&fd);
    }

    /// CLIENT LIST.
    pub fn list(&self) -> String {
        let now = clock::mono();
        let lines = self.connected.values().map(|client| {
            let idle = now.duration_since(client.active).as_secs();
            format!("addr={} fd={} idle={idle}\n", client.peer, client.fd)
        });
        lines.collect::<Vec<_>>().concat()
    }

    /// CLIENT KILL by address; false if nobody has it.
    pub fn kill(&self, address: &str) -> bool {
        let found = self
            .connected
            .values()
            .find(|client| client.peer.to_string() == address);
        found.is_some_and(|client| {
            client.kill.send_replace(Some(Kill::One));
            true
        })
    }

    /// CLIENT KILL all, or TYPE normal or pubsub.
    pub fn kill_all(&self, subscribers: Option<bool>) {
        for client in self
            .connected
            .values()
            .filter(|client| subscribers.is_none_or(|wanted| wanted == client.subscriber))
        {
            client.kill.send_replace(Some(Kill::Crowd));
        }
    }
}
