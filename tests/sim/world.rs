//! The world: machines and processes on one clock, a tick at a time.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use super::dice::Dice;
use super::machine::SimMachine;
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
    /// By number; `None` where one has ended.
    processes: Vec<Option<Process>>,
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
            processes: Vec::new(),
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
        let number = self.processes.len();
        let plug = Plug {
            wire: self.wire.clone(),
            ip: machine.ip,
            process: number as u64,
            gives_up_us: None,
        };
        let main = Box::pin(program(plug.clone()));
        let process = Process::start(name, Arc::clone(machine), plug, self.now_us, main);
        self.processes.push(Some(process));
        number as u64
    }

    fn process(&self, number: u64) -> Option<&Process> {
        self.processes.get(place(number)?)?.as_ref()
    }

    fn slot(&mut self, number: u64) -> Option<&mut Option<Process>> {
        self.processes.get_mut(place(number)?)
    }

    /// True while it has not ended.
    pub(crate) fn runs(&self, process: u64) -> bool {
        self.process(process).is_some()
    }

    pub(crate) fn is_frozen(&self, process: u64) -> bool {
        self.process(process).is_some_and(|p| p.frozen)
    }

    /// SIGKILL. `home` is where its files are, whose locks are free then.
    pub(crate) fn kill(&mut self, process: u64, home: &Path) {
        if let Some(process) = self.slot(process).and_then(Option::take) {
            let disk = Arc::clone(&process.machine.disk);
            drop(process);
            disk.let_go(home);
        }
    }

    /// SIGSTOP, SIGCONT.
    pub(crate) fn freeze(&mut self, process: u64, frozen: bool) {
        if let Some(process) = self.slot(process).and_then(Option::as_mut) {
            process.frozen = frozen;
        }
    }

    /// The power of a machine fails: its processes are gone, its disk has lost what was not synced, and nobody is told.
    ///
    /// What lies below `whole` goes back to one moment.
    pub(crate) fn power_off(&mut self, machine: &SimMachine, whole: Option<&Path>) {
        self.wire.lock().power_off(machine.ip);
        let here = |process: &mut Process| process.machine.ip == machine.ip;
        for process in &mut self.processes {
            drop(process.take_if(here));
        }
        machine.disk.lose_power(&mut self.dice, whole);
    }

    pub(crate) fn power_on(&mut self, machine: &SimMachine) {
        self.wire.lock().power_on(machine.ip);
    }

    /// One tick.
    pub(crate) fn tick(&mut self) {
        self.wire.lock().deliver(self.now_us);
        let until_us = self.now_us + TICK_US;
        let awake = self.processes.iter_mut().flatten().filter(|p| !p.frozen);
        for process in awake {
            process.drive(self.now_us, until_us);
        }
        for process in &mut self.processes {
            drop(process.take_if(|process| process.ended()));
        }
        if until_us.is_multiple_of(WRITE_BACK_US) {
            for machine in &self.machines {
                machine.disk.write_back();
            }
        }
        self.now_us = until_us;
    }
}

/// Where a process is kept.
fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}
