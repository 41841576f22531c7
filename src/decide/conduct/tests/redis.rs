//! Redis: its old master counts pings of its own past the point, and its fence ends by itself.

use std::cell::Cell;

use super::Answer;
use super::Conduct;
use super::Outcome;
use super::Record;
use super::begins;
use super::is_done;
use super::puppets::with_rules;
use super::script::Script;
use super::world::stage;
use super::world::story::of_outcome;
use crate::decide::draft;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::view::ClusterView;

/// The steps of a switchover of Redis: a pause, and once there is a new master, rules that last over it.
const PAUSE: usize = 2;
const PROMOTION: usize = 4;
const LASTING: usize = 5;

fn plan() -> Plan {
    draft::promote::draft(&stage::brief(&paused()), Some(&addr(2))).unwrap()
}

/// Three Redis that can be paused, and fenced for longer.
pub(super) fn paused() -> ClusterView {
    let mut view = with_rules(sample::redis());
    for node in &mut view.nodes {
        node.state.as_mut().unwrap().features.pause_write = true;
    }
    view
}

/// Three Redis of which the second is promoted; the first goes on to count.
#[derive(Debug, Default)]
pub(super) struct Servers {
    pub(super) promoted: Cell<bool>,
    /// The new master takes no write and says so.
    useless: Cell<bool>,
    /// The new master was started again, and has begun a history of its own.
    restarted: Cell<bool>,
    /// The old master is behind rules that last.
    fenced: Cell<bool>,
    /// The new master does not answer any more, nor the old one, where it is told to keep its fence.
    away: Cell<bool>,
    deaf: Cell<bool>,
    /// It has counted nothing since there is a new one.
    quiet: Cell<bool>,
    follow: Cell<[bool; 4]>,
}

impl Servers {
    pub(super) fn answer(&self, node: &Addr, order: &Order) -> Result<Answer, Fault> {
        let n = (1..=3).find(|n| addr(*n) == *node).unwrap();
        let mut follow = self.follow.get();
        match order {
            Order::Replication => {
                return Ok(Answer::At(Box::new(self.replication(n))));
            }
            Order::ProbeWrite { .. } if self.useless.get() => {
                return Err(Fault::new(FaultKind::Error, "NOPERM no"));
            }
            Order::ProbeWrite { .. } if self.away.get() => return Err(no_answer()),
            Order::Fence { how } if how.lasts() && self.deaf.get() => return Err(no_answer()),
            Order::Promote { .. } => self.promoted.set(true),
            Order::Follow { master, .. } if *master == addr(2) => {
                follow[usize::from(n)] = true;
                self.follow.set(follow);
            }
            Order::Follow { .. } => self.promoted.set(false),
            Order::Observe => return Ok(Answer::Seen(Box::new(self.observation(n)))),
            Order::Fence { how } if how.lasts() => self.fenced.set(true),
            Order::Unfence { how } if how.lasts() => self.fenced.set(false),
            Order::Fence { .. }
            | Order::Unfence { .. }
            | Order::ClearHistory
            | Order::Persist
            | Order::ProbeWrite { .. }
            | Order::Lock { .. }
            | Order::Unlock { .. }
            | Order::Hooks { .. } => {}
        }
        Ok(Answer::Done)
    }

    fn observation(&self, n: u8) -> Observation {
        let mut view = paused();
        let mut seen = view.nodes.swap_remove(usize::from(n) - 1).state.unwrap();
        seen.replication = self.replication(n);
        if n == 1 && self.fenced.get() {
            seen.fence.acl_users = vec!["default".to_owned()];
        }
        seen
    }

    fn replication(&self, n: u8) -> Replication {
        let new = n == 2 && self.promoted.get();
        let follows = self.follow.get()[usize::from(n)];
        let mut said = if new || (n == 1 && !follows) {
            sample::master(&[]).replication
        } else {
            let of = if follows { 2 } else { 1 };
            sample::replica(of).replication
        };
        said.history_id = Some(if new || follows { "new" } else { "94e8" }.to_owned());
        said.second_history = new.then(|| ("94e8".to_owned(), 1001));
        // Once there is a new master nobody drains the old one any more.
        let repl = match n {
            1 if self.promoted.get() && !follows && !self.quiet.get() => 1014,
            _ => 1000,
        };
        said.position = Some(Position::Redis { repl });
        if new && self.restarted.get() {
            said.history_id = Some("anew".to_owned());
            said.second_history = None;
            said.position = Some(Position::Redis { repl: 0 });
        }
        said.link = if said.role == Role::Master {
            Link::None
        } else {
            Link::Up
        };
        said
    }
}

fn no_answer() -> Fault {
    Fault::new(FaultKind::Timeout, "no answer")
}

pub(super) fn moved(servers: &Servers) -> bool {
    servers.follow.get()[1]
}

/// Records of a run until such a one.
fn until(servers: &Servers, at: impl Fn(&Record) -> bool) -> Vec<Record> {
    cut_off(servers, Conduct::new(plan()), at)
}

/// The same of a run that goes on after a crash.
fn until_again(servers: &Servers, records: &[Record], at: impl Fn(&Record) -> bool) -> Vec<Record> {
    let conduct = Conduct::resume(plan(), records, false, "ops@host");
    cut_off(servers, conduct, at)
}

fn cut_off(servers: &Servers, conduct: Conduct, at: impl Fn(&Record) -> bool) -> Vec<Record> {
    let mut script = Script::new(conduct);
    let end = script.run_until(at, |_, node, order| servers.answer(node, order));
    assert_eq!(end, None);
    script.records
}

