//! The lab's servers: embedded nodes, or real processes.

use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Child;
use tokio::process::Command;

use super::PATIENCE;
use crate::decide::facts::Link as LinkState;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::lab::cluster::LabCluster;
use crate::lab::ports;
use crate::lab::timings::Timings;
use crate::lab::version::Version;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::net::Tcp;
use crate::node::observe;

/// One master and two replicas, the master first.
#[derive(Debug)]
pub(super) struct Servers {
    kind: Kind,
    addrs: Vec<Addr>,
    label: String,
}

#[derive(Debug)]
enum Kind {
    Embedded(LabCluster),
    /// Each is killed when it is dropped.
    Processes {
        program: PathBuf,
        homes: Vec<PathBuf>,
        children: Vec<Child>,
    },
}

impl Servers {
    /// Starts them below `dir` and waits until both replicas are linked.
    pub(super) async fn start(
        program: Option<&Path>,
        version: Version,
        dir: &Path,
    ) -> Result<Self, Failure> {
        match program {
            None => {
                let cluster = LabCluster::start(SIZE, version, Timings::observed(), dir)
                    .await
                    .map_err(|error| {
                        Failure::new(Exit::Failed, format!("the lab did not start: {error}"))
                    })?;
                let addrs = cluster.addrs();
                Ok(Self {
                    kind: Kind::Embedded(cluster),
                    addrs,
                    label: format!("embedded Pika {version}"),
                })
            }
            Some(program) => processes(program, dir).await,
        }
    }

    pub(super) fn addrs(&self) -> &[Addr] {
        &self.addrs
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// As SIGKILL does: no goodbye, every connection reset.
    pub(super) async fn kill_master(&mut self) -> std::io::Result<()> {
        match &mut self.kind {
            Kind::Embedded(cluster) => {
                if let Some(master) = cluster.nodes.first() {
                    master.kill().await;
                }
                Ok(())
            }
            Kind::Processes { children, .. } => match children.first_mut() {
                Some(master) => master.kill().await,
                None => Ok(()),
            },
        }
    }

    /// Starts the killed master again, as somebody would who knows of nothing.
    pub(super) async fn restart_master(&mut self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                Exit::Failed,
                format!("the old master does not start: {error}"),
            )
        };
        match &mut self.kind {
            Kind::Embedded(cluster) => match cluster.nodes.first_mut() {
                Some(master) => master.restart().await.map_err(failed),
                None => Ok(()),
            },
            Kind::Processes {
                program,
                homes,
                children,
            } => match (homes.first(), children.first_mut()) {
                (Some(home), Some(master)) => {
                    *master = spawn(program, home)?;
                    Ok(())
                }
                (_, _) => Ok(()),
            },
        }
    }

    /// Ends all of them.
    pub(super) async fn end(&mut self) {
        match &mut self.kind {
            Kind::Embedded(cluster) => cluster.kill().await,
            Kind::Processes { children, .. } => {
                for child in children {
                    // One that is gone already is as good.
                    child.kill().await.unwrap_or_default();
                }
            }
        }
    }
}

async fn processes(program: &Path, dir: &Path) -> Result<Servers, Failure> {
    let failed = |text: String| Failure::new(Exit::Failed, text);
    let net: Net = std::sync::Arc::new(Tcp);
    let (mut children, mut homes) = (Vec::new(), Vec::new());
    let mut addrs: Vec<Addr> = Vec::new();
    let pika = is_pika(program);
    for number in 0..SIZE {
        let port = ports::free_base().map_err(|error| failed(format!("no free port: {error}")))?;
        let home = dir.join(format!("n{number}"));
        std::fs::create_dir_all(&home).map_err(|error| failed(error.to_string()))?;
        std::fs::write(home.join(CONF), settings(pika, port, &home))
            .map_err(|error| failed(error.to_string()))?;
        children.push(spawn(program, &home)?);
        homes.push(home);
        addrs.push(Addr::new("127.0.0.1", port));
    }
    let waited = async {
        for addr in &addrs {
            while ask(addr, &["PING"], &net).await.is_err() {
                sleep(LOOK).await;
            }
        }
        let Some((master, replicas)) = addrs.split_first() else {
            return;
        };
        let port = master.port().to_string();
        for replica in replicas {
            while ask(replica, &["SLAVEOF", master.host(), &port], &net)
                .await
                .is_err()
            {
                sleep(LOOK).await;
            }
            while !linked(replica, &net).await {
                sleep(LOOK).await;
            }
        }
    };
    timeout(PATIENCE, waited).await.map_err(|_elapsed| {
        failed(format!(
            "{} did not become a linked trio in {PATIENCE:?}",
            program.display()
        ))
        .hint("see the `out` files of its nodes; with --keep they stay")
    })?;
    Ok(Servers {
        kind: Kind::Processes {
            program: program.to_owned(),
            homes,
            children,
        },
        addrs,
        label: program.display().to_string(),
    })
}

fn is_pika(program: &Path) -> bool {
    program
        .file_name()
        .is_some_and(|name| name.to_string_lossy().contains("pika"))
}

/// The server whose configuration is in `home`.
fn spawn(program: &Path, home: &Path) -> Result<Child, Failure> {
    let failed = |text: String| Failure::new(Exit::Failed, text);
    let mut command = Command::new(program);
    if is_pika(program) {
        command.arg("-c");
    }
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(home.join("out"))
        .map_err(|error| failed(error.to_string()))?;
    command
        .arg(home.join(CONF))
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            failed(format!("cannot run {}: {error}", program.display()))
                .hint("install it (Debian: redis-server), or leave --server out")
        })
}

async fn ask(addr: &Addr, words: &[&str], net: &Net) -> Result<(), ()> {
    let mut link = Link::open(&LinkSpec::plain(addr, PATIENCE), net)
        .await
        .map_err(drop)?;
    link.ask(words).await.map(drop).map_err(drop)
}

async fn linked(addr: &Addr, net: &Net) -> bool {
    let Ok(mut link) = Link::open(&LinkSpec::plain(addr, PATIENCE), net).await else {
        return false;
    };
    observe::replication(&mut link)
        .await
        .is_ok_and(|seen| seen.link == LinkState::Up)
}

fn settings(pika: bool, port: u16, home: &Path) -> String {
    let at = |name: &str| -> PathBuf { home.join(name) };
    if pika {
        format!(
            "port : {port}\nthread-num : 1\nlog-path : {}/\ndb-path : {}/\ndump-path : {}/\ndb-sync-path : {}/\n\
             pidfile : {}\ndaemonize : no\nslave-priority : 100\nnetwork-interface : lo\n",
            at("log").display(),
            at("db").display(),
            at("dump").display(),
            at("dbsync").display(),
            at("pid").display()
        )
    } else {
        format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsave \"\"\nrepl-diskless-sync-delay 0\n",
            home.display()
        )
    }
}

const CONF: &str = "server.conf";
const SIZE: usize = 3;
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);
