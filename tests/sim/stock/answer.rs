//! What a Sentinel answers, as far as peers, pikafo and the simulation's clients ask.

use std::fmt::Write as _;
use std::sync::Arc;

use pikafo::decide::name::Addr;
use pikafo::decide::watcher::CHANNEL;
use pikafo::lab::pubsub::By;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;
use tokio::sync::mpsc;

use super::failover;
use super::fields;
use super::hello;
use super::state::Master;
use super::state::Node;
use super::state::Phase;
use super::state::State;
use super::vote;

type Sink = mpsc::UnboundedSender<Reply>;

/// Answers one request of connection `id`.
pub(super) fn answer(
    node: &Arc<Node>,
    state: &mut State,
    id: u64,
    sink: &Sink,
    words: &Request,
) -> Reply {
    let texts: Vec<String> = words
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let name = texts[0].to_lowercase();
    let args: Vec<&str> = texts[1..].iter().map(String::as_str).collect();
    match (name.as_str(), args.as_slice()) {
        ("ping", _) => Reply::Simple("PONG".to_owned()),
        ("publish", [CHANNEL, text]) => {
            hello::take(node, state, text, node.now());
            Reply::Integer(1)
        }
        ("publish", [_, _]) => {
            Reply::error("ERR Only HELLO messages are accepted by Sentinel instances.")
        }
        ("sentinel", [sub, args @ ..]) => sentinel(node, state, &sub.to_lowercase(), args),
        ("info", _) => info(node, state),
        ("role", _) => {
            let names = state.masters.keys();
            Reply::Array(vec![Reply::bulk("sentinel"), Reply::bulks(names)])
        }
        ("client", [sub, ..]) if sub.eq_ignore_ascii_case("setname") => Reply::ok(),
        ("subscribe", [_, ..]) => state.hub.subscribe(id, sink, By::Channel, &words[1..]),
        ("psubscribe", [_, ..]) => state.hub.subscribe(id, sink, By::Pattern, &words[1..]),
        ("unsubscribe", _) => state.hub.unsubscribe(id, By::Channel, &words[1..]),
        ("punsubscribe", _) => state.hub.unsubscribe(id, By::Pattern, &words[1..]),
        _ => {
            let args: Vec<String> = args.iter().map(|arg| format!("'{arg}' ")).collect();
            let args = args.concat();
            Reply::error(format!(
                "ERR unknown command '{}', with args beginning with: {args}",
                texts[0]
            ))
        }
    }
}

fn sentinel(node: &Arc<Node>, state: &mut State, sub: &str, args: &[&str]) -> Reply {
    match (sub, args) {
        ("myid", []) => Reply::bulk(&state.id),
        ("masters", []) => {
            let masters = state.masters.values();
            Reply::Array(masters.map(|m| fields::master(m, node.now())).collect())
        }
        ("get-master-addr-by-name", [name]) => {
            let addr = state.masters.get(*name).map(Master::current);
            addr.map_or(Reply::NilArray, |addr| {
                Reply::bulks([addr.host().to_owned(), addr.port().to_string()])
            })
        }
        ("is-master-down-by-addr", [host, port, epoch, candidate]) => {
            match (port.parse(), epoch.parse()) {
                (Ok(port), Ok(epoch)) => {
                    is_down(node, state, &Addr::new(host, port), epoch, candidate)
                }
                _ => Reply::error("ERR value is not an integer or out of range"),
            }
        }
        ("master" | "replicas" | "slaves" | "sentinels" | "ckquorum" | "failover", [name]) => {
            let Some(mut master) = state.masters.remove(*name) else {
                return Reply::error("ERR No such master with that name");
            };
            let reply = of_master(node, state, sub, &mut master);
            state.masters.insert((*name).to_owned(), master);
            reply
        }
        _ => Reply::error(format!(
            "ERR unknown subcommand '{sub}'. Try SENTINEL HELP."
        )),
    }
}

