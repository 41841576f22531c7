//! How each fault begins.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pikafo::exit::Exit;

use super::Chaos;
use super::End;
use super::Kind;
use crate::sim::fleet::Fleet;
use crate::sim::machine::SimMachine;
use crate::sim::operator::HOME;
use crate::sim::wire::Weather;

impl Chaos {
    /// Begins a fault; false where there is nobody to have it.
    pub(super) fn begin(&mut self, fleet: &mut Fleet, kind: Kind) -> bool {
        let now_us = fleet.world.now_us;
        let until = now_us + self.span(fleet);
        match kind {
            Kind::ServerKilled => {
                let server = self.server(fleet);
                let Some(process) = fleet.servers[server]
                    .process
                    .filter(|p| fleet.world.runs(*p))
                else {
                    return false;
                };
                let (name, home) = (
                    fleet.servers[server].name.clone(),
                    fleet.servers[server].home.clone(),
                );
                fleet.world.story.tell(&name, "is killed");
                fleet.world.kill(process, &home);
                fleet.hold_down(&name, until);
            }
            Kind::WatcherKilled => {
                let watcher = self.dice.index(fleet.watchers.len());
                let Some(process) = fleet.watchers[watcher]
                    .process
                    .filter(|p| fleet.world.runs(*p))
                else {
                    return false;
                };
                let (name, home) = (
                    fleet.watchers[watcher].name.clone(),
                    fleet.watchers[watcher].home.clone(),
                );
                fleet.world.story.tell(&name, "is killed");
                fleet.world.kill(process, &home);
                fleet.hold_down(&name, until);
            }
            Kind::PowerCut => {
                let machine = self.machine(fleet);
                if !fleet.off.insert(machine.ip) {
                    return false;
                }
                fleet.world.story.tell(&machine.name, "loses power");
                fleet.power_off(&machine);
                self.ends.push((until, End::PowerOn(machine.ip)));
            }
            Kind::ServerStopped | Kind::WatcherStopped => {
                let (name, process) = if kind == Kind::ServerStopped {
                    let server = &fleet.servers[self.server(fleet)];
                    (server.name.clone(), server.process)
                } else {
                    let watcher = &fleet.watchers[self.dice.index(fleet.watchers.len())];
                    (watcher.name.clone(), watcher.process)
                };
                let Some(process) =
                    process.filter(|p| fleet.world.runs(*p) && !fleet.world.is_frozen(*p))
                else {
                    return false;
                };
                fleet.world.story.tell(&name, "is stopped (SIGSTOP)");
                fleet.world.freeze(process, true);
                self.ends.push((until, End::Thaw(process, name)));
            }
            Kind::MachineCutOff => {
                let machine = self.machine(fleet);
                fleet.world.story.tell(&machine.name, "is cut off");
                let ways = ways(fleet, &[machine.ip], true, true);
                self.cut(fleet, ways, until);
            }
            Kind::CutOneWay => {
                let machine = self.machine(fleet);
                let out = self.dice.percent(50);
                let what = if out {
                    "is heard no more"
                } else {
                    "hears no more"
                };
                fleet.world.story.tell(&machine.name, what);
                let mut ways = ways(fleet, &[machine.ip], out, !out);
                if self.dice.percent(50) {
                    let only = self.dice.index(ways.len());
                    ways = vec![ways[only]];
                }
                self.cut(fleet, ways, until);
            }
            Kind::Split => {
                let machines = fleet.world.machines().to_vec();
                let here: Vec<_> = machines.iter().filter(|_| self.dice.percent(50)).collect();
                let names: Vec<&str> = here.iter().map(|m| m.name.as_str()).collect();
                let text = format!("is split: {} on one side", names.join(" "));
                fleet.world.story.tell("network", text);
                let ips: Vec<IpAddr> = here.iter().map(|m| m.ip).collect();
                let ways = ways(fleet, &ips, true, true);
                self.cut(fleet, ways, until);
            }
            Kind::Delay | Kind::Loss => {
                let machine = self.machine(fleet);
                let weather = if kind == Kind::Delay {
                    Weather {
                        least_us: 0,
                        delay_us: self.dice.pick(&[20_000, 100_000, 500_000, 2_000_000]),
                        loss: 0,
                    }
                } else {
                    Weather {
                        least_us: 0,
                        delay_us: 0,
                        loss: self.dice.pick(&[2, 10, 30]),
                    }
                };
                let text = format!(
                    "has a bad network: up to {} ms more, {} % loss",
                    weather.delay_us / 1000,
                    weather.loss
                );
                fleet.world.story.tell(&machine.name, text);
                let ways = ways(fleet, &[machine.ip], true, true);
                for (from, to) in &ways {
                    fleet.world.wire.lock().weather(*from, *to, weather);
                }
                self.ends.push((until, End::Clear(ways)));
            }
            Kind::Reset => {
                let (a, b) = (self.machine(fleet), self.machine(fleet));
                let text = format!("connections with {} are reset", b.name);
                fleet.world.story.tell(&a.name, text);
                fleet.world.wire.lock().reset(a.ip, b.ip);
            }
            Kind::ClockStep => {
                let machine = self.machine(fleet);
                let far = self.dice.pick(&[5_000, 500_000, 5_000_000, 3_600_000_000]);
                let by = self.dice.between(0, 2 * far).cast_signed() - far.cast_signed();
                let text = format!("its clock is moved by {} ms", by / 1000);
                fleet.world.story.tell(&machine.name, text);
                machine.step_clock(by);
            }
            Kind::DiskSlow | Kind::DiskFull | Kind::DiskFails => {
                let watcher = self.dice.index(fleet.watchers.len());
                if fleet.watchers[watcher].is_stock() {
                    // It goes on as if nothing were wrong, votes that are not saved included.
                    return false;
                }
                let machine = &fleet.watchers[watcher].machine;
                let delay = Duration::from_millis(self.dice.pick(&[30, 200, 1000, 3000]));
                let text = if kind == Kind::DiskSlow {
                    format!("its disk takes {} ms", delay.as_millis())
                } else if kind == Kind::DiskFull {
                    "its disk is full".to_owned()
                } else {
                    "its disk fails to sync".to_owned()
                };
                fleet.world.story.tell(&machine.name, text);
                machine.disk.trouble(|trouble| {
                    if kind == Kind::DiskSlow {
                        trouble.delay = delay;
                    } else if kind == Kind::DiskFull {
                        trouble.writes = Some(std::io::ErrorKind::StorageFull);
                    } else {
                        trouble.syncs = true;
                    }
                });
                let ip = machine.ip;
                self.ends.push((until, End::Disk(ip)));
            }
            Kind::ReplicaWiped => {
                let server = self.server(fleet);
                let Some(inside) = fleet.inside(server) else {
                    return false;
                };
                // A lost disk of the master is another matter: nothing can bring back what it alone had.
                if inside.follows().is_none() {
                    return false;
                }
                let (name, home) = (
                    fleet.servers[server].name.clone(),
                    fleet.servers[server].home.clone(),
                );
                fleet
                    .world
                    .story
                    .tell(&name, "is killed, and its data is wiped");
                if let Some(process) = fleet.servers[server].process {
                    fleet.world.kill(process, &home);
                }
                fleet.wipe(server);
                fleet.hold_down(&name, until);
            }
            Kind::OperatorPromotes
            | Kind::OperatorFailsOver
            | Kind::OperatorPauses
            | Kind::OperatorResumes
            | Kind::OperatorRepoints => return self.type_in(fleet, kind),
            Kind::OperatorInterrupted => {
                let Some(operator) = fleet.busy_operator() else {
                    return false;
                };
                fleet.world.story.tell(&operator.name, "Ctrl-C");
                operator.interrupt.request(Exit::Interrupted);
            }
            Kind::OperatorKilled => {
                let Some(operator) = fleet.busy_operator() else {
                    return false;
                };
                let process = operator.process;
                fleet.world.story.tell(&operator.name, "is killed");
                fleet.world.kill(process, HOME.as_ref());
            }
        }
        true
    }

