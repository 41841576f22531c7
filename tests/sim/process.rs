//! One process: a runtime of its own, driven for a tick at a time on its own clock.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::machine;
use pikafo::host::machine::Machine;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;

use super::machine::SimMachine;
use super::socket::Plug;
use super::story;
use super::waits::Waits;
use super::woken::Woken;

type Main = Pin<Box<dyn Future<Output = ()>>>;

/// Timers keep to a millisecond: one never rings early, and may ring so late.
const TIMERS: Duration = Duration::from_millis(1);

/// A program at work. Dropping it ends it as SIGKILL would.
pub(crate) struct Process {
    pub(crate) machine: Arc<SimMachine>,
    name: String,
    plug: Plug,
    runtime: Option<Runtime>,
    /// `None` once it has ended.
    main: Option<Woken>,
    /// World time and its own clock when it began.
    began_us: u64,
    began: Mono,
    /// How far it has been driven.
    reached_us: u64,
    waits: Waits,
    pub(crate) frozen: bool,
}

impl Process {
    /// Starts `main` on a machine.
    pub(crate) fn start(
        name: &str,
        machine: Arc<SimMachine>,
        plug: Plug,
        now_us: u64,
        main: Main,
    ) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            // Tasks in the order in which they were woken, however often it was driven meanwhile.
            .global_queue_interval(u32::MAX)
            .build()
            .expect("a runtime without I/O needs nothing");
        let began = runtime.block_on(async { clock::mono() });
        Self {
            name: name.to_owned(),
            machine,
            plug,
            runtime: Some(runtime),
            main: Some(Woken::new(main)),
            began_us: now_us,
            began,
            reached_us: now_us,
            waits: Waits::default(),
            frozen: false,
        }
    }

    /// Lets it run until then. What it missed while it was frozen has gone by at once.
    #[expect(
        clippy::disallowed_methods,
        reason = "the end of a turn is no wait of the process's own"
    )]
    pub(crate) fn drive(&mut self, from_us: u64, until_us: u64) {
        let Some(runtime) = &self.runtime else { return };
        let own =
            |world_us: u64| self.machine.own_us(world_us) - self.machine.own_us(self.began_us);
        let missed = own(from_us).saturating_sub(own(self.reached_us.min(from_us)));
        let missed = Duration::from_micros(missed);
        let until = self.began + Duration::from_micros(own(until_us));
        if self.sleeps(runtime, until) {
            return;
        }
        let (machine, wire, main) = (&self.machine, &self.plug.wire, &mut self.main);
        let before = stand(machine);
        story::now_drives(&self.name);
        runtime.block_on(async {
            // Before the clock is moved, since tasks run as it is: with the turn of another process on this machine,
            // whose clock began at another moment, they would see a wall clock of the real world.
            let turns = clock::mono() + missed;
            machine.turn(from_us, turns);
            if !missed.is_zero() {
                advance(missed).await;
            }
            wire.lock().turn(turns);
            let mut over = pin!(tokio::time::sleep_until(until));
            poll_fn(|cx| {
                // First, so that whatever is woken by what is done is done in this turn too, or its waker waits.
                if over.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                if main.as_mut().is_some_and(|main| main.poll(cx).is_ready()) {
                    *main = None;
                }
                Poll::Pending
            })
            .await;
        });
        machine::stand_on(before);
        wire.lock().still();
        machine.waits(&mut self.waits);
        self.reached_us = until_us;
    }

    /// Nothing has woken it, and nothing will until then: its turn would change nothing.
    fn sleeps(&self, runtime: &Runtime, until: Mono) -> bool {
        let woken = self.main.as_ref().is_none_or(Woken::rang)
            || runtime.metrics().global_queue_depth() > 0;
        !woken && self.waits.first().is_none_or(|due| due > until + TIMERS)
    }

    /// It has ended by itself.
    pub(crate) fn ended(&self) -> bool {
        self.main.is_none()
    }
}

/// Moves the clock, and nothing but the clock: who waited for it comes later.
async fn advance(by: Duration) {
    let mut moved = pin!(tokio::time::advance(by));
    poll_fn(|cx| Poll::Ready(moved.as_mut().poll(cx).is_ready())).await;
}

impl Drop for Process {
    fn drop(&mut self) {
        let before = stand(&self.machine);
        self.plug.wire.lock().begin_end();
        // Tasks first, so that what they close is closed while the ports are known.
        if let Some(runtime) = self.runtime.take() {
            let within = runtime.enter();
            drop(self.main.take());
            drop(within);
            drop(runtime);
        }
        machine::stand_on(before);
        // Of no concern to the next process that is driven on this machine.
        self.machine.waits(&mut self.waits);
        let mut wire = self.plug.wire.lock();
        wire.end();
        wire.close_ports(self.plug.process);
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({})", self.name)
    }
}

fn stand(machine: &Arc<SimMachine>) -> Option<Arc<dyn Machine>> {
    machine::stand_on(Some(Arc::clone(machine) as Arc<dyn Machine>))
}
