//! Findings as a list: how bad, which code, which node, what, and what to do.

use super::look::Look;
use super::look::Tone;
use super::status::Cluster;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;

/// The findings of a cluster, or nothing.
pub fn list(cluster: &Cluster, look: &Look) -> String {
    let names = |finding: &Finding| finding.node.as_ref().map(|addr| cluster.name_of(addr));
    cluster
        .findings
        .iter()
        .map(|finding| entry(finding, names(finding).as_deref(), look))
        .collect()
}

/// One finding on two lines.
pub fn entry(finding: &Finding, node: Option<&str>, look: &Look) -> String {
    let (word, tone) = match finding.severity {
        Severity::Critical => ("critical", Tone::Bad),
        Severity::Warning => ("warning", Tone::Warning),
        Severity::Info => ("info", Tone::Faint),
    };
    let node = node.map(|name| format!("{name}: ")).unwrap_or_default();
    let hint = look.paint(&format!("  hint: {}", finding.hint), Tone::Faint);
    format!(
        "{} [{}] {node}{}\n{hint}\n",
        look.paint(word, tone),
        finding.code,
        finding.text
    )
}
