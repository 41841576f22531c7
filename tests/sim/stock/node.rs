//! One Sentinel: started, killed, and started again on what it remembers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::lab::net::Accept;
use pikafo::lab::net::LabNet;
use tokio::time::sleep;

use super::memory::Memory;
use super::serve;
use super::state::Node;
use super::tick;

/// What a Sentinel is.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where it listens, and what it announces.
    pub(crate) addr: SocketAddr,
    pub(crate) net: LabNet,
    pub(crate) memory: Memory,
    /// All its dice: its identity, its delays, the length of its ticks.
    pub(crate) seed: u64,
}

/// A Sentinel that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct StockNode(Arc<Node>);

impl StockNode {
    /// Starts it; it takes connections when this returns.
    pub(crate) async fn start(options: Options) -> io::Result<Self> {
        let clients = options.net.listen.listen(options.addr).await?;
        let node = Arc::new(Node::open(options));
        {
            let mut state = node.lock();
            node.flush(&state, None);
            let all: Vec<String> = state.masters.keys().cloned().collect();
            for name in all {
                let master = &state.masters[&name];
                let quorum = master.monitor.quorum;
                let named = master.named(&super::state::Who::Master);
                state.event("+monitor", &format!("{named} quorum {quorum}"));
            }
        }
        run(&node, accept(Arc::clone(&node), clients));
        run(&node, beat(Arc::clone(&node)));
        Ok(Self(node))
    }

    pub(crate) fn addr(&self) -> Addr {
        let addr = self.0.options.addr;
        Addr::new(&addr.ip().to_string(), addr.port())
    }

    /// Its events so far, oldest first: the name and the payload.
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.lock().said.clone()
    }

    /// Ends at once. What it must not forget is in the memory that was handed in.
    pub(crate) async fn kill(self) {
        self.0.halt.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Drop for StockNode {
    fn drop(&mut self) {
        self.0.halt.cancel();
    }
}

/// Spawns what ends with the Sentinel.
pub(super) fn run(node: &Arc<Node>, task: impl Future<Output = ()> + Send + 'static) {
    let halt = node.halt.clone();
    drop(node.tasks.spawn(async move {
        tokio::select! {
            biased;
            () = halt.cancelled() => {}
            () = task => {}
        }
    }));
}

async fn accept(node: Arc<Node>, mut listener: Box<dyn Accept>) {
    loop {
        // Out of descriptors, or the peer is gone again: the next one may be luckier.
        if let Ok((stream, _)) = listener.accept().await {
            run(&node, serve::serve(Arc::clone(&node), stream));
        }
    }
}

/// Ten to nineteen times a second, drawn anew each time so that no two Sentinels keep step.
async fn beat(node: Arc<Node>) {
    loop {
        let wait = 1000 / (10 + node.lock().dice.below(10));
        sleep(Duration::from_millis(wait)).await;
        tick::tick(&node, &mut node.lock());
    }
}
