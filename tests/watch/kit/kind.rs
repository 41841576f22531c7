//! What a watcher is, and the configuration that each kind wants for the same fleet.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use pikafo::decide::name::Addr;

use super::process::Process;

/// Stands in every stock configuration; whoever rewrites the file keeps it.
pub(crate) const REMARK: &str = "# Ours, and not to be lost.";

/// The program under test.
pub(crate) const PIKAFO: &str = env!("CARGO_BIN_EXE_pikafo");

/// A command that nobody is asked anything by, with this configuration.
pub(crate) fn operator(config: &Path) -> Command {
    let mut command = Command::new(PIKAFO);
    command.arg("-c").arg(config).stdin(Stdio::null());
    command
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// `redis-sentinel` of Debian.
    Sentinel,
    /// `pikafo watch` with a YAML of its own.
    Pikafo,
    /// `pikafo watch --sentinel-conf` with the very file that redis-sentinel would be given.
    PikafoOnConf,
}

/// What all watchers of a fleet are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) down_after: Duration,
    /// For a pikafo with a YAML of its own; stock knows no such thing.
    pub(crate) refused_after: Duration,
    pub(crate) quorum: usize,
    /// A vote that was split is repeated after twice this time.
    pub(crate) failover_timeout: Duration,
    /// Between two failovers that nobody asked for; `None`: as long as it takes by itself.
    pub(crate) block_for: Option<Duration>,
    /// What a pikafo with a YAML of its own does with a node that holds what its master does not.
    pub(crate) diverged: Diverged,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Diverged {
    /// It is re-attached and loses what it has of its own, which is stock's way.
    Resync,
    /// It is fenced and left for a person.
    Quarantine,
}

impl Diverged {
    fn word(self) -> &'static str {
        match self {
            Self::Resync => "resync",
            Self::Quarantine => "quarantine",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // Tests run side by side; a process may have to wait for its turn and is not dead for that.
            down_after: Duration::from_secs(2),
            refused_after: Duration::from_millis(300),
            quorum: 2,
            failover_timeout: Duration::from_secs(10),
            block_for: None,
            diverged: Diverged::Resync,
        }
    }
}

/// A cluster that is watched: its name, and its nodes with the master first.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) nodes: Vec<Addr>,
}

impl Kind {
    /// Starts a watcher on `addr`, in a new folder `dir`, beside those on `peers`; `by` is what runs it, if anything.
    pub(crate) async fn start(
        self,
        by: &[String],
        dir: &Path,
        addr: &Addr,
        peers: &[Addr],
        clusters: &[Watched],
        settings: Settings,
    ) -> Process {
        let conf = self.configure(dir, addr, peers, clusters, settings);
        let conf = conf.display().to_string();
        let (program, args) = match self {
            Self::Sentinel => ("redis-sentinel", vec![&*conf]),
            Self::Pikafo => (PIKAFO, vec!["watch", "-c", &conf]),
            Self::PikafoOnConf => (PIKAFO, vec!["watch", "--sentinel-conf", &conf]),
        };
        Process::start_by(by, program, &args, dir, addr).await
    }

    /// Writes its configuration into the new folder `dir` and gives the file.
    pub(crate) fn configure(
        self,
        dir: &Path,
        addr: &Addr,
        peers: &[Addr],
        clusters: &[Watched],
        settings: Settings,
    ) -> PathBuf {
        let (name, text) = match self {
            Self::Sentinel | Self::PikafoOnConf => {
                ("sentinel.conf", conf(dir, addr, clusters, settings))
            }
            Self::Pikafo => ("pikafo.yaml", yaml(dir, addr, peers, clusters, settings)),
        };
        fs::create_dir_all(dir).unwrap();
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

/// A stock configuration: only the master is named, the rest is found.
fn conf(dir: &Path, addr: &Addr, clusters: &[Watched], settings: Settings) -> String {
    let mut conf = format!(
        "{REMARK}\nbind {}\nport {}\ndir {}\n",
        addr.host(),
        addr.port(),
        dir.display()
    );
    for Watched { name, nodes } in clusters {
        let (host, port) = (nodes[0].host(), nodes[0].port());
        let quorum = settings.quorum;
        writeln!(conf, "sentinel monitor {name} {host} {port} {quorum}").unwrap();
        for (key, time) in [
            ("down-after-milliseconds", settings.down_after),
            ("failover-timeout", settings.failover_timeout),
        ] {
            writeln!(conf, "sentinel {key} {name} {}", time.as_millis()).unwrap();
        }
    }
    conf
}

/// The same as pikafo's own.
fn yaml(
    dir: &Path,
    addr: &Addr,
    peers: &[Addr],
    clusters: &[Watched],
    settings: Settings,
) -> String {
    let list = |addrs: &[Addr]| {
        let quoted: Vec<_> = addrs.iter().map(|addr| format!("\"{addr}\"")).collect();
        quoted.join(", ")
    };
    let block_for = settings.block_for.map_or_else(String::new, |time| {
        format!(", block_for: {}ms", time.as_millis())
    });
    let mut yaml = format!(
        "version: 1\nwatch:\n  listen: \"{addr}\"\n  state_dir: {}\n  peers: [{}]\n\
         defaults:\n  detect: {{ down_after: {}ms, refused_after: {}ms, quorum: {} }}\n  failover: {{ timeout: {}ms{block_for} }}\n  rejoin: {{ diverged: {} }}\nclusters:\n",
        dir.join("state").display(),
        list(peers),
        settings.down_after.as_millis(),
        settings.refused_after.min(settings.down_after).as_millis(),
        settings.quorum,
        settings.failover_timeout.as_millis(),
        settings.diverged.word(),
    );
    for Watched { name, nodes } in clusters {
        writeln!(yaml, "  {name}: {{ nodes: [{}] }}", list(nodes)).unwrap();
    }
    yaml
}
