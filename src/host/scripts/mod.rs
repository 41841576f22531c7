//! A Sentinel's scripts, run as Sentinel runs them: so many at once, so many waiting, killed when they take too long,
//! tried again when they ask for it.
//!
//! Exit 0: done. Exit 1, or ended by a signal: tried again after 30 s, 60 s, … ten times in all. Any other exit:
//! given up, with `-script-error`. What cannot be run at all counts as exit 2, as in Sentinel.
//!
//! [`queue`] is the bookkeeping, without clock or processes; `launch` the processes.

mod launch;
mod queue;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::clock;
use super::clock::alarm;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;
use crate::decide::name::Addr;
use launch::Launch;
use queue::Exit;
use queue::Queue;

pub use queue::Pending;

/// How long and how often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// After this a script is killed.
    pub runtime: Duration,
    /// Before the second try; doubled each time.
    pub retry: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            runtime: Duration::from_secs(60),
            retry: Duration::from_secs(30),
        }
    }
}

/// Runs scripts until it is dropped; those that run then go on by themselves, as Sentinel's do.
#[derive(Debug)]
pub struct Scripts {
    words: mpsc::UnboundedSender<Word>,
    queue: Arc<Mutex<Queue>>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug)]
enum Word {
    Run(Vec<String>),
    Limits(Limits),
}

impl Scripts {
    /// `notices` hears of errors and timeouts, and at debug level of every start and end.
    pub fn start(notices: mpsc::UnboundedSender<Notice>, limits: Limits) -> Self {
        Self::with(notices, limits, Arc::new(launch::Processes))
    }

    fn with(
        notices: mpsc::UnboundedSender<Notice>,
        limits: Limits,
        launch: Arc<dyn Launch>,
    ) -> Self {
        let (words, inbox) = mpsc::unbounded_channel();
        let queue = Arc::new(Mutex::new(Queue::new(limits)));
        let task = work(Arc::clone(&queue), inbox, notices, launch);
        Self {
            words,
            queue,
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }

    /// Runs a `notification-script`: path, event, payload.
    pub fn notify(&self, script: &Path, event: &str, payload: &str) {
        self.run(script, [event, payload].map(str::to_owned).to_vec());
    }

    /// Runs a `client-reconfig-script`: path, master name, role, `start`, old ip and port, new ip and port.
    pub fn reconfigured(&self, script: &Path, cluster: &str, leader: bool, from: &Addr, to: &Addr) {
        let role = if leader { "leader" } else { "observer" };
        let (old, new) = (from.port().to_string(), to.port().to_string());
        let args = [cluster, role, "start", from.host(), &old, to.host(), &new];
        self.run(script, args.map(str::to_owned).to_vec());
    }

    /// Scripts that run or wait, oldest first.
    pub fn pending(&self) -> Vec<Pending> {
        held(&self.queue).pending(clock::mono())
    }

    /// How many run now.
    pub fn running(&self) -> usize {
        held(&self.queue).running()
    }

    /// Other limits from now on (`SENTINEL DEBUG`).
    pub fn limit(&self, limits: Limits) {
        self.tell(Word::Limits(limits));
    }

    fn run(&self, script: &Path, args: Vec<String>) {
        let path = script.to_string_lossy().into_owned();
        self.tell(Word::Run(std::iter::once(path).chain(args).collect()));
    }

    fn tell(&self, word: Word) {
        // The task ends only when this is dropped.
        self.words.send(word).unwrap_or_default();
    }
}

async fn work(
    queue: Arc<Mutex<Queue>>,
    mut inbox: mpsc::UnboundedReceiver<Word>,
    notices: mpsc::UnboundedSender<Notice>,
    launch: Arc<dyn Launch>,
) {
    let say = |notice: Notice| notices.send(notice).unwrap_or_default();
    let mut running = FuturesUnordered::new();
    loop {
        let now = clock::mono();
        let due = held(&queue).due(now);
        for (id, argv) in due {
            let kill = CancellationToken::new();
            match launch.launch(&argv, kill.clone()) {
                Ok((pid, ended)) => {
                    held(&queue).started(id, pid, kill);
                    say(notice(Level::Debug, "+script-child", pid.to_string()));
                    running.push(async move { (id, ended.await) });
                }
                Err(error) => {
                    tracing::warn!(script = argv.first(), %error, "a script cannot be run");
                    held(&queue)
                        .ended(id, Exit::Code(NOT_RUN), now)
                        .into_iter()
                        .for_each(say);
                }
            }
        }
        let overdue = held(&queue).overdue(now);
        overdue.into_iter().for_each(say);
        let next = held(&queue).next_at();
        tokio::select! {
            biased;
            word = inbox.recv() => match word {
                Some(Word::Run(argv)) => held(&queue).add(argv, clock::mono()),
                Some(Word::Limits(limits)) => held(&queue).limit(limits),
                None => return,
            },
            Some((id, exit)) = running.next() => {
                let ended = held(&queue).ended(id, exit, clock::mono());
                ended.into_iter().for_each(say);
            }
            () = alarm(next) => {}
        }
    }
}

fn notice(level: Level, channel: &str, payload: String) -> Notice {
    Notice {
        level,
        channel: channel.to_owned(),
        payload,
        cluster: None,
    }
}

/// What a panic of another thread left is still sound: it is only read and added to.
fn held(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a shell ends with where a program cannot be run, and Sentinel's child, too.
const NOT_RUN: i32 = 2;
