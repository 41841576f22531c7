//! Everything that runs in a world: servers, watchers, clients; and what can be seen of them from above.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use pikafo::decide::engine::Snapshot;
use pikafo::decide::name::Addr;
use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::echo::Heard;
use super::fine::Fine;
use super::fine::Led;
use super::inside::Inside;
use super::ledger::Ledger;
use super::machine;
use super::machine::SimMachine;
use super::operator::Operator;
use super::reign::Followed;
use super::reign::OnItsWay;
use super::reign::Promotion;
use super::server::Server;
use super::setting::CLUSTER;
use super::setting::Setting;
use super::stock::node::Belief;
use super::tap::Said;
use super::tap::Word;
use super::watcher::Watcher;
use super::world::World;

/// After a process has ended it is started again, as a service manager does.
const RESTART_US: u64 = 500_000;

/// How long replicas may take to catch up once nobody writes; who lacks what came before his stream is found out by then,
/// and copied to.
const CATCH_UP_US: u64 = 60_000_000;

#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) world: World,
    pub(crate) setting: Setting,
    pub(crate) servers: Vec<Server>,
    pub(crate) watchers: Vec<Watcher>,
    pub(crate) ledger: Ledger,
    /// Machines without power.
    pub(crate) off: BTreeSet<IpAddr>,
    /// When a process that has ended is started again, by name.
    pub(super) due: BTreeMap<String, u64>,
    pub(super) followed: Vec<Followed>,
    /// The same when it last ran.
    pub(super) last_role: Vec<Followed>,
    pub(super) ordered: Vec<OnItsWay>,
    /// When somebody sent a server word to follow nobody, last.
    pub(super) freed: BTreeMap<(IpAddr, usize), u64>,
    /// Since when each watcher, where it is a pikafo, has lived and reached each server.
    pub(super) watched: Vec<Vec<Option<u64>>>,
    /// Who was led to a master that a stock Sentinel had promoted: whither, when, and since when nobody could look away.
    pub(super) led: Vec<Option<Led>>,
    /// Servers that were led so while no pikafo could look.
    pub(crate) unseen: Vec<bool>,
    pub(crate) promotions: Vec<Promotion>,
    /// Acknowledged writes that a promotion has left behind.
    pub(crate) lost: BTreeSet<usize>,
    /// Since when, and until when at last, each server has been fine.
    pub(crate) fine: Vec<Fine>,
    pub(crate) operators: Vec<Operator>,
    /// When each server was started.
    pub(super) starts: Vec<Vec<u64>>,
    /// Their processes.
    pub(super) clients: Vec<u64>,
    /// What each watcher shows at the end of this tick.
    pub(crate) shown: Vec<Option<Arc<Snapshot>>>,
    /// What was said in this tick.
    pub(crate) said: Vec<Said>,
    /// Every hello that watchers said to each other.
    pub(crate) hellos: Heard,
    /// Where the operators' configuration lies, on the real disk.
    pub(super) papers: Option<TempDir>,
}

impl Fleet {
    pub(crate) fn new(setting: Setting) -> Self {
        let mut world = World::new(setting.seed);
        let servers: Vec<Server> = (0..setting.servers)
            .map(|index| Server::new(&mut world, &setting, index))
            .collect();
        let watchers = (0..setting.watchers)
            .map(|index| Watcher::new(&mut world, &setting, index))
            .collect();
        Self {
            followed: vec![Followed::NotRunning; servers.len()],
            last_role: vec![Followed::NotRunning; servers.len()],
            watched: vec![vec![None; servers.len()]; setting.watchers],
            led: vec![None; servers.len()],
            unseen: vec![false; servers.len()],
            fine: vec![Fine::default(); servers.len()],
            starts: vec![Vec::new(); servers.len()],
            world,
            setting,
            servers,
            watchers,
            ledger: Ledger::default(),
            off: BTreeSet::new(),
            due: BTreeMap::new(),
            ordered: Vec::new(),
            freed: BTreeMap::new(),
            promotions: Vec::new(),
            lost: BTreeSet::new(),
            operators: Vec::new(),
            clients: Vec::new(),
            shown: Vec::new(),
            said: Vec::new(),
            hellos: Heard::default(),
            papers: None,
        }
    }

