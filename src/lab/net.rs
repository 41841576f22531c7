//! The seam to the network on both sides: whoever can listen and dial.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::decide::name::Addr;
use crate::node::net::Dial;
use crate::node::net::Dialled;
use crate::node::net::Net;
use crate::node::net::Stream;

type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Opens listeners.
pub trait Listen: fmt::Debug + Send + Sync {
    /// Listens at an address; it is an error if somebody else does.
    fn listen(&self, at: SocketAddr) -> Later<'_, Box<dyn Accept>>;
}

/// Gives out the byte streams of those who dial, each with its peer's address.
pub trait Accept: Send {
    fn accept(&mut self) -> Later<'_, (Box<dyn Stream>, SocketAddr)>;
}

/// What a lab node is plugged into.
#[derive(Clone, Debug)]
pub struct LabNet {
    pub listen: Arc<dyn Listen>,
    pub dial: Net,
}

impl LabNet {
    /// Real TCP.
    pub fn tcp() -> Self {
        Self {
            listen: Arc::new(Patient),
            dial: Arc::new(Patient),
        }
    }
}

/// TCP as servers use it: what is not acknowledged is sent again and again.
#[derive(Clone, Copy, Debug)]
struct Patient;

impl Dial for Patient {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect((addr.host(), addr.port())).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

impl Listen for Patient {
    fn listen(&self, at: SocketAddr) -> Later<'_, Box<dyn Accept>> {
        Box::pin(async move { Ok(Box::new(TcpListener::bind(at).await?) as Box<dyn Accept>) })
    }
}

impl Accept for TcpListener {
    fn accept(&mut self) -> Later<'_, (Box<dyn Stream>, SocketAddr)> {
        Box::pin(async move {
            let (stream, peer) = Self::accept(self).await?;
            stream.set_nodelay(true)?;
            Ok((Box::new(stream) as Box<dyn Stream>, peer))
        })
    }
}
