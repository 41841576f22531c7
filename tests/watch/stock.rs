//! The scenes with redis-sentinel. What it is known to do badly is asserted too: a measure that cannot see that would
//! see nothing anywhere.

use super::kit::fleet::ms;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::kind::Watched;
use super::kit::process::free_addr;
use super::scenes;
use super::scenes::Fault;

const STOCK: [Kind; 3] = three(Kind::Sentinel);

#[tokio::test]
async fn killed_master_is_replaced_and_rejoins() {
    let outcome = scenes::master_goes_and_comes_back(&STOCK, Fault::Killed).await;
    // It comes back as a master and is left one for 8 s and more.
    assert!(outcome.two_masters > ms(2000), "{outcome:?}");
    assert!(outcome.gap > ms(1000), "{outcome:?}");
}

#[tokio::test]
async fn frozen_master_is_replaced_and_rejoins() {
    let outcome = scenes::master_goes_and_comes_back(&STOCK, Fault::Frozen).await;
    assert!(outcome.gap > ms(1000), "{outcome:?}");
}

#[tokio::test]
async fn switchover_moves_the_clients_and_loses_their_writes() {
    let outcome = scenes::master_goes_and_comes_back(&STOCK, Fault::Switchover).await;
    assert!(outcome.two_masters > ms(2000), "{outcome:?}");
    assert!(outcome.lost > 100, "{outcome:?}");
}

#[tokio::test]
async fn minority_waits_for_the_others() {
    scenes::minority_waits_for_the_others(&STOCK).await;
}

#[tokio::test]
async fn watcher_comes_back_as_itself() {
    scenes::watcher_comes_back_as_itself(&STOCK).await;
}

#[tokio::test]
async fn conf_is_kept_current() {
    scenes::conf_is_kept_current(&STOCK).await;
}

#[tokio::test]
async fn address_spreads() {
    scenes::address_spreads(&STOCK).await;
}

/// The configurations that pikafo's watchers are given say the same as the stock one, in words that pikafo reads.
#[test]
fn every_kind_is_configured_alike() {
    let dir = tempfile::tempdir().unwrap();
    let (addr, peer) = (free_addr(), free_addr());
    let nodes = vec![free_addr(), free_addr(), free_addr()];
    let cluster = [Watched {
        name: "orders".to_owned(),
        nodes: nodes.clone(),
    }];
    let settings = Settings::default();
    let write = |kind: Kind, name: &str| {
        kind.configure(
            &dir.path().join(name),
            &addr,
            std::slice::from_ref(&peer),
            &cluster,
            settings,
        )
    };

    let config = pikafo::config::read(&write(Kind::Pikafo, "yaml")).unwrap();
    assert_eq!(config.watch.listen, addr);
    assert_eq!(config.watch.peers, std::slice::from_ref(&peer));
    let read = &config.clusters[0];
    let addrs: Vec<_> = read.nodes.iter().map(|node| node.addr.clone()).collect();
    assert_eq!(addrs, nodes);
    assert_eq!(read.detect.down_after, settings.down_after);
    assert_eq!(read.detect.refused_after, settings.refused_after);
    assert_eq!(read.detect.quorum, 2);
    assert_eq!(read.failover.timeout, settings.failover_timeout);

    let stock = std::fs::read_to_string(write(Kind::Sentinel, "stock")).unwrap();
    let taken_over = std::fs::read_to_string(write(Kind::PikafoOnConf, "conf")).unwrap();
    assert_eq!(stock.replace("/stock", "/conf"), taken_over);
    assert!(stock.contains(&format!("monitor orders 127.0.0.1 {} 2\n", nodes[0].port())));
}
