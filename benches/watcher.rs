//! What a watcher costs while nothing happens, and how many clients it can send to the master: redis-sentinel and pikafo
//! beside each other.
//!
//! The clusters are the lab's (Pika 3.5.5), a master and two replicas each, all in one process, which is this program
//! started anew as `clusters COUNT`: as many redis-servers would not fit. Every node has an address of its own, so a
//! watcher has as many connections as it would have outside.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::Resource;
use nix::sys::resource::getrlimit;
use nix::sys::resource::setrlimit;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::sleep;
use pikafo::lab::cluster::LabCluster;
use pikafo::lab::timings::Timings;
use pikafo::lab::version::Version;

use super::kit::called;
use super::kit::kinds;
use super::kit::server::until;
use super::kit::watch::fleet::Fleet;
use super::kit::watch::fleet::NAME;
use super::kit::watch::fleet::ms;
use super::kit::watch::fleet::three;
use super::kit::watch::kind::Kind;
use super::kit::watch::kind::Settings;
use super::kit::watch::kind::Watched;
use super::kit::watch::process::Process;
use super::kit::watch::process::free_addr;

pub(crate) const CLUSTERS: [usize; 3] = [1, 100, 500];

/// Of one cluster.
const SIZE: usize = 3;
const WATCHERS: usize = 3;
/// Clusters that are started at a time.
const AT_ONCE: usize = 10;
/// A watcher that knows everybody calms down, then is measured.
const CALM: Duration = Duration::from_secs(15);
const MEASURED: Duration = Duration::from_secs(20);
/// What Linux counts processor time in, on every machine that Rust knows.
const TICKS_PER_SECOND: f64 = 100.0;

const CLIENTS: &str = "50";
const REQUESTS: &str = "100000";
const ROUNDS: usize = 5;

pub(crate) fn run(clusters: &[usize]) {
    let kinds = kinds();
    // Each node is two connections of each watcher.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        println!("\n## a steady watcher: one of {WATCHERS}, over {} s", MEASURED.as_secs());
        println!("| clusters | watchers | CPU of one core | memory | all known after |");
        println!("|---|---|---|---|---|");
        for &count in clusters {
            let nodes = Nodes::start(count);
            for &kind in &kinds {
                steady(kind, &nodes.clusters).await;
            }
        }
        println!("\n## GET-MASTER-ADDR-BY-NAME: redis-benchmark, {CLIENTS} clients, {REQUESTS} requests, median of {ROUNDS}");
        println!("| watchers | a second | p50 | p99 |");
        println!("|---|---|---|---|");
        let mut fleets = Vec::new();
        for kind in kinds {
            let fleet = Fleet::start(&three(kind), Settings::default()).await;
            fleets.push((kind, fleet, Vec::new()));
        }
        for _ in 0..ROUNDS {
            for (_, fleet, seen) in &mut fleets {
                seen.push(asked(&fleet.watchers[0]));
            }
        }
        for (kind, _, seen) in &fleets {
            let median = |which: usize| middle(seen.iter().map(|one| one[which]).collect());
            println!("| {} | {:.0} | {:.3} ms | {:.3} ms |", called(*kind), median(0), median(1), median(2));
        }
    });
}

/// Starts three watchers, waits until each knows everybody, and prints what the median one of them costs.
async fn steady(kind: Kind, clusters: &[Watched]) {
    let dir = tempfile::tempdir().unwrap();
    let addrs: Vec<Addr> = (0..WATCHERS).map(|_| free_addr()).collect();
    // Nobody is to take a busy machine for a dead master.
    let settings = Settings {
        down_after: ms(30_000),
        refused_after: ms(30_000),
        ..Settings::default()
    };
    let began = clock::mono();
    let mut watchers = Vec::new();
    for (number, addr) in addrs.iter().enumerate() {
        let peers: Vec<Addr> = addrs.iter().filter(|peer| *peer != addr).cloned().collect();
        let home = dir.path().join(format!("w{number}"));
        watchers.push(
            kind.start(&[], &home, addr, &peers, clusters, settings)
                .await,
        );
    }
    for watcher in &watchers {
        until("a watcher that knows everybody", async || {
            known(watcher).await == clusters.len()
        })
        .await;
    }
    let found = clock::mono().duration_since(began);
    sleep(CALM).await;
    let before: Vec<f64> = watchers.iter().map(cpu_seconds).collect();
    let from = clock::mono();
    sleep(MEASURED).await;
    let took = clock::mono().duration_since(from).as_secs_f64();
    let used = watchers.iter().zip(&before);
    let used = middle(
        used.map(|(one, before)| cpu_seconds(one) - before)
            .collect(),
    );
    let memory = middle(watchers.iter().map(resident_mib).collect());
    println!(
        "| {} | {} | {:.2} % | {memory:.1} MiB | {:.0} s |",
        clusters.len(),
        called(kind),
        100.0 * used / took,
        found.as_secs_f64(),
    );
}

