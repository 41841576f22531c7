//! When silence counts as death, whose word is asked for, and how closely nodes are looked at meanwhile.

use super::fleet::id;
use super::nodes::Life;
use super::scene::DEAD_US;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Pace;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::engine::event::Whom;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::sample;

const S: u64 = 1_000_000;

#[test]
fn who_is_silent_is_down_after_a_second_and_whose_port_is_closed_sooner() {
    for node in [1, 2] {
        let mut scene = Scene::new();
        scene.hangs(node);
        let since_us = scene.now_us;
        scene.pass(5 * S);
        assert_eq!(scene.said("+sdown"), [since_us + S], "{node}");
        scene.back(node);
        assert_eq!(scene.said("-sdown"), [scene.now_us], "{node}");
        let mut scene = Scene::new();
        scene.gone(node);
        let since_us = scene.now_us;
        scene.pass(5 * S);
        assert_eq!(scene.said("+sdown"), [since_us + DEAD_US], "{node}");
    }
}

/// The port was closed long after the last sign of life: what comes first counts.
#[test]
fn a_port_that_is_closed_late_makes_nobody_live_longer() {
    let mut scene = Scene::new();
    scene.hangs(1);
    let since_us = scene.now_us;
    scene.pass(900_000);
    let fault = Fault::new(FaultKind::Refused, "connection refused");
    scene.quiet(node_of(1), since_us, Some(scene.now_us), fault);
    scene.pass(5 * S);
    assert_eq!(scene.said("+sdown"), [since_us + S]);
}

/// Somebody is there.
#[test]
fn who_answers_with_a_refusal_is_not_down() {
    for kind in [
        FaultKind::Auth,
        FaultKind::NotResp,
        FaultKind::Unsupported,
        FaultKind::Error,
    ] {
        let mut scene = Scene::new();
        scene.quiet(node_of(1), scene.now_us, None, Fault::new(kind, "no"));
        scene.pass(60 * S);
        assert!(scene.never("+sdown"), "{kind:?}");
    }
}

/// Nobody was listening while this watcher stood still.
#[test]
fn silence_during_a_stall_of_ones_own_proves_nothing() {
    let mut scene = Scene::new();
    scene.hangs(1);
    scene.pass(900_000);
    scene.tell(Event::Stalled { gap_ms: 500 });
    let stalled_us = scene.now_us;
    scene.pass(10 * S);
    // It stands aside for three seconds as well.
    assert_eq!(scene.said("+sdown"), [stalled_us + 3 * S]);
    let mut scene = Scene::new();
    scene.tell(Event::Stalled { gap_ms: 500 });
    scene.pass(2_500_000);
    let since_us = scene.now_us - 10 * S;
    scene.server(1).life = Life::Hangs;
    let fault = Fault::new(FaultKind::Timeout, "no answer");
    scene.quiet(node_of(1), since_us, None, fault);
    scene.pass(10 * S);
    assert_eq!(scene.said("+sdown").len(), 1);
}

#[test]
fn a_watcher_is_down_after_a_second_too() {
    let mut scene = Scene::beside(&[7]);
    scene.watcher_quiet(7);
    let since_us = scene.now_us;
    scene.pass(5 * S);
    assert_eq!(scene.said("+sdown"), [since_us + S]);
    scene.watcher_heard(7);
    assert_eq!(scene.said("-sdown"), [scene.now_us]);
}

#[test]
fn a_master_is_dead_when_a_quorum_says_so_and_no_longer_when_it_does_not() {
    let mut scene = Scene::beside(&[7, 8]);
    scene.master_dies(&[]);
    assert!(scene.never("+odown"));
    scene.says(7, true);
    assert_eq!(scene.said("+odown"), [scene.now_us]);
    let said = scene.done.iter();
    let quorum =
        said.filter(|(_, a)| matches!(a, Action::Emit(n) if n.payload.ends_with(" #quorum 2/2")));
    assert_eq!(quorum.count(), 1);
    scene.says(7, false);
    assert_eq!(scene.said("-odown"), [scene.now_us]);
    scene.says(8, true);
    scene.back(1);
    assert_eq!(scene.said("-odown").len(), 2);
}

/// An answer is good for five seconds.
#[test]
fn an_old_answer_does_not_count() {
    let mut scene = Scene::beside(&[7, 8]);
    scene.hangs(1);
    scene.hangs(2);
    scene.hangs(3);
    scene.pass(S);
    scene.says(7, true);
    scene.pass(5 * S - 1);
    scene.look(1);
    assert!(scene.never("-odown"));
    scene.pass(1_000_000);
    assert_eq!(scene.said("-odown").len(), 1);
}

