//! The slow log of Redis and Valkey: how long a command may keep the server from hearing another one.

use redis::Value;

use super::reply;
use crate::decide::facts::Slow;

/// The last entries only, for each carries a client's data over the wire.
pub(super) const QUESTION: &[&str] = &["SLOWLOG", "GET", "8"];

/// The slowest command of an answer to [`QUESTION`]; `now_s` is the server's own clock. Entries that are no entries
/// are passed over.
pub(super) fn slowest(answer: &Value, now_s: u64) -> Option<Slow> {
    let Value::Array(entries) = answer else {
        return None;
    };
    entries
        .iter()
        .filter_map(|entry| read(entry, now_s))
        .max_by_key(|slow| slow.took_us)
}

/// `[id, seconds since the epoch, microseconds, [command, arguments…], …]`.
fn read(entry: &Value, now_s: u64) -> Option<Slow> {
    let Value::Array(fields) = entry else {
        return None;
    };
    let [_, Value::Int(at_s), Value::Int(took_us), words, ..] = fields.as_slice() else {
        return None;
    };
    Some(Slow {
        command: reply::texts(words).first()?.to_uppercase(),
        took_us: u64::try_from(*took_us).ok()?,
        ago_s: now_s.saturating_sub(u64::try_from(*at_s).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at_s: i64, took_us: i64, words: &[&str]) -> Value {
        let words = words.iter().map(|w| Value::BulkString(w.as_bytes().into()));
        Value::Array(vec![
            Value::Int(7),
            Value::Int(at_s),
            Value::Int(took_us),
            Value::Array(words.collect()),
        ])
    }

    #[test]
    fn the_slowest_is_told_without_its_arguments() {
        let answer = Value::Array(vec![
            entry(90, 20_000, &["keys", "secret:*"]),
            entry(70, 900_000, &["lrange", "secret", "0", "-1"]),
            Value::Nil,
            entry(60, 30_000, &[]),
        ]);
        let slow = slowest(&answer, 100).unwrap();
        assert_eq!((slow.took_us, slow.ago_s), (900_000, 30));
        assert_eq!(slow.command, "LRANGE");
        assert_eq!(slowest(&Value::Nil, 100), None);
        assert_eq!(slowest(&Value::Array(Vec::new()), 100), None);
    }
}
