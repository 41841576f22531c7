//! One connection to a node or another Sentinel: requests go out in order, answers come back in order.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Buf as _;
use bytes::Bytes;
use bytes::BytesMut;
use pikafo::decide::name::Addr;
use pikafo::serve::resp::pack;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

use super::heard;
use super::state::Key;
use super::state::Node;

/// An open connection, or one that is being opened. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) id: u64,
    pub(super) since: u64,
    out: mpsc::UnboundedSender<Bytes>,
    waiting: VecDeque<Asked>,
    _end: DropGuard,
}

/// What an answer is to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    Ping,
    Info,
    Publish,
    Down,
    /// Nobody looks at the answer.
    Nothing,
}

/// A reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    Text(String),
    Error(String),
    Number(i64),
    Nil,
    Several(Vec<Self>),
}

impl Wire {
    /// Dials in the background.
    pub(super) fn open(node: &Arc<Node>, id: u64, key: Key, addr: Addr, now: u64) -> Self {
        let (out, inbox) = mpsc::unbounded_channel();
        let end = CancellationToken::new();
        let (own, ended) = (Arc::clone(node), end.clone());
        node.life.run(async move {
            tokio::select! {
                biased;
                () = ended.cancelled() => {}
                // However it ends, it has ended.
                _ended = talk(&own, id, &key, &addr, inbox) => heard::lost(&own, &key, id),
            }
        });
        Self {
            id,
            since: now,
            out,
            waiting: VecDeque::new(),
            _end: end.drop_guard(),
        }
    }

    pub(super) fn ask(&mut self, asked: Asked, words: &[&str]) {
        self.waiting.push_back(asked);
        // A connection that has just broken is known to be so in a moment.
        drop(self.out.send(pack(words)));
    }

    /// What the next answer is to.
    pub(super) fn answered(&mut self) -> Option<Asked> {
        self.waiting.pop_front()
    }

    pub(super) fn pending(&self) -> usize {
        self.waiting.len()
    }
}

async fn talk(
    node: &Arc<Node>,
    id: u64,
    key: &Key,
    addr: &Addr,
    mut inbox: mpsc::UnboundedReceiver<Bytes>,
) -> io::Result<()> {
    let stream = node.options.net.dial.dial(addr).await?;
    let (mut reader, mut writer) = tokio::io::split(stream);
    let say = async {
        while let Some(bytes) = inbox.recv().await {
            writer.write_all(&bytes).await?;
            writer.flush().await?;
        }
        Ok::<(), io::Error>(())
    };
    let listen = async {
        let mut bytes = BytesMut::new();
        loop {
            while let Some((said, used)) = parse(&bytes) {
                bytes.advance(used);
                heard::heard(node, key, id, said);
            }
            if reader.read_buf(&mut bytes).await? == 0 {
                return Ok::<(), io::Error>(());
            }
        }
    };
    tokio::select! {
        biased;
        said = say => said,
        listened = listen => listened,
    }
}

/// The reply at the beginning of `bytes` and its length; `None` where it is not whole yet.
fn parse(bytes: &[u8]) -> Option<(Said, usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let line = String::from_utf8_lossy(&bytes[1..end]).into_owned();
    let after = end + 2;
    let number = || line.parse::<i64>().unwrap_or(-1);
    match bytes[0] {
        b'-' => Some((Said::Error(line), after)),
        b':' => Some((Said::Number(number()), after)),
        b'$' => {
            let Ok(length) = usize::try_from(number()) else {
                return Some((Said::Nil, after));
            };
            let text = bytes.get(after..after + length)?;
            bytes.get(after + length + 1)?;
            let text = String::from_utf8_lossy(text).into_owned();
            Some((Said::Text(text), after + length + 2))
        }
        b'*' => {
            let mut used = after;
            let mut items = Vec::new();
            for _ in 0..number().max(0) {
                let (item, more) = parse(&bytes[used..])?;
                used += more;
                items.push(item);
            }
            Some((Said::Several(items), used))
        }
        _ => Some((Said::Text(line), after)),
    }
}
