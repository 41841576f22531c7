//! `CLIENT …`: the connection itself, and the others.

use bytes::Bytes;

use super::clients::Filter;
use super::command;
use super::command::Found;
use super::hall::Hall;
use super::resp::Reply;
use super::session::Session;
use super::tracking;

/// Answers `CLIENT …`.
pub(super) fn answer(found: Found, words: &[Bytes], session: &mut Session, hall: &Hall) -> Reply {
    let rest = words.get(2..).unwrap_or_default();
    let mine = || Filter {
        ids: Some(vec![session.id]),
        ..Filter::default()
    };
    match (found.sub(), rest) {
        ("id", _) => Reply::Integer(i64::try_from(session.id).unwrap_or(i64::MAX)),
        ("getname", _) if session.name.is_empty() => Reply::Nil,
        ("getname", _) => Reply::bulk(&session.name),
        ("setname", [name]) => match set_name(name, session, hall) {
            Ok(()) => Reply::ok(),
            Err(error) => error,
        },
        ("setinfo", [what, value]) => set_info(what, value, session, hall),
        ("info", _) => Reply::Text(hall.clients.list(&mine(), hall.desk.now_us())),
        ("list", options) => match listed(options) {
            Ok(filter) => Reply::Text(hall.clients.list(&filter, hall.desk.now_us())),
            Err(error) => error,
        },
        ("kill", [addr]) => {
            let filter = Filter {
                peer: Some(String::from_utf8_lossy(addr).into_owned()),
                ..Filter::default()
            };
            if kill(&filter, session, hall) > 0 {
                Reply::ok()
            } else {
                Reply::error("ERR No such client")
            }
        }
        ("kill", options) => match killed(options, session.id, hall) {
            Ok(filter) => Reply::Integer(kill(&filter, session, hall)),
            Err(error) => error,
        },
        ("no-evict", [word]) => match switch(word) {
            Some(on) => {
                hall.clients.update(session.id, |card| card.kept = on);
                Reply::ok()
            }
            None => syntax(),
        },
        ("no-touch", [word]) => switch(word).map_or_else(syntax, |_| Reply::ok()),
        ("reply", [word]) => session.reply(word),
        ("getredir", _) => tracking::redirect(session.tracking.as_deref()),
        ("trackinginfo", _) => tracking::told(session.tracking.as_deref()),
        ("tracking", [word, options @ ..]) => tracking::track(word, options, session, hall),
        ("caching", [word]) => tracking::cache(word, session),
        ("unblock", [client]) => unblock(client, None),
        ("unblock", [client, how]) => unblock(client, Some(how)),
        ("unpause", _) => {
            hall.pause.end();
            Reply::ok()
        }
        ("pause", [ms]) => pause(ms, b"all", hall),
        ("pause", [ms, what]) => pause(ms, what, hall),
        ("help", _) => Reply::lines(HELP),
        _ => command::misused(words),
    }
}

/// Names the connection; the error where the name has blanks or what cannot be printed.
pub(super) fn set_name(name: &[u8], session: &mut Session, hall: &Hall) -> Result<(), Reply> {
    let name = sound(name).ok_or_else(|| {
        Reply::error("ERR Client names cannot contain spaces, newlines or special characters.")
    })?;
    session.name.clone_from(&name);
    hall.clients.update(session.id, |card| card.name = name);
    Ok(())
}

fn set_info(what: &[u8], value: &[u8], session: &Session, hall: &Hall) -> Reply {
    let word = String::from_utf8_lossy(what).to_ascii_lowercase();
    if !["lib-name", "lib-ver"].contains(&word.as_str()) {
        return Reply::error(format!("ERR Unrecognized option '{word}'"));
    }
    let Some(value) = sound(value) else {
        return Reply::error(format!(
            "ERR {word} cannot contain spaces, newlines or special characters."
        ));
    };
    hall.clients.update(session.id, |card| {
        if word == "lib-name" {
            card.lib_name = value;
        } else {
            card.lib_ver = value;
        }
    });
    Reply::ok()
}

/// What stock takes as a name; bounded, for it is kept as long as the connection.
fn sound(name: &[u8]) -> Option<String> {
    let fine = name.len() <= LONGEST_NAME && name.iter().all(u8::is_ascii_graphic);
    fine.then(|| String::from_utf8_lossy(name).into_owned())
}

const LONGEST_NAME: usize = 1024;

/// `PAUSE ms [all|write]`. Nobody writes anything.
fn pause(ms: &[u8], what: &[u8], hall: &Hall) -> Reply {
    let all = match what.to_ascii_lowercase().as_slice() {
        b"all" => true,
        b"write" => false,
        _ => return Reply::error("ERR CLIENT PAUSE mode must be WRITE or ALL"),
    };
    let ms = std::str::from_utf8(ms)
        .ok()
        .and_then(|ms| ms.parse::<i64>().ok());
    let Some(ms) = ms else {
        return Reply::error("ERR timeout is not an integer or out of range");
    };
    let Ok(ms) = u64::try_from(ms) else {
        return Reply::error("ERR timeout is negative");
    };
    if all {
        let us = ms.saturating_mul(1000);
        hall.pause.begin(hall.desk.now_us().saturating_add(us));
    }
    Reply::ok()
}

