//! One master and two replicas, and pikafo's configuration for them.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use pikafo::decide::name::Addr;
use pikafo::lab::cluster::ClusterOptions;
use pikafo::lab::cluster::LabCluster;
use pikafo::lab::timings::Timings;
use pikafo::lab::version::Version;
use tempfile::TempDir;

use super::PIKAFO;
use super::server::Server;
use super::server::replication;
use super::server::until;

/// Password of the operator on the lab's nodes, and of the clients.
const ADMIN: &str = "admin-secret";
pub(crate) const CLIENT: &str = "client-secret";

/// A running trio. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Trio {
    pub(crate) addrs: Vec<Addr>,
    /// What clients log in with.
    pub(crate) password: Option<&'static str>,
    dir: TempDir,
    _nodes: Nodes,
}

/// Held for their drop.
#[derive(Debug)]
#[expect(dead_code, reason = "the servers run as long as these values live")]
enum Nodes {
    Real(Vec<Server>),
    Lab(LabCluster),
}

impl Trio {
    /// Three `redis-server`, linked.
    pub(crate) async fn redis() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut servers = Vec::new();
        for number in 0..3 {
            servers.push(Server::redis(&dir.path().join(format!("n{number}"))).await);
        }
        let addrs: Vec<Addr> = servers.iter().map(|server| server.addr.clone()).collect();
        let port = addrs[0].port().to_string();
        for replica in &addrs[1..] {
            let words = ["REPLICAOF", addrs[0].host(), &port];
            super::server::ask(replica, &words)
                .await
                .expect("a fresh server follows");
        }
        until("two linked replicas", async || {
            replication(&addrs[0]).await.matches("state=online").count() == 2
        })
        .await;
        Self::with(addrs, None, dir, Nodes::Real(servers))
    }

    /// Three nodes of the lab with the timings of real servers. Clients are limited users: before 3.5.3 there is
    /// no fence for others.
    pub(crate) async fn lab(version: Version) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = [
            ("requirepass", ADMIN),
            ("masterauth", ADMIN),
            ("userpass", CLIENT),
        ];
        let options = ClusterOptions {
            size: 3,
            version,
            timings: Timings::observed(),
            config: config
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .to_vec(),
        };
        let cluster = LabCluster::with(&options, dir.path()).await.unwrap();
        Self::with(cluster.addrs(), Some(CLIENT), dir, Nodes::Lab(cluster))
    }

    fn with(addrs: Vec<Addr>, password: Option<&'static str>, dir: TempDir, nodes: Nodes) -> Self {
        let mut yaml = "version: 1\nclusters:\n  bench:\n    nodes:\n".to_owned();
        for (addr, name) in addrs.iter().zip(["a", "b", "c"]) {
            writeln!(yaml, "      - {{ addr: \"{addr}\", name: {name} }}").unwrap();
        }
        if password.is_some() {
            fs::write(dir.path().join("password"), ADMIN).unwrap();
            writeln!(
                yaml,
                "    auth: {{ password_file: {} }}",
                dir.path().join("password").display()
            )
            .unwrap();
        }
        fs::write(dir.path().join("pikafo.yaml"), yaml).unwrap();
        Self {
            addrs,
            password,
            dir,
            _nodes: nodes,
        }
    }

    /// Runs the program on this trio.
    pub(crate) async fn pikafo(&self, args: &[&str]) -> Output {
        let mut command = Command::new(PIKAFO);
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("STATE_DIRECTORY", self.dir.path().join("state"))
            .stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }
}
