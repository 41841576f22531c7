//! The plan of a repoint: each node is judged, then attached, repaired, resynced or set apart.

use super::Brief;
use super::Refusal;
use super::RefusalKind;
use super::chain;
use super::fence;
use super::master_of;
use super::refusal::silent;
use super::soft;
use super::sole_master;
use super::treat::Treatment;
use super::treat::promotion_of;
use super::treat::treat;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;
use crate::decide::view::Promotion;

/// What the operator asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Empty: every node that is not as it should be.
    pub nodes: Vec<Addr>,
    /// The master to follow; the cluster's master where absent.
    pub to: Option<Addr>,
    pub resync: bool,
}

impl Wanted {
    /// What is not said is taken from a plan that was made for it.
    #[must_use]
    pub fn or(self, plan: &Plan) -> Self {
        let touched = plan
            .steps
            .iter()
            .filter(|s| matches!(s.act, Act::Follow { .. } | Act::SetApart { .. }));
        let discards = plan.steps.iter().any(|s| {
            let Act::Follow { how, .. } = &s.act else {
                return false;
            };
            matches!(how, FollowHow::Resync { .. } | FollowHow::Discard)
        });
        Self {
            nodes: if self.nodes.is_empty() {
                touched.map(|s| s.node.clone()).collect()
            } else {
                self.nodes
            },
            to: self.to.or_else(|| plan.facts.master.clone()),
            resync: self.resync || discards,
        }
    }
}

/// Plans to attach the nodes.
pub fn draft(brief: &Brief<'_>, wanted: &Wanted) -> Result<Plan, Refusal> {
    brief.no_open_operation()?;
    let target = target(brief, wanted)?;
    if brief.expect_master.is_some() {
        brief.expected(&target.addr)?;
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut notes = brief.notes.clone();
    let asked_for = !wanted.nodes.is_empty();
    // A server that has replicas is not taken as one, so those who follow go before those whom they follow.
    let is_master = |node: &NodeView| node.role() == Role::Master;
    let mut in_turn: Vec<&NodeView> = brief.view.nodes.iter().collect();
    in_turn.sort_by_key(|node| (is_master(node), std::cmp::Reverse(depth(brief, node))));
    for node in in_turn {
        if node.addr == target.addr || (asked_for && !wanted.nodes.contains(&node.addr)) {
            continue;
        }
        if node.seen().is_none() {
            if asked_for {
                return Err(Refusal::new(
                    RefusalKind::NoQuorum,
                    "node.unreachable",
                    format!("{} does not answer", node.name),
                    "repoint it once it is back",
                ));
            }
            continue;
        }
        // A replica of a replica is meant to be one unless it is named.
        if !asked_for && chained_on_purpose(brief, node, target, wanted) {
            continue;
        }
        match treat(brief, node, target, wanted.resync) {
            Treatment::Leave => {}
            Treatment::Attach(how, why) => {
                if asked_for {
                    holds_nobody(brief, node, wanted)?;
                }
                notes.push(Finding::new(
                    "rejoin.decided",
                    Severity::Info,
                    Some(&node.addr),
                    why,
                    "",
                ));
                attach(brief, node, target, how, &mut steps);
            }
            Treatment::Quarantine { code, text } => {
                let hint = format!(
                    "`pikafo repoint {} --resync` discards its own data",
                    node.name
                );
                notes.push(Finding::new(
                    code,
                    Severity::Critical,
                    Some(&node.addr),
                    text.clone(),
                    hint,
                ));
                let clings = master_of(brief.view, node)
                    .is_some_and(|m| m == target.addr || wanted.nodes.contains(&m));
                quarantine(brief, node, clings, code, text, &mut steps);
            }
        }
    }
    let steps = fence::in_turn(brief, steps);
    if steps.is_empty() {
        let silent = silent(brief.view);
        let which = match (asked_for, silent.is_empty()) {
            (false, true) => "every node",
            (false, false) => "every node that answers",
            (true, _) => "every node that was named",
        };
        let name = &target.name;
        return Err(Refusal::new(
            RefusalKind::Nothing,
            "rejoin.nothing",
            format!("{which} follows {name} already{silent}"),
            "nothing to do",
        ));
    }
    let mut plan = brief.plan(Kind::Repoint, Some(target.addr.clone()), None, steps);
    plan.facts.point = promotion_of(brief.view, &target.addr)
        .and_then(Promotion::shared)
        .cloned();
    plan.notes = notes;
    Ok(plan)
}

fn target<'v>(brief: &Brief<'v>, wanted: &Wanted) -> Result<&'v NodeView, Refusal> {
    let target = match &wanted.to {
        None => promoted_master(brief.view).map_or_else(|| sole_master(brief.view), Ok)?,
        Some(addr) => brief.view.node(addr).ok_or_else(|| {
            Refusal::unsafe_(
                "node.unknown",
                format!("{addr} is no node of {}", brief.view.name),
                "name one that is",
            )
        })?,
    };
    if target.seen().is_none() {
        return Err(Refusal::new(
            RefusalKind::NoQuorum,
            "node.unreachable",
            format!("{} does not answer", target.name),
            "nothing can follow it now",
        ));
    }
    // A replica of this very set cannot be told to follow a node that follows it.
    let mut above = master_of(brief.view, target);
    for _ in 0..brief.view.nodes.len() {
        let Some(addr) = above else { break };
        if wanted.nodes.contains(&addr) {
            return Err(Refusal::unsafe_(
                "rejoin.circle",
                format!(
                    "{} gets its data from {} and cannot be followed by it",
                    target.name,
                    brief.name(&addr)
                ),
                "move that one first",
            ));
        }
        above = brief
            .view
            .node(&addr)
            .and_then(|n| master_of(brief.view, n));
    }
    if wanted.nodes.contains(&target.addr) {
        return Err(Refusal::unsafe_(
            "rejoin.itself",
            format!("{} cannot follow itself", target.name),
            "name another node, or another master with --to",
        ));
    }
    Ok(target)
}

