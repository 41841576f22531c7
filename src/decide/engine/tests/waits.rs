//! What a failover waits for, and until when: before that moment nothing is done, and at that moment it is.

use super::scene::DEAD_US;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::durable::DurableCluster;
use crate::decide::engine::event::Wanted;
use crate::decide::engine::spec::Periods;
use crate::decide::engine::spec::Spec;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::plan::Act;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Sample;

/// How long after the death of the master it stands, by which others are there.
fn stands_after(scene: &mut Scene, others: &[u8]) -> Option<u64> {
    for other in others {
        scene.meets_pikafo(*other);
    }
    let died_us = scene.master_dies(others);
    scene.pass(5_000_000);
    Some(scene.said(STANDS).first()? - died_us)
}

#[test]
fn watchers_that_find_the_master_dead_together_stand_one_after_the_other() {
    for (others, after_us) in [([7, 8], 0), ([1, 7], 60_000), ([1, 2], 120_000)] {
        let after = stands_after(&mut Scene::new(), &others);
        assert_eq!(after, Some(DEAD_US + after_us), "beside {others:?}");
    }
}

/// It cannot tell what a failover would cost.
#[test]
fn who_has_never_seen_the_master_lets_all_others_go_first() {
    let spec = Spec {
        master: Some(sample::addr(1)),
        ..by_itself()
    };
    let blind = |others: &[u8]| {
        let mut scene = Scene::begun(spec.clone(), Memory::default(), Durable::default());
        scene.look(2);
        scene.look(3);
        scene.pass(1_000_000);
        stands_after(&mut scene, others)
    };
    assert_eq!(blind(&[7]), Some(DEAD_US + 1_000_000));
    assert_eq!(blind(&[1]), Some(DEAD_US + 1_060_000));
    assert_eq!(blind(&[]), Some(DEAD_US), "nobody else would");
}

/// A watcher that has led an automatic failover so long before the master dies, by the wall clock.
fn after_a_failover(block_for_ms: u64, ago_ms: i64) -> Scene {
    let spec = Spec {
        block_for_ms,
        master: Some(sample::addr(1)),
        ..by_itself()
    };
    let last_automatic_ms = Scene::new().wall_ms() + 300 - ago_ms;
    let durable = DurableCluster {
        last_automatic_ms: Some(last_automatic_ms),
        ..DurableCluster::default()
    };
    let durable = Durable {
        clusters: [(cluster(), durable)].into(),
        ..Durable::default()
    };
    let mut scene = Scene::begun(spec, Memory::default(), durable);
    scene.look_at_all();
    scene.pass(5_000_000);
    scene
}

#[test]
fn the_next_failover_is_due_when_block_for_is_over_and_not_before() {
    let mut scene = after_a_failover(60_000, 59_999);
    scene.master_dies(&[]);
    assert!(scene.never(STANDS));
    let text = scene.finding("failover.blocked").unwrap();
    assert!(text.contains("may be in 0 s [failover.too_soon]"), "{text}");
    scene.pass(1_000_000);
    assert_eq!(scene.said(STANDS).len(), 1, "it looks again by itself");
    for ago_ms in [60_000, 60_001] {
        let mut scene = after_a_failover(60_000, ago_ms);
        scene.master_dies(&[]);
        assert_eq!(scene.said(STANDS).len(), 1, "{ago_ms}");
    }
    let mut scene = after_a_failover(60_000, 10_000);
    scene.master_dies(&[]);
    let text = scene.finding("failover.blocked").unwrap();
    assert!(text.contains("may be in 50 s"), "{text}");
}

/// A failover that has yet to be, by a clock that was set back, blocks nothing; one of this very moment does.
#[test]
fn a_clock_that_was_set_back_does_not_block_failovers_until_it_has_caught_up() {
    for (ago_ms, stands) in [(0, 0), (-1, 1), (-3_600_000, 1)] {
        let mut scene = after_a_failover(60_000, ago_ms);
        scene.master_dies(&[]);
        assert_eq!(scene.said(STANDS).len(), stands, "{ago_ms}");
    }
}

#[test]
fn a_pause_with_an_end_ends_then() {
    let mut scene = Scene::by_itself();
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: Some(1_300),
        by: "ann".to_owned(),
        reason: None,
        said_ms: None,
    });
    scene.master_dies(&[]);
    let text = scene.finding("failover.blocked").unwrap();
    assert!(text.contains("held by ann [failover.paused]"), "{text}");
    scene.pass(999_000);
    scene.look(2);
    assert!(scene.never(STANDS));
    scene.pass(1_000);
    scene.look(2);
    assert_eq!(scene.said(STANDS), [scene.now_us]);
}

#[test]
fn where_failovers_are_a_persons_business_the_finding_says_so() {
    let spec = Spec {
        automatic: false,
        ..by_itself()
    };
    let mut scene = Scene::of(spec, Memory::default());
    scene.master_dies(&[]);
    scene.pass(60_000_000);
    assert!(scene.never(STANDS));
    let text = scene.finding("failover.blocked").unwrap();
    assert!(text.contains("failover.manual"), "{text}");
}

