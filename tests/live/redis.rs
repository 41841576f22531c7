//! Real `redis-server` processes, one temporary folder each, on free loopback ports.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use ::redis::Value;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;
use pikafo::node::net::Tcp;
use tempfile::TempDir;

use super::until::PATIENCE;
use crate::ports::free_port;

/// How often another free port is tried when somebody else took the first one.
const ATTEMPTS: usize = 8;

/// A running server. Dropping it ends the process, whatever state it is in, and removes its folder.
#[derive(Debug)]
pub(crate) struct RedisServer {
    /// `None` while the server is down.
    child: Option<Child>,
    dir: TempDir,
    addr: Addr,
}

impl RedisServer {
    /// Starts a server and returns once it takes connections. `options` are lines of `redis.conf`
    /// (`requirepass secret`); persistence is off unless they say otherwise.
    pub(crate) fn start(options: &[&str]) -> Self {
        for _ in 0..ATTEMPTS {
            if let Some(server) = Self::start_on(
                free_port(),
                &format!("port {{port}}\n{}", options.join("\n")),
            ) {
                return server;
            }
        }
        panic!("no redis-server came up on any of {ATTEMPTS} ports with {options:?}");
    }

    /// The same with TLS only. `certs` holds `ca.pem`, `server.pem` and `server.key`.
    pub(crate) fn start_tls(certs: &Path, options: &[&str]) -> Self {
        let file = |name: &str| certs.join(name).display().to_string();
        let lines = format!(
            "port 0\ntls-port {{port}}\ntls-ca-cert-file {}\ntls-cert-file {}\ntls-key-file {}\n{}",
            file("ca.pem"),
            file("server.pem"),
            file("server.key"),
            options.join("\n")
        );
        for _ in 0..ATTEMPTS {
            if let Some(server) = Self::start_on(free_port(), &lines) {
                return server;
            }
        }
        panic!("no redis-server came up with TLS on any of {ATTEMPTS} ports");
    }

    pub(crate) fn addr(&self) -> &Addr {
        &self.addr
    }

    /// How to reach it without password or TLS.
    pub(crate) fn spec(&self) -> LinkSpec {
        LinkSpec::plain(&self.addr, PATIENCE)
    }

    /// Sends one command over a connection of its own, without password or TLS.
    pub(crate) async fn call(&self, words: &[&str]) -> Value {
        let mut link = Link::open(&self.spec(), &tcp())
            .await
            .expect("the server takes connections");
        link.ask(words)
            .await
            .unwrap_or_else(|fault| panic!("{words:?}: {fault}"))
    }

    /// Makes it a replica of `master`. The link comes up later.
    pub(crate) async fn follow(&self, master: &Self) {
        self.call(&[
            "REPLICAOF",
            master.addr.host(),
            &master.addr.port().to_string(),
        ])
        .await;
    }

    /// The configuration file, which CONFIG REWRITE rewrites.
    pub(crate) fn conf(&self) -> PathBuf {
        self.dir.path().join("redis.conf")
    }

    /// Ends the process at once, as a crash would.
    pub(crate) fn sigkill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our own child can be killed");
            child.wait().expect("our own child can be waited for");
        }
    }

    /// Freezes the process: it keeps its connections and answers nothing.
    pub(crate) fn sigstop(&self) {
        self.signal("-STOP");
    }

    /// Thaws it.
    pub(crate) fn sigcont(&self) {
        self.signal("-CONT");
    }

    /// Starts it again after [`RedisServer::sigkill`], on the same port, from the same configuration file.
    pub(crate) fn restart(&mut self) {
        self.sigkill();
        let child = spawn(self.dir.path());
        self.child = Some(child);
        assert!(
            self.ready(),
            "redis-server did not come up again:\n{}",
            self.log()
        );
    }

    fn start_on(port: u16, options: &str) -> Option<Self> {
        let dir = TempDir::new().expect("a temporary folder can be made");
        let conf = format!(
            "bind 127.0.0.1\ndir {}\nlogfile {}\nsave \"\"\nrepl-diskless-sync-delay 0\n{}\n",
            dir.path().display(),
            dir.path().join("log").display(),
            options.replace("{port}", &port.to_string()),
        );
        fs::write(dir.path().join("redis.conf"), conf).expect("a file can be written there");
        let child = spawn(dir.path());
        let mut server = Self {
            child: Some(child),
            dir,
            addr: Addr::new("127.0.0.1", port),
        };
        server.ready().then_some(server)
    }

    /// Waits until the log says so; false if the process ended instead, for want of its port.
    fn ready(&mut self) -> bool {
        let give_up = clock::mono() + PATIENCE;
        loop {
            if self.log().contains("Ready to accept connections") {
                return true;
            }
            let child = self.child.as_mut().expect("it was just started");
            if child
                .try_wait()
                .expect("our own child can be asked")
                .is_some()
            {
                self.child = None;
                let log = self.log();
                assert!(
                    log.contains("ddress already in use"),
                    "redis-server ended at once:\n{log}"
                );
                return false;
            }
            assert!(
                clock::mono() < give_up,
                "redis-server does not come up:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("the server runs");
        let status = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "kill {signal} failed"
        );
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.sigkill();
    }
}

/// The ordinary network.
pub(crate) fn tcp() -> Net {
    std::sync::Arc::new(Tcp)
}

fn spawn(dir: &Path) -> Child {
    // The log of the last run must not pass for readiness of this one.
    if let Err(error) = fs::remove_file(dir.join("log")) {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    }
    Command::new("redis-server")
        .arg(dir.join("redis.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server is installed (tests/run says how)")
}
