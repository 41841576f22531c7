//! Servers as the engine sees them: they follow, lag not at all, and die.

use std::collections::BTreeMap;

use crate::decide::facts::DbLag;
use crate::decide::facts::DbState;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::FenceSeen;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::ReplicaLine;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::order::UserRules;
use crate::decide::position::Position;
use crate::decide::sample;

/// One server.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a server is or is not"
)]
pub(super) struct Server {
    pub(super) life: Life,
    /// `None`: master.
    pub(super) follows: Option<Addr>,
    /// What a restart comes back as.
    pub(super) saved: Option<Addr>,
    pub(super) at: u64,
    restarts: u32,
    pub(super) fenced: bool,
    /// Its disk is full, and it refuses every write.
    pub(super) full: bool,
    /// Its file has the fence that it had when it was saved, and a restart brings it back.
    pub(super) fence_saved: bool,
    /// It is receiving everything that its master has.
    pub(super) copying: bool,
    /// It reads its data after a restart, and serves nobody.
    pub(super) loading: bool,
    /// It was cut off from that.
    pub(super) torn: bool,
    /// Its master refuses its position.
    pub(super) refused: bool,
    /// Its master refuses its login.
    pub(super) stranger: bool,
    /// It does not reach its master.
    pub(super) cut: bool,
    /// Others may follow it though it follows somebody itself.
    pub(super) relays: bool,
    /// So much of what came before its stream it has never got.
    pub(super) short: u64,
    /// What it says of its only database.
    pub(super) state: Option<DbState>,
    /// It follows nobody else as long as others follow it, like any Pika.
    pub(super) binding: bool,
    /// It refuses whatever would change it.
    pub(super) deaf: bool,
    lock: Option<String>,
    /// As it says itself.
    pub(super) uptime_s: Option<u64>,
}

/// What it answers to every write.
const NO_ROOM: &str = "MISCONF it cannot save";

