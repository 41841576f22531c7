//! What a process holds.

use std::fs;

use serde::Deserialize;
use serde::Serialize;

use super::kit::process::Process;

/// Read from `/proc`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Gauge {
    pub(crate) resident_kib: u64,
    pub(crate) files: usize,
    pub(crate) threads: u64,
}

impl Gauge {
    pub(crate) fn of(process: &Process) -> Self {
        let proc = format!("/proc/{}", process.pid());
        let status = fs::read_to_string(format!("{proc}/status")).expect("it runs");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number.and_then(|n| n.parse().ok()).expect("Linux says so")
        };
        Self {
            resident_kib: field("VmRSS:"),
            files: fs::read_dir(format!("{proc}/fd")).expect("it runs").count(),
            threads: field("Threads:"),
        }
    }
}
