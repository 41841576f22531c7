//! The plan that makes a master what it was: promoted, restarted before its role was saved, and a replica since.

use super::Brief;
use super::PROMOTE_MS;
use super::UNDO_MS;
use super::hard;
use super::soft;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Budgets;
use crate::decide::plan::Facts;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;

/// Plans to promote `master` once more. Whoever followed it follows it still; the others are set right afterwards.
pub fn plan(brief: &Brief<'_>, master: &Addr) -> Plan {
    let name = brief.name(master);
    let verify = Act::Verify {
        token: brief.token.clone(),
    };
    let steps = vec![
        hard(
            master,
            Act::StillAhead { of: Vec::new() },
            5_000,
            format!("{name} says where it stands"),
        ),
        hard(
            master,
            Act::Promote,
            PROMOTE_MS,
            format!("promote {name} again"),
        ),
        soft(master, verify, 5_000, format!("{name} accepts a write")),
        soft(
            master,
            Act::Persist,
            5_000,
            format!("{name} saves its role"),
        ),
    ];
    Plan {
        version: 1,
        id: brief.id.clone(),
        kind: Kind::Failover,
        cluster: brief.view.name.clone(),
        made_at: brief.made_at.clone(),
        by: brief.by.clone(),
        reason: Some("it was restarted before its role was saved".to_owned()),
        automatic: false,
        agreed: None,
        facts: Facts {
            point: None,
            master: None,
            candidate: Some(master.clone()),
            nodes: brief.facts(),
        },
        budgets: Budgets {
            max_blackout_ms: brief.terms.max_blackout_ms,
            undo_ms: UNDO_MS,
        },
        loss: None,
        evidence: Vec::new(),
        notes: Vec::new(),
        steps,
    }
}
