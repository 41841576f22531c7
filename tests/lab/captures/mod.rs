//! The lab replayed against what real servers answered, command for command and reply for reply.
//!
//! Addresses, ids, ports, descriptors, times and figures of the machine are masked. A capture is either
//! replayed or listed with the reason why not; a new one that is neither fails the test.

mod lab;
mod mask;
mod plan;
mod steps;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use pikafo::lab::version::Version;

use self::lab::Lab;
use self::mask::mask;
use self::mask::names;
use self::plan::Compare;
use self::plan::Connections;
use self::plan::PLAIN;
use self::plan::Plan;
use self::plan::Replay;
use self::plan::plan;
use self::steps::Step;
use self::steps::files;
pub(super) use self::steps::read;
use self::steps::steps;
use super::client::Client;
use super::client::ask;

#[tokio::test]
async fn pika_3_4_1() {
    replay_all(Version::V3_4_1).await;
}

#[tokio::test]
async fn pika_3_5_2() {
    replay_all(Version::V3_5_2).await;
}

#[tokio::test]
async fn pika_3_5_5() {
    replay_all(Version::V3_5_5).await;
}

#[tokio::test]
async fn pika_4_0_1() {
    replay_all(Version::V4_0_1).await;
}

#[tokio::test]
async fn hello_with_auth_leaves_the_stream_out_of_step() {
    let lab = Lab::start(Version::V3_5_5, &PLAIN, &[9221]).await;
    let captured = read(Version::V3_5_5, "hello-auth-raw-bytes");
    let wanted = captured
        .lines()
        .last()
        .unwrap()
        .trim_start_matches("b'")
        .trim_end_matches('\'')
        .replace("\\r\\n", "\r\n");
    let mut client = Client::connect(&lab.addr(9221)).await;
    client
        .send(b"*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$2\r\npw\r\n")
        .await;
    let got = client.drain(std::time::Duration::from_millis(200)).await;
    assert_eq!(String::from_utf8(got).unwrap(), wanted);
}

