//! What one watcher says of a cluster, over Sentinel's API.

use pikafo::decide::name::Addr;
use pikafo::node::reply;
use redis::Value;

use super::process::Process;

/// The address that clients are given.
pub(crate) async fn given(watcher: &Process, name: &str) -> Option<Addr> {
    addr_in(
        &watcher
            .ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name])
            .await?,
    )
}

/// The address in an answer to GET-MASTER-ADDR-BY-NAME.
pub(crate) fn addr_in(answer: &Value) -> Option<Addr> {
    match reply::texts(answer).as_slice() {
        [host, port] => Some(Addr::new(host, port.parse().ok()?)),
        _ => None,
    }
}

/// One field of SENTINEL MASTER.
pub(crate) async fn master_field(watcher: &Process, name: &str, field: &str) -> Option<String> {
    reply::paired(&watcher.ask(&["SENTINEL", "MASTER", name]).await?, field)
}

/// One field of every instance that `SENTINEL which name` lists (REPLICAS, SENTINELS), sorted.
pub(crate) async fn fields(watcher: &Process, which: &str, name: &str, field: &str) -> Vec<String> {
    let answer = watcher.ask(&["SENTINEL", which, name]).await;
    let Some(Value::Array(instances)) = answer else {
        return Vec::new();
    };
    let mut values: Vec<_> = instances
        .iter()
        .map(|instance| reply::paired(instance, field).unwrap_or_default())
        .collect();
    values.sort();
    values
}

/// Why a watcher does not yet see the whole fleet in order, with `replicas` replicas and `others` other watchers;
/// empty once it does. Clients compare flags for equality, so nothing else may stand in them.
pub(crate) async fn unease(
    watcher: &Process,
    name: &str,
    replicas: usize,
    others: usize,
) -> String {
    let expected = [
        (
            "its master",
            "master",
            vec![
                master_field(watcher, name, "flags")
                    .await
                    .unwrap_or_default(),
            ],
            1,
        ),
        (
            "its replicas",
            "slave",
            fields(watcher, "REPLICAS", name, "flags").await,
            replicas,
        ),
        (
            "their links",
            "ok",
            fields(watcher, "REPLICAS", name, "master-link-status").await,
            replicas,
        ),
        (
            "the other watchers",
            "sentinel",
            fields(watcher, "SENTINELS", name, "flags").await,
            others,
        ),
    ];
    let odd: Vec<_> = expected
        .iter()
        .filter(|(_, word, seen, count)| seen.len() != *count || seen.iter().any(|one| one != word))
        .map(|(what, word, seen, count)| {
            format!(
                "{} sees {what} as {seen:?}, not {count} x {word}",
                watcher.addr()
            )
        })
        .collect();
    odd.join("; ")
}
