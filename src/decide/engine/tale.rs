//! What happened and what was decided, in words: for whoever reads a record or has it replayed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::event::Event;
use super::event::Request;
use super::event::Whom;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::watcher::Id;

/// One thing that was decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Deed {
    pub kind: Kind,
    pub text: String,
}

/// What sort of thing it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An event of Sentinel's, of level notice or higher.
    Notice,
    /// Asked for a vote, or gave one.
    Vote,
    /// The state was to be made durable.
    Persist,
    /// A plan, or a step of it, begins or ends.
    Plan,
    /// A node was given an order that changes something.
    Order,
    /// Somebody was answered.
    Reply,
    /// Everything that happens on quiet days too.
    Small,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Vote => "vote",
            Self::Persist => "persist",
            Self::Plan => "plan",
            Self::Order => "order",
            Self::Reply => "reply",
            Self::Small => "small",
        }
    }
}

/// Tells a history in its order; knows the steps of the plans that it has heard of.
#[derive(Debug, Default)]
pub struct Teller {
    plans: BTreeMap<String, Plan>,
}

impl Teller {
    /// What an action does.
    pub fn deed(&mut self, action: &Action) -> Deed {
        let (kind, text) = match action {
            Action::Emit(notice) => {
                let kind = if notice.level >= Level::Notice {
                    Kind::Notice
                } else {
                    Kind::Small
                };
                (kind, format!("{} {}", notice.channel, notice.payload))
            }
            Action::Persist { durable } => {
                (Kind::Persist, format!("epoch {}", durable.current_epoch))
            }
            Action::AskPeer {
                cluster,
                peer,
                epoch,
                candidate,
                ..
            } => match candidate {
                Some(candidate) => (
                    Kind::Vote,
                    format!(
                        "{cluster}: asks {} to vote for {} in epoch {epoch}",
                        short(peer),
                        short(candidate)
                    ),
                ),
                None => (
                    Kind::Small,
                    format!("{cluster}: asks {} whether the master is down", short(peer)),
                ),
            },
            Action::Journal {
                cluster,
                plan,
                record,
            } => (
                Kind::Plan,
                format!("{cluster}: {}", self.record(plan, record)),
            ),
            Action::Order {
                cluster,
                node,
                order,
                ..
            } => {
                let kind = if order.acts() {
                    Kind::Order
                } else {
                    Kind::Small
                };
                (kind, format!("{cluster}: {node} {}", ordered(order)))
            }
            Action::Withdraw { cluster, operation } => {
                (Kind::Order, format!("{cluster}: withdraws {operation}"))
            }
            Action::Reply { ticket, reply } => replied(*ticket, reply),
            Action::Reconfigured {
                cluster, from, to, ..
            } => (
                Kind::Small,
                format!("{cluster}: clients from {from} to {to}"),
            ),
            Action::Hooks { cluster, event, .. } => {
                (Kind::Order, format!("{cluster}: hooks of {event}"))
            }
            Action::SpreadPause { cluster, pause, .. } => {
                let word = if pause.is_some() { "held" } else { "released" };
                (
                    Kind::Order,
                    format!("{cluster}: tells others that failover is {word}"),
                )
            }
            Action::Probe {
                cluster,
                node,
                pace,
            } => (Kind::Small, format!("{cluster}: probes {node}, {pace:?}")),
            Action::Look { cluster, node } => (Kind::Small, format!("{cluster}: looks at {node}")),
            Action::Leave { cluster, node } => (Kind::Small, format!("{cluster}: leaves {node}")),
            Action::Meet { peer, addr } => {
                (Kind::Small, format!("meets {} at {addr}", short(peer)))
            }
            Action::Part { peer } => (Kind::Small, format!("parts from {}", short(peer))),
            Action::SayHello { hello, now } => {
                let now = if *now { ", at once" } else { "" };
                (Kind::Small, format!("says hello {hello}{now}"))
            }
            Action::Fetch { cluster, peer } => (
                Kind::Small,
                format!("{cluster}: fetches promotions from {}", short(peer)),
            ),
            Action::AskFences { cluster, peer } => (
                Kind::Small,
                format!("{cluster}: asks {} about fences", short(peer)),
            ),
            Action::ListenAnew { cluster } => (Kind::Small, format!("{cluster}: listens anew")),
            Action::Remember { cluster, .. } => (Kind::Small, format!("{cluster}: remembers")),
            Action::Tell { ticket, .. } => (Kind::Small, format!("tells {ticket} how it goes")),
            Action::Wake { at_us } => (Kind::Small, format!("wakes at {} ms", at_us / 1000)),
        };
        Deed { kind, text }
    }

