//! The same before a switchover of Pika.

use pikafo::lab::version::Version;

use super::stage::A;
use super::stage::Setup;

#[tokio::test]
async fn a_user_who_may_not_fence_the_master_is_refused_before_anything_changes() {
    let stage = Setup::new(Version::V3_5_5).start().await;
    stage.run(&["check"]).await.expect(0);
    stage
        .ask(A, &["ACL", "SETUSER", "default", "-config"])
        .await;
    stage
        .run(&["check"])
        .await
        .expect(7)
        .says("node.not_permitted");
    // The fence of this version needs no CONFIG.
    stage
        .run(&["promote", "b", "--dry-run"])
        .await
        .expect(0)
        .says("node.not_permitted");
    stage
        .ask(A, &["ACL", "SETUSER", "default", "+@all", "-slaveof"])
        .await;
    stage
        .run(&["promote", "b", "--yes"])
        .await
        .expect(5)
        .mentions("[node.not_permitted]");
    stage.ask(A, &["ACL", "SETUSER", "default", "+@all"]).await;
    stage.run(&["promote", "b", "--yes"]).await.expect(0);
}

/// Ten files stay; `c` is left behind, with its own log rolled away on the others.
#[tokio::test]
async fn a_binlog_that_does_not_reach_back_is_told_of() {
    for version in [
        Version::V3_4_1,
        Version::V3_5_2,
        Version::V3_5_5,
        Version::V4_0_1,
    ] {
        let stage = Setup::fenceable(version)
            .setting("binlog-file-size", "1024")
            .start()
            .await;
        stage.level(super::stage::B, A).await;
        stage
            .ask(super::stage::C, &["SLAVEOF", "127.0.0.1", "1"])
            .await;
        for n in 0..200 {
            stage.set(A, &format!("k{n}"), &"x".repeat(100)).await;
        }
        stage.level(super::stage::B, A).await;
        stage
            .run(&["promote", "b", "--dry-run"])
            .await
            .expect(0)
            .says("node.log_too_short");
    }
}
