//! A host with one node, without sockets and in virtual time.

use std::net::SocketAddr;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::sleep;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use redis::Value;

use super::super::disk::Disk;
use super::super::node::Options;
use super::super::node::RedisNode;
use super::super::node::Timings;
use super::super::node::Wall;
use super::wires::Wires;
use crate::lab::client::value;

const HOUR: Duration = Duration::from_secs(3600);

/// Copies begin at once.
pub(crate) const QUICK: (&str, &str) = ("repl-diskless-sync-delay", "0");

/// A host with one node, which may be down.
pub(crate) struct Host {
    pub(crate) options: Options,
    node: Option<RedisNode>,
}

impl Host {
    pub(crate) async fn start(wires: &Wires, last: u8, conf: &[(&str, &str)]) -> Self {
        let start = clock::mono();
        let wall = move || 1_700_000_000_000 + clock::millis_since(start);
        let options = Options {
            addr: SocketAddr::from(([10, 0, 0, last], 6379)),
            net: wires.plug(last),
            disk: Disk::new(conf),
            wall: Wall::new(wall),
            seed: u64::from(last),
            timings: Timings::default(),
        };
        let mut host = Self {
            options,
            node: None,
        };
        host.restart().await;
        host
    }

    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.node = Some(RedisNode::start(self.options.clone()).await.unwrap());
    }

    pub(crate) async fn kill(&mut self) {
        if let Some(node) = self.node.take() {
            node.kill().await;
        }
    }

    pub(crate) async fn ask(&self, command: &str) -> Value {
        let words: Vec<&str> = command.split(' ').collect();
        let addr = self.options.addr;
        let addr = Addr::new(&addr.ip().to_string(), addr.port());
        let spec = LinkSpec::plain(&addr, HOUR);
        let mut link = Link::open(&spec, &self.options.net.dial).await.unwrap();
        let answer = link.ask(&words).await;
        answer.unwrap_or_else(|fault| panic!("{command}: {fault}"))
    }

    pub(crate) async fn text(&self, line: &str) -> String {
        reply::text(&self.ask(line).await).unwrap_or_default()
    }

    pub(crate) async fn field(&self, name: &str) -> String {
        value(&self.text("INFO").await, name)
    }

    pub(crate) async fn follow(&self, master: &Self) {
        let ip = master.options.addr.ip();
        self.ask(&format!("SLAVEOF {ip} 6379")).await;
    }

    pub(crate) async fn until(&self, field: &str, wanted: &str) {
        for _ in 0..600 {
            if self.field(field).await == wanted {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{field} never was {wanted}: {}", self.text("INFO").await);
    }
}
