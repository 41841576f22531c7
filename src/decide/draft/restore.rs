//! The plan that makes a master what it was: promoted, restarted before its role was saved, and a replica since.

use super::Brief;
use super::PROMOTE_MS;
use super::hard;
use super::heir;
use super::soft;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::view::NodeView;
use crate::decide::view::Sample;

/// Plans to promote `master` once more. Whoever followed it follows it still; the others are set right afterwards.
/// `reigned_at` is where it was last seen as the master: what it has lost since then is told.
pub fn plan(brief: &Brief<'_>, master: &Addr, reigned_at: Option<&Sample>) -> Plan {
    let name = brief.name(master);
    let verify = Act::Verify {
        token: brief.token.clone(),
    };
    let mut steps = vec![
        heir::says_where(brief, master),
        hard(
            master,
            Act::Promote,
            PROMOTE_MS,
            format!("promote {name} again"),
        ),
    ];
    steps.extend(heir::lift_what_bites(brief, master));
    steps.extend([
        soft(master, verify, 5_000, format!("{name} accepts a write")),
        soft(
            master,
            Act::Persist,
            5_000,
            format!("{name} saves its role"),
        ),
    ]);
    let position = brief.view.node(master).and_then(NodeView::position);
    let samples = reigned_at.map_or(&[][..], std::slice::from_ref);
    let seen_ms = reigned_at.map_or(0, |sample| sample.at_ms);
    let max_loss = brief.terms.max_loss;
    let loss = position.map(|at| loss::estimate(samples, master, at, seen_ms, max_loss, None));
    Plan {
        loss,
        reason: Some("it was restarted before its role was saved".to_owned()),
        ..brief.plan(Kind::Failover, None, Some(master.clone()), steps)
    }
}
