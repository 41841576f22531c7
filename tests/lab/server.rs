//! One node: what it answers, what it keeps, and how it ends.

use std::time::Duration;

use pikafo::host::clock::timeout;
use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::version::Version;

use super::client::Client;
use super::client::DEADLINE;
use super::client::ask;
use super::client::until;
use super::client::value;

pub(super) async fn start(version: Version) -> (tempfile::TempDir, LabNode) {
    start_with(version, &[]).await
}

pub(super) async fn start_with(
    version: Version,
    config: &[(&str, &str)],
) -> (tempfile::TempDir, LabNode) {
    let dir = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::new(0, dir.path(), version);
    for (key, value) in config {
        options = options.config(key, value);
    }
    let node = LabNode::start_anywhere(options).await.unwrap();
    (dir, node)
}

#[tokio::test]
async fn strings_are_kept_over_a_kill() {
    for version in Version::ALL {
        let (_dir, mut node) = start(version).await;
        let addr = node.addr();
        let mut client = Client::connect(&addr).await;
        assert_eq!(client.ask("SET a 1").await, "+OK\r\n");
        assert_eq!(client.ask("INCR a").await, ":2\r\n");
        assert_eq!(client.ask("SETEX t 1000 x").await, "+OK\r\n");
        let before = ask(&addr, "INFO replication").await;
        node.restart().await.unwrap();
        assert_eq!(client.reply().await, None, "the old connection is closed");
        assert_eq!(ask(&addr, "GET a").await, "$1\r\n2\r\n");
        assert_eq!(ask(&addr, "TTL t").await, ":1000\r\n");
        assert_eq!(ask(&addr, "INFO replication").await, before);
    }
}

#[tokio::test]
async fn whoever_only_knocks_at_the_side_ports_is_let_go() {
    let (_dir, node) = start(Version::V3_5_5).await;
    for shift in [2000, 10_001] {
        let addr = node.addr().shifted(shift).unwrap();
        let mut visitor = Client::connect(&addr).await;
        visitor.leave().await;
        assert_eq!(visitor.reply().await, None, "port + {shift}");
    }
}

#[tokio::test]
async fn a_fence_bites_open_connections_and_queued_transactions() {
    for version in [Version::V3_5_5, Version::V4_0_1] {
        let (_dir, mut node) = start(version).await;
        let addr = node.addr();
        let mut open = Client::connect(&addr).await;
        let mut admin = Client::connect(&addr).await;
        let users = admin.ask("ACL LIST").await;
        assert_eq!(open.ask("MULTI").await, "+OK\r\n");
        assert_eq!(open.ask("SET a 1").await, "+QUEUED\r\n");
        assert_eq!(admin.ask("ACL SETUSER default -@write").await, "+OK\r\n");
        assert!(
            admin
                .ask("ACL LIST")
                .await
                .contains("user default on nopass ~* &* +@all -@write\r\n")
        );
        assert_eq!(
            open.ask("EXEC").await,
            "-NOPERM this user has no permissions to run the 'exec' command\r\n"
        );
        assert_eq!(open.ask("DISCARD").await, "+OK\r\n");
        assert_eq!(
            open.ask("SET a 1").await,
            "-NOPERM this user has no permissions to run the 'set' command\r\n"
        );
        assert_eq!(open.ask("GET a").await, "$-1\r\n");
        assert_eq!(admin.ask("CONFIG REWRITE").await, "+OK\r\n");
        assert_eq!(admin.ask("ACL SETUSER default +@all").await, "+OK\r\n");
        assert_eq!(admin.ask("ACL LIST").await, users);
        assert_eq!(open.ask("SET a 1").await, "+OK\r\n");
        assert_eq!(admin.ask("ACL SETUSER default -@write").await, "+OK\r\n");
        node.restart().await.unwrap();
        assert_eq!(
            ask(&addr, "SET a 2").await,
            "+OK\r\n",
            "a restart forgets the fence"
        );
    }
}

#[tokio::test]
async fn what_is_watched_must_not_change() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let mut one = Client::connect(&node.addr()).await;
    let mut other = Client::connect(&node.addr()).await;
    for (value, executed) in [("same", true), ("other", false)] {
        one.ask("SET a same").await;
        one.ask("WATCH a").await;
        one.ask("MULTI").await;
        one.ask("SET b 1").await;
        other.ask(&format!("SET a {value}")).await;
        assert_eq!(
            one.ask("EXEC").await,
            if executed { "*1\r\n+OK\r\n" } else { "*-1\r\n" }
        );
    }
}

