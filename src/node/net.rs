//! The seam to the network: whoever can dial an address and give a byte stream back.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

#[cfg(target_os = "linux")]
use nix::sys::socket::setsockopt;
#[cfg(target_os = "linux")]
use nix::sys::socket::sockopt;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::net::lookup_host;

use crate::decide::conduct::IN_FLIGHT_US;
use crate::decide::name::Addr;

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// This side's address, where there is one.
    fn local(&self) -> Option<IpAddr>;
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {
    fn local(&self) -> Option<IpAddr> {
        let any: &dyn Any = self;
        let local = any.downcast_ref::<TcpStream>()?.local_addr().ok()?;
        Some(local.ip())
    }
}

/// What dialling gives.
pub type Dialled<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send + 'a>>;

/// Opens byte streams. The caller bounds the wait.
pub trait Dial: fmt::Debug + Send + Sync {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a>;
}

/// A shared [`Dial`].
pub type Net = Arc<dyn Dial>;

/// What the other host has not acknowledged for so long is given up, and the connection with it. Without that the system would go on
/// sending for many minutes, even for a process that is dead or has long given up, and what was ordered would be done in another
/// leader's time.
pub const UNDER_WAY: Duration = Duration::from_micros(IN_FLIGHT_US);

/// Plain TCP with `TCP_NODELAY`, and where the system can, with [`UNDER_WAY`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect((addr.host(), addr.port())).await?;
            Ok(Box::new(set_up(stream)?) as Box<dyn Stream>)
        })
    }
}

/// The same from this address, where this host has it; else from whichever the system takes.
#[derive(Clone, Copy, Debug)]
pub struct TcpFrom(pub IpAddr);

impl Dial for TcpFrom {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let stream = connect_from(self.0, addr).await?;
            Ok(Box::new(set_up(stream)?) as Box<dyn Stream>)
        })
    }
}

fn set_up(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        let ms = u32::try_from(UNDER_WAY.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = setsockopt(&stream, sockopt::TcpUserTimeout, &ms) {
            tracing::debug!(%error, "this system sends for as long as it likes");
        }
    }
    Ok(stream)
}

/// The source counts where it is of the family of the other end.
async fn connect_from(source: IpAddr, addr: &Addr) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for to in lookup_host((addr.host(), addr.port())).await? {
        let socket = if to.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        if to.is_ipv4() == source.is_ipv4()
            && let Err(error) = socket.bind((source, 0).into())
        {
            tracing::debug!(%source, %error, "this host has no such address");
        }
        match socket.connect(to).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
