//! What somebody who acted alone leaves behind when he does not say that he has done: roles that may not be saved, and
//! fences that nobody else would lift.

use std::collections::BTreeMap;

use super::action::Action;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use crate::decide::facts::Observation;
use crate::decide::health::master::target;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::view::ClusterView;

impl Cluster {
    /// Whoever acted alone is gone, and how the nodes were `before`. What somebody before him may have left, and was not
    /// compared yet, he may not have touched: of those nodes it counts how they were before the first of them.
    pub(super) fn is_left_alone(&mut self, before: Box<ClusterView>) {
        let Some(left) = &mut self.left_alone else {
            self.left_alone = Some(before);
            return;
        };
        for node in before.nodes {
            if left.node(&node.addr).is_none() {
                left.nodes.push(node);
            }
        }
    }

    /// He says whom he leaves fenced, and what those were like before: whoever was out of sight by then cannot be compared. A
    /// watcher that was started again in his time may not know of him before that.
    pub(super) fn is_told_what_is_left(
        &mut self,
        ticket: u64,
        fences: BTreeMap<Addr, FenceHow>,
        ctx: &mut Ctx<'_>,
    ) {
        if !self.stands_back {
            let mut before = self.view();
            before.nodes.retain(|node| fences.contains_key(&node.addr));
            self.is_left_alone(Box::new(before));
        }
        self.left_fences.extend(fences);
        let reply = Reply::Done;
        ctx.act(Action::Reply { ticket, reply });
    }

    /// Every node that answers is compared with how it was when this watcher stood back, once all have been seen again.
    pub(super) fn inherit(&mut self, ctx: &mut Ctx<'_>) {
        let since_us = self.unchanged_since();
        let mut nodes = self.nodes.values();
        if self.left_alone.is_none() || nodes.any(|n| n.quiet.is_none() && !n.fresh_since(since_us))
        {
            return;
        }
        let Some(mut before) = self.left_alone.take() else {
            return;
        };
        let (mut moved, mut fenced) = (Vec::new(), Vec::new());
        for then in &before.nodes {
            let now = self.nodes.get(&then.addr).filter(|n| n.quiet.is_none());
            let Some(seen) = now.and_then(|n| n.seen.as_deref()) else {
                continue;
            };
            // Nobody knows whom it followed if it was silent.
            let followed = then.seen().map(|seen| target(&before, seen));
            if followed != Some(target(&before, seen)) {
                moved.push(then.addr.clone());
            }
            let told = self.left_fences.get(&then.addr);
            let told = told.filter(|how| how.lifts(&seen.fence)).cloned();
            if let Some(how) = told.or_else(|| fence(then.seen()?, seen)) {
                fenced.push((then.addr.clone(), how));
            }
        }
        // Who is silent may have been moved too.
        let silent = |addr: &Addr| self.nodes.get(addr).is_some_and(|n| n.quiet.is_some());
        before.nodes.retain(|then| silent(&then.addr));
        self.left_fences
            .retain(|addr, _| before.node(addr).is_some());
        if !before.nodes.is_empty() {
            self.left_alone = Some(before);
        }
        if moved.is_empty() && fenced.is_empty() {
            return;
        }
        for addr in moved {
            self.memory.rewrite_owed.insert(addr, ALONE.to_owned());
        }
        for (addr, how) in fenced {
            self.memory.fenced.insert(addr.clone(), ALONE.to_owned());
            self.memory.fences.entry(addr).or_insert(how);
        }
        self.remember(ctx);
    }

    /// A fence on the master that another watcher has lifted meanwhile.
    pub(super) fn disinherit(&mut self, ctx: &mut Ctx<'_>) {
        let Some(master) = self.master.clone() else {
            return;
        };
        let ours = self.memory.fenced.get(&master).map(String::as_str) == Some(ALONE);
        let fenced = self
            .master_node()
            .and_then(|n| n.seen.as_deref())
            .is_none_or(|seen| seen.fence.any());
        if ours && !fenced {
            self.memory.fenced.remove(&master);
            self.memory.fences.remove(&master);
            self.remember(ctx);
        }
    }
}

/// The fence that was put up in between, with what the node was like before it.
fn fence(then: &Observation, now: &Observation) -> Option<FenceHow> {
    if then.fence.bites() {
        return None;
    }
    let barred = |user| !then.fence.acl_users.contains(user);
    if now.fence.acl_users.iter().any(barred) {
        let users = then.acl.clone()?;
        return Some(FenceHow::Acl { users });
    }
    let settings = then.settings.as_ref();
    if now.fence.blacklist {
        let former = settings?.userblacklist.clone().unwrap_or_default();
        return Some(FenceHow::Blacklist { former });
    }
    if now.fence.min_replicas {
        let former = settings?.min_replicas_to_write?;
        return Some(FenceHow::MinReplicas { former });
    }
    None
}

const ALONE: &str = "left by whoever acted alone and did not say that he had done";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample;

    /// Who may only read is no fence, and keeps nobody from seeing one.
    #[test]
    fn a_fence_is_found_beside_a_user_who_may_only_read() {
        let fenced = |users: &[&str]| {
            let mut seen = sample::master(&[]);
            seen.acl = Some(Vec::new());
            seen.fence.acl_users = users.iter().map(|user| (*user).to_owned()).collect();
            seen
        };
        let found = |then: &[&str], now: &[&str]| fence(&fenced(then), &fenced(now)).is_some();
        assert!(found(&[], &["default"]));
        assert!(found(&["reader"], &["default", "reader"]));
        assert!(!found(&["reader"], &["reader"]));
        assert!(!found(&["default"], &["default"]));
    }
}
