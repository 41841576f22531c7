//! `include` in a stock file: the lines of other files in its place, as Redis reads them.
//!
//! A pattern with `*`, `?` or `[` stands for what it matches, in the order of the names, and for nothing where it
//! matches nothing; a file that is named outright must be there. A relative path starts at the `dir` that was read
//! before it, if any.

use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::conf_line::Directive;
use super::conf_line::directives;
use super::problem::Problem;
use super::read;

/// Files that include each other end here.
const DEEPEST: u32 = 16;

/// Every line of a file and of those that it includes, and where each stands.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) found: Vec<(PathBuf, Directive)>,
    pub(super) problems: Vec<Problem>,
    dir: PathBuf,
}

impl Lines {
    /// Of `text`, which came from `origin`. Other files are read only where they are to be followed; otherwise
    /// `include` is a line as any other.
    pub(super) fn of(text: &str, origin: &Path, follow: bool) -> Self {
        let mut lines = Self::default();
        lines.read(text, origin, if follow { DEEPEST } else { 0 });
        lines
    }

    fn read(&mut self, text: &str, origin: &Path, depth: u32) {
        for line in directives(text) {
            match line {
                Err(number) => {
                    let problem = Problem::of_file(origin, "quotes are not balanced");
                    self.problems.push(problem.at(number, 1));
                }
                Ok(line) if line.is("include") && line.words.len() == 2 && depth > 0 => {
                    self.include(&line, origin, depth);
                }
                Ok(line) => {
                    if line.is("dir") {
                        self.dir = self.dir.join(line.word(1));
                    }
                    self.found.push((origin.to_owned(), line));
                }
            }
        }
    }

    fn include(&mut self, line: &Directive, origin: &Path, depth: u32) {
        let path = self.dir.join(line.word(1));
        if depth == 1 {
            let text = format!(
                "{} is included too deeply; does it include itself?",
                path.display()
            );
            self.problems
                .push(Problem::of_file(origin, text).at(line.number, 1));
            return;
        }
        let files = if line.word(1).contains(WILD) {
            matching(&path)
        } else {
            vec![path]
        };
        for file in files {
            match read::text(&file) {
                Ok(text) => self.read(&text, &file, depth - 1),
                Err(problems) => self.problems.extend(problems.list),
            }
        }
    }
}

const WILD: [char; 3] = ['*', '?', '['];

/// The paths that a pattern matches, sorted.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str().to_string_lossy();
        if !(matches!(part, Component::Normal(_)) && name.contains(WILD)) {
            found = found.iter().map(|path| path.join(part)).collect();
            continue;
        }
        let wanted: Vec<char> = name.chars().collect();
        found = found
            .iter()
            .flat_map(|path| entries(path))
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name: Vec<char> = name.chars().collect();
                let hidden = name.first() == Some(&'.') && wanted.first() != Some(&'.');
                !hidden && matches(&wanted, &name)
            })
            .collect();
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}

/// What is in a folder; nothing where there is none.
fn entries(path: &Path) -> Vec<PathBuf> {
    let here = Path::new(".");
    let shown = if path.as_os_str().is_empty() {
        here
    } else {
        path
    };
    let names = fs::read_dir(shown).into_iter().flatten().flatten();
    names.map(|entry| path.join(entry.file_name())).collect()
}

/// As the shell matches: `*`, `?`, `[a-z]`, `[!a]`, and a backslash before what stands for itself.
fn matches(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=name.len()).any(|skip| {
            let left = name.get(skip..).unwrap_or_default();
            matches(rest, left)
        }),
        (['?', rest @ ..], [_, name @ ..]) => matches(rest, name),
        (['[', set @ ..], [c, rest_of_name @ ..]) => match one_of(set, *c) {
            Some((true, rest)) => matches(rest, rest_of_name),
            Some((false, _)) => false,
            None => *c == '[' && matches(set, rest_of_name),
        },
        (['\\', literal, rest @ ..] | [literal, rest @ ..], [c, name @ ..]) => {
            literal == c && matches(rest, name)
        }
        (_, []) | ([], _) => false,
    }
}

/// Whether a set has the letter, and what follows the set; `None` where it is not closed.
fn one_of(set: &[char], c: char) -> Option<(bool, &[char])> {
    let (negated, set) = match set {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, set),
    };
    // A bracket that comes first is a letter.
    let close = set.iter().skip(1).position(|c| *c == ']')? + 1;
    let (mut left, rest) = (set.get(..close)?, set.get(close + 1..)?);
    let mut found = false;
    loop {
        left = match left {
            [] => return Some((found != negated, rest)),
            [from, '-', to, more @ ..] => {
                found |= (*from..=*to).contains(&c);
                more
            }
            [one, more @ ..] => {
                found |= *one == c;
                more
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let fits = |pattern: &str, name: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            matches(&chars(pattern), &chars(name))
        };
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[0-9]*", "10-tls", true),
            ("[!0-9]*", "10-tls", false),
            ("[]x]", "]", true),
            ("a[b", "a[b", true),
            (r"\*", "*", true),
            (r"\*", "a", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn files_stand_in_the_place_of_their_include() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        fs::create_dir(dir.path().join("d")).unwrap();
        put("d/20.conf", "port 3\n");
        put("d/10.conf", "port 2\ninclude ../last\n");
        put("d/.hidden.conf", "port 9\n");
        put("last", "port 4 \"\n");
        let text = format!(
            "port 1\ndir {}/d\ninclude *.conf\ninclude none*\nport 5\ninclude gone\n",
            dir.path().display()
        );
        let read = Lines::of(&text, Path::new("s.conf"), true);
        let ports: Vec<&str> = read.found.iter().map(|(_, line)| line.word(1)).collect();
        assert_eq!(ports.len(), 5, "{ports:?}");
        assert_eq!((ports[0], &ports[2..]), ("1", &["2", "3", "5"][..]));
        assert!(read.found[2].0.ends_with("d/10.conf"));
        let told: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        assert!(told.contains("last:1:1: quotes"), "{told}");
        assert!(told.contains("gone:"), "{told}");
        let pure = Lines::of(&text, Path::new("s.conf"), false);
        assert_eq!(pure.found.len(), 6);
    }

    #[test]
    fn a_file_that_includes_itself_comes_to_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.conf");
        let text = format!("include {}\n", path.display());
        fs::write(&path, &text).unwrap();
        let read = Lines::of(&text, &path, true);
        assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    }
}
