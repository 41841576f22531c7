//! What the engine wants done.

use serde::Deserialize;
use serde::Serialize;

use super::durable::Durable;
use crate::decide::conduct;
use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::Memory;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// Done in this order; nothing after a [`Action::Persist`] begins before the disk has answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Make this durable. If that fails, do of the rest of the batch, and of batches that waited for the disk with it,
    /// only what [`Action::without_the_disk`] leaves, and send [`super::Event::NotPersisted`].
    Persist { durable: Box<Durable> },
    /// Keep a link to this node, or change how often it is looked at.
    Probe {
        cluster: String,
        node: Addr,
        pace: Pace,
    },
    /// Take a full look at the node now, over a link of its own if the other one is stuck.
    Look { cluster: String, node: Addr },
    /// Let go of the node.
    Leave { cluster: String, node: Addr },
    /// Keep a link to this watcher.
    Meet { peer: Id, addr: Addr },
    /// Let go of a watcher.
    Part { peer: Id },
    /// Ask a watcher whether `master` is down, and for its vote where `candidate` is given.
    AskPeer {
        cluster: String,
        peer: Id,
        master: Addr,
        epoch: u64,
        candidate: Option<Id>,
    },
    /// Say this hello from now on, on every node and to every watcher of the cluster; `now`: at once.
    SayHello { hello: Hello, now: bool },
    /// Fetch what a pikafo watcher remembers of promotions.
    Fetch { cluster: String, peer: Id },
    /// Ask a pikafo watcher for its fences: [`super::Event::Told`].
    AskFences { cluster: String, peer: Id },
    /// The next hello of everybody for this cluster is news, whatever it says.
    ListenAnew { cluster: String },
    /// Tell the other pikafo watchers that automatic failover is held or released.
    SpreadPause {
        cluster: String,
        pause: Option<Pause>,
        /// When that was said.
        said_ms: i64,
    },
    /// Keep this of the cluster in its state folder, beside what its journal says.
    Remember {
        cluster: String,
        memory: Box<Memory>,
    },
    /// Append to the cluster's journal; on disk before any later [`Action::Order`] that acts.
    Journal {
        cluster: String,
        plan: String,
        record: Box<Record>,
    },
    /// Give a node an order, or run hooks.
    Order {
        cluster: String,
        /// The plan's id; the answer bears it.
        operation: String,
        ask: conduct::Ask,
        node: Addr,
        order: Order,
        within_us: u64,
        /// Nothing is sent any more from then on, on the clock of [`super::event::Input::now_us`]: by then its step is over, or
        /// another may lead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_us: Option<u64>,
    },
    /// Orders of this operation that have not been sent yet must not be.
    Withdraw { cluster: String, operation: String },
    /// Answer whoever asked under `ticket`.
    Reply { ticket: u64, reply: Reply },
    /// More for whoever asked under `ticket`, before the answer.
    Tell { ticket: u64, show: conduct::Show },
    /// An event of Sentinel's, for subscribers, the log, and scripts.
    Emit(Notice),
    /// Run stock's `client-reconfig-script`, if there is one.
    Reconfigured {
        cluster: String,
        leader: bool,
        from: Addr,
        to: Addr,
    },
    /// Run the hooks of an event that no plan announces (`down`, `up`, `paused`, …).
    Hooks {
        cluster: String,
        event: String,
        facts: Vec<(String, String)>,
    },
    /// Send [`super::Event::Wake`] at this time.
    Wake { at_us: u64 },
}

impl Action {
    /// What becomes of it where it waited for a disk that has refused. Links are kept all the same; and whoever has asked for
    /// something waits, and hears how it ended, or that it was not promised.
    pub fn without_the_disk(self) -> Option<Self> {
        if let Self::Reply {
            ticket,
            reply: Reply::Done | Reply::Vote { .. },
        } = self
        {
            let reply = Reply::cannot_save();
            return Some(Self::Reply { ticket, reply });
        }
        let stands = matches!(
            self,
            Self::Probe { .. }
                | Self::Leave { .. }
                | Self::Meet { .. }
                | Self::Part { .. }
                | Self::Reply { .. }
        );
        stands.then_some(self)
    }
}

/// How often a node is looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// A sign of life every `down_after / 5`, one second at most; a quick look every two seconds (the master: every
    /// second), a full one every ten.
    #[default]
    Calm,
    /// Something is wrong in the cluster: a quick look every 100 ms.
    Brisk,
}

/// An event as Sentinel publishes it: the channel and the payload.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notice {
    pub level: Level,
    /// `+switch-master`.
    pub channel: String,
    pub payload: String,
    /// The cluster whose notification script hears of it, where the level is warning.
    pub cluster: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Goes to the log and not to subscribers.
    Debug,
    Verbose,
    Notice,
    /// Also runs the notification script.
    Warning,
}

/// Automatic failover is held.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pause {
    /// Milliseconds since the epoch; `None`: until resumed.
    pub until_ms: Option<i64>,
    pub by: String,
    pub reason: Option<String>,
    /// When it was said: a later word overrides an earlier one.
    pub at_ms: i64,
}

/// The answer to a request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    Done,
    Vote {
        down: bool,
        leader: Option<Id>,
        leader_epoch: u64,
    },
    /// A whole error line without the dash: `NOGOODSLAVE No suitable replica to promote`.
    Error {
        line: String,
    },
    /// A plan that was asked for with `dry_run`, or why there is none.
    Planned {
        plan: Box<Plan>,
    },
    /// No plan, or nothing to do: the stable code, the words, and what to do.
    Refused {
        kind: String,
        code: String,
        text: String,
        hint: String,
    },
    /// An operation that was asked for has ended.
    Ended {
        plan: Box<Plan>,
        outcome: Outcome,
        blackout_us: Option<u64>,
        total_ms: u64,
        findings: Vec<Finding>,
    },
}

impl Reply {
    /// The disk has refused what it would rest on.
    pub fn cannot_save() -> Self {
        Self::Error {
            line: "ERR this watcher cannot save its state and leads nothing; ask another"
                .to_owned(),
        }
    }
}
