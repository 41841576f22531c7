//! One Sentinel: started, killed, and started again on what it remembers.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock::sleep;
use pikafo::lab::net::LabNet;

use super::memory::Memory;
use super::serve;
use super::state::Instance;
use super::state::Node;
use super::state::Phase;
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
    pub(crate) ear: Option<Ear>,
}

/// Hears every event as it is said: its name and its payload.
#[derive(Clone)]
pub(crate) struct Ear(Arc<Hear>);

type Hear = dyn Fn(&str, &str) + Send + Sync;

impl Ear {
    pub(crate) fn new(hear: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(super) fn hear(&self, event: &str, payload: &str) {
        (self.0)(event, payload);
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ear")
    }
}

/// What a Sentinel believes of one master.
#[derive(Clone, Debug)]
pub(crate) struct Belief {
    /// Where it sends clients.
    pub(crate) master: Addr,
    pub(crate) epoch: u64,
    pub(crate) fails_over: bool,
    pub(crate) o_down: bool,
    /// Nodes that are subjectively down.
    pub(crate) down: Vec<Addr>,
    /// Other watchers that are not.
    pub(crate) others: usize,
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
        let (life, serving) = (&node.life, Arc::clone(&node));
        life.open(clients, move |stream, _| {
            serve::serve(Arc::clone(&serving), stream)
        });
        life.run(beat(Arc::clone(&node)));
        Ok(Self(node))
    }

    #[cfg(test)]
    pub(crate) fn addr(&self) -> Addr {
        let addr = self.0.options.addr;
        Addr::new(&addr.ip().to_string(), addr.port())
    }

    /// Its events so far, oldest first: the name and the payload.
    #[cfg(test)]
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.lock().said.clone()
    }

    /// What it believes of a master; `None` where it watches none of this name.
    pub(crate) fn believes(&self, name: &str) -> Option<Belief> {
        let state = self.0.lock();
        let master = state.masters.get(name)?;
        let down = |one: &&Instance| one.is_down();
        let nodes = master.replicas.values().chain([&master.own]);
        Some(Belief {
            master: master.current().clone(),
            epoch: master.config_epoch,
            fails_over: master.phase != Phase::None,
            o_down: master.o_down_since.is_some(),
            down: nodes.filter(down).map(|one| one.addr.clone()).collect(),
            others: master
                .sentinels
                .values()
                .filter(|one| !one.is_down())
                .count(),
        })
    }

    /// Ends at once. What it must not forget is in the memory that was handed in.
    #[cfg(test)]
    pub(crate) async fn kill(self) {
        self.0.life.end();
        self.ended().await;
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        self.0.life.ended().await;
    }
}

impl Drop for StockNode {
    fn drop(&mut self) {
        self.0.life.end();
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
