//! A failover, step by step, one step a tick.

use std::cmp::Reverse;
use std::sync::Arc;

use pikafo::decide::name::Addr;

use super::state::Instance;
use super::state::Master;
use super::state::Node;
use super::state::Phase;
use super::state::Reconf;
use super::state::Role;
use super::state::State;
use super::state::Who;
use super::tick::INFO_PERIOD;
use super::tick::PING_PERIOD;
use super::vote;
use super::wire::Asked;

const ELECTION_TIMEOUT: u64 = 10_000;
const RECONF_TIMEOUT: u64 = 10_000;

/// Begins one where the master is objectively down and the last attempt is long enough ago.
pub(super) fn start_if_needed(state: &mut State, master: &mut Master, now: u64) -> bool {
    let waits = now.saturating_sub(master.failover_start) < 2 * master.failover_timeout();
    if master.o_down_since.is_none() || master.phase != Phase::None || waits {
        return false;
    }
    start(state, master, now);
    true
}

/// Begins one.
pub(super) fn start(state: &mut State, master: &mut Master, now: u64) {
    state.current_epoch += 1;
    master.failover_epoch = state.current_epoch;
    enter(master, Phase::WaitStart, now);
    state.event("+new-epoch", &state.current_epoch.to_string());
    state.event("+try-failover", &master.named(&Who::Master));
    master.failover_start = now + state.dice.below(vote::DESYNC);
}

/// The step that is due.
pub(super) fn step(node: &Arc<Node>, state: &mut State, master: &mut Master, now: u64) {
    match master.phase {
        Phase::None | Phase::UpdateConfig => {}
        Phase::WaitStart => wait_for_election(node, state, master, now),
        Phase::SelectSlave => select(state, master, now),
        Phase::SendNoOne => promote(node, state, master, now),
        Phase::WaitPromotion => {
            if now - master.phase_since > master.failover_timeout() {
                abort(state, master, "-failover-abort-slave-timeout");
            }
        }
        Phase::ReconfSlaves => {
            reconfigure(state, master, now);
            detect_end(state, master, now);
        }
    }
}

/// The replica that would be promoted: by priority, then offset, then id.
pub(super) fn choose(master: &Master, now: u64) -> Option<Addr> {
    let down = master.own.s_down_since;
    let longest = 10 * master.down_after() + down.map_or(0, |since| now - since);
    let oldest = if down.is_some() {
        5 * PING_PERIOD
    } else {
        3 * INFO_PERIOD
    };
    let fit = |one: &&Instance| {
        !one.is_down()
            && !one.link.disconnected
            && now - one.link.alive_at <= 5 * PING_PERIOD
            && one.priority != 0
            && now - one.info_at <= oldest
            && one.link_down_ms <= longest
    };
    let rank = |one: &&Instance| {
        let nameless = one.run_id.is_empty();
        (
            one.priority,
            Reverse(one.offset),
            nameless,
            one.run_id.clone(),
        )
    };
    let best = master.replicas.values().filter(fit).min_by_key(rank);
    best.map(|one| one.addr.clone())
}

/// SLAVEOF as Sentinel says it: in one transaction with what saves it and sends clients away.
pub(super) fn send_slave_of(instance: &mut Instance, master: Option<&Addr>) -> bool {
    let Some(cmd) = &mut instance.link.cmd else {
        return false;
    };
    let port = master.map(|addr| addr.port().to_string());
    let slave_of = match (&master, &port) {
        (Some(addr), Some(port)) => ["SLAVEOF", addr.host(), port],
        _ => ["SLAVEOF", "NO", "ONE"],
    };
    cmd.ask(Asked::Nothing, &["MULTI"]);
    cmd.ask(Asked::Nothing, &slave_of);
    cmd.ask(Asked::Nothing, &["CONFIG", "REWRITE"]);
    for kind in ["normal", "pubsub"] {
        cmd.ask(Asked::Nothing, &["CLIENT", "KILL", "TYPE", kind]);
    }
    cmd.ask(Asked::Nothing, &["EXEC"]);
    true
}

/// The promoted replica says that it is a master.
pub(super) fn promoted(node: &Node, state: &mut State, master: &mut Master, now: u64) {
    let Some(addr) = master.promoted.clone() else {
        return;
    };
    node.options.memory.note(&addr, master.elected_in, true);
    master.config_epoch = master.failover_epoch;
    enter(master, Phase::ReconfSlaves, now);
    node.flush(state, Some(master));
    state.event("+promoted-slave", &master.named(&Who::Replica(addr)));
    state.event("+failover-state-reconf-slaves", &master.named(&Who::Master));
    hurry_hellos(master);
}

/// Every hello is due at the next tick.
fn hurry_hellos(master: &mut Master) {
    let nodes = master
        .replicas
        .values_mut()
        .chain(master.sentinels.values_mut());
    for one in nodes.chain([&mut master.own]) {
        one.published_at = 0;
    }
}

/// The end of a failover for its leader.
pub(super) fn switch_to_promoted(node: &Arc<Node>, state: &mut State, name: &str, now: u64) {
    let Some(addr) = state
        .masters
        .get(name)
        .and_then(|master| master.promoted.clone())
    else {
        return;
    };
    switch(node, state, name, &addr, now);
}

