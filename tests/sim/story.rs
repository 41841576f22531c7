//! What happened in a run, in the order in which it happened, for a person to read.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use super::wire::Wire;

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at_us: u64,
    pub(crate) who: String,
    pub(crate) what: String,
}

/// A story that is being told. Clones tell the same one.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    wire: Wire,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Story {
    pub(crate) fn new(wire: &Wire) -> Self {
        Self {
            wire: wire.clone(),
            lines: Arc::default(),
        }
    }

    /// Told now, by the clock of whoever is driven.
    pub(crate) fn tell(&self, who: &str, what: impl Into<String>) {
        let at_us = self.wire.lock().present_us();
        let mut lines = self.lines.lock().expect("no panic while it is held");
        lines.push(Line {
            at_us,
            who: who.to_owned(),
            what: what.into(),
        });
    }

    /// Everything, in the order of time.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = self
            .lines
            .lock()
            .expect("no panic while it is held")
            .clone();
        lines.sort_by_key(|line| line.at_us);
        lines
    }
}

thread_local! {
    static WHO: RefCell<String> = const { RefCell::new(String::new()) };
}

/// This process is driven from now on, and what it logs is its own.
pub(crate) fn now_drives(name: &str) {
    WHO.with_borrow_mut(|who| {
        who.clear();
        who.push_str(name);
    });
}

/// Until the guard is dropped, what the processes of this thread log is told too.
pub(crate) fn listen(story: &Story) -> tracing::subscriber::DefaultGuard {
    let story = story.clone();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || Log(story.clone()))
        .finish();
    tracing::subscriber::set_default(subscriber)
}

/// Takes whole lines.
struct Log(Story);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let who = WHO.with_borrow(Clone::clone);
        self.0.tell(&who, format!("log: {}", text.trim()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, ms) = (self.at_us / 1_000_000, self.at_us / 1_000 % 1_000);
        write!(f, "{s:3}.{ms:03}  {:<10} {}", self.who, self.what)
    }
}
