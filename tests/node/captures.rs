//! Every INFO body that real Pika servers answered, compared with what an independent, plain reading of the
//! same lines says, and with what the recorder wrote beside it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use pikafo::decide::facts::DbLag;
use pikafo::decide::facts::DbState;
use pikafo::decide::facts::Flavor;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Replication;
use pikafo::decide::facts::Role;
use pikafo::decide::position::BinlogPoint;
use pikafo::decide::position::Position;
use pikafo::node::info;

const VERSIONS: [&str; 4] = ["pika-3.4.1", "pika-3.5.2", "pika-3.5.5", "pika-4.0.1"];

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/captures")
        .join(version)
}

/// A capture as bytes: some hold raw protocol, and lengths count bytes.
fn read(version: &str, name: &str) -> Vec<u8> {
    let path = folder(version).join(name);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// One reply to INFO: who was asked, what, and the body.
#[derive(Debug)]
struct Body {
    port: String,
    section: String,
    text: String,
    /// The annotation before the question, if it was about the same port.
    before: Option<String>,
}

/// The INFO bodies of a capture, in order.
fn bodies(capture: &[u8]) -> Vec<Body> {
    let mut found = Vec::new();
    let mut rest = capture;
    let mut last = String::new();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        if let Some((port, section)) = question(&line)
            && let Some((text, after)) = bulk(rest)
        {
            let before = last.contains(&format!("[{port}]")).then(|| last.clone());
            found.push(Body {
                port,
                section,
                text,
                before,
            });
            rest = after;
        }
        if line.starts_with("###") {
            last = line;
        }
    }
    found
}

/// `### [9221] > INFO replication   (0.5 ms)`.
fn question(line: &str) -> Option<(String, String)> {
    let (port, rest) = line.strip_prefix("### [")?.split_once("] > INFO")?;
    Some((port.to_owned(), rest.split("  ").next()?.trim().to_owned()))
}

/// The bulk at the start of `bytes`, up to the next annotation, and what follows it. Its length is not
/// relied on: paths in some bodies were shortened.
fn bulk(bytes: &[u8]) -> Option<(String, &[u8])> {
    let start = bytes
        .strip_prefix(b"$")?
        .windows(2)
        .position(|pair| pair == b"\r\n")?
        + 3;
    let length = bytes
        .get(start..)?
        .windows(4)
        .position(|four| four == b"\n###")
        .map_or(bytes.len() - start, |n| n + 1);
    let (body, after) = bytes.get(start..)?.split_at(length);
    Some((String::from_utf8_lossy(body).trim_end().to_owned(), after))
}

/// The value of the first line `key:…`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
        .map(str::trim)
}

fn all_bodies() -> Vec<(String, Body)> {
    let mut found = Vec::new();
    for version in VERSIONS {
        let mut names: Vec<_> = fs::read_dir(folder(version))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        for name in names {
            let name = name.into_string().unwrap();
            found.extend(
                bodies(&read(version, &name))
                    .into_iter()
                    .map(|body| (format!("{version}/{name}"), body)),
            );
        }
    }
    found
}

#[test]
fn every_replication_body_means_what_its_lines_say() {
    let mut seen = 0;
    for (file, body) in all_bodies()
        .iter()
        .filter(|(_, body)| body.text.contains("role:"))
    {
        let text = &body.text;
        let facts = info::replication(text)
            .unwrap_or_else(|fault| panic!("{file} [{}]: {fault}\n{text}", body.port));
        seen += 1;

        let role = match value(text, "role").unwrap() {
            "master" => Role::Master,
            "slave" => Role::Replica,
            "master&&slave" => Role::Chained,
            other => panic!("{file}: a role that nobody expected: {other}"),
        };
        assert_eq!(facts.role, role, "{file}");
        let master = value(text, "master_host")
            .zip(value(text, "master_port"))
            .map(|(host, port)| format!("{host}:{port}"));
        assert_eq!(
            facts.master.as_ref().map(ToString::to_string),
            master,
            "{file}"
        );
        assert_eq!(
            facts.history_id.as_deref(),
            value(text, "ReplicationID"),
            "{file}"
        );
        assert_eq!(
            facts.eligible.map(|e| e.to_string()).as_deref(),
            value(text, "is_eligible_for_master_election"),
            "{file}"
        );
        assert_eq!(
            facts.priority.map(|p| p.to_string()).as_deref(),
            value(text, "slave_priority"),
            "{file}"
        );
        let count = value(text, "connected_slaves").map_or(0, |n| n.parse().unwrap());
        assert_eq!(facts.replicas.len(), count, "{file}");
        assert_eq!(
            facts.connected_replicas.is_some(),
            role != Role::Replica,
            "{file}"
        );

        // Positions, the other way round: print what was understood and look for it in the text.
        let Some(Position::Pika(dbs)) = &facts.position else {
            panic!("{file}: no position\n{text}")
        };
        assert_eq!(dbs.len(), text.matches("binlog_offset=").count(), "{file}");
        for (db, BinlogPoint(number, offset)) in dbs {
            let lines = [':', ' ']
                .map(|gap| format!("{db}{gap}binlog_offset={number} {offset},safety_purge="));
            assert!(
                lines.iter().any(|line| text.contains(line)),
                "{file}: {lines:?} in\n{text}"
            );
        }
        link_follows(file, text, &facts);
    }
    assert!(seen > 450, "only {seen} bodies were found");
}

