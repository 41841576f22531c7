//! The world: machines and processes on one clock, a tick at a time.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use super::dice::Dice;
use super::machine::SimMachine;
use super::numbered::Numbered;
use super::process::Process;
use super::socket::Plug;
use super::story::Story;
use super::wire::TICK_US;
use super::wire::Wire;

/// How often the systems write back what is dirty.
const WRITE_BACK_US: u64 = 2_000_000;

#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    pub(crate) now_us: u64,
    pub(crate) wire: Wire,
    pub(crate) story: Story,
    pub(crate) dice: Dice,
    processes: Numbered<Process>,
    machines: Vec<Arc<SimMachine>>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let wire = Wire::new(seed);
        Self {
            seed,
            now_us: 0,
            story: Story::new(&wire),
            wire,
            dice: Dice::new(seed, "world"),
            processes: Numbered::default(),
            machines: Vec::new(),
        }
    }

    /// The machine at an address, made where there is none yet.
    pub(crate) fn machine(&mut self, name: &str, ip: IpAddr) -> Arc<SimMachine> {
        if let Some(known) = self.machines.iter().find(|machine| machine.ip == ip) {
            return Arc::clone(known);
        }
        let machine = Arc::new(SimMachine::new(name, ip, self.seed));
        self.wire.lock().plug(ip, &machine.disk);
        self.machines.push(Arc::clone(&machine));
        machine
    }

    pub(crate) fn machines(&self) -> &[Arc<SimMachine>] {
        &self.machines
    }

    /// Starts a program; gives its process.
    pub(crate) fn start<F>(
        &mut self,
        name: &str,
        machine: &Arc<SimMachine>,
        program: impl FnOnce(Plug) -> F,
    ) -> u64
    where
        F: Future<Output = ()> + 'static,
    {
        let number = self.processes.next();
        let plug = Plug {
            wire: self.wire.clone(),
            ip: machine.ip,
            process: number,
            gives_up_us: None,
        };
        let main = Box::pin(program(plug.clone()));
        let process = Process::start(name, Arc::clone(machine), plug, self.now_us, main);
        self.processes.push(process);
        number
    }

    /// True while it has not ended.
    pub(crate) fn runs(&self, process: u64) -> bool {
        self.processes.get(process).is_some()
    }

    pub(crate) fn is_frozen(&self, process: u64) -> bool {
        self.processes.get(process).is_some_and(|p| p.frozen)
    }

    /// SIGKILL. `home` is where its files are, whose locks are free then.
    pub(crate) fn kill(&mut self, process: u64, home: &Path) {
        if let Some(process) = self.processes.remove(process) {
            let disk = Arc::clone(&process.machine.disk);
            drop(process);
            disk.let_go(home);
        }
    }

    /// SIGSTOP, SIGCONT.
    pub(crate) fn freeze(&mut self, process: u64, frozen: bool) {
        if let Some(process) = self.processes.get_mut(process) {
            process.frozen = frozen;
        }
    }

    /// The power of a machine fails: its processes are gone, its disk has lost what was not synced, and nobody is told.
    ///
    /// What lies below `whole` goes back to one moment.
    pub(crate) fn power_off(&mut self, machine: &SimMachine, whole: Option<&Path>) {
        self.wire.lock().power_off(machine.ip);
        self.processes
            .retain(|process| process.machine.ip != machine.ip);
        machine.disk.lose_power(&mut self.dice, whole);
    }

    pub(crate) fn power_on(&mut self, machine: &SimMachine) {
        self.wire.lock().power_on(machine.ip);
    }

    /// One tick.
    pub(crate) fn tick(&mut self) {
        self.wire.lock().deliver(self.now_us);
        let until_us = self.now_us + TICK_US;
        for process in self.processes.values_mut().filter(|p| !p.frozen) {
            process.drive(self.now_us, until_us);
        }
        self.processes.retain(|process| !process.ended());
        if until_us.is_multiple_of(WRITE_BACK_US) {
            for machine in &self.machines {
                machine.disk.write_back();
            }
        }
        self.now_us = until_us;
    }
}
