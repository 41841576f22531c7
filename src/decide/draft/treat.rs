//! What should become of a node that is to follow another: its past is judged, and how it is attached follows from it.

use super::Brief;
use super::master_of;
use super::torn;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::facts::is_closed_port;
use crate::decide::name::Addr;
use crate::decide::plan::FollowHow;
use crate::decide::position::Position;
use crate::decide::rejoin;
use crate::decide::rejoin::Joiner;
use crate::decide::rejoin::Judgement;
use crate::decide::rejoin::PAST_POINT;
use crate::decide::rejoin::PAST_UNKNOWN;
use crate::decide::rejoin::Target;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;
use crate::decide::view::Promotion;

/// What is to be done with one node, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Treatment {
    /// It is linked and level already.
    Leave,
    Attach(FollowHow, String),
    Quarantine {
        code: &'static str,
        text: String,
    },
}

/// What should become of `node` if it is to follow `target`.
pub fn treat(brief: &Brief<'_>, node: &NodeView, target: &NodeView, resync: bool) -> Treatment {
    let (Some(own), Some(its)) = (node.seen(), target.seen()) else {
        return Treatment::Leave;
    };
    let follows_target = follows(brief, node, target);
    let broken = own.replication.link != Link::Up;
    let remembered = brief.view.memory.quarantined.get(&node.addr);
    let pika = own.server.flavor == Flavor::Pika;
    let mut judged = judged(brief, (node, own), (target, its));
    if judged == Judgement::Prefix
        && pika
        && !follows_target
        && let Some(judgement) = as_its_master(brief, (node, own), (target, its))
    {
        judged = judgement;
    }
    let judged = match (judged, remembered) {
        (Judgement::Prefix | Judgement::Torn, Some(why)) => Judgement::Diverged {
            code: "node.quarantined",
            text: format!("it was set apart: {why}"),
        },
        (judged, _) => judged,
    };
    let foreign = matches!(
        &judged,
        Judgement::Diverged {
            code: "rejoin.foreign_history",
            ..
        }
    );
    // Only Pika needs `force` and forgetting; the others find out by themselves what must be copied.
    let copy = || {
        if pika {
            FollowHow::Resync {
                clear_history: foreign,
            }
        } else {
            FollowHow::Discard
        }
    };
    if resync {
        return Treatment::Attach(copy(), "a full copy was asked for".to_owned());
    }
    match judged {
        // Linked, or being copied to: an empty node included, for the master may be empty too.
        Judgement::Prefix | Judgement::Empty
            if follows_target && (!broken || own.replication.link == Link::Syncing) =>
        {
            Treatment::Leave
        }
        Judgement::Torn if follows_target && own.replication.link == Link::Syncing => {
            Treatment::Leave
        }
        Judgement::Torn => {
            let short = brief.view.memory.gaps.get(&node.addr);
            let why = short.map_or("a full copy to it was cut off", String::as_str);
            Treatment::Attach(copy(), format!("{why}: full copy"))
        }
        Judgement::Prefix if follows_target && pika => Treatment::Attach(
            FollowHow::Repair,
            format!(
                "its data is a prefix of {}'s and the link is broken: incremental",
                target.name
            ),
        ),
        Judgement::Prefix => Treatment::Attach(
            FollowHow::Plain,
            format!("its data is a prefix of {}'s: incremental", target.name),
        ),
        Judgement::Empty => {
            // Nothing may be discarded: it is judged again, and may hold something by then.
            let how = if pika { copy() } else { FollowHow::Plain };
            Treatment::Attach(how, "it holds no data: full copy".to_owned())
        }
        Judgement::Diverged { text, .. } if brief.terms.resync_diverged => Treatment::Attach(
            copy(),
            format!("{text}; rejoin.diverged is `resync`: full copy"),
        ),
        Judgement::Diverged { code, text } => Treatment::Quarantine { code, text },
    }
}

/// What its data is beside the data of `target`; either with what it says.
fn judged(
    brief: &Brief<'_>,
    (node, own): (&NodeView, &Observation),
    (target, its): (&NodeView, &Observation),
) -> Judgement {
    let promotion = promotion_of(brief.view, &target.addr);
    let joiner = Joiner {
        flavor: own.server.flavor,
        role: role_but_for_its_fence(node, own),
        position: own.replication.position.as_ref(),
        history_id: own.replication.history_id.as_deref(),
        holds_keys: own.holds_keys,
        follows_target: follows(brief, node, target),
        vouched: node.vouched.as_ref() == Some(&target.addr),
        refused: own.replication.link == Link::Error,
        torn: torn(brief.view, node),
        // Seen at this very position before the promotion, so nothing was written since. What was seen later proves
        // nothing: it may have been written by then.
        quiet_since_promotion: promotion.is_some_and(|p| {
            let at = own.replication.position.as_ref();
            p.from.as_ref() == Some(&node.addr) && at.is_some_and(|at| p.seen.contains(at))
        }),
    };
    let judgement = rejoin::judge(
        &joiner,
        &Target {
            position: its.replication.position.as_ref(),
            history_id: its.replication.history_id.as_deref(),
            second_history: its
                .replication
                .second_history
                .as_ref()
                .map(|(id, until)| (id.as_str(), *until)),
            point: promotion.and_then(Promotion::shared),
        },
    );
    let unknown = matches!(&judgement, Judgement::Diverged { code, .. } if *code == PAST_UNKNOWN);
    let at = own.replication.position.as_ref().filter(|_| unknown);
    if at.is_some_and(|at| stood_where_it_began(brief.view, &target.addr, at)) {
        return Judgement::Prefix;
    }
    if judgement == Judgement::Prefix
        && joiner.role == Role::Master
        && let Some(at) = joiner.position
        && let Some(first) = replaced_by(brief.view, &node.addr, &target.addr)
        && !first.point.covers(at)
    {
        return Judgement::Diverged {
            code: PAST_POINT,
            text: format!(
                "it is at {at}, past {}, where it was replaced; {} has followed it since, and may hold other writes than it at the \
                 same place",
                first.point, target.name
            ),
        };
    }
    judgement
}

