//! Everything that runs in a world: servers, watchers, clients; and what can be seen of them from above.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use pikafo::decide::engine::Snapshot;
use pikafo::decide::name::Addr;
use pikafo::decide::plan::Kind;
use pikafo::decide::plan::Plan;
use tempfile::TempDir;

use super::client::Client;
use super::dice::Dice;
use super::echo::Heard;
use super::inside::Inside;
use super::ledger::Ledger;
use super::ledger::key;
use super::machine;
use super::machine::SimMachine;
use super::operator::Operator;
use super::promotion;
use super::server::Server;
use super::setting::CLUSTER;
use super::setting::Setting;
use super::stock::memory::Ordered;
use super::stock::node::Belief;
use super::tap;
use super::tap::Said;
use super::tap::Word;
use super::watcher::Watcher;
use super::world::World;

/// After a process has ended it is started again, as a service manager does.
const RESTART_US: u64 = 500_000;

/// Between two attempts of an operator.
const COMES_BACK_US: u64 = 3_000_000;

/// Between two looks of a watcher at a server; and how long it takes to judge what they show.
const LOOK_US: u64 = 1_000_000;
const JUDGED_US: u64 = 4_000_000;

/// How long replicas may take to catch up once nobody writes.
const CATCH_UP_US: u64 = 10_000_000;

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
    due: BTreeMap<String, u64>,
    followed: Vec<Followed>,
    ordered: Vec<OnItsWay>,
    /// Since when each watcher, where it is a pikafo, has lived and reached each server.
    watched: Vec<Vec<Option<u64>>>,
    /// Who was led to a master that a stock Sentinel had promoted: whither, when, and since when nobody could look away.
    led: Vec<Option<Led>>,
    /// Servers that were led so while no pikafo could look.
    pub(crate) unseen: Vec<bool>,
    pub(crate) promotions: Vec<Promotion>,
    /// Acknowledged writes that a promotion has left behind.
    pub(crate) lost: BTreeSet<usize>,
    /// Since when, and until when at last, each server has been fine.
    pub(crate) fine: Vec<Fine>,
    pub(crate) operators: Vec<Operator>,
    /// When each server was started.
    starts: Vec<Vec<u64>>,
    /// Their processes.
    clients: Vec<u64>,
    /// What was said in this tick.
    pub(crate) said: Vec<Said>,
    /// Every hello that watchers said to each other.
    pub(crate) hellos: Heard,
    /// Where the operators' configuration lies, on the real disk.
    papers: Option<TempDir>,
}

/// A server became master of its own.
#[derive(Clone, Debug)]
pub(crate) struct Promotion {
    pub(crate) at_us: u64,
    pub(crate) server: usize,
    /// Who promoted it, and by which plan; a stock Sentinel has none.
    pub(crate) who: String,
    pub(crate) plan: Option<Plan>,
    /// The epoch whose votes allowed it; none where nobody voted.
    pub(crate) epoch: Option<u64>,
    /// Writes that were acknowledged, that are not in it, and that no earlier promotion had left behind.
    pub(crate) left: Vec<usize>,
    /// Who was master before, and how he was then.
    pub(crate) before: Option<(usize, Fine)>,
    /// When it was led back to a master before anybody else was promoted.
    pub(crate) undone_us: Option<u64>,
}

impl Promotion {
    /// It had been made by then, and was not undone.
    pub(crate) fn stands(&self, at_us: u64) -> bool {
        self.at_us <= at_us && self.undone_us.is_none_or(|undone| undone > at_us)
    }
}

impl Promotion {
    /// A switchover. A stock Sentinel is never asked for one.
    pub(crate) fn is_planned(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| plan.kind == Kind::Promote)
    }

    /// A watcher did it by itself, and is a pikafo.
    pub(crate) fn is_automatic(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.automatic)
    }

    /// The plan of a failover that a pikafo led.
    pub(crate) fn failover(&self) -> Option<&Plan> {
        let plan = self.plan.as_ref();
        plan.filter(|plan| plan.kind == Kind::Failover)
    }
}

