//! Faults, drawn one after another, each with its end.

mod begin;
mod kind;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::dice::Dice;
use super::fleet::Fleet;
use super::plot::Plot;
use super::plot::Plots;
pub(crate) use kind::Kind;

/// What ends a fault.
#[derive(Clone, Debug)]
pub(super) enum End {
    Thaw(u64, String),
    PowerOn(IpAddr),
    Mend(Vec<(IpAddr, IpAddr)>),
    Clear(Vec<(IpAddr, IpAddr)>),
    Disk(IpAddr),
}

/// Faults under way and to come.
#[derive(Debug)]
pub(crate) struct Chaos {
    dice: Dice,
    next_us: u64,
    ends: Vec<(u64, End)>,
    pub(crate) done: BTreeMap<Kind, u64>,
    pub(super) plots: Plots,
}

impl Chaos {
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let mut dice = Dice::new(fleet.setting.seed, "chaos");
        let next_us = fleet.world.now_us + dice.between(200_000, 1_500_000);
        Self {
            dice,
            next_us,
            ends: Vec::new(),
            done: BTreeMap::new(),
            plots: Plots::new(fleet),
        }
    }

    /// What is due now.
    pub(crate) fn tick(&mut self, fleet: &mut Fleet) {
        let now_us = fleet.world.now_us;
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.ends)
            .into_iter()
            .partition(|(at, _)| *at <= now_us);
        self.ends = later;
        for (_, end) in due {
            finish(fleet, end);
        }
        self.plot_on(fleet);
        let calm = self.plots.alone && self.plots.pending();
        if now_us >= self.next_us && !calm {
            let kind = self.dice.pick(Kind::ALL);
            if self.begin(fleet, kind) {
                *self.done.entry(kind).or_default() += 1;
            }
            let wait = if self.dice.percent(30) {
                self.dice.between(10_000, 300_000)
            } else {
                self.dice.between(300_000, 3_000_000)
            };
            self.next_us = now_us + wait;
        }
    }

    /// How often each plot was begun.
    pub(crate) fn plotted(&self) -> &BTreeMap<Plot, u64> {
        &self.plots.done
    }

    /// Something that was begun is not over.
    pub(crate) fn pending(&self) -> bool {
        self.plots.pending()
    }

    pub(super) fn end_at(&mut self, at_us: u64, end: End) {
        self.ends.push((at_us, end));
    }

    /// Everything ends.
    pub(crate) fn heal(&mut self, fleet: &mut Fleet) {
        fleet.world.story.tell("world", "all faults end");
        self.plots.forget();
        for (_, end) in std::mem::take(&mut self.ends) {
            finish(fleet, end);
        }
        fleet.world.wire.lock().mend_all();
    }

    /// How long a fault lasts: around what detection takes, or much shorter, or longer.
    fn span(&mut self, fleet: &Fleet) -> u64 {
        let down = fleet.setting.down_after_ms * 1000;
        match self.dice.below(4) {
            0 => self.dice.between(20_000, down / 2),
            1 => self.dice.between(down / 2, down * 3 / 2),
            _ => self.dice.between(down, down * 5),
        }
    }
}

fn finish(fleet: &mut Fleet, end: End) {
    match end {
        End::Thaw(process, name) => {
            if fleet.world.is_frozen(process) {
                fleet.world.story.tell(&name, "goes on (SIGCONT)");
                fleet.world.freeze(process, false);
            }
        }
        End::PowerOn(ip) => {
            let machines = fleet.world.machines().to_vec();
            if let Some(machine) = machines.iter().find(|machine| machine.ip == ip)
                && fleet.off.remove(&ip)
            {
                fleet.world.story.tell(&machine.name, "has power again");
                fleet.world.power_on(machine);
            }
        }
        End::Mend(ways) => {
            fleet.world.story.tell("network", "a cut is mended");
            for (from, to) in ways {
                fleet.world.wire.lock().mend(from, to);
            }
        }
        End::Clear(ways) => {
            for (from, to) in ways {
                fleet.world.wire.lock().clear(from, to);
            }
        }
        End::Disk(ip) => {
            let machines = fleet.world.machines().to_vec();
            if let Some(machine) = machines.iter().find(|machine| machine.ip == ip) {
                fleet
                    .world
                    .story
                    .tell(&machine.name, "its disk is well again");
                machine.disk.trouble(|trouble| {
                    trouble.delay = Duration::ZERO;
                    trouble.writes = None;
                    trouble.syncs = false;
                });
            }
        }
    }
}