/// The clusters of which a watcher knows all replicas and all watchers, and of which it thinks well.
async fn known(watcher: &Process) -> usize {
    let info = watcher.text(&["INFO", "sentinel"]).await;
    let whole = format!("slaves={},sentinels={WATCHERS}", SIZE - 1);
    let lines = info.lines();
    lines
        .filter(|line| line.contains("status=ok") && line.ends_with(&whole))
        .count()
}

/// Processor time, in user and kernel mode, since it was started.
fn cpu_seconds(process: &Process) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid())).unwrap();
    // The name, in parentheses, may hold anything; utime and stime are the 14th and 15th field of all.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

fn resident_mib(process: &Process) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<f64>().unwrap() / 1024.0
}

/// Requests a second, and the times in ms in which half and 99 % of them were answered.
fn asked(watcher: &Process) -> [f64; 3] {
    let output = Command::new("redis-benchmark")
        .args(["-h", watcher.addr().host()])
        .args(["-p", &watcher.addr().port().to_string()])
        .args(["-c", CLIENTS, "-n", REQUESTS, "--csv"])
        .args(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])
        .stdin(Stdio::null())
        .output()
        .expect("redis-benchmark is installed (tests/run says how)");
    let text = String::from_utf8(output.stdout).unwrap();
    // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
    let row = text.lines().last().expect("a row of figures");
    let fields: Vec<&str> = row.trim_matches('"').split("\",\"").collect();
    [1, 4, 6].map(|field: usize| {
        let figure = fields.get(field).and_then(|field| field.parse().ok());
        figure.unwrap_or_else(|| {
            panic!(
                "no figures: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    })
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The process that serves the clusters. Dropping it ends it.
struct Nodes {
    child: Child,
    /// Taken when it is over: the end of its input ends the process, which then removes its folder.
    input: Option<ChildStdin>,
    clusters: Vec<Watched>,
}

impl Nodes {
    fn start(count: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["clusters", &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let clusters = lines.take(count).enumerate().map(|(number, line)| {
            let line = line.unwrap();
            let nodes = line
                .split(' ')
                .map(|port| Addr::new("127.0.0.1", port.parse().unwrap()));
            Watched {
                name: format!("c{number}"),
                nodes: nodes.collect(),
            }
        });
        let clusters: Vec<_> = clusters.collect();
        assert_eq!(clusters.len(), count, "the clusters came up");
        Self {
            child,
            input,
            clusters,
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().expect("our own child can be waited for");
    }
}

/// Serves `count` clusters: prints the ports of one on each line, and ends with its input.
pub(crate) fn serve(count: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let mut clusters: Vec<LabCluster> = Vec::new();
        let numbers: Vec<usize> = (0..count).collect();
        for batch in numbers.chunks(AT_ONCE) {
            let started = batch.iter().map(|number| {
                let home = dir.path().join(number.to_string());
                start(home)
            });
            clusters.extend(join_all(started).await);
        }
        for cluster in &clusters {
            let ports: Vec<_> = cluster
                .addrs()
                .iter()
                .map(|addr| addr.port().to_string())
                .collect();
            println!("{}", ports.join(" "));
        }
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
        ended.await.unwrap();
    });
}

async fn start(home: impl AsRef<Path>) -> LabCluster {
    LabCluster::start(SIZE, Version::V3_5_5, Timings::observed(), home.as_ref())
        .await
        .unwrap()
}
