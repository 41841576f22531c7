//! Nodes that are declared by name: servers are told addresses and print them, and both mean the same node.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::Setup;
use super::stage::Stage;

/// Declares every node as `localhost`.
async fn by_name(version: Version) -> Stage {
    let stage = Setup::fenceable(version).start().await;
    let path = stage.dir.path().join("pikafo.yaml");
    let yaml = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, yaml.replace("127.0.0.1:", "localhost:")).unwrap();
    stage
}

/// The report with the nodes under their addresses.
async fn report(stage: &Stage) -> serde_json::Value {
    let said = healthy(stage).await;
    serde_json::from_str(&said.out.replace("localhost:", "127.0.0.1:")).unwrap()
}

#[tokio::test]
async fn named_nodes_change_places_fail_over_and_come_back() {
    for version in [Version::V3_5_2, Version::V3_5_5] {
        let mut stage = by_name(version).await;
        stage.set(A, "k", "1").await;
        stage.run(&["promote", "b", "--yes"]).await.expect(0);
        assert_eq!(only_master(&stage, &report(&stage).await), B, "{version}");
        for node in [A, C] {
            stage.level(node, B).await;
        }
        stage.run(&["status"]).await.expect(0);
        stage.node(B).kill().await;
        let failover = ["failover", "--yes", "--accept-loss", "all"];
        stage.run(&failover).await.expect(0);
        stage.lab.nodes[B].restart().await.unwrap();
        stage.run(&["repoint", "b", "--yes"]).await.expect(0);
        assert_ne!(only_master(&stage, &report(&stage).await), B, "{version}");
    }
}
