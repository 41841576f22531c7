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

    fn zeros(self, names: &[&str]) -> Self {
        names
            .iter()
            .fold(self, |section, name| section.line(name, 0))
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
        .line(
            "os",
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        )
        .line("arch_bits", usize::BITS)
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
    Section::new("Clients")
        .line("connected_clients", scene.clients.count())
        .line("cluster_connections", 0)
        .line("maxclients", scene.most)
        .line("client_recent_max_input_buffer", 0)
        .line("client_recent_max_output_buffer", 0)
        .line("blocked_clients", 0)
        .line("tracking_clients", 0)
        .line("pubsub_clients", scene.clients.subscribers())
        .line("clients_in_timeout_table", 0)
}

fn stats(scene: &Scene<'_>) -> Section {
    let counts = &scene.clients.counts;
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Section::new("Stats")
        .line("total_connections_received", read(&counts.connections))
        .line("total_commands_processed", read(&counts.commands))
        .line("total_net_input_bytes", read(&counts.bytes_in))
        .line("total_net_output_bytes", read(&counts.bytes_out))
        .zeros(&["total_net_repl_input_bytes", "total_net_repl_output_bytes"])
        .line("rejected_connections", read(&counts.rejected))
        .zeros(WITHOUT_DATA)
        .line(
            "client_output_buffer_limit_disconnections",
            read(&counts.slow),
        )
        .line("total_error_replies", read(&counts.errors))
}

/// What there is to count only where there are keys and replicas; exporters read the lines all the same.
const WITHOUT_DATA: &[&str] = &[
    "sync_full",
    "sync_partial_ok",
    "sync_partial_err",
    "expired_keys",
    "evicted_keys",
    "evicted_clients",
    "keyspace_hits",
    "keyspace_misses",
    "latest_fork_usec",
    "total_forks",
];

fn cpu(scene: &Scene<'_>) -> Section {
    let [system, user, children_system, children_user] = scene.look.process().cpu_s;
    let seconds = |value: f64| format!("{value:.6}");
    Section::new("CPU")
        .line("used_cpu_sys", seconds(system))
        .line("used_cpu_user", seconds(user))
        .line("used_cpu_sys_children", seconds(children_system))
        .line("used_cpu_user_children", seconds(children_user))
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
