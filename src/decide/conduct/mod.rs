//! Carries out a [`Plan`]: a state machine that is told what happened and says what to do next.
//!
//! ```text
//!   host                              Conduct
//!    │  step(now, Begin)        ───▶    │
//!    │  ◀─── [Journal(before), Ask(..)] │   a record is on disk before the order that acts is sent
//!    │  step(now, Answer{..})   ───▶    │
//!    │  ◀─── [Journal(after), ..]       │
//!    │  step(now, Wake)         ───▶    │   deadlines and polls
//!    │  step(now, Interrupt)    ───▶    │   before the point of no return: undo; after it: finish
//!    │  ◀─── [Finish(outcome)]          │
//! ```
//!
//! `promote`, `failover`, `repoint` and the supervisor all conduct their plans here; there is no second
//! implementation. Time is microseconds since any fixed start.
//!
//! * [`talk`]: what it is told and what it says; [`advance`]: from step to step
//! * [`work`]: what each kind of step does until it is proven or has failed
//! * [`undo`]: the way back
//! * [`resume`]: going on after a crash, from the journal's records

mod advance;
mod resume;
mod talk;
#[cfg(test)]
pub(in crate::decide) mod tests;
mod undo;
mod work;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::facts::Fault;
use super::facts::Replication;
use super::finding::Finding;
use super::name::Addr;
use super::plan::Plan;
use super::position::Position;
use super::record::Outcome;

pub use resume::IN_FLIGHT_US;
pub use resume::Resumption;
pub use talk::Action;
pub use talk::Ask;
pub use talk::Event;
pub use talk::Show;
use work::Work;

/// The state machine.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that has or has not happened"
)]
pub struct Conduct {
    plan: Plan,
    phase: Phase,
    work: Work,
    /// Counts changes of step; an answer to an older turn is ignored.
    turn: u32,
    begun: Vec<bool>,
    step_from_us: u64,
    step_until_us: u64,
    /// When the turn in hand wants to go on. Wakes that older turns asked for still arrive and are not heard.
    poll_us: Option<u64>,
    from_us: Option<u64>,
    /// Until when it counts what the dead master was last found to be.
    dead_until_us: Option<u64>,
    /// Where the candidate stands or stood when it was promoted.
    point: Option<Position>,
    promoted: bool,
    /// What the candidate said when it was seen to be master.
    promoted_as: Option<Box<Replication>>,
    /// A probe write was refused by the promoted candidate, so nobody can have written to it.
    promoted_but_useless: bool,
    /// Everybody has been told of the new master.
    announced: bool,
    /// After a crash: what the candidate, which is master, said, while the others are asked whether the old one went on.
    candidate_stock: Option<Box<Replication>>,
    /// Of these, how many have not answered yet, and how one has shown it.
    others_stock: (usize, Option<&'static str>),
    /// The old master has said that it refuses writes.
    fence_holds: bool,
    /// An order to put up the fence, or to lift it before a crash, was not answered: it may yet do so, even after the fence was
    /// lifted, or put up anew.
    fence_in_doubt: bool,
    /// The old master stands behind a fence that does not end by itself.
    fence_lasts: bool,
    /// Else: when the fence ends by itself, unless it is put up again before.
    fence_ends_us: Option<u64>,
    /// When it was last told to go up: what ends by itself has begun no sooner.
    fence_asked_us: u64,
    /// What is known by now of the node that is to follow.
    joining: work::follow::Joining,
    /// Whom it left apart by where the candidate was promoted, and where each of them stood.
    apart: BTreeMap<Addr, Position>,
    /// Full copies that were asked for or seen, from the order on.
    copies: BTreeMap<Addr, work::copying::Copying>,
    /// How it ends once it has gone back, where the candidate was or may have been master before a crash and is none any more.
    found: Option<Outcome>,
    moved_somebody: bool,
    /// The last answer to an order that is insisted on was a plain refusal.
    refused: bool,
    left: Vec<Finding>,
    /// Nodes that did not come to follow: nobody waits for their links, and they stay fenced and unsaved.
    dropped: Vec<Addr>,
    blackout_from_us: Option<u64>,
    blackout_us: Option<u64>,
    interrupted: bool,
    /// To be heard between steps, as long as the way back is open.
    stopping: Option<Why>,
    resumed: Option<Resumption>,
    /// After a resumption past the promotion: steps that are not taken again.
    skipped: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Idle,
    /// After a crash: is the candidate master by now?
    TakingStock {
        abort: bool,
        until_us: u64,
    },
    Forward(usize),
    Back {
        step: usize,
        why: Why,
    },
    Over,
}

/// Why it goes back.
#[derive(Clone, Debug, PartialEq)]
enum Why {
    Failed(String),
    Refused(String),
    Interrupted,
    /// What was left by a crash is cleared away first, then every step is taken again.
    StartOver,
}

impl Why {
    fn text(&self) -> &str {
        match self {
            Self::Failed(text) | Self::Refused(text) => text,
            Self::Interrupted => "interrupted",
            Self::StartOver => "starting over",
        }
    }
}

impl Conduct {
    pub fn new(plan: Plan) -> Self {
        let begun = vec![false; plan.steps.len()];
        Self {
            plan,
            phase: Phase::Idle,
            work: Work::Idle,
            turn: 0,
            begun,
            step_from_us: 0,
            step_until_us: 0,
            poll_us: None,
            from_us: None,
            dead_until_us: None,
            point: None,
            promoted: false,
            promoted_as: None,
            promoted_but_useless: false,
            announced: false,
            candidate_stock: None,
            others_stock: (0, None),
            fence_holds: false,
            fence_in_doubt: false,
            fence_lasts: false,
            fence_ends_us: None,
            fence_asked_us: 0,
            joining: work::follow::Joining::default(),
            apart: BTreeMap::new(),
            copies: BTreeMap::new(),
            found: None,
            moved_somebody: false,
            refused: false,
            left: Vec::new(),
            dropped: Vec::new(),
            blackout_from_us: None,
            blackout_us: None,
            interrupted: false,
            stopping: None,
            resumed: None,
            skipped: Vec::new(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The candidate was seen to be master: from here on everything is done to finish.
    pub fn promoted(&self) -> bool {
        self.promoted
    }

    /// Where a node stood that was left apart by where the candidate was promoted, and by nothing that it was seen to do.
    pub fn left_apart_at(&self, node: &Addr) -> Option<&Position> {
        self.apart.get(node)
    }

    /// Everybody is told of the new master, which is not taken back from then on: they would make it master again.
    pub fn set_announced(&mut self, told: bool) {
        self.announced = told;
    }

    pub fn announced(&self) -> bool {
        self.announced
    }

    /// What is left to do for a person, as far as known by now.
    pub fn left(&self) -> &[Finding] {
        &self.left
    }
}

/// What a step's work came to.
#[derive(Debug)]
enum Flow {
    Wait,
    Done(Option<String>),
    /// The step failed and the operation goes on; somebody has to follow up.
    Soft {
        code: Cow<'static, str>,
        text: String,
        hint: String,
    },
    /// The step failed, and nothing follows from that.
    Passed(String),
    /// A condition does not hold; nothing was changed by this step.
    Refused(String),
    Failed(String),
    /// It cannot be told whether the master changed.
    Unknown(String),
    /// The watchers have made another the master meanwhile: nothing more is done.
    Overtaken(String),
}
