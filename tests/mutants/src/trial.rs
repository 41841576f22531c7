//! The tests of the woven crate, with a mutant and without.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::time::Duration;

use anyhow::ensure;
use nix::sys::resource::UsageWho;
use nix::sys::resource::getrusage;

use crate::mutant::Mutant;
use crate::woven::Woven;

#[derive(Debug)]
pub(crate) enum Outcome {
    /// By this test, or by the death of the process.
    Caught(String),
    /// By none of so many tests that come by it.
    Missed(usize),
    /// It takes far longer than any test does.
    Timeout(String),
    /// Not tried here, and why.
    Unwoven(String),
}

impl Outcome {
    pub(crate) const WORDS: [&str; 4] = ["caught", "missed", "timeout", "unwoven"];

    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Caught(_) => "caught",
            Self::Missed(_) => "missed",
            Self::Timeout(_) => "timeout",
            Self::Unwoven(_) => "unwoven",
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Caught(by) | Self::Timeout(by) => by.clone(),
            Self::Missed(tests) => format!("{tests} tests come by it"),
            Self::Unwoven(why) => why.clone(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Trials<'a> {
    woven: &'a Woven,
    /// The tests that come by a mutant, the quick ones first.
    by: BTreeMap<usize, Vec<(Duration, String)>>,
    /// Of the processor: more than five times what the slowest test takes.
    seconds: u64,
}

impl<'a> Trials<'a> {
    /// Runs each test once, without a mutant.
    pub(crate) fn prepare(woven: &'a Woven) -> anyhow::Result<Self> {
        let listed = Command::new(&woven.binary)
            .args(["--list", "--format", "terse"])
            .output()?;
        let listed = String::from_utf8(listed.stdout)?;
        let trace = woven.folder.join("trace");
        let mut by: BTreeMap<usize, Vec<(Duration, String)>> = BTreeMap::new();
        let skip = std::env::var("MUTANTS_SKIP").unwrap_or_default();
        let skipped = |test: &str| {
            skip.split(',')
                .any(|part| !part.is_empty() && test.contains(part))
        };
        for test in listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
        {
            if skipped(test) {
                continue;
            }
            std::fs::write(&trace, "")?;
            let before = used()?;
            let output = run(woven, None, &[test], 3600, Some(&trace))?;
            let took = used()?.saturating_sub(before);
            ensure!(
                output.status.success(),
                "{test} fails without a mutant:\n{}",
                String::from_utf8_lossy(&output.stdout)
            );
            for number in std::fs::read_to_string(&trace).unwrap_or_default().lines() {
                by.entry(number.parse()?)
                    .or_default()
                    .push((took, test.to_owned()));
            }
        }
        for tests in by.values_mut() {
            tests.sort();
        }
        let slowest = by.values().flatten().map(|(took, _)| took.as_secs()).max();
        let seconds = 5 * slowest.unwrap_or_default() + 3;
        Ok(Self { woven, by, seconds })
    }

    /// Those that stand beside it go before the others.
    pub(crate) fn of(&self, number: usize, mutant: &Mutant) -> anyhow::Result<Outcome> {
        let room = mutant
            .file
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .trim_end_matches("/mod")
            .replace('/', "::");
        let mut tests = self.by.get(&number).cloned().unwrap_or_default();
        tests.sort_by_key(|(_, test)| !test.starts_with(&room));
        let mut rest = tests.as_slice();
        let mut at_once = Duration::from_millis(10);
        while !rest.is_empty() {
            let mut took = Duration::ZERO;
            let count = rest.iter().take_while(|(t, _)| {
                took += *t;
                took <= at_once
            });
            let (batch, later) = rest.split_at(count.count().max(1));
            rest = later;
            at_once *= 8;
            let names: Vec<&str> = batch.iter().map(|(_, name)| name.as_str()).collect();
            let output = run(self.woven, Some(number), &names, self.seconds, None)?;
            if output.status.success() {
                continue;
            }
            let said = String::from_utf8_lossy(&output.stdout);
            let failed = said
                .lines()
                .find_map(|l| l.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
            return Ok(match (failed, output.status.signal()) {
                (Some(test), _) => Outcome::Caught(test.to_owned()),
                // SIGKILL or SIGXCPU, by which the limit is kept.
                (None, Some(9 | 24)) => Outcome::Timeout(names.join(" ")),
                (None, _) => Outcome::Caught(format!("{}: {}", output.status, names.join(" "))),
            });
        }
        Ok(Outcome::Missed(tests.len()))
    }
}

/// How much of the processor all processes have used that have ended.
fn used() -> anyhow::Result<Duration> {
    let time = getrusage(UsageWho::RUSAGE_CHILDREN)?.user_time();
    let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

fn run(
    woven: &Woven,
    mutant: Option<usize>,
    tests: &[&str],
    seconds: u64,
    trace: Option<&Path>,
) -> anyhow::Result<Output> {
    // The processor's time is limited and not the clock's, for the machine may have other work to do.
    let mut command = Command::new("prlimit");
    command
        .args([&format!("--cpu={seconds}"), "--as=8000000000"])
        .args(["nice", "-n", "10"])
        .arg(&woven.binary)
        .args(["--exact", "--test-threads", "1"])
        .args(tests)
        .current_dir(&woven.folder)
        .env("RUST_BACKTRACE", "0")
        .env("INSTA_UPDATE", "no")
        .env("INSTA_WORKSPACE_ROOT", &woven.folder)
        // The same cases each time, and no search for the smallest that fails.
        .env("PROPTEST_RNG_SEED", "1")
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
    if let Some(number) = mutant {
        command.env("MUTANT", number.to_string());
    }
    if let Some(trace) = trace {
        command.env("MUTANT_TRACE", trace);
    }
    Ok(command.output()?)
}
