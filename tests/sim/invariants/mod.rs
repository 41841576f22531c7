//! What must hold, one file each, or two where one promise has two sides. They look at a world from above, tick by tick, and once more at its end.

mod i10_durable;
mod i11_leader;
mod i12_records;
mod i1_epoch;
mod i1_votes;
mod i2_writable;
mod i3_planned;
mod i4_unplanned;
mod i5_divergence;
mod i6_converges;
mod i7_heard;
mod i7_held;
mod i7_needless;
mod i8_calm;
mod i8_exit_codes;
mod i9_restart;

use std::fmt;

use super::fleet::Fleet;

pub(crate) use i6_converges::converged;
pub(crate) use i8_calm::complete;

/// One invariant.
pub(crate) trait Invariant {
    fn name(&self) -> &'static str;

    /// Now, after a tick.
    fn look(&mut self, _fleet: &Fleet) -> Result<(), String> {
        Ok(())
    }

    /// After healing.
    fn judge(&mut self, _fleet: &Fleet) -> Result<(), String> {
        Ok(())
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) invariant: &'static str,
    pub(crate) at_us: u64,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, ms) = (self.at_us / 1_000_000, self.at_us / 1_000 % 1_000);
        write!(f, "{} at {s}.{ms:03}: {}", self.invariant, self.text)
    }
}

/// All of them, over one run.
pub(crate) struct Watch {
    each: Vec<Box<dyn Invariant>>,
    pub(crate) violations: Vec<Violation>,
}

pub(crate) fn all() -> Watch {
    Watch {
        each: vec![
            Box::new(i1_epoch::OneAnEpoch::default()),
            Box::new(i1_votes::OneVote::default()),
            Box::new(i2_writable::TwoMasters::default()),
            Box::new(i3_planned::NothingLost::default()),
            Box::new(i4_unplanned::NoMoreThanReported::default()),
            Box::new(i5_divergence::SameData),
            Box::new(i7_needless::NotNeedless::default()),
            Box::new(i7_heard::StillHeard::default()),
            Box::new(i7_held::HeldBack::default()),
            Box::new(i8_exit_codes::TrueExit::default()),
            Box::new(i9_restart::Saved),
            Box::new(i10_durable::FirstTheDisk::default()),
            Box::new(i11_leader::OneLeader::default()),
            Box::new(i12_records::TrueRecords::default()),
        ],
        violations: Vec::new(),
    }
}

impl Watch {
    pub(crate) fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    pub(crate) fn look(&mut self, fleet: &Fleet) {
        self.each(fleet, |invariant| invariant.look(fleet));
    }

    pub(crate) fn judge(&mut self, fleet: &Fleet) {
        self.each(fleet, |invariant| invariant.judge(fleet));
    }

    pub(crate) fn broken(&mut self, invariant: &'static str, fleet: &Fleet, text: String) {
        self.violations.push(Violation {
            invariant,
            at_us: fleet.world.now_us,
            text,
        });
    }

    fn each(
        &mut self,
        fleet: &Fleet,
        mut ask: impl FnMut(&mut dyn Invariant) -> Result<(), String>,
    ) {
        if !self.holds() {
            return;
        }
        for invariant in &mut self.each {
            if let Err(text) = ask(&mut **invariant) {
                self.violations.push(Violation {
                    invariant: invariant.name(),
                    at_us: fleet.world.now_us,
                    text,
                });
            }
        }
    }
}
