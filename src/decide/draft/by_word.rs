//! The plan of a failover to a node that nobody would choose: it stands apart, or is no replica of the dead master, and
//! somebody who knows what it holds names it and gives up whatever the others have.

use super::Brief;
use super::failover;
use super::failover::Dead;
use super::heir;
use super::heir::Heir;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::plan::Facts;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;

/// Plans to make `candidate` the master in place of the dead one; `why` it would not be chosen. Nobody is moved: how far
/// the others' data is its own no number tells, so each is judged once it is master.
pub(super) fn draft(brief: &Brief<'_>, dead: &Dead, candidate: &Addr, why: &str) -> Plan {
    let (old_name, name) = (brief.name(&dead.master), brief.name(candidate));
    let needed = heir::replicas_wanted(brief, candidate);
    let heir = Heir {
        candidate,
        siblings: &[],
        old_master: Vec::new(),
        lift: heir::lift(brief, candidate),
        over_pause: None,
        verify: failover::verify(brief, candidate, needed),
    };
    let mut steps = vec![
        failover::last_look(brief, &dead.master),
        heir::says_where(brief, candidate),
    ];
    steps.extend(heir.steps(brief, needed));
    steps.extend(heir::settle(brief, candidate, Vec::new()));
    let mut notes = brief.notes.clone();
    notes.push(Finding::new(
        "candidate.by_word",
        Severity::Critical,
        Some(candidate),
        format!(
            "{name} becomes master by your word alone: {why}. What {old_name} and the others hold and it lacks is given up, \
             and all of them count as diverged from it"
        ),
        "`pikafo repoint NODE --resync` copies it to each, unless rejoin.diverged is `resync`",
    ));
    let plan = brief.plan(
        Kind::Failover,
        Some(dead.master.clone()),
        Some(candidate.clone()),
        steps,
    );
    Plan {
        loss: Some(unknown(brief, dead, candidate)),
        evidence: dead.evidence.clone(),
        notes,
        facts: Facts {
            apart: true,
            ..plan.facts
        },
        ..plan
    }
}

fn unknown(brief: &Brief<'_>, dead: &Dead, candidate: &Addr) -> Loss {
    let samples = &brief.view.memory.samples;
    let max_bytes = brief.terms.max_loss;
    let position = brief.view.node(candidate).and_then(|node| node.position());
    position.map_or(Loss::unsampled(max_bytes), |at| {
        let (master, died_ms) = (&dead.master, dead.died_ms);
        loss::estimate(samples, master, at, died_ms, max_bytes, None).of_another_history()
    })
}
