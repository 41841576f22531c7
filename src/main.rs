//! `pikafo`: reads the command line, runs one command, ends with one documented exit code.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use pikafo::cli;
use pikafo::cli::Cli;
use pikafo::cli::Env;
use pikafo::cmd::Context;
use pikafo::cmd::Interrupt;
use pikafo::exit::Exit;
use pikafo::exit::Failure;
use pikafo::node::net::Tcp;
use pikafo::telemetry;
use pikafo::telemetry::Log;
use pikafo::ui::Ui;

fn main() -> ExitCode {
    // Fails only where a provider is installed already, which is as good.
    let _installed_before = rustls::crypto::ring::default_provider()
        .install_default()
        .is_err();
    CompleteEnv::with_factory(Cli::command).complete();

    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let env = Env::read();
    let ui = Ui::new(&cli.global, &env);
    let log = telemetry::init(&cli.global, &env, &ui, cli.command.lasts());

    let outcome = run(cli, env, &ui, log);
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(error) if pipe_closed(&error) => Exit::Done.into(),
        Err(error) => {
            ui.error(&error);
            error
                .downcast_ref::<Failure>()
                .map_or(Exit::Failed, |failure| failure.exit)
                .into()
        }
    }
}

fn run(cli: Cli, env: Env, ui: &Ui, log: Log) -> anyhow::Result<()> {
    // A watcher waits for many at once and computes little: threads that wake each other cost it more than they give.
    let mut builder = if cli.command.lasts() {
        raise_files();
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder.enable_all().build()?;
    let outcome = runtime.block_on(async {
        let interrupt = Interrupt::listen(ui)?;
        let ctx = Context {
            ui: ui.clone(),
            global: cli.global,
            env,
            net: Arc::new(Tcp),
            interrupt,
            log,
        };
        Box::pin(cli.command.run(&ctx)).await
    });
    // A prompt may still hold a thread that waits for a key.
    runtime.shutdown_background();
    outcome
}

/// Two links a node and one a watcher, and clients besides: as many files as the host allows.
fn raise_files() {
    use nix::sys::resource::Resource;
    use nix::sys::resource::getrlimit;
    use nix::sys::resource::setrlimit;
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Help and version go to stdout and are success; anything else goes to stderr and is exit 2.
fn usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(broken) if broken.kind() != io::ErrorKind::BrokenPipe => Exit::Failed.into(),
        _ if error.exit_code() == 0 => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}

/// Whoever reads stdout has seen enough: `pikafo status | head -1` is success.
fn pipe_closed(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
