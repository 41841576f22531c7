use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::decide::facts::DbLag;
use crate::decide::facts::DbState;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;

/// The shape of an INFO text of some version, from facts.
fn lines(text: &str) -> String {
    text.lines()
        .flat_map(|line| [line.trim_start(), "\r\n"])
        .collect()
}

fn pika(dbs: &[(&str, u32, u64)]) -> Position {
    Position::Pika(
        dbs.iter()
            .map(|(db, file, at)| ((*db).to_owned(), BinlogPoint(*file, *at)))
            .collect(),
    )
}

#[test]
fn a_replica_of_3_4_in_a_full_sync() {
    let text = lines(
        "# Replication(SLAVE)
        role:slave
        master_host:10.0.0.1
        master_port:9221
        master_link_status:down
        slave_priority:100
        slave_read_only:1
        db_repl_state:(db0:WaitDBSync)(db1:NoConnect)
        db0 binlog_offset=0 0,safety_purge=none
        db1 binlog_offset=12 284,safety_purge=write2file2",
    );
    let facts = replication(&text).unwrap();
    assert_eq!(facts.role, Role::Replica);
    assert_eq!(facts.master, Some(Addr::new("10.0.0.1", 9221)));
    assert_eq!(facts.link, Link::Syncing);
    assert_eq!(
        facts.position,
        Some(pika(&[("db0", 0, 0), ("db1", 12, 284)]))
    );
    assert_eq!(facts.kept_from, Some(pika(&[("db1", 3, 0)])));
    assert_eq!(facts.db_states["db0"], DbState::SyncingFull);
    assert_eq!(facts.db_states["db1"], DbState::NoConnect);
    assert_eq!(
        (facts.history_id, facts.eligible, facts.connected_replicas),
        (None, None, None)
    );
    assert_eq!((facts.priority, facts.read_only), (Some(100), Some(true)));
}

#[test]
fn db_lines_that_appear_twice_lose_nothing() {
    let text = lines(
        "role:slave
        ReplicationID:94e8
        master_host:10.0.0.1
        master_port:9221
        master_link_status:down
        repl_connect_status:
        db0:connected
        db1:no_connect
        db_repl_state:(db1:kDBNoConnect)
        is_eligible_for_master_election:true
        db0:binlog_offset=12 284,safety_purge=write2file2
        db1:binlog_offset=0 0,safety_purge=none
        slave_repl_offset:1258291484",
    );
    let facts = replication(&text).unwrap();
    assert_eq!(facts.db_states["db0"], DbState::Connected);
    assert_eq!(facts.db_states["db1"], DbState::Detached);
    assert_eq!(
        facts.position,
        Some(pika(&[("db0", 12, 284), ("db1", 0, 0)]))
    );
    assert_eq!((facts.link, facts.eligible), (Link::Down, Some(true)));
    assert_eq!(facts.history_id.as_deref(), Some("94e8"));
}

#[test]
fn a_chained_replica_is_no_master() {
    let text = "role:master&&slave\r\nmaster_host:h\r\nmaster_port:1\r\nmaster_link_status:up\r\nconnected_slaves:0\r\n";
    let facts = replication(text).unwrap();
    assert_eq!((facts.role, facts.link), (Role::Chained, Link::Up));
}

#[test]
fn an_internal_error_shows_though_the_link_says_up() {
    let text = "role:slave\nmaster_link_status:up\ndb_repl_state:(db0: InternalError)\n";
    let facts = replication(text).unwrap();
    assert_eq!(
        (facts.link, facts.db_states["db0"]),
        (Link::Error, DbState::Error)
    );
}

#[test]
fn history_ids_with_a_space_or_empty() {
    let id = |line: &str| {
        replication(&format!("role:master\r\n{line}\r\n"))
            .unwrap()
            .history_id
    };
    assert_eq!(id("ReplicationID: 8991").as_deref(), Some("8991"));
    assert_eq!(id("ReplicationID: ").as_deref(), Some(""));
    assert_eq!(id("ReplicationID:").as_deref(), Some(""));
    assert_eq!(id("x:y"), None);
}