/// Until they agree the others are asked often, and then once a second, unless one of them hears the master.
#[test]
fn the_others_are_asked_again_and_again_while_the_master_is_silent() {
    let asked_in_a_second = |says: &[(u8, bool)]| {
        let mut scene = Scene::beside(&[7, 8]);
        scene.ask(Request::Pause {
            cluster: cluster(),
            for_ms: None,
            by: "ann".to_owned(),
            reason: None,
            said_ms: None,
        });
        scene.master_dies(&[]);
        scene.pass(25_000);
        for (peer, down) in says {
            scene.says(*peer, *down);
        }
        scene.done.clear();
        scene.pass(S);
        let asks = |a: &Action| {
            matches!(
                a,
                Action::AskPeer {
                    candidate: None,
                    ..
                }
            )
        };
        scene.did(asks).len() / 2
    };
    assert_eq!(asked_in_a_second(&[]), 20);
    assert_eq!(asked_in_a_second(&[(7, true), (8, false)]), 20);
    assert_eq!(asked_in_a_second(&[(7, true), (8, true)]), 1);
}

/// It has heard of the silence when it was long over, by the others' word: it looks itself whether the replicas receive.
#[test]
fn replicas_whose_link_is_up_are_watched_for_half_a_second() {
    let mut scene = Scene::beside(&[7, 8]);
    scene.server(1).life = Life::Hangs;
    let fault = Fault::new(FaultKind::Timeout, "no answer");
    scene.quiet(node_of(1), scene.now_us - 9 * S, None, fault);
    for peer in [7, 8] {
        scene.says(peer, true);
    }
    let heard_us = scene.now_us;
    scene.pass(2 * S);
    assert_eq!(scene.said(STANDS).first(), Some(&(heard_us + 650_000)));
}

/// It has looked at nobody while it stood aside, and what came to the replicas by then shows nothing.
#[test]
fn replicas_are_watched_from_the_end_of_an_abstention() {
    let mut scene = Scene::beside(&[7, 8]);
    scene.tell(Event::Stalled { gap_ms: 500 });
    let ends_us = scene.now_us + 3 * S;
    scene.pass(S);
    scene.hangs(1);
    scene.until(ends_us);
    for peer in [7, 8] {
        scene.says(peer, true);
    }
    scene.pass(400_000);
    assert_eq!(scene.said("+odown"), [ends_us]);
    assert!(scene.never(STANDS));
    // The master is there: one of them has received something since.
    scene.server(2).at += 10;
    scene.look(2);
    scene.pass(S);
    assert!(scene.never(STANDS));
    let found = scene.finding("master.unreachable_but_serving");
    assert!(found.is_some());
}

/// Whoever follows somebody else says nothing of the master.
#[test]
fn only_the_masters_own_replicas_bear_witness() {
    let mut scene = Scene::beside(&[7, 8]);
    scene.server(2).relays = true;
    scene.server(3).at = 50;
    scene.follows(3, Some(2));
    scene.gone(1);
    scene.pass(200_000);
    scene.look(2);
    scene.server(3).at = 60;
    scene.look(3);
    scene.pass(100_000);
    for peer in [7, 8] {
        scene.says(peer, true);
    }
    assert_eq!(scene.finding("master.unreachable_but_serving"), None);
    assert!(!scene.never(STANDS));
}

/// As closely as may be while something is wrong, and no longer.
#[test]
fn nodes_are_looked_at_closely_while_something_is_wrong() {
    let pace = |scene: &Scene| {
        let mut done = scene.done.iter().rev();
        done.find_map(|(_, action)| {
            let Action::Probe { pace, .. } = action else {
                return None;
            };
            Some(*pace)
        })
    };
    let mut scene = Scene::new();
    scene.hangs(2);
    scene.pass(2 * S);
    assert_eq!(pace(&scene), None, "a replica");
    scene.hangs(1);
    assert_eq!(pace(&scene), Some(Pace::Brisk), "the master");
    scene.back(1);
    assert_eq!(pace(&scene), Some(Pace::Calm));
    scene.back(2);
    scene.follows(2, Some(9));
    assert_eq!(pace(&scene), Some(Pace::Brisk), "a stray");
    scene.follows(2, Some(1));
    assert_eq!(pace(&scene), Some(Pace::Calm));
    scene.follows(2, None);
    assert_eq!(pace(&scene), Some(Pace::Brisk), "a second master");
    scene.follows(2, Some(1));
    assert_eq!(pace(&scene), Some(Pace::Calm));
    let wish = Wanted {
        kind: "promote".to_owned(),
        ..Wanted::default()
    };
    let (cluster, wish) = (cluster(), Box::new(wish));
    scene.ask(Request::Operate { cluster, wish });
    assert_eq!(pace(&scene), Some(Pace::Brisk), "an operator's wish");
}

