//! One lab node: started, stopped, killed, paused and started again, like a process.

use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio_util::codec::Framed;

use super::master;
use super::net::Accept;
use super::net::LabNet;
use super::ports::free_base;
use super::replica;
use super::replica::REPLICATION_SHIFT;
use super::session;
use super::slaveof;
use super::state::ReplicaEntry;
use super::state::Shared;
use super::state::State;
use super::state::StreamState;
use super::timings::Timings;
use super::version::Version;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;
use crate::host::dice;
use crate::node::net::Stream;
use crate::serve::resp::RespCodec;

/// From a node's port to the one that full syncs use (3.5 and later).
const FULL_SYNC_SHIFT: u16 = 10_001;
/// From a node's port to its rsync daemon (3.4).
const RSYNC_SHIFT: u16 = 1000;

/// Ports that are tried before it is given up.
const ATTEMPTS: usize = 20;

/// What a node is.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    pub ip: IpAddr,
    pub port: u16,
    /// Configuration, data and binlog; a node that is started in the folder of another goes on from there.
    pub dir: PathBuf,
    pub version: Version,
    pub timings: Timings,
    pub net: LabNet,
    /// Settings of the configuration file, where there is none yet.
    pub config: Vec<(String, String)>,
    /// What INFO prints as the process.
    pub process_id: u32,
    /// CONFIG SET maxclients from here on makes the server abort, as above the limit of open files.
    pub descriptors: Option<u64>,
}

impl NodeOptions {
    /// A node on loopback and real TCP, with brisk timings.
    pub fn new(port: u16, dir: impl Into<PathBuf>, version: Version) -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port,
            dir: dir.into(),
            version,
            timings: Timings::brisk(),
            net: LabNet::tcp(),
            config: Vec::new(),
            process_id: std::process::id(),
            descriptors: None,
        }
    }

    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// Adds a setting of the configuration file.
    #[must_use]
    pub fn config(mut self, key: &str, value: &str) -> Self {
        self.config.push((key.to_owned(), value.to_owned()));
        self
    }
}

/// A node that runs, or has run and can run again. Dropping it kills it.
#[derive(Debug)]
pub struct LabNode {
    options: NodeOptions,
    shared: Arc<Shared>,
}

impl LabNode {
    /// Starts a node; it accepts connections when this returns.
    pub async fn start(options: NodeOptions) -> io::Result<Self> {
        let shared = launch(&options).await?;
        Ok(Self { options, shared })
    }

    /// Starts a node at a port that is free, whichever `options` name. Between finding a port and
    /// listening at it somebody else may take it; then it is another one.
    pub async fn start_anywhere(mut options: NodeOptions) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            options.port = free_base()?;
            match Self::start(options.clone()).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                started => return started,
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    pub fn addr(&self) -> Addr {
        Addr::new(&self.options.ip.to_string(), self.options.port)
    }

    pub fn options(&self) -> &NodeOptions {
        &self.options
    }

    /// Stops as SIGTERM does: replication ends first, clients are served a while longer.
    pub async fn stop(&self) {
        self.shared.shut_down().await;
        self.ended().await;
    }

    /// Ends at once; sockets are closed by the system, and nobody is told.
    pub async fn kill(&self) {
        self.shared.halt.cancel();
        self.ended().await;
    }

    /// Stands still like a stopped process: connections are taken by the system, nothing is answered.
    pub fn pause(&self) {
        self.shared.paused.send_replace(true);
    }

    pub fn resume(&self) {
        self.shared.paused.send_replace(false);
    }

