//! A handful of seeds, and that a seed is a run. Fresh ones are for `storm`, as long as one in a hundred finds what is still
//! open (`docs/proof.md`).

use super::run;
use super::run::Outcome;
use super::totals::Totals;

/// Runs seeds, and tells what a failing one did.
fn check(seeds: impl Iterator<Item = u64>) -> Totals {
    let mut totals = Totals::default();
    let mut told = String::new();
    for seed in seeds {
        let outcome = run::run(seed);
        totals.add(&outcome);
        if !outcome.violations.is_empty() {
            let folder = std::env::temp_dir().join(format!("pikafo-storm-{seed}"));
            told += &run::told(seed, &folder).report();
        }
    }
    assert!(told.is_empty(), "{told}");
    totals
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (one, two) = (run::run(7), run::run(7));
    let tell = |outcome: &Outcome| {
        let lines = outcome.lines.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(tell(&one), tell(&two));
    assert_eq!(one.digest, two.digest);
    let other = run::run(8);
    assert_ne!(one.digest, other.digest);
}

#[test]
fn known_seeds_hold() {
    let totals = check(1..=16);
    assert!(totals.failovers[0] > 0, "nothing happened: {totals}");
}