    /// One command at a time.
    fn type_in(&mut self, fleet: &mut Fleet, kind: Kind) -> bool {
        if fleet.busy_operator().is_some() {
            return false;
        }
        let node = format!("n{}", self.dice.index(fleet.servers.len()));
        let span = format!("{}ms", self.dice.between(200, 4000));
        let mut words = if kind == Kind::OperatorFailsOver {
            vec!["failover", "--yes", "--accept-loss", "all"]
        } else if kind == Kind::OperatorPauses {
            vec!["pause", "--for", &span]
        } else if kind == Kind::OperatorResumes {
            vec!["resume"]
        } else if kind == Kind::OperatorRepoints {
            vec!["repoint", "--all", "--yes"]
        } else {
            vec!["promote", "--yes"]
        };
        if kind == Kind::OperatorPromotes && self.dice.percent(50) {
            words.push(&node);
        }
        if kind == Kind::OperatorPromotes && self.dice.percent(20) {
            words.push("--standalone");
        }
        fleet.type_in(&words);
        true
    }

    fn cut(&mut self, fleet: &mut Fleet, ways: Vec<(IpAddr, IpAddr)>, until: u64) {
        for (from, to) in &ways {
            fleet.world.wire.lock().cut(*from, *to);
        }
        self.ends.push((until, End::Mend(ways)));
    }

    /// A server; the master twice as often as it would be.
    fn server(&mut self, fleet: &Fleet) -> usize {
        if self.dice.percent(40) {
            let master = (0..fleet.servers.len())
                .find(|server| fleet.inside(*server).is_some_and(|i| i.takes_writes()));
            if let Some(master) = master {
                return master;
            }
        }
        self.dice.index(fleet.servers.len())
    }

    /// A machine, of the clients too.
    fn machine(&mut self, fleet: &Fleet) -> Arc<SimMachine> {
        if self.dice.percent(30) {
            return Arc::clone(&fleet.servers[self.server(fleet)].machine);
        }
        let machines = fleet.world.machines();
        Arc::clone(&machines[self.dice.index(machines.len())])
    }
}

/// The ways out of and into some machines.
fn ways(fleet: &Fleet, of: &[IpAddr], out: bool, into: bool) -> Vec<(IpAddr, IpAddr)> {
    let others: Vec<IpAddr> = fleet
        .world
        .machines()
        .iter()
        .map(|machine| machine.ip)
        .filter(|ip| !of.contains(ip))
        .collect();
    let mut ways = Vec::new();
    for one in of {
        for other in &others {
            if out {
                ways.push((*one, *other));
            }
            if into {
                ways.push((*other, *one));
            }
        }
    }
    ways
}
