//! An ear at one server: a connection that subscribes to one channel and hears what is published there, or that asks
//! once and hears more than one answer.
//!
//! It speaks RESP2 by itself, with renamed commands and nothing that old Pika rejects. What is published is a
//! stranger's word: memory is taken for what has arrived and for no more than [`MOST`].

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Buf as _;
use bytes::BytesMut;
use secrecy::ExposeSecret as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::fault;
use super::fault::Fault;
use super::fault::FaultKind;
use super::link;
use super::link::LinkSpec;
use super::net::Net;
use super::net::Stream;
use crate::decide::name::Addr;

/// The longest message that is listened to; a hello has about 150 bytes.
const MOST: usize = 16 * 1024;
/// The longest answer to one question: a plan of a large cluster with everything that is known of it.
const MOST_ANSWERED: usize = 16 * 1024 * 1024;
/// Replies lie in each other two deep at most.
const DEEPEST: u32 = 4;

/// A connection that listens.
pub struct Ear {
    addr: Addr,
    stream: Box<dyn Stream>,
    heard: BytesMut,
    most: usize,
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ear")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

/// One reply, as far as a subscriber needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Said {
    Text(String),
    Error(String),
    /// A number or nothing.
    Other,
    Several(Vec<Self>),
}

impl Ear {
    /// Dials, logs in, gives itself `name` and subscribes to `channel`, all within the deadline of `spec`.
    pub async fn open(
        spec: &LinkSpec,
        connect: Duration,
        name: &str,
        channel: &str,
        net: &Net,
    ) -> Result<Self, Fault> {
        let opened = async {
            let mut ear = Self::dial(spec, connect, net).await?;
            // Whether the login worked shows in whether it may subscribe.
            ear.ask(spec, &["CLIENT", "SETNAME", name]).await?;
            match ear.ask(spec, &["SUBSCRIBE", channel]).await? {
                None => Ok(ear),
                Some(refusal) => Err(fault::from_reply(refusal)),
            }
        };
        timeout(spec.deadline, opened)
            .await
            .unwrap_or_else(|_| Err(fault::hung(&spec.addr, "SUBSCRIBE", spec.deadline, false)))
    }

    /// Dials, logs in and sends one request whose answers come one by one: [`Ear::answer`].
    pub async fn follow(spec: &LinkSpec, words: &[&str], net: &Net) -> Result<Self, Fault> {
        let opened = async {
            let mut ear = Self::dial(spec, spec.deadline, net).await?;
            ear.most = MOST_ANSWERED;
            ear.send(spec, words).await?;
            Ok(ear)
        };
        let name = words.first().copied().unwrap_or_default();
        timeout(spec.deadline, opened)
            .await
            .unwrap_or_else(|_| Err(fault::hung(&spec.addr, name, spec.deadline, false)))
    }

    /// The texts of the next answer; an error of the server is a fault in its own words. Waits for as long as it
    /// takes, and can be called off without losing one.
    pub async fn answer(&mut self) -> Result<Vec<String>, Fault> {
        match self.reply().await? {
            Said::Error(text) => Err(fault::from_reply(text)),
            Said::Several(items) => Ok(items
                .into_iter()
                .filter_map(|item| match item {
                    Said::Text(text) => Some(text),
                    Said::Error(_) | Said::Other | Said::Several(_) => None,
                })
                .collect()),
            Said::Text(text) => Ok(vec![text]),
            Said::Other => Ok(Vec::new()),
        }
    }

    async fn dial(spec: &LinkSpec, connect: Duration, net: &Net) -> Result<Self, Fault> {
        let (stream, _) = link::connected(spec, connect, net).await?;
        let mut ear = Self {
            addr: spec.addr.clone(),
            stream,
            heard: BytesMut::new(),
            most: MOST,
        };
        if let Some(auth) = &spec.auth {
            let password = auth.password.expose_secret();
            let user = auth.username.as_deref();
            let words = ["AUTH"].into_iter().chain(user).chain([password]);
            let refusal = ear.ask(spec, &words.collect::<Vec<_>>()).await?;
            // As with a link: users are unknown to Pika before 3.5.3 and to Redis before 6.
            if user.is_some() && refusal.is_some_and(|text| text.contains("wrong number")) {
                ear.ask(spec, &["AUTH", password]).await?;
            }
        }
        Ok(ear)
    }

    /// The next message. Can be called off without losing one.
    pub async fn next(&mut self) -> Result<String, Fault> {
        loop {
            if let Said::Several(items) = self.reply().await?
                && let Some((Said::Text(kind), rest)) = items.split_first()
                && kind == "message"
                && let Some(Said::Text(message)) = rest.last()
            {
                return Ok(message.clone());
            }
        }
    }

