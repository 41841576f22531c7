//! Every stable code is listed where the man pages find it, and named by a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pikafo::decide::codes::FOLLOW_UPS;
use pikafo::decide::codes::JUDGEMENTS;
use pikafo::decide::codes::REFUSALS;
use pikafo::decide::codes::WATCHING;
use pikafo::decide::health::catalogue;

fn listed() -> BTreeSet<&'static str> {
    let lists = [REFUSALS, JUDGEMENTS, FOLLOW_UPS, WATCHING];
    let own = lists.into_iter().flatten().map(|(code, _)| *code);
    own.chain(catalogue::ALL.iter().map(|kind| kind.code))
        .collect()
}

/// Text between quotes, or in brackets at the end of a message, that is written as a code.
fn codes(source: &str, found: &mut BTreeSet<String>) {
    let families: BTreeSet<&str> = listed()
        .iter()
        .filter_map(|code| code.split_once('.'))
        .map(|(family, _)| family)
        .collect();
    for word in source.split(['"', '[', ']', '\n']) {
        let code = word.split_once('.').is_some_and(|(family, rest)| {
            families.contains(family)
                && !rest.is_empty()
                && rest
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
                && !matches!(rest, "json" | "yaml" | "conf" | "rs")
        });
        if code {
            found.insert(word.to_owned());
        }
    }
}

fn walk(dir: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else if path.extension().is_some_and(|e| e == "rs") {
            visit(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// Invented by tests, to be refused.
const INVENTED: &[&str] = &["candidate.link", "candidate.never"];

#[test]
fn no_code_is_used_that_is_not_listed() {
    let mut used = BTreeSet::new();
    walk(Path::new("src"), &mut |_, text| codes(text, &mut used));
    assert!(used.len() > 80, "{used:?}");
    let listed = listed();
    let unknown: Vec<_> = used
        .iter()
        .filter(|code| !listed.contains(code.as_str()) && !INVENTED.contains(&code.as_str()))
        .collect();
    assert!(unknown.is_empty(), "in no catalogue: {unknown:?}");
}

/// Lines that are there to produce it, not to list it.
#[test]
fn every_code_is_named_by_a_test() {
    let mut tested = BTreeSet::new();
    walk(Path::new("tests"), &mut |_, text| codes(text, &mut tested));
    walk(Path::new("src"), &mut |path, text| {
        if path.ends_with("decide/codes.rs") {
            return;
        }
        let tests = |name: &std::ffi::OsStr| name == "tests" || name == "tests.rs";
        let of_tests = path.components().any(|c| tests(c.as_os_str()));
        if of_tests || path.ends_with("scenarios.rs") {
            codes(text, &mut tested);
        } else if let Some((_, tests)) = text.split_once("#[cfg(test)]\nmod tests {") {
            codes(tests, &mut tested);
        }
        // Golden histories name codes after a colon.
        for (code, _) in FOLLOW_UPS.iter().chain(JUDGEMENTS) {
            let golden = text.contains(&format!(" {code}")) && text.contains("assert_snapshot");
            if golden {
                tested.insert((*code).to_owned());
            }
        }
    });
    let lists = [REFUSALS, JUDGEMENTS, FOLLOW_UPS];
    let untested: Vec<_> = lists
        .into_iter()
        .flatten()
        .map(|(code, _)| *code)
        .filter(|code| code.contains('.') && !tested.contains(*code))
        .collect();
    assert!(untested.is_empty(), "no test names {untested:?}");
}
