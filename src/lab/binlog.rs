//! A Pika binlog: numbered files of records, and the positions between them.
//!
//! Offsets are those of the real format: a record is an item header of 34 bytes and the command; it lies
//! in blocks of 64 KiB, and each piece of it in a block has a header of 8 bytes. What is on disk here is
//! simpler (length and command), because nobody but this module reads it; the offsets are computed.
//!
//! A file is rolled before a record is put where the file is already *past* the limit, never earlier, so
//! offsets can exceed the limit.

use std::collections::BTreeMap;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;

use crate::decide::position::BinlogPoint;
use crate::host::disk;
use crate::host::disk::File;
use crate::host::disk::How;

const BLOCK: u64 = 64 * 1024;
const PIECE_HEADER: u64 = 8;
const ITEM_HEADER: u64 = 34;

/// Files that are kept at the least.
pub const FILES_KEPT: u32 = 10;

/// The binlog of one database.
#[derive(Debug)]
pub struct Binlog {
    dir: PathBuf,
    limit: u64,
    /// Never empty; the last one is written to.
    files: BTreeMap<u32, LogFile>,
    writer: Option<File>,
}

/// One file of a binlog.
#[derive(Debug, Default)]
struct LogFile {
    /// Padding up to here: this file began with a full sync.
    start: u64,
    /// The end of each record and the command.
    records: Vec<(u64, Bytes)>,
}

/// What a position of a replica is in its master's binlog.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Between two records: the stream can go on from here. Nobody asks *which* records lie before.
    Boundary,
    /// Past the end.
    Larger,
    /// In a file that is gone.
    Purged,
    /// Inside a record, or in the padding of a full sync.
    Inside,
}

impl LogFile {
    fn end(&self) -> u64 {
        self.records.last().map_or(self.start, |(end, _)| *end)
    }
}

