//! The resolved configuration: every default filled in, every reference checked.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::problem::Problem;
pub use crate::decide::draft::Zones;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// A whole file, resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it was read from; shown by `check`.
    pub path: PathBuf,
    pub watch: Watch,
    /// In the order of the file.
    pub clusters: Vec<Cluster>,
    /// What is unwise but not wrong: a password file that others can read, say.
    pub warnings: Vec<Problem>,
}

impl Config {
    /// The cluster of that name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.name == name)
    }
}

/// `watch:`; the one-shot commands use `peers`, `auth` and `state_dir` of it.
#[derive(Clone, Debug)]
pub struct Watch {
    pub listen: Addr,
    pub announce: Option<Addr>,
    pub http: Option<Addr>,
    /// `None` when the file does not say; the program then chooses by environment.
    pub state_dir: Option<PathBuf>,
    pub peers: Vec<Addr>,
    /// How this one logs in at others.
    pub auth: Option<Auth>,
    /// Other watchers are spoken to in TLS.
    pub tls: Option<Tls>,
    pub server: Server,
}

impl Watch {
    /// Where other watchers, and the command line, come in.
    pub fn door(&self) -> &Addr {
        let secure = self.server.secure.first().filter(|_| self.tls.is_some());
        secure.map_or(&self.listen, |listen| &listen.addr)
    }
}

/// How the Sentinel API is served. The YAML says little of it; a Sentinel's file may say all.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one directive of a Sentinel"
)]
pub struct Server {
    /// Every address to listen on in plain TCP; empty where there is none, or where [`Watch::listen`] says it.
    pub plain: Vec<Listen>,
    /// The same in TLS; needs `tls`.
    pub secure: Vec<Listen>,
    pub tls: Option<ServerTls>,
    /// What the default user must log in with.
    pub password: Option<SecretString>,
    /// `user` lines.
    pub users: Vec<AclUser>,
    pub aclfile: Option<PathBuf>,
    /// `protected-mode yes`: without a password only loopback may come in.
    pub protected: bool,
    pub max_clients: Option<u32>,
    /// Seconds after which an idle client is cut off.
    pub idle_s: Option<u64>,
    /// What is announced of the address where only a part is set.
    pub announce_ip: Option<String>,
    pub announce_port: Option<u16>,
    pub resolve_hostnames: bool,
    pub announce_hostnames: bool,
    /// Other watchers are logged in at with what this one asks for itself.
    pub borrows_password: bool,
    /// `SENTINEL SET` may name scripts.
    pub scripts_may_be_set: bool,
    pub logfile: Option<PathBuf>,
    /// `debug`, `verbose`, `notice` or `warning`.
    pub loglevel: Option<String>,
    pub pidfile: Option<PathBuf>,
    pub daemonize: bool,
    /// A socket in the file system, beside the ports.
    pub socket: Option<Socket>,
    /// Whence nodes and watchers are dialled, where this host has that address.
    pub source: Option<IpAddr>,
    /// Refusals that `ACL LOG` keeps.
    pub denials: Option<usize>,
}

/// A socket in the file system.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Socket {
    pub path: PathBuf,
    /// Who may use it, as chmod has it; `None`: as the system decides.
    pub mode: Option<u32>,
}

/// An address to listen on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listen {
    pub addr: Addr,
    /// It may be missing on this host.
    pub optional: bool,
}

/// A server's side of TLS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// A file, or a folder of files.
    pub ca: Option<PathBuf>,
    pub clients: ClientCertificates,
    pub versions: TlsVersions,
}

/// Which versions of TLS are spoken, of those there are (`tls-protocols`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TlsVersions {
    pub v1_2: bool,
    pub v1_3: bool,
}

impl Default for TlsVersions {
    fn default() -> Self {
        Self {
            v1_2: true,
            v1_3: true,
        }
    }
}

/// Whether clients must show a certificate (`tls-auth-clients`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ClientCertificates {
    #[default]
    Required,
    Optional,
    Ignored,
}

/// One `user` line: a name, and the rules in their order. Passwords are among them.
#[derive(Clone, Debug)]
pub struct AclUser {
    pub name: String,
    pub rules: Vec<SecretString>,
}

/// A Sentinel's scripts, with its arguments.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scripts {
    pub notification: Option<PathBuf>,
    pub reconfig: Option<PathBuf>,
}

