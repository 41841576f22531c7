//! Makes plans out of views: the checks before the flight, then the steps.
//!
//! A draft either gives a [`Plan`] or a [`Refusal`] with a stable code; it changes nothing.
//!
//! * [`promote`], [`failover`], [`repoint`]: one file a kind; [`restore`]: a role that was not saved
//! * [`treat`]: what should become of a node that is to follow
//! * `heir`: the steps from a promotion on, which two of them share; `fit`: what keeps a switchover from being planned;
//!   `chain`: who has to be moved first; `by_word`: a master that nobody would choose
//! * [`fence`]: which fence a master can be given

mod by_word;
mod chain;
pub mod failover;
pub mod fence;
mod fit;
pub(super) mod heir;
pub mod promote;
mod refusal;
pub mod repoint;
pub mod restore;
#[cfg(test)]
mod tests;
pub mod treat;

use serde::Deserialize;
use serde::Serialize;

pub use self::refusal::Refusal;
pub use self::refusal::RefusalKind;
use self::refusal::none_reachable;
use self::refusal::silent;
use super::choose::Contender;
use super::facts::Flavor;
use super::finding::Finding;
use super::name::Addr;
use super::plan::Act;
use super::plan::Budgets;
use super::plan::Facts;
use super::plan::FollowHow;
use super::plan::Kind;
use super::plan::NodeFact;
use super::plan::Plan;
use super::plan::Step;
use super::plan::TO_WATCHERS;
use super::position::BinlogPoint;
use super::position::Position;
use super::rejoin;
use super::view::ClusterView;
use super::view::NodeView;

/// What every draft needs besides the view: who asks, in which terms, and dice that were drawn outside.
#[derive(Clone, Debug)]
pub struct Brief<'a> {
    pub view: &'a ClusterView,
    /// Everybody but the master, judged.
    pub contenders: Vec<Contender>,
    pub id: String,
    /// RFC 3339.
    pub made_at: String,
    pub by: String,
    pub reason: Option<String>,
    /// Random; becomes the value of the lock and of the probe write.
    pub token: String,
    pub expect_master: Option<Addr>,
    pub accept_loss: Consent,
    pub terms: Terms,
    /// Notes that go into the plan.
    pub notes: Vec<Finding>,
}

/// What the operator agreed to lose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consent {
    None,
    Bytes(u64),
    All,
}

/// Limits and means from the configuration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Terms {
    pub catch_up_ms: u64,
    pub max_blackout_ms: u64,
    pub failover_timeout_ms: u64,
    /// How long a master that is held for dead is waited for when it is asked a last time.
    pub last_look_ms: u64,
    pub max_loss: u64,
    /// A `fence.hook` is configured; its time limit.
    pub fence_hook_ms: Option<u64>,
    /// Watchers or Sentinels are named and must hear of a new master.
    pub watchers: bool,
    /// Hooks are configured for `switched` and the like; the sum of their time limits.
    pub hooks_ms: Option<u64>,
    pub resync_diverged: bool,
}

/// What zones mean for the choice of a candidate.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Zones {
    #[default]
    Ignore,
    /// `prefer-same`: the old master's zone breaks ties.
    PreferSame,
    /// `only-same`: nodes of other zones are never promoted.
    OnlySame,
}

