//! `pikafo watch`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::watch::supervisor::StartError;
use crate::host::watch::supervisor::Supervisor;
use crate::serve::hall::Limits;
use crate::serve::server;

/// Watch clusters, fail over by quorum, and serve the Sentinel API
///
/// Runs in the foreground until it is told to end. Several watchers on several hosts find each other, agree on what
/// is down, elect one of them to act, and give clients the master's address as Redis Sentinel does. Three are
/// recommended: they survive the loss of any one host.
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
    if args.sentinel_conf.is_some() {
        return Err(Failure::new(Exit::Usage, "--sentinel-conf is not there yet").into());
    }
    let config = ctx.config()?;
    let state_dir = ctx.state_dir(&config);
    let listen = config.watch.listen.clone();
    let listener = TcpListener::bind((listen.host(), listen.port()))
        .await
        .map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot listen on {listen}: {error}"))
                .hint("is another watcher or Sentinel running here? set watch.listen")
        })?;
    let stop = ctx.interrupt.token().child_token();
    let supervisor = Supervisor::begin(config, state_dir, Arc::clone(&ctx.net), stop.clone())
        .await
        .map_err(|error| failure(&error))?;
    let desk = supervisor.desk();
    let halt = CancellationToken::new();
    let serving = tokio::spawn(server::serve(
        listener,
        desk,
        Limits::default(),
        halt.clone(),
    ));
    supervisor.run().await;
    halt.cancel();
    // Connections hear of the end by their close.
    serving.await?;
    Ok(())
}

fn failure(error: &StartError) -> Failure {
    match error {
        StartError::Store(error) => super::act::scene::store_failure(error),
        StartError::OwnAddress { .. } | StartError::Fault(_) => {
            Failure::new(Exit::Failed, error.to_string())
        }
    }
}