fn go_on(servers: &Servers, records: &[Record]) -> Outcome {
    let mut script = Script::new(Conduct::resume(plan(), records, false, "ops@host"));
    script.run(|_, node, order| servers.answer(node, order))
}

#[test]
fn an_old_master_that_counts_on_behind_its_fence_is_attached() {
    let servers = Servers::default();
    let mut script = Script::new(Conduct::new(plan()));
    let outcome = script.run(|_, node, order| servers.answer(node, order));
    assert_eq!(outcome, Outcome::Done);
    assert!(moved(&servers));
}

/// A pause ends while the host is dead, and nobody knows what was written then. Rules that last say that nothing was.
#[test]
fn after_a_crash_only_a_fence_that_lasts_proves_that_it_took_nothing() {
    for (last, proven) in [(is_done(LASTING), true), (is_done(PROMOTION), false)] {
        let servers = Servers::default();
        let records = until(&servers, last);
        let told = of_outcome(&go_on(&servers, &records));
        let apart = told.contains("rejoin.past_point") && told.contains("fence.kept");
        assert_eq!((told == "done", apart), (proven, !proven), "{told}");
        assert_eq!(moved(&servers), proven);
    }
}

/// What lasted in the first try was lifted when that was led back.
#[test]
fn a_fence_of_an_earlier_try_proves_nothing() {
    let servers = Servers::default();
    servers.useless.set(true);
    let lifted =
        |record: &Record| matches!(record, Record::UndoAfter { step, .. } if *step == PAUSE);
    let mut records = until(&servers, lifted);
    assert!(records.iter().any(is_done(LASTING)));
    servers.useless.set(false);
    // The lock was not given back; all of it is taken again, up to the promotion.
    records.extend(until_again(&servers, &records, begins(PROMOTION + 1)));
    let told = of_outcome(&go_on(&servers, &records));
    assert!(told.contains("rejoin.past_point"), "{told}");
    assert!(!moved(&servers));
}

/// Whoever went on after a first crash has laid it over a pause that may have ended by then.
#[test]
fn a_fence_that_was_put_up_after_a_crash_proves_nothing_after_the_next() {
    let servers = Servers::default();
    let mut records = until(&servers, is_done(PROMOTION));
    servers.quiet.set(true);
    records.extend(until_again(&servers, &records, is_done(LASTING)));
    servers.quiet.set(false);
    let told = of_outcome(&go_on(&servers, &records));
    assert!(told.contains("rejoin.past_point"), "{told}");
    assert!(!moved(&servers));
}

/// The watchers free a master that nobody has said to have replaced. Whether it took writes then, its offset does not tell.
#[test]
fn who_was_freed_and_may_have_gone_on_is_not_led_below_the_new_master() {
    for went_on in [true, false] {
        let servers = Servers::default();
        let records = until(&servers, is_done(LASTING));
        servers.fenced.set(false);
        servers.quiet.set(!went_on);
        let told = of_outcome(&go_on(&servers, &records));
        assert_eq!(told.contains("rejoin.past_point"), went_on, "{told}");
        assert_eq!(moved(&servers), !went_on);
    }
}

/// Where everybody holds the new one for the master, nobody lets clients write on the old one.
#[test]
fn who_was_freed_is_led_below_a_master_that_everybody_knows() {
    for told in [true, false] {
        let servers = Servers::default();
        let records = until(&servers, is_done(LASTING));
        servers.fenced.set(false);
        let conduct = Conduct::resume(plan(), &records, false, "ops@host");
        let conduct = if told {
            conduct.with_heir_told()
        } else {
            conduct
        };
        Script::new(conduct).run(|_, node, order| servers.answer(node, order));
        assert_eq!(moved(&servers), told);
    }
}

/// A person is told what holds the old master while he looks.
#[test]
fn who_does_not_know_what_came_of_it_is_told_whether_the_fence_lasts() {
    for deaf in [true, false] {
        let servers = Servers::default();
        servers.away.set(true);
        servers.deaf.set(deaf);
        let mut script = Script::new(Conduct::new(plan()));
        let told = of_outcome(&script.run(|_, node, order| servers.answer(node, order)));
        let (soon, stays) = (told.contains("for a while only"), told.contains("stays up"));
        assert_eq!((soon, stays), (deaf, !deaf), "{told}");
    }
}

/// Its fences are being lifted one after the other, and it is master all the same.
#[test]
fn a_candidate_that_was_to_be_led_back_and_is_master_still_is_not_taken_for_a_replica() {
    let servers = Servers::default();
    servers.useless.set(true);
    let back = |record: &Record| *record == Record::UndoBefore { step: PROMOTION };
    let records = until(&servers, back);
    let lifted =
        |record: &Record| matches!(record, Record::UndoAfter { step, .. } if *step == LASTING);
    assert!(records.iter().any(lifted));
    servers.promoted.set(true);
    servers.useless.set(false);
    let mut script = Script::new(Conduct::resume(plan(), &records, true, "ops@host"));
    let told = of_outcome(&script.run(|_, node, order| servers.answer(node, order)));
    assert!(told.contains("rejoin.past_point"), "{told}");
    assert!(servers.promoted.get());
}

/// Nobody was told of it, and the old master may have taken writes since, which the watchers have freed for that: no number tells.
#[test]
fn a_new_redis_that_has_forgotten_the_old_history_is_not_gone_on_with() {
    for restarted in [true, false] {
        let servers = Servers::default();
        let records = until(&servers, is_done(LASTING));
        servers.restarted.set(restarted);
        let told = of_outcome(&go_on(&servers, &records));
        assert_eq!(told.contains("rejoin.past_point"), restarted, "{told}");
        assert_eq!(moved(&servers), !restarted);
    }
}
