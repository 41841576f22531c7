//! How long the program takes to start, and how big it is.

use std::fs;
use std::process::Command;
use std::process::Stdio;

use pikafo::host::clock;

use super::kit::PIKAFO;
use super::kit::Spread;

const RUNS: usize = 300;

pub(crate) fn run() {
    let times: Vec<_> = (0..RUNS)
        .map(|_| {
            let began = clock::mono();
            let status = Command::new(PIKAFO)
                .arg("--version")
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            clock::mono().duration_since(began)
        })
        .collect();
    let spread = Spread::of(&times);
    println!("\n## start: `pikafo --version`, {RUNS} runs");
    println!(
        "least {:.2} ms, median {:.2} ms, most {:.2} ms",
        spread.least, spread.median, spread.most
    );
    println!("binary: {} bytes", fs::metadata(PIKAFO).unwrap().len());
}
