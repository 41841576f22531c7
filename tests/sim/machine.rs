//! One machine: an address, a disk, dice, and a wall clock that may be wrong.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::disk::Disk;
use pikafo::host::machine;
use pikafo::host::machine::Machine;

use super::dice::Dice;
use super::disk::SimDisk;

/// 2030-01-01, in microseconds.
const EPOCH_US: i64 = 1_893_456_000_000_000;

#[derive(Debug)]
pub(crate) struct SimMachine {
    pub(crate) name: String,
    pub(crate) ip: IpAddr,
    pub(crate) disk: Arc<SimDisk>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// World time at the beginning of this turn, and the process's own clock then.
    turn_us: u64,
    turn_mono: Option<Mono>,
    /// How far the wall clock is off.
    off_us: i64,
}

impl SimMachine {
    pub(crate) fn new(name: &str, ip: IpAddr, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            ip,
            disk: Arc::new(SimDisk::new()),
            state: Mutex::new(State {
                dice: Dice::new(seed, name),
                turn_us: 0,
                turn_mono: None,
                off_us: 0,
            }),
        }
    }

    /// A process of this machine is driven from now on.
    pub(crate) fn turn(&self, now_us: u64) {
        let mut state = self.state.lock().expect("no panic while it is held");
        state.turn_us = now_us;
        state.turn_mono = Some(clock::mono());
    }

    /// Moves the wall clock.
    pub(crate) fn step_clock(&self, by_us: i64) {
        self.state.lock().expect("no panic while it is held").off_us += by_us;
    }
}

impl SimMachine {
    /// When it was by the world's clock when this machine's showed `at`, unless it was moved since.
    pub(crate) fn world_us(&self, at: &str) -> Option<u64> {
        let at: Timestamp = at.parse().ok()?;
        let off_us = self.state.lock().expect("no panic while it is held").off_us;
        u64::try_from(at.as_microsecond() - EPOCH_US - off_us).ok()
    }
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

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk) as Arc<dyn Disk>
    }
}
