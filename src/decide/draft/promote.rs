//! The plan of a planned switchover: fence, drain, promote, prove, persist, siblings, old master, lift.

use super::Brief;
use super::LINKS_MS;
use super::PROMOTE_MS;
use super::Refusal;
use super::RefusalKind;
use super::UNDO_MS;
use super::fence;
use super::hard;
use super::master_of;
use super::refuse_choice;
use super::soft;
use super::sole_master;
use crate::decide::choose;
use crate::decide::facts::Flavor;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Budgets;
use crate::decide::plan::Facts;
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
    not_locked(brief, master)?;
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
    let candidate = choose::planned(&brief.contenders, wanted).map_err(|no| refuse_choice(&no))?;
    let mut notes = brief.notes.clone();
    fit(brief, master, &candidate)?;
    let (how, more) = fence::choose(brief, master)?;
    notes.extend(more);

    let old = &master.addr;
    let (old_name, new_name) = (brief.name(old), brief.name(&candidate));
    let (siblings, absent) = siblings(brief, old, &candidate);
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
    let needed = replicas_wanted(brief, &candidate);
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
        hard(
            &candidate,
            Act::Promote,
            PROMOTE_MS,
            format!("promote {new_name}"),
        ),
    ];
    steps.extend(over_pause(brief, old, &how));
    let verify = verify(brief, &candidate, needed);
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
    // Pika refuses to follow while it has replicas; and a replica of Redis' old master would receive the
    // new master's writes through it, and be past the promotion point before it is judged. So that one comes last.
    let mut moves: Vec<Vec<Step>> = siblings
        .iter()
        .map(|sibling| {
            brief
                .follow(sibling, &candidate, FollowHow::Judged, 15_000)
                .into()
        })
        .collect();
    moves.push(old_master(brief, old, &candidate, &how));
    steps.extend(with_verify(moves, needed, later));
    for node in &absent {
        steps.extend(
            brief
                .follow(node, &candidate, FollowHow::Judged, 3_000)
                .into_iter()
                .take(1),
        );
    }
    let mut replicas = siblings;
    replicas.push(old.clone());
    steps.push(soft(
        &candidate,
        Act::Links { replicas },
        LINKS_MS,
        "every replica is linked and level".to_owned(),
    ));
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
    steps.push(soft(
        &candidate,
        Act::Unlock { token },
        5_000,
        format!("give the lock back on {new_name}"),
    ));

    lasts_longer_than_the_plan(&mut steps);
    Ok(Plan {
        version: 1,
        id: brief.id.clone(),
        kind: Kind::Promote,
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
            max_blackout_ms: blackout,
            undo_ms: UNDO_MS,
        },
        loss: None,
        evidence: Vec::new(),
        notes,
        steps,
    })
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

/// A pause ends by itself, perhaps before everybody has moved and certainly after a crash of this host; so once there
/// is a new master, a fence that lasts is laid over it.
pub(super) fn over_pause(brief: &Brief<'_>, old: &Addr, how: &FenceHow) -> Option<Step> {
    let how = lasting_over(brief, old, how)?;
    let text = format!("keep {} fenced: {}", brief.name(old), how.label());
    Some(soft(old, Act::Fence { how }, 2_000, text))
}

fn lasting_over(brief: &Brief<'_>, old: &Addr, how: &FenceHow) -> Option<FenceHow> {
    let pause = matches!(how, FenceHow::Pause { .. });
    fence::lasting(brief.view.node(old)?).filter(|_| pause)
}

/// How many replicas a node wants before it takes a write as master.
pub(super) fn replicas_wanted(brief: &Brief<'_>, candidate: &Addr) -> usize {
    let settings = brief
        .view
        .node(candidate)
        .and_then(|n| n.seen()?.settings.as_ref());
    settings
        .and_then(|s| s.min_replicas_to_write)
        .map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX))
}

/// The proof that the new master takes writes. Once replicas were moved to it there is no way back.
pub(in crate::decide) fn verify(brief: &Brief<'_>, candidate: &Addr, needed: usize) -> Step {
    let token = brief.token.clone();
    let text = format!("{} accepts a write", brief.name(candidate));
    let act = Act::Verify { token };
    if needed == 0 {
        hard(candidate, act, 3_000, text)
    } else {
        soft(candidate, act, REPLICAS_COUNT_MS, text)
    }
}

/// The proof comes as soon as so many replicas as the new master wants have been moved to it.
pub(super) fn with_verify(
    mut moves: Vec<Vec<Step>>,
    needed: usize,
    mut verify: Option<Step>,
) -> Vec<Step> {
    if flaw::on(Flaw::SiblingsLeft) {
        moves.drain(..moves.len().saturating_sub(1));
    }
    let mut steps = Vec::new();
    for (moved, one) in (1..).zip(moves) {
        steps.extend(one);
        if moved >= needed {
            steps.extend(verify.take());
        }
    }
    steps.extend(verify);
    steps
}

