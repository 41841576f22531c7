//! `repoint`: who may follow whom, and how.

use ::redis::Value;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::halted;
use crate::ports::free_port;

/// Kills the master and replaces it; gives the new one.
async fn replaced(cluster: &mut RedisCluster) -> usize {
    cluster.acknowledged(A, &["SET", "shared", "1"]).await;
    cluster.run(&["status"]).await.expect(0);
    cluster.servers[A].sigkill();
    cluster.run(&["failover", "--yes"]).await.expect(0);
    cluster.master().await
}

#[tokio::test]
async fn an_old_master_that_comes_back_empty_is_attached() {
    let mut cluster = RedisCluster::plain().await;
    let new = replaced(&mut cluster).await;
    cluster.servers[A].restart();
    cluster.run(&["check"]).await.expect(8);
    cluster.run(&["repoint", "--all", "--yes"]).await.expect(0);
    cluster.linked(new).await;
    assert_eq!(cluster.ask(A, &["EXISTS", "shared"]).await, Value::Int(1));
    // It stays one after a restart, and there is nothing left to do.
    cluster.servers[A].restart();
    cluster.linked(new).await;
    let said = cluster.run(&["repoint", "--all", "--yes", "--json"]).await;
    assert_eq!(said.expect(0).json()["code"], "rejoin.nothing");
}

#[tokio::test]
async fn an_old_master_with_writes_of_its_own_is_set_apart() {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let new = replaced(&mut cluster).await;
    cluster.servers[A].restart();
    cluster.ask(A, &["SET", "own", "1"]).await;
    for args in [
        &["repoint", "a", "--yes"][..],
        &["repoint", "--all", "--yes"],
    ] {
        let said = cluster.run(args).await.expect(5);
        said.mentions("rejoin.past_").mentions("--resync");
    }
    // It was not touched, and takes no more.
    assert_eq!(cluster.ask(A, &["EXISTS", "own"]).await, Value::Int(1));
    let more = cluster.try_ask(A, &["SET", "more", "1"]).await;
    assert!(more.is_err_and(|fault| fault.text.contains("NOPERM")));
    assert!(cluster.masters().await.contains(&A));
    // Its own writes are discarded only by name and by consent.
    let all = ["repoint", "--all", "--resync", "--yes"];
    cluster.run(&all).await.expect(2);
    let resync = ["repoint", "a", "--resync", "--yes"];
    cluster.run(&resync).await.expect(0);
    cluster.linked(new).await;
    assert_eq!(cluster.ask(A, &["EXISTS", "own"]).await, Value::Int(0));
    let users = cluster.ask(A, &["ACL", "LIST"]).await;
    assert!(!format!("{users:?}").contains("-@write"), "{users:?}");
    let memory = cluster.store().memory().unwrap();
    assert!(memory.fences.is_empty() && memory.quarantined.is_empty());
}

/// A Redis that holds nothing may be copied over; one that was written to meanwhile may not.
#[tokio::test]
async fn an_old_master_that_came_back_empty_and_is_written_to_is_set_apart() {
    let mut cluster = RedisCluster::plain().await;
    replaced(&mut cluster).await;
    cluster.servers[A].restart();
    let halted = halted::run_until(&cluster, 1, &["repoint", "a", "--yes"])
        .await
        .unwrap();
    cluster.ask(A, &["SET", "own", "1"]).await;
    halted.go_on().await.expect(5).mentions("rejoin.past_");
    assert_eq!(cluster.ask(A, &["EXISTS", "own"]).await, Value::Int(1));
}

#[tokio::test]
async fn an_old_master_that_took_writes_past_the_promotion_is_set_apart() {
    let cluster = RedisCluster::plain().await;
    cluster.sampled().await;
    cluster.servers[A].sigstop();
    let failover = ["failover", "--yes", "--timeout", "500ms"];
    cluster.run(&failover).await.expect(0);
    cluster.servers[A].sigcont();
    let masters = cluster.masters().await;
    let new = masters.into_iter().find(|node| *node != A).unwrap();
    // It is the same history, which only goes on further than the new master knows.
    cluster.ask(A, &["SET", "own", "1"]).await;
    let said = cluster.run(&["repoint", "a", "--yes"]).await;
    said.expect(5).mentions("rejoin.past_point");
    assert_eq!(cluster.ask(A, &["EXISTS", "own"]).await, Value::Int(1));
    let resync = ["repoint", "a", "--resync", "--yes"];
    cluster.run(&resync).await.expect(0);
    cluster.linked(new).await;
}