/// A replica has what the master above it has had. What that one took after it was replaced itself the new master lacks,
/// though it be long past that point by now; and where nobody knows what it took, nobody knows of who is linked to it.
fn as_its_master(
    brief: &Brief<'_>,
    (node, own): (&NodeView, &Observation),
    (target, its): (&NodeView, &Observation),
) -> Option<Judgement> {
    let root = root_of(brief.view, node)?;
    // While that one was linked itself it was seen to get nothing but the new master's.
    let vouched = node.vouched.as_ref() == Some(&target.addr);
    if vouched || root == target.addr || target.role() != Role::Master {
        return None;
    }
    let mut promotions = brief.view.memory.promotions.iter().rev();
    // It may have been promoted again since.
    let last = promotions.find(|p| p.from.as_ref() == Some(&root) || p.node == root);
    let replaced = last.filter(|p| p.node != root);
    let at = own.replication.position.as_ref()?;
    if let Some(replaced) = replaced
        && !replaced.shared().is_some_and(|point| point.covers(at))
    {
        let (name, point) = (brief.name(&root), &replaced.point);
        return Some(Judgement::Diverged {
            code: PAST_POINT,
            text: format!(
                "it is at {at}, past {point}, where {name} was replaced, which it follows: it may hold writes that the master lacks"
            ),
        });
    }
    let above = brief.view.node(&root)?;
    let said = above.seen()?;
    if own.replication.link != Link::Up || role_but_for_its_fence(above, said) != Role::Master {
        return None;
    }
    let judgement = judged(brief, (above, said), (target, its));
    let Judgement::Diverged { code, text } = judgement else {
        return None;
    };
    // What is known to be too much lies past the point, where this one is not.
    (code == PAST_UNKNOWN).then(|| Judgement::Diverged {
        code,
        text: format!(
            "it follows {}, and of that one is known: {text}",
            above.name
        ),
    })
}

/// Read-only behind the fence of a closed port, it is the master that it was before.
fn role_but_for_its_fence(node: &NodeView, said: &Observation) -> Role {
    if said.fence.closed_port {
        Role::Master
    } else {
        node.role()
    }
}

/// From whom its data comes in the end. Nothing comes from the closed port that a fence has pointed a master at.
fn root_of(view: &ClusterView, node: &NodeView) -> Option<Addr> {
    let source = |node| master_of(view, node).filter(|addr| !is_closed_port(addr));
    let above = |addr: &Addr| view.node(addr).and_then(source);
    let chain = std::iter::successors(source(node), above);
    chain.take(view.nodes.len()).last()
}

fn follows(brief: &Brief<'_>, node: &NodeView, target: &NodeView) -> bool {
    node.role().is_replica() && master_of(brief.view, node).as_ref() == Some(&target.addr)
}

/// The master was given its role again after a restart, and `at` is where it was first promoted, which lies before that: who
/// stands there has taken nothing since, and the master has what it had.
fn stood_where_it_began(view: &ClusterView, master: &Addr, at: &Position) -> bool {
    let mut reign = reign_of(view, master);
    let mut later = reign.next();
    while let Some(again) = later.filter(|p| p.from.is_none() && p.point.covers(at)) {
        let earlier = reign.next().filter(|p| p.node == again.node);
        if earlier.and_then(Promotion::shared) == Some(at) {
            return true;
        }
        later = earlier;
    }
    false
}

/// The promotion of `heir` in place of `node`, where that one was given its role again after restarts, behind which it followed
/// whom its file names: where it stood by then says nothing of what it had taken before.
fn replaced_by<'v>(view: &'v ClusterView, node: &Addr, heir: &Addr) -> Option<&'v Promotion> {
    let mut reign = reign_of(view, heir);
    reign.next().filter(|last| last.from.is_none())?;
    let first = reign.find(|p| p.node != *heir || p.from.is_some())?;
    let here = first.node == *heir && first.from.as_ref() == Some(node);
    let pika = matches!(first.point, Position::Pika(_));
    (here && pika).then_some(first)
}

/// The last time that `node` was promoted, as far as is remembered.
pub(super) fn promotion_of<'v>(view: &'v ClusterView, node: &Addr) -> Option<&'v Promotion> {
    reign_of(view, node).next()
}

/// That one, and what came before it, the newest first.
fn reign_of<'v>(view: &'v ClusterView, node: &Addr) -> impl Iterator<Item = &'v Promotion> {
    let promotions = view.memory.promotions.iter().rev();
    promotions.skip_while(move |promotion| promotion.node != *node)
}
