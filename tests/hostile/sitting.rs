//! The night, from the first write to the last comparison.
//!
//! What must hold of every event: a switchover loses no acknowledged write; a failover loses nothing but what the old master
//! took; and when a fault is over everything comes to order, with an operator's help only where a node was set apart. What
//! must hold in the end: a watcher needs what it needed before.
//!
//! And where the machine has nothing else to do: a failover loses no more than the journal says, which a speed and an age
//! make; two nodes never take writes for longer than the window.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use futures_util::future::join_all;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::node::reply;
use serde_json::Value as Json;

use super::event::Event;
use super::event::Night;
use super::fault::Fault;
use super::gauge::Gauge;
use super::journals::Journals;
use super::kit::dice::Dice;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::fleet::ms;
use super::kit::fleet::three;
use super::kit::kind::Diverged;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::kind::operator;
use super::kit::server::Server;
use super::kit::wait::until;
use super::kit::writer::Ack;
use super::kit::writer::Writer;
use super::ledger;
use super::ledger::Ledger;

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) server: Server,
    pub(crate) failovers: usize,
    pub(crate) switchovers: usize,
    pub(crate) seed: u64,
}

/// Two masters at once for no longer; and what two looks of the observer and a busy machine add to it.
const WINDOW: Duration = ms(300 + 100);
/// The same from the moment at which a cable is mended: nobody can know before a packet has got through, and those who try
/// do so a few times a second, and each time for a quarter of one.
const WINDOW_AFTER_A_CUT: Duration = ms(3000);
/// Within this nobody is kept apart any more who was taken in.
const ORDER: Duration = Duration::from_secs(20);
/// Enough to tell a client that goes on from one that slipped through once.
const SOME: usize = 20;
/// Faults come at any phase of the watchers' rhythm, of which the slowest turn is a second.
const PHASES_MS: u64 = 1000;
/// After so many events, or half of them, a watcher has everything that it ever needs; then it is measured for the first time.
const WARM: usize = 6;
/// Its allocator keeps what was used once, and more of it as the night goes on, but ever less: so much more than when it
/// was warm. A leak of a kilobyte an event would be 400 KiB in a long night, and one of ten would show.
const MORE_KIB: u64 = 8 * 1024;
/// Connections of clients that come and go at the moment of the look.
const MORE_FILES: usize = 4;

/// A night that is under way.
struct Sitting {
    fleet: Fleet,
    server: Server,
    writer: Writer,
    ledger: Ledger,
    journals: Journals,
    /// Of the operator.
    config: PathBuf,
    master: usize,
    dice: Dice,
    broken: Vec<String>,
    beyond: Vec<String>,
    helped: Vec<String>,
}

/// Lives it; tells every event as soon as it is over.
pub(crate) async fn sit(order: Order, mut tell: impl FnMut(&Event)) -> Night {
    let began = clock::mono();
    let settings = Settings {
        down_after: ms(1000),
        block_for: Some(ms(1)),
        diverged: match order.server {
            Server::Redis => Diverged::Quarantine,
            // A watcher that did not see the copy which another one made goes on keeping such a node apart.
            Server::Pika(_) => Diverged::Resync,
        },
        ..Settings::default()
    };
    let fleet = Fleet::spread(order.server, &three(Kind::Pikafo), settings).await;
    let mut sitting = Sitting {
        server: order.server,
        writer: fleet.write(),
        ledger: Ledger::default(),
        journals: Journals::open(&fleet),
        config: fleet.operators(settings),
        master: 0,
        dice: Dice::of(order.seed),
        broken: Vec::new(),
        beyond: Vec::new(),
        helped: Vec::new(),
        fleet,
    };
    let mut night = Night {
        server: order.server.called(),
        seed: order.seed,
        before: sitting.gauges(),
        ..Night::default()
    };
    let total = order.failovers + order.switchovers;
    for (number, what) in program(order, &mut sitting.dice).into_iter().enumerate() {
        let phase = sitting.dice.below(PHASES_MS);
        sleep(ms(phase)).await;
        let mut event = match what {
            Some(fault) => sitting.failover(number, fault).await,
            None => sitting.switchover(number).await,
        };
        event.watchers = sitting.gauges();
        if number + 1 == WARM.min(total / 2) {
            night.before.clone_from(&event.watchers);
        }
        tell(&event);
        night.events.push(event);
    }
    sitting.fleet.alike(&sitting.writer.in_doubt()).await;
    night.after = sitting.gauges();
    sitting.needs_no_more(&night);
    night.acknowledged = sitting.ledger.acknowledged;
    night.broken = sitting.broken;
    night.beyond = sitting.beyond;
    night.helped = sitting.helped;
    night.seconds = clock::mono().duration_since(began).as_secs();
    night
}

