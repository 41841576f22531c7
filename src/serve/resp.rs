//! The server's side of RESP2: requests in (multi-bulk and inline), replies out.
//!
//! The decoder trusts nobody: the number of arguments, the size of one and the length of an inline line
//! are bounded, and memory is taken for what has arrived, never for what was announced.

use bytes::Buf as _;
use bytes::BufMut as _;
use bytes::Bytes;
use bytes::BytesMut;
use tokio_util::codec::Decoder;
use tokio_util::codec::Encoder;

/// One request: the command's name and its arguments. Empty for `*0`, which asks nothing.
pub type Request = Vec<Bytes>;

/// Reads requests and writes replies on a byte stream.
#[derive(Clone, Debug)]
pub struct RespCodec {
    limits: Limits,
    partial: Option<Partial>,
}

/// How much one request may ask of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Arguments of one request, the command's name among them.
    pub arguments: usize,
    /// Bytes of one argument.
    pub bulk: usize,
    /// Bytes of a line: an inline request, or the header of a multi-bulk one.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            arguments: 1024 * 1024,
            bulk: 512 * 1024 * 1024,
            line: 64 * 1024,
        }
    }
}

/// A multi-bulk request of which a part has arrived.
#[derive(Clone, Debug)]
struct Partial {
    left: usize,
    bulk: Option<usize>,
    request: Request,
}

/// Why bytes are no request. After any of these the stream is out of step and must be closed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("Protocol error: invalid multibulk length")]
    BadCount,
    #[error("Protocol error: invalid bulk length")]
    BadLength,
    #[error("Protocol error: expected '$', got '{0}'")]
    NoBulk(char),
    #[error("Protocol error: too big inline request")]
    LongLine,
    #[error("Protocol error: unbalanced quotes in request")]
    Quotes,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// One reply of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reply {
    /// `+text`; one line.
    Simple(String),
    /// `-text`; one line, the code first.
    Error(String),
    Integer(i64),
    Bulk(Bytes),
    /// `$-1`.
    Nil,
    /// `*-1`.
    NilArray,
    Array(Vec<Self>),
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

    /// Appends the reply as it goes over the wire. A line break inside a one-line reply becomes a
    /// space, so that a reply can never end early.
    pub fn write(&self, out: &mut BytesMut) {
        match self {
            Self::Simple(text) => line(out, b'+', text),
            Self::Error(text) => line(out, b'-', text),
            Self::Integer(n) => line(out, b':', &n.to_string()),
            Self::Bulk(data) => {
                line(out, b'$', &data.len().to_string());
                out.put_slice(data);
                out.put_slice(b"\r\n");
            }
            Self::Nil => out.put_slice(b"$-1\r\n"),
            Self::NilArray => out.put_slice(b"*-1\r\n"),
            Self::Array(items) => {
                line(out, b'*', &items.len().to_string());
                for item in items {
                    item.write(out);
                }
            }
            Self::Several(items) => {
                for item in items {
                    item.write(out);
                }
            }
            Self::Raw(data) => out.put_slice(data),
        }
    }
}

/// A request as a client (or a binlog) writes it.
pub fn pack<T: AsRef<[u8]>>(arguments: &[T]) -> Bytes {
    let mut out = BytesMut::new();
    line(&mut out, b'*', &arguments.len().to_string());
    for argument in arguments {
        line(&mut out, b'$', &argument.as_ref().len().to_string());
        out.put_slice(argument.as_ref());
        out.put_slice(b"\r\n");
    }
    out.freeze()
}

impl RespCodec {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            partial: None,
        }
    }

    /// Takes a whole line without its end, or `None` until there is one.
    fn take_line(&self, src: &mut BytesMut) -> Result<Option<BytesMut>, RequestError> {
        let Some(end) = src.iter().position(|byte| *byte == b'\n') else {
            return if src.len() > self.limits.line {
                Err(RequestError::LongLine)
            } else {
                Ok(None)
            };
        };
        if end > self.limits.line {
            return Err(RequestError::LongLine);
        }
        let mut line = src.split_to(end);
        src.advance(1);
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        Ok(Some(line))
    }

    /// Reads as many arguments as have arrived; true when the request is whole.
    fn fill(&self, src: &mut BytesMut, partial: &mut Partial) -> Result<bool, RequestError> {
        while partial.left > 0 {
            let length = if let Some(length) = partial.bulk {
                length
            } else {
                match src.first() {
                    None => return Ok(false),
                    Some(b'$') => {}
                    Some(other) => return Err(RequestError::NoBulk(char::from(*other))),
                }
                let Some(line) = self.take_line(src)? else {
                    return Ok(false);
                };
                let length =
                    number(line.get(1..).unwrap_or_default()).ok_or(RequestError::BadLength)?;
                let length =
                    usize::try_from(length).map_err(|_negative| RequestError::BadLength)?;
                if length > self.limits.bulk {
                    return Err(RequestError::BadLength);
                }
                partial.bulk = Some(length);
                length
            };
            if src.len() < length + 2 {
                return Ok(false);
            }
            partial.request.push(src.split_to(length).freeze());
            src.advance(2);
            partial.bulk = None;
            partial.left -= 1;
        }
        Ok(true)
    }
}

