//! Commands on the server itself: connections, configuration, roles, permissions, channels.

use bytes::Bytes;
use pikafo::host::clock;
use pikafo::lab::pubsub::By;
use pikafo::serve::resp::Protocol;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;

use super::client;
use super::command::Command;
use super::exec::End;
use super::exec::Outcome;
use super::exec::lower;
use super::exec::refuse;
use super::info;
use super::keyspace::DATABASES;
use super::session::Session;
use super::state::Node;
use super::state::State;
use super::stream::Link;

/// Carries a command out that is not about data.
pub(super) fn run(
    node: &Node,
    state: &mut State,
    session: &mut Session,
    command: &Command,
    words: &Request,
    told: &mut Vec<(Option<usize>, Request)>,
) -> Outcome {
    match command.name {
        "acl" => acl(state, words).into(),
        "auth" => auth(words).into(),
        "bgsave" => {
            node.save(state);
            Reply::Simple("Background saving started".to_owned()).into()
        }
        "client" => client::run(node, state, session, words),
        "command" => Reply::Array(Vec::new()).into(),
        "config" => config(node, state, words).into(),
        "echo" => Reply::Bulk(words[1].clone()).into(),
        "hello" => hello(state, session, words),
        "info" => Reply::Bulk(info::info(node, state, &words[1..]).into()).into(),
        "lastsave" => seconds(state.saved_at_ms).into(),
        "ping" => ping(state, session, words).into(),
        "psubscribe" => subscribe(state, session, By::Pattern, words).into(),
        "psync" => psync(state, words),
        "publish" => {
            told.push((None, words.clone()));
            Reply::Integer(state.hub.publish(&words[1], &words[2])).into()
        }
        "pubsub" => match lower(words, 1).as_str() {
            "channels" => state.hub.channels(words.get(2)).into(),
            "numsub" => state.hub.listeners(&words[2..]).into(),
            _ => refuse(no_subcommand(words)),
        },
        "punsubscribe" => unsubscribe(state, session, By::Pattern, words).into(),
        "quit" => Outcome {
            reply: Some(Reply::ok()),
            end: Some(End::Connection),
            ..Outcome::default()
        },
        "replconf" => replconf(session, words),
        "replicaof" | "slaveof" => {
            let client = state.clients.get_mut(session.id);
            state.told_by = client.map(|client| client.peer.ip());
            replica_of(node, state, words).into()
        }
        "role" => info::role(state).into(),
        "save" => {
            node.save(state);
            Reply::ok().into()
        }
        "script" => refuse("NOTBUSY No scripts in execution right now."),
        "select" => select(state, session, words).into(),
        "shutdown" => match lower(words, 1).as_str() {
            "" | "save" | "now" | "force" => ended(true),
            "nosave" => ended(false),
            _ => refuse("ERR syntax error"),
        },
        "subscribe" => subscribe(state, session, By::Channel, words).into(),
        "time" => {
            let now = node.now_ms();
            let micros = now % 1000 * 1000;
            Reply::bulks([(now / 1000).to_string(), micros.to_string()]).into()
        }
        "unsubscribe" => unsubscribe(state, session, By::Channel, words).into(),
        _ => refuse("ERR not here"),
    }
}

/// SHUTDOWN, which is never answered.
fn ended(save: bool) -> Outcome {
    Outcome {
        end: Some(End::Node { save }),
        ..Outcome::default()
    }
}

pub(super) fn no_subcommand(words: &Request) -> String {
    let sub = String::from_utf8_lossy(&words[1]).into_owned();
    let name = lower(words, 0).to_uppercase();
    format!("ERR unknown subcommand '{sub}'. Try {name} HELP.")
}

pub(super) fn seconds(ms: u64) -> Reply {
    Reply::Integer(i64::try_from(ms / 1000).unwrap())
}

