//! `promote`: to a named node and to the best, and many times under load.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::aftermath::rules;
use super::aftermath::sound;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::NAMES;
use super::stage::Setup;
use super::writer::Writer;

/// Switches `times` times under a writer, each time to the next but one, and looks at what is left.
async fn back_and_forth(version: Version, times: usize) {
    let mut stage = Setup::fenceable(version).start().await;
    let before = rules(&stage).await;
    let writer = Writer::start(&stage, "id").await;
    let mut master = A;
    for round in 0..times {
        let next = (master + 1 + round % 2) % NAMES.len();
        let said = stage
            .run(&["promote", NAMES[next], "--yes", "-o", "json"])
            .await
            .expect(0);
        let report = said.json();
        assert_eq!(report["outcome"], "done", "round {round}");
        assert_eq!(
            report["new_master"],
            stage.addr(next).to_string(),
            "round {round}"
        );
        assert_eq!(rules(&stage).await, before, "round {round}");
        writer.more(10).await;
        master = next;
    }
    let acks = writer.stop().await;
    assert!(
        acks.len() >= times * 10,
        "{} writes are no load",
        acks.len()
    );
    assert_eq!(sound(&mut stage, &acks, &before).await, master);
}

#[tokio::test]
async fn a_hundred_promotes_of_3_5_5_lose_nothing() {
    back_and_forth(Version::V3_5_5, 100).await;
}

#[tokio::test]
async fn promotes_of_4_0_1_lose_nothing() {
    back_and_forth(Version::V4_0_1, 50).await;
}

#[tokio::test]
async fn promotes_of_3_5_2_behind_the_blacklist_lose_nothing() {
    back_and_forth(Version::V3_5_2, 25).await;
}

#[tokio::test]
async fn promotes_of_3_4_1_behind_the_blacklist_lose_nothing() {
    back_and_forth(Version::V3_4_1, 25).await;
}

#[tokio::test]
async fn without_a_name_the_best_is_promoted_and_promoting_the_master_is_nothing_to_do() {
    for version in Version::ALL {
        let stage = Setup::fenceable(version).start().await;
        stage
            .ask(B, &["CONFIG", "SET", "slave-priority", "200"])
            .await;
        stage.run(&["promote", "--yes"]).await.expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), C, "{version}");
        stage
            .run(&["promote", "c", "--yes"])
            .await
            .expect(0)
            .mentions("already the master");
    }
}
