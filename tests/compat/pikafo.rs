//! The course with pikafo in redis-sentinel's place.

use super::follow;
use crate::watch::kit::kind::Kind;

#[tokio::test]
async fn every_client_follows_pikafo() {
    follow::every_client(&[Kind::Pikafo; 3]).await;
}

#[tokio::test]
async fn every_client_follows_pikafo_on_a_stock_configuration() {
    follow::every_client(&[Kind::PikafoOnConf; 3]).await;
}

#[tokio::test]
async fn every_client_follows_a_mixed_fleet() {
    follow::every_client(&[Kind::Sentinel, Kind::Pikafo, Kind::Pikafo]).await;
}
