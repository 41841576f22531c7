//! What an operation leaves behind: the records of the journal, and what memory learns from them.

use serde::Deserialize;
use serde::Serialize;

use super::finding::Finding;
use super::name::Addr;
use super::order::FenceHow;
use super::plan::Act;
use super::plan::Kind;
use super::plan::Plan;
use super::position::Position;
use super::view::Memory;
use super::view::Promotion;

/// One record. Times and the operation's id are added by the journal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "rec", rename_all = "snake_case")]
pub enum Record {
    Begin {
        plan: Box<Plan>,
    },
    /// An operation that had been cut off goes on, forwards or backwards.
    Resume {
        abort: bool,
        by: String,
    },
    Before {
        step: usize,
        /// Promote only: where the candidate stands. Known before it can take a write of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        point: Option<Position>,
    },
    After {
        step: usize,
        ok: bool,
        ms: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        point: Option<Position>,
        /// The stable code of what went wrong with a soft step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    UndoBefore {
        step: usize,
    },
    UndoAfter {
        step: usize,
        ok: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    End {
        outcome: Outcome,
        blackout_ms: Option<f64>,
        total_ms: f64,
    },
}

/// How an operation ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Done,
    /// Aborted too late: going back would have lost writes, so it was finished.
    Finished,
    /// The master changed; these follow-ups remain.
    Incomplete {
        left: Vec<Finding>,
    },
    /// A check refused before anything changed.
    Refused {
        why: String,
    },
    /// It failed and everything was undone.
    Undone {
        why: String,
    },
    /// The operator interrupted it and everything was undone.
    Interrupted,
    /// It is not known what state the cluster is in.
    Unknown {
        why: String,
    },
}

/// Whether these records of `plan` say that its candidate became master, or leave it open.
pub fn may_have_promoted(plan: &Plan, records: &[Record]) -> bool {
    let promotion = plan.promotion_step();
    let last = records.iter().rev().find_map(|record| match record {
        Record::Before { step, .. } if Some(*step) == promotion => Some(true),
        Record::After { step, ok, .. } if Some(*step) == promotion => Some(*ok),
        Record::UndoAfter { step, ok: true, .. } if Some(*step) == promotion => Some(false),
        Record::Begin { .. }
        | Record::Resume { .. }
        | Record::Before { .. }
        | Record::After { .. }
        | Record::UndoBefore { .. }
        | Record::UndoAfter { .. }
        | Record::End { .. } => None,
    });
    last.unwrap_or(false)
}