/// Words as texts.
pub(super) fn texts(words: &[Bytes]) -> Vec<String> {
    let text = |word: &Bytes| String::from_utf8_lossy(word).into_owned();
    words.iter().map(text).collect()
}

fn auth(words: &Request) -> Reply {
    match words.len() {
        2 => Reply::error(
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        ),
        3 if words[1] == "default" => Reply::ok(),
        3 => Reply::error("WRONGPASS invalid username-password pair or user is disabled."),
        _ => Reply::error("ERR syntax error"),
    }
}

fn acl(state: &mut State, words: &Request) -> Reply {
    match lower(words, 1).as_str() {
        "list" => Reply::bulks(state.users.lines()),
        "users" => Reply::bulks(state.users.names()),
        "whoami" => Reply::bulk(super::acl::DEFAULT),
        "setuser" if words.len() > 2 => {
            let words = texts(&words[2..]);
            match state.users.set(&words[0], &words[1..]) {
                Ok(()) => Reply::ok(),
                Err(why) => Reply::error(why),
            }
        }
        "setuser" => Reply::error("ERR wrong number of arguments for 'acl|setuser' command"),
        _ => Reply::error(no_subcommand(words)),
    }
}

fn config(node: &Node, state: &mut State, words: &Request) -> Reply {
    let sub = lower(words, 1);
    match sub.as_str() {
        "get" if words.len() > 2 => {
            let patterns: Vec<&[u8]> = words[2..].iter().map(AsRef::as_ref).collect();
            let pairs = state.conf.get(&patterns).into_iter();
            Reply::Map(
                pairs
                    .map(|(name, value)| (Reply::bulk(name), Reply::bulk(value)))
                    .collect(),
            )
        }
        "set" if words.len() > 3 => {
            let words = texts(&words[2..]);
            if !words.len().is_multiple_of(2) {
                return Reply::error("ERR syntax error");
            }
            let pairs = words.chunks_exact(2);
            let pairs: Vec<_> = pairs.map(|p| (p[0].clone(), p[1].clone())).collect();
            let logs = state.conf.yes("appendonly");
            match state.conf.set(&pairs) {
                Ok(()) => {
                    if state.conf.yes("appendonly") != logs {
                        node.begin_log(state);
                    }
                    Reply::ok()
                }
                Err(why) => Reply::error(why),
            }
        }
        "rewrite" if words.len() == 2 => {
            let mut files = node.options.disk.files();
            files.conf = state.conf.write();
            files.users = state.users.lines();
            Reply::ok()
        }
        "resetstat" => Reply::ok(),
        "get" | "set" | "rewrite" => Reply::error(format!(
            "ERR wrong number of arguments for 'config|{sub}' command"
        )),
        _ => Reply::error(no_subcommand(words)),
    }
}

fn hello(state: &State, session: &mut Session, words: &Request) -> Outcome {
    let protocol = match words.get(1).map(AsRef::as_ref) {
        None => session.protocol,
        Some(b"2") => Protocol::Resp2,
        Some(b"3") => Protocol::Resp3,
        Some(other) if other.iter().all(u8::is_ascii_digit) => {
            return refuse("NOPROTO unsupported protocol version");
        }
        Some(_) => return refuse("ERR Protocol version is not an integer or out of range"),
    };
    if words.len() > 2 {
        return refuse(format!(
            "ERR Syntax error in HELLO option '{}'",
            String::from_utf8_lossy(&words[2])
        ));
    }
    session.protocol = protocol;
    let role = if state.is_replica() {
        "replica"
    } else {
        "master"
    };
    let three = i64::from(protocol == Protocol::Resp3) + 2;
    let text = |name: &str, value: Reply| (Reply::bulk(name), value);
    Outcome {
        reply: Some(Reply::Map(vec![
            text("server", Reply::bulk("redis")),
            text("version", Reply::bulk(info::VERSION)),
            text("proto", Reply::Integer(three)),
            text("id", Reply::Integer(i64::try_from(session.id).unwrap())),
            text("mode", Reply::bulk("standalone")),
            text("role", Reply::bulk(role)),
            text("modules", Reply::Array(Vec::new())),
        ])),
        protocol: Some(protocol),
        ..Outcome::default()
    }
}

