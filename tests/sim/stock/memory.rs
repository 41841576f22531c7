//! What survives a Sentinel's process: its `sentinel.conf`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use pikafo::decide::name::Addr;

/// One Sentinel's file. Handed to every start.
#[derive(Clone, Debug)]
pub(crate) struct Memory(Arc<Mutex<Kept>>);

/// `sentinel monitor`, and what is set for it.
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    pub(crate) name: String,
    pub(crate) addr: Addr,
    pub(crate) quorum: usize,
    pub(crate) down_after: Duration,
    pub(crate) failover_timeout: Duration,
    pub(crate) parallel_syncs: usize,
    pub(crate) auth_pass: Option<Arc<str>>,
}

/// The file.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Empty before the first start.
    pub(super) id: String,
    pub(super) current_epoch: u64,
    pub(super) masters: BTreeMap<String, KeptMaster>,
    /// Promotions that it has ordered and that nobody has asked for yet. No Sentinel writes them down.
    ordered: Vec<Ordered>,
    /// Starts so far, so that no two processes throw the same dice.
    pub(super) starts: u64,
}

/// SLAVEOF NO ONE, sent to a node.
#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    pub(crate) node: Addr,
    /// The epoch whose votes allowed it.
    pub(crate) epoch: u64,
    /// It was seen to be a master since: whatever it was before.
    pub(crate) done: bool,
}

/// Its lines of one master.
#[derive(Clone, Debug)]
pub(super) struct KeptMaster {
    pub(super) monitor: Monitor,
    pub(super) config_epoch: u64,
    pub(super) leader_epoch: u64,
    pub(super) replicas: BTreeSet<Addr>,
    pub(super) sentinels: BTreeMap<String, Addr>,
}

impl Memory {
    /// A file that nobody has started on.
    pub(crate) fn of(monitors: &[Monitor]) -> Self {
        let kept = |monitor: &Monitor| {
            let master = KeptMaster {
                monitor: monitor.clone(),
                config_epoch: 0,
                leader_epoch: 0,
                replicas: BTreeSet::new(),
                sentinels: BTreeMap::new(),
            };
            (monitor.name.clone(), master)
        };
        Self(Arc::new(Mutex::new(Kept {
            masters: monitors.iter().map(kept).collect(),
            ..Kept::default()
        })))
    }

    /// Promotions that were ordered since the last time it was asked.
    pub(crate) fn ordered(&self) -> Vec<Ordered> {
        std::mem::take(&mut self.kept().ordered)
    }

    pub(super) fn note(&self, node: &Addr, epoch: u64, done: bool) {
        let node = node.clone();
        self.kept().ordered.push(Ordered { node, epoch, done });
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }
}
