//! What goes wrong, and when.

use super::decide::order::Order;

/// What becomes of one order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// The server says no and does nothing.
    Refuses(&'static str),
    /// The watchers have gone on.
    Overtakes,
    /// It never gets there; nobody answers.
    Lost,
    /// It is carried out; the answer never comes.
    Mute,
    /// Nobody answers in time; so much later it is carried out all the same.
    Late(u64),
    /// The server dies and does nothing.
    Dies,
    /// The server does it and dies.
    DoesAndDies,
}

/// What happens by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Happening {
    Interrupt,
    JournalLost,
    Kill(&'static str),
    /// It had only stood still.
    GoOn(&'static str),
    Restart(&'static str),
    /// It is back at once, without so many of its newest records.
    PowerCut(&'static str, usize),
    Unstick(&'static str),
    /// Somebody writes to it who waits for no acknowledgement.
    Write(&'static str),
}

/// Which order it befalls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Befalls {
    pub(crate) node: &'static str,
    pub(crate) verb: &'static str,
    /// From this one on, counted from 0 among those of the node and the verb, …
    pub(crate) from: usize,
    /// … so many of them.
    pub(crate) times: usize,
    pub(crate) what: Trouble,
}

/// The word for an order in stories and scripts.
pub(crate) fn verb(order: &Order) -> &'static str {
    match order {
        Order::Observe => "observe",
        Order::Replication => "replication",
        Order::Fence { .. } => "fence",
        Order::Unfence { .. } => "unfence",
        Order::Promote { .. } => "promote",
        Order::Follow { force: false, .. } => "follow",
        Order::Follow { force: true, .. } => "copy",
        Order::ClearHistory => "clear-history",
        Order::Persist => "persist",
        Order::ProbeWrite { .. } => "probe-write",
        Order::Lock { .. } => "lock",
        Order::Unlock { .. } => "unlock",
        Order::Hooks { .. } => "hooks",
    }
}
