//! The cluster as a view, for drafts and verdicts, and the brief that a draft is given.

use super::cluster::Cluster;
use super::cluster::Ctx;
use super::event::Wanted;
use super::node::Node;
use crate::decide::choose;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::health::master::Belief;
use crate::decide::name::Addr;
use crate::decide::verdict::Case;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

impl Cluster {
    /// What is believed now. A node that is silent is not there.
    pub(super) fn view(&self) -> ClusterView {
        // As configured, then as found.
        let declared = self.spec.nodes.iter().map(|n| &n.addr);
        let found = self
            .nodes
            .iter()
            .filter(|(_, n)| !n.declared)
            .map(|(a, _)| a);
        let nodes = declared.chain(found).filter_map(|addr| {
            let node = self.nodes.get(addr)?;
            let vouched = self.master.clone().filter(|_| node.is_vouched());
            Some(NodeView {
                vouched,
                ..node_view(addr, node)
            })
        });
        let mut memory = self.memory.clone();
        for (addr, why) in &self.past {
            let known = memory.quarantined.entry(addr.clone());
            known.or_insert_with(|| why.clone());
        }
        for addr in self.nodes.keys() {
            if let Some(why) = self.stands_past(addr) {
                memory.quarantined.entry(addr.clone()).or_insert(why);
            }
        }
        for addr in self.forced.keys() {
            let why = "a full copy to it was asked for, and was not seen to begin";
            let known = memory.quarantined.entry(addr.clone());
            known.or_insert_with(|| why.to_owned());
        }
        ClusterView {
            name: self.name(),
            nodes: nodes.collect(),
            address_map: self.spec.address_map.clone(),
            memory,
        }
    }

    /// Everything that a draft needs.
    pub(super) fn brief<'v>(
        &self,
        view: &'v ClusterView,
        case: Case<'_>,
        wish: &Wanted,
        ctx: &Ctx<'_>,
    ) -> Brief<'v> {
        let belief = Belief {
            master: self.master.clone(),
            writable: self.master.iter().cloned().collect(),
        };
        let at =
            jiff::Timestamp::from_millisecond(ctx.wall_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let die = ctx.nonce ^ ctx.now_us.rotate_left(17);
        Brief {
            view,
            contenders: choose::contenders(view, &belief, case, self.spec.zones),
            id: format!(
                "{}-{:06x}",
                at.strftime("%Y%m%dT%H%M%SZ"),
                die & 0x00ff_ffff
            ),
            made_at: at.to_string(),
            by: wish.by.clone(),
            reason: wish.reason.clone(),
            token: format!("{} {:016x}", wish.by, ctx.nonce),
            expect_master: wish.expect_master.clone(),
            accept_loss: match wish.accept_loss {
                None => Consent::None,
                Some(u64::MAX) => Consent::All,
                Some(bytes) => Consent::Bytes(bytes),
            },
            terms: self.spec.terms.clone(),
            notes: Vec::new(),
        }
    }

    /// The node that a printed address means.
    pub(super) fn resolve(&self, printed: &Addr) -> Addr {
        self.spec
            .address_map
            .get(printed)
            .unwrap_or(printed)
            .clone()
    }

    /// Whom a node follows, resolved.
    pub(super) fn follows(&self, node: &Node) -> Option<Addr> {
        let replication = node.replication()?;
        Some(self.resolve(replication.master.as_ref()?))
    }
}

/// Somebody who acts by himself.
pub(super) fn automatic(ctx: &Ctx<'_>) -> Wanted {
    let id = ctx.me.id.as_str();
    Wanted {
        by: format!("watcher {}", id.get(..8).unwrap_or(id)),
        ..Wanted::default()
    }
}

fn node_view(addr: &Addr, node: &Node) -> NodeView {
    let state = match (&node.quiet, &node.seen) {
        (Some(quiet), _) => Err(quiet.fault.clone()),
        (None, Some(seen)) if node.is_known() => Ok((**seen).clone()),
        (None, _) => Err(Fault::new(FaultKind::Timeout, "not looked at yet")),
    };
    NodeView {
        name: node.name.clone(),
        addr: addr.clone(),
        zone: node.zone.clone(),
        promote: node.promote,
        declared: node.declared,
        vouched: None,
        state,
    }
}
