//! A slow path to a server: everything arrives whole, in order, and late.

use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::host::clock::sleep_until;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Listens on one address and passes on to another, each way with a delay. Ends with its connections when it is dropped.
#[derive(Debug)]
pub(crate) struct SlowPath {
    _task: AbortOnDropHandle<()>,
}

impl SlowPath {
    /// `outer`: where it listens; `inner`: the server.
    pub(crate) async fn lay(outer: &Addr, inner: &Addr, delay: Duration) -> Self {
        let listener = TcpListener::bind((outer.host(), outer.port()))
            .await
            .unwrap();
        let inner = inner.clone();
        let task = async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(pass(near, inner.clone(), delay));
            }
        };
        let task = AbortOnDropHandle::new(tokio::spawn(task));
        Self { _task: task }
    }
}

async fn pass(near: TcpStream, inner: Addr, delay: Duration) {
    // A handshake takes its time too. Where nobody listens, the connection ends.
    sleep(2 * delay).await;
    let Ok(far) = TcpStream::connect((inner.host(), inner.port())).await else {
        return;
    };
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    // As soon as one side has ended, the other does.
    tokio::select! {
        () = one_way(near_read, far_write, delay) => {}
        () = one_way(far_read, near_write, delay) => {}
    }
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (sink, mut due) = mpsc::unbounded_channel::<(Mono, Vec<u8>)>();
    let reads = async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let at = clock::mono() + delay;
            if sink.send((at, buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    };
    let writes = async move {
        while let Some((at, bytes)) = due.recv().await {
            sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reads, writes);
}
