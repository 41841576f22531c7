//! The crate that is made of `src/decide` alone, with the mutants in it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use anyhow::Context as _;
use anyhow::bail;
use anyhow::ensure;
use serde::Deserialize;

use crate::mutant::Mutant;
use crate::weave;

/// What `src/decide` needs, of the versions in the package's lock file.
const MANIFEST: &str = r#"
[package]
name = "pikafo"
version = "0.1.0"
edition = "2024"

[features]
flaws = []

[dependencies]
jiff = { version = "0.2.46", features = ["serde"] }
serde = { version = "1.0.229", features = ["derive"] }
serde_json = "1.0.154"
thiserror = "2.0.21"

[dev-dependencies]
insta = { version = "1.49.0", features = ["filters", "json"] }
proptest = "1.12.0"

[profile.dev]
debug = false
opt-level = 1

[workspace]
"#;

#[derive(Debug)]
pub(crate) struct Woven {
    /// Its tests.
    pub(crate) binary: PathBuf,
    pub(crate) folder: PathBuf,
    /// Mutants that are not in it, and why.
    pub(crate) left: BTreeMap<usize, String>,
}

impl Woven {
    pub(crate) fn build(root: &Path, out: &Path, mutants: &[Mutant]) -> anyhow::Result<Self> {
        let folder = out.join("crate");
        std::fs::create_dir_all(folder.join("docs"))?;
        write(&folder.join("Cargo.toml"), MANIFEST.as_bytes())?;
        copy(
            &root.join("src/decide"),
            &folder.join("src/decide"),
            &mutants.iter().map(|m| root.join(&m.file)).collect(),
        )?;
        write(
            &folder.join("docs/flaws.md"),
            &std::fs::read(root.join("docs/flaws.md"))?,
        )?;
        std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        write(
            &folder.join("src/lib.rs"),
            b"pub mod decide;\npub mod mutant;\n",
        )?;
        write(&folder.join("src/mutant.rs"), include_bytes!("switch.rs"))?;
        let known = folder.join("left.json");
        let mut left = remembered(&known, root, mutants);
        loop {
            weave_all(root, &folder, mutants, &mut left)?;
            let refused = check(&folder)?;
            if refused.is_empty() {
                break;
            }
            eprintln!("{} do not build", refused.len());
            left.extend(refused);
        }
        remember(&known, root, mutants, &left)?;
        let binary = cargo(&folder, &["test", "--lib", "--no-run"])?
            .into_iter()
            .find_map(|m| m.executable)
            .context("cargo test names no executable")?;
        Ok(Self {
            binary,
            folder,
            left,
        })
    }
}

/// What did not build the last time does not build now, where its file is the same.
fn remembered(known: &Path, root: &Path, mutants: &[Mutant]) -> BTreeMap<usize, String> {
    let text = std::fs::read_to_string(known).unwrap_or_default();
    let whys: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
    let why = |(number, m): (usize, &Mutant)| Some((number, whys.get(&key(root, m))?.clone()));
    mutants.iter().enumerate().filter_map(why).collect()
}

fn remember(
    known: &Path,
    root: &Path,
    mutants: &[Mutant],
    left: &BTreeMap<usize, String>,
) -> anyhow::Result<()> {
    let whys: BTreeMap<String, &String> = left
        .iter()
        .map(|(number, why)| (key(root, &mutants[*number]), why))
        .collect();
    Ok(std::fs::write(known, serde_json::to_string(&whys)?)?)
}

fn key(root: &Path, mutant: &Mutant) -> String {
    let mut hasher = DefaultHasher::new();
    std::fs::read(root.join(&mutant.file))
        .unwrap_or_default()
        .hash(&mut hasher);
    format!("{:x} {}", hasher.finish(), mutant.name)
}

/// Leaves alone what is the same, which is not built again.
fn write(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    if std::fs::read(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    Ok(std::fs::write(path, text)?)
}

fn copy(from: &Path, to: &Path, but: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, but)?;
        } else if !but.contains(&entry.path()) {
            write(&target, &std::fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn weave_all(
    root: &Path,
    folder: &Path,
    mutants: &[Mutant],
    left: &mut BTreeMap<usize, String>,
) -> anyhow::Result<()> {
    let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        let of_file = files.entry(&mutant.file).or_default();
        if !left.contains_key(&number) {
            of_file.push((number, mutant));
        }
    }
    for (file, mutants) in files {
        let source = std::fs::read_to_string(root.join(file))?;
        let (text, unwoven) = weave::weave(&source, &mutants).context(file.to_owned())?;
        left.extend(
            unwoven
                .into_iter()
                .map(|number| (number, "no place for it".to_owned())),
        );
        write(&folder.join(file), text.as_bytes())?;
    }
    Ok(())
}

/// The mutants that do not build, and what the compiler says.
fn check(folder: &Path) -> anyhow::Result<BTreeMap<usize, String>> {
    let mut refused = BTreeMap::new();
    let mut unplaced = BTreeSet::new();
    for message in cargo(folder, &["check", "--lib", "--profile", "test"])? {
        let Some(said) = message.message.filter(|m| m.level == "error") else {
            continue;
        };
        let place = |span: &Span| mutant_at(folder, span);
        let code = said.code.map(|c| c.code).unwrap_or_default();
        let (primary, others): (Vec<Span>, Vec<Span>) =
            said.spans.into_iter().partition(|s| s.is_primary);
        match primary
            .iter()
            .find_map(place)
            .or_else(|| others.iter().find_map(place))
        {
            Some(number) => {
                refused.insert(number, format!("{code} {}", said.message));
            }
            None if said.message.starts_with("aborting") => {}
            None => {
                unplaced.insert(said.rendered.unwrap_or(said.message));
            }
        }
    }
    if refused.is_empty() && !unplaced.is_empty() {
        bail!(
            "the crate does not build:\n{}",
            unplaced.into_iter().collect::<String>()
        );
    }
    Ok(refused)
}

fn mutant_at(folder: &Path, span: &Span) -> Option<usize> {
    let text = std::fs::read(folder.join(&span.file_name)).ok()?;
    let before = String::from_utf8_lossy(text.get(..span.byte_start)?).into_owned();
    let start = before.rfind("/*M")?;
    let number = before[start + 3..].split_once("<*/")?.0.parse().ok()?;
    (!before.contains(&weave::close(number))).then_some(number)
}

fn cargo(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<Message>> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(program);
    command.args(arguments).args(["--message-format", "json"]);
    let output = run(command.current_dir(folder))?;
    let lines = output.lines().filter(|line| line.starts_with('{'));
    let messages: Vec<Message> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(!messages.is_empty(), "cargo {arguments:?} says nothing");
    Ok(messages)
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

#[derive(Debug, Deserialize)]
struct Message {
    message: Option<Said>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Said {
    level: String,
    message: String,
    code: Option<Code>,
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Code {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    is_primary: bool,
}
