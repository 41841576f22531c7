//! Right before it is told to follow, a node is judged once more as it is by then.

use super::puppets::Change;
use super::puppets::Played;
use super::puppets::Puppets;
use super::puppets::with_rules;
use super::world::stage;
use crate::decide::draft;
use crate::decide::draft::repoint::Wanted;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::master;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

fn repoint(view: &ClusterView, nodes: &[u8]) -> Plan {
    let wanted = Wanted {
        nodes: nodes.iter().map(|n| addr(*n)).collect(),
        to: None,
        resync: false,
    };
    draft::repoint::draft(&stage::brief(view), &wanted).unwrap()
}

pub(super) fn promoted_a(view: &mut ClusterView, point: Position) {
    view.memory.promotions.push(Promotion {
        node: addr(1),
        from: Some(addr(3)),
        point,
        at: "1970-01-01T00:00:01Z".to_owned(),
        planned: false,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    });
}

/// `c` is back as a master and stands where it was seen before `a` was promoted in its place.
fn returned() -> ClusterView {
    let mut view = with_rules(sample::healthy());
    promoted_a(&mut view, at(12, 284));
    of(&mut view, "c").replication = master(&[]).replication;
    of(&mut view, "c").replication.position = Some(at(12, 100));
    view.memory.promotions[0].seen.push(at(12, 100));
    view
}

/// The plan is made of `view`, and carried out when it has changed.
pub(super) fn since(view: &ClusterView, nodes: &[u8], change: Change) -> Played {
    let plan = repoint(view, nodes);
    let mut puppets = Puppets::of(view);
    change(&mut puppets.view);
    puppets.play(&plan)
}

fn follows_b(view: &mut ClusterView, link: Link) {
    let c = &mut of(view, "c").replication;
    c.master = Some(addr(2));
    c.link = link;
}

/// A sibling of the promoted one, as it is when its turn comes.
#[test]
fn a_sibling_is_told_by_what_it_says_when_its_turn_comes() {
    let cases: &[(&str, Change, Option<bool>, &str)] = &[
        ("as it was", |_| (), Some(false), ""),
        ("moved by another", |v| follows_b(v, Link::Up), None, ""),
        (
            "being copied to",
            |v| {
                follows_b(v, Link::Syncing);
                of(v, "c").replication.eligible = Some(false);
            },
            None,
            "",
        ),
        (
            "linked after half a copy",
            |v| {
                follows_b(v, Link::Up);
                of(v, "c").replication.eligible = Some(false);
            },
            None,
            "replica.not_moved",
        ),
        (
            "not linked yet",
            |v| follows_b(v, Link::Down),
            Some(false),
            "",
        ),
        (
            "syncing in part",
            |v| follows_b(v, Link::Syncing),
            Some(false),
            "",
        ),
        (
            "refused",
            |v| follows_b(v, Link::Error),
            None,
            "rejoin.past_point",
        ),
        (
            "further, and not linked",
            |v| {
                follows_b(v, Link::Down);
                of(v, "c").replication.position = Some(at(12, 300));
            },
            None,
            "rejoin.past_point",
        ),
        (
            "half a copy of the old one",
            |v| of(v, "c").replication.eligible = Some(false),
            Some(true),
            "",
        ),
        (
            "emptied",
            |v| {
                of(v, "c").replication.position = Some(at(0, 0));
                of(v, "c").replication.history_id = None;
            },
            Some(true),
            "",
        ),
        (
            "a master behind",
            |v| {
                let c = &mut of(v, "c").replication;
                c.role = Role::Master;
                c.master = None;
                c.position = Some(at(12, 100));
            },
            None,
            "rejoin.past_unknown",
        ),
    ];
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    for (case, change, force, code) in cases {
        let mut puppets = Puppets::of(&view);
        let saves: fn(&Order) -> bool = |order| *order == Order::Persist;
        puppets.before = Some((addr(2), saves, *change));
        let played = puppets.play(&plan);
        assert_eq!(played.followed(&addr(3)), *force, "{case}");
        let left = played.left(&addr(3));
        assert_eq!(left.first().copied().unwrap_or_default(), *code, "{case}");
    }
}

/// Fenced and drained before the promotion, it can have lost writes since and taken none.
#[test]
fn the_old_master_may_be_behind_where_its_fence_has_held() {
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    let mut puppets = Puppets::of(&view);
    let saves: fn(&Order) -> bool = |order| *order == Order::Persist;
    puppets.before = Some((addr(2), saves, |v| {
        of(v, "a").replication.position = Some(at(12, 200));
    }));
    let played = puppets.play(&plan);
    assert_eq!(played.followed(&addr(1)), Some(false));
}