/// The master is another one from now on. Everything begins anew, except that the other Sentinels are still known.
pub(super) fn switch(node: &Arc<Node>, state: &mut State, name: &str, addr: &Addr, now: u64) {
    let Some(master) = state.masters.get_mut(name) else {
        return;
    };
    let old = master.own.addr.clone();
    let text = format!(
        "{name} {} {} {} {}",
        old.host(),
        old.port(),
        addr.host(),
        addr.port()
    );
    let others = master.replicas.keys().filter(|one| *one != addr);
    let mut replicas: Vec<Addr> = others.cloned().collect();
    if old != *addr {
        replicas.push(old);
    }
    master.own = Instance::new(addr, Role::Master, now);
    let fresh = |one: &Addr| (one.clone(), Instance::new(one, Role::Replica, now));
    master.replicas = replicas.iter().map(fresh).collect();
    master.monitor.addr = addr.clone();
    master.leader = None;
    master.o_down_since = None;
    master.phase = Phase::None;
    master.failover_start = 0;
    master.phase_since = 0;
    master.promoted = None;
    master.forced = false;
    let slaves: Vec<String> = replicas
        .iter()
        .map(|one| master.named(&Who::Replica(one.clone())))
        .collect();
    state.event("+switch-master", &text);
    for slave in slaves {
        state.event("+slave", &slave);
    }
    node.flush(state, None);
}

fn enter(master: &mut Master, phase: Phase, now: u64) {
    master.phase = phase;
    master.phase_since = now;
}

fn abort(state: &mut State, master: &mut Master, event: &str) {
    state.event(event, &master.named(&Who::Master));
    master.phase = Phase::None;
    master.forced = false;
    master.promoted = None;
}

fn wait_for_election(node: &Node, state: &mut State, master: &mut Master, now: u64) {
    let epoch = master.failover_epoch;
    let elected = vote::leader(node, state, master, epoch, now);
    if elected.as_ref() != Some(&state.id) && !master.forced {
        let patience = ELECTION_TIMEOUT.min(master.failover_timeout());
        if now.saturating_sub(master.failover_start) > patience {
            abort(state, master, "-failover-abort-not-elected");
        }
        return;
    }
    master.elected_in = state.current_epoch;
    state.event("+elected-leader", &master.named(&Who::Master));
    enter(master, Phase::SelectSlave, now);
    state.event("+failover-state-select-slave", &master.named(&Who::Master));
}

fn select(state: &mut State, master: &mut Master, now: u64) {
    let Some(addr) = choose(master, now) else {
        abort(state, master, "-failover-abort-no-good-slave");
        return;
    };
    let named = master.named(&Who::Replica(addr.clone()));
    state.event("+selected-slave", &named);
    master.promoted = Some(addr);
    enter(master, Phase::SendNoOne, now);
    state.event("+failover-state-send-slaveof-noone", &named);
}

fn promote(node: &Node, state: &mut State, master: &mut Master, now: u64) {
    let timeout = master.failover_timeout();
    let since = master.phase_since;
    let Some(addr) = master.promoted.clone() else {
        return;
    };
    let candidate = master.replicas.get_mut(&addr);
    let sent = candidate.is_some_and(|one| !one.link.disconnected && send_slave_of(one, None));
    if sent {
        node.options.memory.note(&addr, master.elected_in, false);
        state.event(
            "+failover-state-wait-promotion",
            &master.named(&Who::Replica(addr)),
        );
        enter(master, Phase::WaitPromotion, now);
    } else if now - since > timeout {
        abort(state, master, "-failover-abort-slave-timeout");
    }
}

/// The siblings, so many at a time.
fn reconfigure(state: &mut State, master: &mut Master, now: u64) {
    let Some(promoted) = master.promoted.clone() else {
        return;
    };
    let busy = |one: &&Instance| matches!(one.reconf, Reconf::Sent { .. } | Reconf::InProgress);
    let mut in_progress = master.replicas.values().filter(busy).count();
    let siblings: Vec<Addr> = master.replicas.keys().cloned().collect();
    for addr in siblings.into_iter().filter(|addr| *addr != promoted) {
        if in_progress >= master.monitor.parallel_syncs {
            return;
        }
        let named = master.named(&Who::Replica(addr.clone()));
        let Some(one) = master.replicas.get_mut(&addr) else {
            continue;
        };
        if let Reconf::Sent { at } = one.reconf
            && now - at > RECONF_TIMEOUT
        {
            one.reconf = Reconf::Done;
            state.event("-slave-reconf-sent-timeout", &named);
        }
        let due = one.reconf == Reconf::None && !one.link.disconnected;
        if due && send_slave_of(one, Some(&promoted)) {
            one.reconf = Reconf::Sent { at: now };
            state.event("+slave-reconf-sent", &named);
            in_progress += 1;
        }
    }
}

fn detect_end(state: &mut State, master: &mut Master, now: u64) {
    let Some(promoted) = master.promoted.clone() else {
        return;
    };
    // As long as the promoted one cannot be reached, nothing is finished.
    if master.replicas.get(&promoted).is_none_or(Instance::is_down) {
        return;
    }
    let open =
        |one: &Instance| one.addr != promoted && one.reconf != Reconf::Done && !one.is_down();
    let late = now - master.phase_since > master.failover_timeout();
    if late {
        state.event("+failover-end-for-timeout", &master.named(&Who::Master));
    } else if master.replicas.values().any(open) {
        return;
    }
    state.event("+failover-end", &master.named(&Who::Master));
    enter(master, Phase::UpdateConfig, now);
    if late {
        let left: Vec<Addr> = master.replicas.keys().cloned().collect();
        for addr in left.into_iter().filter(|addr| *addr != promoted) {
            let named = master.named(&Who::Replica(addr.clone()));
            let Some(one) = master.replicas.get_mut(&addr) else {
                continue;
            };
            let due = one.reconf == Reconf::None && !one.link.disconnected;
            if due && send_slave_of(one, Some(&promoted)) {
                one.reconf = Reconf::Sent { at: now };
                state.event("+slave-reconf-sent-be", &named);
            }
        }
    }
}
