//! `pikafo status` of 10, 100 and 1,000 nodes, and with nodes that hang.
//!
//! The nodes are the lab's, all in one process, which is this program started anew as `nodes COUNT`: the parent stays
//! small, for a child's peak memory includes what its parent had when it was started.

use std::fmt::Write as _;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::UsageWho;
use nix::sys::resource::getrusage;
use pikafo::host::clock;
use pikafo::lab::cluster::LabCluster;
use pikafo::lab::timings::Timings;
use pikafo::lab::version::Version;
use pikafo::render::status::Report;

use super::kit::PIKAFO;
use super::kit::Spread;

/// Nodes of one cluster: a master and four replicas.
const SIZE: usize = 5;
const SIZES: [usize; 3] = [10, 100, 1000];
const RUNS: usize = 15;
/// Clusters that are started at a time.
const AT_ONCE: usize = 10;
/// For hung nodes; an answer takes a small part of it even where the machine is busy.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) fn run() {
    println!("\n## status: `pikafo status -o json`, {RUNS} runs each");
    println!("| nodes | median | most | a node | peak memory | one hung | eight hung |");
    println!("|---|---|---|---|---|---|---|");
    for count in SIZES {
        let mut nodes = Nodes::start(count);
        let spread = Spread::of(&nodes.looks(RUNS, 0));
        // The largest of all children so far; sizes grow.
        let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
        nodes.hang(1);
        let one = Spread::of(&nodes.looks(3, 1));
        nodes.hang(7);
        let eight = Spread::of(&nodes.looks(3, 8));
        println!(
            "| {count} | {:.1} ms | {:.1} ms | {:.0} µs | {:.1} MiB | {:.0} ms | {:.0} ms |",
            spread.median,
            spread.most,
            spread.median * 1000.0 / f64::from(u32::try_from(count).unwrap()),
            f64::from(i32::try_from(peak_kib).unwrap()) / 1024.0,
            one.median,
            eight.median,
        );
    }
    println!("(hung: with `--timeout {}ms`)", TIMEOUT.as_millis());
}

/// The process that serves the nodes. Dropping it ends it.
struct Nodes {
    child: Child,
    /// Taken when it is over: the end of its input ends the process, which then removes its folder.
    orders: Option<ChildStdin>,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
    config: String,
    count: usize,
}

impl Nodes {
    fn start(count: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["nodes", &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let config = answers.next().expect("the nodes came up").unwrap();
        Self {
            child,
            orders,
            answers,
            config,
            count,
        }
    }

    /// Lets so many more nodes hang.
    fn hang(&mut self, more: usize) {
        writeln!(self.orders.as_ref().unwrap(), "{more}").unwrap();
        self.answers.next().expect("they hang").unwrap();
    }

    /// The times of `runs` looks, each of which must see all nodes but `hung`.
    fn looks(&self, runs: usize, hung: usize) -> Vec<Duration> {
        (0..runs).map(|_| self.look(hung)).collect()
    }

    fn look(&self, hung: usize) -> Duration {
        let timeout = format!("{}ms", TIMEOUT.as_millis());
        let began = clock::mono();
        let output = Command::new(PIKAFO)
            .args([
                "-c",
                &self.config,
                "status",
                "-o",
                "json",
                "--timeout",
                &timeout,
            ])
            .env(
                "STATE_DIRECTORY",
                Path::new(&self.config).with_file_name("state"),
            )
            .output()
            .unwrap();
        let took = clock::mono().duration_since(began);
        let report: Report = serde_json::from_slice(&output.stdout).expect("a report");
        let nodes = || report.clusters.iter().flat_map(|cluster| &cluster.nodes);
        assert_eq!(nodes().count(), self.count);
        let silent: Vec<_> = nodes().filter_map(|node| node.error.as_ref()).collect();
        assert_eq!(silent.len(), hung, "{:?}", silent.first());
        took
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        drop(self.orders.take());
        self.child.wait().expect("our own child can be waited for");
    }
}

/// Serves `count` nodes: prints the path of a configuration, then lets as many hang as each line of stdin says.
pub(crate) fn serve(count: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let mut clusters: Vec<LabCluster> = Vec::new();
        let numbers: Vec<usize> = (0..count / SIZE).collect();
        for batch in numbers.chunks(AT_ONCE) {
            let started =
                batch.iter().map(|number| {
                    let home = dir.path().join(number.to_string());
                    async move {
                        LabCluster::start(SIZE, Version::V3_5_5, Timings::observed(), &home).await
                    }
                });
            clusters.extend(join_all(started).await.into_iter().map(Result::unwrap));
        }
        let mut yaml = "version: 1\nclusters:\n".to_owned();
        for (number, cluster) in clusters.iter().enumerate() {
            writeln!(yaml, "  c{number}:\n    nodes:").unwrap();
            for addr in cluster.addrs() {
                writeln!(yaml, "      - \"{addr}\"").unwrap();
            }
        }
        let config = dir.path().join("pikafo.yaml");
        std::fs::write(&config, yaml).unwrap();
        println!("{}", config.display());
        let mut awake = clusters
            .iter()
            .flat_map(|cluster| cluster.nodes.iter().skip(1));
        for line in std::io::stdin().lines() {
            let more = line.unwrap().parse().unwrap();
            for node in awake.by_ref().take(more) {
                node.pause();
            }
            println!("ok");
        }
    });
}