/// Nobody is ever blocked.
fn unblock(client: &[u8], how: Option<&Bytes>) -> Reply {
    let known =
        |how: &Bytes| how.eq_ignore_ascii_case(b"timeout") || how.eq_ignore_ascii_case(b"error");
    if !how.is_none_or(known) {
        return Reply::error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    let client = std::str::from_utf8(client).ok();
    if client.is_some_and(|client| client.parse::<i64>().is_ok()) {
        Reply::Integer(0)
    } else {
        Reply::error("ERR value is not an integer or out of range")
    }
}

/// Ends all that fit; how many. Whoever ends itself is told first.
fn kill(filter: &Filter, session: &mut Session, hall: &Hall) -> i64 {
    let killed = hall.clients.kill(filter);
    session.closing |= killed.contains(&session.id);
    i64::try_from(killed.len()).unwrap_or(i64::MAX)
}

fn listed(options: &[Bytes]) -> Result<Filter, Reply> {
    let mut filter = Filter::default();
    match options {
        [] => {}
        [word, kind] if word.eq_ignore_ascii_case(b"type") => of_type(kind, &mut filter)?,
        [word, ids @ ..] if word.eq_ignore_ascii_case(b"id") && !ids.is_empty() => {
            // A negative one is nobody's.
            let ids = ids
                .iter()
                .map(|word| number(word).map(|n| u64::try_from(n).unwrap_or(0)));
            let ids: Option<Vec<u64>> = ids.collect();
            filter.ids = Some(ids.ok_or_else(|| Reply::error("ERR Invalid client ID"))?);
        }
        _ => return Err(syntax()),
    }
    Ok(filter)
}

fn killed(options: &[Bytes], own: u64, hall: &Hall) -> Result<Filter, Reply> {
    let mut filter = Filter {
        not: Some(own),
        ..Filter::default()
    };
    for pair in options.chunks(2) {
        let [option, value] = pair else {
            return Err(syntax());
        };
        let text = || String::from_utf8_lossy(value).into_owned();
        match option.to_ascii_lowercase().as_slice() {
            b"id" => {
                let id = number(value)
                    .and_then(|id| u64::try_from(id).ok())
                    .filter(|id| *id > 0)
                    .ok_or_else(|| Reply::error("ERR client-id should be greater than 0"))?;
                filter.ids = Some(vec![id]);
            }
            b"type" => of_type(value, &mut filter)?,
            b"addr" => filter.peer = Some(text()),
            b"laddr" => filter.local = Some(text()),
            b"user" => {
                let user = text();
                if !hall.desk.logins().names().any(|name| name == user) {
                    return Err(Reply::error(format!("ERR No such user '{user}'")));
                }
                filter.user = Some(user);
            }
            b"skipme" => match value.to_ascii_lowercase().as_slice() {
                b"yes" => filter.not = Some(own),
                b"no" => filter.not = None,
                _ => return Err(syntax()),
            },
            _ => return Err(syntax()),
        }
    }
    Ok(filter)
}

fn of_type(kind: &[u8], filter: &mut Filter) -> Result<(), Reply> {
    match kind.to_ascii_lowercase().as_slice() {
        b"normal" => filter.subscriber = Some(false),
        b"pubsub" => filter.subscriber = Some(true),
        b"master" | b"replica" | b"slave" => filter.nobody = true,
        _ => {
            return Err(Reply::error(format!(
                "ERR Unknown client type '{}'",
                String::from_utf8_lossy(kind)
            )));
        }
    }
    Ok(())
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

pub(super) fn switch(word: &[u8]) -> Option<bool> {
    match word.to_ascii_lowercase().as_slice() {
        b"on" => Some(true),
        b"off" => Some(false),
        _ => None,
    }
}

pub(super) fn syntax() -> Reply {
    Reply::error("ERR syntax error")
}

const HELP: &[&str] = &[
    "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CACHING (YES|NO)",
    "    Tell of the keys of the next command, or not: there are none.",
    "GETREDIR",
    "    Return the connection that is told of keys in this one's place.",
    "GETNAME",
    "    Return the name of the current connection.",
    "ID",
    "    Return the ID of the current connection.",
    "INFO",
    "    Return information about the current connection.",
    "KILL <ip:port>",
    "    Kill the connection made from <ip:port>.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    Kill connections. Options are: ADDR, LADDR, ID, TYPE (NORMAL|PUBSUB), USER,",
    "    SKIPME (YES|NO)",
    "LIST [TYPE (NORMAL|PUBSUB) | ID <id> [<id> ...]]",
    "    Return information about connections.",
    "NO-EVICT (ON|OFF)",
    "    Protect the connection from eviction: nobody is evicted.",
    "PAUSE <timeout> [WRITE|ALL]",
    "    Let the requests of clients wait for <timeout> milliseconds. What watchers",
    "    say to each other goes on.",
    "REPLY (ON|OFF|SKIP)",
    "    Control the replies sent to the current connection.",
    "SETINFO (LIB-NAME|LIB-VER) <value>",
    "    Tell which library the client uses.",
    "SETNAME <name>",
    "    Assign the name <name> to the current connection.",
    "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
    "         [OPTIN] [OPTOUT] [NOLOOP]",
    "    Tell of keys that change: there are none.",
    "TRACKINGINFO",
    "    Report how the current connection is told of keys.",
    "UNBLOCK <clientid> [TIMEOUT|ERROR]",
    "    Unblock a client: none is ever blocked.",
    "UNPAUSE",
    "    End a pause.",
    "HELP",
    "    Prints this help.",
];
