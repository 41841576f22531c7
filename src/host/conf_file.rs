//! A Sentinel's file as the state file: read, and kept current as Sentinel does.
//!
//! The file is locked for as long as this is open, and a rewrite replaces it whole: a temporary file beside it,
//! fsync, rename, fsync of the folder. The lock moves to the new file before it takes the old one's place.

use std::fs::TryLockError;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use super::disk;
use super::disk::File;
use super::disk::How;
use super::machine;
use super::store::StoreError;
use crate::config::model::Config;
use crate::config::problem::Problems;
use crate::config::sentinel_conf::SentinelConf;
use crate::config::sentinel_write::rewrite;
use crate::config::stock;

/// An open `sentinel.conf`.
#[derive(Debug)]
pub struct ConfFile {
    path: PathBuf,
    /// What it says on disk.
    text: String,
    lock: File,
}

/// Why a file cannot be run from.
#[derive(Debug, thiserror::Error)]
pub enum ConfError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Problems(#[from] Problems),
}

impl ConfFile {
    /// Opens a file that must be there and writable, as Sentinel asks for.
    pub fn open(path: &Path) -> Result<(Self, SentinelConf, Config), ConfError> {
        let failed = |error| StoreError::Io {
            path: path.to_owned(),
            error,
        };
        // A link would otherwise be replaced by a file.
        let path = &disk::real_path(path).map_err(failed)?;
        let lock = File::open(path, How::Known).map_err(failed)?;
        locked(&lock, path)?;
        let bytes = disk::read(path).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (conf, config) = stock::read(&text, path)?;
        let path = path.clone();
        Ok((Self { path, text, lock }, conf, config))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file say what `conf` says; done when the disk says so. Nothing is written where nothing changes.
    pub async fn save(&mut self, conf: &SentinelConf) -> io::Result<()> {
        let text = rewrite(&self.text, conf);
        if text == self.text {
            return Ok(());
        }
        self.put(text).await
    }

    /// The same although nothing may have changed, for `SENTINEL FLUSHCONFIG`: somebody may have deleted the file.
    pub async fn flush(&mut self, conf: &SentinelConf) -> io::Result<()> {
        self.put(rewrite(&self.text, conf)).await
    }

    async fn put(&mut self, text: String) -> io::Result<()> {
        let path = self.path.clone();
        let (text, lock) = disk::away(move || {
            let lock = replace(&path, &text)?;
            Ok((text, lock))
        })
        .await?;
        self.text = text;
        self.lock = lock;
        Ok(())
    }
}

fn locked(file: &File, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Watched {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::Io {
            path: path.to_owned(),
            error,
        }),
    }
}

/// Writes the text in the file's place, with its permissions, and gives the new file, locked.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<File> {
    let beside = path.with_extension(format!("{}.new", machine::process().id));
    let mut file = File::open(&beside, How::Fresh)?;
    // Passwords are in it: nobody may read the new one who could not read the old one.
    file.permit_like(path)?;
    file.write_all(text.as_bytes())?;
    file.sync()?;
    file.try_lock().map_err(io::Error::other)?;
    disk::rename(&beside, path)?;
    if let Some(dir) = path.parent() {
        disk::sync_folder(dir)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const TEXT: &str = "# mine\nsentinel monitor orders 10.0.0.1 6379 2\n";

    #[tokio::test]
    async fn it_is_replaced_whole_and_stays_ours() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sentinel.conf");
        fs::write(&path, TEXT).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let (mut file, mut conf, config) = ConfFile::open(&path).unwrap();
        assert_eq!(config.clusters.len(), 1);
        conf.current_epoch = 4;
        file.save(&conf).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(TEXT) && text.contains("sentinel current-epoch 4\n"));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        // Also after it was replaced.
        let second = ConfFile::open(&path).unwrap_err();
        assert!(second.to_string().contains("another pikafo"), "{second}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        drop(file);
        let (_, conf, _) = ConfFile::open(&path).unwrap();
        assert_eq!(conf.current_epoch, 4);
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_or_makes_no_sense_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sentinel.conf");
        assert!(ConfFile::open(&path).is_err());
        fs::write(&path, "sentinel moniter a 1.1.1.1 1 1\n").unwrap();
        let error = ConfFile::open(&path).unwrap_err();
        assert!(
            error.to_string().contains("did you mean monitor"),
            "{error}"
        );
    }
}
