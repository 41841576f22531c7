//! What a keeper notices of a real server.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::redis::Value;
use pikafo::config::model::Auth;
use pikafo::config::model::Commands;
use pikafo::config::model::Tls as TlsModel;
use pikafo::decide::engine::Event;
use pikafo::decide::engine::action::Pace;
use pikafo::decide::engine::event::Whom;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Link as LinkState;
use pikafo::decide::facts::Replication;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::position::Position;
use pikafo::decide::watcher::Hello;
use pikafo::host::prober::Keeper;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use pikafo::node::tls::Tls;

use super::ring::Ring;
use super::ring::brisk;
use super::ring::id;
use super::ring::never;
use super::valve::Valve;
use crate::live::certs::Certs;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::live::until::PATIENCE;
use crate::live::until::until;

fn keep(ring: &Ring, server: &RedisServer, timings: pikafo::host::prober::Timings) -> Keeper {
    Keeper::start(&ring.post, "orders", server.spec(), timings)
}

fn whom(addr: &Addr) -> Whom {
    Whom::Node {
        cluster: "orders".to_owned(),
        addr: addr.clone(),
    }
}

async fn replication(ring: &mut Ring, enough: impl Fn(&Replication) -> bool) {
    ring.find(|event| {
        if let Event::Replication { replication, .. } = event
            && enough(replication)
        {
            Some(())
        } else {
            None
        }
    })
    .await;
}

#[tokio::test]
async fn a_killed_server_is_noticed_without_any_ping() {
    let mut server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let _keeper = keep(&ring, &server, never());
    ring.seen(server.addr()).await;
    let before = ring.post.pulses.now_us();
    server.sigkill();
    let (since, refused) = ring.quiet(FaultKind::Refused).await;
    assert!(since <= before, "the last sign of life was before the kill");
    assert!(refused.is_some_and(|at| at >= before));
    let pulse = ring.post.pulses.read(&whom(server.addr())).unwrap();
    assert!(!pulse.connected);
}

#[tokio::test]
async fn a_server_that_comes_back_is_heard_and_fully_looked_at() {
    let mut server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let _keeper = keep(&ring, &server, never());
    ring.seen(server.addr()).await;
    server.sigkill();
    ring.quiet(FaultKind::Refused).await;
    server.restart();
    assert_eq!(ring.heard().await, whom(server.addr()));
    ring.seen(server.addr()).await;
    let pulse = ring.post.pulses.read(&whom(server.addr())).unwrap();
    assert!(pulse.connected && pulse.ping_sent_us == 0, "{pulse:?}");
}

#[tokio::test]
async fn a_stopped_server_is_quiet_until_it_goes_on() {
    let server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let keeper = keep(&ring, &server, brisk(400));
    ring.seen(server.addr()).await;
    server.sigstop();
    let (_, refused) = ring.quiet(FaultKind::Hung).await;
    assert_eq!(refused, None);
    let pulse = ring.post.pulses.read(&whom(server.addr())).unwrap();
    assert!(!pulse.connected && pulse.ping_sent_us > 0, "{pulse:?}");
    server.sigcont();
    ring.heard().await;
    keeper.look();
    ring.seen(server.addr()).await;
}

#[tokio::test]
async fn a_stopped_server_that_is_killed_is_quiet_for_another_reason() {
    let mut server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let _keeper = keep(&ring, &server, brisk(400));
    ring.seen(server.addr()).await;
    server.sigstop();
    let (hung_since, _) = ring.quiet(FaultKind::Hung).await;
    server.sigkill();
    let (since, refused) = ring.quiet(FaultKind::Refused).await;
    assert_eq!(since, hung_since, "there was no sign of life in between");
    assert!(refused.is_some());
}

