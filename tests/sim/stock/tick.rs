//! What happens by the clock: connections, pings, INFO, hellos, and who is down.

use std::sync::Arc;

use pikafo::decide::watcher::CHANNEL;

use super::failover;
use super::hello;
use super::state::Instance;
use super::state::Key;
use super::state::Links;
use super::state::Master;
use super::state::Node;
use super::state::Phase;
use super::state::Role;
use super::state::State;
use super::state::Who;
use super::vote;
use super::wire::Asked;
use super::wire::Wire;

pub(super) const INFO_PERIOD: u64 = 10_000;
const INFO_HURRIED: u64 = 1000;
pub(super) const PING_PERIOD: u64 = 1000;
pub(super) const PUBLISH_PERIOD: u64 = 2000;
const TILT_TRIGGER: u64 = 2000;
const TILT_PERIOD: u64 = 30_000;
/// A link younger than this is not closed for being silent.
const MIN_RECONNECT: u64 = 15_000;
const MOST_PENDING: usize = 100;

/// One tick over everything.
pub(super) fn tick(node: &Arc<Node>, state: &mut State) {
    let now = node.now();
    if now - state.last_tick > TILT_TRIGGER {
        state.tilt_since = Some(now);
        state.event("+tilt", "#tilt mode entered");
    }
    state.last_tick = now;
    let names: Vec<String> = state.masters.keys().cloned().collect();
    for name in names {
        let Some(mut master) = state.masters.remove(&name) else {
            continue;
        };
        one(node, state, &mut master, now);
        let switch = master.phase == Phase::UpdateConfig;
        state.masters.insert(name.clone(), master);
        if switch {
            failover::switch_to_promoted(node, state, &name, now);
        }
    }
}

/// One master with its replicas and the other Sentinels.
fn one(node: &Arc<Node>, state: &mut State, master: &mut Master, now: u64) {
    periodic(node, state, master, &Who::Master, now);
    if !tilted(state, now) {
        check_down(state, master, &Who::Master, now);
        vote::check_objectively(state, master, now);
        let begun = failover::start_if_needed(state, master, now);
        if begun {
            vote::ask_others(state, master, now, true);
        }
        failover::step(node, state, master, now);
        vote::ask_others(state, master, now, false);
    }
    let replicas = master.replicas.keys().cloned().map(Who::Replica);
    let sentinels = master.sentinels.keys().cloned().map(Who::Sentinel);
    let others: Vec<Who> = replicas.chain(sentinels).collect();
    for who in others {
        periodic(node, state, master, &who, now);
        if !tilted(state, now) {
            check_down(state, master, &who, now);
        }
    }
}

/// A Sentinel whose clock jumped does nothing but look for a while.
pub(super) fn tilted(state: &mut State, now: u64) -> bool {
    let Some(since) = state.tilt_since else {
        return false;
    };
    if now - since < TILT_PERIOD {
        return true;
    }
    state.tilt_since = None;
    state.event("-tilt", "#tilt mode exited");
    false
}

fn periodic(node: &Arc<Node>, state: &mut State, master: &mut Master, who: &Who, now: u64) {
    let hello = hello::make(node, state, master);
    let hurried = master.o_down_since.is_some() || master.phase != Phase::None;
    let down_after = master.down_after();
    let key = Key {
        master: master.monitor.name.clone(),
        who: who.clone(),
    };
    let password = master.monitor.auth_pass.clone();
    let Some(instance) = master.instance(who) else {
        return;
    };
    reconnect(
        node,
        state,
        instance,
        &key,
        password.as_deref(),
        down_after.min(PING_PERIOD),
        now,
    );
    let sentinel = matches!(who, Who::Sentinel(_));
    let hurried = matches!(who, Who::Replica(_)) && (hurried || instance.link_down_ms != 0);
    let info_period = if hurried { INFO_HURRIED } else { INFO_PERIOD };
    let ping_period = down_after.min(PING_PERIOD);
    let links = &mut instance.link;
    let Some(cmd) = links.cmd.as_mut().filter(|_| !links.disconnected) else {
        return;
    };
    if cmd.pending() >= MOST_PENDING {
        return;
    }
    if !sentinel && now - instance.info_at > info_period {
        cmd.ask(Asked::Info, &["INFO"]);
    }
    if now - links.answered_at > ping_period && now - links.pinged_at > ping_period / 2 {
        ping(links, now);
    }
    if now - instance.published_at > PUBLISH_PERIOD
        && let Some(cmd) = &mut instance.link.cmd
    {
        cmd.ask(Asked::Publish, &["PUBLISH", CHANNEL, &hello]);
    }
}

