//! The plan of a failover: the master is dead; look once more, promote the most advanced, move the rest.

use super::Brief;
use super::Consent;
use super::LINKS_MS;
use super::PROMOTE_MS;
use super::Refusal;
use super::RefusalKind;
use super::UNDO_MS;
use super::fence;
use super::hard;
use super::master_of;
use super::none_reachable;
use super::promote;
use super::refuse_choice;
use super::soft;
use super::standing_masters;
use crate::decide::choose;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Budgets;
use crate::decide::plan::Facts;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::view::ClusterView;

/// The master that is to be replaced, and what is known of its death.
#[derive(Clone, Debug)]
pub struct Dead {
    pub master: Addr,
    /// It still answers; the operator typed the cluster's name.
    pub answers: bool,
    /// Milliseconds since the epoch when it was first found dead.
    pub died_ms: i64,
    pub evidence: Vec<String>,
}

/// The evidence for a master that answers.
pub const BY_WORD: &str = "it answers; replaced by the operator's word";

/// The node that replicas point to as their master although it is not, or no longer, there as one; or the
/// reachable master where there is one.
pub fn master_in_question(view: &ClusterView, remembered: Option<&Addr>) -> Result<Addr, Refusal> {
    match standing_masters(view).as_slice() {
        [one] => return Ok(one.addr.clone()),
        [a, b, ..] => {
            return Err(Refusal::unsafe_(
                "master.two",
                format!(
                    "{} and {} both claim to be master of {}",
                    a.addr, b.addr, view.name
                ),
                "a failover would not help; see `pikafo status`",
            ));
        }
        [] => {}
    }
    let mut pointed: Vec<Addr> = view
        .nodes
        .iter()
        .filter(|n| matches!(n.role(), Role::Replica | Role::Chained))
        // A closed port that a fence has pointed it at is nobody's address.
        .filter(|n| !n.seen().is_some_and(|o| o.fence.closed_port))
        .filter_map(|n| master_of(view, n))
        .filter(|m| {
            !view
                .node(m)
                .is_some_and(|n| matches!(n.role(), Role::Replica | Role::Chained))
        })
        .collect();
    pointed.sort();
    pointed.dedup();
    match (pointed.as_slice(), remembered) {
        ([one], _) => Ok(one.clone()),
        ([], Some(last)) => Ok(last.clone()),
        ([], None) => Err(none_reachable(view)),
        (several, _) => Err(Refusal::unsafe_(
            "master.ambiguous",
            format!(
                "replicas of {} follow different masters: {}",
                view.name,
                join(several)
            ),
            "see `pikafo status`",
        )),
    }
}

