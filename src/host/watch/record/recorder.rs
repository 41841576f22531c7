//! The end of the record that is in the loop.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::TrySendError;
use std::thread::JoinHandle;
use std::time::Duration;

use super::FOLDER;
use super::line;
use super::writer::Files;
use super::writer::Message;
use super::writer::Open;
use super::writer::Stop;
use super::writer::Writer;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Input;
use crate::decide::engine::durable::Durable;
use crate::host::clock;
use crate::host::disk;

/// Writes the record of one watcher.
#[derive(Debug)]
pub struct Recorder {
    /// `None` once it is over.
    to: Option<To>,
    stops: Receiver<Stop>,
    /// Bytes of the segment in hand.
    written: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    limits: Limits,
    state: State,
    /// Segments that were begun.
    count: u64,
    /// The input whose actions are awaited.
    input: Option<Input>,
    /// A disk that is full is said once, until a segment has gone well.
    warned: bool,
}

/// Who writes.
#[derive(Debug)]
enum To {
    Thread(SyncSender<Message>),
    /// Where nothing may run beside the loop: at once.
    Here(Box<Writer>),
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A segment may begin from then on.
    Waiting { from_us: u64 },
    /// It is followed by another when it has reached this size.
    Writing { until: u64 },
}

/// The same without the state of all clusters and what is remembered of one, which are large and told of in one word:
/// many may wait for a slow disk.
fn short(action: &Action) -> Action {
    if let Action::Persist { durable } = action {
        return Action::Persist {
            durable: Box::new(Durable {
                current_epoch: durable.current_epoch,
                ..Durable::default()
            }),
        };
    }
    if let Action::Remember { cluster, .. } = action {
        return Action::Remember {
            cluster: cluster.clone(),
            memory: Box::default(),
        };
    }
    action.clone()
}

/// How large things get.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A segment is followed by the next from this size on.
    pub(super) roll: u64,
    /// And is never larger.
    pub(super) most: u64,
    pub(super) segments: usize,
    pub(super) total: u64,
    /// Inputs that wait for the writer.
    pub(super) waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            roll: 1 << 20,
            most: 8 << 20,
            segments: 8,
            total: 20 << 20,
            waiting: 1024,
        }
    }
}

/// After an error of the disk.
const RETRY_US: u64 = 60_000_000;
/// After a writer that fell behind.
const BREATH_US: u64 = 10_000_000;

impl Recorder {
    /// A recorder into a folder of `state_dir`. Nothing is written yet.
    pub fn open(state_dir: &Path) -> Self {
        let limits = Limits::default();
        let folder = state_dir.join(FOLDER);
        Self::over(limits, Box::new(Files::new(folder, limits)))
    }

    pub(super) fn over(limits: Limits, open: Box<dyn Open>) -> Self {
        Self::with(limits, open, disk::is_simulated())
    }

    /// `at_once`: without a thread.
    pub(super) fn with(limits: Limits, open: Box<dyn Open>, at_once: bool) -> Self {
        let (to, messages) = mpsc::sync_channel(limits.waiting);
        let (stop, stops) = mpsc::channel();
        let written = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(open, limits.most, stop, Arc::clone(&written));
        let (to, thread) = if at_once {
            (Some(To::Here(Box::new(writer))), None)
        } else {
            let thread = std::thread::Builder::new()
                .name("record".to_owned())
                .spawn(move || writer.run(&messages));
            if let Err(error) = &thread {
                tracing::warn!(%error, "nothing is recorded");
            }
            (thread.is_ok().then_some(To::Thread(to)), thread.ok())
        };
        Self {
            to,
            stops,
            written,
            thread,
            limits,
            state: State::Waiting { from_us: 0 },
            count: 0,
            input: None,
            warned: false,
        }
    }

    /// The engine is about to be given this.
    pub fn input(&mut self, input: &Input, engine: &Engine) {
        self.input = None;
        if self.to.is_none() {
            return;
        }
        self.hear(input.now_us);
        let due = match self.state {
            State::Waiting { from_us } => input.now_us >= from_us,
            State::Writing { until } => self.written.load(Ordering::Relaxed) >= until,
        };
        if due && engine.at_rest() {
            self.begin(input, engine);
        }
        if matches!(self.state, State::Writing { .. }) {
            self.input = Some(input.clone());
        }
    }

    /// The engine has decided this.
    pub fn actions(&mut self, actions: &[Action]) {
        if let Some(input) = self.input.take() {
            let now_us = input.now_us;
            let turn = Message::Turn {
                input: Box::new(input),
                did: line::digest(actions),
                actions: actions.iter().map(short).collect(),
            };
            self.send(turn, now_us);
        }
    }

    /// Waits until everything is written, for a second at most.
    pub async fn close(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            for _ in 0..100 {
                if thread.is_finished() {
                    return;
                }
                clock::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// What the writer could not do.
    fn hear(&mut self, now_us: u64) {
        while let Ok(stop) = self.stops.try_recv() {
            // Of a segment that is over it does not matter any more.
            if stop.segment != self.count {
                continue;
            }
            match stop.why {
                None => {
                    tracing::warn!(
                        "the record of this plan has grown too long: it pauses until the plan has ended"
                    );
                    self.state = State::Waiting { from_us: now_us };
                }
                Some(why) => {
                    if !std::mem::replace(&mut self.warned, true) {
                        tracing::warn!(%why, "the record cannot be written: it pauses, and is tried again every minute");
                    }
                    let from_us = now_us + RETRY_US;
                    self.state = State::Waiting { from_us };
                }
            }
        }
    }

    fn begin(&mut self, input: &Input, engine: &Engine) {
        let rolls = matches!(self.state, State::Writing { .. });
        self.warned &= !rolls;
        let mut header = match serde_json::to_vec(&line::header(engine, input)) {
            Ok(header) => header,
            Err(error) => {
                tracing::warn!(%error, "nothing is recorded");
                self.to = None;
                return;
            }
        };
        header.push(b'\n');
        let size = u64::try_from(header.len()).unwrap_or(u64::MAX);
        if size > self.limits.most / 2 {
            tracing::warn!(
                size,
                "what this watcher knows is too much for a record: nothing is recorded"
            );
            self.to = None;
            return;
        }
        self.count += 1;
        self.written.store(0, Ordering::Relaxed);
        self.state = State::Writing {
            until: self.limits.roll.max(2 * size),
        };
        let segment = self.count;
        self.send(Message::Begin { segment, header }, input.now_us);
    }

    fn send(&mut self, message: Message, now_us: u64) {
        let sent = match &mut self.to {
            None => return,
            Some(To::Here(writer)) => {
                writer.write(message);
                return;
            }
            Some(To::Thread(to)) => to.try_send(message),
        };
        match sent {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                tracing::warn!("the record falls behind: it pauses until the next segment");
                let from_us = now_us + BREATH_US;
                self.state = State::Waiting { from_us };
            }
            Err(TrySendError::Disconnected(_)) => {
                tracing::warn!("the record has ended: nothing is recorded any more");
                self.to = None;
                self.state = State::Waiting { from_us: u64::MAX };
            }
        }
    }
}
