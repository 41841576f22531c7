//! Runs simulated deployments through bad days, as many as it is asked, and says what came of them.
//!
//! ```text
//! cargo run --release --example storm -- --seeds 1000 --start 1
//! cargo run --release --example storm --features flaws -- --seeds 500 --flaw all
//! ```
//!
//! With `--flaw` the program makes a mistake on purpose, and the first seed that finds it ends the run. A seed finds it if
//! something is violated with it and nothing without: each that violates with it is run again without.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "it measures and prints"
)]

#[path = "../tests/sim/mod.rs"]
mod sim;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Parser;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use sim::totals::Totals;

/// Bad days for simulated deployments, one a seed.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds to run
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// Print the story of every run
    #[arg(long)]
    story: bool,
    /// Print what each seed came to in one number; the same in every process and on every machine
    #[arg(long)]
    digests: bool,
    /// Make this mistake on purpose until a seed finds it; `all` for a table of all
    #[arg(long, value_name = "NAME")]
    flaw: Option<String>,
    /// Where the records of runs go whose story is told, for `pikafo replay`
    #[arg(long, default_value = "target/storm")]
    records: PathBuf,
    /// Threads; all cores where it is not said
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(flaw) = &args.flaw else {
        let (totals, took) = run(&args, None);
        show(&totals, took);
        return success(totals.violated.is_empty());
    };
    let wanted = if flaw == "all" {
        flaws::names()
    } else {
        vec![flaw.clone()]
    };
    if let Err(why) = wanted.iter().try_for_each(|name| flaws::make(name)) {
        eprintln!("error: {why}");
        return ExitCode::FAILURE;
    }
    let mut all = !wanted.is_empty();
    for name in &wanted {
        let (totals, took) = run(&args, Some(name));
        let found = totals.violated.first();
        let text = found.map_or("not found".to_owned(), |(seed, text)| {
            format!("seed {seed}: {text}")
        });
        let text: String = text.chars().take(110).collect();
        println!(
            "{name:28} {:6} seeds {:5.0} s  {text}",
            totals.runs,
            took.as_secs_f64()
        );
        all &= found.is_some();
    }
    success(all)
}

/// Runs the seeds on all threads; with a flaw until one has found it.
fn run(args: &Args, flaw: Option<&str>) -> (Totals, Duration) {
    let threads = args
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let bar = ProgressBar::new(args.seeds);
    let style = "{bar:40} {pos}/{len} {per_sec} {msg} {eta}";
    bar.set_style(ProgressStyle::with_template(style).expect("a constant"));
    bar.enable_steady_tick(Duration::from_millis(200));
    let next = AtomicU64::new(args.start);
    let over = AtomicBool::new(false);
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                if let Some(flaw) = flaw {
                    flaws::make(flaw).expect("it was looked up before");
                }
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.start + args.seeds || over.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut outcome = sim::run::run(seed);
                    if args.digests {
                        bar.suspend(|| println!("{seed} {:016x}", outcome.digest));
                    }
                    if flaw.is_some()
                        && !outcome.violations.is_empty()
                        && !holds_without(seed, flaw)
                    {
                        outcome.violations.clear();
                    }
                    let violated = !outcome.violations.is_empty();
                    if args.story || (violated && flaw.is_none()) {
                        let folder = args.records.join(seed.to_string());
                        outcome = sim::run::told(seed, &folder);
                        bar.suspend(|| eprintln!("{}", outcome.report()));
                    }
                    if violated && flaw.is_some() {
                        over.store(true, Ordering::Relaxed);
                    }
                    let mut totals = totals.lock().expect("no panic while it is held");
                    totals.add(&outcome);
                    bar.set_message(format!("{} violations", totals.violated.len()));
                    bar.inc(1);
                }
            });
        }
    });
    let took = bar.elapsed();
    bar.finish_and_clear();
    (
        totals.into_inner().expect("no panic while it is held"),
        took,
    )
}

/// Whether the seed violates nothing while no mistake is made on purpose.
fn holds_without(seed: u64, flaw: Option<&str>) -> bool {
    flaws::make_none();
    let holds = sim::run::run(seed).violations.is_empty();
    if let Some(flaw) = flaw {
        flaws::make(flaw).expect("it was looked up before");
    }
    holds
}

#[cfg(any(debug_assertions, feature = "flaws"))]
mod flaws {
    use pikafo::decide::flaw;
    use pikafo::decide::flaw::Flaw;

    pub(crate) fn names() -> Vec<String> {
        Flaw::ALL.iter().map(|flaw| flaw.name()).collect()
    }

    /// From now on, on this thread.
    pub(crate) fn make(name: &str) -> Result<(), String> {
        let flaw = name.parse::<Flaw>().map_err(|error| error.to_string())?;
        flaw::set(Some(flaw));
        Ok(())
    }

    pub(crate) fn make_none() {
        flaw::set(None);
    }
}

#[cfg(not(any(debug_assertions, feature = "flaws")))]
mod flaws {
    pub(crate) fn names() -> Vec<String> {
        vec!["all".to_owned()]
    }

    pub(crate) fn make_none() {}

    pub(crate) fn make(_name: &str) -> Result<(), String> {
        Err("a release makes no mistakes on purpose; add --features flaws".to_owned())
    }
}

fn show(totals: &Totals, took: Duration) {
    let seconds = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let rate = totals.runs as f64 / seconds;
    print!("{totals}");
    println!("{seconds:.1} s, {rate:.1} seeds a second");
}

fn success(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
