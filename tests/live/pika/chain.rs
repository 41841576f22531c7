//! Chains: a replica with replicas of its own, which Pika lets follow nobody else.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::D;
use super::stage::Setup;
use super::stage::Stage;
use crate::live::until::until;

/// `b` follows `a`, and `below` follow `b`.
async fn chained(version: Version, nodes: usize, below: &[usize]) -> Stage {
    let mut setup = Setup::fenceable(version);
    setup.nodes = nodes;
    let stage = setup.start().await;
    for node in below {
        stage.ask(*node, &["SLAVEOF", "NO", "ONE"]).await;
        stage.follow(*node, B).await;
    }
    stage.set(A, "before", "1").await;
    for node in B..nodes {
        stage.level(node, A).await;
    }
    // A link may flap once after NO ONE.
    until(
        async || stage.run(&["status", "-o", "json"]).await.json(),
        |report| {
            let nodes = report["clusters"][0]["nodes"].as_array().unwrap();
            nodes[B]["role"] == "chained" && nodes[1..].iter().all(|node| node["link"] == "up")
        },
    )
    .await;
    stage
}

async fn follows(stage: &Stage, node: usize, master: usize) {
    stage.level(node, master).await;
    let port = stage.info_field(node, "master_port").await;
    assert_eq!(port, stage.addr(master).port().to_string());
}

#[tokio::test]
async fn the_middle_of_a_chain_is_promoted_and_keeps_its_replica() {
    for version in Version::ALL {
        let stage = chained(version, 3, &[C]).await;
        let said = stage.run(&["promote", "c", "--yes"]).await;
        said.expect(5).mentions("it follows b, a replica");
        stage.run(&["promote", "--yes"]).await.expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), B, "{version}");
        follows(&stage, A, B).await;
        follows(&stage, C, B).await;
    }
}

#[tokio::test]
async fn a_dead_master_is_replaced_by_the_middle_of_a_chain() {
    for version in Version::ALL {
        let mut stage = chained(version, 3, &[C]).await;
        stage.node(A).kill().await;
        let failover = ["failover", "--yes", "--accept-loss", "all"];
        stage.run(&failover).await.expect(0);
        stage.set(B, "after", "1").await;
        follows(&stage, C, B).await;
        stage.lab.nodes[A].restart().await.unwrap();
        stage.run(&["repoint", "a", "--yes"]).await.expect(0);
        follows(&stage, A, B).await;
    }
}

#[tokio::test]
async fn who_hangs_on_a_sibling_is_moved_before_it() {
    for version in Version::ALL {
        let stage = chained(version, 4, &[D]).await;
        let plan = stage.run(&["promote", "--dry-run"]).await.expect(0).out;
        assert!(plan.contains("promote c"), "{version}: {plan}");
        stage.run(&["promote", "--yes"]).await.expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), C, "{version}");
        for node in [A, B, D] {
            follows(&stage, node, C).await;
        }
    }
}

#[tokio::test]
async fn who_has_replicas_is_repointed_after_them_or_not_at_all() {
    for version in Version::ALL {
        let stage = chained(version, 3, &[C]).await;
        let said = stage.run(&["repoint", "b", "--resync", "--yes"]).await;
        said.expect(5).mentions("rejoin.has_replicas");
        let both = ["repoint", "b", "c", "--resync", "--yes"];
        stage.run(&both).await.expect(0);
        for node in [B, C] {
            follows(&stage, node, A).await;
        }
    }
}
