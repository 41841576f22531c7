//! The command line beside watchers: they carry out what an operator asks for, and nobody races anybody.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::RedisCluster;
use super::cluster::Said;
use super::cluster::Setup;
use super::until::until;
use super::watchers::Watchers;

/// A hook that holds an operation once its master has changed, until [`Gate::open`].
struct Gate {
    dir: tempfile::TempDir,
}

impl Gate {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("hook.sh");
        let at = dir.path().display();
        fs::write(
            &script,
            format!("#!/bin/sh\n: > {at}/reached\nwhile [ ! -e {at}/open ]; do sleep 0.02; done\n"),
        )
        .unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    fn yaml(&self) -> String {
        let script = self.path("hook.sh");
        format!(
            "hooks: [ {{ on: [switched], run: \"{}\", timeout: 60s }} ]",
            script.display()
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn reached(&self) {
        let there = |path: &Path| path.exists();
        until(async || there(&self.path("reached")), |there| *there).await;
    }

    fn open(&self) {
        fs::write(self.path("open"), "").unwrap();
    }
}

pub(super) const DETECT: &str = "refused_after: 300ms, down_after: 1s, quorum: 2";

pub(super) async fn plain() -> (RedisCluster, Watchers) {
    start(&["failover: { block_for: 1ms }"]).await
}

async fn start(yaml: &[&str]) -> (RedisCluster, Watchers) {
    let setup = Setup {
        yaml,
        detect: DETECT,
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    let watchers = Watchers::start(&cluster).await;
    (cluster, watchers)
}

pub(super) async fn run(cluster: &RedisCluster, watchers: &Watchers, args: &[&str]) -> Said {
    let args: Vec<&str> = args
        .iter()
        .copied()
        .chain(["-c", &watchers.config])
        .collect();
    cluster.run(&args).await
}

#[tokio::test]
async fn a_promote_is_planned_shown_and_carried_out_by_a_watcher() {
    let (cluster, watchers) = plain().await;
    let before = watchers.epochs().await;
    let plan = cluster.dir.path().join("plan.json");
    let out = plan.to_str().unwrap();
    let dry = ["promote", "c", "--dry-run", "--plan-out", out, "-o", "json"];
    let said = run(&cluster, &watchers, &dry).await.expect(0);
    assert_eq!(said.json()["kind"], "promote");
    assert_eq!(watchers.epochs().await, before, "a dry run spent an epoch");
    assert_eq!(cluster.master().await, A);
    assert!(cluster.journal().is_empty());

    // That plan is carried out, step by step before our eyes.
    let said = run(
        &cluster,
        &watchers,
        &["promote", "c", "--plan", out, "--yes", "-o", "json"],
    )
    .await;
    let said = said
        .expect(0)
        .mentions("carries it out")
        .mentions("promote c");
    let json = said.json();
    assert_eq!(json["outcome"], "done", "{}", watchers.logs());
    assert!(json["blackout_ms"].as_f64().unwrap() > 0.0);
    watchers.settled(cluster.addr(C)).await;
    cluster.linked(C).await;
    assert_ne!(watchers.epochs().await, before);

    // Once.
    let again = ["promote", "c", "--plan", out, "--yes"];
    let said = run(&cluster, &watchers, &again).await;
    said.expect(5).mentions("plan.applied");
    assert_eq!(cluster.master().await, C);

    let history = run(&cluster, &watchers, &["history", "-o", "json"])
        .await
        .expect(0)
        .json();
    let operations = history["operations"].as_array().unwrap();
    let promotes: Vec<_> = operations
        .iter()
        .filter(|o| o["kind"] == "promote")
        .collect();
    assert_eq!(promotes.len(), 1, "{history}");
    assert_eq!(promotes[0]["id"], json["operation"]);
    assert_eq!(promotes[0]["outcome"], "done");

    let status = run(&cluster, &watchers, &["status", "-o", "json"])
        .await
        .expect(0)
        .json();
    let status = &status["clusters"][0];
    assert!(status["epoch"].as_u64().unwrap() >= 1);
    assert_eq!(status["paused"], serde_json::Value::Null);
    let seen = status["watchers"].as_array().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(
        seen.iter()
            .all(|w| w["kind"] == "pikafo" && w["reachable"] == true)
    );
}

#[tokio::test]
async fn a_second_operator_is_refused_and_a_living_master_is_not_failed_over() {
    let gate = Gate::new();
    let (cluster, watchers) = start(&[&gate.yaml()]).await;
    let said = run(&cluster, &watchers, &["failover", "--yes"]).await;
    said.expect(5).mentions("failover.master_alive");
    assert_eq!(cluster.master().await, A);

    let config = watchers.config.clone();
    let first = cluster.command(&["promote", "b", "--yes", "-c", &config]);
    let first = tokio::spawn(super::cluster::said(first));
    gate.reached().await;
    let second = run(&cluster, &watchers, &["promote", "c", "--yes"]).await;
    second.expect(5).mentions("operation.running");
    let alone = run(
        &cluster,
        &watchers,
        &["promote", "c", "--yes", "--standalone"],
    )
    .await;
    alone.expect(5).mentions("operation.running");
    gate.open();
    first.await.unwrap().expect(0);
    watchers.settled(cluster.addr(B)).await;
    cluster.linked(B).await;
    // Nobody was left standing back.
    run(&cluster, &watchers, &["repoint", "--all", "--yes"])
        .await
        .expect(0);
    run(&cluster, &watchers, &["promote", "c", "--yes"])
        .await
        .expect(0);
    cluster.linked(C).await;
}

#[tokio::test]
async fn what_became_of_it_is_told_when_the_watcher_is_lost_in_the_middle() {
    let gate = Gate::new();
    let (cluster, mut watchers) = start(&[&gate.yaml()]).await;
    let config = watchers.config.clone();
    let command = cluster.command(&["promote", "b", "--yes", "-c", &config]);
    let command = tokio::spawn(super::cluster::said(command));
    gate.reached().await;
    watchers.say(cluster.addr(B)).await;
    let leads = async || {
        for addr in &watchers.addrs {
            let status = watchers.status(addr).await.unwrap();
            if !status["clusters"][0]["failover"].is_null() {
                return addr.clone();
            }
        }
        panic!("nobody leads");
    };
    let leader = leads().await;
    watchers.kill(&leader);
    gate.open();
    let said = command.await.unwrap().expect(6);
    let text = format!("says that {} is the master", cluster.addr(B));
    said.mentions(&text).mentions(&leader.to_string());
}

#[tokio::test]
async fn a_pause_holds_a_failover_until_it_is_resumed() {
    let (mut cluster, watchers) = plain().await;
    let pause = [
        "pause",
        "--for",
        "1h",
        "--reason",
        "new switches",
        "-o",
        "json",
    ];
    let said = run(&cluster, &watchers, &pause).await.expect(0);
    let json = said.json();
    assert_eq!(json["paused"]["reason"], "new switches");
    assert_eq!(json["watchers"].as_array().unwrap().len(), 3);
    let status = run(&cluster, &watchers, &["status"]).await.expect(0);
    assert!(
        status.out.contains("paused: automatic failover is held by"),
        "{}",
        status.out
    );
    let check = run(&cluster, &watchers, &["check", "-o", "json"])
        .await
        .expect(7)
        .json();
    let findings = check["clusters"][0]["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|f| f["code"] == "failover.paused"),
        "{findings:?}"
    );
    assert!(check["clusters"][0]["paused"]["until"].is_string());

    cluster.servers[A].sigkill();
    // Every watcher has come to the point where it would act, and says why it does not.
    let held = |picture: &serde_json::Value| {
        let findings = picture["findings"].as_array().unwrap();
        let text = |f: &serde_json::Value| f["text"].as_str().unwrap().contains("failover.paused");
        findings.iter().any(text)
    };
    until(
        async || watchers.pictures().await,
        |pictures| pictures.iter().all(held),
    )
    .await;
    assert_eq!(cluster.masters().await, Vec::<usize>::new());
    let says = |logs: &String| logs.matches("code=\"failover.blocked\"").count() >= 3;
    let logs = until(async || watchers.logs(), says).await;
    assert!(logs.contains("[failover.paused]"), "{logs}");
    // So does whoever looks, once.
    let status = run(&cluster, &watchers, &["status", "-o", "json"]).await;
    let status = serde_json::from_str::<serde_json::Value>(&status.out).unwrap();
    let findings = status["clusters"][0]["findings"].as_array().unwrap();
    let blocked = findings.iter().filter(|f| f["code"] == "failover.blocked");
    let texts: Vec<&str> = blocked.map(|f| f["text"].as_str().unwrap()).collect();
    let [text] = texts[..] else {
        panic!("{findings:?}");
    };
    assert!(text.contains("[failover.paused] (watcher "), "{text}");
    let said = run(&cluster, &watchers, &["resume"]).await;
    said.expect(0).mentions("3 of 3 watchers confirm");
    let masters = until(async || cluster.masters().await, |m| m.len() == 1).await;
    watchers.say(cluster.addr(masters[0])).await;
}

/// Its time is over, and nobody has said so: what was held is done, and not a moment earlier.
#[tokio::test]
async fn a_pause_ends_by_itself() {
    let (mut cluster, watchers) = plain().await;
    let pause = ["pause", "--for", "4s", "-o", "json"];
    let said = run(&cluster, &watchers, &pause).await.expect(0);
    let stamp =
        |json: &serde_json::Value| -> jiff::Timestamp { json.as_str().unwrap().parse().unwrap() };
    let until_at = stamp(&said.json()["paused"]["until"]);
    cluster.servers[A].sigkill();
    let masters = until(async || cluster.masters().await, |m| m.len() == 1).await;
    watchers.say(cluster.addr(masters[0])).await;
    let status = run(&cluster, &watchers, &["status", "-o", "json"]).await;
    let status = serde_json::from_str::<serde_json::Value>(&status.out).unwrap();
    assert_eq!(status["clusters"][0]["paused"], serde_json::Value::Null);
    let history = run(&cluster, &watchers, &["history", "-o", "json"]).await;
    let history = history.expect(0).json();
    let operations = history["operations"].as_array().unwrap();
    let failover = operations.iter().find(|o| o["kind"] == "failover");
    let began = stamp(&failover.expect("one was begun")["began"]);
    assert!(began >= until_at, "{began} {until_at} {history}");
}

/// No peer is named: the one on this host is found where the configuration says that it listens, and the two others
/// have to do with it all the same.
#[tokio::test]
async fn the_watcher_of_this_host_is_found_without_being_named() {
    let (cluster, watchers) = plain().await;
    let config = cluster.configure(&format!(
        "watch: {{ listen: \"{}\", state_dir: state, {} }}",
        watchers.addrs[0], watchers.auth
    ));
    let promote = ["promote", "b", "--yes", "-c", &config];
    let said = cluster.run(&promote).await.expect(0);
    said.mentions(&format!("watcher {} carries it out", watchers.addrs[0]));
    watchers.settled(cluster.addr(B)).await;
    cluster.linked(B).await;
    let status = cluster.run(&["status", "-o", "json", "-c", &config]).await;
    let status = status.expect(0).json();
    let seen = status["clusters"][0]["watchers"].as_array().unwrap();
    assert!(!seen.is_empty(), "{status}");
}

#[tokio::test]
async fn alone_it_acts_after_the_watchers_have_stood_back_and_they_know_afterwards() {
    let gate = Gate::new();
    let (cluster, mut watchers) = start(&[&gate.yaml()]).await;
    let config = watchers.config.clone();
    let alone = cluster.command(&["promote", "b", "--yes", "--standalone", "-c", &config]);
    let alone = tokio::spawn(super::cluster::said(alone));
    gate.reached().await;
    // It writes the journal that the first watcher otherwise has for itself.
    assert!(!cluster.journal().is_empty());
    let other = run(&cluster, &watchers, &["promote", "c", "--yes"]).await;
    other.expect(5).mentions("acts without the watchers");
    gate.open();
    alone
        .await
        .unwrap()
        .expect(0)
        .mentions("3 of 3 watchers stand back");
    watchers.settled(cluster.addr(B)).await;
    cluster.linked(B).await;
    run(&cluster, &watchers, &["promote", "c", "--yes"])
        .await
        .expect(0);
    watchers.settled(cluster.addr(C)).await;

    // Where most of them cannot be told, the others could act meanwhile.
    let gone = [watchers.addrs[1].clone(), watchers.addrs[2].clone()];
    for addr in &gone {
        watchers.kill(addr);
    }
    let alone = run(
        &cluster,
        &watchers,
        &["promote", "a", "--yes", "--standalone"],
    )
    .await;
    alone.expect(4).mentions("1 of 3 watchers");
    let pause = run(&cluster, &watchers, &["pause"]).await;
    pause
        .expect(4)
        .mentions("1 of 3 watchers")
        .mentions(&gone[0].to_string());
    assert_eq!(cluster.master().await, C);
}

#[tokio::test]
async fn without_a_watcher_there_is_nothing_to_pause() {
    let cluster = RedisCluster::plain().await;
    let port = crate::ports::free_port();
    let config = cluster.configure(&format!("watch: {{ listen: \"127.0.0.1:{port}\" }}"));
    let said = cluster.run(&["pause", "-c", &config]).await;
    said.expect(5).mentions("watch.peers");
}

#[tokio::test]
async fn the_lab_shows_watchers_that_fail_over_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let lab = |more: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_pikafo"));
        command
            .args(["lab", "--watchers", "3", "-o", "json"])
            .args(more)
            .env("TMPDIR", dir.path())
            .kill_on_drop(true);
        super::cluster::said(command)
    };
    let said = lab(&[]).await.expect(0);
    let json = said.json();
    assert_ne!(json["old_master"], json["new_master"]);
    assert_eq!(json["watchers"].as_array().unwrap().len(), 3);
    let old = json["old_master_is"].as_str().unwrap();
    assert!(["attached", "set_apart"].contains(&old), "{old}");
    assert!(json["acknowledged_writes"].as_u64().unwrap() > 600);
    let timeline = json["timeline"].as_array().unwrap();
    let saw = |watcher: &str, event: &str| {
        timeline
            .iter()
            .any(|m| m["watcher"] == watcher && m["event"] == event)
    };
    for watcher in ["w1", "w2", "w3"] {
        assert!(saw(watcher, "+switch-master"), "{watcher}: {}", said.out);
    }
    assert!(timeline.iter().any(|m| m["event"] == "+elected-leader"));
    let times: Vec<u64> = timeline.iter().map(|m| m["ms"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // Nothing is left behind.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
