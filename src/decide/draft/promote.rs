//! The plan of a planned switchover: fence, drain, promote, prove, persist, siblings, old master, lift.

use super::Brief;
use super::Refusal;
use super::RefusalKind;
use super::UNDO_MS;
use super::chain;
use super::fence;
use super::fit;
use super::hard;
use super::heir;
use super::heir::Heir;
use super::master_of;
use super::refusal::refuse_choice;
use super::soft;
use super::sole_master;
use crate::decide::choose;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::health::preflight;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::view::NodeView;

/// Plans to make `wanted`, or the best candidate, the master.
pub fn draft(brief: &Brief<'_>, wanted: Option<&Addr>) -> Result<Plan, Refusal> {
    brief.no_open_operation()?;
    let master = sole_master(brief.view)?;
    brief.expected(&master.addr)?;
    if wanted == Some(&master.addr) {
        // Who says so must be able to know.
        fit::sees_enough(brief)?;
        fit::reigns_alone(brief, master)?;
        return Err(Refusal::new(
            RefusalKind::Nothing,
            "candidate.is_master",
            format!(
                "{} is already the master of {}",
                brief.name(&master.addr),
                brief.view.name
            ),
            "nothing to do",
        ));
    }
    fit::not_locked(brief, master)?;
    if master
        .seen()
        .is_some_and(|o| o.replication.failover_under_way)
    {
        return Err(Refusal::unsafe_(
            "master.failover_under_way",
            format!(
                "{} is handing its role over by itself",
                brief.name(&master.addr)
            ),
            "wait until it has ended",
        ));
    }
    fit::sees_enough(brief)?;
    let candidate =
        choose::planned(&brief.contenders, wanted).map_err(|no| refuse_choice(&no, &[]))?;
    let mut notes = brief.notes.clone();
    fit::each_other(brief, master, &candidate)?;
    let (how, more) = fence::choose(brief, master)?;
    notes.extend(more);
    notes.extend(preflight::of_plan(brief.view, &master.addr, &candidate));

    let old = &master.addr;
    let (old_name, new_name) = (brief.name(old), brief.name(&candidate));
    let (direct, absent) = siblings(brief, old, &candidate);
    let siblings = chain::from_the_end(brief, &direct);
    notes.extend(chain::unmade(brief, &candidate, &direct, &siblings));
    for node in &absent {
        notes.push(Finding::new(
            "node.unreachable",
            Severity::Warning,
            Some(node),
            format!(
                "{} does not answer and will still point to {old_name} when it is back",
                brief.name(node)
            ),
            format!("`pikafo repoint {}` once it is back", brief.name(node)),
        ));
    }
    notes.extend(preflight::reach(brief.view, &candidate, &siblings));
    let blackout = brief.terms.max_blackout_ms;
    let token = brief.token.clone();
    let fence_ms = brief.terms.fence_hook_ms.filter(|_| how == FenceHow::Hook);
    let fence_ms = fence_ms.unwrap_or_else(|| (blackout / 4).max(1));

    let lock = Act::Lock {
        token: token.clone(),
        // Set below, once it is known how long the plan may take.
        ttl_s: 0,
    };
    let catch_up = Act::CatchUp {
        candidate: candidate.clone(),
        bytes: CATCH_UP_BYTES,
    };
    let drain = Act::Drain {
        candidate: candidate.clone(),
    };
    let needed = heir::replicas_wanted(brief, &candidate);
    if needed > siblings.len() + 1 {
        return Err(Refusal::unsafe_(
            "candidate.min_replicas",
            format!(
                "{new_name} would refuse writes as master: it wants {needed} replicas and would have {}",
                siblings.len() + 1
            ),
            "lower min-replicas-to-write on it, or add replicas",
        ));
    }
    let mut steps = vec![
        hard(old, lock, 5_000, format!("take the lock on {old_name}")),
        hard(
            old,
            catch_up,
            brief.terms.catch_up_ms,
            format!("{new_name} catches up, nothing paused"),
        ),
        hard(
            old,
            Act::Fence { how: how.clone() },
            fence_ms,
            format!("fence {old_name}: {}", how.label()),
        ),
        hard(
            old,
            drain,
            (blackout / 2).max(1),
            format!("{new_name} comes to the position of {old_name}"),
        ),
    ];
    let heir = Heir {
        candidate: &candidate,
        siblings: &siblings,
        old_master: heir::old_master(brief, old, &candidate, &how),
        lift: None,
        over_pause: heir::over_pause(brief, old, &how),
        verify: heir::verify(brief, &candidate, needed),
    };
    steps.extend(heir.steps(brief, needed));
    // Whoever comes back meanwhile follows the old master, which can follow nobody then.
    let last = |step: &Step| step.node == *old && matches!(step.act, Act::Follow { .. });
    let before = steps.iter().position(last).unwrap_or(steps.len());
    let late = absent
        .iter()
        .flat_map(|node| brief.follow(node, &candidate, FollowHow::Judged, 3_000));
    steps.splice(before..before, late);
    let mut replicas = siblings;
    replicas.push(old.clone());
    steps.extend(heir::settle(brief, &candidate, replicas));
    steps.push(soft(
        &candidate,
        Act::Unlock { token },
        5_000,
        format!("give the lock back on {new_name}"),
    ));

    lasts_longer_than_the_plan(&mut steps);
    let (master, candidate) = (Some(old.clone()), Some(candidate));
    Ok(Plan {
        notes,
        ..brief.plan(Kind::Promote, master, candidate, steps)
    })
}

/// The same once a plan was shown. Of two that are equally good one is closer now and the other in a moment: whoever was shown stays
/// the choice for as long as that one may be promoted.
pub fn draft_as_shown(
    brief: &Brief<'_>,
    wanted: Option<&Addr>,
    shown: Option<&Plan>,
) -> Result<Plan, Refusal> {
    let shown = shown.and_then(|plan| plan.facts.candidate.as_ref());
    if let Some(shown) = shown.filter(|_| wanted.is_none())
        && let Ok(plan) = draft(brief, Some(shown))
    {
        return Ok(plan);
    }
    draft(brief, wanted)
}

/// The lock must not end while somebody still works: every step may take its time, and then be undone.
fn lasts_longer_than_the_plan(steps: &mut [Step]) {
    let steps_ms: u64 = steps.iter().map(|step| step.within_ms).sum();
    for step in steps {
        if let Act::Lock { ttl_s, .. } = &mut step.act {
            *ttl_s = (steps_ms + UNDO_MS + LOCK_MARGIN_MS).div_ceil(1000);
        }
    }
}

/// Replicas that follow the old master and answer; and declared nodes that do not answer. Not who stands apart.
fn siblings(brief: &Brief<'_>, old: &Addr, candidate: &Addr) -> (Vec<Addr>, Vec<Addr>) {
    let others = || {
        brief
            .view
            .nodes
            .iter()
            .filter(|n| n.addr != *old && n.addr != *candidate)
            .filter(|n| !brief.view.memory.quarantined.contains_key(&n.addr))
    };
    let follows_old =
        |n: &&NodeView| n.role().is_replica() && master_of(brief.view, n).as_ref() == Some(old);
    (
        others()
            .filter(follows_old)
            .map(|n| n.addr.clone())
            .collect(),
        others()
            .filter(|n| n.seen().is_none() && n.declared)
            .map(|n| n.addr.clone())
            .collect(),
    )
}

/// For what happens between steps, and so that a person has time to see that something hangs.
const LOCK_MARGIN_MS: u64 = 60_000;
/// What is left at the fence must drain within the blackout.
const CATCH_UP_BYTES: u64 = 64 * 1024;
