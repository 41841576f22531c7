//! The commands on data: what they answer, what they change, and what they leave in the binlog.
//!
//! A write that succeeds is logged whether it changed anything or not, as on the real server. Relative
//! expiries are logged as absolute ones.

use std::io;

use bytes::Bytes;

use super::store::Entry;
use super::store::Store;
use crate::serve::glob;
use crate::serve::resp::Reply;
use crate::serve::resp::pack;

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub reply: Reply,
    /// What the binlog gets; nothing where the command failed or only read.
    pub log: Option<Bytes>,
}

/// Runs one command on data; `None` if `name` (lower case) is not one of these.
///
/// `now_ms` is the wall clock; `logs_results` makes INCR and the like leave their result in the binlog.
pub fn run(
    store: &mut Store,
    name: &str,
    words: &[Bytes],
    now_ms: i64,
    logs_results: bool,
) -> io::Result<Option<Done>> {
    let mut at = At { store, now_ms };
    let args = words.get(1..).unwrap_or_default();
    let done = match (name, args) {
        ("get", [key]) => read(at.value(key)),
        ("mget", keys) => read(Reply::Array(keys.iter().map(|key| at.value(key)).collect())),
        ("strlen", [key]) => read(integer(at.get(key).map_or(0, |entry| entry.value.len()))),
        ("exists", keys) => read(integer(
            keys.iter().filter(|key| at.get(key).is_some()).count(),
        )),
        ("type", [key]) => read(Reply::Simple(
            if at.get(key).is_some() {
                "string"
            } else {
                "none"
            }
            .to_owned(),
        )),
        ("keys", [pattern, ..]) => read(at.keys(pattern)),
        ("ttl", [key]) => read(Reply::Integer(
            at.ttl_ms(key)
                .map_or_else(|code| code, |ms| (ms + 999) / 1000),
        )),
        ("pttl", [key]) => read(Reply::Integer(at.ttl_ms(key).unwrap_or_else(|code| code))),
        ("set", [key, value, options @ ..]) => at.set(words, key, value, options)?,
        ("setnx", [key, value]) => {
            let fresh = at.get(key).is_none();
            if fresh {
                at.put(key, value.clone(), None)?;
            }
            wrote(Reply::Integer(i64::from(fresh)), pack(words))
        }
        ("setex", [key, seconds, value]) => at.set_for(key, value, seconds, 1000)?,
        ("psetex", [key, millis, value]) => at.set_for(key, value, millis, 1)?,
        ("pksetexat", [key, seconds, value]) => match number(seconds) {
            Some(seconds) => {
                at.put(
                    key,
                    value.clone(),
                    (seconds > 0).then_some(seconds.saturating_mul(1000)),
                )?;
                wrote(Reply::ok(), pack(words))
            }
            None => fail(NOT_INTEGER),
        },
        ("getset", [key, value]) => {
            let old = at.value(key);
            at.put(key, value.clone(), None)?;
            wrote(old, pack(words))
        }
        ("mset", pairs) if pairs.len().is_multiple_of(2) => {
            for pair in pairs.chunks_exact(2) {
                if let [key, value] = pair {
                    at.put(key, value.clone(), None)?;
                }
            }
            wrote(Reply::ok(), pack(words))
        }
        ("mset", _) => fail("ERR wrong number of arguments for 'mset' command"),
        ("append", [key, tail]) => {
            let (mut value, expires) = at
                .get(key)
                .map(|e| (e.value.to_vec(), e.expires_ms))
                .unwrap_or_default();
            value.extend_from_slice(tail);
            let length = value.len();
            at.finish(
                words,
                key,
                Bytes::from(value),
                expires,
                logs_results,
                integer(length),
            )?
        }
        ("incr", [key]) => at.add(words, key, Some(1), logs_results)?,
        ("decr", [key]) => at.add(words, key, Some(-1), logs_results)?,
        ("incrby", [key, by]) => at.add(words, key, number(by), logs_results)?,
        ("decrby", [key, by]) => at.add(
            words,
            key,
            number(by).and_then(i64::checked_neg),
            logs_results,
        )?,
        ("del", keys) => {
            let mut removed = 0;
            for key in keys {
                removed += i64::from(at.store.remove(key, now_ms)?);
            }
            wrote(Reply::Integer(removed), pack(words))
        }
        ("expire", [key, seconds]) => at.expire_in(key, seconds, 1000)?,
        ("pexpire", [key, millis]) => at.expire_in(key, millis, 1)?,
        ("expireat", [key, seconds]) => match number(seconds) {
            Some(seconds) => at.expire_at(key, seconds.saturating_mul(1000))?,
            None => fail(NOT_INTEGER),
        },
        ("persist", [key]) => {
            let had = at
                .get(key)
                .filter(|entry| entry.expires_ms.is_some())
                .map(|entry| entry.value.clone());
            let reply = Reply::Integer(i64::from(had.is_some()));
            if let Some(value) = had {
                at.put(key, value, None)?;
            }
            wrote(reply, pack(words))
        }
        ("flushdb" | "flushall", _) => {
            at.store.clear()?;
            wrote(Reply::ok(), pack(words))
        }
        _ => return Ok(None),
    };
    Ok(Some(done))
}

const NOT_INTEGER: &str = "ERR value is not an integer or out of range";

/// A database at a moment.
struct At<'a> {
    store: &'a mut Store,
    now_ms: i64,
}

