//! The network as a process sees it: what it dials, where it listens, and its streams.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::lab::net as lab;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Stream;
use pikafo::node::net::UNDER_WAY;
use pikafo::serve::server;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

use super::wire::Wire;

/// The way of one process into the network.
#[derive(Clone)]
pub(crate) struct Plug {
    pub(crate) wire: Wire,
    pub(crate) ip: IpAddr,
    pub(crate) process: u64,
    /// How long what it sends may be under way.
    pub(crate) gives_up_us: Option<u64>,
}

impl fmt::Debug for Plug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plug({})", self.ip)
    }
}

impl Plug {
    /// The way of pikafo, which [`pikafo::node::net::Tcp`] is in the real world.
    pub(crate) fn of_pikafo(self) -> Self {
        Self {
            gives_up_us: Some(clock::micros(UNDER_WAY)),
            ..self
        }
    }

    pub(crate) fn listen_at(&self, at: SocketAddr) -> io::Result<Port> {
        self.wire.lock().listen(at, self.process)?;
        Ok(Port {
            plug: self.clone(),
            at,
        })
    }
}

impl Dial for Plug {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let ip: IpAddr = addr
                .host()
                .parse()
                .map_err(|_no_address| io::Error::from(io::ErrorKind::InvalidInput))?;
            // A machine is all that it finds on its loopback.
            let ip = if ip.is_loopback() { self.ip } else { ip };
            let to = SocketAddr::new(ip, addr.port());
            let attempt = Attempt {
                wire: self.wire.clone(),
                dial: self.wire.lock().dial(self.ip, to, self.gives_up_us),
            };
            poll_fn(|cx| {
                let mut wire = attempt.wire.lock();
                let Some(dialling) = wire.dials.get_mut(&attempt.dial) else {
                    return Poll::Ready(Err(io::ErrorKind::NetworkDown.into()));
                };
                let Some(outcome) = dialling.outcome.take() else {
                    dialling.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                };
                wire.dials.remove(&attempt.dial);
                let conn = outcome.map_err(io::Error::from)?;
                Poll::Ready(Ok(Box::new(Socket {
                    wire: self.wire.clone(),
                    conn,
                    end: 0,
                }) as Box<dyn Stream>))
            })
            .await
        })
    }
}

impl lab::Listen for Plug {
    fn listen(
        &self,
        at: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = io::Result<Box<dyn lab::Accept>>> + Send + '_>> {
        Box::pin(async move { Ok(Box::new(self.listen_at(at)?) as Box<dyn lab::Accept>) })
    }
}

/// A dial under way; given up when it is dropped.
struct Attempt {
    wire: Wire,
    dial: u64,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.wire.lock().forget(self.dial);
    }
}

/// A port that is listened at.
#[derive(Debug)]
pub(crate) struct Port {
    plug: Plug,
    at: SocketAddr,
}

impl Port {
    async fn next(&self) -> (Socket, SocketAddr) {
        let (conn, peer) = poll_fn(|cx| {
            let accepted = self.plug.wire.lock().accept(self.at, cx.waker());
            accepted.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        let socket = Socket {
            wire: self.plug.wire.clone(),
            conn,
            end: 1,
        };
        (socket, peer)
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.plug
            .wire
            .lock()
            .stop_listening(self.at, self.plug.process);
    }
}

impl lab::Accept for Port {
    fn accept(
        &mut self,
    ) -> Pin<Box<dyn Future<Output = io::Result<(Box<dyn Stream>, SocketAddr)>> + Send + '_>> {
        Box::pin(async move {
            let (socket, peer) = self.next().await;
            Ok((Box::new(socket) as Box<dyn Stream>, peer))
        })
    }
}

impl server::Accept for Port {
    fn accept(&mut self) -> Pin<Box<dyn Future<Output = io::Result<server::Arrival>> + Send + '_>> {
        Box::pin(async move {
            let (socket, peer) = self.next().await;
            let open = async move { Ok(Box::new(socket) as Box<dyn server::Stream>) };
            Ok(server::Arrival {
                peer: peer.into(),
                local: self.at.into(),
                open: Box::pin(open),
            })
        })
    }
}

/// One end of a connection.
#[derive(Debug)]
struct Socket {
    wire: Wire,
    conn: u64,
    end: usize,
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self
            .wire
            .lock()
            .read(self.conn, self.end, buf.remaining(), cx.waker());
        match read {
            None => Poll::Pending,
            Some(bytes) => Poll::Ready(bytes.map(|bytes| buf.put_slice(&bytes))),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self
            .wire
            .lock()
            .write(self.conn, self.end, bytes, cx.waker());
        written.map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.lock().shut(self.conn, self.end);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.wire.lock().close(self.conn, self.end);
    }
}