/// Nobody is there.
pub(super) fn closed_port() -> Addr {
    Addr::new("127.0.0.1", 63_535)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Life {
    Runs,
    Gone,
    Hangs,
}

#[derive(Clone, Debug)]
pub(super) struct Servers {
    pub(super) all: BTreeMap<Addr, Server>,
    /// The replicas of this one do not hear it.
    pub(super) unheard: Option<Addr>,
    /// All of them are Redis.
    pub(super) redis: bool,
}

impl Servers {
    /// `1` is the master of `2` and `3`.
    pub(super) fn trio() -> Self {
        let server = |follows: Option<u8>| Server {
            life: Life::Runs,
            follows: follows.map(sample::addr),
            saved: follows.map(sample::addr),
            at: 100,
            restarts: 0,
            fenced: false,
            full: false,
            fence_saved: false,
            copying: false,
            loading: false,
            torn: false,
            refused: false,
            stranger: false,
            cut: false,
            relays: false,
            short: 0,
            state: None,
            binding: false,
            deaf: false,
            lock: None,
            uptime_s: None,
        };
        let all = BTreeMap::from([
            (sample::addr(1), server(None)),
            (sample::addr(2), server(Some(1))),
            (sample::addr(3), server(Some(1))),
        ]);
        Self {
            all,
            unheard: None,
            redis: false,
        }
    }

    /// What a full look at the node tells, or why there is none.
    pub(super) fn look(&self, addr: &Addr) -> Result<Observation, Fault> {
        let server = self.all.get(addr).filter(|s| s.life == Life::Runs);
        let Some(server) = server else {
            return Err(self.fault(addr));
        };
        let mut seen = match &server.follows {
            None => sample::master(&[]),
            Some(_) => sample::replica(1),
        };
        let at = server.at - server.short;
        seen.replication.position = Some(sample::at(0, at));
        if self.redis {
            seen.server.flavor = Flavor::Redis;
            seen.replication.position = Some(Position::Redis { repl: at });
        }
        if let Some(settings) = &mut seen.settings {
            settings.requirepass_set = Some(true);
            settings.masterauth_set = Some(true);
            settings.requirepass_token = Some(7);
            settings.masterauth_token = Some(if server.stranger { 8 } else { 7 });
            settings.masterauth_shared = Some(!server.stranger);
        }
        seen.replication.eligible = Some(!server.torn && !server.copying);
        seen.server.run_id = Some(format!("run {}", server.restarts));
        seen.server.uptime_s = server.uptime_s;
        seen.server.loading = server.loading;
        if server.follows.is_none() || server.relays {
            let followers = self
                .all
                .iter()
                .filter(|(_, s)| s.life == Life::Runs && s.follows.as_ref() == Some(addr));
            seen.replication.replicas = followers
                .map(|(addr, _)| ReplicaLine {
                    addr: addr.clone(),
                    state: None,
                    offset: None,
                    lag: BTreeMap::from([("db0".to_owned(), DbLag::Bytes(0))]),
                })
                .collect();
            let followers = seen.replication.replicas.len();
            seen.replication.connected_replicas = u32::try_from(followers).ok();
            if server.follows.is_some() && followers > 0 {
                seen.replication.role = Role::Chained;
            }
        }
        match &server.follows {
            None => {}
            Some(master) => {
                seen.replication.master = Some(master.clone());
                let up = self
                    .all
                    .get(master)
                    .is_some_and(|m| m.life != Life::Gone && (m.follows.is_none() || m.relays))
                    && self.unheard.as_ref() != Some(master)
                    && !server.stranger
                    && !server.cut;
                seen.replication.link = match (up, server.copying) {
                    (true, _) if server.refused => Link::Error,
                    (true, true) => Link::Syncing,
                    (true, false) => Link::Up,
                    (false, _) => Link::Down,
                };
            }
        }
        seen.acl = Some(vec![UserRules {
            name: "default".to_owned(),
            rules: vec!["+@all".to_owned()],
        }]);
        if let Some(state) = server.state {
            seen.replication.db_states = [("db0".to_owned(), state)].into();
        }
        seen.refuses_writes = server.full.then(|| NO_ROOM.to_owned());
        if server.fenced {
            seen.fence = FenceSeen {
                acl_users: vec!["default".to_owned()],
                ..FenceSeen::default()
            };
        }
        Ok(seen)
    }

    pub(super) fn fault(&self, addr: &Addr) -> Fault {
        let gone = self.all.get(addr).is_none_or(|s| s.life == Life::Gone);
        if gone {
            Fault::new(FaultKind::Refused, "connection refused")
        } else {
            Fault::new(FaultKind::Hung, "no answer")
        }
    }

    /// Carries an order out.
    pub(super) fn order(&mut self, addr: &Addr, order: &Order) -> Result<Answer, Fault> {
        let fault = self.fault(addr);
        let seen = self.look(addr);
        let followed = self.all.values().any(|s| s.follows.as_ref() == Some(addr));
        let Some(server) = self.all.get_mut(addr).filter(|s| s.life == Life::Runs) else {
            return Err(fault);
        };
        let refused = |text: &str| Err(Fault::new(FaultKind::Error, text));
        if server.deaf && order.acts() {
            return refused("NOPERM this user has no permissions to run this command");
        }
        Ok(match order {
            Order::Observe => Answer::Seen(Box::new(seen?)),
            Order::Replication => Answer::At(Box::new(seen?.replication)),
            Order::Promote { .. } => {
                server.follows = None;
                Answer::Done
            }
            Order::Follow { .. } if server.binding && followed => {
                return refused("ERR already master of others, invalid usage");
            }
            Order::Follow { master, force } => {
                server.follows = Some(master.clone());
                server.torn &= !force;
                if *force {
                    server.short = 0;
                }
                let at = self.all.get(master).map(|m| m.at);
                if let (Some(at), Some(server)) = (at, self.all.get_mut(addr)) {
                    server.at = at;
                }
                Answer::Done
            }
            Order::Persist => {
                server.saved.clone_from(&server.follows);
                server.fence_saved = server.fenced;
                Answer::Done
            }
            Order::Fence {
                how: FenceHow::Detached,
            } => {
                server.follows = Some(closed_port());
                Answer::Done
            }
            Order::Fence { how } => {
                server.fenced = *how != FenceHow::Open;
                Answer::Done
            }
            Order::Unfence { .. } => {
                server.fenced = false;
                Answer::Done
            }
            Order::ProbeWrite { .. } if server.follows.is_some() => {
                return refused("READONLY you cannot write against a replica");
            }
            Order::Lock { .. } | Order::ProbeWrite { .. } if server.full => {
                return refused(NO_ROOM);
            }
            Order::Lock { token, .. } => match &server.lock {
                Some(holder) if holder != token => return refused("somebody else works on it"),
                Some(_) | None => {
                    server.lock = Some(token.clone());
                    Answer::Done
                }
            },
            Order::Unlock { .. } => {
                server.lock = None;
                Answer::Done
            }
            Order::ClearHistory | Order::ProbeWrite { .. } | Order::Hooks { .. } => Answer::Done,
        })
    }

    /// A client writes to every master that takes it; replicas whose link is up get it at once.
    pub(super) fn write(&mut self) {
        let masters: Vec<Addr> = self
            .all
            .iter()
            .filter(|(_, s)| s.life == Life::Runs && s.follows.is_none() && !s.fenced)
            .map(|(addr, _)| addr.clone())
            .collect();
        for master in masters {
            let followers = self.all.iter_mut().filter(|(addr, s)| {
                let hears = s.life == Life::Runs && self.unheard.as_ref() != Some(&master);
                **addr == master || (hears && s.follows.as_ref() == Some(&master))
            });
            for (_, server) in followers {
                server.at += 10;
            }
        }
    }

    pub(super) fn restart(&mut self, addr: &Addr) {
        if let Some(server) = self.all.get_mut(addr) {
            server.life = Life::Runs;
            server.restarts += 1;
            server.follows.clone_from(&server.saved);
            server.fenced = server.fence_saved;
            server.lock = None;
        }
    }

    /// Masters that would take a client's write at this moment.
    pub(super) fn writable(&self) -> Vec<Addr> {
        self.all
            .iter()
            .filter(|(_, s)| s.life == Life::Runs && s.follows.is_none() && !s.fenced)
            .map(|(addr, _)| addr.clone())
            .collect()
    }

    /// A restart would bring it back as a master.
    pub(super) fn saved_as_master(&self, addr: &Addr) -> bool {
        self.all[addr].saved.is_none()
    }

    pub(super) fn role(&self, addr: &Addr) -> Role {
        self.all.get(addr).map_or(Role::Unknown, |s| {
            if s.follows.is_none() {
                Role::Master
            } else {
                Role::Replica
            }
        })
    }
}
