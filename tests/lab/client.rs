//! A client that keeps replies as the bytes they are.

use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::timeout;
use pikafo::serve::resp::pack;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// How long anything may take before a test fails; never a measure of success.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(addr: &Addr) -> Self {
        let stream = timeout(DEADLINE, TcpStream::connect((addr.host(), addr.port())))
            .await
            .unwrap()
            .unwrap();
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Says that nothing more will be sent, and goes on listening.
    pub(crate) async fn leave(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// One command and its reply, as text with the line ends of the wire.
    pub(crate) async fn ask(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        self.ask_words(&words).await
    }

    pub(crate) async fn ask_words(&mut self, words: &[&str]) -> String {
        self.send(&pack(words)).await;
        self.reply()
            .await
            .unwrap_or_else(|| panic!("closed after {words:?}"))
    }

    /// The next reply; `None` when the server has closed the connection.
    pub(crate) async fn reply(&mut self) -> Option<String> {
        timeout(DEADLINE, async {
            loop {
                if let Some(length) = reply_length(&self.buffer) {
                    let reply: Vec<u8> = self.buffer.drain(..length).collect();
                    return Some(String::from_utf8(reply).unwrap());
                }
                let mut chunk = [0; 4096];
                match self.stream.read(&mut chunk).await {
                    Ok(0) | Err(_) => return None,
                    Ok(read) => self.buffer.extend(&chunk[..read]),
                }
            }
        })
        .await
        .expect("a reply")
    }

    /// Whatever arrives until nothing has for `quiet`.
    pub(crate) async fn drain(&mut self, quiet: Duration) -> Vec<u8> {
        let mut chunk = [0; 4096];
        while let Ok(Ok(read)) = timeout(quiet, self.stream.read(&mut chunk)).await {
            if read == 0 {
                break;
            }
            self.buffer.extend(&chunk[..read]);
        }
        std::mem::take(&mut self.buffer)
    }
}

/// One command on a connection of its own.
pub(crate) async fn ask(addr: &Addr, line: &str) -> String {
    Client::connect(addr).await.ask(line).await
}

/// A field of INFO replication; empty where it is not printed.
pub(crate) async fn field(addr: &Addr, name: &str) -> String {
    let info = ask(addr, "INFO replication").await;
    value(&info, name)
}

pub(crate) fn value(info: &str, name: &str) -> String {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_default()
        .to_owned()
}

/// Asks until the answer is the wanted one.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        clock::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) async fn until_field(addr: &Addr, name: &str, wanted: &str) {
    until(&format!("{addr} {name}:{wanted}"), || async {
        field(addr, name).await == wanted
    })
    .await;
}

fn reply_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let number = || {
        std::str::from_utf8(&bytes[1..end - 2])
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    match bytes[0] {
        b'$' => {
            let length = usize::try_from(number()).map_or(end, |length| end + length + 2);
            (bytes.len() >= length).then_some(length)
        }
        b'*' | b'>' => {
            (0..number().max(0)).try_fold(end, |at, _| Some(at + reply_length(&bytes[at..])?))
        }
        b'%' => (0..2 * number()).try_fold(end, |at, _| Some(at + reply_length(&bytes[at..])?)),
        _ => Some(end),
    }
}
