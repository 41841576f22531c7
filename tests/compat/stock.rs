//! The course with redis-sentinel.

use super::follow;
use crate::watch::kit::kind::Kind;

#[tokio::test]
async fn every_client_follows_redis_sentinel() {
    follow::every_client(&[Kind::Sentinel; 3]).await;
}
