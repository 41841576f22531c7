//! The desk: all that a connection sees of the rest of the process, and all that it can have done.
//!
//! ```text
//!   session ── Look ──▶ snapshot, pulses, settings      read at once, never waited for, no effect
//!           ── Desk ──▶ submit, monitor, set, …         carried out by the shell; the answer comes later
//! ```
//!
//! The shell implements both. A session holds no state of the world between two requests, so nothing in
//! here is ever locked while a client is slow.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::broadcast;
use tokio::sync::mpsc;

use super::auth::Logins;
use crate::decide::conduct::Show;
use crate::decide::engine::Request;
use crate::decide::engine::Snapshot;
use crate::decide::engine::action;
use crate::decide::engine::action::Notice;
use crate::decide::engine::event::Whom;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Hello;

/// What is promised for later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What can be read at once. Every call is cheap and has no effect.
pub trait Look: fmt::Debug + Send + Sync {
    /// What the engine believes now.
    fn snapshot(&self) -> Arc<Snapshot>;

    /// Microseconds on the clock of the snapshot.
    fn now_us(&self) -> u64;

    /// How the link to somebody does; the default for whom there is none.
    fn pulse(&self, whom: &Whom) -> Pulse;

    /// What is set for all clusters.
    fn globals(&self) -> Globals;

    /// The table of `SENTINEL DEBUG`.
    fn timing(&self) -> Timing;

    /// The scripts of a cluster.
    fn scripts(&self, cluster: &str) -> Scripts;

    /// Scripts that run or wait to be run, oldest first.
    fn pending_scripts(&self) -> Vec<Script>;

    /// Which crashes are being rehearsed.
    fn failures(&self) -> Failures;

    /// What a cluster's promotions were, newest last, for other watchers.
    fn promotions(&self, cluster: &str) -> Vec<Promotion>;

    /// Who may come in.
    fn logins(&self) -> Arc<Logins>;

    /// The process, for `INFO`.
    fn process(&self) -> Process;
}

/// What can be had done.
pub trait Desk: Look {
    /// Events from now on. Whoever reads too slowly loses the oldest and is told how many.
    fn notices(&self) -> broadcast::Receiver<Arc<Notice>>;

    /// Puts a request to the engine.
    fn submit(&self, request: Request) -> Answers;

    /// A hello that came directly.
    fn hello(&self, hello: Hello);

    /// `SENTINEL MONITOR`: watches a further cluster, durably. `host` as it was given: the shell resolves names.
    /// Emits `+monitor`.
    fn monitor(&self, wanted: Monitor) -> Later<'_, Done>;

    /// `SENTINEL REMOVE`. Emits `-monitor`.
    fn remove(&self, cluster: String) -> Later<'_, Done>;

    /// `SENTINEL SET`: applies all, in order, durably. Emits `+set` for each ([`Setting::words`]). Where one
    /// cannot be applied, those before it stay.
    fn set(&self, cluster: String, settings: Vec<Setting>) -> Later<'_, Done>;

    /// `SENTINEL CONFIG SET`: all or none.
    fn set_globals(&self, settings: Vec<Global>) -> Later<'_, Done>;

    /// `SENTINEL DEBUG name ms …`; not kept over a restart.
    fn set_timing(&self, timing: Timing);

    /// `SENTINEL FLUSHCONFIG`: writes everything durable anew.
    fn flush_config(&self) -> Later<'_, Done>;

    /// `SENTINEL SIMULATE-FAILURE`: these crashes and no others.
    fn simulate_failure(&self, failures: Failures);

    /// `ACL SETUSER` and `ACL DELUSER`: these users from now on. A Sentinel's file has them the next time that it is
    /// written.
    fn set_users(&self, logins: Logins);

    /// `ACL LOAD`: the users of the ACL file, all or none.
    fn read_users(&self) -> Later<'_, Done>;

    /// `ACL SAVE`.
    fn write_users(&self) -> Later<'_, Done>;

    /// The newest `limit` entries of a cluster's history, as one JSON document.
    fn history(&self, cluster: String, limit: usize) -> Later<'_, Result<String, Refusal>>;

    /// What every node of a cluster says of itself, asked for now; the last that is known of who does not answer. The
    /// master's first, then in the snapshot's order.
    fn info_cache(&self, cluster: String) -> Later<'_, Vec<CachedInfo>>;

    /// `PIKAFO STANDBACK`: starts no automatic failover of the cluster for so many milliseconds, because another
    /// pikafo is about to act.
    fn stand_back(&self, cluster: String, ms: u64) -> Later<'_, Done>;

    /// Ends the process in good order.
    fn shutdown(&self);
}

/// Whether it was done.
pub type Done = Result<(), Refusal>;

