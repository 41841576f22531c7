//! Snapshots in Redis' own file format, as far as strings go: so that a real redis-server can follow a node of these,
//! and the other way round where it does not compress (`rdbcompression no`).

use bytes::Buf as _;
use bytes::BufMut as _;
use bytes::Bytes;
use bytes::BytesMut;

use super::keyspace::DATABASES;
use super::keyspace::Entry;
use super::keyspace::Keyspace;

/// Where in which history a snapshot was taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Mark {
    pub(super) id: String,
    pub(super) offset: u64,
    /// The database that the stream is in from there on.
    pub(super) stream_db: usize,
}

const MAGIC: &[u8] = b"REDIS0010";
const FUNCTION: u8 = 0xf5;
const IDLE: u8 = 0xf8;
const FREQUENCY: u8 = 0xf9;
const AUX: u8 = 0xfa;
const SIZES: u8 = 0xfb;
const EXPIRES_MS: u8 = 0xfc;
const SELECT: u8 = 0xfe;
const END: u8 = 0xff;
const STRING: u8 = 0;

/// A snapshot of `data`.
pub(super) fn write(data: &Keyspace, mark: Option<&Mark>) -> Bytes {
    let mut out = BytesMut::from(MAGIC);
    if let Some(mark) = mark {
        let offset = mark.offset.to_string();
        for (key, value) in [
            ("repl-stream-db", &mark.stream_db.to_string()),
            ("repl-id", &mark.id),
            ("repl-offset", &offset),
        ] {
            out.put_u8(AUX);
            put_text(&mut out, key.as_bytes());
            put_text(&mut out, value.as_bytes());
        }
    }
    for (number, db) in data.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
        out.put_u8(SELECT);
        put_length(&mut out, number);
        for (key, entry) in db {
            if let Some(at) = entry.expires {
                out.put_u8(EXPIRES_MS);
                out.put_u64_le(at);
            }
            out.put_u8(STRING);
            put_text(&mut out, key);
            put_text(&mut out, &entry.value);
        }
    }
    out.put_u8(END);
    // No checksum, which readers take for "not checked".
    out.put_u64_le(0);
    out.freeze()
}

/// Reads a snapshot; `None` where it holds something else than plain strings, or is no snapshot.
pub(super) fn read(mut bytes: Bytes) -> Option<(Keyspace, Option<Mark>)> {
    if bytes.len() < MAGIC.len() || !bytes.starts_with(b"REDIS") {
        return None;
    }
    bytes.advance(MAGIC.len());
    let mut data = Keyspace::default();
    let (mut db, mut expires) = (0, None);
    let (mut id, mut offset, mut stream_db) = (None, None, 0);
    loop {
        match take_byte(&mut bytes)? {
            AUX => {
                let (key, value) = (take_text(&mut bytes)?, take_text(&mut bytes)?);
                let value = String::from_utf8_lossy(&value).into_owned();
                match &*key {
                    b"repl-id" => id = Some(value),
                    b"repl-offset" => offset = value.parse().ok(),
                    b"repl-stream-db" => stream_db = value.parse().unwrap_or(0),
                    _ => {}
                }
            }
            SIZES => {
                take_length(&mut bytes)?;
                take_length(&mut bytes)?;
            }
            SELECT => db = take_length(&mut bytes)?,
            EXPIRES_MS => expires = Some(bytes.try_get_u64_le().ok()?),
            IDLE => drop(take_length(&mut bytes)?.to_string()),
            FREQUENCY => drop(take_byte(&mut bytes)?.to_string()),
            FUNCTION => drop(take_text(&mut bytes)?),
            STRING => {
                let (key, value) = (take_text(&mut bytes)?, take_text(&mut bytes)?);
                let expires = expires.take();
                let keys = data.dbs.get_mut(db).filter(|_| db < DATABASES)?;
                keys.insert(key, Entry { value, expires });
            }
            END => {
                let mark = id.zip(offset).map(|(id, offset)| Mark {
                    id,
                    offset,
                    stream_db,
                });
                return Some((data, mark));
            }
            _ => return None,
        }
    }
}

fn put_length(out: &mut BytesMut, length: usize) {
    match length {
        0..0x40 => out.put_u8(u8::try_from(length).unwrap()),
        0x40..0x4000 => out.put_u16(0x4000 | u16::try_from(length).unwrap()),
        _ => {
            out.put_u8(0x80);
            out.put_u32(u32::try_from(length).unwrap());
        }
    }
}

fn put_text(out: &mut BytesMut, text: &[u8]) {
    put_length(out, text.len());
    out.put_slice(text);
}

fn take_byte(bytes: &mut Bytes) -> Option<u8> {
    bytes.try_get_u8().ok()
}

fn take_length(bytes: &mut Bytes) -> Option<usize> {
    let first = take_byte(bytes)?;
    match first >> 6 {
        0 => Some(usize::from(first & 0x3f)),
        1 => Some(usize::from(first & 0x3f) << 8 | usize::from(take_byte(bytes)?)),
        2 if first == 0x80 => usize::try_from(bytes.try_get_u32().ok()?).ok(),
        2 => usize::try_from(bytes.try_get_u64().ok()?).ok(),
        _ => None,
    }
}

fn take_text(bytes: &mut Bytes) -> Option<Bytes> {
    // Small numbers are written as such.
    let number = match bytes.first()? {
        0xc0 => Some((1, i64::from(i8::from_le_bytes([*bytes.get(1)?])))),
        0xc1 => Some((
            2,
            i64::from(i16::from_le_bytes(bytes.get(1..3)?.try_into().ok()?)),
        )),
        0xc2 => Some((
            4,
            i64::from(i32::from_le_bytes(bytes.get(1..5)?.try_into().ok()?)),
        )),
        _ => None,
    };
    if let Some((size, number)) = number {
        bytes.advance(1 + size);
        return Some(Bytes::from(number.to_string()));
    }
    let length = take_length(bytes)?;
    (bytes.len() >= length).then(|| bytes.split_to(length))
}
