//! The core is pure, and dependencies between rooms point one way.
//!
//! What a room may know is the table [`MAY_KNOW`]; a new arrow is a decision, and is made there.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// What the core never touches, as it would be written. Types of `std::net` are values and allowed.
const IMPURE: &[&str] = &[
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Mutex",
    "RwLock",
    "RefCell",
    "OnceLock",
    "LazyLock",
    "Atomic",
    "HashMap",
    "HashSet",
    "async ",
    ".await",
    "rand::",
    "Zoned::now",
    "tokio",
    "tracing",
    "std::env",
    "std::fs",
    "std::io",
    "std::os",
    "std::process",
    // `Arc` of something immutable is a value; everything else of `std::sync` waits or changes.
    "std::sync::atomic",
    "std::sync::mpsc",
    "Condvar",
    "Barrier",
    "std::thread",
    "std::net::Tcp",
    "std::net::Udp",
    "ToSocketAddrs",
    "println!",
    "print!",
    "dbg!",
    "thread_local!",
];

/// Files of the core and what each may touch all the same.
const EXCUSED: &[(&str, &str)] = &[
    // Mistakes on purpose must reach places to which nothing leads but the product's own values, and threads that
    // make different ones must not meet. In a release there is no such switch.
    ("decide/flaw.rs", "thread_local!"),
];

/// For every room, what of the crate it may name. A path allows all that lies below it.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("decide", &[]),
    ("exit", &[]),
    // Clock and dice belong to every shell.
    ("config", &["decide", "exit", "host::clock"]),
    // Nodes are reached as the configuration says.
    ("node", &["decide", "config::model", "host::clock"]),
    ("serve", &["decide", "host::clock", "host::dice"]),
    ("render", &["decide"]),
    ("host", &["decide", "config", "node", "serve"]),
    // The lab stands for servers: it knows neither what judges them nor who asks.
    (
        "lab",
        &[
            "decide::name",
            "decide::position",
            "serve::glob",
            "serve::resp",
            "serve::sha256",
            "node::net",
            "host::clock",
            "host::dice",
            "host::disk",
        ],
    ),
    // The command line lists the commands, and they take their options from it.
    ("cli", &["cmd", "exit", "lab::process"]),
    ("telemetry", &["cli", "serve::desk", "ui"]),
    ("ui", &["cli", "exit", "render", "host::clock"]),
    (
        "cmd",
        &[
            "cli",
            "config",
            "decide",
            "exit",
            "host",
            "lab",
            "node",
            "render",
            "serve",
            "telemetry",
            "ui",
        ],
    ),
];

/// A source file: its room, its path below `src`, and its code without comments.
struct Source {
    room: String,
    path: PathBuf,
    code: String,
}

