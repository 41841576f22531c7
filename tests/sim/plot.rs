//! Faults that belong together: each plot makes the one situation in which a mistake of some kind would matter.
//!
//! A plot is a row of deeds, each with what it waits for. What they break is mended like any other fault.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use pikafo::decide::plan::Kind;
use pikafo::decide::record::Record;

use super::chaos::Chaos;
use super::chaos::End;
use super::dice::Dice;
use super::echo;
use super::fleet::Fleet;
use super::operator::HOME;
use super::setting::CLUSTER;
use super::setting::Setting;
use super::tap;
use super::tap::Word;
use super::wire::Weather;

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

/// What a deed waits for.
#[derive(Clone, Copy, Debug)]
enum When {
    At(u64),
    /// A watcher carries out a change of master that it was elected for.
    Led,
    /// A watcher sets a node right.
    Repairs,
    /// Somebody has voted for somebody else.
    Voted,
    /// More promotions than these were seen.
    Promoted(usize),
    /// The operator has ended.
    Idle,
}

type Deed = Box<dyn FnOnce(&mut Fleet, &mut Chaos)>;

/// Plots to come and under way.
pub(crate) struct Plots {
    dice: Dice,
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
            When::Led | When::Repairs | When::Voted | When::Promoted(_) | When::Idle => {
                fleet.world.now_us
            }
        };
        self.plots
            .due
            .push((when, from_us + PATIENCE_US, Box::new(deed)));
    }

    fn begin_plot(&mut self, fleet: &mut Fleet, plot: Plot) -> bool {
        let now_us = fleet.world.now_us;
        let master = fleet.acting_master();
        if !fleet.server_lives(master) {
            return false;
        }
        let watchers: Vec<IpAddr> = fleet.watchers.iter().map(|w| w.machine.ip).collect();
        let servers: Vec<IpAddr> = fleet.servers.iter().map(|s| s.machine.ip).collect();
        match plot {
            Plot::VoterReborn => {
                self.kill_master(fleet, master, 6_000_000, 9_000_000);
                self.then(fleet, When::Voted, |fleet, chaos| {
                    let voter = voter(fleet).filter(|voter| {
                        let ip = fleet.watchers[*voter].machine.ip;
                        !fleet.setting.together || fleet.servers.iter().all(|s| s.machine.ip != ip)
                    });
                    if let Some(voter) = voter {
                        chaos.rebirth(fleet, voter);
                    }
                });
            }
            Plot::ElectionInFog => {
                let until = now_us + self.plots.dice.between(4_000_000, 9_000_000);
                self.fog(
                    fleet,
                    &watchers,
                    &watchers,
                    until,
                    &[80_000, 200_000, 500_000, 1_500_000],
                );
                self.kill_master(fleet, master, 5_000_000, 8_000_000);
            }
            Plot::ElectionOnSlowDisks => {
                let until = now_us + 8_000_000;
                for ip in &watchers {
                    let ms = self.plots.dice.pick(&[20, 100, 400, 1000]);
                    self.slow_disk(fleet, *ip, ms, until);
                }
                self.kill_master(fleet, master, 5_000_000, 8_000_000);
            }
            Plot::RivalReturns => {
                let rival = self.plots.dice.pick(&watchers);
                self.cut_between(fleet, &[rival], &watchers, now_us + 12_000_000);
                self.kill_master(fleet, master, 9_000_000, 14_000_000);
                let back = self.plots.dice.between(100_000, 1_500_000);
                self.then(fleet, When::Led, move |fleet, chaos| {
                    let Some(leader) = leader(fleet) else { return };
                    let span = chaos.plots.dice.between(4_000_000, 9_000_000);
                    chaos.stop_watcher(fleet, leader, span);
                    let at = When::At(fleet.world.now_us + back);
                    chaos.then(fleet, at, move |fleet, _| {
                        fleet.world.story.tell("network", "the rival is back");
                        for (from, to) in both_ways(&[rival], &watchers) {
                            fleet.world.wire.lock().mend(from, to);
                        }
                    });
                });
            }
            Plot::RepairGivesWay => {
                let seen = fleet.promotions.len();
                self.kill_master(fleet, master, 1_000_000, 2_500_000);
                self.then(fleet, When::Promoted(seen), |fleet, chaos| {
                    chaos.then(fleet, When::Repairs, |fleet, chaos| {
                        let Some((watcher, server)) = repairer(fleet) else {
                            return;
                        };
                        let own = fleet.watchers[watcher].machine.ip;
                        let node = fleet.servers[server].machine.ip;
                        let now_us = fleet.world.now_us;
                        let name = fleet.watchers[watcher].name.clone();
                        fleet
                            .world
                            .story
                            .tell(&name, "loses the node that it sets right");
                        fleet.world.wire.lock().reset(own, node);
                        let until = now_us + chaos.plots.dice.between(500_000, 4_500_000);
                        chaos.cut_between(fleet, &[own], &[node], until);
                        let at = When::At(now_us + chaos.plots.dice.between(50_000, 2_500_000));
                        chaos.then(fleet, at, |fleet, _| switch_over(fleet, &[]));
                    });
                });
            }
            Plot::LeaderStopped => {
                self.kill_master(fleet, master, 9_000_000, 12_000_000);
                self.when_led(fleet, |fleet, chaos, leader| {
                    let span = chaos.plots.dice.between(5_500_000, 12_000_000);
                    chaos.stop_watcher(fleet, leader, span);
                });
            }
            Plot::LeaderCutOff => {
                self.kill_master(fleet, master, 9_000_000, 12_000_000);
                self.when_led(fleet, |fleet, chaos, leader| {
                    let own = fleet.watchers[leader].machine.ip;
                    let others: Vec<IpAddr> = if chaos.plots.dice.percent(50) {
                        fleet.watchers.iter().map(|w| w.machine.ip).collect()
                    } else {
                        fleet.world.machines().iter().map(|m| m.ip).collect()
                    };
                    let until = fleet.world.now_us + chaos.plots.dice.between(2_000_000, 8_000_000);
                    let name = fleet.watchers[leader].name.clone();
                    fleet.world.story.tell(&name, "is cut off, as it leads");
                    chaos.cut_between(fleet, &[own], &others, until);
                });
            }
            Plot::LeaderSlowed => {
                self.kill_master(fleet, master, 9_000_000, 12_000_000);
                self.when_led(fleet, |fleet, chaos, leader| {
                    let own = fleet.watchers[leader].machine.ip;
                    let servers: Vec<IpAddr> = fleet.servers.iter().map(|s| s.machine.ip).collect();
                    let watchers: Vec<IpAddr> =
                        fleet.watchers.iter().map(|w| w.machine.ip).collect();
                    let until = fleet.world.now_us + chaos.plots.dice.between(5_000_000, 9_000_000);
                    chaos.fog(
                        fleet,
                        &[own],
                        &servers,
                        until,
                        &[1_000_000, 2_500_000, 4_000_000],
                    );
                    chaos.cut_between(fleet, &[own], &watchers, until - 2_000_000);
                });
            }
            Plot::HeirLags | Plot::NobodyFollows => {
                let others: Vec<usize> = (0..servers.len()).filter(|s| *s != master).collect();
                // Whom somebody would choose who looks at anything but the data.
                let wanted = others.iter().min_by_key(|s| fleet.setting.preference(**s));
                let Some(one) = wanted.copied() else {
                    return false;
                };
                let behind: Vec<IpAddr> = if plot == Plot::HeirLags {
                    vec![servers[one]]
                } else {
                    others.iter().map(|s| servers[*s]).collect()
                };
                let most_us = if plot == Plot::HeirLags {
                    3_000_000
                } else {
                    4_500_000
                };
                let text = format!("{} hear the master later and later", behind.len());
                fleet.world.story.tell("network", text);
                let ways: Vec<_> = behind.iter().map(|ip| (servers[master], *ip)).collect();
                self.end_at(now_us + 16_000_000, End::Clear(ways.clone()));
                self.deepen(fleet, ways, 0, most_us, master);
            }
            Plot::HeirKilled => {
                let seen = fleet.promotions.len();
                self.kill_master(fleet, master, 300_000, 1_500_000);
                self.then(fleet, When::Promoted(seen), |fleet, chaos| {
                    let wait = chaos.plots.dice.between(50_000, 1_500_000);
                    let at = When::At(fleet.world.now_us + wait);
                    chaos.then(fleet, at, |fleet, chaos| {
                        let heir = fleet.reign_at(fleet.world.now_us);
                        chaos.kill_master(fleet, heir, 4_000_000, 9_000_000);
                    });
                });
            }
            Plot::PausedAndKilled => {
                if fleet.busy_operator().is_some() {
                    return false;
                }
                fleet.type_in(&["pause", "--for", "9s"]);
                self.then(fleet, When::Idle, move |fleet, chaos| {
                    let at =
                        When::At(fleet.world.now_us + chaos.plots.dice.between(20_000, 500_000));
                    chaos.then(fleet, at, move |fleet, chaos| {
                        if fleet.acting_master() == master {
                            chaos.kill_master(fleet, master, 4_000_000, 8_000_000);
                        }
                    });
                });
            }
            Plot::MasterUnseen => {
                let until = now_us + self.plots.dice.between(7_000_000, 13_000_000);
                fleet
                    .world
                    .story
                    .tell("network", "the watchers are cut off from the master");
                self.cut_between(fleet, &[servers[master]], &watchers, until);
            }
            Plot::SwitchoverInFog => {
                let until = now_us + 6_000_000;
                self.fog(
                    fleet,
                    &servers,
                    &servers,
                    until,
                    &[50_000, 200_000, 600_000],
                );
                let at = When::At(now_us + self.plots.dice.between(50_000, 800_000));
                self.then(fleet, at, |fleet, _| switch_over(fleet, &[]));
            }
            Plot::SwitchoverOnSlowDisk | Plot::OperatorLost | Plot::OperatorReturns => {
                switch_over(fleet, &["--standalone"]);
                let until = now_us + self.plots.dice.between(3_000_000, 9_000_000);
                let own = Setting::operator_ip();
                if plot == Plot::SwitchoverOnSlowDisk {
                    let ms = self.plots.dice.pick(&[50, 200, 600]);
                    self.slow_disk(fleet, own, ms, until);
                } else if plot == Plot::OperatorLost {
                    let at = When::At(now_us + self.plots.dice.between(50_000, 600_000));
                    self.then(fleet, at, move |fleet, chaos| {
                        chaos.fog(
                            fleet,
                            &[own],
                            &servers,
                            until,
                            &[300_000, 1_500_000, 4_000_000],
                        );
                    });
                } else {
                    let at = When::At(now_us + self.plots.dice.between(100_000, 1_500_000));
                    self.then(fleet, at, Self::operator_returns);
                }
            }
            Plot::HellosEchoed => {
                let until = now_us + self.plots.dice.between(4_000_000, 8_000_000);
                echo::start(fleet, until, self.plots.dice.draw());
                self.kill_master(fleet, master, 2_000_000, 6_000_000);
            }
        }
        true
    }

    fn kill_master(&mut self, fleet: &mut Fleet, server: usize, least_us: u64, most_us: u64) {
        let runs = fleet.servers[server].process;
        if runs.is_some_and(|process| fleet.world.runs(process)) {
            fleet.kill_for(server, self.plots.dice.between(least_us, most_us));
        }
    }

    /// Does something to the leader, now or in a moment.
    fn when_led(
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

    fn stop_watcher(&mut self, fleet: &mut Fleet, watcher: usize, span_us: u64) {
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
        self.end_at(fleet.world.now_us + span_us, End::Thaw(process, name));
    }

    /// A power cut that is over at once, and whatever runs there is started again at once.
    fn rebirth(&mut self, fleet: &mut Fleet, watcher: usize) {
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

    fn slow_disk(&mut self, fleet: &Fleet, ip: IpAddr, ms: u64, until: u64) {
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
    fn fog(
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
    fn deepen(
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
        let weather = Weather {
            least_us: delay_us,
            delay_us,
            loss: 0,
        };
        for (from, to) in &ways {
            fleet.world.wire.lock().weather(*from, *to, weather);
        }
        self.then(fleet, When::At(now_us + 200_000), move |fleet, chaos| {
            chaos.deepen(fleet, ways, delay_us, most_us, master);
        });
    }

    fn cut_between(&mut self, fleet: &Fleet, some: &[IpAddr], others: &[IpAddr], until: u64) {
        let ways = both_ways(some, others);
        for (from, to) in &ways {
            fleet.world.wire.lock().cut(*from, *to);
        }
        self.end_at(until, End::Mend(ways));
    }

    /// Killed at his work, he comes back and finishes it or undoes it.
    fn operator_returns(fleet: &mut Fleet, chaos: &mut Self) {
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

fn switch_over(fleet: &mut Fleet, more: &[&str]) {
    if fleet.busy_operator().is_none() {
        let words: Vec<&str> = ["promote", "--yes"].iter().chain(more).copied().collect();
        fleet.type_in(&words);
    }
}

fn both_ways(some: &[IpAddr], others: &[IpAddr]) -> Vec<(IpAddr, IpAddr)> {
    let mut ways = BTreeSet::new();
    for one in some {
        for other in others.iter().filter(|other| *other != one) {
            ways.insert((*one, *other));
            ways.insert((*other, *one));
        }
    }
    ways.into_iter().collect()
}

fn has_come(fleet: &Fleet, when: When) -> bool {
    match when {
        When::At(at_us) => fleet.world.now_us >= at_us,
        When::Led => leader(fleet).is_some(),
        When::Repairs => repairer(fleet).is_some(),
        When::Voted => voter(fleet).is_some(),
        When::Promoted(seen) => fleet.promotions.len() > seen,
        When::Idle => fleet.busy_operator().is_none(),
    }
}

fn leader(fleet: &Fleet) -> Option<usize> {
    (0..fleet.watchers.len()).find(|watcher| {
        let snapshot = fleet.snapshot(*watcher);
        let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
        let failover = picture.and_then(|picture| picture.failover);
        failover.is_some_and(|state| state != "wait_start") && fleet.watcher_lives(*watcher)
    })
}

/// Who has a repair in hand, and of which server.
fn repairer(fleet: &Fleet) -> Option<(usize, usize)> {
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
fn voter(fleet: &Fleet) -> Option<usize> {
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
