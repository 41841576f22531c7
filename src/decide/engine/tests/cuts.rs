//! What a repair that waits is cut short for: an old master that comes back meanwhile.

use super::nodes::Life;
use super::nodes::Server;
use super::repairs::remembered;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::order::Order;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::sample;

const S: u64 = 1_000_000;
const TURN_US: u64 = 1_500_000;
const CONVERTS: &str = "+convert-to-slave";

fn follows(order: &Order) -> bool {
    matches!(order, Order::Follow { .. })
}

fn ends(action: &Action) -> bool {
    matches!(action, Action::Journal { record, .. } if matches!(**record, Record::End { .. }))
}

/// The third node has strayed and is led back, and does not come to the end of it.
fn repairs_for_long(how: fn(&mut Server)) -> Scene {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.server(3).follows = Some(sample::addr(9));
    how(scene.server(3));
    scene.look(3);
    while scene.ordered(3, follows).is_empty() {
        scene.pass(1_000);
    }
    scene.pass(10 * S);
    scene
}

/// The second one comes back as a master.
fn returns(scene: &mut Scene) {
    scene.gone(2);
    scene.pass(S);
    scene.server(2).saved = None;
    scene.back(2);
}

#[test]
fn a_repair_that_waits_for_a_copy_gives_way_to_an_old_master_that_comes_back() {
    let mut scene = repairs_for_long(|server| server.copying = true);
    returns(&mut scene);
    let since_us = scene.now_us;
    scene.pass(10 * S);
    // Its turn is waited for once, and not again when the repair is over.
    let after_us = scene.said(CONVERTS).first().map(|at_us| at_us - since_us);
    assert!(
        after_us.is_some_and(|us| (TURN_US..TURN_US + 10_000).contains(&us)),
        "{after_us:?}"
    );
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
    assert_eq!(scene.server(2).follows, Some(sample::addr(1)));
    // The copy has gone on meanwhile, and what was left to do after it is done.
    assert_eq!(scene.server(3).saved, Some(sample::addr(1)));
    assert_eq!(scene.ordered(3, follows).len(), 1);
}

/// An operator has the third node led back, which is copied to for long.
pub(super) fn waits_for_a_copy(scene: &mut Scene) {
    scene.server(3).copying = true;
    scene.follows(3, Some(9));
    let wish = Wanted {
        kind: "repoint".to_owned(),
        nodes: vec![sample::addr(3)],
        ..Wanted::default()
    };
    scene.ask(Request::Operate {
        cluster: cluster(),
        wish: Box::new(wish),
    });
}

/// The copy goes on there as well.
#[test]
fn an_operator_who_waits_for_a_copy_is_told_what_is_left() {
    let mut scene = Scene::of(by_itself(), remembered());
    waits_for_a_copy(&mut scene);
    scene.pass(10 * S);
    let ended = |scene: &Scene| {
        let replies = scene.done.iter().filter_map(|(_, action)| {
            let Action::Reply { reply, .. } = action else {
                return None;
            };
            let Reply::Ended { outcome, .. } = reply else {
                return None;
            };
            Some(matches!(outcome, Outcome::Incomplete { .. }))
        });
        replies.collect::<Vec<bool>>()
    };
    assert!(ended(&scene).is_empty());
    returns(&mut scene);
    scene.pass(TURN_US + S);
    assert_eq!(ended(&scene), [true]);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
    assert_eq!(scene.ordered(3, follows).len(), 1);
}

/// It is another's to set right, who is given the time.
#[test]
fn a_repair_that_waits_is_not_cut_short_before_this_watcher_has_its_turn() {
    let mut scene = repairs_for_long(|server| server.copying = true);
    scene.meets_pikafo(1);
    returns(&mut scene);
    scene.pass(2 * TURN_US - 1);
    assert_eq!(scene.did(ends).len(), 0);
    scene.pass(10_000);
    assert!(!scene.did(ends).is_empty());
}

/// Whoever is restarted meanwhile, and whose file says that it follows the old master, goes first: a Pika with replicas is
/// attached to nobody.
#[test]
fn a_repair_gives_way_to_whoever_comes_to_follow_its_node() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.server(2).binding = true;
    returns(&mut scene);
    scene.pass(TURN_US - 10_000);
    // Nobody has looked at it since when the repair is begun.
    scene.server(3).follows = Some(sample::addr(2));
    scene.pass(S);
    assert_eq!(scene.server(2).follows, None);
    scene.look(3);
    scene.pass(15 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
    assert_eq!(scene.server(2).follows, Some(sample::addr(1)));
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)));
}

