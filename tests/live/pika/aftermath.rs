//! What must be true after every operation, whatever happened on the way.

use pikafo::node::reply;
use serde_json::Value as Json;

use super::stage::NAMES;
use super::stage::Said;
use super::stage::Stage;
use super::writer::Acks;
use crate::live::until::until;

/// What a fence changes on each node, word for word: ACL LIST where there is one, and the blacklist.
pub(super) async fn rules(stage: &Stage) -> Vec<Vec<String>> {
    let mut rules = Vec::new();
    for node in 0..NAMES.len() {
        let mut own = match stage.try_ask(node, &["ACL", "LIST"]).await {
            Ok(list) => reply::texts(&list),
            Err(_) => Vec::new(),
        };
        let blacklist = stage.ask(node, &["CONFIG", "GET", "userblacklist"]).await;
        own.extend(reply::texts(&blacklist));
        rules.push(own);
    }
    rules
}

/// Waits until `check` finds nothing wrong, and returns its report.
pub(super) async fn healthy(stage: &Stage) -> Said {
    until(
        async || stage.run(&["check", "-o", "json"]).await,
        |said| said.code == 0,
    )
    .await
}

/// The master's index in a report of `check` or `status`; panics unless there is exactly one that is writable.
#[track_caller]
pub(super) fn only_master(stage: &Stage, report: &Json) -> usize {
    let nodes = report["clusters"][0]["nodes"].as_array().unwrap();
    let writable: Vec<&str> = nodes
        .iter()
        .filter(|node| node["role"] == "master" || node["writable"] == true)
        .map(|node| node["addr"].as_str().unwrap())
        .collect();
    match writable.as_slice() {
        [one] => stage.index(one),
        others => panic!("masters: {others:?}\n{report:#}"),
    }
}

/// One writable master, everybody linked to it and level, no acknowledged write missing anywhere, the fence gone to
/// the last word, no lock left, and all of that still true after every node was restarted. Returns the master.
pub(super) async fn sound(stage: &mut Stage, acks: &Acks, before: &[Vec<String>]) -> usize {
    let report = healthy(stage).await.json();
    let master = only_master(stage, &report);
    assert_eq!(rules(stage).await, before, "the fence left something");
    assert_eq!(stage.get(master, "pikafo:lock").await, None);
    complete(stage, acks, master).await;

    stage.restart_all().await;
    let report = healthy(stage).await.json();
    assert_eq!(only_master(stage, &report), master, "after a restart");
    assert_eq!(rules(stage).await, before, "after a restart");
    complete(stage, acks, master).await;
    master
}

/// Every node holds every acknowledged write.
pub(super) async fn complete(stage: &Stage, acks: &Acks, master: usize) {
    for (node, name) in NAMES.iter().enumerate() {
        if node != master {
            stage.level(node, master).await;
        }
        let missing = acks.missing(stage, node).await;
        let (some, all) = (missing.iter().take(5), missing.len());
        assert!(
            missing.is_empty(),
            "{all} of {} acknowledged writes missing on {}: {:?}",
            acks.len(),
            name,
            some.collect::<Vec<_>>()
        );
    }
}
