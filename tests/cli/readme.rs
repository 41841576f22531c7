//! The README is run: its blocks on three real servers, its YAML through the reader, its tables against the code.
//!
//! A `console` block holds commands after `$ ` and what they print, both streams together. A line `...` stands for
//! any lines. Comments in front of blocks say what happens to the servers meanwhile. Addresses are those of a
//! network that an operator might have; times, counts and names of operations are compared as such.

use std::fs;
use std::process::Command;
use std::process::Stdio;

use clap::CommandFactory as _;
use pikafo::cli::Cli;
use tempfile::TempDir;

use super::config;
use crate::live::redis::RedisServer;
use crate::live::until::until;

const README: &str = include_str!("../../README.md");

/// Where the README says that the servers are.
const SHOWN: [&str; 3] = ["10.0.0.1:9221", "10.0.0.2:9221", "10.0.0.3:9221"];

/// A piece of the README.
#[derive(Debug)]
enum Piece {
    /// What is in a comment.
    Direction(String),
    /// Language and text.
    Block(String, String),
}

#[tokio::test]
async fn the_blocks_do_what_they_say() {
    let mut scene = Scene::new();
    let mut file = None;
    let mut ran = 0;
    let mut wrong = Vec::new();
    for piece in pieces(README) {
        match piece {
            Piece::Direction(text) => match text.split_once(' ') {
                None if text == "trio" => scene.link().await,
                None if text == "lab" => {}
                Some(("file", name)) => file = Some(name.to_owned()),
                Some(("kill", addr)) => scene.server(addr).sigkill(),
                Some(("start", addr)) => scene.server(addr).restart(),
                _ => panic!("what is {text:?}?"),
            },
            Piece::Block(language, text) if language == "console" => {
                ran += 1;
                wrong.extend(scene.play(&text));
            }
            Piece::Block(_, text) => {
                if let Some(name) = file.take() {
                    fs::write(scene.dir.path().join(name), scene.real(&text)).unwrap();
                }
            }
        }
    }
    assert!(ran > 5, "only {ran} blocks were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_yaml_is_the_one_that_the_tests_of_the_reader_hold_to() {
    assert!(README.contains(config::EXAMPLE));
}

#[test]
fn every_command_is_told() {
    let command = Cli::command();
    for command in command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = command.get_name();
        assert!(README.contains(&format!("| `{name}")), "no line on {name}");
    }
}

#[test]
fn every_exit_code_is_told_as_in_the_manual() {
    let files = pikafo::cmd::generate::files();
    let (_, page) = files
        .iter()
        .find(|(path, _)| path.ends_with("pikafo.1"))
        .unwrap();
    let exits = page.split(".SH \"EXIT STATUS\"\n").nth(1).unwrap();
    let exits = exits.split(".SH").next().unwrap();
    let mut told = 0;
    for entry in exits.split(".TP\n").skip(1) {
        let (code, text) = entry.trim().split_once('\n').unwrap();
        let code = code.trim_start_matches("\\fB").trim_end_matches("\\fR");
        let line = format!(
            "| {code} | {} |",
            text.replace("\\-", "-").trim_end_matches('.')
        );
        assert!(README.contains(&line), "the README lacks: {line}");
        told += 1;
    }
    assert_eq!(told, 13);
}

/// Three servers, a folder, and the program on the path.
struct Scene {
    dir: TempDir,
    /// In the order of [`SHOWN`], and of their ports, for the smaller address wins a tie.
    servers: Vec<RedisServer>,
}

impl Scene {
    fn new() -> Self {
        let mut servers = vec![
            RedisServer::start(&[]),
            RedisServer::start(&[]),
            RedisServer::start(&[]),
        ];
        servers.sort_by_key(|server| server.addr().port());
        Self {
            dir: tempfile::tempdir().unwrap(),
            servers,
        }
    }

    /// Makes the first one the master of the others, and waits until it says so.
    async fn link(&self) {
        let [master, replicas @ ..] = self.servers.as_slice() else {
            panic!("three servers");
        };
        for replica in replicas {
            replica.follow(master).await;
        }
        for replica in replicas {
            let synced = async || {
                let reply = replica.call(&["INFO", "replication"]).await;
                format!("{reply:?}")
            };
            until(synced, |info| info.contains("master_link_status:up")).await;
        }
        let online = async || {
            let reply = master.call(&["INFO", "replication"]).await;
            format!("{reply:?}")
        };
        until(online, |info| {
            info.matches("state=online").count() == replicas.len()
        })
        .await;
    }

