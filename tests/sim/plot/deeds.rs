//! What is done in a plot: to servers, watchers, disks, the network and operators.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::super::chaos::Chaos;
use super::super::chaos::End;
use super::super::fleet::Fleet;
use super::super::operator::HOME;
use super::super::wire::Weather;
use super::When;
use super::when::leader;
use super::when::promoter;

impl Chaos {
    pub(super) fn kill_master(
        &mut self,
        fleet: &mut Fleet,
        server: usize,
        least_us: u64,
        most_us: u64,
    ) {
        let runs = fleet.servers[server].process;
        if runs.is_some_and(|process| fleet.world.runs(process)) {
            fleet.kill_for(server, self.plots.dice.between(least_us, most_us));
        }
    }

    /// Does something to the leader, now or in a moment.
    pub(super) fn when_led(
        &mut self,
        fleet: &Fleet,
        deed: impl FnOnce(&mut Fleet, &mut Self, usize) + 'static,
    ) {
        let wait = self
            .plots
            .dice
            .pick(&[0, 0, 30_000, 60_000, 90_000, 120_000, 160_000, 300_000]);
        self.then(fleet, When::Led, move |fleet, chaos| {
            let Some(leader) = leader(fleet) else { return };
            let at = When::At(fleet.world.now_us + wait);
            chaos.then(fleet, at, move |fleet, chaos| deed(fleet, chaos, leader));
        });
    }

    /// The bad time does not end before this moment, however long the plot had to wait for its cue.
    pub(super) fn stay(&mut self, fleet: &Fleet, until: u64) {
        self.then(fleet, When::At(until), |_, _| ());
    }

    /// Does something to the leader as he begins to promote.
    pub(super) fn when_promoting(
        &mut self,
        fleet: &Fleet,
        deed: impl FnOnce(&mut Fleet, &mut Self, usize) + 'static,
    ) {
        self.then(fleet, When::Promotes, move |fleet, chaos| {
            if let Some(leader) = promoter(fleet) {
                deed(fleet, chaos, leader);
            }
        });
    }

    /// The leader reaches the servers slowly, and no other watcher at all.
    pub(super) fn reaches_slowly(fleet: &mut Fleet, chaos: &mut Self, leader: usize) {
        let own = fleet.watchers[leader].machine.ip;
        let servers: Vec<IpAddr> = fleet.servers.iter().map(|s| s.machine.ip).collect();
        let watchers: Vec<IpAddr> = fleet.watchers.iter().map(|w| w.machine.ip).collect();
        let until = fleet.world.now_us + chaos.plots.dice.between(5_000_000, 9_000_000);
        let delays = [1_000_000, 2_500_000, 4_000_000];
        chaos.fog(fleet, &[own], &servers, until, &delays);
        chaos.cut_between(fleet, &[own], &watchers, until - 2_000_000);
    }

    /// What the leader asks before he promotes is answered when his mandate is over, which nobody renews.
    pub(super) fn is_answered_late(fleet: &mut Fleet, chaos: &mut Self, leader: usize) {
        let own = fleet.watchers[leader].machine.ip;
        let watchers: Vec<IpAddr> = fleet.watchers.iter().map(|w| w.machine.ip).collect();
        let late = chaos.plots.dice.between(4_700_000, 5_900_000);
        let until = fleet.world.now_us + late + 2_000_000;
        chaos.hear_late(fleet, own, late, until);
        chaos.cut_between(fleet, &[own], &watchers, until);
        chaos.stay(fleet, until);
    }

    /// What the servers answer a machine comes late, for a while.
    pub(super) fn hear_late(&mut self, fleet: &Fleet, own: IpAddr, late_us: u64, until: u64) {
        let weather = Weather::late(late_us);
        let servers = fleet.servers.iter().map(|server| server.machine.ip);
        let ways: Vec<_> = servers
            .filter(|ip| *ip != own)
            .map(|ip| (ip, own))
            .collect();
        for (from, to) in &ways {
            fleet.world.wire.lock().weather(*from, *to, weather);
        }
        let text = format!("what it is answered is late by {} ms", late_us / 1000);
        let mut machines = fleet.world.machines().iter();
        if let Some(machine) = machines.find(|machine| machine.ip == own) {
            fleet.world.story.tell(&machine.name, text);
        }
        self.end_at(until, End::Clear(ways));
    }

    pub(super) fn stop_watcher(&mut self, fleet: &mut Fleet, watcher: usize, span_us: u64) {
        let watcher = &fleet.watchers[watcher];
        let name = watcher.name.clone();
        let Some(process) = watcher.process.filter(|p| fleet.world.runs(*p)) else {
            return;
        };
        fleet
            .world
            .story
            .tell(&name, "is stopped (SIGSTOP), as it leads");
        fleet.world.freeze(process, true);
        let until = fleet.world.now_us + span_us;
        self.end_at(until, End::Thaw(process, name));
        self.stay(fleet, until);
    }

