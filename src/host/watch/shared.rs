//! What sessions share with the loop: the latest snapshot, the pulses, the events, and the way to ask for something.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio::sync::broadcast;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::model::Config;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::Snapshot;
use crate::decide::engine::action::Notice;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::host::pulses::Pulses;
use crate::serve::auth::Logins;
use crate::serve::desk::Answers;
use crate::serve::desk::Done;
use crate::serve::desk::Failures;
use crate::serve::desk::Global;
use crate::serve::desk::Globals;
use crate::serve::desk::Monitor;
use crate::serve::desk::Process;
use crate::serve::desk::Refusal;
use crate::serve::desk::Script;
use crate::serve::desk::Scripts;
use crate::serve::desk::Setting;
use crate::serve::desk::Timing;
use crate::serve::desk::Word;

/// Shared by the loop and every session.
#[derive(Debug)]
pub struct Shared {
    pub(super) snapshot: watch::Receiver<Arc<Snapshot>>,
    pub(super) pulses: Arc<Pulses>,
    pub(super) notices: broadcast::Sender<Arc<Notice>>,
    pub(super) inbox: mpsc::UnboundedSender<Event>,
    pub(super) errands: mpsc::UnboundedSender<Errand>,
    pub(super) stop: CancellationToken,
    tickets: Mutex<BTreeMap<u64, mpsc::UnboundedSender<Word>>>,
    last_ticket: AtomicU64,
    pub(super) settled: Mutex<Settled>,
}

/// What is set, as readers see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    pub(super) globals: Globals,
    pub(super) timing: Timing,
    pub(super) failures: Failures,
    pub(super) logins: Arc<Logins>,
    pub(super) scripts: BTreeMap<String, Scripts>,
    pub(super) promotions: BTreeMap<String, Vec<Promotion>>,
    pub(super) process: Process,
    pub(super) state_dir: PathBuf,
    pub(super) pending: Vec<Script>,
}

/// What only the loop can do, and who waits for it.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) what: What,
    pub(super) done: oneshot::Sender<Done>,
}

#[derive(Debug)]
pub(super) enum What {
    Monitor(Monitor),
    Remove(String),
    Set(String, Vec<Setting>),
    SetGlobals(Vec<Global>),
    Flush,
    RenewTls,
    KeepUsers,
    Tune,
    ReadUsers,
    WriteUsers,
    Infos(
        String,
        oneshot::Sender<Vec<(Addr, oneshot::Receiver<Arc<str>>)>>,
    ),
    Reload(Box<Config>),
    StandBack {
        cluster: String,
        ms: u64,
    },
}

/// The loop's own ends of what is shared.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) snapshot: watch::Sender<Arc<Snapshot>>,
    pub(super) inbox: mpsc::UnboundedReceiver<Event>,
    pub(super) errands: mpsc::UnboundedReceiver<Errand>,
}

impl Shared {
    pub(super) fn new(
        first: Snapshot,
        pulses: Arc<Pulses>,
        (inbox, events): (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
        stop: CancellationToken,
        settled: Settled,
    ) -> (Arc<Self>, Ends) {
        let (snapshot, seen) = watch::channel(Arc::new(first));
        let (errands, sent) = mpsc::unbounded_channel();
        let (notices, _) = broadcast::channel(NOTICES);
        let shared = Self {
            snapshot: seen,
            pulses,
            notices,
            inbox,
            errands,
            stop,
            tickets: Mutex::default(),
            last_ticket: AtomicU64::new(0),
            settled: Mutex::new(settled),
        };
        let ends = Ends {
            snapshot,
            inbox: events,
            errands: sent,
        };
        (Arc::new(shared), ends)
    }

    pub(super) fn settled(&self) -> MutexGuard<'_, Settled> {
        // Every change is a single assignment; what a panic left is sound.
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ask(&self, request: Request) -> Answers {
        let (answers, heard) = mpsc::unbounded_channel();
        let ticket = self.last_ticket.fetch_add(1, Ordering::Relaxed) + 1;
        self.tickets().insert(ticket, answers);
        self.tell(Event::Asked { ticket, request });
        heard
    }

    pub(super) fn tell(&self, event: Event) {
        // Nobody listens once the supervisor ends.
        self.inbox.send(event).unwrap_or_default();
    }

    /// The configuration was read again and is sound.
    pub fn reload(&self, config: Config) {
        // Nobody waits: it shows in the log.
        drop(self.send(What::Reload(Box::new(config))));
    }

    /// The certificates were renewed.
    pub fn renew_tls(&self) {
        drop(self.send(What::RenewTls));
    }

    pub(super) fn send(&self, what: What) -> oneshot::Receiver<Done> {
        let (done, waiting) = oneshot::channel();
        // Dropped unanswered where the supervisor ends, and the session says so.
        self.errands.send(Errand { what, done }).unwrap_or_default();
        waiting
    }

    /// Something for whoever asked under this ticket; a reply is the last.
    pub(super) fn answer(&self, ticket: u64, word: Word) {
        let mut tickets = self.tickets();
        let last = matches!(word, Word::Reply(_));
        if let Some(heard) = tickets.get(&ticket) {
            // Whoever has hung up does not want to know.
            heard.send(word).unwrap_or_default();
        }
        if last {
            tickets.remove(&ticket);
        }
    }

    fn tickets(&self) -> MutexGuard<'_, BTreeMap<u64, mpsc::UnboundedSender<Word>>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For a session whose errand was dropped.
pub(super) fn ending() -> Refusal {
    Refusal("ERR this watcher is about to end".to_owned())
}

/// Events that a slow subscriber may be behind before it loses some.
const NOTICES: usize = 1024;
