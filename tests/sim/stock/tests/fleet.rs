//! Nodes and Sentinels in virtual time.

use std::net::SocketAddr;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock::sleep;
use pikafo::node::fault::Fault;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use redis::Value;

use super::super::memory::Memory;
use super::super::memory::Monitor;
use super::super::node::Options;
use super::super::node::StockNode;
use crate::sim::redis::tests::host::Host;
use crate::sim::redis::tests::host::QUICK;
use crate::sim::redis::tests::wires::Wires;

pub(super) const NAME: &str = "orders";

/// Three nodes, of which the first is master, and three Sentinels, which know each other.
pub(super) struct Fleet {
    pub(super) hosts: Vec<Host>,
    pub(super) guards: Vec<Guard>,
}

/// One Sentinel, which may be down.
pub(super) struct Guard {
    options: Options,
    node: Option<StockNode>,
}

impl Fleet {
    pub(super) async fn start(nodes: u8, quorum: usize) -> Self {
        let wires = Wires::default();
        let mut hosts = Vec::new();
        for last in 1..=nodes {
            let host = Host::start(&wires, last, &[QUICK]).await;
            if let Some(master) = hosts.first() {
                host.follow(master).await;
                host.until("master_link_status", "up").await;
                host.ask("CONFIG REWRITE").await;
            }
            hosts.push(host);
        }
        let mut guards = Vec::new();
        for last in 11..=13 {
            guards.push(Guard::start(&wires, last, quorum).await);
        }
        let fleet = Self { hosts, guards };
        let known = (usize::from(nodes) - 1, 2);
        for guard in &fleet.guards {
            until("all are known", async || {
                let counts = ["num-slaves", "num-other-sentinels"];
                let [a, b] = counts.map(|name| guard.field(name));
                (a.await.parse(), b.await.parse()) == (Ok(known.0), Ok(known.1))
            })
            .await;
        }
        fleet
    }

    /// Waits until all Sentinels that run name one of the other nodes, and gives which.
    pub(super) async fn moved_from(&self, old: usize) -> usize {
        let mut found = 0;
        until("another master is named by all", async || {
            let mut named = Vec::new();
            for guard in self.guards.iter().filter(|guard| guard.node.is_some()) {
                named.push(guard.names().await);
            }
            named.dedup();
            found = named[0];
            named.len() == 1 && found != old
        })
        .await;
        found
    }

    /// How often all of them have said an event, and its payloads.
    pub(super) fn said(&self, event: &str) -> Vec<String> {
        let all = self.guards.iter().flat_map(Guard::said);
        let own = all.filter(|line| line.split(' ').next() == Some(event));
        own.collect()
    }
}

impl Guard {
    async fn start(wires: &Wires, last: u8, quorum: usize) -> Self {
        let monitor = Monitor {
            name: NAME.to_owned(),
            addr: Addr::new("10.0.0.1", 6379),
            quorum,
            down_after: Duration::from_secs(5),
            failover_timeout: Duration::from_secs(60),
            parallel_syncs: 1,
            auth_pass: None,
        };
        let options = Options {
            addr: SocketAddr::from(([10, 0, 0, last], 26_379)),
            net: wires.plug(last),
            memory: Memory::of(&[monitor]),
            seed: u64::from(last),
            ear: None,
        };
        let mut guard = Self {
            options,
            node: None,
        };
        guard.restart().await;
        guard
    }

    pub(super) async fn restart(&mut self) {
        self.kill().await;
        self.node = Some(StockNode::start(self.options.clone()).await.unwrap());
    }

    pub(super) async fn kill(&mut self) {
        if let Some(node) = self.node.take() {
            node.kill().await;
        }
    }

    pub(super) fn said(&self) -> Vec<String> {
        self.node.as_ref().map_or_else(Vec::new, StockNode::said)
    }

    pub(super) async fn try_ask(&self, words: &[&str]) -> Result<Value, Fault> {
        let addr = self.node.as_ref().expect("it runs").addr();
        let spec = LinkSpec::plain(&addr, Duration::from_secs(60));
        let mut link = Link::open(&spec, &self.options.net.dial).await?;
        link.ask(words).await
    }

    pub(super) async fn ask(&self, line: &str) -> Value {
        let words: Vec<&str> = line.split(' ').collect();
        let answer = self.try_ask(&words).await;
        answer.unwrap_or_else(|fault| panic!("{line}: {fault}"))
    }

    /// A field of SENTINEL MASTER.
    pub(super) async fn field(&self, name: &str) -> String {
        let master = self.ask(&format!("SENTINEL MASTER {NAME}")).await;
        reply::paired(&master, name).unwrap_or_default()
    }

    /// Which node it sends clients to, counted from zero.
    pub(super) async fn names(&self) -> usize {
        let addr = self
            .ask(&format!("SENTINEL GET-MASTER-ADDR-BY-NAME {NAME}"))
            .await;
        let addr = reply::texts(&addr);
        let last = addr[0].rsplit('.').next().unwrap().parse::<usize>();
        last.unwrap() - 1
    }
}

pub(super) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..12_000 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
