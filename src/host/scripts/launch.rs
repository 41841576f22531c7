//! Scripts as processes.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::pin::Pin;
use std::process::ExitStatus;
use std::process::Stdio;

use tokio::process::Child;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::queue::Exit;

/// What will have come of a script.
pub(super) type Ended = Pin<Box<dyn Future<Output = Exit> + Send>>;

/// Starts scripts. The tests have one that starts nothing.
pub(super) trait Launch: fmt::Debug + Send + Sync {
    /// Gives its process and its end; it is killed when `kill` is cancelled.
    fn launch(&self, argv: &[String], kill: CancellationToken) -> io::Result<(u32, Ended)>;
}

/// Real ones.
#[derive(Debug)]
pub(super) struct Processes;

impl Launch for Processes {
    fn launch(&self, argv: &[String], kill: CancellationToken) -> io::Result<(u32, Ended)> {
        let (program, words) = argv
            .split_first()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        // The environment is ours; standard output is for data only.
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let pid = child.id().unwrap_or(0);
        let ended = async move {
            tokio::select! {
                status = child.wait() => exit(&status),
                () = kill.cancelled() => killed(child).await,
            }
        };
        Ok((pid, Box::pin(ended)))
    }
}

async fn killed(mut child: Child) -> Exit {
    // It may have ended this very moment.
    child.start_kill().unwrap_or_default();
    exit(&child.wait().await)
}

fn exit(status: &io::Result<ExitStatus>) -> Exit {
    match status {
        Ok(status) => match status.signal() {
            Some(signal) => Exit::Signal(signal),
            None => Exit::Code(status.code().unwrap_or(1)),
        },
        // Nobody knows how it ended; trying again is the safe side.
        Err(_) => Exit::Code(1),
    }
}
