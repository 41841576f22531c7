//! A role is not saved together with a fence that lives in the configuration.

use pikafo::decide::order::FenceHow;
use pikafo::decide::order::Order;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::order;

use super::lab::full;
use super::lab::start;
use crate::live::redis::RedisServer;
use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

/// Refused while the fence stands, whoever put it up, and done as soon as it is gone.
async fn refused_behind(link: &mut Link, how: FenceHow) {
    let fence = Order::Fence { how: how.clone() };
    order::carry_out(link, &fence).await.unwrap();
    let fault = order::carry_out(link, &Order::Persist).await.unwrap_err();
    assert!(fault.text.contains("a fence stands"), "{fault}");
    let lift = Order::Unfence { how };
    order::carry_out(link, &lift).await.unwrap();
    order::carry_out(link, &Order::Persist).await.unwrap();
}

#[tokio::test]
async fn a_blacklist_that_is_a_fence_is_not_saved() {
    let (dir, node) = start(Version::V3_5_2).await;
    let spec = LinkSpec::plain(&node.addr(), PATIENCE);
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    // A person's own list is none.
    let former = "flushall".to_owned();
    link.ask(&["CONFIG", "SET", "userblacklist", &former])
        .await
        .unwrap();
    order::carry_out(&mut link, &Order::Persist).await.unwrap();
    refused_behind(&mut link, FenceHow::Blacklist { former }).await;
    let files = std::fs::read_dir(dir.path()).unwrap();
    let conf = files
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "conf"));
    let text = std::fs::read_to_string(conf.unwrap()).unwrap();
    assert!(!text.contains("zadd"), "{text}");
}

/// Pikafo's own user is an administrator there and writes in spite of it, and those of its users may not.
#[tokio::test]
async fn a_write_behind_a_blacklist_proves_nothing() {
    let (_dir, node) = start(Version::V3_5_2).await;
    let spec = LinkSpec::plain(&node.addr(), PATIENCE);
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    let token = "op 1".to_owned();
    let probe = Order::ProbeWrite { token };
    order::carry_out(&mut link, &probe).await.unwrap();
    let former = String::new();
    let how = FenceHow::Blacklist { former };
    let fence = Order::Fence { how: how.clone() };
    order::carry_out(&mut link, &fence).await.unwrap();
    let fault = order::carry_out(&mut link, &probe).await.unwrap_err();
    assert!(fault.text.contains("a fence stands"), "{fault}");
    let lift = Order::Unfence { how };
    order::carry_out(&mut link, &lift).await.unwrap();
    order::carry_out(&mut link, &probe).await.unwrap();
}

#[tokio::test]
async fn redis_rules_that_are_a_fence_are_not_saved() {
    let server = RedisServer::start(&[]);
    let mut link = Link::open(&server.spec(), &tcp()).await.unwrap();
    let seen =
        pikafo::node::observe::observe(&server.spec(), pikafo::node::observe::Depth::Full, &tcp())
            .await
            .unwrap();
    let users = seen.acl.unwrap();
    refused_behind(&mut link, FenceHow::Acl { users }).await;
    let former = 0;
    refused_behind(&mut link, FenceHow::MinReplicas { former }).await;
    let text = std::fs::read_to_string(server.conf()).unwrap();
    assert!(!text.contains("-@write"), "{text}");
}

/// Pika saves no rules of users, and a role must be saved behind the fence of a switchover.
#[tokio::test]
async fn pika_saves_its_role_behind_rules() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let mut link = Link::open(&LinkSpec::plain(&node.addr(), PATIENCE), &tcp())
        .await
        .unwrap();
    let users = full(&node).await.acl.unwrap();
    let fence = Order::Fence {
        how: FenceHow::Acl { users },
    };
    order::carry_out(&mut link, &fence).await.unwrap();
    order::carry_out(&mut link, &Order::Persist).await.unwrap();
}
