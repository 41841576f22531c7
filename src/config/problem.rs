//! A mistake in a configuration, said so that it can be found and mended.

use std::fmt;
use std::path::PathBuf;

use crate::exit::Exit;
use crate::exit::Failure;

/// One mistake, or one warning.
///
/// Prints as `file:line:column: path: text (hint: …)`, on one line. Never holds a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    pub file: PathBuf,
    /// Absent when the mistake is not at one place: a file that cannot be opened, say.
    pub at: Option<Location>,
    /// Where in the tree: `clusters.orders.nodes[1].addr`; empty for the file as a whole.
    pub path: String,
    /// What is wrong: lower case, no full stop.
    pub text: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// A place in a text; both numbers count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Location {
    pub line: usize,
    pub column: usize,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn of_file(file: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            at: None,
            path: String::new(),
            text: text.into(),
            hint: None,
        }
    }

    #[must_use]
    pub fn at(mut self, line: usize, column: usize) -> Self {
        self.at = Some(Location { line, column });
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(Location { line, column }) = self.at {
            write!(f, "{line}:{column}:")?;
        }
        if !self.path.is_empty() {
            write!(f, " {}:", self.path)?;
        }
        write!(f, " {}", self.text)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a configuration, in the order of the file; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problems {
    pub list: Vec<Problem>,
    /// How many more there are that were not kept.
    pub more: usize,
}

impl Problems {
    /// Sorts by place; problems of the whole file come first.
    pub fn new(mut list: Vec<Problem>, more: usize) -> Self {
        list.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.path.cmp(&b.path)));
        list.dedup();
        Self { list, more }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self {
            list: vec![problem],
            more: 0,
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.list.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::new(Exit::Config, problems.to_string())
    }
}
