//! What a watcher that was started again knows of a copy that was asked for before, and of whom the master had refused.

use super::repairs::remembered;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::durable::Durable;
use crate::decide::order::Order;
use crate::decide::sample;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;

/// It is started with this memory; the third node is the most advanced.
fn started(memory: Memory, is_linked: bool) -> Scene {
    let mut spec = by_itself();
    spec.master = Some(sample::addr(1));
    let mut scene = Scene::begun(spec, memory, Durable::default());
    scene.server(3).cut = !is_linked;
    scene.server(2).at -= 20;
    scene.look_at_all();
    scene.pass(S);
    scene
}

/// Who is promoted in the place of the dead master.
fn heirs(mut scene: Scene) -> Vec<u8> {
    scene.master_dies(&[]);
    scene.pass(5 * S);
    let promotes = |order: &Order| matches!(order, Order::Promote { .. });
    let heir = |node: &u8| !scene.ordered(*node, promotes).is_empty();
    [2, 3].into_iter().filter(heir).collect()
}

/// Its data are those of before, whatever its number; its server has nothing to say of a copy that has not begun.
#[test]
fn who_was_to_be_copied_to_and_is_not_linked_since_is_no_candidate() {
    let mut asked = remembered();
    let why = "op-1".to_owned();
    asked.full_sync_unfinished.insert(sample::addr(3), why);
    assert_eq!(heirs(started(asked.clone(), false)), [2]);
    assert_eq!(heirs(started(asked, true)), [3], "the copy has ended");
    let ahead = started(remembered(), false);
    assert!(heirs(ahead).is_empty(), "it has more than who may follow");
}

/// What was noted of it before it was promoted says nothing of it by now.
#[test]
fn a_master_stands_apart_from_nobody_after_a_restart() {
    let mut memory = remembered();
    let (one, why) = (sample::addr(1), "op-1".to_owned());
    memory.full_sync_unfinished.insert(one.clone(), why.clone());
    memory.past.insert(one, why);
    let mut scene = started(memory, true);
    assert!(!scene.apart(1));
    assert_eq!(heirs(scene), [3]);
}

/// By then the master has come further, and takes its position.
#[test]
fn whom_the_master_refused_stands_apart_over_a_restart() {
    let mut scene = Scene::of(by_itself(), remembered());
    assert!(!scene.apart(3));
    scene.server(3).refused = true;
    scene.look(3);
    let memory = scene.remembers().expect("it is kept").clone();
    assert!(memory.past.contains_key(&sample::addr(3)));
    assert!(started(memory, true).apart(3));
    // Somebody copies to it.
    scene.server(3).refused = false;
    scene.server(3).copying = true;
    scene.look(3);
    let memory = scene.remembers().expect("it is kept").clone();
    assert!(!started(memory, true).apart(3));
}
