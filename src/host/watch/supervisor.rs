//! The loop.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::hands::Hands;
use super::record::Recorder;
use super::shared::Ends;
use super::shared::Shared;
use super::tidings::Tidings;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::action::Notice;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Periods;
use crate::decide::view::Memory;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep_until;
use crate::host::dice;
use crate::host::systemd::Manager;
use crate::serve::desk::Loglevel;
use crate::serve::desk::Volume;

/// A watcher at work.
#[derive(Debug)]
pub struct Supervisor {
    pub(super) engine: Engine,
    pub(super) hands: Hands,
    pub(super) ends: Ends,
    pub(super) shared: Arc<Shared>,
    /// Clusters in which somebody else acts alone, and until when.
    pub(super) aside: ByCluster<Mono>,
    pub(super) stop: CancellationToken,
    pub(super) recorder: Recorder,
    pub(super) started: Mono,
    pub(super) wakes: BTreeSet<u64>,
    /// Begins with what is to be durable, and goes on with what waits for it.
    pub(super) held: Vec<Action>,
    /// What scripts have to say.
    pub(super) said: mpsc::UnboundedReceiver<Notice>,
    pub(super) manager: Manager,
    pub(super) log: Option<Arc<dyn Volume>>,
    pub(super) alive_us: u64,
    pub(super) tidings: Box<Tidings>,
    /// The last turn of the loop, by both clocks: a gap between turns, or between the clocks, is a stall.
    pub(super) turned_us: u64,
    pub(super) turned_wall_ms: i64,
}

impl Supervisor {
    /// What sessions stand at.
    pub fn desk(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Who is told that the service is ready, alive, and about to end.
    pub fn managed_by(&mut self, manager: Manager) {
        self.manager = manager;
    }

    /// Who writes the log, louder or lower as clients say.
    pub fn heard_by(&mut self, log: Arc<dyn Volume>) {
        self.log = Some(log);
    }

    pub(super) fn set_volume(&self, level: Loglevel) {
        if let Some(log) = &self.log {
            log.set(level);
        }
    }

    /// Watches until it is stopped.
    pub async fn run(mut self) {
        self.show();
        let count = self.hands.clusters.len();
        self.manager.ready(&format!("watching {count} clusters"));
        loop {
            let next = self.wakes.first().copied();
            let alarm = next.map(|at_us| self.started + Duration::from_micros(at_us));
            let beat = clock::mono() + BEAT;
            let until = alarm.map_or(beat, |at| at.min(beat));
            let event = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                Some(event) = self.ends.inbox.recv() => Some(event),
                Some(errand) = self.ends.errands.recv() => {
                    self.run_errand(errand).await;
                    None
                }
                Some(notice) = self.said.recv() => {
                    self.hands.emit(notice);
                    None
                }
                () = sleep_until(until) => None,
            };
            self.check_clocks().await;
            if let Some(event) = event {
                self.take(event).await;
                // What has piled up is taken in one go, and readers see the end of it.
                while let Ok(event) = self.ends.inbox.try_recv() {
                    // For a crowd the disk is asked once.
                    if self.ends.inbox.len() < CROWD || self.held.len() > HELD {
                        self.settle().await;
                    }
                    self.take(event).await;
                }
            }
            let now = self.now_us();
            if self.wakes.first().is_some_and(|at| *at <= now) {
                self.wakes.retain(|at| *at > now);
                self.take(Event::Wake).await;
            }
            self.settle().await;
            self.take_back_due().await;
            for cluster in self.hands.mend_journals().await {
                self.turn(Event::JournalBack { cluster }).await;
            }
            self.show();
            self.show_life();
        }
        self.manager.stopping();
        self.hands.close();
        self.recorder.close().await;
    }

    /// One turn of the ring.
    pub(super) async fn turn(&mut self, event: Event) {
        self.take(event).await;
        self.settle().await;
    }

    /// Lets the engine decide, and does what need not wait for the disk.
    pub(super) async fn take(&mut self, event: Event) {
        let input = Input {
            now_us: self.now_us(),
            wall_ms: clock::wall().as_millisecond(),
            nonce: dice::between(0, u64::MAX),
            event,
        };
        self.recorder.input(&input, &self.engine);
        let actions = self.engine.step(input);
        self.recorder.actions(&actions);
        self.carry_out(actions).await;
    }