/// SLAVEOF NO ONE of a stock Sentinel, on its way.
#[derive(Clone, Debug)]
struct OnItsWay {
    who: String,
    order: Ordered,
}

/// A server has come to follow another.
#[derive(Clone, Debug)]
struct Led {
    to: Option<Addr>,
    /// From when until when it must have been looked at.
    from_us: u64,
    until_us: u64,
    judged: bool,
}

/// Whom a server followed a tick ago.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Followed {
    NotRunning,
    Nobody,
    Somebody,
}

/// A server runs, and fewer watchers than a quorum have trouble to reach it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "microseconds, as everywhere")]
pub(crate) struct Fine {
    pub(crate) since_us: Option<u64>,
    pub(crate) until_us: u64,
    /// When it was last fine before it was not.
    pub(crate) before_us: u64,
}

impl Fine {
    /// When it was lost, for who has looked at it so long ago at the latest.
    pub(crate) fn lost_us(&self, looked_us: u64) -> u64 {
        let back = self.since_us.is_some_and(|since| since >= looked_us);
        if back { self.before_us } else { self.until_us }
    }
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
            promotions: Vec::new(),
            lost: BTreeSet::new(),
            operators: Vec::new(),
            clients: Vec::new(),
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
        self.said = self.world.wire.lock().heard();
        let hellos = self.said.iter().filter_map(|said| match &said.word {
            Word::Hello(text) if self.watcher_at(said.from).is_some() => Some(text.clone()),
            Word::Hello(_) | Word::Vote { .. } | Word::Follow { .. } => None,
        });
        self.hellos
            .lock()
            .expect("no panic while it is held")
            .extend(hellos);
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

    /// It is not started again before then.
    pub(crate) fn hold_down(&mut self, name: &str, until_us: u64) {
        self.due.insert(name.to_owned(), until_us);
    }

    /// Its data is gone, and what its file says beyond its settings; it begins anew as a replica of the master.
    pub(crate) fn wipe(&mut self, server: usize) {
        self.servers[server].wipe();
    }

