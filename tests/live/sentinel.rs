//! Real `redis-sentinel` processes that watch and never act.

use std::fs;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use ::redis::Value;
use pikafo::decide::name::Addr;
use pikafo::decide::watcher::Id;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use tempfile::TempDir;

use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;
use crate::ports::free_port;

/// A running Sentinel. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Sentinel {
    child: Child,
    addr: Addr,
    dir: TempDir,
}

impl Sentinel {
    /// Watches `master` and holds it to be down after `down_after` of silence. Its quorum is out of reach,
    /// so it never fails over by itself.
    pub(crate) async fn watching(master: &Addr, down_after: Duration) -> Self {
        Self::with(&format!(
            "sentinel monitor orders {} {} 9\nsentinel down-after-milliseconds orders {}\n",
            master.host(),
            master.port(),
            down_after.as_millis(),
        ))
        .await
    }

    /// With these lines in its file.
    pub(crate) async fn with(lines: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let addr = Addr::new("127.0.0.1", free_port());
        let conf = format!(
            "bind 127.0.0.1\nport {}\ndir {}\nlogfile {}\n{lines}",
            addr.port(),
            dir.path().display(),
            dir.path().join("log").display(),
        );
        fs::write(dir.path().join("sentinel.conf"), conf).unwrap();
        Self::run(dir, addr).await
    }

    /// On a file that is there already and names `addr` as its own.
    pub(crate) async fn on(conf: &str, addr: Addr) -> Self {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("sentinel.conf"), conf).unwrap();
        Self::run(dir, addr).await
    }

    async fn run(dir: TempDir, addr: Addr) -> Self {
        let child = Command::new("redis-sentinel")
            .arg(dir.path().join("sentinel.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-sentinel is installed (tests/run says how)");
        let sentinel = Self { child, addr, dir };
        until(
            async || sentinel.ask(&["PING"]).await.is_some(),
            |answered| *answered,
        )
        .await;
        sentinel
    }

    /// What its file says now.
    pub(crate) fn conf(&self) -> String {
        fs::read_to_string(self.dir.path().join("sentinel.conf")).unwrap()
    }

    /// Ends the process at once; its folder stays.
    pub(crate) fn sigkill(&mut self) {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("our own child can be waited for");
    }

    /// Freezes the process.
    pub(crate) fn sigstop(&self) {
        self.signal("-STOP");
    }

    /// Thaws it.
    pub(crate) fn sigcont(&self) {
        self.signal("-CONT");
    }

    /// Whether it counts this watcher among those of its cluster.
    pub(crate) async fn knows(&self, id: &Id) -> bool {
        match self.ask(&["SENTINEL", "SENTINELS", "orders"]).await {
            Some(Value::Array(all)) => all
                .iter()
                .any(|one| reply::texts(one).contains(&id.to_string())),
            _ => false,
        }
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()), "kill {signal}");
    }

    pub(crate) fn addr(&self) -> &Addr {
        &self.addr
    }

    /// Waits until it holds `master` to be down.
    pub(crate) async fn sees_down(&self, master: &Addr) {
        let port = master.port().to_string();
        let words = [
            "SENTINEL",
            "IS-MASTER-DOWN-BY-ADDR",
            master.host(),
            &port,
            "0",
            "*",
        ];
        until(
            async || self.ask(&words).await,
            |answer| matches!(answer, Some(Value::Array(items)) if items.first() == Some(&Value::Int(1))),
        )
        .await;
    }

    pub(crate) async fn ask(&self, words: &[&str]) -> Option<Value> {
        let spec = LinkSpec::plain(&self.addr, PATIENCE);
        Link::open(&spec, &tcp()).await.ok()?.ask(words).await.ok()
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.sigkill();
    }
}
