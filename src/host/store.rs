//! The state folder of one cluster: journal, memory, samples, and the lock that keeps a second operator out.
//!
//! ```text
//! <state_dir>/<cluster>/lock            held (flock) by whoever acts; released by the kernel on a crash
//!                       journal.jsonl   what was done
//!                       memory.json     what decisions rest on; rebuilt from the journal past `covered`
//!                       seen.json       sampled positions, and full syncs seen but not seen to finish
//! ```

use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::disk;
use super::disk::File;
use super::disk::How;
use super::journal;
use super::journal::Entry;
use super::journal::Journal;
use super::machine;
use crate::decide::history;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;

mod acting;
mod seen;

pub use self::acting::Acting;
pub use self::acting::Unsaved;
use self::seen::Seen;

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

#[derive(Debug, Default, Deserialize, Serialize)]
struct Saved {
    /// Lines of the journal that `memory` has learnt from.
    covered: usize,
    memory: Memory,
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

    /// Whom the last operation has fenced and not freed, and what those were like before.
    pub fn left_fenced(&self) -> Result<BTreeMap<Addr, FenceHow>, StoreError> {
        let (entries, _) = self.entries()?;
        let last = entries.last().map(|entry| entry.op.as_str());
        let mut memory = self.memory()?;
        memory.fences.retain(|node, how| {
            let by = memory.fenced.get(node).map(String::as_str);
            how.lasts() && by == last
        });
        Ok(memory.fences)
    }

    /// Keeps the positions of a view, so that a later failover can say what was lost. Best effort: a reader
    /// without rights to the folder still reads.
    pub fn saw(&self, view: &ClusterView) -> io::Result<()> {
        let mut seen: Seen = self.read("seen.json").unwrap_or_default();
        seen.look(view);
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
