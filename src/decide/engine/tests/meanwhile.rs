//! What a watcher learns while it stands back for somebody who acts alone, and what he leaves as the memory.

use super::attached::beside_a_sentinel;
use super::attached::it_attaches_what_is_past;
use super::attached::promotion;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::facts::DbState;
use crate::decide::facts::Link;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;
const WHY: &str = "its data diverged";

fn stand_back(scene: &mut Scene) {
    scene.ask(Request::StandBack { cluster: cluster() });
}

fn recall(scene: &mut Scene, left: Memory) {
    scene.tell(Event::Recalled {
        cluster: cluster(),
        memory: Box::new(left),
        unfinished: None,
        lapsed: false,
    });
}

/// What is remembered of the third node after somebody has left a memory in which `left` is said of it, which said `before`
/// at first.
fn after(before: Memory, left: Memory, meanwhile: impl FnOnce(&mut Scene)) -> Memory {
    let mut scene = Scene::of(sample::spec(), before);
    stand_back(&mut scene);
    meanwhile(&mut scene);
    recall(&mut scene, left);
    scene.remembers().unwrap()
}

fn apart() -> Memory {
    Memory {
        quarantined: [(sample::addr(3), WHY.to_owned())].into(),
        ..Memory::default()
    }
}

/// A copy to the third node is seen to begin, and to end in this way.
fn is_copied_to(scene: &mut Scene, last: &[(DbState, Link)]) {
    for (state, link) in [&[(DbState::SyncingFull, Link::Syncing)], last].concat() {
        scene.sees(3, |seen| {
            seen.replication.eligible = None;
            seen.replication.link = link;
            seen.replication.db_states = [("db0".to_owned(), state)].into();
        });
    }
}

const ENDS: &[(DbState, Link)] = &[(DbState::Connected, Link::Up)];
const CUT_OFF: &[(DbState, Link)] = &[(DbState::NoConnect, Link::Down)];

/// A Sentinel attaches a replica that is past the promotion point. It is judged at once, for who asks is to hear it.
#[test]
fn whom_a_sentinel_attaches_stands_apart_at_once_and_afterwards() {
    let mut scene = beside_a_sentinel();
    stand_back(&mut scene);
    it_attaches_what_is_past(&mut scene);
    scene.pass(2 * S);
    assert!(scene.apart(3));
    recall(&mut scene, Memory::default());
    assert!(scene.apart(3));
    scene.pass(2 * S);
    assert!(scene.apart(3));
}

/// Whoever acted alone has made the second node master himself, and has judged whom he moved.
#[test]
fn whom_the_one_who_acted_alone_has_attached_does_not() {
    for (automatic, stays) in [(Some(false), false), (None, true)] {
        let mut scene = beside_a_sentinel();
        stand_back(&mut scene);
        it_attaches_what_is_past(&mut scene);
        scene.pass(2 * S);
        let told = promotion(&scene, automatic);
        recall(&mut scene, told);
        assert_eq!(scene.apart(3), stays, "{automatic:?}");
        scene.pass(2 * S);
        assert_eq!(scene.apart(3), stays, "{automatic:?}");
    }
}

/// It was copied to before this watcher's eyes; or he has set it apart for something else since.
#[test]
fn who_was_taken_in_meanwhile_is_not_set_apart_again() {
    let copied = |scene: &mut Scene| is_copied_to(scene, ENDS);
    let now = after(apart(), apart(), copied);
    assert_eq!(now.quarantined, Memory::default().quarantined);
    let mut left = apart();
    left.quarantined
        .insert(sample::addr(3), "it is past the point".to_owned());
    let now = after(apart(), left.clone(), copied);
    assert_eq!(now.quarantined, left.quarantined);
    // He has taken it in himself.
    let now = after(apart(), Memory::default(), |_| ());
    assert_eq!(now.quarantined, Memory::default().quarantined);
}

/// A copy to it was cut off, and a Pika does not say so before 3.5.5: it is not to be promoted. Or one that he knew of ended well.
#[test]
fn what_was_seen_of_a_copy_meanwhile_is_known_afterwards() {
    let none = Memory::default;
    let now = after(none(), none(), |scene| is_copied_to(scene, CUT_OFF));
    assert!(now.full_sync_unfinished.contains_key(&sample::addr(3)));
    let begun = Memory {
        full_sync_unfinished: [(sample::addr(3), "op-1".to_owned())].into(),
        ..none()
    };
    let now = after(begun.clone(), begun, |scene| is_copied_to(scene, ENDS));
    assert_eq!(now.full_sync_unfinished, none().full_sync_unfinished);
}

/// A Redis that was restarted has begun a new history, and the one before it is older.
#[test]
fn the_histories_that_the_master_has_named_meanwhile_are_known_afterwards() {
    let named = |names: &[&str]| Memory {
        histories: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Memory::default()
    };
    let now = after(named(&["a"]), named(&["a", "b"]), |scene| {
        scene.sees(1, |seen| {
            seen.replication.position = Some(Position::Redis { repl: 1 });
            seen.replication.history_id = Some("c".to_owned());
        });
    });
    assert_eq!(now.histories, named(&["a", "b", "c"]).histories);
}
