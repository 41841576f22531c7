//! `INFO` and `ROLE`.

use std::fmt::Display;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::VERSION;
use super::clients::Clients;
use super::desk::Look;
use super::resp::Reply;
use crate::decide::engine::snapshot::ClusterPicture;

/// `ROLE`.
pub fn role(look: &dyn Look) -> Reply {
    let snapshot = look.snapshot();
    let names = snapshot.clusters.iter().map(|cluster| &cluster.name);
    Reply::Array(vec![Reply::bulk("sentinel"), Reply::bulks(names)])
}

/// `INFO [section …]`; all five sections where none is named, and nothing for one that does not exist.
pub fn info(sections: &[Bytes], look: &dyn Look, clients: &Clients, most: usize) -> Reply {
    let asked = |name: &str| {
        sections.is_empty()
            || sections.iter().any(|section| {
                let word = section.to_ascii_lowercase();
                [name, "default", "all", "everything"]
                    .iter()
                    .any(|known| known.as_bytes() == word)
            })
    };
    let mut told = Vec::new();
    for (name, section) in [
        ("server", server as fn(&Scene<'_>) -> Section),
        ("clients", connected),
        ("stats", stats),
        ("cpu", cpu),
        ("sentinel", sentinel),
    ] {
        if asked(name) {
            told.push(
                section(&Scene {
                    look,
                    clients,
                    most,
                })
                .0,
            );
        }
    }
    Reply::bulk(told.join("\r\n"))
}

struct Scene<'a> {
    look: &'a dyn Look,
    clients: &'a Clients,
    most: usize,
}

struct Section(String);

impl Section {
    fn new(title: &str) -> Self {
        Self(format!("# {title}\r\n"))
    }

    fn all(self, value: impl Display + Copy, names: &[&str]) -> Self {
        names
            .iter()
            .fold(self, |section, name| section.line(name, value))
    }

    fn line(mut self, name: &str, value: impl Display) -> Self {
        let line = format!("{name}:{value}\r\n");
        self.0.push_str(&line);
        self
    }
}

fn server(scene: &Scene<'_>) -> Section {
    let process = scene.look.process();
    Section::new("Server")
        .line("redis_version", VERSION)
        .line("redis_git_sha1", "00000000")
        .line("redis_git_dirty", 0)
        .line("redis_build_id", 0)
        .line("redis_mode", "sentinel")
        .line("os", process.os)
        .line("arch_bits", usize::BITS)
        .line("monotonic_clock", "POSIX clock_gettime")
        .line("multiplexing_api", "epoll")
        .line("atomicvar_api", "rust-std")
        .line("gcc_version", "0.0.0")
        .line("process_id", process.pid)
        .line("process_supervised", "no")
        .line("run_id", &process.run_id)
        .line("tcp_port", process.port)
        .line("server_time_usec", process.wall_us)
        .line("uptime_in_seconds", process.uptime_s)
        .line("uptime_in_days", process.uptime_s / 86_400)
        .line("hz", 10)
        .line("configured_hz", 10)
        .line("lru_clock", (process.wall_us / 1_000_000) & 0xff_ffff)
        .line("executable", &process.executable)
        .line("config_file", &process.config_file)
        .line("io_threads_active", 0)
        .line("pikafo_version", env!("CARGO_PKG_VERSION"))
}

fn connected(scene: &Scene<'_>) -> Section {
    let totals = scene.clients.totals();
    Section::new("Clients")
        .line("connected_clients", scene.clients.count())
        .line("cluster_connections", 0)
        .line("maxclients", scene.most)
        .line("client_recent_max_input_buffer", 0)
        .line("client_recent_max_output_buffer", 0)
        .line("blocked_clients", 0)
        .line("tracking_clients", totals.tracking)
        .line("pubsub_clients", totals.subscribers)
        .line("clients_in_timeout_table", 0)
}

fn stats(scene: &Scene<'_>) -> Section {
    let counts = &scene.clients.counts;
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let [ops, bytes_in, bytes_out] = counts.a_second(scene.look.now_us());
    let totals = scene.clients.totals();
    Section::new("Stats")
        .line("total_connections_received", read(&counts.connections))
        .line("total_commands_processed", read(&counts.commands))
        .line("instantaneous_ops_per_sec", format!("{ops:.0}"))
        .line("total_net_input_bytes", read(&counts.bytes_in))
        .line("total_net_output_bytes", read(&counts.bytes_out))
        .all(
            0,
            &["total_net_repl_input_bytes", "total_net_repl_output_bytes"],
        )
        .line(
            "instantaneous_input_kbps",
            format!("{:.2}", bytes_in / 1024.0),
        )
        .line(
            "instantaneous_output_kbps",
            format!("{:.2}", bytes_out / 1024.0),
        )
        .all(
            "0.00",
            &[
                "instantaneous_input_repl_kbps",
                "instantaneous_output_repl_kbps",
            ],
        )
        .line("rejected_connections", read(&counts.rejected))
        .all(
            0,
            &[
                "sync_full",
                "sync_partial_ok",
                "sync_partial_err",
                "expired_keys",
            ],
        )
        .line("expired_stale_perc", "0.00")
        .all(0, OF_DATA)
        .line("pubsub_channels", totals.channels)
        .line("pubsub_patterns", totals.patterns)
        .all(0, OF_MEMORY)
        .line("unexpected_error_replies", 0)
        .line("total_error_replies", read(&counts.errors))
        .line("dump_payload_sanitizations", 0)
        .line("total_reads_processed", read(&counts.reads))
        .line("total_writes_processed", read(&counts.writes))
        .all(
            0,
            &[
                "io_threaded_reads_processed",
                "io_threaded_writes_processed",
            ],
        )
        .line(
            "client_output_buffer_limit_disconnections",
            read(&counts.slow),
        )
        .all(0, &["reply_buffer_shrinks", "reply_buffer_expands"])
}

/// What there is to count only where there are keys and replicas; exporters read the lines all the same.
const OF_DATA: &[&str] = &[
    "expired_time_cap_reached_count",
    "expire_cycle_cpu_milliseconds",
    "evicted_keys",
    "evicted_clients",
    "total_eviction_exceeded_time",
    "current_eviction_exceeded_time",
    "keyspace_hits",
    "keyspace_misses",
];

/// The same, of memory.
const OF_MEMORY: &[&str] = &[
    "pubsubshard_channels",
    "latest_fork_usec",
    "total_forks",
    "migrate_cached_sockets",
    "slave_expires_tracked_keys",
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "total_active_defrag_time",
    "current_active_defrag_time",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
];

fn cpu(scene: &Scene<'_>) -> Section {
    let [system, user, children_system, children_user] = scene.look.process().cpu_s;
    let seconds = |value: f64| format!("{value:.6}");
    Section::new("CPU")
        .line("used_cpu_sys", seconds(system))
        .line("used_cpu_user", seconds(user))
        .line("used_cpu_sys_children", seconds(children_system))
        .line("used_cpu_user_children", seconds(children_user))
        // There is no main thread: all of them share in the work.
        .line("used_cpu_sys_main_thread", seconds(system))
        .line("used_cpu_user_main_thread", seconds(user))
}

fn sentinel(scene: &Scene<'_>) -> Section {
    let snapshot = scene.look.snapshot();
    let abstains = snapshot.abstains_since_us;
    let seconds = abstains.map_or(-1, |since| {
        let us = scene.look.now_us().saturating_sub(since);
        i64::try_from(us / 1_000_000).unwrap_or(i64::MAX)
    });
    let scripts = scene.look.pending_scripts();
    let failures = scene.look.failures();
    let flags = u8::from(failures.after_election) + 2 * u8::from(failures.after_promotion);
    let mut section = Section::new("Sentinel")
        .line("sentinel_masters", snapshot.clusters.len())
        .line("sentinel_tilt", u8::from(abstains.is_some()))
        .line("sentinel_tilt_since_seconds", seconds)
        .line(
            "sentinel_running_scripts",
            scripts.iter().filter(|s| s.pid.is_some()).count(),
        )
        .line("sentinel_scripts_queue_length", scripts.len())
        .line("sentinel_simulate_failure_flags", flags);
    for (index, cluster) in snapshot.clusters.iter().enumerate() {
        section = section.line(
            &format!("master{index}"),
            format!(
                "name={},status={},address={}:{},slaves={},sentinels={}",
                cluster.name,
                status(cluster),
                cluster.master.host(),
                cluster.master.port(),
                cluster.replicas().count(),
                cluster.watchers.len() + 1
            ),
        );
    }
    section
}

fn status(cluster: &ClusterPicture) -> &'static str {
    let down = cluster
        .master_node()
        .is_some_and(|node| node.sdown_since_us.is_some());
    match (cluster.odown_since_us.is_some(), down) {
        (true, _) => "odown",
        (false, true) => "sdown",
        (false, false) => "ok",
    }
}
