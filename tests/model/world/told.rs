//! What is said in a world: what is on its way, and what was said in front of others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pikafo::decide::conduct::Ask;

use super::super::watcher::Watcher;

/// What was said and done in front of others, ever.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub(in crate::model) struct Told {
    pub(in crate::model) votes: BTreeMap<(usize, u64), BTreeSet<usize>>,
    pub(in crate::model) voted_twice: bool,
    pub(in crate::model) voted_after_death: bool,
    pub(in crate::model) leaders: BTreeMap<u64, BTreeSet<usize>>,
    /// Epoch, who, operation.
    pub(in crate::model) promotions: BTreeSet<(u64, usize, String)>,
}

/// Something on its way.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(in crate::model) enum Message {
    Vote {
        from: usize,
        to: usize,
        epoch: u64,
    },
    Ballot {
        from: usize,
        to: usize,
        down: bool,
        leader: Option<usize>,
        epoch: u64,
    },
    Hello {
        from: usize,
        to: usize,
        current_epoch: u64,
        config_epoch: u64,
        master: u8,
    },
    Promote {
        by: usize,
        life: u32,
        node: String,
        operation: String,
        ask: Ask,
    },
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Turn {
    Arrives {
        message: Message,
        /// It will arrive once more.
        again: bool,
        dies_after: Option<usize>,
    },
    Wakes {
        watcher: usize,
        dies_after: Option<usize>,
    },
    Dies {
        watcher: usize,
    },
}

impl Told {
    pub(in crate::model) fn one_leader(&self) -> bool {
        self.leaders.values().all(|leaders| leaders.len() < 2)
    }

    pub(in crate::model) fn one_promotion(&self) -> bool {
        let epochs: BTreeSet<u64> = self.promotions.iter().map(|(epoch, _, _)| *epoch).collect();
        epochs.len() == self.promotions.len()
    }

    pub(in crate::model) fn rivals(&self) -> bool {
        let stands = |(voter, epoch): &(usize, u64)| {
            let votes = self.votes.get(&(*voter, *epoch));
            votes.is_some_and(|votes| votes.contains(voter))
        };
        let standing = self.votes.keys().filter(|vote| stands(vote));
        let epochs: Vec<u64> = standing.map(|(_, epoch)| *epoch).collect();
        let different: BTreeSet<&u64> = epochs.iter().collect();
        different.len() < epochs.len()
    }

    pub(super) fn vote(&mut self, voter: &Watcher, epoch: u64, leader: usize) {
        let leaders = self.votes.entry((voter.number, epoch)).or_default();
        let new = leaders.insert(leader);
        self.voted_twice |= leaders.len() > 1;
        self.voted_after_death |= new && voter.life > 1;
    }
}