/// One cluster, resolved.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: String,
    /// In the order of the file; names and addresses are unique.
    pub nodes: Vec<NodeSpec>,
    pub discover: bool,
    pub address_map: BTreeMap<Addr, Addr>,
    pub auth: Option<Auth>,
    pub tls: Option<Tls>,
    pub commands: Commands,
    pub detect: Detect,
    pub failover: Failover,
    pub switchover: Switchover,
    pub rejoin: Rejoin,
    pub fence: Fence,
    pub hooks: Vec<Hook>,
    pub scripts: Scripts,
    /// A master that has restarted counts as down after this; `None`: never because of that.
    pub reboot_down_after: Option<Duration>,
    /// Its nodes are what a Sentinel had found, not what a person wrote: they count as found, and can be forgotten.
    pub remembered: bool,
}

impl Cluster {
    /// The node of that name or address.
    pub fn node(&self, name: &str) -> Option<&NodeSpec> {
        let addr = super::leaf::addr(name).ok();
        self.nodes
            .iter()
            .find(|node| node.name == name || addr.as_ref() == Some(&node.addr))
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeSpec {
    pub addr: Addr,
    /// The address where no name is given.
    pub name: String,
    pub zone: Option<String>,
    pub promote: Wish,
}

/// How to log in. The secret is fetched when the file is resolved and never printed.
#[derive(Clone, Debug)]
pub struct Auth {
    pub username: Option<String>,
    pub password: SecretString,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tls {
    /// Private CA, a file or a folder of files; the system's roots where absent.
    pub ca: Option<PathBuf>,
    /// Client certificate and key, both or none.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name to check the certificate against; the node's host where absent.
    pub server_name: Option<String>,
    /// Whether the certificate's name is checked at all; off for certificates without names, as
    /// Sentinel does; the chain is always checked.
    pub verify_name: bool,
    pub versions: TlsVersions,
}

/// What SLAVEOF, CONFIG and the like are called on these nodes (`rename-command`).
/// Maps the ordinary name in lower case to the new one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commands(pub BTreeMap<String, String>);

impl Commands {
    /// The name to send for `command` (in any case).
    pub fn name<'a>(&'a self, command: &'a str) -> &'a str {
        if self.0.is_empty() {
            return command;
        }
        self.0
            .get(&command.to_ascii_lowercase())
            .map_or(command, String::as_str)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Detect {
    /// Silence for this long is death. Default 5 s.
    pub down_after: Duration,
    /// A refused connection for this long is death. Default 1 s, never above `down_after`.
    pub refused_after: Duration,
    /// Watchers that must agree that a master is down. Default: a majority of the watchers named
    /// (this one and `watch.peers`).
    pub quorum: u32,
    pub replicas_must_agree: bool,
}

impl Default for Detect {
    /// What holds where a file names no watchers but this one.
    fn default() -> Self {
        Self {
            down_after: Duration::from_secs(5),
            refused_after: Duration::from_secs(1),
            quorum: 1,
            replicas_must_agree: true,
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failover {
    pub automatic: bool,
    /// Bytes; default 1 MiB.
    pub max_loss: u64,
    pub timeout: Duration,
    pub parallel_syncs: u32,
    pub block_for: Duration,
    pub zones: Zones,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            automatic: true,
            max_loss: 1 << 20,
            timeout: Duration::from_secs(60),
            parallel_syncs: 1,
            block_for: Duration::from_secs(600),
            zones: Zones::default(),
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Switchover {
    /// How long to wait for the candidate to catch up before anything is paused. Default 10 s.
    pub catch_up: Duration,
    /// The longest time without a writable master; past it the switchover is undone. Default 2 s.
    pub max_blackout: Duration,
}

impl Default for Switchover {
    fn default() -> Self {
        Self {
            catch_up: Duration::from_secs(10),
            max_blackout: Duration::from_secs(2),
        }
    }
}

/// What to do with a node whose data diverged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Rejoin {
    #[default]
    Quarantine,
    Resync,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fence {
    pub hook: Option<PathBuf>,
    /// Default 10 s.
    pub hook_timeout: Duration,
}

impl Default for Fence {
    fn default() -> Self {
        Self {
            hook: None,
            hook_timeout: Duration::from_secs(10),
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hook {
    /// Never empty.
    pub on: Vec<HookEvent>,
    pub run: PathBuf,
    /// Default 30 s.
    pub timeout: Duration,
    /// A failing required hook makes the operation incomplete.
    pub required: bool,
}

/// What a hook may be run for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum HookEvent {
    /// The master changed, planned or not.
    Switched,
    /// A change of master was tried and did not come about.
    Failed,
    /// The master is held for dead.
    Down,
    /// The master answers again.
    Up,
    /// A node follows the master again.
    Rejoined,
    /// A node stands apart because its data diverged.
    Quarantined,
    Paused,
    Resumed,
}

impl HookEvent {
    /// The word that the configuration and the journal use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Switched => "switched",
            Self::Failed => "failed",
            Self::Down => "down",
            Self::Up => "up",
            Self::Rejoined => "rejoined",
            Self::Quarantined => "quarantined",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
        }
    }
}
