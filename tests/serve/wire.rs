//! Raw sockets: bytes out, replies with their very types in.

use std::fmt;

use bytes::Buf as _;
use bytes::BytesMut;
use pikafo::host::clock::timeout;
use pikafo::serve::resp::pack;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::live::until::PATIENCE;

/// One reply: the byte that it begins with, and what it holds. Pairs of a map follow each other in `items`.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) kind: char,
    pub(crate) text: String,
    pub(crate) items: Vec<Self>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<_> = self.items.iter().map(ToString::to_string).collect();
        match self.kind {
            '*' | '%' | '~' | '>' => write!(f, "{}[{}]", self.kind, items.join(" ")),
            '$' => write!(f, "{}", self.text),
            kind => write!(f, "{kind}{}", self.text),
        }
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    inbox: BytesMut,
}

impl Wire {
    pub(crate) async fn open(port: u16) -> Self {
        Self {
            stream: TcpStream::connect(("127.0.0.1", port)).await.unwrap(),
            inbox: BytesMut::new(),
        }
    }

    /// Words as separated by blanks.
    pub(crate) async fn ask(&mut self, line: &str) -> Seen {
        let words: Vec<&str> = line.split(' ').collect();
        self.ask_words(&words).await
    }

    pub(crate) async fn ask_words(&mut self, words: &[&str]) -> Seen {
        self.send(&pack(words)).await;
        self.next().await
    }

    /// What was answered, as text.
    pub(crate) async fn say(&mut self, line: &str) -> String {
        self.ask(line).await.to_string()
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.stream.write_all(bytes))
            .await
            .expect("it is read")
            .expect("the connection stands");
    }

    /// The next reply.
    pub(crate) async fn next(&mut self) -> Seen {
        self.try_next().await.expect("the connection stands")
    }

    /// The next reply, or nothing once the connection has ended.
    pub(crate) async fn try_next(&mut self) -> Option<Seen> {
        loop {
            if let Some((seen, length)) = parse(&self.inbox) {
                self.inbox.advance(length);
                return Some(seen);
            }
            let read = timeout(PATIENCE, self.stream.read_buf(&mut self.inbox))
                .await
                .unwrap_or_else(|_| panic!("no whole reply; so far: {:?}", self.inbox));
            if matches!(read, Ok(0) | Err(_)) {
                return None;
            }
        }
    }

    /// Bytes that have come and are not read yet make no difference: waits for the end.
    pub(crate) async fn ended(mut self) {
        let mut rest = Vec::new();
        let end = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        // Cut off or closed: both are an end.
        let _how = end.expect("the connection ends").is_ok();
    }
}

/// One reply from the beginning of `bytes`, and how long it is.
fn parse(bytes: &[u8]) -> Option<(Seen, usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let kind = char::from(bytes[0]);
    let line = String::from_utf8_lossy(&bytes[1..end]).into_owned();
    let mut length = end + 2;
    let mut seen = Seen {
        kind,
        text: String::new(),
        items: Vec::new(),
    };
    match kind {
        '+' | '-' | ':' | '_' | '#' | ',' => seen.text = line,
        '$' | '=' | '*' | '%' | '~' | '>' => {
            let Ok(count) = line.parse::<usize>() else {
                assert_eq!(line, "-1");
                "-1".clone_into(&mut seen.text);
                seen.kind = if kind == '$' { 'n' } else { 'N' };
                return Some((seen, length));
            };
            if matches!(kind, '$' | '=') {
                let data = bytes.get(length..length + count)?;
                bytes.get(length + count..length + count + 2)?;
                seen.text = String::from_utf8_lossy(data).into_owned();
                return Some((seen, length + count + 2));
            }
            let items = if kind == '%' { count * 2 } else { count };
            for _ in 0..items {
                let (item, taken) = parse(bytes.get(length..)?)?;
                seen.items.push(item);
                length += taken;
            }
        }
        other => panic!("no RESP: {other:?} in {:?}", String::from_utf8_lossy(bytes)),
    }
    Some((seen, length))
}
