//! Looks that bring nothing but figures.

use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::view::Memory;

/// One watcher alone is told of something.
pub(super) fn told(engine: &mut Engine, now_us: u64, event: Event) -> Vec<Action> {
    engine.step(Input {
        now_us,
        wall_ms: i64::try_from(now_us / 1000).unwrap(),
        nonce: now_us,
        event,
    })
}

/// A watcher that has been told of its cluster, and of nothing in it.
pub(super) fn engine() -> Engine {
    engine_with(Memory::default())
}

/// The same with what it remembers of it.
pub(super) fn engine_with(memory: Memory) -> Engine {
    engine_of(sample::spec(), memory)
}

/// The same of a cluster with rules of its own.
pub(super) fn engine_of(spec: Spec, memory: Memory) -> Engine {
    let id = "7".repeat(40).parse().unwrap();
    let mut engine = Engine::new(id, Addr::new("10.0.1.1", 26379), Durable::default());
    let configured = Event::Configure {
        spec: Box::new(spec),
        memory: Box::new(memory),
        unfinished: None,
    };
    told(&mut engine, 0, configured);
    engine
}

fn sees_all(engine: &mut Engine, now_us: u64) {
    for node in &sample::healthy().nodes {
        let seen = Event::Seen {
            cluster: "orders".to_owned(),
            node: node.addr.clone(),
            observation: Box::new(node.seen().unwrap().clone()),
            asked_us: now_us,
        };
        told(engine, now_us, seen);
    }
}

fn again(node: &Addr) -> Event {
    Event::Again {
        cluster: "orders".to_owned(),
        node: node.clone(),
        at_ms: 9,
        rtt_us: 8,
        uptime_s: Some(7),
        asked_us: u64::MAX,
    }
}

#[test]
fn a_node_that_is_as_it_was_was_looked_at_nonetheless() {
    let mut engine = engine();
    sees_all(&mut engine, 1000);
    let node = sample::addr(2);
    let actions = told(&mut engine, 2000, again(&node));
    assert!(actions.is_empty(), "{actions:?}");
    let seen_at = |engine: &mut Engine| {
        let nodes = engine.snapshot().clusters[0].nodes.clone();
        nodes.iter().find(|n| n.addr == node).unwrap().seen_at_us
    };
    assert_eq!(seen_at(&mut engine), Some(2000));
}

#[test]
fn what_has_only_moved_on_is_seen_where_it_is() {
    let mut engine = engine();
    sees_all(&mut engine, 1000);
    engine.snapshot();
    let (node, position) = (sample::addr(1), Position::Redis { repl: 4711 });
    let moved = Event::Moved {
        cluster: "orders".to_owned(),
        node: node.clone(),
        position: position.clone(),
        asked_us: 2000,
    };
    told(&mut engine, 2000, moved);
    assert!(engine.has_news());
    let cluster = &engine.snapshot().clusters[0];
    let drawn = cluster.nodes.iter().find(|n| n.addr == node).unwrap();
    assert_eq!(drawn.position, Some(position));
}

#[test]
fn a_node_of_which_nothing_is_known_any_more_is_looked_at_anew() {
    let mut engine = engine();
    let node = sample::addr(2);
    let actions = told(&mut engine, 2000, again(&node));
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Look { node: of, .. } if *of == node)),
        "{actions:?}"
    );
}
