//! Whole groups of real servers: seen from a configuration, and found from any one node.

use std::collections::BTreeMap;
use std::time::Duration;

use pikafo::config::model::Cluster;
use pikafo::config::model::Commands;
use pikafo::config::model::Detect;
use pikafo::config::model::Failover;
use pikafo::config::model::Fence;
use pikafo::config::model::NodeSpec;
use pikafo::config::model::Rejoin;
use pikafo::config::model::Scripts;
use pikafo::config::model::Switchover;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Link as LinkState;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::view::Memory;
use pikafo::decide::view::Wish;
use pikafo::host::clock;
use pikafo::host::sense;
use pikafo::node::observe::Depth;

use super::redis::RedisServer;
use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;
use crate::ports::free_port;

/// A cluster of these nodes with nothing else configured.
pub(crate) fn cluster(addrs: &[&Addr], discover: bool) -> Cluster {
    let node = |addr: &&Addr| NodeSpec {
        addr: (*addr).clone(),
        name: addr.to_string(),
        zone: None,
        promote: Wish::default(),
    };
    Cluster {
        name: "test".to_owned(),
        nodes: addrs.iter().map(node).collect(),
        discover,
        address_map: BTreeMap::new(),
        auth: None,
        tls: None,
        commands: Commands::default(),
        detect: Detect::default(),
        failover: Failover::default(),
        switchover: Switchover::default(),
        rejoin: Rejoin::default(),
        fence: Fence::default(),
        hooks: Vec::new(),
        scripts: Scripts::default(),
        reboot_down_after: None,
        remembered: false,
    }
}

/// A master, a replica, and a replica of that replica, all linked.
async fn chain() -> [RedisServer; 3] {
    let servers = [
        RedisServer::start(&[]),
        RedisServer::start(&[]),
        RedisServer::start(&[]),
    ];
    servers[1].follow(&servers[0]).await;
    servers[2].follow(&servers[1]).await;
    let all = cluster(
        &[servers[0].addr(), servers[1].addr(), servers[2].addr()],
        false,
    );
    until(
        async || sense::cluster(&all, Memory::default(), Depth::Quick, PATIENCE, &tcp()).await,
        |view| {
            let linked = |n: usize| {
                view.nodes[n]
                    .seen()
                    .is_some_and(|seen| seen.replication.link == LinkState::Up)
            };
            let lists = |n: usize| {
                view.nodes[n]
                    .seen()
                    .is_some_and(|seen| seen.replication.replicas.len() == 1)
            };
            linked(1) && linked(2) && lists(0) && lists(1)
        },
    )
    .await;
    servers
}

#[tokio::test]
async fn a_chain_is_found_from_any_of_its_nodes() {
    let servers = chain().await;
    for start in &servers {
        let found = sense::discover(start.addr(), &start.spec(), &tcp())
            .await
            .unwrap();
        let roles: Vec<Role> = found
            .iter()
            .map(|node| node.answer.as_ref().unwrap().replication.role)
            .collect();
        assert_eq!(found.len(), 3, "from {}", start.addr());
        assert_eq!(&found[0].addr, servers[0].addr());
        assert_eq!(roles[0], Role::Master);
        assert!(
            roles.contains(&Role::Chained) && roles.contains(&Role::Replica),
            "{roles:?}"
        );
    }
}

#[tokio::test]
async fn a_host_name_and_its_address_are_one_node() {
    let servers = chain().await;
    let start = Addr::new("localhost", servers[0].addr().port());
    let found = sense::discover(&start, &servers[0].spec(), &tcp())
        .await
        .unwrap();
    let addrs: Vec<&Addr> = found.iter().map(|node| &node.addr).collect();
    assert_eq!(found.len(), 3, "{addrs:?}");
    assert!(addrs.contains(&servers[0].addr()), "{addrs:?}");
}

#[tokio::test]
async fn listed_replicas_join_the_view_only_where_asked_for() {
    let servers = chain().await;
    let view = async |discover| {
        let cluster = cluster(&[servers[0].addr()], discover);
        sense::cluster(&cluster, Memory::default(), Depth::Quick, PATIENCE, &tcp())
            .await
            .nodes
    };
    assert_eq!(view(false).await.len(), 1);
    let nodes = view(true).await;
    let declared: Vec<bool> = nodes.iter().map(|node| node.declared).collect();
    assert_eq!(declared, [true, false, false]);
    assert!(nodes[1].addr < nodes[2].addr);
}

#[tokio::test]
async fn hung_nodes_cost_one_deadline_together() {
    let servers = [
        RedisServer::start(&[]),
        RedisServer::start(&[]),
        RedisServer::start(&[]),
    ];
    let nobody = Addr::new("127.0.0.1", free_port());
    servers[1].sigstop();
    servers[2].sigstop();
    let cluster = cluster(
        &[
            servers[1].addr(),
            &nobody,
            servers[0].addr(),
            servers[2].addr(),
        ],
        true,
    );
    let deadline = Duration::from_secs(2);
    let asked = clock::mono();
    let view = sense::cluster(&cluster, Memory::default(), Depth::Full, deadline, &tcp()).await;
    let took = clock::mono().duration_since(asked);
    let kinds: Vec<_> = view
        .nodes
        .iter()
        .map(|node| node.state.as_ref().map_err(|fault| fault.kind).err())
        .collect();
    assert_eq!(
        kinds,
        [
            Some(FaultKind::Hung),
            Some(FaultKind::Refused),
            None,
            Some(FaultKind::Hung)
        ]
    );
    assert!(took < deadline * 2, "{took:?}");
}

#[tokio::test]
async fn unreadable_tls_files_are_the_fault_of_every_node() {
    let nobody = Addr::new("127.0.0.1", free_port());
    let mut cluster = cluster(&[&nobody], true);
    cluster.tls = Some(pikafo::config::model::Tls {
        ca: Some("/nonexistent/ca.pem".into()),
        identity: None,
        server_name: None,
        verify_name: true,
        versions: pikafo::config::model::TlsVersions::default(),
    });
    let view = sense::cluster(&cluster, Memory::default(), Depth::Full, PATIENCE, &tcp()).await;
    assert_eq!(
        view.nodes[0].state.as_ref().unwrap_err().kind,
        FaultKind::Tls
    );
}