/// Pika would refuse to follow until nobody follows it.
fn holds_nobody(brief: &Brief<'_>, node: &NodeView, wanted: &Wanted) -> Result<(), Refusal> {
    let left = chain::below(brief, &node.addr)
        .filter(|_| chain::tied(node))
        .find(|below| !wanted.nodes.contains(&below.addr));
    left.map_or(Ok(()), |below| {
        Err(Refusal::unsafe_(
            "rejoin.has_replicas",
            format!(
                "{} follows {}, which can follow nobody itself until then",
                below.name, node.name
            ),
            format!("name {} too, or move it first", below.name),
        ))
    })
}

/// An old master that has come back claims to be one too; the last promotion on record says who is right.
fn promoted_master(view: &ClusterView) -> Option<&NodeView> {
    let promoted = &view.memory.promotions.last()?.node;
    view.masters().find(|node| node.addr == *promoted)
}

/// How many others its data comes through.
fn depth(brief: &Brief<'_>, node: &NodeView) -> usize {
    let above = |addr: &Addr| brief.view.node(addr).and_then(|n| master_of(brief.view, n));
    std::iter::successors(master_of(brief.view, node), above)
        .take(brief.view.nodes.len())
        .count()
}

/// It follows a replica, which is left where it is or can be moved with it.
fn chained_on_purpose(
    brief: &Brief<'_>,
    node: &NodeView,
    target: &NodeView,
    wanted: &Wanted,
) -> bool {
    let mut at = node;
    for _ in 0..brief.view.nodes.len() {
        let linked = at.seen().is_some_and(|o| o.replication.link == Link::Up);
        let above = master_of(brief.view, at).and_then(|m| brief.view.node(&m));
        let Some(above) = above.filter(|above| linked && above.role().is_replica()) else {
            return false;
        };
        let stays = treat(brief, above, target, wanted.resync) == Treatment::Leave;
        if stays || !chain::tied(above) {
            return true;
        }
        at = above;
    }
    false
}