/// The link is up iff Pika says so and no database is in trouble.
fn link_follows(file: &str, text: &str, facts: &Replication) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let expected = match value(text, "master_link_status") {
        None => Link::None,
        Some("up") => Link::Up,
        Some("down") if has(&["\ndb0:error", "\ndb1:error", ":Error)"]) => Link::Error,
        Some("down")
            if has(&[
                "full_sync\r",
                "syncing_full\r",
                ":kTryDBSync)",
                ":WaitDBSync)",
            ]) && !facts
                .db_states
                .values()
                .all(|state| *state == DbState::TryIncrSync) =>
        {
            Link::Syncing
        }
        Some("down") => Link::Down,
        Some(other) => panic!("{file}: link status {other}"),
    };
    assert_eq!(facts.link, expected, "{file}\n{text}");
}

#[test]
fn every_server_body_names_its_version() {
    let mut seen = 0;
    for (file, body) in all_bodies()
        .iter()
        .filter(|(_, body)| body.text.contains("tcp_port:"))
    {
        let server = info::server(&body.text).unwrap_or_else(|fault| panic!("{file}: {fault}"));
        seen += 1;
        assert_eq!(server.flavor, Flavor::Pika, "{file}");
        // 4.0.1 calls itself 4.0.0.
        let expected = file
            .split(['-', '/'])
            .nth(1)
            .unwrap()
            .replace("4.0.1", "4.0.0");
        assert_eq!(server.version, expected, "{file}");
        assert_eq!(server.run_id.is_some(), expected != "3.4.1", "{file}");
        assert_eq!(
            server.tcp_port.map(|port| port.to_string()).as_deref(),
            Some(body.port.as_str()),
            "{file}"
        );
        assert!(
            server.process_id.is_some() && server.uptime_s.is_some(),
            "{file}"
        );
        if body.text.contains("db_fatal:") {
            assert_eq!(info::storage_failure(&body.text), None, "{file}");
        }
    }
    assert!(seen >= 20, "only {seen} bodies were found");
}

#[test]
fn unknown_sections_are_empty() {
    let bodies = bodies(&read("pika-3.4.1", "info-section-bad.txt"));
    let persistence = bodies
        .iter()
        .find(|body| body.section == "persistence")
        .unwrap();
    assert_eq!(persistence.text, "");
}

/// `role=slave master_link_status=down repl_connect_status db0=error db_repl_state=(db0:Error)`: the recorder's own
/// digest of an INFO, turned back into lines.
fn from_annotation(line: &str) -> Option<String> {
    let digest = &line[line.find("role=")?..];
    let mut text = String::new();
    for field in digest.replace("repl_connect_status db0", "db0").split(' ') {
        let (key, value) = field.split_once('=')?;
        let key = if key == "eligible" {
            "is_eligible_for_master_election"
        } else {
            key
        };
        if value != "None" {
            text.extend([key, ":", value, "\r\n"]);
        }
    }
    Some(text)
}

#[test]
fn annotated_states_are_told_apart() {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for version in VERSIONS {
        for entry in fs::read_dir(folder(version)).unwrap() {
            let capture = fs::read(entry.unwrap().path()).unwrap();
            for line in String::from_utf8_lossy(&capture).lines() {
                if !line.starts_with("###") || !line.contains("] +") || !line.contains("role=slave")
                {
                    continue;
                }
                let Some(text) = from_annotation(line) else {
                    continue;
                };
                let facts = info::replication(&text).unwrap();
                let long = line
                    .split("db_repl_state=(db0:")
                    .nth(1)
                    .and_then(|rest| rest.split(')').next());
                let (state, link) = match long {
                    None if line.contains("status=up") => (DbState::Connected, Link::Up),
                    // Every database is connected, but the servers have not met yet.
                    None => (DbState::Connected, Link::Down),
                    Some("NoConnect") => (DbState::NoConnect, Link::Down),
                    Some("kTryConnect") => (DbState::TryIncrSync, Link::Down),
                    Some("kWaitReply") => (DbState::Connecting, Link::Down),
                    Some("kTryDBSync") => (DbState::TryFullSync, Link::Syncing),
                    Some("WaitDBSync") => (DbState::SyncingFull, Link::Syncing),
                    Some("Error") => (DbState::Error, Link::Error),
                    Some(other) => panic!("{version}: a state that nobody expected: {other}"),
                };
                if let Some(db0) = facts.db_states.get("db0") {
                    assert_eq!(*db0, state, "{version}: {line}");
                }
                // Another database may still be behind db0.
                if facts.db_states.len() <= 1 {
                    assert_eq!(facts.link, link, "{version}: {line}");
                }
                *seen
                    .entry(long.unwrap_or("connected").to_owned())
                    .or_default() += 1;
            }
        }
    }
    let kinds: Vec<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "Error",
            "NoConnect",
            "WaitDBSync",
            "connected",
            "kTryConnect",
            "kTryDBSync",
            "kWaitReply"
        ]
    );
    assert!(seen.values().sum::<usize>() > 600, "{seen:?}");
}

