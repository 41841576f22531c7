//! What INFO of a node says, and what Sentinel does about it.

use std::sync::Arc;

use pikafo::decide::name::Addr;

use super::failover;
use super::failover::send_slave_of;
use super::state::Instance;
use super::state::Key;
use super::state::Master;
use super::state::Node;
use super::state::Phase;
use super::state::Reconf;
use super::state::Role;
use super::state::State;
use super::state::Who;
use super::tick::PUBLISH_PERIOD;

/// Takes an answer to INFO.
pub(super) fn look(node: &Arc<Node>, state: &mut State, key: &Key, text: &str, now: u64) {
    let Some(mut master) = state.masters.remove(&key.master) else {
        return;
    };
    let role = read(state, &mut master, &key.who, text, now);
    discover(node, state, &mut master, &key.who, text, now);
    if state.tilt_since.is_none() {
        match (&key.who, role) {
            (Who::Replica(addr), Some(Role::Master)) => {
                turned_master(node, state, &mut master, addr, now);
            }
            (Who::Replica(addr), Some(Role::Replica)) => {
                follows_wrongly(state, &mut master, addr, now);
                progresses(state, &mut master, addr);
            }
            // A master that says it follows somebody is left alone until it counts as down.
            _ => {}
        }
    }
    state.masters.insert(key.master.clone(), master);
}

/// Reads the fields; gives the role where one is printed.
fn read(state: &mut State, master: &mut Master, who: &Who, text: &str, now: u64) -> Option<Role> {
    let named = master.named(who);
    let one = master.instance(who)?;
    let (mut host, mut port, mut role) = (None, None, None);
    one.link_down_ms = 0;
    for (name, value) in fields(text) {
        match name {
            "run_id" => {
                if !one.run_id.is_empty() && one.run_id != value {
                    state.event("+reboot", &named);
                }
                value.clone_into(&mut one.run_id);
            }
            "role" => {
                role = Some(if value == "master" {
                    Role::Master
                } else {
                    Role::Replica
                });
            }
            "master_host" => host = Some(value),
            "master_port" => port = value.parse().ok(),
            "master_link_status" => one.link_up = value == "up",
            "master_link_down_since_seconds" => {
                // Minus one, never, counts as a moment.
                let seconds = value.parse::<i64>().unwrap_or(0);
                one.link_down_ms = u64::try_from(seconds).map_or(1, |seconds| seconds * 1000);
            }
            "slave_priority" => one.priority = value.parse().unwrap_or(0),
            "slave_repl_offset" => one.offset = value.parse().unwrap_or(0),
            "replica_announced" => one.announced = value == "1",
            _ => {}
        }
    }
    one.info_at = now;
    let role = role?;
    if role != one.role {
        one.role = role;
        one.role_since = now;
        if role == Role::Replica {
            one.follows_since = now;
        }
        let own = if *who == Who::Master {
            Role::Master
        } else {
            Role::Replica
        };
        let sign = if role == own { '+' } else { '-' };
        let word = if role == Role::Master {
            "master"
        } else {
            "slave"
        };
        state.event(
            &format!("{sign}role-change"),
            &format!("{named} new reported role is {word}"),
        );
    }
    let follows = host.zip(port).map(|(host, port)| Addr::new(host, port));
    if role == Role::Replica && follows != one.follows {
        one.follows = follows;
        one.follows_since = now;
    }
    Some(role)
}

/// Replicas that a master lists and nobody knows yet.
fn discover(node: &Node, state: &mut State, master: &mut Master, who: &Who, text: &str, now: u64) {
    if *who != Who::Master {
        return;
    }
    for (name, value) in fields(text) {
        let number = name.strip_prefix("slave");
        if number.is_none_or(|n| n.is_empty() || !n.bytes().all(|b| b.is_ascii_digit())) {
            continue;
        }
        let word = |key: &str| {
            let mut parts = value.split(',').filter_map(|part| part.split_once('='));
            parts.find(|(name, _)| *name == key).map(|(_, value)| value)
        };
        let port = word("port").and_then(|port| port.parse().ok());
        let Some((host, port)) = word("ip").zip(port).filter(|(_, port)| *port != 0) else {
            continue;
        };
        let addr = Addr::new(host, port);
        if !master.replicas.contains_key(&addr) {
            let one = Instance::new(&addr, Role::Replica, now);
            master.replicas.insert(addr.clone(), one);
            node.flush(state, Some(master));
            state.event("+slave", &master.named(&Who::Replica(addr)));
        }
    }
}

/// A replica says that it is a master: it was promoted, or it is to follow again after a while.
fn turned_master(node: &Node, state: &mut State, master: &mut Master, addr: &Addr, now: u64) {
    let is_promoted = master.promoted.as_ref() == Some(addr);
    if is_promoted && master.phase == Phase::WaitPromotion {
        failover::promoted(node, state, master, now);
        return;
    }
    let grace = PUBLISH_PERIOD * 4;
    let sane = master.looks_sane(now);
    let own = master.own.addr.clone();
    let named = master.named(&Who::Replica(addr.clone()));
    let Some(one) = master.replicas.get_mut(addr) else {
        return;
    };
    // Whatever it has written meanwhile: nobody looks.
    if !is_promoted
        && sane
        && one.no_down_for(grace, now)
        && now - one.role_since > grace
        && send_slave_of(one, Some(&own))
    {
        state.event("+convert-to-slave", &named);
    }
}

fn follows_wrongly(state: &mut State, master: &mut Master, addr: &Addr, now: u64) {
    let grace = master.failover_timeout();
    let sane = master.looks_sane(now);
    let own = master.own.addr.clone();
    let named = master.named(&Who::Replica(addr.clone()));
    let Some(one) = master.replicas.get_mut(addr) else {
        return;
    };
    if one.follows.as_ref() != Some(&own)
        && sane
        && one.no_down_for(grace, now)
        && now - one.follows_since > grace
        && send_slave_of(one, Some(&own))
    {
        state.event("+fix-slave-config", &named);
    }
}

/// On its way to the promoted one.
fn progresses(state: &mut State, master: &mut Master, addr: &Addr) {
    let Some(promoted) = master.promoted.clone() else {
        return;
    };
    let named = master.named(&Who::Replica(addr.clone()));
    let Some(one) = master.replicas.get_mut(addr) else {
        return;
    };
    if matches!(one.reconf, Reconf::Sent { .. }) && one.follows == Some(promoted) {
        one.reconf = Reconf::InProgress;
        state.event("+slave-reconf-inprog", &named);
    }
    if one.reconf == Reconf::InProgress && one.link_up {
        one.reconf = Reconf::Done;
        state.event("+slave-reconf-done", &named);
    }
}

fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|line| line.trim_end().split_once(':'))
}
