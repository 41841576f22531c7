//! What a run is made of, drawn from its seed.

use std::fs;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use pikafo::config;
use pikafo::config::model::Auth;
use pikafo::config::model::Config;
use pikafo::config::outside::Machine;
use pikafo::decide::facts::Flavor;
use pikafo::decide::name::Addr;
use pikafo::lab::version::Version;
use secrecy::SecretString;

use super::dice::Dice;
use super::stock::memory::Monitor;

/// The one cluster.
pub(crate) const CLUSTER: &str = "orders";

/// Where watchers listen.
pub(crate) const PORT: u16 = 26379;

/// The password of those who administrate old servers, and that of their clients.
const ADMIN: &str = "admin";
const LIMITED: &str = "limited";

/// How long a failover may take.
const FAILOVER_MS: u64 = 8_000;

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that is so or not"
)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    /// Pika or Redis.
    pub(crate) kind: Flavor,
    /// Of Pika.
    pub(crate) version: Version,
    /// After how many seconds a silent link counts as broken with Redis; its own figure is a minute.
    pub(crate) repl_timeout_s: u64,
    /// How long a copy of a Redis server's data takes to be made, and again to be loaded.
    pub(crate) copy_ms: u64,
    /// Watchers that are stock Sentinels; one pikafo is among them at the least.
    pub(crate) stock: Vec<usize>,
    pub(crate) servers: usize,
    pub(crate) watchers: usize,
    /// A watcher runs beside each server, as far as there are servers.
    pub(crate) together: bool,
    pub(crate) dbs: usize,
    pub(crate) down_after_ms: u64,
    pub(crate) refused_after_ms: u64,
    /// Watchers that must agree that the master is down; a majority of them must vote all the same.
    quorum: usize,
    pub(crate) agree: bool,
    pub(crate) resync: bool,
    pub(crate) block_ms: u64,
    pub(crate) clients: usize,
    /// Between two writes of a client.
    pause_ms: u64,
    /// The first database is written to once in a while only.
    slow_first: bool,
    /// `promote:` of each server.
    wishes: Vec<&'static str>,
    pub(crate) chaos_us: u64,
    /// Where the watchers' records go; they cost time, so nowhere else.
    pub(crate) records: Option<PathBuf>,
}