/// What happens, in which order: every fault as often as the others, all shuffled. `None` is a switchover.
fn program(order: Order, dice: &mut Dice) -> Vec<Option<Fault>> {
    let faults = Fault::ALL.iter().cycle().take(order.failovers);
    let mut program: Vec<Option<Fault>> = faults.map(|fault| Some(*fault)).collect();
    program.extend(std::iter::repeat_n(None, order.switchovers));
    dice.shuffle(&mut program);
    program
}

impl Sitting {
    async fn failover(&mut self, number: usize, fault: Fault) -> Event {
        let old = self.master;
        let observer = self.fleet.observe();
        self.flows(old).await;
        let (struck, struck_at) = (clock::mono(), clock::wall());
        fault.strikes(&mut self.fleet, old);
        let new = self.fleet.moved_from(old).await;
        let moved_ms = since(struck);
        self.flows(new).await;
        let mut over = clock::mono();
        fault.ends(&mut self.fleet, old).await;
        if fault == Fault::Isolated {
            // The last of what cut it off was taken back at the end.
            over = clock::mono();
        }
        let set_apart = self.comes_back(old, new).await;
        self.master = self.in_order(number).await;
        let settled_ms = since(over);
        let seen = observer.stop();
        // Nobody can tell a host that reaches nobody, and no client reaches it: it counts from when it is back.
        let two_masters = match fault {
            Fault::Isolated => seen.since(over).two_masters(),
            Fault::Killed | Fault::Frozen => seen.two_masters(),
        };
        let begun = self.journals.failovers(&self.fleet);
        let first = begun.iter().find(|begun| begun.at >= struck_at);
        let detection = first.map(|begun| begun.at.duration_since(struck_at));
        let told = begun
            .iter()
            .rev()
            .find_map(|begun| begun.plan.loss.as_ref());
        let mut event = Event {
            number,
            what: fault.word().to_owned(),
            old: self.fleet.nodes[old].addr().to_string(),
            new: self.fleet.nodes[new].addr().to_string(),
            detection_ms: detection.map(|time| time.as_secs_f64() * 1000.0),
            moved_ms,
            settled_ms,
            two_masters_ms: millis(two_masters),
            told_bytes: told.and_then(|loss| loss.bytes),
            told_bound: told.and_then(|loss| loss.bound_bytes),
            set_apart,
            failovers: begun.len(),
            ..Event::default()
        };
        self.reckon(&mut event).await;
        let told = event.told_bound.or(event.told_bytes);
        if told.is_none_or(|told| event.lost_bytes > told) && event.lost > 0 {
            self.exceeds("more was lost than was told", &event);
        }
        event
    }

    async fn switchover(&mut self, number: usize) -> Event {
        let old = self.master;
        let observer = self.fleet.observe();
        self.flows(old).await;
        let others: Vec<usize> = (0..self.fleet.nodes.len()).filter(|n| *n != old).collect();
        let wanted = others[self.dice.index(others.len())];
        let to = self.fleet.nodes[wanted].addr().to_string();
        let began = clock::mono();
        let said = self.pikafo(&["promote", &to, "--yes", "-o", "json"]).await;
        let moved_ms = since(began);
        let master = self.in_order(number).await;
        self.flows(master).await;
        self.master = master;
        let mut event = Event {
            number,
            what: "switchover".to_owned(),
            old: self.fleet.nodes[old].addr().to_string(),
            new: self.fleet.nodes[master].addr().to_string(),
            moved_ms,
            settled_ms: since(began) - moved_ms,
            two_masters_ms: millis(observer.stop().two_masters()),
            failovers: self.journals.failovers(&self.fleet).len(),
            ..Event::default()
        };
        self.reckon(&mut event).await;
        let done = said.status.code() == Some(0) && master == wanted;
        if !done {
            let text = String::from_utf8_lossy(&said.stderr);
            self.breaks(&format!("promote {to}: {}: {text}", said.status), &event);
        }
        if event.lost > 0 {
            self.breaks("a switchover lost what was acknowledged", &event);
        }
        event
    }

    /// What was acknowledged and is there, and what else must hold of every event.
    async fn reckon(&mut self, event: &mut Event) {
        let acks = self.writer.take();
        let master = &self.fleet.nodes[self.master];
        let account = self.ledger.account(&acks, master).await;
        event.acknowledged = account.acknowledged;
        event.lost = account.lost.len();
        event.lost_bytes = ledger::bytes(&account.lost, self.server);
        event.blackout_ms = millis(account.longest_gap);
        let kept = |ack: &&Ack| ack.node.to_string() != event.old && account.lost.contains(&ack.id);
        let of_others: Vec<&Ack> = acks.iter().filter(kept).collect();
        if !of_others.is_empty() {
            let text =
                format!("{of_others:?} were taken by another than the old master, and are lost");
            self.breaks(&text, event);
        }
        if !account.lost_later.is_empty() {
            let text = format!("{:?} were there and are gone", account.lost_later);
            self.breaks(&text, event);
        }
        let window = if event.what == Fault::Isolated.word() {
            WINDOW_AFTER_A_CUT
        } else {
            WINDOW
        };
        if event.two_masters_ms > millis(window) {
            self.exceeds("two masters for longer than the window", event);
        }
    }

