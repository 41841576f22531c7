//! The fuzz targets over their corpora, and over what chance makes of these.
//!
//! `corpus/` holds what coverage-guided runs found worth keeping; [`bodies`] is what they ran. A failure shows the input
//! and the seed: `PIKAFO_FUZZ_SEED` repeats it.
//!
//! * [`mutate`]: what chance makes of an input

mod bodies;
mod mutate;

use std::fs;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::watch::kit::dice::Dice;

/// Inputs that chance makes for each target.
const MADE: usize = 400;

/// For one input, of a few kilobytes: thousands of times what any of them takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a target over everything. It works on a thread of its own, so that an input that never ends is named too.
fn holds(target: &str, body: fn(&[u8])) {
    let corpus = corpus(target);
    assert!(corpus.len() > 1, "the corpus of {target} is missing");
    let seed = seed();
    #[expect(clippy::print_stdout, reason = "whoever reads a failure needs it")]
    {
        println!("PIKAFO_FUZZ_SEED={seed}");
    }
    let inputs = inputs(corpus, seed);
    let (tell, told) = mpsc::channel();
    let given = inputs.clone();
    let worker = std::thread::spawn(move || {
        for input in &given {
            let ended = catch_unwind(AssertUnwindSafe(|| body(input)));
            if tell.send(ended.is_ok()).is_err() {
                return;
            }
        }
    });
    for input in &inputs {
        let shown = || {
            format!(
                "{target}, PIKAFO_FUZZ_SEED={seed}, on b\"{}\"",
                input.escape_ascii()
            )
        };
        match told.recv_timeout(PATIENCE) {
            Ok(fine) => assert!(fine, "{}", shown()),
            Err(why) => panic!("{why}: it takes longer than {PATIENCE:?}: {}", shown()),
        }
    }
    worker.join().expect("it caught every panic");
}

/// The corpus itself, and then what is made of it.
fn inputs(corpus: Vec<Vec<u8>>, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::of(seed);
    let made: Vec<_> = (0..MADE)
        .map(|_| mutate::some(&corpus, &mut dice))
        .collect();
    corpus.into_iter().chain(made).collect()
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let files = fs::read_dir(folder.join(target)).expect("a corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path| fs::read(path).expect("a file that can be read");
    paths.into_iter().map(read).collect()
}

/// The same each time, unless one is given: a change is judged by what it changes. Fresh inputs are for the fuzzer.
fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test has no command line")]
    let given = std::env::var("PIKAFO_FUZZ_SEED").ok();
    given.map_or(1, |seed| seed.parse().expect("a number"))
}

#[test]
fn answers() {
    holds("answers", bodies::answers::body);
}

#[test]
fn config() {
    holds("config", bodies::config::body);
}

#[test]
fn hello() {
    holds("hello", bodies::hello::body);
}

#[test]
fn info() {
    holds("info", bodies::info::body);
}

#[test]
fn journal() {
    holds("journal", bodies::journal::body);
}

#[test]
fn plan() {
    holds("plan", bodies::plan::body);
}

#[test]
fn record() {
    holds("record", bodies::record::body);
}

#[test]
fn requests() {
    holds("requests", bodies::requests::body);
}

#[test]
fn resp() {
    holds("resp", bodies::resp::body);
}

#[test]
fn sentinel_conf() {
    holds("sentinel_conf", bodies::sentinel_conf::body);
}
