//! From the promotion on: the steps that a switchover and a failover share.

use super::Brief;
use super::LINKS_MS;
use super::PROMOTE_MS;
use super::chain;
use super::fence;
use super::hard;
use super::soft;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Step;

/// A node that becomes master, and those who are to follow it.
pub(super) struct Heir<'a> {
    pub(super) candidate: &'a Addr,
    /// Replicas that follow the old master.
    pub(super) siblings: &'a [Addr],
    /// What is done on the old master, if anything.
    pub(super) old_master: Vec<Step>,
    /// A fence on the candidate.
    pub(super) lift: Option<Step>,
    /// On the old master, as soon as there is a new one.
    pub(super) over_pause: Option<Step>,
    /// The proof that the new master takes writes.
    pub(super) verify: Step,
}

impl Heir<'_> {
    /// Promote, prove, persist, tell, move. `needed` is how many replicas the new master wants before it takes a write.
    pub(super) fn steps(self, brief: &Brief<'_>, needed: usize) -> Vec<Step> {
        let (new, name) = (self.candidate, brief.name(self.candidate));
        let mut steps = vec![hard(
            new,
            Act::Promote,
            PROMOTE_MS,
            format!("promote {name}"),
        )];
        // It would refuse the proof, and be saved with the role.
        steps.extend(self.lift);
        steps.extend(self.over_pause);
        let (at_once, later) = if needed == 0 {
            (Some(self.verify), None)
        } else {
            (None, Some(self.verify))
        };
        steps.extend(at_once);
        let text = format!("{name} saves its role");
        steps.push(soft(new, Act::Persist, 5_000, text));
        steps.extend(brief.tell_watchers(new));
        // Pika refuses to follow while it has replicas; and a replica of Redis' old master would receive the
        // new master's writes through it, and be past the promotion point before it is judged. So that one comes last.
        let follow = |sibling| brief.follow(sibling, new, FollowHow::Judged, 15_000);
        let mut moves: Vec<Vec<Step>> = self.siblings.iter().map(|s| follow(s).into()).collect();
        moves.push(self.old_master);
        steps.extend(with_verify(moves, needed, later));
        steps
    }
}

/// A fence that was left on the candidate, if it is known how the node was before.
pub(super) fn lift(brief: &Brief<'_>, candidate: &Addr) -> Option<Step> {
    let how = brief.view.memory.fences.get(candidate)?.clone();
    let text = format!("lift the fence on {}", brief.name(candidate));
    Some(soft(candidate, Act::Unfence { how }, 5_000, text))
}

/// The same, where it is still up.
pub(super) fn lift_what_bites(brief: &Brief<'_>, candidate: &Addr) -> Option<Step> {
    let seen = brief.view.node(candidate).and_then(|node| node.seen())?;
    lift(brief, candidate).filter(|_| seen.fence.bites())
}

/// Where it stands when it is promoted, whatever others have.
pub(super) fn says_where(brief: &Brief<'_>, candidate: &Addr) -> Step {
    let text = format!("{} says where it stands", brief.name(candidate));
    hard(candidate, Act::StillAhead { of: Vec::new() }, 5_000, text)
}

/// What comes after everybody was moved: the proof that it worked, and the hooks.
pub(super) fn settle(brief: &Brief<'_>, candidate: &Addr, replicas: Vec<Addr>) -> Vec<Step> {
    let mut steps = Vec::new();
    if !replicas.is_empty() {
        let text = "every replica is linked and level".to_owned();
        steps.push(soft(candidate, Act::Links { replicas }, LINKS_MS, text));
    }
    if let Some(ms) = brief.terms.hooks_ms {
        let act = Act::Announce {
            event: "switched".to_owned(),
        };
        let text = "run the hooks of `switched`".to_owned();
        steps.push(soft(candidate, act, ms, text));
    }
    steps
}

/// A pause ends by itself, perhaps before everybody has moved and certainly after a crash of this host; so once there
/// is a new master, a fence that lasts is laid over it.
pub(super) fn over_pause(brief: &Brief<'_>, old: &Addr, how: &FenceHow) -> Option<Step> {
    let how = lasting_over(brief, old, how)?;
    let text = format!("keep {} fenced: {}", brief.name(old), how.label());
    Some(soft(old, Act::Fence { how }, 2_000, text))
}

fn lasting_over(brief: &Brief<'_>, old: &Addr, how: &FenceHow) -> Option<FenceHow> {
    let pause = matches!(how, FenceHow::Pause { .. });
    fence::lasting(brief.view.node(old)?, false).filter(|_| pause)
}

/// How many replicas have to be moved to a node before it takes a write as master, beside those that it has.
pub(super) fn replicas_wanted(brief: &Brief<'_>, candidate: &Addr) -> usize {
    let settings = brief
        .view
        .node(candidate)
        .and_then(|n| n.seen()?.settings.as_ref());
    settings
        .and_then(|s| s.min_replicas_to_write)
        .map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX))
        .saturating_sub(chain::below(brief, candidate).count())
}

/// The proof that the new master takes writes. Once it has replicas there is no way back.
pub(in crate::decide) fn verify(brief: &Brief<'_>, candidate: &Addr, needed: usize) -> Step {
    let token = brief.token.clone();
    let text = format!("{} accepts a write", brief.name(candidate));
    let act = Act::Verify { token };
    let tied = brief.view.node(candidate).is_some_and(chain::tied);
    if needed == 0 && !tied {
        hard(candidate, act, 3_000, text)
    } else {
        soft(candidate, act, REPLICAS_COUNT_MS, text)
    }
}

/// The proof comes as soon as so many replicas as the new master wants have been moved to it.
fn with_verify(mut moves: Vec<Vec<Step>>, needed: usize, mut verify: Option<Step>) -> Vec<Step> {
    if flaw::on(Flaw::SiblingsLeft) {
        moves.drain(..moves.len().saturating_sub(1));
    }
    let mut steps = Vec::new();
    for (moved, one) in (1..).zip(moves) {
        steps.extend(one);
        if moved >= needed {
            steps.extend(verify.take());
        }
    }
    steps.extend(verify);
    steps
}

/// The old master follows, then its fence is lifted. One that holds writes of its own stays apart, and fenced.
pub(super) fn old_master(brief: &Brief<'_>, old: &Addr, new: &Addr, how: &FenceHow) -> Vec<Step> {
    let name = brief.name(old);
    let [follow, persist] = brief.follow(old, new, FollowHow::Judged, OLD_MASTER_MS);
    let mut steps = vec![follow];
    // What the pause holds back is refused as on any replica, and not for want of rights: so the pause ends last.
    if let Some(over) = lasting_over(brief, old, how) {
        let text = format!("lift the lasting fence on {name}");
        steps.push(soft(old, Act::Unfence { how: over }, 10_000, text));
    }
    if *how != FenceHow::Open {
        steps.push(soft(
            old,
            Act::Unfence { how: how.clone() },
            10_000,
            format!("lift the fence on {name}"),
        ));
    }
    // Only now: CONFIG REWRITE would save a fence that lives in the configuration.
    steps.push(persist);
    steps
}

/// A replica counts once it has acknowledged, which Redis' replicas do every second.
const REPLICAS_COUNT_MS: u64 = 10_000;
/// Ghosts of replicas have been seen for 3 s, and for over 40 s where one was stopped.
const OLD_MASTER_MS: u64 = 60_000;
