//! A master and two replicas on loopback, and the program beside them.

use std::ffi::OsStr;
use std::process::Output;
use std::process::Stdio;

use ::redis::Value;
use pikafo::config;
use pikafo::config::model::Cluster;
use pikafo::decide::facts::Link as LinkState;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::view::ClusterView;
use pikafo::decide::view::Memory;
use pikafo::host::sense;
use pikafo::host::store::Store;
use pikafo::node::fault::Fault;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::observe::Depth;
use pikafo::node::reply;
use tempfile::TempDir;
use tokio::process::Command;

use super::certs::Certs;
use super::redis::RedisServer;
use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;

/// The three nodes, as indices; `A` starts as master. The configuration calls them a, b and c.
pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;
pub(crate) const C: usize = 2;
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// Lines of `redis.conf` that make acknowledged writes outlive the process.
pub(crate) const PERSISTENT: &[&str] = &["appendonly yes", "appendfsync no"];

/// The usual two seconds are for a machine that does not run other tests.
pub(super) const UNHURRIED: &str = "    switchover: { max_blackout: 10s }\n";

/// What differs from the ordinary cluster.
#[derive(Clone)]
pub(crate) struct Setup<'a> {
    /// Lines of every node's `redis.conf`.
    pub(crate) conf: &'a [&'a str],
    /// Keys of the cluster in the YAML, one line each.
    pub(crate) yaml: &'a [&'a str],
    /// Further keys of each node in the YAML (`promote: never`).
    pub(crate) nodes: [&'a str; 3],
    pub(crate) detect: &'a str,
    /// TLS only, with these certificates.
    pub(crate) certs: Option<&'a Certs>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            conf: &[],
            yaml: &[],
            nodes: [""; 3],
            detect: "refused_after: 300ms, down_after: 1s",
            certs: None,
        }
    }
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// -1 where a signal ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Panics with everything that was said unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.err, self.out);
        self
    }

    /// Panics unless stderr mentions `text`.
    #[track_caller]
    pub(crate) fn mentions(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in:\n{}", self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.out, self.err))
    }
}

/// Three servers, a configuration and a state folder of their own.
#[derive(Debug)]
pub(crate) struct RedisCluster {
    pub(crate) servers: [RedisServer; 3],
    pub(crate) dir: TempDir,
    pub(crate) config: Cluster,
    spec: LinkSpec,
}

impl RedisCluster {
    /// Starts all three and returns once both replicas are linked.
    pub(crate) async fn start(setup: &Setup<'_>) -> Self {
        let server = || match setup.certs {
            None => RedisServer::start(setup.conf),
            Some(certs) => RedisServer::start_tls(certs.dir(), setup.conf),
        };
        let servers = [server(), server(), server()];
        let dir = tempfile::tempdir().unwrap();
        let node = |(n, server): (usize, &RedisServer)| {
            let (name, addr, more) = (NAMES[n], server.addr(), setup.nodes[n]);
            let comma = if more.is_empty() { "" } else { ", " };
            format!("      - {{ addr: \"{addr}\", name: {name}{comma}{more} }}\n")
        };
        let nodes: String = servers.iter().enumerate().map(node).collect();
        let keys: String = setup
            .yaml
            .iter()
            .flat_map(|line| ["    ", line, "\n"])
            .collect();
        let mut yaml = format!(
            "version: 1\nclusters:\n  orders:\n    nodes:\n{nodes}    detect: {{ {} }}\n{keys}",
            setup.detect
        );
        if !setup
            .yaml
            .iter()
            .any(|line| line.starts_with("switchover:"))
        {
            yaml += UNHURRIED;
        }
        let path = dir.path().join("pikafo.yaml");
        std::fs::write(&path, yaml).unwrap();
        let config = config::read(&path).unwrap().clusters.remove(0);
        let spec = LinkSpec::for_node(&config, servers[A].addr()).unwrap();
        let cluster = Self {
            servers,
            dir,
            config,
            spec: spec.within(PATIENCE),
        };
        for replica in [B, C] {
            cluster.follow(replica, A).await;
        }
        cluster.linked(A).await;
        cluster.served().await;
        for replica in [B, C] {
            cluster.ask(replica, &["CONFIG", "REWRITE"]).await;
        }
        cluster
    }

    /// Waits until the first master sends its replicas what is written. A copy over the network is complete for the
    /// replica up to a second before, the master says `online` before, and what is written meanwhile lies in the
    /// master alone. A message is sent the way of a write, and leaves no key.
    async fn served(&self) {
        self.acknowledged(A, &["PUBLISH", "served", ""]).await;
    }

    /// Carries out a write and waits until both replicas have it; both by one link, for `WAIT` is about that link's
    /// writes.
    pub(crate) async fn acknowledged(&self, master: usize, words: &[&str]) {
        let mut link = Link::open(&self.spec(master), &tcp()).await.unwrap();
        link.ask(words).await.unwrap();
        assert_eq!(link.ask(&["WAIT", "2", "0"]).await.unwrap(), Value::Int(2));
    }

    /// The ordinary one.
    pub(crate) async fn plain() -> Self {
        Self::start(&Setup::default()).await
    }

    pub(crate) fn addr(&self, node: usize) -> &Addr {
        self.servers[node].addr()
    }

    /// How to reach a node, with the credentials of the configuration.
    pub(crate) fn spec(&self, node: usize) -> LinkSpec {
        self.spec.at(self.addr(node))
    }

