//! A plan for people: what, why, what it may cost, and every step with its limit.

use std::fmt::Write as _;

use super::findings;
use super::look::Look;
use super::look::Tone;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;

/// Several lines, ended by a line break.
pub fn text(plan: &Plan, look: &Look) -> String {
    let name = |addr: &crate::decide::name::Addr| {
        let node = plan.facts.nodes.iter().find(|n| n.addr == *addr);
        node.map_or_else(
            || addr.to_string(),
            |n| {
                if n.name == addr.to_string() {
                    n.name.clone()
                } else {
                    format!("{} ({addr})", n.name)
                }
            },
        )
    };
    let mut out = String::new();
    let what = match (plan.kind, &plan.facts.master, &plan.facts.candidate) {
        (Kind::Promote, Some(old), Some(new)) => {
            format!("switch over from {} to {}", name(old), name(new))
        }
        (Kind::Failover, Some(old), Some(new)) => {
            format!("replace the dead {} by {}", name(old), name(new))
        }
        (_, Some(master), _) => format!("attach replicas to {}", name(master)),
        _ => plan.kind.word().to_owned(),
    };
    // Writing to a String cannot fail.
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
    line(format!(
        "{}: {what}",
        look.paint(&plan.cluster, Tone::Plain)
    ));
    for reason in &plan.evidence {
        line(format!("  evidence: {reason}"));
    }
    if let Some(loss) = &plan.loss {
        line(format!("  loss: {loss}"));
    }
    if plan.kind == Kind::Promote {
        line(format!(
            "  writes pause for at most {} ms; past that it is undone",
            plan.budgets.max_blackout_ms
        ));
    }
    for (i, step) in plan.steps.iter().enumerate() {
        let limit = super::human::duration(std::time::Duration::from_millis(step.within_ms));
        line(format!("  {:>2}. {} (within {limit})", i + 1, step.text));
    }
    for note in &plan.notes {
        let node = note.node.as_ref().map(&name);
        line(
            findings::entry(note, node.as_deref(), look)
                .trim_end()
                .to_owned(),
        );
    }
    out
}