/// Half of a switchover is worse than none or all of it.
#[test]
fn what_is_under_way_is_led_to_its_end_after_a_stall() {
    let mut scene = Scene::by_itself();
    // The candidate has to catch up first.
    scene.server(1).at = 1_000_000;
    scene.look(1);
    let wish = Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(2)],
        ..Wanted::default()
    };
    let (cluster, wish) = (cluster(), Box::new(wish));
    scene.ask(Request::Operate { cluster, wish });
    scene.pass(S);
    assert!(scene.plan().is_some());
    scene.tell(Event::Stalled { gap_ms: 4000 });
    scene.server(2).at = 1_000_000;
    scene.pass(3 * S);
    let ended = matches!(
        scene.reply(1),
        Some(Reply::Ended {
            outcome: Outcome::Done,
            ..
        })
    );
    assert!(ended, "{:?}", scene.reply(1));
}

/// It was cut off together with the master, and another was promoted meanwhile. The first it hears of that is the new one itself;
/// then one of the others, in which case it would be told soon. Where it hears none of them it is never told, and what it would
/// discard may be the only true copy.
#[test]
fn who_was_cut_off_takes_nobody_for_an_old_master_before_he_is_told() {
    let fenced_after = |hears: bool, refuses: bool| {
        let mut scene = Scene::beside(&[7, 8]);
        scene.hangs(3);
        for peer in [7, 8] {
            scene.watcher_quiet(peer);
        }
        scene.pass(3 * S);
        if refuses {
            // Nothing listens there any more.
            for peer in [7, 8] {
                let whom = Whom::Watcher { id: id(peer) };
                let fault = Fault::new(FaultKind::Refused, "nothing listens there");
                scene.quiet(whom, scene.now_us - 250_000, Some(scene.now_us), fault);
            }
        }
        scene.server(3).follows = None;
        scene.back(3);
        let since_us = scene.now_us;
        if hears {
            scene.watcher_heard(7);
        }
        scene.pass(20 * S);
        let fences = |order: &Order| matches!(order, Order::Fence { .. });
        let first = scene.ordered(3, fences).first().copied();
        let told = scene.finding("repair.too_few").is_some();
        assert_eq!(first.is_none(), told);
        first.map(|at| at - since_us)
    };
    let told = fenced_after(true, false);
    assert!(
        told.is_some_and(|us| (2_500_000..5 * S).contains(&us)),
        "{told:?}"
    );
    assert_eq!(fenced_after(false, false), None);
    assert_eq!(fenced_after(false, true), None);
}

/// It has replaced the master, which is back while the others are heard, and not heard, time and again: when that one is fenced.
fn fenced_on_a_slow_network(silent_us: u64, heard_us: u64) -> u64 {
    let mut scene = Scene::beside(&[7, 8]);
    scene.master_dies(&[7, 8]);
    scene.pass(S);
    scene.votes(7, ME, 1);
    scene.pass(10 * S);
    assert_eq!(scene.master(), sample::addr(2));
    let mut since_us = u64::MAX;
    let fences = |order: &Order| matches!(order, Order::Fence { .. });
    for round in 0..60 {
        for peer in [7, 8] {
            let whom = Whom::Watcher { id: id(peer) };
            let fault = Fault::new(FaultKind::Timeout, "no answer for 250 ms");
            scene.quiet(whom, scene.now_us - 250_000, None, fault);
        }
        if round == 3 {
            // It has taken writes of its own.
            scene.server(1).at = 1_000_000;
            scene.back(1);
            since_us = scene.now_us;
        }
        scene.pass(silent_us - 250_000);
        for peer in [7, 8] {
            scene.watcher_heard(peer);
        }
        scene.pass(heard_us);
    }
    scene.ordered(1, fences)[0] - since_us
}

/// Who comes and goes was never away for so long that somebody was promoted unheard of; and where an answer takes longer than the pause
/// between two, nobody waits for ever.
#[test]
fn a_slow_network_keeps_nobody_from_fencing_an_old_master() {
    let often = fenced_on_a_slow_network(300_000, 500_000);
    assert!(often < 3 * S, "{often}");
    let always = fenced_on_a_slow_network(600_000, 250_000);
    assert!(always < 10 * S, "{always}");
}
