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
    /// [`Exit::Declined`] where nobody can be asked, [`Exit::Interrupted`] on Ctrl-C.
    pub fn confirm(&self, question: &str) -> anyhow::Result<bool> {
        self.must_be_interactive(question, "pass --yes to go on without being asked")?;
        let answer = self.shared.bars.suspend(|| {
            Confirm::new()
                .with_prompt(question)
                .default(false)
                .wait_for_newline(true)
                .interact_on(&Term::stderr())
        });
        Ok(answer.map_err(unanswered)?)
    }

    /// Asks for `expected` to be typed, for acts that a slip of the finger must not confirm.
    ///
    /// # Errors
    /// As [`Ui::confirm`].
    pub fn type_name(&self, question: &str, expected: &str) -> anyhow::Result<bool> {
        self.must_be_interactive(
            question,
            "run it on a terminal, where the name can be typed",
        )?;
        let typed: Result<String, _> = self.shared.bars.suspend(|| {
            Input::new()
                .with_prompt(question)
                .allow_empty(true)
                .interact_text_on(&Term::stderr())
        });
        Ok(typed.map_err(unanswered)?.trim() == expected)
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
