//! The report on clusters. Its JSON is a contract: fields are only ever added.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::health::Assessment;
use crate::decide::health::Figures;
use crate::decide::health::Health;
use crate::decide::health::master;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::verdict::Verdict;
use crate::decide::view::ClusterView;
use crate::decide::view::NodeView;

/// What `status -o json` prints.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    pub version: u32,
    /// RFC 3339.
    pub at: String,
    /// The configuration file, where `check` asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    pub clusters: Vec<Cluster>,
}

impl Report {
    pub fn new(at: impl Into<String>, clusters: Vec<Cluster>) -> Self {
        Self {
            version: 1,
            at: at.into(),
            config: None,
            clusters,
        }
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cluster {
    pub name: String,
    pub health: Health,
    /// The master that is believed in, reachable or not.
    pub master: Option<Addr>,
    pub findings: Vec<Finding>,
    pub nodes: Vec<Node>,
    pub watchers: Vec<Watcher>,
    /// Automatic failover is held.
    pub paused: Option<Pause>,
    /// The last election that a watcher knows of.
    pub epoch: Option<u64>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the documented shape of the JSON"
)]
pub struct Node {
    pub name: String,
    pub addr: Addr,
    pub reachable: bool,
    /// Why it could not be asked, for people.
    pub error: Option<String>,
    pub flavor: Option<Flavor>,
    pub server_version: Option<String>,
    pub role: Role,
    /// Whom it follows, translated by the address map.
    pub master: Option<Addr>,
    pub link: Link,
    pub position: Option<Position>,
    pub lag_bytes: Option<u64>,
    pub lag_known: bool,
    pub priority: Option<u32>,
    pub history_id: Option<String>,
    pub writable: bool,
    pub fenced: bool,
    pub promotable: Verdict,
    pub rtt_us: Option<u64>,
    pub uptime_s: Option<u64>,
    /// Why it could not be asked, for scripts.
    pub fault: Option<FaultKind>,
    pub zone: Option<String>,
    /// Named in the configuration, as against found through the master.
    pub declared: bool,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Watcher {
    pub id: String,
    pub addr: Addr,
    pub kind: WatcherKind,
    pub reachable: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WatcherKind {
    Pikafo,
    Sentinel,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pause {
    /// RFC 3339.
    pub until: Option<String>,
    pub reason: Option<String>,
    pub by: Option<String>,
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("automatic failover is held")?;
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        match &self.until {
            Some(until) => write!(f, " until {until}")?,
            None => f.write_str(" until it is resumed")?,
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        Ok(())
    }
}

/// Milliseconds since the epoch as RFC 3339.
pub fn stamp(ms: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(at.to_string())
}

impl Cluster {
    /// The report on one view.
    pub fn new(view: &ClusterView, assessment: Assessment) -> Self {
        let Assessment {
            health,
            master,
            findings,
            nodes: mut figures,
        } = assessment;
        let nodes = view
            .nodes
            .iter()
            .filter_map(|node| Some(report(view, node, figures.remove(&node.addr)?)));
        Self {
            name: view.name.clone(),
            health,
            master,
            findings,
            nodes: nodes.collect(),
            watchers: Vec::new(),
            paused: None,
            epoch: None,
        }
    }

    /// A further finding, which the view alone did not show; behind those that are as grave.
    pub fn add(&mut self, finding: Finding) {
        if self.health == Health::Ok && finding.severity >= Severity::Warning {
            self.health = Health::Degraded;
        }
        let less = |known: &Finding| known.severity < finding.severity;
        let at = self.findings.iter().position(less);
        self.findings
            .insert(at.unwrap_or(self.findings.len()), finding);
    }

    /// The name of the node at `addr`, or the address.
    pub fn name_of(&self, addr: &Addr) -> String {
        let node = self.nodes.iter().find(|node| node.addr == *addr);
        node.map_or_else(|| addr.to_string(), |node| node.name.clone())
    }
}

fn report(view: &ClusterView, node: &NodeView, figures: Figures) -> Node {
    let seen = node.seen();
    let fault = node.state.as_ref().err();
    Node {
        name: node.name.clone(),
        addr: node.addr.clone(),
        reachable: seen.is_some(),
        error: fault.map(|fault| fault.text.clone()),
        flavor: seen.map(|seen| seen.server.flavor),
        server_version: seen.map(|seen| seen.server.version.clone()),
        role: node.role(),
        master: seen.and_then(|seen| master::target(view, seen)),
        link: seen.map_or(Link::None, |seen| seen.replication.link),
        position: node.position().cloned(),
        lag_bytes: figures.lag_bytes,
        lag_known: figures.lag_known,
        priority: seen.and_then(|seen| seen.replication.priority),
        history_id: seen.and_then(|seen| seen.replication.history_id.clone()),
        writable: figures.writable,
        fenced: figures.fenced,
        promotable: figures.promotable,
        rtt_us: seen.map(|seen| seen.rtt_us),
        uptime_s: seen.and_then(|seen| seen.server.uptime_s),
        fault: fault.map(|fault| fault.kind),
        zone: node.zone.clone(),
        declared: node.declared,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::health::Limits;
    use crate::decide::health::assess;
    use crate::decide::sample;

    #[test]
    fn json_is_the_documented_shape() {
        let mut view = sample::healthy();
        view.nodes.truncate(2);
        view.nodes.remove(0);
        let assessment = assess(&view, &Limits { max_lag: 0 });
        let report = Report::new(
            "2026-11-22T10:00:00Z",
            vec![Cluster::new(&view, assessment)],
        );
        let json = serde_json::to_string_pretty(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        insta::assert_snapshot!(json, @r#"
        {
          "version": 1,
          "at": "2026-11-22T10:00:00Z",
          "clusters": [
            {
              "name": "orders",
              "health": "down",
              "master": null,
              "findings": [
                {
                  "code": "cluster.no_master",
                  "severity": "critical",
                  "node": null,
                  "text": "no node that answers is master",
                  "hint": "if the master is dead, run `pikafo failover`; if it is only fenced, lift the fence"
                }
              ],
              "nodes": [
                {
                  "name": "b",
                  "addr": "10.0.0.2:9221",
                  "reachable": true,
                  "error": null,
                  "flavor": "pika",
                  "server_version": "3.5.5",
                  "role": "replica",
                  "master": "10.0.0.1:9221",
                  "link": "up",
                  "position": {
                    "db0": [
                      12,
                      284
                    ]
                  },
                  "lag_bytes": null,
                  "lag_known": false,
                  "priority": 100,
                  "history_id": "94e8",
                  "writable": false,
                  "fenced": false,
                  "promotable": {
                    "ok": true,
                    "code": "ok",
                    "text": "it may be promoted"
                  },
                  "rtt_us": 210,
                  "uptime_s": 86400,
                  "fault": null,
                  "zone": null,
                  "declared": true
                }
              ],
              "watchers": [],
              "paused": null,
              "epoch": null
            }
          ]
        }
        "#);
    }
}
