//! Who is led away from his master, to be attached or copied to, and who is known to follow whom.

use super::Conduct;
use super::Outcome;
use super::puppets::Puppets;
use super::puppets::with_rules;
use super::script::Script;
use super::world::stage;
use crate::decide::conduct::work::follow::points_to;
use crate::decide::draft;
use crate::decide::draft::repoint::Wanted;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::named;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;

fn repoint(view: &ClusterView, resync: bool) -> Plan {
    let wanted = Wanted {
        nodes: vec![addr(3)],
        to: None,
        resync,
    };
    draft::repoint::draft(&stage::brief(view), &wanted).unwrap()
}

/// What was on its way reached it before it was led away, and behind its fence it takes nothing of its own.
#[test]
fn who_was_detached_may_have_moved_on_behind_its_fence_and_not_without() {
    for fenced in [true, false] {
        let mut view = with_rules(sample::healthy());
        of(&mut view, "c").replication.link = Link::Down;
        of(&mut view, "c").replication.position = Some(at(12, 100));
        let plan = repoint(&view, false);
        let mut puppets = Puppets::of(&view);
        let mut script = Script::new(Conduct::new(plan));
        let mut led_away = false;
        script.run(|_, node, order| {
            if led_away && !fenced {
                let fences: fn(&Order) -> bool = |order| matches!(order, Order::Fence { .. });
                puppets.refuses = Some((addr(3), fences, "NOPERM no"));
            }
            if matches!(order, Order::Promote { .. }) {
                led_away = true;
                of(&mut puppets.view, "c").replication.position = Some(at(12, 150));
            }
            puppets.answer(node, order)
        });
        let master = of(&mut puppets.view, "c").replication.master.clone();
        assert_eq!(master == Some(addr(1)), fenced);
    }
}

/// Pika before 3.5 names no history. Only where it stands tells that it is not empty, and it is linked and level: a copy
/// was asked for all the same.
#[test]
fn an_old_pika_that_holds_something_is_copied_to_as_any_other() {
    let mut view = with_rules(sample::healthy());
    for name in ["a", "b", "c"] {
        of(&mut view, name).replication.history_id = None;
    }
    let played = Puppets::of(&view).play(&repoint(&view, true));
    assert_eq!(played.outcome, Outcome::Done);
    assert_eq!(played.followed(&addr(3)), Some(true));
}

/// A Pika that is told to follow a loopback address names that of an interface of its own.
#[test]
fn of_a_master_on_a_loopback_address_the_port_tells() {
    let mut said = sample::replica(2).replication;
    for (to, told, follows) in [
        (
            Addr::new("10.0.0.2", 9221),
            Addr::new("10.0.0.2", 9221),
            true,
        ),
        (
            Addr::new("10.0.0.7", 9221),
            Addr::new("127.0.0.1", 9221),
            true,
        ),
        (
            Addr::new("10.0.0.7", 9222),
            Addr::new("127.0.0.1", 9221),
            false,
        ),
        (
            Addr::new("10.0.0.7", 9221),
            Addr::new("10.0.0.2", 9221),
            false,
        ),
    ] {
        said.master = Some(to);
        assert_eq!(points_to(&said, &told), follows, "{told}");
    }
}

/// It was silent when the plan was made. Behind a closed port it is the master that another has set apart; one that was led away
/// and had been seen as a replica is none.
#[test]
fn who_is_back_in_a_switchover_behind_a_closed_port_was_a_master() {
    for (silent, follows) in [(true, None), (false, Some(false))] {
        let mut view = with_rules(sample::healthy());
        if silent {
            lose(&mut view, "c", FaultKind::Timeout);
        }
        let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
        let mut puppets = Puppets::of(&view);
        let saves: fn(&Order) -> bool = |order| *order == Order::Persist;
        puppets.before = Some((addr(2), saves, |view| {
            let mut back = sample::replica(1);
            back.replication.master = Some(Addr::new("127.0.0.1", 63_535));
            back.replication.link = Link::Down;
            back.replication.position = Some(at(12, 100));
            named(view, "c").state = Ok(back);
        }));
        let played = puppets.play(&plan);
        assert_eq!(played.followed(&addr(3)), follows, "{:?}", played.orders);
        let left = played.left(&addr(3));
        assert_eq!(left.contains(&"rejoin.past_unknown"), silent, "{left:?}");
    }
}

/// It has been started again without its fence, and others have set it apart: it has lost its newest data, and what it has may not
/// be the master's.
#[test]
fn an_old_master_that_others_have_set_apart_is_not_led_below_the_new_one() {
    for (offset, follows) in [(280, None), (284, Some(false))] {
        let view = with_rules(sample::healthy());
        let plan = draft::promote::draft(&stage::brief(&view), Some(&addr(2))).unwrap();
        let mut puppets = Puppets::of(&view);
        let saves: fn(&Order) -> bool = |order| *order == Order::Persist;
        let back: fn(&mut ClusterView) = if offset == 284 {
            set_apart::<284>
        } else {
            set_apart::<280>
        };
        puppets.before = Some((addr(2), saves, back));
        let played = puppets.play(&plan);
        assert_eq!(played.followed(&addr(1)), follows, "{:?}", played.orders);
        let left = played.left(&addr(1));
        assert_eq!(
            left.contains(&"rejoin.past_unknown"),
            follows.is_none(),
            "{left:?}"
        );
    }
}

fn set_apart<const OFFSET: u64>(view: &mut ClusterView) {
    let mut back = sample::replica(1);
    back.replication.master = Some(Addr::new("127.0.0.1", 63_535));
    back.replication.link = Link::Down;
    back.replication.position = Some(at(12, OFFSET));
    named(view, "a").state = Ok(back);
}