    /// Sends one command; gives the error that it was answered with, if it was one.
    async fn ask(&mut self, spec: &LinkSpec, words: &[&str]) -> Result<Option<String>, Fault> {
        self.send(spec, words).await?;
        Ok(match self.reply().await? {
            Said::Error(text) => Some(text),
            Said::Text(_) | Said::Other | Said::Several(_) => None,
        })
    }

    async fn send(&mut self, spec: &LinkSpec, words: &[&str]) -> Result<(), Fault> {
        let mut request = BytesMut::new();
        request.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for (i, word) in words.iter().enumerate() {
            let word = if i == 0 {
                spec.commands.name(word)
            } else {
                word
            };
            request.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        let sent = self.stream.write_all(&request).await;
        sent.map_err(|error| fault::from_broken(&self.addr, &error))
    }

    async fn reply(&mut self) -> Result<Said, Fault> {
        loop {
            match parse(&self.heard, DEEPEST, self.most) {
                Ok(Some((said, used))) => {
                    self.heard.advance(used);
                    return Ok(said);
                }
                Ok(None) if self.heard.len() < self.most => {}
                Ok(None) | Err(NoReply) => {
                    return Err(fault::not_resp(&self.addr, &self.heard));
                }
            }
            let read = self.stream.read_buf(&mut self.heard).await;
            let read = read.map_err(|error| fault::from_broken(&self.addr, &error))?;
            if read == 0 {
                let end = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Err(Fault::new(
                    FaultKind::Dropped,
                    format!("{} closed the connection: {end}", self.addr),
                ));
            }
        }
    }
}

/// These bytes are no reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct NoReply;

/// The reply at the beginning of `bytes` and its length; `None` where it is not whole yet.
fn parse(bytes: &[u8], depth: u32, most: usize) -> Result<Option<(Said, usize)>, NoReply> {
    let Some(kind) = bytes.first() else {
        return Ok(None);
    };
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let line = bytes.get(1..end).ok_or(NoReply)?;
    let after = end + 2;
    let text = || String::from_utf8_lossy(line).into_owned();
    match kind {
        b'+' => Ok(Some((Said::Text(text()), after))),
        b'-' => Ok(Some((Said::Error(text()), after))),
        b':' => Ok(Some((Said::Other, after))),
        b'$' => {
            let Some(length) = length(line, most)? else {
                return Ok(Some((Said::Other, after)));
            };
            let Some(body) = bytes.get(after..after + length) else {
                return Ok(None);
            };
            let used = after + length + 2;
            let text = String::from_utf8_lossy(body).into_owned();
            Ok((bytes.len() >= used).then_some((Said::Text(text), used)))
        }
        b'*' if depth > 0 => {
            let mut used = after;
            let mut items = Vec::new();
            for _ in 0..length(line, most)?.unwrap_or(0) {
                let rest = bytes.get(used..).unwrap_or_default();
                let Some((item, more)) = parse(rest, depth - 1, most)? else {
                    return Ok(None);
                };
                used += more;
                items.push(item);
            }
            Ok(Some((Said::Several(items), used)))
        }
        _ => Err(NoReply),
    }
}

/// `None` for -1, which is nothing.
fn length(line: &[u8], most: usize) -> Result<Option<usize>, NoReply> {
    let text = str::from_utf8(line).map_err(|_not_text| NoReply)?;
    match text.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(length) => match usize::try_from(length) {
            Ok(length) if length <= most => Ok(Some(length)),
            Ok(_) | Err(_) => Err(NoReply),
        },
        Err(_) => Err(NoReply),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MESSAGE: &[u8] = b"*3\r\n$7\r\nmessage\r\n$18\r\n__sentinel__:hello\r\n$2\r\na,\r\n";

    #[test]
    fn a_message_is_heard_once_all_of_it_has_come() {
        for cut in 0..MESSAGE.len() {
            assert_eq!(parse(&MESSAGE[..cut], DEEPEST, MOST), Ok(None), "{cut}");
        }
        let (said, used) = parse(MESSAGE, DEEPEST, MOST).unwrap().unwrap();
        assert_eq!(used, MESSAGE.len());
        let texts = ["message", "__sentinel__:hello", "a,"];
        let texts = texts.map(|text| Said::Text(text.to_owned()));
        assert_eq!(said, Said::Several(texts.to_vec()));
    }

    #[test]
    fn nonsense_is_no_reply_and_takes_no_memory() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"$99999999999\r\n",
            b"*99999999\r\n",
            b"$-2\r\n",
            b"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        ] {
            assert_eq!(parse(bytes, DEEPEST, MOST), Err(NoReply));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _parsed = parse(&bytes, DEEPEST, MOST).is_ok();
        }
    }
}
