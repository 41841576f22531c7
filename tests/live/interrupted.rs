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
    let mut done = 0;
    for n in 1..RECORDS {
        let Some(now) = struck(&mut cluster, master, n).await else {
            assert!(done > 2, "{done} done");
            return;
        };
        done += usize::from(now != master);
        master = now;
    }
    panic!("a failover of {RECORDS} records");
}

/// On a busy machine the few steps before the promotion may be over before the signal is seen.
#[tokio::test]
async fn ctrl_c_at_the_first_record_of_a_failover_leaves_all_as_it_was() {
    let mut cluster = persistent().await;
    let mut master = A;
    for _ in 0..20 {
        let now = struck(&mut cluster, master, 1).await;
        let now = now.expect("more than one record");
        if now == master {
            return;
        }
        master = now;
    }
    panic!("Ctrl-C never undid anything");
}

/// The master dies, somebody fails over and presses Ctrl-C right after record `n`, and the dead one comes back. Gives who
/// is master then; `None` where it ended before it came so far.
async fn struck(cluster: &mut RedisCluster, master: usize, n: usize) -> Option<usize> {
    cluster.sampled().await;
    cluster.survivable(master).await;
    cluster.servers[master].sigkill();
    let from = cluster.journal().len();
    let outcome = interrupted(cluster, n, &["failover", "--yes"]).await;
    assert!(cluster.store().open_operation().unwrap().is_none());
    let said = match outcome {
        Ok(said) => said,
        Err(said) => {
            said.expect(0);
            assert!(promoted(cluster, from));
            return None;
        }
    };
    let now = match said.code {
        130 => {
            assert!(!promoted(cluster, from), "record {n}: {}", said.err);
            said.mentions("the cluster is as it was");
            assert_eq!(cluster.masters().await, [0; 0]);
            cluster.servers[master].restart();
            master
        }
        0 => {
            assert!(promoted(cluster, from), "record {n}: {}", said.err);
            let new = cluster.master().await;
            assert_ne!(new, master);
            let survivors: Vec<usize> = [A, B, C].into_iter().filter(|n| *n != master).collect();
            aftermath::unfenced(cluster, &survivors, new).await;
            cluster.servers[master].restart();
            cluster.follow(master, new).await;
            new
        }
        code => panic!("record {n}: exit {code}: {}", said.err),
    };
    cluster.linked(now).await;
    aftermath::unfenced(cluster, &[A, B, C], now).await;
    Some(now)
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
