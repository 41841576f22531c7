//! The life of a server or a watcher that is written for the simulation: its tasks, its door, its end.

use std::net::SocketAddr;

use pikafo::lab::net::Accept;
use pikafo::node::net::Stream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One life. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life {
    over: CancellationToken,
    tasks: TaskTracker,
}

impl Life {
    /// Spawns what ends with it.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        drop(self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = over.cancelled() => {}
                () = task => {}
            }
        }));
    }

    /// Serves whoever comes, each in a task of its own.
    pub(crate) fn open<F>(
        &self,
        mut door: Box<dyn Accept>,
        serve: impl Fn(Box<dyn Stream>, SocketAddr) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let own = self.clone();
        self.run(async move {
            loop {
                // Out of descriptors, or the peer is gone again: the next one may be luckier.
                if let Ok((stream, peer)) = door.accept().await {
                    own.run(serve(stream, peer));
                }
            }
        });
    }

    /// Everything ends at once, as in a crash.
    pub(crate) fn end(&self) {
        self.over.cancel();
    }

    /// Waits until it has ended, whoever ended it.
    pub(crate) async fn ended(&self) {
        self.over.cancelled().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}