/// It was held for a master of the past that nobody has written to.
#[test]
fn a_returned_master_is_judged_as_one_whatever_it_has_become() {
    assert_eq!(since(&returned(), &[3], |_| ()).outcome, Outcome::Done);
    // Somebody has attached it meanwhile, and it has gone past what could be judged.
    let played = since(&returned(), &[3], |v| {
        let c = &mut of(v, "c").replication;
        c.role = Role::Replica;
        c.master = Some(addr(1));
        c.link = Link::Up;
        c.position = Some(at(12, 400));
    });
    assert_eq!(played.followed(&addr(3)), None);
    assert_eq!(played.left(&addr(3)), ["rejoin.past_point", "fence.kept"]);
    // It took a write that went below the point.
    let played = since(&returned(), &[3], |v| {
        of(v, "c").replication.position = Some(at(12, 150));
    });
    assert_eq!(played.left(&addr(3)), ["rejoin.past_unknown", "fence.kept"]);
    // And one that brought it there.
    let played = since(&returned(), &[3], |v| {
        of(v, "c").replication.position = Some(at(12, 284));
    });
    let told = format!("{:?}", played.outcome);
    let moved = "it was at 12:100 when it was judged and is at 12:284 now";
    assert!(told.contains(moved), "{told}");
}

#[test]
fn a_replica_that_another_has_set_right_meanwhile_is_left_alone() {
    let mut view = with_rules(sample::healthy());
    of(&mut view, "c").replication.link = Link::Down;
    let played = since(&view, &[3], |v| of(v, "c").replication.link = Link::Up);
    assert_eq!(played.outcome, Outcome::Done);
    let moves = |order: &Order| matches!(order, Order::Follow { .. } | Order::Promote { .. });
    assert_eq!(played.given(&addr(3), moves), 0);
}

/// Its master has gone on, and so has it. As a master of its own it would have a past that nobody knows.
#[test]
fn a_replica_may_move_on_before_its_turn_and_may_not_become_a_master() {
    let mut view = with_rules(sample::healthy());
    promoted_a(&mut view, at(12, 284));
    of(&mut view, "c").replication.master = Some(addr(2));
    of(&mut view, "c").replication.position = Some(at(12, 100));
    let played = since(&view, &[3], |v| {
        of(v, "c").replication.position = Some(at(12, 200));
    });
    assert_eq!(played.outcome, Outcome::Done);
    let played = since(&view, &[3], |v| {
        let c = &mut of(v, "c").replication;
        c.role = Role::Master;
        c.master = None;
    });
    assert_eq!(played.followed(&addr(3)), None);
    assert_eq!(played.left(&addr(3)), ["rejoin.past_unknown"]);
}

/// One that is known to lack a part does not make the others suspect.
#[test]
fn only_whose_copy_was_cut_off_is_copied_to() {
    let mut view = with_rules(sample::healthy());
    for name in ["b", "c"] {
        of(&mut view, name).replication.link = Link::Down;
        of(&mut view, name).replication.eligible = None;
    }
    let unfinished = &mut view.memory.full_sync_unfinished;
    unfinished.insert(addr(2), "it was seen".to_owned());
    let played = since(&view, &[2, 3], |_| ());
    assert_eq!(played.outcome, Outcome::Done);
    assert_eq!(played.followed(&addr(2)), Some(true));
    assert_eq!(played.followed(&addr(3)), Some(false));
}

/// A copy was to replace nothing.
#[test]
fn who_held_nothing_when_the_plan_was_made_is_asked_again_before_it_is_copied_to() {
    let mut view = with_rules(sample::healthy());
    promoted_a(&mut view, at(12, 284));
    let c = &mut of(&mut view, "c").replication;
    *c = master(&[]).replication;
    (c.position, c.history_id) = (Some(at(0, 0)), None);
    let played = since(&view, &[3], |_| ());
    assert_eq!(played.followed(&addr(3)), Some(true));
    let played = since(&view, &[3], |v| {
        let c = &mut of(v, "c").replication;
        (c.position, c.history_id) = (Some(at(12, 284)), Some("94e8".to_owned()));
    });
    assert_eq!(played.followed(&addr(3)), None);
    assert_eq!(played.left(&addr(3))[0], "rejoin.past_unknown");
}

