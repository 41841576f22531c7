//! The journal of one cluster: JSON lines, appended and synced, never rewritten.
//!
//! A line is `{"v":1,"at":…,"op":…,"record":{…}}`. A crash may leave a torn last line; it is ignored when
//! read and ended when appended to.

use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::clock;
use super::disk;
use super::disk::File;
use super::disk::How;
use crate::decide::record::Record;

/// One line.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    pub v: u32,
    /// RFC 3339, wall clock.
    pub at: String,
    /// The operation's id.
    pub op: String,
    pub record: Record,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    dirty: bool,
}

impl Journal {
    /// Opens or creates `path` for appending.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fresh = !disk::exists(path);
        let mut file = File::open(path, How::Append)?;
        if fresh {
            if let Some(folder) = path.parent() {
                disk::sync_folder(folder)?;
            }
        } else if disk::read(path)?.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            dirty: false,
        })
    }

    /// Appends one record; it is on disk only after [`Self::sync`].
    pub fn append(&mut self, op: &str, record: &Record) -> io::Result<Entry> {
        self.append_of(op, record, &clock::wall().to_string())
    }

    /// The same of what happened at another time, which could not be written then.
    pub fn append_of(&mut self, op: &str, record: &Record, at: &str) -> io::Result<Entry> {
        let entry = Entry {
            v: 1,
            at: at.to_owned(),
            op: op.to_owned(),
            record: record.clone(),
        };
        let mut line = serde_json::to_vec(&entry).map_err(io::Error::other)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.dirty = true;
        Ok(entry)
    }

    /// Waits until everything appended is on disk.
    pub async fn sync(&mut self) -> io::Result<()> {
        if !self.dirty {
            return Ok(());
        }
        let file = self.file.try_clone()?;
        disk::away(move || file.sync_data()).await?;
        self.dirty = false;
        Ok(())
    }

    /// True while something appended may not be on disk.
    pub fn dirty(&self) -> bool {
        self.dirty
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads the journal at `path`, as [`entries`] does; a journal that is not there is empty.
pub fn read(path: &Path) -> io::Result<(Vec<Entry>, usize)> {
    match disk::read(path) {
        Ok(bytes) => Ok(entries(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((Vec::new(), 0)),
        Err(error) => Err(error),
    }
}

/// Every whole line of a journal's bytes. Lines of a later version, and lines that are torn, are left out and counted.
pub fn entries(bytes: &[u8]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::new();
    let mut skipped = 0;
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) if entry.v == 1 => entries.push(entry),
            Ok(_) | Err(_) => skipped += 1,
        }
    }
    (entries, skipped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::record::Outcome;

    fn end() -> Record {
        Record::End {
            outcome: Outcome::Done,
            blackout_ms: Some(1.5),
            total_ms: 2.0,
        }
    }

    #[tokio::test]
    async fn a_torn_line_is_ignored_and_does_not_spoil_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        journal.append("a", &end()).unwrap();
        journal.sync().await.unwrap();
        drop(journal);
        let mut torn = File::open(&path, How::Append).unwrap();
        torn.write_all(br#"{"v":1,"at":"#).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal
            .append("b", &Record::UndoBefore { step: 1 })
            .unwrap();
        let (entries, skipped) = read(&path).unwrap();
        assert_eq!(
            entries.iter().map(|e| e.op.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(skipped, 1);
        assert_eq!(entries[0].record, end());
    }

    #[test]
    fn a_journal_that_is_not_there_is_empty() {
        assert_eq!(
            read(Path::new("/nonexistent/journal")).unwrap(),
            (Vec::new(), 0)
        );
    }
}