/// Dials what is missing, no more often than it pings.
fn reconnect(
    node: &Arc<Node>,
    state: &mut State,
    instance: &mut Instance,
    key: &Key,
    password: Option<&str>,
    pause: u64,
    now: u64,
) {
    let links = &mut instance.link;
    if !links.disconnected || now - links.dialled_at < pause {
        return;
    }
    links.dialled_at = now;
    let name = format!("sentinel-{}-", &state.id[..8]);
    let sentinel = matches!(key.who, Who::Sentinel(_));
    let password = password.filter(|_| !sentinel);
    let mut open = || {
        state.wires += 1;
        let mut wire = Wire::open(node, state.wires, key.clone(), instance.addr.clone(), now);
        if let Some(password) = password {
            wire.ask(Asked::Nothing, &["AUTH", password]);
        }
        wire
    };
    if links.cmd.is_none() {
        let mut cmd = open();
        cmd.ask(
            Asked::Nothing,
            &["CLIENT", "SETNAME", &format!("{name}cmd")],
        );
        links.cmd = Some(cmd);
        ping(links, now);
    }
    if links.ear.is_none() && !sentinel {
        let mut ear = open();
        ear.ask(
            Asked::Nothing,
            &["CLIENT", "SETNAME", &format!("{name}pubsub")],
        );
        ear.ask(Asked::Nothing, &["SUBSCRIBE", CHANNEL]);
        links.ear = Some(ear);
        links.heard_at = now;
    }
    // From the attempt on, whether it succeeds or not.
    links.disconnected = false;
}

fn ping(links: &mut Links, now: u64) {
    if let Some(cmd) = &mut links.cmd {
        cmd.ask(Asked::Ping, &["PING"]);
        links.pinged_at = now;
        links.unanswered_since.get_or_insert(now);
    }
}

/// Subjectively down, or not any more; closes links that have fallen silent.
fn check_down(state: &mut State, master: &mut Master, who: &Who, now: u64) {
    let down_after = master.down_after();
    let named = master.named(who);
    let is_master = *who == Who::Master;
    let Some(instance) = master.instance(who) else {
        return;
    };
    let links = &mut instance.link;
    let silent = match links.unanswered_since {
        Some(since) => now - since,
        None if links.disconnected => now - links.alive_at,
        None => 0,
    };
    if let Some(cmd) = &links.cmd
        && now - cmd.since > MIN_RECONNECT
        && links
            .unanswered_since
            .is_some_and(|since| now - since > down_after / 2)
        && now - links.answered_at > down_after / 2
    {
        links.cmd = None;
        links.disconnected = true;
    }
    if let Some(ear) = &links.ear
        && now - ear.since > MIN_RECONNECT
        && now - links.heard_at > PUBLISH_PERIOD * 3
    {
        links.ear = None;
        links.disconnected = true;
    }
    let wrong_role = is_master
        && instance.role == Role::Replica
        && now - instance.role_since > down_after + 2 * INFO_PERIOD;
    if silent > down_after || wrong_role {
        if !instance.is_down() {
            instance.s_down_since = Some(now);
            instance.last_down = now;
            state.event("+sdown", &named);
        }
    } else if instance.s_down_since.take().is_some() {
        state.event("-sdown", &named);
    }
}
