//! Another watcher, as far as one cluster is concerned.

use serde::Deserialize;
use serde::Serialize;

use super::dispute::Dispute;
use super::told::Word;
use crate::decide::watcher::Id;

/// Another watcher, as far as this cluster is concerned.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Peer {
    pub(super) ballot: Option<Ballot>,
    /// When it last said that it does not hold the master for down.
    #[serde(default)]
    pub(super) denied_us: Option<u64>,
    /// Since when it has said so without a break.
    #[serde(default)]
    pub(super) denies_since_us: Option<u64>,
    /// It has answered as only a pikafo does.
    pub(super) pikafo: bool,
    /// It was asked what it remembers, since this watcher runs.
    #[serde(default)]
    pub(super) fetched: bool,
    /// It was asked and has not answered.
    #[serde(default)]
    pub(super) owes: bool,
    pub(super) sdown_since_us: Option<u64>,
    /// It names another master in the same epoch.
    #[serde(default)]
    pub(super) dispute: Option<Dispute>,
    /// What it last told of its fences.
    #[serde(default)]
    pub(super) word: Option<Word>,
}

impl Peer {
    /// No stock Sentinel, which tells of no fences: who has not greeted yet may be none.
    pub(super) fn may_tell(&self) -> bool {
        self.pikafo || !self.fetched
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Ballot {
    pub(super) at_us: u64,
    /// When it was asked for: whoever has voted is bound from then on or later.
    #[serde(default)]
    pub(super) asked_us: u64,
    pub(super) down: bool,
    pub(super) leader: Option<Id>,
    pub(super) leader_epoch: u64,
}