#[test]
fn replica_lines_of_every_age() {
    let one = |line: &str| {
        replication(&format!("role:master\r\n{line}\r\ndb0:binlog_offset=0 1,x"))
            .unwrap()
            .replicas
    };
    let new = one(
        "slave0:ip=10.0.0.2,port=9221,conn_fd=104,lag=(db0:17)(db1:not syncing)(db2:full syncing)",
    );
    assert_eq!(new[0].addr, Addr::new("10.0.0.2", 9221));
    assert_eq!(new[0].lag["db0"], DbLag::Bytes(17));
    assert_eq!(new[0].lag["db1"], DbLag::NotSyncing);
    assert_eq!(new[0].lag["db2"], DbLag::FullSyncing);
    let old = one("slave0:ip=10.0.0.2,port=9221,state=online,sid=4,lag=0");
    assert_eq!(old[0].state.as_deref(), Some("online"));
    let ancient = one("slave0:10.0.0.2,9221,online");
    assert_eq!(
        (&ancient[0].addr, ancient[0].state.as_deref()),
        (&new[0].addr, Some("online"))
    );
    let redis = one("slave10:ip=::1,port=6380,state=online,offset=42,lag=1,type=replica");
    assert_eq!(
        (redis[0].addr.to_string().as_str(), redis[0].offset),
        ("[::1]:6380", Some(42))
    );
    assert_eq!(one("slave0:ip=,port=0,state=wait_bgsave"), []);
    assert_eq!(one("slave_priority:100"), []);
}

#[test]
fn redis_replica_and_master() {
    let replica = lines(
        "# Replication
        role:slave
        master_host:127.0.0.1
        master_port:6379
        master_link_status:down
        master_last_io_seconds_ago:-1
        master_sync_in_progress:1
        slave_read_repl_offset:14
        slave_repl_offset:14
        master_link_down_since_seconds:7
        slave_priority:100
        slave_read_only:1
        replica_announced:1
        connected_slaves:0
        master_failover_state:no-failover
        master_replid:8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb
        master_replid2:0000000000000000000000000000000000000000
        master_repl_offset:20
        second_repl_offset:-1",
    );
    let facts = replication(&replica).unwrap();
    assert_eq!((facts.role, facts.link), (Role::Replica, Link::Syncing));
    assert_eq!((facts.link_down_s, facts.last_io_s), (Some(7), None));
    assert_eq!(facts.position, Some(Position::Redis { repl: 14 }));
    assert_eq!(facts.second_history, None);
    assert!(!facts.failover_under_way);

    let master = lines(
        "role:master
        connected_slaves:1
        slave0:ip=127.0.0.1,port=6380,state=online,offset=56,lag=0
        master_failover_state:waiting-for-sync
        master_replid:8371
        master_replid2:94e8
        master_repl_offset:56
        second_repl_offset:15",
    );
    let facts = replication(&master).unwrap();
    assert_eq!((facts.role, facts.link), (Role::Master, Link::None));
    assert_eq!(facts.second_history, Some(("94e8".to_owned(), 15)));
    assert_eq!(facts.position, Some(Position::Redis { repl: 56 }));
    assert!(facts.failover_under_way);
}

#[test]
fn a_redis_keyspace_is_no_replication_state() {
    let facts = replication(
        "role:slave\nmaster_link_status:up\nmaster_repl_offset:1\ndb0:keys=1,expires=0\n",
    )
    .unwrap();
    assert!(facts.db_states.is_empty());
}

