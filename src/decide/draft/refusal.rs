//! Why there is no plan.

use crate::decide::choose::Contender;
use crate::decide::choose::NoChoice;
use crate::decide::facts::FaultKind;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// Why there is no plan.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Stable, dotted.
    pub code: String,
    pub text: String,
    pub hint: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// A safety check says no.
    Unsafe,
    /// Too little can be reached, or too few agree.
    NoQuorum,
    /// There is nothing to do; not an error.
    Nothing,
}

impl Refusal {
    pub fn new(
        kind: RefusalKind,
        code: &str,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            text: text.into(),
            hint: hint.into(),
        }
    }

    pub(super) fn unsafe_(code: &str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unsafe, code, text, hint)
    }
}

/// Why nobody is chosen, as a refusal. In a failover somebody may name one of `contenders` all the same.
pub(super) fn refuse_choice(no: &NoChoice, contenders: &[Contender]) -> Refusal {
    let code = match no {
        NoChoice::NobodyEligible(_) => "candidate.none",
        NoChoice::Incomparable(..) => "candidate.incomparable",
        NoChoice::AheadButIneligible { .. } => "candidate.ahead_but_ineligible",
        NoChoice::NotThatOne { code, .. } if code == "candidate.unknown" => "candidate.unknown",
        NoChoice::NotThatOne { .. } => "candidate.refused",
    };
    let hint = match no {
        NoChoice::NobodyEligible(_) => last_resort(contenders, |_| true),
        NoChoice::NotThatOne { name, .. } => last_resort(contenders, |c| c.name == *name),
        NoChoice::Incomparable(..) | NoChoice::AheadButIneligible { .. } => {
            format!("{ACCEPT}, or name another node")
        }
    };
    Refusal::unsafe_(code, no.to_string(), hint)
}

const ACCEPT: &str = "accept what would be lost with --accept-loss SIZE";

/// What is left where nobody can be chosen.
fn last_resort(contenders: &[Contender], counts: impl Fn(&Contender) -> bool) -> String {
    let why = "`pikafo status` shows why for each node";
    if contenders.iter().any(|c| counts(c) && c.lost_link) {
        return format!("{why}; {ACCEPT}");
    }
    let whole = contenders
        .iter()
        .find(|c| counts(c) && c.by_word().is_some());
    whole.map_or_else(
        || why.to_owned(),
        |one| {
            let name = &one.name;
            format!(
                "{why}; if the master is lost for good, `pikafo failover {name} --accept-loss all` makes {name} the master as it is"
            )
        },
    )
}

/// Nobody answers, or nobody lets us in: a failover would not help.
pub(super) fn none_reachable(view: &ClusterView) -> Refusal {
    let locked_out = |n: &NodeView| n.state.as_ref().is_err_and(|f| f.kind == FaultKind::Auth);
    let hint = if view.nodes.iter().any(locked_out) {
        "correct `auth:` of the cluster in the configuration"
    } else {
        "check the network between here and the nodes"
    };
    let text = format!("no node of {} can be asked{}", view.name, silent(view));
    Refusal::new(RefusalKind::NoQuorum, "node.none_reachable", text, hint)
}

/// Why nodes could not be asked, by node, as the end of a sentence; empty where all answered.
pub(super) fn silent(view: &ClusterView) -> String {
    let reasons = view.nodes.iter().filter_map(|node| {
        let fault = node.state.as_ref().err()?;
        Some(format!("; {}: {}", node.name, fault.beside(&node.addr)))
    });
    reasons.collect()
}
