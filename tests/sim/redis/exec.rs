//! From a request to its outcome: what is checked, in which order, and who carries it out.

use bytes::Bytes;
use pikafo::host::clock::Mono;
use pikafo::serve::resp::Protocol;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;

use super::admin;
use super::command::Command;
use super::data::Run;
use super::data::Who;
use super::session::Session;
use super::session::Transaction;
use super::state::Node;
use super::state::State;
use super::stream::Link;

/// What a request led to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) reply: Option<Reply>,
    /// It is held back until then, or until the pause ends; it must be asked again.
    pub(super) held_back: Option<Mono>,
    /// From the reply on.
    pub(super) protocol: Option<Protocol>,
    pub(super) end: Option<End>,
}

/// How a request ends more than itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum End {
    Connection,
    /// SHUTDOWN, with a snapshot where snapshots are made at all.
    Node {
        save: bool,
    },
    /// The connection is a replica's from now on, which asks for this history from this offset.
    Feed {
        id: String,
        from: i64,
    },
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            ..Self::default()
        }
    }
}

/// Carries one request out, or queues it, holds it back, or refuses it.
pub(super) fn request(
    node: &Node,
    state: &mut State,
    session: &mut Session,
    words: &Request,
) -> Outcome {
    let name = lower(words, 0);
    let Some(command) = Command::find(&name) else {
        spoil(session);
        return refuse(unknown(words));
    };
    let sub = lower(words, 1);
    let full = if command.has_subcommands() && words.len() > 1 {
        format!("{name}|{sub}")
    } else {
        name.clone()
    };
    state.clients.touch(session.id, &full);
    if !command.accepts(words.len()) {
        spoil(session);
        return refuse(format!(
            "ERR wrong number of arguments for '{name}' command"
        ));
    }
    if let Err(why) = admitted(state, session, &command, &sub, &full) {
        return rejected(session, &command, why);
    }
    let executes = command.name == "exec";
    let queued = |wanted: fn(&Command) -> bool| {
        let queue = session.transaction.iter().flat_map(|t| &t.queue);
        let mut commands = queue.filter_map(|words| Command::find(&lower(words, 0)));
        executes && commands.any(|command| wanted(&command))
    };
    let may_replicate = command.may_replicate() || queued(Command::may_replicate);
    if let Some(until) = state.clients.held_back(may_replicate) {
        return Outcome {
            held_back: Some(until),
            ..Outcome::default()
        };
    }
    state.commands += 1;
    let leaves = ["exec", "discard", "multi", "watch", "quit"].contains(&command.name);
    match &mut session.transaction {
        Some(transaction) if !leaves => {
            transaction.queue.push(words.clone());
            Reply::Simple("QUEUED".to_owned()).into()
        }
        Some(_) | None => {
            let mut told = Vec::new();
            let outcome = carry_out(node, state, session, &command, words, &mut told);
            node.spread(state, told);
            outcome
        }
    }
}

/// A command of the master's stream.
pub(super) fn replay(node: &Node, state: &mut State, db: usize, words: &Request) {
    let name = lower(words, 0);
    if name == "publish" {
        state.hub.publish(&words[1], &words[2]);
        return;
    }
    let mut run = Run {
        data: &mut state.data,
        db,
        now_ms: node.now_ms(),
        who: Who::Stream,
        told: Vec::new(),
    };
    if run.run(&name, words).is_some() {
        let told = run.told;
        state.dirty += 1;
        for words in told {
            node.log(state, db, words);
        }
    }
}

