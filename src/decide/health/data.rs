//! Whether a node's data is whole, and of which history it is.

use crate::decide::facts::Observation;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// Why the last full sync counts as unfinished, if it does. The server's own word wins over memory, but for what no server
/// knows of: what lay before the stream that it was given.
pub fn unfinished(view: &ClusterView, node: &NodeView, seen: &Observation) -> Option<String> {
    if let Some(why) = view.memory.gaps.get(&node.addr) {
        return Some(why.clone());
    }
    match seen.replication.eligible {
        Some(true) => None,
        Some(false) => Some("the server says that a full sync never finished".to_owned()),
        None => view
            .memory
            .full_sync_unfinished
            .get(&node.addr)
            .map(|why| format!("a full sync was seen and its end was not ({why})")),
    }
}

/// Both nodes know their history, and it is not the same one.
pub fn histories_differ(a: &Observation, b: &Observation) -> bool {
    match (
        a.replication.history_id.as_deref(),
        b.replication.history_id.as_deref(),
    ) {
        (Some(a), Some(b)) => !a.is_empty() && !b.is_empty() && a != b,
        _ => false,
    }
}
