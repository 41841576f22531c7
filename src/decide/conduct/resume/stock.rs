//! Taking stock after a crash: whether the candidate was promoted, and what follows from that.

use super::IN_FLIGHT_US;
use super::Resumption;
use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::Phase;
use crate::decide::conduct::Show;
use crate::decide::conduct::Why;
use crate::decide::conduct::work::Work;
use crate::decide::conduct::work::promotion::lacks_what_it_had;
use crate::decide::conduct::work::replication;
use crate::decide::facts::Fault;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::position::Position;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

const POLL_US: u64 = 100_000;
const QUESTION_US: u64 = 2_000_000;
const STOCK_US: u64 = 10_000_000;

impl Conduct {
    pub(in crate::decide::conduct) fn take_stock(
        &mut self,
        resumption: &Resumption,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        out.push(Action::Journal(Record::Resume {
            abort: resumption.abort,
            by: resumption.by.clone(),
        }));
        if !resumption.promotion_begun || self.plan.promotion_step().is_none() {
            self.not_promoted(resumption.abort, now_us, out);
            return;
        }
        out.push(Action::Show(Show::Step {
            text: "look whether the candidate was promoted".to_owned(),
        }));
        let in_flight = if resumption.promotion_done {
            0
        } else {
            IN_FLIGHT_US
        };
        self.phase = Phase::TakingStock {
            abort: resumption.abort,
            until_us: now_us + in_flight,
        };
        self.step_until_us = now_us + STOCK_US;
        self.ask_stock(now_us, out);
    }

    pub(in crate::decide::conduct) fn ask_stock(&mut self, now_us: u64, out: &mut Vec<Action>) {
        let Some(node) = self.promotion_node() else {
            return self.not_promoted(true, now_us, out);
        };
        self.ask(0, &node, Order::Replication, QUESTION_US, out);
    }

    pub(in crate::decide::conduct) fn stock_taken(
        &mut self,
        abort: bool,
        until_us: u64,
        result: Result<Answer, Fault>,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        if let Some(own) = self.candidate_stock.take() {
            if own.role == Role::Master {
                return self.others_told(abort, own, result.ok(), now_us, out);
            }
            return self.feeder_told(until_us, result, now_us, out);
        }
        match replication(result) {
            Ok(own) if own.role == Role::Master && self.is_another(&own) => {
                self.not_promoted(abort, now_us, out);
            }
            Ok(own) if own.role == Role::Master && self.came_back_short(&own) => {
                self.lost_its_role("has come back as a master without what it had", now_us, out);
            }
            Ok(own) if own.role == Role::Master => {
                let others = self.others();
                if others.is_empty() {
                    return self.was_promoted(abort, Box::new(own), now_us, out);
                }
                self.candidate_stock = Some(Box::new(own));
                self.others_stock = (others.len(), None);
                for other in &others {
                    self.ask(0, other, Order::Observe, QUESTION_US, out);
                }
            }
            Ok(own) if self.was_master() || own.points_at_closed_port() => {
                self.lost_its_role("is no master any more", now_us, out);
            }
            Ok(own) if self.may_have_been_master(&own, self.stock_point()) => {
                let Some(old) = self.plan.facts.master.clone() else {
                    return self.lost_its_role("is no master any more", now_us, out);
                };
                self.candidate_stock = Some(Box::new(own));
                self.ask(0, &old, Order::Replication, QUESTION_US, out);
            }
            Ok(_) if now_us >= until_us => {
                out.push(Action::Show(Show::StepDone {
                    ms: 0,
                    note: Some("it was not".to_owned()),
                }));
                self.not_promoted(abort, now_us, out);
            }
            Err(fault) if now_us >= self.step_until_us => {
                let why = format!(
                    "the candidate does not answer ({fault}), so it cannot be told whether it is master"
                );
                self.finish(Outcome::Unknown { why }, now_us, out);
            }
            Ok(_) | Err(_) => self.wake_at(now_us + POLL_US, out),
        }
    }

    /// The candidate is a replica past the point where both stood. Where the old master stands there still, nobody else has sent
    /// it that: it was master. One that was freed of its fence since, by a restart or by others, may have sent it.
    fn feeder_told(
        &mut self,
        until_us: u64,
        result: Result<Answer, Fault>,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        let at = replication(result).ok().and_then(|old| old.position);
        if at.is_some() && at.as_ref() == self.stock_point() {
            return self.lost_its_role("is no master any more", now_us, out);
        }
        let may_come_us = if at.is_some() {
            until_us
        } else {
            self.step_until_us
        };
        if now_us < may_come_us {
            return self.wake_at(now_us + POLL_US, out);
        }
        let name = self.candidate_name();
        let why = format!(
            "{name} was told to become master and is none; it is past where both stood, and what it has beyond that may be the old \
             master's, or its own: whether it was master cannot be told, so look at its data"
        );
        out.push(Action::Show(Show::StepFailed { text: why.clone() }));
        self.found = Some(Outcome::Unknown { why });
        self.not_promoted(true, now_us, out);
    }

