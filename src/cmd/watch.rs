//! `pikafo watch`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueHint;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::config::model::Server;
use crate::config::model::Watch;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::conf_file::ConfError;
use crate::host::doors::DoorError;
use crate::host::doors::Doors;
use crate::host::doors::Lock;
use crate::host::systemd::Manager;
use crate::host::watch::begin::StartError;
use crate::host::watch::book::Book;
use crate::host::watch::hosts;
use crate::host::watch::supervisor::Supervisor;
use crate::host::watch::users;
use crate::node::net::Net;
use crate::node::net::TcpFrom;
use crate::serve::desk::Look as _;
use crate::serve::hall::Hall;
use crate::serve::hall::Limits;
use crate::serve::server;

/// Watch clusters, fail over by quorum, and serve the Sentinel API
///
/// Runs in the foreground until it is told to end. Several watchers on several hosts find each other, agree on what
/// is down, elect one of them to act, and give clients the master's address as Redis Sentinel does. Three are
/// recommended: they survive the loss of any one host. SIGHUP reads the configuration and the certificates again, and
/// refuses them whole if they are wrong; SIGTERM ends it.
///
/// Examples:
///
///   pikafo watch                              everything in the configuration
///   pikafo watch --log-format json            for a log collector
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Take over a stock Sentinel's configuration file, identity and epochs included, and keep it current
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "config")]
    pub sentinel_conf: Option<PathBuf>,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let (config, state_dir, book) = match &args.sentinel_conf {
        None => {
            let config = ctx.config()?;
            let state_dir = ctx.state_dir(&config);
            let book = Book::own(&state_dir).map_err(|error| unusable(&error))?;
            (config, state_dir, book)
        }
        Some(path) => {
            let (mut book, mut durable, mut config) =
                Book::taken(path).map_err(|error| unusable(&error))?;
            hosts::settle(&mut book, &mut durable, &mut config).await;
            users::read_file(&mut config.watch).map_err(|error| {
                let text = format!("the aclfile of {} cannot be read: {error}", path.display());
                Failure::new(Exit::Config, text).hint("name another aclfile, or none")
            })?;
            for warning in &config.warnings {
                ctx.ui.warn(&warning.to_string());
            }
            let beside = path.with_extension("pikafo");
            let state_dir = ctx.global.state_dir.clone().unwrap_or(beside);
            (config, state_dir, (book, durable))
        }
    };
    let Doors { doors, lock } = Doors::open(&config.watch)
        .await
        .map_err(|error| shut(&error))?;
    let watched = config.watch.clone();
    let stop = ctx.interrupt.token().child_token();
    let net: Net = match watched.server.source {
        Some(source) => Arc::new(TcpFrom(source)),
        None => Arc::clone(&ctx.net),
    };
    let server = &watched.server;
    if let Some(path) = &server.logfile {
        ctx.log.into_file(path).map_err(|error| {
            let text = format!("cannot write the log file {}: {error}", path.display());
            Failure::new(Exit::Failed, text).hint("set another logfile, or none for stderr")
        })?;
    }
    let pid = PidFile::write(server.pidfile.as_deref());
    let mut supervisor = Supervisor::begin(config, state_dir, book, net, stop.clone())
        .await
        .map_err(|error| failure(&error))?;
    let manager = Manager::new(ctx.env.notify_socket.as_deref(), ctx.env.watchdog)
        .map_err(|error| Failure::new(Exit::Failed, format!("NOTIFY_SOCKET: {error}")))?;
    supervisor.managed_by(manager);
    supervisor.heard_by(Arc::new(ctx.log.clone()));
    let desk = supervisor.desk();
    ctx.log.begin(desk.globals().loglevel);
    let limits = limits(&watched.server);
    let mut hangups = signal(SignalKind::hangup())?;
    let reread = {
        let (ctx, desk) = (ctx.clone(), Arc::clone(&desk));
        let stock = args.sentinel_conf.is_some();
        async move {
            while hangups.recv().await.is_some() {
                // A Sentinel's file is not read again: it is ours to write. Its certificates are.
                if stock {
                    renew(&lock, &watched);
                    desk.renew_tls();
                    continue;
                }
                match ctx.config() {
                    Ok(config) => {
                        renew(&lock, &config.watch);
                        desk.reload(config);
                    }
                    Err(failure) => {
                        tracing::error!(
                            "the configuration is wrong, the former one stays in force: {failure}"
                        );
                    }
                }
            }
        }
    };
    tokio::spawn(reread);
    let end = CancellationToken::new();
    let hall = Arc::new(Hall::new(desk, limits, end.clone()));
    let serving: Vec<_> = doors
        .into_iter()
        .map(|door| tokio::spawn(server::serve(door, Arc::clone(&hall))))
        .collect();
    supervisor.run().await;
    end.cancel();
    for one in serving {
        // Connections hear of the end by their close.
        one.await?;
    }
    drop(pid);
    Ok(())
}

fn limits(server: &Server) -> Limits {
    let usual = Limits::default();
    let most = server
        .max_clients
        .and_then(|most| usize::try_from(most).ok());
    Limits {
        clients: most.unwrap_or(usual.clients),
        idle: server.idle_s.map(Duration::from_secs),
        protected: server.protected,
        denials: server.denials.unwrap_or(usual.denials),
        ..usual
    }
}

/// A Sentinel's `pidfile`: there while it runs. Best effort, as with Sentinel.
struct PidFile(Option<PathBuf>);

impl PidFile {
    fn write(path: Option<&Path>) -> Self {
        let written = path.filter(|path| {
            let written = fs::write(path, format!("{}\n", std::process::id()));
            if let Err(error) = &written {
                tracing::warn!(%error, path = %path.display(), "the pid file is not written");
            }
            written.is_ok()
        });
        Self(written.map(Path::to_owned))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Somebody may have taken it away.
            fs::remove_file(path).unwrap_or_default();
        }
    }
}

fn renew(lock: &Lock, watch: &Watch) {
    match lock.renew(watch) {
        Ok(()) => tracing::debug!("certificates were read again"),
        Err(error) => tracing::error!("the former certificates stay in force: {error}"),
    }
}

fn shut(error: &DoorError) -> Failure {
    match error {
        DoorError::Socket { .. } => Failure::new(Exit::Failed, error.to_string())
            .hint("may this user write there? set another unixsocket, or none"),
        DoorError::Listen { .. } => Failure::new(Exit::Failed, error.to_string())
            .hint("is another watcher or Sentinel running here? set watch.listen"),
        DoorError::Tls(_) => Failure::new(Exit::Config, error.to_string())
            .hint("PEM files are wanted: watch.tls of the YAML, or tls-* of a Sentinel's file"),
    }
}

fn unusable(error: &ConfError) -> Failure {
    match error {
        ConfError::Store(error) => super::act::scene::store_failure(error),
        ConfError::Problems(problems) => Failure::new(Exit::Config, problems.to_string()),
    }
}

fn failure(error: &StartError) -> Failure {
    match error {
        StartError::Store(error) => super::act::scene::store_failure(error),
        StartError::OwnAddress { .. } | StartError::Fault(_) => {
            Failure::new(Exit::Failed, error.to_string())
        }
    }
}
