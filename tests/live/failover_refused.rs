//! When `failover` must not happen, or only by consent.

use std::time::Duration;

use ::redis::Value;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::redis::RedisServer;
use super::sentinel::Sentinel;
use super::until::until;
use super::writer::Writer;

/// More than the kernel keeps for a replica that does not read.
const BULK: usize = 16 << 20;

/// Writes so much to the master that a replica which stands still cannot have it.
async fn write_bulk(cluster: &RedisCluster) {
    cluster.ask(A, &["SET", "bulk", &"x".repeat(BULK)]).await;
}

#[tokio::test]
async fn a_loss_beyond_the_budget_needs_consent() {
    let setup = Setup {
        yaml: &["failover: { max_loss: 10KiB }"],
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    for replica in [B, C] {
        cluster.servers[replica].sigstop();
    }
    write_bulk(&cluster).await;
    // The sample that shows how far the master had come.
    cluster
        .run(&["status", "--timeout", "300ms"])
        .await
        .expect(0);
    cluster.servers[A].sigkill();
    for replica in [B, C] {
        cluster.servers[replica].sigcont();
    }
    for args in [
        &["failover", "--yes"][..],
        &["failover", "--yes", "--accept-loss", "1MiB"],
    ] {
        cluster.run(args).await.expect(5).mentions("loss.too_much");
    }
    let consent = ["failover", "--yes", "--accept-loss", "64MiB", "--json"];
    let said = cluster.run(&consent).await.expect(0);
    let bytes = said.json()["loss"]["bytes"].as_u64().unwrap();
    assert!(bytes >= BULK as u64, "{bytes}");
    cluster.linked(cluster.master().await).await;
}

#[tokio::test]
async fn the_most_advanced_wins_over_the_preferred() {
    let setup = Setup {
        nodes: ["", "promote: prefer", "promote: last"],
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    cluster.sampled().await;
    cluster.servers[B].sigstop();
    write_bulk(&cluster).await;
    until(
        async || cluster.ask(C, &["EXISTS", "bulk"]).await,
        |answer| *answer == Value::Int(1),
    )
    .await;
    cluster.servers[A].sigkill();
    cluster.servers[B].sigcont();
    // The one that was asked for lacks what another has.
    cluster
        .run(&["failover", "b", "--yes"])
        .await
        .expect(5)
        .mentions("candidate.ahead_but_ineligible");
    cluster.run(&["failover", "--yes"]).await.expect(0);
    cluster.linked(C).await;
}

#[tokio::test]
async fn a_replica_that_cannot_be_asked_may_be_ahead() {
    let mut cluster = RedisCluster::plain().await;
    let mut fourth = RedisServer::start(&[]);
    cluster.declare("d", fourth.addr());
    fourth.sigkill();
    cluster.servers[A].sigkill();
    cluster
        .run(&["failover", "--yes"])
        .await
        .expect(5)
        .mentions("candidate.unreachable_may_be_ahead");
    let consent = ["failover", "--yes", "--accept-loss", "1MiB"];
    cluster.run(&consent).await.expect(0);
    cluster.linked(cluster.master().await).await;
}

#[tokio::test]
async fn two_of_three_dead_is_more_likely_this_host() {
    let mut cluster = RedisCluster::plain().await;
    cluster.servers[A].sigkill();
    cluster.servers[C].sigkill();
    cluster
        .run(&["failover", "--yes"])
        .await
        .expect(4)
        .mentions("failover.mass_failure")
        .mentions("--accept-loss all");
    cluster.servers[B].sigkill();
    cluster.run(&["failover", "--yes"]).await.expect(4);
    for node in [A, B, C] {
        cluster.servers[node].restart();
    }
    cluster.linked(A).await;
}

#[tokio::test]
async fn the_watchers_have_a_say() {
    let setup = Setup {
        detect: "refused_after: 300ms, down_after: 1s, quorum: 2",
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let (day, moment) = (Duration::from_secs(86_400), Duration::from_millis(200));
    let patient = Sentinel::watching(cluster.addr(A), day).await;
    let other = Sentinel::watching(cluster.addr(A), day).await;
    let quick = Sentinel::watching(cluster.addr(A), moment).await;
    let peers = |one: &Sentinel, two: &Sentinel| {
        let peers = format!(
            "watch: {{ peers: [\"{}\", \"{}\"] }}",
            one.addr(),
            two.addr()
        );
        cluster.configure(&peers)
    };
    let doubtful = peers(&patient, &other);
    let agreed = peers(&patient, &quick);
    cluster.sampled().await;
    cluster.servers[A].sigkill();
    quick.sees_down(cluster.addr(A)).await;
    let failover = |config: &str| {
        let args = ["failover", "--yes", "-c", config].map(str::to_owned);
        let cluster = &cluster;
        async move {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            cluster.run(&args).await
        }
    };
    failover(&doubtful)
        .await
        .expect(4)
        .mentions("failover.no_quorum");
    failover(&agreed).await.expect(0);
    cluster.linked(cluster.master().await).await;
}

/// This host cannot reach it; its replicas can, and say so.
#[tokio::test]
async fn a_master_that_its_replicas_still_hear_is_not_replaced() {
    let cluster = RedisCluster::plain().await;
    // Takes connections into its backlog and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (real, deaf) = (cluster.addr(A).to_string(), listener.local_addr().unwrap());
    let path = cluster.dir.path().join("pikafo.yaml");
    let yaml = std::fs::read_to_string(&path).unwrap();
    let map = format!("    address_map: {{ \"{real}\": \"{deaf}\" }}\n    nodes:\n");
    let yaml = yaml
        .replacen(&real, &deaf.to_string(), 1)
        .replacen("    nodes:\n", &map, 1);
    std::fs::write(&path, yaml).unwrap();
    let writer = Writer::start(&cluster, "w");
    writer.acknowledges(10).await;
    let failover = ["failover", "--yes", "--timeout", "500ms"];
    let said = cluster.run(&failover).await;
    said.expect(5).mentions("failover.contradicted");
    writer.acknowledges(10).await;
    writer.stop();
    assert_eq!(cluster.master().await, A);
}

/// Somebody has looked, and they are lost.
#[tokio::test]
async fn the_last_that_is_left_is_promoted_by_its_name() {
    let mut cluster = RedisCluster::plain().await;
    for lost in [A, C] {
        cluster.servers[lost].sigkill();
    }
    let unnamed = ["failover", "--yes", "--accept-loss", "all"];
    let refused = cluster.run(&unnamed).await.expect(4);
    refused.mentions("failover.mass_failure");
    let named = ["failover", "b", "--yes", "--accept-loss", "all"];
    cluster.run(&named).await.expect(0);
    assert_eq!(cluster.master().await, B);
}
