//! `discover`, `check` and `status` of the program on real servers.

use std::process::Command;
use std::process::Stdio;

use pikafo::decide::health::Health;
use pikafo::render::status::Report;
use tempfile::TempDir;

use super::redis::RedisServer;
use super::until::until;

/// The program in a folder of its own.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_pikafo"))
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("STATE_DIRECTORY", self.dir.path().join("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn report(&self, args: &[&str]) -> (i32, Report) {
        let (code, out, err) = self.run(args);
        (
            code,
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")),
        )
    }
}

/// A master and two replicas, and a configuration that `discover` wrote from one of the replicas.
async fn discovered(options: &[&str], extra: &[&str]) -> (Desk, [RedisServer; 3]) {
    let mut all = vec!["repl-diskless-sync-delay 0"];
    all.extend(options);
    let servers = [
        RedisServer::start(&all),
        RedisServer::start(&all),
        RedisServer::start(&all),
    ];
    let [master, b, c] = &servers;
    b.follow(master).await;
    c.follow(master).await;
    let desk = Desk {
        dir: tempfile::tempdir().unwrap(),
    };
    let start = c.addr().to_string();
    let mut args = vec!["discover", &start, "--name", "orders"];
    args.extend(extra);
    // A replica is listed by its master only once it has asked.
    until(
        async || {
            let (code, yaml, err) = desk.run(&args);
            assert_eq!(code, 0, "{err}");
            std::fs::write(desk.dir.path().join("pikafo.yaml"), &yaml).unwrap();
            yaml
        },
        |yaml| {
            servers
                .iter()
                .all(|server| yaml.contains(&server.addr().to_string()))
        },
    )
    .await;
    until(async || desk.run(&["check"]), |(code, ..)| *code == 0).await;
    (desk, servers)
}

#[tokio::test]
async fn what_discover_writes_check_accepts() {
    let (desk, servers) = discovered(&[], &[]).await;
    let (code, report) = desk.report(&["check", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(report.config.as_deref(), Some("pikafo.yaml"));
    let cluster = &report.clusters[0];
    assert_eq!(
        (cluster.name.as_str(), cluster.health),
        ("orders", Health::Ok)
    );
    assert_eq!(cluster.master.as_ref(), Some(servers[0].addr()));
    assert_eq!(
        cluster
            .nodes
            .iter()
            .filter(|node| node.promotable.ok)
            .count(),
        2
    );
}

#[tokio::test]
async fn a_replica_that_hangs_is_degraded_and_costs_one_timeout() {
    let (desk, servers) = discovered(&[], &[]).await;
    servers[1].sigstop();
    let (code, report) = desk.report(&["check", "--json", "--timeout", "300ms"]);
    servers[1].sigcont();
    assert_eq!(code, 7);
    let finding = &report.clusters[0].findings[0];
    assert_eq!(
        (finding.code.as_str(), finding.node.as_ref()),
        ("node.unreachable", Some(servers[1].addr()))
    );
}

#[tokio::test]
async fn a_master_that_is_killed_is_down() {
    let (desk, mut servers) = discovered(&[], &[]).await;
    servers[0].sigkill();
    let (code, report) = desk.report(&["check", "--json"]);
    assert_eq!((code, report.clusters[0].health), (8, Health::Down));
    assert_eq!(report.clusters[0].master.as_ref(), Some(servers[0].addr()));
}

#[tokio::test]
async fn two_masters_are_a_split() {
    let (desk, servers) = discovered(&[], &[]).await;
    servers[2].call(&["REPLICAOF", "NO", "ONE"]).await;
    let (code, report) = desk.report(&["check", "--json"]);
    assert_eq!((code, report.clusters[0].health), (8, Health::Split));
    // status shows the same and does not judge.
    let (code, out, _) = desk.run(&["status"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("orders: split, master unknown\n"), "{out}");
}

#[tokio::test]
async fn a_fence_that_was_left_behind_is_found() {
    let (desk, servers) = discovered(&[], &[]).await;
    servers[0]
        .call(&["ACL", "SETUSER", "default", "-@write"])
        .await;
    let (code, report) = desk.report(&["check", "--json"]);
    assert_eq!(code, 8);
    assert!(
        report.clusters[0]
            .findings
            .iter()
            .any(|finding| finding.code == "master.fenced")
    );
    assert!(
        report.clusters[0]
            .nodes
            .iter()
            .any(|node| node.fenced && !node.writable)
    );
}
