//! Opening a file, reading a text.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use super::complaint::Complaint;
use super::complaint::Complaints;
use super::model::Config;
use super::outside::Machine;
use super::outside::Outside;
use super::outside::why;
use super::place::Place;
use super::problem::Problem;
use super::problem::Problems;
use super::raw::Root;
use super::resolve::Resolver;
use super::shape::Shape as _;
use super::shape::Spot;
use super::tree;
use super::tree::TEXT_LIMIT;
use super::tree::Tree;

/// Reads and resolves a file. Relative paths in it start at its own folder.
///
/// Fetches passwords, which may run a program for up to ten seconds.
pub fn read(path: &Path) -> Result<Config, Problems> {
    parse(&text(path)?, path, &Machine)
}

/// Reads and resolves a text that came from `origin`.
pub fn parse(text: &str, origin: &Path, outside: &dyn Outside) -> Result<Config, Problems> {
    if text.len() > TEXT_LIMIT {
        return Err(too_large(origin).into());
    }
    let tree = tree::parse(text)
        .map_err(|error| Problem::of_file(origin, error.text).at(error.at.line, error.at.column))?;
    let top = Place::default();
    if tree == Tree::Null {
        let problem = Problem::of_file(origin, "is empty")
            .hint("pikafo discover HOST:PORT writes one for you");
        return Err(problem.into());
    }
    let mut complaints = Complaints::default();
    strict(&tree, &top, &mut complaints);
    let root = Root::read(
        Spot {
            value: &tree,
            place: top,
        },
        &mut complaints,
    );
    let base = origin.parent().unwrap_or(Path::new(""));
    let mut resolver = Resolver::new(outside, base, complaints);
    let config = root.map(|root| resolver.config(root, origin));
    let warnings = resolver.complaints.settle(origin, text)?;
    match config {
        Some(config) => Ok(Config { warnings, ..config }),
        None => Err(Problem::of_file(origin, "is not a configuration").into()),
    }
}

/// The file to use: the one asked for, or the first that exists of `./pikafo.yaml`,
/// `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and `/etc/pikafo/pikafo.yaml`.
///
/// `asked` is what `--config` or `PIKAFO_CONFIG` say (clap knows which wins); it is not looked for.
pub fn find(asked: Option<PathBuf>, outside: &dyn Outside) -> Result<PathBuf, Problems> {
    if let Some(path) = asked.or_else(|| variable(outside, "PIKAFO_CONFIG")) {
        return Ok(path);
    }
    let home = variable(outside, "XDG_CONFIG_HOME")
        // Relative paths are invalid there, says the XDG specification.
        .filter(|path| path.is_absolute())
        .or_else(|| variable(outside, "HOME").map(|home| home.join(".config")));
    let places = [
        Some(PathBuf::from("pikafo.yaml")),
        home.map(|home| home.join("pikafo/pikafo.yaml")),
        Some(PathBuf::from("/etc/pikafo/pikafo.yaml")),
    ];
    let places: Vec<_> = places.into_iter().flatten().collect();
    // Anything but absence is for the reader to complain about, not a reason to take another file.
    if let Some(path) = places.iter().find(|path| path.symlink_metadata().is_ok()) {
        Ok(path.clone())
    } else {
        let looked = places
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        let problem = Problem::of_file(
            "pikafo.yaml",
            format!("no configuration found; looked for {looked}"),
        );
        Err(problem
            .hint("name one with --config, or write one with pikafo discover HOST:PORT")
            .into())
    }
}

/// The text of a configuration file of any kind (UTF-8, up to 1 MiB), with every way in which there may be none.
pub fn text(path: &Path) -> Result<String, Problems> {
    let failed = |error: &std::io::Error| Problem::of_file(path, why(error));
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(TEXT_LIMIT).unwrap_or(u64::MAX);
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    if bytes.len() > TEXT_LIMIT {
        return Err(too_large(path).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        let column = String::from_utf8_lossy(good)
            .chars()
            .rev()
            .take_while(|c| *c != '\n')
            .count()
            + 1;
        Problem::of_file(path, "is not UTF-8 text")
            .at(line, column)
            .into()
    })
}

fn too_large(path: &Path) -> Problem {
    Problem::of_file(
        path,
        format!(
            "is larger than {}",
            super::scalar::show_size(TEXT_LIMIT as u64)
        ),
    )
    .hint("is this the right file?")
}

fn variable(outside: &dyn Outside, name: &str) -> Option<PathBuf> {
    outside
        .variable(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Complains about duplicate keys and merge keys, wherever they are.
fn strict(tree: &Tree, place: &Place, complaints: &mut Complaints) {
    match tree {
        Tree::Map(entries) => {
            let mut seen = std::collections::BTreeSet::new();
            for (index, (key, value)) in entries.iter().enumerate() {
                if key == "<<" {
                    let complaint =
                        Complaint::at(&place.key(index, key), "merge keys are not supported");
                    complaints.error(complaint.hint("put what clusters share under defaults:"));
                } else if !seen.insert(key) {
                    let complaint = Complaint::at(&place.key(index, key), "the key is there twice");
                    complaints.error(complaint.hint("keep one"));
                }
                strict(value, &place.value(index, key), complaints);
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                strict(item, &place.item(index), complaints);
            }
        }
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Tagged => {}
    }
}
