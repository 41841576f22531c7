//! What a deed waits for, and who is in that state at the moment.

use pikafo::decide::plan::Kind;
use pikafo::decide::record::Record;

use super::super::fleet::Fleet;
use super::super::setting::CLUSTER;
use super::super::tap;
use super::super::tap::Word;

/// What a deed waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    At(u64),
    /// A watcher carries out a change of master that it was elected for.
    Led,
    /// That watcher is about to tell the candidate to become master, or has just done so.
    Promotes,
    /// A watcher sets a node right.
    Repairs,
    /// Somebody has voted for somebody else.
    Voted,
    /// More promotions than these were seen.
    Promoted(usize),
    /// The operator has ended.
    Idle,
}

pub(super) fn has_come(fleet: &Fleet, when: When) -> bool {
    match when {
        When::At(at_us) => fleet.world.now_us >= at_us,
        When::Led => leader(fleet).is_some(),
        When::Promotes => promoter(fleet).is_some(),
        When::Repairs => repairer(fleet).is_some(),
        When::Voted => voter(fleet).is_some(),
        When::Promoted(seen) => fleet.promotions.len() > seen,
        When::Idle => fleet.busy_operator().is_none(),
    }
}

pub(super) fn leader(fleet: &Fleet) -> Option<usize> {
    in_state(fleet, |state| state != "wait_start")
}

/// The promotion is the step that he has in hand.
pub(super) fn promoter(fleet: &Fleet) -> Option<usize> {
    in_state(fleet, |state| state == "wait_promotion")
}

/// A watcher whose change of master has come so far.
fn in_state(fleet: &Fleet, is: fn(&str) -> bool) -> Option<usize> {
    (0..fleet.watchers.len()).find(|watcher| {
        let snapshot = fleet.snapshot(*watcher);
        let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
        let failover = picture.and_then(|picture| picture.failover);
        failover.is_some_and(is) && fleet.watcher_lives(*watcher)
    })
}

/// Who has a repair in hand, and of which server.
pub(super) fn repairer(fleet: &Fleet) -> Option<(usize, usize)> {
    fleet
        .watchers
        .iter()
        .enumerate()
        .find_map(|(index, watcher)| {
            let open = tap::open(&watcher.machine.disk, &tap::journal_of(&watcher.name))?;
            let Some((Record::Before { step, .. }, _)) = open.last else {
                return None;
            };
            let node = &open.plan.steps.get(step)?.node;
            let repairs = open.plan.kind == Kind::Repoint && open.ended.is_none();
            let server = fleet.server_at(node).filter(|_| repairs)?;
            Some((index, server))
        })
}

/// Who has just told another that it has his vote.
pub(super) fn voter(fleet: &Fleet) -> Option<usize> {
    fleet.said.iter().find_map(|said| {
        let Word::Vote { leader, epoch, .. } = &said.word else {
            return None;
        };
        let voter = fleet.watcher_at(said.from)?;
        let snapshot = fleet.snapshot(voter)?;
        let picture = snapshot.cluster(CLUSTER)?;
        let now = picture.leader_epoch == *epoch && picture.config_epoch < *epoch;
        (now && snapshot.id.as_str() != leader).then_some(voter)
    })
}