impl Binlog {
    /// Reads what is in `dir`; a record that was not wholly written is cut off.
    pub fn open(dir: &Path, limit: u64) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let names = match disk::names(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            names => names?,
        };
        for name in names {
            let number = name.strip_prefix("write2file").map(str::parse);
            if let Some(Ok(number)) = number {
                let path = dir.join(name);
                let raw = disk::read(&path)?;
                let (file, whole) = parse(&raw);
                if whole < raw.len() {
                    disk::cut(&path, whole as u64)?;
                }
                files.insert(number, file);
            }
        }
        if files.is_empty() {
            files.insert(0, LogFile::default());
        }
        Ok(Self {
            dir: dir.to_owned(),
            limit,
            files,
            writer: None,
        })
    }

    /// The end of the last record.
    pub fn position(&self) -> BinlogPoint {
        self.files
            .last_key_value()
            .map_or(BinlogPoint(0, 0), |(number, file)| {
                BinlogPoint(*number, file.end())
            })
    }

    /// The oldest file that is still there.
    pub fn first_file(&self) -> u32 {
        self.files
            .first_key_value()
            .map_or(0, |(number, _)| *number)
    }

    /// Records that are still there.
    pub fn records(&self) -> usize {
        self.files.values().map(|file| file.records.len()).sum()
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Appends a command and hands it to the kernel before it returns.
    pub fn append(&mut self, command: Bytes) -> io::Result<BinlogPoint> {
        let BinlogPoint(mut number, mut end) = self.position();
        if end > self.limit {
            number += 1;
            end = 0;
            self.start_file(number, 0)?;
        }
        let after = record_end(end, command.len() as u64);
        if self.writer.is_none() {
            self.writer = Some(self.open_writer(number)?);
        }
        if let Some(writer) = &mut self.writer {
            writer.write_all(&frame(&command))?;
        }
        self.files
            .entry(number)
            .or_default()
            .records
            .push((after, command));
        Ok(BinlogPoint(number, after))
    }

    /// What a replica's position is here.
    pub fn standing(&self, BinlogPoint(number, offset): BinlogPoint) -> Standing {
        if BinlogPoint(number, offset) > self.position() {
            return Standing::Larger;
        }
        let Some(file) = self.files.get(&number) else {
            return Standing::Purged;
        };
        let known = offset == 0
            || offset == file.start
            || file
                .records
                .binary_search_by_key(&offset, |(end, _)| *end)
                .is_ok();
        if known {
            Standing::Boundary
        } else {
            Standing::Inside
        }
    }

    /// Records after `from`, oldest first, with the position after each: at least one if there is any,
    /// and not many more than `bytes`.
    pub fn after(&self, from: BinlogPoint, bytes: usize) -> Vec<(BinlogPoint, Bytes)> {
        let mut batch = Vec::new();
        let mut size = 0;
        for (number, file) in self.files.range(from.0..) {
            let offset = if *number == from.0 { from.1 } else { 0 };
            let skip = file.records.partition_point(|(end, _)| *end <= offset);
            for (end, command) in file.records.iter().skip(skip) {
                if size > bytes {
                    return batch;
                }
                size += command.len();
                batch.push((BinlogPoint(*number, *end), command.clone()));
            }
        }
        batch
    }

    /// Throws everything away and goes on from `at`, as after a full sync.
    pub fn restart_at(&mut self, BinlogPoint(number, offset): BinlogPoint) -> io::Result<()> {
        self.writer = None;
        disk::remove_folder(&self.dir)?;
        self.files.clear();
        self.start_file(number, offset)
    }

    /// Deletes files below `number`; the last ones stay.
    pub fn purge_below(&mut self, number: u32) -> io::Result<()> {
        let newest = self.position().0;
        let keep = number.min(newest.saturating_sub(FILES_KEPT - 1));
        while self.first_file() < keep {
            if let Some((old, _)) = self.files.pop_first() {
                match disk::remove(&self.path(old)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    fn start_file(&mut self, number: u32, start: u64) -> io::Result<()> {
        self.files.insert(
            number,
            LogFile {
                start,
                records: Vec::new(),
            },
        );
        self.writer = Some(self.open_writer(number)?);
        Ok(())
    }

    fn open_writer(&self, number: u32) -> io::Result<File> {
        disk::make_folder(&self.dir)?;
        let path = self.path(number);
        let fresh = !disk::exists(&path);
        let mut file = File::open(&path, How::Append)?;
        if fresh {
            let start = self.files.get(&number).map_or(0, |file| file.start);
            file.write_all(&start.to_le_bytes())?;
        }
        Ok(file)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.dir.join(format!("write2file{number}"))
    }
}

/// Where a record ends that is put at `at`.
fn record_end(mut at: u64, command: u64) -> u64 {
    let mut left = command + ITEM_HEADER;
    loop {
        let room = BLOCK - at % BLOCK;
        // What is too small for a header is padded.
        let room = if room < PIECE_HEADER {
            at += room;
            BLOCK
        } else {
            room
        };
        let piece = left.min(room - PIECE_HEADER);
        at += PIECE_HEADER + piece;
        left -= piece;
        if left == 0 {
            return at;
        }
    }
}

/// A command as it stands on this disk.
pub(super) fn frame(command: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(command.len() + 4);
    framed.extend(
        u32::try_from(command.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    framed.extend(command);
    framed
}

/// The next framed command of `raw` and what follows it; `None` where it is not whole.
pub(super) fn unframe(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = raw.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// A file and how many of its bytes are whole.
fn parse(raw: &[u8]) -> (LogFile, usize) {
    let Some((start, mut rest)) = raw.split_first_chunk::<8>() else {
        return (LogFile::default(), 0);
    };
    let mut file = LogFile {
        start: u64::from_le_bytes(*start),
        records: Vec::new(),
    };
    while let Some((command, after)) = unframe(rest) {
        file.records.push((
            record_end(file.end(), command.len() as u64),
            Bytes::copy_from_slice(command),
        ));
        rest = after;
    }
    (file, raw.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::serve::resp::pack;

    fn log(limit: u64) -> (tempfile::TempDir, Binlog) {
        let dir = tempfile::tempdir().unwrap();
        let log = Binlog::open(&dir.path().join("db0"), limit).unwrap();
        (dir, log)
    }

    #[test]
    fn offsets_are_those_that_real_servers_showed() {
        let (_dir, mut log) = log(100 << 20);
        assert_eq!(
            log.append(pack(&["SET", "a", "1"])).unwrap(),
            BinlogPoint(0, 69)
        );
        let (_dir, mut log) = self::log(100 << 20);
        assert_eq!(
            log.append(pack(&["clearreplicationid"])).unwrap(),
            BinlogPoint(0, 71)
        );
        // A counter after one record of 74 bytes, over 19 block borders (3.5.5, dup-03).
        for (count, end) in [(3471, 300_976), (14_522, 1_267_040), (14_889, 1_299_336)] {
            let mut at = 74;
            for n in 1..=count {
                at = record_end(
                    at,
                    pack(&["pksetexat", "cnt", "0", &n.to_string()]).len() as u64,
                );
            }
            assert_eq!(at, end);
        }
        // 20,000 SETs of redis-benchmark (3.5.5, repl-03).
        let end = (0..20_000).fold(17_162_008, |at, _| record_end(at, 144));
        assert_eq!(end, 20_882_456);
    }

    #[test]
    fn a_file_is_rolled_only_once_it_is_past_the_limit() {
        let (_dir, mut log) = log(100);
        let set = || pack(&["SET", "a", "1"]);
        assert_eq!(log.append(set()).unwrap(), BinlogPoint(0, 69));
        assert_eq!(log.append(set()).unwrap(), BinlogPoint(0, 138));
        assert_eq!(log.append(set()).unwrap(), BinlogPoint(1, 69));
        assert_eq!(log.after(BinlogPoint(0, 138), 1000).len(), 1);
        assert_eq!(log.after(BinlogPoint(0, 0), 1000).len(), 3);
    }

    #[test]
    fn standing_follows_the_order_of_the_rules() {
        let (_dir, mut log) = log(100);
        for _ in 0..30 {
            log.append(pack(&["SET", "a", "1"])).unwrap();
        }
        assert_eq!(log.position(), BinlogPoint(14, 138));
        log.purge_below(99).unwrap();
        assert_eq!(log.first_file(), 5, "ten files stay");
        for (at, standing) in [
            (BinlogPoint(14, 139), Standing::Larger),
            (BinlogPoint(15, 0), Standing::Larger),
            (BinlogPoint(4, 69), Standing::Purged),
            (BinlogPoint(14, 70), Standing::Inside),
            (BinlogPoint(14, 69), Standing::Boundary),
            (BinlogPoint(5, 0), Standing::Boundary),
        ] {
            assert_eq!(log.standing(at), standing, "{at:?}");
        }
    }

    #[test]
    fn a_log_survives_reopening_and_a_torn_record() {
        let (dir, mut log) = log(1000);
        log.restart_at(BinlogPoint(3, 500)).unwrap();
        log.append(pack(&["SET", "a", "1"])).unwrap();
        drop(log);
        let path = dir.path().join("db0/write2file3");
        let mut raw = fs::read(&path).unwrap();
        raw.extend([200, 0, 0, 0, 1, 2, 3]);
        fs::write(&path, raw).unwrap();
        let mut log = Binlog::open(&dir.path().join("db0"), 1000).unwrap();
        assert_eq!(log.position(), BinlogPoint(3, 569));
        assert_eq!(log.standing(BinlogPoint(3, 69)), Standing::Inside);
        assert_eq!(
            log.append(pack(&["SET", "a", "1"])).unwrap(),
            BinlogPoint(3, 638)
        );
    }
}
