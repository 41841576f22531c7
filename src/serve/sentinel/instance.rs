//! Masters, replicas and watchers as maps of texts, field by field as stock has them.

use super::World;
use crate::decide::engine::event::Whom;
use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::engine::snapshot::Moving;
use crate::decide::engine::snapshot::NodePicture;
use crate::decide::engine::snapshot::WatcherPicture;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::serve::desk::Pulse;
use crate::serve::resp::Reply;

/// One instance as it is being told.
struct Told<'a> {
    world: World<'a>,
    fields: Vec<(Reply, Reply)>,
}

/// What all kinds of instances have.
struct Common<'a> {
    name: &'a str,
    addr: &'a Addr,
    run_id: &'a str,
    flags: Vec<&'static str>,
    whom: Whom,
    failover: Option<&'static str>,
    sdown_since_us: Option<u64>,
    odown_since_us: Option<u64>,
    down_after_ms: u64,
}

/// A cluster by its master.
pub(super) fn master(world: World<'_>, cluster: &ClusterPicture) -> Reply {
    let node = cluster.master_node();
    let sdown = node.and_then(|n| n.sdown_since_us);
    let mut told = Told::new(world);
    told.common(&Common {
        name: &cluster.name,
        addr: &cluster.master,
        run_id: node.map_or("", |n| &n.run_id),
        flags: master_flags(cluster, node),
        whom: Whom::Node {
            cluster: cluster.name.clone(),
            addr: cluster.master.clone(),
        },
        failover: cluster.failover,
        sdown_since_us: sdown,
        odown_since_us: cluster.odown_since_us,
        down_after_ms: cluster.down_after_ms,
    });
    told.look(node, Role::Master);
    told.number("config-epoch", cluster.config_epoch);
    told.number("num-slaves", count(cluster.replicas().count()));
    told.number("num-other-sentinels", count(cluster.watchers.len()));
    told.number("quorum", u64::from(cluster.quorum));
    told.number("failover-timeout", cluster.failover_timeout_ms);
    told.number("parallel-syncs", u64::from(cluster.parallel_syncs));
    let scripts = world.look.scripts(&cluster.name);
    for (name, script) in [
        ("notification-script", scripts.notification),
        ("client-reconfig-script", scripts.reconfig),
    ] {
        if let Some(script) = script {
            told.text(name, &script);
        }
    }
    told.end()
}

pub(super) fn replica(world: World<'_>, cluster: &ClusterPicture, node: &NodePicture) -> Reply {
    let mut told = Told::new(world);
    told.common(&Common {
        name: &node.addr.to_string(),
        addr: &node.addr,
        run_id: &node.run_id,
        flags: replica_flags(node),
        whom: Whom::Node {
            cluster: cluster.name.clone(),
            addr: node.addr.clone(),
        },
        failover: None,
        sdown_since_us: node
            .sdown_since_us
            .or(apart(node).then_some(node.role_since_us)),
        odown_since_us: None,
        down_after_ms: cluster.down_after_ms,
    });
    told.look(Some(node), Role::Replica);
    told.number("master-link-down-time", node.link_down_ms);
    told.text(
        "master-link-status",
        if node.link == Link::Up { "ok" } else { "err" },
    );
    let follows = node.master.as_ref();
    told.text("master-host", follows.map_or("?", |addr| addr.host()));
    told.number(
        "master-port",
        follows.map_or(0, |addr| u64::from(addr.port())),
    );
    told.number("slave-priority", u64::from(node.priority));
    told.number("slave-repl-offset", node.offset);
    told.number("replica-announced", u64::from(!node.unannounced));
    told.end()
}

pub(super) fn watcher(
    world: World<'_>,
    cluster: &ClusterPicture,
    watcher: &WatcherPicture,
) -> Reply {
    let mut flags = Vec::new();
    flags.extend(watcher.sdown_since_us.map(|_| "s_down"));
    flags.push("sentinel");
    flags.extend(watcher.disconnected.then_some("disconnected"));
    flags.extend(watcher.says_down.then_some("master_down"));
    let whom = Whom::Watcher {
        id: watcher.id.clone(),
    };
    let hello = world.look.pulse(&whom).hello_us;
    let mut told = Told::new(world);
    told.common(&Common {
        name: watcher.id.as_str(),
        addr: &watcher.addr,
        run_id: watcher.id.as_str(),
        flags,
        whom,
        failover: None,
        sdown_since_us: watcher.sdown_since_us,
        odown_since_us: None,
        down_after_ms: cluster.down_after_ms,
    });
    told.age("last-hello-message", hello);
    let leader = watcher.voted_leader.as_ref();
    told.text("voted-leader", leader.map_or("?", |id| id.as_str()));
    told.number("voted-leader-epoch", watcher.voted_epoch);
    told.end()
}

