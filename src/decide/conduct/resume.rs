//! Going on after a crash, forwards (`--resume`) or backwards (`--abort`), from the journal's records.
//!
//! The records say what was begun; only the candidate itself can say whether it was promoted. So stock is
//! taken first ([`stock`]). Not promoted: what was begun is undone, and where the operation shall go on every step is
//! taken again from the first.
//! Promoted: the only way is forwards, for the new master may hold writes that the old one lacks.

mod others;
mod stock;

use super::Conduct;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::record::Record;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// What is known of an operation that was cut off.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that has or has not happened"
)]
pub struct Resumption {
    pub abort: bool,
    pub by: String,
    begun: Vec<bool>,
    /// Steps that were done.
    done: Vec<bool>,
    point: Option<Position>,
    promotion_begun: bool,
    promotion_done: bool,
    /// It was being led back when the crash came.
    going_back: bool,
    fence_in_doubt: bool,
    /// The old master was seen behind a fence that does not end by itself, after it could no longer matter that
    /// another one does.
    fence_lasts: bool,
    /// Everybody holds the candidate for the master.
    told: bool,
}

/// A NO ONE that was sent before the crash may still be under way on the server: Pika has stalled for
/// 2.5 s in it. No order is under way in the network for longer.
pub const IN_FLIGHT_US: u64 = 3_000_000;

impl Resumption {
    pub(super) fn fence_lasts(&self) -> bool {
        self.fence_lasts
    }

    /// The steps, and whether each was begun before the crash and has not been undone since.
    pub(super) fn begun(&self) -> impl Iterator<Item = (usize, bool)> {
        self.begun.iter().copied().enumerate()
    }

    /// Before the crash this step was begun, and has not been undone since.
    pub(super) fn has_begun(&self, step: usize) -> bool {
        self.begun.get(step) == Some(&true)
    }

    /// Before the crash this step was seen to be done.
    pub(super) fn is_done(&self, step: usize) -> bool {
        self.done.get(step) == Some(&true)
    }
}

impl Conduct {
    /// An operation that was cut off after `records`, of which the first is its `Begin`.
    pub fn resume(plan: Plan, records: &[Record], abort: bool, by: &str) -> Self {
        let promotion = plan.promotion_step();
        let mut resumption = Resumption {
            abort,
            by: by.to_owned(),
            begun: vec![false; plan.steps.len()],
            done: vec![false; plan.steps.len()],
            point: None,
            promotion_begun: false,
            promotion_done: false,
            going_back: false,
            fence_in_doubt: false,
            fence_lasts: false,
            told: false,
        };
        let fences = |step: usize| {
            let act = plan.steps.get(step).map(|s| &s.act);
            matches!(act, Some(Act::Fence { .. }))
        };
        let lasting = |step: usize| {
            let act = plan.steps.get(step).map(|s| &s.act);
            matches!(act, Some(Act::Fence { how }) if how.lasts())
        };
        // What a later run puts up says nothing of the time in between, in which a pause may have ended.
        let mut gone_on = false;
        for record in records {
            if let Record::After { step, ok, .. } = record
                && let Some(done) = resumption.done.get_mut(*step)
            {
                *done = *ok;
            }
            match record {
                Record::Before { step, point } => {
                    if let Some(begun) = resumption.begun.get_mut(*step) {
                        *begun = true;
                    }
                    resumption.fence_in_doubt |= fences(*step);
                    if Some(*step) == promotion {
                        resumption.promotion_begun = true;
                        resumption.point.clone_from(point);
                    }
                }
                Record::After { step, ok, .. } if Some(*step) == promotion => {
                    resumption.promotion_done = *ok;
                    resumption.promotion_begun = *ok;
                    if let Some(begun) = resumption.begun.get_mut(*step) {
                        *begun = *ok;
                    }
                }
                Record::After { step, ok: true, .. } if fences(*step) => {
                    resumption.fence_in_doubt = false;
                    resumption.fence_lasts |= lasting(*step) && !gone_on;
                }
                Record::UndoAfter { step, ok: true, .. } => {
                    resumption.fence_lasts &= !lasting(*step);
                    resumption.fence_in_doubt &= !fences(*step);
                    if let Some(begun) = resumption.begun.get_mut(*step) {
                        *begun = false;
                    }
                    if Some(*step) == promotion {
                        resumption.promotion_begun = false;
                        resumption.promotion_done = false;
                        resumption.going_back = false;
                        gone_on = false;
                    }
                }
                Record::UndoBefore { step } if Some(*step) == promotion => {
                    resumption.going_back = true;
                }
                Record::UndoBefore { step } => resumption.fence_in_doubt |= fences(*step),
                Record::Resume { .. } => gone_on = resumption.promotion_begun,
                Record::Begin { .. }
                | Record::After { .. }
                | Record::UndoAfter { .. }
                | Record::End { .. } => {}
            }
        }
        let mut conduct = Self::new(plan);
        conduct.resumed = Some(resumption);
        conduct
    }

    /// Everybody holds the candidate for the master, whatever it says itself: if a restart has made a replica of it, it is
    /// made that again, and the old one must not take writes meanwhile. Nothing is undone.
    #[must_use]
    pub fn with_heir_told(mut self) -> Self {
        if let Some(resumption) = &mut self.resumed {
            resumption.told = true;
        }
        self
    }

    /// The watchers have made `master` the master since: what this operation put up on that one goes, and nothing else is
    /// undone, for it may be theirs by now. `None` where that is nothing, or where another takes writes by what is seen.
    pub fn of_their_master(mut self, master: &Addr, view: &ClusterView) -> Option<Self> {
        let takes_writes = |node: &&NodeView| node.seen().is_none_or(|seen| !seen.fence.bites());
        let mut others = view.masters().filter(|node| node.addr != *master);
        let reigns = view.masters().any(|node| node.addr == *master);
        if !reigns || others.any(|node| takes_writes(&node)) {
            return None;
        }
        let (steps, resumption) = (&self.plan.steps, self.resumed.as_mut()?);
        let mut stands = false;
        for (step, begun) in steps.iter().zip(&mut resumption.begun) {
            let fence = matches!(step.act, Act::Fence { .. }) && step.node == *master;
            *begun &= fence || matches!(step.act, Act::Lock { .. });
            stands |= fence && *begun;
        }
        resumption.promotion_begun = false;
        stands.then_some(self)
    }
}
