//! Which mutants of `src/decide` its tests do not notice.
//!
//! The mutants are those that `cargo mutants` lists. Building each takes a night, so all are woven into one copy of `src/decide`,
//! where one at a time is switched on, and only those tests are run that come by it. What does not build that way is named,
//! for `cargo mutants` itself. Arguments choose mutants as they do there (`--re`, `--shard`), and `MUTANTS_SKIP=storms,flaw::proof`
//! leaves out tests that take long.

mod mutant;
mod trial;
mod weave;
mod woven;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use anyhow::ensure;

use crate::mutant::Mutant;
use crate::trial::Outcome;
use crate::trial::Trials;
use crate::woven::Woven;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let out = root.join("target/mutants");
    let mutants = list(&root)?;
    eprintln!("{} mutants", mutants.len());
    let woven = Woven::build(&root, &out, &mutants)?;
    let trials = Trials::prepare(&woven)?;
    let mut table: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut report = File::create(out.join("outcomes.tsv"))?;
    for (number, mutant) in mutants.iter().enumerate() {
        let outcome = match woven.left.get(&number) {
            Some(why) => Outcome::Unwoven(why.clone()),
            None => trials.of(number, mutant)?,
        };
        *table
            .entry(&mutant.file)
            .or_default()
            .entry(outcome.word())
            .or_default() += 1;
        writeln!(
            report,
            "{}\t{}\t{}",
            outcome.word(),
            mutant.name,
            outcome.detail()
        )?;
    }
    println!("| file | mutants | {} |", Outcome::WORDS.join(" | "));
    for (file, counts) in table {
        let each = Outcome::WORDS.map(|word| counts.get(word).copied().unwrap_or(0));
        let sum: usize = each.iter().sum();
        println!(
            "| `{file}` | {sum} | {} |",
            each.map(|n| n.to_string()).join(" | ")
        );
    }
    Ok(())
}

fn list(root: &Path) -> anyhow::Result<Vec<Mutant>> {
    let mut command = Command::new("cargo");
    command
        .args(["mutants", "--list", "--json"])
        .args(std::env::args().skip(1))
        .current_dir(root);
    let output = command.output().context("cannot run cargo mutants")?;
    ensure!(
        output.status.success(),
        "cargo mutants --list failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
