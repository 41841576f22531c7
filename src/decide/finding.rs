//! Findings: what is wrong, as a stable code, a node, a text and a hint.

use serde::Deserialize;
use serde::Serialize;

use super::name::Addr;

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// One thing that an operator should know.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Stable, dotted, lower case: `replica.lagging`. Scripts match on it.
    pub code: String,
    pub severity: Severity,
    pub node: Option<Addr>,
    pub text: String,
    /// What to do next.
    pub hint: String,
}

impl Finding {
    pub fn new(
        code: &str,
        severity: Severity,
        node: Option<&Addr>,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            node: node.cloned(),
            text: text.into(),
            hint: hint.into(),
        }
    }
}