    /// Clients begin to write.
    pub(crate) fn open(&mut self) {
        for index in 0..self.setting.clients {
            let ip = Setting::client_ip(index);
            let name = format!("c{index}");
            let machine = self.world.machine(&name, ip);
            let client = Client {
                cluster: CLUSTER.to_owned(),
                watchers: self.setting.watcher_addrs(),
                auth: self.setting.limited(),
                db: index % self.setting.dbs,
                pause_ms: self.setting.pause_ms(index),
                ledger: self.ledger.clone(),
            };
            let client = self.world.start(&name, &machine, |plug| client.run(plug));
            self.clients.push(client);
        }
    }

    /// One tick, and what comes of it.
    pub(crate) fn tick(&mut self) {
        self.tend();
        self.world.tick();
        let watchers = 0..self.watchers.len();
        self.shown = watchers.map(|watcher| self.snapshot(watcher)).collect();
        self.said = self.world.wire.lock().heard();
        let hellos = self.said.iter().filter_map(|said| match &said.word {
            Word::Hello(text) if self.watcher_at(said.from).is_some() => Some(text.clone()),
            Word::Hello(_) | Word::Vote { .. } | Word::Follow { .. } => None,
        });
        self.hellos
            .lock()
            .expect("no panic while it is held")
            .extend(hellos);
        for said in &self.said {
            if let Word::Follow { node, master: None } = &said.word
                && let Some(server) = self.server_at(node)
            {
                self.freed.insert((said.from, server), said.at_us);
            }
        }
        self.see_fine();
        if self.is_mixed() {
            self.see_led();
        }
        self.see_orders();
        self.see_promotions();
    }

    /// Who has ended is started again after a while; power must be there.
    fn tend(&mut self) {
        let now_us = self.world.now_us;
        for index in 0..self.servers.len() {
            let server = &self.servers[index];
            if server.process.is_some_and(|p| self.world.runs(p)) {
                continue;
            }
            let (name, ip) = (server.name.clone(), server.machine.ip);
            if self.may_start(&name, ip, now_us, server.process.is_none()) {
                self.servers[index].start(&mut self.world);
                self.starts[index].push(now_us);
            }
        }
        for index in 0..self.watchers.len() {
            let watcher = &self.watchers[index];
            if watcher.process.is_some_and(|p| self.world.runs(p)) {
                continue;
            }
            let (name, ip) = (watcher.name.clone(), watcher.machine.ip);
            if self.may_start(&name, ip, now_us, watcher.process.is_none()) {
                self.watchers[index].start(&mut self.world);
            }
        }
    }

    fn may_start(&mut self, name: &str, ip: IpAddr, now_us: u64, first: bool) -> bool {
        if self.off.contains(&ip) {
            self.due.remove(name);
            return false;
        }
        if first {
            return true;
        }
        let due = *self
            .due
            .entry(name.to_owned())
            .or_insert(now_us + RESTART_US);
        if now_us < due {
            return false;
        }
        self.due.remove(name);
        self.world.story.tell(name, "starts again");
        true
    }

    /// The process of a server is killed, and started again after so long.
    pub(crate) fn kill_for(&mut self, server: usize, us: u64) {
        let server = &self.servers[server];
        let Some(process) = server.process.filter(|p| self.world.runs(*p)) else {
            return;
        };
        let (name, home) = (server.name.clone(), server.home.clone());
        let until = self.world.now_us + us;
        self.world.story.tell(&name, "is killed");
        self.world.kill(process, &home);
        self.hold_down(&name, until);
    }

    /// It is not started again before then.
    pub(crate) fn hold_down(&mut self, name: &str, until_us: u64) {
        self.due.insert(name.to_owned(), until_us);
    }

