//! What the conductor's plans are made from: the fleet as it is seen, and plain terms.

use std::collections::BTreeMap;

use super::decide::choose::Contender;
use super::decide::draft;
use super::decide::draft::Brief;
use super::decide::draft::Consent;
use super::decide::draft::Terms;
use super::decide::draft::failover::Dead;
use super::decide::draft::repoint::Wanted;
use super::decide::facts::Fault;
use super::decide::facts::FaultKind;
use super::decide::facts::Features;
use super::decide::facts::FenceSeen;
use super::decide::facts::Flavor;
use super::decide::facts::Load;
use super::decide::facts::Observation;
use super::decide::facts::Role;
use super::decide::facts::Server as ServerFacts;
use super::decide::facts::Settings;
use super::decide::history::History;
use super::decide::name::Addr;
use super::decide::order::UserRules;
use super::decide::plan::Plan;
use super::decide::view::ClusterView;
use super::decide::view::Memory;
use super::decide::view::NodeView;
use super::decide::view::Wish;
use super::fleet::Fleet;

pub(crate) fn promote(fleet: &Fleet, to: &str) -> Plan {
    let view = view(fleet, Memory::default());
    let wanted = view
        .nodes
        .iter()
        .find(|n| n.name == to)
        .unwrap()
        .addr
        .clone();
    draft::promote::draft(&brief(&view), Some(&wanted)).unwrap()
}

/// `answers`: the operator insists although the master answers.
pub(crate) fn failover(fleet: &Fleet, answers: bool) -> Plan {
    let view = view(fleet, Memory::default());
    let master = view.nodes[0].addr.clone();
    let dead = Dead {
        master,
        answers,
        died_ms: 0,
        evidence: vec!["this host: silent for 5000 ms".to_owned()],
    };
    draft::failover::draft(&brief(&view), &dead, None).unwrap()
}

pub(crate) fn repoint(fleet: &Fleet, memory: Memory, node: &str, resync: bool) -> Plan {
    let view = view(fleet, memory);
    let node = view.nodes.iter().find(|n| n.name == node).unwrap();
    let wanted = Wanted {
        nodes: vec![node.addr.clone()],
        to: None,
        resync,
    };
    draft::repoint::draft(&brief(&view), &wanted).unwrap()
}

pub(crate) fn view(fleet: &Fleet, memory: Memory) -> ClusterView {
    let nodes = fleet.servers.iter().map(|server| NodeView {
        name: server.name.to_owned(),
        addr: server.addr.clone(),
        zone: None,
        promote: Wish::Allow,
        declared: true,
        vouched: None,
        state: if server.alive {
            Ok(observation(fleet, &server.addr))
        } else {
            Err(Fault::new(FaultKind::Refused, "connection refused"))
        },
    });
    ClusterView {
        name: "orders".to_owned(),
        nodes: nodes.collect(),
        address_map: BTreeMap::new(),
        memory,
    }
}

pub(crate) fn brief(view: &ClusterView) -> Brief<'_> {
    let contenders = view.nodes.iter().skip(1).map(|node| Contender {
        addr: node.addr.clone(),
        name: node.name.clone(),
        wish: node.promote,
        priority: Some(100),
        home_zone: false,
        chained: node.role() == Role::Chained,
        full: false,
        fenced: false,
        position: node.position().cloned(),
        history: History::default(),
        verdict: match &node.state {
            Ok(_) => Ok(()),
            Err(fault) => Err(("node.unreachable".to_owned(), fault.text.clone())),
        },
        whole: node.state.is_ok(),
        lost_link: false,
    });
    Brief {
        view,
        contenders: contenders.collect(),
        id: "op-1".to_owned(),
        made_at: "2026-11-22T12:00:00Z".to_owned(),
        by: "ops@host".to_owned(),
        reason: None,
        token: "ops@host 00ff".to_owned(),
        expect_master: None,
        accept_loss: Consent::None,
        terms: Terms {
            catch_up_ms: 10_000,
            max_blackout_ms: 2_000,
            failover_timeout_ms: 60_000,
            last_look_ms: 1_000,
            max_loss: 1 << 20,
            fence_hook_ms: None,
            watchers: false,
            hooks_ms: Some(30_000),
            resync_diverged: false,
        },
        notes: Vec::new(),
    }
}

pub(crate) fn observation(fleet: &Fleet, addr: &Addr) -> Observation {
    Observation {
        at_ms: 0,
        rtt_us: 200,
        server: ServerFacts {
            flavor: Flavor::Pika,
            version: "3.5.5".to_owned(),
            run_id: None,
            process_id: None,
            uptime_s: None,
            tcp_port: None,
            mode: None,
            loading: false,
        },
        replication: fleet.replication(addr),
        settings: Some(Settings {
            databases: Some(1),
            ..Settings::default()
        }),
        features: Features {
            acl: true,
            pause_write: false,
            kill_type: true,
        },
        fence: FenceSeen {
            acl_users: if fleet.get(addr).fenced {
                vec!["default".to_owned()]
            } else {
                Vec::new()
            },
            ..FenceSeen::default()
        },
        acl: Some(vec![UserRules {
            name: "default".to_owned(),
            rules: vec!["+@all".to_owned()],
        }]),
        whoami: None,
        load: Load::default(),
        holds_keys: None,
        storage_failed: None,
        refuses_writes: None,
        side_ports: BTreeMap::new(),
        lock: fleet.get(addr).lock.clone(),
    }
}