/// The old master follows, then its fence is lifted. One that holds writes of its own stays apart, and fenced.
pub(super) fn old_master(brief: &Brief<'_>, old: &Addr, new: &Addr, how: &FenceHow) -> Vec<Step> {
    let name = brief.name(old);
    let [follow, persist] = brief.follow(old, new, FollowHow::Judged, OLD_MASTER_MS);
    let mut steps = vec![follow];
    // What the pause holds back is refused as on any replica, and not for want of rights: so the pause ends last.
    if let Some(over) = lasting_over(brief, old, how) {
        let text = format!("lift the lasting fence on {name}");
        steps.push(soft(old, Act::Unfence { how: over }, 10_000, text));
    }
    if *how != FenceHow::Open {
        steps.push(soft(
            old,
            Act::Unfence { how: how.clone() },
            10_000,
            format!("lift the fence on {name}"),
        ));
    }
    // Only now: CONFIG REWRITE would save a fence that lives in the configuration.
    steps.push(persist);
    steps
}

/// Replicas that follow the old master and answer; and declared nodes that do not answer.
fn siblings(brief: &Brief<'_>, old: &Addr, candidate: &Addr) -> (Vec<Addr>, Vec<Addr>) {
    let others = || {
        brief
            .view
            .nodes
            .iter()
            .filter(|n| n.addr != *old && n.addr != *candidate)
    };
    let follows_old = |n: &&NodeView| {
        matches!(n.role(), Role::Replica | Role::Chained)
            && master_of(brief.view, n).as_ref() == Some(old)
    };
    let quarantined = |n: &&NodeView| brief.view.memory.quarantined.contains_key(&n.addr);
    (
        others()
            .filter(follows_old)
            .filter(|n| !quarantined(n))
            .map(|n| n.addr.clone())
            .collect(),
        others()
            .filter(|n| n.seen().is_none() && n.declared)
            .map(|n| n.addr.clone())
            .collect(),
    )
}

fn not_locked(brief: &Brief<'_>, master: &NodeView) -> Result<(), Refusal> {
    match master.seen().and_then(|o| o.lock.as_deref()) {
        Some(holder) if !holder.is_empty() => Err(Refusal::unsafe_(
            "operation.locked",
            format!(
                "somebody else works on {}: pikafo:lock on {} is {holder}",
                brief.view.name, master.addr
            ),
            "wait for it to end; the lock expires by itself",
        )),
        Some(_) | None => Ok(()),
    }
}

/// What makes the two unfit to change places.
fn fit(brief: &Brief<'_>, master: &NodeView, candidate: &Addr) -> Result<(), Refusal> {
    let Some(candidate) = brief.view.node(candidate) else {
        return Ok(());
    };
    let (Some(old), Some(new)) = (master.seen(), candidate.seen()) else {
        return Ok(());
    };
    if old.server.flavor != new.server.flavor {
        let text = format!(
            "{} is {} and {} is {}",
            master.addr,
            old.server.flavor.word(),
            candidate.addr,
            new.server.flavor.word()
        );
        return Err(Refusal::unsafe_(
            "node.flavor_differs",
            text,
            "they cannot replicate from each other",
        ));
    }
    let (Some(old_settings), Some(new_settings)) = (&old.settings, &new.settings) else {
        return Ok(());
    };
    if old_settings.write_binlog == Some(false) || new_settings.write_binlog == Some(false) {
        return Err(Refusal::unsafe_(
            "node.write_binlog_off",
            "write-binlog is `no`, so replicas miss what is written",
            "set it to `yes` on every node and resync the replicas",
        ));
    }
    if old_settings.databases != new_settings.databases {
        return Err(Refusal::unsafe_(
            "node.databases_differ",
            format!(
                "{} and {} have not the same number of databases",
                master.addr, candidate.addr
            ),
            "make `databases` equal; Pika never links such nodes",
        ));
    }
    if let (Some(old_size), Some(new_size)) =
        (old_settings.binlog_file_size, new_settings.binlog_file_size)
        && old_size != new_size
    {
        return Err(Refusal::unsafe_(
            "node.binlog_file_sizes_differ",
            format!(
                "{} rolls its binlog files at {old_size} bytes and {} at {new_size}, so their positions never agree",
                master.addr, candidate.addr
            ),
            "make `binlog-file-size` equal, restart, and resync the replica that differed",
        ));
    }
    let pika = old.server.flavor == Flavor::Pika;
    if pika
        && new_settings.requirepass_set == Some(true)
        && new_settings.requirepass_token != old_settings.masterauth_token
    {
        return Err(Refusal::unsafe_(
            "auth.masterauth_differs",
            format!(
                "the masterauth of {} is not the requirepass of {}",
                master.addr, candidate.addr
            ),
            "set masterauth on every node to the requirepass that all of them share",
        ));
    }
    Ok(())
}

/// For what happens between steps, and so that a person has time to see that something hangs.
const LOCK_MARGIN_MS: u64 = 60_000;
/// What is left at the fence must drain within the blackout.
const CATCH_UP_BYTES: u64 = 64 * 1024;
/// A replica counts once it has acknowledged, which Redis' replicas do every second.
const REPLICAS_COUNT_MS: u64 = 10_000;
/// Ghosts of replicas have been seen for 3 s, and for over 40 s where one was stopped.
const OLD_MASTER_MS: u64 = 60_000;
