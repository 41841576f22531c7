//! Replication: the rules of linking, the stream, divergence, and what a restart brings back.

use pikafo::host::clock;
use pikafo::lab::cluster::LabCluster;
use pikafo::lab::node::LabNode;
use pikafo::lab::timings::Timings;
use pikafo::lab::version::Version;

use super::client::ask;
use super::client::field;
use super::client::until;
use super::client::until_field;
use super::server::start;
use super::server::start_with;

async fn slaveof(replica: &LabNode, master: &LabNode, tail: &str) {
    let line = format!("SLAVEOF 127.0.0.1 {}{tail}", master.options().port);
    until(&line, || async {
        ask(&replica.addr(), &line).await == "+OK\r\n"
    })
    .await;
}

async fn link(replica: &LabNode, master: &LabNode) {
    slaveof(replica, master, "").await;
    linked(replica).await;
}

async fn linked(replica: &LabNode) {
    until_field(&replica.addr(), "master_link_status", "up").await;
}

async fn position(node: &LabNode) -> String {
    let info = ask(&node.addr(), "INFO replication").await;
    let line = info
        .lines()
        .find(|line| line.contains("binlog_offset="))
        .unwrap();
    line.split(['=', ',']).nth(1).unwrap().to_owned()
}

async fn caught_up(replica: &LabNode, master: &LabNode) {
    until("the replica has caught up", || async {
        position(replica).await == position(master).await
    })
    .await;
}

#[tokio::test]
async fn a_replica_links_and_follows() {
    for version in Version::ALL {
        let (_a, master) = start(version).await;
        let (_b, replica) = start(version).await;
        ask(&master.addr(), "SET a 1").await;
        link(&replica, &master).await;
        ask(&master.addr(), "SET b 2").await;
        caught_up(&replica, &master).await;
        for (key, value) in [("a", "1"), ("b", "2")] {
            assert_eq!(
                ask(&replica.addr(), &format!("GET {key}")).await,
                format!("$1\r\n{value}\r\n")
            );
        }
        assert!(
            ask(&replica.addr(), "SET c 3").await.starts_with("-ERR "),
            "replicas refuse writes"
        );
        let line = field(&master.addr(), "slave0").await;
        assert!(
            line.starts_with(&format!(
                "ip=127.0.0.1,port={},conn_fd=",
                replica.options().port
            )),
            "{line}"
        );
        assert!(line.ends_with(",lag=(db0:0)"), "{line}");
    }
}

#[tokio::test]
async fn a_diverged_master_is_taken_back_without_a_word_at_a_record_border() {
    for version in Version::ALL {
        let (_a, old) = start(version).await;
        let (_b, new) = start(version).await;
        ask(&old.addr(), "SET a 1").await;
        link(&new, &old).await;
        caught_up(&new, &old).await;
        ask(&new.addr(), "SLAVEOF NO ONE").await;
        ask(&old.addr(), "SET old0 1").await;
        ask(&new.addr(), "SET new0 1").await;
        ask(&new.addr(), "SET new1 1").await;
        link(&old, &new).await;
        caught_up(&old, &new).await;
        assert_eq!(ask(&old.addr(), "GET old0").await, "$1\r\n1\r\n");
        assert_eq!(ask(&old.addr(), "GET new0").await, "$-1\r\n", "never sent");
        assert_eq!(ask(&old.addr(), "GET new1").await, "$1\r\n1\r\n");
    }
}

#[tokio::test]
async fn one_that_is_ahead_is_refused_until_it_gives_its_data_up() {
    for version in Version::ALL {
        let (_a, old) = start(version).await;
        let (_b, new) = start(version).await;
        ask(&old.addr(), "SET a 1").await;
        link(&new, &old).await;
        caught_up(&new, &old).await;
        ask(&new.addr(), "SLAVEOF NO ONE").await;
        ask(&old.addr(), "SET old0 1").await;
        slaveof(&old, &new, "").await;
        until_field(&old.addr(), "db_repl_state", "(db0:Error)").await;
        // The same again does nothing, and a single database cannot be helped.
        slaveof(&old, &new, " force").await;
        assert_eq!(field(&old.addr(), "db_repl_state").await, "(db0:Error)");
        assert!(
            ask(&old.addr(), "DBSLAVEOF db0 force")
                .await
                .contains("in kError")
        );
        ask(&old.addr(), "SLAVEOF NO ONE").await;
        // At once, the close of the old connection would hit the new one and the full sync with it.
        until_field(&new.addr(), "connected_slaves", "0").await;
        // The flag of before still counts.
        link(&old, &new).await;
        caught_up(&old, &new).await;
        assert_eq!(ask(&old.addr(), "GET old0").await, "$-1\r\n");
        assert_eq!(ask(&old.addr(), "GET a").await, "$1\r\n1\r\n");
    }
}

