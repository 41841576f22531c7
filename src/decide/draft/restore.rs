//! The plan that makes a master what it was: promoted, restarted before its role was saved, and a replica since.

use super::Brief;
use super::PROMOTE_MS;
use super::hard;
use super::soft;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
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
        reason: Some("it was restarted before its role was saved".to_owned()),
        ..brief.plan(Kind::Failover, None, Some(master.clone()), steps)
    }
}
