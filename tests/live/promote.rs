//! `promote` from outside: what it does, what it asks, what it refuses.

use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::halted;
use super::terminal;
use super::writer::Writer;

#[tokio::test]
async fn to_a_named_node_under_load() {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let writer = Writer::start(&cluster, "w");
    writer.acknowledges(100).await;
    let said = cluster.run(&["promote", "c", "--yes", "-o", "json"]).await;
    writer.acknowledges(100).await;
    let acks = writer.stop();
    let json = said.expect(0).json();
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(json["version"], 1);
    assert_eq!(text("kind"), "promote");
    assert_eq!(text("cluster"), "orders");
    assert_eq!(text("outcome"), "done");
    assert_eq!(text("old_master"), cluster.addr(A).to_string());
    assert_eq!(text("new_master"), cluster.addr(C).to_string());
    assert_eq!(json["why"], serde_json::Value::Null);
    assert_eq!(json["loss"], serde_json::Value::Null);
    assert_eq!(json["left"], serde_json::json!([]));
    assert_eq!(
        json["status"]["clusters"][0]["master"],
        text("new_master").as_str()
    );
    let blackout = json["blackout_ms"].as_f64().unwrap();
    assert!(blackout > 0.0 && blackout <= json["total_ms"].as_f64().unwrap() + 1.0);
    let (entries, _) = cluster.store().entries().unwrap();
    assert!(entries.iter().all(|entry| entry.op == text("operation")));
    aftermath::whole(&cluster, C, &acks).await;
    aftermath::persisted(&mut cluster, C, &acks).await;
}