fn of_master(node: &Node, state: &mut State, sub: &str, master: &mut Master) -> Reply {
    let now = node.now();
    match sub {
        "master" => fields::master(master, now),
        "replicas" | "slaves" => {
            let shown = master.replicas.values().filter(|one| one.announced);
            Reply::Array(shown.map(|one| fields::replica(master, one, now)).collect())
        }
        "sentinels" => {
            let all = master.sentinels.values();
            Reply::Array(all.map(|one| fields::sentinel(master, one, now)).collect())
        }
        "ckquorum" => quorum(master),
        _ if master.phase != Phase::None => Reply::error("INPROG Failover already in progress"),
        _ if failover::choose(master, now).is_none() => {
            Reply::error("NOGOODSLAVE No suitable replica to promote")
        }
        _ => {
            failover::start(state, master, now);
            master.forced = true;
            Reply::ok()
        }
    }
}

fn quorum(master: &Master) -> Reply {
    let usable = 1 + master
        .sentinels
        .values()
        .filter(|one| !one.is_down())
        .count();
    let voters = master.sentinels.len() + 1;
    let mut text = String::new();
    if usable < master.monitor.quorum {
        text.push_str(
            "Not enough available Sentinels to reach the specified quorum for this master",
        );
    }
    if usable < voters / 2 + 1 {
        if !text.is_empty() {
            text.push_str(". ");
        }
        text.push_str(
            "Not enough available Sentinels to reach the majority and authorize a failover",
        );
    }
    if text.is_empty() {
        Reply::Simple(format!(
            "OK {usable} usable Sentinels. Quorum and failover authorization can be reached"
        ))
    } else {
        Reply::error(format!("NOQUORUM {usable} usable Sentinels. {text}"))
    }
}

/// Asked by address; a vote is given even by one who does not see the master down.
fn is_down(node: &Node, state: &mut State, addr: &Addr, epoch: u64, candidate: &str) -> Reply {
    let mut named = state
        .masters
        .iter()
        .filter(|(_, master)| master.own.addr == *addr);
    let name = named.next().map(|(name, _)| name.clone());
    let Some(mut master) = name.as_ref().and_then(|name| state.masters.remove(name)) else {
        return ballot(false, None, 0);
    };
    let down = master.own.is_down() && state.tilt_since.is_none();
    let (leader, at) = if candidate == "*" {
        (None, 0)
    } else {
        vote::give(node, state, &mut master, epoch, candidate, node.now())
    };
    state.masters.insert(name.unwrap_or_default(), master);
    ballot(down, leader, at)
}

fn ballot(down: bool, leader: Option<String>, epoch: u64) -> Reply {
    Reply::Array(vec![
        Reply::Integer(i64::from(down)),
        Reply::bulk(leader.unwrap_or_else(|| "*".to_owned())),
        Reply::Integer(i64::try_from(epoch).unwrap()),
    ])
}

fn info(node: &Node, state: &State) -> Reply {
    let mut text = format!(
        "# Server\r\nredis_version:7.0.15\r\nredis_mode:sentinel\r\nrun_id:{}\r\ntcp_port:{}\r\n\
         \r\n# Sentinel\r\nsentinel_masters:{}\r\nsentinel_tilt:{}\r\n",
        state.run_id,
        node.options.addr.port(),
        state.masters.len(),
        u8::from(state.tilt_since.is_some()),
    );
    for (number, master) in state.masters.values().enumerate() {
        let word = match (master.o_down_since, master.own.s_down_since) {
            (Some(_), _) => "odown",
            (None, Some(_)) => "sdown",
            (None, None) => "ok",
        };
        write!(
            text,
            "master{number}:name={},status={word},address={}:{},slaves={},sentinels={}\r\n",
            master.monitor.name,
            master.own.addr.host(),
            master.own.addr.port(),
            master.replicas.len(),
            master.sentinels.len() + 1
        )
        .unwrap();
    }
    Reply::Text(text)
}