    /// Its data is gone, and what its file says beyond its settings; it begins anew as a replica of the master. One that
    /// reigns, and was restarted before its role was saved, takes with it what nobody else may have, of which no tool can
    /// keep it.
    pub(crate) fn wipe(&mut self, server: usize) {
        if self.reign_at(self.world.now_us) == server {
            let writes = self.ledger.lock();
            let acked = writes
                .iter()
                .enumerate()
                .filter(|(_, w)| w.acked_us.is_some());
            self.lost.extend(acked.map(|(number, _)| number));
        }
        self.servers[server].wipe();
    }

    /// The power of a machine fails. A master that came back without what its replicas have would be a harm of its own,
    /// which no failover tool can undo; here the disks of masters are good, also where the process has died before.
    pub(crate) fn power_off(&mut self, machine: &SimMachine) {
        let server = self.servers.iter().position(|s| s.machine.ip == machine.ip);
        if let Some(server) = server {
            let reigns = self.reign_at(self.world.now_us) == server;
            let was = self.last_role[server] == Followed::Nobody;
            let inside = self.inside(server);
            if inside.map_or(reigns || was, |inside| inside.follows().is_none()) {
                self.servers[server].sync();
            }
        }
        let home = server.map(|server| self.servers[server].home.clone());
        self.world.power_off(machine, home.as_deref());
        if let Some(server) = server {
            self.servers[server].lost_power();
        }
    }

    pub(crate) fn inside(&self, server: usize) -> Option<Arc<dyn Inside>> {
        self.servers[server].inside(&self.world)
    }

    pub(crate) fn snapshot(&self, watcher: usize) -> Option<Arc<Snapshot>> {
        self.watchers[watcher].snapshot(&self.world)
    }

    /// What a stock Sentinel believes, where it runs.
    pub(crate) fn belief(&self, watcher: usize) -> Option<Belief> {
        self.watchers[watcher].belief(&self.world)
    }

    /// Stock Sentinels are among the watchers.
    pub(crate) fn is_mixed(&self) -> bool {
        !self.setting.stock.is_empty()
    }

    /// The watcher on a machine.
    pub(crate) fn watcher_at(&self, ip: IpAddr) -> Option<usize> {
        self.watchers
            .iter()
            .position(|watcher| watcher.machine.ip == ip)
    }

    pub(crate) fn server_at(&self, addr: &Addr) -> Option<usize> {
        self.servers.iter().position(|server| server.addr == *addr)
    }

    /// Runs, and is not stopped.
    pub(crate) fn server_lives(&self, server: usize) -> bool {
        let process = self.servers[server].process;
        process.is_some_and(|p| self.world.runs(p) && !self.world.is_frozen(p))
            && self.inside(server).is_some()
    }

    pub(crate) fn watcher_lives(&self, watcher: usize) -> bool {
        let process = self.watchers[watcher].process;
        process.is_some_and(|p| self.world.runs(p) && !self.world.is_frozen(p))
    }

    /// Nothing between them is cut or slow.
    pub(crate) fn reaches(&self, watcher: usize, server: usize) -> bool {
        let (a, b) = (
            self.watchers[watcher].machine.ip,
            self.servers[server].machine.ip,
        );
        let wire = self.world.wire.lock();
        wire.is_calm()
            || [(a, b), (b, a)]
                .iter()
                .all(|(from, to)| !wire.is_cut(*from, *to) && !wire.bad_weather(*from, *to))
    }

    /// No cut is between a server and those who type commands.
    pub(crate) fn operator_reaches(&self, server: usize) -> bool {
        let (a, b) = (Setting::operator_ip(), self.servers[server].machine.ip);
        let wire = self.world.wire.lock();
        !wire.is_cut(a, b) && !wire.is_cut(b, a)
    }

    /// Watchers that live and reach a server.
    pub(crate) fn seen_by(&self, server: usize) -> usize {
        (0..self.watchers.len())
            .filter(|watcher| self.watcher_lives(*watcher) && self.reaches(*watcher, server))
            .count()
    }