#[tokio::test]
async fn the_best_candidate_is_the_preferred_one_and_the_master_stays_if_named() {
    let setup = Setup {
        nodes: ["", "", "promote: prefer"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    cluster
        .run(&["promote", "a", "--yes"])
        .await
        .expect(0)
        .mentions("already the master");
    assert_eq!(cluster.journal(), Vec::<String>::new());
    cluster.run(&["promote", "--yes"]).await.expect(0);
    cluster.linked(C).await;
    // By address too; a second time there is nothing to do.
    let a = cluster.addr(A).to_string();
    cluster.run(&["promote", &a, "--yes"]).await.expect(0);
    let said = cluster.run(&["promote", &a, "--yes", "--json"]).await;
    assert_eq!(said.expect(0).json()["outcome"], "nothing");
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let setup = Setup {
        nodes: ["", "", "promote: never"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    let plan = cluster
        .run(&["promote", "b", "--dry-run"])
        .await
        .expect(0)
        .out;
    for step in ["take the lock on a", "fence a", "promote b", "c follows b"] {
        assert!(plan.contains(step), "no {step:?} in:\n{plan}");
    }
    cluster
        .run(&["promote", "c", "--dry-run"])
        .await
        .expect(5)
        .mentions("never");
    cluster
        .run(&["promote", "c", "--yes"])
        .await
        .expect(5)
        .mentions("c may not be promoted");
    cluster.linked(A).await;
    aftermath::unfenced(&cluster, &[A, B, C], A).await;
    assert_eq!(cluster.journal(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_is_applied_once_and_only_while_it_holds() {
    let cluster = RedisCluster::plain().await;
    let write = ["promote", "b", "--dry-run", "--plan-out", "plan.json"];
    let apply = ["promote", "b", "--yes", "--plan", "plan.json"];
    let path = cluster.dir.path().join("plan.json");
    let edit = |from: &str, to: &str| {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "no {from:?} in {text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    };

    // Edited by hand: another deadline, an unknown key, no JSON at all.
    for (from, to, code) in [
        ("\"within_ms\": 10000", "\"within_ms\": 10001", 5),
        (
            "\"max_blackout_ms\": 10000",
            "\"max_blackout_ms\": 60000",
            5,
        ),
        ("\"hard\": true", "\"hard\": false", 5),
        ("\"token\": \"", "\"token\": \"x", 5),
        ("\"kind\"", "\"kynd\"", 2),
        ("{", "", 2),
    ] {
        cluster.run(&write).await.expect(0);
        edit(from, to);
        cluster.run(&apply).await.expect(code);
        cluster.linked(A).await;
    }
    assert_eq!(cluster.journal(), Vec::<String>::new());

    // Whole: applied to the node that it names, by who applies it now, and not a second time, not even when the facts
    // are the same again.
    let because = [&write[..], &["--reason", "new kernel"]].concat();
    cluster.run(&because).await.expect(0);
    cluster
        .run(&["promote", "--yes", "--plan", "plan.json"])
        .await
        .expect(0);
    cluster.linked(B).await;
    let file: Plan = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let (entries, _) = cluster.store().entries().unwrap();
    let Some(Record::Begin { plan }) = entries.first().map(|e| &e.record) else {
        panic!("{entries:?}");
    };
    assert_eq!(plan.agreed.as_ref(), Some(&file.id));
    assert_eq!(plan.reason.as_deref(), Some("new kernel"));
    assert!(plan.id != file.id && plan.lock() != file.lock());
    let again = cluster.run(&["promote", "c", "--yes", "--plan", "plan.json"]);
    again.await.expect(5).mentions("plan.applied");

    // Out of date: another node is master by now.
    let write = ["promote", "c", "--dry-run", "--plan-out", "plan.json"];
    cluster.run(&write).await.expect(0);
    cluster.run(&["promote", "a", "--yes"]).await.expect(0);
    let stale = cluster.run(&["promote", "c", "--yes", "--plan", "plan.json"]);
    stale.await.expect(5).mentions("plan.stale");
    cluster.linked(A).await;
    // What is wrong with the file is said whatever the cluster is like: a is the master already.
    edit("\"version\": 1", "\"version\": 2");
    let apply = ["promote", "a", "--yes", "--plan", "plan.json"];
    cluster.run(&apply).await.expect(2).mentions("plan.unfit");
    let apply = ["failover", "--yes", "--plan", "plan.json"];
    edit("\"version\": 2", "\"version\": 1");
    let kind = cluster.run(&apply).await.expect(2);
    kind.mentions("plan of a promote");
    std::fs::write(&path, "{").unwrap();
    let apply = ["promote", "a", "--yes", "--plan", "plan.json"];
    cluster.run(&apply).await.expect(2).mentions("is no plan");
    std::fs::remove_file(&path).unwrap();
    cluster.run(&apply).await.expect(2).mentions("cannot read");
}

#[tokio::test]
async fn the_wrong_master_and_the_wrong_name() {
    let cluster = RedisCluster::plain().await;
    let b = cluster.addr(B).to_string();
    cluster
        .run(&["promote", "--yes", "--expect-master", &b])
        .await
        .expect(5)
        .mentions("master.unexpected");
    let a = cluster.addr(A).to_string();
    let plan = ["promote", "--dry-run", "--expect-master", &a];
    cluster.run(&plan).await.expect(0);
    cluster
        .run(&["promote", "bb", "--yes"])
        .await
        .expect(2)
        .mentions("did you mean b?");
    cluster
        .run(&["promote", "127.0.0.1:1", "--yes"])
        .await
        .expect(5)
        .mentions("candidate.unknown");
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_new_master_that_wants_replicas_gets_them_first() {
    for wanted in [1, 2] {
        let min = format!("min-replicas-to-write {wanted}");
        let conf: Vec<&str> = [PERSISTENT, &[min.as_str()]].concat();
        let setup = Setup {
            conf: &conf,
            ..Setup::default()
        };
        let mut cluster = RedisCluster::start(&setup).await;
        let writer = Writer::start(&cluster, "w");
        writer.acknowledges(100).await;
        cluster.run(&["promote", "b", "--yes"]).await.expect(0);
        writer.acknowledges(100).await;
        let acks = writer.stop();
        aftermath::whole(&cluster, B, &acks).await;
        cluster.run(&["status"]).await.expect(0);
        if wanted == 1 {
            cluster.servers[B].sigkill();
            cluster.run(&["failover", "--yes"]).await.expect(0);
        }
    }
}

#[tokio::test]
async fn a_new_master_that_never_has_the_replicas_it_wants_is_refused() {
    let cluster = RedisCluster::plain().await;
    cluster
        .ask(B, &["CONFIG", "SET", "min-replicas-to-write", "3"])
        .await;
    let said = cluster.run(&["promote", "b", "--yes"]).await;
    said.expect(5).mentions("candidate.min_replicas");
    cluster.linked(A).await;
}

#[tokio::test]
async fn without_a_yes_somebody_must_say_so() {
    let cluster = RedisCluster::plain().await;
    cluster
        .run(&["promote", "b"])
        .await
        .expect(10)
        .mentions("--yes");
    cluster.linked(A).await;
    let ask = |answer: &str| {
        let command = cluster.std_command(&["promote", "b", "--color", "never"]);
        terminal::answer(command, "Switch orders over from a to b?", answer)
    };
    assert_eq!(ask("n"), 10);
    assert_eq!(ask(""), 10);
    cluster.linked(A).await;
    assert_eq!(cluster.journal(), Vec::<String>::new());
    assert_eq!(ask("y"), 0);
    cluster.linked(B).await;
}

#[tokio::test]
async fn a_second_operator_is_refused() {
    let cluster = RedisCluster::plain().await;
    let promote = ["promote", "b", "--yes"];
    // Begin, before and after the lock: the key is on the master from the third record on.
    let first = halted::run_until(&cluster, 4, &promote).await.unwrap();
    cluster
        .run(&["promote", "c", "--yes"])
        .await
        .expect(5)
        .mentions("another pikafo on this host");
    let elsewhere = ["promote", "c", "--yes", "--state-dir", "elsewhere"];
    cluster
        .run(&elsewhere)
        .await
        .expect(5)
        .mentions("operation.locked");
    first.go_on().await.expect(0);
    cluster.linked(B).await;
    cluster.run(&elsewhere).await.expect(0);
    cluster.linked(C).await;
}

#[tokio::test]
async fn of_two_who_start_together_one_is_refused_by_the_key() {
    let cluster = RedisCluster::plain().await;
    // The first has looked at the cluster and written its Begin, and has not taken the key yet.
    let first = halted::run_until(&cluster, 1, &["promote", "b", "--yes"])
        .await
        .unwrap();
    let elsewhere = ["promote", "c", "--yes", "--state-dir", "elsewhere"];
    let mut second = cluster.command(&elsewhere);
    second.env("PIKAFO_HALT_AFTER", "4");
    let second = halted::until_it_halts(second).await.unwrap();
    first
        .go_on()
        .await
        .expect(5)
        .mentions("somebody else works on this cluster");
    second.go_on().await.expect(0);
    cluster.linked(C).await;
    aftermath::unfenced(&cluster, &[A, B, C], C).await;
}

#[tokio::test]
async fn nothing_to_resume_is_refused() {
    let cluster = RedisCluster::plain().await;
    cluster.run(&["promote", "--resume"]).await.expect(5);
    cluster.run(&["promote", "--abort"]).await.expect(5);
}
