//! The commands that are not about data: connections, configuration, users, channels, the node itself.

use bytes::Bytes;

use super::acl;
use super::command::Command;
use super::conf::HISTORY;
use super::exec;
use super::exec::lower;
use super::exec::refuse;
use super::exec::text;
use super::info;
use super::login;
use super::pubsub::By;
use super::session::End;
use super::session::Login;
use super::session::Outcome;
use super::session::Session;
use super::slaveof;
use super::state::Shared;
use super::state::State;
use crate::host::clock;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;
use crate::serve::resp::pack;

/// Above this CONFIG SET maxclients makes the server abort: it cannot have so many descriptors.
const DESCRIPTORS: u64 = 20_000;

const CLIENT_SYNTAX: &str =
    "ERR Syntax error, try CLIENT (LIST [order by [addr|idle]| KILL ip:port)";

/// What is checked of a command before it is queued.
pub fn well_formed(node: &Shared, name: &str, words: &Request) -> Result<(), String> {
    let sub = lower(words, 1);
    match name {
        "client" => {
            let fits = match (sub.as_str(), words.len()) {
                ("list", 2) | ("kill", 3) => true,
                ("list", 5) => {
                    lower(words, 2) == "order"
                        && lower(words, 3) == "by"
                        && matches!(lower(words, 4).as_str(), "addr" | "idle")
                }
                ("kill", 4) => {
                    let kind = lower(words, 3);
                    node.dialect.client_kill_type
                        && lower(words, 2) == "type"
                        && matches!(kind.as_str(), "normal" | "pubsub")
                }
                ("setname", 3) | ("getname", 2) => node.dialect.client_setname,
                _ => false,
            };
            if fits {
                Ok(())
            } else {
                Err(CLIENT_SYNTAX.to_owned())
            }
        }
        "config" => match (sub.as_str(), words.len()) {
            ("get", 3) | ("set", 4) | ("rewrite" | "resetstat", 2) => Ok(()),
            ("set", 3) if text(words, 2) == "*" => Ok(()),
            ("get" | "set" | "rewrite" | "resetstat", _) => {
                Err(format!("ERR Wrong number of arguments for CONFIG {sub}"))
            }
            _ => {
                Err("ERR CONFIG subcommand must be one of GET, SET, RESETSTAT, REWRITE".to_owned())
            }
        },
        "info" if words.len() > 2 && sub != "keyspace" => Err("ERR syntax error".to_owned()),
        "auth" if words.len() > if node.dialect.acl { 3 } else { 2 } => {
            Err("ERR wrong number of arguments for 'auth' command".to_owned())
        }
        _ => Ok(()),
    }
}