impl Memory {
    /// Learns from one record of the operation that `plan` describes. `at` is RFC 3339.
    pub fn learn(&mut self, record: &Record, plan: &Plan, at: &str) {
        let step_of = |step: usize| plan.steps.get(step);
        match record {
            Record::Begin { .. } => self.open_operation = Some(plan.id.clone()),
            Record::Before { step, point } => {
                let Some(step) = step_of(*step) else { return };
                match &step.act {
                    // Nothing is put up, so nothing can be left up.
                    Act::Fence {
                        how: FenceHow::Open,
                    } => {}
                    Act::Fence { how } => {
                        self.fenced.insert(step.node.clone(), plan.id.clone());
                        // A second fence over the first would remember the fence as the former state. A pause
                        // remembers nothing, and ends before what is laid over it.
                        let kept = self
                            .fences
                            .entry(step.node.clone())
                            .or_insert_with(|| how.clone());
                        if !kept.lasts() {
                            *kept = how.clone();
                        }
                    }
                    Act::Promote => {
                        if let Some(point) = point {
                            // Begun again after a crash: it stands where it stands now.
                            if self.promotion_open(&step.node, plan) {
                                self.forget_promotion(&step.node, plan);
                            }
                            let from = plan.facts.master.clone();
                            let at_ms = at.parse().map(jiff::Timestamp::as_millisecond);
                            let seen = self.seen_until(from.as_ref(), at_ms.unwrap_or(i64::MIN));
                            self.promotions.push(Promotion {
                                node: step.node.clone(),
                                from,
                                point: point.clone(),
                                at: at.to_owned(),
                                planned: plan.kind == Kind::Promote,
                                automatic: Some(plan.automatic),
                                apart: plan.facts.apart,
                                seen,
                            });
                            let excess = self.promotions.len().saturating_sub(KEPT);
                            self.promotions.drain(..excess);
                        }
                        self.rewrite_owed.insert(step.node.clone(), plan.id.clone());
                    }
                    Act::Follow {
                        how: super::plan::FollowHow::Resync { .. },
                        ..
                    } => {
                        self.full_sync_unfinished
                            .insert(step.node.clone(), plan.id.clone());
                        self.owe_role(&step.node, plan);
                    }
                    Act::Follow { .. } => self.owe_role(&step.node, plan),
                    Act::Lock { .. }
                    | Act::CatchUp { .. }
                    | Act::LastLook
                    | Act::StillAhead { .. }
                    | Act::Drain { .. }
                    | Act::Verify { .. }
                    | Act::Persist
                    | Act::Unfence { .. }
                    | Act::SetApart { .. }
                    | Act::Links { .. }
                    | Act::Announce { .. }
                    | Act::Unlock { .. } => {}
                }
            }
            Record::After {
                step,
                ok,
                code,
                note,
                ..
            } => {
                let Some(step) = step_of(*step) else { return };
                match (&step.act, ok) {
                    (Act::Fence { .. }, true) if plan.sets_apart(&step.node) => {
                        let judged = plan
                            .notes
                            .iter()
                            .find(|n| n.node.as_ref() == Some(&step.node));
                        let why = judged.map_or("its data diverged", |n| n.text.as_str());
                        self.quarantined.insert(step.node.clone(), why.to_owned());
                    }
                    (Act::Unfence { how }, true) => self.forget_fence(&step.node, how),
                    (Act::SetApart { why, .. }, _) => {
                        self.quarantined.insert(step.node.clone(), why.clone());
                    }
                    // With a note it was left as it was.
                    (Act::Persist, true) if note.is_none() => {
                        self.rewrite_owed.remove(&step.node);
                    }
                    // Whoever is master stands apart from nobody.
                    (Act::Promote, true) => {
                        self.quarantined.remove(&step.node);
                    }
                    (Act::Promote, false) => {
                        self.forget_promotion(&step.node, plan);
                        self.rewrite_owed.remove(&step.node);
                    }
                    (Act::Follow { .. }, true) => {
                        self.quarantined.remove(&step.node);
                    }
                    (Act::Follow { .. }, false) => {
                        // Nothing but this step could have moved it, and it has not: or it is not known yet.
                        let in_doubt = code.as_deref() == Some(MOVE_IN_DOUBT);
                        if !in_doubt && self.rewrite_owed.get(&step.node) == Some(&plan.id) {
                            self.rewrite_owed.remove(&step.node);
                        }
                        if code.as_deref().is_some_and(|c| c.starts_with("rejoin.")) {
                            let why = note
                                .clone()
                                .unwrap_or_else(|| "its data diverged".to_owned());
                            self.quarantined.insert(step.node.clone(), why);
                        }
                    }
                    (Act::Links { replicas }, true) => {
                        for replica in replicas {
                            self.full_sync_unfinished.remove(replica);
                            self.gaps.remove(replica);
                        }
                    }
                    _ => {}
                }
            }
            Record::UndoAfter { step, ok, .. } => {
                let Some(step) = step_of(*step) else { return };
                if *ok && let Act::Fence { how } = &step.act {
                    self.forget_fence(&step.node, how);
                }
                if *ok && step.act == Act::Promote {
                    self.forget_promotion(&step.node, plan);
                    self.rewrite_owed.remove(&step.node);
                }
            }
            Record::End { outcome, .. } => {
                if !matches!(outcome, Outcome::Unknown { .. }) {
                    self.open_operation = None;
                }
                let undone = matches!(
                    outcome,
                    Outcome::Refused { .. } | Outcome::Undone { .. } | Outcome::Interrupted
                );
                // A promotion that was begun, cut off by a crash and seen not to have happened.
                if undone
                    && let Some(step) = plan.promotion_step().and_then(step_of)
                    && self.promotion_open(&step.node, plan)
                {
                    self.forget_promotion(&step.node, plan);
                    self.rewrite_owed.retain(|_, by| *by != plan.id);
                }
            }
            Record::Resume { .. } | Record::UndoBefore { .. } => {}
        }
    }

    /// A node is about to be told to follow another. Before a crash it may have been told so by this very operation, and then
    /// nobody knows that it did not move.
    fn owe_role(&mut self, node: &Addr, plan: &Plan) {
        let owed = self.rewrite_owed.entry(node.clone());
        let owed = owed.and_modify(|by| {
            if *by == plan.id {
                by.push_str(", which was cut off");
            }
        });
        owed.or_insert_with(|| plan.id.clone());
    }

    /// A fence of this kind is down; one of another kind that was laid over it may still be up.
    fn forget_fence(&mut self, node: &Addr, how: &FenceHow) {
        if self
            .fences
            .get(node)
            .is_none_or(|kept| kept.same_means(how))
        {
            self.fenced.remove(node);
            self.fences.remove(node);
        }
    }

    /// This very operation has begun to promote the node and not saved it yet.
    fn promotion_open(&self, node: &Addr, plan: &Plan) -> bool {
        self.rewrite_owed.get(node) == Some(&plan.id)
    }

    /// Takes back the newest promotion if it is the one of `plan`.
    fn forget_promotion(&mut self, node: &Addr, plan: &Plan) {
        if self
            .promotions
            .last()
            .is_some_and(|p| p.node == *node && p.from == plan.facts.master)
        {
            self.promotions.pop();
        }
    }
}

/// The code of a step in which a node was told to follow and did not show in time whether it does.
pub const MOVE_IN_DOUBT: &str = "replica.move_in_doubt";
/// Promotions that are kept.
const KEPT: usize = 64;
