//! Hosts in network namespaces, joined by a bridge, and cuts between them. Root only.
//!
//! A cut is a neighbour entry with an address that nobody has: frames are sent and arrive nowhere, without a word to the
//! sender, as with a dead cable or a firewall that drops; and it is cut one way, for the other way has an entry of its own.
//! Dropping the network takes everything away that was made, and nothing else.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use pikafo::decide::name::Addr;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Net;
use pikafo::node::net::Stream;
use tokio::net::TcpSocket;

/// Nobody's.
const NOWHERE: &str = "02:00:00:00:00:01";

/// The last number of this process' addresses: it dials as the one, unless it says that it is the other.
const OBSERVER: u8 = 254;
const CLIENT: u8 = 253;

/// Between the numbers of two networks of one process.
const APART: u32 = 7919;

/// A bridge with hosts on it. This process sits on the bridge too, and can reach all of them whatever is cut; as a
/// client only those that do not miss clients.
#[derive(Debug)]
pub(crate) struct Network {
    bridge: String,
    /// The first three numbers of every address.
    prefix: String,
    hosts: Vec<String>,
}

impl Network {
    /// With as many hosts.
    pub(crate) fn new(hosts: usize) -> Self {
        // Tests may run side by side, in processes of their own or in one.
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let id = std::process::id() + made * APART;
        let mut network = Self {
            bridge: format!("pk{id}"),
            prefix: format!("10.{}.{}", 64 + id / 256 % 128, id % 256),
            hosts: Vec::new(),
        };
        let bridge = network.bridge.clone();
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["link", "set", &bridge, "up"]);
        for own in [OBSERVER, CLIENT] {
            let own = format!("{}.{own}/24", network.prefix);
            ip(&["addr", "add", &own, "dev", &bridge]);
        }
        for number in 0..hosts {
            let (name, cable) = (format!("{bridge}h{number}"), format!("{bridge}v{number}"));
            ip(&["netns", "add", &name]);
            network.hosts.push(name.clone());
            ip(&[
                "link", "add", &cable, "type", "veth", "peer", "name", "eth0", "netns", &name,
            ]);
            ip(&["link", "set", &cable, "master", &bridge, "up"]);
            let addr = format!("{}/24", network.host(number));
            ip(&["-n", &name, "addr", "add", &addr, "dev", "eth0"]);
            ip(&["-n", &name, "link", "set", "lo", "up"]);
            ip(&["-n", &name, "link", "set", "eth0", "up"]);
        }
        network
    }

    /// What runs a program on a host.
    pub(crate) fn on(&self, host: usize) -> [String; 4] {
        ["ip", "netns", "exec", &self.hosts[host]].map(str::to_owned)
    }

    /// An address on a host.
    pub(crate) fn addr(&self, host: usize, port: u16) -> Addr {
        Addr::new(&self.host(host), port)
    }

    fn host(&self, number: usize) -> String {
        format!("{}.{}", self.prefix, number + 1)
    }

    /// From now on nothing that `from` sends to `to` arrives.
    pub(crate) fn deafen(&self, from: usize, to: usize) {
        self.silence(from, &self.host(to));
    }

    /// Nothing goes between those on one side and those on the other.
    pub(crate) fn cut(&self, one: &[usize], other: &[usize]) {
        for (a, b) in pairs(one, other) {
            self.deafen(a, b);
            self.deafen(b, a);
        }
    }

    /// Takes it back.
    pub(crate) fn heal(&self, one: &[usize], other: &[usize]) {
        for (a, b) in pairs(one, other) {
            self.hear(a, &self.host(b));
            self.hear(b, &self.host(a));
        }
    }

    /// A host that reaches no other one and no client.
    pub(crate) fn isolate(&self, host: usize) {
        // What it says ends all at once, or a client would be told OK by a master that nobody else hears any more.
        let all = self.everybody_but(host);
        let lines =
            all.map(|to| format!("neigh replace {to} lladdr {NOWHERE} nud permanent dev eth0"));
        self.batch(host, lines);
        for other in self.others(host) {
            self.silence(other, &self.host(host));
        }
    }

    /// Takes it back.
    pub(crate) fn rejoin(&self, host: usize) {
        for other in self.others(host) {
            self.hear(other, &self.host(host));
        }
        let all = self.everybody_but(host);
        self.batch(host, all.map(|to| format!("neigh del {to} dev eth0")));
    }

    /// From now on nothing that this process sends to a host arrives.
    pub(crate) fn deafen_to_us(&self, host: usize) {
        let words = ["neigh", "replace", &self.host(host), "lladdr", NOWHERE];
        ip(&[&words[..], &["nud", "permanent", "dev", &self.bridge]].concat());
    }

    /// Takes it back.
    pub(crate) fn hear_us(&self, host: usize) {
        ip(&["neigh", "del", &self.host(host), "dev", &self.bridge]);
    }

    /// Dials as a client.
    pub(crate) fn as_client(&self) -> Net {
        Arc::new(Client(self.client()))
    }

    fn others(&self, host: usize) -> Vec<usize> {
        let all = 0..self.hosts.len();
        all.filter(|other| *other != host).collect()
    }

    /// The addresses of all other hosts and of clients.
    fn everybody_but(&self, host: usize) -> impl Iterator<Item = String> {
        let others = self.others(host).into_iter().map(|other| self.host(other));
        others.chain([self.client()])
    }

    /// Several commands on one host, in one go.
    fn batch(&self, host: usize, lines: impl Iterator<Item = String>) {
        let text: Vec<String> = lines.collect();
        let mut child = Command::new("ip")
            .args(["-n", &self.hosts[host], "-batch", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("iproute2 is installed");
        let mut input = child.stdin.take().expect("it is piped");
        let given = input.write_all(text.join("\n").as_bytes());
        drop(input);
        let ended = child.wait().expect("our own child can be waited for");
        assert!(given.is_ok() && ended.success(), "{text:?}: {ended}");
    }

    fn client(&self) -> String {
        format!("{}.{CLIENT}", self.prefix)
    }

    /// Nothing that a host sends to an address arrives.
    fn silence(&self, from: usize, to: &str) {
        let words = ["neigh", "replace", to, "lladdr", NOWHERE];
        let words = [&["-n", &self.hosts[from]], &words[..]].concat();
        ip(&[&words[..], &["nud", "permanent", "dev", "eth0"]].concat());
    }

    fn hear(&self, from: usize, to: &str) {
        // A table with another entry in it, learnt by itself, is fine too.
        let name = &self.hosts[from];
        let gone = run(&["-n", name, "neigh", "del", to, "dev", "eth0"]);
        assert!(gone.is_ok_and(|said| said.is_empty()), "{name} {to}");
    }
}

/// TCP from one address of this process.
#[derive(Debug)]
struct Client(String);

impl Dial for Client {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let from = SocketAddr::new(self.0.parse().expect("it is ours"), 0);
            let to = SocketAddr::new(addr.host().parse().expect("a host"), addr.port());
            let socket = TcpSocket::new_v4()?;
            socket.bind(from)?;
            let stream = socket.connect(to).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What runs on the hosts has been ended by its own handle. A cable goes with the host at its end.
        let hosts = self.hosts.iter().map(|host| vec!["netns", "del", host]);
        let bridge = vec!["link", "del", &self.bridge];
        for words in hosts.chain([bridge]).collect::<Vec<_>>() {
            if let Err(why) = run(&words) {
                #[expect(clippy::print_stderr, reason = "a drop can only say it")]
                {
                    eprintln!("left behind: {why}");
                }
            }
        }
    }
}

fn pairs<'a>(one: &'a [usize], other: &'a [usize]) -> impl Iterator<Item = (usize, usize)> + 'a {
    one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b)))
}

fn ip(words: &[&str]) {
    if let Err(why) = run(words) {
        panic!(
            "{why}\nhint: this test makes network namespaces: run it as root, with iproute2 (tests/run installs it)"
        );
    }
}

/// What it said, or why it failed.
fn run(words: &[&str]) -> Result<String, String> {
    let failed = |why: &dyn std::fmt::Display| format!("ip {}: {why}", words.join(" "));
    let output = Command::new("ip").args(words).output();
    let output = output.map_err(|error| failed(&error))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(failed(&said))
    }
}