/// In the order in which Redis looks.
fn admitted(
    state: &mut State,
    session: &Session,
    command: &Command,
    sub: &str,
    full: &str,
) -> Result<(), String> {
    let executes = command.name == "exec";
    let queue = session.transaction.iter().flat_map(|t| &t.queue);
    let mut queued = queue.filter_map(|words| Command::find(&lower(words, 0)));
    let writes = command.writes() || executes && queued.any(|command| command.writes());
    if !matches!(command.name, "auth" | "hello" | "quit") && !state.users.may(command, Some(sub)) {
        return Err(format!(
            "NOPERM this user has no permissions to run the '{full}' command"
        ));
    }
    if writes && !state.enough_replicas() {
        return Err("NOREPLICAS Not enough good replicas to write.".to_owned());
    }
    if writes && state.is_replica() && state.conf.yes("replica-read-only") {
        return Err("READONLY You can't write against a read only replica.".to_owned());
    }
    let in_listening = [
        "subscribe",
        "unsubscribe",
        "psubscribe",
        "punsubscribe",
        "ping",
        "quit",
    ];
    if state.hub.count(session.id) > 0
        && session.protocol == Protocol::Resp2
        && !in_listening.contains(&command.name)
    {
        return Err(format!(
            "ERR Can't execute '{full}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        ));
    }
    if state.is_replica()
        && state.link() != Some(Link::Connected)
        && !state.conf.yes("replica-serve-stale-data")
        && !command.answers_stale()
    {
        return Err(
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
                .to_owned(),
        );
    }
    if state.loading() && !command.answers_loading() {
        return Err("LOADING Redis is loading the dataset in memory".to_owned());
    }
    Ok(())
}

/// A refusal spoils a transaction; one of EXEC ends it.
fn rejected(session: &mut Session, command: &Command, why: String) -> Outcome {
    if command.name == "exec" && session.transaction.take().is_some() {
        session.watched.clear();
        return refuse(format!("EXECABORT Transaction discarded because of: {why}"));
    }
    spoil(session);
    refuse(why)
}

fn carry_out(
    node: &Node,
    state: &mut State,
    session: &mut Session,
    command: &Command,
    words: &Request,
    told: &mut Vec<(Option<usize>, Request)>,
) -> Outcome {
    let paused = state.clients.held_back(true).is_some();
    let mut run = Run {
        data: &mut state.data,
        db: session.db,
        now_ms: node.now_ms(),
        // Nothing expires in a pause either.
        who: if state.repl.master.is_some() || paused {
            Who::Reader
        } else {
            Who::Client
        },
        told: Vec::new(),
    };
    if let Some(reply) = run.run(command.name, words) {
        told.extend(run.told.into_iter().map(|words| (Some(session.db), words)));
        return reply.into();
    }
    match command.name {
        "multi" if session.transaction.is_some() => refuse("ERR MULTI calls can not be nested"),
        "multi" => {
            session.transaction = Some(Transaction::default());
            Reply::ok().into()
        }
        "discard" if session.transaction.take().is_none() => refuse("ERR DISCARD without MULTI"),
        "discard" => {
            session.watched.clear();
            Reply::ok().into()
        }
        "watch" if session.transaction.is_some() => refuse("ERR WATCH inside MULTI is not allowed"),
        "watch" => {
            for key in &words[1..] {
                let entry = state.data.get(session.db, key).cloned();
                session.watched.push((session.db, key.clone(), entry));
            }
            Reply::ok().into()
        }
        "unwatch" => {
            session.watched.clear();
            Reply::ok().into()
        }
        "exec" => execute(node, state, session, told),
        _ => admin::run(node, state, session, command, words, told),
    }
}

fn execute(
    node: &Node,
    state: &mut State,
    session: &mut Session,
    told: &mut Vec<(Option<usize>, Request)>,
) -> Outcome {
    let Some(transaction) = session.transaction.take() else {
        return refuse("ERR EXEC without MULTI");
    };
    let watched = std::mem::take(&mut session.watched);
    if transaction.spoilt {
        return refuse("EXECABORT Transaction discarded because of previous errors.");
    }
    let same = |(db, key, was): &(usize, Bytes, _)| state.data.get(*db, key) == Option::as_ref(was);
    if !watched.iter().all(same) {
        return Reply::NilArray.into();
    }
    let mut outcome = Outcome::default();
    let mut replies = Vec::new();
    for words in &transaction.queue {
        let command = Command::find(&lower(words, 0)).expect("it was queued");
        if !state.users.may(&command, Some(&lower(words, 1))) {
            replies.push(Reply::error(
                "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to execute the command or subcommand",
            ));
            continue;
        }
        let one = carry_out(node, state, session, &command, words, told);
        replies.extend(one.reply);
        outcome.end = outcome.end.or(one.end);
    }
    outcome.reply = Some(Reply::Array(replies));
    outcome
}

fn spoil(session: &mut Session) {
    if let Some(transaction) = &mut session.transaction {
        transaction.spoilt = true;
    }
}

fn unknown(words: &Request) -> String {
    let text = |word: &Bytes| String::from_utf8_lossy(word).into_owned();
    let mut args = String::new();
    for word in &words[1..] {
        if args.len() >= 128 {
            break;
        }
        let word: String = text(word).chars().take(128 - args.len()).collect();
        args.extend(["'", word.as_str(), "' "]);
    }
    format!(
        "ERR unknown command '{}', with args beginning with: {args}",
        text(&words[0])
    )
}

pub(super) fn refuse(text: impl Into<String>) -> Outcome {
    Reply::error(text).into()
}

pub(super) fn integer(n: usize) -> Reply {
    Reply::Integer(i64::try_from(n).unwrap())
}

/// A word in lower case; empty where there is none.
pub(super) fn lower(words: &Request, index: usize) -> String {
    let word = words.get(index).map(|word| String::from_utf8_lossy(word));
    word.map_or_else(String::new, |word| word.to_lowercase())
}
