//! The scenes with pikafo: three of its own, three that were handed stock configurations, and fleets of both kinds.
//!
//! How long nobody takes writes, two do, and an address takes to spread is for `benches/` to measure, and for the
//! simulation's virtual time to hold to its bound.

use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::scenes;
use super::scenes::Fault;

const PIKAFO: [Kind; 3] = three(Kind::Pikafo);
const ON_CONF: [Kind; 3] = three(Kind::PikafoOnConf);
const ONE_OF_US: [Kind; 3] = [Kind::Sentinel, Kind::Sentinel, Kind::Pikafo];
const TWO_OF_US: [Kind; 3] = [Kind::Sentinel, Kind::Pikafo, Kind::Pikafo];

#[tokio::test]
async fn killed_master_is_replaced_and_rejoins() {
    scenes::master_goes_and_comes_back(&PIKAFO, Fault::Killed).await;
}

#[tokio::test]
async fn frozen_master_is_replaced_and_rejoins() {
    scenes::master_goes_and_comes_back(&PIKAFO, Fault::Frozen).await;
}

#[tokio::test]
async fn switchover_moves_the_clients_and_loses_nothing() {
    let outcome = scenes::master_goes_and_comes_back(&PIKAFO, Fault::Switchover).await;
    assert_eq!(outcome.lost, 0, "{outcome:?}");
}

#[tokio::test]
async fn minority_waits_for_the_others() {
    scenes::minority_waits_for_the_others(&PIKAFO).await;
}

#[tokio::test]
async fn watcher_comes_back_as_itself() {
    scenes::watcher_comes_back_as_itself(&PIKAFO).await;
}

#[tokio::test]
async fn address_spreads() {
    scenes::address_spreads(&PIKAFO).await;
}

#[tokio::test]
async fn on_a_stock_configuration_it_fails_over() {
    scenes::master_goes_and_comes_back(&ON_CONF, Fault::Killed).await;
}

#[tokio::test]
async fn on_a_stock_configuration_it_comes_back_as_itself() {
    scenes::watcher_comes_back_as_itself(&ON_CONF).await;
}

#[tokio::test]
async fn stock_configuration_is_kept_current() {
    scenes::conf_is_kept_current(&ON_CONF).await;
}

#[tokio::test]
async fn one_among_stock_sentinels_killed() {
    scenes::master_goes_and_comes_back(&ONE_OF_US, Fault::Killed).await;
}

#[tokio::test]
async fn one_among_stock_sentinels_frozen() {
    scenes::master_goes_and_comes_back(&ONE_OF_US, Fault::Frozen).await;
}

#[tokio::test]
async fn two_beside_a_stock_sentinel_killed() {
    scenes::master_goes_and_comes_back(&TWO_OF_US, Fault::Killed).await;
}

#[tokio::test]
async fn two_beside_a_stock_sentinel_frozen() {
    scenes::master_goes_and_comes_back(&TWO_OF_US, Fault::Frozen).await;
}

/// The stock one asks for the switchover, and leads it.
#[tokio::test]
async fn stock_sentinel_switches_over_beside_two() {
    scenes::master_goes_and_comes_back(&TWO_OF_US, Fault::Switchover).await;
}

#[tokio::test]
async fn minority_of_a_mixed_fleet_waits() {
    scenes::minority_waits_for_the_others(&TWO_OF_US).await;
}
