//! What is told before anything is changed: rights, load, logs that reach back too little, a host in doubt.

use std::collections::BTreeSet;
use std::time::Duration;

use ::redis::Value;
use pikafo::decide::rights::Right;
use pikafo::decide::rights::allow;
use pikafo::host::clock;
use pikafo::node::fence::AclLine;
use pikafo::node::link::Link;
use pikafo::node::reply;
use serde_json::Value as Json;
use tokio::net::TcpListener;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::RedisCluster;
use super::cluster::Said;
use super::cluster::Setup;
use super::redis::RedisServer;
use super::redis::tcp;
use super::until::until;
use crate::ports::free_port;

/// `code node` of what a document tells under `key`; the node as its name.
fn told(cluster: &RedisCluster, findings: &Json) -> BTreeSet<String> {
    let name = |addr: &Json| {
        let at = [A, B, C]
            .into_iter()
            .find(|n| *addr == cluster.addr(*n).to_string());
        at.map_or("-", |n| super::cluster::NAMES[n])
    };
    let findings = findings.as_array().unwrap().iter();
    findings
        .map(|f| format!("{} {}", f["code"].as_str().unwrap(), name(&f["node"])))
        .collect()
}

async fn checked(cluster: &RedisCluster, code: i32) -> BTreeSet<String> {
    let report = cluster
        .run(&["check", "-o", "json"])
        .await
        .expect(code)
        .json();
    told(cluster, &report["clusters"][0]["findings"])
}

async fn planned(cluster: &RedisCluster, node: &str) -> (BTreeSet<String>, Json) {
    let args = ["promote", node, "--dry-run", "-o", "json"];
    let plan = cluster.run(&args).await.expect(0).json();
    (told(cluster, &plan["notes"]), plan)
}

/// What is read from the rules is what the server says itself.
#[tokio::test]
async fn rules_mean_what_the_server_says_they_mean() {
    let server = RedisServer::start(&[]);
    let mut link = Link::open(&server.spec(), &tcp()).await.unwrap();
    let rules = [
        "+@all",
        "-@all",
        "+@all -@dangerous",
        "+@all -@admin +slaveof",
        "+@all -@slow +config|set",
        "-@all +@admin -config|rewrite",
        "-@all +acl|setuser +config|set +config|rewrite",
        "+@all -@write -@connection -acl|setuser",
        "+@all -config",
        "-@all +@read +slaveof +config -config|set",
    ];
    let mut seen = BTreeSet::new();
    for rules in rules {
        let mut words = vec!["ACL", "SETUSER", "ops", "reset", "on"];
        words.extend(rules.split(' '));
        link.ask(&words).await.unwrap();
        let lines = reply::texts(&link.ask(&["ACL", "LIST"]).await.unwrap());
        let lines = lines.iter().filter_map(|line| AclLine::parse(line));
        let ops = lines.into_iter().find(|line| line.name == "ops").unwrap();
        for right in Right::ALL {
            let (command, sub) = right.words();
            let mut words = vec!["ACL", "DRYRUN", "ops", command];
            words.extend(sub);
            words.extend(match right {
                Right::SetUser => &["x"][..],
                Right::SetConfig => &["maxclients", "1"],
                Right::Rewrite => &[],
                Right::Follow => &["no", "one"],
            });
            let answer = link.ask(&words).await.unwrap();
            let may = reply::is_ok(&answer);
            assert_eq!(allow(&ops.commands, right), may, "{right:?} of {rules}");
            seen.insert((right.label(), may));
        }
    }
    assert_eq!(seen.len(), 2 * Right::ALL.len(), "{seen:?}");
}

/// Nothing is wrong. The copies that made replicas keep their master busy for a moment longer.
async fn quiet(cluster: &RedisCluster) {
    until(async || checked(cluster, 0).await, BTreeSet::is_empty).await;
}

/// pikafo logs in as `ops`, who may do anything at first.
async fn with_rights() -> RedisCluster {
    let setup = Setup {
        conf: &["user ops on >s3cret ~* &* +@all"],
        yaml: &["auth: { username: ops, password_command: [echo, s3cret] }"],
        ..Setup::default()
    };
    RedisCluster::start(&setup).await
}

