//! Real processes, one folder each, on free loopback ports.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock::sleep;
use pikafo::host::clock::timeout;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;
use pikafo::node::net::Tcp;
use redis::Value;

use super::PATIENCE;

/// A running `redis-server` or `redis-sentinel`. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: Addr,
}

impl Server {
    /// Starts `program` with a configuration file of `lines` in a new folder `dir`, and waits until it answers.
    pub(crate) async fn start(program: &str, dir: &Path, lines: &str) -> Self {
        fs::create_dir_all(dir).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let conf = dir.join("conf");
        fs::write(
            &conf,
            format!(
                "port {port}\nbind 127.0.0.1\ndir {}\n{lines}",
                dir.display()
            ),
        )
        .unwrap();
        let child = Command::new(program)
            .arg(conf)
            .stdin(Stdio::null())
            .stdout(fs::File::create(dir.join("log")).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("the tests' packages are installed (tests/run says how)");
        let server = Self {
            child,
            addr: Addr::new("127.0.0.1", port),
        };
        until(program, async || {
            ask(&server.addr, &["PING"]).await.is_some()
        })
        .await;
        server
    }

    pub(crate) async fn redis(dir: &Path) -> Self {
        Self::start(
            "redis-server",
            dir,
            "save \"\"\nrepl-diskless-sync-delay 0\n",
        )
        .await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already is as good.
        self.child.kill().unwrap_or_default();
        self.child.wait().expect("our own child can be waited for");
    }
}

/// One command on a connection of its own; `None` where it was refused or not answered.
pub(crate) async fn ask(addr: &Addr, words: &[&str]) -> Option<Value> {
    let spec = LinkSpec::plain(addr, Duration::from_secs(2));
    let mut link = Link::open(&spec, &net()).await.ok()?;
    link.ask(words).await.ok()
}

/// INFO replication of a node that wants no password.
pub(crate) async fn replication(addr: &Addr) -> String {
    let reply = ask(addr, &["INFO", "replication"]).await;
    reply
        .and_then(|value| pikafo::node::reply::text(&value))
        .unwrap_or_default()
}

/// Looks until `holds`.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let looking = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, looking)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"));
}

pub(crate) fn net() -> Net {
    Arc::new(Tcp)
}