    /// Waits until the node has ended, whoever ended it.
    pub async fn ended(&self) {
        self.shared.halt.cancelled().await;
        // A paused task would never notice that it is dead.
        self.resume();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub fn running(&self) -> bool {
        !self.shared.halt.is_cancelled()
    }

    /// SLAVEOF, as if it had come over a connection; the reply is not waited for.
    pub(super) fn follow(&self, master: &Addr) {
        let words = [
            "SLAVEOF".to_owned(),
            master.host().to_owned(),
            master.port().to_string(),
        ];
        slaveof::run(
            &self.shared,
            &mut self.shared.lock(),
            &words.map(Bytes::from).to_vec(),
            None,
        );
    }

    /// True when every database streams from the master.
    pub fn link_up(&self) -> bool {
        self.shared.lock().link_up()
    }

    /// The end of the binlog of each database.
    pub fn positions(&self) -> Vec<BinlogPoint> {
        self.shared.lock().positions()
    }

    /// Replicas that this node streams all databases to.
    pub fn streams(&self) -> usize {
        let all = |replica: &&ReplicaEntry| {
            replica
                .dbs
                .values()
                .all(|db| db.stream == StreamState::Streaming)
        };
        self.shared.lock().replicas.iter().filter(all).count()
    }

    /// Starts again in the same folder, killing what still runs.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.kill().await;
        self.shared = launch(&self.options).await?;
        Ok(())
    }
}

impl Drop for LabNode {
    fn drop(&mut self) {
        self.shared.halt.cancel();
    }
}

/// Opens the folder and the ports, and starts the tasks.
async fn launch(options: &NodeOptions) -> io::Result<Arc<Shared>> {
    let at = |shift: u16| {
        let port = options
            .port
            .checked_add(shift)
            .ok_or(io::ErrorKind::InvalidInput)?;
        Ok::<_, io::Error>(SocketAddr::new(options.ip, port))
    };
    let dialect = options.version.dialect();
    let side = if dialect.rsync_daemon {
        RSYNC_SHIFT
    } else {
        FULL_SYNC_SHIFT
    };
    let listen = &options.net.listen;
    let clients = listen.listen(at(0)?).await?;
    let replicas = listen.listen(at(REPLICATION_SHIFT)?).await?;
    let full_syncs = listen.listen(at(side)?).await?;
    let shared = Arc::new(Shared::new(
        options.clone(),
        State::open(options, &dice::hex(20))?,
    ));
    spawn(&shared, clients, |node, stream, peer| {
        Box::pin(session::serve(node, stream, peer))
    });
    spawn(&shared, replicas, |node, stream, peer| {
        Box::pin(master::serve(
            node,
            Framed::new(stream, RespCodec::default()),
            peer,
        ))
    });
    spawn(&shared, full_syncs, |node, stream, _| {
        Box::pin(hold(node, stream))
    });
    let (following, halt) = (Arc::clone(&shared), shared.halt.clone());
    drop(shared.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = halt.cancelled() => {}
            () = replica::follow(following) => {}
        }
    }));
    Ok(shared)
}

type Serving = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Accepts until the node ends, and serves each connection in a task of its own.
fn spawn(
    shared: &Arc<Shared>,
    mut listener: Box<dyn Accept>,
    serve: fn(Arc<Shared>, Box<dyn Stream>, SocketAddr) -> Serving,
) {
    let node = Arc::clone(shared);
    drop(shared.tasks.spawn(async move {
        loop {
            let accepted = tokio::select! {
                biased;
                () = node.halt.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            node.gate().await;
            // Out of descriptors, or the peer is gone again: the next one may be luckier.
            let Ok((stream, peer)) = accepted else {
                continue;
            };
            let (halt, serving) = (node.halt.clone(), serve(Arc::clone(&node), stream, peer));
            drop(node.tasks.spawn(async move {
                tokio::select! {
                    biased;
                    () = halt.cancelled() => {}
                    () = serving => {}
                }
            }));
        }
    }));
}

/// The port of the full sync only has to be there: the data goes with the stream. Who leaves is let go, or a
/// node that is looked at often would run out of descriptors.
async fn hold(_node: Arc<Shared>, mut stream: Box<dyn Stream>) {
    // However it ends, it has ended.
    drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
}
