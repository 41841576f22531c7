//! Instances as SENTINEL MASTERS, REPLICAS and SENTINELS list them: names and values, in stock's order.

use pikafo::serve::resp::Reply;

use super::state::Instance;
use super::state::Master;
use super::state::Phase;
use super::state::Reconf;
use super::state::Role;

type Pairs = Vec<(&'static str, String)>;

/// One of SENTINEL MASTERS.
pub(super) fn master(master: &Master, now: u64) -> Reply {
    let own = &master.own;
    let mut flags = vec!["master"];
    if own.link.disconnected {
        flags.push("disconnected");
    }
    if master.phase != Phase::None {
        flags.push("failover_in_progress");
    }
    if master.forced {
        flags.push("force_failover");
    }
    let o_down = master.o_down_since.is_some();
    let state = (master.phase != Phase::None).then_some(master.phase);
    let mut pairs = common(own, &master.monitor.name, &flags, o_down, state, now);
    if let Some(since) = master.o_down_since {
        pairs.push(("o-down-time", (now - since).to_string()));
    }
    pairs.push(("down-after-milliseconds", master.down_after().to_string()));
    pairs.extend(role(own, now));
    let monitor = &master.monitor;
    pairs.extend([
        ("config-epoch", master.config_epoch.to_string()),
        ("num-slaves", master.replicas.len().to_string()),
        ("num-other-sentinels", master.sentinels.len().to_string()),
        ("quorum", monitor.quorum.to_string()),
        ("failover-timeout", master.failover_timeout().to_string()),
        ("parallel-syncs", monitor.parallel_syncs.to_string()),
    ]);
    map(pairs)
}

/// One of SENTINEL REPLICAS.
pub(super) fn replica(master: &Master, one: &Instance, now: u64) -> Reply {
    let mut flags = vec!["slave"];
    if one.link.disconnected {
        flags.push("disconnected");
    }
    if master.promoted.as_ref() == Some(&one.addr) {
        flags.push("promoted");
    }
    flags.extend(match one.reconf {
        Reconf::None => None,
        Reconf::Sent { .. } => Some("reconf_sent"),
        Reconf::InProgress => Some("reconf_inprog"),
        Reconf::Done => Some("reconf_done"),
    });
    let mut pairs = common(one, &one.addr.to_string(), &flags, false, None, now);
    pairs.push(("down-after-milliseconds", master.down_after().to_string()));
    pairs.extend(role(one, now));
    let follows = one.follows.as_ref();
    let host = follows.map_or_else(|| "?".to_owned(), |addr| addr.host().to_owned());
    let port = follows.map_or(0, pikafo::decide::name::Addr::port);
    let status = if one.link_up { "ok" } else { "err" };
    pairs.extend([
        ("master-link-down-time", one.link_down_ms.to_string()),
        ("master-link-status", status.to_owned()),
        ("master-host", host),
        ("master-port", port.to_string()),
        ("slave-priority", one.priority.to_string()),
        ("slave-repl-offset", one.offset.to_string()),
        ("replica-announced", u8::from(one.announced).to_string()),
    ]);
    map(pairs)
}

/// One of SENTINEL SENTINELS.
pub(super) fn sentinel(master: &Master, one: &Instance, now: u64) -> Reply {
    let mut flags = vec!["sentinel"];
    if one.link.disconnected {
        flags.push("disconnected");
    }
    if one.says_down {
        flags.push("master_down");
    }
    let mut pairs = common(one, &one.run_id, &flags, false, None, now);
    pairs.push(("down-after-milliseconds", master.down_after().to_string()));
    let (leader, epoch) = one.ballot.clone().unwrap_or(("?".to_owned(), 0));
    pairs.extend([
        ("last-hello-message", (now - one.hello_at).to_string()),
        ("voted-leader", leader),
        ("voted-leader-epoch", epoch.to_string()),
    ]);
    map(pairs)
}

fn common(
    one: &Instance,
    name: &str,
    flags: &[&str],
    o_down: bool,
    phase: Option<Phase>,
    now: u64,
) -> Pairs {
    let mut all = Vec::new();
    all.extend(one.is_down().then_some("s_down"));
    all.extend(o_down.then_some("o_down"));
    all.extend(flags);
    let links = &one.link;
    let pending = links.cmd.as_ref().map_or(0, super::wire::Wire::pending);
    let mut pairs = vec![
        ("name", name.to_owned()),
        ("ip", one.addr.host().to_owned()),
        ("port", one.addr.port().to_string()),
        ("runid", one.run_id.clone()),
        ("flags", all.join(",")),
        ("link-pending-commands", pending.to_string()),
        ("link-refcount", "1".to_owned()),
    ];
    if let Some(phase) = phase {
        let word = match phase {
            Phase::None => "none",
            Phase::WaitStart => "wait_start",
            Phase::SelectSlave => "select_slave",
            Phase::SendNoOne => "send_slaveof_noone",
            Phase::WaitPromotion => "wait_promotion",
            Phase::ReconfSlaves => "reconf_slaves",
            Phase::UpdateConfig => "update_config",
        };
        pairs.push(("failover-state", word.to_owned()));
    }
    let sent = links.unanswered_since.map_or(0, |since| now - since);
    pairs.extend([
        ("last-ping-sent", sent.to_string()),
        ("last-ok-ping-reply", (now - links.alive_at).to_string()),
        ("last-ping-reply", (now - links.answered_at).to_string()),
    ]);
    if let Some(since) = one.s_down_since {
        pairs.push(("s-down-time", (now - since).to_string()));
    }
    pairs
}

fn role(one: &Instance, now: u64) -> Pairs {
    let word = match one.role {
        Role::Master => "master",
        Role::Replica => "slave",
    };
    let info = if one.info_at == 0 {
        0
    } else {
        now - one.info_at
    };
    vec![
        ("info-refresh", info.to_string()),
        ("role-reported", word.to_owned()),
        ("role-reported-time", (now - one.role_since).to_string()),
    ]
}

fn map(pairs: Pairs) -> Reply {
    let pair = |(name, value): (&str, String)| (Reply::bulk(name), Reply::bulk(value));
    Reply::Map(pairs.into_iter().map(pair).collect())
}
