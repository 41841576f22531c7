//! Connections that can be stopped up one by one, as a stuck path or a stuck thread of a server would.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use pikafo::decide::name::Addr;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Stream;
use pikafo::node::net::Tcp;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

/// TCP whose first so many connections are silent once it is shut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Valve {
    dialled: Arc<AtomicUsize>,
    /// Connections below this number hear nothing.
    shut: Arc<AtomicUsize>,
}

impl Valve {
    /// Every connection that exists now falls silent.
    pub(crate) fn shut(&self) {
        self.shut
            .store(self.dialled.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// How many connections were made.
    pub(crate) fn dialled(&self) -> usize {
        self.dialled.load(Ordering::SeqCst)
    }
}

impl Dial for Valve {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let stream = Tcp.dial(addr).await?;
            let number = self.dialled.fetch_add(1, Ordering::SeqCst);
            let shut = Arc::clone(&self.shut);
            Ok(Box::new(Valved {
                stream,
                number,
                shut,
            }) as Box<dyn Stream>)
        })
    }
}

struct Valved {
    stream: Box<dyn Stream>,
    number: usize,
    shut: Arc<AtomicUsize>,
}

impl AsyncRead for Valved {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.number < self.shut.load(Ordering::SeqCst) {
            // Nothing that comes is passed on, and nobody is woken for it.
            buf.set_filled(before);
            return Poll::Pending;
        }
        read
    }
}

impl AsyncWrite for Valved {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
