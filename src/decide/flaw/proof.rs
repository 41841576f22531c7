//! Every flaw is found: by operations under trouble, or by a story of three watchers that is told for it.
//! `docs/flaws.md` is the table of it.

use std::fmt::Write as _;
use std::panic::UnwindSafe;

use super::Flaw;
use super::with;
use crate::decide::choose;
use crate::decide::conduct::tests::struck;
use crate::decide::engine::tests::holds;
use crate::decide::engine::tests::overtaken;
use crate::decide::engine::tests::stories;
use crate::decide::loss;
use crate::decide::position;

/// What looks for a flaw.
#[derive(Clone, Copy, Debug)]
enum Hunt {
    /// Cases by number, until one breaks a promise.
    Cases(&'static str, fn(u64) -> Result<(), String>),
    /// One story, which fails by panicking.
    Story(&'static str, fn()),
}

const SWITCHOVERS: Hunt = Hunt::Cases("switchovers under trouble", struck::switchover);
const FAILOVERS: Hunt = Hunt::Cases("failovers under trouble", struck::failover);

macro_rules! story {
    ($room:ident :: $($name:ident)::+) => {
        Hunt::Story(
            concat!("`", stringify!($room), $("::", stringify!($name)),+, "`"),
            $room::$($name)::+,
        )
    };
}

/// No more cases are tried.
const MOST: u64 = 200;

fn hunts(flaw: Flaw) -> &'static [Hunt] {
    match flaw {
        Flaw::VoteNotPersisted | Flaw::VoteForgotten | Flaw::SecondVote => {
            &[story!(stories::a_vote_outlives_a_restart)]
        }
        Flaw::ToldBeforePersisted => &[story!(stories::a_vote_that_cannot_be_saved_is_not_told)],
        Flaw::LateBallotCounted => &[story!(stories::votes_of_an_earlier_epoch_elect_nobody)],
        Flaw::QuorumIsEnough => &[story!(stories::a_quorum_of_one_elects_nobody)],
        Flaw::PromiseBroken => &[story!(
            stories::who_has_promised_a_leader_votes_for_no_other
        )],
        Flaw::EpochNotCompared => &[story!(
            stories::a_master_of_an_earlier_epoch_is_not_believed
        )],
        Flaw::LeaderGoesOn => &[story!(
            overtaken::a_leader_that_hears_of_a_later_one_goes_no_further
        )],
        Flaw::MandateIgnored => &[story!(
            overtaken::whoever_was_confirmed_long_ago_promotes_nobody
        )],
        Flaw::QueuedOrdersSent => &[story!(
            overtaken::what_an_overtaken_leader_has_ordered_is_not_sent
        )],
        Flaw::FailoverWhilePaused => &[story!(stories::while_it_is_paused_nothing_happens)],
        Flaw::BlockForIgnored => &[story!(stories::a_second_failover_waits_until_it_may_be)],
        Flaw::ReplicasNotHeard => &[story!(
            stories::a_master_that_its_replicas_still_hear_is_not_dead
        )],
        Flaw::OldLooksBelieved => &[story!(
            holds::a_plan_rests_on_looks_that_were_taken_after_it_was_asked_for
        )],
        Flaw::LateAnswersBelieved => &[story!(struck::an_answer_to_an_earlier_step_lifts_no_fence)],
        Flaw::PriorityBeforePosition => &[story!(
            choose::tests::in_a_failover_the_most_advanced_wins_over_every_preference
        )],
        Flaw::FirstDatabaseOnly => &[
            story!(position::tests::databases_that_disagree_are_incomparable),
            story!(choose::tests::incomparable_positions_refuse_without_consent),
        ],
        Flaw::RejoinWithoutPoint | Flaw::ReturnedNotFenced => &[story!(
            stories::an_old_master_with_writes_of_its_own_is_set_apart
        )],
        Flaw::LossAlwaysZero => &[story!(
            loss::tests::the_newest_sample_the_speed_and_the_age_make_the_bound
        )],
        Flaw::PromotedUnfenced | Flaw::DrainNotAwaited | Flaw::UnfenceForgotten => &[SWITCHOVERS],
        Flaw::RecordAfterAct | Flaw::RewriteSkipped => &[SWITCHOVERS, FAILOVERS],
        // That they are not linked is told, which breaks no promise.
        Flaw::SiblingsLeft => &[story!(struck::on_a_calm_day_all_is_done)],
        Flaw::UndoLeftOut => &[SWITCHOVERS],
    }
}

impl Hunt {
    fn name(self) -> &'static str {
        match self {
            Self::Cases(name, _) | Self::Story(name, _) => name,
        }
    }

    /// How many cases it took, and what the last one broke.
    fn seek(self, flaw: Flaw) -> Option<(u64, String)> {
        match self {
            Self::Cases(_, case) => (0..MOST).find_map(|number| {
                let broken = breaks(flaw, move || case(number))?;
                Some((number + 1, broken))
            }),
            Self::Story(_, story) => {
                let broken = breaks(flaw, move || {
                    story();
                    Ok(())
                })?;
                Some((1, broken))
            }
        }
    }
}

/// What goes wrong while the flaw is on.
fn breaks(flaw: Flaw, case: impl FnOnce() -> Result<(), String> + UnwindSafe) -> Option<String> {
    match with(flaw, || std::panic::catch_unwind(case)) {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => Some(broken),
        Err(panic) => Some(match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(_) => "it failed".to_owned(),
        }),
    }
}

/// How many cases are needed moves with every change of the engine, so the page is held to everything but that.
#[test]
fn every_flaw_is_found() {
    let page = include_str!("../../../docs/flaws.md");
    let mut table = String::new();
    let mut unfound = Vec::new();
    let mut missing = Vec::new();
    for flaw in Flaw::ALL {
        for hunt in hunts(*flaw) {
            let Some((cases, broken)) = hunt.seek(*flaw) else {
                unfound.push(format!("{} by {}", flaw.name(), hunt.name()));
                continue;
            };
            let row = format!("| `{}` | {} |", flaw.name(), hunt.name());
            if !page.contains(&row) {
                missing.push(row.clone());
            }
            let first = broken.lines().next().unwrap_or_default();
            writeln!(table, "{row} {cases} |\n    {first}").unwrap();
        }
    }
    assert!(
        unfound.is_empty(),
        "not found within {MOST} cases: {unfound:#?}"
    );
    assert!(
        missing.is_empty(),
        "docs/flaws.md lacks:\n{}\nThe whole of it:\n{table}",
        missing.join("\n")
    );
}
