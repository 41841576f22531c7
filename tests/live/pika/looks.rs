//! `status`, `check` and `discover` on each version: what they find, and the fields that scripts read.

use std::collections::BTreeSet;

use pikafo::lab::version::History;
use pikafo::lab::version::Version;
use serde_json::Value as Json;

use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::NAMES;
use super::stage::Setup;
use super::stage::Stage;
use crate::live::until::until;

async fn looked(stage: &Stage, command: &str) -> (i32, Json) {
    let said = stage.run(&[command, "-o", "json"]).await;
    (said.code, said.json())
}

/// The findings as `code name-of-node`.
fn findings(stage: &Stage, report: &Json) -> BTreeSet<String> {
    let findings = report["clusters"][0]["findings"].as_array().unwrap();
    let named = |finding: &Json| {
        let node = finding["node"].as_str();
        let name = node.map_or("-", |addr| NAMES[stage.index(addr)]);
        format!("{} {name}", finding["code"].as_str().unwrap())
    };
    findings.iter().map(named).collect()
}

#[tokio::test]
async fn every_field_of_the_contract_is_there() {
    for version in Version::ALL {
        let stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        stage.level(B, A).await;
        stage.level(C, A).await;
        let (code, report) = looked(&stage, "status").await;
        assert_eq!((code, &report["version"]), (0, &Json::from(1)));
        let cluster = &report["clusters"][0];
        assert_eq!(cluster["name"], "orders");
        assert_eq!(cluster["health"], "ok", "{report:#}");
        assert_eq!(cluster["master"], stage.addr(A).to_string());
        assert_eq!(cluster["findings"], serde_json::json!([]), "{version}");
        for node in [A, B, C] {
            let seen = &cluster["nodes"][node];
            let point = stage.node(node).positions()[0];
            let history = match version.dialect().history {
                History::Absent => Json::Null,
                History::Spaced | History::Tight => {
                    Json::from(stage.info_field(node, "ReplicationID").await)
                }
            };
            let expected = serde_json::json!({
                "name": NAMES[node], "addr": stage.addr(node).to_string(), "reachable": true, "error": null,
                "flavor": "pika", "server_version": version.dialect().reported,
                "role": if node == A { "master" } else { "replica" },
                "master": if node == A { Json::Null } else { stage.addr(A).to_string().into() },
                "link": if node == A { "none" } else { "up" },
                "position": { "db0": [point.0, point.1] }, "lag_bytes": 0, "lag_known": true,
                "priority": if node == A { Json::Null } else { 100.into() },
                "history_id": history, "writable": node == A, "fenced": false,
            });
            for (key, value) in expected.as_object().unwrap() {
                assert_eq!(&seen[key], value, "{version} {} {key}", NAMES[node]);
            }
            assert_eq!(seen["promotable"]["ok"], node != A);
            assert!(
                seen["rtt_us"].is_u64() && seen["uptime_s"].is_u64(),
                "{seen:#}"
            );
        }
        for key in ["watchers", "paused", "epoch"] {
            assert!(cluster.get(key).is_some(), "no {key}");
        }
    }
}

#[tokio::test]
async fn settings_that_bite_later_are_found() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        stage.ask(A, &["CONFIG", "SET", "write-binlog", "no"]).await;
        stage
            .ask(C, &["CONFIG", "SET", "slave-priority", "0"])
            .await;
        stage.resize_binlog(B, "2097152").await;
        until(
            async || {
                let (code, report) = looked(&stage, "check").await;
                (code, findings(&stage, &report))
            },
            |(code, found)| {
                let wanted = [
                    "node.write_binlog_off a",
                    "replica.priority_zero_suspect c",
                    "replica.priority_zero c",
                    "config.binlog_file_sizes_differ",
                ];
                let has = |code: &str| found.iter().any(|f| f.starts_with(code));
                // Which versions read a missing key as 0 decides which of the two it is.
                *code == 7 && has(wanted[0]) && (has(wanted[1]) || has(wanted[2])) && has(wanted[3])
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_password_that_any_word_replaces_is_found() {
    for version in Version::ALL {
        let stage = Setup::new(version).start().await;
        for node in [A, B, C] {
            stage
                .ask(node, &["CONFIG", "SET", "requirepass", "secret"])
                .await;
        }
        let file = stage.dir.path().join("admin.pw");
        std::fs::write(&file, "secret").unwrap();
        stage.configure(&[format!("auth: {{ password_file: {} }}", file.display())]);
        let (code, report) = looked(&stage, "check").await;
        let found = findings(&stage, &report);
        for name in NAMES {
            assert!(
                found.contains(&format!("node.any_password {name}")),
                "{version} {found:?}"
            );
        }
        assert_eq!(code, 7, "{version}");
    }
}

#[tokio::test]
async fn a_chain_is_a_tree_and_discovered_from_its_end() {
    for version in Version::ALL {
        let stage = Setup::new(version).start().await;
        stage.ask(C, &["SLAVEOF", "NO", "ONE"]).await;
        stage.follow(C, B).await;
        stage.level(C, B).await;
        until(
            async || looked(&stage, "status").await.1,
            |report| {
                let nodes = &report["clusters"][0]["nodes"];
                // A link may flap once after NO ONE.
                nodes[C]["link"] == "up" && nodes[B]["link"] == "up"
            },
        )
        .await;
        let (_, report) = looked(&stage, "status").await;
        let nodes = &report["clusters"][0]["nodes"];
        assert_eq!(nodes[B]["role"], "chained", "{version}");
        assert_eq!(nodes[C]["master"], stage.addr(B).to_string(), "{version}");
        assert_eq!(nodes[C]["promotable"]["ok"], false, "{version}");
        assert!(
            findings(&stage, &report).contains("replica.chained c"),
            "{version} {report:#}"
        );
        let tree = stage.run(&["status"]).await.expect(0).out;
        let depth = |name: &str| {
            // The table comes first, the tree below it.
            let line = tree.lines().rev().find(|line| {
                line.split(|c: char| !c.is_alphanumeric())
                    .any(|w| w == name)
                    && line.contains("127.0.0.1")
            });
            let line = line.unwrap_or_else(|| panic!("no {name} in\n{tree}"));
            line.find(name).unwrap()
        };
        assert!(depth("a") < depth("b") && depth("b") < depth("c"), "{tree}");

        let end = stage.addr(C).to_string();
        let found = stage
            .run(&["discover", &end, "--name", "orders"])
            .await
            .expect(0)
            .out;
        for node in [A, B, C] {
            assert!(found.contains(&stage.addr(node).to_string()), "{found}");
        }
        std::fs::write(stage.dir.path().join("pikafo.yaml"), found).unwrap();
        stage.run(&["check"]).await.expect_one_of(&[0, 7]);
    }
}
