//! One server process: a redis-server, a Pika of the lab, a redis-sentinel or a `pikafo watch`.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::lab::version::Version;
use pikafo::node::reply;
use pikafo::node::tls::Tls;
use redis::Value;

use super::kind::PIKAFO;
use super::line::Line;
use super::wait::until;
use crate::ports::free_port;

/// What a process prints goes here.
const OUT: &str = "out";

/// How long a healthy server may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Runs until it is dropped, which ends it whatever state it is in.
#[derive(Debug)]
pub(crate) struct Process {
    /// `None` while it is down.
    child: Option<Child>,
    program: PathBuf,
    /// What runs the program; mostly nothing.
    by: Vec<String>,
    args: Vec<String>,
    dir: PathBuf,
    addr: Addr,
    /// Set for it from the next start on.
    env: Vec<(String, String)>,
    /// How it is spoken to.
    tls: Option<Tls>,
}

impl Process {
    /// Starts one that is spoken to in TLS.
    pub(crate) async fn secure(
        tls: &Tls,
        program: impl Into<PathBuf>,
        args: &[&str],
        dir: &Path,
        addr: &Addr,
    ) -> Self {
        let mut process = Self::prepared(&[], program, args, dir, addr);
        process.tls = Some(tls.clone());
        process.restart().await;
        process
    }

    /// Starts `program`, which listens on `addr` and works in the folder `dir`, and returns once it answers. `by` is a
    /// program that becomes it, such as `ip netns exec`, if any.
    pub(crate) async fn start_by(
        by: &[String],
        program: impl Into<PathBuf>,
        args: &[&str],
        dir: &Path,
        addr: &Addr,
    ) -> Self {
        let mut process = Self::prepared(by, program, args, dir, addr);
        process.restart().await;
        process
    }

    fn prepared(
        by: &[String],
        program: impl Into<PathBuf>,
        args: &[&str],
        dir: &Path,
        addr: &Addr,
    ) -> Self {
        Self {
            child: None,
            program: program.into(),
            by: by.to_vec(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            dir: dir.to_owned(),
            addr: addr.clone(),
            env: Vec::new(),
            tls: None,
        }
    }

    /// A Pika of the lab, with a process of its own. It keeps its data over a restart.
    pub(crate) async fn pika(dir: &Path, addr: &Addr, version: Version) -> Self {
        Self::pika_by(&[], dir, addr, version).await
    }

    /// The same by a program that becomes it.
    pub(crate) async fn pika_by(by: &[String], dir: &Path, addr: &Addr, version: Version) -> Self {
        fs::create_dir_all(dir).unwrap();
        let (port, version) = (addr.port().to_string(), version.to_string());
        let data = dir.join("data").display().to_string();
        let args = [
            "lab-node",
            "--bind",
            addr.host(),
            "--port",
            &port,
            "--dir",
            &data,
            "--version",
            &version,
        ];
        let args = [&args[..], &["--timings", "brisk"]].concat();
        Self::start_by(by, PIKAFO, &args, dir, addr).await
    }

    /// A redis-server with these lines in its configuration, which is kept in `dir`. Persistence is off unless they
    /// say otherwise.
    pub(crate) async fn redis(dir: &Path, addr: &Addr, lines: &[&str]) -> Self {
        Self::redis_by(&[], dir, addr, lines).await
    }

    /// The same by a program that becomes it.
    pub(crate) async fn redis_by(by: &[String], dir: &Path, addr: &Addr, lines: &[&str]) -> Self {
        fs::create_dir_all(dir).unwrap();
        let conf = format!(
            "bind {}\nport {}\ndir {}\nsave \"\"\nrepl-diskless-sync-delay 0\n{}\n",
            addr.host(),
            addr.port(),
            dir.display(),
            lines.join("\n")
        );
        let path = dir.join("redis.conf");
        fs::write(&path, conf).unwrap();
        let args = [&*path.display().to_string()];
        Self::start_by(by, "redis-server", &args, dir, addr).await
    }

    pub(crate) fn addr(&self) -> &Addr {
        &self.addr
    }

    /// Asked there from now on: a path leads to it.
    pub(crate) fn reached_at(&mut self, addr: &Addr) {
        self.addr = addr.clone();
    }

    /// What runs the program from the next start on.
    pub(crate) fn run_by(&mut self, by: &[&str]) {
        self.by = by.iter().map(|&word| word.to_owned()).collect();
    }

    /// A variable that it is given whenever it is started from now on; `None` takes it away.
    pub(crate) fn set_env(&mut self, key: &str, value: Option<&str>) {
        self.env.retain(|(known, _)| known != key);
        self.env
            .extend(value.map(|value| (key.to_owned(), value.to_owned())));
    }

    /// True once it has ended by itself, from which on it does not run.
    pub(crate) fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        let ended = child.is_none_or(|child| {
            let state = child.try_wait().expect("our own child can be asked");
            state.is_some()
        });
        if ended {
            self.child = None;
        }
        ended
    }

