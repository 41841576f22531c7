//! A server whose disk or memory is full answers everything but refuses every write, its `PING` among them.

use ::redis::Value;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::RedisCluster;
use super::until::until;
use super::watchers::Watchers;

/// Its background save fails from now on.
async fn fill_the_disk(cluster: &RedisCluster, node: usize) {
    // A name that is taken by a folder.
    let taken = cluster.servers[node].conf().with_file_name("dump.rdb");
    if taken.exists() {
        std::fs::remove_file(&taken).unwrap();
    }
    std::fs::create_dir(taken).unwrap();
    for (key, value) in [
        ("save", "3600 1"),
        // As a replica it would end itself when its master sends it a write.
        ("replica-ignore-disk-write-errors", "yes"),
    ] {
        cluster.ask(node, &["CONFIG", "SET", key, value]).await;
    }
    cluster.ask(node, &["BGSAVE"]).await;
    until(
        async || cluster.info(node, "persistence").await,
        |info| info.contains("rdb_last_bgsave_status:err"),
    )
    .await;
}

async fn fill_the_memory(cluster: &RedisCluster, node: usize) {
    cluster
        .ask(node, &["CONFIG", "SET", "maxmemory", "1"])
        .await;
}

async fn refuses(cluster: &RedisCluster, node: usize, word: &str) {
    let answer = cluster.try_ask(node, &["SET", "more", "1"]).await;
    let text = answer.expect_err("it takes writes").text;
    assert!(text.starts_with(word), "{text}");
}

/// `promote` moves away from `a`, which refuses every write with this word.
async fn is_left(cluster: &RedisCluster, word: &str) {
    refuses(cluster, A, word).await;
    let status = cluster.run(&["status"]).await.expect(0);
    assert!(status.out.contains("master.refuses_writes"), "{status:?}");
    assert!(status.out.contains(word), "{status:?}");
    cluster.run(&["check"]).await.expect(8);
    // Neither the lock nor a sign of life over the fenced connection needs the disk.
    let said = cluster.run(&["promote", "b", "--yes"]).await.expect(0);
    said.mentions(&format!("refuses every write ({word})"));
    cluster.linked(B).await;
    cluster.acknowledged(B, &["SET", "more", "1"]).await;
}

#[tokio::test]
async fn a_master_whose_disk_is_full_is_told_of_and_can_be_left() {
    let cluster = RedisCluster::plain().await;
    fill_the_disk(&cluster, A).await;
    is_left(&cluster, "MISCONF").await;
    // On the way back it would take no writes.
    let back = cluster.run(&["promote", "a", "--yes"]).await.expect(5);
    back.mentions("refuse every write");
    let status = cluster.run(&["status"]).await.expect(0);
    assert!(status.out.contains("replica.would_refuse_writes"));
}

#[tokio::test]
async fn a_master_whose_memory_is_full_is_told_of_and_can_be_left() {
    let cluster = RedisCluster::plain().await;
    fill_the_memory(&cluster, A).await;
    is_left(&cluster, "OOM").await;
}

#[tokio::test]
async fn of_equals_a_failover_takes_who_would_take_writes() {
    let mut cluster = RedisCluster::plain().await;
    fill_the_disk(&cluster, B).await;
    cluster.sampled().await;
    cluster.servers[A].sigkill();
    cluster.run(&["failover", "--yes"]).await.expect(0);
    assert_eq!(cluster.master().await, C);
}

#[tokio::test]
async fn watchers_put_a_master_with_room_in_the_place_of_one_without() {
    let cluster = RedisCluster::plain().await;
    let watchers = Watchers::start(&cluster).await;
    cluster.acknowledged(A, &["SET", "before", "1"]).await;
    fill_the_disk(&cluster, A).await;
    let new = until(
        async || cluster.masters().await,
        |masters| masters.len() == 1 && masters[0] != A,
    )
    .await[0];
    watchers.settled(cluster.addr(new)).await;
    cluster.linked(new).await;
    assert_eq!(
        cluster.ask(new, &["GET", "before"]).await,
        Value::BulkString(b"1".to_vec())
    );
    cluster.acknowledged(new, &["SET", "after", "1"]).await;
}
