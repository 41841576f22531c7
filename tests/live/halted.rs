//! The program stopped right after a given record of its journal, so that something can happen just then.

use std::process::Output;
use std::time::Duration;

use pikafo::host::clock;
use tokio::process::Child;
use tokio::process::Command;

use super::cluster::RedisCluster;
use super::cluster::Said;
use super::until::PATIENCE;

/// A run of the program that stands still. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Halted {
    child: Child,
    pid: String,
}

/// Runs the program until it has written `records` records. `Err` with its end where it never gets there.
pub(crate) async fn run_until(
    cluster: &RedisCluster,
    records: usize,
    args: &[&str],
) -> Result<Halted, Said> {
    let mut command = cluster.command(args);
    command.env("PIKAFO_HALT_AFTER", records.to_string());
    until_it_halts(command).await
}

/// The same with a command that says itself where it halts.
pub(crate) async fn until_it_halts(mut command: Command) -> Result<Halted, Said> {
    let mut child = command.spawn().unwrap();
    let pid = child.id().unwrap().to_string();
    let give_up = clock::mono() + PATIENCE;
    loop {
        if child.try_wait().unwrap().is_some() {
            return Err(Said::of(child.wait_with_output().await.unwrap()));
        }
        if stands_still(&pid) {
            return Ok(Halted { child, pid });
        }
        assert!(clock::mono() < give_up, "neither halted nor ended");
        clock::sleep(Duration::from_millis(2)).await;
    }
}

impl Halted {
    /// Sends a signal, which is taken only once it goes on.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &self.pid);
    }

    /// Lets it go on to its end.
    pub(crate) async fn go_on(self) -> Said {
        send("-CONT", &self.pid);
        let output: Output = self.child.wait_with_output().await.unwrap();
        Said::of(output)
    }
}

/// The state is the first word after the name in brackets.
fn stands_still(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| rest.trim_start().starts_with('T'))
}

fn send(signal: &str, pid: &str) {
    let status = std::process::Command::new("kill")
        .args([signal, pid])
        .status();
    assert!(status.unwrap().success(), "kill {signal} {pid} failed");
}
