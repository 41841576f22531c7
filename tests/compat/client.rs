//! One client at work, a process or a thread, and what it says.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use pikafo::decide::name::Addr;

use crate::watch::kit::fleet::NAME;
use crate::watch::kit::process::Process;
use crate::watch::kit::wait::until;

/// Enough to tell a client that goes on from one that slipped through once.
const SOME: u64 = 20;
/// Of what it said, for a failed test.
const REMEMBERED: usize = 10;

/// Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Client {
    label: &'static str,
    said: Arc<Mutex<Said>>,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Process(Child),
    Thread(Arc<AtomicBool>),
}

/// What a client said so far.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The last number that was acknowledged.
    acked: u64,
    errors: Vec<String>,
}

impl Said {
    pub(crate) fn hear(&mut self, line: &str) {
        if let Some(number) = line.strip_prefix("ok ") {
            self.acked = number.parse().expect("a client acknowledges numbers");
        } else {
            self.errors.push(line.to_owned());
            if self.errors.len() > REMEMBERED {
                self.errors.remove(0);
            }
        }
    }
}

impl Client {
    /// A program that keeps to the contract of the module.
    pub(crate) fn process(label: &'static str, mut command: Command, watchers: &[Addr]) -> Self {
        let mut child = command
            .args([label, NAME])
            .args(watchers.iter().map(|watcher| watcher.port().to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{label}: {error}; run tests/run"));
        let said = Arc::default();
        listen(child.stdout.take().expect("it is piped"), &said);
        listen(child.stderr.take().expect("it is piped"), &said);
        Self {
            label,
            said,
            work: Work::Process(child),
        }
    }

    /// A client of this very program, which `run`s until its flag is set.
    pub(crate) fn thread(
        label: &'static str,
        run: impl FnOnce(&AtomicBool, &Mutex<Said>) + Send + 'static,
    ) -> Self {
        let said = Arc::default();
        let over = Arc::new(AtomicBool::new(false));
        let (ends, into) = (Arc::clone(&over), Arc::clone(&said));
        std::thread::spawn(move || run(&ends, &into));
        Self {
            label,
            said,
            work: Work::Thread(over),
        }
    }

    /// The key that it writes.
    fn key(&self) -> String {
        format!("compat:{}", self.label)
    }

    /// Waits until it writes to `node`: that node holds numbers which were not acknowledged by anybody before, and
    /// acknowledges more. `node` is a master, so that they came from nowhere else.
    pub(crate) async fn writes_to(&self, node: &Process) {
        let (label, addr) = (self.label, node.addr());
        let before = self.acked();
        until(
            &format!("{label} to write to {addr}"),
            async || {
                let held = node.text(&["GET", &self.key()]).await;
                let held: u64 = held.parse().unwrap_or_default();
                (held.min(self.acked()), self.last_words())
            },
            |(number, _)| *number >= before + SOME,
        )
        .await;
        let info = node.text(&["INFO", "replication"]).await;
        assert!(info.contains("role:master"), "{label} on {addr}: {info}");
    }

    fn acked(&self) -> u64 {
        self.said.lock().unwrap().acked
    }

    fn last_words(&self) -> Vec<String> {
        self.said.lock().unwrap().errors.clone()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        match &mut self.work {
            Work::Process(child) => {
                child.kill().expect("our own child can be killed");
                child.wait().expect("our own child can be waited for");
            }
            Work::Thread(over) => over.store(true, Ordering::Relaxed),
        }
    }
}

/// Takes down every line until the stream ends.
fn listen(stream: impl Read + Send + 'static, said: &Arc<Mutex<Said>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            said.lock().unwrap().hear(&line);
        }
    });
}
