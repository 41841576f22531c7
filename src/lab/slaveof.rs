//! SLAVEOF and DBSLAVEOF: every refusal, every no-op, and the change of master itself.

use std::net::IpAddr;

use super::exec::lower;
use super::exec::refuse;
use super::exec::text;
use super::session::Outcome;
use super::state::DbLink;
use super::state::Shared;
use super::state::State;
use super::state::is_loopback;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;

/// What SLAVEOF was asked to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Order {
    NoOne,
    Follow {
        host: String,
        port: u16,
        force: bool,
    },
}

/// Checks a SLAVEOF as it is checked before it is queued: the first thing wrong, in the server's order.
pub fn parse(node: &Shared, state: &State, words: &Request) -> Result<Order, String> {
    if words.len() == 3 && lower(words, 1) == "no" && lower(words, 2) == "one" {
        return Ok(Order::NoOne);
    }
    if !state.replicas.is_empty() {
        return Err("ERR already master of others, invalid usage".to_owned());
    }
    let host = text(words, 1);
    let port = match text(words, 2).parse::<u16>() {
        Ok(port) if port > 0 => port,
        Ok(_) | Err(_) => return Err("ERR value is not an integer or out of range".to_owned()),
    };
    let own_ip = node.options.ip.to_string();
    let own_name =
        is_loopback(&host) || host == own_ip || node.dialect.knows_localhost && host == "localhost";
    if own_name && port == node.options.port {
        return Err(format!("ERR {}", node.dialect.same_node));
    }
    let force = words.len() == 4 && lower(words, 3) == "force";
    if words.len() > 3 && !force {
        return Err("ERR wrong number of arguments for 'slaveof' command".to_owned());
    }
    Ok(Order::Follow { host, port, force })
}

/// Carries out a SLAVEOF that came from `by`.
pub fn run(node: &Shared, state: &mut State, words: &Request, by: Option<IpAddr>) -> Outcome {
    match parse(node, state, words) {
        Err(error) => refuse(error),
        Ok(Order::NoOne) => {
            if state.follow.master.is_none() {
                return Reply::ok().into();
            }
            change(node, state, None, by)
        }
        Ok(Order::Follow { host, port, force }) => {
            // The flag stays even where nothing else happens, and strikes at the next introduction.
            state.follow.force |= force;
            let same = state
                .follow
                .master
                .as_ref()
                .is_some_and(|(current, current_port)| {
                    *current_port == port && (*current == host || host == "127.0.0.1")
                });
            if same {
                Reply::ok().into()
            } else {
                change(node, state, Some((host, port)), by)
            }
        }
    }
}

/// Follows somebody else, or nobody.
fn change(
    node: &Shared,
    state: &mut State,
    master: Option<(String, u16)>,
    by: Option<IpAddr>,
) -> Outcome {
    state.follow.told_by = by;
    let saved = master
        .as_ref()
        .map(|(host, port)| format!("{host}:{port}"))
        .unwrap_or_default();
    state.conf.note("slaveof", &saved);
    let old = std::mem::replace(&mut state.follow.master, master);
    let linked = std::mem::take(&mut state.follow.met);
    for db in &mut state.dbs {
        db.link = DbLink::NoConnect;
    }
    let residue =
        std::mem::take(&mut state.follow.residue) || !state.follow.unfinished.is_empty() && linked;
    let mut outcome = Outcome::from(Reply::ok());
    if old.is_some() && residue && node.dialect.stalls {
        // The threads of the full sync are stopped first, and the connection with them.
        let tick = node.next_tick();
        outcome.not_before = Some(tick);
        if node.dialect.stalls_whole {
            state.stalled_until = Some(tick);
        }
        state.follow.leaving = None;
    } else if linked {
        state.follow.leaving = old;
    }
    node.target.send_modify(|generation| *generation += 1);
    outcome
}

/// DBSLAVEOF.
pub fn run_db(node: &Shared, state: &mut State, words: &Request) -> Outcome {
    if !state.is_replica() || !state.replicas.is_empty() || !state.follow.met {
        return refuse("ERR Not currently a slave");
    }
    let found = lower(words, 1)
        .strip_prefix("db")
        .and_then(|index| index.parse::<usize>().ok());
    let Some(db) = found.and_then(|index| state.dbs.get_mut(index)) else {
        return refuse("ERR Invaild db name");
    };
    let detaches = lower(words, 2) == "no" && lower(words, 3) == "one";
    match (db.link, detaches) {
        (_, true) => db.link = DbLink::Detached,
        (DbLink::NoConnect | DbLink::Detached, false) => {
            db.link = if lower(words, 2) == "force" {
                DbLink::TryDbSync
            } else {
                DbLink::TryConnect
            };
        }
        (DbLink::Error, false) => {
            return refuse(format!(
                "ERR Corruption: Sync Slave {} in kError",
                node.dialect.db_word
            ));
        }
        (
            DbLink::TryConnect
            | DbLink::TryDbSync
            | DbLink::WaitDbSync
            | DbLink::WaitReply
            | DbLink::Connected,
            false,
        ) => {}
    }
    node.nudge.send_modify(|count| *count += 1);
    Reply::ok().into()
}
