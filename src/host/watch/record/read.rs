//! Segments, read back and lived again.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::line::Header;
use super::line::Likeness;
use super::line::Line;
use super::line::MARK;
use super::line::VERSION;
use super::line::digest;
use super::writer;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Input;
use crate::decide::engine::tale::Deed;

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read {}: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{} is not a record of pikafo watch", path.display())]
    Foreign { path: PathBuf },
    #[error("{} is cut off in its first line", path.display())]
    Empty { path: PathBuf },
    #[error("{} is of a form ({found}) that this pikafo does not know", path.display())]
    Later { path: PathBuf, found: u64 },
    #[error("{}:{line} is damaged: {why}", path.display())]
    Damaged {
        path: PathBuf,
        line: usize,
        why: String,
    },
}

/// One segment, and the engine as it was when the segment began.
#[derive(Debug)]
pub struct Segment {
    pub path: PathBuf,
    pub header: Header<Engine>,
    lines: Vec<(usize, Line)>,
    /// The last line was cut off, and is left out.
    pub torn: bool,
}

/// One input, lived again.
#[derive(Debug)]
pub struct Turn {
    /// Counted from 1.
    pub line: usize,
    pub input: Input,
    pub actions: Vec<Action>,
    /// Exactly what was decided then is decided now.
    pub same: bool,
    /// What was decided then, as far as it was worth words.
    pub then: Vec<Deed>,
}

/// The files that `paths` mean: a folder stands for the segments in it, oldest first.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ReadError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let listed = writer::segments(path).map_err(|error| ReadError::Io {
                path: path.clone(),
                error,
            })?;
            files.extend(listed.into_iter().map(|(_, path)| path));
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

impl Segment {
    /// Reads a whole segment.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = fs::read(path).map_err(|error| ReadError::Io {
            path: path.to_owned(),
            error,
        })?;
        Self::of(path, &bytes)
    }

    /// The same of the bytes of the file at `path`, which is not opened.
    pub fn of(path: &Path, bytes: &[u8]) -> Result<Self, ReadError> {
        let mut torn = false;
        let whole = bytes.last() == Some(&b'\n');
        let texts: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let mut texts = texts.into_iter().filter(|text| !text.is_empty()).peekable();
        let path = path.to_owned();
        let first = texts
            .next()
            .ok_or_else(|| ReadError::Empty { path: path.clone() })?;
        let header = header(first, whole || texts.peek().is_some(), &path)?;
        let mut lines = Vec::new();
        let mut number = 1;
        while let Some(text) = texts.next() {
            number += 1;
            match serde_json::from_slice(text) {
                Ok(line) => lines.push((number, line)),
                Err(_) if texts.peek().is_none() && !whole => torn = true,
                Err(error) => {
                    return Err(ReadError::Damaged {
                        path,
                        line: number,
                        why: error.to_string(),
                    });
                }
            }
        }
        Ok(Self {
            path,
            header,
            lines,
            torn,
        })
    }

    /// Feeds every input to the engine of the header.
    pub fn replay(self) -> impl Iterator<Item = Result<Turn, ReadError>> {
        let Self {
            path,
            header,
            lines,
            torn: _,
        } = self;
        let mut engine = header.engine;
        let mut likeness = Likeness::default();
        lines.into_iter().map(move |(number, line)| {
            let input = likeness.decode(&line).map_err(|why| ReadError::Damaged {
                path: path.clone(),
                line: number,
                why,
            })?;
            let actions = engine.step(input.clone());
            Ok(Turn {
                line: number,
                input,
                same: digest(&actions) == line.did,
                actions,
                then: line.what,
            })
        })
    }
}

fn header(text: &[u8], whole: bool, path: &Path) -> Result<Header<Engine>, ReadError> {
    let path = path.to_owned();
    let value: serde_json::Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(error) if error.is_eof() && !whole && text.starts_with(br#"{"record""#) => {
            return Err(ReadError::Empty { path });
        }
        Err(_) => return Err(ReadError::Foreign { path }),
    };
    if value.get("record").and_then(|mark| mark.as_str()) != Some(MARK) {
        return Err(ReadError::Foreign { path });
    }
    let found = value.get("v").and_then(serde_json::Value::as_u64);
    if found != Some(u64::from(VERSION)) {
        let found = found.unwrap_or(0);
        return Err(ReadError::Later { path, found });
    }
    serde_json::from_value(value).map_err(|error| ReadError::Damaged {
        path,
        line: 1,
        why: error.to_string(),
    })
}
