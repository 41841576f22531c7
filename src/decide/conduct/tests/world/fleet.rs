//! What servers do to each other as time passes, and what becomes of an order.

use std::collections::BTreeMap;

use super::decide::facts::Fault;
use super::decide::facts::FaultKind;
use super::decide::facts::Link;
use super::decide::facts::Replication;
use super::decide::name::Addr;
use super::decide::order::Answer;
use super::decide::order::FenceHow;
use super::decide::order::Order;
use super::server::Server;
use super::stage;

#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) servers: Vec<Server>,
    /// A client tries every node in turn, a thousand times a second, and writes wherever it may.
    pub(crate) client_writes: bool,
    pub(crate) acknowledged: Vec<u32>,
    /// How long a master goes on listing a replica that has left.
    pub(crate) ghost_us: u64,
    ghosts: BTreeMap<Addr, u64>,
    settled_us: u64,
    next: u32,
}

/// `a` is master, `b` and `c` follow it, all in step.
pub(crate) fn three() -> Fleet {
    let a = Server::new("a", 1, None);
    let of_a = Some(a.addr.clone());
    let servers = vec![
        a,
        Server::new("b", 2, of_a.clone()),
        Server::new("c", 3, of_a),
    ];
    Fleet {
        servers,
        client_writes: false,
        acknowledged: Vec::new(),
        ghost_us: 120_000,
        ghosts: BTreeMap::new(),
        settled_us: 0,
        next: 100,
    }
}

impl Fleet {
    pub(crate) fn get(&self, addr: &Addr) -> &Server {
        self.servers.iter().find(|s| s.addr == *addr).unwrap()
    }

    pub(crate) fn get_mut(&mut self, addr: &Addr) -> &mut Server {
        self.servers.iter_mut().find(|s| s.addr == *addr).unwrap()
    }

    pub(crate) fn named(&mut self, name: &str) -> &mut Server {
        self.servers.iter_mut().find(|s| s.name == name).unwrap()
    }

