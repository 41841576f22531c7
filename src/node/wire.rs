//! A byte stream that carries requests one way and replies the other, in RESP2.
//!
//! Nobody drives it: whoever asks writes and reads, so that a question costs a write and a read and no task. It
//! remembers how the peer began to speak and how it fell silent; with that at hand a fault can say what really
//! happened. What comes is a stranger's word: memory is taken for what has arrived, never for what was announced,
//! and is given back once it has been read.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use redis::Value;
use tokio::io::AsyncRead as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::ReadBuf;

use super::fault;
use super::fault::Fault;
use super::net::Stream;
use crate::config::model::Commands;
use crate::decide::name::Addr;

/// A reply, or the line of an error without its dash.
pub(super) type Answer = Result<Value, String>;

/// How many of the peer's first bytes are kept.
const HEAD: usize = 160;
/// What is read at once.
const ROOM: usize = 16 * 1024;
/// Replies lie in each other no deeper than this.
const DEEPEST: u32 = 8;
/// The longest line.
const LINE: usize = 64 * 1024;

/// The stream, and what was heard on it.
pub(super) struct Wire {
    addr: Addr,
    stream: Box<dyn Stream>,
    /// What has come and was not read as a reply yet.
    heard: Vec<u8>,
    /// No reply may be longer.
    most: usize,
    head: Box<[u8]>,
    /// Nobody asks for the head any more.
    known: bool,
    bytes: u64,
    closed: bool,
    broken: Option<Fault>,
}

/// Why there is no answer, and will be none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broken {
    /// The peer closed its side in good order.
    Closed,
    /// The stream broke: [`Wire::broken`].
    Cut,
    /// What came is no reply.
    NoReply,
    /// Something came that nobody had asked for.
    Unasked,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed | Self::Cut => "the connection ended",
            Self::NoReply => "no reply begins like this",
            Self::Unasked => "it spoke without being asked",
        })
    }
}

/// Appends one request. The first word is mapped to its new name where it was renamed.
pub(super) fn pack(out: &mut Vec<u8>, words: &[&str], commands: &Commands) {
    length(out, b'*', words.len());
    for (i, word) in words.iter().enumerate() {
        let word = if i == 0 { commands.name(word) } else { word };
        length(out, b'$', word.len());
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

impl Wire {
    /// `most`: bytes that one reply may have.
    pub(super) fn new(addr: &Addr, stream: Box<dyn Stream>, most: usize) -> Self {
        Self {
            addr: addr.clone(),
            stream,
            heard: Vec::new(),
            most,
            head: Box::default(),
            known: false,
            bytes: 0,
            closed: false,
            broken: None,
        }
    }

    /// From now on.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// The first chunk that the peer sent, cut to a few bytes; empty if it never spoke.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// It has proven that it speaks the protocol; of thousands of links none needs to remember how it began.
    pub(super) fn forget_head(&mut self) {
        self.head = Box::default();
        self.known = true;
    }

    /// Bytes heard so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The peer closed its side in good order.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// The I/O error that ended the stream, already in our words.
    pub(super) fn broken(&self) -> Option<&Fault> {
        self.broken.as_ref()
    }

    /// Sends `request`, which asks for so many answers, and reads them. Called off, it leaves the stream out of
    /// step.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        count: usize,
    ) -> Result<Vec<Answer>, Broken> {
        // Costs nothing where nothing has come.
        let before = poll_fn(|cx| Poll::Ready(self.fill(cx))).await;
        if let Poll::Ready(came) = before {
            came?;
        }
        if !self.heard.is_empty() {
            return Err(Broken::Unasked);
        }
        self.send(request).await?;
        let mut answers = Vec::with_capacity(count);
        while answers.len() < count {
            answers.push(self.answer().await?);
        }
        Ok(answers)
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, request: &[u8]) -> Result<(), Broken> {
        let sent = async {
            self.stream.write_all(request).await?;
            self.stream.flush().await
        };
        match sent.await {
            Ok(()) => Ok(()),
            Err(error) => {
                // A server that turns a client away says so before it closes.
                while let Ok(()) = poll_fn(|cx| self.fill(cx)).await {}
                Err(self.note(&error))
            }
        }
    }

    /// The next answer. Can be called off without losing one.
    pub(super) async fn answer(&mut self) -> Result<Answer, Broken> {
        loop {
            match parse(&self.heard, DEEPEST, self.most) {
                Ok(Some((answer, used))) => {
                    self.forget(used);
                    return Ok(answer);
                }
                Ok(None) if self.heard.len() < self.most => {}
                Ok(None) | Err(NoReply) => return Err(Broken::NoReply),
            }
            poll_fn(|cx| self.fill(cx)).await?;
        }
    }

    /// Waits for the end, or for something that nobody asked for, which is one. Can be called off.
    pub(super) async fn ended(&mut self) -> Broken {
        match poll_fn(|cx| self.fill(cx)).await {
            Ok(()) => Broken::Unasked,
            Err(broken) => broken,
        }
    }

    /// Reads what there is.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        // Not in the future of whoever waits, of which there are thousands.
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut room = ReadBuf::uninit(&mut room);
        if let Err(error) = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room)) {
            return Poll::Ready(Err(self.note(&error)));
        }
        let fresh = room.filled();
        if fresh.is_empty() {
            self.closed = true;
            return Poll::Ready(Err(Broken::Closed));
        }
        if self.head.is_empty() && !self.known {
            self.head = fresh.iter().take(HEAD).copied().collect();
        }
        self.bytes += u64::try_from(fresh.len()).unwrap_or(0);
        self.heard.extend_from_slice(fresh);
        Poll::Ready(Ok(()))
    }

    fn note(&mut self, error: &io::Error) -> Broken {
        let addr = &self.addr;
        self.broken
            .get_or_insert_with(|| fault::from_broken(addr, error));
        Broken::Cut
    }

    fn forget(&mut self, used: usize) {
        if used < self.heard.len() {
            self.heard.drain(..used);
        } else {
            self.heard = Vec::new();
        }
    }
}

