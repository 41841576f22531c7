//! What a leader shows of his failover, and what he does not leave half done.

use super::fleet::id;
use super::nodes::Life;
use super::repairs::remembered;
use super::scene::ME;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::durable::DurableCluster;
use crate::decide::engine::event::Unfinished;
use crate::decide::engine::event::Wanted;
use crate::decide::engine::snapshot::Moving;
use crate::decide::engine::spec::Spec;
use crate::decide::order::Order;
use crate::decide::record::Record;
use crate::decide::record::may_have_promoted;
use crate::decide::sample;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;

/// How Sentinel's clients see it: the state of the failover, and how far the other replica has come.
fn shown(scene: &mut Scene) -> (Option<&'static str>, Option<Moving>) {
    let cluster = scene.engine.snapshot().clusters[0].clone();
    let third = cluster.nodes.iter().find(|n| n.addr == sample::addr(3));
    (cluster.failover, third.unwrap().moving)
}

#[test]
fn a_failover_shows_how_far_it_has_come() {
    let mut scene = Scene::by_itself();
    scene.server(3).stranger = true;
    scene.master_dies(&[]);
    let mut seen = vec![shown(&mut scene)];
    for step in 0..200 {
        if step == 150 {
            scene.server(3).stranger = false;
            scene.look(3);
        }
        scene.pass(250);
        scene.look(3);
        let now = shown(&mut scene);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    let (select, promote, moves) = ("select_slave", "wait_promotion", "reconf_slaves");
    let states = [
        (Some(select), None),
        (Some(promote), None),
        (Some(moves), None),
        (Some(moves), Some(Moving::Sent)),
        (Some(moves), Some(Moving::InProgress)),
        (Some(moves), Some(Moving::Done)),
    ];
    let seen: Vec<_> = seen
        .into_iter()
        .filter(|(state, _)| state.is_some())
        .collect();
    assert_eq!(seen, states);
}

/// The old master is back as soon as the new one is told of: it is set right at once, but for the role that is saved first.
#[test]
fn a_failover_is_not_cut_short_before_the_new_master_has_saved_its_role() {
    let mut scene = Scene::by_itself();
    // The last step would wait for its link.
    scene.server(3).stranger = true;
    scene.master_dies(&[]);
    while scene.never("+switch-master") {
        scene.pass(250);
    }
    assert!(scene.server(2).saved.is_some(), "it was too fast");
    scene.back(1);
    while scene.never("+failover-end") {
        scene.pass(250);
    }
    assert_eq!(scene.server(2).saved, None);
    assert!(scene.now_us < 12 * S, "it was not waited for the link");
    scene.pass(S);
    assert_eq!(scene.servers.writable(), [sample::addr(2)]);
}

/// How long it takes from the order to follow to the end of the failover, when the old master is back in between, and whether
/// it is known by then what became of the order.
fn cut_short_in_the_middle(meanwhile: fn(&mut Scene)) -> (u64, bool) {
    let mut scene = Scene::by_itself();
    scene.master_dies(&[]);
    let moves = |order: &Order| matches!(order, Order::Follow { .. });
    while scene.ordered(3, moves).is_empty() {
        scene.pass(250);
    }
    let ordered_us = scene.ordered(3, moves)[0];
    meanwhile(&mut scene);
    scene.done.clear();
    scene.back(1);
    while scene.never("+failover-end") {
        scene.pass(250);
    }
    let answered = scene.did(|action| {
        let Action::Journal { record, .. } = action else {
            return false;
        };
        matches!(**record, Record::After { ok: true, .. })
    });
    (scene.now_us - ordered_us, !answered.is_empty())
}

/// It may have received something from the old master before the order came to it, which shows in what it answers only.
#[test]
fn a_failover_is_not_cut_short_before_who_was_told_to_follow_has_answered() {
    let (after_us, answered) = cut_short_in_the_middle(|_| ());
    assert!(answered && after_us < 10_000, "{after_us}");
    let (after_us, answered) = cut_short_in_the_middle(|scene| scene.server(3).life = Life::Hangs);
    assert!(!answered);
    assert!((S..S + 1_000).contains(&after_us), "{after_us}");
}

const GIVEN_UP: &str = "-failover-abort-slave-timeout";

/// The candidate stops answering with the order to become master, whether it has carried that out or not. The old master is back,
/// and so is another one.
fn back_before_it_took(carried_out: bool, loads: bool) -> Scene {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.master_dies(&[]);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    while scene.ordered(2, promotes).is_empty() {
        scene.pass(50);
    }
    if carried_out {
        scene.pass(700);
        assert_eq!(scene.server(2).follows, None);
    }
    scene.hangs(2);
    scene.pass(S);
    scene.gone(3);
    scene.server(3).saved = None;
    scene.server(1).loading = loads;
    scene.back(1);
    scene.back(3);
    scene
}

#[test]
fn a_failover_is_given_up_when_the_old_master_serves_before_it_took() {
    for carried_out in [false, true] {
        let mut scene = back_before_it_took(carried_out, false);
        assert_eq!(scene.said(GIVEN_UP), [scene.now_us]);
        scene.pass(2 * S);
        assert_eq!(scene.servers.writable(), [sample::addr(1)]);
        scene.back(2);
        scene.pass(2 * S);
        assert_eq!(scene.server(2).follows, Some(sample::addr(1)));
        scene.pass(20 * S);
        assert_eq!(scene.servers.writable(), [sample::addr(1)]);
        assert_eq!(scene.master(), sample::addr(1));
    }
}

/// It is promoted at the same moment: whoever has given that up does not wait for somebody to tell of it.
#[test]
fn whom_a_failover_that_is_given_up_has_promoted_is_no_master_for_long() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.master_dies(&[]);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    while scene.ordered(2, promotes).is_empty() {
        scene.pass(50);
    }
    scene.back(1);
    while scene.never(GIVEN_UP) {
        scene.pass(50);
    }
    scene.server(2).follows = None;
    scene.pass(5 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
    assert_eq!(scene.master(), sample::addr(1));
}

/// What it was before says nothing of whether it serves.
#[test]
fn a_failover_is_not_given_up_for_an_old_master_that_does_not_serve() {
    let scene = back_before_it_took(false, true);
    assert!(scene.never(GIVEN_UP));
}

/// An operator has asked for a switchover.
fn switches_over() -> Scene {
    let mut scene = Scene::by_itself();
    let wish = Wanted {
        kind: "promote".to_owned(),
        ..Wanted::default()
    };
    let wish = Box::new(wish);
    scene.ask(Request::Operate {
        cluster: cluster(),
        wish,
    });
    scene
}

/// The old master follows the new one, the other replica is waited for, and a Sentinel promotes the old one.
#[test]
fn a_switchover_does_not_wait_for_its_rest_beside_a_second_master() {
    for promoted in [false, true] {
        let mut scene = switches_over();
        scene.server(3).stranger = true;
        let heir = Some(sample::addr(2));
        for _ in 0..10_000 {
            scene.pass(1_000);
            if scene.server(1).follows == heir && !scene.server(1).fenced {
                break;
            }
        }
        scene.look(1);
        scene.pass(S);
        assert!(scene.engine.snapshot().clusters[0].failover.is_some());
        if promoted {
            scene.server(1).follows = None;
        }
        scene.look(1);
        scene.look(1);
        scene.pass(S / 2);
        let running = scene.engine.snapshot().clusters[0].failover.is_some();
        assert_eq!(running, !promoted);
    }
}

/// It is cut off by a crash, as the journal has it.
fn unfinished(scene: &Scene) -> Unfinished {
    let records: Vec<Record> = scene
        .done
        .iter()
        .filter_map(|(_, action)| {
            let Action::Journal { record, .. } = action else {
                return None;
            };
            Some((**record).clone())
        })
        .collect();
    let plan = scene.plan().unwrap();
    Unfinished { plan, records }
}

/// Nobody has been told of another master, and whom it voted for is on its disk.
fn cut_off_before_a_word(leader: Option<u8>, memory: Memory, unfinished: Unfinished) -> Scene {
    let spec = Spec {
        master: Some(sample::addr(1)),
        ..by_itself()
    };
    let durable = DurableCluster {
        leader: leader.map(id),
        leader_epoch: u64::from(leader.is_some()),
        ..DurableCluster::default()
    };
    let durable = Durable {
        current_epoch: 1,
        clusters: [(cluster(), durable)].into(),
    };
    Scene::cut_off(spec, memory, durable, Some(unfinished))
}

fn resumed_after(leader: Option<u8>) -> u64 {
    let mut scene = switches_over();
    scene.pass(3_000);
    let unfinished = unfinished(&scene);
    let mut scene = cut_off_before_a_word(leader, Memory::default(), unfinished);
    let began_us = scene.now_us;
    scene.look_at_all();
    scene.pass(20 * S);
    let goes_on = |a: &Action| matches!(a, Action::Journal { .. });
    scene.did(goes_on)[0] - began_us
}

/// The others are heard first; and whoever was voted for since may be acting.
#[test]
fn what_a_crash_cut_off_is_gone_on_with_when_the_others_have_had_time_to_tell() {
    assert_eq!(resumed_after(None), 2_500_000);
    assert_eq!(resumed_after(Some(ME)), 2_500_000);
    assert_eq!(resumed_after(Some(7)), 5 * S);
}

fn told_and_cut_off() -> Scene {
    told_and_cut_off_with(|_| ())
}

/// Everybody has been told of the new master when its leader dies; the old one is fenced. It begins again with what has become
/// of its memory.
pub(super) fn told_and_cut_off_with(change: impl FnOnce(&mut Memory)) -> Scene {
    let mut scene = switches_over();
    while scene.never("+switch-master") {
        scene.pass(250);
    }
    let unfinished = unfinished(&scene);
    let spec = Spec {
        master: unfinished.plan.facts.candidate.clone(),
        ..by_itself()
    };
    let mut memory = scene.remembers().unwrap_or_default();
    change(&mut memory);
    let mut scene = Scene::cut_off(spec, memory, Durable::default(), Some(unfinished));
    scene.server(1).fenced = true;
    scene
}

/// What it was to do would wait for an answer of the dead one, and so would the failover.
#[test]
fn a_new_master_that_died_with_its_leader_is_replaced() {
    let mut scene = told_and_cut_off();
    scene.server(2).follows = None;
    scene.server(3).follows = Some(sample::addr(2));
    scene.look_at_all();
    scene.pass(S);
    scene.gone(2);
    scene.look(3);
    scene.pass(20 * S);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    assert_eq!(scene.ordered(3, promotes).len(), 1);
    assert_eq!(scene.master(), sample::addr(3));
}

/// A switchover was cut off behind its fence. The dead one cannot be freed, and is replaced before anything else.
#[test]
fn a_master_that_died_while_a_switchover_was_cut_off_is_replaced() {
    let mut scene = switches_over();
    for _ in 0..10_000 {
        if scene.server(1).fenced {
            break;
        }
        scene.pass(1_000);
    }
    let unfinished = unfinished(&scene);
    assert!(!may_have_promoted(&unfinished.plan, &unfinished.records));
    let memory = scene.remembers().unwrap_or_default();
    let mut scene = cut_off_before_a_word(Some(ME), memory, unfinished);
    scene.look_at_all();
    scene.gone(1);
    scene.pass(20 * S);
    let freed = scene.ordered(1, |order| matches!(order, Order::Unfence { .. }));
    assert!(freed.is_empty(), "{freed:?}");
    assert_ne!(scene.master(), sample::addr(1));
}

/// The same behind the order to promote. Both may be lost for good: a person who names the one that is left is not told to
/// wait for them.
#[test]
fn what_waits_for_the_dead_gives_way_to_who_gives_them_up() {
    let mut scene = switches_over();
    scene.pass(3_000);
    let mut open = unfinished(&scene);
    for _ in 0..10_000 {
        if may_have_promoted(&open.plan, &open.records) {
            break;
        }
        scene.pass(1_000);
        open = unfinished(&scene);
    }
    let memory = Memory {
        open_operation: Some(open.plan.id.clone()),
        ..scene.remembers().unwrap_or_default()
    };
    let mut scene = cut_off_before_a_word(Some(ME), memory, open);
    scene.look_at_all();
    scene.gone(1);
    scene.gone(2);
    scene.pass(20 * S);
    for (accept_loss, dry_run) in [
        (None, false),
        (Some(u64::MAX), true),
        (Some(u64::MAX), false),
    ] {
        let wish = Wanted {
            kind: "failover".to_owned(),
            nodes: vec![sample::addr(3)],
            accept_loss,
            dry_run,
            ..Wanted::default()
        };
        for _ in 0..200 {
            if scene.engine.snapshot().clusters[0].failover.is_some() {
                break;
            }
            scene.pass(S / 10);
        }
        assert!(scene.engine.snapshot().clusters[0].failover.is_some());
        let before = scene.done.len();
        scene.ask(Request::Operate {
            cluster: cluster(),
            wish: Box::new(wish),
        });
        scene.pass(5 * S);
        let answers = scene.done.iter().skip(before);
        let planned = answers.map(|(_, action)| action).any(|action| {
            matches!(
                action,
                Action::Reply {
                    reply: Reply::Planned { .. },
                    ..
                }
            )
        });
        assert_eq!(planned, dry_run);
        let left = if accept_loss.is_none() || dry_run {
            1
        } else {
            3
        };
        assert_eq!(scene.master(), sample::addr(left));
    }
    scene.pass(20 * S);
    let open = scene.remembers().and_then(|memory| memory.open_operation);
    assert_eq!(open, None);
}

/// A restart has made a replica of the new master.
#[test]
fn the_old_master_stays_fenced_until_the_new_one_is_made_master_again() {
    let mut scene = told_and_cut_off();
    scene.look_at_all();
    scene.pass(20 * S);
    let promoted = scene.ordered(2, |order| matches!(order, Order::Promote { .. }));
    let lifted = scene.ordered(1, |order| matches!(order, Order::Unfence { .. }));
    assert!(!promoted.is_empty(), "it was not made master again");
    assert!(lifted.iter().all(|at| *at > promoted[0]), "{lifted:?}");
    assert_eq!(scene.servers.writable(), [sample::addr(2)]);
}

/// It has become master otherwise than by this plan.
#[test]
fn a_late_answer_about_an_earlier_plan_is_nobodys() {
    let mut scene = Scene::by_itself();
    scene.master_dies(&[]);
    scene.pass(10 * S);
    let before = scene.done.len();
    let answer = scene.done.iter().find_map(|(_, action)| {
        let Action::Order {
            cluster,
            operation,
            ask,
            ..
        } = action
        else {
            return None;
        };
        Some(Event::Answer {
            cluster: cluster.clone(),
            operation: operation.clone(),
            ask: *ask,
            result: Ok(crate::decide::order::Answer::Done),
        })
    });
    scene.tell(answer.unwrap());
    assert_eq!(scene.done.len(), before);
}
