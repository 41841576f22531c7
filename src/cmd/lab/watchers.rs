//! The lab's watchers: this very program, `pikafo watch`, as many times as wanted.

use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Child;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::PATIENCE;
use super::yaml;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::host::journal::Entry;
use crate::lab::ports;
use crate::node::ear::Ear;
use crate::node::fault::Fault;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::pikafo;
use crate::node::pikafo::Picture;
use crate::node::sentinel;

/// What the cluster is called in the lab.
pub(super) const CLUSTER: &str = "lab";

/// Some watchers, of which each is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Watchers {
    addrs: Vec<Addr>,
    files: Vec<PathBuf>,
    children: Vec<Child>,
    ears: Vec<AbortOnDropHandle<()>>,
}

/// An event that a watcher has published.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) at: Mono,
    pub(super) watcher: usize,
    pub(super) event: String,
    pub(super) text: String,
}

impl Watchers {
    /// Chooses their ports and writes their configurations; nothing runs yet.
    pub(super) fn lay_out(number: usize, nodes: &[Addr], dir: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Failed, error.to_string());
        let mut addrs: Vec<Addr> = Vec::new();
        while addrs.len() < number {
            let addr = Addr::new("127.0.0.1", ports::free_base().map_err(failed)?);
            if !addrs.contains(&addr) {
                addrs.push(addr);
            }
        }
        let mut files = Vec::new();
        for (n, addr) in addrs.iter().enumerate() {
            let home = dir.join(format!("w{}", n + 1));
            std::fs::create_dir_all(&home).map_err(failed)?;
            let others: Vec<&Addr> = addrs.iter().filter(|other| *other != addr).collect();
            let watch = format!("  listen: \"{addr}\"\n  peers: [{}]\n", quoted(&others));
            let file = home.join("pikafo.yaml");
            std::fs::write(&file, yaml(nodes, &watch, number / 2 + 1, &home)).map_err(failed)?;
            files.push(file);
        }
        Ok(Self {
            addrs,
            files,
            children: Vec::new(),
            ears: Vec::new(),
        })
    }

    pub(super) fn addrs(&self) -> &[Addr] {
        &self.addrs
    }

    /// The operator's configuration: it names all of them.
    pub(super) fn yaml(&self, nodes: &[Addr], dir: &Path) -> String {
        let all: Vec<&Addr> = self.addrs.iter().collect();
        let watch = format!("  peers: [{}]\n", quoted(&all));
        yaml(nodes, &watch, self.addrs.len() / 2 + 1, dir)
    }

    /// Starts them, and waits until each has seen all `nodes` and all others.
    pub(super) async fn start(&mut self, nodes: usize, net: &Net) -> Result<(), Failure> {
        let failed = |text: String| Failure::new(Exit::Failed, text);
        let own = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        for file in &self.files {
            let log = file.with_extension("log");
            let log = std::fs::File::create(&log).map_err(|error| failed(error.to_string()))?;
            let child = Command::new(&own)
                .args(["watch", "--no-input", "-c"])
                .arg(file)
                // The service manager that may have started this one is not theirs.
                .env_remove("NOTIFY_SOCKET")
                .env_remove("WATCHDOG_USEC")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .kill_on_drop(true)
                .spawn()
                .map_err(|error| failed(format!("cannot run {}: {error}", own.display())))?;
            self.children.push(child);
        }
        let others = self.addrs.len() - 1;
        let whole = |picture: &Picture| {
            let seen = picture.nodes.iter();
            let seen = seen.filter(|n| n.seen_at_us.is_some() && !n.disconnected);
            let met = picture.watchers.iter().filter(|w| !w.disconnected);
            seen.count() >= nodes && met.count() >= others
        };
        let ready = async {
            loop {
                let pictures = self.pictures(net).await;
                if pictures.len() == self.addrs.len() && pictures.iter().all(whole) {
                    return;
                }
                sleep(LOOK).await;
            }
        };
        timeout(PATIENCE, ready).await.map_err(|_elapsed| {
            failed(format!(
                "the watchers did not find each other in {PATIENCE:?}"
            ))
            .hint("see their `pikafo.log`; with --keep they stay")
        })
    }

    /// Listens to whatever they publish from now on.
    pub(super) async fn listen(
        &mut self,
        net: &Net,
    ) -> Result<mpsc::UnboundedReceiver<Heard>, Fault> {
        let (heard, events) = mpsc::unbounded_channel();
        for (watcher, addr) in self.addrs.iter().enumerate() {
            let spec = LinkSpec::plain(addr, PATIENCE);
            let mut ear = Ear::follow(&spec, &["PSUBSCRIBE", "*"], net).await?;
            // Confirmed.
            ear.answer().await?;
            let heard = heard.clone();
            let task = async move {
                while let Ok(words) = ear.answer().await {
                    let [_, _, event, text] = words.as_slice() else {
                        continue;
                    };
                    let said = Heard {
                        at: clock::mono(),
                        watcher,
                        event: event.clone(),
                        text: text.clone(),
                    };
                    if heard.send(said).is_err() {
                        return;
                    }
                }
            };
            self.ears.push(AbortOnDropHandle::new(tokio::spawn(task)));
        }
        Ok(events)
    }

    /// What each that answers believes.
    pub(super) async fn pictures(&self, net: &Net) -> Vec<Picture> {
        let mut pictures = Vec::new();
        for addr in &self.addrs {
            let asked = async { pikafo::status(&mut open(addr, net).await?, CLUSTER).await };
            if let Ok(status) = asked.await {
                pictures.extend(status.clusters.into_iter().next());
            }
        }
        pictures
    }

    /// The master that the first of them gives its clients.
    pub(super) async fn master(&self, net: &Net) -> Option<Addr> {
        let mut link = open(self.addrs.first()?, net).await.ok()?;
        sentinel::address(&mut link, CLUSTER).await.ok()?
    }

    /// What they have written down.
    pub(super) async fn histories(&self, net: &Net) -> Vec<Entry> {
        let mut all = Vec::new();
        for addr in &self.addrs {
            let asked = async {
                let mut link = open(addr, net).await?;
                pikafo::history::<Entry>(&mut link, CLUSTER, usize::MAX).await
            };
            all.extend(asked.await.unwrap_or_default());
        }
        all
    }

    pub(super) async fn end(&mut self) {
        for child in &mut self.children {
            // One that is gone already is as good.
            child.kill().await.unwrap_or_default();
        }
    }
}

async fn open(addr: &Addr, net: &Net) -> Result<Link, Fault> {
    Link::open(&LinkSpec::plain(addr, ANSWER), net).await
}

fn quoted(addrs: &[&Addr]) -> String {
    let quoted: Vec<String> = addrs.iter().map(|addr| format!("\"{addr}\"")).collect();
    quoted.join(", ")
}

const LOOK: Duration = Duration::from_millis(20);
const ANSWER: Duration = Duration::from_secs(2);
