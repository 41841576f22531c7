//! The only place that touches files which outlive the process: state, journal, and the lab's data.
//!
//! Plain `std::fs`, unless a simulated disk lies under this thread ([`machine`](super::machine)). A simulated disk
//! decides what a crash leaves behind, how long a sync takes and when there is no space left.

use std::fmt::Debug;
use std::fs;
use std::fs::TryLockError;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::machine;
use crate::host::clock;

/// A disk in place of the real one. Paths are absolute, and mean what they mean to `std::fs`.
pub trait Disk: Debug + Send + Sync {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn Handle>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// What lies in a folder, sorted.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Cuts a file to so many bytes.
    fn cut(&self, path: &Path, len: u64) -> io::Result<()>;
    /// The names in a folder are durable when this returns.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// How long work that is done away from the loop takes.
    fn delay(&self) -> Duration;
}

/// An open file of a [`Disk`].
pub trait Handle: Debug + Send + Sync {
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// What was appended is durable when this returns.
    fn sync(&self) -> io::Result<()>;
    fn try_lock(&self) -> Result<(), TryLockError>;
    fn twin(&self) -> Box<dyn Handle>;
}

/// How a file is opened. Everything is written at the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// Empty, whatever was there.
    Fresh,
    /// It must not be there; only its owner may read it.
    New,
    /// With what is there, or empty.
    Append,
    /// It must be there.
    Known,
}

/// An open file.
#[derive(Debug)]
pub enum File {
    Real(fs::File),
    Simulated(Box<dyn Handle>),
}

impl File {
    pub fn open(path: &Path, how: How) -> io::Result<Self> {
        if let Some(disk) = simulated() {
            return disk.open(path, how).map(Self::Simulated);
        }
        let mut options = fs::OpenOptions::new();
        match how {
            How::Fresh => options.write(true).create(true).truncate(true),
            How::New => options.write(true).create_new(true).mode(0o600),
            How::Append => options.append(true).create(true),
            How::Known => options.append(true),
        };
        options.open(path).map(Self::Real)
    }

    /// Everything written, file and size, is durable when this returns.
    pub fn sync(&self) -> io::Result<()> {
        match self {
            Self::Real(file) => file.sync_all(),
            Self::Simulated(file) => file.sync(),
        }
    }

    /// The same without what only stamps the file.
    pub fn sync_data(&self) -> io::Result<()> {
        match self {
            Self::Real(file) => file.sync_data(),
            Self::Simulated(file) => file.sync(),
        }
    }

    /// Locks it (flock) for as long as this and its twins are open.
    pub fn try_lock(&self) -> Result<(), TryLockError> {
        match self {
            Self::Real(file) => file.try_lock(),
            Self::Simulated(file) => file.try_lock(),
        }
    }

    /// The same open file once more.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Real(file) => file.try_clone().map(Self::Real),
            Self::Simulated(file) => Ok(Self::Simulated(file.twin())),
        }
    }

    /// Whoever may read the file at `path` may read this one, and nobody else.
    pub fn permit_like(&self, path: &Path) -> io::Result<()> {
        if let Self::Real(file) = self
            && let Ok(old) = fs::metadata(path)
        {
            file.set_permissions(old.permissions())?;
        }
        Ok(())
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Real(file) => file.write(bytes),
            Self::Simulated(file) => file.append(bytes).map(|()| bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    simulated().map_or_else(|| fs::read(path), |disk| disk.read(path))
}

pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_not_text| io::ErrorKind::InvalidData.into())
}

/// Writes a whole file, over whatever was there; not durable.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::open(path, How::Fresh)?.write_all(bytes)
}

pub fn exists(path: &Path) -> bool {
    simulated().map_or_else(|| path.exists(), |disk| disk.read(path).is_ok())
}

/// Bytes in a file.
pub fn size(path: &Path) -> io::Result<u64> {
    simulated().map_or_else(
        || fs::metadata(path).map(|data| data.len()),
        |disk| {
            let bytes = disk.read(path)?.len();
            Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
        },
    )
}

pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    simulated().map_or_else(|| fs::rename(from, to), |disk| disk.rename(from, to))
}

pub fn remove(path: &Path) -> io::Result<()> {
    simulated().map_or_else(|| fs::remove_file(path), |disk| disk.remove(path))
}

/// Removes a folder with all that is in it; it need not be there.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    simulated().map_or_else(
        || match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        },
        |disk| disk.remove_folder(path),
    )
}

/// Makes a folder and those above it.
pub fn make_folder(path: &Path) -> io::Result<()> {
    simulated().map_or_else(|| fs::create_dir_all(path), |disk| disk.make_folder(path))
}

/// The names of what lies in a folder, sorted; those that are no text are left out.
pub fn names(folder: &Path) -> io::Result<Vec<String>> {
    if let Some(disk) = simulated() {
        return disk.names(folder);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Cuts a file to so many bytes.
pub fn cut(path: &Path, len: u64) -> io::Result<()> {
    simulated().map_or_else(
        || fs::OpenOptions::new().write(true).open(path)?.set_len(len),
        |disk| disk.cut(path, len),
    )
}

/// The names in a folder are durable when this returns.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    simulated().map_or_else(
        || fs::File::open(folder)?.sync_all(),
        |disk| disk.sync_folder(folder),
    )
}

/// A path without links.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    match simulated() {
        None => fs::canonicalize(path),
        Some(disk) => disk.read(path).map(|_| path.to_owned()),
    }
}

/// Does what may take long away from the loop, and waits for it.
pub async fn away<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let Some(disk) = simulated() else {
        return tokio::task::spawn_blocking(work)
            .await
            .map_err(io::Error::other)?;
    };
    let delay = disk.delay();
    if !delay.is_zero() {
        clock::sleep(delay).await;
    }
    work()
}

/// True where the disk is not the real one: then nothing may be done on a thread of its own.
pub fn is_simulated() -> bool {
    simulated().is_some()
}

fn simulated() -> Option<Arc<dyn Disk>> {
    machine::ask(machine::Machine::disk)
}
