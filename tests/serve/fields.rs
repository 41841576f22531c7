//! Instances field by field, in states that a healthy cluster does not show.

use pikafo::decide::engine::snapshot::Moving;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Role;
use pikafo::serve::desk::Scripts;
use pikafo::serve::hall::Limits;

use super::desk::ME;
use super::desk::NOW_US;
use super::desk::TestDesk;
use super::desk::addr;
use super::desk::serve;
use super::desk::watcher;
use super::wire::Wire;

/// One field of an instance of RESP3.
async fn field(wire: &mut Wire, line: &str, instance: usize, name: &str) -> String {
    let seen = wire.ask(line).await;
    let map = if seen.kind == '%' {
        &seen
    } else {
        &seen.items[instance]
    };
    let pairs = map.items.chunks(2);
    let found = pairs
        .filter(|pair| pair[0].text == name)
        .map(|pair| pair[1].to_string());
    found.collect::<Vec<_>>().join(" and ")
}

async fn open(desk: &std::sync::Arc<TestDesk>) -> (super::desk::Served, Wire) {
    let served = serve(desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    assert_eq!(wire.ask("HELLO 3").await.kind, '%');
    (served, wire)
}

#[tokio::test]
async fn a_healthy_master_has_exactly_these_fields() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    assert_eq!(
        wire.say("SENTINEL MASTER orders").await,
        "%[name orders ip 10.0.0.1 port 6379 runid abababababababababababababababababababab \
         flags master link-pending-commands 1 link-refcount 2 last-ping-sent 100 \
         last-ok-ping-reply 200 last-ping-reply 300 down-after-milliseconds 5000 info-refresh 500 \
         role-reported master role-reported-time 90000 config-epoch 6 num-slaves 2 \
         num-other-sentinels 1 quorum 2 failover-timeout 60000 parallel-syncs 1]"
    );
}

#[tokio::test]
async fn a_replica_and_a_watcher_have_exactly_these_fields() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    let replicas = wire.ask("SENTINEL REPLICAS orders").await;
    assert_eq!(replicas.items.len(), 2);
    assert_eq!(
        replicas.items[0].to_string(),
        "%[name 10.0.0.2:6379 ip 10.0.0.2 port 6379 runid abababababababababababababababababababab \
         flags slave link-pending-commands 1 link-refcount 2 last-ping-sent 100 \
         last-ok-ping-reply 200 last-ping-reply 300 down-after-milliseconds 5000 info-refresh 500 \
         role-reported slave role-reported-time 90000 master-link-down-time 0 \
         master-link-status ok master-host 10.0.0.1 master-port 6379 slave-priority 100 \
         slave-repl-offset 1234 replica-announced 1]"
    );
    assert_eq!(
        wire.say("SENTINEL SENTINELS orders").await,
        "*[%[name 2222222222222222222222222222222222222222 ip 10.0.0.8 port 26379 \
         runid 2222222222222222222222222222222222222222 flags sentinel link-pending-commands 1 \
         link-refcount 2 last-ping-sent 100 last-ok-ping-reply 200 last-ping-reply 300 \
         down-after-milliseconds 5000 last-hello-message 400 voted-leader ? voted-leader-epoch 0]]"
    );
}

#[tokio::test]
async fn a_dead_master_shows_since_when_and_what_is_done_about_it() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    desk.change(|cluster| {
        cluster.nodes[0].sdown_since_us = Some(NOW_US - 3_000_000);
        cluster.nodes[0].disconnected = true;
        cluster.odown_since_us = Some(NOW_US - 2_000_000);
        cluster.failover = Some("wait_promotion");
    });
    desk.world().scripts = Scripts {
        notification: Some("/n.sh".to_owned()),
        reconfig: Some("/r.sh".to_owned()),
    };
    let said = wire.say("SENTINEL MASTER orders").await;
    for part in [
        "flags s_down,o_down,master,disconnected,failover_in_progress link-pending",
        "link-refcount 2 failover-state wait_promotion last-ping-sent 100",
        "last-ping-reply 300 s-down-time 3000 o-down-time 2000 down-after-milliseconds 5000",
        "parallel-syncs 1 notification-script /n.sh client-reconfig-script /r.sh]",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

/// Clients throw away a master that is said to be disconnected or in a failover, and stock's orders cut
/// every link for a moment.
#[tokio::test]
async fn a_new_master_is_shown_at_once_and_never_as_unusable() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    desk.change(|cluster| {
        cluster.master = addr("10.0.0.2:6379");
        cluster.failover = Some("reconf_slaves");
        cluster.nodes[0].sdown_since_us = Some(NOW_US - 3_000_000);
        cluster.nodes[0].disconnected = true;
        cluster.nodes[1].promoted = true;
        cluster.nodes[1].disconnected = true;
        // Not looked at since.
        cluster.nodes[1].role = Role::Replica;
        cluster.nodes[2].moving = Some(Moving::InProgress);
    });
    let master = "SENTINEL MASTER orders";
    assert_eq!(field(&mut wire, master, 0, "ip").await, "10.0.0.2");
    assert_eq!(field(&mut wire, master, 0, "flags").await, "master");
    assert_eq!(field(&mut wire, master, 0, "role-reported").await, "master");
    assert_eq!(
        field(&mut wire, master, 0, "failover-state").await,
        "reconf_slaves"
    );
    assert_eq!(
        field(&mut wire, "SENTINEL MASTERS", 0, "flags").await,
        "master"
    );
    let replicas = "SENTINEL REPLICAS orders";
    assert_eq!(
        field(&mut wire, replicas, 0, "flags").await,
        "s_down,slave,disconnected"
    );
    assert_eq!(
        field(&mut wire, replicas, 1, "flags").await,
        "slave,reconf_inprog"
    );
    assert!(
        wire.say("INFO sentinel")
            .await
            .contains("status=ok,address=10.0.0.2:6379")
    );
    // One that cannot be reached is said to be so.
    desk.change(|cluster| cluster.nodes[1].sdown_since_us = Some(NOW_US));
    assert_eq!(
        field(&mut wire, master, 0, "flags").await,
        "s_down,master,disconnected,failover_in_progress"
    );
}

