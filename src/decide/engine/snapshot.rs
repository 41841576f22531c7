//! What readers see: an immutable picture of everything that the engine believes. The Sentinel API, HTTP and logs
//! read this and never the engine.

use std::sync::Arc;

use super::action::Pause;
use super::told::Told;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::watcher::Id;

/// One watcher's picture of the world. Times are microseconds on the clock of [`super::Input::now_us`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub id: Id,
    pub addr: Addr,
    pub current_epoch: u64,
    /// It abstains (Sentinel: TILT) since then.
    pub abstains_since_us: Option<u64>,
    /// In the order in which they came to be watched.
    pub clusters: Vec<Arc<ClusterPicture>>,
}

impl Snapshot {
    pub fn cluster(&self, name: &str) -> Option<&Arc<ClusterPicture>> {
        self.clusters.iter().find(|c| c.name == name)
    }
}

/// One cluster.
#[derive(Clone, Debug)]
pub struct ClusterPicture {
    pub name: String,
    /// The address that clients are given: the promoted node from the moment of its promotion.
    pub master: Addr,
    pub config_epoch: u64,
    pub quorum: u32,
    pub down_after_ms: u64,
    pub failover_timeout_ms: u64,
    pub parallel_syncs: u32,
    /// The master is held for down by a quorum, since then.
    pub odown_since_us: Option<u64>,
    /// Sentinel's name of the state of the failover that this watcher leads: `wait_start`, `select_slave`,
    /// `send_slaveof_noone`, `wait_promotion`, `reconf_slaves`, `update_config`.
    pub failover: Option<&'static str>,
    pub leader: Option<Id>,
    pub leader_epoch: u64,
    pub pause: Option<Pause>,
    /// Another pikafo acts alone, and this watcher has promised to begin nothing meanwhile.
    pub stands_back: bool,
    /// The master first, then by address.
    pub nodes: Vec<NodePicture>,
    /// Without this one, by id.
    pub watchers: Vec<WatcherPicture>,
    /// What an operator should know.
    pub findings: Vec<Finding>,
    /// What other watchers are told who ask about fences.
    pub tells: Told,
}

impl ClusterPicture {
    pub fn master_node(&self) -> Option<&NodePicture> {
        self.nodes.iter().find(|n| n.addr == self.master)
    }

    /// Everybody but the master.
    pub fn replicas(&self) -> impl Iterator<Item = &NodePicture> {
        self.nodes.iter().filter(|n| n.addr != self.master)
    }
}

/// One node.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct NodePicture {
    pub name: String,
    pub addr: Addr,
    /// Empty before the first look.
    pub run_id: String,
    pub flavor: Option<Flavor>,
    /// What it said when it was last looked at; until then what it is held for.
    pub role: Role,
    pub role_since_us: u64,
    pub sdown_since_us: Option<u64>,
    /// No connection at this moment.
    pub disconnected: bool,
    pub seen_at_us: Option<u64>,
    pub link: Link,
    pub link_down_ms: u64,
    /// Whom it follows.
    pub master: Option<Addr>,
    pub priority: u32,
    /// Not to be named to clients that look for replicas.
    pub unannounced: bool,
    /// Sentinel's `slave-repl-offset`: on Pika a sum over databases, good for showing only.
    pub offset: u64,
    pub position: Option<Position>,
    pub writable: bool,
    pub fenced: bool,
    /// The failover under way has told it to follow / sees it follow / sees its link up.
    pub moving: Option<Moving>,
    /// It is the one that is being promoted.
    pub promoted: bool,
    pub set_apart: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moving {
    Sent,
    InProgress,
    Done,
}

/// Another watcher.
#[derive(Clone, Debug)]
pub struct WatcherPicture {
    pub id: Id,
    pub addr: Addr,
    pub sdown_since_us: Option<u64>,
    pub disconnected: bool,
    /// It said lately that the master is down.
    pub says_down: bool,
    pub voted_leader: Option<Id>,
    pub voted_epoch: u64,
    /// `pikafo` or `sentinel`, once known.
    pub kind: Option<&'static str>,
}
