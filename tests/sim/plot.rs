//! Faults that belong together: each plot makes the one situation in which a mistake of some kind would matter.
//!
//! A plot is a row of deeds, each with what it waits for. What they break is mended like any other fault.

mod begin;
mod deeds;
mod when;

use std::collections::BTreeMap;
use std::fmt;

use super::chaos::Chaos;
use super::dice::Dice;
use super::fleet::Fleet;
use when::When;
use when::has_come;

/// What may be plotted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Plot {
    VoterReborn,
    ElectionInFog,
    ElectionOnSlowDisks,
    RivalReturns,
    LeaderStopped,
    LeaderCutOff,
    LeaderSlowed,
    RepairGivesWay,
    HeirLags,
    NobodyFollows,
    HeirKilled,
    PausedAndKilled,
    MasterUnseen,
    SwitchoverInFog,
    SwitchoverOnSlowDisk,
    OperatorLost,
    OperatorReturns,
    HellosEchoed,
}

impl Plot {
    pub(crate) const ALL: &'static [Self] = &[
        Self::VoterReborn,
        Self::ElectionInFog,
        Self::ElectionOnSlowDisks,
        Self::RivalReturns,
        Self::LeaderStopped,
        Self::LeaderCutOff,
        Self::LeaderSlowed,
        Self::RepairGivesWay,
        Self::HeirLags,
        Self::NobodyFollows,
        Self::HeirKilled,
        Self::PausedAndKilled,
        Self::MasterUnseen,
        Self::SwitchoverInFog,
        Self::SwitchoverOnSlowDisk,
        Self::OperatorLost,
        Self::OperatorReturns,
        Self::HellosEchoed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VoterReborn => "a voter loses power and is there again",
            Self::ElectionInFog => "the master dies while watchers hear each other late",
            Self::ElectionOnSlowDisks => "the master dies while watchers save slowly",
            Self::RivalReturns => "a leader is stopped, and a rival is back",
            Self::RepairGivesWay => "a repair hangs and gives way to an operator",
            Self::LeaderStopped => "a leader is stopped and goes on",
            Self::LeaderCutOff => "a leader is cut off",
            Self::LeaderSlowed => "a leader reaches the nodes slowly",
            Self::HeirLags => "the master dies while a replica lags",
            Self::NobodyFollows => "the master dies while all replicas lag",
            Self::HeirKilled => "the new master dies, too",
            Self::PausedAndKilled => "the master dies while failover is paused",
            Self::MasterUnseen => "the watchers alone lose the master",
            Self::SwitchoverInFog => "a switchover while nodes hear each other late",
            Self::SwitchoverOnSlowDisk => "a switchover of an operator with a slow disk",
            Self::OperatorLost => "an operator's network is slow",
            Self::OperatorReturns => "an operator is killed and goes on, or back",
            Self::HellosEchoed => "hellos come twice and in another order",
        }
    }
}

type Deed = Box<dyn FnOnce(&mut Fleet, &mut Chaos)>;

/// Plots to come and under way.
pub(crate) struct Plots {
    dice: Dice,
    /// What was thought of later.
    more: Dice,
    begin: Vec<(u64, Plot)>,
    /// Each with the time at which it is given up.
    due: Vec<(When, u64, Deed)>,
    /// Nothing else goes wrong meanwhile.
    pub(super) alone: bool,
    pub(super) done: BTreeMap<Plot, u64>,
}

impl fmt::Debug for Plots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plots({:?}, {} due)", self.begin, self.due.len())
    }
}

impl Plots {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let mut dice = Dice::new(fleet.setting.seed, "plots");
        let now_us = fleet.world.now_us;
        let mut begin = Vec::new();
        if dice.percent(70) {
            begin.push((
                now_us + dice.between(4_500_000, 6_000_000),
                dice.pick(Plot::ALL),
            ));
        }
        if dice.percent(20) {
            begin.push((
                now_us + dice.between(6_000_000, 9_000_000),
                dice.pick(Plot::ALL),
            ));
        }
        Self {
            alone: dice.percent(60),
            dice,
            more: Dice::new(fleet.setting.seed, "more of plots"),
            begin,
            due: Vec::new(),
            done: BTreeMap::new(),
        }
    }

    /// Something is still to come.
    pub(super) fn pending(&self) -> bool {
        !(self.begin.is_empty() && self.due.is_empty())
    }

    pub(super) fn forget(&mut self) {
        self.begin.clear();
        self.due.clear();
    }
}

/// How long a deed waits for what it waits for.
const PATIENCE_US: u64 = 8_000_000;

impl Chaos {
    /// Plots that begin, and deeds whose time has come.
    pub(super) fn plot_on(&mut self, fleet: &mut Fleet) {
        let now_us = fleet.world.now_us;
        let begin = std::mem::take(&mut self.plots.begin);
        let (due, later): (Vec<_>, Vec<_>) = begin.into_iter().partition(|(at, _)| *at <= now_us);
        self.plots.begin = later;
        for (_, plot) in due {
            fleet
                .world
                .story
                .tell("world", format!("plot: {}", plot.name()));
            if self.begin_plot(fleet, plot) {
                *self.plots.done.entry(plot).or_default() += 1;
            }
        }
        let waiting = std::mem::take(&mut self.plots.due);
        for (when, until_us, deed) in waiting {
            if has_come(fleet, when) {
                deed(fleet, self);
            } else if now_us < until_us {
                self.plots.due.push((when, until_us, deed));
            }
        }
    }

    fn then(
        &mut self,
        fleet: &Fleet,
        when: When,
        deed: impl FnOnce(&mut Fleet, &mut Self) + 'static,
    ) {
        let from_us = match when {
            When::At(at_us) => at_us,
            When::Led
            | When::Promotes
            | When::Repairs
            | When::Voted
            | When::Promoted(_)
            | When::Idle => fleet.world.now_us,
        };
        self.plots
            .due
            .push((when, from_us + PATIENCE_US, Box::new(deed)));
    }
}
