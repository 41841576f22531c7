//! `pikafo watch`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use tokio::net::TcpListener;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::config::model::Config;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::conf_file::ConfError;
use crate::host::systemd::Manager;
use crate::host::watch::book::Book;
use crate::host::watch::supervisor::StartError;
use crate::host::watch::supervisor::Supervisor;
use crate::serve::hall::Limits;
use crate::serve::server;

/// Watch clusters, fail over by quorum, and serve the Sentinel API
///
/// Runs in the foreground until it is told to end. Several watchers on several hosts find each other, agree on what
/// is down, elect one of them to act, and give clients the master's address as Redis Sentinel does. Three are
/// recommended: they survive the loss of any one host. SIGHUP reads the configuration again, and refuses it whole
/// if it is wrong; SIGTERM ends it.
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
            let (book, durable, config) = Book::taken(path).map_err(|error| unusable(&error))?;
            for warning in &config.warnings {
                ctx.ui.warn(&warning.to_string());
            }
            let beside = path.with_extension("pikafo");
            let state_dir = ctx.global.state_dir.clone().unwrap_or(beside);
            (config, state_dir, (book, durable))
        }
    };
    let listeners = listen(&config).await?;
    let stop = ctx.interrupt.token().child_token();
    let net = Arc::clone(&ctx.net);
    let mut supervisor = Supervisor::begin(config, state_dir, book, net, stop.clone())
        .await
        .map_err(|error| failure(&error))?;
    let manager = Manager::new(ctx.env.notify_socket.as_deref(), ctx.env.watchdog)
        .map_err(|error| Failure::new(Exit::Failed, format!("NOTIFY_SOCKET: {error}")))?;
    supervisor.managed_by(manager);
    let desk = supervisor.desk();
    if args.sentinel_conf.is_none() {
        let mut hangups = signal(SignalKind::hangup())?;
        let (ctx, desk) = (ctx.clone(), Arc::clone(&desk));
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                match ctx.config() {
                    Ok(config) => desk.reload(config),
                    Err(failure) => {
                        tracing::error!(
                            "the configuration is wrong, the former one stays in force: {failure}"
                        );
                    }
                }
            }
        });
    }
    let halt = CancellationToken::new();
    let serving: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let desk = Arc::clone(&desk);
            tokio::spawn(server::serve(
                listener,
                desk,
                Limits::default(),
                halt.clone(),
            ))
        })
        .collect();
    supervisor.run().await;
    halt.cancel();
    for one in serving {
        // Connections hear of the end by their close.
        one.await?;
    }
    Ok(())
}

/// Every address to listen on.
async fn listen(config: &Config) -> Result<Vec<TcpListener>, Failure> {
    let server = &config.watch.server;
    if !server.secure.is_empty() {
        let text = "tls-port: serving TLS is not there yet";
        return Err(
            Failure::new(Exit::Config, text).hint("leave it out, or keep redis-sentinel for now")
        );
    }
    let mut addrs: Vec<(Addr, bool)> = server
        .plain
        .iter()
        .map(|listen| (listen.addr.clone(), listen.optional))
        .collect();
    if addrs.is_empty() {
        addrs.push((config.watch.listen.clone(), false));
    }
    let mut listeners = Vec::new();
    for (addr, optional) in addrs {
        match TcpListener::bind((addr.host(), addr.port())).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if optional => tracing::debug!(%addr, %error, "not listened on"),
            Err(error) => {
                let text = format!("cannot listen on {addr}: {error}");
                return Err(Failure::new(Exit::Failed, text)
                    .hint("is another watcher or Sentinel running here? set watch.listen"));
            }
        }
    }
    Ok(listeners)
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
