//! The command line: what may be typed, and which command it runs.
//!
//! The doc comment on each command's `Args` is its help and its man page.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::CommandFactory as _;
use clap::FromArgMatches as _;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::ValueHint;
use clap_complete::ArgValueCompleter;

use crate::cmd;
use crate::cmd::Context;
use crate::cmd::complete;
use crate::cmd::quantity;

/// Failover for Pika, Redis and Valkey.
///
/// See the topology and the lag, switch over without losing a write, fail over when the master is
/// dead, and repoint replicas without silent divergence.
///
/// Start with `pikafo discover HOST:PORT > pikafo.yaml`, then `pikafo check`.
#[derive(Debug, Parser)]
#[command(
    name = "pikafo",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = false
)]
#[command(max_term_width = 100, propagate_version = false)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub struct Global {
    /// The configuration; otherwise the first that exists of ./pikafo.yaml,
    /// `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml
    #[arg(short, long, global = true, env = "PIKAFO_CONFIG", hide_env_values = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// The cluster; needed only where the configuration names several
    #[arg(short = 'C', long, global = true, value_name = "NAME", add = ArgValueCompleter::new(complete::clusters))]
    pub cluster: Option<String>,

    /// How to print the result
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub output: Output,

    /// Same as --output json
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,

    /// When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,

    /// Say more; twice and three times for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Say nothing but errors and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// How to write log lines
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,

    /// The longest wait for one answer of one server
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s", value_parser = quantity::duration)]
    pub timeout: Duration,

    /// Never ask; fail where an answer would be needed
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Leave out the header of tables
    #[arg(long, global = true)]
    pub no_header: bool,

    /// No progress bars, plain lines instead
    #[arg(long, global = true)]
    pub no_progress: bool,

    /// Only ASCII characters
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Where to keep the journal and what is remembered between runs
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state_dir: Option<PathBuf>,
}

impl Global {
    /// The output format, `--json` included.
    pub fn output(&self) -> Output {
        if self.json { Output::Json } else { self.output }
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Output {
    /// For people
    #[default]
    Table,
    /// One JSON document, fields are only ever added
    Json,
    /// The same as YAML
    Yaml,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Status(cmd::status::Args),
    Check(cmd::check::Args),
    Discover(cmd::discover::Args),
    Promote(cmd::promote::Args),
    Failover(cmd::failover::Args),
    Repoint(cmd::repoint::Args),
    Watch(cmd::watch::Args),
    Pause(cmd::pause::Args),
    Resume(cmd::pause::ResumeArgs),
    History(cmd::history::Args),
    Replay(cmd::replay::Args),
    Import(cmd::import::ImportArgs),
    Schema(cmd::schema::SchemaArgs),
    Lab(cmd::lab::Args),
    Completions(cmd::completions::Args),
    #[command(hide = true)]
    Generate(cmd::generate::Args),
    #[command(hide = true)]
    LabNode(crate::lab::process::NodeArgs),
}

impl Command {
    /// Runs until it is told to end, and is known by its log.
    pub fn lasts(&self) -> bool {
        matches!(self, Self::Watch(_))
    }

    /// Runs the command; an `Err` carries a [`crate::exit::Failure`] where the exit code is not 1.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        match self {
            Self::Status(args) => cmd::status::run(ctx, args).await,
            Self::Check(args) => cmd::check::run(ctx, args).await,
            Self::Discover(args) => cmd::discover::run(ctx, args).await,
            Self::Promote(args) => cmd::promote::run(ctx, args).await,
            Self::Failover(args) => cmd::failover::run(ctx, args).await,
            Self::Repoint(args) => cmd::repoint::run(ctx, args).await,
            Self::Watch(args) => cmd::watch::run(ctx, args).await,
            Self::Pause(args) => cmd::pause::pause(ctx, args).await,
            Self::Resume(args) => cmd::pause::resume(ctx, args).await,
            Self::History(args) => cmd::history::run(ctx, &args).await,
            Self::Replay(args) => cmd::replay::run(ctx, &args),
            Self::Import(args) => {
                let imported = cmd::import::run(&args)?;
                for note in &imported.notes {
                    ctx.ui.note(note);
                }
                Ok(ctx.ui.data(&imported.yaml)?)
            }
            Self::Schema(args) => Ok(ctx.ui.data(&cmd::schema::run(&args))?),
            Self::Completions(args) => cmd::completions::run(ctx, &args),
            Self::Generate(args) => cmd::generate::run(ctx, &args),
            Self::Lab(args) => Box::pin(cmd::lab::run(ctx, &args)).await,
            Self::LabNode(args) => Ok(crate::lab::process::run(&args).await?),
        }
    }
}

