//! How far a node is behind the master, and whether it is provably past it.

use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::position::BinlogPoint;
use crate::decide::position::Position;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// Pika's binlog file size, where positions can be compared at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileSize {
    /// Every node that was asked says the same.
    Common(u64),
    /// Nobody was asked: positions in the same file can be compared.
    Unknown,
    /// The nodes roll their files at different sizes: nothing can be compared.
    Different,
}

/// The binlog file size that all nodes share.
pub fn file_size(view: &ClusterView) -> FileSize {
    let mut sizes = view
        .nodes
        .iter()
        .filter_map(|node| node.seen()?.settings.as_ref()?.binlog_file_size);
    match sizes.next() {
        None => FileSize::Unknown,
        Some(first) if sizes.all(|size| size == first) => FileSize::Common(first),
        Some(_) => FileSize::Different,
    }
}

/// Bytes that `node` is behind `master`; `None` where that cannot be told.
pub fn lag(master: &NodeView, node: &NodeView, size: FileSize) -> Option<u64> {
    let size = match size {
        FileSize::Common(size) => Some(size),
        FileSize::Unknown => None,
        FileSize::Different if node.addr == master.addr => None,
        FileSize::Different => return None,
    };
    node.position()?.bytes_behind(master.position()?, size)
}

/// True where `a` reaches past `b` in some database.
pub fn past(a: &Position, b: &Position) -> bool {
    match (a, b) {
        (Position::Redis { repl: a }, Position::Redis { repl: b }) => a > b,
        (Position::Pika(a), Position::Pika(b)) => a
            .iter()
            .any(|(db, point): (_, &BinlogPoint)| b.get(db).is_some_and(|other| point > other)),
        (Position::Redis { .. }, Position::Pika(_))
        | (Position::Pika(_), Position::Redis { .. }) => false,
    }
}

/// True where `node` holds what its master does not, for certain: it is past the master although it had
/// answered before the master was asked, or although nothing flows over the link.
///
/// A replica that was read a moment after its master may seem past it and is fine; that its answer came in
/// first does not prove that it was read first. On Redis offsets of different histories mean nothing to
/// each other.
pub fn provably_past(master: &NodeView, node: &NodeView) -> bool {
    let (Some(theirs), Some(ours)) = (master.seen(), node.seen()) else {
        return false;
    };
    let (Some(reached), Some(goal)) = (node.position(), master.position()) else {
        return false;
    };
    if ours.server.flavor != Flavor::Pika
        && ours.replication.history_id != theirs.replication.history_id
    {
        return false;
    }
    let flows = matches!(ours.replication.link, Link::Up | Link::Syncing);
    // Times are cut to milliseconds.
    let answered_us = ours.at_ms.saturating_add(1).saturating_mul(1000);
    let asked_us = theirs
        .at_ms
        .saturating_mul(1000)
        .saturating_sub(theirs.rtt_us);
    past(reached, goal) && (answered_us <= asked_us || !flows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample::at;
    use crate::decide::sample::healthy;
    use crate::decide::sample::named;
    use crate::decide::sample::of;

    /// The master was asked at 10.0 ms and answered at 12.0 ms, at (0, 100); b answered at `b_ms`, further on.
    fn past_if_read_at(b_ms: u64) -> bool {
        let mut view = healthy();
        for (name, at_ms, position) in [("a", 12, at(0, 100)), ("b", b_ms, at(0, 101))] {
            let seen = of(&mut view, name);
            seen.at_ms = at_ms;
            seen.rtt_us = 2000;
            seen.replication.position = Some(position);
        }
        let b = named(&mut view, "b").clone();
        provably_past(named(&mut view, "a"), &b)
    }

    #[test]
    fn only_an_answer_from_before_the_master_was_asked_proves_anything() {
        assert!(past_if_read_at(9));
        // In flight at the same time, whoever came in first.
        assert!(!past_if_read_at(10));
        assert!(!past_if_read_at(11));
        assert!(!past_if_read_at(13));
    }
}