/// More than six of ten: then the fault is rather here.
#[test]
fn whoever_hears_hardly_anybody_blames_himself() {
    let blamed = |others: &[u8]| {
        let mut scene = Scene::by_itself();
        for other in others {
            scene.meets_pikafo(*other);
            scene.watcher_quiet(*other);
        }
        scene.master_dies(&[]);
        let blocked = scene.finding("failover.blocked").unwrap_or_default();
        blocked.contains("that are watched are silent")
    };
    assert!(!blamed(&[7, 8]), "three of five");
    assert!(blamed(&[7, 8, 9]), "four of six");
}

#[test]
fn of_a_pair_that_is_down_the_nodes_are_told_of_and_not_what_else_is_watched() {
    let mut spec = by_itself();
    spec.nodes.pop();
    spec.master = Some(sample::addr(1));
    let mut scene = Scene::begun(spec, Memory::default(), Durable::default());
    scene.server(3).life = super::nodes::Life::Gone;
    scene.look(1);
    scene.look(2);
    scene.pass(5_000_000);
    scene.gone(2);
    scene.gone(1);
    scene.pass(2_000_000);
    let text = scene.finding("failover.blocked").unwrap();
    assert!(text.contains("2 of the 2 nodes of orders"), "{text}");
}

/// Nobody has said who is master: all nodes are waited for, or three seconds.
#[test]
fn a_cluster_without_a_master_is_asked_and_slow_nodes_are_waited_for() {
    let begun = || Scene::begun(by_itself(), Memory::default(), Durable::default());
    let mut scene = begun();
    let began_us = scene.now_us;
    scene.look(1);
    scene.look(2);
    scene.pass(2_999_999);
    assert!(scene.never("+monitor"));
    scene.pass(1);
    assert_eq!(scene.said("+monitor"), [began_us + 3_000_000]);
    let told = scene.did(|a| matches!(a, Action::Emit(n) if n.channel == "+slave" && n.payload.contains("10.0.0.1:")));
    assert!(told.is_empty(), "the master is no replica");
    assert_eq!(scene.said("+slave").len(), 2);
    let mut scene = begun();
    scene.look_at_all();
    assert_eq!(scene.said("+monitor"), [scene.now_us]);
    // Two who claim it settle nothing, until one of them gives up.
    let mut scene = begun();
    scene.server(2).follows = None;
    scene.look_at_all();
    scene.pass(10_000_000);
    assert!(scene.never("+monitor"));
    scene.follows(2, Some(1));
    scene.pass(1_000_000);
    assert_eq!(scene.said("+monitor").len(), 1);
    assert_eq!(scene.master(), sample::addr(1));
}

/// How long before its death the master was last seen, by what the failover is told to cost.
fn seen_before_death_ms(scene: &Scene) -> Option<u64> {
    scene.plan()?.loss?.sample_age_ms
}

#[test]
fn a_master_lived_until_its_port_was_closed_or_else_until_it_was_last_heard() {
    for (refused, age_ms) in [(true, 700), (false, 300)] {
        let mut scene = Scene::by_itself();
        scene.look(1);
        let heard_us = scene.now_us + 300_000;
        scene.pass(700_000);
        scene.server(1).life = super::nodes::Life::Gone;
        let refused_us = refused.then_some(scene.now_us);
        let fault = Fault::new(FaultKind::Refused, "connection refused");
        scene.quiet(node_of(1), heard_us, refused_us, fault);
        scene.look(2);
        scene.look(3);
        scene.pass(3_000_000);
        assert_eq!(seen_before_death_ms(&scene), Some(age_ms), "{refused}");
    }
}

/// The clock that dates the looks is moved right before the master dies, and the age of what was seen is what it was. Put on
/// it may have stood still while the machine did, so all that time counts.
#[test]
fn a_clock_that_is_moved_hides_nothing_that_was_seen_before() {
    let age_ms = |moved_ms| {
        let mut scene = Scene::by_itself();
        scene.look(1);
        let heard_us = scene.now_us + 300_000;
        scene.pass(500_000);
        scene.moved_ms = moved_ms;
        scene.pass(500_000);
        scene.server(1).life = super::nodes::Life::Gone;
        let fault = Fault::new(FaultKind::Timeout, "no answer");
        scene.quiet(node_of(1), heard_us, None, fault);
        scene.look(2);
        scene.look(3);
        scene.pass(3_000_000);
        seen_before_death_ms(&scene)
    };
    assert_eq!([0, -500, -3_600_000].map(age_ms), [Some(300); 3]);
    assert_eq!(age_ms(3_600_000), Some(3_600_300));
}

