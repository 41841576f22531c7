//! Header and line, and the digest of what was decided.
//!
//! Most inputs are looks that differ little from the one before. Such a line names its predecessor, the last line of the
//! same kind about the same node (`like`), and holds what is different (`delta`): an object goes into that field, and a
//! list of one is the field's new value.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::tale::Deed;
use crate::decide::name::Addr;
use crate::decide::watcher::Id;

/// What the first line says it is.
pub const MARK: &str = "pikafo";
/// The form that is written.
pub const VERSION: u32 = 1;

/// The first line of a segment.
#[derive(Debug, Deserialize, Serialize)]
pub struct Header<E> {
    /// [`MARK`].
    pub record: String,
    pub v: u32,
    /// Of the program that wrote it.
    pub version: String,
    pub id: Id,
    pub addr: Addr,
    /// RFC 3339.
    pub at: String,
    /// The engine as it was before the first input.
    pub engine: E,
}

/// Any other line.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Line {
    /// `now_us`, `wall_ms`, `nonce`.
    at: (u64, i64, u64),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    like: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delta: Option<Value>,
    /// The digest; absent where nothing was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
    /// The same in words, where it matters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub what: Vec<Deed>,
}

/// Writes and reads the events of one segment, each against the one that it is like.
#[derive(Debug, Default)]
pub struct Likeness {
    /// As text, which is a tenth as large as what is made of it: there is one of every node.
    last: BTreeMap<String, Box<str>>,
}

impl Likeness {
    /// The line of an input, without what came of it.
    pub fn encode(&mut self, input: &Input) -> serde_json::Result<Line> {
        let mut line = Line {
            at: (input.now_us, input.wall_ms, input.nonce),
            ..Line::default()
        };
        let event = serde_json::to_value(&input.event)?;
        let Some(key) = key(&event) else {
            line.event = Some(event);
            return Ok(line);
        };
        let text = event.to_string().into();
        if let Some(last) = self.last.insert(key.clone(), text) {
            line.delta = Some(difference(&serde_json::from_str(&last)?, &event));
            line.like = Some(key);
        } else {
            line.event = Some(event);
        }
        Ok(line)
    }

    /// The input of a line; the reason where it cannot be had.
    pub fn decode(&mut self, line: &Line) -> Result<Input, String> {
        let event = match (&line.event, &line.like, &line.delta) {
            (Some(event), None, None) => {
                if let Some(key) = key(event) {
                    self.last.insert(key, event.to_string().into());
                }
                event.clone()
            }
            (None, Some(key), Some(delta)) => {
                let last = self
                    .last
                    .get_mut(key)
                    .ok_or_else(|| format!("nothing before it is {key}"))?;
                let mut event = serde_json::from_str(last).map_err(|error| error.to_string())?;
                apply(&mut event, delta)?;
                *last = event.to_string().into();
                event
            }
            _ => return Err("neither an event nor a difference from one".to_owned()),
        };
        let (now_us, wall_ms, nonce) = line.at;
        Ok(Input {
            now_us,
            wall_ms,
            nonce,
            event: Event::deserialize(event).map_err(|error| error.to_string())?,
        })
    }
}

/// Under which an event is found by the next one that is like it.
fn key(event: &Value) -> Option<String> {
    let kind = ["seen", "replication"]
        .into_iter()
        .find(|kind| event.get(kind).is_some())?;
    let body = event.get(kind)?;
    let (cluster, node) = (body.get("cluster")?.as_str()?, body.get("node")?.as_str()?);
    Some(format!("{kind} {cluster} {node}"))
}

/// What makes `new` of `old`. Fields that come or go make a new value of their object.
fn difference(old: &Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
            let pairs = new.iter().filter_map(|(key, new)| {
                let old = old.get(key)?;
                (old != new).then(|| (key.clone(), difference(old, new)))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        (_, new) => Value::Array(vec![new.clone()]),
    }
}

fn apply(value: &mut Value, delta: &Value) -> Result<(), String> {
    match delta {
        Value::Array(new) => match new.as_slice() {
            [new] => *value = new.clone(),
            _ => return Err("a new value is a list of one".to_owned()),
        },
        Value::Object(fields) => {
            for (name, delta) in fields {
                let field = value
                    .get_mut(name)
                    .ok_or_else(|| format!("there is no field {name} to differ in"))?;
                apply(field, delta)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err("a difference is an object or a list of one".to_owned());
        }
    }
    Ok(())
}

/// The header of a segment that begins before `input`.
pub fn header<'e>(engine: &'e Engine, input: &Input) -> Header<&'e Engine> {
    let at = jiff::Timestamp::from_millisecond(input.wall_ms);
    Header {
        record: MARK.to_owned(),
        v: VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        id: engine.id().clone(),
        addr: engine.addr().clone(),
        at: at.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string(),
        engine,
    }
}

/// Sixteen hex digits that stand for a batch of actions; `None` for an empty one.
pub fn digest(actions: &[Action]) -> Option<String> {
    if actions.is_empty() {
        return None;
    }
    let mut sum = Fnv(0xcbf2_9ce4_8422_2325);
    // What cannot be written is cut off at the same place each time.
    let _whole = serde_json::to_writer(&mut sum, actions).is_ok();
    Some(format!("{:016x}", sum.0))
}

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