fn master_flags(cluster: &ClusterPicture, node: Option<&NodePicture>) -> Vec<&'static str> {
    let down = node.is_some_and(|n| n.sdown_since_us.is_some());
    let new = node.is_some_and(|n| n.promoted) && !down;
    let disconnected = node.is_none_or(|n| n.disconnected);
    let mut flags = Vec::new();
    flags.extend(down.then_some("s_down"));
    flags.extend(cluster.odown_since_us.map(|_| "o_down"));
    flags.push("master");
    flags.extend((disconnected && !new).then_some("disconnected"));
    flags.extend((cluster.failover.is_some() && !new).then_some("failover_in_progress"));
    flags
}

fn replica_flags(node: &NodePicture) -> Vec<&'static str> {
    let mut flags = Vec::new();
    flags.extend((node.sdown_since_us.is_some() || apart(node)).then_some("s_down"));
    flags.push("slave");
    flags.extend(node.disconnected.then_some("disconnected"));
    flags.extend(node.promoted.then_some("promoted"));
    flags.extend(node.moving.map(|moving| match moving {
        Moving::Sent => "reconf_sent",
        Moving::InProgress => "reconf_inprog",
        Moving::Done => "reconf_done",
    }));
    flags
}

/// Its data diverged: nobody is to read from it, and this flag is the one that every client heeds.
fn apart(node: &NodePicture) -> bool {
    node.set_apart.is_some()
}

impl<'a> Told<'a> {
    fn new(world: World<'a>) -> Self {
        Self {
            world,
            fields: Vec::with_capacity(22),
        }
    }

    fn common(&mut self, common: &Common<'_>) {
        let pulse: Pulse = self.world.look.pulse(&common.whom);
        self.text("name", common.name);
        self.text("ip", common.addr.host());
        self.number("port", u64::from(common.addr.port()));
        self.text("runid", common.run_id);
        self.text("flags", &common.flags.join(","));
        self.number("link-pending-commands", u64::from(pulse.pending_commands));
        self.number("link-refcount", u64::from(pulse.clusters.max(1)));
        if let Some(state) = common.failover {
            self.text("failover-state", state);
        }
        self.age("last-ping-sent", pulse.ping_sent_us);
        self.age("last-ok-ping-reply", Some(pulse.alive_us));
        self.age("last-ping-reply", Some(pulse.answered_us));
        for (name, since) in [
            ("s-down-time", common.sdown_since_us),
            ("o-down-time", common.odown_since_us),
        ] {
            if since.is_some() {
                self.age(name, since);
            }
        }
        self.number("down-after-milliseconds", common.down_after_ms);
    }

    /// What a look at a node gave; `held` is what it counts for as long as nobody has looked.
    fn look(&mut self, node: Option<&NodePicture>, held: Role) {
        // It is shown as master from its promotion on, though nobody has looked since.
        let looked = node.filter(|n| held != Role::Master || !n.promoted);
        let role = looked.map_or(held, |n| n.role);
        let role = if role == Role::Unknown { held } else { role };
        self.age("info-refresh", node.and_then(|n| n.seen_at_us));
        self.text(
            "role-reported",
            if role == Role::Master {
                "master"
            } else {
                "slave"
            },
        );
        self.age("role-reported-time", node.map(|n| n.role_since_us));
    }

    fn text(&mut self, name: &str, value: &str) {
        self.fields.push((Reply::bulk(name), Reply::bulk(value)));
    }

    fn number(&mut self, name: &str, value: u64) {
        self.text(name, &value.to_string());
    }

    /// Milliseconds since then; 0 for never.
    fn age(&mut self, name: &str, since_us: Option<u64>) {
        let age_us = since_us.map_or(0, |since| self.world.now_us.saturating_sub(since));
        self.number(name, age_us / 1000);
    }

    fn end(self) -> Reply {
        Reply::Map(self.fields)
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
