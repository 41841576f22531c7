//! What survives a process: its configuration file, a snapshot, an append-only file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use bytes::Bytes;
use pikafo::serve::resp::Request;

/// One server's files. Handed to every start; whoever holds it can start the server again after a crash.
#[derive(Clone, Debug)]
pub(crate) struct Disk(Arc<Mutex<Files>>);

/// The files.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Directives of `redis.conf`.
    pub(super) conf: BTreeMap<String, String>,
    /// Its `user` lines; empty: the default user.
    pub(super) users: Vec<String>,
    /// `dump.rdb`.
    pub(super) snapshot: Option<Bytes>,
    pub(super) aof: Option<Aof>,
    /// Starts so far, so that no two processes throw the same dice.
    pub(super) starts: u64,
}

/// An append-only file: a snapshot, and what was written since.
#[derive(Debug)]
pub(super) struct Aof {
    pub(super) base: Bytes,
    /// Database and command.
    pub(super) log: Vec<(usize, Request)>,
    /// How much of the log outlives the loss of power.
    pub(super) synced: usize,
}

impl Disk {
    /// A configuration file with these directives, and nothing else.
    ///
    /// `appendonly yes` and `save "60 1"` say how data is kept; without either a crash loses all of it.
    pub(crate) fn new(conf: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Self(Arc::new(Mutex::new(Files {
            conf: conf.iter().map(own).collect(),
            ..Files::default()
        })))
    }

    /// Another disk in its place: the same directives, and no data.
    pub(crate) fn replace(&self, conf: &[(&str, &str)]) {
        let fresh = Self::new(conf);
        let mut files = self.files();
        let starts = files.starts;
        *files = std::mem::take(&mut *fresh.files());
        files.starts = starts;
    }

    /// Everything is on the disk at this moment.
    pub(crate) fn sync(&self) {
        if let Some(aof) = &mut self.files().aof {
            aof.synced = aof.log.len();
        }
    }

    /// The machine loses its power after its process has ended: what was not synced is gone, up to a second of it.
    pub(crate) fn lose_power(&self) {
        if let Some(aof) = &mut self.files().aof {
            aof.log.truncate(aof.synced);
        }
    }

    /// A directive as it is in the file now.
    pub(crate) fn directive(&self, name: &str) -> Option<String> {
        self.files().conf.get(name).cloned()
    }

    pub(super) fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }
}
