//! The seam to the network: whoever can dial an address and give a byte stream back.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

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

/// Plain TCP with `TCP_NODELAY`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect((addr.host(), addr.port())).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}
