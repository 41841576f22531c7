//! Hosts in network namespaces, joined by a bridge, and cuts between them. Root only.
//!
//! A cut is a neighbour entry with an address that nobody has: frames are sent and arrive nowhere, without a word to the
//! sender, as with a dead cable or a firewall that drops; and it is cut one way, for the other way has an entry of its own.
//! Dropping the network takes everything away that was made, and nothing else.

use std::process::Command;

use pikafo::decide::name::Addr;

/// Nobody's.
const NOWHERE: &str = "02:00:00:00:00:01";

/// A bridge with hosts on it. This process sits on the bridge too, and can reach all of them whatever is cut.
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
        // Tests are processes of their own and may run side by side.
        let id = std::process::id();
        let mut network = Self {
            bridge: format!("pk{id}"),
            prefix: format!("10.{}.{}", 64 + id / 256 % 128, id % 256),
            hosts: Vec::new(),
        };
        let bridge = network.bridge.clone();
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["link", "set", &bridge, "up"]);
        let own = format!("{}.254/24", network.prefix);
        ip(&["addr", "add", &own, "dev", &bridge]);
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
        let to = self.host(to);
        let words = ["neigh", "replace", &to, "lladdr", NOWHERE];
        let words = [&["-n", &self.hosts[from]], &words[..]].concat();
        ip(&[&words[..], &["nud", "permanent", "dev", "eth0"]].concat());
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
            for (from, to) in [(a, b), (b, a)] {
                // A table with another entry in it, learnt by itself, is fine too.
                let to = self.host(to);
                let name = &self.hosts[from];
                let gone = run(&["-n", name, "neigh", "del", &to, "dev", "eth0"]);
                assert!(gone.is_ok_and(|said| said.is_empty()), "{name} {to}");
            }
        }
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
