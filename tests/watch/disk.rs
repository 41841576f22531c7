//! A watcher whose disk is full. What it would promise could be forgotten by a restart, so it promises nothing: it gives
//! no vote and leads nothing, and says why; the others go on, and so does it once there is room.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::kit::beliefs;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::wait::until;

/// Fills the disk for the state of a watcher: what it writes beside the old state, before it takes its place, goes to
/// a device that is always full.
fn fill(fleet: &Fleet, watcher: usize) -> PathBuf {
    let pid = fleet.watchers[watcher].pid();
    let beside = fleet
        .watcher_home(watcher)
        .join(format!("state/watch.{pid}.new"));
    symlink("/dev/full", &beside).unwrap();
    beside
}

fn says_so(fleet: &Fleet, watcher: usize) -> bool {
    let said = fleet.watchers[watcher].said();
    said.contains("the state cannot be saved") && said.contains("No space left on device")
}

#[tokio::test]
async fn others_go_on() {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    let beside = fill(&fleet, 0);
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    until(
        "a watcher that says why",
        async || says_so(&fleet, 0),
        |said| *said,
    )
    .await;
    // It was not the disk's end.
    std::fs::remove_file(beside).unwrap();
    fleet.nodes[0].restart().await;
    fleet.linked(new).await;
    fleet.in_order().await;
    let port = fleet.nodes[new].addr().port();
    let wanted = format!(":{port}\"");
    until(
        "a state that was saved",
        async || fleet.watchers[0].file("state/watch.json"),
        |state| state.contains(&format!("\"master\":\"127.0.0.1{wanted}")),
    )
    .await;
}

/// Without its vote there is no majority, and it does not give it.
#[tokio::test]
async fn its_vote_is_not_given() {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    fleet.watchers[2].sigkill();
    let beside = fill(&fleet, 0);
    fleet.nodes[0].sigkill();
    until(
        "watchers that have held the master to be down for four seconds",
        async || {
            let (one, other) = (&fleet.watchers[0], &fleet.watchers[1]);
            [
                beliefs::master_field(one, NAME, "s-down-time").await,
                beliefs::master_field(other, NAME, "s-down-time").await,
            ]
        },
        |times| {
            times.iter().all(|time| {
                let time = time.as_ref().and_then(|time| time.parse().ok());
                time.is_some_and(|time: u64| time > 4000)
            })
        },
    )
    .await;
    assert!(says_so(&fleet, 0), "{}", fleet.said());
    let asked = [
        "SENTINEL",
        "IS-MASTER-DOWN-BY-ADDR",
        "127.0.0.1",
        &fleet.nodes[0].addr().port().to_string(),
        "1000",
        &"c".repeat(40),
    ];
    let ballot = fleet.watchers[0].ask(&asked).await;
    let ballot = format!("{ballot:?}");
    assert!(!ballot.contains("ccc"), "{ballot}");
    assert_eq!(fleet.master().await, 0, "{}", fleet.said());
    for node in &fleet.nodes[1..] {
        let info = node.text(&["INFO", "replication"]).await;
        assert!(info.contains("role:slave"), "{info}\n{}", fleet.said());
    }
    std::fs::remove_file(beside).unwrap();
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
}