/// Its offset says nothing. What it holds is asked, and it is never discarded unasked.
#[test]
fn an_empty_redis_is_followed_by_only_as_long_as_it_is_empty() {
    let mut view = sample::redis();
    promoted_a(&mut view, Position::Redis { repl: 1000 });
    let c = of(&mut view, "c");
    c.replication = master(&[]).replication;
    c.replication.position = Some(Position::Redis { repl: 0 });
    c.replication.history_id = Some("own".to_owned());
    c.holds_keys = Some(false);
    let played = since(&view, &[3], |_| ());
    assert_eq!(played.followed(&addr(3)), Some(false));
    let played = since(&view, &[3], |v| of(v, "c").holds_keys = Some(true));
    assert_eq!(played.followed(&addr(3)), None);
    assert_eq!(played.left(&addr(3))[0], "rejoin.past_unknown");
}

/// It names the history that it shares with the master, which is better evidence than where it stood.
#[test]
fn a_redis_that_went_on_within_the_shared_history_may_follow() {
    let mut view = sample::redis();
    promoted_a(&mut view, Position::Redis { repl: 1000 });
    let a = &mut of(&mut view, "a").replication;
    a.second_history = Some(("94e8".to_owned(), 1001));
    a.history_id = Some("new".to_owned());
    let c = &mut of(&mut view, "c").replication;
    *c = master(&[]).replication;
    c.position = Some(Position::Redis { repl: 900 });
    for (repl, force) in [(950, Some(false)), (1001, None)] {
        let plan = repoint(&view, &[3]);
        let mut puppets = Puppets::of(&view);
        of(&mut puppets.view, "c").replication.position = Some(Position::Redis { repl });
        let played = puppets.play(&plan);
        assert_eq!(played.followed(&addr(3)), force, "{repl}");
        assert_eq!(of(&mut puppets.view, "c").server.flavor, Flavor::Redis);
    }
}

/// It has the data of a master that has died since. To hang on that it needs to be as it was when it was detached.
#[test]
fn who_was_detached_from_a_master_that_died_goes_back_only_as_it_was() {
    let cases: &[(Change, bool)] = &[
        (|_| (), true),
        (
            |v| of(v, "c").replication.position = Some(at(12, 290)),
            false,
        ),
    ];
    for unfenced in [false, true] {
        for (change, goes_back) in cases {
            let mut view = with_rules(sample::healthy());
            of(&mut view, "c").replication.link = Link::Down;
            let plan = repoint(&view, &[3]);
            let mut puppets = Puppets::of(&view);
            let detaches: fn(&Order) -> bool = |order| matches!(order, Order::Promote { .. });
            puppets.before = Some((addr(3), detaches, |v| lose(v, "a", FaultKind::Refused)));
            let mut script = super::script::Script::new(super::Conduct::new(plan));
            let mut alone = false;
            let outcome = script.run(|_, node, order| {
                let fences = alone && matches!(order, Order::Fence { .. });
                if fences && *node == addr(3) {
                    change(&mut puppets.view);
                    if unfenced {
                        puppets.refuses = Some((
                            addr(3),
                            |order| matches!(order, Order::Fence { .. }),
                            "NOPERM no",
                        ));
                    }
                }
                alone |= matches!(order, Order::Promote { .. });
                puppets.answer(node, order)
            });
            let master = of(&mut puppets.view, "c").replication.master.clone();
            let back = master == Some(addr(1));
            assert_eq!(back, *goes_back && !unfenced, "{outcome:?}");
        }
    }
}

/// It says that it does and does not. What is still on its way may move it yet.
#[test]
fn who_has_agreed_to_follow_and_does_not_show_it_is_in_doubt() {
    let view = with_rules(sample::healthy());
    let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
    let mut puppets = Puppets::of(&view);
    let mut script = super::script::Script::new(super::Conduct::new(plan));
    let outcome = script.run(|_, node, order| {
        let follow = matches!(order, Order::Follow { .. });
        if follow && *node == addr(3) {
            return Ok(super::Answer::Done);
        }
        puppets.answer(node, order)
    });
    let Outcome::Incomplete { left } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(left[0].code, "replica.move_in_doubt");
    // The same order once more would be nothing new to it, or be remembered.
    let to_it = script.orders.iter().filter(|(_, to, _)| *to == addr(3));
    let told = to_it.filter(|(_, _, order)| matches!(order, Order::Follow { .. }));
    assert_eq!(told.count(), 1);
}
