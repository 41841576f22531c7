//! The same on the lab's servers, which speak Pika's dialects.

use pikafo::decide::engine::Event;
use pikafo::decide::engine::action::Pace;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Flavor;
use pikafo::decide::name::Addr;
use pikafo::decide::watcher::Hello;
use pikafo::host::prober::Keeper;
use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use tempfile::TempDir;

use super::ring::Ring;
use super::ring::brisk;
use super::ring::id;
use super::ring::never;
use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

async fn start(version: Version) -> (TempDir, LabNode) {
    let dir = TempDir::new().unwrap();
    let options = NodeOptions::new(0, dir.path(), version);
    let node = LabNode::start_anywhere(options).await.unwrap();
    (dir, node)
}

#[tokio::test]
async fn every_version_is_looked_at_killed_and_started_again() {
    for version in Version::ALL {
        let (_dir, mut node) = start(version).await;
        let mut ring = Ring::new();
        let spec = LinkSpec::plain(&node.addr(), PATIENCE);
        let _keeper = Keeper::start(&ring.post, "orders", spec, never());
        let flavor = ring
            .find(|event| {
                if let Event::Seen { observation, .. } = event {
                    Some(observation.server.flavor)
                } else {
                    None
                }
            })
            .await;
        assert_eq!(flavor, Flavor::Pika);
        node.kill().await;
        ring.quiet(FaultKind::Refused).await;
        node.restart().await.unwrap();
        ring.heard().await;
        ring.seen(&node.addr()).await;
    }
}

#[tokio::test]
async fn every_version_hangs_and_goes_on() {
    for version in Version::ALL {
        let (_dir, node) = start(version).await;
        let mut ring = Ring::new();
        let spec = LinkSpec::plain(&node.addr(), PATIENCE);
        let _keeper = Keeper::start(&ring.post, "orders", spec, brisk(400));
        ring.seen(&node.addr()).await;
        node.pause();
        ring.quiet(FaultKind::Hung).await;
        node.resume();
        ring.heard().await;
    }
}

#[tokio::test]
async fn hellos_pass_through_every_version() {
    for version in Version::ALL {
        let (_dir, node) = start(version).await;
        let (one, mut other) = (Ring::new(), Ring::new());
        other.post.me = id('b');
        let spec = LinkSpec::plain(&node.addr(), PATIENCE);
        let _listens = Keeper::start(&other.post, "orders", spec.clone(), brisk(5000));
        let says = Keeper::start(&one.post, "orders", spec, brisk(5000));
        let hello = Hello {
            addr: Addr::new("127.0.0.1", 26_379),
            id: id('a'),
            current_epoch: 1,
            cluster: "orders".to_owned(),
            master: node.addr(),
            config_epoch: 1,
        };
        says.say(hello.to_string().into(), true);
        assert_eq!(other.hello().await, hello, "{version:?}");
    }
}

#[tokio::test]
async fn a_write_moves_the_position_of_every_version() {
    for version in Version::ALL {
        let (_dir, node) = start(version).await;
        let mut ring = Ring::new();
        let spec = LinkSpec::plain(&node.addr(), PATIENCE);
        let keeper = Keeper::start(&ring.post, "orders", spec.clone(), brisk(60_000));
        keeper.pace(Pace::Brisk);
        let at_first = ring
            .find(|event| {
                if let Event::Seen { observation, .. } = event {
                    observation.replication.position.clone()
                } else {
                    None
                }
            })
            .await;
        let mut link = Link::open(&spec, &tcp()).await.unwrap();
        link.ask(&["SET", "a", "b"]).await.unwrap();
        let moved = ring
            .find(|event| {
                if let Event::Replication { replication, .. } = event {
                    replication.position.clone()
                } else {
                    None
                }
            })
            .await;
        assert_ne!(moved, at_first, "{version:?}");
    }
}
