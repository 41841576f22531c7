//! The data of one database: strings with expiry, and the journal that keeps them over a restart.
//!
//! The journal stands in for the storage engine: it is written before the binlog, like the engine of the
//! real server, and handed to the kernel with every write, so that what was acknowledged survives the
//! death of the process (not that of the machine).

use std::collections::BTreeMap;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;

use super::binlog::frame;
use super::binlog::unframe;
use crate::host::disk;
use crate::host::disk::File;
use crate::host::disk::How;

/// A string and when it expires.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    pub value: Bytes,
    /// Milliseconds since the epoch.
    pub expires_ms: Option<i64>,
}

/// What a database holds.
pub type Data = BTreeMap<Bytes, Entry>;

/// One database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    data: Data,
    writer: Option<File>,
}

impl Store {
    /// Reads the journal at `path` and writes it anew, without what was overwritten.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut store = Self {
            path: path.to_owned(),
            data: Data::new(),
            writer: None,
        };
        let raw = match disk::read(path) {
            Ok(raw) => raw,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(store),
            Err(error) => return Err(error),
        };
        let mut rest = &raw[..];
        while let Some((change, after)) = unframe(rest) {
            apply(&mut store.data, change);
            rest = after;
        }
        let data = std::mem::take(&mut store.data);
        store.replace(data)?;
        Ok(store)
    }

    /// The entry of `key`, unless it has expired.
    pub fn get(&self, key: &[u8], now_ms: i64) -> Option<&Entry> {
        self.data
            .get(key)
            .filter(|entry| entry.expires_ms.is_none_or(|at| at > now_ms))
    }

    pub fn set(&mut self, key: Bytes, entry: Entry) -> io::Result<()> {
        self.journal(&set_change(&key, &entry))?;
        self.data.insert(key, entry);
        Ok(())
    }

    /// True if there was such a key and it had not expired.
    pub fn remove(&mut self, key: &[u8], now_ms: i64) -> io::Result<bool> {
        let there = self.get(key, now_ms).is_some();
        if self.data.contains_key(key) {
            self.journal(&[b"D", key].concat())?;
            self.data.remove(key);
        }
        Ok(there)
    }

    pub fn clear(&mut self) -> io::Result<()> {
        self.replace(Data::new())
    }

    /// Puts other data in place of this, as a full sync does.
    pub fn replace(&mut self, data: Data) -> io::Result<()> {
        self.writer = None;
        if let Some(parent) = self.path.parent() {
            disk::make_folder(parent)?;
        }
        let fresh = self.path.with_extension("new");
        let journal: Vec<u8> = data
            .iter()
            .flat_map(|(key, entry)| frame(&set_change(key, entry)))
            .collect();
        disk::write(&fresh, &journal)?;
        disk::rename(&fresh, &self.path)?;
        self.data = data;
        Ok(())
    }

    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Keys that have not expired, and how many of them will.
    pub fn count(&self, now_ms: i64) -> (usize, usize) {
        let living = self
            .data
            .values()
            .filter(|entry| entry.expires_ms.is_none_or(|at| at > now_ms));
        living.fold((0, 0), |(keys, expires), entry| {
            (keys + 1, expires + usize::from(entry.expires_ms.is_some()))
        })
    }

    fn journal(&mut self, change: &[u8]) -> io::Result<()> {
        if self.writer.is_none() {
            if let Some(parent) = self.path.parent() {
                disk::make_folder(parent)?;
            }
            self.writer = Some(File::open(&self.path, How::Append)?);
        }
        match &mut self.writer {
            Some(writer) => writer.write_all(&frame(change)),
            None => Ok(()),
        }
    }
}

/// `S`, expiry (0: none), length of the key, key, value.
fn set_change(key: &[u8], entry: &Entry) -> Vec<u8> {
    let mut change = Vec::with_capacity(key.len() + entry.value.len() + 13);
    change.push(b'S');
    change.extend(entry.expires_ms.unwrap_or(0).to_le_bytes());
    change.extend(frame(key));
    change.extend_from_slice(&entry.value);
    change
}

fn apply(data: &mut Data, change: &[u8]) {
    match change.split_first() {
        Some((b'S', rest)) => {
            let Some((expires, rest)) = rest.split_first_chunk::<8>() else {
                return;
            };
            let Some((key, value)) = unframe(rest) else {
                return;
            };
            let expires_ms = Some(i64::from_le_bytes(*expires)).filter(|at| *at != 0);
            data.insert(
                Bytes::copy_from_slice(key),
                Entry {
                    value: Bytes::copy_from_slice(value),
                    expires_ms,
                },
            );
        }
        Some((b'D', key)) => {
            data.remove(key);
        }
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db0");
        let entry = |value: &'static str, expires_ms| Entry {
            value: Bytes::from(value),
            expires_ms,
        };
        let mut store = Store::open(&path).unwrap();
        store.set(Bytes::from("a"), entry("1", None)).unwrap();
        store.set(Bytes::from("b"), entry("2", Some(50))).unwrap();
        store.set(Bytes::from("c"), entry("3", None)).unwrap();
        assert!(store.remove(b"c", 0).unwrap());
        drop(store);
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.get(b"a", 0), Some(&entry("1", None)));
        assert_eq!(store.get(b"b", 49), Some(&entry("2", Some(50))));
        assert_eq!(store.get(b"b", 50), None);
        assert_eq!(store.get(b"c", 0), None);
        store.clear().unwrap();
        drop(store);
        assert!(Store::open(&path).unwrap().data().is_empty());
    }
}