/// One node at a time: a full copy takes what the master and the network have.
fn attach(
    brief: &Brief<'_>,
    node: &NodeView,
    target: &NodeView,
    how: FollowHow,
    steps: &mut Vec<Step>,
) {
    let [follow, persist] = brief.follow(&node.addr, &target.addr, how, FOLLOW_MS);
    let within = match how {
        FollowHow::Resync { .. } => RESYNC_MS,
        FollowHow::Judged | FollowHow::Plain | FollowHow::Repair | FollowHow::Discard => {
            RESYNC_MS / 12
        }
    };
    let act = Act::Links {
        replicas: vec![node.addr.clone()],
    };
    let text = format!("{} is linked and level", node.name);
    let links = soft(&node.addr, act, within, text);
    let remembered = brief.view.memory.fences.get(&node.addr);
    let raised = match how {
        // What a node holds decides how it is attached, so it must not take writes from then on.
        FollowHow::Judged | FollowHow::Plain => raise(brief, node, false, steps),
        // As a master of its own it may be found by clients.
        FollowHow::Repair
        | FollowHow::Resync {
            clear_history: false,
        } => raise(brief, node, true, steps),
        // Forgetting a history is a write.
        FollowHow::Resync { .. } | FollowHow::Discard => None,
    };
    let lift = raised
        .as_ref()
        .or(remembered)
        .filter(|how| how.lasts())
        .map(|how| {
            let text = format!("lift the fence on {}", node.name);
            soft(&node.addr, Act::Unfence { how: how.clone() }, 5_000, text)
        });
    if let Some(fence) = raised {
        let (name, label) = (&node.name, fence.label());
        let text = if matches!(how, FollowHow::Resync { .. }) {
            format!("fence {name} while it has no master: {label}")
        } else {
            format!("fence {name} while it is judged: {label}")
        };
        let how = fence;
        steps.push(soft(&node.addr, Act::Fence { how }, FENCE_MS, text));
    }
    // The fence would refuse it.
    let first = matches!(
        how,
        FollowHow::Resync {
            clear_history: true
        }
    );
    if first {
        steps.extend(lift);
        steps.extend([follow, links]);
    } else {
        steps.extend([follow, links]);
        steps.extend(lift);
    }
    steps.push(persist);
}

/// The fence for a node that takes writes, or will once it is `detached`, after these steps. One that it stands behind already
/// and that is not ours stays as it is.
pub(in crate::decide) fn raise(
    brief: &Brief<'_>,
    node: &NodeView,
    detached: bool,
    steps: &[Step],
) -> Option<FenceHow> {
    let master = node.role() == Role::Master;
    let ours = brief.view.memory.fences.get(&node.addr);
    let fenced = node.seen().is_some_and(|seen| seen.fence.bites());
    let how = match ours.filter(|how| how.lasts()) {
        Some(how) => how.clone(),
        None if fenced => return None,
        None if detached => fence::while_detached(node)?,
        None => fence::lasting(node, fence::is_left(brief, node, steps))?,
    };
    // A closed port as master would be taken away with the old one.
    let moves = matches!(how, FenceHow::ClosedPort | FenceHow::Detached);
    let wanted = if detached { !moves } else { master };
    (wanted && !flaw::on(Flaw::ReturnedNotFenced)).then_some(how)
}

/// A node set apart must not take writes, as far as that can be prevented, and is remembered. One that `clings` to a
/// master is led away: Pika tries again by itself what was refused, and links whatever fits by number.
fn quarantine(
    brief: &Brief<'_>,
    node: &NodeView,
    clings: bool,
    code: &str,
    why: String,
    steps: &mut Vec<Step>,
) {
    let pika = node.seen().is_some_and(|o| o.server.flavor == Flavor::Pika);
    if clings && pika && node.role() != Role::Master {
        let how = FenceHow::Detached;
        let text = format!("detach {}, which is set apart: {}", node.name, how.label());
        steps.push(soft(&node.addr, Act::Fence { how }, FENCE_MS, text));
    }
    let open = node.role() == Role::Master && !node.seen().is_some_and(|o| o.fence.bites());
    if open && let Some(how) = raise(brief, node, false, steps) {
        let text = format!("fence {}, which is set apart: {}", node.name, how.label());
        steps.push(soft(&node.addr, Act::Fence { how }, FENCE_MS, text));
    }
    let text = format!("{} is set apart", node.name);
    let code = code.to_owned();
    steps.push(soft(&node.addr, Act::SetApart { code, why }, 1_000, text));
}

const FENCE_MS: u64 = 3_000;
const FOLLOW_MS: u64 = 60_000;
/// A terabyte takes hours; the operator may interrupt and look again.
const RESYNC_MS: u64 = 12 * 3_600_000;
