//! A master that has restarted and still loads its data: it answers, and serves nobody. For how long that is borne is
//! Sentinel's `master-reboot-down-after-period`; without it, for ever.

use super::action::Action;
use super::cluster::Cluster;
use super::cluster::Ctx;
use crate::decide::name::Addr;

/// How often one that loads is looked at, where it counts.
const LOOK_US: u64 = 200_000;
/// And where it does not.
const OTHERS_US: u64 = 1_000_000;

impl Cluster {
    /// What a full look says of it.
    pub(super) fn note_loading(
        &mut self,
        addr: &Addr,
        restarted: bool,
        loading: bool,
        now_us: u64,
    ) {
        let counts = restarted && self.master.as_ref() == Some(addr);
        let Some(node) = self.nodes.get_mut(addr) else {
            return;
        };
        if !loading {
            node.loading_since_us = None;
        } else if counts && self.spec.reboot_down_after_ms.is_some() {
            node.loading_since_us.get_or_insert(now_us);
        }
    }

    /// Whether it has restarted is known by a full look only, and that is not due for long.
    pub(super) fn look_for_restart(&self, addr: &Addr, ctx: &mut Ctx<'_>) {
        if self.spec.reboot_down_after_ms.is_some() && self.master.as_ref() == Some(addr) {
            let (cluster, node) = (self.name(), addr.clone());
            ctx.act(Action::Look { cluster, node });
        }
    }

    /// From when on the master counts as down, since it loads and does not come to an end.
    pub(super) fn loads_until(&self) -> Option<u64> {
        let since_us = self.master_node()?.loading_since_us?;
        Some(since_us + self.spec.reboot_down_after_ms? * 1000)
    }

    /// It answers, and has loaded for longer than is borne.
    pub(super) fn loads_too_long(&self, now_us: u64) -> bool {
        let answers = self.master_node().is_some_and(|node| node.quiet.is_none());
        answers && self.loads_until().is_some_and(|until| now_us >= until)
    }

    /// Goes on looking at a master that loads, and at whoever else does: what it takes when it has loaded, and whether it has
    /// forgotten a fence, shows in a full look only.
    pub(super) fn follow_loading(&mut self, ctx: &mut Ctx<'_>) {
        let counts = self.loads_until().is_some();
        let mut due_us = u64::MAX;
        for (addr, node) in &mut self.nodes {
            let loading = node.seen.as_ref().is_some_and(|s| s.server.loading);
            let every_us = if counts && self.master.as_ref() == Some(addr) {
                LOOK_US
            } else if loading && node.quiet.is_none() {
                OTHERS_US
            } else {
                continue;
            };
            let looked_us = node.looked_at_us.unwrap_or(0).max(node.loading_asked_us);
            let mut next_us = looked_us + every_us;
            if ctx.now_us >= next_us {
                node.loading_asked_us = ctx.now_us;
                next_us = ctx.now_us + every_us;
                ctx.act(Action::Look {
                    cluster: self.spec.name.clone(),
                    node: addr.clone(),
                });
            }
            due_us = due_us.min(next_us);
        }
        if due_us < u64::MAX {
            self.due(due_us);
        }
    }
}
