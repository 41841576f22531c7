//! The state folder of one cluster: journal, memory, samples, and the lock that keeps a second operator out.
//!
//! ```text
//! <state_dir>/<cluster>/lock            held (flock) by whoever acts; released by the kernel on a crash
//!                       journal.jsonl   what was done
//!                       memory.json     what decisions rest on; rebuilt from the journal past `covered`
//!                       seen.json       sampled positions, and full syncs seen but not seen to finish
//! ```

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::TryLockError;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::clock;
use super::disk;
use super::disk::File;
use super::disk::How;
use super::journal;
use super::journal::Entry;
use super::journal::Journal;
use super::machine;
use crate::decide::copy;
use crate::decide::copy::Copy;
use crate::decide::facts::Link;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::gap;
use crate::decide::gap::Behind;
use crate::decide::gap::Trail;
use crate::decide::health::master;
use crate::decide::history;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::NodeView;
use crate::decide::view::Sample;

/// The folder of one cluster, for reading.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot use the state folder {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("another pikafo on this host works on {cluster} (lock {})", path.display())]
    Locked { cluster: String, path: PathBuf },
    #[error("another pikafo watch uses this state (lock {})", path.display())]
    Watched { path: PathBuf },
    #[error("{} is damaged: {text}", path.display())]
    Damaged { path: PathBuf, text: String },
}

/// What readers leave behind.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Seen {
    #[serde(default)]
    samples: Vec<Sample>,
    #[serde(default)]
    syncing: BTreeMap<Addr, String>,
    /// Of these, who was cut off from the copy: that the link comes up says nothing then.
    #[serde(default)]
    cut_off: BTreeSet<Addr>,
    /// Who has got everything and was behind his master all the same; and of whom it is certain that he lacks something.
    #[serde(default)]
    behind: BTreeMap<Addr, Behind>,
    #[serde(default)]
    gaps: BTreeMap<Addr, String>,
    #[serde(default)]
    histories: Vec<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Saved {
    /// Lines of the journal that `memory` has learnt from.
    covered: usize,
    memory: Memory,
}

impl Seen {
    /// What this look says of a full copy to the node after those before it. Between looks that lie far apart a copy may
    /// well have ended, and its link have been lost since.
    fn copy_to(&self, node: &Addr, now: &Replication) -> Option<Copy> {
        let recent = |stamp: &String| {
            let seen = stamp.parse().map_or(i64::MIN, Timestamp::as_millisecond);
            clock::wall().as_millisecond().saturating_sub(seen) <= CLOSE_MS
        };
        let before = if self.cut_off.contains(node) {
            Some(Copy::CutOff)
        } else {
            let under_way = self.syncing.get(node).is_some_and(recent);
            under_way.then_some(Copy::UnderWay)
        };
        copy::followed(before, now)
    }

    /// The history that the master of this look names.
    fn note_history(&mut self, view: &ClusterView) {
        let belief = master::believe(view);
        let seen = belief.node(view).and_then(NodeView::seen);
        if let Some(said) = seen.map(|seen| &seen.replication)
            && said.role == Role::Master
            && let (Some(Position::Redis { .. }), Some(id)) = (&said.position, &said.history_id)
        {
            history::note(&mut self.histories, id, true);
        }
    }

    /// What two looks say of whether a replica is where its master is.
    fn trail(&mut self, view: &ClusterView, node: &NodeView, at_ms: i64) {
        let before = self.behind.remove(&node.addr);
        let trail = trail(view, &self.samples, node, before, at_ms).unwrap_or(Trail::Unknown);
        let at_ms = at_ms.unsigned_abs();
        match trail {
            Trail::Unknown => {}
            Trail::Level => {
                self.gaps.remove(&node.addr);
            }
            Trail::Behind(behind) => {
                if behind.is_gap(at_ms) {
                    self.gaps.insert(node.addr.clone(), behind.text());
                }
                self.behind.insert(node.addr.clone(), behind);
            }
        }
    }
}

fn trail(
    view: &ClusterView,
    samples: &[Sample],
    node: &NodeView,
    before: Option<Behind>,
    at_ms: i64,
) -> Option<Trail> {
    let own = node.seen()?;
    let above = view.resolve(own.replication.master.as_ref()?);
    let its = view.node(&above)?.seen()?;
    let lines = its.replication.replicas.iter();
    let lines: Vec<_> = lines
        .filter(|line| view.resolve(&line.addr) == node.addr)
        .collect();
    let goal = gap::goal(samples, &above, at_ms);
    let now_ms = at_ms.unsigned_abs();
    Some(gap::followed(before, own, its, &lines, goal, now_ms))
}

