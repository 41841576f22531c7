//! Which sections there are, and the plain ones.

use super::debug::debug;
use super::lines::Lines;
use super::replication::replication;
use crate::host::clock;
use crate::lab::exec::now_ms;
use crate::lab::state::Shared;
use crate::lab::state::State;
use crate::lab::version::Version;

/// The text of a section, of `all`, or of the default ones where the name is empty; `None` for a name that
/// this version does not know, which is answered with nothing.
pub fn section(node: &Shared, state: &mut State, name: &str) -> Option<String> {
    let version = node.dialect.version;
    match name {
        "" => Some(join(
            node,
            state,
            &[
                "server",
                "data",
                "clients",
                "stats",
                "cpu",
                "replication",
                "keyspace",
            ],
        )),
        "all" => {
            let names: &[&str] = if version == Version::V3_4_1 {
                &[
                    "server",
                    "data",
                    "clients",
                    "stats",
                    "command_exec_count",
                    "cpu",
                    "replication",
                    "keyspace",
                ]
            } else {
                &[
                    "server",
                    "data",
                    "clients",
                    "stats",
                    "command_exec_count",
                    "commandstats",
                    "cache",
                    "cpu",
                    "replication",
                    if prints_count(version) {
                        "keyspace"
                    } else {
                        "keyspace 1"
                    },
                    "rocksdb",
                ]
            };
            Some(join(node, state, names))
        }
        "server" => Some(server(node, state)),
        "data" => Some(data(node, state)),
        "clients" => Some(format!(
            "# Clients\r\nconnected_clients:{}\r\n",
            state.clients.count()
        )),
        "stats" => Some(stats(node, state)),
        "cpu" => Some(CPU.to_owned()),
        "replication" => Some(replication(node, state)),
        "keyspace" | "keyspace 1" => Some(keyspace(node, state, name.ends_with('1'))),
        "command_exec_count" => Some(exec_count(state)),
        "commandstats" if version != Version::V3_4_1 => Some(command_stats(state)),
        "cache" if version != Version::V3_4_1 => Some(CACHE.to_owned()),
        "rocksdb" if version != Version::V3_4_1 => Some(node.dialect.rocksdb.replace('\n', "\r\n")),
        "debug" => Some(debug(node, state)),
        _ => None,
    }
}

/// Counts the keys of every database, for the next INFO keyspace and DBSIZE.
pub fn count(state: &mut State) {
    let now = now_ms();
    let counts = state.dbs.iter().map(|db| db.store.count(now)).collect();
    state.scan.counted = Some((counts, now / 1000));
}

/// What the last count found.
pub fn counted(state: &State, db: usize) -> i64 {
    let keys = state
        .scan
        .counted
        .as_ref()
        .and_then(|(counts, _)| counts.get(db))
        .map_or(0, |(keys, _)| *keys);
    i64::try_from(keys).unwrap_or(i64::MAX)
}

fn join(node: &Shared, state: &mut State, names: &[&str]) -> String {
    let parts: Vec<String> = names
        .iter()
        .filter_map(|name| section(node, state, name))
        .collect();
    parts.join("\r\n")
}

fn server(node: &Shared, state: &State) -> String {
    let dialect = node.dialect;
    let mut lines = Lines::new("# Server");
    let uptime = clock::mono().duration_since(node.started).as_secs();
    lines.put(format_args!("pika_version:{}", dialect.reported));
    lines.put(format_args!("pika_git_sha:{}", dialect.git_sha));
    lines.put(format_args!("pika_build_compile_date:{}", dialect.built));
    lines.put(format_args!("os:Linux x86_64"));
    lines.put(format_args!("arch_bits:64"));
    lines.put(format_args!("process_id:{}", node.options.process_id));
    lines.put(format_args!("tcp_port:{}", node.options.port));
    lines.put(format_args!("thread_num:1"));
    lines.put(format_args!("sync_thread_num:6"));
    if dialect.link_block {
        lines.put(format_args!("sync_binlog_thread_num:1"));
    }
    lines.put(format_args!("uptime_in_seconds:{uptime}"));
    lines.put(format_args!("uptime_in_days:{}", uptime / 86_400 + 1));
    lines.put(format_args!(
        "config_file:{}",
        node.options.dir.join("pika.conf").display()
    ));
    lines.put(format_args!("server_id:1"));
    if dialect.hello {
        lines.put(format_args!("run_id:{}", state.conf.text("run-id")));
    }
    lines.0
}

fn data(node: &Shared, state: &State) -> String {
    let mut lines = Lines::new("# Data");
    let size: usize = state
        .dbs
        .iter()
        .flat_map(|db| db.store.data())
        .map(|(key, entry)| key.len() + entry.value.len())
        .sum();
    let log: u64 = state.positions().iter().map(|at| at.1).sum();
    lines.put(format_args!("db_size:{}", size + 400_000));
    lines.put(format_args!("db_size_human:{}M", size >> 20));
    lines.put(format_args!("log_size:{}", log + 67_082));
    lines.put(format_args!("log_size_human:{}M", log >> 20));
    lines.put(format_args!("compression:snappy"));
    lines.put(format_args!("used_memory:20480"));
    lines.put(format_args!("used_memory_human:0M"));
    lines.put(format_args!("db_memtable_usage:20480"));
    lines.put(format_args!("db_tablereader_usage:0"));
    if node.dialect.version == Version::V3_5_5 {
        lines.put(format_args!("db_block_cache_usage:1152"));
        lines.put(format_args!("db_redis_cache_usage:78464"));
    }
    lines.put(format_args!("db_fatal:0"));
    lines.put(format_args!(
        "db_fatal_msg:{}",
        if node.dialect.hello {
            "nullptr"
        } else {
            "NULL"
        }
    ));
    lines.0
}

