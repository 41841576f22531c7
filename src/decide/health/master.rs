//! Who is master, and who takes writes.

use std::collections::BTreeMap;

use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// What a view says about mastership.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Belief {
    /// The master, reachable or not; `None` where the view does not single one out.
    pub master: Option<Addr>,
    /// Reachable masters that take writes. More than one is a split.
    pub writable: Vec<Addr>,
}

impl Belief {
    /// The believed master as the view has it.
    pub fn node<'v>(&self, view: &'v ClusterView) -> Option<&'v NodeView> {
        view.node(self.master.as_ref()?)
    }
}

/// Reads mastership off a view: the only writable master; else the only reachable one; else, since the
/// master is silent, the node that most replicas point to.
pub fn believe(view: &ClusterView) -> Belief {
    let writable: Vec<Addr> = view
        .masters()
        .filter(|node| writable_master(node))
        .map(|n| n.addr.clone())
        .collect();
    let master = match writable.as_slice() {
        [only] => Some(only.clone()),
        [] => {
            let claims: Vec<&Addr> = view.masters().map(|node| &node.addr).collect();
            match claims.as_slice() {
                [only] => Some((*only).clone()),
                [] => most_followed(view, |node| node.seen().is_none()),
                [..] => most_followed(view, |node| claims.contains(&&node.addr)),
            }
        }
        [..] => None,
    };
    Belief { master, writable }
}

/// The address that a replica's master line means; `None` for a node that is no replica.
pub fn target(view: &ClusterView, seen: &Observation) -> Option<Addr> {
    match seen.replication.role {
        Role::Replica | Role::Chained => seen
            .replication
            .master
            .as_ref()
            .map(|printed| view.resolve(printed)),
        Role::Master | Role::Unknown => None,
    }
}

/// A master that would accept a client's write.
pub fn writable_master(node: &NodeView) -> bool {
    node.role() == Role::Master && node.seen().is_some_and(accepts_writes)
}

/// Nothing that can be seen from outside keeps the node from accepting writes, its role aside.
pub fn accepts_writes(seen: &Observation) -> bool {
    !seen.fence.bites() && seen.storage_failed.is_none() && !seen.server.loading
}

/// The node that most replicas point to, among those that `may_be` it; `None` on a tie.
fn most_followed(view: &ClusterView, may_be: impl Fn(&NodeView) -> bool) -> Option<Addr> {
    let mut followers: BTreeMap<Addr, usize> = BTreeMap::new();
    for target in view
        .nodes
        .iter()
        .filter_map(|node| target(view, node.seen()?))
    {
        if view.node(&target).is_some_and(&may_be) {
            *followers.entry(target).or_default() += 1;
        }
    }
    let most = followers.values().copied().max()?;
    let mut leaders = followers.into_iter().filter(|(_, count)| *count == most);
    match (leaders.next(), leaders.next()) {
        (Some((addr, _)), None) => Some(addr),
        _ => None,
    }
}
