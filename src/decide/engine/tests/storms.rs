//! What holds on all days: never two promotions in one epoch, and one master once the weather is fair again.

use proptest::prelude::*;

use super::fleet::Fleet;
use super::nodes::Life;
use crate::decide::sample;

/// One thing that goes wrong, or is mended.
#[derive(Clone, Debug)]
enum Fault {
    Crash(usize),
    Start(usize),
    Kill(u8),
    Hang(u8),
    Wake(u8),
    Cut(usize, usize),
    Blind(usize, u8),
    Mend,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0..3usize).prop_map(Fault::Crash),
        (0..3usize).prop_map(Fault::Start),
        (1..4u8).prop_map(Fault::Kill),
        (1..4u8).prop_map(Fault::Hang),
        (1..4u8).prop_map(Fault::Wake),
        (0..3usize, 0..3usize).prop_map(|(a, b)| Fault::Cut(a, b)),
        (0..3usize, 1..4u8).prop_map(|(w, n)| Fault::Blind(w, n)),
        Just(Fault::Mend),
    ]
}

fn strike(fleet: &mut Fleet, fault: &Fault) {
    match fault {
        Fault::Crash(w) if fleet.is_up(*w) => fleet.crash(*w),
        Fault::Start(w) if !fleet.is_up(*w) => fleet.start(*w),
        Fault::Kill(n) => fleet.set_life(*n, Life::Gone),
        Fault::Hang(n) if fleet.servers.all[&sample::addr(*n)].life == Life::Runs => {
            fleet.set_life(*n, Life::Hangs);
        }
        Fault::Wake(n) => fleet.set_life(*n, Life::Runs),
        Fault::Cut(a, b) if a != b => fleet.cut.push((*a, *b)),
        Fault::Blind(w, n) => {
            fleet.blind.push((*w, sample::addr(*n)));
            fleet.set_life(*n, fleet.servers.all[&sample::addr(*n)].life);
        }
        Fault::Mend => mend(fleet),
        Fault::Crash(_) | Fault::Start(_) | Fault::Hang(_) | Fault::Cut(..) => {}
    }
}

fn mend(fleet: &mut Fleet) {
    fleet.cut.clear();
    fleet.blind.clear();
    for node in 1..4 {
        fleet.set_life(node, fleet.servers.all[&sample::addr(node)].life);
    }
}

fn weather(seed: u64, faults: &[(Fault, u64)]) -> Fleet {
    let mut fleet = Fleet::new(seed);
    fleet.loss = 100;
    fleet.repeats = 100;
    fleet.delay_us = 200_000;
    fleet.write_on();
    for (fault, pause_ms) in faults {
        strike(&mut fleet, fault);
        fleet.run_for(pause_ms * 1000);
    }
    fleet
}

/// Bad weather, then fair: what must never happen, and what must come about.
fn survives(seed: u64, faults: &[(Fault, u64)]) -> Result<(), TestCaseError> {
    let mut fleet = weather(seed, faults);
    prop_assert!(
        fleet.broken.is_empty(),
        "{:?}\n{}",
        fleet.broken,
        fleet.story.join("\n")
    );
    // Fair weather.
    fleet.loss = 0;
    fleet.repeats = 0;
    fleet.delay_us = 1000;
    mend(&mut fleet);
    for w in 0..3 {
        if !fleet.is_up(w) {
            fleet.start(w);
        }
    }
    for node in 1..4 {
        fleet.set_life(node, Life::Runs);
    }
    fleet.run_for(90_000_000);
    prop_assert!(
        fleet.broken.is_empty(),
        "{:?}\n{}",
        fleet.broken,
        fleet.story.join("\n")
    );
    let writable = fleet.servers.writable();
    let found: Vec<_> = (0..3).map(|w| fleet.picture(w).findings.clone()).collect();
    prop_assert_eq!(
        writable.len(),
        1,
        "{:?}\n{}\n{:?}",
        writable,
        fleet.story.join("\n"),
        (found, &fleet.servers.all)
    );
    for w in 0..3 {
        prop_assert_eq!(
            fleet.master_by(w),
            writable.first().cloned(),
            "{}",
            fleet.story.join("\n")
        );
    }
    Ok(())
}

fn faults() -> impl Strategy<Value = Vec<(Fault, u64)>> {
    proptest::collection::vec((fault(), 10..4000u64), 1..14)
}

/// Two stood in one epoch, and the one that lost took himself for the leader still.
#[test]
fn whoever_lost_an_election_repairs_nothing() {
    let faults = [
        (Fault::Wake(1), 1549),
        (Fault::Hang(1), 1670),
        (Fault::Hang(2), 489),
        (Fault::Crash(0), 10),
    ];
    survives(2_123_283_518_768_190_604, &faults).unwrap();
}

/// A promoted node that restarts before its role was saved comes back as a replica, of an old master that is back too.
#[test]
fn a_master_that_forgot_its_role_is_made_what_it_was() {
    let faults = [
        (Fault::Hang(1), 2136),
        (Fault::Wake(1), 1331),
        (Fault::Crash(0), 10),
        (Fault::Kill(2), 10),
    ];
    survives(4_362_638_618_769_607_024, &faults).unwrap();
}

/// The leader dies between the promotion and its announcement, and the old master comes back meanwhile.
#[test]
fn a_promotion_that_nobody_was_told_of_does_not_fence_everybody() {
    let faults = [
        (Fault::Mend, 437),
        (Fault::Hang(1), 383),
        (Fault::Cut(0, 1), 2901),
        (Fault::Crash(2), 10),
    ];
    survives(11_990_150_816_424_452_985, &faults).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn never_two_promotions_in_one_epoch_and_one_master_in_the_end(
        seed in any::<u64>(),
        faults in faults(),
    ) {
        survives(seed, &faults)?;
    }

    /// From any moment at which no plan was under way, what happened leads to the same decisions again.
    #[test]
    fn a_storm_lives_again_decision_for_decision(
        seed in any::<u64>(),
        faults in faults(),
    ) {
        let fleet = weather(seed, &faults);
        for watcher in 0..3 {
            prop_assert_eq!(fleet.relive(watcher), None);
        }
    }
}