/// Carries a command out that was found well formed.
pub fn run(
    node: &Shared,
    state: &mut State,
    session: &mut Session,
    command: &Command,
    words: &Request,
) -> Outcome {
    match command.name {
        "acl" => users(state, session, words),
        "auth" => login::auth(node, state, session, words),
        "bgsave" => Reply::Simple("Background saving started".to_owned()).into(),
        "clearreplicationid" => clear_history(node, state, session),
        "client" => client(node, state, session, words),
        "config" => config(node, state, words),
        "dbsize" => Reply::Integer(info::counted(state, session.db)).into(),
        "dbslaveof" => slaveof::run_db(node, state, words),
        "echo" => Reply::Bulk(words.get(1).cloned().unwrap_or_default()).into(),
        "hello" => login::hello(node, state, session, words),
        "info" => info(node, state, words),
        "lastsave" => Reply::Integer(0).into(),
        "ping" if state.hub.count(session.id) > 0 => Reply::bulks(["pong", ""]).into(),
        "ping" => Reply::Simple("PONG".to_owned()).into(),
        "publish" => match words.as_slice() {
            [_, channel, message] => Reply::Integer(state.hub.publish(channel, message)).into(),
            _ => refuse("ERR syntax error"),
        },
        "pubsub" => pubsub(state, words),
        "purgelogsto" => purge(state, words),
        "quit" => Outcome {
            end: Some(End::Connection),
            ..Reply::ok().into()
        },
        "select" => select(state, session, words),
        "shutdown" => Outcome {
            end: Some(End::Node),
            ..Outcome::default()
        },
        "slaveof" => {
            let by = state.clients.peer(session.id).map(|peer| peer.ip());
            slaveof::run(node, state, words, by)
        }
        "slowlog" => match lower(words, 1).as_str() {
            "len" => Reply::Integer(0).into(),
            "get" => Reply::Array(Vec::new()).into(),
            "reset" => Reply::ok().into(),
            _ => refuse("ERR Unknown SLOWLOG subcommand or wrong # of args. Try GET, RESET, LEN."),
        },
        "subscribe" => subscribe(state, session, By::Channel, words),
        "psubscribe" => subscribe(state, session, By::Pattern, words),
        "unsubscribe" => state
            .hub
            .unsubscribe(session.id, By::Channel, words.get(1..).unwrap_or_default())
            .into(),
        "punsubscribe" => state
            .hub
            .unsubscribe(session.id, By::Pattern, words.get(1..).unwrap_or_default())
            .into(),
        "time" => {
            let now = clock::wall().as_microsecond();
            Reply::bulks([(now / 1_000_000).to_string(), (now % 1_000_000).to_string()]).into()
        }
        _ => refuse("ERR the lab does not do this"),
    }
}

fn subscribe(state: &mut State, session: &Session, by: By, words: &Request) -> Outcome {
    let reply = state.hub.subscribe(
        session.id,
        &session.sink,
        by,
        words.get(1..).unwrap_or_default(),
    );
    state.clients.touch(session.id, true);
    reply.into()
}

fn pubsub(state: &State, words: &Request) -> Outcome {
    match lower(words, 1).as_str() {
        "channels" => state.hub.channels(words.get(2)).into(),
        "numsub" => state
            .hub
            .listeners(words.get(2..).unwrap_or_default())
            .into(),
        "numpat" => state.hub.patterns().into(),
        _ => refuse(format!(
            "ERR Unknown PUBSUB subcommand or wrong number of arguments for '{}'",
            text(words, 1)
        )),
    }
}

fn select(state: &State, session: &mut Session, words: &Request) -> Outcome {
    let index = text(words, 1);
    match index.parse::<usize>() {
        Ok(db) if db < state.dbs.len() => {
            session.db = db;
            Reply::ok().into()
        }
        Ok(_) => refuse("ERR invalid DB index for 'select DB index is out of range'"),
        Err(_) => refuse("ERR invalid DB index for 'select'"),
    }
}

fn client(node: &Shared, state: &State, session: &mut Session, words: &Request) -> Outcome {
    match lower(words, 1).as_str() {
        "list" => Reply::bulk(state.clients.list()).into(),
        "setname" => {
            session.name = words.get(2).cloned().unwrap_or_default();
            Reply::ok().into()
        }
        "getname" => Reply::Bulk(session.name.clone()).into(),
        "kill" if words.len() == 4 => match text(words, 3).as_str() {
            kind @ ("normal" | "pubsub") => {
                state.clients.kill_all(Some(kind == "pubsub"));
                Reply::ok().into()
            }
            _ => refuse("ERR kill type is unknown"),
        },
        "kill" if lower(words, 2) == "all" => {
            state.clients.kill_all(None);
            Reply::ok().into()
        }
        "kill" if state.clients.kill(&text(words, 2)) || node.dialect.client_kill_blind => {
            Reply::ok().into()
        }
        "kill" => refuse("ERR No such client"),
        _ => refuse(CLIENT_SYNTAX),
    }
}

fn config(node: &Shared, state: &mut State, words: &Request) -> Outcome {
    match lower(words, 1).as_str() {
        "get" => Reply::bulks(state.conf.matching(&text(words, 2))).into(),
        "set" if words.len() == 3 => Reply::bulks(state.conf.settable()).into(),
        "set" => config_set(node, state, &lower(words, 2), &text(words, 3)),
        "rewrite" => match state.conf.rewrite() {
            Ok(()) => Reply::ok().into(),
            Err(_) => refuse("ERR Rewire CONFIG fail"),
        },
        _ => Reply::ok().into(),
    }
}