    /// Those of a batch that are no quiet day's.
    pub fn deeds(&mut self, actions: &[Action]) -> Vec<Deed> {
        let all = actions.iter().map(|action| self.deed(action));
        all.filter(|deed| deed.kind != Kind::Small).collect()
    }

    fn record(&mut self, plan: &str, record: &Record) -> String {
        if let Record::Begin { plan: begun } = record {
            self.plans.insert(plan.to_owned(), (**begun).clone());
        }
        let step = |step: usize| {
            let known = self.plans.get(plan).and_then(|plan| plan.steps.get(step));
            known.map_or_else(|| format!("step {}", step + 1), |s| s.text.clone())
        };
        let text = match record {
            Record::Begin { plan } => {
                let to = plan.facts.candidate.as_ref();
                let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
                format!("begins {}{to}, plan {}", plan.kind.word(), plan.id)
            }
            Record::Resume { abort: true, .. } => format!("aborts plan {plan}"),
            Record::Resume { abort: false, .. } => format!("resumes plan {plan}"),
            Record::Before { step: n, .. } => format!("begins: {}", step(*n)),
            Record::After { step: n, ok, .. } => {
                format!("{}: {}", if *ok { "done" } else { "failed" }, step(*n))
            }
            Record::UndoBefore { step: n } => format!("undoes: {}", step(*n)),
            Record::UndoAfter { step: n, ok, .. } => {
                let word = if *ok { "undone" } else { "not undone" };
                format!("{word}: {}", step(*n))
            }
            Record::End { outcome, .. } => format!("ends plan {plan}: {}", ended(outcome)),
        };
        if matches!(record, Record::End { .. }) {
            self.plans.remove(plan);
        }
        text
    }
}

/// What happened.
pub fn event(event: &Event) -> String {
    match event {
        Event::Configure { spec, .. } => format!("{}: configured", spec.name),
        Event::Forget { cluster } => format!("{cluster}: not to be watched any more"),
        Event::Quiet { whom, fault, .. } => format!("{} is silent: {fault}", who(whom)),
        Event::Heard { whom } => format!("{} is heard", who(whom)),
        Event::Seen {
            cluster,
            node,
            observation,
            ..
        } => {
            let role = observation.replication.role.word();
            format!("{cluster}: {node} was looked at: {role}")
        }
        Event::Replication {
            cluster,
            node,
            replication,
            ..
        } => format!("{cluster}: {node} has news: {}", replication.role.word()),
        Event::Again { cluster, node, .. } => format!("{cluster}: {node} is as it was"),
        Event::Moved { cluster, node, .. } => format!("{cluster}: {node} has moved on"),
        Event::Hello { hello } => format!(
            "{}: hello of {} at {}, epoch {}, master {}",
            hello.cluster,
            short(&hello.id),
            hello.addr,
            hello.current_epoch,
            hello.master
        ),
        Event::Ballot {
            cluster,
            peer,
            down,
            leader,
            leader_epoch,
            ..
        } => {
            let down = if *down { "down" } else { "not down" };
            let vote = leader.as_ref().map(|leader| {
                format!(
                    ", its vote of epoch {leader_epoch} is for {}",
                    short(leader)
                )
            });
            let vote = vote.unwrap_or_default();
            format!("{cluster}: {} says {down}{vote}", short(peer))
        }
        Event::Learned { cluster, peer, .. } => {
            format!("{cluster}: {} told of promotions", short(peer))
        }
        Event::Told {
            cluster,
            peer,
            told,
            ..
        } => {
            let list = |nodes: Vec<&Addr>| {
                let nodes: Vec<String> = nodes.into_iter().map(ToString::to_string).collect();
                nodes.join(", ")
            };
            let at = told.samples.last();
            let at = at.map(|s| format!("; has seen its master at {}", s.position));
            let gaps = list(told.gaps.keys().collect());
            let gaps = Some(gaps).filter(|gaps| !gaps.is_empty());
            let gaps = gaps.map(|gaps| format!(", lacking something [{gaps}]"));
            format!(
                "{cluster}: {} told of fences on [{}], apart [{}], at work on [{}]{}{}",
                short(peer),
                list(told.fences.keys().collect()),
                list(told.apart.keys().collect()),
                list(told.busy.iter().collect()),
                gaps.unwrap_or_default(),
                at.unwrap_or_default()
            )
        }
        Event::Recalled {
            cluster, lapsed, ..
        } => {
            let how = if *lapsed { "has gone" } else { "has done" };
            format!("{cluster}: whoever acted alone {how}")
        }
        Event::Asked { request, .. } => asked(request),
        Event::Answer {
            cluster, result, ..
        } => match result {
            Ok(_) => format!("{cluster}: an order was answered"),
            Err(fault) => format!("{cluster}: an order failed: {fault}"),
        },
        Event::NotPersisted { why } => format!("the state was not saved: {why}"),
        Event::JournalLost { cluster } => format!("{cluster}: the journal cannot be written"),
        Event::JournalBack { cluster } => format!("{cluster}: the journal can be written again"),
        Event::Periods { periods } => format!(
            "periods from now on: {} ms between questions, {} ms aside, {} ms for votes",
            periods.ask_ms, periods.tilt_ms, periods.election_ms
        ),
        Event::Stalled { gap_ms } => format!("stood still for {gap_ms} ms"),
        Event::Wake => "time".to_owned(),
    }
}

