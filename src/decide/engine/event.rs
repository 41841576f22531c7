//! What the engine is told.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::spec::Periods;
use super::spec::Spec;
use super::told::Told;
use crate::decide::conduct;
use crate::decide::facts::Fault;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::record::Record;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

/// One thing that happened, with the time and a die that was thrown for it. A history of these is linear and
/// replays to the same decisions.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Input {
    /// Microseconds on the monotonic clock since the process began; never goes back.
    pub now_us: u64,
    /// Milliseconds since the epoch, for stamps and samples.
    pub wall_ms: i64,
    pub nonce: u64,
    pub event: Event,
}

/// What happened.
// Not tagged inside: serde then buffers what it reads, and maps whose keys are numbers do not survive that.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A cluster is to be watched from now on, or its rules have changed.
    Configure {
        spec: Box<Spec>,
        memory: Box<Memory>,
        /// What this watcher was in the middle of when it was cut off.
        unfinished: Option<Box<Unfinished>>,
    },
    /// A cluster is not to be watched any more.
    Forget { cluster: String },
    /// A node or a watcher has fallen silent, or is silent for another reason than before. Sent once, at the
    /// latest when a quarter of `down_after` has passed; the shell goes on trying.
    Quiet {
        whom: Whom,
        /// The last sign of life, on the clock of [`Input::now_us`].
        since_us: u64,
        /// Where nothing listens: since when.
        refused_since_us: Option<u64>,
        fault: Fault,
    },
    /// Whoever was quiet has given a sign of life.
    Heard { whom: Whom },
    /// A full look at a node: at the first contact, every ten seconds, and when asked for.
    Seen {
        cluster: String,
        node: Addr,
        observation: Box<Observation>,
        /// When it was asked, on the clock of [`Input::now_us`]: what was on its way while nodes were moved tells
        /// how they were before.
        #[serde(default = "just_now")]
        asked_us: u64,
    },
    /// A quick look that brought news: another role, link or master, or, while there is trouble, anything.
    Replication {
        cluster: String,
        node: Addr,
        replication: Box<Replication>,
        #[serde(default = "just_now")]
        asked_us: u64,
    },
    /// A full look that nobody had asked for and that brought nothing new but the time it took.
    Again {
        cluster: String,
        node: Addr,
        /// As in [`Observation`].
        at_ms: u64,
        rtt_us: u64,
        uptime_s: Option<u64>,
        #[serde(default = "just_now")]
        asked_us: u64,
    },
    /// A quick look that brought nothing new but the position, and with it how far replicas are.
    Moved {
        cluster: String,
        node: Addr,
        position: Position,
        #[serde(default = "just_now")]
        asked_us: u64,
    },
    /// A hello that says something else than its sender's last one, by whichever way it came.
    Hello { hello: Hello },
    /// What a watcher answered when it was asked whether the master is down.
    Ballot {
        cluster: String,
        peer: Id,
        down: bool,
        /// `None` for `*`.
        leader: Option<Id>,
        leader_epoch: u64,
        /// When the question went out, on the clock of [`Input::now_us`].
        #[serde(default = "just_now")]
        asked_us: u64,
    },
    /// What a pikafo watcher remembers of promotions.
    Learned {
        cluster: String,
        peer: Id,
        promotions: Vec<Promotion>,
    },
    /// What a pikafo watcher says of its fences.
    Told {
        cluster: String,
        peer: Id,
        told: Box<Told>,
        /// When the question went out, on the clock of [`Input::now_us`].
        asked_us: u64,
    },
    /// Whoever acted without this watcher has done: what it left in the state folder.
    Recalled {
        cluster: String,
        memory: Box<Memory>,
        unfinished: Option<Box<Unfinished>>,
        /// It has not said so itself: its time was over, or it said that it leaves something behind.
        #[serde(default)]
        lapsed: bool,
    },
    /// Somebody on the wire wants something; the answer goes back under `ticket`.
    Asked { ticket: u64, request: Request },
    /// The answer to [`super::Action::Order`].
    Answer {
        cluster: String,
        operation: String,
        ask: conduct::Ask,
        result: Result<Answer, Fault>,
    },
    /// The state could not be made durable: nothing that followed it in its batch was done.
    NotPersisted { why: String },
    /// The journal of a cluster cannot be written.
    JournalLost { cluster: String },
    /// It can be written again, and what it lacked is in it.
    JournalBack { cluster: String },
    /// `SENTINEL DEBUG`: these periods from now on.
    Periods { periods: Periods },
    /// This process stood still for so long, or a clock was moved meanwhile: what it believes is stale.
    Stalled { gap_ms: u64 },
    /// A time that was asked for has come.
    Wake,
}

/// Of a record that does not say it.
fn just_now() -> u64 {
    u64::MAX
}

/// An operation that a crash cut off, from the journal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Unfinished {
    pub plan: Plan,
    pub records: Vec<Record>,
}

/// Who is silent.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    Node {
        cluster: String,
        addr: Addr,
    },
    /// Another watcher, of all clusters that it shares.
    Watcher {
        id: Id,
    },
}

/// What can be wanted of the engine from outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// `SENTINEL IS-MASTER-DOWN-BY-ADDR`: is this master down, and, with a candidate, the vote for it.
    Vote {
        master: Addr,
        epoch: u64,
        candidate: Option<Id>,
    },
    /// `SENTINEL FAILOVER name [COORDINATED]`.
    Failover { cluster: String },
    /// `SENTINEL RESET`: forget replicas, watchers and elections of a cluster.
    Reset { cluster: String },
    /// `PIKAFO …`: an operation as the command line asks for it.
    Operate { cluster: String, wish: Box<Wanted> },
    /// Hold automatic failover, here and on the others.
    Pause {
        cluster: String,
        /// For so many milliseconds from now on, for whoever says so may have another clock; `None`: until resumed.
        for_ms: Option<u64>,
        by: String,
        reason: Option<String>,
        /// When it was said, where another watcher passes it on; a person's word is new.
        said_ms: Option<i64>,
    },
    Resume {
        cluster: String,
        by: String,
        /// As for [`Request::Pause`].
        said_ms: Option<i64>,
    },
    /// Start nothing by itself until [`Event::Recalled`]: another pikafo acts alone.
    StandBack { cluster: String },
    /// Whoever acts alone is about to go, and leaves these nodes fenced: what each was like before.
    Left {
        cluster: String,
        fences: BTreeMap<Addr, FenceHow>,
    },
    /// Whoever asked for the operation under way wants it stopped.
    Interrupt { cluster: String },
}

/// An operation that an operator wants a watcher to carry out.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// `promote`, `failover` or `repoint`.
    pub kind: String,
    pub nodes: Vec<Addr>,
    pub to: Option<Addr>,
    pub resync: bool,
    pub all: bool,
    pub expect_master: Option<Addr>,
    /// Bytes, or `u64::MAX` for all.
    pub accept_loss: Option<u64>,
    pub by: String,
    pub reason: Option<String>,
    pub dry_run: bool,
    /// A failover: the master is replaced although it answers. Whoever asks has typed the cluster's name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub even_alive: bool,
    /// The plan that was shown: it and no other is carried out, if it still fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Plan>>,
}

impl Wanted {
    /// A node is named in place of a dead master, whatever becomes of what the others hold.
    pub fn gives_up_the_others(&self) -> bool {
        let all = self.accept_loss == Some(u64::MAX) && !self.even_alive;
        all && self.kind == Kind::Failover.word() && !self.nodes.is_empty()
    }
}