/// What was remembered may be dated by a clock that has been put back since: it was not later than now.
#[test]
fn what_was_seen_at_a_time_that_is_yet_to_come_was_seen() {
    let memory = Memory {
        samples: vec![Sample {
            node: sample::addr(1),
            at_ms: i64::MAX,
            took_ms: 0,
            as_replica: false,
            position: sample::at(0, 5_000),
        }],
        ..Memory::default()
    };
    let mut spec = by_itself();
    spec.master = Some(sample::addr(1));
    let mut scene = Scene::begun(spec, memory, Durable::default());
    scene.gone(1);
    scene.look(2);
    scene.look(3);
    scene.pass(30_000_000);
    let at = scene.server(2).at;
    assert_eq!(scene.plan().unwrap().loss.unwrap().bytes, Some(5_000 - at));
}

/// It is cut off from this watcher: who says that it is not down has heard it within the time that makes it down, and who
/// was out of reach may have heard it until shortly before he was back.
#[test]
fn what_others_may_have_seen_of_the_master_counts_as_its_life() {
    let age_ms = |tell: fn(&mut Scene)| {
        let mut scene = Scene::new();
        for other in [7, 8] {
            scene.meets_pikafo(other);
        }
        scene.look(1);
        scene.master_dies(&[]);
        tell(&mut scene);
        scene.until(14_000_000);
        for other in [7, 8] {
            scene.says(other, true);
        }
        assert_eq!(scene.said(STANDS), [scene.now_us]);
        for other in [7, 8] {
            scene.votes(other, ME, 1);
        }
        seen_before_death_ms(&scene)
    };
    assert_eq!(age_ms(|_| ()), Some(0));
    let denied = |scene: &mut Scene| {
        scene.pass(1_200_000);
        scene.says(7, false);
    };
    assert_eq!(age_ms(denied), Some(500));
    let back = |scene: &mut Scene| {
        scene.watcher_quiet(8);
        scene.pass(1_200_000);
        scene.watcher_heard(8);
    };
    assert_eq!(age_ms(back), Some(1_200));
}

/// However seldom the others are asked.
#[test]
fn a_failover_that_is_held_back_is_thought_of_again_every_second() {
    let mut scene = after_a_failover(60_000, 58_500);
    let periods = Periods {
        ask_ms: 60_000,
        ..Periods::default()
    };
    scene.tell(Event::Periods { periods });
    let died_us = scene.master_dies(&[]);
    scene.pass(5_000_000);
    assert_eq!(scene.said(STANDS), [died_us + DEAD_US + 2_000_000]);
}

/// It is not fenced, for it is not there.
#[test]
fn a_dead_master_is_replaced_as_a_dead_one_even_by_who_would_replace_a_living_one() {
    let mut scene = Scene::by_itself();
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: None,
        by: "ann".to_owned(),
        reason: None,
        said_ms: None,
    });
    scene.master_dies(&[]);
    let wish = Box::new(Wanted {
        kind: "failover".to_owned(),
        even_alive: true,
        ..Wanted::default()
    });
    let cluster = cluster();
    scene.ask(Request::Operate { cluster, wish });
    scene.pass(3_000_000);
    let steps = scene.plan().unwrap().steps;
    assert_eq!(steps[0].act, Act::LastLook, "{steps:#?}");
}

/// An answer that was on its way when the master died: whose link has been found down since was linked when it was asked for.
#[test]
fn a_late_answer_of_the_master_does_not_move_its_death() {
    let stands = |late: bool| {
        let mut scene = Scene::by_itself();
        let (asked_us, said) = (scene.now_us, scene.servers.look(&sample::addr(1)).unwrap());
        scene.pass(1_000);
        scene.gone(1);
        scene.pass(100_000);
        // What they lack cannot be told.
        for node in [2, 3] {
            scene.servers.restart(&sample::addr(node));
            scene.look(node);
        }
        scene.tell(Event::Heard { whom: node_of(1) });
        scene.tell(Event::Replication {
            cluster: cluster(),
            node: sample::addr(1),
            replication: Box::new(said.replication),
            asked_us: if late { asked_us } else { scene.now_us },
        });
        scene.gone(1);
        scene.pass(2_000_000);
        !scene.never(STANDS)
    };
    assert!(stands(true));
    assert!(!stands(false), "it lived when their links were down");
}

/// What it may have written since it was asked is not told by the answer.
#[test]
fn where_the_master_was_is_as_old_as_the_question() {
    let mut scene = Scene::by_itself();
    scene.pass(5_000_000);
    scene.tell(Event::Moved {
        cluster: cluster(),
        node: sample::addr(1),
        position: sample::at(0, 100),
        asked_us: scene.now_us - 2_000_000,
    });
    scene.master_dies(&[]);
    scene.pass(1_000_000);
    let loss = scene.plan().and_then(|plan| plan.loss);
    assert_eq!(loss.and_then(|loss| loss.sample_age_ms), Some(2_000));
}
