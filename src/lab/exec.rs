//! From a request to its outcome: what is checked, in which order, and who carries it out.

use std::io;

use bytes::Bytes;

use super::admin;
use super::command;
use super::command::Command;
use super::command::Kind;
use super::session::End;
use super::session::Login;
use super::session::Outcome;
use super::session::Session;
use super::session::Transaction;
use super::slaveof;
use super::state::Shared;
use super::state::State;
use super::strings;
use super::version::Transactions;
use crate::host::clock;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;

/// Carries one request out, or queues it, or refuses it.
pub fn request(
    node: &Shared,
    state: &mut State,
    session: &mut Session,
    words: &Request,
) -> Outcome {
    let name = lower(words, 0);
    let Some(command) = command::find(&name, node.dialect) else {
        spoil(session);
        return refuse(format!("ERR {} \"{name}\"", node.dialect.unknown_command));
    };
    state.stats.commands += 1;
    *state.stats.calls.entry(command.name).or_default() += 1;
    if !admitted(node, state, session, &command) {
        return refuse("ERR NOAUTH Authentication required.");
    }
    if let Err(error) = well_formed(node, state, &command, words) {
        spoil(session);
        return refuse(error);
    }
    if let Login::User(user) = &session.login
        && !matches!(command.name, "auth" | "hello" | "quit")
    {
        let sub = lower(words, 1);
        if !state
            .users
            .get(user)
            .is_some_and(|user| user.may(&command, Some(&sub)))
        {
            spoil(session);
            let full = if has_subcommands(command.name) {
                format!("{}|{sub}", command.name)
            } else {
                name
            };
            return refuse(format!(
                "NOPERM this user has no permissions to run the '{full}' command"
            ));
        }
    }
    state
        .clients
        .touch(session.id, state.hub.count(session.id) > 0);
    let listening = state.hub.count(session.id) > 0;
    if listening
        && !matches!(
            command.name,
            "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe" | "ping" | "quit"
        )
    {
        return refuse(
            "ERR only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT allowed in this context",
        );
    }
    let early = node.dialect.transactions == Transactions::Early;
    let queues = session.transaction.is_some()
        && !matches!(
            command.name,
            "exec" | "discard" | "multi" | "watch" | "quit"
        );
    let writes = command.writes() && !(early && queues) || early && command.name == "exec";
    if state.is_replica() && writes {
        spoil_unless(early, session);
        return refuse(format!("ERR {}", node.dialect.read_only));
    }
    match &mut session.transaction {
        Some(transaction) if queues => {
            transaction.queue.push(words.clone());
            Reply::Simple("QUEUED".to_owned()).into()
        }
        Some(_) | None => run(node, state, session, &command, words),
    }
}

/// What a master's record does here: it is applied, and logged as it came.
pub fn replay(node: &Shared, state: &mut State, db: usize, record: &Bytes) -> io::Result<()> {
    let words = unpack(record);
    let name = lower(&words, 0);
    match name.as_str() {
        "clearreplicationid" => state.set_history(node.dialect, "")?,
        "flushall" => state.dbs.iter_mut().try_for_each(|db| db.store.clear())?,
        _ => {
            if let Some(own) = state.dbs.get_mut(db) {
                strings::run(
                    &mut own.store,
                    &name,
                    &words,
                    now_ms(),
                    node.dialect.logs_results,
                )?;
            }
        }
    }
    append(node, state, db, record.clone())
}

/// Puts a record into the binlog of a database, whatever `write-binlog` says.
fn append(node: &Shared, state: &mut State, db: usize, record: Bytes) -> io::Result<()> {
    let Some(own) = state.dbs.get_mut(db) else {
        return Ok(());
    };
    let before = own.binlog.position().0;
    if own.binlog.append(record)?.0 != before {
        state.purge(db)?;
    }
    node.wrote();
    Ok(())
}

/// Puts a client's write into the binlog.
pub fn log(node: &Shared, state: &mut State, db: usize, record: Bytes) -> io::Result<()> {
    if state.conf.text("write-binlog") == "no" {
        Ok(())
    } else {
        append(node, state, db, record)
    }
}

fn run(
    node: &Shared,
    state: &mut State,
    session: &mut Session,
    command: &Command,
    words: &Request,
) -> Outcome {
    match (command.kind, command.name) {
        (Kind::ForeignWrite, _) => refuse("ERR the lab keeps strings only"),
        (_, "flushall") => flush_all(node, state, words).into(),
        (_, "multi") => multi(session),
        (_, "exec") => exec(node, state, session),
        (_, "discard") => discard(node, session),
        (_, "watch") => watch(state, session, words),
        (_, "unwatch") => {
            session.watched.clear();
            Reply::ok().into()
        }
        (Kind::Read | Kind::Write, _) => match on_data(node, state, session.db, command, words) {
            Ok(Some(reply)) => reply.into(),
            Ok(None) => admin::run(node, state, session, command, words),
            Err(error) => refuse(format!("ERR IO error: {error}")),
        },
        (Kind::Admin | Kind::PubSub | Kind::Transaction, _) => {
            admin::run(node, state, session, command, words)
        }
    }
}

fn on_data(
    node: &Shared,
    state: &mut State,
    db: usize,
    command: &Command,
    words: &Request,
) -> io::Result<Option<Reply>> {
    let Some(own) = state.dbs.get_mut(db) else {
        return Ok(None);
    };
    let Some(done) = strings::run(
        &mut own.store,
        command.name,
        words,
        now_ms(),
        node.dialect.logs_results,
    )?
    else {
        return Ok(None);
    };
    if let Some(record) = done.log {
        log(node, state, db, record)?;
    }
    Ok(Some(done.reply))
}