#[test]
fn servers_are_known_by_what_they_print() {
    let flavor = |text: &str| server(text).map(|s| (s.flavor, s.version));
    assert_eq!(
        flavor("pika_version:4.0.0\r\n"),
        Ok((Flavor::Pika, "4.0.0".to_owned()))
    );
    assert_eq!(
        flavor("redis_version:7.0.15\r\n"),
        Ok((Flavor::Redis, "7.0.15".to_owned()))
    );
    let valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nserver_mode:standalone\r\n";
    assert_eq!(flavor(valkey), Ok((Flavor::Valkey, "8.0.1".to_owned())));
    assert_eq!(
        flavor("redis_version:7.2.4\nserver_name:valkey").unwrap().0,
        Flavor::Valkey
    );
    assert_eq!(flavor("").unwrap_err().kind, FaultKind::Protocol);
}

#[test]
fn what_is_not_for_pikafo_is_refused_by_name() {
    for (text, word) in [
        ("redis_version:7.0.15\nredis_mode:sentinel", "Sentinel"),
        ("redis_version:7.0.15\nredis_mode:cluster", "Cluster"),
        ("redis_version:7.0.15\ncluster_enabled:1", "Cluster"),
    ] {
        let fault = server(text).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unsupported);
        assert!(fault.text.contains(word), "{}", fault.text);
    }
    let sharded = "# Replication(MASTER)\r\nrole:master\r\nconnected_slaves:1\r\nslave0:ip=10.0.0.2,port=9221\r\n";
    assert_eq!(replication(sharded).unwrap_err(), sharding());
}

#[test]
fn a_failed_storage_engine_is_told() {
    assert_eq!(storage_failure("db_fatal:0\r\ndb_fatal_msg:NULL\r\n"), None);
    assert_eq!(
        storage_failure("db_fatal:1\r\ndb_fatal_msg:IO error\r\n").as_deref(),
        Some("IO error")
    );
    assert_eq!(storage_failure(""), None);
}

/// Fragments that real texts are made of, put together in any order.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("role:slave\r\n".to_owned()),
        Just("role:master&&slave\r\n".to_owned()),
        Just("db0:".to_owned()),
        Just("db_repl_state:(db0:".to_owned()),
        Just("slave0:ip=1.1.1.1,port=".to_owned()),
        Just("db0 binlog_offset=1 ".to_owned()),
        Just("master_host:".to_owned()),
        Just("\r\n".to_owned()),
        any::<u64>().prop_map(|n| n.to_string()),
        "[ -~]{0,12}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(parts in prop::collection::vec(fragment(), 0..40)) {
        let text = parts.concat();
        drop((server(&text), binlog_position(&text), storage_failure(&text)));
        // What is understood goes to the journal as JSON and must read back the same.
        if let Ok(facts) = replication(&text) {
            let json = serde_json::to_string(&facts).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Replication>(&json).unwrap(), &facts);
            if let Some(position) = binlog_position(&text) {
                prop_assert_eq!(facts.position, Some(position));
            }
        }
    }

    #[test]
    fn what_is_printed_is_read_back(
        colon in any::<bool>(),
        points in prop::collection::btree_map(0u8..8, (any::<u32>(), any::<u64>()), 1..8),
        lags in prop::collection::vec((1u8..=254, 1u16.., prop::option::of(any::<u64>())), 0..5),
        id in "[0-9a-f]{0,50}",
        eligible in any::<bool>(),
    ) {
        let mut text = format!("# Replication(MASTER)\r\nrole:master\r\nReplicationID:{id}\r\nconnected_slaves:{}\r\n", lags.len());
        for (n, (host, port, lag)) in lags.iter().enumerate() {
            let lag = lag.map_or("not syncing".to_owned(), |bytes| bytes.to_string());
            write!(text, "slave{n}:ip=10.0.0.{host},port={port},conn_fd=1,lag=(db0:{lag})\r\n").unwrap();
        }
        write!(text, "is_eligible_for_master_election:{eligible}\r\n").unwrap();
        for (db, (file, offset)) in &points {
            let gap = if colon { ':' } else { ' ' };
            write!(text, "db{db}{gap}binlog_offset={file} {offset},safety_purge=none\r\n").unwrap();
        }
        let facts = replication(&text).unwrap();
        let expected = points.iter().map(|(db, (file, at))| (format!("db{db}"), BinlogPoint(*file, *at))).collect();
        prop_assert_eq!(facts.position, Some(Position::Pika(expected)));
        prop_assert_eq!(facts.history_id, Some(id));
        prop_assert_eq!(facts.eligible, Some(eligible));
        prop_assert_eq!(facts.replicas.len(), lags.len());
        for (line, (host, port, lag)) in facts.replicas.iter().zip(&lags) {
            prop_assert_eq!(&line.addr, &Addr::new(&format!("10.0.0.{host}"), *port));
            prop_assert_eq!(line.lag["db0"], lag.map_or(DbLag::NotSyncing, DbLag::Bytes));
        }
    }
}

