//! The dependencies against the policy in `.cargo/deny.toml`, from what cargo itself says of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
}

#[test]
fn licences_are_permissive() {
    let allowed = policy().licenses.allow;
    let mut used = BTreeSet::new();
    for package in metadata().packages {
        let license = package.license.unwrap_or_default();
        assert!(
            permits(&license, &allowed),
            "{} is under {license:?}, which .cargo/deny.toml does not allow",
            package.name
        );
        used.extend(words(&license));
    }
    let idle: Vec<_> = allowed
        .iter()
        .filter(|license| !used.contains(*license))
        .collect();
    assert!(idle.is_empty(), "allowed and used by nobody: {idle:?}");
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock().package {
        versions
            .entry(package.name)
            .or_default()
            .push(package.version);
    }
    let skip = policy().bans.skip;
    let excused = |name: &str, version: &str| {
        skip.iter().any(|entry| {
            entry.name.split_once('@').is_some_and(|(excused, prefix)| {
                let rest = version.strip_prefix(prefix);
                excused == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    };
    for (name, versions) in &versions {
        let kept: Vec<_> = versions
            .iter()
            .filter(|version| !excused(name, version))
            .collect();
        assert!(
            kept.len() == 1,
            "{name} is there as {versions:?}; make it one, or give the reason in .cargo/deny.toml"
        );
    }
    for entry in &skip {
        let (name, _) = entry.name.split_once('@').expect("a name and a version");
        let twice = versions
            .get(name)
            .is_some_and(|versions| versions.len() > 1);
        assert!(
            twice && !entry.reason.is_empty(),
            "{} excuses nothing any more",
            entry.name
        );
    }
}

#[test]
fn what_is_banned_is_absent() {
    let present: BTreeSet<String> = lock()
        .package
        .into_iter()
        .map(|package| package.name)
        .collect();
    for entry in policy().bans.deny {
        assert!(
            !present.contains(&entry.name),
            "{}: {}",
            entry.name,
            entry.reason
        );
    }
}

#[test]
fn everything_comes_from_the_registry() {
    let registries = policy().sources.allow_registry;
    for package in lock().package {
        let allowed = package.source.as_deref().is_none_or(|source| {
            registries
                .iter()
                .any(|registry| source.strip_prefix("registry+") == Some(registry))
        });
        // Without a source it is this package itself: there are no path dependencies.
        assert!(
            allowed && (package.source.is_some() || package.name == "pikafo"),
            "{}",
            package.name
        );
    }
}

/// A dependency is named where its reason is, in ARCHITECTURE.md, and in the code that needs it.
#[test]
fn every_dependency_has_a_reason_and_a_use() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let reasons = read("ARCHITECTURE.md");
    let code = ["src", "tests", "benches"]
        .map(|folder| rust_below(&root().join(folder)))
        .concat();
    for table in ["dependencies", "dev-dependencies"] {
        for name in manifest[table].as_table().unwrap().keys() {
            assert!(
                reasons.contains(&format!("| `{name}` |")),
                "ARCHITECTURE.md does not say why {name}"
            );
            let path = name.replace('-', "_");
            let uses = [
                format!("{path}::"),
                format!("{path} as "),
                format!("{path};"),
            ];
            assert!(
                uses.iter().any(|usage| code.contains(usage)),
                "nobody uses {name}"
            );
        }
    }
}

#[test]
fn the_manifest_and_the_page_name_one_compiler() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let version = manifest["package"]["rust-version"]
        .as_str()
        .unwrap()
        .to_owned();
    for page in ["ARCHITECTURE.md", "README.md"] {
        assert!(
            read(page).contains(&format!("Rust {version}")),
            "{page} does not say Rust {version}"
        );
    }
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed: BTreeSet<String> = ["MIT", "ISC"].map(String::from).into();
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "(MIT OR GPL-3.0) AND ISC",
    ] {
        assert!(permits(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0"] {
        assert!(!permits(bad, &allowed), "{bad}");
    }
}

/// Whether an SPDX expression leaves a choice that is allowed: any of an OR, all of an AND. Parentheses are
/// understood around an OR; the old slash means OR.
fn permits(license: &str, allowed: &BTreeSet<String>) -> bool {
    let license = license.replace('/', " OR ");
    let mut depth = 0;
    // An AND outside parentheses parts what all must hold.
    let parts = license
        .split(' ')
        .fold(vec![String::new()], |mut parts, word| {
            depth += word.matches('(').count();
            depth -= word.matches(')').count();
            match parts.last_mut() {
                Some(part) if word != "AND" || depth > 0 => {
                    part.push(' ');
                    part.push_str(word);
                }
                _ => parts.push(String::new()),
            }
            parts
        });
    parts.iter().all(|part| {
        let plain = part.replace(['(', ')'], "");
        plain
            .split(" OR ")
            .any(|choice| allowed.contains(choice.trim()))
    })
}

/// The licences that an expression names.
fn words(license: &str) -> Vec<String> {
    let plain = license.replace(['(', ')'], "").replace('/', " OR ");
    plain
        .split(" OR ")
        .flat_map(|choice| choice.split(" AND "))
        .map(|choice| choice.trim().to_owned())
        .collect()
}

fn policy() -> Policy {
    toml::from_str(&read(".cargo/deny.toml")).unwrap()
}

fn lock() -> Lock {
    toml::from_str(&read("Cargo.lock")).unwrap()
}

/// What this machine builds; crates of other systems need not be downloaded for it.
fn metadata() -> Metadata {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", &host()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap()
        .to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust code below a folder, as one text.
fn rust_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // They are packages of their own.
        let own = path.ends_with("fuzz") || path.ends_with("mutants");
        if path.is_dir() && !own {
            text.push_str(&rust_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}