impl Store {
    /// The folder of `cluster` under `state_dir`; nothing is created yet.
    pub fn at(state_dir: &Path, cluster: &str) -> Self {
        Self {
            dir: state_dir.join(cluster),
        }
    }

    pub fn journal_path(&self) -> PathBuf {
        self.dir.join("journal.jsonl")
    }

    /// What is remembered. A folder that is not there remembers nothing.
    pub fn memory(&self) -> Result<Memory, StoreError> {
        let (entries, _) = self.entries()?;
        self.memory_after(&entries, self.read("memory.json")?)
    }

    fn memory_after(&self, entries: &[Entry], saved: Saved) -> Result<Memory, StoreError> {
        // It is not synced, so a host that lost power may have half of it; and readers write it anew.
        let seen: Seen = match self.read("seen.json") {
            Err(StoreError::Damaged { .. }) => Seen::default(),
            seen => seen?,
        };
        let mut memory = saved.memory;
        let mut plan: Option<Plan> = None;
        for (line, entry) in entries.iter().enumerate() {
            if let Record::Begin { plan: begun } = &entry.record {
                plan = Some((**begun).clone());
            }
            if let Some(plan) = plan.as_ref().filter(|_| line >= saved.covered) {
                memory.learn(&entry.record, plan, &entry.at);
            }
        }
        memory.samples = seen.samples;
        memory.full_sync_unfinished.extend(seen.syncing);
        memory.gaps.extend(seen.gaps);
        for id in &seen.histories {
            history::note(&mut memory.histories, id, false);
        }
        Ok(memory)
    }

    /// Every entry of the journal, and how many lines could not be read.
    pub fn entries(&self) -> Result<(Vec<Entry>, usize), StoreError> {
        let path = self.journal_path();
        journal::read(&path).map_err(|error| StoreError::Io { path, error })
    }

    /// The operation that was begun and not ended, with its records.
    pub fn open_operation(&self) -> Result<Option<(Plan, Vec<Record>)>, StoreError> {
        let (entries, _) = self.entries()?;
        let mut open: Option<(Plan, Vec<Record>)> = None;
        for entry in entries {
            match &entry.record {
                Record::Begin { plan } => open = Some(((**plan).clone(), Vec::new())),
                Record::End { outcome, .. } if !matches!(outcome, Outcome::Unknown { .. }) => {
                    open = None;
                }
                Record::End { .. }
                | Record::Resume { .. }
                | Record::Before { .. }
                | Record::After { .. }
                | Record::UndoBefore { .. }
                | Record::UndoAfter { .. } => {}
            }
            if let Some((plan, records)) = &mut open
                && plan.id == entry.op
            {
                records.push(entry.record);
            }
        }
        Ok(open)
    }

    /// Keeps the positions of a view, so that a later failover can say what was lost. Best effort: a reader
    /// without rights to the folder still reads.
    pub fn saw(&self, view: &ClusterView) -> io::Result<()> {
        let mut seen: Seen = self.read("seen.json").unwrap_or_default();
        let at_ms = clock::wall().as_millisecond();
        for node in &view.nodes {
            let Some(observation) = node.seen() else {
                continue;
            };
            if let Some(position) = &observation.replication.position {
                seen.samples.push(Sample {
                    node: node.addr.clone(),
                    at_ms,
                    position: position.clone(),
                });
            }
            seen.trail(view, node, at_ms);
            match seen.copy_to(&node.addr, &observation.replication) {
                Some(Copy::UnderWay) => {
                    seen.cut_off.remove(&node.addr);
                }
                Some(Copy::CutOff) => {
                    seen.cut_off.insert(node.addr.clone());
                    seen.syncing
                        .entry(node.addr.clone())
                        .or_insert_with(|| clock::wall().to_string());
                    continue;
                }
                None => {
                    seen.cut_off.remove(&node.addr);
                }
            }
            match (node.role(), observation.replication.link) {
                (Role::Replica | Role::Chained, Link::Syncing) => {
                    seen.syncing
                        .insert(node.addr.clone(), clock::wall().to_string());
                }
                (Role::Replica | Role::Chained, Link::Up) => {
                    seen.syncing.remove(&node.addr);
                }
                (Role::Master | Role::Unknown | Role::Replica | Role::Chained, _) => {}
            }
        }
        seen.note_history(view);
        let excess = seen.samples.len().saturating_sub(SAMPLES_KEPT);
        seen.samples.drain(..excess);
        disk::make_folder(&self.dir)?;
        replace(&self.dir.join("seen.json"), &seen, false)
    }

