//! Every kind of operation under random misfortunes, and taken up again after a crash.

use proptest::prelude::*;

use super::decide::conduct::Conduct;
use super::decide::plan::Plan;
use super::decide::record::Outcome;
use super::decide::view::Memory;
use super::misfortune::Misfortune;
use super::misfortune::any_misfortune;
use super::world::fleet::three;
use super::world::run::World;
use super::world::stage;

/// Plans in a world that is well, and lets it fall ill.
fn struck(misfortune: Misfortune, plan: impl FnOnce(&mut World) -> Plan) -> (World, Plan) {
    let mut world = World::new(three());
    let plan = plan(&mut world);
    misfortune.strikes(&mut world);
    (world, plan)
}

/// Every server is up and does what it is told.
fn heal(world: &mut World) {
    for server in &mut world.fleet.servers {
        server.stuck = false;
        server.broken = false;
        server.denies_probe = false;
        if !server.alive {
            world.watch.restarts(server.name);
            server.restart(0);
        }
    }
}

fn kept(world: &World) -> Result<(), TestCaseError> {
    prop_assert!(
        world.watch.broken.is_empty(),
        "{:?}\n{}",
        world.watch.broken,
        world.story
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_switchover_keeps_every_promise(misfortune in any_misfortune()) {
        let (mut world, plan) = struck(misfortune, |world| {
            world.fleet.client_writes = true;
            stage::promote(&world.fleet, "b")
        });
        world.run(Conduct::new(plan));
        kept(&world)?;
    }

    #[test]
    fn a_failover_keeps_every_promise(misfortune in any_misfortune(), answers: bool) {
        let (mut world, plan) = struck(misfortune, |world| {
            world.fleet.named("a").alive = answers;
            stage::failover(&world.fleet, answers)
        });
        world.run(Conduct::new(plan));
        kept(&world)?;
    }

    /// The host dies at any record of a run in which other things go wrong; then all is well again, and whoever
    /// takes over comes to an end that can be told.
    #[test]
    fn what_a_crash_cuts_off_is_finished_or_undone(
        misfortune in any_misfortune(),
        records in 1usize..40,
        abort: bool,
    ) {
        let (mut world, plan) = struck(misfortune, |world| {
            world.fleet.client_writes = true;
            stage::promote(&world.fleet, "b")
        });
        world.crash_after = Some(records);
        let ended = world.run(Conduct::new(plan.clone())).is_some();
        kept(&world)?;
        if ended {
            return Ok(());
        }
        let mut next = world.next();
        heal(&mut next);
        let outcome = next.run(Conduct::resume(plan, &world.records, abort, "ops@host"));
        kept(&next)?;
        prop_assert!(
            !matches!(outcome, None | Some(Outcome::Unknown { .. })),
            "{:?}\n{}\n{}", outcome, world.story, next.story
        );
    }
}

proptest! {
    // A copy is waited for half a day, which is many questions.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_repoint_keeps_every_promise(misfortune in any_misfortune()) {
        let (mut world, plan) = struck(misfortune, |world| {
            stage::repoint(&world.fleet, Memory::default(), "c", true)
        });
        world.run(Conduct::new(plan));
        kept(&world)?;
    }
}