fn asked(request: &Request) -> String {
    match request {
        Request::Vote {
            master,
            epoch,
            candidate,
        } => match candidate {
            Some(candidate) => {
                format!("{} asks for a vote, epoch {epoch}", short(candidate))
            }
            None => format!("somebody asks whether {master} is down"),
        },
        Request::Failover { cluster } => format!("{cluster}: SENTINEL FAILOVER"),
        Request::Reset { cluster } => format!("{cluster}: SENTINEL RESET"),
        Request::Operate { cluster, wish } => {
            format!("{cluster}: {} wants {}", wish.by, wish.kind)
        }
        Request::Pause { cluster, by, .. } => format!("{cluster}: {by} holds failover"),
        Request::Resume { cluster, by, .. } => format!("{cluster}: {by} releases failover"),
        Request::StandBack { cluster } => format!("{cluster}: another pikafo acts alone"),
        Request::Left { cluster, fences } => {
            let nodes: Vec<String> = fences.keys().map(ToString::to_string).collect();
            format!(
                "{cluster}: another pikafo leaves {} fenced",
                nodes.join(", ")
            )
        }
        Request::Interrupt { cluster } => {
            format!("{cluster}: whoever asked for it wants it stopped")
        }
    }
}

fn replied(ticket: u64, reply: &Reply) -> (Kind, String) {
    match reply {
        Reply::Vote {
            leader: Some(leader),
            leader_epoch,
            ..
        } => (
            Kind::Vote,
            format!("votes for {} in epoch {leader_epoch}", short(leader)),
        ),
        Reply::Vote {
            down, leader: None, ..
        } => {
            let down = if *down { "down" } else { "not down" };
            (Kind::Small, format!("says {down}"))
        }
        Reply::Done => (Kind::Reply, format!("{ticket}: done")),
        Reply::Error { line } => (Kind::Reply, format!("{ticket}: {line}")),
        Reply::Planned { plan } => {
            let steps = plan.steps.len();
            (
                Kind::Reply,
                format!("{ticket}: {} in {steps} steps", plan.kind.word()),
            )
        }
        Reply::Refused { code, text, .. } => {
            (Kind::Reply, format!("{ticket}: refused, {code}: {text}"))
        }
        Reply::Ended { outcome, .. } => (Kind::Reply, format!("{ticket}: {}", ended(outcome))),
    }
}

fn ordered(order: &Order) -> String {
    match order {
        Order::Observe => "is looked at".to_owned(),
        Order::Replication => "is asked for its position".to_owned(),
        Order::Fence { how } => format!("is fenced: {}", how.label()),
        Order::Unfence { how } => format!("is freed: {}", how.label()),
        Order::Promote { .. } => "becomes master".to_owned(),
        Order::Follow { master, force } => {
            let force = if *force { " and forgets its data" } else { "" };
            format!("follows {master}{force}")
        }
        Order::ClearHistory => "forgets its history".to_owned(),
        Order::Persist => "saves its configuration".to_owned(),
        Order::ProbeWrite { .. } => "is written to".to_owned(),
        Order::Lock { .. } => "is locked".to_owned(),
        Order::Unlock { .. } => "is unlocked".to_owned(),
        Order::Hooks { event, .. } => format!("hooks of {event}"),
    }
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Finished => "finished".to_owned(),
        Outcome::Incomplete { left } => {
            let codes: Vec<&str> = left.iter().map(|finding| finding.code.as_str()).collect();
            format!("incomplete, {}", codes.join(", "))
        }
        Outcome::Refused { why } => format!("refused, {why}"),
        Outcome::Undone { why } => format!("undone, {why}"),
        Outcome::Interrupted => "interrupted".to_owned(),
        Outcome::Unknown { why } => format!("unknown, {why}"),
    }
}

fn who(whom: &Whom) -> String {
    match whom {
        Whom::Node { cluster, addr } => format!("{cluster}: {addr}"),
        Whom::Watcher { id } => format!("watcher {}", short(id)),
    }
}

/// Eight digits tell watchers apart for an eye.
fn short(id: &Id) -> &str {
    id.as_str().get(..8).unwrap_or_default()
}