fn config_set(node: &Shared, state: &mut State, key: &str, value: &str) -> Outcome {
    if key == "write-binlog" && value == "no" && state.is_replica() {
        return refuse("ERR need to close master-slave mode first");
    }
    if let Err(error) = state.conf.set(key, value) {
        return refuse(error.to_string());
    }
    match key {
        "requirepass" => state.users.set_password(acl::DEFAULT, value),
        "userpass" => state.users.set_password(acl::LIMIT, value),
        "binlog-file-size" => {
            let limit = value.parse().unwrap_or(100 << 20);
            state
                .dbs
                .iter_mut()
                .for_each(|db| db.binlog.set_limit(limit));
        }
        "maxclients"
            if value.parse().is_ok_and(|clients: u64| {
                clients >= node.options.descriptors.unwrap_or(DESCRIPTORS)
            }) =>
        {
            return Outcome {
                end: Some(End::Abort),
                ..Outcome::default()
            };
        }
        _ => {}
    }
    Reply::ok().into()
}

fn users(state: &mut State, session: &Session, words: &Request) -> Outcome {
    let rest: Vec<String> = (2..words.len()).map(|index| text(words, index)).collect();
    match (lower(words, 1).as_str(), rest.as_slice()) {
        ("whoami", []) => match &session.login {
            Login::User(name) => Reply::bulk(name).into(),
            Login::Nobody | Login::Limited | Login::Admin => Reply::bulk(acl::DEFAULT).into(),
        },
        ("list", []) => Reply::bulks(state.users.list()).into(),
        ("users", []) => Reply::bulks(state.users.names()).into(),
        ("setuser", [name, modifiers @ ..]) => match state.users.set(name, modifiers) {
            Ok(()) => Reply::ok().into(),
            Err(error) => refuse(error),
        },
        ("deluser", [_, ..]) => match state.users.delete(&rest) {
            Ok(count) => Reply::Integer(count).into(),
            Err(error) => refuse(error),
        },
        (sub, _) => refuse(format!(
            "ERR unknown subcommand or wrong number of arguments for '{sub}'. Try ACL HELP."
        )),
    }
}

fn info(node: &Shared, state: &mut State, words: &Request) -> Outcome {
    let section = lower(words, 1);
    if section == "keyspace" && lower(words, 2) == "1" {
        let before = info::section(node, state, "keyspace 1").unwrap_or_default();
        info::count(state);
        return Reply::bulk(before).into();
    }
    Reply::bulk(info::section(node, state, &section).unwrap_or_default()).into()
}

fn clear_history(node: &Shared, state: &mut State, session: &Session) -> Outcome {
    let cleared = state.conf.store(HISTORY, "");
    let logged = if node.dialect.logs_clear_id {
        exec::log(
            node,
            state,
            session.db,
            pack(&[Bytes::from_static(b"clearreplicationid")]),
        )
    } else {
        Ok(())
    };
    match cleared.and(logged) {
        Ok(()) => Reply::ok().into(),
        Err(error) => refuse(format!("ERR IO error: {error}")),
    }
}

fn purge(state: &mut State, words: &Request) -> Outcome {
    let db = lower(words, 2)
        .strip_prefix("db")
        .and_then(|index| index.parse().ok())
        .unwrap_or(0_usize);
    let file = lower(words, 1)
        .strip_prefix("write2file")
        .and_then(|number| number.parse::<u32>().ok());
    match (file, state.dbs.get_mut(db)) {
        (Some(file), Some(own)) => match own.binlog.purge_below(file) {
            Ok(()) => Reply::ok().into(),
            Err(error) => refuse(format!("ERR IO error: {error}")),
        },
        (None, _) => refuse("ERR value is not an integer or out of range"),
        (_, None) => refuse("ERR Invaild db name"),
    }
}
