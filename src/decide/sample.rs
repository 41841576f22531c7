//! Views made by hand, for the tests of everything that reads a view.

use std::collections::BTreeMap;

use super::draft::Terms;
use super::draft::Zones;
use super::engine::spec::Detect;
use super::engine::spec::NodeSpec;
use super::engine::spec::Spec;
use super::facts::DbState;
use super::facts::Fault;
use super::facts::FaultKind;
use super::facts::Features;
use super::facts::FenceSeen;
use super::facts::Flavor;
use super::facts::Link;
use super::facts::Load;
use super::facts::Observation;
use super::facts::ReplicaLine;
use super::facts::Replication;
use super::facts::Role;
use super::facts::Server;
use super::facts::Settings;
use super::name::Addr;
use super::order::UserRules;
use super::position::BinlogPoint;
use super::position::Position;
use super::view::ClusterView;
use super::view::Memory;
use super::view::NodeView;
use super::view::Wish;

/// `10.0.0.N:9221`.
pub(crate) fn addr(n: u8) -> Addr {
    Addr::new(&format!("10.0.0.{n}"), 9221)
}

/// One database.
pub(crate) fn at(file: u32, offset: u64) -> Position {
    Position::Pika(BTreeMap::from([(
        "db0".to_owned(),
        BinlogPoint(file, offset),
    )]))
}

/// A healthy Pika cluster: `a` is master, `b` and `c` follow it, all in step.
pub(crate) fn healthy() -> ClusterView {
    let nodes = vec![
        node("a", 1, master(&[2, 3])),
        node("b", 2, replica(1)),
        node("c", 3, replica(1)),
    ];
    ClusterView {
        name: "orders".to_owned(),
        nodes,
        address_map: BTreeMap::new(),
        memory: Memory::default(),
    }
}

pub(crate) fn node(name: &str, n: u8, seen: Observation) -> NodeView {
    NodeView {
        name: name.to_owned(),
        addr: addr(n),
        zone: None,
        promote: Wish::Allow,
        declared: true,
        vouched: None,
        state: Ok(seen),
    }
}

pub(crate) fn master(replicas: &[u8]) -> Observation {
    let mut seen = observation();
    seen.replication.role = Role::Master;
    seen.replication.link = Link::None;
    seen.replication.priority = None;
    seen.replication.connected_replicas = u32::try_from(replicas.len()).ok();
    seen.replication.replicas = replicas
        .iter()
        .map(|n| ReplicaLine {
            addr: addr(*n),
            state: None,
            offset: None,
            lag: BTreeMap::new(),
        })
        .collect();
    seen
}

pub(crate) fn replica(of: u8) -> Observation {
    let mut seen = observation();
    seen.replication.master = Some(addr(of));
    seen.replication.db_states = BTreeMap::from([("db0".to_owned(), DbState::Connected)]);
    seen
}

/// The observation of a node of the view, to be changed.
pub(crate) fn of<'v>(view: &'v mut ClusterView, name: &str) -> &'v mut Observation {
    named(view, name).state.as_mut().unwrap()
}

pub(crate) fn named<'v>(view: &'v mut ClusterView, name: &str) -> &'v mut NodeView {
    view.nodes
        .iter_mut()
        .find(|node| node.name == name)
        .unwrap()
}

pub(crate) fn settings<'v>(view: &'v mut ClusterView, name: &str) -> &'v mut Settings {
    of(view, name).settings.as_mut().unwrap()
}

/// The node does not answer any more.
pub(crate) fn lose(view: &mut ClusterView, name: &str, kind: FaultKind) {
    named(view, name).state = Err(Fault::new(kind, format!("{kind:?}").to_lowercase()));
}

/// pikafo logs in to the node as `ops`, who may do anything but this.
pub(crate) fn forbid(view: &mut ClusterView, name: &str, rule: &str) {
    let seen = of(view, name);
    seen.whoami = Some("ops".to_owned());
    seen.acl = Some(vec![UserRules {
        name: "ops".to_owned(),
        rules: vec!["+@all".to_owned(), rule.to_owned()],
    }]);
}

/// The cluster as Redis servers.
pub(crate) fn redis() -> ClusterView {
    let mut view = healthy();
    for node in &mut view.nodes {
        let seen = node.state.as_mut().unwrap();
        seen.server.flavor = Flavor::Redis;
        "7.0.15".clone_into(&mut seen.server.version);
        seen.replication.position = Some(Position::Redis { repl: 1000 });
        seen.replication.db_states.clear();
        seen.replication.eligible = None;
        seen.replication.read_only = (seen.replication.role == Role::Replica).then_some(true);
        seen.settings = Some(Settings {
            min_replicas_to_write: Some(0),
            ..Settings::default()
        });
        seen.side_ports.clear();
    }
    view
}

fn observation() -> Observation {
    Observation {
        holds_keys: None,
        at_ms: 100,
        rtt_us: 210,
        server: Server {
            flavor: Flavor::Pika,
            version: "3.5.5".to_owned(),
            run_id: None,
            process_id: Some(1),
            uptime_s: Some(86_400),
            tcp_port: Some(9221),
            mode: None,
            loading: false,
        },
        replication: Replication {
            role: Role::Replica,
            master: None,
            link: Link::Up,
            link_down_s: None,
            last_io_s: None,
            db_states: BTreeMap::new(),
            history_id: Some("94e8".to_owned()),
            second_history: None,
            connected_replicas: None,
            replicas: Vec::new(),
            eligible: Some(true),
            position: Some(at(12, 284)),
            priority: Some(100),
            read_only: None,
            failover_under_way: false,
            kept_from: None,
            unannounced: false,
        },
        settings: Some(Settings {
            write_binlog: Some(true),
            binlog_file_size: Some(104_857_600),
            databases: Some(1),
            slave_priority: Some(100),
            requirepass_set: Some(false),
            userpass_set: Some(false),
            masterauth_set: Some(false),
            masterauth_shared: None,
            maxclients: Some(20_000),
            stops_unsaved: None,
            ..Settings::default()
        }),
        features: Features {
            acl: true,
            pause_write: false,
            kill_type: true,
        },
        fence: FenceSeen::default(),
        storage_failed: None,
        refuses_writes: None,
        side_ports: BTreeMap::from([(11_221, true), (19_222, true)]),
        lock: None,
        acl: None,
        whoami: None,
        load: Load::default(),
    }
}

/// The same three as a watcher is told of them, quick to act.
pub(crate) fn spec() -> Spec {
    let node = |n: u8, name: &str| NodeSpec {
        addr: addr(n),
        name: name.to_owned(),
        zone: None,
        promote: Wish::Allow,
    };
    Spec {
        name: "orders".to_owned(),
        nodes: vec![node(1, "a"), node(2, "b"), node(3, "c")],
        master: None,
        discover: true,
        address_map: BTreeMap::new(),
        detect: Detect {
            down_after_ms: 1000,
            refused_after_ms: 300,
            quorum: 2,
            replicas_must_agree: true,
        },
        automatic: true,
        block_for_ms: 0,
        zones: Zones::Ignore,
        terms: Terms {
            catch_up_ms: 10_000,
            max_blackout_ms: 2_000,
            failover_timeout_ms: 60_000,
            last_look_ms: 100,
            max_loss: u64::MAX,
            fence_hook_ms: None,
            watchers: false,
            hooks_ms: None,
            resync_diverged: false,
        },
        parallel_syncs: 1,
        reboot_down_after_ms: None,
        failover_timeout_ms: 60_000,
    }
}
