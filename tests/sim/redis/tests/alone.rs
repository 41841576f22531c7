//! Crashes, slow copies and the clock, without sockets and in virtual time.

use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::sleep;
use redis::Value;

use super::super::disk::Disk;
use super::host::Host;
use super::host::QUICK;
use super::wires::Wires;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_crash_loses_what_was_not_kept() {
    let wires = Wires::default();
    let aof = ("appendonly", "yes");
    for (conf, power, kept) in [
        (&[][..], false, 0),
        (&[aof][..], false, 40),
        (&[aof][..], true, 30),
        (&[("save", "60 1")][..], false, 0),
        (&[("save", "1 1")][..], false, 30),
    ] {
        let mut host = Host::start(&wires, 1, conf).await;
        for number in 0..30 {
            host.ask(&format!("SET k{number} 1")).await;
        }
        // Two ticks of a second are over, and the last ten come before the third.
        sleep(Duration::from_millis(2100)).await;
        for number in 30..40 {
            host.ask(&format!("SET k{number} 1")).await;
        }
        let before = host.field("run_id").await;
        host.kill().await;
        if power {
            host.options.disk.lose_power();
        }
        host.restart().await;
        assert_eq!(
            host.ask("DBSIZE").await,
            Value::Int(kept),
            "{conf:?} {power}"
        );
        assert_ne!(host.field("run_id").await, before);
        host.kill().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_rewritten_outlives_a_crash() {
    let wires = Wires::default();
    let mut host = Host::start(&wires, 1, &[QUICK]).await;
    host.ask("CONFIG SET replica-priority 7").await;
    host.ask("SLAVEOF 10.0.0.9 6379").await;
    host.restart().await;
    assert_eq!(host.field("role").await, "master", "nobody saved it");
    host.ask("CONFIG SET replica-priority 7").await;
    host.ask("SLAVEOF 10.0.0.9 6379").await;
    host.ask("CONFIG REWRITE").await;
    let kept = host.options.disk.directive("replicaof");
    assert_eq!(kept.as_deref(), Some("10.0.0.9 6379"));
    host.restart().await;
    assert_eq!(host.field("master_host").await, "10.0.0.9");
    assert_eq!(host.field("slave_priority").await, "7");
    assert_eq!(
        host.field("slave_repl_offset").await,
        "1",
        "it knows of no history"
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_master_empties_its_replicas() {
    let wires = Wires::default();
    let mut master = Host::start(&wires, 1, &[QUICK]).await;
    let replica = Host::start(&wires, 2, &[QUICK]).await;
    replica.follow(&master).await;
    replica.until("master_link_status", "up").await;
    master.ask("SET a 1").await;
    replica.until("db0", "keys=1,expires=0,avg_ttl=0").await;
    master.restart().await;
    replica.until("db0", "").await;
    assert_eq!(replica.field("master_link_status").await, "up");
}

#[tokio::test(start_paused = true)]
async fn a_copy_takes_its_time_and_may_break() {
    let wires = Wires::default();
    let mut master = Host::start(&wires, 1, &[]).await;
    master.options.timings.copy = Duration::from_secs(100);
    master.options.disk = Disk::new(&[("appendonly", "yes")]);
    master.restart().await;
    let mut replica = Host::start(&wires, 2, &[]).await;
    replica.options.timings.load = Duration::from_secs(3);
    replica.restart().await;
    sleep(Duration::from_secs(4)).await;
    replica.ask("SET own 1").await;
    master.ask("SET a 1").await;
    replica.follow(&master).await;
    // Five seconds until it begins.
    replica.until("master_sync_in_progress", "1").await;
    assert_eq!(replica.field("master_link_status").await, "down");
    assert!(master.field("slave0").await.contains("state=wait_bgsave"));
    master.ask("SET b 1").await;
    sleep(Duration::from_secs(50)).await;
    assert_eq!(replica.text("GET own").await, "1", "it is what it was");
    master.restart().await;
    replica.until("master_sync_in_progress", "0").await;
    assert_eq!(replica.text("GET own").await, "1");
    replica.until("master_sync_in_progress", "1").await;
    sleep(Duration::from_secs(80)).await;
    master.ask("SET c 1").await;
    replica.until("loading", "1").await;
    assert_eq!(replica.field("master_link_status").await, "down");
    replica.until("master_link_status", "up").await;
    replica.until("db0", "keys=3,expires=0,avg_ttl=0").await;
    assert_eq!(replica.field("loading").await, "0");
    let offset = master.field("master_repl_offset").await;
    replica.until("slave_repl_offset", &offset).await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_down_says_since_when_and_goes_on_where_it_was() {
    let wires = Wires::default();
    let aof = &[QUICK, ("save", "1 1")];
    let mut master = Host::start(&wires, 1, aof).await;
    let replica = Host::start(&wires, 2, &[QUICK]).await;
    replica.follow(&master).await;
    replica.until("master_link_status", "up").await;
    master.ask("SET a 1").await;
    replica.until("db0", "keys=1,expires=0,avg_ttl=0").await;
    assert_eq!(master.field("sync_full").await, "1");
    // A snapshot keeps the name of the history, and how far it went.
    sleep(Duration::from_secs(3)).await;
    master.kill().await;
    sleep(Duration::from_secs(42)).await;
    let down: u64 = replica
        .field("master_link_down_since_seconds")
        .await
        .parse()
        .unwrap();
    assert!((42..45).contains(&down), "{down}");
    master.restart().await;
    replica.until("master_link_status", "up").await;
    assert_eq!(master.field("sync_partial_ok").await, "1");
    assert_eq!(replica.field("master_link_down_since_seconds").await, "");
}

#[tokio::test(start_paused = true)]
async fn who_stays_away_for_too_long_gets_a_copy() {
    let wires = Wires::default();
    for (bytes, partly, fully) in [("1048576", "1", "1"), ("100", "0", "2")] {
        let size = ("repl-backlog-size", bytes);
        let master = Host::start(&wires, 1, &[QUICK, size]).await;
        let replica = Host::start(&wires, 2, &[QUICK]).await;
        replica.follow(&master).await;
        replica.until("master_link_status", "up").await;
        replica.ask("SLAVEOF 10.0.0.9 6379").await;
        for number in 0..10 {
            master.ask(&format!("SET k{number} 1")).await;
        }
        replica.follow(&master).await;
        replica.until("master_link_status", "up").await;
        replica.until("db0", "keys=10,expires=0,avg_ttl=0").await;
        assert_eq!(master.field("sync_partial_ok").await, partly);
        assert_eq!(master.field("sync_full").await, fully);
        for mut host in [master, replica] {
            host.kill().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pings_go_to_replicas_in_a_pause_too_and_writes_do_not() {
    let wires = Wires::default();
    let master = Host::start(&wires, 1, &[QUICK]).await;
    let replica = Host::start(&wires, 2, &[QUICK]).await;
    replica.follow(&master).await;
    replica.until("master_link_status", "up").await;
    master.ask("SET gone 1 PX 1500").await;
    master.ask("CLIENT PAUSE 30000 WRITE").await;
    let began = clock::mono();
    let offset = |text: String| text.parse::<u64>().unwrap();
    let before = offset(master.field("master_repl_offset").await);
    let (written, ()) = tokio::join!(master.ask("SET a 1"), async {
        sleep(Duration::from_secs(25)).await;
        let pings = offset(master.field("master_repl_offset").await) - before;
        assert!(pings == 2 * 14 || pings == 3 * 14, "{pings}");
        assert_eq!(replica.ask("DBSIZE").await, Value::Int(1));
        assert_eq!(
            replica.ask("GET gone").await,
            Value::Nil,
            "hidden, not deleted"
        );
    });
    assert_eq!(written, Value::Okay);
    assert_eq!(began.elapsed().as_secs(), 30);
    replica.until("db0", "keys=1,expires=0,avg_ttl=0").await;
    assert_eq!(replica.text("GET a").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_silent_replica_is_given_up_after_a_minute() {
    let wires = Wires::default();
    let master = Host::start(&wires, 1, &[QUICK]).await;
    master.ask("CONFIG SET min-replicas-to-write 1").await;
    let net = wires.plug(99);
    let addr = Addr::new("10.0.0.1", 6379);
    let mut stranger = net.dial.dial(&addr).await.unwrap();
    let psync = b"*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stranger, psync)
        .await
        .unwrap();
    master.until("min_slaves_good_slaves", "1").await;
    sleep(Duration::from_secs(20)).await;
    assert_eq!(master.field("min_slaves_good_slaves").await, "0");
    assert_eq!(master.field("connected_slaves").await, "1");
    sleep(Duration::from_secs(50)).await;
    assert_eq!(master.field("connected_slaves").await, "0");
    // An hour later nobody can go on from here any more.
    let before = master.field("master_replid").await;
    sleep(HOUR).await;
    assert_ne!(master.field("master_replid").await, before);
    assert_eq!(master.field("repl_backlog_active").await, "0");
}
