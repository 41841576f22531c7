//! The program on a pseudo-terminal, and a person before it.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;

const PATIENCE_MS: Option<u64> = Some(30_000);

/// Waits for the question, types the answer, and gives the exit code.
pub(crate) fn answer(command: Command, question: &str, typed: &str) -> i32 {
    asked(command, question).answer(typed).0
}

/// The program, waiting for an answer.
pub(crate) struct Asked(PtySession);

impl Asked {
    /// Types the answer, and gives the exit code and what was said after it.
    pub(crate) fn answer(mut self, typed: &str) -> (i32, String) {
        self.0.send_line(typed).unwrap();
        let said = self.0.exp_eof().unwrap();
        let status = self.0.process().wait().unwrap();
        let WaitStatus::Exited(_, code) = status else {
            panic!("{status:?}");
        };
        (code, said)
    }
}

/// Waits for the question, and leaves it standing.
pub(crate) fn asked(mut command: Command, question: &str) -> Asked {
    // The terminal takes the place of the streams that the command came with.
    command
        .stdin(std::process::Stdio::inherit())
        .stdout(std::process::Stdio::inherit())
        .stderr(std::process::Stdio::inherit());
    let mut terminal = spawn_command(command, PATIENCE_MS).unwrap();
    terminal.exp_string(question).unwrap();
    Asked(terminal)
}
