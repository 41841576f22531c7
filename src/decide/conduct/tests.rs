//! Golden histories: what the conductor does when all goes well and when it does not, told as stories in a
//! small [`world`]. Each also keeps every promise of [`world::promise`].
//!
//! * [`promote`], [`promoted`], [`failover`], [`repoint`]: one file a kind; [`stops`]: interrupts and lost journals;
//!   [`crashes`]: resumed and aborted after every record; [`stock`]: what is found at the point of no return;
//!   [`theirs`]: where the watchers have gone on; [`memory`]: what is remembered of them; [`struck`]: under whatever trouble
//! * [`conditions`], [`waits`]: when a step is taken, and how long it is waited for
//! * [`fences`]: what is put up is lifted, or told; [`judged`], `vouched`: who may follow by then, with [`puppets`];
//!   [`detached`]: who was led away before;
//!   [`redis`]: what only Redis shows, in a [`script`]; [`pauses`]: a fence that ends by itself

mod conditions;
mod crashes;
mod detached;
mod failover;
mod fences;
mod judged;
mod memory;
mod pauses;
mod promote;
mod promoted;
mod puppets;
mod redis;
mod repoint;
mod script;
mod stock;
mod stops;
pub(in crate::decide) mod struck;
mod theirs;
mod vouched;
mod waits;
#[expect(dead_code, reason = "the properties use what the histories do not")]
pub(in crate::decide) mod world;

use crate::decide;
use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::Event;
use crate::decide::conduct::Show;
use crate::decide::order::Answer;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use world::fleet::three;
use world::run::World;
use world::stage;

/// A world of three, all in step.
fn world() -> World {
    World::new(three())
}

/// Conducts `plan` and tells the story.
fn story(world: &mut World, plan: &Plan) -> String {
    world.run(Conduct::new(plan.clone())).unwrap();
    kept(world);
    world.story.to_string()
}

/// The story from the step on that begins with `text`.
fn since(text: &str, world: &mut World, plan: &Plan) -> String {
    story(world, plan);
    world.story.since(text)
}

fn outcome(world: &mut World, plan: &Plan) -> Outcome {
    let outcome = world.run(Conduct::new(plan.clone())).unwrap();
    kept(world);
    outcome
}

/// Conducts `plan` again and again until the host dies right after such a record.
fn cut_off(world: &mut World, plan: &Plan, at: impl Fn(&Record) -> bool) {
    let (fleet, troubles) = (world.fleet.clone(), world.troubles.clone());
    for records in 1.. {
        *world = World::new(fleet.clone());
        world.troubles.clone_from(&troubles);
        world.crash_after = Some(records);
        assert_eq!(world.run(Conduct::new(plan.clone())), None, "it ended");
        if world.records.last().is_some_and(&at) {
            return;
        }
    }
}

/// Another host goes on with what was cut off in `world`, which `change` has changed.
fn gone_on(
    world: &World,
    plan: &Plan,
    abort: bool,
    change: impl FnOnce(&mut World),
) -> (World, Outcome) {
    let mut next = world.next();
    change(&mut next);
    let conduct = Conduct::resume(plan.clone(), &world.records, abort, "ops@host");
    let outcome = next.run(conduct).unwrap();
    (next, outcome)
}

fn begins(at: usize) -> impl Fn(&Record) -> bool {
    move |record| matches!(record, Record::Before { step, .. } if *step == at)
}

fn is_done(at: usize) -> impl Fn(&Record) -> bool {
    move |record| matches!(record, Record::After { step, ok: true, .. } if *step == at)
}

fn masters(world: &World) -> Vec<&'static str> {
    let servers = world.fleet.servers.iter().filter(|s| s.takes_writes());
    servers.map(|s| s.name).collect()
}

/// The steps of a switchover of Pikas that fence the old master and promote the new one.
const FENCE: usize = 2;
const PROMOTION: usize = 4;

fn kept(world: &World) {
    assert!(
        world.watch.broken.is_empty(),
        "{:?}\n{}",
        world.watch.broken,
        world.story
    );
}

/// What people are shown and what the journal keeps is the time that the step took.
#[test]
fn a_step_takes_as_long_as_is_said() {
    let mut conduct = Conduct::new(stage::promote(&world().fleet, "b"));
    let began = conduct.step(5_000_000, Event::Begin);
    let mut asked = None;
    for action in &began {
        if let Action::Ask { ask, .. } = action {
            asked = Some(*ask);
        }
    }
    let ask = asked.expect("the lock is asked for");
    let result = Ok(Answer::Done);
    let done = conduct.step(5_250_000, Event::Answer { ask, result });
    let (mut shown, mut kept) = (None, None);
    for action in &done {
        if let Action::Show(Show::StepDone { ms, .. }) = action {
            shown = Some(*ms);
        }
        if let Action::Journal(Record::After { ms, .. }) = action {
            kept = Some(*ms);
        }
    }
    assert_eq!((shown, kept), (Some(250), Some(250.0)), "{done:?}");
}
