//! Three `pikafo watch` processes beside the servers of a cluster.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;

use pikafo::config::model::Auth;
use pikafo::decide::name::Addr;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::reply;
use serde_json::Value as Json;

use super::cluster::RedisCluster;
use super::redis::tcp;
use super::until::PATIENCE;
use super::until::until;
use crate::ports::free_port;

const PASSWORD: &str = "watchmen";

/// Running watchers, which know each other. Dropping them ends the processes.
#[derive(Debug)]
pub(crate) struct Watchers {
    processes: Vec<Process>,
    pub(crate) addrs: Vec<Addr>,
    /// For `-c`: the operator's configuration, which names all of them.
    pub(crate) config: String,
    /// The line of `watch:` with which they are asked.
    pub(crate) auth: String,
    logs: Vec<PathBuf>,
}

#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().expect("our own child can be killed");
        self.0.wait().expect("our own child can be waited for");
    }
}

impl Watchers {
    /// Starts three, and returns once each has seen the whole cluster and the two others. They want a password. The
    /// first one has its state where the operator has his, as on one host.
    pub(crate) async fn start(cluster: &RedisCluster) -> Self {
        let addrs: Vec<Addr> = (0..3)
            .map(|_| Addr::new("127.0.0.1", free_port()))
            .collect();
        let secret = cluster.dir.path().join("watch.pw");
        fs::write(&secret, PASSWORD).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let auth = format!("auth: {{ password_file: \"{}\" }}", secret.display());
        let list = |addrs: &[&Addr]| {
            let quoted: Vec<String> = addrs.iter().map(|a| format!("\"{a}\"")).collect();
            quoted.join(", ")
        };
        let (mut processes, mut logs) = (Vec::new(), Vec::new());
        for (n, addr) in addrs.iter().enumerate() {
            let others: Vec<&Addr> = addrs.iter().filter(|other| *other != addr).collect();
            let dir = if n == 0 {
                "state".to_owned()
            } else {
                format!("state-{n}")
            };
            let config = cluster.configure(&format!(
                "watch: {{ listen: \"{addr}\", state_dir: {dir}, peers: [{}], {auth} }}",
                list(&others)
            ));
            let log = cluster.dir.path().join(format!("watch-{n}.log"));
            let child = cluster
                .std_command(&["watch", "-c", &config])
                .stdout(Stdio::null())
                .stderr(fs::File::create(&log).unwrap())
                .spawn()
                .unwrap();
            processes.push(Process(child));
            logs.push(log);
        }
        // Nobody listens where this host's own watcher would be.
        let unused = free_port();
        let config = cluster.configure(&format!(
            "watch: {{ listen: \"127.0.0.1:{unused}\", state_dir: state, peers: [{}], {auth} }}",
            list(&addrs.iter().collect::<Vec<_>>())
        ));
        let watchers = Self {
            processes,
            addrs,
            config,
            auth,
            logs,
        };
        watchers.settled(cluster.addr(cluster.master().await)).await;
        watchers
    }

    /// Waits until all who run hold `master` for the master, and see all nodes and each other.
    pub(crate) async fn settled(&self, master: &Addr) {
        let whole = |picture: &Json| {
            let all = |key: &str, sees: &dyn Fn(&Json) -> bool| {
                let items = picture[key].as_array().unwrap();
                items.len() >= if key == "nodes" { 3 } else { 2 } && items.iter().all(sees)
            };
            picture["master"] == master.to_string().as_str()
                && all("nodes", &|n| {
                    !n["seen_at_us"].is_null() && n["disconnected"] == false
                })
                && all("watchers", &|w| {
                    w["disconnected"] == false && w["kind"] == "pikafo"
                })
        };
        until(
            async || self.pictures().await,
            |pictures| pictures.len() == self.addrs.len() && pictures.iter().all(whole),
        )
        .await;
    }

    /// What each of them that answers believes of the cluster.
    pub(crate) async fn pictures(&self) -> Vec<Json> {
        let mut pictures = Vec::new();
        for addr in &self.addrs {
            if let Some(status) = self.status(addr).await
                && status["clusters"][0].is_object()
            {
                pictures.push(status["clusters"][0].clone());
            }
        }
        pictures
    }

    pub(crate) async fn status(&self, addr: &Addr) -> Option<Json> {
        let mut spec = LinkSpec::plain(addr, PATIENCE);
        let auth = Auth {
            username: None,
            password: PASSWORD.to_owned().into(),
        };
        spec.auth = Some(auth.into());
        let mut link = Link::open(&spec, &tcp()).await.ok()?;
        let text = reply::text(&link.ask(&["PIKAFO", "STATUS"]).await.ok()?)?;
        serde_json::from_str(&text).ok()
    }

    /// The epochs that each knows of, and who voted in them.
    pub(crate) async fn epochs(&self) -> Vec<String> {
        let mut epochs = Vec::new();
        for addr in &self.addrs {
            let status = self.status(addr).await.unwrap();
            let cluster = &status["clusters"][0];
            epochs.push(format!(
                "{} {} {} {}",
                status["current_epoch"],
                cluster["config_epoch"],
                cluster["leader_epoch"],
                cluster["leader"]
            ));
        }
        epochs
    }

    /// Waits until all who answer say that `master` is the master.
    pub(crate) async fn say(&self, master: &Addr) {
        until(
            async || self.pictures().await,
            |pictures| {
                pictures
                    .iter()
                    .all(|p| p["master"] == master.to_string().as_str())
            },
        )
        .await;
    }

    /// Ends one without a word.
    pub(crate) fn kill(&mut self, addr: &Addr) {
        let n = self.addrs.iter().position(|a| a == addr).unwrap();
        self.addrs.remove(n);
        drop(self.processes.remove(n));
    }

    /// What they have logged, for a test that fails.
    pub(crate) fn logs(&self) -> String {
        let text = |path: &PathBuf| fs::read_to_string(path).unwrap_or_default();
        self.logs
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join("\n--\n")
    }
}
