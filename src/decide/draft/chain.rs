//! Chains: Pika follows nobody while it has replicas of its own, so those who hang on a node are moved before it.

use super::Brief;
use super::master_of;
use crate::decide::facts::Flavor;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::view::NodeView;

/// It can follow nobody else as it stands, and once it is promoted there is no way back for it.
pub(super) fn tied(node: &NodeView) -> bool {
    node.role() == Role::Chained
        && node
            .seen()
            .is_some_and(|seen| seen.server.flavor == Flavor::Pika)
}

/// Those who are to be moved, each after all who hang on it and would hold it.
pub(super) fn from_the_end(brief: &Brief<'_>, moved: &[Addr]) -> Vec<Addr> {
    let mut order = Vec::new();
    for addr in moved {
        descend(brief, addr, &mut order);
    }
    order
}

fn descend(brief: &Brief<'_>, addr: &Addr, order: &mut Vec<Addr>) {
    // Its own place is taken first, so that a circle ends.
    if order.contains(addr) {
        return;
    }
    let at = order.len();
    order.push(addr.clone());
    if brief.view.node(addr).is_some_and(tied) {
        for below in below(brief, addr) {
            descend(brief, &below.addr, order);
        }
    }
    let own = order.remove(at);
    order.push(own);
}

/// Those who get their data from a node directly.
pub(super) fn below<'b>(
    brief: &'b Brief<'_>,
    addr: &'b Addr,
) -> impl Iterator<Item = &'b NodeView> {
    brief.view.nodes.iter().filter(move |node| {
        node.role().is_replica()
            && master_of(brief.view, node).as_ref() == Some(addr)
            && !brief.view.memory.quarantined.contains_key(&node.addr)
    })
}

/// What the operator is told of those who leave the one they follow.
pub(super) fn unmade<'b>(
    brief: &'b Brief<'_>,
    new: &'b Addr,
    before: &'b [Addr],
    after: &'b [Addr],
) -> impl Iterator<Item = Finding> + 'b {
    after
        .iter()
        .filter(|addr| !before.contains(addr))
        .map(|addr| {
            let name = brief.name(addr);
            let text = format!(
                "{name} follows a replica, and follows {} from now on: Pika moves nobody who has replicas",
                brief.name(new)
            );
            let hint = format!("`pikafo repoint {name} --to NODE` makes a chain again");
            Finding::new("rejoin.decided", Severity::Info, Some(addr), text, hint)
        })
}
