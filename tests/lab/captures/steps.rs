//! Captures, as they lie there.

use std::path::PathBuf;

use pikafo::lab::version::Version;

/// One step of a capture.
pub(super) enum Step {
    /// And what stands below it.
    Note(String, String),
    Command {
        port: u16,
        words: Vec<String>,
        reply: String,
    },
    Raw {
        sent: Vec<u8>,
        reply: String,
    },
}

pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in format!("\n{text}").split("\n### ").skip(1) {
        let (head, reply) = part.split_once('\n').unwrap_or((part, ""));
        let reply = reply.trim_end_matches('\n').to_owned();
        let command = head
            .strip_prefix('[')
            .and_then(|head| head.split_once("] > "));
        if let Some((port, rest)) = command {
            let line = rest.rsplit_once("   (").map_or(rest, |(line, _)| line);
            let words = line.split(' ').map(str::to_owned).collect();
            steps.push(Step::Command {
                port: port.parse().unwrap(),
                words,
                reply,
            });
        } else if let Some(raw) = head.strip_prefix("sent b'") {
            let sent = raw
                .trim_end_matches('\'')
                .replace("\\r\\n", "\r\n")
                .into_bytes();
            steps.push(Step::Raw { sent, reply });
        } else {
            steps.push(Step::Note(head.trim().to_owned(), reply));
        }
    }
    steps
}

fn folder(version: Version) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/pika-{version}"))
}

pub(in crate::lab) fn read(version: Version, file: &str) -> String {
    let text = std::fs::read_to_string(folder(version).join(format!("{file}.txt"))).unwrap();
    // Some captures keep the carriage returns of the wire in places.
    text.replace('\r', "")
}

pub(super) fn files(version: Version) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder(version))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .trim_end_matches(".txt")
                .to_owned()
        })
        .collect();
    names.sort_unstable();
    assert!(!names.is_empty());
    names
}