    /// A second configuration, with `top` (`watch: { … }`) added; gives its file name for `-c`.
    pub(crate) fn configure(&self, top: &str) -> String {
        let yaml = std::fs::read_to_string(self.dir.path().join("pikafo.yaml")).unwrap();
        let files = std::fs::read_dir(self.dir.path()).unwrap().count();
        let name = format!("more-{files}.yaml");
        std::fs::write(self.dir.path().join(&name), format!("{yaml}{top}\n")).unwrap();
        name
    }

    /// Declares a further node.
    pub(crate) fn declare(&self, name: &str, addr: &Addr) {
        let path = self.dir.path().join("pikafo.yaml");
        let yaml = std::fs::read_to_string(&path).unwrap();
        let node = format!("nodes:\n      - {{ addr: \"{addr}\", name: {name} }}\n");
        std::fs::write(&path, yaml.replacen("nodes:\n", &node, 1)).unwrap();
    }

    /// Sends one command over a connection of its own.
    pub(crate) async fn ask(&self, node: usize, words: &[&str]) -> Value {
        let asked = async { Link::open(&self.spec(node), &tcp()).await?.ask(words).await };
        let name = NAMES[node];
        asked
            .await
            .unwrap_or_else(|fault| panic!("{name} {words:?}: {fault}"))
    }

    /// The same where the server may refuse.
    pub(crate) async fn try_ask(&self, node: usize, words: &[&str]) -> Result<Value, Fault> {
        Link::open(&self.spec(node), &tcp()).await?.ask(words).await
    }

    /// Makes `node` a replica of `master`, behind the program's back.
    pub(crate) async fn follow(&self, node: usize, master: usize) {
        let (host, port) = (self.addr(master).host(), self.addr(master).port());
        self.ask(node, &["SLAVEOF", host, &port.to_string()]).await;
    }

    /// The program in a folder of its own, with nothing else in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::from(self.std_command(args));
        command.kill_on_drop(true);
        command
    }

    /// The same for what does not wait asynchronously: a pseudo-terminal.
    pub(crate) fn std_command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pikafo"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("STATE_DIRECTORY", self.dir.path().join("state"))
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Said {
        said(self.command(args)).await
    }

    /// Runs it with a variable set.
    pub(crate) async fn run_with(
        &self,
        key: &str,
        value: impl AsRef<OsStr>,
        args: &[&str],
    ) -> Said {
        let mut command = self.command(args);
        command.env(key, value);
        said(command).await
    }

    /// Somebody has looked: it is known how far each node had come.
    pub(crate) async fn sampled(&self) {
        self.run(&["status"]).await.expect(0);
    }

    /// The state folder of the cluster.
    pub(crate) fn store(&self) -> Store {
        Store::at(&self.dir.path().join("state"), "orders")
    }

    /// The lines of the journal; none where it is not there yet.
    pub(crate) fn journal(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.store().journal_path()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Every node as it is now.
    pub(crate) async fn view(&self) -> ClusterView {
        sense::cluster(
            &self.config,
            Memory::default(),
            Depth::Quick,
            PATIENCE,
            &tcp(),
        )
        .await
    }

    /// Waits until `master` is the only master among the nodes that answer, and every other such node
    /// is linked to it.
    pub(crate) async fn linked(&self, master: usize) {
        until(
            async || self.view().await,
            |view| {
                view.nodes.iter().enumerate().all(|(node, seen)| {
                    let Some(seen) = seen.seen() else {
                        return node != master;
                    };
                    let r = &seen.replication;
                    if node == master {
                        r.role == Role::Master
                    } else {
                        r.role != Role::Master
                            && r.master.as_ref() == Some(self.addr(master))
                            && r.link == LinkState::Up
                    }
                })
            },
        )
        .await;
    }

    /// The nodes that answer and say that they are masters.
    pub(crate) async fn masters(&self) -> Vec<usize> {
        let view = self.view().await;
        let masters = view.nodes.iter().enumerate();
        masters
            .filter(|(_, node)| node.role() == Role::Master)
            .map(|(node, _)| node)
            .collect()
    }

    /// The only one of them.
    pub(crate) async fn master(&self) -> usize {
        match *self.masters().await {
            [one] => one,
            ref others => panic!("{} masters: {others:?}", others.len()),
        }
    }

    /// Ends every process as a crash would and starts it again.
    pub(crate) async fn restart_all(&mut self) {
        for node in [A, B, C] {
            self.survivable(node).await;
        }
        for server in &mut self.servers {
            server.sigkill();
        }
        for server in &mut self.servers {
            server.restart();
        }
    }

    /// Waits until the node can survive a crash: a Redis that has just taken a full copy keeps nothing until
    /// its append-only file is rewritten.
    pub(crate) async fn survivable(&self, node: usize) {
        until(
            async || self.info(node, "persistence").await,
            |info| {
                info.contains("aof_rewrite_in_progress:0")
                    && info.contains("aof_rewrite_scheduled:0")
            },
        )
        .await;
    }

    /// A section of INFO.
    pub(crate) async fn info(&self, node: usize, section: &str) -> String {
        let answer = self.ask(node, &["INFO", section]).await;
        reply::text(&answer).unwrap_or_else(|| panic!("INFO {section}: {answer:?}"))
    }
}

/// Runs a command to its end.
pub(crate) async fn said(mut command: Command) -> Said {
    Said::of(command.output().await.unwrap())
}
