//! `failover`: the master is gone or stands still, is replaced, and comes back.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::Setup;
use super::stage::Stage;
use super::writer::Writer;

/// `failover` under way to its end: the new master, which takes writes.
async fn failed_over(stage: &Stage) -> usize {
    let said = stage
        .run(&[
            "failover",
            "--yes",
            "--accept-loss",
            "all",
            "-o",
            "json",
            "--timeout",
            "500ms",
        ])
        .await
        .expect(0);
    let report = said.json();
    assert_eq!(report["outcome"], "done", "{report:#}");
    assert_eq!(report["old_master"], stage.addr(A).to_string());
    let master = stage.index(report["new_master"].as_str().unwrap());
    assert_ne!(master, A);
    let sibling = B + C - master;
    stage.level(sibling, master).await;
    stage.set(master, "after", "1").await;
    master
}

/// The codes of what `check` finds, and its exit code.
async fn found(stage: &Stage) -> (i32, Vec<String>) {
    let said = stage.run(&["check", "-o", "json"]).await;
    let report = said.json();
    let findings = report["clusters"][0]["findings"].as_array().unwrap();
    let codes = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned());
    (said.code, codes.collect())
}

#[tokio::test]
async fn a_killed_master_is_replaced_and_taken_back_where_it_wrote_nothing_since() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "before", "1").await;
        for replica in [B, C] {
            stage.level(replica, A).await;
        }
        stage.node(A).kill().await;
        let (code, codes) = found(&stage).await;
        assert_eq!(code, 8, "{version} {codes:?}");
        assert!(
            codes.contains(&"cluster.no_master".to_owned()),
            "{version} {codes:?}"
        );
        let master = failed_over(&stage).await;

        stage.lab.nodes[A].restart().await.unwrap();
        let (code, codes) = found(&stage).await;
        assert_eq!(code, 8, "{version} {codes:?}");
        assert!(
            codes.contains(&"cluster.two_masters".to_owned()),
            "{version} {codes:?}"
        );
        stage.run(&["repoint", "a", "--yes"]).await.expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), master, "{version}");
        assert_eq!(
            stage.get(A, "after").await.as_deref(),
            Some("1"),
            "{version}"
        );
        stage.restart_all().await;
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), master, "{version}");
    }
}

#[tokio::test]
async fn a_master_that_stands_still_is_replaced_and_set_apart_with_what_only_it_holds() {
    for version in Version::ALL {
        let stage = Setup::new(version).start().await;
        stage.set(A, "before", "1").await;
        for replica in [B, C] {
            stage.level(replica, A).await;
        }
        stage.node(A).pause();
        let master = failed_over(&stage).await;
        stage.node(A).resume();
        // A client that never heard of the change.
        stage.set(A, "stray", "1").await;
        let (code, codes) = found(&stage).await;
        assert_eq!(code, 8, "{version} {codes:?}");
        for expected in ["cluster.two_masters", "replica.diverged"] {
            assert!(
                codes.iter().any(|code| code == expected),
                "{version}: no {expected} in {codes:?}"
            );
        }

        stage
            .run(&["repoint", "a", "--yes"])
            .await
            .expect(5)
            .mentions("rejoin.past_point");
        assert_eq!(
            stage.get(A, "stray").await.as_deref(),
            Some("1"),
            "{version}"
        );
        stage
            .run(&["repoint", "a", "--yes", "--resync"])
            .await
            .expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), master, "{version}");
        assert_eq!(stage.get(A, "stray").await, None, "{version}");
        assert_eq!(
            stage.get(A, "after").await.as_deref(),
            Some("1"),
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_master_that_answers_is_not_failed_over() {
    let stage = Setup::new(Version::V3_5_5).start().await;
    let writer = Writer::start(&stage, "id").await;
    stage
        .run(&["failover", "--yes"])
        .await
        .expect(5)
        .mentions("[failover.master_alive]");
    writer.more(10).await;
    let report = healthy(&stage).await.json();
    assert_eq!(only_master(&stage, &report), A);
}

#[tokio::test]
async fn what_a_failover_loses_is_bounded_by_what_it_reported() {
    let stage = Setup::new(Version::V3_5_5).start().await;
    let writer = Writer::start(&stage, "id").await;
    // Two looks, far enough apart to tell a speed.
    stage.run(&["status"]).await.expect(0);
    writer.more(200).await;
    stage.run(&["status"]).await.expect(0);
    stage.node(A).kill().await;
    let said = stage
        .run(&["failover", "--yes", "-o", "json", "--timeout", "500ms"])
        .await
        .expect(0);
    let report = said.json();
    let master = stage.index(report["new_master"].as_str().unwrap());
    writer.more(10).await;
    let acks = writer.stop().await;
    let missing = acks.missing(&stage, master).await;
    let lost: usize = missing.iter().map(|key| 34 + 2 * key.len()).sum();
    let bound = report["loss"]["bound_bytes"].as_u64();
    assert!(
        bound.is_some_and(|bound| lost as u64 <= bound),
        "{} writes lost, {:#}",
        missing.len(),
        report["loss"]
    );
}
