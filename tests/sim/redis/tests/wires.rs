//! A network without sockets: what is dialled here is handed to whoever listens here, at once and in virtual time.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;

use pikafo::decide::name::Addr;
use pikafo::lab::net::Accept;
use pikafo::lab::net::LabNet;
use pikafo::lab::net::Listen;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Stream;
use tokio::io::duplex;
use tokio::sync::mpsc;

type Arrived = (Box<dyn Stream>, SocketAddr);
type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Whoever listens.
#[derive(Clone, Default)]
pub(crate) struct Wires(Arc<Mutex<BTreeMap<SocketAddr, mpsc::UnboundedSender<Arrived>>>>);

/// As much as a stream holds before its writer waits.
const WINDOW: usize = 64 * 1024;

impl Wires {
    /// Both seams of the host 10.0.0.`last`.
    pub(crate) fn plug(&self, last: u8) -> LabNet {
        let plug = Arc::new(Plug {
            wires: self.clone(),
            last,
        });
        LabNet {
            listen: Arc::clone(&plug) as _,
            dial: plug,
        }
    }
}

/// One host's.
#[derive(Debug)]
struct Plug {
    wires: Wires,
    last: u8,
}

impl fmt::Debug for Wires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wires")
    }
}

impl Dial for Plug {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let (near, far) = duplex(WINDOW);
            let at = format!("{}:{}", addr.host(), addr.port()).parse().unwrap();
            let peer = SocketAddr::from(([10, 0, 0, self.last], 50_000));
            let gone = || io::Error::from(io::ErrorKind::ConnectionRefused);
            let wires = self.wires.0.lock().unwrap();
            let door = wires.get(&at).ok_or_else(gone)?;
            let arrived: Arrived = (Box::new(far), peer);
            door.send(arrived).map_err(|_closed| gone())?;
            Ok(Box::new(near) as Box<dyn Stream>)
        })
    }
}

impl Listen for Plug {
    fn listen(&self, at: SocketAddr) -> Later<'_, Box<dyn Accept>> {
        Box::pin(async move {
            let (door, arriving) = mpsc::unbounded_channel();
            let old = self.wires.0.lock().unwrap().insert(at, door);
            assert!(old.is_none_or(|old| old.is_closed()), "{at} is taken");
            Ok(Box::new(Arriving(arriving)) as Box<dyn Accept>)
        })
    }
}

struct Arriving(mpsc::UnboundedReceiver<Arrived>);

impl Accept for Arriving {
    fn accept(&mut self) -> Later<'_, Arrived> {
        Box::pin(async move {
            let arrived = self.0.recv().await;
            arrived.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))
        })
    }
}