    /// It was started again after one time and before the other.
    pub(crate) fn restarted_between(&self, server: usize, from_us: u64, until_us: u64) -> bool {
        let mut starts = self.starts[server].iter();
        starts.any(|at| (from_us..=until_us).contains(at))
    }

    /// Who takes writes; who was promoted last where nobody does.
    pub(crate) fn acting_master(&self) -> usize {
        let taking = |server: &usize| self.inside(*server).is_some_and(|i| i.takes_writes());
        (0..self.servers.len())
            .find(taking)
            .unwrap_or_else(|| self.reign_at(self.world.now_us))
    }

    /// It follows the master, itself or through others that are linked.
    pub(crate) fn leads_to(&self, server: usize, master: usize) -> bool {
        let mut at = server;
        for _ in 0..self.servers.len() {
            let above = self.inside(at).and_then(|inside| inside.follows());
            let Some(above) = above.and_then(|addr| self.server_at(&addr)) else {
                return false;
            };
            if above == master {
                return true;
            }
            if !self.inside(above).is_some_and(|inside| inside.linked()) {
                return false;
            }
            at = above;
        }
        false
    }

    /// Clients stop, and every replica has what its master has; false if that does not come.
    pub(crate) fn close(&mut self) -> bool {
        for client in std::mem::take(&mut self.clients) {
            self.world.kill(client, "/".as_ref());
        }
        let until_us = self.world.now_us + CATCH_UP_US;
        while self.world.now_us < until_us {
            self.tick();
            let master = self.acting_master();
            let position = |server: usize| self.inside(server).map(|inside| inside.position());
            let level = |server: usize| {
                let apart = self.is_mixed() && self.is_apart(server);
                apart || !self.leads_to(server, master) || position(server) == position(master)
            };
            if (0..self.servers.len()).all(level) {
                return true;
            }
        }
        false
    }

    /// Watchers that are no stock Sentinels.
    pub(crate) fn pikafos(&self) -> impl Iterator<Item = usize> {
        (0..self.watchers.len()).filter(|watcher| !self.watchers[*watcher].is_stock())
    }

    /// Some watcher leaves it alone, as its data diverged.
    pub(crate) fn is_apart(&self, server: usize) -> bool {
        let addr = &self.servers[server].addr;
        self.pikafos().any(|watcher| {
            let snapshot = self.snapshot(watcher);
            let picture = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER));
            picture.is_some_and(|picture| {
                let node = picture.nodes.iter().find(|node| node.addr == *addr);
                node.is_some_and(|node| node.set_apart.is_some())
            })
        })
    }

    /// Some watcher has written down that a full copy to it has not ended, or that it lacks what came before its stream.
    pub(crate) fn is_known_to_lack(&self, server: usize) -> bool {
        let addr = self.servers[server].addr.to_string();
        self.pikafos().any(|watcher| {
            let watcher = &self.watchers[watcher];
            let path = format!("/{}/{CLUSTER}/memory.json", watcher.name);
            let bytes = watcher.machine.disk.look(path.as_ref());
            let saved = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            saved.is_some_and(|saved| {
                let noted = |what: &str| saved["memory"][what].get(&addr).is_some();
                noted("full_sync_unfinished") || noted("gaps")
            })
        })
    }

    /// A key of a client whose write is no longer under way.
    pub(crate) fn is_settled(&self, key: &[u8]) -> bool {
        let number = key.strip_prefix(b"w").and_then(|n| str::from_utf8(n).ok());
        let number = number.and_then(|n| n.parse::<usize>().ok());
        number.is_some_and(|number| {
            let writes = self.ledger.lock();
            let sent = writes.get(number).map(|write| write.sent_us);
            sent.is_some_and(|sent| sent + 1_000_000 < self.world.now_us)
        })
    }

    /// Whom a server would follow after a restart.
    pub(crate) fn saved_master(&self, server: usize, inside: &dyn Inside) -> Option<Addr> {
        machine::on(&self.servers[server].machine, || inside.saved_master())
    }
}
