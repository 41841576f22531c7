//! Questions. They are asked on stderr, and only where somebody can answer.

use std::io;

use dialoguer::Confirm;
use dialoguer::Input;
use dialoguer::console::Term;

use super::Ui;
use crate::exit::Exit;
use crate::exit::Failure;

impl Ui {
    /// Asks a yes-or-no question whose default is no.
    ///
    /// # Errors
    /// [`Exit::Declined`] where nobody can be asked, [`Exit::Interrupted`] on Ctrl-C, and what `stopped` gives where
    /// that comes before the answer.
    pub async fn confirm(
        &self,
        stopped: impl Future<Output = Failure>,
        question: &str,
    ) -> anyhow::Result<bool> {
        self.must_be_interactive(question, "pass --yes to go on without being asked")?;
        let prompt = question.to_owned();
        self.ask(stopped, move || {
            Confirm::new()
                .with_prompt(prompt)
                .default(false)
                .wait_for_newline(true)
                .interact_on(&Term::stderr())
        })
        .await
    }

    /// Asks for `expected` to be typed, for acts that a slip of the finger must not confirm.
    ///
    /// # Errors
    /// As [`Ui::confirm`].
    pub async fn type_name(
        &self,
        stopped: impl Future<Output = Failure>,
        question: &str,
        expected: &str,
    ) -> anyhow::Result<bool> {
        self.must_be_interactive(
            question,
            "run it on a terminal, where the name can be typed",
        )?;
        let prompt = question.to_owned();
        let typed: String = self
            .ask(stopped, move || {
                Input::new()
                    .with_prompt(prompt)
                    .allow_empty(true)
                    .interact_text_on(&Term::stderr())
            })
            .await?;
        Ok(typed.trim() == expected)
    }

    /// Asks on a thread of its own, for a terminal that waits for a person hears no signal. However it ends, the
    /// terminal is left as it was found.
    async fn ask<T: Send + 'static>(
        &self,
        stopped: impl Future<Output = Failure>,
        question: impl FnOnce() -> Result<T, dialoguer::Error> + Send + 'static,
    ) -> anyhow::Result<T> {
        // No bar is drawn while a question stands, and what waits for a key must hold no lock that leaving needs.
        let before = terminal_modes(&[]);
        let asking = tokio::task::spawn_blocking(question);
        let answer = tokio::select! {
            biased;
            stopped = stopped => Err(stopped),
            answer = asking => match answer {
                Ok(answer) => answer.map_err(unanswered),
                Err(error) => Err(Failure::new(Exit::Declined, format!("no answer was given: {error}"))),
            },
        };
        if answer.is_err() {
            // The thread that waits for a key is left behind, and the terminal with it.
            if let Some(modes) = before {
                terminal_modes(&[modes.trim()]);
            }
            self.restore();
        }
        Ok(answer?)
    }

    /// Whether questions can be asked at all.
    pub fn can_ask(&self) -> bool {
        self.shared.interactive
    }

    fn must_be_interactive(&self, question: &str, hint: &str) -> Result<(), Failure> {
        if self.can_ask() {
            return Ok(());
        }
        Err(Failure::new(Exit::Declined, format!("nobody can be asked: {question}")).hint(hint))
    }
}

fn unanswered(error: dialoguer::Error) -> Failure {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == io::ErrorKind::Interrupted {
        Failure::new(Exit::Interrupted, "interrupted before an answer was given")
    } else {
        Failure::new(Exit::Declined, format!("no answer was given: {error}"))
    }
}

/// How the terminal treats what is typed, as `stty` writes it down, or puts it back. Where there is none it stays as it
/// is.
fn terminal_modes(back: &[&str]) -> Option<String> {
    let args: &[&str] = if back.is_empty() { &["-g"] } else { back };
    let output = std::process::Command::new("stty")
        .args(args)
        .stdin(std::process::Stdio::inherit())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