    fn server(&mut self, shown: &str) -> &mut RedisServer {
        let at = SHOWN.iter().position(|addr| *addr == shown).unwrap();
        &mut self.servers[at]
    }

    /// Runs the commands of a block; gives those that printed something else than they should.
    fn play(&self, block: &str) -> Vec<String> {
        let sessions = block.split("$ ").skip(1);
        let played = sessions.map(|session| {
            let (command, expected) = session.split_once('\n').unwrap_or((session, ""));
            let printed = self.shown(&self.sh(&self.real(command)));
            (command, expected, printed)
        });
        played
            .filter(|(_, expected, printed)| !matches(&lines(expected), &lines(printed)))
            .map(|(command, expected, printed)| {
                format!("$ {command}\n--- the README says\n{expected}\n--- it printed\n{printed}")
            })
            .collect()
    }

    fn sh(&self, command: &str) -> String {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_pikafo"));
        let path = [
            program.parent().unwrap().to_str().unwrap(),
            "/usr/local/bin:/usr/bin:/bin",
        ]
        .join(":");
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {command}; }} 2>&1")])
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", path)
            .env("USER", "ann")
            .env("LANG", "C.UTF-8")
            .env("STATE_DIRECTORY", self.dir.path().join("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn real(&self, text: &str) -> String {
        self.pairs().fold(text.to_owned(), |text, (shown, real)| {
            text.replace(shown, &real)
        })
    }

    fn shown(&self, text: &str) -> String {
        self.pairs().fold(text.to_owned(), |text, (shown, real)| {
            text.replace(&real, shown)
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        SHOWN
            .into_iter()
            .zip(self.servers.iter().map(|server| server.addr().to_string()))
    }
}

/// Directions and blocks in their order.
fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut block: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => {
                let (language, text) = block.take().unwrap();
                pieces.push(Piece::Block(language, text));
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {
                let comment = line
                    .strip_prefix("<!-- ")
                    .and_then(|rest| rest.strip_suffix(" -->"));
                pieces.extend(comment.map(|text| Piece::Direction(text.to_owned())));
            }
        }
    }
    pieces
}

/// Lines as words, with what differs from run to run replaced; empty lines do not count.
fn lines(text: &str) -> Vec<String> {
    let words = |line: &str| {
        line.split_whitespace()
            .map(word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.lines()
        .map(words)
        .filter(|line| !line.is_empty())
        .collect()
}

/// A number, a version, a time, an operation, a person, a port of loopback: as what it is.
fn word(text: &str) -> String {
    let bare = text.trim_matches(['(', ')', ',', ';', '.']);
    let stands_for = if bare.parse::<f64>().is_ok() {
        "NUMBER"
    } else if bare.contains('.') && bare.split('.').all(|part| part.parse::<u32>().is_ok()) {
        "VERSION"
    } else if ["µs", "ms", "s", "min"].contains(&bare) {
        "UNIT"
    } else if bare.starts_with("20") && bare.contains('T') && bare.contains(['Z', ':']) {
        "MOMENT"
    } else if bare.contains('@') {
        "PERSON"
    } else if bare.starts_with("127.0.0.1:") {
        "LOOPBACK"
    } else {
        return text.to_owned();
    };
    text.replace(bare, stands_for)
}

/// Whether the lines are the expected ones, in which `...` stands for any number of lines.
fn matches(expected: &[String], printed: &[String]) -> bool {
    match expected {
        [] => printed.is_empty(),
        [any, rest @ ..] if any == "..." => {
            (0..=printed.len()).any(|skip| matches(rest, &printed[skip..]))
        }
        [line, rest @ ..] => printed.first() == Some(line) && matches(rest, &printed[1..]),
    }
}

#[test]
fn what_differs_in_a_word_is_found() {
    assert_eq!(
        lines("promote b (459 µs)\n\n"),
        lines("promote  b (1.2 ms)").as_slice()
    );
    assert_ne!(lines("promote b"), lines("promote c"));
    let any = ["a", "...", "z"].map(String::from);
    assert!(matches(&any, &["a", "b", "c", "z"].map(String::from)));
    assert!(!matches(&any, &["a", "b", "c"].map(String::from)));
}