/// As a stock leader does at every role change.
#[tokio::test]
async fn connections_that_are_killed_come_back_without_a_word() {
    let server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let keeper = keep(&ring, &server, never());
    ring.seen(server.addr()).await;
    for kind in ["normal", "pubsub"] {
        server.call(&["CLIENT", "KILL", "TYPE", kind]).await;
    }
    ring.seen(server.addr()).await;
    assert_eq!(ring.silences(), 0, "{:?}", ring.past);
    // The ear is there again as well.
    let hello = hello_of('b', server.addr());
    until(
        async || {
            server
                .call(&["PUBSUB", "NUMSUB", "__sentinel__:hello"])
                .await
        },
        |subscribed| matches!(subscribed, Value::Array(n) if n.last() == Some(&Value::Int(1))),
    )
    .await;
    server
        .call(&["PUBLISH", "__sentinel__:hello", &hello.to_string()])
        .await;
    assert_eq!(ring.hello().await, hello);
    drop(keeper);
}

#[tokio::test]
async fn a_look_goes_past_a_link_that_is_stuck() {
    let server = RedisServer::start(&[]);
    let valve = Valve::default();
    let mut ring = Ring::over(Arc::new(valve.clone()));
    let keeper = keep(&ring, &server, never());
    ring.seen(server.addr()).await;
    valve.shut();
    // The first look begins on the stuck link, the second one finds it so.
    keeper.look();
    keeper.look();
    ring.seen(server.addr()).await;
    assert!(valve.dialled() > 1);
}

#[tokio::test]
async fn a_stuck_link_is_said_to_be_quiet_and_replaced() {
    let server = RedisServer::start(&[]);
    let valve = Valve::default();
    let mut ring = Ring::over(Arc::new(valve.clone()));
    let _keeper = keep(&ring, &server, brisk(2000));
    ring.seen(server.addr()).await;
    valve.shut();
    ring.quiet(FaultKind::Hung).await;
    ring.heard().await;
    ring.seen(server.addr()).await;
}

#[tokio::test]
async fn changes_of_role_link_and_position_are_news() {
    let mut master = RedisServer::start(&[]);
    let replica = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let keeper = keep(&ring, &replica, brisk(60_000));
    keeper.pace(Pace::Brisk);
    ring.seen(replica.addr()).await;
    replica.follow(&master).await;
    let followed = master.addr().clone();
    replication(&mut ring, |r| {
        r.role == Role::Replica && r.master.as_ref() == Some(&followed) && r.link == LinkState::Up
    })
    .await;
    let before = ring.past.len();
    master.call(&["SET", "a", "b"]).await;
    replication(
        &mut ring,
        |r| matches!(r.position, Some(Position::Redis { repl }) if repl > 0),
    )
    .await;
    let news = ring.past[before..].iter();
    assert!(
        news.clone()
            .all(|event| matches!(event, Event::Replication { .. })),
        "{news:?}"
    );
    master.sigkill();
    replication(&mut ring, |r| r.link == LinkState::Down).await;
    replica.call(&["REPLICAOF", "NO", "ONE"]).await;
    replication(&mut ring, |r| r.role == Role::Master).await;
}

