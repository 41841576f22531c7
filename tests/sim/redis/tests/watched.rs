//! pikafo takes three of ours for Redises: it sees them, and switches over without a copy.

use std::process::Stdio;

use tokio::process::Command;

use super::kit::Kind;
use super::kit::Server;

#[tokio::test]
async fn pikafo_sees_and_switches_over() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, c] = [0; 3].map(|_| Server::start(Kind::Ours, &[]));
    let (a, b, c) = (a.await, b.await, c.await);
    b.follow(&a).await;
    c.follow(&a).await;
    a.ask("SET a 1").await;
    let nodes: String = [("a", &a), ("b", &b), ("c", &c)]
        .map(|(name, node)| format!("      - {{ addr: \"{}\", name: {name} }}\n", node.addr()))
        .concat();
    let yaml = format!("version: 1\nclusters:\n  orders:\n    nodes:\n{nodes}");
    std::fs::write(dir.path().join("pikafo.yaml"), yaml).unwrap();
    let run = async |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pikafo"));
        command
            .args(args)
            .current_dir(dir.path())
            .env_clear()
            .env("STATE_DIRECTORY", dir.path().join("state"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = command.output().await.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}\n{error}");
        output.stdout
    };
    let status = async || -> serde_json::Value {
        let json = run(&["status", "-o", "json"]).await;
        serde_json::from_slice(&json).unwrap()
    };

    let seen = status().await;
    let cluster = &seen["clusters"][0];
    assert_eq!(cluster["health"], "ok", "{seen:#}");
    assert_eq!(cluster["master"], a.addr().to_string());
    for node in cluster["nodes"].as_array().unwrap() {
        assert_eq!(node["flavor"], "redis");
        assert_eq!(node["server_version"], "7.0.15");
        assert_eq!(node["lag_bytes"].as_u64().unwrap_or(0), 0, "{node:#}");
    }

    run(&["promote", "b", "--yes"]).await;
    let seen = status().await;
    let cluster = &seen["clusters"][0];
    assert_eq!(cluster["health"], "ok", "{seen:#}");
    assert_eq!(cluster["master"], b.addr().to_string());
    assert_eq!(b.ask("GET a").await, "$1\r\n1\r\n");
    a.linked(&b).await;
    c.linked(&b).await;
    assert_eq!(b.field("sync_full").await, "0", "nobody needed a copy");
    assert_eq!(b.ask("SET a 2").await, "+OK\r\n", "nothing is paused");
    assert_eq!(a.ask("SET a 2").await.get(..9), Some("-READONLY"));
}
