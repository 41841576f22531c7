//! A master and two replicas in this process, and the program beside them.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::Arc;

use ::redis::Value;
use pikafo::config::model::Auth;
use pikafo::decide::name::Addr;
use pikafo::host::store::Store;
use pikafo::lab::cluster::ClusterOptions;
use pikafo::lab::cluster::LabCluster;
use pikafo::lab::node::LabNode;
use pikafo::lab::timings::Timings;
use pikafo::lab::version::Version;
use pikafo::node::fault::Fault;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;
use pikafo::node::net::Tcp;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::live::cluster::UNHURRIED;
use crate::live::until::PATIENCE;
use crate::live::until::until;

/// The nodes, as indices; `A` starts as master. The configuration calls them a, b and c.
pub(super) const A: usize = 0;
pub(super) const B: usize = 1;
pub(super) const C: usize = 2;
pub(super) const NAMES: [&str; 3] = ["a", "b", "c"];
/// Where there is a fourth, it is called d.
pub(super) const D: usize = 3;

/// The admin's password and the limited users', where there are any.
const ADMIN: &str = "of the admin";
const LIMITED: &str = "of the clients";

/// What a stage is made of.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) version: Version,
    pub(super) timings: Timings,
    /// Settings of every node's configuration file.
    pub(super) settings: Vec<(&'static str, String)>,
    pub(super) passwords: bool,
    pub(super) nodes: usize,
}

impl Setup {
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            timings: Timings::brisk(),
            settings: Vec::new(),
            passwords: false,
            nodes: NAMES.len(),
        }
    }

    /// With what the version needs so that its master can be fenced: older ones fence limited users only.
    pub(super) fn fenceable(version: Version) -> Self {
        let mut setup = Self::new(version);
        setup.passwords = !version.dialect().acl;
        setup
    }

    pub(super) fn setting(mut self, key: &'static str, value: &str) -> Self {
        self.settings.push((key, value.to_owned()));
        self
    }

    pub(super) async fn start(&self) -> Stage {
        Stage::start(self).await
    }
}

/// What the program said.
#[derive(Debug)]
pub(super) struct Said {
    /// -1 where a signal ended it.
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    /// Panics with everything that was said unless the exit code is `code`.
    #[track_caller]
    pub(super) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.err, self.out);
        self
    }

    /// Panics with everything that was said unless the exit code is one of `codes`.
    #[track_caller]
    pub(super) fn expect_one_of(self, codes: &[i32]) -> Self {
        assert!(codes.contains(&self.code), "{self:?}");
        self
    }

    /// Panics unless stdout says `text`.
    #[track_caller]
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in:\n{}", self.out);
        self
    }

    /// Panics unless stderr mentions `text`.
    #[track_caller]
    pub(super) fn mentions(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in:\n{}", self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(super) fn json(&self) -> Json {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.out, self.err))
    }
}

/// Nodes, a configuration and a state folder of their own.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) lab: LabCluster,
    pub(super) dir: TempDir,
    passwords: bool,
}

impl Stage {
    /// Starts the nodes and returns once both replicas are linked and level.
    pub(super) async fn start(setup: &Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config: Vec<(String, String)> = setup
            .settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        let mut yaml = Vec::new();
        if setup.passwords {
            for (key, value) in [
                ("requirepass", ADMIN),
                ("masterauth", ADMIN),
                ("userpass", LIMITED),
            ] {
                config.push((key.to_owned(), value.to_owned()));
            }
            let file = dir.path().join("admin.pw");
            std::fs::write(&file, ADMIN).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            yaml.push(format!("auth: {{ password_file: {} }}", file.display()));
        }
        let options = ClusterOptions {
            size: setup.nodes,
            version: setup.version,
            timings: setup.timings,
            config,
        };
        let lab = LabCluster::with(&options, dir.path()).await.unwrap();
        let stage = Self {
            lab,
            dir,
            passwords: setup.passwords,
        };
        stage.configure(&yaml);
        stage
    }

    /// Writes the YAML: the nodes, quick detection, and `lines` under the cluster.
    pub(super) fn configure(&self, lines: &[String]) {
        let mut yaml = String::from("version: 1\nclusters:\n  orders:\n    nodes:\n");
        for (name, node) in NAMES.iter().chain(&["d"]).zip(&self.lab.nodes) {
            writeln!(
                yaml,
                "      - {{ addr: \"{}\", name: {name} }}",
                node.addr()
            )
            .unwrap();
        }
        for line in lines {
            writeln!(yaml, "    {line}").unwrap();
        }
        if !lines.iter().any(|line| line.starts_with("detect:")) {
            yaml += "    detect: { refused_after: 300ms, down_after: 1s }\n";
        }
        if !lines.iter().any(|line| line.starts_with("switchover:")) {
            yaml += UNHURRIED;
        }
        std::fs::write(self.dir.path().join("pikafo.yaml"), yaml).unwrap();
    }

    pub(super) fn node(&self, node: usize) -> &LabNode {
        &self.lab.nodes[node]
    }

    pub(super) fn addr(&self, node: usize) -> Addr {
        self.node(node).addr()
    }

    pub(super) fn index(&self, addr: &str) -> usize {
        let at = |node: &LabNode| node.addr().to_string() == addr;
        self.lab.nodes.iter().position(at).unwrap()
    }