fn stats(node: &Shared, state: &State) -> String {
    let dialect = node.dialect;
    let mut lines = Lines::new("# Stats");
    lines.put(format_args!(
        "total_connections_received:{}",
        state.stats.connections
    ));
    lines.put(format_args!("instantaneous_ops_per_sec:0"));
    lines.put(format_args!(
        "total_commands_processed:{}",
        state.stats.commands
    ));
    if dialect.hello {
        for name in [
            "total_net_input_bytes",
            "total_net_output_bytes",
            "total_net_repl_input_bytes",
            "total_net_repl_output_bytes",
            "instantaneous_input_kbps",
            "instantaneous_output_kbps",
            "instantaneous_input_repl_kbps",
            "instantaneous_output_repl_kbps",
        ] {
            lines.put(format_args!("{name}:0"));
        }
    }
    lines.put(format_args!("is_bgsaving:No"));
    lines.put(format_args!("is_scaning_keyspace:No"));
    lines.put(format_args!("is_compact:No"));
    lines.put(format_args!("compact_cron:"));
    lines.put(format_args!("compact_interval:"));
    if dialect.hello {
        lines.put(format_args!("is_slots_reloading:No, , 0"));
        lines.put(format_args!("is_slots_cleaningup:No, , 0"));
        lines.put(format_args!("is_slots_migrating:No, , 0"));
    }
    if dialect.link_block {
        lines.put(format_args!("slow_logs_count:0"));
    }
    lines.0
}

fn exec_count(state: &State) -> String {
    let mut lines = Lines::new("# Command_Exec_Count");
    for (name, calls) in &state.stats.calls {
        lines.put(format_args!("{}:{calls}", name.to_ascii_uppercase()));
    }
    lines.0
}

fn command_stats(state: &State) -> String {
    let mut lines = Lines::new("# Commandstats");
    for (name, calls) in &state.stats.calls {
        lines.put(format_args!(
            "{name}:calls={calls}, usec={calls}.00, usec_per_call=1.00"
        ));
    }
    lines.0
}

fn keyspace(node: &Shared, state: &State, started: bool) -> String {
    let mut lines = Lines::new("# Keyspace");
    let version = node.dialect.version;
    if version != Version::V3_4_1 {
        let verb = if version == Version::V3_5_2 {
            "do"
        } else {
            "to do"
        };
        if started {
            lines.put(format_args!("# Start async statistics"));
        } else {
            lines.put(format_args!(
                "# Use \"info keyspace 1\" {verb} async statistics"
            ));
        }
    }
    if !started && !prints_count(version) {
        return lines.0;
    }
    match (&state.scan.counted, version) {
        (Some((_, at)), _) => {
            lines.put(format_args!("# Time:{}", stamp(*at)));
            lines.put(format_args!("# Duration: 0s"));
        }
        (None, Version::V3_4_1) => lines.put(format_args!("# Time:1970-01-01 08:00:00")),
        (None, Version::V3_5_2 | Version::V3_5_5 | Version::V4_0_1) => {
            lines.put(format_args!("# Time:0"));
        }
    }
    for index in 0..state.dbs.len() {
        let counts = state
            .scan
            .counted
            .as_ref()
            .and_then(|(counts, _)| counts.get(index))
            .copied();
        let (keys, expires) = counts.unwrap_or_default();
        lines.put(format_args!(
            "db{index} Strings_keys={keys}, expires={expires}, invalid_keys=0"
        ));
        for kind in ["Hashes", "Lists", "Zsets", "Sets"] {
            lines.put(format_args!(
                "db{index} {kind}_keys=0, expires=0, invalid_keys=0"
            ));
        }
        if version == Version::V4_0_1 {
            lines.put(format_args!(""));
            lines.put(format_args!(
                "db{index} Streams_keys=0, expires=0, invalid_keys=0"
            ));
        }
        lines.put(format_args!(""));
    }
    lines.0
}

fn stamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

const CPU: &str = "# CPU\r\nused_cpu_sys:0.09\r\nused_cpu_user:0.03\r\nused_cpu_sys_children:0.00\r\nused_cpu_user_children:0.00\r\n";

const CACHE: &str = "# Cache\r\ncache_status:Ok\r\ncache_db_num:16\r\ncache_keys:0\r\ncache_memory:78464\r\n\
cache_memory_human:0M\r\nhits:0\r\nall_cmds:0\r\nhits_per_sec:0\r\nread_cmd_per_sec:0\r\nhitratio_per_sec:0%\r\n\
hitratio_all:0%\r\nload_keys_per_sec:0\r\nwaitting_load_keys_num:0\r\n";

/// True for the versions whose INFO keyspace prints the last count at once.
fn prints_count(version: Version) -> bool {
    matches!(version, Version::V3_4_1 | Version::V3_5_2)
}
