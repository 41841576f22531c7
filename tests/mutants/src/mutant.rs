//! What `cargo mutants --list --json` says.

use serde::Deserialize;

/// A change to one place of the source.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    /// With its place, unique.
    pub(crate) name: String,
    /// From the package's root.
    pub(crate) file: String,
    pub(crate) genre: Genre,
    /// What stands there instead; empty where something is deleted.
    pub(crate) replacement: String,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Point,
    pub(crate) end: Point,
}

/// Both count from one; a column is a character.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq)]
pub(crate) struct Point {
    pub(crate) line: usize,
    pub(crate) column: usize,
}
