//! What a thread stands on: the real machine, or another one that was put under it.
//!
//! [`clock`](super::clock), [`dice`](super::dice) and [`disk`](super::disk) ask here first, and whoever wants to know
//! what the system calls this process. The program never puts
//! anything here. A simulation drives many hosts on one thread, and puts each one's machine under it for as long as it
//! runs; that costs the program a look at a thread-local where it reads a clock, draws a number or opens a file.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;

use jiff::Timestamp;

use super::clock::Mono;
use super::disk::Disk;

/// Wall clock, dice and disk of one host.
pub trait Machine: Debug {
    /// The wall clock, with whatever is wrong with it.
    fn wall(&self) -> Timestamp;
    /// 64 random bits.
    fn draw(&self) -> u64;
    fn disk(&self) -> Arc<dyn Disk>;
    fn process(&self) -> Process;
    /// The process that runs waits until then; said before it does.
    fn due(&self, at: Mono);
    /// It does so no longer: the time has come, or something else has.
    fn not_due(&self, at: Mono);
}

/// A process as its system knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Process {
    pub id: u32,
    /// Where its program lies; empty where the system does not say.
    pub program: String,
    /// The name of the host; empty where it has none.
    pub host: String,
}

/// This very process.
pub fn process() -> Process {
    ask(Machine::process).unwrap_or_else(|| {
        let program = std::env::current_exe().map(|path| path.display().to_string());
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Process {
            id: std::process::id(),
            program: program.unwrap_or_default(),
            host: host.trim().to_owned(),
        }
    })
}

/// What runs this machine: `Linux 6.1.0 x86_64`.
pub fn system() -> String {
    let said = |name: &str| {
        let said = std::fs::read_to_string(format!("/proc/sys/kernel/{name}"));
        said.unwrap_or_default().trim().to_owned()
    };
    let (name, release) = (said("ostype"), said("osrelease"));
    format!("{name} {release} {}", std::env::consts::ARCH)
}

thread_local! {
    static STAND: RefCell<Option<Arc<dyn Machine>>> = const { RefCell::new(None) };
}

/// Puts a machine under this thread, or takes it away again; gives the one before.
pub fn stand_on(machine: Option<Arc<dyn Machine>>) -> Option<Arc<dyn Machine>> {
    STAND.replace(machine)
}

/// Asks the machine under this thread; `None` where it is the real one.
pub(super) fn ask<T>(what: impl FnOnce(&(dyn Machine + 'static)) -> T) -> Option<T> {
    STAND.with_borrow(|machine| machine.as_deref().map(what))
}