/// Plans to replace a dead master by `wanted` or by the most advanced node.
pub fn draft(brief: &Brief<'_>, dead: &Dead, wanted: Option<&Addr>) -> Result<Plan, Refusal> {
    brief.no_open_operation()?;
    let old = &dead.master;
    brief.expected(old)?;
    if let Some(other) = standing_masters(brief.view).iter().find(|n| n.addr != *old) {
        return Err(Refusal::unsafe_(
            "failover.already",
            format!("{} is master of {} by now", other.name, brief.view.name),
            "somebody else was faster; see `pikafo status`",
        ));
    }
    mass_failure(brief)?;
    let consented = brief.accept_loss != Consent::None;
    if !consented {
        unreachable_may_be_ahead(brief, old)?;
    }
    let candidate =
        choose::unplanned(&brief.contenders, wanted, consented).map_err(|no| refuse_choice(&no))?;
    let position = brief.view.node(&candidate).and_then(|n| n.position());
    let file_size = brief
        .view
        .node(&candidate)
        .and_then(|n| n.seen())
        .and_then(|o| o.settings.as_ref()?.binlog_file_size);
    let loss = position.map_or_else(
        || Loss {
            bytes: None,
            sample_age_ms: None,
            bound_bytes: None,
            max_bytes: brief.terms.max_loss,
        },
        |p| {
            loss::estimate(
                &brief.view.memory.samples,
                old,
                p,
                dead.died_ms,
                brief.terms.max_loss,
                file_size,
            )
        },
    );
    affordable(brief, &loss)?;
    let mut notes = brief.notes.clone();
    if loss.judged_bytes().is_none() {
        notes.push(Finding::new(
            "loss.unknown",
            Severity::Warning,
            Some(old),
            format!("loss is {loss}"),
            "run `pikafo status -w` or `pikafo watch`, so that positions are sampled",
        ));
    }

    let (old_name, new_name) = (brief.name(old), brief.name(&candidate));
    let siblings: Vec<Addr> = brief
        .view
        .nodes
        .iter()
        .filter(|n| n.addr != *old && n.addr != candidate)
        .filter(|n| matches!(n.role(), Role::Replica | Role::Chained))
        // A replica of a replica keeps the one it has.
        .filter(|n| {
            master_of(brief.view, n).is_none_or(|m| m == *old || brief.view.node(&m).is_none())
        })
        .filter(|n| !brief.view.memory.quarantined.contains_key(&n.addr))
        .map(|n| n.addr.clone())
        .collect();
    let rivals = if consented {
        Vec::new()
    } else {
        siblings
            .iter()
            .filter(|s| brief.view.node(s).is_some_and(|n| n.position().is_some()))
            .cloned()
            .collect()
    };

    let mut steps = Vec::new();
    let mut old_moves = Vec::new();
    let mut over_pause = None;
    if dead.answers {
        let chosen = brief.view.node(old).map(|m| fence::choose(brief, m));
        match chosen {
            Some(Ok((how, more))) => {
                notes.extend(more);
                let text = format!("fence {old_name}: {}", how.label());
                old_moves = promote::old_master(brief, old, &candidate, &how);
                over_pause = promote::over_pause(brief, old, &how);
                steps.push(soft(old, Act::Fence { how }, 2_000, text));
            }
            Some(Err(no)) => notes.push(Finding::new(
                &no.code,
                Severity::Critical,
                Some(old),
                format!("{no}; what it accepts from now on is lost"),
                no.hint,
            )),
            None => {}
        }
    } else {
        steps.push(hard(
            old,
            Act::LastLook,
            brief.terms.last_look_ms,
            format!("{old_name} is asked a last time"),
        ));
    }
    let still = Act::StillAhead { of: rivals };
    steps.push(hard(
        &candidate,
        still,
        5_000,
        format!("{new_name} is still the most advanced"),
    ));
    steps.push(hard(
        &candidate,
        Act::Promote,
        PROMOTE_MS,
        format!("promote {new_name}"),
    ));
    steps.extend(over_pause);
    let needed = promote::replicas_wanted(brief, &candidate);
    let verify = Step {
        hard: false,
        within_ms: VERIFY_MS,
        ..promote::verify(brief, &candidate, needed)
    };
    let (at_once, later) = if needed == 0 {
        (Some(verify), None)
    } else {
        (None, Some(verify))
    };
    steps.extend(at_once);
    steps.push(soft(
        &candidate,
        Act::Persist,
        5_000,
        format!("{new_name} saves its role"),
    ));
    steps.extend(brief.tell_watchers(&candidate));
    let mut moves: Vec<Vec<Step>> = siblings
        .iter()
        .map(|sibling| {
            brief
                .follow(sibling, &candidate, FollowHow::Judged, 15_000)
                .into()
        })
        .collect();
    moves.push(old_moves);
    steps.extend(promote::with_verify(moves, needed, later));
    if !siblings.is_empty() {
        let act = Act::Links { replicas: siblings };
        steps.push(soft(
            &candidate,
            act,
            LINKS_MS,
            "every replica is linked and level".to_owned(),
        ));
    }
    if let Some(ms) = brief.terms.hooks_ms {
        let act = Act::Announce {
            event: "switched".to_owned(),
        };
        steps.push(soft(
            &candidate,
            act,
            ms,
            "run the hooks of `switched`".to_owned(),
        ));
    }
    Ok(Plan {
        version: 1,
        id: brief.id.clone(),
        kind: Kind::Failover,
        cluster: brief.view.name.clone(),
        made_at: brief.made_at.clone(),
        by: brief.by.clone(),
        reason: brief.reason.clone(),
        automatic: false,
        agreed: None,
        facts: Facts {
            master: Some(old.clone()),
            candidate: Some(candidate),
            nodes: brief.facts(),
            point: None,
        },
        budgets: Budgets {
            max_blackout_ms: brief.terms.max_blackout_ms,
            undo_ms: UNDO_MS,
        },
        loss: Some(loss),
        evidence: dead.evidence.clone(),
        notes,
        steps,
    })
}

/// More than 60 % of everything in view is down: the fault is more likely here.
fn mass_failure(brief: &Brief<'_>) -> Result<(), Refusal> {
    let all = brief.view.nodes.iter().filter(|n| n.declared).count();
    let down = brief
        .view
        .nodes
        .iter()
        .filter(|n| n.declared && n.seen().is_none())
        .count();
    if all > 1 && down * 10 > all * 6 {
        return Err(Refusal::new(
            RefusalKind::NoQuorum,
            "failover.mass_failure",
            format!(
                "{down} of the {all} nodes of {} do not answer: the fault may be here",
                brief.view.name
            ),
            "check the network of this host, or try from another",
        ));
    }
    Ok(())
}

fn unreachable_may_be_ahead(brief: &Brief<'_>, old: &Addr) -> Result<(), Refusal> {
    let missing = brief.view.nodes.iter().find(|n| {
        n.addr != *old
            && n.seen().is_none()
            && n.declared
            && !brief.view.memory.quarantined.contains_key(&n.addr)
    });
    match missing {
        None => Ok(()),
        Some(node) => Err(Refusal::unsafe_(
            "candidate.unreachable_may_be_ahead",
            format!(
                "{} does not answer and may hold newer data than every node that does",
                node.name
            ),
            "bring it back, or accept what may be lost with --accept-loss SIZE",
        )),
    }
}

fn affordable(brief: &Brief<'_>, loss: &Loss) -> Result<(), Refusal> {
    let allowed = match brief.accept_loss {
        Consent::All => return Ok(()),
        Consent::Bytes(bytes) => bytes.max(brief.terms.max_loss),
        Consent::None => brief.terms.max_loss,
    };
    match loss.judged_bytes() {
        Some(bytes) if bytes > allowed => Err(Refusal::unsafe_(
            "loss.too_much",
            format!("the failover would lose {loss}; max_loss is {allowed} bytes"),
            format!("bring the old master back, or pass --accept-loss {bytes}B"),
        )),
        Some(_) | None => Ok(()),
    }
}

fn join(addrs: &[Addr]) -> String {
    addrs
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

const VERIFY_MS: u64 = 5_000;
