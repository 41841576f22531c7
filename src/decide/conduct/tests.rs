//! Golden histories: what the conductor does when all goes well and when it does not, told as stories in a
//! small [`world`]. Each also keeps every promise of [`world::promise`].
//!
//! * [`promote`], [`promoted`], [`failover`], [`repoint`]: one file a kind; [`stops`]: interrupts and lost journals;
//!   [`crashes`]: resumed and aborted after every record; [`memory`]: what is remembered of them

mod crashes;
mod failover;
mod memory;
mod promote;
mod promoted;
mod repoint;
mod stops;
#[expect(dead_code, reason = "the properties use what the histories do not")]
mod world;

use crate::decide;
use crate::decide::conduct::Conduct;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use world::fleet::three;
use world::run::World;

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

fn kept(world: &World) {
    assert!(
        world.watch.broken.is_empty(),
        "{:?}\n{}",
        world.watch.broken,
        world.story
    );
}