fn length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    let mut digits = [0; 20];
    let mut left = length;
    let mut from = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        from -= 1;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(from..).unwrap_or_default());
    out.extend_from_slice(b"\r\n");
}

/// These bytes are no reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct NoReply;

/// The reply at the beginning of `bytes` and its length; nothing where it has not come whole. An error inside an array
/// is nil: no server answers so to what is asked here.
fn parse(bytes: &[u8], depth: u32, most: usize) -> Result<Option<(Answer, usize)>, NoReply> {
    let Some((kind, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    if !matches!(kind, b'+' | b'-' | b':' | b'$' | b'*') {
        return Err(NoReply);
    }
    let Some(end) = rest.iter().take(LINE).position(|byte| *byte == b'\n') else {
        return if rest.len() < LINE {
            Ok(None)
        } else {
            Err(NoReply)
        };
    };
    let line = rest.get(..end).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let after = end + 2;
    let text = || String::from_utf8_lossy(line).into_owned();
    match kind {
        b'+' if line == b"OK" => Ok(Some((Ok(Value::Okay), after))),
        b'+' => Ok(Some((Ok(Value::SimpleString(text())), after))),
        b'-' => Ok(Some((Err(text()), after))),
        b':' => Ok(Some((Ok(Value::Int(number(line)?)), after))),
        b'$' => {
            let Some(length) = announced(line, most)? else {
                return Ok(Some((Ok(Value::Nil), after)));
            };
            let used = after + length + 2;
            if bytes.len() < used {
                return Ok(None);
            }
            let body = bytes.get(after..after + length).unwrap_or_default();
            Ok(Some((Ok(Value::BulkString(body.to_vec())), used)))
        }
        _ if depth == 0 => Err(NoReply),
        _ => {
            let Some(count) = announced(line, most)? else {
                return Ok(Some((Ok(Value::Nil), after)));
            };
            let mut used = after;
            let mut items = Vec::new();
            for _ in 0..count {
                let rest = bytes.get(used..).unwrap_or_default();
                let Some((item, more)) = parse(rest, depth - 1, most)? else {
                    return Ok(None);
                };
                used += more;
                items.push(item.unwrap_or(Value::Nil));
            }
            Ok(Some((Ok(Value::Array(items)), used)))
        }
    }
}

/// `None` for -1, which is nothing.
fn announced(line: &[u8], most: usize) -> Result<Option<usize>, NoReply> {
    match number(line)? {
        -1 => Ok(None),
        length => match usize::try_from(length) {
            Ok(length) if length <= most => Ok(Some(length)),
            Ok(_) | Err(_) => Err(NoReply),
        },
    }
}

fn number(line: &[u8]) -> Result<i64, NoReply> {
    let text = str::from_utf8(line).map_err(|_not_text| NoReply)?;
    text.parse().map_err(|_no_number| NoReply)
}

#[cfg(test)]
mod tests;