/// Why the shell did not do it: a whole error line without the dash, code first.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub fn unknown_master() -> Self {
        Self("ERR No such master with that name".to_owned())
    }

    /// `SENTINEL MONITOR` of a name that is watched already.
    pub fn duplicate_name() -> Self {
        Self("ERR Duplicate master name.".to_owned())
    }

    /// `SENTINEL MONITOR` of a host that is no address and does not resolve, or may not be resolved.
    pub fn bad_host() -> Self {
        Self("ERR Invalid IP address or hostname specified".to_owned())
    }

    /// A script that is not there or cannot be executed; `kind` is `Notification` or `Client reconfiguration`.
    pub fn bad_script(kind: &str) -> Self {
        Self(format!(
            "ERR {kind} script seems non existing or non executable"
        ))
    }

    /// `ACL LOAD` and `ACL SAVE` where no file is named.
    pub fn no_users_file() -> Self {
        Self(
            "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL \
             SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in \
             order to store users in the Redis configuration."
                .to_owned(),
        )
    }

    /// `SENTINEL FLUSHCONFIG` whose disk refused.
    pub fn not_flushed() -> Self {
        Self("ERR Failed to save config file. Check server logs.".to_owned())
    }
}

/// What comes back for a request: any number of [`Word::Show`], then one [`Word::Reply`]. Closed without a reply when
/// the process ends. Dropping it lets the request go on unheard.
pub type Answers = mpsc::UnboundedReceiver<Word>;

#[derive(Clone, Debug)]
pub enum Word {
    /// Progress of an operation, for people.
    Show(Show),
    Reply(action::Reply),
}

/// How a link does. Times are microseconds on the clock of [`Look::now_us`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pulse {
    /// Commands sent and not yet answered.
    pub pending_commands: u32,
    /// Clusters that share the link; 0 counts as 1.
    pub clusters: u32,
    /// The oldest PING that has not been answered.
    pub ping_sent_us: Option<u64>,
    /// When PING was last answered as by somebody alive; before the first answer, when the link was made.
    pub alive_us: u64,
    /// When PING was last answered in whatever way.
    pub answered_us: u64,
    /// When a watcher's hello last came.
    pub hello_us: Option<u64>,
}

/// One node's last `INFO`.
#[derive(Clone, Debug)]
pub struct CachedInfo {
    pub age_ms: u64,
    /// `None`: it never came.
    pub text: Option<Arc<str>>,
}

/// What holds for all clusters.
#[derive(Clone, Debug, Default)]
pub struct Globals {
    pub resolve_hostnames: bool,
    pub announce_hostnames: bool,
    /// Empty where nothing is announced.
    pub announce_ip: String,
    /// 0 where nothing is announced.
    pub announce_port: u16,
    pub sentinel_user: String,
    pub sentinel_pass: Option<SecretString>,
    pub loglevel: Loglevel,
    /// Scripts can be set in the configuration only.
    pub deny_scripts_reconfig: bool,
}

/// How much is logged, by stock's words.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Loglevel {
    Debug,
    Verbose,
    #[default]
    Notice,
    Warning,
    Nothing,
}

impl Loglevel {
    const WORDS: [(&str, Self); 5] = [
        ("debug", Self::Debug),
        ("verbose", Self::Verbose),
        ("notice", Self::Notice),
        ("warning", Self::Warning),
        ("nothing", Self::Nothing),
    ];

    /// Its word in a configuration.
    pub fn word(self) -> &'static str {
        let entry = Self::WORDS.iter().find(|(_, level)| *level == self);
        entry.map_or("notice", |(word, _)| word)
    }

    /// The level of that word, in capitals or not.
    pub fn of(word: &str) -> Option<Self> {
        let entry = Self::WORDS
            .iter()
            .find(|(known, _)| word.eq_ignore_ascii_case(known));
        entry.map(|(_, level)| *level)
    }
}

/// Who writes the log, and can write more or less of it.
pub trait Volume: fmt::Debug + Send + Sync {
    fn set(&self, level: Loglevel);
}

/// One setting of `SENTINEL CONFIG SET`.
#[derive(Clone, Debug)]
pub enum Global {
    ResolveHostnames(bool),
    AnnounceHostnames(bool),
    AnnounceIp(String),
    AnnouncePort(u16),
    SentinelUser(String),
    SentinelPass(SecretString),
    Loglevel(Loglevel),
}

/// `SENTINEL MONITOR name host port quorum`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Monitor {
    pub name: String,
    pub master: Addr,
    pub quorum: u32,
}

/// One setting of `SENTINEL SET`.
#[derive(Clone, Debug)]
pub enum Setting {
    DownAfterMs(u64),
    FailoverTimeoutMs(u64),
    ParallelSyncs(u32),
    Quorum(u32),
    /// `None`: no script.
    NotificationScript(Option<String>),
    ReconfigScript(Option<String>),
    /// `None`: no password.
    AuthPass(Option<SecretString>),
    AuthUser(Option<String>),
    /// The same name twice: not renamed any more.
    RenameCommand {
        command: String,
        to: String,
    },
    MasterRebootDownAfterMs(u64),
}