#[test]
fn an_info_after_a_link_came_up_says_so() {
    let mut seen = 0;
    for (file, body) in all_bodies() {
        if body.section == "replication"
            && body
                .before
                .as_ref()
                .is_some_and(|line| line.contains("link up after"))
        {
            assert_eq!(
                info::replication(&body.text).unwrap().link,
                Link::Up,
                "{file}"
            );
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} were found");
}

fn one(version: &str, name: &str) -> Replication {
    info::replication(&bodies(&read(version, name))[0].text).unwrap()
}

#[test]
fn linked_masters_and_replicas_of_every_version() {
    for version in VERSIONS {
        let master = one(version, "info-replication-master-linked.txt");
        let replica = one(version, "info-replication-slave-linked.txt");
        assert_eq!(
            (master.role, master.link),
            (Role::Master, Link::None),
            "{version}"
        );
        assert_eq!(
            (replica.role, replica.link),
            (Role::Replica, Link::Up),
            "{version}"
        );
        assert_eq!(master.position, replica.position, "{version}");
        assert_eq!(master.history_id, replica.history_id, "{version}");
        assert_eq!(
            master.history_id.is_some(),
            version != "pika-3.4.1",
            "{version}"
        );
        assert_eq!(
            master.eligible.is_some(),
            version >= "pika-3.5.5",
            "{version}"
        );
        assert_eq!(master.replicas.len(), 2, "{version}");
        assert_eq!(master.replicas[0].lag["db0"], DbLag::Bytes(0), "{version}");
        assert_eq!(
            (master.priority, replica.priority),
            (None, Some(100)),
            "{version}"
        );
    }
}

#[test]
fn two_databases_one_of_them_detached() {
    let bodies = bodies(&read("pika-3.5.5", "repl-16-databases-2.txt"));
    let detached = bodies
        .iter()
        .find(|body| body.text.contains("kDBNoConnect"))
        .unwrap();
    let facts = info::replication(&detached.text).unwrap();
    assert_eq!(facts.link, Link::Down);
    assert_eq!(
        (facts.db_states["db0"], facts.db_states["db1"]),
        (DbState::Connected, DbState::Detached)
    );
    let listed = bodies
        .iter()
        .find(|body| body.text.contains("not syncing"))
        .unwrap();
    let facts = info::replication(&listed.text).unwrap();
    assert_eq!(facts.replicas[0].lag["db1"], DbLag::NotSyncing);
}

#[test]
fn a_chain_has_a_node_that_is_both() {
    let bodies = bodies(&read("pika-3.5.5", "repl-15-chain.txt"));
    let middle = bodies
        .iter()
        .find(|body| body.text.contains("role:master&&slave"))
        .unwrap();
    let facts = info::replication(&middle.text).unwrap();
    assert_eq!(
        (facts.role, facts.priority, facts.read_only),
        (Role::Chained, None, Some(true))
    );
    assert!(facts.master.is_some());
    assert_eq!(facts.replicas.len(), 1);
}

#[test]
fn an_interrupted_full_sync_is_not_eligible() {
    let bodies = bodies(&read(
        "pika-3.5.5",
        "extra-01-slaveof-no-one-during-full-sync.txt",
    ));
    let ineligible = bodies
        .iter()
        .find(|body| body.text.contains("election:false"))
        .unwrap();
    assert_eq!(
        info::replication(&ineligible.text).unwrap().eligible,
        Some(false)
    );
}

#[test]
fn idle_servers_are_not_busy() {
    let mut asked = 0;
    for (place, body) in all_bodies() {
        if !matches!(body.section.as_str(), "clients" | "stats" | "all" | "") {
            continue;
        }
        let load = info::load(&body.text);
        assert_eq!(load.background, [""; 0], "{place}");
        let clients = value(&body.text, "connected_clients").map(|n| n.parse().unwrap());
        assert_eq!(load.clients, clients, "{place}");
        asked += usize::from(clients.is_some());
    }
    assert!(asked >= 2 * VERSIONS.len(), "{asked}");
}
