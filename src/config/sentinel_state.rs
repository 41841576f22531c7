//! What a Sentinel's file remembers, as a watcher's durable state and back.
//!
//! Sentinel keeps no vote's receiver, no pause and no time of the last failover. pikafo keeps these in comments of
//! the same file, which Sentinel leaves alone: `# pikafo-state orders {…}`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::sentinel_conf::KnownSentinel;
use super::sentinel_conf::SentinelConf;
use crate::decide::engine::action::Pause;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::durable::DurableCluster;
use crate::decide::watcher::Id;

/// What of a cluster's state has no line of Sentinel's.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Kept {
    /// Whom this watcher voted for in [`Self::leader_epoch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_epoch: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_automatic_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
}

/// How such a comment begins.
pub(super) const MARK: &str = "# pikafo-state ";

/// The comments of a text; one that is damaged is as if it were not there.
pub(super) fn kept(text: &str) -> BTreeMap<String, Kept> {
    text.lines()
        .filter_map(|line| {
            let (name, json) = line.strip_prefix(MARK)?.split_once(' ')?;
            Some((name.to_owned(), serde_json::from_str(json).ok()?))
        })
        .collect()
}

impl SentinelConf {
    /// The identity and the epochs that whoever runs from this file goes on with.
    pub fn heritage(&self) -> (Option<Id>, Durable) {
        let clusters = self.masters.iter().map(|master| {
            let kept = self.kept.get(&master.name).cloned().unwrap_or_default();
            // A Sentinel that ran in between has voted for somebody else.
            let leader = kept
                .leader
                .filter(|_| kept.leader_epoch == Some(master.leader_epoch));
            let watchers = master.known_sentinels.iter();
            let durable = DurableCluster {
                master: Some(master.addr.clone()),
                config_epoch: master.config_epoch,
                leader,
                leader_epoch: master.leader_epoch,
                replicas: master.known_replicas.clone(),
                watchers: watchers
                    .filter_map(|known| Some((known.id.parse().ok()?, known.addr.clone())))
                    .collect(),
                last_automatic_ms: kept.last_automatic_ms,
                pause: kept.pause,
            };
            (master.name.clone(), durable)
        });
        let id = self.myid.as_ref().and_then(|id| id.parse().ok());
        let durable = Durable {
            current_epoch: self.current_epoch,
            clusters: clusters.collect(),
        };
        (id, durable)
    }

    /// Takes over what the watcher knows now. A cluster that is not monitored is left out.
    pub fn learn(&mut self, id: &Id, durable: &Durable) {
        self.myid = Some(id.to_string());
        self.current_epoch = durable.current_epoch;
        self.kept.clear();
        for master in &mut self.masters {
            let Some(known) = durable.clusters.get(&master.name) else {
                continue;
            };
            if let Some(addr) = &known.master {
                master.addr = addr.clone();
            }
            master.config_epoch = known.config_epoch;
            master.leader_epoch = known.leader_epoch;
            master.known_replicas = known.replicas.clone();
            let watchers = known.watchers.iter();
            master.known_sentinels = watchers
                .map(|(id, addr)| KnownSentinel {
                    addr: addr.clone(),
                    id: id.to_string(),
                })
                .collect();
            let kept = Kept {
                leader: known.leader.clone(),
                leader_epoch: known.leader.as_ref().map(|_| known.leader_epoch),
                last_automatic_ms: known.last_automatic_ms,
                pause: known.pause.clone(),
            };
            if kept != Kept::default() {
                self.kept.insert(master.name.clone(), kept);
            }
        }
    }
}