    /// Takes the lock and opens the journal for writing.
    pub fn act(&self, cluster: &str) -> Result<Acting, StoreError> {
        let io_error = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { path, error }
        };
        disk::make_folder(&self.dir).map_err(io_error(&self.dir))?;
        let path = self.dir.join("lock");
        let lock = File::open(&path, How::Append).map_err(io_error(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    cluster: cluster.to_owned(),
                    path,
                });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::Io { path, error }),
        }
        let (entries, _) = self.entries()?;
        let saved: Saved = self.read("memory.json")?;
        let more_was_there = saved.covered > entries.len();
        let memory = self.memory_after(&entries, saved)?;
        let path = self.journal_path();
        let journal = Journal::open(&path).map_err(io_error(&path))?;
        let acting = Acting {
            store: self.clone(),
            memory,
            journal,
            lines: entries.len(),
            learnt: entries.len(),
            _lock: lock,
        };
        // Power was cut before the last lines were on disk: those that come in their place have not been learnt from.
        if more_was_there && let Err(error) = acting.save() {
            tracing::warn!(%error, cluster, "the journal has lost its end, and the memory still counts on it");
        }
        Ok(acting)
    }

    fn read<T: Default + serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let path = self.dir.join(name);
        match disk::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| StoreError::Damaged {
                path,
                text: error.to_string(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(StoreError::Io { path, error }),
        }
    }
}

/// The folder, locked, for one operation.
#[derive(Debug)]
pub struct Acting {
    store: Store,
    memory: Memory,
    journal: Journal,
    /// Lines of the journal, and how many of them `memory` has learnt from.
    lines: usize,
    learnt: usize,
    _lock: File,
}

impl Acting {
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Appends a record and learns from it.
    pub fn record(&mut self, plan: &Plan, record: &Record) -> io::Result<()> {
        let entry = self.journal.append(&plan.id, record)?;
        self.memory.learn(record, plan, &entry.at);
        if let Record::After { step, ok: true, .. } = record
            && let Some(Act::Links { replicas }) = plan.steps.get(*step).map(|step| &step.act)
        {
            // As with whatever readers leave behind, it is no harm where it cannot be written.
            if let Err(error) = self.forget_copies(replicas) {
                tracing::debug!(%error, "full copies that have ended are not forgotten");
            }
        }
        self.lines += 1;
        self.learnt = self.lines;
        Ok(())
    }

    /// These were seen to be whole, and closely.
    fn forget_copies(&self, replicas: &[Addr]) -> io::Result<()> {
        let mut seen: Seen = self.store.read("seen.json").unwrap_or_default();
        let noted = |seen: &Seen| seen.syncing.len() + seen.gaps.len();
        let before = noted(&seen);
        seen.syncing.retain(|node, _| !replicas.contains(node));
        seen.cut_off.retain(|node| !replicas.contains(node));
        seen.behind.retain(|node, _| !replicas.contains(node));
        seen.gaps.retain(|node, _| !replicas.contains(node));
        if noted(&seen) == before {
            return Ok(());
        }
        replace(&self.store.dir.join("seen.json"), &seen, false)
    }

    /// Appends a record from which the core has learnt already. The memory here has not, until the core gives it.
    /// `at`: when it happened, RFC 3339.
    pub fn append(&mut self, operation: &str, record: &Record, at: &str) -> io::Result<()> {
        self.journal.append_of(operation, record, at)?;
        self.lines += 1;
        Ok(())
    }

    /// What the core knows now, of which a part was learnt from others and is in no journal.
    pub fn learn_from_outside(&mut self, memory: Memory) {
        self.memory = memory;
        self.learnt = self.lines;
    }

    pub async fn sync(&mut self) -> io::Result<()> {
        self.journal.sync().await
    }