    /// The power of a machine fails. A master that came back without what its replicas have would be a harm of its own,
    /// which no failover tool can undo; here the disks of masters are good, also where the process has died before.
    pub(crate) fn power_off(&mut self, machine: &SimMachine) {
        let server = self.servers.iter().position(|s| s.machine.ip == machine.ip);
        if let Some(server) = server {
            let reigns = self.reign_at(self.world.now_us) == server;
            let inside = self.inside(server);
            if inside.map_or(reigns, |inside| inside.follows().is_none()) {
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
        [(a, b), (b, a)]
            .iter()
            .all(|(from, to)| !wire.is_cut(*from, *to) && !wire.bad_weather(*from, *to))
    }

    /// A pikafo lives and reaches a server.
    pub(crate) fn seen_by_pikafo(&self, server: usize) -> bool {
        let mut pikafos = self.pikafos();
        pikafos.any(|watcher| self.watcher_lives(watcher) && self.reaches(watcher, server))
    }

    /// Watchers that live and reach a server.
    pub(crate) fn seen_by(&self, server: usize) -> usize {
        (0..self.watchers.len())
            .filter(|watcher| self.watcher_lives(*watcher) && self.reaches(*watcher, server))
            .count()
    }

    fn see_fine(&mut self) {
        let now_us = self.world.now_us;
        for server in 0..self.servers.len() {
            // Who cannot see it is too few to say that it is down.
            let blind = (0..self.watchers.len())
                .filter(|watcher| !self.reaches(*watcher, server))
                .count();
            let fine = self.server_lives(server) && blind < self.setting.quorum();
            let known = &mut self.fine[server];
            if fine {
                if known.since_us.is_none() {
                    known.since_us = Some(now_us);
                    known.before_us = known.until_us;
                }
                known.until_us = now_us;
            } else {
                known.since_us = None;
            }
        }
    }

    /// Whom a pikafo could not ask at the time at which it was led elsewhere.
    fn see_led(&mut self) {
        let now_us = self.world.now_us;
        for server in 0..self.servers.len() {
            for watcher in 0..self.watchers.len() {
                let watches = !self.watchers[watcher].is_stock()
                    && self.watcher_lives(watcher)
                    && self.server_lives(server)
                    && self.reaches(watcher, server);
                let since = &mut self.watched[watcher][server];
                *since = watches.then(|| since.unwrap_or(now_us));
            }
            let to = self.inside(server).and_then(|inside| inside.follows());
            if self.led[server].as_ref().is_none_or(|led| led.to != to) {
                let last = self.promotions.last().filter(|p| p.plan.is_none());
                self.led[server] = Some(Led {
                    from_us: last
                        .map_or(now_us, |p| p.at_us.min(now_us))
                        .saturating_sub(LOOK_US),
                    until_us: now_us + JUDGED_US,
                    judged: last.is_none() || to.is_none(),
                    to,
                });
            }
            if let Some(led) = &mut self.led[server]
                && !led.judged
                && now_us >= led.until_us
            {
                led.judged = true;
                let from_us = led.from_us;
                let seen = |since: &Vec<Option<u64>>| since[server].is_some_and(|at| at <= from_us);
                self.unseen[server] |= !self.watched.iter().any(seen);
            }
        }
    }

    /// What stock Sentinels have ordered. One may promote a master: who was set apart is a replica like any to it.
    fn see_orders(&mut self) {
        let mut done = Vec::new();
        for watcher in &self.watchers {
            for order in watcher.ordered() {
                let who = watcher.name.clone();
                if order.done {
                    done.push((who, order));
                    continue;
                }
                self.ordered.push(OnItsWay { who, order });
            }
        }
        for (who, order) in done {
            let epoch = Some(order.epoch);
            let seen = |p: &Promotion| p.who == who && p.plan.is_none() && p.epoch == epoch;
            if !self.promotions.iter().any(seen)
                && let Some(server) = self.server_at(&order.node)
                && let Some(inside) = self.inside(server)
            {
                self.record(server, &*inside, who, None, epoch);
            }
        }
    }

    fn see_promotions(&mut self) {
        for server in 0..self.servers.len() {
            let inside = self.inside(server);
            let now = match &inside {
                None => Followed::NotRunning,
                Some(inside) if inside.follows().is_some() => Followed::Somebody,
                Some(_) => Followed::Nobody,
            };
            let above = inside.as_ref().and_then(|inside| inside.follows());
            let led_back = above.is_some_and(|addr| self.server_at(&addr).is_some());
            let before = std::mem::replace(&mut self.followed[server], now);
            if let Some(inside) = inside
                && (before, now) == (Followed::Somebody, Followed::Nobody)
            {
                self.promoted(server, &*inside);
            } else if before == Followed::Nobody
                && led_back
                && let Some(last) = self.promotions.last_mut()
                && last.server == server
            {
                last.undone_us.get_or_insert(self.world.now_us);
            }
        }
    }

    fn promoted(&mut self, server: usize, inside: &dyn Inside) {
        if let Some((who, plan, epoch)) = self.promoter(server, inside.told_by()) {
            return self.record(server, inside, who, plan, epoch);
        }
        // On its way to a full sync.
        self.world
            .story
            .tell(&self.servers[server].name, "is detached");
    }

    fn record(
        &mut self,
        server: usize,
        inside: &dyn Inside,
        who: String,
        plan: Option<Plan>,
        epoch: Option<u64>,
    ) {
        let writes = self.ledger.lock();
        let left: Vec<usize> = writes
            .iter()
            .enumerate()
            .filter(|(number, write)| {
                write
                    .acked_us
                    .is_some_and(|at| self.reigned(&write.node, at))
                    && !self.lost.contains(number)
                    && !inside.holds(write.db, key(*number).as_bytes())
            })
            .map(|(number, _)| number)
            .collect();
        drop(writes);
        let how = plan.as_ref().map_or_else(
            || format!("by {who}, a stock Sentinel"),
            |plan| format!("{} by {who}, plan {}", plan.kind.word(), plan.id),
        );
        let text = format!(
            "is promoted ({how}); {} acknowledged writes are not in it",
            left.len()
        );
        self.world.story.tell(&self.servers[server].name, text);
        self.lost.extend(&left);
        let old = self.reign_at(self.world.now_us);
        self.promotions.push(Promotion {
            at_us: self.world.now_us,
            server,
            who,
            plan,
            epoch,
            left,
            before: self.fine.get(old).map(|fine| (old, *fine)),
            undone_us: None,
        });
    }

    /// Whoever ordered it, at `by`: his name, his plan, and the epoch that made him leader.
    fn promoter(
        &self,
        server: usize,
        by: Option<IpAddr>,
    ) -> Option<(String, Option<Plan>, Option<u64>)> {
        let watcher = by.and_then(|ip| self.watcher_at(ip));
        if let Some(stock) = watcher.filter(|watcher| self.watchers[*watcher].is_stock()) {
            let (who, addr) = (&self.watchers[stock].name, &self.servers[server].addr);
            let own = |sent: &&OnItsWay| sent.who == *who && sent.order.node == *addr;
            let order = self.ordered.iter().rfind(own)?;
            return Some((who.clone(), None, Some(order.order.epoch)));
        }
        let known = |plan: &Plan| {
            let mut plans = self.promotions.iter().filter_map(|p| p.plan.as_ref());
            plans.any(|known| known.id == plan.id)
        };
        let found = promotion::plan_of(self, &self.servers[server].addr, by);
        let (who, plan) = found.filter(|(_, plan)| !known(plan))?;
        let epoch = self.epoch_of(&who);
        Some((who, Some(plan), epoch))
    }

    /// The epoch in which a watcher leads.
    fn epoch_of(&self, who: &str) -> Option<u64> {
        let watcher = self.watchers.iter().position(|w| w.name == who)?;
        let snapshot = self.snapshot(watcher)?;
        let picture = snapshot.cluster(CLUSTER)?;
        (picture.leader.as_ref() == Some(&snapshot.id)).then_some(picture.leader_epoch)
    }

    /// Who was promoted last until then, and stayed; the first server where nobody was.
    pub(crate) fn reign_at(&self, at_us: u64) -> usize {
        let past = self.promotions.iter().rev().find(|p| p.stands(at_us));
        past.map_or(0, |promotion| promotion.server)
    }

    /// Everybody who was master at some time between.
    pub(crate) fn reigns(&self, from_us: u64, until_us: u64) -> Vec<usize> {
        let between = |p: &&Promotion| (from_us..=until_us).contains(&p.at_us);
        let later = self.promotions.iter().filter(between).map(|p| p.server);
        [self.reign_at(from_us)].into_iter().chain(later).collect()
    }

    fn reigned(&self, node: &Addr, at_us: u64) -> bool {
        self.servers[self.reign_at(at_us)].addr == *node
    }

    /// Who was promoted in the place of a node that took a write then.
    pub(crate) fn deposed(&self, node: &Addr, at_us: u64) -> Option<&Promotion> {
        let server = self.server_at(node)?;
        let own = self
            .promotions
            .iter()
            .rposition(|p| p.server == server && p.at_us <= at_us);
        let after = own.map_or(0, |own| own + 1);
        self.promotions
            .iter()
            .skip(after)
            .find(|p| p.server != server)
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

    /// An operator types a command.
    pub(crate) fn type_in(&mut self, words: &[&str]) {
        let machine = self.world.machine("op", Setting::operator_ip());
        let papers = self
            .papers
            .get_or_insert_with(|| TempDir::new().expect("a temporary folder"));
        let config = papers.path().join("pikafo.yaml");
        if !config.exists() {
            self.setting.write_down(papers.path(), &config);
        }
        let number = self.operators.len();
        let operator = Operator::start(&mut self.world, &machine, &config, number, words);
        self.operators.push(operator);
    }

    /// An operator whose work was cut off, or who was told that he does not know what came of it, comes back after a while
    /// and finishes it or undoes it, as he was told to.
    pub(crate) fn operator_comes_back(&mut self, dice: &mut Dice) {
        let Some(last) = self
            .operators
            .last()
            .filter(|_| self.busy_operator().is_none())
        else {
            return;
        };
        let ended_us = last.exit().map_or(0, |(at_us, _)| at_us);
        let machines = self.world.machines().iter();
        let mut machines = machines.filter(|machine| machine.name == "op");
        let open = machines.find_map(|machine| tap::open(&machine.disk, &tap::journal_of("op")));
        let Some(open) = open.filter(tap::Open::is_left) else {
            return;
        };
        if self.world.now_us < ended_us + COMES_BACK_US {
            return;
        }
        let how = dice.pick(&["--resume", "--resume", "--abort"]);
        self.type_in(&[open.plan.kind.word(), "--yes", "--standalone", how]);
    }

    /// The last operator, while he is at it.
    pub(crate) fn busy_operator(&self) -> Option<&Operator> {
        self.operators
            .last()
            .filter(|operator| self.world.runs(operator.process))
    }

    /// What the journals say, for a person.
    pub(crate) fn journals(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for machine in self.world.machines() {
            for path in machine.disk.below("/".as_ref()) {
                if path.file_name().is_none_or(|name| name != "journal.jsonl") {
                    continue;
                }
                lines.push(path.display().to_string());
                let bytes = machine.disk.look(&path).unwrap_or_default();
                for line in String::from_utf8_lossy(&bytes).lines() {
                    lines.push(format!("  {}", line.chars().take(400).collect::<String>()));
                }
            }
        }
        lines
    }

    /// Puts the records of the watchers into a folder of the real disk, for `pikafo replay`.
    pub(crate) fn dump(&self, folder: &Path) -> std::io::Result<()> {
        for machine in self.world.machines() {
            for path in machine.disk.below("/".as_ref()) {
                let bytes = machine.disk.look(&path).unwrap_or_default();
                let to = folder.join(path.strip_prefix("/").unwrap_or(&path));
                if path.components().any(|part| part.as_os_str() == "record") {
                    std::fs::create_dir_all(to.parent().unwrap_or(folder))?;
                    std::fs::write(to, bytes)?;
                }
            }
        }
        Ok(())
    }

    /// How everybody stands, for a person.
    pub(crate) fn state(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, server) in self.servers.iter().enumerate() {
            let Some(inside) = self.inside(index) else {
                lines.push(format!("{} does not run", server.name));
                continue;
            };
            let follows = inside.follows().map(|addr| addr.to_string());
            let saved = self.saved_master(index, &*inside).map(|a| a.to_string());
            lines.push(format!(
                "{} {} follows {} (file: {}), linked {}, takes writes {}, at {}",
                server.name,
                server.addr,
                follows.as_deref().unwrap_or("nobody"),
                saved.as_deref().unwrap_or("nobody"),
                inside.linked(),
                inside.takes_writes(),
                inside.position()
            ));
        }
        for (index, watcher) in self.watchers.iter().enumerate() {
            if let Some(belief) = self.belief(index) {
                lines.push(format!(
                    "{} (stock) believes in {} (epoch {}), failover {}, down {:?}, {} others",
                    watcher.name,
                    belief.master,
                    belief.epoch,
                    belief.fails_over || belief.o_down,
                    belief.down,
                    belief.others
                ));
                continue;
            }
            let snapshot = self.snapshot(index);
            let Some(picture) = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER)) else {
                lines.push(format!("{} knows nothing", watcher.name));
                continue;
            };
            lines.push(format!(
                "{} believes in {} (epoch {}), failover {:?}, leader {:?} in {}, paused {:?}",
                watcher.name,
                picture.master,
                picture.config_epoch,
                picture.failover,
                picture.leader,
                picture.leader_epoch,
                picture.pause
            ));
            for finding in &picture.findings {
                lines.push(format!(
                    "  {} {:?} {}",
                    finding.code, finding.node, finding.text
                ));
            }
            for node in picture.nodes.iter().filter(|node| node.set_apart.is_some()) {
                lines.push(format!("  {} apart: {:?}", node.addr, node.set_apart));
            }
        }
        lines
    }
}
