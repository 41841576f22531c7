//! What the conductor is told and what it says: events in, actions out.

use serde::Deserialize;
use serde::Serialize;

use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::record::Record;

/// What the conductor is told.
#[derive(Clone, Debug)]
pub enum Event {
    Begin,
    /// The answer to the order asked under `ask`.
    Answer {
        ask: Ask,
        result: Result<Answer, Fault>,
    },
    /// A time that was asked for has come.
    Wake,
    /// The operator wants to stop.
    Interrupt,
    /// The journal cannot be written any more.
    JournalLost,
}

/// What the host shall do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Append to the journal; on disk before any later [`Action::Ask`] whose order acts.
    Journal(Record),
    /// Give `node` the order within the deadline and bring the answer back.
    Ask {
        ask: Ask,
        node: Addr,
        order: Order,
        within_us: u64,
        /// It is not sent from then on: its step is given up by then, however long the journal's disk or the link took.
        until_us: Option<u64>,
    },
    /// Send [`Event::Wake`] at this time.
    Wake { at_us: u64 },
    /// For people.
    Show(Show),
    Finish {
        outcome: Outcome,
        blackout_us: Option<u64>,
    },
}

/// Names an order, so that answers that come too late are recognised and ignored.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Ask {
    pub(super) turn: u32,
    pub(super) tag: u32,
}

/// Progress for people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "show", rename_all = "snake_case")]
pub enum Show {
    Step { text: String },
    Detail { text: String },
    StepDone { ms: u64, note: Option<String> },
    StepFailed { text: String },
    Undoing { why: String },
    Note { text: String },
}