    /// Opens the journal anew after it could not be written: a line that was torn then ends.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.journal = Journal::open(&self.store.journal_path())?;
        Ok(())
    }

    /// True while something recorded may not be on disk.
    pub fn dirty(&self) -> bool {
        self.journal.dirty()
    }

    /// Writes the memory, so that it need not be rebuilt from the whole journal.
    pub fn save(&self) -> Result<(), StoreError> {
        let mut memory = self.memory.clone();
        memory.samples.clear();
        let path = self.store.dir.join("memory.json");
        replace(
            &path,
            &Saved {
                covered: self.learnt,
                memory,
            },
            true,
        )
        .map_err(|error| StoreError::Io { path, error })
    }
}

/// Writes `value` beside `path` and renames it over it, so that a reader sees the old or the new, never half.
pub(super) fn replace(path: &Path, value: &impl Serialize, durable: bool) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.new", machine::process().id));
    let mut file = File::open(&beside, How::Fresh)?;
    file.write_all(&serde_json::to_vec(value).map_err(io::Error::other)?)?;
    if durable {
        file.sync()?;
    }
    disk::rename(&beside, path)?;
    if durable && let Some(dir) = path.parent() {
        disk::sync_folder(dir)?;
    }
    Ok(())
}

/// Looks that are so close together leave nothing out.
const CLOSE_MS: i64 = 10_000;
/// Enough for an hour of `status -w` on three nodes every few seconds, and small enough to rewrite.
const SAMPLES_KEPT: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::plan::Act;
    use crate::decide::plan::Budgets;
    use crate::decide::plan::Facts;
    use crate::decide::plan::FollowHow;
    use crate::decide::plan::Kind;
    use crate::decide::plan::Step;

    fn node(n: u8) -> Addr {
        Addr::new(&format!("10.0.0.{n}"), 9221)
    }

    /// One node is told to follow another.
    fn plan() -> Plan {
        Plan {
            version: 1,
            id: "op-1".to_owned(),
            kind: Kind::Repoint,
            cluster: "orders".to_owned(),
            made_at: "2026-11-22T12:00:00Z".to_owned(),
            by: "ops@host".to_owned(),
            reason: None,
            automatic: false,
            agreed: None,
            facts: Facts {
                master: None,
                candidate: None,
                nodes: Vec::new(),
                point: None,
                epoch: None,
            },
            budgets: Budgets {
                max_blackout_ms: 2_000,
                undo_ms: 5_000,
            },
            loss: None,
            evidence: Vec::new(),
            notes: Vec::new(),
            steps: vec![Step {
                act: Act::Follow {
                    master: node(1),
                    how: FollowHow::Plain,
                },
                node: node(2),
                within_ms: 1_000,
                hard: false,
                text: String::new(),
            }],
        }
    }

    fn follow(acting: &mut Acting) {
        let plan = plan();
        let begin = Record::Begin {
            plan: Box::new(plan.clone()),
        };
        let before = Record::Before {
            step: 0,
            point: None,
        };
        let end = Record::End {
            outcome: Outcome::Done,
            blackout_ms: None,
            total_ms: 1.0,
        };
        for record in [begin, before, end] {
            acting.append(&plan.id, &record, &plan.made_at).unwrap();
        }
    }

    fn owed(store: &Store) -> bool {
        let memory = store.memory().unwrap();
        memory.rewrite_owed.contains_key(&node(2))
    }

    /// The core learns by itself, and is asked for what it knows only now and then.
    #[test]
    fn what_the_saved_memory_has_not_learnt_is_learnt_from_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        acting.save().unwrap();
        assert!(owed(&store));
        acting.learn_from_outside(Memory::default());
        acting.save().unwrap();
        assert!(!owed(&store), "it was learnt twice");
    }

    #[test]
    fn what_is_written_late_says_when_it_happened() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        let (entries, _) = store.entries().unwrap();
        assert!(entries.iter().all(|entry| entry.at == plan().made_at));
    }

    #[test]
    fn lines_in_the_place_of_lost_ones_are_learnt_from() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        acting.learn_from_outside(Memory::default());
        acting.save().unwrap();
        drop(acting);
        // Power was cut: the memory was on disk, and the journal was not.
        std::fs::write(store.journal_path(), "").unwrap();
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        drop(acting);
        assert!(owed(&store));
    }
}
