//! One machine: an address, a disk, dice, and a wall clock that may be wrong.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use jiff::Timestamp;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::disk::Disk;
use pikafo::host::machine;
use pikafo::host::machine::Machine;
use pikafo::host::machine::Process;

use super::dice::Dice;
use super::disk::SimDisk;
use super::waits::Wait;
use super::waits::Waits;

/// 2030-01-01, in microseconds.
const EPOCH_US: i64 = 1_893_456_000_000_000;

#[derive(Debug)]
pub(crate) struct SimMachine {
    pub(crate) name: String,
    pub(crate) ip: IpAddr,
    pub(crate) disk: Arc<SimDisk>,
    /// Its clocks run faster than the world's by so much, in millionths.
    rate_ppm: i64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// World time at the beginning of this turn, and the process's own clock then.
    turn_us: u64,
    turn_mono: Option<Mono>,
    /// Until when the process that is driven waits, and waits no longer.
    due: Vec<(Mono, Wait)>,
    /// How far the wall clock is off, and how often it was moved.
    off_us: i64,
    steps: u32,
}

impl SimMachine {
    pub(crate) fn new(name: &str, ip: IpAddr, seed: u64) -> Self {
        Self {
            rate_ppm: rate(name, seed),
            name: name.to_owned(),
            ip,
            disk: Arc::new(SimDisk::new()),
            state: Mutex::new(State {
                dice: Dice::new(seed, name),
                turn_us: 0,
                turn_mono: None,
                due: Vec::new(),
                off_us: 0,
                steps: 0,
            }),
        }
    }

    /// A process of this machine is driven from now on, when its own clock shows `mono`.
    pub(crate) fn turn(&self, now_us: u64, mono: Mono) {
        let mut state = self.lock();
        state.turn_us = self.own_us(now_us);
        state.turn_mono = Some(mono);
    }

    /// What the process that was driven said of how long it waits.
    pub(crate) fn waits(&self, of: &mut Waits) {
        for (at, wait) in self.lock().due.drain(..) {
            of.note(at, wait);
        }
    }

    /// Moves the wall clock.
    pub(crate) fn step_clock(&self, by_us: i64) {
        let mut state = self.lock();
        state.off_us += by_us;
        state.steps += 1;
    }

    /// How often its wall clock was moved.
    pub(crate) fn steps(&self) -> u32 {
        self.lock().steps
    }

    /// What a clock of this machine shows that is right but for its rate.
    pub(crate) fn own_us(&self, world_us: u64) -> u64 {
        if self.rate_ppm == 0 {
            return world_us;
        }
        let drift = i128::from(world_us) * i128::from(self.rate_ppm) / 1_000_000;
        world_us.saturating_add_signed(i64::try_from(drift).unwrap_or(0))
    }

    /// Its wall clock, in milliseconds since 1970.
    pub(crate) fn wall_ms(&self, now_us: u64) -> i64 {
        let off_us = self.lock().off_us;
        (EPOCH_US + off_us + self.own_us(now_us).cast_signed()) / 1000
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it is held")
    }
}

/// In most worlds clocks are good; in the others each has a rate of its own, up to what a broken oscillator has.
fn rate(name: &str, seed: u64) -> i64 {
    let mut dice = Dice::new(seed, "rates");
    let worst = dice.pick(&[0, 0, 0, 0, 0, 200, 20_000]);
    let mut dice = Dice::new(dice.draw(), name);
    dice.between(0, 2 * worst).cast_signed() - worst.cast_signed()
}

/// Does something as if on this machine.
pub(crate) fn on<T>(machine: &Arc<SimMachine>, what: impl FnOnce() -> T) -> T {
    let before = machine::stand_on(Some(Arc::clone(machine) as Arc<dyn Machine>));
    let done = what();
    machine::stand_on(before);
    done
}

impl Machine for SimMachine {
    fn wall(&self) -> Timestamp {
        let state = self.state.lock().expect("no panic while it is held");
        let since = state
            .turn_mono
            .map_or(0, |at| clock::micros(clock::mono().duration_since(at)));
        let us = EPOCH_US + state.off_us + (state.turn_us + since).cast_signed();
        Timestamp::from_microsecond(us).unwrap_or_default()
    }

    fn draw(&self) -> u64 {
        self.state
            .lock()
            .expect("no panic while it is held")
            .dice
            .draw()
    }

    fn process(&self) -> Process {
        Process {
            id: 100,
            program: "/usr/bin/pikafo".to_owned(),
            host: self.name.clone(),
        }
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk) as Arc<dyn Disk>
    }

    fn due(&self, at: Mono) {
        self.lock().due.push((at, Wait::Begins));
    }

    fn not_due(&self, at: Mono) {
        self.lock().due.push((at, Wait::Ends));
    }
}