    /// Waits until the writer's writes are taken by this node.
    async fn flows(&self, node: usize) {
        self.writer
            .reaches(self.fleet.nodes[node].addr(), SOME)
            .await;
    }

    /// Waits until the old master follows the new one, or is set apart; there an operator has it copied to. True for the
    /// latter.
    async fn comes_back(&self, old: usize, new: usize) -> bool {
        let addr = self.fleet.nodes[old].addr().clone();
        let port = self.fleet.nodes[new].addr().port();
        let host = self.fleet.nodes[new].addr().host().to_owned();
        let (follows, apart) = until(
            "an old master that follows or is set apart",
            async || {
                let info = self.fleet.nodes[old].text(&["INFO", "replication"]).await;
                let follows = info.contains(&format!("master_host:{host}\r\n"))
                    && info.contains(&format!("master_port:{port}\r\n"))
                    && info.contains("master_link_status:up");
                (follows, self.set_apart(&addr).await)
            },
            |(follows, apart)| *follows || *apart,
        )
        .await;
        if follows {
            return apart;
        }
        self.has_copied(&addr.to_string()).await;
        true
    }

    /// Whether any watcher keeps a node apart.
    async fn set_apart(&self, addr: &Addr) -> bool {
        let apart = self.nodes_that(|node| !node["set_apart"].is_null()).await;
        apart.contains(&addr.to_string())
    }

    /// The addresses of the nodes of which any watcher says so.
    async fn nodes_that(&self, says: impl Fn(&Json) -> bool) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for watcher in &self.fleet.watchers {
            let status = watcher.text(&["PIKAFO", "STATUS", NAME]).await;
            let status: Json = serde_json::from_str(&status).unwrap_or_default();
            let nodes = status["clusters"][0]["nodes"].as_array();
            let those = nodes.into_iter().flatten().filter(|node| says(node));
            found.extend(those.filter_map(|node| node["addr"].as_str().map(str::to_owned)));
        }
        found
    }

    /// Waits until everybody agrees and nothing is left of the fault, and gives the master. Where a watcher keeps apart who
    /// has long been taken in, an operator helps once more, and it is written down.
    async fn in_order(&mut self, event: usize) -> usize {
        let master = self.fleet.master().await;
        self.fleet.linked(master).await;
        let give_up = clock::mono() + ORDER;
        loop {
            let apart = self.nodes_that(|node| !node["set_apart"].is_null()).await;
            if apart.is_empty() {
                break;
            }
            if clock::mono() > give_up {
                let text = format!("event {event}: {apart:?} follow and are kept apart");
                self.helped.push(text);
                for node in &apart {
                    self.has_copied(node).await;
                }
                break;
            }
            sleep(ms(50)).await;
        }
        until(
            "nodes without a fence",
            async || {
                let rules = self
                    .fleet
                    .nodes
                    .iter()
                    .map(|node| node.ask(&["ACL", "LIST"]));
                let rules = join_all(rules).await.into_iter().flatten();
                rules
                    .flat_map(|rules| reply::texts(&rules))
                    .collect::<Vec<_>>()
            },
            |rules| !rules.iter().any(|rule| rule.contains("-@write")),
        )
        .await;
        self.fleet.in_order().await;
        self.fleet.master().await
    }

    /// Has an operator's command discard what a node has.
    async fn has_copied(&self, node: &str) {
        until(
            "a repoint that is carried out",
            async || {
                let said = self.pikafo(&["repoint", node, "--resync", "--yes"]).await;
                let text = String::from_utf8_lossy(&said.stderr).into_owned();
                (said.status.code(), text)
            },
            |(code, _)| *code == Some(0),
        )
        .await;
    }

    /// Runs the program as an operator does.
    async fn pikafo(&self, args: &[&str]) -> Output {
        let mut command = operator(&self.config);
        command.args(args);
        let ended = tokio::task::spawn_blocking(move || command.output());
        ended.await.expect("it was waited for").expect("it runs")
    }

    fn gauges(&self) -> Vec<Gauge> {
        self.fleet.watchers.iter().map(Gauge::of).collect()
    }

    fn needs_no_more(&mut self, night: &Night) {
        for (number, (before, after)) in night.before.iter().zip(&night.after).enumerate() {
            let files = after.files > before.files + MORE_FILES;
            let memory = after.resident_kib > before.resident_kib + MORE_KIB;
            if files || memory {
                let text = format!("watcher {number} needed {before:?} and now {after:?}");
                self.broken.push(text);
            }
        }
    }

    fn breaks(&mut self, what: &str, event: &Event) {
        self.broken.push(format!("{what}: {event:?}"));
    }

    fn exceeds(&mut self, what: &str, event: &Event) {
        self.beyond.push(format!("{what}: {event:?}"));
    }
}

fn since(moment: Mono) -> f64 {
    millis(clock::mono().duration_since(moment))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