impl Setting {
    /// Whether links to nodes rest on it.
    pub fn is_of_links(&self) -> bool {
        match self {
            Self::DownAfterMs(_)
            | Self::AuthPass(_)
            | Self::AuthUser(_)
            | Self::RenameCommand { .. } => true,
            Self::FailoverTimeoutMs(_)
            | Self::ParallelSyncs(_)
            | Self::Quorum(_)
            | Self::NotificationScript(_)
            | Self::ReconfigScript(_)
            | Self::MasterRebootDownAfterMs(_) => false,
        }
    }

    /// The option and its values as `+set` tells them, passwords hidden: `quorum 2`.
    pub fn words(&self) -> String {
        let text =
            |option: &str, value: Option<&str>| format!("{option} {}", value.unwrap_or_default());
        match self {
            Self::DownAfterMs(ms) => format!("down-after-milliseconds {ms}"),
            Self::FailoverTimeoutMs(ms) => format!("failover-timeout {ms}"),
            Self::ParallelSyncs(count) => format!("parallel-syncs {count}"),
            Self::Quorum(count) => format!("quorum {count}"),
            Self::NotificationScript(path) => text("notification-script", path.as_deref()),
            Self::ReconfigScript(path) => text("client-reconfig-script", path.as_deref()),
            Self::AuthPass(_) => "auth-pass ******".to_owned(),
            Self::AuthUser(user) => text("auth-user", user.as_deref()),
            Self::RenameCommand { command, to } => format!("rename-command {command} {to}"),
            Self::MasterRebootDownAfterMs(ms) => {
                format!("master-reboot-down-after-period {ms}")
            }
        }
    }
}

/// The table of `SENTINEL DEBUG`, in milliseconds. The defaults are stock's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    pub info_period: u64,
    pub ping_period: u64,
    pub ask_period: u64,
    pub publish_period: u64,
    pub default_down_after: u64,
    pub default_failover_timeout: u64,
    pub tilt_trigger: u64,
    pub tilt_period: u64,
    pub slave_reconf_timeout: u64,
    pub min_link_reconnect_period: u64,
    pub election_timeout: u64,
    pub script_max_runtime: u64,
    pub script_retry_delay: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            info_period: 10_000,
            ping_period: 1000,
            ask_period: 1000,
            publish_period: 2000,
            default_down_after: 30_000,
            default_failover_timeout: 180_000,
            tilt_trigger: 2000,
            tilt_period: 30_000,
            slave_reconf_timeout: 10_000,
            min_link_reconnect_period: 15_000,
            election_timeout: 10_000,
            script_max_runtime: 60_000,
            script_retry_delay: 30_000,
        }
    }
}

impl Timing {
    /// Every entry with its name, in the order of stock's reply.
    pub fn entries(&mut self) -> [(&'static str, &mut u64); 13] {
        [
            ("INFO-PERIOD", &mut self.info_period),
            ("PING-PERIOD", &mut self.ping_period),
            ("ASK-PERIOD", &mut self.ask_period),
            ("PUBLISH-PERIOD", &mut self.publish_period),
            ("DEFAULT-DOWN-AFTER", &mut self.default_down_after),
            (
                "DEFAULT-FAILOVER-TIMEOUT",
                &mut self.default_failover_timeout,
            ),
            ("TILT-TRIGGER", &mut self.tilt_trigger),
            ("TILT-PERIOD", &mut self.tilt_period),
            ("SLAVE-RECONF-TIMEOUT", &mut self.slave_reconf_timeout),
            (
                "MIN-LINK-RECONNECT-PERIOD",
                &mut self.min_link_reconnect_period,
            ),
            ("ELECTION-TIMEOUT", &mut self.election_timeout),
            ("SCRIPT-MAX-RUNTIME", &mut self.script_max_runtime),
            ("SCRIPT-RETRY-DELAY", &mut self.script_retry_delay),
        ]
    }
}

/// The scripts of one cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scripts {
    pub notification: Option<String>,
    pub reconfig: Option<String>,
}

/// One script that runs or waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Script {
    pub argv: Vec<String>,
    /// Its process, while it runs.
    pub pid: Option<u32>,
    /// While it runs: for how long so far; else: until it is run.
    pub ms: u64,
    /// How often it has been tried.
    pub tries: u32,
}

/// Crashes that can be rehearsed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Failures {
    pub after_election: bool,
    pub after_promotion: bool,
}

/// The process, for `INFO`.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// 40 hex digits, drawn anew at each start; not the watcher's id.
    pub run_id: String,
    pub pid: u32,
    pub port: u16,
    pub uptime_s: u64,
    /// Microseconds since the epoch.
    pub wall_us: i64,
    /// `Linux 6.1.0 x86_64`.
    pub os: String,
    pub executable: String,
    pub config_file: String,
    /// Seconds of processor time: in the system and in the program, then both of ended children.
    pub cpu_s: [f64; 4],
}
