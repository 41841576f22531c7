//! Three watchers beside Pikas of each version. Whoever was master and comes back is let in by what it holds: its own
//! writes are discarded by a full copy, or it is set apart. It is never attached as it is, which Pika itself would allow.

use std::collections::BTreeSet;

use pikafo::decide::name::Addr;
use pikafo::lab::ports::free_base;
use pikafo::lab::version::Version;
use redis::Value;
use tokio::process::Command;

use super::kit::fleet::Fleet;
use super::kit::fleet::three;
use super::kit::kind::Diverged;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::kind::operator;
use super::kit::process::Process;
use super::kit::server::Server;
use super::kit::wait::until;
use super::scenes;
use super::scenes::Fault;

const PIKAFO: [Kind; 3] = three(Kind::Pikafo);

/// Written to the old master while nobody looks.
const OWN: &str = "writer:of the old master alone";

async fn fleet(version: Version, diverged: Diverged) -> Fleet {
    let settings = Settings {
        diverged,
        ..Settings::default()
    };
    Fleet::of(Server::Pika(version), &PIKAFO, settings).await
}

/// With a writer all along, and the same data everywhere in the end.
async fn goes_and_comes_back(version: Version, fault: Fault) {
    let mut fleet = fleet(version, Diverged::Resync).await;
    let seen = scenes::goes_and_comes_back(&mut fleet, fault).await;
    fleet.alike(&seen.in_doubt).await;
}

/// The master dies, is replaced, takes a write that nobody else has while it cannot be seen, and comes back.
async fn diverges(version: Version, diverged: Diverged) -> (Fleet, usize) {
    let mut fleet = fleet(version, diverged).await;
    let port = free_base().expect("there are free ports");
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
    {
        let aside = Process::pika(&fleet.home(0), &Addr::new("127.0.0.1", port), version).await;
        let set = aside.ask(&["SET", OWN, "1"]).await;
        assert_eq!(set, Some(Value::Okay));
    }
    fleet.nodes[0].restart().await;
    (fleet, new)
}

async fn is_copied_to(version: Version) {
    let (fleet, new) = diverges(version, Diverged::Resync).await;
    fleet.linked(new).await;
    fleet.in_order().await;
    fleet.alike(&BTreeSet::new()).await;
    assert_eq!(fleet.nodes[0].text(&["GET", OWN]).await, "");
}

/// A watcher remembers to keep it apart.
async fn stands_apart(fleet: &Fleet, node: usize) {
    until(
        "a watcher that remembers to keep it apart",
        async || {
            let states = fleet.watchers.iter();
            states
                .map(|one| one.file("state/orders/memory.json"))
                .collect::<Vec<_>>()
        },
        |states| {
            let apart = format!("\"quarantined\":{{\"{}\"", fleet.nodes[node].addr());
            states.iter().any(|state| state.contains(&apart))
        },
    )
    .await;
}

async fn is_set_apart(version: Version) -> (Fleet, usize) {
    let (fleet, new) = diverges(version, Diverged::Quarantine).await;
    stands_apart(&fleet, 0).await;
    assert_eq!(fleet.master().await, new);
    let info = fleet.nodes[0].text(&["INFO", "replication"]).await;
    let port = fleet.nodes[new].addr().port();
    assert!(!info.contains(&format!("master_port:{port}\r")), "{info}");
    assert_eq!(fleet.nodes[0].text(&["GET", OWN]).await, "1");
    let refused = fleet.nodes[0].ask(&["SET", OWN, "2"]).await;
    assert_eq!(refused, None, "it takes writes");
    (fleet, new)
}

/// All others are lost, and a person names whom the watchers would never choose.
async fn becomes_master_by_a_word(version: Version) {
    let (mut fleet, new) = is_set_apart(version).await;
    for lost in [1, 2] {
        fleet.nodes[lost].sigkill();
    }
    let config = fleet.operators(Settings::default());
    let named = fleet.nodes[0].addr().to_string();
    let output = Command::from(operator(&config))
        .args(["failover", &named, "--accept-loss", "all", "--yes"])
        .kill_on_drop(true)
        .output()
        .await
        .expect("pikafo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(fleet.master().await, 0, "{said}");
    until(
        "a master that takes writes",
        async || fleet.nodes[0].ask(&["SET", OWN, "2"]).await,
        |answer| *answer == Some(Value::Okay),
    )
    .await;
    // The last master comes back, and by number it may fit.
    fleet.nodes[new].restart().await;
    stands_apart(&fleet, new).await;
    assert_eq!(fleet.master().await, 0);
}

#[tokio::test]
async fn killed_3_4_1() {
    goes_and_comes_back(Version::V3_4_1, Fault::Killed).await;
}

#[tokio::test]
async fn frozen_3_4_1() {
    goes_and_comes_back(Version::V3_4_1, Fault::Frozen).await;
}

#[tokio::test]
async fn killed_3_5_2() {
    goes_and_comes_back(Version::V3_5_2, Fault::Killed).await;
}

#[tokio::test]
async fn frozen_3_5_2() {
    goes_and_comes_back(Version::V3_5_2, Fault::Frozen).await;
}

#[tokio::test]
async fn killed_3_5_5() {
    goes_and_comes_back(Version::V3_5_5, Fault::Killed).await;
}

#[tokio::test]
async fn frozen_3_5_5() {
    goes_and_comes_back(Version::V3_5_5, Fault::Frozen).await;
}

#[tokio::test]
async fn killed_4_0_1() {
    goes_and_comes_back(Version::V4_0_1, Fault::Killed).await;
}

#[tokio::test]
async fn frozen_4_0_1() {
    goes_and_comes_back(Version::V4_0_1, Fault::Frozen).await;
}

#[tokio::test]
async fn diverged_is_copied_to_3_4_1() {
    is_copied_to(Version::V3_4_1).await;
}

#[tokio::test]
async fn diverged_is_copied_to_4_0_1() {
    is_copied_to(Version::V4_0_1).await;
}

#[tokio::test]
async fn diverged_is_set_apart_3_5_2() {
    is_set_apart(Version::V3_5_2).await;
}

#[tokio::test]
async fn diverged_is_set_apart_3_5_5() {
    is_set_apart(Version::V3_5_5).await;
}

#[tokio::test]
async fn set_apart_and_the_last_3_5_5() {
    becomes_master_by_a_word(Version::V3_5_5).await;
}
