//! Who may be promoted: not the half-copied, not the unwilling; and who still lists replicas is asked again.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::Setup;
use super::stage::Stage;
use crate::live::until::until;

/// `promote b` is refused with this verdict.
async fn b_is_refused(stage: &Stage, version: Version, why: &str) {
    let said = stage.run(&["promote", "b", "--yes"]).await;
    let said = said.expect(5).mentions("[candidate.refused]");
    assert!(said.err.contains(why), "{version}: {}", said.err);
}

/// `b` is told to copy everything at a pace that never ends, and has begun to.
async fn mid_full_sync(version: Version) -> Stage {
    let setup = Setup::fenceable(version).setting("throttle-bytes-per-second", "1000");
    let stage = setup.start().await;
    stage.set(A, "big", &"x".repeat(200_000)).await;
    stage.level(C, A).await;
    stage.ask(B, &["SLAVEOF", "NO", "ONE"]).await;
    // At once, the close of the old connection would hit the new one.
    until(
        async || stage.info_field(A, "connected_slaves").await,
        |count| count == "1",
    )
    .await;
    let port = stage.addr(A).port().to_string();
    let words = ["SLAVEOF", "127.0.0.1", port.as_str(), "force"];
    until(
        async || stage.try_ask(B, &words).await.is_ok(),
        |done| *done,
    )
    .await;
    until(
        async || stage.run(&["status", "-o", "json"]).await.json(),
        |report| report["clusters"][0]["nodes"][B]["link"] == "syncing",
    )
    .await;
    stage
}

#[tokio::test]
async fn a_half_copied_node_is_not_promoted_not_even_once_it_is_a_master_of_nothing() {
    for version in Version::ALL {
        let stage = mid_full_sync(version).await;
        b_is_refused(&stage, version, "a full sync is under way").await;
        // Torn: the newer ones say so themselves, of the older ones pikafo remembers it.
        stage.ask(B, &["SLAVEOF", "NO", "ONE"]).await;
        let report = stage.run(&["status", "-o", "json"]).await.json();
        let b = &report["clusters"][0]["nodes"][B];
        assert_eq!(b["promotable"]["ok"], false, "{version}: {b:#}");
        let codes = report["clusters"][0]["findings"].to_string();
        assert!(
            codes.contains("replica.full_sync_unfinished"),
            "{version}: {codes}"
        );
    }
}

#[tokio::test]
async fn the_dead_masters_half_copied_replica_is_passed_over() {
    for version in Version::ALL {
        let stage = mid_full_sync(version).await;
        stage.node(A).kill().await;
        let said = stage
            .run(&[
                "failover",
                "--yes",
                "--accept-loss",
                "all",
                "-o",
                "json",
                "--timeout",
                "1s",
            ])
            .await;
        let said = said.expect_one_of(&[0, 6]);
        assert_eq!(
            said.json()["new_master"],
            stage.addr(C).to_string(),
            "{version}"
        );
    }
}

#[tokio::test]
async fn priority_zero_is_never_promoted() {
    for version in Version::ALL {
        let stage = Setup::fenceable(version).start().await;
        stage
            .ask(B, &["CONFIG", "SET", "slave-priority", "0"])
            .await;
        b_is_refused(&stage, version, "its priority is 0").await;
        stage.run(&["promote", "--yes"]).await.expect(0);
        let report = stage.run(&["status", "-o", "json"]).await.json();
        assert_eq!(only_master(&stage, &report), C, "{version}");
    }
}

#[tokio::test]
async fn an_old_master_that_still_lists_replicas_is_asked_until_it_does_not() {
    for version in Version::ALL {
        let mut setup = Setup::fenceable(version);
        // Replicas that have left stay listed until the next tick; a switchover is over long before.
        setup.timings.tick = std::time::Duration::from_millis(1500);
        let stage = setup.start().await;
        let said = stage.run(&["promote", "b", "--yes"]).await.expect(0);
        let journal = std::fs::read_to_string(stage.store().journal_path()).unwrap();
        assert!(!journal.contains("replica.not_moved"), "{}", said.err);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), B, "{version}");
    }
}