#[tokio::test]
async fn replicas_that_point_to_nobody_are_attached_again() {
    let cluster = RedisCluster::plain().await;
    let nobody = free_port().to_string();
    for replica in [B, C] {
        cluster
            .ask(replica, &["SLAVEOF", "127.0.0.1", &nobody])
            .await;
    }
    let plan = cluster.run(&["repoint", "--all", "--dry-run"]).await;
    let plan = plan.expect(0).out;
    assert!(
        plan.contains("b follows a") && plan.contains("c follows a"),
        "{plan}"
    );
    let json = ["repoint", "--all", "--dry-run", "-o", "json"];
    let plan = cluster.run(&json).await.expect(0).json();
    assert_eq!(plan["notes"][0]["code"], "rejoin.decided", "{plan}");
    cluster.run(&["repoint", "--all"]).await.expect(10);
    cluster.run(&["repoint", "--all", "--yes"]).await.expect(0);
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_chain_is_made_and_unmade_and_never_a_circle() {
    let cluster = RedisCluster::plain().await;
    let chain = ["repoint", "c", "--to", "b", "--yes"];
    cluster.run(&chain).await.expect(0);
    let info = cluster.info(C, "replication").await;
    let port = cluster.addr(B).port();
    assert!(info.contains(&format!("master_port:{port}\r")), "{info}");
    // It was meant, so it stays.
    let said = cluster.run(&["repoint", "--all", "--yes"]).await;
    said.expect(0).mentions("already");
    for (args, code) in [
        (&["repoint", "b", "--to", "c", "--yes"][..], "rejoin.circle"),
        (&["repoint", "b", "--to", "b", "--yes"], "rejoin.itself"),
        (&["repoint", "a", "--yes"], "rejoin.itself"),
        (&["repoint", "a", "--to", "c", "--yes"], "rejoin.circle"),
    ] {
        cluster.run(args).await.expect(5).mentions(code);
    }
    cluster.run(&["repoint", "c", "--yes"]).await.expect(0);
    cluster.linked(A).await;
}

/// A replica whose password the master refuses.
async fn locked_out() -> RedisCluster {
    let setup = Setup {
        conf: &["requirepass secret", "masterauth secret"],
        yaml: &["auth: { password_command: [echo, secret] }"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    cluster
        .ask(C, &["CONFIG", "SET", "masterauth", "wrong"])
        .await;
    cluster.ask(A, &["CLIENT", "KILL", "TYPE", "replica"]).await;
    cluster
}

#[tokio::test]
async fn a_link_that_a_wrong_password_keeps_down_is_told_of() {
    let cluster = locked_out().await;
    let said = cluster.run(&["repoint", "c", "--yes", "--json"]).await;
    let left = &said.expect(6).json()["left"][0];
    assert_eq!(left["code"], "replica.link_not_up", "{left}");
    cluster
        .ask(C, &["CONFIG", "SET", "masterauth", "secret"])
        .await;
    cluster.run(&["repoint", "c", "--yes"]).await.expect(0);
    cluster.linked(A).await;
}

#[tokio::test]
async fn waiting_for_a_link_can_be_interrupted() {
    let cluster = locked_out().await;
    // The plan, then before and after the attachment, then before the wait.
    let repoint = ["repoint", "c", "--yes"];
    let halted = halted::run_until(&cluster, 4, &repoint).await.unwrap();
    halted.signal("-INT");
    // It has been moved, which is not undone; and nobody waits an hour.
    let said = halted.go_on().await.expect(6);
    said.mentions("repoint.stopped");
    cluster.run(&["repoint", "--resume"]).await.expect(5);
}
