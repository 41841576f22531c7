//! Who was set apart by what was inferred of a promotion, once more is told of it.

use super::fleet::id;
use super::leaders::told_and_cut_off_with;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::sample;
use crate::decide::view::Promotion;

const S: u64 = 1_000_000;
/// Whoever leads.
const LEADER: u8 = 7;

/// The master is replaced where this watcher does not see it, by a node that it last saw at `seen`, and that was at 100 when it
/// was promoted. The old one stands at `old`.
fn replaced(seen: u64, old: u64) -> Scene {
    let mut scene = Scene::beside(&[LEADER]);
    scene.server(2).at = seen;
    scene.look(2);
    scene.watcher_quiet(LEADER);
    scene.server(1).at = old;
    scene.look(1);
    scene.hello(LEADER, 2, 3);
    scene.server(2).at = 120;
    scene.follows(2, None);
    scene.follows(3, Some(2));
    scene
}

/// Its leader tells of the promotion.
fn is_told(scene: &mut Scene, seen: &[u64]) {
    let at = jiff::Timestamp::from_millisecond(scene.wall_ms()).unwrap();
    scene.tell(Event::Learned {
        cluster: cluster(),
        peer: id(LEADER),
        promotions: vec![Promotion {
            node: sample::addr(2),
            from: Some(sample::addr(1)),
            point: sample::at(0, 100),
            at: at.to_string(),
            planned: false,
            automatic: Some(true),
            apart: false,
            seen: seen.iter().map(|at| sample::at(0, *at)).collect(),
        }],
    });
}

/// What was inferred is no more than a bound, and whoever knows more is asked.
#[test]
fn an_inferred_point_sets_nobody_apart_while_a_better_one_is_on_its_way() {
    let mut scene = replaced(50, 100);
    scene.pass(S);
    assert!(!scene.apart(1));
    scene.watcher_heard(LEADER);
    is_told(&mut scene, &[]);
    scene.pass(10 * S);
    assert!(!scene.apart(1));
    assert_eq!(scene.server(1).follows, Some(sample::addr(2)));
}

/// It is told later than that. Another watcher may have attached it meanwhile, and this one's fence is lifted then.
#[test]
fn who_was_set_apart_by_an_inferred_point_is_judged_again_by_what_is_told() {
    for (old, seen, in_order) in [
        (100, vec![], true),
        (90, vec![], false),
        (90, vec![90], true),
        (110, vec![110], false),
    ] {
        for attached in [false, true] {
            let mut scene = replaced(50, old);
            scene.pass(10 * S);
            assert!(scene.apart(1));
            assert!(scene.server(1).fenced);
            if attached {
                scene.server(1).at = 120;
                scene.follows(1, Some(2));
            }
            scene.watcher_heard(LEADER);
            is_told(&mut scene, &seen);
            scene.pass(30 * S);
            let what = format!("{old} {seen:?} {attached}");
            assert_eq!(scene.apart(1), !in_order, "{what}");
            assert_eq!(scene.server(1).fenced, !in_order, "{what}");
            let follows = scene.server(1).follows.is_some();
            assert_eq!(follows, in_order || attached, "{what}");
        }
    }
}

/// Nor is anybody taken in for whom something else speaks.
#[test]
fn who_is_set_apart_for_something_else_by_then_is_not_judged_again() {
    let mut scene = replaced(50, 100);
    scene.pass(10 * S);
    assert!(scene.apart(1));
    // It was restarted without its fence, and took more.
    scene.server(1).at = 130;
    scene.server(1).fenced = false;
    scene.look(1);
    scene.pass(20 * S);
    scene.watcher_heard(LEADER);
    is_told(&mut scene, &[]);
    scene.pass(30 * S);
    assert!(scene.apart(1));
}

/// A leader that was cut off goes on, by the point alone; where the old master was seen before the promotion counts as well, for
/// the others judge by it.
#[test]
fn whom_a_plan_that_is_gone_on_with_leaves_apart_is_judged_by_where_it_was_seen() {
    for (seen, in_order) in [(vec![90], true), (vec![80], false), (vec![], false)] {
        let mut scene = told_and_cut_off_with(|memory| {
            for promotion in &mut memory.promotions {
                promotion.seen = seen.iter().map(|at| sample::at(0, *at)).collect();
            }
        });
        scene.server(1).at = 90;
        scene.server(2).follows = None;
        scene.server(3).follows = Some(sample::addr(2));
        scene.look_at_all();
        scene.pass(60 * S);
        assert_eq!(scene.apart(1), !in_order, "{seen:?}");
        assert_eq!(scene.server(1).fenced, !in_order, "{seen:?}");
        assert_eq!(scene.server(1).follows.is_some(), in_order, "{seen:?}");
    }
}

/// It stands at the very point, and the new master has lost what lay before that.
#[test]
fn whom_the_new_master_refuses_stays_apart_wherever_it_stands() {
    let mut scene = told_and_cut_off_with(|_| ());
    scene.server(2).follows = None;
    scene.server(3).follows = Some(sample::addr(2));
    let one = scene.server(1);
    one.follows = Some(sample::addr(2));
    one.refused = true;
    scene.look_at_all();
    scene.pass(60 * S);
    let kept = scene.done.iter().filter_map(|(_, action)| {
        let Action::Remember { memory, .. } = action else {
            return None;
        };
        Some(memory.quarantined.contains_key(&sample::addr(1)))
    });
    let since: Vec<bool> = kept.skip_while(|apart| !apart).collect();
    assert!(
        !since.is_empty() && since.iter().all(|apart| *apart),
        "{since:?}"
    );
}
