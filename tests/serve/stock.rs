//! Beside Debian's `redis-sentinel`: the same questions to both, and the answers have the same shapes.
//!
//! Our server is fed with what stock itself says of the very servers that it watches. What may differ is said
//! in the table, with the reason.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::engine::action::Reply;
use pikafo::decide::facts::Link;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::serve::desk::CachedInfo;
use pikafo::serve::desk::Pulse;
use pikafo::serve::hall::Limits;

use super::desk::NOW_US;
use super::desk::TestDesk;
use super::desk::cluster;
use super::desk::node;
use super::desk::serve;
use super::desk::watcher;
use super::wire::Seen;
use super::wire::Wire;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::live::until::until;

/// How much of the answer has to be the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Like {
    /// Types, lengths, order, and every text but those that change by themselves.
    All,
    /// Types, to the leaves. Lists may be of other lengths.
    Types,
    /// The type of the whole.
    Kind,
}

use Like::All;
use Like::Kind;
use Like::Types;

const QUESTIONS: &[(&str, Like)] = &[
    ("PING", All),
    ("PING hello", All),
    ("PING a b", All),
    ("HELLO 9", All),
    ("HELLO x", All),
    ("HELLO 3 FOO", All),
    ("HELLO 3 SETNAME", All),
    ("HELLO 3 AUTH a b", All),
    ("AUTH", All),
    ("AUTH a", All),
    ("AUTH a b", All),
    ("AUTH default b", All),
    ("AUTH a b c", All),
    ("ROLE", All),
    ("ROLE a", All),
    ("INFO sentinel", All),
    ("INFO nope", All),
    // Of the other sections exporters read a few lines; those are compared below.
    ("INFO", Kind),
    ("GET a", All),
    ("get", All),
    ("CONFIG GET *", All),
    ("FOO bar baz", All),
    ("SELECT 0", All),
    ("MONITOR", All),
    ("PUBLISH a b", All),
    ("PUBLISH a", All),
    ("PUBLISH __sentinel__:hello b", All),
    ("SHUTDOWN foo", All),
    ("SUBSCRIBE", All),
    ("PSUBSCRIBE", All),
    ("CLIENT", All),
    ("CLIENT ID", Kind),
    ("CLIENT ID x", All),
    ("CLIENT GETNAME", All),
    ("CLIENT SETNAME me", All),
    ("CLIENT GETNAME", All),
    ("CLIENT INFO", Kind),
    ("CLIENT LIST", Kind),
    ("CLIENT LIST TYPE foo", All),
    ("CLIENT LIST ID x", All),
    ("CLIENT LIST FOO", All),
    ("CLIENT KILL 1.2.3.4:5", All),
    ("CLIENT KILL ID 999999", All),
    ("CLIENT KILL ID 0", All),
    ("CLIENT KILL TYPE foo", All),
    ("CLIENT KILL USER nope", All),
    ("CLIENT KILL FOO bar", All),
    ("CLIENT NO-EVICT on", All),
    ("CLIENT NO-EVICT foo", All),
    ("CLIENT REPLY foo", All),
    ("CLIENT REPLY on", All),
    ("CLIENT UNPAUSE", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT GETREDIR", All),
    ("CLIENT UNBLOCK 5", All),
    ("CLIENT UNBLOCK x", All),
    ("CLIENT UNBLOCK 5 ERROR", All),
    ("CLIENT UNBLOCK 5 FOO", All),
    ("CLIENT CACHING foo", All),
    ("CLIENT MAINT_NOTIFICATIONS ON", All),
    ("CLIENT HELP", Types),
    ("ACL", All),
    ("ACL FOO", All),
    ("ACL WHOAMI", All),
    ("ACL WHOAMI x", All),
    ("ACL USERS", All),
    ("ACL LIST", All),
    ("ACL GETUSER default", All),
    ("ACL GETUSER nope", All),
    ("ACL CAT", All),
    ("ACL CAT connection", Types),
    ("ACL CAT foo", All),
    ("ACL LOG RESET", All),
    ("ACL LOG", All),
    ("ACL LOG x", All),
    ("ACL DRYRUN default ping", All),
    ("ACL DRYRUN nope ping", All),
    ("ACL HELP", Types),
    ("ACL SAVE", All),
    ("ACL LOAD", All),
    ("ACL LOG -1", All),
    ("ACL SETUSER", All),
    ("ACL SETUSER bob reset >x +foo", All),
    ("ACL SETUSER bob +@foo", All),
    ("ACL SETUSER bob +sentinel|foo", All),
    ("ACL SETUSER bob #zz", All),
    ("ACL SETUSER bob <zz", All),
    ("ACL SETUSER bob &* &x", All),
    ("ACL SETUSER bob ~* ~x", All),
    ("ACL SETUSER bob foo", All),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob reset on >x ~a* &+s* +ping +SENTINEL|masters -sentinel",
        All,
    ),
    ("ACL LIST", All),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob allcommands -sentinel|set allchannels nopass",
        All,
    ),
    ("ACL LIST", All),
    (
        "ACL SETUSER bob -@all +sentinel|master +ping resetchannels &b off",
        All,
    ),
    ("ACL USERS", All),
    ("AUTH bob x", All),
    ("ACL DRYRUN bob sentinel masters", All),
    ("ACL DRYRUN bob sentinel master x", All),
    ("ACL DRYRUN bob sentinel master", All),
    ("ACL DRYRUN bob get", All),
    ("ACL DELUSER default", All),
    ("ACL DELUSER bob nope", All),
    ("ACL DELUSER bob", All),
    ("COMMAND COUNT", Kind),
    ("COMMAND COUNT x", All),
    ("COMMAND LIST", Types),
    ("COMMAND FOO", All),
    ("COMMAND HELP", Types),
    ("COMMAND GETKEYS get a", All),
    ("COMMAND DOCS nope", All),
    ("SENTINEL", All),
    ("SENTINEL FOO", All),
    ("SENTINEL HELP", Types),
    ("SENTINEL HELP x", All),
    ("SENTINEL MYID", Types),
    ("SENTINEL MASTERS", All),
    ("SENTINEL MASTERS x", All),
    ("SENTINEL MASTER", All),
    ("SENTINEL MASTER orders", All),
    ("SENTINEL MASTER nope", All),
    ("SENTINEL REPLICAS orders", All),
    ("SENTINEL SLAVES orders", All),
    ("SENTINEL SLAVES nope", All),
    ("SENTINEL SENTINELS orders", All),
    ("SENTINEL SENTINELS nope", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME orders", All),
    ("sentinel get-master-addr-by-name nope", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 x 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 x *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 99999 0 *", All),
    ("SENTINEL CKQUORUM orders", All),
    ("SENTINEL CKQUORUM nope", All),
    ("SENTINEL FAILOVER nope", All),
    ("SENTINEL RESET nope*", All),
    ("SENTINEL MONITOR", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 x", All),
    ("SENTINEL MONITOR a 127.0.0.1 x 1", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 0", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 -1", All),
    ("SENTINEL MONITOR a 127.0.0.1 70000 1", All),
    ("SENTINEL MONITOR orders 127.0.0.1 1 1", All),
    ("SENTINEL REMOVE nope", All),
    ("SENTINEL SET orders", All),
    ("SENTINEL SET nope quorum 1", All),
    ("SENTINEL SET orders quorum 0", All),
    ("SENTINEL SET orders quorum x", All),
    ("SENTINEL SET orders QUORUM 9", All),
    ("SENTINEL SET orders foo 1", All),
    ("SENTINEL SET orders quorum 9 foo", All),
    ("SENTINEL SET orders parallel-syncs x", All),
    ("SENTINEL SET orders failover-timeout 0", All),
    ("SENTINEL SET orders down-after-milliseconds 0", All),
    ("SENTINEL SET orders rename-command a", All),
    ("SENTINEL SET orders notification-script /nope", All),
    ("SENTINEL SET orders client-reconfig-script /nope", All),
    ("SENTINEL CONFIG", All),
    ("SENTINEL CONFIG GET announce*", All),
    ("SENTINEL CONFIG GET nope", All),
    // 7.2 knows a seventh, the level of the log.
    ("SENTINEL CONFIG GET *", Types),
    // 7.2 takes several, and says so.
    ("SENTINEL CONFIG GET", Kind),
    ("SENTINEL CONFIG FOO x", Kind),
    ("SENTINEL CONFIG SET nope x", All),
    ("SENTINEL CONFIG SET announce-port x", All),
    ("SENTINEL CONFIG SET announce-port 70000", All),
    ("SENTINEL CONFIG SET resolve-hostnames foo", All),
    ("SENTINEL FLUSHCONFIG", All),
    ("SENTINEL INFO-CACHE", All),
    ("SENTINEL INFO-CACHE nope", All),
    ("SENTINEL INFO-CACHE orders", Types),
    ("SENTINEL PENDING-SCRIPTS", All),
    ("SENTINEL SIMULATE-FAILURE", All),
    ("SENTINEL SIMULATE-FAILURE help", All),
    ("SENTINEL SIMULATE-FAILURE foo", All),
    ("SENTINEL DEBUG", All),
    ("SENTINEL DEBUG foo", All),
    ("SENTINEL DEBUG info-period x", All),
    ("SENTINEL DEBUG info-period 0", All),
    ("SENTINEL DEBUG info-period 10000 ping-period", All),
    // Last, for they change what the connection may do.
    ("SUBSCRIBE a", All),
    ("PSUBSCRIBE +*", All),
    ("SENTINEL MYID", Types),
    ("SENTINEL FOO", All),
    ("GET a", All),
    ("PING", All),
    ("PING hi", All),
    ("UNSUBSCRIBE c", All),
    ("UNSUBSCRIBE a", All),
    ("UNSUBSCRIBE", All),
    ("PUNSUBSCRIBE", All),
    ("PUNSUBSCRIBE x", All),
    ("PING", All),
];

/// Fields that are another number each time one looks.
const MOVING: &[&str] = &[
    "link-pending-commands",
    "last-ping-sent",
    "last-ok-ping-reply",
    "last-ping-reply",
    "info-refresh",
    "role-reported-time",
    "slave-repl-offset",
    "last-hello-message",
];

#[tokio::test]
async fn what_stock_answers_we_answer() {
    let scene = Scene::new().await;
    let ours = serve(&scene.desk, Limits::default()).await;
    let mut differing = Vec::new();
    for greeting in ["HELLO 2", "HELLO 3"] {
        let mut stock = Wire::open(scene.stock.addr().port()).await;
        let mut mine = Wire::open(ours.port).await;
        // The version and the number of the connection are each one's own.
        let (their_hello, my_hello) = (stock.ask(greeting).await, mine.ask(greeting).await);
        compare(greeting, Types, &their_hello, &my_hello, &mut differing);
        for (line, like) in QUESTIONS {
            let theirs = stock.ask(line).await;
            let own = mine.ask(line).await;
            compare(
                &format!("{greeting}, {line}"),
                *like,
                &theirs,
                &own,
                &mut differing,
            );
        }
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

/// A user who may do little may do as little here.
#[tokio::test]
async fn what_stock_forbids_is_forbidden() {
    let scene = Scene::new().await;
    let ours = serve(&scene.desk, Limits::default()).await;
    let mut differing = Vec::new();
    for rules in [
        "-@all +ping +sentinel|master",
        "+@all -@dangerous",
        "+@all -@admin allchannels",
        "-@all +@connection +@pubsub &a*",
        "-@all +@slow -@connection",
        "-@all +sentinel -sentinel|set",
    ] {
        let mut stock = Wire::open(scene.stock.addr().port()).await;
        let mut mine = Wire::open(ours.port).await;
        let set = format!("ACL SETUSER bob reset on >x {rules}");
        for line in [
            set.as_str(),
            "AUTH bob x",
            "PING",
            "ACL WHOAMI",
            "ACL USERS",
            "CLIENT GETNAME",
            "CLIENT LIST TYPE replica",
            "COMMAND COUNT x",
            "ROLE a",
            "ROLE",
            "INFO nope",
            "SENTINEL MASTER orders",
            "SENTINEL MASTER",
            "SENTINEL SET orders quorum 9",
            "SENTINEL FOO",
            "GET a",
            "SHUTDOWN foo",
            "PUBLISH b b",
            "PUBLISH a b",
            "SUBSCRIBE b",
            "PSUBSCRIBE a",
            "SUBSCRIBE a1",
            "PSUBSCRIBE a*",
            "UNSUBSCRIBE a1",
        ] {
            let (theirs, own) = (stock.ask(line).await, mine.ask(line).await);
            compare(
                &format!("{rules}, {line}"),
                All,
                &theirs,
                &own,
                &mut differing,
            );
        }
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

#[tokio::test]
async fn every_command_is_in_stocks_categories() {
    let scene = Scene::new().await;
    let ours = serve(&scene.desk, Limits::default()).await;
    let mut stock = Wire::open(scene.stock.addr().port()).await;
    let mut mine = Wire::open(ours.port).await;
    let names = |seen: Seen| {
        let names = seen.items.into_iter().map(|item| item.text);
        names.collect::<BTreeSet<String>>()
    };
    let all = names(stock.ask("COMMAND LIST").await);
    for category in names(stock.ask("ACL CAT").await) {
        let line = format!("ACL CAT {category}");
        let mut own = names(mine.ask(&line).await);
        own.retain(|name| all.contains(name));
        assert_eq!(own, names(stock.ask(&line).await), "{category}");
    }
}

#[tokio::test]
async fn info_has_the_lines_that_are_read() {
    let scene = Scene::new().await;
    let ours = serve(&scene.desk, Limits::default()).await;
    let lines = async |port| {
        let text = Wire::open(port).await.ask("INFO").await.text;
        let names = text
            .lines()
            .map(|line| line.split(':').next().unwrap().to_owned());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>()
    };
    let stock = lines(scene.stock.addr().port()).await;
    let mine = lines(ours.port).await;
    let own = [
        "pikafo_version",
        // 7.4 has it.
        "pubsub_clients",
        // 8.0 has it.
        "client_output_buffer_limit_disconnections",
    ];
    let shared: Vec<_> = mine
        .iter()
        .filter(|name| !own.contains(&name.as_str()))
        .collect();
    // Ours are stock's, in stock's order; what we do not have is about memory and keys.
    let in_order: Vec<_> = stock.iter().filter(|name| shared.contains(name)).collect();
    assert_eq!(shared, in_order);
    for name in [
        "redis_version",
        "redis_mode",
        "run_id",
        "tcp_port",
        "uptime_in_seconds",
        "master0",
    ] {
        assert!(mine.iter().any(|line| line == name), "{name}");
    }
}

/// What is not RESP is refused in the same words, and the connection ends.
#[tokio::test]
async fn broken_requests_meet_the_same_end() {
    let scene = Scene::new().await;
    let ours = serve(&scene.desk, Limits::default()).await;
    let long_line = [b"a".repeat(70_000).as_slice(), b"\r\n"].concat();
    let long_count = [b"*1\r\n$".as_slice(), &b"1".repeat(70_000)].concat();
    for broken in [
        b"*3\r\n:1\r\n".as_slice(),
        b"*x\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$x\r\n",
        b"*1\r\n$999999999999\r\n",
        b"SENTINEL \"a\r\n",
        &long_line[..66_000],
        &long_count,
    ] {
        let mut ends = Vec::new();
        for port in [scene.stock.addr().port(), ours.port] {
            let mut wire = Wire::open(port).await;
            wire.send(broken).await;
            ends.push((wire.try_next().await, wire.try_next().await));
        }
        let head = String::from_utf8_lossy(&broken[..broken.len().min(20)]).into_owned();
        assert!(
            ends[0].0.is_some() && ends[0].1.is_none(),
            "{head:?}: {ends:?}"
        );
        assert_eq!(ends[0], ends[1], "{head:?}");
    }
    for odd in [
        b"\r\n\r\nPING\r\n".as_slice(),
        b"*-1\r\nPING\r\n",
        b"*0\r\nPING\r\n",
        b"*1\r\n$0\r\n\r\n",
        b"*1\r\n$4\r\nPINGxx",
    ] {
        let mut answers = Vec::new();
        for port in [scene.stock.addr().port(), ours.port] {
            let mut wire = Wire::open(port).await;
            wire.send(odd).await;
            answers.push(wire.next().await);
        }
        assert_eq!(answers[0], answers[1], "{odd:?}");
    }
}

/// A master, its replica, two Sentinels that know each other, and a desk that sees what the first one sees.
struct Scene {
    stock: Sentinel,
    desk: Arc<TestDesk>,
    _peer: Sentinel,
    _servers: [RedisServer; 2],
}

impl Scene {
    async fn new() -> Self {
        let master = RedisServer::start(&[]);
        let replica = RedisServer::start(&[]);
        replica.follow(&master).await;
        let never = Duration::from_secs(3600);
        let stock = Sentinel::watching(master.addr(), never).await;
        let peer = Sentinel::watching(master.addr(), never).await;
        let mut wire = Wire::open(stock.addr().port()).await;
        let mut known = async |line: &str, state: &str| {
            until(
                async || wire.say(line).await,
                |said| said.contains(state) && !said.contains("disconnected"),
            )
            .await;
            wire.ask(line).await.items
        };
        let replicas = known("SENTINEL REPLICAS orders", "master-link-status ok").await;
        let peers = known("SENTINEL SENTINELS orders", "flags sentinel ").await;
        let masters = known("SENTINEL MASTERS", "flags master ").await;
        let peer_id = field(&peers[0], "runid");

        let desk = TestDesk::new();
        let at = |seen: &Seen| {
            let port = field(seen, "port").parse().unwrap();
            Addr::new(&field(seen, "ip"), port)
        };
        let mut nodes = Vec::new();
        for (seen, role) in [(&masters[0], Role::Master), (&replicas[0], Role::Replica)] {
            let mut picture = node(&at(seen).to_string(), role);
            picture.run_id = field(seen, "runid");
            picture.master = (role == Role::Replica).then(|| master.addr().clone());
            picture.link = if role == Role::Replica {
                Link::Up
            } else {
                Link::None
            };
            nodes.push(picture);
        }
        let mut picture = cluster("orders", nodes);
        picture.config_epoch = 0;
        picture.quorum = 9;
        picture.down_after_ms = 3_600_000;
        picture.failover_timeout_ms = 180_000;
        picture.watchers = vec![watcher(&peer_id)];
        picture.watchers[0].addr = at(&peers[0]);
        {
            let mut world = desk.world();
            world.snapshot.clusters = vec![Arc::new(picture)];
            world.pulse = Pulse {
                alive_us: NOW_US,
                answered_us: NOW_US,
                hello_us: Some(NOW_US),
                ..Pulse::default()
            };
            world.globals.deny_scripts_reconfig = true;
            let info = CachedInfo {
                age_ms: 1,
                text: Some("# Server\r\n".into()),
            };
            world.cached = vec![info.clone(), info];
            // Twice in each protocol, for the questions above.
            world.answers = std::iter::repeat_n(
                Reply::Vote {
                    down: false,
                    leader: None,
                    leader_epoch: 0,
                },
                4,
            )
            .collect();
        }
        Self {
            stock,
            desk,
            _peer: peer,
            _servers: [master, replica],
        }
    }
}

/// A field of an instance as RESP2 has it.
fn field(seen: &Seen, name: &str) -> String {
    let found = seen.items.chunks(2).find(|pair| pair[0].text == name);
    found.unwrap_or_else(|| panic!("{name} in {seen}"))[1]
        .text
        .clone()
}

fn compare(question: &str, like: Like, stock: &Seen, own: &Seen, differing: &mut Vec<String>) {
    if !alike(like, "", stock, own) {
        differing.push(format!("{question}\n  stock: {stock}\n  ours:  {own}"));
    }
}

/// Whether two replies are alike; `name` is what stands before them in a list of fields.
fn alike(like: Like, name: &str, stock: &Seen, own: &Seen) -> bool {
    if stock.kind != own.kind || like == Kind {
        return stock.kind == own.kind;
    }
    if like == Types {
        return match (stock.items.first(), own.items.first()) {
            (Some(one), Some(other)) => alike(Types, "", one, other),
            (one, other) => one.is_some() == other.is_some(),
        };
    }
    let same_text = stock.text == own.text
        || MOVING.contains(&name) && is_number(&stock.text) && is_number(&own.text);
    let names = std::iter::once("").chain(stock.items.iter().map(|item| item.text.as_str()));
    same_text
        && stock.items.len() == own.items.len()
        && names
            .zip(stock.items.iter().zip(&own.items))
            .all(|(name, (one, other))| alike(All, name, one, other))
}

fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}
