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
fn fill(fleet: &Fleet, watcher: usize, state: &str) -> PathBuf {
    let pid = fleet.watchers[watcher].pid();
    let home = fleet.watcher_home(watcher);
    let beside = home.join(state).with_extension(format!("{pid}.new"));
    symlink("/dev/full", &beside).unwrap();
    beside
}

fn says_so(fleet: &Fleet, watcher: usize) -> bool {
    let said = fleet.watchers[watcher].said();
    said.contains("the state cannot be saved") && said.contains("No space left on device")
}

/// Where a pikafo with a YAML of its own keeps it, and where one on a stock configuration does.
const STATE: &str = "state/watch.json";
const CONF: &str = "sentinel.conf";

#[tokio::test]
async fn others_go_on() {
    let word = |port: u16| format!("\"master\":\"127.0.0.1:{port}\"");
    go_on(Kind::Pikafo, STATE, word).await;
}

#[tokio::test]
async fn others_go_on_beside_a_stock_configuration() {
    let word = |port: u16| format!("sentinel monitor {NAME} 127.0.0.1 {port} 2");
    go_on(Kind::PikafoOnConf, CONF, word).await;
}

/// The disk of one is full while the master is replaced, and then it is not; it has saved what `word` says of the new one.
async fn go_on(kind: Kind, state: &str, word: impl Fn(u16) -> String) {
    let mut fleet = Fleet::start(&three(kind), Settings::default()).await;
    let beside = fill(&fleet, 0, state);
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
    let wanted = word(fleet.nodes[new].addr().port());
    until(
        "a state that was saved",
        async || fleet.watchers[0].file(state),
        |state| state.contains(&wanted),
    )
    .await;
    until(
        "a watcher that says so",
        async || fleet.watchers[0].said(),
        |said| said.contains("the state can be saved again"),
    )
    .await;
}

/// Whoever would lead has a disk for its journal that is full in truth: it leads nothing, the others do, and when there is
/// room again it has written what was owed, says so, and leads.
#[tokio::test]
async fn journal_is_written_again_once_there_is_room() {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    let first = fleet.by_rank().await[0];
    let folder = fleet.watcher_home(first).join(format!("state/{NAME}"));
    let mount = format!(
        "mount -t tmpfs -o size=256k none '{}' && exec \"$@\"",
        folder.display()
    );
    fleet.watchers[first].run_by(&["unshare", "-m", "sh", "-c", &mount, "sh"]);
    fleet.watchers[first].restart().await;
    fleet.in_order().await;
    // As that process sees it.
    let seen = format!("/proc/{}/root", fleet.watchers[first].pid());
    let seen = PathBuf::from(seen).join(folder.strip_prefix("/").unwrap());
    let ballast = seen.join("ballast");
    let full = std::fs::write(&ballast, vec![0; 1 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    let said = fleet.watchers[first].said();
    assert!(said.contains("the journal cannot be written"), "{said}");
    let journal = || std::fs::read_to_string(seen.join("journal.jsonl")).unwrap_or_default();
    assert!(!journal().contains("\"done\""), "{}", journal());
    std::fs::remove_file(&ballast).unwrap();
    until(
        "a journal that is written again",
        async || fleet.watchers[first].said(),
        |said| said.contains("the journal can be written again"),
    )
    .await;
    // What it had begun, and how that ended.
    assert!(journal().contains("\"rec\":\"end\""), "{}", journal());
    fleet.nodes[0].restart().await;
    fleet.linked(new).await;
    fleet.in_order().await;
    until(
        "a watcher that leads again",
        async || {
            let asked = &fleet.watchers[first];
            asked.ask(&["SENTINEL", "FAILOVER", NAME]).await.is_some()
        },
        |accepted| *accepted,
    )
    .await;
    let master = fleet.moved_from(new).await;
    fleet.linked(master).await;
    until(
        "a switchover in its journal",
        async || journal(),
        |journal| journal.contains("\"outcome\":\"done\""),
    )
    .await;
}

/// Without its vote there is no majority, and it does not give it.
#[tokio::test]
async fn its_vote_is_not_given() {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    fleet.watchers[2].sigkill();
    let beside = fill(&fleet, 0, STATE);
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
