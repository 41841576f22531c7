//! Measurements, side by side with redis-sentinel where it does the same. Results are in `README.md` beside this.
//!
//! `cargo bench` runs all but `hostile`; `cargo bench -- status` (or `promote`, `start`, `failover`, `watcher`, `hostile`) one. Everything listens on loopback,
//! lives in temporary folders and is ended by its own handle.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and fails by panicking"
)]

mod failover;
mod hostile;
mod kit;
#[path = "../tests/ports.rs"]
mod ports;
mod promote;
mod start;
mod status;
#[path = "../tests/until.rs"]
mod until;
mod watcher;

fn main() {
    // cargo bench adds `--bench`.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    match words.next().as_deref() {
        None => {
            start::run();
            status::run();
            promote::run(promote::ROUNDS);
            failover::run(failover::RUNS);
            watcher::run(&watcher::CLUSTERS);
        }
        Some("start") => start::run(),
        Some("status") => status::run(),
        Some("promote") => {
            let rounds = words.next().map_or(promote::ROUNDS, |rounds| {
                rounds.parse().expect("a number of rounds")
            });
            promote::run(rounds);
        }
        Some("failover") => {
            let runs = words.next().map_or(failover::RUNS, |runs| {
                runs.parse().expect("a number of runs")
            });
            failover::run(runs);
        }
        Some("watcher") => {
            let clusters: Vec<usize> = words
                .map(|count| count.parse().expect("numbers of clusters"))
                .collect();
            watcher::run(if clusters.is_empty() {
                &watcher::CLUSTERS
            } else {
                &clusters
            });
        }
        Some("hostile") => hostile::run(words),
        Some("charts") => hostile::charts(words),
        Some("clusters") => watcher::serve(
            words
                .next()
                .and_then(|count| count.parse().ok())
                .expect("a number of clusters"),
        ),
        Some("nodes") => status::serve(
            words
                .next()
                .and_then(|count| count.parse().ok())
                .expect("a number of nodes"),
        ),
        Some(other) => panic!(
            "there is no measurement called {other}: start, status, promote, failover, watcher, hostile"
        ),
    }
}
