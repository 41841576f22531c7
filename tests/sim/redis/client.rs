//! CLIENT and its subcommands.

use std::time::Duration;

use pikafo::host::clock;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;

use super::admin::no_subcommand;
use super::admin::texts;
use super::clients::Aim;
use super::clients::Paused;
use super::clients::Sort;
use super::exec::End;
use super::exec::Outcome;
use super::exec::integer;
use super::exec::lower;
use super::exec::refuse;
use super::session::Session;
use super::state::Node;
use super::state::State;

pub(super) fn run(
    node: &Node,
    state: &mut State,
    session: &mut Session,
    words: &Request,
) -> Outcome {
    let sub = lower(words, 1);
    let fits = match sub.as_str() {
        "getname" | "id" | "info" | "unpause" => words.len() == 2,
        "list" => words.len() >= 2,
        "setname" => words.len() == 3,
        "kill" | "pause" => words.len() >= 3,
        _ => return refuse(no_subcommand(words)),
    };
    if !fits {
        return refuse(format!(
            "ERR wrong number of arguments for 'client|{sub}' command"
        ));
    }
    match sub.as_str() {
        "getname" => match state.clients.get_mut(session.id) {
            Some(client) if !client.name.is_empty() => Reply::bulk(&client.name).into(),
            Some(_) | None => Reply::Nil.into(),
        },
        "id" => Reply::Integer(i64::try_from(session.id).unwrap()).into(),
        "info" => Reply::Bulk(line(node, state, session.id).into()).into(),
        "list" => list(node, state, words).into(),
        "setname" => set_name(state, session, words).into(),
        "kill" => kill(state, session, words),
        "pause" => pause(node, state, words).into(),
        _ => {
            state.clients.unpause();
            node.pauses.notify_waiters();
            Reply::ok().into()
        }
    }
}

/// What CLIENT KILL TYPE takes a connection for, by its subscriptions.
pub(super) fn sort(state: &mut State, id: u64) {
    let listens = state.hub.count(id) > 0;
    if let Some(client) = state.clients.get_mut(id) {
        client.sort = if listens { Sort::PubSub } else { Sort::Normal };
    }
}

fn line(node: &Node, state: &State, id: u64) -> String {
    state
        .clients
        .line(id, node.options.addr, state.hub.counts(id))
}

fn list(node: &Node, state: &mut State, words: &Request) -> Reply {
    let wanted = match words.len() {
        2 => None,
        4 if lower(words, 2) == "type" => match sort_named(&lower(words, 3)) {
            Some(sort) => Some(sort),
            None => return no_type(words, 3),
        },
        _ => return Reply::error("ERR syntax error"),
    };
    let mut text = String::new();
    for id in state.clients.ids() {
        let sort = state.clients.get_mut(id).map(|client| client.sort);
        if wanted.is_none() || wanted == sort {
            text.push_str(&line(node, state, id));
        }
    }
    Reply::Text(text)
}

fn set_name(state: &mut State, session: &Session, words: &Request) -> Reply {
    if words[2].iter().any(|byte| !(b'!'..=b'~').contains(byte)) {
        return Reply::error(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        );
    }
    if let Some(client) = state.clients.get_mut(session.id) {
        client.name.clone_from(&texts(&words[2..])[0]);
    }
    Reply::ok()
}

fn kill(state: &mut State, session: &Session, words: &Request) -> Outcome {
    let args = texts(&words[2..]);
    if let [address] = args.as_slice() {
        let aim = Aim {
            peer: Some(address.clone()),
            ..Aim::default()
        };
        let (count, own) = state.clients.kill(&aim, session.id);
        let reply = if count > 0 {
            Reply::ok()
        } else {
            Reply::error("ERR No such client")
        };
        return with_own(reply, own);
    }
    let mut aim = Aim {
        spare: Some(session.id),
        ..Aim::default()
    };
    for pair in args.chunks(2) {
        let [option, value] = pair else {
            return refuse("ERR syntax error");
        };
        match option.to_lowercase().as_str() {
            "id" => match value.parse() {
                Ok(id) if id > 0 => aim.id = Some(id),
                Ok(_) | Err(_) => return refuse("ERR client-id should be greater than 0"),
            },
            "addr" => aim.peer = Some(value.clone()),
            "type" => match sort_named(&value.to_lowercase()) {
                Some(sort) => aim.sort = Some(sort),
                None => return refuse(format!("ERR Unknown client type '{value}'")),
            },
            "skipme" => match value.to_lowercase().as_str() {
                "yes" => aim.spare = Some(session.id),
                "no" => aim.spare = None,
                _ => return refuse("ERR syntax error"),
            },
            _ => return refuse("ERR syntax error"),
        }
    }
    let (count, own) = state.clients.kill(&aim, session.id);
    with_own(integer(count), own)
}

fn with_own(reply: Reply, own: bool) -> Outcome {
    Outcome {
        reply: Some(reply),
        end: own.then_some(End::Connection),
        ..Outcome::default()
    }
}

fn pause(node: &Node, state: &mut State, words: &Request) -> Reply {
    let what = match words.len() {
        3 => Paused::All,
        4 => match lower(words, 3).as_str() {
            "write" => Paused::Writes,
            "all" => Paused::All,
            _ => return Reply::error("ERR CLIENT PAUSE mode must be WRITE or ALL"),
        },
        _ => return Reply::error("ERR syntax error"),
    };
    let Ok(ms) = texts(&words[2..3])[0].parse::<i64>() else {
        return Reply::error("ERR timeout is not an integer or out of range");
    };
    let Ok(ms) = u64::try_from(ms) else {
        return Reply::error("ERR timeout is negative");
    };
    state
        .clients
        .pause(what, clock::mono() + Duration::from_millis(ms));
    node.pauses.notify_waiters();
    Reply::ok()
}

fn sort_named(word: &str) -> Option<Sort> {
    match word {
        "normal" => Some(Sort::Normal),
        "pubsub" => Some(Sort::PubSub),
        "replica" | "slave" => Some(Sort::Replica),
        "master" => Some(Sort::Master),
        _ => None,
    }
}

fn no_type(words: &Request, index: usize) -> Reply {
    let word = &texts(&words[index..])[0];
    Reply::error(format!("ERR Unknown client type '{word}'"))
}
