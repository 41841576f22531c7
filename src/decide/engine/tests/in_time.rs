//! A failover whose old master answers while it is under way, and a candidate of which another watcher knows more.

use super::fleet::id;
use super::nodes::Life;
use super::scene::ME;
use super::scene::Scene;
use super::scene::cluster;
use super::scene::node_of;
use crate::decide::engine::Event;
use crate::decide::engine::told::Told;
use crate::decide::order::Order;
use crate::decide::sample;

const S: u64 = 1_000_000;
const GIVEN_UP: &str = "-failover-abort-slave-timeout";

/// Elected, and about to ask the dead a last time.
fn elected(told: Option<Told>) -> Scene {
    let mut scene = Scene::beside(&[7, 8]);
    scene.meets_pikafo(7);
    scene.meets_pikafo(8);
    scene.master_dies(&[7, 8]);
    if let Some(told) = told {
        let (cluster, peer) = (cluster(), id(7));
        let (told, asked_us) = (Box::new(told), scene.now_us);
        scene.tell(Event::Told {
            cluster,
            peer,
            told,
            asked_us,
        });
    }
    scene.votes(7, ME, 1);
    scene
}

fn promotes(order: &Order) -> bool {
    matches!(order, Order::Promote { .. })
}

/// Whether it serves is known by a look, which may be answered a moment too late.
#[test]
fn nobody_is_promoted_once_the_master_is_heard() {
    for heard in [false, true] {
        let mut scene = elected(None);
        assert!(scene.plan().is_some() && scene.ordered(2, promotes).is_empty());
        if heard {
            scene.server(1).life = Life::Hangs;
            let whom = node_of(1);
            scene.tell(Event::Heard { whom });
            assert_eq!(scene.said(GIVEN_UP), [scene.now_us]);
        }
        scene.pass(S);
        assert_eq!(scene.ordered(2, promotes).is_empty(), heard);
    }
}

/// The order was on its way. Others would give whoever did that the time to say so.
#[test]
fn whom_the_elected_has_promoted_in_vain_is_led_back_at_once() {
    let mut scene = elected(None);
    for _ in 0..10_000 {
        if !scene.ordered(2, promotes).is_empty() {
            break;
        }
        scene.pass(50);
    }
    scene.back(1);
    assert_eq!(scene.said(GIVEN_UP).len(), 1);
    scene.server(2).follows = None;
    scene.look(1);
    scene.look(2);
    scene.pass(S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// This watcher has looked too seldom to see it.
#[test]
fn whom_another_watcher_knows_to_lack_something_is_not_promoted() {
    for lacks in [2, 3] {
        let gaps = [(sample::addr(lacks), "it lacks what came before".to_owned())];
        let told = Told {
            gaps: gaps.into(),
            ..Told::default()
        };
        let scene = elected(Some(told));
        let candidate = scene.plan().unwrap().facts.candidate;
        assert_eq!(candidate, Some(sample::addr(5 - lacks)));
    }
}
