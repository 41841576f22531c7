//! Full copies that are cut off: whoever was being copied to streams on from where it stood before, and must not pass for
//! a replica.

use pikafo::lab::version::Version;

use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::Setup;
use super::stage::Stage;
use crate::live::until::until;

/// Starts a node again that sends copies so slowly that none ends, or at full speed.
async fn restart(stage: &mut Stage, node: usize, slowly: bool) {
    stage.ask(node, &["CONFIG", "REWRITE"]).await;
    stage.node(node).kill().await;
    let path = stage.node(node).options().dir.join("pika.conf");
    let text = std::fs::read_to_string(&path).unwrap();
    let key = "throttle-bytes-per-second";
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(key)).collect();
    let slow = format!("{key} : 1000");
    if slowly {
        lines.push(&slow);
    }
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    stage.lab.nodes[node].restart().await.unwrap();
}

/// `c`'s link as `status` has it.
async fn c_is(stage: &Stage, link: &str) {
    until(
        async || stage.run(&["status", "-o", "json"]).await.json(),
        |report| report["clusters"][0]["nodes"][C]["link"] == link,
    )
    .await;
}

/// A log that begins in the middle of the data: `b` was copied to, so what `a` wrote before is in no log of `b`'s. `c`
/// is new, and a copy to it has begun that will take for ever.
async fn half_copied(version: Version) -> Stage {
    let mut stage = Setup::new(version).start().await;
    stage.set(A, "old", &"x".repeat(200_000)).await;
    stage.level(B, A).await;
    stage.ask(B, &["SLAVEOF", "NO", "ONE"]).await;
    // At once, the close of the old connection would hit the new one.
    until(
        async || stage.info_field(A, "connected_slaves").await,
        |count| count == "1",
    )
    .await;
    let port = stage.addr(A).port().to_string();
    let copy = ["SLAVEOF", "127.0.0.1", port.as_str(), "force"];
    stage.ask(B, &copy).await;
    stage.set(A, "new", "1").await;
    stage.level(B, A).await;
    stage.node(C).kill().await;
    std::fs::remove_dir_all(&stage.node(C).options().dir).unwrap();
    stage.lab.nodes[C].restart().await.unwrap();
    restart(&mut stage, A, true).await;
    stage.level(B, A).await;
    stage.ask(C, &copy).await;
    c_is(&stage, "syncing").await;
    stage
}

#[tokio::test]
async fn a_half_copied_sibling_is_copied_to_by_the_new_master() {
    for version in Version::ALL {
        let stage = half_copied(version).await;
        stage.node(A).kill().await;
        let failover = ["failover", "--yes", "--accept-loss", "all"];
        stage.run(&failover).await.expect(0);
        stage.level(C, B).await;
        for key in ["old", "new"] {
            assert_eq!(
                stage.get(C, key).await,
                stage.get(B, key).await,
                "{version} {key}"
            );
        }
        let report = stage.run(&["status", "-o", "json"]).await.json();
        let c = &report["clusters"][0]["nodes"][C]["promotable"];
        assert_eq!(c["ok"], true, "{version}: {c}");
    }
}

#[tokio::test]
async fn a_copy_that_is_cut_off_is_not_taken_for_done() {
    // The newer one says so itself, of the older one it shows only to whoever looks.
    for version in [Version::V3_5_2, Version::V3_5_5] {
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "k", &"x".repeat(200_000)).await;
        restart(&mut stage, A, true).await;
        stage.level(C, A).await;
        let log = stage.dir.path().join("repoint.log");
        let mut repoint = stage
            .command(&["repoint", "c", "--resync", "--yes", "-vv"])
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        // A copy that begins and is cut off between two of its looks would not be seen.
        until(
            async || std::fs::read_to_string(&log).unwrap(),
            |log| log.contains("link syncing"),
        )
        .await;
        // The order to copy is forgotten with the connection.
        stage.lab.nodes[A].restart().await.unwrap();
        let ended = repoint.wait().await.unwrap();
        assert_eq!(ended.code(), Some(6), "{version}");
        stage.level(C, A).await;
        let report = stage.run(&["status", "-o", "json"]).await.json();
        let c = &report["clusters"][0]["nodes"][C]["promotable"];
        assert_eq!(c["code"], "full_sync_unfinished", "{version}");
        restart(&mut stage, A, false).await;
        stage.level(C, A).await;
        stage.run(&["repoint", "--all", "--yes"]).await.expect(0);
        let report = stage.run(&["status", "-o", "json"]).await.json();
        let c = &report["clusters"][0]["nodes"][C]["promotable"];
        assert_eq!(c["ok"], true, "{version}: {c}");
    }
}
