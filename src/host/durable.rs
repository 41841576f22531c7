//! What must outlive the supervisor: its identity, epochs and votes, in one file of the state folder.
//!
//! ```text
//! <state_dir>/watch.json   {"version":1,"id":…,"durable":{…}}; replaced whole, old or new, never half
//!             watch.lock   held (flock) for as long as the supervisor runs; released by the kernel on a crash
//! ```

use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::dice;
use super::disk;
use super::disk::File;
use super::disk::How;
use super::store::StoreError;
use super::store::replace;
use crate::decide::engine::durable::Durable;
use crate::decide::watcher::Id;

/// The open state of this watcher. Nobody else can open it until this is dropped.
#[derive(Debug)]
pub struct Kept {
    id: Id,
    path: PathBuf,
    saves: u32,
    _lock: File,
}

#[derive(Debug, Deserialize, Serialize)]
struct Saved {
    version: u32,
    id: Id,
    durable: Durable,
}

/// Only the version, which is read first: a later one may mean anything.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Kept {
    /// Takes the folder and reads what is in it. Where nothing is, it begins with `heritage` (the identity and the
    /// epochs of a Sentinel that is taken over), or with a new identity, and that is on disk already.
    pub fn open(
        state_dir: &Path,
        heritage: Option<(Id, Durable)>,
    ) -> Result<(Self, Durable), StoreError> {
        disk::make_folder(state_dir).map_err(io_error(state_dir))?;
        let lock = lock(&state_dir.join("watch.lock"))?;
        let path = state_dir.join("watch.json");
        let (id, durable, new) = match read(&path)? {
            Some(saved) => (saved.id, saved.durable, false),
            None => match heritage {
                Some((id, durable)) => (id, durable, true),
                None => (fresh_id(&path)?, Durable::default(), true),
            },
        };
        let mut kept = Self {
            id,
            path,
            saves: 0,
            _lock: lock,
        };
        if new {
            kept.write(&durable).map_err(io_error(&kept.path))?;
        }
        Ok((kept, durable))
    }

    /// Who I am.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Puts it on disk; done when the disk says so.
    pub async fn save(&mut self, durable: &Durable) -> io::Result<()> {
        let (path, saved) = (self.path.clone(), self.saved(durable));
        disk::away(move || replace(&path, &saved, true)).await?;
        self.saves += 1;
        test_point(self.saves);
        Ok(())
    }

    fn write(&mut self, durable: &Durable) -> io::Result<()> {
        replace(&self.path, &self.saved(durable), true)
    }

    fn saved(&self, durable: &Durable) -> Saved {
        Saved {
            version: VERSION,
            id: self.id.clone(),
            durable: durable.clone(),
        }
    }
}

/// An identity that nobody has: 40 hex digits.
pub(super) fn fresh_id(path: &Path) -> Result<Id, StoreError> {
    dice::hex(20).parse().map_err(|error| StoreError::Io {
        path: path.to_owned(),
        error: io::Error::other(error),
    })
}

/// Takes a lock file, or says that somebody has it.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let lock = File::open(path, How::Append).map_err(io_error(path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Watched {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(io_error(path)(error)),
    }
}

fn read(path: &Path) -> Result<Option<Saved>, StoreError> {
    let text = match disk::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    let damaged = |text: String| StoreError::Damaged {
        path: path.to_owned(),
        text,
    };
    let Version { version } =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if version != VERSION {
        return Err(damaged(format!(
            "it is of version {version}, and this pikafo knows version {VERSION}"
        )));
    }
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| damaged(error.to_string()))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { path, error }
}

/// For tests, in debug builds only: after as many saves as the variable says the process ends as SIGKILL would.
#[cfg(debug_assertions)]
fn test_point(saves: u32) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of debug builds only, for tests"
    )]
    let wanted = std::env::var("PIKAFO_CRASH_AFTER_SAVES");
    if wanted.is_ok_and(|n| n.parse() == Ok(saves)) {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
fn test_point(_saves: u32) {}

const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn durable(epoch: u64) -> Durable {
        Durable {
            current_epoch: epoch,
            ..Durable::default()
        }
    }

    #[tokio::test]
    async fn identity_and_epochs_are_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (mut kept, first) = Kept::open(dir.path(), None).unwrap();
        assert_eq!(first, Durable::default());
        let id = kept.id().clone();
        kept.save(&durable(7)).await.unwrap();
        drop(kept);
        let other = "b".repeat(40).parse().unwrap();
        let (kept, again) = Kept::open(dir.path(), Some((other, durable(3)))).unwrap();
        assert_eq!((kept.id(), again), (&id, durable(7)));
    }

    #[test]
    fn an_heritage_is_durable_from_the_first_moment() {
        let dir = tempfile::tempdir().unwrap();
        let id: Id = "b".repeat(40).parse().unwrap();
        drop(Kept::open(dir.path(), Some((id.clone(), durable(3)))).unwrap());
        let (kept, again) = Kept::open(dir.path(), None).unwrap();
        assert_eq!((kept.id(), again), (&id, durable(3)));
    }

    #[test]
    fn two_watchers_never_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Kept::open(dir.path(), None).unwrap();
        let second = Kept::open(dir.path(), None).unwrap_err();
        assert!(
            second.to_string().contains("another pikafo watch"),
            "{second}"
        );
        drop(first);
        Kept::open(dir.path(), None).unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_not_overwritten() {
        for (text, why) in [
            (
                "{\"version\":1,\"id\":\"12\",\"durable\":{}}",
                "40 hex digits",
            ),
            ("{\"version\":1", "EOF"),
            ("{\"version\":9,\"id\":7}", "of version 9"),
            ("", "EOF"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("watch.json");
            fs::write(&path, text).unwrap();
            let error = Kept::open(dir.path(), None).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("damaged"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
