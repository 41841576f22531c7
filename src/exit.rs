//! The exit codes, one enum, documented in `man pikafo` and tested one by one.

/// How the program ends. The numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Exit {
    /// Done, or healthy.
    Done = 0,
    /// Failed; nothing changed, or everything was undone.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// No quorum, or too little of the cluster is reachable; nothing changed.
    NoQuorum = 4,
    /// A safety check refused; nothing changed.
    Refused = 5,
    /// The master changed and follow-up remains.
    Incomplete = 6,
    /// `check`: degraded.
    Degraded = 7,
    /// `check`: no writable master, or more than one.
    Down = 8,
    /// It is not known whether the master changed.
    Unknown = 9,
    /// The operator said no, or could not be asked.
    Declined = 10,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows how the program ends and what the operator should do next.
///
/// `cmd/` returns `anyhow::Error`; the outermost layer looks for this type in the chain and takes
/// the exit code and the hint from it.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    pub exit: Exit,
    /// What failed and where, lower case, one line.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
            hint: None,
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
