//! What a node holds: strings in sixteen databases, some of which expire.

use std::collections::BTreeMap;

use bytes::Bytes;

pub(super) const DATABASES: usize = 16;

/// All databases.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Keyspace {
    pub(super) dbs: Vec<BTreeMap<Bytes, Entry>>,
}

/// A value and its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) value: Bytes,
    /// Milliseconds of the wall clock.
    pub(super) expires: Option<u64>,
}

impl Default for Keyspace {
    fn default() -> Self {
        Self {
            dbs: vec![BTreeMap::new(); DATABASES],
        }
    }
}

impl Keyspace {
    /// The entry as it is, expired or not.
    pub(super) fn get(&self, db: usize, key: &[u8]) -> Option<&Entry> {
        self.dbs.get(db)?.get(key)
    }

    /// Keys whose time is over.
    pub(super) fn expired(&self, now_ms: u64) -> Vec<(usize, Bytes)> {
        let dbs = self.dbs.iter().enumerate();
        dbs.flat_map(|(db, keys)| {
            let over = keys.iter().filter(move |(_, entry)| entry.over(now_ms));
            over.map(move |(key, _)| (db, key.clone()))
        })
        .collect()
    }
}

impl Entry {
    pub(super) fn over(&self, now_ms: u64) -> bool {
        self.expires.is_some_and(|at| at <= now_ms)
    }
}