#[tokio::test]
async fn a_subscriber_hears_and_may_do_little() {
    for version in Version::ALL {
        let lab = Lab::start(version, &PLAIN, &[9221]).await;
        let (mut subscriber, mut other) = (
            Client::connect(&lab.addr(9221)).await,
            Client::connect(&lab.addr(9221)).await,
        );
        let mut got = String::new();
        let mut wanted = String::new();
        for step in steps(&read(version, "pubsub-sentinel-hello")) {
            let (words, reply) = match step {
                Step::Command { words, reply, .. } => (words, reply),
                Step::Note(_, below) => {
                    wanted += &below;
                    wanted += "\n";
                    continue;
                }
                Step::Raw { .. } => continue,
            };
            wanted += &reply;
            wanted += "\n";
            let line = words.join(" ");
            let publishes = line.starts_with("PUBLISH") || line.starts_with("PUBSUB");
            let answer = if publishes {
                other.ask(&line).await
            } else {
                subscriber.ask(&line).await
            };
            got += &answer.replace("\r\n", "\n");
            if line.starts_with("PUBLISH") {
                got += &subscriber.reply().await.unwrap().replace("\r\n", "\n");
            }
        }
        let plain = |text: &str| {
            text.lines()
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(plain(&got), plain(&wanted), "{version}");
    }
}

#[tokio::test]
async fn requirepass_set_at_run_time_spares_open_connections() {
    let lab = Lab::start(Version::V3_5_5, &PLAIN, &[9221]).await;
    let addr = lab.addr(9221);
    let mut old = Client::connect(&addr).await;
    assert_eq!(old.ask("CONFIG SET requirepass newpw").await, "+OK\r\n");
    assert_eq!(old.ask("PING").await, "+PONG\r\n");
    assert_eq!(
        ask(&addr, "PING").await,
        "-ERR NOAUTH Authentication required.\r\n"
    );
    for (password, user) in [
        ("newpw", "default"),
        ("", "limit"),
        ("totally-wrong", "limit"),
    ] {
        let mut client = Client::connect(&addr).await;
        assert_eq!(client.ask_words(&["AUTH", password]).await, "+OK\r\n");
        assert_eq!(
            client.ask("ACL WHOAMI").await,
            format!("${}\r\n{user}\r\n", user.len())
        );
    }
}

/// Replays every capture of a version, and tells all differences at once.
async fn replay_all(version: Version) {
    let mut wrong = Vec::new();
    let mut replayed = 0;
    for file in files(version) {
        match plan(version, &file) {
            None => wrong.push(format!("{file}: neither replayed nor listed with a reason")),
            Some(Plan::Not(_)) => {}
            Some(Plan::Replay(how)) => {
                replayed += 1;
                wrong.extend(
                    replay(version, &file, &how)
                        .await
                        .into_iter()
                        .map(|what| format!("{file}: {what}")),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences in {replayed} captures:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(replayed > 20);
}

async fn replay(version: Version, file: &str, how: &Replay) -> Vec<String> {
    let steps = steps(&read(version, file));
    let mut ports: Vec<u16> = Vec::new();
    for step in &steps {
        if let Step::Command { port, .. } = step
            && !ports.contains(port)
        {
            ports.push(*port);
        }
    }
    let master = ports.iter().min().copied().unwrap_or(9221);
    let base = if how.replicas.is_empty() {
        master
    } else {
        master / 100 * 100 + 21
    };
    let base = if file == "multi-exec-on-a-slave" {
        master - 10
    } else {
        base
    };
    ports.extend([base, base + 10, base + 20]);
    ports.sort_unstable();
    ports.dedup();
    let lab = Lab::start(version, how, &ports).await;
    lab.prepare(how, base).await;
    let mut wrong = Vec::new();
    let mut open: BTreeMap<u16, Client> = BTreeMap::new();
    let mut one = how.connections == Connections::One;
    for step in steps {
        match step {
            Step::Note(note, _) if note.starts_with(how.until) => break,
            Step::Note(note, _) => {
                open.clear();
                if let Connections::OneFrom(from) = how.connections {
                    one |= note.contains(from);
                }
                lab.heed(how, base, &note).await;
            }
            Step::Raw { sent, reply } => {
                let mut client = Client::connect(&lab.addr(base)).await;
                client.send(&sent).await;
                let mut got = String::new();
                for _ in 0..reply.matches("+PONG").count().max(1) {
                    got += &client.reply().await.unwrap();
                }
                compare(&lab, how, "raw", &reply, &got, &mut wrong);
            }
            Step::Command { port, words, reply } => {
                if how.skip.contains(&words[0].as_str()) {
                    continue;
                }
                // From here on the capture only narrates, or the real server had died.
                if reply.contains("<<") || words.iter().any(|word| word == "newpw") {
                    break;
                }
                let words: Vec<String> = words.iter().map(|word| lab.to_lab(word)).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let fresh;
                let client = if one {
                    match open.entry(port) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(free) => free.insert(Client::connect(&lab.addr(port)).await),
                    }
                } else {
                    fresh = Client::connect(&lab.addr(port)).await;
                    &mut { fresh }
                };
                let got = if reply.ends_with("*8") {
                    // An error whose line does not end: the rest is an array that nobody asked for.
                    let got = client.ask_words(&words).await;
                    open.remove(&port);
                    got
                } else {
                    client.ask_words(&words).await
                };
                compare(&lab, how, &words.join(" "), &reply, &got, &mut wrong);
            }
        }
    }
    wrong
}

fn compare(lab: &Lab, how: &Replay, what: &str, wanted: &str, got: &str, wrong: &mut Vec<String>) {
    let got = lab.to_capture(&got.replace("\r\n", "\n"));
    let (wanted, got) = match how.compare {
        Compare::Replies => (mask(wanted), mask(&got)),
        Compare::Names => (names(wanted), names(&got)),
    };
    if wanted != got {
        wrong.push(format!("{what}\n   wanted {wanted:?}\n   got    {got:?}"));
    }
}
