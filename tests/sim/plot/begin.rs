//! How each plot begins, and which deeds follow.

use std::net::IpAddr;

use super::super::chaos::Chaos;
use super::super::chaos::End;
use super::super::echo;
use super::super::fleet::Fleet;
use super::super::setting::Setting;
use super::Plot;
use super::When;
use super::deeds::both_ways;
use super::deeds::switch_over;
use super::when::leader;
use super::when::repairer;
use super::when::voter;

impl Chaos {
    pub(super) fn begin_plot(&mut self, fleet: &mut Fleet, plot: Plot) -> bool {
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
                let stops = |fleet: &mut Fleet, chaos: &mut Self, leader: usize| {
                    let span = chaos.plots.dice.between(5_500_000, 12_000_000);
                    chaos.stop_watcher(fleet, leader, span);
                };
                if self.plots.more.percent(50) {
                    self.when_promoting(fleet, stops);
                } else {
                    self.when_led(fleet, stops);
                }
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
                if self.plots.more.percent(50) {
                    self.when_led(fleet, Self::reaches_slowly);
                } else {
                    self.when_promoting(fleet, Self::is_answered_late);
                }
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
}
