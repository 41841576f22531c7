//! Under which conditions a step is taken, and what it is called when they do not hold.

use super::Answer;
use super::Conduct;
use super::Outcome;
use super::PROMOTION;
use super::Record;
use super::Show;
use super::outcome;
use super::puppets::Puppets;
use super::puppets::with_rules;
use super::script::Script;
use super::story;
use super::world;
use super::world::run::World;
use super::world::stage;
use super::world::story::of_outcome;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;
use crate::decide::draft;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::sample;
use crate::decide::sample::addr;

fn switchover(change: impl FnOnce(&mut World, &mut Plan)) -> (World, String) {
    let mut world = world();
    let mut plan = stage::promote(&world.fleet, "b");
    change(&mut world, &mut plan);
    let told = of_outcome(&outcome(&mut world, &plan));
    (world, told)
}

/// The one is a matter of waiting, the other of the network.
#[test]
fn a_lock_that_another_holds_is_a_refusal_and_one_that_cannot_be_asked_for_a_failure() {
    let (_, told) = switchover(|world, _| world.fleet.named("a").lock = Some("other".to_owned()));
    assert_eq!(told, "refused: somebody else works on this cluster");
    let (_, told) = switchover(|world, _| {
        world.befall_once("a", "lock", Trouble::Lost);
    });
    assert!(told.starts_with("undone: no lock on 10.0.0.1"), "{told}");
}

/// A replica may name another history before it has linked. A master that does has been restarted.
#[test]
fn a_master_that_was_restarted_since_the_plan_was_made_is_left_alone() {
    let mut told = [0, 1].map(|node| {
        let (_, told) = switchover(|_, plan| {
            plan.facts.nodes[node].history_id = Some("other".to_owned());
        });
        told
    });
    assert!(told[0].starts_with("refused: 10.0.0.1:9221 was restarted"));
    assert_eq!(std::mem::take(&mut told[1]), "done");
}

/// Of the others one that is a master is compared like any other.
#[test]
fn a_candidate_that_is_a_master_by_now_has_been_made_one_by_another() {
    for (name, faster) in [("b", true), ("c", false)] {
        let mut world = world();
        world.fleet.named("a").alive = false;
        let plan = stage::failover(&world.fleet, false);
        world.fleet.named(name).follows = None;
        let outcome = world.run(Conduct::new(plan)).unwrap();
        let told = of_outcome(&outcome);
        assert_eq!(told.ends_with("somebody else was faster"), faster, "{told}");
    }
}

/// The writers go on, so the candidate has to come to where the master was a moment ago.
#[test]
fn a_switchover_without_a_fence_fences_nothing_and_follows_the_writers() {
    let mut world = world();
    world.fleet.client_writes = true;
    let mut plan = stage::promote(&world.fleet, "b");
    for step in &mut plan.steps {
        if let Act::Fence { how } | Act::Unfence { how } = &mut step.act {
            *how = FenceHow::Open;
        }
    }
    plan.steps
        .retain(|step| !matches!(step.act, Act::Unfence { .. }));
    world.run(Conduct::new(plan)).unwrap();
    let told = world.story.to_string();
    assert!(told.contains("ok: no fence, by consent"), "{told}");
    assert!(
        told.contains("b < promote") && !told.contains("a < fence"),
        "{told}"
    );
}

/// It is replaced whether or not its fence holds: nobody was sure of it.
#[test]
fn a_failover_does_not_rest_on_the_fence() {
    let mut world = world();
    let plan = stage::failover(&world.fleet, true);
    let promotion = plan.promotion_step().unwrap();
    world.at_step.push((promotion, Happening::PowerCut("a", 0)));
    world.run(Conduct::new(plan)).unwrap();
    assert!(world.fleet.named("b").follows.is_none(), "{}", world.story);
}

#[test]
fn a_candidate_that_was_started_as_another_is_told_from_a_promoted_one() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").saved = None;
    world.befall_once("b", "promote", Trouble::Mute);
    world
        .at_step
        .push((PROMOTION, Happening::PowerCut("b", 100)));
    let told = of_outcome(&world.run(Conduct::new(plan)).unwrap());
    let why = "was started again as a master of its own";
    assert!(told.contains(why), "{told}");
}

/// Its file makes it a master, and saving that would be no proof of anything.
#[test]
fn a_new_master_that_comes_back_with_less_before_its_role_is_saved_is_not_followed() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").saved = None;
    let saves = PROMOTION + 2;
    assert_eq!(plan.steps[saves].act, Act::Persist);
    world.at_step.push((saves, Happening::PowerCut("b", 100)));
    let told = of_outcome(&world.run(Conduct::new(plan)).unwrap());
    let why = "restarted and came back without what it had; the fence on the old one stays up";
    assert!(told.contains(why), "{told}");
    let c = world.fleet.named("c").follows.clone();
    assert_eq!(c, Some(world.fleet.named("a").addr.clone()));
}

/// It shows that it was promoted only after everybody has given up on the order.
#[test]
fn a_promotion_that_is_seen_late_is_seen() {
    let (world, told) = switchover(|world, _| {
        world.befall_once("b", "promote", Trouble::Late(1_000_000));
    });
    assert_eq!(told, "done", "{}", world.story);
}

/// What a hook says is for whoever reads the history.
#[test]
fn what_a_server_or_a_hook_says_is_shown_and_kept() {
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    let mut puppets = Puppets::of(&view);
    let mut script = Script::new(Conduct::new(plan));
    let outcome = script.run(|_, node, order| {
        if matches!(order, Order::Hooks { .. }) {
            return Ok(Answer::Note("3 pools told".to_owned()));
        }
        puppets.answer(node, order)
    });
    assert_eq!(outcome, Outcome::Done);
    let said = |note: &Option<String>| note.as_deref() == Some("3 pools told");
    let kept = |record: &Record| matches!(record, Record::After { note, .. } if said(note));
    let shown = |show: &Show| matches!(show, Show::StepDone { note, .. } if said(note));
    assert!(script.records.iter().any(kept));
    assert!(script.shown.iter().any(shown));
}

#[test]
fn a_step_that_failed_softly_is_known_before_the_end() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "persist", Trouble::Refuses("ERR disk full"));
    assert!(story(&mut world, &plan).contains("role.unsaved"));
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    let mut puppets = Puppets::of(&view);
    let persists: fn(&Order) -> bool = |order| *order == Order::Persist;
    puppets.refuses = Some((addr(3), persists, "NOPERM no"));
    let mut script = Script::new(Conduct::new(plan));
    script.run(|_, node, order| puppets.answer(node, order));
    let left: Vec<&str> = script
        .conduct
        .left()
        .iter()
        .map(|f| f.code.as_str())
        .collect();
    assert_eq!(left, ["role.unsaved"]);
}
