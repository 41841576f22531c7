//! The plan of a failover: the master is dead; look once more, promote the most advanced, move the rest.

use super::Brief;
use super::Consent;
use super::Refusal;
use super::RefusalKind;
use super::by_word;
use super::chain;
use super::fence;
use super::hard;
use super::heir;
use super::heir::Heir;
use super::master_of;
use super::refusal::none_reachable;
use super::refusal::refuse_choice;
use super::soft;
use super::standing_masters;
use crate::decide::choose;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::health::master::writable_master;
use crate::decide::health::preflight;
use crate::decide::loss;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

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

/// What is left where an operation that was cut off waits for the dead.
const LOST: &str = "; if the nodes that it waits for are lost for good, name the one that is to be master: `pikafo failover NODE --accept-loss all`";

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
                "a failover would not help; `pikafo repoint NODE --to OTHER` attaches the wrong one, fenced and judged first",
            ));
        }
        [] => {}
    }
    let mut pointed: Vec<Addr> = view
        .nodes
        .iter()
        .filter(|n| n.role().is_replica())
        // A closed port that a fence has pointed it at is nobody's address.
        .filter(|n| !n.seen().is_some_and(|o| o.fence.closed_port))
        .filter_map(|n| master_of(view, n))
        .filter(|m| !view.node(m).is_some_and(|n| n.role().is_replica()))
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
    let old = &dead.master;
    let wanted_alone = wanted.filter(|_| brief.accept_loss == Consent::All && !dead.answers);
    // What was cut off may wait for nodes that are lost for good, and those are given up.
    if wanted_alone.is_none() {
        brief.no_open_operation().map_err(|mut open| {
            open.hint.push_str(LOST);
            open
        })?;
    }
    brief.expected(old)?;
    let named = wanted_alone
        .and_then(|wanted| brief.contenders.iter().find(|c| c.addr == *wanted))
        .and_then(|contender| Some((&contender.addr, contender.by_word()?)));
    let mut others = standing_masters(brief.view).into_iter();
    let is_named = |n: &NodeView| named.is_some_and(|(wanted, _)| n.addr == *wanted);
    if let Some(other) =
        others.find(|n| n.addr != *old && !is_named(n) && replaces(brief.view, n, old))
    {
        return Err(Refusal::unsafe_(
            "failover.already",
            format!("{} is master of {} by now", other.name, brief.view.name),
            "somebody else was faster; see `pikafo status`",
        ));
    }
    // Somebody who names a node and gives up the others has looked.
    if wanted.is_none() || brief.accept_loss != Consent::All {
        mass_failure(brief)?;
    }
    let consented = brief.accept_loss != Consent::None;
    if !consented {
        unreachable_may_be_ahead(brief, old)?;
    }
    if let Some((wanted, why)) = named {
        return Ok(by_word::draft(brief, dead, wanted, why));
    }
    let candidate = choose::unplanned(&brief.contenders, wanted, consented)
        .map_err(|no| refuse_choice(&no, &brief.contenders))?;
    let position = brief.view.node(&candidate).and_then(|n| n.position());
    let file_size = brief
        .view
        .node(&candidate)
        .and_then(|n| n.seen())
        .and_then(|o| o.settings.as_ref()?.binlog_file_size);
    let loss = position.map_or_else(
        || Loss::unsampled(brief.terms.max_loss),
        |p| {
            let (samples, max) = (&brief.view.memory.samples, brief.terms.max_loss);
            let loss = loss::estimate(samples, old, p, dead.died_ms, max, file_size);
            if is_newest(brief, &candidate) {
                loss
            } else {
                loss.of_another_history()
            }
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
    let direct: Vec<Addr> = brief
        .view
        .nodes
        .iter()
        .filter(|n| n.addr != *old && n.addr != candidate)
        .filter(|n| n.role().is_replica())
        // An old master behind that fence looks like a replica, and is judged as what it is when it comes to be repaired.
        .filter(|n| !n.seen().is_some_and(|o| o.fence.closed_port))
        // A replica of a replica keeps the one it has.
        .filter(|n| {
            master_of(brief.view, n).is_none_or(|m| m == *old || brief.view.node(&m).is_none())
        })
        .filter(|n| !brief.view.memory.quarantined.contains_key(&n.addr))
        .map(|n| n.addr.clone())
        .collect();
    let siblings = chain::from_the_end(brief, &direct);
    notes.extend(chain::unmade(brief, &candidate, &direct, &siblings));
    notes.extend(preflight::of_plan(brief.view, old, &candidate));
    let needed = heir::replicas_wanted(brief, &candidate);
    notes.extend(alone(brief, &candidate, needed, siblings.len()));
    let rivals = if consented {
        Vec::new()
    } else {
        siblings
            .iter()
            .filter(|s| brief.view.node(s).is_some_and(|n| n.position().is_some()))
            .filter(|s| by_number(brief, &candidate, s))
            .cloned()
            .collect()
    };

    let mut steps = Vec::new();
    let mut old_master = Vec::new();
    let mut over_pause = None;
    if dead.answers {
        let chosen = brief.view.node(old).map(|m| fence::choose(brief, m));
        match chosen {
            Some(Ok((how, more))) => {
                notes.extend(more);
                let text = format!("fence {old_name}: {}", how.label());
                old_master = heir::old_master(brief, old, &candidate, &how);
                over_pause = heir::over_pause(brief, old, &how);
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
        steps.push(last_look(brief, old));
    }
    let still = Act::StillAhead { of: rivals };
    steps.push(hard(
        &candidate,
        still,
        5_000,
        format!("{new_name} is still the most advanced"),
    ));
    let heir = Heir {
        candidate: &candidate,
        siblings: &siblings,
        old_master,
        lift: heir::lift_what_bites(brief, &candidate),
        over_pause,
        verify: verify(brief, &candidate, needed),
    };
    steps.extend(heir.steps(brief, needed));
    steps.extend(heir::settle(brief, &candidate, siblings));
    let (master, candidate) = (Some(old.clone()), Some(candidate));
    Ok(Plan {
        loss: Some(loss),
        evidence: dead.evidence.clone(),
        notes,
        ..brief.plan(Kind::Failover, master, candidate, steps)
    })
}

/// Whether the dead one is gone indeed.
pub(super) fn last_look(brief: &Brief<'_>, old: &Addr) -> Step {
    let text = format!("{} is asked a last time", brief.name(old));
    hard(old, Act::LastLook, brief.terms.last_look_ms, text)
}

/// The proof that the new master takes writes. There is no way back to a dead one, whatever it shows.
pub(super) fn verify(brief: &Brief<'_>, candidate: &Addr, needed: usize) -> Step {
    Step {
        hard: false,
        within_ms: VERIFY_MS,
        ..heir::verify(brief, candidate, needed)
    }
}

/// The candidate's data is of the last history that the master is known to have had.
fn is_newest(brief: &Brief<'_>, candidate: &Addr) -> bool {
    let contender = brief.contenders.iter().find(|c| c.addr == *candidate);
    contender.is_none_or(|c| c.history.is_newest(&brief.view.memory.histories))
}

/// Who is of another history may be further by number, and is behind all the same.
fn by_number(brief: &Brief<'_>, candidate: &Addr, sibling: &Addr) -> bool {
    let of = |addr: &Addr| brief.contenders.iter().find(|c| c.addr == *addr);
    let (Some(own), Some(its)) = (of(candidate), of(sibling)) else {
        return true;
    };
    let at = own.position.as_ref().zip(its.position.as_ref());
    at.is_none_or(|(at, there)| own.history.by_number(at, &its.history, there))
}

/// A master that takes writes, and is none that came back after `old` was promoted in its place.
fn replaces(view: &ClusterView, other: &NodeView, old: &Addr) -> bool {
    let last = view.memory.promotions.last();
    writable_master(other) && last.is_none_or(|promotion| promotion.node != *old)
}

/// Too few replicas to go on with. That is no reason to stay without a master.
fn alone(brief: &Brief<'_>, candidate: &Addr, needed: usize, left: usize) -> Option<Finding> {
    let name = brief.name(candidate);
    if left < needed {
        return Some(Finding::new(
            "candidate.min_replicas",
            Severity::Warning,
            Some(candidate),
            format!(
                "{name} wants {needed} replicas before it takes a write, and would have {left}"
            ),
            format!(
                "CONFIG SET min-replicas-to-write {left} on {name}, or bring the old master back as a replica"
            ),
        ));
    }
    (left == 0).then(|| {
        Finding::new(
            "candidate.stands_alone",
            Severity::Warning,
            Some(candidate),
            format!("{name} would be the only copy until another node follows it"),
            "bring a replica up soon; `pikafo repoint` attaches it",
        )
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
            "check the network of this host, or try from another; if they are lost indeed, name the node that is left: \
             `pikafo failover NODE --accept-loss all`",
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
