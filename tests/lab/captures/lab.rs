//! The nodes that a capture is replayed on.

use std::collections::BTreeMap;

use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::version::Version;

use super::plan::Replay;
use crate::lab::client::ask;
use crate::lab::client::until;
use crate::lab::client::until_field;

/// The nodes of one replay, and what their ports are in the capture.
pub(super) struct Lab {
    pub(super) nodes: BTreeMap<u16, (tempfile::TempDir, LabNode)>,
}

impl Lab {
    pub(super) async fn start(version: Version, how: &Replay, ports: &[u16]) -> Self {
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

    pub(super) fn addr(&self, port: u16) -> pikafo::decide::name::Addr {
        self.nodes[&port].1.addr()
    }

    pub(super) async fn prepare(&self, how: &Replay, master: u16) {
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
    pub(super) async fn heed(&self, how: &Replay, master: u16, note: &str) {
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

    pub(super) fn to_lab(&self, text: &str) -> String {
        self.with_ports(text, |from, to| (from, to))
    }

    pub(super) fn to_capture(&self, text: &str) -> String {
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
    pub(super) fn with_ports(&self, text: &str, way: fn(u16, u16) -> (u16, u16)) -> String {
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