/// Its role is not saved before the copy has ended.
#[test]
fn who_comes_back_as_a_master_while_it_is_copied_to_is_fenced_again() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.gone(3);
    scene.pass(S);
    (scene.server(3).saved, scene.server(3).copying) = (None, true);
    scene.back(3);
    scene.pass(10 * S);
    scene.look(3);
    assert_eq!(scene.did(ends).len(), 0);
    scene.gone(3);
    scene.pass(S);
    scene.back(3);
    assert_eq!(scene.servers.writable().len(), 2);
    scene.pass(2 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// Whoever is not heard of any more after the order to follow is not waited for either.
#[test]
fn a_repair_whose_node_falls_silent_gives_way_as_well() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.follows(3, Some(9));
    while scene.ordered(3, follows).is_empty() {
        scene.pass(1_000);
    }
    scene.server(3).life = Life::Hangs;
    returns(&mut scene);
    scene.pass(2 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// It would be left a master of its own, and judged as such afterwards.
#[test]
fn who_is_led_away_for_the_sake_of_its_link_is_led_back_first() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.server(3).cut = true;
    scene.look(3);
    let leads_away = |order: &Order| matches!(order, Order::Promote { .. });
    while scene.ordered(3, leads_away).is_empty() {
        scene.pass(1_000);
    }
    // It is still followed, and so refuses to follow.
    let mut other = scene.server(3).clone();
    other.follows = Some(sample::addr(3));
    scene.servers.all.insert(sample::addr(4), other);
    scene.server(3).binding = true;
    scene.pass(6 * S);
    assert!(!scene.ordered(3, follows).is_empty());
    returns(&mut scene);
    scene.pass(10 * S);
    assert_eq!(scene.did(ends).len(), 0);
    scene.server(3).binding = false;
    scene.pass(2 * S);
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)));
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// Each time that it is tried in vain the other repair is ended, but that is less and less often.
#[test]
fn an_old_master_that_cannot_be_set_right_keeps_nobody_else_from_it() {
    let mut scene = repairs_for_long(|server| server.copying = true);
    scene.server(2).deaf = true;
    returns(&mut scene);
    scene.pass(4 * 60 * S);
    let tried = scene.said(CONVERTS);
    let pauses: Vec<u64> = tried
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / S)
        .collect();
    assert_eq!(pauses, [8, 16, 32, 60, 60, 60]);
}

/// Sentinels attach without looking; this one was judged.
#[test]
fn who_was_attached_before_a_repair_is_cut_short_was_not_attached_by_a_sentinel() {
    let mut spec = by_itself();
    spec.terms.resync_diverged = true;
    let mut scene = Scene::of(spec, remembered());
    scene.meets(1);
    scene.gone(3);
    scene.pass(S);
    let server = scene.server(3);
    (server.saved, server.at, server.copying) = (None, 120, true);
    scene.back(3);
    scene.pass(10 * S);
    assert_eq!(scene.ordered(3, follows).len(), 1);
    assert_eq!(scene.did(ends).len(), 0, "nobody has looked at it since");
    scene.look(3);
    returns(&mut scene);
    scene.pass(10 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
    scene.look(3);
    assert!(!scene.apart(3));
}

/// A switchover, the last step of which waits for the link of the old master: its masterauth is changed while it is fenced.
fn waits_for_the_link_of_the_old_master(scene: &mut Scene) {
    let wish = Wanted {
        kind: "promote".to_owned(),
        ..Wanted::default()
    };
    scene.ask(Request::Operate {
        cluster: cluster(),
        wish: Box::new(wish),
    });
    for _ in 0..100_000 {
        if scene.never("+switch-master") {
            scene.pass(250);
            let fenced = scene.server(1).fenced;
            scene.server(1).stranger |= fenced;
        }
    }
    assert!(!scene.never("+switch-master"));
}

/// The third node is silent when a switchover begins, which is to take it along if it comes back. It comes back as a master of its
/// own.
#[test]
fn whom_a_switchover_leaves_apart_is_fenced_before_it_is_over() {
    let mut scene = Scene::by_itself();
    scene.gone(3);
    scene.pass(S);
    waits_for_the_link_of_the_old_master(&mut scene);
    (scene.server(3).saved, scene.server(3).at) = (None, 200);
    scene.back(3);
    assert_eq!(scene.servers.writable().len(), 2);
    scene.pass(2 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(2)]);
    assert!(scene.apart(3));
}

/// Its new role was not on the disk.
#[test]
fn an_old_master_that_a_restart_makes_one_again_is_set_right_before_the_switchover_is_over() {
    let mut scene = Scene::by_itself();
    waits_for_the_link_of_the_old_master(&mut scene);
    scene.pass(2 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(2)]);
    assert_eq!(scene.did(ends).len(), 0);
    scene.gone(1);
    scene.pass(S);
    scene.server(1).saved = None;
    scene.back(1);
    assert_eq!(scene.servers.writable().len(), 2);
    scene.pass(3 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(2)]);
}