#[test]
fn the_core_is_pure() {
    let found: Vec<String> = sources()
        .iter()
        .filter(|source| source.room == "decide")
        .flat_map(impurities)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn rooms_know_only_what_they_may() {
    let found: Vec<String> = sources().iter().flat_map(trespasses).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_room_has_its_line() {
    for source in sources() {
        assert!(
            may_know(&source.room).is_some() || ["lib", "main"].contains(&source.room.as_str()),
            "src/{} is in no room of the table",
            source.path.display()
        );
    }
}

/// The rules themselves point one way, or they would allow a circle. The command line and the commands are
/// one knot, and so are the shell's clock and those who read it.
#[test]
fn the_table_has_no_circle() {
    let knots = |from: &str, to: &str| to.contains("::") || (from, to) == ("cli", "cmd");
    let mut left: Vec<(&str, Vec<&str>)> = MAY_KNOW
        .iter()
        .map(|(room, known)| {
            (
                *room,
                known
                    .iter()
                    .copied()
                    .filter(|to| !knots(room, to))
                    .collect(),
            )
        })
        .collect();
    while !left.is_empty() {
        let before = left.len();
        let names: Vec<&str> = left.iter().map(|(room, _)| *room).collect();
        left.retain(|(_, known)| known.iter().any(|to| names.contains(to)));
        assert!(left.len() < before, "a circle among {names:?}");
    }
}

#[test]
fn the_search_finds_what_it_is_for() {
    let bad = |room: &str, path: &str, code: &str| Source {
        room: room.to_owned(),
        path: path.into(),
        code: without_comments(code),
    };
    let clock = bad(
        "decide",
        "decide/view.rs",
        "let now = std::time::Instant::now(); // now",
    );
    assert_eq!(impurities(&clock).len(), 1);
    let switch = |path: &str| bad("decide", path, "thread_local! { static ON: u8 = 0; }");
    assert_eq!(impurities(&switch("decide/flaw.rs")).len(), 0);
    assert_eq!(impurities(&switch("decide/view.rs")).len(), 1);
    let told = bad(
        "decide",
        "decide/view.rs",
        "/// `Instant` would be wrong here\nlet instant = 3;",
    );
    assert_eq!(impurities(&told).len(), 0);
    let up = bad(
        "decide",
        "decide/view.rs",
        "use crate::host::clock;\nuse super::super::host::dice;",
    );
    assert_eq!(trespasses(&up).len(), 2);
    let many = bad(
        "render",
        "render/tree.rs",
        "use crate::{decide::view, node::link};",
    );
    assert_eq!(trespasses(&many).len(), 1);
    let near = bad(
        "node",
        "node/tls.rs",
        "use crate::config::model::Tls; use crate::config::models::Tls;",
    );
    assert_eq!(trespasses(&near).len(), 1);
}

fn impurities(source: &Source) -> Vec<String> {
    let lines = source.code.lines().zip(1..);
    lines
        .flat_map(|(line, number)| IMPURE.iter().map(move |word| (line, number, *word)))
        .filter(|(line, _, word)| names(line, word) && !excused(&source.path, word))
        .map(|(line, number, word)| {
            format!(
                "src/{}:{number}: {word} in: {}",
                source.path.display(),
                line.trim()
            )
        })
        .collect()
}

fn excused(path: &Path, word: &str) -> bool {
    EXCUSED
        .iter()
        .any(|(file, what)| path == Path::new(file) && *what == word)
}

/// Whether `word` stands in `line` and is not the tail of a longer name.
fn names(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !word.starts_with(inside) || !line.get(..at).unwrap_or_default().ends_with(inside)
    })
}

fn trespasses(source: &Source) -> Vec<String> {
    let Some(allowed) = may_know(&source.room) else {
        return Vec::new();
    };
    let fits = |path: &str| {
        let own = std::iter::once(source.room.as_str());
        own.chain(allowed.iter().copied()).any(|room| {
            path.strip_prefix(room)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    let mut found: Vec<String> = Vec::new();
    for path in paths_from_the_root(&source.code, &source.path) {
        if !fits(&path) {
            found.push(format!(
                "src/{}: {} may not know crate::{path}",
                source.path.display(),
                source.room
            ));
        }
    }
    found
}

fn may_know(room: &str) -> Option<&'static [&'static str]> {
    MAY_KNOW
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, known)| *known)
}

/// What the code names as `crate::…`, braces of one level taken apart, and as `super::…` out of its room.
fn paths_from_the_root(code: &str, file: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, head) in code.match_indices("crate::") {
        let rest = &code[at + head.len()..];
        match rest.strip_prefix('{') {
            None => paths.push(path_at(rest)),
            Some(inner) => {
                let inner = &inner[..inner.find("};").unwrap_or(inner.len())];
                paths.extend(inner.split(',').map(|item| path_at(item.trim())));
            }
        }
    }
    // The root is as many steps up as the module is deep; `mod.rs` is its folder's module.
    let folded = usize::from(file.ends_with("mod.rs"));
    let depth = file.components().count() - folded;
    let up = "super::".repeat(depth);
    for (at, _) in code.match_indices(&up) {
        let longer = code[..at].ends_with("super::");
        let tests_inside = code[at + up.len()..].starts_with("super::");
        if !longer && !tests_inside {
            paths.push(path_at(&code[at + up.len()..]));
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// The path at the beginning of `text`, up to where it is no path any more.
fn path_at(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    text[..end.unwrap_or(text.len())]
        .trim_end_matches(':')
        .to_owned()
}

fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&top).unwrap().to_owned();
                let first = below.components().next().unwrap().as_os_str();
                let room = Path::new(first)
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let code = without_comments(&fs::read_to_string(&path).unwrap());
                found.push(Source {
                    room,
                    path: below,
                    code,
                });
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// Line comments are cut off, and lines keep their numbers. A `//` inside a string is cut too, which can only
/// hide what follows it on that line.
fn without_comments(code: &str) -> String {
    code.lines()
        .map(|line| line.split_once("//").map_or(line, |(before, _)| before))
        .collect::<Vec<_>>()
        .join("\n")
}