async fn rights(cluster: &RedisCluster, node: usize, rules: &[&str]) {
    let mut link = Link::open(&cluster.servers[node].spec(), &tcp())
        .await
        .unwrap();
    let mut words = vec!["ACL", "SETUSER", "ops", "+@all"];
    words.extend(rules);
    link.ask(&words).await.unwrap();
}

#[tokio::test]
async fn what_the_user_may_not_do_is_known_before_it_is_tried() {
    let cluster = with_rights().await;
    quiet(&cluster).await;

    rights(&cluster, A, &["-slaveof"]).await;
    assert!(checked(&cluster, 7).await.contains("node.not_permitted a"));
    let promote = ["promote", "b", "--yes"];
    let refused = cluster.run(&promote).await.expect(5);
    refused
        .mentions("user ops may not run SLAVEOF")
        .mentions("[node.not_permitted]");

    // The pause goes; the lasting fence is left, then none.
    let fence = |plan: &Json| {
        let steps = plan["steps"].as_array().unwrap().iter();
        let texts = steps.map(|step| step["text"].as_str().unwrap().to_owned());
        texts
            .into_iter()
            .find(|text| text.starts_with("fence a"))
            .unwrap()
    };
    rights(&cluster, A, &["-client|pause"]).await;
    let (_, plan) = planned(&cluster, "b").await;
    assert_eq!(fence(&plan), "fence a: ACL -@write for every user");
    rights(&cluster, A, &["-client|pause", "-acl|setuser"]).await;
    let (_, plan) = planned(&cluster, "b").await;
    assert_eq!(fence(&plan), "fence a: min-replicas-to-write beyond reach");
    rights(
        &cluster,
        A,
        &["-client|pause", "-acl|setuser", "-config|set"],
    )
    .await;
    assert!(checked(&cluster, 7).await.contains("node.not_permitted a"));
    cluster
        .run(&promote)
        .await
        .expect(5)
        .mentions("[node.not_permitted]");

    // A candidate that could not be promoted is passed over, or refused.
    rights(&cluster, A, &[]).await;
    rights(&cluster, B, &["-slaveof"]).await;
    cluster
        .run(&promote)
        .await
        .expect(5)
        .mentions("[candidate.refused]");
    let plan = cluster
        .run(&["promote", "--dry-run", "-o", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(plan["facts"]["candidate"], cluster.addr(C).to_string());
    // Nobody was made to follow, nor fenced.
    assert_eq!(cluster.master().await, A);
    cluster.ask(A, &["SET", "k", "v"]).await;
    assert!(cluster.journal().is_empty());
}

#[tokio::test]
async fn a_busy_master_is_told_of() {
    let setup = Setup {
        conf: &["enable-debug-command yes"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    quiet(&cluster).await;
    let mut idle = Vec::new();
    for _ in 0..12 {
        idle.push(Link::open(&cluster.spec(A), &tcp()).await.unwrap());
    }
    cluster.ask(B, &["CONFIG", "SET", "maxclients", "10"]).await;
    cluster.ask(A, &["DEBUG", "SLEEP", "0.6"]).await;
    let mut waiting = Link::open(&cluster.spec(A), &tcp()).await.unwrap();
    let waiting = tokio::spawn(async move { waiting.ask(&["BLPOP", "nothing", "0"]).await });
    until(
        async || cluster.info(A, "clients").await,
        |info| info.contains("blocked_clients:1"),
    )
    .await;
    let busy = ["master.blocked_clients a", "master.slow_commands a"];
    let few = "replica.admits_too_few b";
    let found = checked(&cluster, 7).await;
    for code in busy.into_iter().chain([few]) {
        assert!(found.contains(code), "{code}: {found:?}");
    }
    let (notes, _) = planned(&cluster, "b").await;
    assert_eq!(
        notes,
        busy.into_iter().chain([few]).map(str::to_owned).collect()
    );
    let (notes, _) = planned(&cluster, "c").await;
    assert_eq!(notes, busy.map(str::to_owned).into());
    waiting.abort();
    drop(idle);
}

/// `c` loses its link for want of a password, and the logs of the others go on without it.
#[tokio::test]
async fn a_log_that_does_not_reach_back_is_told_of() {
    let setup = Setup {
        conf: &["repl-backlog-size 16kb"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    cluster
        .ask(C, &["CONFIG", "SET", "masteruser", "nobody"])
        .await;
    cluster.ask(C, &["CONFIG", "SET", "masterauth", "x"]).await;
    cluster.ask(A, &["CLIENT", "KILL", "TYPE", "replica"]).await;
    until(
        async || {
            let (b, c) = (
                cluster.info(B, "replication").await,
                cluster.info(C, "replication").await,
            );
            (b, c)
        },
        |(b, c)| b.contains("master_link_status:up") && c.contains("master_link_status:down"),
    )
    .await;
    let (found, short) = (checked(&cluster, 7).await, "node.log_too_short");
    assert!(!found.iter().any(|f| f.starts_with(short)), "{found:?}");

    let much = "x".repeat(64 * 1024);
    cluster.ask(A, &["SET", "much", &much]).await;
    until(
        async || cluster.ask(B, &["EXISTS", "much"]).await,
        |there| *there == Value::Int(1),
    )
    .await;
    let found = checked(&cluster, 7).await;
    for node in ["a", "b"] {
        assert!(found.contains(&format!("{short} {node}")), "{found:?}");
    }
    let (notes, plan) = planned(&cluster, "b").await;
    assert_eq!(notes, [format!("{short} b")].into());
    let text = plan["notes"][0]["text"].as_str().unwrap();
    assert!(text.contains("; c, at "), "{text}");
}

#[tokio::test]
async fn whoever_reaches_the_few_changes_nothing() {
    let mut cluster = RedisCluster::plain().await;
    for name in ["d", "e", "f"] {
        let closed = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        cluster.declare(name, &closed);
    }
    let found = checked(&cluster, 7).await;
    assert!(!found.contains("host.sees_minority -"), "{found:?}");
    cluster.run(&["promote", "b", "--dry-run"]).await.expect(0);
    cluster.servers[C].sigkill();
    let found = checked(&cluster, 7).await;
    assert!(found.contains("host.sees_minority -"), "{found:?}");
    let refused = cluster.run(&["promote", "b", "--yes"]).await.expect(4);
    refused.mentions("[host.sees_minority]");
    assert_eq!(cluster.master().await, A);
}

/// It follows and can be promoted like any other, and nobody can save that.
#[tokio::test]
async fn a_server_without_config_is_told_and_not_begged() {
    let mut cluster = RedisCluster::plain().await;
    let conf = cluster.servers[B].conf();
    let text = std::fs::read_to_string(&conf).unwrap();
    std::fs::write(&conf, format!("{text}rename-command CONFIG \"\"\n")).unwrap();
    cluster.servers[B].sigkill();
    cluster.servers[B].restart();
    cluster.linked(A).await;
    let found = checked(&cluster, 7).await;
    assert_eq!(found, ["node.role_unsaved b".to_owned()].into());
    let said = cluster.run(&["promote", "b", "--yes"]).await.expect(6);
    said.mentions("[role.unsaved]")
        .mentions("write the role into its file");
    assert_eq!(cluster.master().await, B);
}

/// The process stands still while it waits for a node that never answers.
#[tokio::test]
async fn a_process_that_stood_still_says_so() {
    let cluster = RedisCluster::plain().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = silent.local_addr().unwrap().to_string().parse().unwrap();
    cluster.declare("d", &addr);
    let mut command = cluster.command(&["check", "-o", "json", "--timeout", "6s"]);
    let child = command.spawn().unwrap();
    let pid = child.id().unwrap().to_string();
    let (_kept, _) = silent.accept().await.unwrap();
    signal("-STOP", &pid);
    // The time itself is what is tried.
    clock::sleep(Duration::from_millis(2_500)).await;
    signal("-CONT", &pid);
    let said = Said::of(child.wait_with_output().await.unwrap()).expect(7);
    let found = told(&cluster, &said.json()["clusters"][0]["findings"]);
    assert!(found.contains("host.stalled -"), "{found:?}");
}

fn signal(signal: &str, pid: &str) {
    let status = std::process::Command::new("kill")
        .args([signal, pid])
        .status();
    assert!(status.unwrap().success(), "kill {signal} {pid} failed");
}
