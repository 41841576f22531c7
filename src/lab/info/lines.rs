//! Lines under a heading, as every section is made of.

use std::fmt::Write as _;

/// Lines under a heading; writing to a `String` cannot fail, so nothing is lost by not asking.
pub(super) struct Lines(pub(super) String);

impl Lines {
    pub(super) fn new(heading: &str) -> Self {
        Self(format!("{heading}\r\n"))
    }

    pub(super) fn put(&mut self, line: std::fmt::Arguments<'_>) {
        self.0.write_fmt(line).unwrap_or_default();
        self.0.push_str("\r\n");
    }
}
