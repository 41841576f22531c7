//! How long a leader may act, and what he says when he may not.

use super::fleet::id;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::event::Wanted;
use crate::decide::order::Order;
use crate::decide::record::Record;
use crate::decide::sample;

const S: u64 = 1_000_000;

/// The other watchers vote, and were asked so long ago.
fn votes(scene: &mut Scene, ago_us: u64) {
    let asked_us = scene.now_us - ago_us;
    for peer in [7, 8] {
        scene.tell(Event::Ballot {
            cluster: cluster(),
            peer: id(peer),
            down: true,
            leader: Some(id(ME)),
            leader_epoch: 1,
            asked_us,
        });
    }
}

/// When the promotion is ordered, by whoever was voted for when he was asked so long before he stood; and what was not ordered.
fn promotes(asked_before_us: u64) -> (Option<u64>, bool) {
    let mut scene = Scene::beside(&[7, 8]);
    scene.master_dies(&[7, 8]);
    let stood_us = scene.now_us;
    assert_eq!(scene.said(STANDS), [stood_us]);
    votes(&mut scene, asked_before_us);
    scene.pass(S);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    let ordered = scene.ordered(2, promotes).first().map(|at| at - stood_us);
    let withheld = |a: &Action| {
        let Action::Journal { record, .. } = a else {
            return false;
        };
        let Record::After {
            ok: false,
            note: Some(note),
            ..
        } = &**record
        else {
            return false;
        };
        note == "not ordered: no majority has confirmed this leader lately"
    };
    (ordered, !scene.did(withheld).is_empty())
}

/// Which is shorter than what binds the voters: their clocks may be fast, and this one slow.
#[test]
fn a_promotion_is_not_ordered_in_the_last_half_second_of_a_mandate() {
    let (ordered, _) = promotes(0);
    let takes_us = ordered.unwrap();
    let last_us = 4_300_000 - takes_us;
    assert_eq!(promotes(last_us), (Some(takes_us), false));
    assert_eq!(promotes(last_us + 1), (None, true));
}

/// The candidate has to catch up, for longer than a mandate lasts.
fn waits_for_its_candidate(confirmed: bool) -> Scene {
    let mut scene = Scene::beside(&[7, 8]);
    scene.server(1).at = 1_000_000;
    scene.look(1);
    let wish = Wanted {
        kind: "promote".to_owned(),
        nodes: vec![sample::addr(2)],
        ..Wanted::default()
    };
    let (cluster, wish) = (cluster(), Box::new(wish));
    scene.ask(Request::Operate { cluster, wish });
    scene.pass(1_000);
    votes(&mut scene, 0);
    for _ in 0..7 {
        scene.pass(S);
        if confirmed {
            votes(&mut scene, 0);
        }
    }
    scene.server(2).at = 1_000_000;
    // What the others may be at is asked before the fence is lifted.
    scene.pass(4 * S);
    scene
}

#[test]
fn a_leader_has_himself_confirmed_every_second_and_a_half() {
    let scene = waits_for_its_candidate(true);
    let stood_us = scene.said(STANDS)[0];
    let asks = |a: &Action| {
        matches!(
            a,
            Action::AskPeer {
                candidate: Some(_),
                ..
            }
        )
    };
    let mut asked = scene.did(asks);
    asked.dedup();
    let each: Vec<u64> = (0..5).map(|n| stood_us + n * 1_500_000).collect();
    assert_eq!(asked[..5], each);
}

#[test]
fn a_leader_who_is_confirmed_may_take_his_time() {
    let mut scene = waits_for_its_candidate(true);
    assert_eq!(scene.master(), sample::addr(2));
    let mut scene = waits_for_its_candidate(false);
    assert_eq!(scene.master(), sample::addr(1));
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// No node is made a master or a replica once the step is over that does so; the promotion is not ordered past the mandate
/// either. What gives back may come late.
#[test]
fn a_promotion_expires_with_its_mandate_and_other_roles_with_their_step() {
    let scene = waits_for_its_candidate(true);
    let mut bounds = Vec::new();
    for (at_us, action) in &scene.done {
        if let Action::Order {
            order, until_us, ..
        } = action
        {
            assert_eq!(until_us.is_some(), order.gives_role(), "{order:?}");
            let promotes = matches!(order, Order::Promote { .. });
            bounds.extend(until_us.map(|until_us| (promotes, until_us - at_us)));
        }
    }
    let longest = |promotes| {
        bounds
            .iter()
            .filter(move |b| b.0 == promotes)
            .map(|b| b.1)
            .max()
    };
    assert!(longest(true).is_some_and(|us| us < 5 * S), "{bounds:?}");
    assert!(longest(false).is_some_and(|us| us > 5 * S), "{bounds:?}");
}

/// It is elected, and learns of nothing that it has asked for until then.
fn goes_on_after(us: u64) -> Scene {
    let mut scene = Scene::beside(&[7, 8]);
    scene.master_dies(&[7, 8]);
    votes(&mut scene, 0);
    scene.now_us += us;
    scene
}

fn promotes_within_a_second(mut scene: Scene) -> bool {
    scene.pass(S);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    !scene.ordered(2, promotes).is_empty()
}

/// The master may be back, and the looks that say otherwise are as old as that.
#[test]
fn who_has_stood_still_promotes_nobody_by_what_he_saw_before() {
    assert!(promotes_within_a_second(goes_on_after(3 * S)));
    let mut scene = goes_on_after(3 * S);
    scene.tell(Event::Stalled { gap_ms: 3_000 });
    assert!(!promotes_within_a_second(scene));
}

/// Nobody else was elected meanwhile, so they vote for him again.
#[test]
fn a_mandate_that_ran_out_is_not_renewed_by_those_who_gave_it() {
    let mut scene = goes_on_after(5 * S);
    votes(&mut scene, 0);
    assert!(!promotes_within_a_second(scene));
}
