//! Two of ours and one redis-sentinel watch three real redis-servers, and agree.

use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::lab::net::LabNet;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;

use super::super::memory::Memory;
use super::super::memory::Monitor;
use super::super::node::Options;
use super::super::node::StockNode;
use super::fleet::NAME;
use crate::lab::client::until;
use crate::live::redis::tcp;
use crate::live::sentinel::Sentinel;
use crate::sim::redis::tests::kit::Kind;
use crate::sim::redis::tests::kit::Server;
use crate::watch::kit::process::free_addr;
use crate::watch::kit::wait;

/// Servers, the first of which is master, and those who watch them.
struct Fleet {
    servers: Vec<Server>,
    ours: [StockNode; 2],
    stock: Sentinel,
}

impl Fleet {
    async fn start() -> Self {
        let mut servers = Vec::new();
        for _ in 0..3 {
            servers.push(Server::start(Kind::Stock, &[]).await);
        }
        for replica in &servers[1..] {
            replica.follow(&servers[0]).await;
        }
        let master = servers[0].addr();
        let ours = [ours(&master).await, ours(&master).await];
        let stock = Sentinel::with(&format!(
            "sentinel monitor {NAME} {} {} 2\nsentinel down-after-milliseconds {NAME} 1000\n\
             sentinel failover-timeout {NAME} 20000\n",
            master.host(),
            master.port()
        ))
        .await;
        let fleet = Self {
            servers,
            ours,
            stock,
        };
        for addr in fleet.watchers() {
            until(&format!("{addr} knows all"), || async {
                let said = ask(&addr, &["SENTINEL", "MASTER", NAME]).await;
                let counts = ["num-slaves", "num-other-sentinels"];
                let replicas = ask(&addr, &["SENTINEL", "REPLICAS", NAME]).await;
                let up = format!("{replicas:?}")
                    .matches("master-link-status")
                    .count();
                counts.map(|name| reply::paired(&said, name).unwrap()) == ["2", "2"]
                    && up == 2
                    && !format!("{replicas:?}{said:?}").contains("disconnected")
            })
            .await;
        }
        fleet
    }

    fn watchers(&self) -> [Addr; 3] {
        let [a, b] = &self.ours;
        [a.addr(), b.addr(), self.stock.addr().clone()]
    }

    /// Waits until all name another master, which is one, and the third node follows it.
    async fn agrees(&self, old: &Addr) -> Addr {
        let named = wait::until(
            "all name another master",
            async || {
                let mut named = Vec::new();
                for addr in self.watchers() {
                    let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME];
                    let addr = reply::texts(&ask(&addr, &words).await);
                    named.push(Addr::new(&addr[0], addr[1].parse().unwrap()));
                }
                named.dedup();
                named
            },
            |named| named.len() == 1 && named[0] != *old,
        )
        .await;
        let found = named[0].clone();
        let is = |server: &&Server| server.addr() == found;
        let new = self.servers.iter().find(is).expect("one of them");
        assert_eq!(new.field("role").await, "master");
        let other = |server: &&Server| ![old, &found].contains(&&server.addr());
        let sibling = self.servers.iter().find(other).expect("the third");
        sibling.linked(new).await;
        found
    }
}

async fn ours(master: &Addr) -> StockNode {
    let addr = free_addr();
    let monitor = Monitor {
        name: NAME.to_owned(),
        addr: master.clone(),
        quorum: 2,
        down_after: Duration::from_secs(1),
        failover_timeout: Duration::from_secs(20),
        parallel_syncs: 1,
        auth_pass: None,
    };
    let options = Options {
        addr: format!("127.0.0.1:{}", addr.port()).parse().unwrap(),
        net: LabNet::tcp(),
        memory: Memory::of(&[monitor]),
        seed: u64::from(addr.port()),
        ear: None,
    };
    StockNode::start(options).await.unwrap()
}

async fn ask(addr: &Addr, words: &[&str]) -> redis::Value {
    let spec = LinkSpec::plain(addr, Duration::from_secs(20));
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    link.ask(words).await.unwrap()
}

#[tokio::test]
async fn they_agree_on_a_dead_master() {
    let mut fleet = Fleet::start().await;
    let dead = fleet.servers.remove(0);
    let old = dead.addr();
    drop(dead);
    fleet.agrees(&old).await;
    // Whoever led, the vote of each is in one epoch, and all have the same since.
    let mut epochs = Vec::new();
    for addr in fleet.watchers() {
        until("it has switched", || async {
            let said = ask(&addr, &["SENTINEL", "MASTER", NAME]).await;
            reply::paired(&said, "port") != Some(old.port().to_string())
        })
        .await;
        let said = ask(&addr, &["SENTINEL", "MASTER", NAME]).await;
        epochs.push(reply::paired(&said, "config-epoch").unwrap());
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 1, "{epochs:?}");
    assert_ne!(epochs[0], "0");
}

#[tokio::test]
async fn the_real_one_believes_ours_that_was_ordered_to_fail_over() {
    let fleet = Fleet::start().await;
    let old = fleet.servers[0].addr();
    let said = ask(&fleet.ours[0].addr(), &["SENTINEL", "FAILOVER", NAME]).await;
    assert_eq!(said, redis::Value::Okay);
    fleet.agrees(&old).await;
}

/// What SENTINEL lists has the same fields in the same order.
#[tokio::test]
async fn instances_are_listed_as_the_real_one_lists_them() {
    let fleet = Fleet::start().await;
    for list in ["MASTERS", "REPLICAS", "SENTINELS"] {
        let mut words = vec!["SENTINEL", list];
        words.extend((list != "MASTERS").then_some(NAME));
        let names = async |addr: &Addr| {
            let redis::Value::Array(items) = ask(addr, &words).await else {
                panic!("no list");
            };
            let texts = reply::texts(&items[0]);
            texts.into_iter().step_by(2).collect::<Vec<_>>()
        };
        let [ours, _, stock] = fleet.watchers();
        assert_eq!(names(&ours).await, names(&stock).await, "{list}");
    }
}