    /// A power cut that is over at once, and whatever runs there is started again at once.
    pub(super) fn rebirth(&mut self, fleet: &mut Fleet, watcher: usize) {
        let machine = std::sync::Arc::clone(&fleet.watchers[watcher].machine);
        if !fleet.off.insert(machine.ip) {
            return;
        }
        let now_us = fleet.world.now_us;
        fleet
            .world
            .story
            .tell(&machine.name, "loses power, having voted");
        fleet.world.power_off(&machine, None);
        let until = now_us + self.plots.dice.between(10_000, 400_000);
        self.end_at(until, End::PowerOn(machine.ip));
        let name = fleet.watchers[watcher].name.clone();
        self.then(fleet, When::At(until), move |fleet, _| {
            fleet.hold_down(&name, fleet.world.now_us);
        });
    }

    pub(super) fn slow_disk(&mut self, fleet: &Fleet, ip: IpAddr, ms: u64, until: u64) {
        let mut machines = fleet.world.machines().iter();
        let Some(machine) = machines.find(|machine| machine.ip == ip) else {
            return;
        };
        let text = format!("its disk takes {ms} ms");
        fleet.world.story.tell(&machine.name, text);
        machine
            .disk
            .trouble(|trouble| trouble.delay = Duration::from_millis(ms));
        self.end_at(until, End::Disk(ip));
    }

    /// Delay in both directions.
    pub(super) fn fog(
        &mut self,
        fleet: &Fleet,
        some: &[IpAddr],
        others: &[IpAddr],
        until: u64,
        delays: &[u64],
    ) {
        let delay_us = self.plots.dice.pick(delays);
        let loss = self.plots.dice.pick(&[0, 0, 10]);
        let weather = Weather {
            least_us: 0,
            delay_us,
            loss,
        };
        let ways = both_ways(some, others);
        let text = format!("fog: up to {} ms more, {loss} % loss", delay_us / 1000);
        fleet.world.story.tell("network", text);
        for (from, to) in &ways {
            fleet.world.wire.lock().weather(*from, *to, weather);
        }
        self.end_at(until, End::Clear(ways));
    }

    /// What the master sends comes later and later, slowly enough that no link breaks; then it dies, and what is still
    /// under way does not come any more.
    pub(super) fn deepen(
        &mut self,
        fleet: &mut Fleet,
        ways: Vec<(IpAddr, IpAddr)>,
        delay_us: u64,
        most_us: u64,
        master: usize,
    ) {
        let now_us = fleet.world.now_us;
        if fleet.acting_master() != master {
            return;
        }
        if delay_us >= most_us {
            for (from, to) in &ways {
                fleet.world.wire.lock().cut(*from, *to);
            }
            self.end_at(now_us + 8_000_000, End::Mend(ways));
            return self.kill_master(fleet, master, 6_000_000, 9_000_000);
        }
        let delay_us = delay_us + 140_000;
        let weather = Weather::late(delay_us);
        for (from, to) in &ways {
            fleet.world.wire.lock().weather(*from, *to, weather);
        }
        self.then(fleet, When::At(now_us + 200_000), move |fleet, chaos| {
            chaos.deepen(fleet, ways, delay_us, most_us, master);
        });
    }

    pub(super) fn cut_between(
        &mut self,
        fleet: &Fleet,
        some: &[IpAddr],
        others: &[IpAddr],
        until: u64,
    ) {
        let ways = both_ways(some, others);
        for (from, to) in &ways {
            fleet.world.wire.lock().cut(*from, *to);
        }
        self.end_at(until, End::Mend(ways));
    }

    /// Killed at his work, he comes back and finishes it or undoes it.
    pub(super) fn operator_returns(fleet: &mut Fleet, chaos: &mut Self) {
        let Some(operator) = fleet.busy_operator() else {
            return;
        };
        let (process, name) = (operator.process, operator.name.clone());
        fleet.world.story.tell(&name, "is killed");
        fleet.world.kill(process, HOME.as_ref());
        let word = chaos.plots.dice.pick(&["--resume", "--abort"]);
        let at = When::At(fleet.world.now_us + chaos.plots.dice.between(50_000, 4_000_000));
        chaos.then(fleet, at, move |fleet, _| {
            if fleet.busy_operator().is_none() {
                fleet.type_in(&["promote", "--yes", "--standalone", word]);
            }
        });
    }
}

pub(super) fn switch_over(fleet: &mut Fleet, more: &[&str]) {
    if fleet.busy_operator().is_none() {
        let words: Vec<&str> = ["promote", "--yes"].iter().chain(more).copied().collect();
        fleet.type_in(&words);
    }
}

pub(super) fn both_ways(some: &[IpAddr], others: &[IpAddr]) -> Vec<(IpAddr, IpAddr)> {
    let mut ways = BTreeSet::new();
    for one in some {
        for other in others.iter().filter(|other| *other != one) {
            ways.insert((*one, *other));
            ways.insert((*other, *one));
        }
    }
    ways.into_iter().collect()
}
