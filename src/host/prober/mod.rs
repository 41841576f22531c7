//! Watches nodes: one keeper each, who asks for signs of life, looks, says hellos and listens to others'.
//!
//! A keeper holds one link for commands and an ear at the channel of hellos, as Sentinel does. What it finds out
//! goes to the engine as events, and only news does: [`Event::Quiet`], [`Event::Heard`], [`Event::Seen`],
//! [`Event::Again`], [`Event::Replication`], [`Event::Moved`], [`Event::Hello`]. Figures for readers go to
//! [`super::pulses`].
//!
//! * A process that is gone is noticed when its connection closes, not at the next PING, and is then dialled about
//!   every 75 ms. A connection that was only closed and opens again is no news at all: a stock leader kills our
//!   links at every role change.
//! * A process that hangs blocks nothing: it is said to be quiet, its link is waited for a while longer, and a
//!   second one is tried beside.
//! * Faults of kind auth, error and unsupported come from somebody who lives.
//!
//! [`keep`] is the task, `tether` the link that it holds on to, `silence` and `news` what is worth saying.
//!
//! [`Event::Quiet`]: crate::decide::engine::Event::Quiet
//! [`Event::Heard`]: crate::decide::engine::Event::Heard
//! [`Event::Seen`]: crate::decide::engine::Event::Seen
//! [`Event::Again`]: crate::decide::engine::Event::Again
//! [`Event::Replication`]: crate::decide::engine::Event::Replication
//! [`Event::Moved`]: crate::decide::engine::Event::Moved
//! [`Event::Hello`]: crate::decide::engine::Event::Hello

mod keep;
mod listen;
mod news;
pub(super) mod silence;
pub(super) mod tether;
mod timings;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use super::post::Post;
use crate::decide::engine::action::Pace;
use crate::node::link::LinkSpec;

pub use timings::Timings;

/// Keeps one node until it is dropped.
#[derive(Debug)]
pub struct Keeper {
    orders: mpsc::UnboundedSender<Word>,
    _task: AbortOnDropHandle<()>,
}

/// What a keeper is told. Small, since the channel of each node holds room for many.
#[derive(Debug)]
enum Word {
    Pace(Pace),
    Look,
    Say { hello: Arc<str>, now: bool },
    Info(oneshot::Sender<Arc<str>>),
    Timings(Box<Timings>),
}

impl Keeper {
    /// Begins to watch the node of `cluster` that `spec` leads to.
    pub fn start(post: &Post, cluster: &str, spec: LinkSpec, timings: Timings) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let task = keep::keep(post.clone(), cluster.to_owned(), spec, timings, inbox);
        Self {
            orders,
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }

    /// How often it looks from now on.
    pub fn pace(&self, pace: Pace) {
        self.tell(Word::Pace(pace));
    }

    /// A full look at once, over a link of its own if the other one is stuck.
    pub fn look(&self) {
        self.tell(Word::Look);
    }

    /// From now on it says this hello; `now`: at once, too.
    pub fn say(&self, hello: Arc<str>, now: bool) {
        self.tell(Word::Say { hello, now });
    }

    /// All that the node says of itself now, asked for with the next round trip; nothing where that fails.
    pub fn info(&self) -> oneshot::Receiver<Arc<str>> {
        let (answer, heard) = oneshot::channel();
        self.tell(Word::Info(answer));
        heard
    }

    /// Other periods from now on.
    pub fn timings(&self, timings: Timings) {
        self.tell(Word::Timings(Box::new(timings)));
    }

    fn tell(&self, word: Word) {
        // It ends only when it is dropped, or with the whole runtime.
        self.orders.send(word).unwrap_or_default();
    }
}
