//! A master that is dead and that nobody can replace, while old masters are back. What they take nobody will have in the end,
//! and each holds what the others lack. They are set right from the master when there is one; until then, where more than one
//! of them takes writes, they are fenced.

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::node::Node;
use super::repair::Wrong;
use super::small::of_itself;
use super::turn::TURN_US;
use super::view::automatic;
use crate::decide::draft::repoint;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Step;
use crate::decide::verdict::Case;

const FENCE_MS: u64 = 3_000;

impl Cluster {
    /// True if a plan was begun.
    pub(super) fn withhold(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let since_us = self.unchanged_since();
        let takes = |(addr, node): &(&Addr, &Node)| {
            Some(*addr) != self.master.as_ref() && node.fresh_since(since_us) && node.takes_writes()
        };
        let taking: Vec<(&Addr, &Node)> = self.nodes.iter().filter(takes).collect();
        if taking.len() < 2 {
            return false;
        }
        let newest_us = taking
            .iter()
            .map(|(_, node)| node.role_since_us.max(node.back_us));
        let turn_us =
            newest_us.max().unwrap_or(0) + self.rank_among(|peer| peer.pikafo, ctx) * TURN_US;
        // Whom somebody has made a master before our eyes he may be about to tell of.
        let turned = |node: &Node| {
            node.turned_master_us
                .is_some_and(|at| at >= self.settled_us)
        };
        let old = taking.iter().filter(|(_, node)| !turned(node));
        let old: Vec<Addr> = old.map(|(addr, _)| (*addr).clone()).collect();
        if ctx.now_us < turn_us {
            self.due(turn_us);
            return false;
        }
        let view = self.view();
        let brief = self.brief(&view, Case::Planned, &automatic(ctx), ctx);
        let mut steps = Vec::new();
        for addr in old {
            let retry = self.repairs.entry(addr.clone()).or_default();
            let fence = view
                .node(&addr)
                .and_then(|node| repoint::raise(&brief, node, false, &[]));
            let Some(how) = fence.filter(|_| ctx.now_us >= retry.not_before_us(Wrong::Returned))
            else {
                continue;
            };
            retry.tried(ctx.now_us);
            steps.push(Step {
                text: format!("fence {addr} until there is a master: {}", how.label()),
                act: Act::Fence { how },
                node: addr,
                within_ms: FENCE_MS,
                hard: false,
            });
        }
        if steps.is_empty() {
            return false;
        }
        self.begin(of_itself(steps, &brief), None, None, ctx);
        true
    }
}