fn ping(state: &State, session: &Session, words: &Request) -> Reply {
    let listening = state.hub.count(session.id) > 0 && session.protocol == Protocol::Resp2;
    match (words.len(), listening) {
        (1, false) => Reply::Simple("PONG".to_owned()),
        (2, false) => Reply::Bulk(words[1].clone()),
        (1 | 2, true) => {
            let said = words.get(1).cloned().unwrap_or_default();
            Reply::Array(vec![Reply::bulk("pong"), Reply::Bulk(said)])
        }
        _ => Reply::error("ERR wrong number of arguments for 'ping' command"),
    }
}

fn psync(state: &State, words: &Request) -> Outcome {
    if state.link().is_some_and(|link| link != Link::Connected) {
        return refuse("NOMASTERLINK Can't SYNC while not connected with my master");
    }
    let Some(from) = texts(&words[2..3])[0].parse().ok() else {
        return refuse("ERR value is not an integer or out of range");
    };
    Outcome {
        end: Some(End::Feed {
            id: texts(&words[1..2])[0].clone(),
            from,
        }),
        ..Outcome::default()
    }
}

fn replconf(session: &mut Session, words: &Request) -> Outcome {
    if words.len().is_multiple_of(2) {
        return refuse("ERR syntax error");
    }
    for pair in texts(&words[1..]).chunks_exact(2) {
        match pair[0].to_lowercase().as_str() {
            "listening-port" => session.port = pair[1].parse().unwrap_or(0),
            "capa" | "ip-address" | "rdb-only" => {}
            // From somebody who is no replica.
            "ack" | "getack" => return Outcome::default(),
            other => return refuse(format!("ERR Unrecognized REPLCONF option: {other}")),
        }
    }
    Reply::ok().into()
}

fn replica_of(node: &Node, state: &mut State, words: &Request) -> Reply {
    if lower(words, 1) == "no" && lower(words, 2) == "one" {
        node.follow(state, None);
        return Reply::ok();
    }
    let words = texts(&words[1..]);
    let Ok(port) = words[1].parse::<u16>() else {
        return Reply::error("ERR Invalid master port");
    };
    if let Some(master) = &state.repl.master
        && master.host.eq_ignore_ascii_case(&words[0])
        && master.port == port
    {
        return Reply::Simple("OK Already connected to specified master".to_owned());
    }
    node.follow(state, Some((words[0].clone(), port)));
    Reply::ok()
}

fn select(state: &mut State, session: &mut Session, words: &Request) -> Reply {
    let text = &texts(&words[1..])[0];
    match text.parse::<i64>().map(usize::try_from) {
        Err(_) => Reply::error("ERR value is not an integer or out of range"),
        Ok(Ok(db)) if db < DATABASES => {
            session.db = db;
            if let Some(client) = state.clients.get_mut(session.id) {
                client.db = db;
            }
            Reply::ok()
        }
        Ok(_) => Reply::error("ERR DB index is out of range"),
    }
}

fn subscribe(state: &mut State, session: &Session, by: By, words: &Request) -> Reply {
    let reply = state
        .hub
        .subscribe(session.id, &session.sink, by, &words[1..]);
    client::sort(state, session.id);
    reply
}

fn unsubscribe(state: &mut State, session: &Session, by: By, words: &Request) -> Reply {
    let reply = state.hub.unsubscribe(session.id, by, &words[1..]);
    client::sort(state, session.id);
    reply
}

/// Seconds since something, for INFO.
pub(super) fn ago(since: clock::Mono) -> u64 {
    clock::mono().duration_since(since).as_secs()
}
