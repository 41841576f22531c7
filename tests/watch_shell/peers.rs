//! What a link to a real Sentinel brings.

use std::time::Duration;

use pikafo::decide::engine::Event;
use pikafo::decide::engine::action::Pause;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::decide::watcher::Hello;
use pikafo::decide::watcher::Id;
use pikafo::host::peers::Peer;
use pikafo::node::link::LinkSpec;

use super::ring::Ring;
use super::ring::brisk;
use super::ring::id;
use super::ring::never;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::live::until::PATIENCE;
use crate::live::until::until;

fn meet(ring: &Ring, sentinel: &Sentinel, timings: pikafo::host::prober::Timings) -> Peer {
    let spec = LinkSpec::plain(sentinel.addr(), PATIENCE);
    Peer::start(&ring.post, id('c'), spec, timings)
}

async fn ballot(ring: &mut Ring) -> (bool, Option<Id>, u64) {
    ring.find(|event| {
        if let Event::Ballot {
            cluster,
            peer,
            down,
            leader,
            leader_epoch,
            ..
        } = event
            && cluster == "orders"
            && *peer == id('c')
        {
            Some((*down, leader.clone(), *leader_epoch))
        } else {
            None
        }
    })
    .await
}

#[tokio::test]
async fn a_sentinel_gives_its_opinion_and_its_vote() {
    let mut master = RedisServer::start(&[]);
    let sentinel = Sentinel::watching(master.addr(), Duration::from_millis(300)).await;
    let mut ring = Ring::new();
    let peer = meet(&ring, &sentinel, brisk(60_000));
    peer.ask("orders", master.addr().clone(), 0, None);
    assert_eq!(ballot(&mut ring).await, (false, None, 0));
    master.sigkill();
    sentinel.sees_down(master.addr()).await;
    peer.ask("orders", master.addr().clone(), 0, None);
    assert_eq!(ballot(&mut ring).await, (true, None, 0));
    peer.ask("orders", master.addr().clone(), 7, Some(id('a')));
    assert_eq!(ballot(&mut ring).await, (true, Some(id('a')), 7));
}

#[tokio::test]
async fn a_sentinel_is_told_hellos_directly() {
    let master = RedisServer::start(&[]);
    let sentinel = Sentinel::watching(master.addr(), Duration::from_secs(60)).await;
    let ring = Ring::new();
    let peer = meet(&ring, &sentinel, never());
    let hello = Hello {
        addr: Addr::new("127.0.0.1", 26_379),
        id: id('a'),
        current_epoch: 3,
        cluster: "orders".to_owned(),
        master: master.addr().clone(),
        config_epoch: 0,
    };
    peer.say("orders", hello.to_string().into(), true);
    until(async || sentinel.knows(&id('a')).await, |known| *known).await;
}

#[tokio::test]
async fn what_a_sentinel_does_not_know_harms_nothing() {
    let master = RedisServer::start(&[]);
    let sentinel = Sentinel::watching(master.addr(), Duration::from_secs(60)).await;
    let mut ring = Ring::new();
    let peer = meet(&ring, &sentinel, never());
    peer.fetch("orders");
    let pause = Pause {
        until_ms: None,
        by: "test".to_owned(),
        reason: None,
        at_ms: 1,
    };
    peer.pause("orders", Some(pause), 1);
    peer.pause("orders", None, 2);
    peer.ask("orders", master.addr().clone(), 0, None);
    assert_eq!(ballot(&mut ring).await, (false, None, 0));
    assert_eq!(ring.past.len(), 1, "{:?}", ring.past);
}

#[tokio::test]
async fn a_hung_sentinel_is_quiet_and_is_heard_again_with_its_answers() {
    let master = RedisServer::start(&[]);
    let sentinel = Sentinel::watching(master.addr(), Duration::from_secs(60)).await;
    let mut ring = Ring::new();
    let peer = meet(&ring, &sentinel, brisk(400));
    peer.ask("orders", master.addr().clone(), 0, None);
    ballot(&mut ring).await;
    sentinel.sigstop();
    ring.quiet(FaultKind::Hung).await;
    sentinel.sigcont();
    assert_eq!(ring.heard().await, Whom::Watcher { id: id('c') });
    peer.ask("orders", master.addr().clone(), 0, None);
    ballot(&mut ring).await;
    drop(sentinel);
    ring.quiet(FaultKind::Refused).await;
}
