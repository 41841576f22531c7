//! A promote that is cut off right after any record of its journal is finished by `--resume`, undone by
//! `--abort`, and ends well after Ctrl-C.

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::NAMES;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Said;
use super::cluster::Setup;
use super::halted;
use super::interrupted::promoted;
use super::writer::Writer;
use ::redis::Value;

/// Far more than a promote of three nodes writes.
const RECORDS: usize = 200;
/// A promote that wrote fewer records than this did not do its work.
const FEWEST: usize = 25;

async fn persistent() -> RedisCluster {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    RedisCluster::start(&setup).await
}

fn other(master: usize) -> usize {
    if master == A { B } else { A }
}

/// Crashes after every `stride`th record from `first`, and goes on with `verb`.
async fn crash_everywhere(verb: &str, first: usize, stride: usize) {
    let mut cluster = persistent().await;
    let mut master = A;
    for n in (first..RECORDS).step_by(stride) {
        let next = other(master);
        let from = cluster.journal().len();
        let writer = Writer::start(&cluster, &format!("{n}"));
        let promote = ["promote", NAMES[next], "--yes"];
        let crashed = cluster
            .run_with("PIKAFO_CRASH_AFTER", n.to_string(), &promote)
            .await;
        if crashed.code == 0 {
            assert!(n > FEWEST, "only {n} records");
            aftermath::whole(&cluster, next, &writer.stop()).await;
            return;
        }
        assert_eq!(crashed.code, -1, "record {n}: {}", crashed.err);
        assert_eq!(cluster.journal().len(), from + n);
        let ended = cluster.store().open_operation().unwrap().is_none();
        let gone = promoted(&cluster, from);
        if ended {
            cluster.run(&["promote", verb]).await.expect(5);
        } else {
            let again = cluster.run(&promote).await.expect(5);
            again.mentions("operation.open");
            let said = cluster.run(&["promote", verb]).await;
            assert_eq!(said.code, 0, "record {n}: {}", said.err);
        }
        if gone || verb == "--resume" {
            master = next;
        }
        let acks = writer.stop();
        aftermath::whole(&cluster, master, &acks).await;
        aftermath::persisted(&mut cluster, master, &acks).await;
    }
    panic!("a promote of {RECORDS} records");
}

#[tokio::test]
async fn what_a_crash_after_an_odd_record_left_is_resumed() {
    crash_everywhere("--resume", 1, 2).await;
}

#[tokio::test]
async fn what_a_crash_after_an_even_record_left_is_resumed() {
    crash_everywhere("--resume", 2, 2).await;
}

#[tokio::test]
async fn what_a_crash_after_an_odd_record_left_is_aborted() {
    crash_everywhere("--abort", 1, 2).await;
}

#[tokio::test]
async fn what_a_crash_after_an_even_record_left_is_aborted() {
    crash_everywhere("--abort", 2, 2).await;
}

/// Crashes at `step`, lets the pause on the old master end, and goes on with `verb`.
async fn outlasted(verb: &str, after: &str) -> (RedisCluster, Said) {
    let cluster = persistent().await;
    let plan = ["promote", "b", "--dry-run", "-o", "json"];
    let plan = cluster.run(&plan).await.expect(0).json();
    let steps = plan["steps"].as_array().unwrap();
    let step = steps.iter().position(|s| s["text"] == after);
    let records = 1 + 2 * (step.unwrap_or_else(|| panic!("{steps:?}")) + 1);
    let promote = ["promote", "b", "--yes"];
    cluster
        .run_with("PIKAFO_CRASH_AFTER", records.to_string(), &promote)
        .await
        .expect(-1);
    cluster.ask(A, &["CLIENT", "UNPAUSE"]).await;
    let wrote = cluster.try_ask(A, &["SET", "late", "1"]).await.is_ok();
    assert_eq!(wrote, after == "promote b");
    let said = cluster.run(&["promote", verb]).await;
    (cluster, said)
}

#[tokio::test]
async fn a_write_that_came_after_the_pause_had_ended_is_never_discarded() {
    for verb in ["--resume", "--abort"] {
        let (cluster, said) = outlasted(verb, "promote b").await;
        said.expect(6).mentions("rejoin.past_point");
        assert_eq!(cluster.ask(A, &["EXISTS", "late"]).await, Value::Int(1));
        // Its clients have gone on there, and do so: nobody was told of the other one, which has nothing of its own.
        cluster.ask(A, &["SET", "more", "1"]).await;
        cluster
            .run(&["repoint", "b", "--to", "a", "--resync", "--yes"])
            .await
            .expect(0);
        cluster.linked(A).await;
        assert_eq!(
            cluster.ask(B, &["EXISTS", "late", "more"]).await,
            Value::Int(2)
        );
        aftermath::unfenced(&cluster, &[A, B, C], A).await;
    }
}

#[tokio::test]
async fn the_fence_over_the_pause_outlasts_it() {
    for verb in ["--resume", "--abort"] {
        let fence = "keep a fenced: ACL -@write for every user";
        let (cluster, said) = outlasted(verb, fence).await;
        said.expect(0);
        cluster.linked(B).await;
        aftermath::unfenced(&cluster, &[A, B, C], B).await;
    }
}

#[tokio::test]
async fn ctrl_c_at_any_record_undoes_or_finishes() {
    let mut cluster = persistent().await;
    let mut master = A;
    let mut undone = 0;
    for n in 1..RECORDS {
        let next = other(master);
        let from = cluster.journal().len();
        let writer = Writer::start(&cluster, &format!("{n}"));
        let promote = ["promote", NAMES[next], "--yes"];
        let said = match halted::run_until(&cluster, n, &promote).await {
            Ok(halted) => {
                halted.signal("-INT");
                halted.go_on().await
            }
            Err(said) => {
                assert_eq!(said.code, 0, "{}", said.err);
                assert!(n > FEWEST, "only {n} records");
                assert!(undone > 0, "Ctrl-C never undid anything");
                aftermath::persisted(&mut cluster, next, &writer.stop()).await;
                return;
            }
        };
        match said.code {
            130 => {
                assert!(!promoted(&cluster, from), "record {n}: {}", said.err);
                let said = said.mentions("the cluster is as it was");
                assert!(said.out.contains(NAMES[master]), "{}", said.out);
                undone += 1;
            }
            0 => {
                assert!(promoted(&cluster, from), "record {n}: {}", said.err);
                master = next;
            }
            code => panic!("record {n}: exit {code}: {}", said.err),
        }
        aftermath::whole(&cluster, master, &writer.stop()).await;
    }
    panic!("a promote of {RECORDS} records");
}