    async fn carry_out(&mut self, actions: Vec<Action>) {
        let mut came = Vec::new();
        for action in actions {
            if matches!(action, Action::Persist { .. }) {
                // The state before this one is not needed any more, and with many clusters it is large.
                for before in self.held.iter_mut().rev() {
                    if let Action::Persist { durable } = before {
                        **durable = Durable::default();
                        break;
                    }
                }
                self.held.push(action);
            } else if self.held.is_empty() {
                came.extend(self.act(action).await);
            } else {
                self.held.push(action);
            }
        }
        for event in came {
            Box::pin(self.take(event)).await;
        }
    }

    /// Makes durable what is to be, once for all that waits for it: the last state holds everything before it.
    pub(super) async fn settle(&mut self) {
        while !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            let last = held.iter().rev().find_map(|action| {
                if let Action::Persist { durable } = action {
                    Some(durable)
                } else {
                    None
                }
            });
            let saved = match last {
                Some(durable) => self.hands.persist(durable).await,
                None => Ok(()),
            };
            let mut came = Vec::new();
            if let Err(why) = saved {
                tracing::error!(%why, "the state cannot be saved: nothing is said or done that rests on it");
                for action in held.into_iter().filter_map(Action::without_the_disk) {
                    came.extend(self.act(action).await);
                }
                came.push(Event::NotPersisted { why });
            } else {
                // From here on readers may know.
                self.show();
                for action in held {
                    came.extend(self.act(action).await);
                }
            }
            for event in came {
                self.take(event).await;
            }
        }
    }

    async fn act(&mut self, action: Action) -> Option<Event> {
        if let Action::Wake { at_us } = action {
            self.wakes.insert(at_us);
            return None;
        }
        self.hands.act(action).await
    }

    fn show(&mut self) {
        if !self.engine.has_news() {
            return;
        }
        let snapshot = Arc::new(self.engine.snapshot());
        for line in self.tidings.of(&snapshot.clusters, self.now_us()) {
            line.log();
        }
        self.ends.snapshot.send_replace(snapshot);
    }

    fn show_life(&mut self) {
        let now = self.now_us();
        if let Some(period) = self.manager.period()
            && now >= self.alive_us + clock::micros(period)
        {
            self.alive_us = now;
            self.manager.alive();
        }
        let pending = self.hands.pending_scripts();
        let mut settled = self.shared.settled();
        if !(pending.is_empty() && settled.pending.is_empty()) {
            settled.pending = pending;
        }
    }

    fn now_us(&self) -> u64 {
        clock::micros(clock::mono().duration_since(self.started))
    }

    /// A process that was stopped, a host that was suspended, a clock that was set: what is believed is stale.
    async fn check_clocks(&mut self) {
        let (now_us, wall_ms) = (self.now_us(), clock::wall().as_millisecond());
        let gap_ms = now_us.saturating_sub(self.turned_us) / 1000;
        let wall_gap_ms = wall_ms.saturating_sub(self.turned_wall_ms);
        (self.turned_us, self.turned_wall_ms) = (now_us, wall_ms);
        let trigger = self.shared.settled().timing.tilt_trigger;
        if is_stale(gap_ms, wall_gap_ms, trigger) {
            let what = "this process stood still, or a clock was moved";
            tracing::warn!(gap_ms, wall_gap_ms, "{what}");
            // By how much a clock was moved says nothing of how long nobody listened.
            self.turn(Event::Stalled { gap_ms }).await;
        }
    }

    pub(super) fn hands(&mut self) -> &mut Hands {
        &mut self.hands
    }

    pub(super) fn hands_ref(&self) -> &Hands {
        &self.hands
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn timing(&self) -> crate::serve::desk::Timing {
        self.shared.settled().timing
    }

    pub(super) fn periods(&self) -> Periods {
        self.engine.periods()
    }

    pub(super) fn durable(&self) -> Durable {
        self.engine.durable()
    }

    pub(super) fn memory_of(&self, cluster: &str) -> Memory {
        self.hands.memory_of(cluster)
    }
}

/// So much time has passed by the one clock and by the other since the last turn of the loop: one turn took too long, or
/// the clocks disagree.
fn is_stale(gap_ms: u64, wall_gap_ms: i64, trigger_ms: u64) -> bool {
    let between = i64::try_from(gap_ms).map_or(u64::MAX, |gap| gap.abs_diff(wall_gap_ms));
    gap_ms.max(between) > trigger_ms
}

/// So many events that wait are a crowd.
const CROWD: usize = 16;
/// So much may wait for the disk before it is asked, even in a crowd.
const HELD: usize = 1024;

/// The loop turns at least this often, so that standing still shows.
const BEAT: Duration = Duration::from_millis(500);

/// Clusters by name, with what each needs.
pub(super) type ByCluster<T> = BTreeMap<String, T>;
