//! Hosts that do not reach each other. A master is replaced if a majority of the watchers cannot reach it *and* its
//! replicas do not hear it either; and when the cable is mended there is one master.

use std::process::Command;

use pikafo::node::fault::FaultKind;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use redis::Value;

use super::kit::beliefs;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::fleet::NODES;
use super::kit::fleet::ms;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::line::tcp;
use super::kit::net::Network;
use super::kit::process::Process;
use super::kit::server::Server;
use super::kit::wait::until;

/// The hosts of the watchers.
const WATCHERS: [usize; 3] = [NODES, NODES + 1, NODES + 2];

async fn spread() -> Fleet {
    let settings = Settings {
        down_after: ms(1000),
        ..Settings::default()
    };
    Fleet::spread(Server::Redis, &three(Kind::Pikafo), settings).await
}

/// Waits until these watchers have missed the master for several times as long as a failover takes.
async fn missed_by(fleet: &Fleet, watchers: &[usize]) {
    for watcher in watchers {
        until(
            "a watcher that has missed the master for five seconds",
            async || {
                let watcher = &fleet.watchers[*watcher];
                beliefs::master_field(watcher, NAME, "s-down-time").await
            },
            |time| {
                let time = time.as_ref().and_then(|time| time.parse().ok());
                time.is_some_and(|time: u64| time > 5000)
            },
        )
        .await;
    }
}

/// The master is where it was, takes writes, and has both its replicas.
async fn undisturbed(fleet: &Fleet) {
    assert_eq!(fleet.master().await, 0, "{}", fleet.said());
    let info = fleet.nodes[0].text(&["INFO", "replication"]).await;
    assert!(info.contains("role:master"), "{info}");
    assert!(info.contains("connected_slaves:2"), "{info}");
    for node in &fleet.nodes[1..] {
        let info = node.text(&["INFO", "replication"]).await;
        assert!(info.contains("role:slave"), "{info}\n{}", fleet.said());
    }
}

#[tokio::test]
async fn master_that_only_the_watchers_miss_stays() {
    let fleet = spread().await;
    let writer = fleet.write();
    fleet.network().cut(&[0], &WATCHERS);
    missed_by(&fleet, &[0, 1, 2]).await;
    writer.reaches(fleet.nodes[0].addr(), 20).await;
    undisturbed(&fleet).await;
    fleet.network().heal(&[0], &WATCHERS);
    fleet.in_order().await;
    undisturbed(&fleet).await;
}

/// What the watchers send arrives, and what the master answers does not, at two of the three.
#[tokio::test]
async fn master_that_two_watchers_cannot_hear_stays() {
    let fleet = spread().await;
    for watcher in &WATCHERS[..2] {
        fleet.network().deafen(0, *watcher);
    }
    missed_by(&fleet, &[0, 1]).await;
    undisturbed(&fleet).await;
}

/// Clients and watchers reach it, and its replicas do not: nobody is better off with another master. It is said, and it is
/// over when the cable is mended.
#[tokio::test]
async fn master_that_only_its_replicas_miss_stays_and_it_is_said() {
    let fleet = spread().await;
    for node in &fleet.nodes {
        for (key, value) in [("repl-timeout", "3"), ("repl-ping-replica-period", "1")] {
            let set = node.ask(&["CONFIG", "SET", key, value]).await;
            set.expect("a server takes it");
        }
    }
    let writer = fleet.write();
    fleet.network().cut(&[0], &[1, 2]);
    for watcher in &fleet.watchers {
        until(
            "a watcher that has known for five seconds that both links are down",
            async || {
                let status = beliefs::fields(watcher, "REPLICAS", NAME, "master-link-status").await;
                let time =
                    beliefs::fields(watcher, "REPLICAS", NAME, "master-link-down-time").await;
                (status, time)
            },
            |(status, time)| {
                let long = |time: &String| time.parse().is_ok_and(|time: u64| time > 5000);
                *status == ["err", "err"] && time.iter().all(long)
            },
        )
        .await;
        let flags = beliefs::master_field(watcher, NAME, "flags").await;
        assert_eq!(flags.as_deref(), Some("master"), "{}", fleet.said());
    }
    writer.reaches(fleet.nodes[0].addr(), 20).await;
    assert_eq!(fleet.master().await, 0, "{}", fleet.said());
    fleet.network().heal(&[0], &[1, 2]);
    fleet.linked(0).await;
    fleet.in_order().await;
    undisturbed(&fleet).await;
}

#[tokio::test]
async fn watcher_that_misses_everybody_does_nothing() {
    let fleet = spread().await;
    let others = [0, 1, 2, WATCHERS[1], WATCHERS[2]];
    fleet.network().cut(&WATCHERS[..1], &others);
    missed_by(&fleet, &[0]).await;
    undisturbed(&fleet).await;
    fleet.network().heal(&WATCHERS[..1], &others);
    fleet.in_order().await;
    undisturbed(&fleet).await;
}

/// A master in a minority is replaced. It goes on until the cable is mended, and not longer.
#[tokio::test]
async fn master_in_the_minority_is_replaced_and_rejoins() {
    let fleet = spread().await;
    let (few, many) = ([0, WATCHERS[0]], [1, 2, WATCHERS[1], WATCHERS[2]]);
    fleet.network().cut(&few, &many);
    let old = fleet.nodes[0].addr().clone();
    let given = until(
        "a majority that agrees on a new master",
        async || {
            let one = beliefs::given(&fleet.watchers[1], NAME).await;
            (one, beliefs::given(&fleet.watchers[2], NAME).await)
        },
        |(one, other)| one == other && one.as_ref().is_some_and(|one| *one != old),
    )
    .await;
    let new = fleet.at(given.0.as_ref().unwrap());
    let cut_off = beliefs::given(&fleet.watchers[0], NAME).await;
    assert_eq!(cut_off.as_ref(), Some(&old), "it is cut off");
    fleet.network().heal(&few, &many);
    fleet.linked(new).await;
    fleet.in_order().await;
    // How soon it is noticed that the cable is mended, and that nothing is waited for then, is measured in virtual time.
    assert_eq!(fleet.master().await, new);
}

/// A process that gives up or dies leaves what it has sent to its system, which would go on sending it for a minute and more.
#[tokio::test]
async fn what_has_not_arrived_for_three_seconds_never_does() {
    let (network, home) = (Network::new(1), tempfile::tempdir().unwrap());
    let addr = network.addr(0, 6379);
    let redis = Process::redis_by(&network.on(0), home.path(), &addr, &["protected-mode no"]).await;
    let spec = LinkSpec::plain(&addr, ms(500));
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    link.ask(&["PING"]).await.unwrap();
    network.deafen_to_us(0);
    let lost = link.ask(&["SET", "late", "1"]).await.unwrap_err();
    assert_eq!(lost.kind, FaultKind::Hung, "{lost}");
    drop(link);
    until(
        "a system that has given the connection up",
        async || connections(addr.host()),
        String::is_empty,
    )
    .await;
    network.hear_us(0);
    until(
        "a server that can be reached",
        async || redis.ask(&["PING"]).await,
        Option::is_some,
    )
    .await;
    assert_eq!(redis.ask(&["GET", "late"]).await, Some(Value::Nil));
}

/// The connections with that host over which this system may still send.
fn connections(host: &str) -> String {
    let output = Command::new("ss")
        .args(["-Htan", "dst", host])
        .output()
        .expect("iproute2 is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let sends = said.lines().filter(|line| !line.starts_with("TIME-WAIT"));
    sends.collect()
}
