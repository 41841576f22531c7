//! Commands on strings: what they answer, and what of them goes to replicas and to the append-only file.

use bytes::Bytes;
use pikafo::serve::glob;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;

use super::exec::integer;
use super::keyspace::Entry;
use super::keyspace::Keyspace;

/// On whose behalf a command runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Who {
    /// A client of a master: what has expired is deleted on the way.
    Client,
    /// A client of a replica: what has expired is hidden until the master says that it is deleted.
    Reader,
    /// The master's stream, or a file: nothing expires by itself.
    Stream,
}

/// One run of one command.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) data: &'a mut Keyspace,
    pub(super) db: usize,
    pub(super) now_ms: u64,
    pub(super) who: Who,
    /// What changed something, as it is told to others.
    pub(super) told: Vec<Request>,
}

/// An error in the server's words.
type Refusal = String;

const SYNTAX: &str = "ERR syntax error";
const NO_INTEGER: &str = "ERR value is not an integer or out of range";

impl Run<'_> {
    /// Carries a command of strings or keys out; `None` where it is another sort of command.
    pub(super) fn run(&mut self, name: &str, words: &Request) -> Option<Reply> {
        let answer = match name {
            "append" => Ok(self.append(words)),
            "dbsize" => Ok(integer(self.data.dbs[self.db].len())),
            "decr" => self.add(words, Ok(-1)),
            "decrby" => self.add(words, number(&words[2]).map(|by| -by)),
            "del" | "unlink" => Ok(self.delete(words)),
            "exists" => {
                let there = words[1..].iter().filter(|key| self.live(key).is_some());
                Ok(integer(there.count()))
            }
            "expire" => self.expire(words, 1000, self.now_ms),
            "expireat" => self.expire(words, 1000, 0),
            "flushall" => {
                self.data
                    .dbs
                    .iter_mut()
                    .for_each(std::collections::BTreeMap::clear);
                Ok(self.done(words))
            }
            "flushdb" => {
                self.data.dbs[self.db].clear();
                Ok(self.done(words))
            }
            "get" => Ok(self.value(&words[1])),
            "getset" => Ok(self.get_set(words)),
            "incr" => self.add(words, Ok(1)),
            "incrby" => self.add(words, number(&words[2])),
            "keys" => Ok(self.keys(&words[1])),
            "mget" => Ok(Reply::Array(
                words[1..].iter().map(|key| self.value(key)).collect(),
            )),
            "mset" => self.set_many(words),
            "persist" => Ok(self.persist(words)),
            "pexpire" => self.expire(words, 1, self.now_ms),
            "pexpireat" => self.expire(words, 1, 0),
            "psetex" => self.set_ex(words, 1),
            "pttl" => Ok(self.left(&words[1], 1)),
            "set" => self.set(words),
            "setex" => self.set_ex(words, 1000),
            "setnx" => Ok(self.set_nx(words)),
            "strlen" => Ok(integer(
                self.live(&words[1]).map_or(0, |entry| entry.value.len()),
            )),
            "ttl" => Ok(self.left(&words[1], 1000)),
            "type" => {
                let word = self.live(&words[1]).map_or("none", |_| "string");
                Ok(Reply::Simple(word.to_owned()))
            }
            _ => return None,
        };
        Some(answer.unwrap_or_else(Reply::error))
    }

    /// What is there for whoever asks.
    fn live(&mut self, key: &Bytes) -> Option<&Entry> {
        let over = self.data.get(self.db, key)?.over(self.now_ms);
        match self.who {
            Who::Client if over => {
                self.data.dbs[self.db].remove(key);
                self.tell(&[b"DEL", key]);
                None
            }
            Who::Reader if over => None,
            Who::Client | Who::Reader | Who::Stream => self.data.get(self.db, key),
        }
    }

    fn value(&mut self, key: &Bytes) -> Reply {
        let entry = self.live(key);
        entry.map_or(Reply::Nil, |entry| Reply::Bulk(entry.value.clone()))
    }

    fn put(&mut self, key: &Bytes, value: &Bytes, expires: Option<u64>) {
        let value = value.clone();
        self.data.dbs[self.db].insert(key.clone(), Entry { value, expires });
    }

    fn tell(&mut self, words: &[&[u8]]) {
        self.told.push(
            words
                .iter()
                .map(|word| Bytes::copy_from_slice(word))
                .collect(),
        );
    }

    fn done(&mut self, words: &Request) -> Reply {
        self.told.push(words.clone());
        Reply::ok()
    }

    fn append(&mut self, words: &Request) -> Reply {
        let old = self.live(&words[1]).cloned();
        let expires = old.as_ref().and_then(|entry| entry.expires);
        let mut value = old.map_or(Vec::new(), |entry| entry.value.to_vec());
        value.extend_from_slice(&words[2]);
        let length = value.len();
        self.put(&words[1], &Bytes::from(value), expires);
        self.told.push(words.clone());
        integer(length)
    }

    fn add(&mut self, words: &Request, by: Result<i64, Refusal>) -> Result<Reply, Refusal> {
        let by = by?;
        let old = self.live(&words[1]).cloned();
        let expires = old.as_ref().and_then(|entry| entry.expires);
        let old = old.map_or(Ok(0), |entry| number(&entry.value))?;
        let Some(new) = old.checked_add(by) else {
            return Err("ERR increment or decrement would overflow".to_owned());
        };
        self.put(&words[1], &Bytes::from(new.to_string()), expires);
        self.told.push(words.clone());
        Ok(Reply::Integer(new))
    }

    fn delete(&mut self, words: &Request) -> Reply {
        let mut gone = 0;
        for key in &words[1..] {
            if self.live(key).is_some() {
                self.data.dbs[self.db].remove(key);
                gone += 1;
            }
        }
        if gone > 0 {
            self.told.push(words.clone());
        }
        integer(gone)
    }

    fn expire(&mut self, words: &Request, unit: i64, from: u64) -> Result<Reply, Refusal> {
        let name = String::from_utf8_lossy(&words[0]).to_lowercase();
        let wrong = || format!("ERR invalid expire time in '{name}' command");
        let at = number(&words[2])?.checked_mul(unit);
        let at = at.and_then(|at| at.checked_add_unsigned(from));
        let at = at.ok_or_else(wrong)?;
        if words.len() > 3 {
            return Err("ERR Unsupported option here".to_owned());
        }
        let key = words[1].clone();
        if self.live(&key).is_none() {
            return Ok(Reply::Integer(0));
        }
        let at = u64::try_from(at).unwrap_or(0);
        if at <= self.now_ms && self.who == Who::Client {
            self.data.dbs[self.db].remove(&key);
            self.tell(&[b"DEL", &key]);
        } else {
            let entry = self.data.dbs[self.db].get_mut(&key);
            entry.expect("it is there").expires = Some(at);
            self.tell(&[b"PEXPIREAT", &key, at.to_string().as_bytes()]);
        }
        Ok(Reply::Integer(1))
    }

    fn get_set(&mut self, words: &Request) -> Reply {
        let old = self.value(&words[1]);
        self.put(&words[1], &words[2], None);
        self.tell(&[b"SET", &words[1], &words[2]]);
        old
    }

    fn keys(&mut self, pattern: &Bytes) -> Reply {
        let keys: Vec<Bytes> = self.data.dbs[self.db].keys().cloned().collect();
        let wanted = keys.into_iter().filter(|key| glob::fits(pattern, key));
        let live: Vec<Bytes> = wanted.filter(|key| self.live(key).is_some()).collect();
        Reply::bulks(live)
    }

    fn set_many(&mut self, words: &Request) -> Result<Reply, Refusal> {
        if words.len().is_multiple_of(2) {
            return Err("ERR wrong number of arguments for 'mset' command".to_owned());
        }
        for pair in words[1..].chunks_exact(2) {
            self.put(&pair[0], &pair[1], None);
        }
        Ok(self.done(words))
    }

    fn persist(&mut self, words: &Request) -> Reply {
        if self
            .live(&words[1])
            .and_then(|entry| entry.expires)
            .is_none()
        {
            return Reply::Integer(0);
        }
        let entry = self.data.dbs[self.db].get_mut(&words[1]);
        entry.expect("it is there").expires = None;
        self.told.push(words.clone());
        Reply::Integer(1)
    }

    fn left(&mut self, key: &Bytes, unit: u64) -> Reply {
        let now = self.now_ms;
        Reply::Integer(match self.live(key).map(|entry| entry.expires) {
            None => -2,
            Some(None) => -1,
            Some(Some(at)) => {
                let left = at.saturating_sub(now);
                i64::try_from((left + unit / 2) / unit).unwrap()
            }
        })
    }

    fn set_nx(&mut self, words: &Request) -> Reply {
        if self.live(&words[1]).is_some() {
            return Reply::Integer(0);
        }
        self.put(&words[1], &words[2], None);
        self.told.push(words.clone());
        Reply::Integer(1)
    }

    fn set_ex(&mut self, words: &Request, unit: i64) -> Result<Reply, Refusal> {
        let name = String::from_utf8_lossy(&words[0]).to_lowercase();
        let at = end(&words[2], unit, self.now_ms, &name)?;
        self.set_until(&words[1], &words[3], at);
        Ok(Reply::ok())
    }

    fn set_until(&mut self, key: &Bytes, value: &Bytes, at: u64) {
        self.put(key, value, Some(at));
        self.tell(&[b"SET", key, value, b"PXAT", at.to_string().as_bytes()]);
    }

    fn set(&mut self, words: &Request) -> Result<Reply, Refusal> {
        let (mut absent, mut present, mut get, mut keep) = (false, false, false, false);
        let mut until = None;
        let mut rest = words[3..].iter();
        while let Some(word) = rest.next() {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" if !present => absent = true,
                b"xx" if !absent => present = true,
                b"get" => get = true,
                b"keepttl" if until.is_none() => keep = true,
                unit @ (b"ex" | b"px" | b"exat" | b"pxat") if until.is_none() && !keep => {
                    let word = rest.next().ok_or(SYNTAX)?;
                    let each = if unit.starts_with(b"ex") { 1000 } else { 1 };
                    let from = if unit.ends_with(b"at") {
                        0
                    } else {
                        self.now_ms
                    };
                    until = Some(end(word, each, from, "set")?);
                }
                _ => return Err(SYNTAX.to_owned()),
            }
        }
        let old = self.live(&words[1]).cloned();
        let former = old
            .as_ref()
            .map_or(Reply::Nil, |e| Reply::Bulk(e.value.clone()));
        if absent && old.is_some() || present && old.is_none() {
            return Ok(if get { former } else { Reply::Nil });
        }
        if let Some(at) = until {
            self.set_until(&words[1], &words[2], at);
        } else {
            let kept = old.and_then(|entry| entry.expires).filter(|_| keep);
            self.put(&words[1], &words[2], kept);
            self.told.push(words.clone());
        }
        Ok(if get { former } else { Reply::ok() })
    }
}

/// When `word` times `unit` milliseconds after `from` is.
fn end(word: &Bytes, unit: i64, from: u64, name: &str) -> Result<u64, Refusal> {
    let wrong = || format!("ERR invalid expire time in '{name}' command");
    let length = number(word)?;
    let at = length.checked_mul(unit).filter(|_| length > 0);
    let at = at.and_then(|at| at.checked_add_unsigned(from));
    at.and_then(|at| u64::try_from(at).ok()).ok_or_else(wrong)
}

fn number(word: &Bytes) -> Result<i64, Refusal> {
    let text = std::str::from_utf8(word).ok();
    let number = text.and_then(|text| text.parse::<i64>().ok());
    number.ok_or_else(|| NO_INTEGER.to_owned())
}