    pub(crate) fn name(&self, addr: &Addr) -> &'static str {
        self.get(addr).name
    }

    /// A write that nobody waits for the acknowledgement of.
    pub(crate) fn write(&mut self, name: &str) {
        self.next += 1;
        let id = self.next;
        self.named(name).log.push(id);
    }

    /// Lets the time up to `now_us` pass: the client writes, replicas copy.
    pub(crate) fn settle(&mut self, now_us: u64) {
        let ticks = now_us / 1000 - self.settled_us / 1000;
        self.settled_us = now_us;
        // What a thousand equal moments would show, fifty do.
        for _ in 0..ticks.min(50) {
            if self.client_writes {
                self.client();
            }
            self.copy(3);
        }
        if ticks > 50 {
            self.copy(usize::MAX);
        }
    }

    fn client(&mut self) {
        for server in self.servers.iter_mut().filter(|s| s.takes_writes()) {
            self.next += 1;
            server.log.push(self.next);
            self.acknowledged.push(self.next);
        }
    }

    fn copy(&mut self, records: usize) {
        for i in 0..self.servers.len() {
            if self.link(i) != Link::Up || self.servers[i].stuck {
                continue;
            }
            let server = &mut self.servers[i];
            if std::mem::take(&mut server.force) {
                server.torn = std::mem::take(&mut server.tears);
                // Cut off, it streams on from where it stood.
                if !server.torn {
                    server.log.clear();
                }
            }
            let from = server.log.len();
            let master = server.follows.clone().unwrap();
            let source = &self.get(&master).log[from..];
            let more: Vec<u32> = source.iter().take(records).copied().collect();
            self.servers[i].log.extend(more);
        }
    }

    fn link(&self, i: usize) -> Link {
        let server = &self.servers[i];
        let Some(master) = &server.follows else {
            return Link::None;
        };
        let Some(master) = self.servers.iter().find(|s| s.addr == *master) else {
            return Link::Down;
        };
        if !master.alive || !server.alive || self.settled_us < server.link_from_us {
            Link::Down
        } else if !server.force && server.log.len() > master.log.len() {
            Link::Error
        } else {
            Link::Up
        }
    }

    pub(crate) fn link_of(&self, addr: &Addr) -> Link {
        let i = self.servers.iter().position(|s| s.addr == *addr).unwrap();
        self.link(i)
    }

    fn replicas(&self, addr: &Addr) -> u32 {
        let listed = self
            .servers
            .iter()
            .filter(|s| s.follows.as_ref() == Some(addr));
        u32::try_from(listed.count()).unwrap()
    }

    pub(crate) fn replication(&self, addr: &Addr) -> Replication {
        self.get(addr)
            .replication(self.link_of(addr), self.replicas(addr))
    }

    /// Carries `order` out as a Pika would.
    pub(crate) fn carry_out(
        &mut self,
        addr: &Addr,
        order: &Order,
        now_us: u64,
    ) -> Result<Answer, Fault> {
        self.settle(now_us);
        if !self.get(addr).alive {
            return Err(Fault::new(FaultKind::Refused, "connection refused"));
        }
        let no = |text: &str| Err(Fault::new(FaultKind::Error, text));
        match order {
            Order::Observe => return Ok(Answer::Seen(Box::new(stage::observation(self, addr)))),
            Order::Replication => return Ok(Answer::At(Box::new(self.replication(addr)))),
            Order::Fence {
                how: FenceHow::Detached,
            } => {
                self.leave(addr, now_us);
                self.get_mut(addr).follows = Some(Addr::new("127.0.0.1", 63_535));
            }
            Order::Fence { .. } => self.get_mut(addr).fenced = true,
            Order::Unfence { .. } => self.get_mut(addr).fenced = false,
            Order::Promote { from, behind } => {
                let reaches = |from| self.get(addr).position().covers(from);
                if !from.as_ref().is_none_or(reaches) {
                    return no("it has lost writes");
                }
                if !behind.as_ref().is_none_or(|old| self.get(old).fenced) {
                    return no("the fence is gone");
                }
                self.leave(addr, now_us);
            }
            Order::Follow { master, force } => {
                if self.get(addr).follows.as_ref() == Some(master) {
                    self.get_mut(addr).force |= force;
                    return Ok(Answer::Done);
                }
                let ghosts = self.ghosts.get(addr).is_some_and(|until| now_us < *until);
                if ghosts || self.replicas(addr) > 0 {
                    return no("ERR already master of others, invalid usage");
                }
                self.leave(addr, now_us);
                let server = self.get_mut(addr);
                server.follows = Some(master.clone());
                server.force = *force;
                server.link_from_us = now_us + 200_000;
            }
            Order::ClearHistory => {}
            Order::Persist => {
                let server = self.get_mut(addr);
                server.saved.clone_from(&server.follows);
            }
            Order::ProbeWrite { .. } => {
                if !self.get(addr).takes_writes() {
                    return no("READONLY You can't write against a read only replica.");
                }
                if self.get(addr).denies_probe {
                    return no("NOPERM this user has no permissions to access one of the keys");
                }
                let name = self.name(addr);
                self.write(name);
            }
            Order::Lock { token, .. } => {
                let server = self.get_mut(addr);
                if server.lock.as_ref().is_some_and(|held| held != token) {
                    return no("somebody else works on this cluster");
                }
                if server.lock.is_none() && !server.takes_writes() {
                    return no("NOPERM no write now");
                }
                server.lock = Some(token.clone());
            }
            Order::Unlock { .. } => {
                for server in &mut self.servers {
                    server.lock = None;
                }
            }
            Order::Hooks { .. } => {}
        }
        Ok(Answer::Done)
    }

    fn leave(&mut self, addr: &Addr, now_us: u64) {
        if let Some(former) = self.get_mut(addr).follows.take() {
            self.ghosts.insert(former, now_us + self.ghost_us);
        }
    }
}