    /// False after [`Process::sigkill`].
    pub(crate) fn runs(&self) -> bool {
        self.child.is_some()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends the process at once, as a crash would.
    pub(crate) fn sigkill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our own child can be killed");
            child.wait().expect("our own child can be waited for");
        }
    }

    /// Freezes it: it keeps its connections and answers nothing.
    pub(crate) fn sigstop(&self) {
        self.signal("-STOP");
    }

    /// Thaws it.
    pub(crate) fn sigcont(&self) {
        self.signal("-CONT");
    }

    /// Starts it again, on the same port, with the configuration file as it is now; returns once it answers.
    pub(crate) async fn restart(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// The same without waiting for the first answer.
    pub(crate) fn launch(&mut self) {
        self.sigkill();
        let out = File::create(self.dir.join(OUT)).unwrap();
        let own = self.program.display().to_string();
        let words = self.by.iter().chain([&own]).chain(&self.args);
        let words: Vec<&String> = words.collect();
        let child = Command::new(words[0])
            .args(&words[1..])
            .current_dir(&self.dir)
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run tests/run", self.program.display()));
        self.child = Some(child);
    }

    /// Waits until it answers, and is not somebody else on the same port.
    pub(crate) async fn ready(&mut self) {
        let name = self.program.display().to_string();
        let addr = self.addr.clone();
        let pid = self.pid();
        until(
            &format!("{name} on {addr}"),
            async || {
                let child = self.child.as_mut().expect("it was just started");
                let ended = child.try_wait().expect("our own child can be asked");
                assert!(
                    ended.is_none(),
                    "{name} ended at once: {ended:?}\n{}",
                    fs::read_to_string(self.dir.join(OUT)).unwrap_or_default()
                );
                let mut line = Line::sealed(&addr, ANSWER, self.tls.clone());
                let answered = line.ask(&["PING"]).await.is_ok();
                answered && claims(&mut line).await.is_none_or(|claimed| claimed == pid)
            },
            |ready| *ready,
        )
        .await;
    }

    /// One question on a connection of its own; `None` where it was refused, or not answered.
    pub(crate) async fn ask(&self, words: &[&str]) -> Option<Value> {
        let mut line = Line::sealed(&self.addr, ANSWER, self.tls.clone());
        line.ask(words).await.ok()
    }

    /// The same for what is answered with text, such as INFO; empty without an answer.
    pub(crate) async fn text(&self, words: &[&str]) -> String {
        let answer = self.ask(words).await;
        answer.as_ref().and_then(reply::text).unwrap_or_default()
    }

    /// The folder that it works in.
    pub(crate) fn folder(&self) -> &Path {
        &self.dir
    }

    /// A file of its folder as it is now; empty while there is none.
    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.dir.join(name)).unwrap_or_default()
    }

    /// What it printed since it was started last.
    pub(crate) fn said(&self) -> String {
        self.file(OUT)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.pid().to_string()])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "kill {signal} failed"
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.sigkill();
    }
}

/// An address on loopback that nobody listens on now.
pub(crate) fn free_addr() -> Addr {
    Addr::new("127.0.0.1", free_port())
}

/// The process that a server says it is; not everybody says.
async fn claims(line: &mut Line) -> Option<u32> {
    let info = reply::text(&line.ask(&["INFO", "server"]).await.ok()?)?;
    let pid = info
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"));
    pid?.trim().parse().ok()
}
