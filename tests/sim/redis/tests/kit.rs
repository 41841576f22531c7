//! Servers of both kinds on loopback, and questions to them.

use std::net::SocketAddr;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::lab::net::LabNet;
use tempfile::TempDir;

use super::super::disk::Disk;
use super::super::node::Options;
use super::super::node::RedisNode;
use super::super::node::Timings;
use super::super::node::Wall;
use crate::lab::client::Client;
use crate::lab::client::ask;
use crate::lab::client::until;
use crate::lab::client::value;
use crate::watch::kit::process::Process;
use crate::watch::kit::process::free_addr;

/// Whose program a server is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Stock,
    Ours,
}

/// A server of either kind. Dropping it ends it.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a test has a handful of them")]
pub(crate) enum Server {
    Stock {
        process: Process,
        /// Its folder, which goes with it.
        _dir: TempDir,
    },
    Ours(RedisNode),
}

impl Server {
    /// With these directives beside what makes copies quick.
    pub(crate) async fn start(kind: Kind, conf: &[(&str, &str)]) -> Self {
        let quick = [("repl-diskless-sync-delay", "0")];
        let conf = [&quick, conf].concat();
        match kind {
            Kind::Stock => {
                let dir = tempfile::tempdir().unwrap();
                let line = |(key, value): &(&str, &str)| format!("{key} {value}");
                let lines: Vec<String> = conf.iter().map(line).collect();
                let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                lines.push("rdbcompression no");
                Self::Stock {
                    process: Process::redis(dir.path(), &free_addr(), &lines).await,
                    _dir: dir,
                }
            }
            Kind::Ours => Self::Ours(ours(&free_addr(), &Disk::new(&conf)).await),
        }
    }

    pub(crate) fn addr(&self) -> Addr {
        match self {
            Self::Stock { process, .. } => process.addr().clone(),
            Self::Ours(node) => node.addr(),
        }
    }

    /// One command on a connection of its own.
    pub(crate) async fn ask(&self, line: &str) -> String {
        ask(&self.addr(), line).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.addr()).await
    }

    /// A field of INFO.
    pub(crate) async fn field(&self, name: &str) -> String {
        value(&self.ask("INFO").await, name)
    }

    /// SLAVEOF, and waits for the link.
    pub(crate) async fn follow(&self, master: &Self) {
        self.ask(&format!("SLAVEOF 127.0.0.1 {}", master.addr().port()))
            .await;
        self.linked(master).await;
    }

    /// Waits until it is linked to `master` and has all that it has.
    pub(crate) async fn linked(&self, master: &Self) {
        let port = master.addr().port().to_string();
        until(&format!("{} follows {port}", self.addr()), || async {
            let info = self.ask("INFO replication").await;
            value(&info, "master_port") == port
                && value(&info, "master_link_status") == "up"
                && value(&info, "slave_repl_offset") == master.field("master_repl_offset").await
        })
        .await;
    }
}

/// One of ours on real TCP.
pub(crate) async fn ours(addr: &Addr, disk: &Disk) -> RedisNode {
    RedisNode::start(options(addr, disk)).await.unwrap()
}

/// On real TCP, with the real clock and no delays of its own.
pub(crate) fn options(addr: &Addr, disk: &Disk) -> Options {
    Options {
        addr: SocketAddr::new(addr.host().parse().unwrap(), addr.port()),
        net: LabNet::tcp(),
        disk: disk.clone(),
        wall: Wall::new(|| u64::try_from(clock::wall().as_millisecond()).unwrap()),
        seed: u64::from(addr.port()),
        timings: Timings::default(),
    }
}