#[tokio::test]
async fn a_server_that_says_the_same_is_no_news() {
    let server = RedisServer::start(&[]);
    let mut ring = Ring::new();
    let keeper = keep(&ring, &server, brisk(60_000));
    keeper.pace(Pace::Brisk);
    ring.seen(server.addr()).await;
    let looked = |calls: &Value| {
        let text = reply::text(calls).unwrap();
        let line = text.lines().find(|line| line.starts_with("cmdstat_info:"));
        let calls = line.and_then(|line| line.split(['=', ',']).nth(1)?.parse::<u64>().ok());
        calls.unwrap_or(0)
    };
    let before = looked(&server.call(&["INFO", "commandstats"]).await);
    until(
        async || looked(&server.call(&["INFO", "commandstats"]).await),
        |calls| *calls > before + 20,
    )
    .await;
    keeper.look();
    ring.seen(server.addr()).await;
    assert_eq!(
        ring.past.len(),
        2,
        "two full looks and no more: {:?}",
        ring.past
    );
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_one_and_the_right_one_works() {
    let server = RedisServer::start(&["requirepass s3cret"]);
    let mut ring = Ring::new();
    let spec = |password: Option<&str>| LinkSpec {
        auth: password.map(|password| {
            Arc::new(Auth {
                username: None,
                password: password.into(),
            })
        }),
        ..server.spec()
    };
    for password in [Some("guess"), None] {
        let keeper = Keeper::start(&ring.post, "orders", spec(password), never());
        ring.quiet(FaultKind::Auth).await;
        drop(keeper);
    }
    let keeper = Keeper::start(&ring.post, "orders", spec(Some("s3cret")), never());
    ring.seen(server.addr()).await;
    drop(keeper);
}

#[tokio::test]
async fn hellos_go_both_ways_with_tls_a_user_and_renamed_commands() {
    let certs = Certs::new(&["127.0.0.1"]);
    let server = RedisServer::start_tls(
        certs.dir(),
        &[
            "user watch on >s3cret allchannels allkeys +@all",
            "rename-command SUBSCRIBE 7f3a-subscribe",
            "rename-command PUBLISH 7f3a-publish",
        ],
    );
    let renamed = [("subscribe", "7f3a-subscribe"), ("publish", "7f3a-publish")];
    let renamed: BTreeMap<String, String> = renamed
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .into();
    let tls = TlsModel {
        ca: Some(certs.dir().join("ca.pem")),
        identity: Some((
            certs.dir().join("client.pem"),
            certs.dir().join("client.key"),
        )),
        server_name: None,
        verify_name: true,
        versions: pikafo::config::model::TlsVersions::default(),
    };
    let spec = LinkSpec {
        auth: Some(Arc::new(Auth {
            username: Some("watch".to_owned()),
            password: "s3cret".into(),
        })),
        tls: Some(Tls::load(&tls).unwrap()),
        commands: Arc::new(Commands(renamed)),
        ..LinkSpec::plain(server.addr(), PATIENCE)
    };
    let (mut one, mut other) = (Ring::new(), Ring::new());
    other.post.me = id('b');
    let timings = brisk(5000);
    let first = Keeper::start(&one.post, "orders", spec.clone(), timings);
    let second = Keeper::start(&other.post, "orders", spec, timings);
    let (from_a, from_b) = (hello_of('a', server.addr()), hello_of('b', server.addr()));
    first.say(from_a.to_string().into(), true);
    second.say(from_b.to_string().into(), true);
    assert_eq!(one.hello().await, from_b);
    assert_eq!(other.hello().await, from_a);
}

#[tokio::test]
async fn a_sentinel_and_a_keeper_meet_through_their_node() {
    let server = RedisServer::start(&[]);
    let sentinel = Sentinel::watching(server.addr(), std::time::Duration::from_secs(60)).await;
    let mut ring = Ring::new();
    let keeper = keep(&ring, &server, brisk(60_000));
    let hello = ring.hello().await;
    assert_eq!(
        (&hello.addr, hello.cluster.as_str(), &hello.master),
        (sentinel.addr(), "orders", server.addr())
    );
    assert!(ring.post.pulses.hello_at("orders", &hello.id).is_some());
    // A later epoch would be taken over and said again, which would be news.
    let ours = Hello {
        current_epoch: 0,
        config_epoch: 0,
        ..hello_of('a', server.addr())
    };
    keeper.say(ours.to_string().into(), true);
    until(async || sentinel.knows(&id('a')).await, |known| *known).await;
    // It goes on saying the same, which is no news.
    let last = ring.post.pulses.hello_at("orders", &hello.id);
    until(
        async || ring.post.pulses.hello_at("orders", &hello.id),
        |at| *at > last,
    )
    .await;
    keeper.look();
    ring.seen(server.addr()).await;
    let hellos = ring.past.iter();
    let hellos = hellos.filter(|event| matches!(event, Event::Hello { .. }));
    assert_eq!(hellos.count(), 1);
}

fn hello_of(digit: char, master: &Addr) -> Hello {
    Hello {
        addr: Addr::new("127.0.0.1", 26_379),
        id: id(digit),
        current_epoch: 1,
        cluster: "orders".to_owned(),
        master: master.clone(),
        config_epoch: 1,
    }
}