impl Setting {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "setting");
        let versions = [
            Version::V3_4_1,
            Version::V3_5_2,
            Version::V3_5_5,
            Version::V3_5_5,
            Version::V4_0_1,
        ];
        let down_after_ms = dice.pick(&[600, 1000, 1000, 2000]);
        let drawn = Self {
            seed,
            kind: Flavor::Pika,
            repl_timeout_s: 60,
            copy_ms: 0,
            stock: Vec::new(),
            version: dice.pick(&versions),
            servers: dice.pick(&[3, 3, 3, 3, 2, 4]),
            watchers: dice.pick(&[3, 3, 3, 5]),
            together: dice.percent(40),
            dbs: dice.pick(&[1, 1, 2]),
            down_after_ms,
            refused_after_ms: dice.pick(&[200, 400, down_after_ms]),
            quorum: 0,
            agree: dice.percent(70),
            resync: dice.percent(50),
            block_ms: dice.pick(&[1000, 3000]),
            clients: dice.pick(&[1, 2]),
            pause_ms: dice.pick(&[30, 60, 150]),
            slow_first: false,
            wishes: Vec::new(),
            chaos_us: dice.between(8_000_000, 16_000_000),
            records: None,
        };
        drawn
            .draw_more(&mut Dice::new(seed, "more settings"))
            .draw_nodes(&mut Dice::new(seed, "nodes"))
    }

    /// Redis servers in the place of Pika, and stock Sentinels in the place of a watcher or two.
    fn draw_nodes(mut self, dice: &mut Dice) -> Self {
        if dice.percent(25) {
            self.kind = Flavor::Redis;
        }
        if dice.percent(50) {
            self.repl_timeout_s = 5;
        }
        self.copy_ms = dice.pick(&[0, 50, 300]);
        if dice.percent(15) {
            let all = self.watchers;
            let (first, apart) = (dice.index(all), 1 + dice.index(all - 1));
            self.stock = vec![first, (first + apart) % all];
            self.stock.truncate(dice.pick(&[1, 2]));
        }
        self
    }

    /// What was thought of later, from dice of its own.
    fn draw_more(self, dice: &mut Dice) -> Self {
        let majority = self.majority();
        let few = dice.between(1, majority as u64);
        let quorum = dice
            .percent(25)
            .then(|| usize::try_from(few).unwrap_or(majority));
        let block_ms = if dice.percent(40) {
            8000
        } else {
            self.block_ms
        };
        let slow_first = self.dbs > 1 && dice.percent(60);
        let wished = dice.percent(70);
        let mut wish = |_| {
            let wish = dice.pick(&["allow", "prefer", "last"]);
            if wished { wish } else { "allow" }
        };
        Self {
            quorum: quorum.unwrap_or(majority),
            block_ms,
            slow_first,
            clients: if slow_first { 2 } else { self.clients },
            wishes: (0..self.servers).map(&mut wish).collect(),
            ..self
        }
    }

    /// What the servers are, in a word or two.
    pub(crate) fn servers_are(&self) -> String {
        match self.kind {
            Flavor::Pika => format!("Pika {}", self.version),
            Flavor::Redis | Flavor::Valkey => "Redis".to_owned(),
        }
    }

    pub(crate) fn is_stock(&self, watcher: usize) -> bool {
        self.stock.contains(&watcher)
    }

    pub(crate) fn quorum(&self) -> usize {
        self.quorum
    }

    pub(crate) fn majority(&self) -> usize {
        self.watchers / 2 + 1
    }

    /// Between two writes of a client.
    pub(crate) fn pause_ms(&self, client: usize) -> u64 {
        if self.slow_first && client.is_multiple_of(self.dbs) {
            20_000
        } else {
            self.pause_ms
        }
    }

    /// How much a server is wanted for the master; the least is wanted most.
    pub(crate) fn preference(&self, server: usize) -> usize {
        let wishes = ["prefer", "allow", "last"];
        let own = self.wishes.get(server);
        wishes
            .iter()
            .position(|wish| Some(wish) == own)
            .unwrap_or(1)
    }

    pub(crate) fn server_ip(index: usize) -> IpAddr {
        ip(0, index)
    }

    pub(crate) fn watcher_ip(&self, index: usize) -> IpAddr {
        if self.together && index < self.servers {
            ip(0, index)
        } else {
            ip(1, index)
        }
    }

    pub(crate) fn client_ip(index: usize) -> IpAddr {
        ip(2, index)
    }

    pub(crate) fn operator_ip() -> IpAddr {
        ip(3, 0)
    }

    pub(crate) fn echo_ip() -> IpAddr {
        ip(4, 0)
    }

    pub(crate) fn server(index: usize) -> Addr {
        Addr::new(&Self::server_ip(index).to_string(), 9221)
    }

    pub(crate) fn watcher(&self, index: usize) -> Addr {
        Addr::new(&self.watcher_ip(index).to_string(), PORT)
    }

    pub(crate) fn watcher_addrs(&self) -> Vec<Addr> {
        (0..self.watchers).map(|w| self.watcher(w)).collect()
    }

    /// True where servers know users with rights; older ones know an administrator and limited clients.
    fn has_users(&self) -> bool {
        self.kind != Flavor::Pika || matches!(self.version, Version::V3_5_5 | Version::V4_0_1)
    }

    /// Who may do everything.
    pub(crate) fn admin(&self) -> Option<Auth> {
        (!self.has_users()).then(|| password(ADMIN))
    }

    /// How clients log in.
    pub(crate) fn limited(&self) -> Option<Auth> {
        (!self.has_users()).then(|| password(LIMITED))
    }

    /// Settings of every server's file.
    pub(crate) fn conf(&self) -> Vec<(String, String)> {
        let mut conf = vec![("databases", self.dbs.to_string())];
        if !self.has_users() {
            conf.push(("requirepass", ADMIN.to_owned()));
            conf.push(("masterauth", ADMIN.to_owned()));
            conf.push(("userpass", LIMITED.to_owned()));
        }
        conf.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// The same of a Redis server. What it has acknowledged outlives its process, and its machine up to a second.
    pub(crate) fn directives(&self) -> Vec<(&'static str, String)> {
        let ping = (self.repl_timeout_s / 6).max(1);
        vec![
            ("appendonly", "yes".to_owned()),
            ("repl-diskless-sync-delay", "0".to_owned()),
            ("repl-timeout", self.repl_timeout_s.to_string()),
            ("repl-ping-replica-period", ping.to_string()),
        ]
    }

    /// What a stock Sentinel is set up with.
    pub(crate) fn monitor(&self) -> Monitor {
        Monitor {
            name: CLUSTER.to_owned(),
            addr: Self::server(0),
            quorum: self.quorum(),
            down_after: Duration::from_millis(self.down_after_ms),
            failover_timeout: Duration::from_millis(FAILOVER_MS),
            parallel_syncs: 1,
            auth_pass: (!self.has_users()).then(|| ADMIN.into()),
        }
    }

    /// The configuration that everybody shares, as an operator writes it.
    pub(crate) fn yaml(&self) -> String {
        let list = |addrs: &[Addr]| {
            let addrs: Vec<String> = addrs.iter().map(|a| format!("\"{a}\"")).collect();
            addrs.join(", ")
        };
        let nodes: Vec<String> = (0..self.servers)
            .map(|s| {
                let (addr, wish) = (Self::server(s), self.wishes[s]);
                format!("{{ addr: \"{addr}\", name: n{s}, promote: {wish} }}")
            })
            .collect();
        format!(
            "version: 1\n\
             watch:\n  peers: [{peers}]\n\
             clusters:\n  {CLUSTER}:\n    nodes: [{nodes}]\n    \
             detect: {{ down_after: {down}ms, refused_after: {refused}ms, quorum: {quorum}, replicas_must_agree: {agree} }}\n    \
             failover: {{ timeout: {timeout}ms, block_for: {block}ms, max_loss: 1MiB }}\n    \
             switchover: {{ catch_up: 3s, max_blackout: 2s }}\n    \
             rejoin: {{ diverged: {rejoin} }}\n",
            peers = list(&self.watcher_addrs()),
            nodes = nodes.join(", "),
            down = self.down_after_ms,
            refused = self.refused_after_ms,
            quorum = self.quorum(),
            agree = self.agree,
            timeout = FAILOVER_MS,
            block = self.block_ms,
            rejoin = if self.resync { "resync" } else { "quarantine" },
        )
    }

    /// The operators' file, with the password beside it.
    pub(crate) fn write_down(&self, folder: &Path, config: &Path) {
        let mut yaml = self.yaml();
        if self.admin().is_some() {
            fs::write(folder.join("password"), ADMIN).expect("a temporary file");
            yaml += "    auth: { password_file: password }\n";
        }
        fs::write(config, yaml).expect("a temporary file");
    }

    /// What a watcher runs with.
    pub(crate) fn config(&self, watcher: usize) -> Config {
        let path = PathBuf::from("/etc/pikafo.yaml");
        let mut config = config::parse(&self.yaml(), &path, &Machine)
            .expect("the file is as an operator writes it");
        let own = self.watcher(watcher);
        config.watch.peers.retain(|peer| *peer != own);
        config.watch.listen = own.clone();
        config.watch.announce = Some(own);
        for cluster in &mut config.clusters {
            cluster.auth = self.admin();
        }
        config
    }
}

fn ip(net: u8, index: usize) -> IpAddr {
    let host = u8::try_from(index + 1).unwrap_or(u8::MAX);
    Ipv4Addr::new(10, 0, net, host).into()
}

fn password(password: &str) -> Auth {
    Auth {
        username: None,
        password: SecretString::from(password),
    }
}
