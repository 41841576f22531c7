//! INFO and ROLE, line for line as Redis 7.0 prints them, as far as anybody reads them.

use std::fmt::Write as _;

use bytes::Bytes;
use pikafo::host::clock;
use pikafo::serve::resp::Reply;

use super::admin::ago;
use super::admin::texts;
use super::exec::integer;
use super::state::Node;
use super::state::State;
use super::stream::Link;
use super::stream::Repl;
use super::stream::Stage;

pub(super) const VERSION: &str = "7.0.15";

const ALL: &[&str] = &[
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "modules",
    "errorstats",
    "cluster",
    "keyspace",
];

/// The sections that are asked for, in the server's order.
pub(super) fn info(node: &Node, state: &mut State, wanted: &[Bytes]) -> String {
    let wanted: Vec<String> = texts(wanted).iter().map(|w| w.to_lowercase()).collect();
    let all = wanted.is_empty()
        || wanted
            .iter()
            .any(|word| ["all", "default", "everything"].contains(&word.as_str()));
    let mut out = String::new();
    for section in ALL {
        if all || wanted.iter().any(|word| word == section) {
            let text = match *section {
                "server" => server(node, state),
                "clients" => clients(state),
                "memory" => memory(state),
                "persistence" => persistence(state),
                "stats" => stats(state),
                "replication" => replication(state),
                "cluster" => "# Cluster\ncluster_enabled:0\n".to_owned(),
                "keyspace" => keyspace(state),
                "cpu" => "# CPU\nused_cpu_sys:0.000000\nused_cpu_user:0.000000\n".to_owned(),
                "modules" => "# Modules\n".to_owned(),
                _ => "# Errorstats\n".to_owned(),
            };
            if !out.is_empty() {
                out.push_str("\r\n");
            }
            out.push_str(&text.replace('\n', "\r\n"));
        }
    }
    out
}

/// ROLE.
pub(super) fn role(state: &State) -> Reply {
    let number = |n: u64| Reply::Integer(i64::try_from(n).unwrap());
    let repl = &state.repl;
    let Some(master) = &repl.master else {
        let online = repl.replicas.values().filter(|r| r.stage == Stage::Online);
        let replicas = online
            .map(|r| Reply::bulks([r.ip.to_string(), r.port.to_string(), r.acked.to_string()]));
        return Reply::Array(vec![
            Reply::bulk("master"),
            number(repl.offset),
            Reply::Array(replicas.collect()),
        ]);
    };
    let word = match master.link {
        Link::Connect => "connect",
        Link::Connecting => "connecting",
        Link::Handshake => "handshake",
        Link::Copying => "sync",
        Link::Connected => "connected",
    };
    let offset = match master.link {
        Link::Connected => number(repl.offset),
        Link::Connect | Link::Connecting | Link::Handshake | Link::Copying => Reply::Integer(-1),
    };
    Reply::Array(vec![
        Reply::bulk("slave"),
        Reply::bulk(&master.host),
        integer(usize::from(master.port)),
        Reply::bulk(word),
        offset,
    ])
}

fn server(node: &Node, state: &State) -> String {
    let up = ago(state.started);
    let run_id = &state.run_id;
    let port = node.options.addr.port();
    let now_us = node.now_ms() * 1000;
    format!(
        "# Server\nredis_version:{VERSION}\nredis_git_sha1:00000000\nredis_git_dirty:0\n\
         redis_build_id:0\nredis_mode:standalone\nos:Linux\narch_bits:64\n\
         monotonic_clock:POSIX clock_gettime\nmultiplexing_api:epoll\n\
         atomicvar_api:c11-builtin\ngcc_version:12.2.0\nprocess_id:1\n\
         process_supervised:no\nrun_id:{run_id}\ntcp_port:{port}\nserver_time_usec:{now_us}\n\
         uptime_in_seconds:{up}\nuptime_in_days:{}\nhz:10\nconfigured_hz:10\nlru_clock:0\n\
         executable:/redis-server\nconfig_file:/redis.conf\nio_threads_active:0\n",
        up / 86_400
    )
}

fn clients(state: &State) -> String {
    format!(
        "# Clients\nconnected_clients:{}\ncluster_connections:0\nmaxclients:{}\n\
         client_recent_max_input_buffer:0\nclient_recent_max_output_buffer:0\nblocked_clients:0\n\
         tracking_clients:0\nclients_in_timeout_table:0\n",
        state.clients.count(),
        state.conf.text("maxclients")
    )
}

fn memory(state: &State) -> String {
    let entries = state.data.dbs.iter().flatten();
    let used: usize = entries.map(|(k, e)| k.len() + e.value.len() + 64).sum();
    let used = used + 900_000;
    let most = state.conf.text("maxmemory");
    format!(
        "# Memory\nused_memory:{used}\nused_memory_rss:{used}\nused_memory_peak:{used}\n\
         maxmemory:{most}\nmaxmemory_policy:noeviction\nmem_fragmentation_ratio:1.00\n"
    )
}