    /// How the admin reaches a node.
    pub(super) fn admin(&self, node: usize) -> LinkSpec {
        self.spec(node, ADMIN)
    }

    /// How an ordinary client does.
    pub(super) fn client(&self, node: usize) -> LinkSpec {
        self.spec(node, LIMITED)
    }

    fn spec(&self, node: usize, password: &str) -> LinkSpec {
        let mut spec = LinkSpec::plain(&self.addr(node), PATIENCE);
        spec.auth = self.passwords.then(|| {
            Arc::new(Auth {
                username: None,
                password: password.to_owned().into(),
            })
        });
        spec
    }

    /// One command of the admin over a connection of its own, and its answer or refusal.
    pub(super) async fn try_ask(&self, node: usize, words: &[&str]) -> Result<Value, Fault> {
        Link::open(&self.admin(node), &tcp())
            .await?
            .ask(words)
            .await
    }

    /// A connection of the admin, to be kept.
    pub(super) async fn open(&self, node: usize) -> Link {
        Link::open(&self.admin(node), &tcp()).await.unwrap()
    }

    pub(super) async fn ask(&self, node: usize, words: &[&str]) -> Value {
        self.try_ask(node, words)
            .await
            .unwrap_or_else(|fault| panic!("{node} {words:?}: {fault}"))
    }

    /// The value of a key; `None` where there is none.
    pub(super) async fn get(&self, node: usize, key: &str) -> Option<String> {
        pikafo::node::reply::text(&self.ask(node, &["GET", key]).await)
    }

    pub(super) async fn set(&self, node: usize, key: &str, value: &str) {
        self.ask(node, &["SET", key, value]).await;
    }

    /// INFO replication as printed.
    pub(super) async fn info(&self, node: usize) -> String {
        pikafo::node::reply::text(&self.ask(node, &["INFO", "replication"]).await).unwrap()
    }

    /// One field of it, without the blank that some versions put in front.
    pub(super) async fn info_field(&self, node: usize, name: &str) -> String {
        let info = self.info(node).await;
        let value = info
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or_default().trim().to_owned()
    }

    /// Puts another history id into the configuration file of a node that does not run.
    pub(super) fn rename_history(&self, node: usize, from: &str, to: &str) {
        let dir = &self.node(node).options().dir;
        let mut renamed = 0;
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            renamed += text.matches(from).count();
            std::fs::write(&path, text.replace(from, to)).unwrap();
        }
        assert!(renamed > 0, "{from} is nowhere in {}", dir.display());
    }

    /// Starts a node again, in its role, with binlog files of another size.
    pub(super) async fn resize_binlog(&mut self, node: usize, bytes: &str) {
        self.ask(node, &["CONFIG", "REWRITE"]).await;
        self.node(node).kill().await;
        let path = self.node(node).options().dir.join("pika.conf");
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            if line
                .split(':')
                .next()
                .is_some_and(|key| key.trim() == "binlog-file-size")
            {
                format!("binlog-file-size : {bytes}\n")
            } else {
                format!("{line}\n")
            }
        });
        std::fs::write(&path, lines.collect::<String>()).unwrap();
        self.lab.nodes[node].restart().await.unwrap();
    }

    /// SLAVEOF behind the program's back, insisted on.
    pub(super) async fn follow(&self, node: usize, master: usize) {
        let port = self.addr(master).port().to_string();
        until(
            async || {
                self.try_ask(node, &["SLAVEOF", "127.0.0.1", &port])
                    .await
                    .is_ok()
            },
            |accepted| *accepted,
        )
        .await;
    }

    /// The program in a folder of its own, with nothing else in its environment.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::from(self.std_command(args));
        command.kill_on_drop(true);
        command
    }

    /// The same for what does not wait asynchronously: a pseudo-terminal.
    pub(super) fn std_command(&self, args: &[&str]) -> std::process::Command {
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

    /// The state folder of the cluster.
    pub(super) fn store(&self) -> Store {
        Store::at(&self.dir.path().join("state"), "orders")
    }

    /// Runs the program to its end.
    pub(super) async fn run(&self, args: &[&str]) -> Said {
        said(self.command(args)).await
    }

    /// Runs it with a variable set.
    pub(super) async fn run_with(&self, key: &str, value: &str, args: &[&str]) -> Said {
        let mut command = self.command(args);
        command.env(key, value);
        said(command).await
    }

    /// Waits until `replica` streams from a master and has all that `master` has.
    pub(super) async fn level(&self, replica: usize, master: usize) {
        until(
            async || {
                let (replica, master) = (self.node(replica), self.node(master));
                (
                    replica.link_up(),
                    replica.positions(),
                    master.positions(),
                    master.streams(),
                )
            },
            |(up, replica, master, streams)| *up && replica == master && *streams > 0,
        )
        .await;
    }

    /// Ends every node as a crash would and starts it again.
    pub(super) async fn restart_all(&mut self) {
        self.lab.kill().await;
        for node in &mut self.lab.nodes {
            node.restart().await.unwrap();
        }
    }
}

/// Runs a command to its end.
pub(super) async fn said(mut command: Command) -> Said {
    let output = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

pub(super) fn tcp() -> Net {
    Arc::new(Tcp)
}
