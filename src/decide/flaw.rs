//! Deliberate mistakes, for the proof that the tests bite.
//!
//! Each is one `if` at the place where the right thing is done. One at a time is switched on, for one thread, and only
//! in debug builds or with the feature `flaws`: in a release [`on`] is `false` before the compiler begins to optimise.
//! The switch is the one thing in this room that is neither a value nor given as one; `tests/purity.rs` says so too.

/// A mistake that this program could make. In parentheses: where it does the right thing.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Flaw {
    /// What is saved lacks the vote (`Cluster::durable`).
    VoteNotPersisted,
    /// A vote is told before the disk has taken it (`Engine::step`).
    ToldBeforePersisted,
    /// A restart reads the state and not the vote in it (`Cluster::new`).
    VoteForgotten,
    /// Whoever asks first or last in an epoch gets a vote of it (`Cluster::consider_vote`).
    SecondVote,
    /// An answer of another epoch counts as a vote in this one (`Cluster::votes_for`).
    LateBallotCounted,
    /// As many as must agree that the master is down are enough to elect (`Cluster::needed`).
    QuorumIsEnough,
    /// A promise to one leader does not keep a watcher from voting for another (`Cluster::bound_against`).
    PromiseBroken,
    /// A master of an earlier epoch is believed like one of a later (`Cluster::greeted`).
    EpochNotCompared,
    /// A leader goes on although another was elected after it (`Cluster::adopt`).
    LeaderGoesOn,
    /// A leader promotes although no majority has confirmed it lately (`Cluster::conduct`).
    MandateIgnored,
    /// What a leader has ordered and not sent is sent after its end (`Cluster::overtaken`).
    QueuedOrdersSent,
    /// A pause holds nothing (`Cluster::not_allowed`).
    FailoverWhilePaused,
    /// The time between two automatic failovers is not kept (`Cluster::not_allowed`).
    BlockForIgnored,
    /// A master that its replicas still hear counts as dead (`evidence::weigh`).
    ReplicasNotHeard,
    /// What a node said before the master changed is believed after it (`Node::fresh_since`).
    OldLooksBelieved,
    /// An answer to a question of an earlier step counts in this one (`Conduct::waits_for`).
    LateAnswersBelieved,
    /// Preference goes before position in a failover (`choose::unplanned`).
    PriorityBeforePosition,
    /// Only the first database is compared (`Position::relation`).
    FirstDatabaseOnly,
    /// A returned master may follow, whatever it holds (`rejoin::judge`).
    RejoinWithoutPoint,
    /// A returned master takes writes until it follows (`repoint::raise`).
    ReturnedNotFenced,
    /// A failover reports no loss (`loss::estimate`).
    LossAlwaysZero,
    /// The old master takes writes while another is promoted (`Conduct::fence`).
    PromotedUnfenced,
    /// The candidate is promoted wherever it stands (`Conduct::drain`).
    DrainNotAwaited,
    /// An order is sent before the record of it is written (`Conduct::enter`).
    RecordAfterAct,
    /// The new master's role is not saved, nor anybody's (`Conduct::work`).
    RewriteSkipped,
    /// Only the old master is moved to the new one (`heir::with_verify`).
    SiblingsLeft,
    /// The fence stays up (`Conduct::work`).
    UnfenceForgotten,
    /// What a failed operation has done is left so (`Conduct::go_back`).
    UndoLeftOut,
}

#[cfg(test)]
mod proof;

#[cfg(any(debug_assertions, feature = "flaws"))]
pub use switch::Unknown;
#[cfg(any(debug_assertions, feature = "flaws"))]
pub use switch::on;
#[cfg(any(debug_assertions, feature = "flaws"))]
pub use switch::set;
#[cfg(any(debug_assertions, feature = "flaws"))]
pub use switch::with;

/// Never.
#[cfg(not(any(debug_assertions, feature = "flaws")))]
pub(super) const fn on(_flaw: Flaw) -> bool {
    false
}

