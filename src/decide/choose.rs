//! Which node becomes master.

use std::cmp::Ordering;

use super::draft::Zones;
use super::facts::Role;
use super::flaw;
use super::flaw::Flaw;
use super::health::master::Belief;
use super::history::History;
use super::name::Addr;
use super::position::Position;
use super::position::Relation;
use super::verdict;
use super::verdict::Case;
use super::view::ClusterView;
use super::view::Wish;

/// A node that may be considered.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Contender {
    pub addr: Addr,
    pub name: String,
    pub wish: Wish,
    /// Smaller wins, as everywhere; `None` sorts as 100.
    pub priority: Option<u32>,
    /// In the zone that is preferred.
    pub home_zone: bool,
    /// It has replicas of its own. They keep it; but Pika follows nobody while it has some, so there is no way back.
    pub chained: bool,
    /// As master it would refuse every write.
    pub full: bool,
    /// It stands behind a fence, which is to be lifted first.
    pub fenced: bool,
    pub position: Option<Position>,
    pub history: History,
    /// `Ok` or the reason against it, as a verdict's code and text.
    pub verdict: Result<(), (String, String)>,
    /// It is whole, and fit to be master: somebody who gives up what the others hold may name it in place of a dead one,
    /// whatever the verdict.
    pub whole: bool,
    /// Nothing is against it but that its link was lost before the master died. What it lacks for that is lost like
    /// whatever else is, so whoever agrees to a loss agrees to it.
    pub lost_link: bool,
}

impl Contender {
    /// Why it can become master by somebody's word alone: it stands apart, or is no replica of the master. `None` where it
    /// may be promoted, or not even then.
    pub fn by_word(&self) -> Option<&str> {
        let whole = self.whole && !self.lost_link;
        let refused = self.verdict.as_ref().err().filter(|_| whole)?;
        Some(&refused.1)
    }

    fn may_be_chosen(&self, consented: bool) -> bool {
        self.verdict.is_ok() || consented && self.lost_link
    }
}

/// Why nobody is chosen.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoChoice {
    #[error("no node may be promoted: {}", list(.0))]
    NobodyEligible(Vec<(String, String)>),
    #[error("{0} and {1} each hold writes that the other lacks")]
    Incomparable(Addr, Addr),
    #[error("{addr} is ahead of every node that may be promoted, but {why}")]
    AheadButIneligible { addr: Addr, why: String },
    #[error("{name} may not be promoted: {why}")]
    NotThatOne {
        name: String,
        code: String,
        why: String,
    },
}

/// For a planned switchover: the wish, the zone, the priority, whoever has no replicas; then the one that is closest,
/// then the smallest address. Nobody can be ahead of the drained master.
pub fn planned(contenders: &[Contender], wanted: Option<&Addr>) -> Result<Addr, NoChoice> {
    if let Some(wanted) = wanted {
        return named(contenders, wanted, false);
    }
    let mut able: Vec<&Contender> = eligible(contenders, false)?;
    able.sort_by(|a, b| {
        preference(a, b)
            .then_with(|| advance(a, b))
            .then_with(|| a.addr.cmp(&b.addr))
    });
    able.first()
        .map(|c| c.addr.clone())
        .ok_or_else(|| NoChoice::NobodyEligible(Vec::new()))
}

/// For a failover: the most advanced of all, whatever anybody would prefer; preference breaks ties only.
/// `consented` allows a choice although a node that is ahead cannot be taken, and one that lost its link before.
pub fn unplanned(
    contenders: &[Contender],
    wanted: Option<&Addr>,
    consented: bool,
) -> Result<Addr, NoChoice> {
    if flaw::on(Flaw::PriorityBeforePosition) {
        return planned(contenders, wanted);
    }
    // Whoever is asked for is told of before the others.
    if let Some(wanted) = wanted {
        named(contenders, wanted, consented)?;
    }
    let able = eligible(contenders, consented)?;
    let mut best: Vec<&Contender> = Vec::new();
    for one in &able {
        let beaten = able
            .iter()
            .any(|other| relation(one, other) == Relation::Behind);
        if !beaten {
            best.push(one);
        }
    }
    for (i, a) in best.iter().enumerate() {
        for b in best.iter().skip(i + 1) {
            if relation(a, b) == Relation::Incomparable && !consented {
                return Err(NoChoice::Incomparable(a.addr.clone(), b.addr.clone()));
            }
        }
    }
    best.sort_by(|a, b| preference(a, b).then_with(|| a.addr.cmp(&b.addr)));
    let chosen = match wanted {
        Some(wanted) => able.iter().find(|c| c.addr == *wanted).copied(),
        None => best.first().copied(),
    };
    let Some(chosen) = chosen else {
        return Err(NoChoice::NobodyEligible(Vec::new()));
    };
    if !consented {
        let others = contenders.iter().filter(|c| c.addr != chosen.addr);
        for other in others.filter(|c| !has_diverged(c)) {
            if matches!(
                relation(chosen, other),
                Relation::Behind | Relation::Incomparable
            ) && other.position.is_some()
            {
                let why = match &other.verdict {
                    Ok(()) => format!("{} was asked for", chosen.name),
                    Err((_, text)) => text.clone(),
                };
                return Err(NoChoice::AheadButIneligible {
                    addr: other.addr.clone(),
                    why,
                });
            }
        }
    }
    Ok(chosen.addr.clone())
}