/// Parses the command line. The error prints itself, help and version included, and knows its exit
/// code.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut command = Cli::command().color(colour_of_help(&args));
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Help and usage errors are printed before the options are known, so `--color` is looked for first.
fn colour_of_help(args: &[OsString]) -> clap::ColorChoice {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    let split = pairs
        .filter(|(option, _)| **option == "--color")
        .map(|(_, value)| *value);
    let joined = words
        .iter()
        .filter_map(|word| word.strip_prefix("--color="));
    match split.chain(joined).last() {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// The variables of the environment that count, read once.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is what one variable says"
)]
pub struct Env {
    pub no_color: bool,
    pub clicolor_force: bool,
    /// `TERM=dumb`.
    pub dumb: bool,
    /// The locale is not a UTF-8 one.
    pub ascii: bool,
    /// Filters of the log, `PIKAFO_LOG`.
    pub log: Option<String>,
    /// Set by systemd where the unit has a `StateDirectory=`.
    pub state_directory: Option<PathBuf>,
    pub xdg_state_home: Option<PathBuf>,
    pub home: Option<PathBuf>,
    /// Who asks, for the journal.
    pub user: Option<String>,
    /// Standard error goes to the journal of systemd, which stamps lines itself.
    pub journal: bool,
    /// Where systemd wants to be told that the service is ready, `NOTIFY_SOCKET`.
    pub notify_socket: Option<PathBuf>,
    /// How often systemd wants a sign of life, `WATCHDOG_USEC`.
    pub watchdog: Option<Duration>,
}

impl Env {
    pub fn read() -> Self {
        Self::from_lookup(|key| std::env::var_os(key))
    }

    /// From any lookup, so that tests need no process environment. Empty values count as unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |key: &str| lookup(key).filter(|value| !value.is_empty());
        let text = |key: &str| get(key).map(|value| value.to_string_lossy().into_owned());
        let path = |key: &str| get(key).map(PathBuf::from);
        let locale = text("LC_ALL")
            .or_else(|| text("LC_CTYPE"))
            .or_else(|| text("LANG"));
        Self {
            no_color: get("NO_COLOR").is_some(),
            clicolor_force: text("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb: text("TERM").is_some_and(|value| value == "dumb"),
            ascii: locale.is_some_and(|name| matches!(name.as_str(), "C" | "POSIX")),
            log: text("PIKAFO_LOG"),
            // systemd lists several, separated by colons; the first is ours.
            state_directory: text("STATE_DIRECTORY")
                .and_then(|list| list.split(':').next().map(PathBuf::from)),
            xdg_state_home: path("XDG_STATE_HOME"),
            home: path("HOME"),
            user: text("USER").or_else(|| text("LOGNAME")),
            journal: get("JOURNAL_STREAM").is_some(),
            notify_socket: path("NOTIFY_SOCKET"),
            // Meant for another process where it names one.
            watchdog: text("WATCHDOG_USEC")
                .filter(|_| {
                    let own = std::process::id().to_string();
                    text("WATCHDOG_PID").is_none_or(|pid| pid == own)
                })
                .and_then(|us| us.parse().ok())
                .map(Duration::from_micros),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let env = Env::from_lookup(|key| match key {
            "NO_COLOR" => Some(OsString::new()),
            "STATE_DIRECTORY" => Some("/var/lib/a:/var/lib/b".into()),
            _ => None,
        });
        assert!(!env.no_color);
        assert_eq!(env.state_directory, Some(PathBuf::from("/var/lib/a")));
    }

    #[test]
    fn nothing_typed_is_help_and_exit_2() {
        let error = parse(["pikafo".into()]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("Usage: pikafo"));
    }
}
