//! What a node is.

use std::path::Path;

use pikafo::decide::name::Addr;
use pikafo::lab::ports::free_base;
use pikafo::lab::version::Version;

use super::net::Network;
use super::observer::Probe;
use super::process::Process;
use super::process::free_addr;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    /// `redis-server` of Debian.
    Redis,
    /// A Pika of the lab as a process of its own.
    Pika(Version),
}

impl Server {
    /// Starts one in a new folder.
    pub(crate) async fn start(self, dir: &Path) -> Process {
        match self {
            Self::Redis => Process::redis(dir, &free_addr(), &[]).await,
            Self::Pika(version) => {
                let port = free_base().expect("there are free ports");
                Process::pika(dir, &Addr::new("127.0.0.1", port), version).await
            }
        }
    }

    /// The same on a host of its own.
    pub(super) async fn start_on(self, network: &Network, host: usize, dir: &Path) -> Process {
        let by = network.on(host);
        match self {
            Self::Redis => {
                // There is no password. What it holds outlives it, as on any host that matters.
                let lines = ["protected-mode no", "appendonly yes"];
                Process::redis_by(&by, dir, &network.addr(host, 6379), &lines).await
            }
            Self::Pika(version) => {
                Process::pika_by(&by, dir, &network.addr(host, 9221), version).await
            }
        }
    }

    pub(crate) fn called(self) -> String {
        match self {
            Self::Redis => "redis-server".to_owned(),
            Self::Pika(version) => format!("lab's Pika {version}"),
        }
    }

    pub(super) fn probe(self) -> Probe {
        match self {
            Self::Redis => Probe::Del,
            Self::Pika(_) => Probe::IncrOfWord,
        }
    }
}