impl At<'_> {
    fn get(&self, key: &[u8]) -> Option<&Entry> {
        self.store.get(key, self.now_ms)
    }

    fn value(&self, key: &[u8]) -> Reply {
        self.get(key)
            .map_or(Reply::Nil, |entry| Reply::Bulk(entry.value.clone()))
    }

    fn put(&mut self, key: &Bytes, value: Bytes, expires_ms: Option<i64>) -> io::Result<()> {
        self.store.set(key.clone(), Entry { value, expires_ms })
    }

    /// Milliseconds left, or Redis' code for "no expiry" and "no such key".
    fn ttl_ms(&self, key: &[u8]) -> Result<i64, i64> {
        let entry = self.get(key).ok_or(-2_i64)?;
        entry.expires_ms.map(|at| at - self.now_ms).ok_or(-1)
    }

    fn keys(&self, pattern: &[u8]) -> Reply {
        let living = self
            .store
            .data()
            .keys()
            .filter(|key| self.get(key).is_some() && glob::fits(pattern, key));
        Reply::Array(living.cloned().map(Reply::Bulk).collect())
    }

    fn set(
        &mut self,
        words: &[Bytes],
        key: &Bytes,
        value: &Bytes,
        options: &[Bytes],
    ) -> io::Result<Done> {
        let (mut only_new, mut only_old, mut expires) = (false, false, None);
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match option.to_ascii_lowercase().as_slice() {
                b"nx" => only_new = true,
                b"xx" => only_old = true,
                unit @ (b"ex" | b"px") => {
                    let scale = if unit == b"ex" { 1000 } else { 1 };
                    match options.next().and_then(|text| number(text)) {
                        Some(count) if count > 0 => {
                            expires = Some(self.now_ms + count.saturating_mul(scale));
                        }
                        Some(_) => return Ok(fail("ERR invalid expire time in 'set' command")),
                        None => return Ok(fail(NOT_INTEGER)),
                    }
                }
                _ => return Ok(fail("ERR syntax error")),
            }
        }
        if only_new && only_old {
            return Ok(fail("ERR syntax error"));
        }
        let there = self.get(key).is_some();
        let sets = !(only_new && there || only_old && !there);
        if sets {
            self.put(key, value.clone(), expires)?;
        }
        let reply = if sets { Reply::ok() } else { Reply::Nil };
        let log = match expires {
            // A conditional SET keeps its condition in the log, and with it its relative expiry.
            Some(at) if !only_new && !only_old => absolute(key, at, value),
            Some(_) | None => pack(words),
        };
        Ok(wrote(reply, log))
    }

    fn set_for(
        &mut self,
        key: &Bytes,
        value: &Bytes,
        count: &[u8],
        scale: i64,
    ) -> io::Result<Done> {
        match number(count) {
            Some(count) if count > 0 => {
                let at = self.now_ms + count.saturating_mul(scale);
                self.put(key, value.clone(), Some(at))?;
                Ok(wrote(Reply::ok(), absolute(key, at, value)))
            }
            Some(_) => Ok(fail("ERR invalid expire time in 'setex' command")),
            None => Ok(fail(NOT_INTEGER)),
        }
    }

    fn add(
        &mut self,
        words: &[Bytes],
        key: &Bytes,
        by: Option<i64>,
        logs_results: bool,
    ) -> io::Result<Done> {
        let Some(by) = by else {
            return Ok(fail(NOT_INTEGER));
        };
        let (old, expires) = match self.get(key) {
            None => (Some(0), None),
            Some(entry) => (number(&entry.value), entry.expires_ms),
        };
        let Some(old) = old else {
            return Ok(fail(NOT_INTEGER));
        };
        let Some(new) = old.checked_add(by) else {
            return Ok(fail("ERR increment or decrement would overflow"));
        };
        self.finish(
            words,
            key,
            Bytes::from(new.to_string()),
            expires,
            logs_results,
            Reply::Integer(new),
        )
    }

    /// Puts a value that was made from the old one.
    fn finish(
        &mut self,
        words: &[Bytes],
        key: &Bytes,
        value: Bytes,
        expires: Option<i64>,
        logs_results: bool,
        reply: Reply,
    ) -> io::Result<Done> {
        let log = if logs_results {
            absolute(key, expires.unwrap_or(0), &value)
        } else {
            pack(words)
        };
        self.put(key, value, expires)?;
        Ok(wrote(reply, log))
    }

    fn expire_in(&mut self, key: &Bytes, count: &[u8], scale: i64) -> io::Result<Done> {
        match number(count) {
            Some(count) => {
                self.expire_at(key, self.now_ms.saturating_add(count.saturating_mul(scale)))
            }
            None => Ok(fail(NOT_INTEGER)),
        }
    }

    fn expire_at(&mut self, key: &Bytes, at: i64) -> io::Result<Done> {
        let value = self.get(key).map(|entry| entry.value.clone());
        let reply = Reply::Integer(i64::from(value.is_some()));
        if let Some(value) = value {
            self.put(key, value, Some(at))?;
        }
        Ok(wrote(
            reply,
            pack(&[&b"expireat"[..], key, (at / 1000).to_string().as_bytes()]),
        ))
    }
}

/// The log's form of a value with the second at which it expires; 0 is never.
fn absolute(key: &[u8], expires_ms: i64, value: &[u8]) -> Bytes {
    pack(&[
        &b"pksetexat"[..],
        key,
        (expires_ms / 1000).to_string().as_bytes(),
        value,
    ])
}

fn read(reply: Reply) -> Done {
    Done { reply, log: None }
}

fn wrote(reply: Reply, log: Bytes) -> Done {
    Done {
        reply,
        log: Some(log),
    }
}

fn fail(text: &str) -> Done {
    Done {
        reply: Reply::error(text),
        log: None,
    }
}

fn integer(n: usize) -> Reply {
    Reply::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