impl Default for RespCodec {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Decoder for RespCodec {
    type Item = Request;
    type Error = RequestError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Request>, RequestError> {
        let mut partial = if let Some(partial) = self.partial.take() {
            partial
        } else {
            let Some(first) = src.first().copied() else {
                return Ok(None);
            };
            let Some(line) = self.take_line(src)? else {
                return Ok(None);
            };
            if first != b'*' {
                return words(&line).map(Some);
            }
            let count = number(line.get(1..).unwrap_or_default()).ok_or(RequestError::BadCount)?;
            // A negative count asks nothing, like zero.
            let left = usize::try_from(count).unwrap_or(0);
            if left > self.limits.arguments {
                return Err(RequestError::BadCount);
            }
            Partial {
                left,
                bulk: None,
                request: Request::new(),
            }
        };
        if self.fill(src, &mut partial)? {
            return Ok(Some(partial.request));
        }
        self.partial = Some(partial);
        Ok(None)
    }
}

impl Encoder<Reply> for RespCodec {
    type Error = std::io::Error;

    fn encode(&mut self, reply: Reply, out: &mut BytesMut) -> std::io::Result<()> {
        reply.write(out);
        Ok(())
    }
}

fn line(out: &mut BytesMut, kind: u8, text: &str) {
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

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Splits an inline request at blanks; quotes hold words together, a backslash keeps the next byte.
fn words(line: &[u8]) -> Result<Request, RequestError> {
    let mut words = Request::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(b'"'), b'\\') => word
                .get_or_insert_default()
                .push(bytes.next().ok_or(RequestError::Quotes)?),
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (None, b' ' | b'\t') => words.extend(word.take().map(Bytes::from)),
            (Some(_) | None, byte) => word.get_or_insert_default().push(byte),
        }
    }
    if quote.is_some() {
        return Err(RequestError::Quotes);
    }
    words.extend(word.map(Bytes::from));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redis::Value;

    use super::*;

    fn decode_all(wire: &[u8]) -> Vec<Request> {
        let mut codec = RespCodec::default();
        let mut src = BytesMut::from(wire);
        std::iter::from_fn(|| codec.decode(&mut src).unwrap()).collect()
    }

    fn encode(reply: &Reply) -> BytesMut {
        let mut out = BytesMut::new();
        reply.write(&mut out);
        out
    }

    #[test]
    fn inline_requests_and_empty_ones_are_read() {
        assert_eq!(
            decode_all(b"\r\nSET a \"b c\"\r\n*0\r\n*1\r\n$4\r\nPING\r\n"),
            [
                vec![],
                vec![Bytes::from("SET"), Bytes::from("a"), Bytes::from("b c")],
                vec![],
                vec![Bytes::from("PING")],
            ]
        );
    }

    #[test]
    fn what_breaks_a_limit_is_an_error_before_memory_is_taken() {
        let limits = Limits {
            arguments: 3,
            bulk: 10,
            line: 20,
        };
        for wire in [
            "*4\r\n",
            "*1\r\n$11\r\n",
            "*1\r\n$-1\r\n",
            "*x\r\n",
            "*1\r\n:1\r\n",
            "0123456789012345678901",
            "\"a\r\n",
        ] {
            let mut codec = RespCodec::new(limits);
            assert!(codec.decode(&mut BytesMut::from(wire)).is_err(), "{wire:?}");
        }
    }

    #[test]
    fn a_line_break_cannot_end_a_reply_early() {
        assert_eq!(encode(&Reply::error("ERR a\r\n+OK")), "-ERR a  +OK\r\n");
    }

    fn replies() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            "[ -~]{0,12}".prop_map(Reply::Simple),
            any::<i64>().prop_map(Reply::Integer),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(|data| Reply::Bulk(data.into())),
            Just(Reply::Nil),
        ];
        leaf.prop_recursive(4, 32, 6, |item| {
            proptest::collection::vec(item, 0..6).prop_map(Reply::Array)
        })
    }

    fn means(reply: &Reply) -> Value {
        match reply {
            Reply::Simple(text) if text == "OK" => Value::Okay,
            Reply::Simple(text) => Value::SimpleString(text.clone()),
            Reply::Integer(n) => Value::Int(*n),
            Reply::Bulk(data) => Value::BulkString(data.to_vec()),
            Reply::Array(items) => Value::Array(items.iter().map(means).collect()),
            Reply::Nil | Reply::NilArray => Value::Nil,
            Reply::Error(_) | Reply::Several(_) | Reply::Raw(_) => unreachable!("not generated"),
        }
    }

    proptest! {
        #[test]
        fn what_redis_packs_we_decode(
            words in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 1..8),
            cut in any::<proptest::sample::Index>(),
        ) {
            let mut command = redis::Cmd::new();
            for word in &words {
                command.arg(word.as_slice());
            }
            let wire = command.get_packed_command();
            prop_assert_eq!(&pack(&words)[..], &wire[..]);
            // However the bytes arrive, the request is the same.
            let cut = cut.index(wire.len());
            let mut codec = RespCodec::default();
            let mut src = BytesMut::from(&wire[..cut]);
            prop_assert_eq!(codec.decode(&mut src).unwrap(), None);
            src.extend_from_slice(&wire[cut..]);
            let request = codec.decode(&mut src).unwrap().unwrap();
            prop_assert_eq!(request, words.into_iter().map(Bytes::from).collect::<Request>());
            prop_assert!(src.is_empty());
        }

        #[test]
        fn what_we_encode_redis_parses(reply in replies()) {
            prop_assert_eq!(redis::parse_redis_value(&encode(&reply)).unwrap(), means(&reply));
        }

        #[test]
        fn no_bytes_panic_the_decoder(wire in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut codec = RespCodec::new(Limits { arguments: 8, bulk: 64, line: 64 });
            let mut src = BytesMut::from(&wire[..]);
            while let Ok(Some(_)) = codec.decode(&mut src) {}
        }
    }
}