/// Everybody but the master, judged.
pub fn contenders(
    view: &ClusterView,
    belief: &Belief,
    case: Case<'_>,
    zones: Zones,
) -> Vec<Contender> {
    let home = belief.node(view).and_then(|n| n.zone.clone());
    view.nodes
        .iter()
        .filter(|node| Some(&node.addr) != belief.master.as_ref())
        .map(|node| {
            let at_home = home.is_some() && node.zone == home;
            let abroad = zones == Zones::OnlySame && home.is_some() && !at_home;
            let judge = |case| {
                let verdict = verdict::judge(view, belief, node, case);
                if verdict.ok && abroad {
                    Err((
                        "zone".to_owned(),
                        "it is in another zone, and zones is only-same".to_owned(),
                    ))
                } else if verdict.ok {
                    Ok(())
                } else {
                    Err((verdict.code, verdict.text))
                }
            };
            let verdict = judge(case);
            let lost_link = verdict.is_err()
                && matches!(case, Case::Unplanned { .. })
                && judge(Case::Unplanned { unlinked: &[] }).is_ok();
            Contender {
                addr: node.addr.clone(),
                name: node.name.clone(),
                wish: node.promote,
                priority: node.seen().and_then(|o| o.replication.priority),
                home_zone: zones != Zones::Ignore && at_home,
                chained: node.role() == Role::Chained,
                full: node
                    .seen()
                    .is_some_and(|seen| seen.refuses_writes.is_some()),
                fenced: node.seen().is_some_and(|seen| seen.fence.bites()),
                position: node.position().cloned(),
                history: node.seen().map_or_else(History::default, |seen| {
                    History::of(seen, &view.memory.histories)
                }),
                verdict,
                whole: verdict::is_whole(view, node),
                lost_link,
            }
        })
        .collect()
}

fn named(contenders: &[Contender], wanted: &Addr, consented: bool) -> Result<Addr, NoChoice> {
    let one = contenders.iter().find(|c| c.addr == *wanted);
    let (name, verdict) = match one {
        Some(one) if one.may_be_chosen(consented) => return Ok(wanted.clone()),
        Some(one) => (one.name.clone(), one.verdict.clone()),
        None => (
            wanted.to_string(),
            Err((
                "candidate.unknown".to_owned(),
                "it is no node of this cluster".to_owned(),
            )),
        ),
    };
    verdict
        .map(|()| wanted.clone())
        .map_err(|(code, why)| NoChoice::NotThatOne { name, code, why })
}

fn eligible(contenders: &[Contender], consented: bool) -> Result<Vec<&Contender>, NoChoice> {
    let able = contenders.iter().filter(|c| c.may_be_chosen(consented));
    let able: Vec<_> = able.collect();
    if able.is_empty() {
        let why = contenders
            .iter()
            .filter_map(|c| Some((c.name.clone(), c.verdict.as_ref().err()?.1.clone())));
        return Err(NoChoice::NobodyEligible(why.collect()));
    }
    Ok(able)
}

fn relation(a: &Contender, b: &Contender) -> Relation {
    match (&a.position, &b.position) {
        (Some(at), Some(its)) => match a.history.relation(at, &b.history, its) {
            Some(relation) => relation,
            // Who is elsewhere need not hold it up.
            None if is_elsewhere(a) || is_elsewhere(b) => at.relation(its),
            None => Relation::Incomparable,
        },
        (Some(_), None) => Relation::Ahead,
        (None, Some(_)) => Relation::Behind,
        (None, None) => Relation::Equal,
    }
}

/// It stands apart: what it has more than the master is of a history of its own, and was lost to the master while that lived.
fn has_diverged(contender: &Contender) -> bool {
    let verdict = contender.verdict.as_ref();
    verdict.is_err_and(|(code, _)| code == "quarantined")
}

/// It is no replica of the master any more, or stands apart.
fn is_elsewhere(contender: &Contender) -> bool {
    let codes = ["quarantined", "not_replica", "chained", "other_master"];
    let verdict = contender.verdict.as_ref();
    verdict.is_err_and(|(code, _)| codes.contains(&code.as_str()))
}

fn preference(a: &Contender, b: &Contender) -> Ordering {
    a.lost_link
        .cmp(&b.lost_link)
        .then_with(|| a.full.cmp(&b.full))
        .then_with(|| a.fenced.cmp(&b.fenced))
        .then_with(|| a.wish.cmp(&b.wish))
        .then_with(|| b.home_zone.cmp(&a.home_zone))
        .then_with(|| a.priority.unwrap_or(100).cmp(&b.priority.unwrap_or(100)))
        .then_with(|| a.chained.cmp(&b.chained))
}

fn advance(a: &Contender, b: &Contender) -> Ordering {
    match relation(a, b) {
        Relation::Ahead => Ordering::Less,
        Relation::Behind => Ordering::Greater,
        Relation::Equal | Relation::Incomparable => Ordering::Equal,
    }
}

fn list(reasons: &[(String, String)]) -> String {
    reasons
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
pub(super) mod tests;
