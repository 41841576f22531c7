//! The lab replayed against what real servers answered, command for command and reply for reply.
//!
//! Addresses, ids, ports, descriptors, times and figures of the machine are masked. A capture is either
//! replayed or listed with the reason why not; a new one that is neither fails the test.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::version::Version;

use super::client::Client;
use super::client::ask;
use super::client::until;
use super::client::until_field;

/// What to do with one capture.
enum Plan {
    Replay(Replay),
    /// And why.
    Not(#[expect(dead_code, reason = "for whoever reads the list")] &'static str),
}

/// How a capture is replayed.
#[derive(Clone, Copy)]
struct Replay {
    /// Nodes that follow the first one, linked in this order before the first command: how far their
    /// ports are from the first one's.
    replicas: &'static [u16],
    /// Settings of every node.
    config: &'static [(&'static str, &'static str)],
    /// Commands on the first node, before anything is compared.
    before: &'static [&'static str],
    connections: Connections,
    compare: Compare,
    /// The annotation from which on the capture is a timeline, or asks on connections that it does not tell.
    until: &'static str,
    /// A write on the first node that the capture does not tell, after this annotation.
    write: Option<(&'static str, &'static str)>,
    /// Commands whose reply hangs on the machine's load.
    skip: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Connections {
    /// Every command has its own.
    Each,
    /// One for each node; an annotation begins new ones.
    One,
    /// As `Each` until this annotation, then as `One`.
    OneFrom(&'static str),
}

#[derive(Clone, Copy, PartialEq)]
enum Compare {
    Replies,
    /// Only the names of fields and their order: the figures are the machine's.
    Names,
}

const PLAIN: Replay = Replay {
    replicas: &[],
    config: &[],
    before: &[],
    connections: Connections::Each,
    compare: Compare::Replies,
    until: "\0",
    write: None,
    skip: &[],
};
const ONE: Replay = Replay {
    connections: Connections::One,
    ..PLAIN
};
const NAMES: Replay = Replay {
    compare: Compare::Names,
    before: KEYS,
    ..PLAIN
};
const LINKED: Replay = Replay {
    replicas: &[10, 20],
    before: &["SET a 1"],
    ..PLAIN
};
/// What the captures' standalone server held: three records of 70 bytes.
const KEYS: &[&str] = &["SET k0 1", "SET k1 1", "SET k2 1"];
const PASSWORDS: &[(&str, &str)] = &[
    ("requirepass", "secret"),
    ("masterauth", "secret"),
    ("userpass", "guest"),
    ("userblacklist", "shutdown,config"),
];

fn plan(version: Version, file: &str) -> Option<Plan> {
    Some(Plan::Replay(match file {
        "auth-01" => Replay {
            config: PASSWORDS,
            connections: Connections::OneFrom("connection with AUTH secret"),
            until: "linking slaves",
            ..PLAIN
        },
        "auth-02-requirepass-only" => Replay {
            config: &[("requirepass", "secret")],
            until: "slave without",
            ..PLAIN
        },
        "auth-03-userpass-only" => Replay {
            config: &[("userpass", "guest")],
            ..PLAIN
        },
        "client"
        | "config-set"
        | "dbslaveof-standalone"
        | "debug"
        | "hello"
        | "ping-echo"
        | "role"
        | "scripts"
        | "select"
        | "wait"
        | "config-get-some"
        | "config-get-all"
        | "fence-00-acl-and-others" => PLAIN,
        "sentinel-and-repl-cmds" => Replay {
            skip: &["SLOWLOG"],
            ..PLAIN
        },
        "dbsize" => Replay {
            before: &["MSET a 1 b 1 c 1", "INFO keyspace 1"],
            ..PLAIN
        },
        "info-section-bad" | "info-section-replication" | "slaveof-standalone" => Replay {
            before: KEYS,
            ..PLAIN
        },
        "inline" => Replay {
            before: KEYS,
            ..ONE
        },
        "multi-plain" => Replay {
            before: &["SET k0 1", "SET k1 1", "SET k2 1", "SET a b"],
            ..ONE
        },
        "multi-sentinel-slaveof-no-one" => ONE,
        "info-section-cache"
        | "info-section-clients"
        | "info-section-cpu"
        | "info-section-data"
        | "info-section-debug"
        | "info-section-keyspace"
        | "info-section-rocksdb"
        | "info-section-server"
        | "info-section-stats"
        | "info-keyspace-1"
        | "info-default"
        | "info-all" => NAMES,
        "info-keyspace-2" => Replay {
            before: &["MSET a 1 b 1 c 1", "INFO keyspace 1"],
            ..NAMES
        },
        "info-section-commandstats" | "info-section-command_exec_count" => Replay {
            before: &["INFO"],
            ..NAMES
        },
        "info-replication-master-linked" | "info-replication-slave-linked" => LINKED,
        "info-debug-linked" | "info-all-master" | "info-all-slave" => Replay {
            compare: Compare::Names,
            ..LINKED
        },
        "slave-cmds" if version == Version::V4_0_1 => {
            return Some(Plan::Not(
                "localhost as master was resolved in the end; when is not determined",
            ));
        }
        "slave-cmds" => Replay {
            connections: Connections::One,
            ..LINKED
        },
        // One replica had left, and on 4.0.1 come back.
        "master-cmds" if version == Version::V4_0_1 => Replay {
            replicas: &[20, 10],
            ..LINKED
        },
        "master-cmds" => Replay {
            replicas: &[20],
            ..LINKED
        },
        "multi-exec-on-a-slave" => Replay {
            replicas: &[10],
            connections: Connections::One,
            ..PLAIN
        },
        "repl-12-multi-promote-slave" => {
            return Some(Plan::Not(
                "its second half mixes raw pushes of a subscriber in; see the tests of MULTI and pub/sub",
            ));
        }
        "pubsub-sentinel-hello" => {
            return Some(Plan::Not(
                "two connections take turns without saying so; replayed by hand below",
            ));
        }
        "hello-auth-raw-bytes" => return Some(Plan::Not("raw bytes; compared by hand below")),
        "auth-04-config-set-requirepass" => {
            return Some(Plan::Not(
                "old and new connections take turns; replayed by hand below",
            ));
        }
        "client-redis-cli" | "client-redis-py" => {
            return Some(Plan::Not(
                "what a client library made of it, not what the server said",
            ));
        }
        "client-kill" | "extra-07-client-kill-under-traffic" | "fence-08-client-kill-all-leaks" => {
            return Some(Plan::Not(
                "tells when sockets close, not what is answered; see server.rs",
            ));
        }
        "config-rewrite" => {
            return Some(Plan::Not(
                "the difference of two files of the real server; see conf.rs",
            ));
        }
        "config-set-maxclients-crash" => return Some(Plan::Not("the server dies; see server.rs")),
        "shutdown"
        | "repl-18-shutdown-master"
        | "extra-09-stop-by-shutdown"
        | "extra-09-stop-by-term"
        | "restart-and-rsync-daemon" => {
            return Some(Plan::Not("tells when a process ends; see server.rs"));
        }
        "repl-01-fresh-link" => Replay {
            write: Some(("41] link up", "SET a 1")),
            ..PLAIN
        },
        "fence-04-slaveof-as-fence" => return Some(Plan::Not("see closed_port.rs")),
        name if name.starts_with("repl-")
            || name.starts_with("extra-")
            || name.starts_with("dup-")
            || name.starts_with("fence-") =>
        {
            return Some(Plan::Not(
                "a timeline with writes, kills and pauses that the capture only narrates; see replication.rs",
            ));
        }
        "real-redis-sentinel-7.0.15" => {
            return Some(Plan::Not("a stock Sentinel's view of a failover"));
        }
        _ => return None,
    }))
}

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

/// The nodes of one replay, and what their ports are in the capture.
struct Lab {
    nodes: BTreeMap<u16, (tempfile::TempDir, LabNode)>,
}

impl Lab {
    async fn start(version: Version, how: &Replay, ports: &[u16]) -> Self {
        let mut nodes = BTreeMap::new();
        for port in ports {
            let dir = tempfile::tempdir().unwrap();
            let mut options = NodeOptions::new(0, dir.path(), version);
            for (key, value) in how.config {
                options = options.config(key, value);
            }
            nodes.insert(
                *port,
                (dir, LabNode::start_anywhere(options).await.unwrap()),
            );
        }
        Self { nodes }
    }

    fn addr(&self, port: u16) -> pikafo::decide::name::Addr {
        self.nodes[&port].1.addr()
    }

    async fn prepare(&self, how: &Replay, master: u16) {
        for line in how.before {
            ask(&self.addr(master), line).await;
        }
        for (count, shift) in (1..).zip(how.replicas) {
            let replica = master + shift;
            let line = format!("SLAVEOF 127.0.0.1 {}", self.addr(master).port());
            ask(&self.addr(replica), &line).await;
            until_field(&self.addr(replica), "master_link_status", "up").await;
            until("all stream", || async {
                let info = ask(&self.addr(master), "INFO replication").await;
                info.matches("lag=(db0:0)").count() == count
            })
            .await;
        }
    }

    /// Does what an annotation says has happened.
    async fn heed(&self, how: &Replay, master: u16, note: &str) {
        if let Some((head, _)) = note.split_once("] link up after") {
            let port = head.rsplit('[').next().unwrap().parse().unwrap();
            until_field(&self.addr(port), "master_link_status", "up").await;
        }
        if let Some((after, line)) = how.write
            && note.contains(after)
        {
            ask(&self.addr(master), line).await;
            for (_, node) in self.nodes.values() {
                until("everybody has the write", || async {
                    let ours = ask(&self.addr(master), "INFO replication").await;
                    let theirs = ask(&node.addr(), "INFO replication").await;
                    !ours.contains("syncing") && position(&ours) == position(&theirs)
                })
                .await;
            }
        }
    }

    fn to_lab(&self, text: &str) -> String {
        self.with_ports(text, |from, to| (from, to))
    }

    fn to_capture(&self, text: &str) -> String {
        let text = self
            .nodes
            .iter()
            .fold(text.to_owned(), |text, (port, (dir, _))| {
                text.replace(
                    &dir.path().display().to_string(),
                    &format!("/var/lib/pika/{port}"),
                )
            });
        self.with_ports(&text, |from, to| (to, from))
    }

    /// Puts one port for another, in one pass and only where it stands alone: not inside an id, and not
    /// again when the new one is another node's old one.
    fn with_ports(&self, text: &str, way: fn(u16, u16) -> (u16, u16)) -> String {
        let ports: BTreeMap<String, String> = self
            .nodes
            .iter()
            .map(|(captured, (_, node))| way(*captured, node.addr().port()))
            .map(|(from, to)| (from.to_string(), to.to_string()))
            .collect();
        let mut result = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            let (head, tail) = rest.split_at(word);
            result += ports.get(head).map_or(head, String::as_str);
            let gap = tail
                .find(|c: char| c.is_ascii_alphanumeric())
                .unwrap_or(tail.len());
            result += &tail[..gap];
            rest = &tail[gap..];
        }
        result
    }
}

fn position(info: &str) -> &str {
    info.lines()
        .find(|line| line.contains("binlog_offset="))
        .unwrap()
}

/// One step of a capture.
enum Step {
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

fn steps(text: &str) -> Vec<Step> {
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

/// Masks what cannot be the same on two machines.
fn mask(reply: &str) -> Vec<String> {
    let mut lines: Vec<String> = reply
        .trim_end_matches('\n')
        .lines()
        .map(mask_line)
        .collect();
    // TIME.
    if lines.len() == 5
        && lines[0] == "*2"
        && lines[1] == "$10"
        && lines[2].bytes().all(|b| b.is_ascii_digit())
    {
        lines = vec!["a time".to_owned()];
    }
    lines
}

fn mask_line(line: &str) -> String {
    let hex = |text: &str| {
        matches!(text.len(), 40 | 50) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if line.starts_with('$')
        && line.len() > 1
        && line[1..]
            .parse::<u32>()
            .is_ok_and(|length| length > 3 && length != 10)
    {
        return "$#".to_owned();
    }
    if hex(line) {
        return "id".to_owned();
    }
    if let Some((name, id)) = line.split_once(':')
        && hex(id.trim())
    {
        return format!("{name}:{}id", if id.starts_with(' ') { " " } else { "" });
    }
    if line.starts_with("addr=") {
        return "addr=…".to_owned();
    }
    match line.split_once("conn_fd=") {
        Some((head, tail)) => format!(
            "{head}conn_fd=#{}",
            tail.trim_start_matches(|c: char| c.is_ascii_digit())
        ),
        None => line.to_owned(),
    }
}

/// Names of fields, without their figures.
fn names(reply: &str) -> Vec<String> {
    let counted = [
        "SET", "INFO", "CONFIG", "PING", "set", "info", "config", "mset", "MSET", "SLAVEOF",
        "slaveof", "dbsize", "DBSIZE",
    ];
    reply
        .trim_end_matches('\n')
        .lines()
        .filter(|line| !line.starts_with('$') && !line.contains(".L0."))
        .map(|line| {
            let end = line.find(|c: char| {
                c == ':' || c == '=' || c.is_ascii_digit() && line.starts_with(' ')
            });
            line[..end.unwrap_or(line.len())].to_owned()
        })
        .filter(|name| !counted.contains(&name.as_str()))
        .collect()
}

fn folder(version: Version) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/pika-{version}"))
}

pub(super) fn read(version: Version, file: &str) -> String {
    let text = std::fs::read_to_string(folder(version).join(format!("{file}.txt"))).unwrap();
    // Some captures keep the carriage returns of the wire in places.
    text.replace('\r', "")
}

fn files(version: Version) -> Vec<String> {
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
