//! Ctrl-C at every record of a repoint. The switchover's is in `crash`.

use pikafo::decide::facts::Link;
use pikafo::decide::facts::Role;

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Said;
use super::cluster::Setup;
use super::halted;
use super::until::until;

/// Far more than it writes.
const RECORDS: usize = 60;

async fn persistent() -> RedisCluster {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    RedisCluster::start(&setup).await
}

/// Ctrl-C right after record `n`; `Err` where it ended before it came so far.
async fn interrupted(cluster: &RedisCluster, n: usize, args: &[&str]) -> Result<Said, Said> {
    let halted = halted::run_until(cluster, n, args).await?;
    halted.signal("-INT");
    Ok(halted.go_on().await)
}

#[tokio::test]
async fn ctrl_c_at_any_record_of_a_repoint_leaves_the_node_attached() {
    let cluster = persistent().await;
    let (mut stopped, mut done) = (0, 0);
    for n in 1..RECORDS {
        cluster.follow(C, B).await;
        followed(&cluster, B).await;
        let args = ["repoint", "c", "--yes"];
        let said = match interrupted(&cluster, n, &args).await {
            Ok(said) => said,
            Err(said) => {
                said.expect(0);
                followed(&cluster, A).await;
                assert!(stopped > 0 && done > 2, "{stopped} stopped, {done} done");
                return;
            }
        };
        assert!(cluster.store().open_operation().unwrap().is_none());
        match said.code {
            0 => {
                done += 1;
                followed(&cluster, A).await;
            }
            // The step in hand is finished: it follows the one or the other, and what is left is said.
            6 => {
                stopped += 1;
                assert!(said.err.contains("[repoint.stopped]"), "{}", said.err);
            }
            code => panic!("record {n}: exit {code}: {}", said.err),
        }
        until(async || attached(&cluster).await, Option::is_some).await;
        aftermath::unfenced(&cluster, &[A, B, C], A).await;
        assert_eq!(
            cluster.ask(A, &["GET", "pikafo:lock"]).await,
            redis::Value::Nil
        );
    }
    panic!("a repoint of {RECORDS} records");
}

/// Whom `c` is linked to.
async fn attached(cluster: &RedisCluster) -> Option<usize> {
    let view = cluster.view().await;
    let seen = &view.nodes[C].seen()?.replication;
    let linked = seen.role == Role::Replica && seen.link == Link::Up;
    [A, B]
        .into_iter()
        .find(|n| linked && seen.master.as_ref() == Some(cluster.addr(*n)))
}

async fn followed(cluster: &RedisCluster, master: usize) {
    until(async || attached(cluster).await, |at| *at == Some(master)).await;
}
