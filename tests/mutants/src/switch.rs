//! Part of the woven crate: which mutant is on, and in a trace, which of them a test comes by.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

static ACTIVE: LazyLock<Option<usize>> =
    LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());
static TRACE: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("MUTANT_TRACE").ok());
static SEEN: [AtomicBool; 20_000] = [const { AtomicBool::new(false) }; 20_000];

pub fn on(number: usize) -> bool {
    if let Some(trace) = &*TRACE
        && !SEEN[number].swap(true, Ordering::Relaxed)
    {
        let file = OpenOptions::new().create(true).append(true).open(trace);
        writeln!(file.unwrap(), "{number}").unwrap();
    }
    *ACTIVE == Some(number)
}
