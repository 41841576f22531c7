//! Whoever lifts a fence lifts all of it.

use std::time::Duration;

use pikafo::decide::order::FenceHow;
use pikafo::decide::order::Order;
use pikafo::host::clock::timeout;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::observe;
use pikafo::node::observe::Depth;
use pikafo::node::order;

use super::lab::full;
use super::lab::start;
use crate::live::redis::RedisServer;
use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

/// A switchover lays a fence that lasts over its pause, and its operator may die before he ends either.
#[tokio::test]
async fn a_pause_ends_with_the_fence_that_was_laid_over_it() {
    let server = RedisServer::start(&[]);
    let mut link = Link::open(&server.spec(), &tcp()).await.unwrap();
    let (spec, net) = (server.spec(), tcp());
    let seen = observe::observe(&spec, Depth::Full, &net).await.unwrap();
    let users = seen.acl.unwrap();
    for how in [FenceHow::Acl { users }, FenceHow::MinReplicas { former: 0 }] {
        let ms = 60_000;
        for how in [FenceHow::Pause { ms }, how.clone()] {
            let fence = Order::Fence { how };
            order::carry_out(&mut link, &fence).await.unwrap();
        }
        let lift = Order::Unfence { how };
        order::carry_out(&mut link, &lift).await.unwrap();
        let write = server.call(&["SET", "k", "v"]);
        timeout(Duration::from_secs(20), write).await.unwrap();
    }
}

#[tokio::test]
async fn a_pika_knows_no_pause() {
    for version in [Version::V3_5_5, Version::V4_0_1] {
        let (_dir, node) = start(version).await;
        let spec = LinkSpec::plain(&node.addr(), PATIENCE);
        let mut link = Link::open(&spec, &tcp()).await.unwrap();
        let users = full(&node).await.acl.unwrap();
        let how = FenceHow::Acl { users };
        let fence = Order::Fence { how: how.clone() };
        order::carry_out(&mut link, &fence).await.unwrap();
        let lift = Order::Unfence { how };
        order::carry_out(&mut link, &lift).await.unwrap();
        assert!(full(&node).await.fence.acl_users.is_empty());
    }
}