#[tokio::test]
async fn an_error_heals_into_silent_divergence() {
    let (_a, old) = start(Version::V3_5_5).await;
    let (_b, new) = start(Version::V3_5_5).await;
    link(&new, &old).await;
    ask(&new.addr(), "SLAVEOF NO ONE").await;
    ask(&old.addr(), "SET old0 1").await;
    slaveof(&old, &new, "").await;
    until_field(&old.addr(), "db0", "error").await;
    ask(&new.addr(), "SET new0 1").await;
    ask(&new.addr(), "SET new1 1").await;
    linked(&old).await;
    caught_up(&old, &new).await;
    assert_eq!(ask(&old.addr(), "GET new0").await, "$-1\r\n");
    assert_eq!(ask(&old.addr(), "GET new1").await, "$1\r\n1\r\n");
}

#[tokio::test]
async fn a_promotion_is_forgotten_without_a_rewrite() {
    for rewrite in [false, true] {
        let (_a, master) = start(Version::V3_5_5).await;
        let (_b, mut replica) = start(Version::V3_5_5).await;
        link(&replica, &master).await;
        ask(&replica.addr(), "SLAVEOF NO ONE").await;
        assert_eq!(field(&replica.addr(), "role").await, "master");
        if rewrite {
            ask(&replica.addr(), "CONFIG REWRITE").await;
        }
        replica.restart().await.unwrap();
        assert_eq!(
            field(&replica.addr(), "role").await,
            if rewrite { "master" } else { "slave" }
        );
    }
}

#[tokio::test]
async fn a_master_with_replicas_follows_nobody_until_they_have_left() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, replica) = start(Version::V3_5_5).await;
    link(&replica, &master).await;
    let line = format!("SLAVEOF 127.0.0.1 {}", replica.options().port);
    assert_eq!(
        ask(&master.addr(), &line).await,
        "-ERR already master of others, invalid usage\r\n"
    );
    ask(&replica.addr(), "SLAVEOF NO ONE").await;
    link(&master, &replica).await;
}

#[tokio::test]
async fn a_restarted_master_is_found_again() {
    let (_a, mut master) = start(Version::V3_5_5).await;
    let (_b, replica) = start(Version::V3_5_5).await;
    link(&replica, &master).await;
    master.kill().await;
    until_field(&replica.addr(), "master_link_status", "down").await;
    master.restart().await.unwrap();
    linked(&replica).await;
    ask(&master.addr(), "SET a 1").await;
    caught_up(&replica, &master).await;
}

#[tokio::test]
async fn a_silent_master_is_noticed() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, replica) = start(Version::V3_5_5).await;
    link(&replica, &master).await;
    master.pause();
    until_field(&replica.addr(), "master_link_status", "down").await;
    master.resume();
    linked(&replica).await;
}

#[tokio::test]
async fn a_silent_replica_is_a_ghost() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, replica) = start(Version::V3_5_5).await;
    link(&replica, &master).await;
    replica.pause();
    until("not syncing", || async {
        field(&master.addr(), "slave0")
            .await
            .ends_with("lag=(db0:not syncing)")
    })
    .await;
    assert_eq!(field(&master.addr(), "connected_slaves").await, "1");
    let line = format!("SLAVEOF 127.0.0.1 {}", replica.options().port);
    assert_eq!(
        ask(&master.addr(), &line).await,
        "-ERR already master of others, invalid usage\r\n"
    );
}

#[tokio::test]
async fn what_meta_sync_refuses_looks_like_an_unreachable_master() {
    let foreign = "0123456789abcdef0123456789abcdef0123456789abcdef01";
    for (ours, theirs) in [
        (vec![("requirepass", "a")], vec![("masterauth", "b")]),
        (vec![("databases", "2")], vec![]),
        (
            vec![("replication-id", "aa")],
            vec![("replication-id", foreign)],
        ),
    ] {
        let (_a, master) = start_with(Version::V3_5_5, &ours).await;
        let (_b, replica) = start_with(Version::V3_5_5, &theirs).await;
        slaveof(&replica, &master, "").await;
        // Longer than a retry would take.
        clock::sleep(replica.options().timings.meta_wait * 2).await;
        assert_eq!(
            field(&replica.addr(), "db0").await,
            "no_connect",
            "{ours:?}"
        );
        assert_eq!(field(&replica.addr(), "master_link_status").await, "down");
    }
}

#[tokio::test]
async fn another_history_must_be_cleared_first() {
    let (_a, master) = start_with(Version::V3_5_5, &[("replication-id", "aa")]).await;
    let (_b, replica) = start_with(Version::V3_5_5, &[("replication-id", "bb")]).await;
    ask(&master.addr(), "SET a 1").await;
    slaveof(&replica, &master, " force").await;
    clock::sleep(replica.options().timings.meta_wait * 2).await;
    assert_eq!(field(&replica.addr(), "db0").await, "no_connect");
    ask(&replica.addr(), "SLAVEOF NO ONE").await;
    assert_eq!(ask(&replica.addr(), "CLEARREPLICATIONID").await, "+OK\r\n");
    link(&replica, &master).await;
    assert_eq!(field(&replica.addr(), "ReplicationID").await, "aa");
    assert_eq!(ask(&replica.addr(), "GET a").await, "$1\r\n1\r\n");
}

