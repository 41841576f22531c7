//! What must be true after every operation, however it ended.

use ::redis::Value;
use pikafo::node::link::Link;

use std::time::Duration;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::NAMES;
use super::cluster::RedisCluster;
use super::redis::tcp;
use super::writer::Acks;

/// A fence holds a write back for much longer, an idle loopback server for much less.
const AT_ONCE: Duration = Duration::from_secs(5);

/// `master` is the only master and takes writes, the others are linked to it, nothing acknowledged is
/// missing on it, no fence and no lock is left, and no operation is open.
pub(crate) async fn whole(cluster: &RedisCluster, master: usize, acks: &Acks) {
    cluster.linked(master).await;
    assert_eq!(cluster.master().await, master);
    unfenced(cluster, &[A, B, C], master).await;
    assert_eq!(
        cluster.ask(master, &["GET", "pikafo:lock"]).await,
        Value::Nil
    );
    let missing = acks.missing(&cluster.spec(master)).await;
    let name = NAMES[master];
    let of = acks.len();
    assert!(
        missing.is_empty(),
        "{name} lacks {} of {of}: {missing:?}",
        missing.len()
    );
    let store = cluster.store();
    assert_eq!(store.open_operation().unwrap(), None);
    let memory = store.memory().unwrap();
    assert!(memory.fenced.is_empty(), "{:?}", memory.fenced);
}

/// The master takes a plain write, and none of the nodes holds clients back.
pub(crate) async fn unfenced(cluster: &RedisCluster, nodes: &[usize], master: usize) {
    for &node in nodes {
        let name = NAMES[node];
        let mut link = Link::open(&cluster.spec(node).within(AT_ONCE), &tcp())
            .await
            .unwrap();
        // CLIENT PAUSE WRITE holds back whatever may be replicated, on a replica too.
        if let Err(fault) = link.ask(&["PUBLISH", "aftermath", "x"]).await {
            panic!("{name} is still paused: {fault}");
        }
        if node == master {
            let set = link.ask(&["SET", "aftermath", "x"]).await;
            assert_eq!(set.unwrap(), Value::Okay, "{name} refuses writes");
        }
    }
}

/// The roles outlive a crash of every node, and so does what was acknowledged.
pub(crate) async fn persisted(cluster: &mut RedisCluster, master: usize, acks: &Acks) {
    cluster.restart_all().await;
    whole(cluster, master, acks).await;
}
