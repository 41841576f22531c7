//! A disk in memory: what was synced survives a crash of the machine, what was not may be lost.
//!
//! A file only grows; what it has above its synced length is lost in a crash, or a part of it. A name that was made,
//! changed or removed is durable once its folder was synced. Every two seconds or so the system writes back what is
//! older than that.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;

use pikafo::host::disk::Disk;
use pikafo::host::disk::Handle;
use pikafo::host::disk::How;

use super::dice::Dice;

type Names = BTreeMap<PathBuf, u64>;

#[derive(Debug)]
pub(crate) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<u64, Content>,
    last: u64,
    names: Names,
    durable: Names,
    aging: Names,
    /// Handles that hold a lock, by file; gone with the process.
    locks: BTreeMap<u64, u64>,
    /// Handles of earlier lives are dead.
    life: u64,
    last_owner: u64,
    trouble: Trouble,
    /// It has refused something, at some time.
    failed: bool,
    /// How often something in it has changed, so that who reads it tick by tick need not.
    changes: u64,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: usize,
    aging: usize,
}

/// What is wrong with a disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble {
    /// Writes and new files fail with this.
    pub(crate) writes: Option<io::ErrorKind>,
    /// Syncs fail.
    pub(crate) syncs: bool,
    /// How long a sync takes.
    pub(crate) delay: Duration,
    /// Below this nothing is ever kept: records, where nobody will read them.
    pub(crate) refuses: Option<&'static str>,
}

impl SimDisk {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn trouble(&self, change: impl FnOnce(&mut Trouble)) {
        let mut state = self.lock();
        change(&mut state.trouble);
        state.failed |= state.trouble.writes.is_some() || state.trouble.syncs;
    }

    /// It was full or failed at some time.
    pub(crate) fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// The processes are gone: their locks are free, and what they held writes no more. With `below`, only those of
    /// files under that folder.
    pub(crate) fn let_go(&self, below: &Path) {
        let mut state = self.lock();
        let gone: BTreeSet<u64> = state
            .names
            .iter()
            .filter(|(path, _)| path.starts_with(below))
            .map(|(_, file)| *file)
            .collect();
        state.locks.retain(|file, _| !gone.contains(file));
    }

    /// The power fails: what was not synced is lost, wholly or in part. Below `whole` all that was not written back is
    /// lost, so that what lies there is as it was at one moment.
    pub(crate) fn lose_power(&self, dice: &mut Dice, whole: Option<&Path>) {
        let mut state = self.change();
        state.life += 1;
        state.locks.clear();
        let is_whole = |path: &Path| whole.is_some_and(|whole| path.starts_with(whole));
        let names_lost = dice.percent(50);
        let State { names, durable, .. } = &mut *state;
        names.retain(|path, _| !(names_lost || is_whole(path)));
        let old = durable
            .iter()
            .filter(|(path, _)| names_lost || is_whole(path));
        names.extend(old.map(|(path, file)| (path.clone(), *file)));
        let one: BTreeSet<u64> = names
            .iter()
            .filter(|(path, _)| is_whole(path))
            .map(|(_, file)| *file)
            .collect();
        // Each file by its name, so that one which is there for the reader only changes nothing.
        let torn = dice.draw();
        let paths: BTreeMap<u64, PathBuf> =
            names.iter().map(|(p, file)| (*file, p.clone())).collect();
        for (file, content) in &mut state.files {
            let extra = content.bytes.len() - content.synced;
            let kept = match paths.get(file) {
                Some(path) if !one.contains(file) => {
                    Dice::new(torn, &path.to_string_lossy()).below(extra as u64 + 1)
                }
                Some(_) | None => 0,
            };
            let kept = usize::try_from(kept).unwrap_or(0);
            content.bytes.truncate(content.synced + kept);
            content.synced = content.bytes.len();
            content.aging = content.synced;
        }
        state.durable = state.names.clone();
        state.aging = state.names.clone();
        let known: BTreeSet<u64> = state.names.values().copied().collect();
        state.files.retain(|file, _| known.contains(file));
    }

    /// Everything is on the disk at this moment.
    pub(crate) fn sync_all(&self) {
        self.write_back();
        self.write_back();
    }

    /// The system writes back what has been dirty since the last call.
    pub(crate) fn write_back(&self) {
        let mut state = self.lock();
        state.durable = std::mem::take(&mut state.aging);
        state.aging = state.names.clone();
        for content in state.files.values_mut() {
            content.synced = content.synced.max(content.aging).min(content.bytes.len());
            content.aging = content.bytes.len();
        }
        let State {
            files,
            names,
            durable,
            aging,
            ..
        } = &mut *state;
        let known: BTreeSet<u64> = names
            .values()
            .chain(durable.values())
            .chain(aging.values())
            .copied()
            .collect();
        files.retain(|file, _| known.contains(file));
    }

    /// A file as it is, whoever asks.
    pub(crate) fn look(&self, path: &Path) -> Option<Vec<u8>> {
        self.lock().content(path).ok().map(|c| c.bytes.clone())
    }

    /// What would be left of a file if the power failed now, at the least.
    pub(crate) fn durable(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.lock();
        let content = state.files.get(state.durable.get(path)?)?;
        content.bytes.get(..content.synced).map(<[u8]>::to_vec)
    }

