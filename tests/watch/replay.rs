//! What watchers recorded of a failover is lived again: by the program itself, decision for decision.

use std::path::Path;
use std::process::Command;
use std::process::Output;

use super::kit::fleet::Fleet;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;

fn replay(args: &[&str], files: &[&Path]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_pikafo"))
        .arg("replay")
        .args(args)
        .args(files)
        .output();
    output.expect("the program runs")
}

#[tokio::test]
async fn failover_lives_again_on_every_watcher() {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
    for watcher in &mut fleet.watchers {
        watcher.sigkill();
    }
    let mut led = 0;
    for watcher in &fleet.watchers {
        let record = watcher.folder().join("state/record");
        let told = replay(&[], &[&record]);
        let story = String::from_utf8_lossy(&told.stdout);
        let said = String::from_utf8_lossy(&told.stderr);
        assert_eq!(told.status.code(), Some(0), "{said}\n{story}");
        assert!(story.contains("+switch-master"), "{story}");
        led += usize::from(story.contains("becomes master"));
        let told = replay(&["-o", "json"], &[&record]);
        for line in String::from_utf8_lossy(&told.stdout).lines() {
            let decision: serde_json::Value =
                serde_json::from_str(line).expect("one object a line");
            assert_eq!(decision["same"], true, "{line}");
        }
    }
    assert_eq!(led, 1, "one of them led");
    differs_where_it_was_changed(&fleet);
}

/// Whoever changes what was decided is told where.
fn differs_where_it_was_changed(fleet: &Fleet) {
    let path = fleet.watchers[0].folder().join("state/record/000001.jsonl");
    let text = std::fs::read_to_string(&path).expect("it was just replayed");
    let found = text
        .lines()
        .position(|line| line.contains("+switch-master"));
    let line = found.expect("it was just seen") + 1;
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(n, text)| {
            if n + 1 == line {
                text.replace("\"did\":\"", "\"did\":\"0")
            } else {
                text.to_owned()
            }
        })
        .collect();
    std::fs::write(&path, changed.join("\n") + "\n").expect("it can be written");
    let told = replay(&[], &[&path]);
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("000001.jsonl:{line} ")), "{said}");
    let told = replay(&[], &[Path::new("/etc/hostname")]);
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(2), "{said}");
    assert!(said.contains("not a record"), "{said}");
}
