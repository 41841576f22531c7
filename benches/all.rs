//! Measurements, side by side with redis-sentinel where it does the same. Results are in `README.md` beside this.
//!
//! `cargo bench` runs all; `cargo bench -- status` (or `promote`, `start`) one. Everything listens on loopback,
//! lives in temporary folders and is ended by its own handle.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and fails by panicking"
)]

mod kit;
mod promote;
mod start;
mod status;

fn main() {
    // cargo bench adds `--bench`.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    match words.next().as_deref() {
        None => {
            start::run();
            status::run();
            promote::run(promote::ROUNDS);
        }
        Some("start") => start::run(),
        Some("status") => status::run(),
        Some("promote") => {
            let rounds = words.next().map_or(promote::ROUNDS, |rounds| {
                rounds.parse().expect("a number of rounds")
            });
            promote::run(rounds);
        }
        Some("nodes") => status::serve(
            words
                .next()
                .and_then(|count| count.parse().ok())
                .expect("a number of nodes"),
        ),
        Some(other) => panic!("there is no measurement called {other}: start, status, promote"),
    }
}
