//! The server's side of RESP: requests in (multi-bulk and inline), replies out, in RESP2 or RESP3.
//!
//! The decoder trusts nobody: the number of arguments, their sizes and the length of a line are bounded, and
//! memory is taken for what has arrived, never for what was announced.
//!
//! * [`reply`]: what is answered, and how it looks in either protocol

mod reply;
#[cfg(test)]
mod tests;

use bytes::Buf as _;
use bytes::BufMut as _;
use bytes::Bytes;
use bytes::BytesMut;
use tokio_util::codec::Decoder;
use tokio_util::codec::Encoder;

pub use reply::Protocol;
pub use reply::Reply;
use reply::line;

/// One request: the command's name and its arguments. Empty for `*0`, which asks nothing.
pub type Request = Vec<Bytes>;

/// Reads requests and writes replies on a byte stream.
#[derive(Clone, Debug)]
pub struct RespCodec {
    limits: Limits,
    protocol: Protocol,
    partial: Option<Partial>,
}

/// How much one request may ask of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Arguments of one request, the command's name among them.
    pub arguments: usize,
    /// Bytes of one argument.
    pub bulk: usize,
    /// Bytes of all arguments together.
    pub request: usize,
    /// Bytes of a line: an inline request, or the header of a multi-bulk one.
    pub line: usize,
    /// Whether these are the limits of one who has not logged in: then the errors say so.
    pub stranger: bool,
}

impl Limits {
    /// What stock allows those who have not logged in.
    pub fn of_a_stranger() -> Self {
        Self {
            arguments: 10,
            bulk: 16 * 1024,
            request: 10 * 16 * 1024,
            stranger: true,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            arguments: 1024 * 1024,
            bulk: 512 * 1024 * 1024,
            request: usize::MAX,
            line: 64 * 1024,
            stranger: false,
        }
    }
}

/// A multi-bulk request of which a part has arrived.
#[derive(Clone, Debug)]
struct Partial {
    left: usize,
    /// Bytes that its arguments have, announced ones among them.
    bytes: usize,
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
    #[error("Protocol error: unauthenticated multibulk length")]
    StrangersCount,
    #[error("Protocol error: unauthenticated bulk length")]
    StrangersLength,
    #[error("Protocol error: too big request")]
    LongRequest,
    #[error("Protocol error: expected '$', got '{0}'")]
    NoBulk(char),
    #[error("Protocol error: too big inline request")]
    LongLine,
    #[error("Protocol error: too big mbulk count string")]
    LongCount,
    #[error("Protocol error: too big bulk count string")]
    LongLength,
    #[error("Protocol error: unbalanced quotes in request")]
    Quotes,
    #[error(transparent)]
    Io(#[from] std::io::Error),
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
            protocol: Protocol::default(),
            partial: None,
        }
    }

    /// From the next request on.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// From the next reply on.
    pub fn speak(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// Takes a whole line without its end, or `None` until there is one.
    fn take_line(
        &self,
        src: &mut BytesMut,
        too_long: RequestError,
    ) -> Result<Option<BytesMut>, RequestError> {
        let Some(end) = src.iter().position(|byte| *byte == b'\n') else {
            return if src.len() > self.limits.line {
                Err(too_long)
            } else {
                Ok(None)
            };
        };
        if end > self.limits.line {
            return Err(too_long);
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
                let Some(line) = self.take_line(src, RequestError::LongLength)? else {
                    return Ok(false);
                };
                let length =
                    number(line.get(1..).unwrap_or_default()).ok_or(RequestError::BadLength)?;
                let length =
                    usize::try_from(length).map_err(|_negative| RequestError::BadLength)?;
                if length > self.limits.bulk {
                    return Err(if self.limits.stranger {
                        RequestError::StrangersLength
                    } else {
                        RequestError::BadLength
                    });
                }
                partial.bytes = partial.bytes.saturating_add(length);
                if partial.bytes > self.limits.request {
                    return Err(RequestError::LongRequest);
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
            let too_long = if first == b'*' {
                RequestError::LongCount
            } else {
                RequestError::LongLine
            };
            let Some(line) = self.take_line(src, too_long)? else {
                return Ok(None);
            };
            if first != b'*' {
                return words(&line).map(Some);
            }
            let count = number(line.get(1..).unwrap_or_default()).ok_or(RequestError::BadCount)?;
            // A negative count asks nothing, like zero.
            let left = usize::try_from(count).unwrap_or(0);
            if left > self.limits.arguments {
                return Err(if self.limits.stranger {
                    RequestError::StrangersCount
                } else {
                    RequestError::BadCount
                });
            }
            Partial {
                left,
                bytes: 0,
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
        reply.write(out, self.protocol);
        Ok(())
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Splits an inline request at blanks. `"…"` knows escapes, `'…'` only `\'`; a closing quote ends its word.
fn words(line: &[u8]) -> Result<Request, RequestError> {
    let mut words = Request::new();
    let mut left = line;
    loop {
        left = left.trim_ascii_start();
        if left.is_empty() {
            return Ok(words);
        }
        let mut word = Vec::new();
        while let Some((byte, rest)) = left.split_first() {
            left = rest;
            match byte {
                b'"' | b'\'' => {
                    left = quoted(*byte, rest, &mut word)?;
                    // Only a blank may follow.
                    if left.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                        return Err(RequestError::Quotes);
                    }
                    break;
                }
                byte if byte.is_ascii_whitespace() => break,
                byte => word.push(*byte),
            }
        }
        words.push(Bytes::from(word));
    }
}

/// Adds what stands before the closing quote to `word`; what follows it.
fn quoted<'a>(quote: u8, text: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], RequestError> {
    let hex = |digits: &[u8]| {
        let text = std::str::from_utf8(digits)
            .ok()
            .filter(|text| !text.starts_with('+'));
        text.and_then(|text| u8::from_str_radix(text, 16).ok())
    };
    let mut left = text;
    loop {
        let (byte, rest) = left.split_first().ok_or(RequestError::Quotes)?;
        left = rest;
        match (quote, byte, rest) {
            (_, byte, _) if *byte == quote => return Ok(left),
            (b'\'', b'\\', [b'\'', rest @ ..]) => {
                word.push(b'\'');
                left = rest;
            }
            (b'"', b'\\', [b'x', high, low, rest @ ..]) if hex(&[*high, *low]).is_some() => {
                word.extend(hex(&[*high, *low]));
                left = rest;
            }
            (b'"', b'\\', [escaped, rest @ ..]) => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                left = rest;
            }
            (_, byte, _) => word.push(*byte),
        }
    }
}
