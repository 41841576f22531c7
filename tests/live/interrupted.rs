//! Ctrl-C at every record of a repoint and of a failover. The switchover's is in `crash`.

use pikafo::decide::facts::Link;
use pikafo::decide::facts::Role;
use pikafo::decide::record::Record;

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

#[tokio::test]
async fn ctrl_c_at_any_record_of_a_failover_undoes_or_finishes() {
    let mut cluster = persistent().await;
    let mut master = A;
    let (mut undone, mut done) = (0, 0);
    for n in 1..RECORDS {
        cluster.sampled().await;
        cluster.survivable(master).await;
        cluster.servers[master].sigkill();
        let from = cluster.journal().len();
        let outcome = interrupted(&cluster, n, &["failover", "--yes"]).await;
        assert!(cluster.store().open_operation().unwrap().is_none());
        let said = match outcome {
            Ok(said) => said,
            Err(said) => {
                said.expect(0);
                assert!(promoted(&cluster, from));
                assert!(undone > 0 && done > 2, "{undone} undone, {done} done");
                return;
            }
        };
        let old = master;
        match said.code {
            130 => {
                undone += 1;
                assert!(!promoted(&cluster, from), "record {n}: {}", said.err);
                said.mentions("the cluster is as it was");
                assert_eq!(cluster.masters().await, [0; 0]);
                cluster.servers[old].restart();
            }
            0 => {
                done += 1;
                assert!(promoted(&cluster, from), "record {n}: {}", said.err);
                master = cluster.master().await;
                assert_ne!(master, old);
                let survivors: Vec<usize> = [A, B, C].into_iter().filter(|n| *n != old).collect();
                aftermath::unfenced(&cluster, &survivors, master).await;
                cluster.servers[old].restart();
                cluster.follow(old, master).await;
            }
            code => panic!("record {n}: exit {code}: {}", said.err),
        }
        cluster.linked(master).await;
        aftermath::unfenced(&cluster, &[A, B, C], master).await;
    }
    panic!("a failover of {RECORDS} records");
}

/// Whether the journal says, after line `from`, that a node was promoted.
pub(crate) fn promoted(cluster: &RedisCluster, from: usize) -> bool {
    let (entries, _) = cluster.store().entries().unwrap();
    let mut promotion = None;
    entries.iter().skip(from).any(|entry| {
        if let Record::Begin { plan } = &entry.record {
            promotion = plan.promotion_step();
        }
        matches!(&entry.record, Record::After { step, ok: true, .. } if Some(*step) == promotion)
    })
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