fn flush_all(node: &Shared, state: &mut State, words: &Request) -> Reply {
    let flushed = state.dbs.iter_mut().try_for_each(|db| db.store.clear());
    let logged = (0..state.dbs.len())
        .try_for_each(|db| log(node, state, db, crate::serve::resp::pack(words)));
    match flushed.and(logged) {
        Ok(()) => Reply::ok(),
        Err(error) => Reply::error(format!("ERR IO error: {error}")),
    }
}

fn multi(session: &mut Session) -> Outcome {
    if session.transaction.is_some() {
        return refuse("ERR MULTI calls can not be nested");
    }
    session.transaction = Some(Transaction::default());
    Reply::ok().into()
}

fn discard(node: &Shared, session: &mut Session) -> Outcome {
    session.watched.clear();
    match session.transaction.take() {
        Some(_) => Reply::ok().into(),
        None => refuse(without_multi(node, "DISCARD")),
    }
}

fn watch(state: &State, session: &mut Session, words: &Request) -> Outcome {
    if session.transaction.is_some() {
        return refuse("ERR WATCH inside MULTI is not allowed");
    }
    for key in words.iter().skip(1) {
        let entry = state
            .dbs
            .get(session.db)
            .and_then(|db| db.store.get(key, now_ms()))
            .cloned();
        session.watched.push((session.db, key.clone(), entry));
    }
    Reply::ok().into()
}

fn exec(node: &Shared, state: &mut State, session: &mut Session) -> Outcome {
    let Some(transaction) = session.transaction.take() else {
        return refuse(without_multi(node, "EXEC"));
    };
    let watched = std::mem::take(&mut session.watched);
    if transaction.spoilt {
        return refuse("EXECABORT Transaction discarded because of previous errors.");
    }
    let now = now_ms();
    let changed = watched.iter().any(|(db, key, entry)| {
        state.dbs.get(*db).and_then(|db| db.store.get(key, now)) != entry.as_ref()
    });
    if changed {
        return Reply::NilArray.into();
    }
    let mut whole = Outcome::default();
    let mut replies = Vec::new();
    for words in transaction.queue {
        let Some(command) = command::find(&lower(&words, 0), node.dialect) else {
            continue;
        };
        // The node may have become a replica since, or by a command of this very transaction.
        let one = if state.is_replica() && command.writes() {
            refuse(format!("ERR {}", node.dialect.read_only))
        } else {
            run(node, state, session, &command, &words)
        };
        replies.extend(one.reply);
        whole.not_before = whole.not_before.max(one.not_before);
        whole.end = whole.end.or(one.end.filter(|end| *end != End::Connection));
    }
    whole.reply = Some(Reply::Array(replies));
    whole
}

fn without_multi(node: &Shared, what: &str) -> String {
    let prefix = if node.dialect.transactions == Transactions::Early {
        "ERR ERR"
    } else {
        "ERR"
    };
    format!("{prefix} {what} without MULTI")
}

/// Whether this connection may run the command at all.
fn admitted(node: &Shared, state: &State, session: &Session, command: &Command) -> bool {
    match &session.login {
        Login::Admin => true,
        Login::User(name) => state.users.get(name).is_some(),
        Login::Nobody => {
            command.name == "auth" || node.dialect.acl && matches!(command.name, "hello" | "quit")
        }
        Login::Limited => {
            let blacklist = state.conf.text("userblacklist");
            command.name == "auth"
                || !blacklist
                    .split(',')
                    .any(|name| name.trim().eq_ignore_ascii_case(command.name))
        }
    }
}

/// Numbers of arguments, and what else is checked before a command is queued.
fn well_formed(
    node: &Shared,
    state: &mut State,
    command: &Command,
    words: &Request,
) -> Result<(), String> {
    if !command.accepts(words.len()) {
        return Err(format!(
            "ERR wrong number of arguments for '{}' command",
            command.name
        ));
    }
    match command.name {
        "slaveof" => slaveof::parse(node, state, words).map(drop),
        _ => admin::well_formed(node, command.name, words),
    }
}

fn has_subcommands(name: &str) -> bool {
    matches!(name, "acl" | "client" | "config" | "pubsub" | "slowlog")
}

fn spoil(session: &mut Session) {
    if let Some(transaction) = &mut session.transaction {
        transaction.spoilt = true;
    }
}

fn spoil_unless(unless: bool, session: &mut Session) {
    if !unless {
        spoil(session);
    }
}

pub(super) fn refuse(text: impl Into<String>) -> Outcome {
    Reply::error(text).into()
}

/// A word of a request in lower case; empty where there is none.
pub(super) fn lower(words: &[Bytes], index: usize) -> String {
    words
        .get(index)
        .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
        .unwrap_or_default()
}

/// A word of a request as it was sent; empty where there is none.
pub(super) fn text(words: &[Bytes], index: usize) -> String {
    words
        .get(index)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .unwrap_or_default()
}

pub(super) fn now_ms() -> i64 {
    clock::wall().as_millisecond()
}

/// The words of a record, which is a packed request.
fn unpack(record: &Bytes) -> Request {
    use tokio_util::codec::Decoder as _;

    let mut bytes = bytes::BytesMut::from(&record[..]);
    crate::serve::resp::RespCodec::default()
        .decode(&mut bytes)
        .ok()
        .flatten()
        .unwrap_or_default()
}
