//! What a watcher does between failovers, each beside redis-sentinel: scripts that hang, what is shown of nodes, and the
//! address that it gives on each of its ways.

use std::sync::Arc;
use std::time::Duration;

use pikafo::host::clock;
use pikafo::node::ear::Ear;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;
use pikafo::node::net::Tcp;
use pikafo::node::reply;
use redis::Value;

use super::kit::beliefs;
use super::kit::fleet::ms;
use super::kit::kind::Kind;
use super::kit::kind::PIKAFO;
use super::kit::kind::Settings;
use super::kit::kind::Watched;
use super::kit::line::Line;
use super::kit::net::Network;
use super::kit::process::Process;
use super::kit::process::free_addr;
use super::kit::wait::until;

const NAME: &str = "orders";

/// Longer than anybody takes.
const LONG: Duration = Duration::from_secs(60);

/// A script that never ends is ended by the watcher once the node counts as down.
async fn script_is_ended(kind: Kind) {
    let dir = tempfile::tempdir().unwrap();
    let lines = ["busy-reply-threshold 100"];
    let node = Process::redis(&dir.path().join("n"), &free_addr(), &lines).await;
    let settings = Settings {
        down_after: ms(1000),
        ..Settings::default()
    };
    let whole = [Watched {
        name: NAME.to_owned(),
        nodes: vec![node.addr().clone()],
    }];
    let home = dir.path().join("w");
    let watcher = kind
        .start(&[], &home, &free_addr(), &[], &whole, settings)
        .await;
    until(
        "a master that is known to be well",
        async || beliefs::master_field(&watcher, NAME, "flags").await,
        |flags| flags.as_deref() == Some("master"),
    )
    .await;
    let mut line = Line::to(node.addr(), LONG);
    let said = line.ask(&["EVAL", "while true do end", "0"]).await;
    let fault = said.unwrap_err();
    assert!(fault.text.contains("Script killed by user"), "{fault}");
    assert_eq!(node.text(&["PING"]).await, "PONG");
}

#[tokio::test]
async fn redis_sentinel_ends_a_script_that_hangs() {
    script_is_ended(Kind::Sentinel).await;
}

#[tokio::test]
async fn a_script_that_hangs_is_ended() {
    script_is_ended(Kind::Pikafo).await;
}

/// The texts of INFO-CACHE, the master's first; empty where there is none.
async fn cached(watcher: &Process) -> Vec<String> {
    let Some(Value::Array(told)) = watcher.ask(&["SENTINEL", "INFO-CACHE", NAME]).await else {
        return Vec::new();
    };
    let Some(Value::Array(nodes)) = told.into_iter().nth(1) else {
        return Vec::new();
    };
    let text = |node: &Value| {
        let Value::Array(entry) = node else {
            panic!("{node:?}");
        };
        entry.get(1).and_then(reply::text).unwrap_or_default()
    };
    nodes.iter().map(text).collect()
}

fn headings(info: &str) -> Vec<&str> {
    info.lines().filter(|line| line.starts_with('#')).collect()
}

async fn info_is_shown_whole(kind: Kind) {
    let dir = tempfile::tempdir().unwrap();
    let master = Process::redis(&dir.path().join("n0"), &free_addr(), &[]).await;
    let mut replica = Process::redis(&dir.path().join("n1"), &free_addr(), &[]).await;
    let port = master.addr().port().to_string();
    let followed = replica.ask(&["SLAVEOF", master.addr().host(), &port]).await;
    followed.expect("a fresh server follows");
    let whole = [Watched {
        name: NAME.to_owned(),
        nodes: vec![master.addr().clone(), replica.addr().clone()],
    }];
    let settings = Settings::default();
    let home = dir.path().join("w");
    let watcher = kind
        .start(&[], &home, &free_addr(), &[], &whole, settings)
        .await;
    let texts = until(
        "what both nodes say of themselves",
        async || cached(&watcher).await,
        |texts| texts.len() == 2 && texts.iter().all(|text| text.contains("# Keyspace")),
    )
    .await;
    for (text, node) in texts.iter().zip([&master, &replica]) {
        let own = node.text(&["INFO"]).await;
        assert_eq!(headings(text), headings(&own));
        assert!(text.contains(&format!("tcp_port:{}", node.addr().port())));
    }
    // Of one that is gone there is what it said last.
    replica.sigkill();
    until(
        "a replica that is known to be down",
        async || beliefs::fields(&watcher, "REPLICAS", NAME, "flags").await,
        |flags| flags.concat().contains("s_down"),
    )
    .await;
    let texts = cached(&watcher).await;
    assert!(texts[1].contains("role:slave"), "{}", texts[1]);
}

#[tokio::test]
async fn redis_sentinel_shows_whole_info() {
    info_is_shown_whole(Kind::Sentinel).await;
}

#[tokio::test]
async fn info_of_every_node_is_shown_whole() {
    info_is_shown_whole(Kind::PikafoOnConf).await;
}

/// The address in the first hello on a server.
async fn hello_on(node: &Process) -> String {
    let net: Net = Arc::new(Tcp);
    let spec = LinkSpec::plain(node.addr(), LONG);
    let channel = "__sentinel__:hello";
    let mut ear = Ear::open(&spec, LONG, "test", channel, &net).await.unwrap();
    let hello = clock::timeout(LONG, ear.next()).await.unwrap().unwrap();
    let mut fields = hello.split(',');
    let (ip, port) = (fields.next().unwrap(), fields.next().unwrap());
    format!("{ip}:{port}")
}

/// A watcher that reaches one cluster over the network and one on its own host gives each the address that they see.
async fn each_way_has_its_address(program: &str, args: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let network = Network::new(2);
    let open = ["protected-mode no", "bind 0.0.0.0"];
    let mut nodes = Vec::new();
    for number in 0..2 {
        let (home, addr) = (
            dir.path().join(format!("n{number}")),
            network.addr(number, 6379),
        );
        nodes.push(Process::redis_by(&network.on(number), &home, &addr, &open).await);
    }
    let home = dir.path().join("w");
    std::fs::create_dir(&home).unwrap();
    let conf = format!(
        "port 26379\nprotected-mode no\ndir {}\nsentinel monitor near 127.0.0.1 6379 1\nsentinel monitor far {} 6379 1\n",
        home.display(),
        nodes[1].addr().host()
    );
    let path = home.join("sentinel.conf");
    std::fs::write(&path, conf).unwrap();
    let path = path.display().to_string();
    let args: Vec<&str> = args.iter().copied().chain([&*path]).collect();
    let own = network.addr(0, 26379);
    let _watcher = Process::start_by(&network.on(0), program, &args, &home, &own).await;
    assert_eq!(hello_on(&nodes[0]).await, "127.0.0.1:26379");
    assert_eq!(hello_on(&nodes[1]).await, own.to_string());
}

#[tokio::test]
async fn redis_sentinel_gives_each_way_its_address() {
    each_way_has_its_address("redis-sentinel", &[]).await;
}

#[tokio::test]
async fn each_way_is_given_its_own_address() {
    each_way_has_its_address(PIKAFO, &["watch", "--sentinel-conf"]).await;
}
