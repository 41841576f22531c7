//! Which commands there are, how many words they take, and what COMMAND says of them.
//!
//! Stock's set in sentinel mode, with the harmless QUIT, RESET and ECHO that clients of servers expect, Valkey's
//! words for SENTINEL, and PIKAFO.

mod kind;
mod table;

use bytes::Bytes;
use kind::Kind;
use table::TABLE;

use super::glob;
use super::resp::Reply;

/// A command, or a subcommand of one.
#[derive(Debug)]
pub struct Command {
    /// Lower case.
    pub name: &'static str,
    /// Words with the name, and with the container's: exactly so many, or at least so many where negative.
    pub arity: i8,
    /// The version of its origin that had it first: Redis', Valkey's or pikafo's.
    since: &'static str,
    kind: &'static Kind,
    summary: &'static str,
    subs: &'static [Self],
}

/// A command that was asked for, with the right number of words.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub command: &'static Command,
    pub sub: Option<&'static Command>,
}

impl Found {
    /// `sentinel|masters`.
    pub fn name(&self) -> String {
        full(self.command, self.sub)
    }

    /// Whether the category, without its `@`, is one of this command's.
    pub fn belongs(&self, category: &[u8]) -> bool {
        belongs(self.sub.unwrap_or(self.command).kind, category)
    }

    /// Whether it is a container of subcommands, or one of them.
    pub fn has_parts(&self) -> bool {
        !self.command.subs.is_empty()
    }

    /// The subcommand's name; empty where there is none.
    pub fn sub(&self) -> &'static str {
        self.sub.map_or("", |sub| sub.name)
    }
}

/// What the words ask for, or stock's error.
pub fn find(words: &[Bytes]) -> Result<Found, Reply> {
    let name = words.first().map(|word| word.to_ascii_lowercase());
    let Some(command) = TABLE
        .iter()
        .find(|known| Some(known.name.as_bytes()) == name.as_deref())
    else {
        return Err(unknown(words));
    };
    let mut found = Found { command, sub: None };
    if let (Some(word), false) = (words.get(1), command.subs.is_empty()) {
        let name = word.to_ascii_lowercase();
        found.sub = command.subs.iter().find(|sub| sub.name.as_bytes() == name);
        if found.sub.is_none() {
            return Err(unknown_sub(command, word));
        }
    }
    let arity = found.sub.unwrap_or(command).arity;
    let wanted = usize::from(arity.unsigned_abs());
    let enough = if arity < 0 {
        words.len() >= wanted
    } else {
        words.len() == wanted
    };
    if enough {
        Ok(found)
    } else {
        Err(arity_error(&found.name()))
    }
}

/// The error for a subcommand with words that it does not take.
pub(super) fn misused(words: &[Bytes]) -> Reply {
    let word = |at: usize| words.get(at).map_or_else(String::new, |w| text(w, TOLD));
    Reply::error(format!(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try {} HELP.",
        word(1),
        word(0).to_ascii_uppercase()
    ))
}

/// The error for a wrong number of words.
pub fn arity_error(name: &str) -> Reply {
    Reply::error(format!(
        "ERR wrong number of arguments for '{name}' command"
    ))
}

fn unknown(words: &[Bytes]) -> Reply {
    let mut arguments = String::new();
    for word in words.iter().skip(1) {
        if arguments.len() >= TOLD {
            break;
        }
        let told = text(word, TOLD - arguments.len());
        arguments.extend(["'", &told, "' "]);
    }
    let name = words.first().map_or_else(String::new, |w| text(w, TOLD));
    Reply::error(format!(
        "ERR unknown command '{name}', with args beginning with: {arguments}"
    ))
}

fn unknown_sub(command: &Command, word: &[u8]) -> Reply {
    Reply::error(format!(
        "ERR unknown subcommand '{}'. Try {} HELP.",
        text(word, TOLD),
        command.name.to_ascii_uppercase()
    ))
}

/// Bytes of an unknown command that its error repeats.
const TOLD: usize = 128;

fn text(word: &[u8], longest: usize) -> String {
    String::from_utf8_lossy(word.get(..longest).unwrap_or(word)).into_owned()
}

fn full(command: &Command, sub: Option<&Command>) -> String {
    match sub {
        None => command.name.to_owned(),
        Some(sub) => format!("{}|{}", command.name, sub.name),
    }
}

/// Every command, containers before their subcommands.
pub fn every() -> impl Iterator<Item = Found> {
    TABLE.iter().flat_map(|command| {
        let subs = command.subs.iter().map(Some);
        std::iter::once(None)
            .chain(subs)
            .map(move |sub| Found { command, sub })
    })
}

/// All names, containers before their subcommands.
fn names() -> impl Iterator<Item = (String, &'static Kind)> {
    every().map(|found| (found.name(), found.sub.unwrap_or(found.command).kind))
}

/// `COMMAND …`.
pub fn answer(found: Found, words: &[Bytes]) -> Reply {
    let rest = words.get(2..).unwrap_or_default();
    let chosen = || -> Vec<Option<Found>> {
        if rest.is_empty() {
            let all = TABLE.iter().map(|command| Found { command, sub: None });
            return all.map(Some).collect();
        }
        rest.iter().map(|word| by_name(word)).collect()
    };
    match found.sub() {
        "count" => Reply::Integer(i64::try_from(TABLE.len()).unwrap_or(i64::MAX)),
        "list" => list(rest),
        "" | "info" => {
            let told = chosen().into_iter();
            Reply::Array(told.map(|c| c.map_or(Reply::Nil, info)).collect())
        }
        "docs" => Reply::Map(chosen().into_iter().flatten().map(docs).collect()),
        "getkeys" | "getkeysandflags" => keys(rest),
        _ => Reply::lines(HELP),
    }
}

