//! What all connections of a server share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::clients::Clients;
use super::denials::Denial;
use super::denials::Denials;
use super::desk::Desk;
use super::pause::Pause;
use super::resp;

/// The desk, who is connected, and how much each may take.
#[derive(Debug)]
pub struct Hall {
    pub desk: Arc<dyn Desk>,
    pub clients: Clients,
    pub limits: Limits,
    /// Who was refused what.
    pub denials: Denials,
    pub pause: Pause,
    /// Cancelled when the server ends.
    pub halt: CancellationToken,
}

impl Hall {
    /// Nobody is in it yet.
    pub fn new(desk: Arc<dyn Desk>, limits: Limits, halt: CancellationToken) -> Self {
        Self {
            desk,
            clients: Clients::default(),
            limits,
            denials: Denials::default(),
            pause: Pause::default(),
            halt,
        }
    }

    /// Notes that the connection `id` was refused something.
    pub(super) fn deny(&self, mut denial: Denial, id: u64) {
        denial.at_us = self.desk.now_us();
        denial.at_ms = self.desk.process().wall_us / 1000;
        denial.client = self.clients.line(id, denial.at_us);
        self.denials.add(denial, self.limits.denials);
    }
}

/// How much clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time.
    pub clients: usize,
    /// How long one may be silent who listens to nothing; `None`: for ever.
    pub idle: Option<Duration>,
    /// Where nobody needs a password, only loopback may come in.
    pub protected: bool,
    /// One request of somebody who has logged in.
    pub request: resp::Limits,
    /// One request of somebody who has not.
    pub stranger: resp::Limits,
    /// Bytes of replies that may wait; a connection with more is not listened to until it has read.
    pub replies: usize,
    /// Bytes of events that may wait; a subscriber with more is dropped.
    pub events: usize,
    /// Bytes of the names of one connection's subscriptions.
    pub subscriptions: usize,
    /// Refusals that are kept.
    pub denials: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 10_000,
            idle: None,
            protected: false,
            request: resp::Limits {
                arguments: 64 * 1024,
                bulk: 1024 * 1024,
                request: 1024 * 1024,
                ..resp::Limits::default()
            },
            stranger: resp::Limits::of_a_stranger(),
            replies: 64 * 1024,
            events: 1024 * 1024,
            subscriptions: 1024 * 1024,
            denials: 128,
        }
    }
}
