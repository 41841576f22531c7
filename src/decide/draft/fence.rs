//! Which fence a master can be given: chosen by what it can do, not by its version.

use super::Brief;
use super::Consent;
use super::Refusal;
use super::master_of;
use crate::decide::facts::Flavor;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::facts::Settings;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::order::UserRules;
use crate::decide::plan::Act;
use crate::decide::plan::Step;
use crate::decide::rights::Right;
use crate::decide::view::NodeView;

/// The fence for `master`, and what the operator should know about it.
pub(super) fn choose(
    brief: &Brief<'_>,
    master: &NodeView,
) -> Result<(FenceHow, Vec<Finding>), Refusal> {
    let Some(seen) = master.seen() else {
        return Err(Refusal::unsafe_(
            "node.unreachable",
            format!("{} cannot be asked", master.addr),
            "look at it",
        ));
    };
    if let Some(how) = native(brief, seen) {
        let mut notes = Vec::new();
        if let FenceHow::Blacklist { .. } = how {
            notes.push(Finding::new(
                "fence.limited_only",
                Severity::Warning,
                Some(&master.addr),
                "this Pika can only fence limited users; a client with the admin password could still write",
                "the switchover is undone if its position does not come to rest",
            ));
        }
        return Ok((how, notes));
    }
    if brief.terms.fence_hook_ms.is_some() {
        return Ok((FenceHow::Hook, Vec::new()));
    }
    if brief.accept_loss == Consent::All {
        let note = Finding::new(
            "fence.none",
            Severity::Critical,
            Some(&master.addr),
            "there is no fence: writes that it accepts while the candidate is promoted are lost",
            "stop the clients first",
        );
        return Ok((FenceHow::Open, vec![note]));
    }
    if seen.may_fence() == Some(false) {
        let user = seen.whoami.as_deref().unwrap_or_default();
        return Err(Refusal::unsafe_(
            "node.not_permitted",
            format!(
                "{} cannot be made to refuse writes: user {user} may run neither CLIENT PAUSE nor ACL SETUSER nor \
                 CONFIG SET on it",
                master.addr
            ),
            "give the user one of them, or set fence.hook",
        ));
    }
    Err(Refusal::unsafe_(
        "fence.none",
        format!(
            "{} cannot be made to refuse writes: it has no ACL and its clients are not limited users",
            master.addr
        ),
        "set fence.hook, give the clients a userpass of their own, or stop them and pass --accept-loss all",
    ))
}

fn native(brief: &Brief<'_>, seen: &Observation) -> Option<FenceHow> {
    let acl = users(seen);
    let settings = seen.settings.as_ref().filter(|_| may_set(seen));
    match seen.server.flavor {
        Flavor::Pika => {
            if let Some(users) = acl {
                return Some(FenceHow::Acl {
                    users: users.clone(),
                });
            }
            limited(settings?)
        }
        Flavor::Redis | Flavor::Valkey => {
            if seen.features.pause_write {
                // Long enough to outlast the plan; it is lifted as soon as the old master follows, and ends by
                // itself should this host die.
                return Some(FenceHow::Pause {
                    ms: brief.terms.max_blackout_ms + PAUSE_MARGIN_MS,
                });
            }
            if let Some(users) = acl {
                return Some(FenceHow::Acl {
                    users: users.clone(),
                });
            }
            Some(FenceHow::MinReplicas {
                former: settings?.min_replicas_to_write?,
            })
        }
    }
}

/// A fence that stays up by itself until it is lifted or the server restarts: for a node that is set apart, and for an
/// old master once there is a new one. It need not be quick. `left`: whoever follows it is led away before.
pub(super) fn lasting(node: &NodeView, left: bool) -> Option<FenceHow> {
    let seen = node.seen()?;
    if let Some(users) = users(seen) {
        return Some(FenceHow::Acl {
            users: users.clone(),
        });
    }
    let settings = seen.settings.as_ref().filter(|_| may_set(seen));
    match seen.server.flavor {
        Flavor::Redis | Flavor::Valkey => Some(FenceHow::MinReplicas {
            former: settings?.min_replicas_to_write?,
        }),
        // It holds the admin back too, where no replica is attached; only limited users have a blacklist.
        Flavor::Pika if seen.replication.connected_replicas.unwrap_or(0) == 0 => {
            Some(FenceHow::ClosedPort)
        }
        Flavor::Pika => limited(settings?).or(left.then_some(FenceHow::ClosedPort)),
    }
}

/// The same for a node that is led away from its master for a moment, which a closed port as its master would not outlive.
pub(super) fn while_detached(node: &NodeView) -> Option<FenceHow> {
    let how = lasting(node, false)?;
    if how != FenceHow::ClosedPort {
        return Some(how);
    }
    let seen = node.seen()?;
    limited(seen.settings.as_ref().filter(|_| may_set(seen))?)
}

/// These steps, with the fences in their turn. A master takes no writes from the beginning on: what it holds decides about
/// it in the end. One that is fenced by leading it away is so as soon as all who follow it have left.
pub(super) fn in_turn(brief: &Brief<'_>, steps: Vec<Step>) -> Vec<Step> {
    let of_master = |step: &Step| {
        let node = brief.view.node(&step.node);
        matches!(step.act, Act::Fence { .. }) && node.is_some_and(|n| n.role() == Role::Master)
    };
    let (fences, mut steps): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(of_master);
    for fence in fences.into_iter().rev() {
        let leaves = |step: &Step| leads_away(step) && is_below(brief, &step.node, &fence.node);
        let last = steps
            .iter()
            .rposition(leaves)
            .filter(|_| leads_away(&fence));
        steps.insert(last.map_or(0, |last| last + 1), fence);
    }
    steps
}

fn leads_away(step: &Step) -> bool {
    matches!(
        &step.act,
        Act::Follow { .. }
            | Act::Fence {
                how: FenceHow::ClosedPort | FenceHow::Detached
            }
    )
}

fn is_below(brief: &Brief<'_>, node: &Addr, above: &Addr) -> bool {
    let node = brief.view.node(node);
    node.and_then(|node| master_of(brief.view, node)).as_ref() == Some(above)
}

/// Somebody follows it, and these steps lead all of them away.
pub(super) fn is_left(brief: &Brief<'_>, node: &NodeView, steps: &[Step]) -> bool {
    let nodes = brief.view.nodes.iter();
    let mut below = nodes
        .filter(|n| is_below(brief, &n.addr, &node.addr))
        .peekable();
    let leaves = |below: &NodeView| {
        let mut steps = steps.iter();
        steps.any(|step| step.node == below.addr && leads_away(step))
    };
    below.peek().is_some() && below.all(leaves)
}

/// The users whose rules can be changed, where there are any and we may.
fn users(seen: &Observation) -> Option<&Vec<UserRules>> {
    let may = seen.may(Right::SetUser) != Some(false);
    seen.acl.as_ref().filter(|users| may && !users.is_empty())
}

fn may_set(seen: &Observation) -> bool {
    seen.may(Right::SetConfig) != Some(false)
}

/// Fences limited users, where the clients are such.
fn limited(settings: &Settings) -> Option<FenceHow> {
    let limited = settings.requirepass_set == Some(true)
        && settings.userpass_set == Some(true)
        && settings.userpass_token != settings.requirepass_token;
    limited.then(|| FenceHow::Blacklist {
        former: settings.userblacklist.clone().unwrap_or_default(),
    })
}

const PAUSE_MARGIN_MS: u64 = 30_000;