#[cfg(any(debug_assertions, feature = "flaws"))]
mod switch {
    use std::cell::Cell;
    use std::fmt;
    use std::str::FromStr;

    use super::Flaw;

    thread_local! {
        static ON: Cell<Option<Flaw>> = const { Cell::new(None) };
    }

    /// Whether the program makes this mistake on this thread.
    pub fn on(flaw: Flaw) -> bool {
        ON.get() == Some(flaw)
    }

    /// Makes this mistake on this thread from now on, and no other.
    pub fn set(flaw: Option<Flaw>) {
        ON.set(flaw);
    }

    /// Makes this mistake during `work`, on this thread; panics included.
    pub fn with<T>(flaw: Flaw, work: impl FnOnce() -> T) -> T {
        struct Before(Option<Flaw>);
        impl Drop for Before {
            fn drop(&mut self) {
                set(self.0);
            }
        }
        let _before = Before(ON.replace(Some(flaw)));
        work()
    }

    /// No flaw of this name.
    #[derive(Debug, thiserror::Error)]
    #[error("there is no flaw {0}; there are {names}", names = Names)]
    pub struct Unknown(String);

    impl Flaw {
        pub const ALL: &'static [Self] = &[
            Self::VoteNotPersisted,
            Self::ToldBeforePersisted,
            Self::VoteForgotten,
            Self::SecondVote,
            Self::LateBallotCounted,
            Self::QuorumIsEnough,
            Self::PromiseBroken,
            Self::EpochNotCompared,
            Self::LeaderGoesOn,
            Self::MandateIgnored,
            Self::QueuedOrdersSent,
            Self::FailoverWhilePaused,
            Self::BlockForIgnored,
            Self::ReplicasNotHeard,
            Self::OldLooksBelieved,
            Self::LateAnswersBelieved,
            Self::PriorityBeforePosition,
            Self::FirstDatabaseOnly,
            Self::RejoinWithoutPoint,
            Self::ReturnedNotFenced,
            Self::LossAlwaysZero,
            Self::PromotedUnfenced,
            Self::DrainNotAwaited,
            Self::RecordAfterAct,
            Self::RewriteSkipped,
            Self::SiblingsLeft,
            Self::UnfenceForgotten,
            Self::UndoLeftOut,
        ];

        /// `vote-not-persisted`.
        pub fn name(self) -> String {
            let mut name = String::new();
            for letter in format!("{self:?}").chars() {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('-');
                }
                name.extend(letter.to_lowercase());
            }
            name
        }
    }

    impl FromStr for Flaw {
        type Err = Unknown;

        fn from_str(name: &str) -> Result<Self, Unknown> {
            let mut all = Self::ALL.iter().copied();
            all.find(|flaw| flaw.name() == name)
                .ok_or_else(|| Unknown(name.to_owned()))
        }
    }

    struct Names;

    impl fmt::Display for Names {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let names: Vec<String> = Flaw::ALL.iter().map(|flaw| flaw.name()).collect();
            f.write_str(&names.join(", "))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_flaw_has_a_name_of_its_own() {
            for flaw in Flaw::ALL {
                assert_eq!(flaw.name().parse::<Flaw>().unwrap(), *flaw);
            }
            assert_eq!(Flaw::VoteNotPersisted.name(), "vote-not-persisted");
            let unknown = "vote-lost".parse::<Flaw>().unwrap_err().to_string();
            assert!(
                unknown.starts_with("there is no flaw vote-lost; there are vote-not-persisted, ")
            );
        }

        #[test]
        fn a_flaw_ends_with_what_it_was_wanted_for() {
            let panics = || with(Flaw::SecondVote, || panic!("found"));
            std::panic::catch_unwind(panics).unwrap_err();
            assert!(!on(Flaw::SecondVote));
            with(Flaw::SecondVote, || {
                assert!(on(Flaw::SecondVote) && !on(Flaw::VoteForgotten));
            });
        }
    }
}