/// Of the keys in a whole command. No command has any, with however many words.
fn keys(asked: &[Bytes]) -> Reply {
    match find(asked) {
        Err(Reply::Error(text)) if text.starts_with("ERR unknown") => {
            Reply::error("ERR Invalid command specified")
        }
        Ok(_) | Err(_) => Reply::error("ERR The command has no key arguments"),
    }
}

fn list(rest: &[Bytes]) -> Reply {
    let (how, what) = match rest {
        [] => return Reply::bulks(names().map(|(name, _)| name)),
        [by, how, what] if by.eq_ignore_ascii_case(b"filterby") => (how, what),
        _ => return Reply::error("ERR syntax error"),
    };
    let (how, what) = (how.to_ascii_lowercase(), what.to_ascii_lowercase());
    let fits = |name: &str, kind| match how.as_slice() {
        b"pattern" => glob::fits(&what, name.as_bytes()),
        b"aclcat" => belongs(kind, &what),
        _ => false,
    };
    if !["pattern", "aclcat", "module"]
        .iter()
        .any(|known| known.as_bytes() == how)
    {
        return Reply::error("ERR syntax error");
    }
    Reply::bulks(
        names()
            .filter(|(name, kind)| fits(name, kind))
            .map(|(name, _)| name),
    )
}

/// Whether the category, without its `@`, is one of this kind's.
fn belongs(kind: &Kind, category: &[u8]) -> bool {
    let mut own = kind.categories.iter();
    own.any(|own| own.as_bytes() == category)
}

fn by_name(word: &[u8]) -> Option<Found> {
    let name = word.to_ascii_lowercase();
    TABLE.iter().find_map(|command| {
        if command.name.as_bytes() == name {
            return Some(Found { command, sub: None });
        }
        let sub = command
            .subs
            .iter()
            .find(|sub| full(command, Some(sub)).as_bytes() == name)?;
        Some(Found {
            command,
            sub: Some(sub),
        })
    })
}

fn info(found: Found) -> Reply {
    let command = found.sub.unwrap_or(found.command);
    let subs = command.subs.iter().map(|sub| {
        info(Found {
            command: found.command,
            sub: Some(sub),
        })
    });
    let categories = command.kind.categories.iter();
    let simple = |text: String| Reply::Simple(text);
    let name = found.name();
    Reply::Array(vec![
        Reply::bulk(&name),
        Reply::Integer(i64::from(command.arity)),
        Reply::Set(
            command
                .kind
                .flags
                .iter()
                .map(|flag| simple((*flag).to_owned()))
                .collect(),
        ),
        Reply::Integer(0),
        Reply::Integer(0),
        Reply::Integer(0),
        Reply::Set(categories.map(|own| simple(format!("@{own}"))).collect()),
        Reply::Set(tips(&name).iter().map(Reply::bulk).collect()),
        Reply::Set(Vec::new()),
        if command.subs.is_empty() {
            Reply::Set(Vec::new())
        } else {
            Reply::Array(subs.collect())
        },
    ])
}

fn docs(found: Found) -> (Reply, Reply) {
    let command = found.sub.unwrap_or(found.command);
    let group = match found.command.name {
        "auth" | "client" | "echo" | "hello" | "ping" | "quit" | "reset" => "connection",
        "psubscribe" | "publish" | "punsubscribe" | "subscribe" | "unsubscribe" => "pubsub",
        "sentinel" => "sentinel",
        _ => "server",
    };
    let mut told = vec![
        (Reply::bulk("summary"), Reply::bulk(command.summary)),
        (Reply::bulk("since"), Reply::bulk(command.since)),
        (Reply::bulk("group"), Reply::bulk(group)),
    ];
    if !command.subs.is_empty() {
        let subs = command.subs.iter().map(|sub| {
            docs(Found {
                command: found.command,
                sub: Some(sub),
            })
        });
        told.push((Reply::bulk("subcommands"), Reply::Map(subs.collect())));
    }
    (Reply::bulk(found.name()), Reply::Map(told))
}

/// What a client should know that spreads commands over servers.
fn tips(name: &str) -> &'static [&'static str] {
    match name {
        "client|info" | "client|list" => &["nondeterministic_output"],
        "command" | "command|docs" | "command|info" | "command|list" => {
            &["nondeterministic_output_order"]
        }
        "info" => &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        "ping" => &["request_policy:all_shards", "response_policy:all_succeeded"],
        _ => &[],
    }
}

/// `ACL CAT category`; `None` for one that does not exist.
pub fn in_category(category: &str) -> Option<Reply> {
    if !CATEGORIES.contains(&category) {
        return None;
    }
    let within = names().filter(|(_, kind)| belongs(kind, category.as_bytes()));
    Some(Reply::bulks(within.map(|n| n.0)))
}

/// Stock's categories, in its order.
pub const CATEGORIES: &[&str] = &[
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

const HELP: &[&str] = &[
    "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "(no subcommand)",
    "    Return details about all commands.",
    "COUNT",
    "    Return the total number of commands in this server.",
    "LIST",
    "    Return a list of all commands in this server.",
    "INFO [<command-name> ...]",
    "    Return details about multiple commands, or about all.",
    "DOCS [<command-name> ...]",
    "    Return documentation details about multiple commands, or about all.",
    "GETKEYS <full-command>",
    "    Return the keys from a full command: none has any.",
    "GETKEYSANDFLAGS <full-command>",
    "    Return the keys and the access flags from a full command: none has any.",
    "HELP",
    "    Prints this help.",
];

#[cfg(test)]
mod tests;
