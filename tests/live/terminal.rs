//! The program on a pseudo-terminal, and a person before it.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::spawn_command;

const PATIENCE_MS: Option<u64> = Some(30_000);

/// Waits for the question, types the answer, and gives the exit code.
pub(crate) fn answer(mut command: Command, question: &str, typed: &str) -> i32 {
    // The terminal takes the place of the streams that the command came with.
    command
        .stdin(std::process::Stdio::inherit())
        .stdout(std::process::Stdio::inherit())
        .stderr(std::process::Stdio::inherit());
    let mut terminal = spawn_command(command, PATIENCE_MS).unwrap();
    terminal.exp_string(question).unwrap();
    terminal.send_line(typed).unwrap();
    terminal.exp_eof().unwrap();
    let status = terminal.process().wait().unwrap();
    let WaitStatus::Exited(_, code) = status else {
        panic!("{status:?}");
    };
    code
}
