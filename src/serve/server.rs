//! The server: takes connections in, from whatever gives byte streams, until it is told to end.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clients::Card;
use super::connection;
use super::desk::Later;
use super::hall::Hall;
use super::resp::Protocol;
use crate::host::clock::sleep;
use crate::host::clock::timeout;

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Gives out the byte streams of those who dial. Cancelling a call loses nobody.
pub trait Accept: Send {
    fn accept(&mut self) -> Later<'_, io::Result<Arrival>>;
}

/// Whence somebody dialled, or where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    Net(SocketAddr),
    /// A socket in the file system of this host.
    File(PathBuf),
}

impl Place {
    /// Whether it is on this host.
    fn is_here(&self) -> bool {
        match self {
            Self::Net(addr) => addr.ip().to_canonical().is_loopback(),
            Self::File(_) => true,
        }
    }
}

impl From<SocketAddr> for Place {
    fn from(addr: SocketAddr) -> Self {
        Self::Net(addr)
    }
}

/// As CLIENT LIST has it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(addr) => write!(f, "{addr}"),
            Self::File(path) => write!(f, "{}:0", path.display()),
        }
    }
}

/// Somebody who dialled.
pub struct Arrival {
    pub peer: Place,
    /// Where it was dialled.
    pub local: Place,
    /// Opens the stream, with a TLS handshake where there is one. Runs beside other arrivals, and not for long.
    pub open: Later<'static, io::Result<Box<dyn Stream>>>,
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Plain TCP with `TCP_NODELAY`.
impl Accept for TcpListener {
    fn accept(&mut self) -> Later<'_, io::Result<Arrival>> {
        Box::pin(async move {
            let (stream, peer) = Self::accept(self).await?;
            let local = stream.local_addr()?;
            let open = async move {
                stream.set_nodelay(true)?;
                Ok(Box::new(stream) as Box<dyn Stream>)
            };
            Ok(Arrival {
                peer: peer.into(),
                local: local.into(),
                open: Box::pin(open),
            })
        })
    }
}

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long one who is not taken in may take to hear it.
const REFUSAL: Duration = Duration::from_secs(1);

/// What they hear.
const FULL: &str = "-ERR max number of clients reached\r\n";
const PROTECTED: &str = "-DENIED protected-mode is on and the default user has no password, so only loopback may come in: \
     set requirepass, or protected-mode no where nobody else can reach this port\r\n";

/// How many are told at the same time that they are not taken in; the others just see the connection close.
const REFUSALS: usize = 64;

/// How long to wait when nobody can be taken in, for want of descriptors mostly.
const BREATH: Duration = Duration::from_millis(100);

/// Serves everybody who comes until the hall closes; returns when the last connection has ended. Several listeners
/// may lead into one hall.
pub async fn serve(mut listener: impl Accept, hall: Arc<Hall>) {
    let connections = TaskTracker::new();
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    loop {
        let arrival = tokio::select! {
            biased;
            () = hall.halt.cancelled() => break,
            arrival = listener.accept() => arrival,
        };
        match arrival {
            Ok(arrival) => take_in(&hall, arrival, &connections, &refusals),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::select! {
                    biased;
                    () = hall.halt.cancelled() => break,
                    () = sleep(BREATH) => {}
                }
            }
        }
    }
    connections.close();
    connections.wait().await;
}

fn take_in(
    hall: &Arc<Hall>,
    arrival: Arrival,
    connections: &TaskTracker,
    refusals: &Arc<Semaphore>,
) {
    let kill = CancellationToken::new();
    let refused = |arrival, why: &'static str| {
        if let Ok(permit) = Arc::clone(refusals).try_acquire_owned() {
            connections.spawn(async move {
                let _told = timeout(REFUSAL, refuse(arrival, why)).await.is_ok();
                drop(permit);
            });
        }
    };
    let outside = !arrival.peer.is_here();
    if hall.limits.protected && outside && hall.desk.logins().open() {
        return refused(arrival, PROTECTED);
    }
    let Some(id) = hall
        .clients
        .join(hall.limits.clients, card(hall, &arrival, &kill))
    else {
        return refused(arrival, FULL);
    };
    let seat = Seat {
        hall: Arc::clone(hall),
        id,
    };
    connections.spawn(async move {
        let opened = tokio::select! {
            biased;
            () = seat.hall.halt.cancelled() => return,
            () = kill.cancelled() => return,
            opened = timeout(HANDSHAKE, arrival.open) => opened,
        };
        match opened {
            Ok(Ok(stream)) => connection::serve(&seat.hall, stream, id, kill).await,
            Ok(Err(error)) if hung_up(&error) => {
                tracing::debug!(%error, peer = %arrival.peer, "no handshake");
            }
            Ok(Err(error)) => tracing::info!(%error, peer = %arrival.peer, "no handshake"),
            Err(_) => tracing::debug!(peer = %arrival.peer, "no handshake in time"),
        }
    });
}

/// Somebody who only looks whether the port is open is not worth a line.
fn hung_up(error: &io::Error) -> bool {
    use io::ErrorKind::BrokenPipe;
    use io::ErrorKind::ConnectionReset;
    use io::ErrorKind::UnexpectedEof;
    [UnexpectedEof, ConnectionReset, BrokenPipe].contains(&error.kind())
}

/// A connection's place among the clients, free again when this is dropped, however the connection ended.
struct Seat {
    hall: Arc<Hall>,
    id: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hall.clients.leave(self.id);
    }
}

async fn refuse(arrival: Arrival, why: &str) -> io::Result<()> {
    let mut stream = arrival.open.await?;
    stream.write_all(why.as_bytes()).await?;
    stream.shutdown().await
}

fn card(hall: &Hall, arrival: &Arrival, kill: &CancellationToken) -> Card {
    let now_us = hall.desk.now_us();
    Card {
        peer: arrival.peer.to_string(),
        local: arrival.local.to_string(),
        name: String::new(),
        user: super::auth::DEFAULT.to_owned(),
        lib_name: String::new(),
        lib_ver: String::new(),
        since_us: now_us,
        active_us: now_us,
        command: "NULL".to_owned(),
        channels: 0,
        patterns: 0,
        protocol: Protocol::default(),
        near: matches!(arrival.local, Place::File(_)),
        kept: false,
        tracking: None,
        kill: kill.clone(),
    }
}