#[tokio::test]
async fn a_torn_full_sync_leaves_an_empty_master_that_says_so() {
    for version in [Version::V3_5_5, Version::V4_0_1] {
        let (_a, master) = start_with(version, &[("throttle-bytes-per-second", "1000")]).await;
        let (_b, mut replica) = start(version).await;
        ask(&master.addr(), &format!("SET a {}", "x".repeat(100_000))).await;
        slaveof(&replica, &master, "").await;
        until_field(&replica.addr(), "db0", "syncing_full").await;
        assert!(
            field(&master.addr(), "slave0")
                .await
                .ends_with("lag=(db0:full syncing)")
        );
        assert_eq!(
            field(&replica.addr(), "is_eligible_for_master_election").await,
            "false"
        );
        assert_eq!(ask(&replica.addr(), "SLAVEOF NO ONE").await, "+OK\r\n");
        assert_eq!(ask(&replica.addr(), "CONFIG REWRITE").await, "+OK\r\n");
        for _ in 0..2 {
            assert_eq!(field(&replica.addr(), "role").await, "master");
            assert_eq!(
                field(&replica.addr(), "is_eligible_for_master_election").await,
                "false"
            );
            assert_eq!(ask(&replica.addr(), "GET a").await, "$-1\r\n");
            replica.restart().await.unwrap();
        }
    }
}

#[tokio::test]
async fn no_one_and_the_same_master_again_flaps() {
    let (_a, master) = start(Version::V3_4_1).await;
    let (_b, replica) = start(Version::V3_4_1).await;
    link(&replica, &master).await;
    ask(&replica.addr(), "SLAVEOF NO ONE").await;
    slaveof(&replica, &master, "").await;
    until_field(&replica.addr(), "master_link_status", "down").await;
    linked(&replica).await;
    ask(&master.addr(), "SET a 1").await;
    caught_up(&replica, &master).await;
}

#[tokio::test]
async fn a_chained_replica_passes_everything_on() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, middle) = start(Version::V3_5_5).await;
    let (_c, last) = start(Version::V3_5_5).await;
    link(&middle, &master).await;
    link(&last, &middle).await;
    ask(&master.addr(), "SET a 1").await;
    caught_up(&last, &master).await;
    assert_eq!(ask(&last.addr(), "GET a").await, "$1\r\n1\r\n");
    assert_eq!(field(&middle.addr(), "role").await, "master&&slave");
    assert_eq!(field(&middle.addr(), "slave_priority").await, "");
}

#[tokio::test]
async fn one_database_can_be_detached() {
    let two = [("databases", "2")];
    let (_a, master) = start_with(Version::V3_5_5, &two).await;
    let (_b, replica) = start_with(Version::V3_5_5, &two).await;
    link(&replica, &master).await;
    assert_eq!(
        ask(&replica.addr(), "DBSLAVEOF db1 no one").await,
        "+OK\r\n"
    );
    assert_eq!(
        field(&replica.addr(), "db_repl_state").await,
        "(db1:kDBNoConnect)"
    );
    assert_eq!(field(&replica.addr(), "master_link_status").await, "down");
    until("the master knows", || async {
        field(&master.addr(), "slave0")
            .await
            .ends_with("(db1:not syncing)")
    })
    .await;
    assert_eq!(ask(&replica.addr(), "DBSLAVEOF db1").await, "+OK\r\n");
    linked(&replica).await;
}

#[tokio::test]
async fn files_roll_and_are_purged_and_whoever_is_too_late_gets_everything() {
    let small = [("binlog-file-size", "1024")];
    let (_a, master) = start_with(Version::V3_5_5, &small).await;
    let (_b, replica) = start_with(Version::V3_5_5, &small).await;
    link(&replica, &master).await;
    replica.kill().await;
    let mut replica = replica;
    until_field(&master.addr(), "connected_slaves", "0").await;
    let mut client = super::client::Client::connect(&master.addr()).await;
    for n in 0..400 {
        client.ask(&format!("SET k{n} {n}")).await;
    }
    let info = client.ask("INFO replication").await;
    let file: u32 = position(&master)
        .await
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(file > 20, "{info}");
    assert!(
        info.contains(&format!("safety_purge=write2file{}", file - 10)),
        "{info}"
    );
    replica.restart().await.unwrap();
    linked(&replica).await;
    caught_up(&replica, &master).await;
    assert_eq!(ask(&replica.addr(), "GET k0").await, "$1\r\n0\r\n");
    assert_eq!(ask(&replica.addr(), "GET k399").await, "$3\r\n399\r\n");
}

#[tokio::test]
async fn a_cluster_starts_linked_and_caught_up() {
    for version in Version::ALL {
        let dir = tempfile::tempdir().unwrap();
        let cluster = LabCluster::start(3, version, Timings::brisk(), dir.path())
            .await
            .unwrap();
        let addrs = cluster.addrs();
        assert_eq!(field(&addrs[0], "connected_slaves").await, "2");
        for replica in &addrs[1..] {
            assert_eq!(
                field(replica, "master_port").await,
                addrs[0].port().to_string()
            );
            assert_eq!(field(replica, "master_link_status").await, "up");
        }
    }
}