fn persistence(state: &mut State) -> String {
    let loading = u8::from(state.loading());
    let aof = u8::from(state.conf.yes("appendonly"));
    let mut out = format!(
        "# Persistence\nloading:{loading}\nasync_loading:0\ncurrent_cow_peak:0\n\
         current_cow_size:0\ncurrent_cow_size_age:0\ncurrent_fork_perc:0.00\n\
         current_save_keys_processed:0\ncurrent_save_keys_total:0\n\
         rdb_changes_since_last_save:{}\nrdb_bgsave_in_progress:0\nrdb_last_save_time:{}\n\
         rdb_last_bgsave_status:ok\nrdb_last_bgsave_time_sec:-1\nrdb_current_bgsave_time_sec:-1\n\
         rdb_saves:0\nrdb_last_cow_size:0\nrdb_last_load_keys_expired:0\n\
         rdb_last_load_keys_loaded:0\naof_enabled:{aof}\naof_rewrite_in_progress:0\n\
         aof_rewrite_scheduled:0\naof_last_rewrite_time_sec:-1\naof_current_rewrite_time_sec:-1\n\
         aof_last_bgrewrite_status:ok\naof_rewrites:0\naof_rewrites_consecutive_failures:0\n\
         aof_last_write_status:ok\naof_last_cow_size:0\nmodule_fork_in_progress:0\n\
         module_fork_last_cow_size:0\n",
        state.dirty,
        state.saved_at_ms / 1000
    );
    if let Some(until) = state.loading_until {
        let eta = until.saturating_duration_since(clock::mono()).as_secs();
        write!(
            out,
            "loading_start_time:0\nloading_total_bytes:0\nloading_rdb_used_mem:0\n\
             loading_loaded_bytes:0\nloading_loaded_perc:0.00\nloading_eta_seconds:{eta}\n"
        )
        .unwrap();
    }
    out
}

fn stats(state: &State) -> String {
    let repl = &state.repl;
    format!(
        "# Stats\ntotal_connections_received:{}\ntotal_commands_processed:{}\n\
         sync_full:{}\nsync_partial_ok:{}\nsync_partial_err:{}\n",
        state.connections,
        state.commands,
        repl.synced_fully,
        repl.synced_partly,
        repl.refused_partly
    )
}

fn replication(state: &State) -> String {
    let mut out = "# Replication\n".to_owned();
    let repl = &state.repl;
    following(state, repl, &mut out);
    let lag = state.conf.number("min-replicas-max-lag");
    writeln!(out, "connected_slaves:{}", repl.replicas.len()).unwrap();
    if state.conf.number("min-replicas-to-write") > 0 && lag > 0 {
        writeln!(out, "min_slaves_good_slaves:{}", repl.good_replicas(lag)).unwrap();
    }
    for (number, replica) in repl.replicas.values().enumerate() {
        let word = match replica.stage {
            Stage::Waiting | Stage::Copying => "wait_bgsave",
            Stage::Sending => "send_bulk",
            Stage::Online => "online",
        };
        let lag = if replica.stage == Stage::Online {
            replica.lag()
        } else {
            0
        };
        writeln!(
            out,
            "slave{number}:ip={},port={},state={word},offset={},lag={lag}",
            replica.ip, replica.port, replica.acked
        )
        .unwrap();
    }
    let (active, first, kept) = match &repl.backlog {
        Some(backlog) => (1, backlog.first, backlog.len()),
        None => (0, 0, 0),
    };
    write!(
        out,
        "master_failover_state:no-failover\nmaster_replid:{}\nmaster_replid2:{}\n\
         master_repl_offset:{}\nsecond_repl_offset:{}\nrepl_backlog_active:{active}\n\
         repl_backlog_size:{}\nrepl_backlog_first_byte_offset:{first}\nrepl_backlog_histlen:{kept}\n",
        repl.id,
        repl.id2,
        repl.offset,
        repl.second_offset,
        state.conf.text("repl-backlog-size"),
    )
    .unwrap();
    out
}

fn following(state: &State, repl: &Repl, out: &mut String) {
    let Some(master) = &repl.master else {
        out.push_str("role:master\n");
        return;
    };
    let up = master.link == Link::Connected;
    let copying = master.link == Link::Copying;
    let io = if up {
        ago(master.last_io).to_string()
    } else {
        "-1".to_owned()
    };
    let offset = if up || master.cached { repl.offset } else { 1 };
    write!(
        out,
        "role:slave\nmaster_host:{}\nmaster_port:{}\nmaster_link_status:{}\n\
         master_last_io_seconds_ago:{io}\nmaster_sync_in_progress:{}\n\
         slave_read_repl_offset:{offset}\nslave_repl_offset:{offset}\n",
        master.host,
        master.port,
        if up { "up" } else { "down" },
        u8::from(copying),
    )
    .unwrap();
    if copying {
        let (total, read) = master.copy;
        let left = total.saturating_sub(read);
        let percent = (read * 100).checked_div(total).unwrap_or(0);
        write!(
            out,
            "master_sync_total_bytes:{total}\nmaster_sync_read_bytes:{read}\n\
             master_sync_left_bytes:{left}\nmaster_sync_perc:{percent}.00\n\
             master_sync_last_io_seconds_ago:{}\n",
            ago(master.last_io)
        )
        .unwrap();
    }
    if !up {
        let down = master.down_since.map(ago);
        let down = down.map_or_else(|| "-1".to_owned(), |seconds| seconds.to_string());
        writeln!(out, "master_link_down_since_seconds:{down}").unwrap();
    }
    writeln!(
        out,
        "slave_priority:{}\nslave_read_only:{}\nreplica_announced:{}",
        state.conf.text("replica-priority"),
        u8::from(state.conf.yes("replica-read-only")),
        u8::from(state.conf.yes("replica-announced"))
    )
    .unwrap();
}

fn keyspace(state: &State) -> String {
    let mut out = "# Keyspace\n".to_owned();
    for (number, db) in state
        .data
        .dbs
        .iter()
        .enumerate()
        .filter(|(_, db)| !db.is_empty())
    {
        let expiring = db.values().filter(|entry| entry.expires.is_some()).count();
        writeln!(
            out,
            "db{number}:keys={},expires={expiring},avg_ttl=0",
            db.len()
        )
        .unwrap();
    }
    out
}