#[tokio::test]
async fn killed_clients_are_dropped_at_a_tick() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let mut idle = Client::connect(&node.addr()).await;
    idle.ask("PING").await;
    assert_eq!(
        ask(&node.addr(), "CLIENT KILL TYPE normal").await,
        "+OK\r\n"
    );
    assert_eq!(idle.reply().await, None);
    assert_eq!(
        ask(&node.addr(), "PING").await,
        "+PONG\r\n",
        "later connections live"
    );
}

#[tokio::test]
async fn early_versions_leak_those_they_kill_in_a_crowd() {
    let (_dir, node) = start(Version::V3_5_2).await;
    let mut crowd = Client::connect(&node.addr()).await;
    crowd.ask("PING").await;
    assert_eq!(ask(&node.addr(), "CLIENT KILL all").await, "+OK\r\n");
    until("requests hang", || async {
        !ask(&node.addr(), "CLIENT LIST").await.is_empty()
    })
    .await;
    // It answers until the tick and hangs from then on; it is never closed while the node lives.
    loop {
        crowd.send(b"PING\r\n").await;
        let answer = timeout(Duration::from_millis(300), crowd.reply()).await;
        if answer.is_err() {
            break;
        }
        assert_eq!(answer.unwrap().as_deref(), Some("+PONG\r\n"), "not closed");
    }
    node.kill().await;
    assert_eq!(crowd.reply().await, None);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_timeout() {
    let (_dir, node) = start_with(Version::V3_5_5, &[("timeout", "1")]).await;
    let mut idle = Client::connect(&node.addr()).await;
    assert_eq!(idle.ask("PING").await, "+PONG\r\n");
    assert_eq!(idle.reply().await, None);
}

#[tokio::test]
async fn a_paused_node_takes_connections_and_answers_nothing() {
    let (_dir, node) = start(Version::V3_5_5).await;
    node.pause();
    let mut client = Client::connect(&node.addr()).await;
    client.send(b"PING\r\n").await;
    assert!(
        timeout(Duration::from_millis(100), client.reply())
            .await
            .is_err()
    );
    node.resume();
    assert_eq!(client.reply().await.as_deref(), Some("+PONG\r\n"));
}

#[tokio::test]
async fn maxclients_above_the_limit_aborts_the_server() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let mut client = Client::connect(&node.addr()).await;
    client.send(b"CONFIG SET maxclients 20000\r\n").await;
    assert_eq!(client.reply().await, None);
    timeout(DEADLINE, node.ended()).await.unwrap();
}

#[tokio::test]
async fn shutdown_never_answers_and_ends_the_node() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let mut client = Client::connect(&node.addr()).await;
    client.send(b"SHUTDOWN\r\n").await;
    assert_eq!(client.reply().await, None);
    timeout(DEADLINE, node.ended()).await.unwrap();
    assert!(!node.running());
}

#[tokio::test]
async fn dbsize_shows_the_last_count_only() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let addr = node.addr();
    ask(&addr, "MSET a 1 b 2").await;
    assert_eq!(ask(&addr, "DBSIZE").await, ":0\r\n");
    ask(&addr, "INFO keyspace 1").await;
    until("the count is done", || async {
        ask(&addr, "DBSIZE").await == ":2\r\n"
    })
    .await;
}

#[tokio::test]
async fn databases_are_apart() {
    let (_dir, node) = start_with(Version::V3_5_5, &[("databases", "2")]).await;
    let mut client = Client::connect(&node.addr()).await;
    client.ask("SET a 1").await;
    client.ask("SELECT 1").await;
    assert_eq!(client.ask("GET a").await, "$-1\r\n");
    client.ask("SET a 22").await;
    let info = client.ask("INFO replication").await;
    assert_eq!(value(&info, "db0"), "binlog_offset=0 69,safety_purge=none");
    assert_eq!(value(&info, "db1"), "binlog_offset=0 70,safety_purge=none");
    assert_eq!(value(&info, "slave_repl_offset"), "139");
    client.ask("FLUSHALL").await;
    client.ask("SELECT 0").await;
    assert_eq!(client.ask("GET a").await, "$-1\r\n");
}

#[tokio::test]
async fn a_hundred_nodes_in_one_process_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut nodes = Vec::new();
    for number in 0..100 {
        let options = NodeOptions::new(0, dir.path().join(number.to_string()), Version::V3_5_5);
        nodes.push(LabNode::start_anywhere(options).await.unwrap());
    }
    for node in &nodes {
        assert_eq!(ask(&node.addr(), "PING").await, "+PONG\r\n");
    }
}