    /// The same as long as all files are as they were.
    pub(crate) fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// How long a file is, and how much of it is synced.
    pub(crate) fn extent(&self, path: &Path) -> Option<(usize, usize)> {
        let state = self.lock();
        let content = state.content(path).ok()?;
        Some((content.bytes.len(), content.synced))
    }

    /// A file from a place on.
    pub(crate) fn from(&self, path: &Path, at: usize) -> Option<Vec<u8>> {
        let state = self.lock();
        let content = state.content(path).ok()?;
        content.bytes.get(at..).map(<[u8]>::to_vec)
    }

    /// Every file below a folder.
    pub(crate) fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let state = self.lock();
        let paths = state.names.keys().filter(|path| path.starts_with(folder));
        paths.cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while it is held")
    }

    fn change(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.changes += 1;
        state
    }
}

impl State {
    fn content(&self, path: &Path) -> io::Result<&Content> {
        let file = self.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.files.get(file).ok_or(io::ErrorKind::NotFound)?)
    }

    fn may_write(&self, path: &Path) -> io::Result<()> {
        if let Some(kind) = self.trouble.writes {
            return Err(kind.into());
        }
        let refused = self.trouble.refuses;
        if refused.is_some_and(|name| path.components().any(|part| part.as_os_str() == name)) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn fresh(&mut self, path: &Path) -> u64 {
        self.last += 1;
        self.files.insert(self.last, Content::default());
        self.names.insert(path.to_owned(), self.last);
        self.last
    }
}

impl Disk for SimDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Ok(self.lock().content(path)?.bytes.clone())
    }

    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn Handle>> {
        let mut state = self.change();
        let known = state.names.get(path).copied();
        let file = match (how, known) {
            (How::Append | How::Known, Some(file)) => file,
            (How::Known, None) => return Err(io::ErrorKind::NotFound.into()),
            (How::New, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (How::Fresh | How::New | How::Append, _) => {
                state.may_write(path)?;
                state.fresh(path)
            }
        };
        state.last_owner += 1;
        Ok(Box::new(Open {
            disk: Arc::clone(&self.0),
            path: path.to_owned(),
            file,
            life: state.life,
            owner: Arc::new(state.last_owner),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.change();
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let gone = self.change().names.remove(path);
        gone.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change()
            .names
            .retain(|name, _| !name.starts_with(path));
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.lock().may_write(path)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.lock();
        let paths = state.names.keys().filter_map(|path| {
            let first = path.strip_prefix(folder).ok()?.components().next()?;
            Some(first.as_os_str().to_str()?.to_owned())
        });
        let names: BTreeSet<String> = paths.collect();
        Ok(names.into_iter().collect())
    }

    fn cut(&self, path: &Path, len: u64) -> io::Result<()> {
        let mut state = self.change();
        let file = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if let Some(content) = state.files.get_mut(&file) {
            content.bytes.truncate(len);
            content.synced = content.synced.min(len);
            content.aging = content.aging.min(len);
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.lock();
        if state.trouble.syncs {
            return Err(io::Error::other("the disk does not answer (EIO)"));
        }
        let here = |path: &PathBuf| path.parent() == Some(folder);
        let State {
            names,
            durable,
            aging,
            ..
        } = &mut *state;
        // What is written back later is not older than this.
        for kept in [durable, aging] {
            kept.retain(|path, _| !here(path));
            let now = names.iter().filter(|(path, _)| here(path));
            kept.extend(now.map(|(path, file)| (path.clone(), *file)));
        }
        Ok(())
    }

    fn delay(&self) -> Duration {
        self.lock().trouble.delay
    }
}

/// An open file.
#[derive(Debug)]
struct Open {
    disk: Arc<Mutex<State>>,
    path: PathBuf,
    file: u64,
    life: u64,
    /// Shared by twins; the lock goes with the last of them.
    owner: Arc<u64>,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.disk.lock().expect("no panic while it is held")
    }

    fn id(&self) -> u64 {
        *self.owner
    }
}

impl Handle for Open {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.lock();
        if state.life != self.life {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.may_write(&self.path)?;
        state.changes += 1;
        if let Some(content) = state.files.get_mut(&self.file) {
            content.bytes.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.lock();
        if state.trouble.syncs {
            return Err(io::Error::other("the disk does not answer (EIO)"));
        }
        if let Some(content) = state.files.get_mut(&self.file) {
            content.synced = content.bytes.len();
        }
        Ok(())
    }

    fn try_lock(&self) -> Result<(), TryLockError> {
        let (id, file) = (self.id(), self.file);
        let mut state = self.lock();
        match state.locks.get(&file) {
            Some(holder) if *holder != id => Err(TryLockError::WouldBlock),
            Some(_) | None => {
                state.locks.insert(file, id);
                Ok(())
            }
        }
    }

    fn twin(&self) -> Box<dyn Handle> {
        Box::new(Self {
            disk: Arc::clone(&self.disk),
            path: self.path.clone(),
            file: self.file,
            life: self.life,
            owner: Arc::clone(&self.owner),
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if Arc::strong_count(&self.owner) > 1 {
            return;
        }
        let (id, file) = (self.id(), self.file);
        let mut state = self.lock();
        if state.locks.get(&file) == Some(&id) {
            state.locks.remove(&file);
        }
    }
}
