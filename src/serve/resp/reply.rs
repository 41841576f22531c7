//! What is answered, and how it looks on the wire in either protocol.

use bytes::BufMut as _;
use bytes::Bytes;
use bytes::BytesMut;

/// Which RESP a connection speaks.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Protocol {
    #[default]
    Resp2,
    Resp3,
}

/// One reply of a server. What RESP2 does not have is written as its nearest relation there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reply {
    /// `+text`; one line.
    Simple(String),
    /// `-text`; one line, the code first.
    Error(String),
    Integer(i64),
    /// Milliseconds as seconds: `,`; RESP2: a bulk.
    Millis(u64),
    Bulk(Bytes),
    /// `$-1`; RESP3: `_`.
    Nil,
    /// `*-1`; RESP3: `_`.
    NilArray,
    Array(Vec<Self>),
    /// `%`; RESP2: an array of keys and values by turns.
    Map(Vec<(Self, Self)>),
    /// `~`; RESP2: an array.
    Set(Vec<Self>),
    /// `>`, what was not asked for or comes before the answer; RESP2: an array.
    Push(Vec<Self>),
    /// `=` plain text; RESP2: a bulk.
    Text(String),
    /// Several replies to one request, one after the other.
    Several(Vec<Self>),
    /// Bytes as they stand, for a server that answers something that is no RESP.
    Raw(Bytes),
}

impl Reply {
    pub fn ok() -> Self {
        Self::Simple("OK".to_owned())
    }

    pub fn error(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }

    pub fn bulk(text: impl AsRef<[u8]>) -> Self {
        Self::Bulk(Bytes::copy_from_slice(text.as_ref()))
    }

    pub fn bulks<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Array(texts.into_iter().map(Self::bulk).collect())
    }

    /// One-line texts.
    pub fn lines<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let line = |text: T| Self::Simple(text.as_ref().to_owned());
        Self::Array(texts.into_iter().map(line).collect())
    }

    /// Appends the reply as it goes over the wire. A line break inside a one-line reply becomes a
    /// space, so that a reply can never end early.
    pub fn write(&self, out: &mut BytesMut, protocol: Protocol) {
        let three = protocol == Protocol::Resp3;
        let all = |out: &mut BytesMut, kind: u8, items: &[Self]| {
            count(out, kind, items.len());
            for item in items {
                item.write(out, protocol);
            }
        };
        match self {
            Self::Simple(text) => line(out, b'+', text),
            Self::Error(text) => line(out, b'-', text),
            Self::Integer(n) => line(out, b':', &n.to_string()),
            Self::Millis(ms) if three => line(out, b',', &seconds(*ms)),
            Self::Millis(ms) => bulk(out, seconds(*ms).as_bytes()),
            Self::Bulk(data) => bulk(out, data),
            Self::Nil | Self::NilArray if three => out.put_slice(b"_\r\n"),
            Self::Nil => out.put_slice(b"$-1\r\n"),
            Self::NilArray => out.put_slice(b"*-1\r\n"),
            Self::Array(items) => all(out, b'*', items),
            Self::Set(items) => all(out, if three { b'~' } else { b'*' }, items),
            Self::Push(items) => all(out, if three { b'>' } else { b'*' }, items),
            Self::Map(pairs) => {
                if three {
                    count(out, b'%', pairs.len());
                } else {
                    count(out, b'*', pairs.len() * 2);
                }
                for (key, value) in pairs {
                    key.write(out, protocol);
                    value.write(out, protocol);
                }
            }
            Self::Text(text) if three => {
                count(out, b'=', text.len() + 4);
                out.put_slice(b"txt:");
                out.put_slice(text.as_bytes());
                out.put_slice(b"\r\n");
            }
            Self::Text(text) => bulk(out, text.as_bytes()),
            Self::Several(items) => {
                for item in items {
                    item.write(out, protocol);
                }
            }
            Self::Raw(data) => out.put_slice(data),
        }
    }
}

/// `0.25`, `3`.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A line that begins with `kind`.
pub(super) fn line(out: &mut BytesMut, kind: u8, text: &str) {
    out.put_u8(kind);
    out.extend(text.bytes().map(|byte| {
        if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            byte
        }
    }));
    out.put_slice(b"\r\n");
}

fn count(out: &mut BytesMut, kind: u8, count: usize) {
    line(out, kind, &count.to_string());
}

fn bulk(out: &mut BytesMut, data: &[u8]) {
    count(out, b'$', data.len());
    out.put_slice(data);
    out.put_slice(b"\r\n");
}