impl Brief<'_> {
    fn name<'b>(&'b self, addr: &'b Addr) -> String {
        self.view
            .node(addr)
            .map_or_else(|| addr.to_string(), |n| n.name.clone())
    }

    fn facts(&self) -> Vec<NodeFact> {
        self.view
            .nodes
            .iter()
            .map(|node| {
                let replication = node.seen().map(|o| &o.replication);
                let verdict =
                    self.contenders
                        .iter()
                        .find(|c| c.addr == node.addr)
                        .map_or("master", |c| {
                            c.verdict
                                .as_ref()
                                .map_or_else(|(code, _)| code.as_str(), |()| "ok")
                        });
                NodeFact {
                    addr: node.addr.clone(),
                    name: node.name.clone(),
                    role: node.role(),
                    master: replication
                        .and_then(|r| r.master.as_ref())
                        .map(|m| self.view.resolve(m)),
                    history_id: replication.and_then(|r| r.history_id.clone()),
                    position: node.position().cloned(),
                    verdict: verdict.to_owned(),
                    torn: torn(self.view, node),
                    vouched: node.vouched.clone(),
                }
            })
            .collect()
    }

    /// A plan of `steps` that makes `candidate` master in the place of `master`, or attaches nodes to `master`. What else
    /// it is to say its draft puts in.
    pub(crate) fn plan(
        &self,
        kind: Kind,
        master: Option<Addr>,
        candidate: Option<Addr>,
        steps: Vec<Step>,
    ) -> Plan {
        Plan {
            version: 1,
            id: self.id.clone(),
            kind,
            cluster: self.view.name.clone(),
            made_at: self.made_at.clone(),
            by: self.by.clone(),
            reason: self.reason.clone(),
            automatic: false,
            agreed: None,
            facts: Facts {
                master,
                candidate,
                nodes: self.facts(),
                point: None,
                epoch: None,
                apart: false,
            },
            budgets: Budgets {
                max_blackout_ms: self.terms.max_blackout_ms,
                undo_ms: UNDO_MS,
            },
            loss: None,
            evidence: Vec::new(),
            notes: Vec::new(),
            steps,
        }
    }

    /// Nodes that an operation that was cut off, or another one, makes it unwise to touch.
    fn no_open_operation(&self) -> Result<(), Refusal> {
        match &self.view.memory.open_operation {
            None => Ok(()),
            Some(id) => Err(Refusal::unsafe_(
                "operation.open",
                format!(
                    "operation {id} on {} was cut off and neither finished nor undone",
                    self.view.name
                ),
                "run `pikafo promote --resume` to finish it or `pikafo promote --abort` to undo it",
            )),
        }
    }

    fn expected(&self, master: &Addr) -> Result<(), Refusal> {
        match &self.expect_master {
            Some(expected) if expected != master => Err(Refusal::unsafe_(
                "master.unexpected",
                format!("the master is {master}, not {expected} as --expect-master says"),
                "look at `pikafo status` and decide again",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Sentinels hear of it before they see a master that they did not choose, and their clients at once.
    fn tell_watchers(&self, candidate: &Addr) -> Option<Step> {
        let act = Act::Announce {
            event: TO_WATCHERS.to_owned(),
        };
        let text = "the watchers hear of the new master".to_owned();
        self.terms
            .watchers
            .then(|| soft(candidate, act, WATCHERS_MS, text))
    }

    /// Steps that move `node` to `master`, and make it stay there over a restart.
    fn follow(&self, node: &Addr, master: &Addr, how: FollowHow, within_ms: u64) -> [Step; 2] {
        let (name, to) = (self.name(node), self.name(master));
        let text = match how {
            FollowHow::Judged | FollowHow::Plain => format!("{name} follows {to}"),
            FollowHow::Repair => format!("{name} is detached from and attached to {to} again"),
            FollowHow::Resync { .. } => format!("{name} discards its data and copies {to}"),
            FollowHow::Discard => format!("{name} discards what {to} lacks and follows it"),
        };
        [
            soft(
                node,
                Act::Follow {
                    master: master.clone(),
                    how,
                },
                within_ms,
                text,
            ),
            soft(node, Act::Persist, 5_000, format!("{name} saves its role")),
        ]
    }
}

/// The node that acts as master of the view: the only one that is reachable and claims to be.
fn sole_master(view: &ClusterView) -> Result<&NodeView, Refusal> {
    let masters: Vec<_> = standing_masters(view);
    match masters.as_slice() {
        [one] => Ok(one),
        [] if view.nodes.iter().all(|n| n.seen().is_none()) => Err(none_reachable(view)),
        [] => Err(Refusal::new(
            RefusalKind::Unsafe,
            "master.none",
            format!(
                "no reachable node of {} is a master{}",
                view.name,
                silent(view)
            ),
            "if it is dead, `pikafo failover` replaces it",
        )),
        [a, b, ..] => Err(Refusal::unsafe_(
            "master.two",
            format!(
                "{} and {} both claim to be master of {}",
                a.addr, b.addr, view.name
            ),
            "see `pikafo status`; `pikafo repoint` attaches the wrong one, fenced and judged first",
        )),
    }
}

/// The master of the view, where it can be told.
pub fn acting_master(view: &ClusterView) -> Option<Addr> {
    sole_master(view).ok().map(|node| node.addr.clone())
}

/// Masters that are not set apart (quarantined) and not merely an empty node that nobody follows.
fn standing_masters(view: &ClusterView) -> Vec<&NodeView> {
    let all: Vec<_> = view
        .masters()
        .filter(|n| !view.memory.quarantined.contains_key(&n.addr))
        .collect();
    if all.len() < 2 {
        return all;
    }
    let followed = |node: &&NodeView| {
        view.nodes.iter().any(|r| {
            r.role().is_replica()
                && r.seen()
                    .and_then(|o| o.replication.master.as_ref())
                    .is_some_and(|m| view.resolve(m) == node.addr)
        })
    };
    all.iter()
        .copied()
        .filter(|n| followed(n) || !unused(n))
        .collect()
}

/// An empty Pika without replicas, beside which any other is the master.
fn unused(node: &NodeView) -> bool {
    node.seen().is_some_and(|o| {
        o.replication
            .history_id
            .as_deref()
            .is_none_or(str::is_empty)
            && o.replication.connected_replicas == Some(0)
            && o.replication.position.as_ref().is_none_or(nothing_written)
            && o.server.flavor == Flavor::Pika
    })
}

/// Before 3.5 no Pika has a history id, and a master without replicas may hold anything. Redis' offset says nothing of that.
fn nothing_written(position: &Position) -> bool {
    match position {
        Position::Pika(dbs) => dbs.values().all(|point| *point == BinlogPoint(0, 0)),
        Position::Redis { .. } => false,
    }
}

/// Where a replica gets its data from, resolved.
fn master_of(view: &ClusterView, node: &NodeView) -> Option<Addr> {
    node.seen()?
        .replication
        .master
        .as_ref()
        .map(|m| view.resolve(m))
}

/// A full copy to it was begun and has not ended, or it never got what came before its stream. Redis keeps account of
/// that by itself.
fn torn(view: &ClusterView, node: &NodeView) -> bool {
    node.seen().is_some_and(|seen| {
        let noted = view.memory.full_sync_unfinished.contains_key(&node.addr);
        let short = view.memory.gaps.contains_key(&node.addr);
        seen.server.flavor == Flavor::Pika && (short || rejoin::torn(&seen.replication, noted))
    })
}

fn hard(node: &Addr, act: Act, within_ms: u64, text: String) -> Step {
    Step {
        act,
        node: node.clone(),
        within_ms,
        hard: true,
        text,
    }
}

fn soft(node: &Addr, act: Act, within_ms: u64, text: String) -> Step {
    Step {
        act,
        node: node.clone(),
        within_ms,
        hard: false,
        text,
    }
}

/// The next step after the point of no return may stall for seconds on Pika; giving up on it early would
/// leave the outcome open, so it is given time.
const PROMOTE_MS: u64 = 10_000;
const UNDO_MS: u64 = 5_000;
const WATCHERS_MS: u64 = 6_000;
/// 12 s were seen on Pika until a link came up that the new master still listed.
const LINKS_MS: u64 = 30_000;