#[test]
fn a_configuration_file_is_named_or_not() {
    let of = |line: &str| has_config_file(&format!("# Server\r\nredis_version:7.0.15\r\n{line}"));
    assert_eq!(of("config_file:/etc/redis.conf\r\n"), Some(true));
    assert_eq!(of("config_file:\r\n"), Some(false));
    assert_eq!(of(""), None);
}

#[test]
fn a_backlog_says_from_where_it_serves() {
    let text = lines(
        "role:slave
        master_replid:94e8
        master_repl_offset:5000
        slave_repl_offset:5000
        repl_backlog_active:1
        repl_backlog_size:1048576
        repl_backlog_first_byte_offset:401",
    );
    let kept = |text: &str| replication(text).unwrap().kept_from;
    assert_eq!(kept(&text), Some(Position::Redis { repl: 400 }));
    let none = text.replace("repl_backlog_active:1", "repl_backlog_active:0");
    assert_eq!(kept(&none), None);
}

#[test]
fn what_keeps_a_node_busy_is_named() {
    let facts = load(&lines(
        "# Clients
        connected_clients:17
        blocked_clients:2
        # Persistence
        rdb_bgsave_in_progress:1
        aof_rewrite_in_progress:0",
    ));
    assert_eq!((facts.clients, facts.blocked), (Some(17), Some(2)));
    assert_eq!(facts.background, ["a background save"]);
    let facts = load(&lines(
        "connected_clients:1
        is_bgsaving:Yes, 20261122120000, 4
        is_scaning_keyspace:No
        is_compact:Yes
        is_slots_migrating:No, , 0",
    ));
    assert_eq!(facts.background, ["a background save", "a compaction"]);
    assert_eq!(
        server_time_s("server_time_usec:1700000000123456\r\n"),
        Some(1_700_000_000)
    );
}

#[test]
fn a_redis_without_room_says_so() {
    let saved = "rdb_last_bgsave_status:err";
    assert!(refusal(saved, true).unwrap().starts_with("MISCONF"));
    assert_eq!(refusal(saved, false), None);
    let appended = |on| format!("aof_enabled:{on}\naof_last_write_status:err");
    assert!(refusal(&appended(1), false).unwrap().starts_with("MISCONF"));
    assert_eq!(refusal(&appended(0), true), None);
    let memory = |used: u64, allowed: u64, policy: &str| {
        let text = format!(
            "used_memory:{used}\nmem_not_counted_for_evict:10\nmaxmemory:{allowed}\nmaxmemory_policy:{policy}"
        );
        refusal(&text, true)
    };
    assert!(memory(111, 100, "noeviction").unwrap().starts_with("OOM"));
    assert_eq!(memory(110, 100, "noeviction"), None);
    assert_eq!(memory(111, 100, "allkeys-lru"), None);
    assert_eq!(memory(111, 0, "noeviction"), None);
    assert_eq!(refusal("", true), None);
}
