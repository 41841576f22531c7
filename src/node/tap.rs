//! A stream that remembers how the peer began to speak and how it fell silent.
//!
//! The client library says "parse error" or "connection closed" and forgets the rest; with the first
//! bytes and the first I/O error at hand a fault can say what really happened.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

use super::fault;
use super::fault::Fault;
use super::net::Stream;
use crate::decide::name::Addr;

/// How many of the peer's first bytes are kept.
const HEAD: usize = 160;

/// What was heard of a peer.
#[derive(Debug, Default)]
pub(super) struct Heard {
    head: OnceLock<Box<[u8]>>,
    bytes: AtomicU64,
    closed: AtomicBool,
    broken: OnceLock<Fault>,
}

impl Heard {
    /// The first chunk that the peer sent, cut to a few bytes; empty if it never spoke.
    pub(super) fn head(&self) -> &[u8] {
        self.head.get().map_or(&[], |head| head)
    }

    /// Bytes heard so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The peer closed its side in good order.
    pub(super) fn closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// The I/O error that ended the stream, already in our words.
    pub(super) fn broken(&self) -> Option<&Fault> {
        self.broken.get()
    }
}

/// A stream with an ear on it.
pub(super) struct Tap {
    stream: Box<dyn Stream>,
    addr: Addr,
    heard: Arc<Heard>,
}

impl Tap {
    pub(super) fn new(stream: Box<dyn Stream>, addr: Addr) -> (Self, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        (
            Self {
                stream,
                addr,
                heard: Arc::clone(&heard),
            },
            heard,
        )
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.heard
                .broken
                .get_or_init(|| fault::from_broken(&self.addr, error));
        }
        result
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut this.stream).poll_read(cx, buf));
        if result.is_ok() {
            let fresh = buf.filled().get(before..).unwrap_or_default();
            if fresh.is_empty() {
                this.heard.closed.store(true, Ordering::Relaxed);
            } else {
                this.heard
                    .head
                    .get_or_init(|| fresh.iter().take(HEAD).copied().collect());
                this.heard
                    .bytes
                    .fetch_add(u64::try_from(fresh.len()).unwrap_or(0), Ordering::Relaxed);
            }
        }
        Poll::Ready(this.note(result))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = ready!(Pin::new(&mut this.stream).poll_write(cx, buf));
        Poll::Ready(this.note(result))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = ready!(Pin::new(&mut this.stream).poll_flush(cx));
        Poll::Ready(this.note(result))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = ready!(Pin::new(&mut this.stream).poll_shutdown(cx));
        Poll::Ready(this.note(result))
    }
}
