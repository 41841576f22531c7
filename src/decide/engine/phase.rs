//! What a watcher is doing in a cluster, and what it has promised.

use serde::Deserialize;
use serde::Serialize;

use super::elect::LEASE_US;
use super::event::Wanted;
use crate::decide::name::Addr;
use crate::decide::watcher::Id;

/// What it is doing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Phase {
    #[default]
    Calm,
    /// Fresh looks are awaited before an operator's wish is drafted.
    Gathering {
        ticket: u64,
        wish: Box<Wanted>,
        since_us: u64,
    },
    Electing(Box<Campaign>),
    /// `run` is there.
    Running,
}

/// A candidacy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Campaign {
    pub(super) epoch: u64,
    pub(super) purpose: Purpose,
    pub(super) since_us: u64,
    pub(super) until_us: u64,
    pub(super) asked_us: u64,
}

/// What a leader is wanted for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Purpose {
    /// The master is dead.
    Failover { evidence: Vec<String>, died_ms: i64 },
    /// An operator asked, who is answered under the ticket.
    Operator {
        ticket: Option<u64>,
        wish: Box<Wanted>,
        evidence: Vec<String>,
        died_ms: i64,
    },
    /// The master lives and refuses every write.
    Relieve,
    /// The master has come back as a replica, for its role was not saved: it is promoted again.
    Restore,
    /// Another node has become master without us: it gets an epoch.
    Adopt(Addr),
}

/// A promise to a leader, and his to act no longer than that.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Lease {
    pub(super) to: Id,
    pub(super) until_us: u64,
}

impl Lease {
    /// A promise that is given now.
    pub(super) fn new(to: &Id, now_us: u64) -> Self {
        Self {
            to: to.clone(),
            until_us: now_us + LEASE_US,
        }
    }
}
