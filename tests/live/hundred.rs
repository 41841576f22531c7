//! A hundred switchovers back and forth while clients write: nothing acknowledged may be missing.

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::NAMES;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::writer::Writer;

#[tokio::test]
async fn a_hundred_promotes_lose_nothing() {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let writer = Writer::start(&cluster, "hundred");
    writer.acknowledges(100).await;
    let mut master = A;
    for turn in 0..100 {
        let next = if master == A { B } else { A };
        let said = cluster.run(&["promote", NAMES[next], "--yes"]).await;
        assert_eq!(said.code, 0, "turn {turn}: {}", said.err);
        master = next;
    }
    writer.acknowledges(100).await;
    let acks = writer.stop();
    aftermath::whole(&cluster, master, &acks).await;
    aftermath::persisted(&mut cluster, master, &acks).await;
}