#[tokio::test]
async fn nobody_is_sent_to_a_node_whose_data_diverged() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    desk.change(|cluster| {
        cluster.nodes[1].set_apart = Some("past the promotion point".to_owned());
        cluster.nodes[1].link = Link::None;
        cluster.nodes[1].master = None;
    });
    let replicas = "SENTINEL REPLICAS orders";
    for (name, value) in [
        ("flags", "s_down,slave"),
        ("s-down-time", "90000"),
        ("master-link-status", "err"),
        ("master-host", "?"),
        ("master-port", "0"),
    ] {
        assert_eq!(field(&mut wire, replicas, 0, name).await, value, "{name}");
    }
}

#[tokio::test]
async fn a_watcher_shows_its_vote_and_what_it_says() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    desk.change(|cluster| {
        let watcher = &mut cluster.watchers[0];
        watcher.sdown_since_us = Some(NOW_US - 1_000_000);
        watcher.disconnected = true;
        watcher.says_down = true;
        watcher.voted_leader = Some(ME.parse().unwrap());
        watcher.voted_epoch = 8;
    });
    let sentinels = "SENTINEL SENTINELS orders";
    for (name, value) in [
        ("flags", "s_down,sentinel,disconnected,master_down"),
        ("s-down-time", "1000"),
        ("voted-leader", ME),
        ("voted-leader-epoch", "8"),
    ] {
        assert_eq!(field(&mut wire, sentinels, 0, name).await, value, "{name}");
    }
}

#[tokio::test]
async fn ckquorum_counts_who_answers_against_all_who_are_known() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    let check = "SENTINEL CKQUORUM orders";
    assert_eq!(
        wire.say(check).await,
        "+OK 2 usable Sentinels. Quorum and failover authorization can be reached"
    );
    desk.change(|cluster| {
        let mut silent = watcher(&"3".repeat(40));
        silent.sdown_since_us = Some(NOW_US);
        cluster.watchers.push(silent.clone());
        silent.id = "4".repeat(40).parse().unwrap();
        cluster.watchers.push(silent);
    });
    let no_majority =
        "Not enough available Sentinels to reach the majority and authorize a failover";
    let no_quorum = "Not enough available Sentinels to reach the specified quorum for this master";
    assert_eq!(
        wire.say(check).await,
        format!("-NOQUORUM 2 usable Sentinels. {no_majority}")
    );
    desk.change(|cluster| cluster.quorum = 3);
    assert_eq!(
        wire.say(check).await,
        format!("-NOQUORUM 2 usable Sentinels. {no_quorum}. {no_majority}")
    );
    desk.change(|cluster| cluster.watchers.truncate(1));
    assert_eq!(
        wire.say(check).await,
        format!("-NOQUORUM 2 usable Sentinels. {no_quorum}")
    );
}

#[tokio::test]
async fn info_tells_what_exporters_read() {
    let desk = TestDesk::new();
    let (_served, mut wire) = open(&desk).await;
    desk.world().snapshot.abstains_since_us = Some(NOW_US - 4_000_000);
    desk.change(|cluster| cluster.odown_since_us = Some(NOW_US));
    assert_eq!(
        wire.ask("INFO Sentinel").await.text,
        "# Sentinel\r\nsentinel_masters:1\r\nsentinel_tilt:1\r\nsentinel_tilt_since_seconds:4\r\n\
         sentinel_running_scripts:0\r\nsentinel_scripts_queue_length:0\r\n\
         sentinel_simulate_failure_flags:0\r\n\
         master0:name=orders,status=odown,address=10.0.0.1:6379,slaves=2,sentinels=2\r\n"
    );
    let all = wire.ask("INFO").await.text;
    let titles: Vec<&str> = all.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        titles,
        ["# Server", "# Clients", "# Stats", "# CPU", "# Sentinel"]
    );
    for line in [
        "redis_version:7.2.6",
        "redis_mode:sentinel",
        "pikafo_version:",
    ] {
        assert!(all.contains(line), "{line}");
    }
}