    /// Where both stood when the candidate was told to become master.
    fn stock_point(&self) -> Option<&Position> {
        self.resumed.as_ref().and_then(|r| r.point.as_ref())
    }

    pub(super) fn candidate_name(&self) -> String {
        let node = self.promotion_node();
        node.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// What was found out of the candidate leaves a person to look at its data.
    pub(super) fn tell_of_candidate(
        &mut self,
        code: &'static str,
        text: String,
        hint: String,
        out: &mut Vec<Action>,
    ) {
        out.push(Action::Show(Show::StepFailed { text: text.clone() }));
        let node = self.promotion_node();
        let finding = Finding::new(code, Severity::Critical, node.as_ref(), text, hint);
        self.left.push(finding);
    }

    /// Nobody is moved, and whatever fence was put up before the crash stays where it is.
    pub(super) fn tell_of_fence(&mut self) {
        let begun = self.resumed.iter().flat_map(|r| r.begun.iter().enumerate());
        let mut begun = begun.filter(|(_, begun)| **begun);
        if !begun.any(|(step, _)| self.is_fence(step)) {
            return;
        }
        let Some((old, _)) = self.plan.fence() else {
            return;
        };
        let finding = Finding::new(
            "fence.kept",
            Severity::Warning,
            Some(old),
            format!("{old} may still be fenced"),
            "once it is known whose data count, `pikafo repoint` attaches the other one and lifts the fence",
        );
        self.left.push(finding);
    }

    /// Whoever was told to follow the new master may or may not do so.
    pub(super) fn tell_of_moved(&mut self) {
        let Some(resumption) = &self.resumed else {
            return;
        };
        let steps = resumption.begun.iter().zip(&self.plan.steps);
        let told = steps.filter(|(begun, step)| **begun && matches!(step.act, Act::Follow { .. }));
        let moved: Vec<Addr> = told.map(|(_, step)| step.node.clone()).collect();
        for node in moved {
            let finding = Finding::new(
                "rejoin.past_unknown",
                Severity::Warning,
                Some(&node),
                format!(
                    "{node} was told to follow the new master, and may have been elsewhere since"
                ),
                "once it is known whose data count, `pikafo repoint` judges it",
            );
            self.left.push(finding);
        }
    }

    pub(super) fn was_promoted(
        &mut self,
        abort: bool,
        own: Box<Replication>,
        now_us: u64,
        out: &mut Vec<Action>,
    ) {
        out.push(Action::Show(Show::StepDone {
            ms: 0,
            note: Some("it was".to_owned()),
        }));
        if abort {
            let text =
                "it may hold writes that the old master lacks: finishing instead of going back";
            out.push(Action::Show(Show::Note {
                text: text.to_owned(),
            }));
        }
        self.promoted = true;
        self.promoted_as = Some(own);
        self.point = self.resumed.as_ref().and_then(|r| r.point.clone());
        self.forward_from_promotion(now_us, out);
    }

    /// It was not seen to be promoted, and is a master that lacks what the candidate had: it was started again as one.
    fn is_another(&self, own: &Replication) -> bool {
        let resumed = self.resumed.as_ref().filter(|r| !r.promotion_done);
        let point = resumed.and_then(|r| r.point.as_ref());
        match (&own.position, point) {
            (Some(at), Some(point)) => !at.covers(point),
            (Some(_) | None, Some(_) | None) => false,
        }
    }

    /// It was seen to be promoted, and was emptied since, or has lost its newest data: the old master has what it lacks. An
    /// offset of Redis may begin anew with the data still there.
    fn came_back_short(&self, own: &Replication) -> bool {
        let point = self.resumed.as_ref().and_then(|r| r.point.as_ref());
        point.is_some_and(|point| self.was_master() && lacks_what_it_had(own, point))
    }

    fn was_master(&self) -> bool {
        self.resumed
            .as_ref()
            .is_some_and(|r| r.promotion_done && !r.going_back)
    }

    /// It is no master, and was told to become one at `point`. A fenced master sends nothing, so a candidate past it has been
    /// master and taken writes meanwhile, or its master is fenced no more. (Redis counts its own pings into the offset and tells a
    /// divergence by itself.) One that was thought dead may send again. And whoever points at a closed port was set apart as a
    /// second master.
    pub(in crate::decide::conduct) fn may_have_been_master(
        &self,
        own: &Replication,
        point: Option<&Position>,
    ) -> bool {
        let past = match (&own.position, point) {
            (Some(own @ Position::Pika(_)), Some(point)) => !point.covers(own),
            (Some(_) | None, Some(_) | None) => false,
        };
        (past && self.plan.kind == Kind::Promote) || own.points_at_closed_port()
    }

    /// It was master, restarted before its role was saved, and follows somebody again; or others have set it apart for a
    /// master that had come back, and it points at a closed port. What it took in between is on it alone, and Pika would not
    /// say so: there is nothing to finish, and it must be told.
    fn lost_its_role(&mut self, how: &str, now_us: u64, out: &mut Vec<Action>) {
        let name = self.candidate_name();
        let text = format!("{name} was promoted and {how}: it may hold writes of its own");
        let hint = format!("look at its data; `pikafo repoint {name} --resync` discards it");
        self.tell_of_candidate("rejoin.past_unknown", text, hint, out);
        let left = self.left.clone();
        self.found = Some(Outcome::Incomplete { left });
        self.not_promoted(true, now_us, out);
    }

    fn not_promoted(&mut self, abort: bool, now_us: u64, out: &mut Vec<Action>) {
        if self.resumed.as_ref().is_some_and(|r| r.told) {
            return self.left_to_who_made_it_known(now_us, out);
        }
        self.take_back_the_promotion(out);
        // What the crash left behind is undone too, should it fail again.
        if let Some(resumption) = &self.resumed {
            self.begun.clone_from(&resumption.begun);
            self.fence_in_doubt = resumption.fence_in_doubt;
        }
        let why = if abort {
            let by = self.resumed.as_ref().map(|r| r.by.as_str());
            Why::Failed(format!(
                "cut off, and aborted by {}",
                by.unwrap_or_default()
            ))
        } else {
            // A fence that still stands would hold back the lock's own write, and clients for longer than
            // the plan allows.
            Why::StartOver
        };
        self.go_back(why, now_us, out);
    }

    fn left_to_who_made_it_known(&mut self, now_us: u64, out: &mut Vec<Action>) {
        let (node, name) = (self.promotion_node(), self.candidate_name());
        self.left.push(Finding::new(
            "failover.overtaken",
            Severity::Warning,
            node.as_ref(),
            format!(
                "{name} is held for the master all the same, and the watchers see to it that it is"
            ),
            "",
        ));
        self.tell_of_fence();
        let left = self.left.clone();
        self.finish(Outcome::Incomplete { left }, now_us, out);
    }

    /// The journal says that the candidate was about to be promoted; memory must not go on believing that it was.
    fn take_back_the_promotion(&mut self, out: &mut Vec<Action>) {
        let Some(step) = self.plan.promotion_step() else {
            return;
        };
        if let Some(begun) = self.resumed.as_mut().and_then(|r| r.begun.get_mut(step))
            && std::mem::take(begun)
        {
            let note = match &self.found {
                None => "it was never promoted",
                Some(Outcome::Unknown { .. }) => "whether it was promoted cannot be told",
                Some(_) => "it was promoted, and that does not stand",
            };
            out.push(Action::Journal(Record::UndoAfter {
                step,
                ok: true,
                note: Some(note.to_owned()),
            }));
        }
    }

    /// The fence goes up again first, in case a restart has forgotten it; what follows is idempotent.
    fn forward_from_promotion(&mut self, now_us: u64, out: &mut Vec<Action>) {
        self.phase = Phase::Idle;
        self.work = Work::Idle;
        let keep = |act: &Act| match act {
            Act::Lock { .. }
            | Act::CatchUp { .. }
            | Act::LastLook
            | Act::StillAhead { .. }
            | Act::Drain { .. }
            | Act::Promote => false,
            Act::Fence { .. }
            | Act::Verify { .. }
            | Act::Persist
            | Act::Follow { .. }
            | Act::Unfence { .. }
            | Act::SetApart { .. }
            | Act::Links { .. }
            | Act::Announce { .. }
            | Act::Unlock { .. } => true,
        };
        let skipped: Vec<bool> = self.plan.steps.iter().map(|s| !keep(&s.act)).collect();
        self.skipped = skipped;
        self.enter(0, now_us, out);
    }

    pub(super) fn promotion_node(&self) -> Option<Addr> {
        Some(
            self.plan
                .steps
                .get(self.plan.promotion_step()?)?
                .node
                .clone(),
        )
    }
}
