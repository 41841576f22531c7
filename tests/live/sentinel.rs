//! Real `redis-sentinel` processes that watch and never act.

use std::fs;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use ::redis::Value;
use pikafo::decide::name::Addr;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use tempfile::TempDir;

use super::redis::free_port;
use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;

/// A running Sentinel. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Sentinel {
    child: Child,
    addr: Addr,
    _dir: TempDir,
}

impl Sentinel {
    /// Watches `master` and holds it to be down after `down_after` of silence. Its quorum is out of reach,
    /// so it never fails over by itself.
    pub(crate) async fn watching(master: &Addr, down_after: Duration) -> Self {
        let dir = TempDir::new().unwrap();
        let addr = Addr::new("127.0.0.1", free_port());
        let conf = format!(
            "bind 127.0.0.1\nport {}\ndir {}\nlogfile {}\nsentinel monitor orders {} {} 9\n\
             sentinel down-after-milliseconds orders {}\n",
            addr.port(),
            dir.path().display(),
            dir.path().join("log").display(),
            master.host(),
            master.port(),
            down_after.as_millis(),
        );
        let path = dir.path().join("sentinel.conf");
        fs::write(&path, conf).unwrap();
        let child = Command::new("redis-sentinel")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-sentinel is installed (tests/run says how)");
        let sentinel = Self {
            child,
            addr,
            _dir: dir,
        };
        until(
            async || sentinel.ask(&["PING"]).await.is_some(),
            |answered| *answered,
        )
        .await;
        sentinel
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

    async fn ask(&self, words: &[&str]) -> Option<Value> {
        let spec = LinkSpec::plain(&self.addr, PATIENCE);
        Link::open(&spec, &tcp()).await.ok()?.ask(words).await.ok()
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("our own child can be waited for");
    }
}
