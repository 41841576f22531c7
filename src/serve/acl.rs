//! `ACL …`: the users, and what each may do.

use bytes::Bytes;

use super::auth::DEFAULT;
use super::auth::Logins;
use super::clients::Filter;
use super::command;
use super::command::Found;
use super::errand::Errand;
use super::errand::Next;
use super::grant::Denied;
use super::grant::Grant;
use super::hall::Hall;
use super::resp::Reply;
use super::user;
use super::user::User;
use crate::host::dice;

/// Answers `ACL …` for a connection that is `user`.
pub(super) fn answer(found: Found, words: &[Bytes], user: &str, hall: &Hall) -> Next {
    let logins = hall.desk.logins();
    let rest = words.get(2..).unwrap_or_default();
    match (found.sub(), rest) {
        ("setuser", [name, rules @ ..]) => return set(name, rules, &logins),
        ("deluser", names) => return delete(names, &logins, hall),
        ("load", _) => return Next::Do(Errand::ReadUsers),
        ("save", _) => return Next::Do(Errand::WriteUsers),
        _ => {}
    }
    match (found.sub(), rest) {
        ("whoami", _) => Reply::bulk(user),
        ("users", _) => Reply::bulks(logins.names()),
        ("list", _) => Reply::bulks(logins.lines()),
        ("getuser", [name]) => text(name)
            .and_then(|name| logins.user(name))
            .map_or(Reply::Nil, told),
        ("cat", []) => Reply::bulks(command::CATEGORIES),
        ("cat", [category]) => {
            let category = String::from_utf8_lossy(category).to_ascii_lowercase();
            command::in_category(&category)
                .unwrap_or_else(|| Reply::error(format!("ERR Unknown category '{category}'")))
        }
        ("dryrun", [name, asked @ ..]) => try_out(name, asked, &logins),
        ("log", []) => hall.denials.told(TOLD, hall.desk.now_us()),
        ("log", [what]) if what.eq_ignore_ascii_case(b"reset") => {
            hall.denials.clear();
            Reply::ok()
        }
        ("log", [count]) => match number(count) {
            Some(count) => {
                let count = usize::try_from(count).unwrap_or(0);
                hall.denials.told(count, hall.desk.now_us())
            }
            None => not_integer(),
        },
        ("genpass", []) => password(256),
        ("genpass", [bits]) => number(bits).map_or_else(not_integer, password),
        ("help", _) => Reply::lines(HELP),
        _ => command::misused(words),
    }
    .into()
}

/// `GETUSER`.
fn told(user: &User) -> Reply {
    let field = |name: &str, value: Reply| (Reply::bulk(name), value);
    let grant = |grant: &Grant| {
        vec![
            field("commands", Reply::bulk(grant.commands())),
            field("keys", Reply::bulk(grant.keys())),
            field("channels", Reply::bulk(grant.channels())),
        ]
    };
    let flags = user.flags().into_iter().map(Reply::bulk);
    let mut told = vec![
        field("flags", Reply::Set(flags.collect())),
        field("passwords", Reply::bulks(user.hashes())),
    ];
    told.extend(grant(user.own()));
    let selectors = user.selectors().iter().map(|own| Reply::Map(grant(own)));
    told.push(field("selectors", Reply::Array(selectors.collect())));
    Reply::Map(told)
}

/// `GENPASS`: so many random bits in hex.
fn password(bits: i64) -> Reply {
    let Some(bits) = usize::try_from(bits)
        .ok()
        .filter(|bits| (1..=4096).contains(bits))
    else {
        return Reply::error(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
        );
    };
    let digits = bits.div_ceil(4);
    let mut password = dice::hex(digits.div_ceil(2));
    password.truncate(digits);
    Reply::bulk(password)
}

/// `DRYRUN name command …`.
fn try_out(name: &[u8], asked: &[Bytes], logins: &Logins) -> Reply {
    let Some(user) = text(name).and_then(|name| logins.user(name)) else {
        let name = String::from_utf8_lossy(name);
        return Reply::error(format!("ERR User '{name}' not found"));
    };
    match command::find(asked) {
        Ok(found) => match user.check(found, asked) {
            Ok(()) => Reply::ok(),
            Err(Denied::Command) => Reply::bulk(format!(
                "This user has no permissions to run the '{}' command",
                found.name()
            )),
            Err(Denied::Channel(at)) => Reply::bulk(format!(
                "This user has no permissions to access the '{}' channel",
                asked.get(at).map_or_else(String::new, |word| shown(word))
            )),
        },
        Err(Reply::Error(text)) if text.starts_with("ERR unknown") => {
            let name = asked.first().map_or_else(String::new, |word| shown(word));
            Reply::error(format!("ERR Command '{name}' not found"))
        }
        Err(error) => error,
    }
}

/// A word as an error repeats it.
fn shown(word: &[u8]) -> String {
    String::from_utf8_lossy(word.get(..SHOWN).unwrap_or(word)).into_owned()
}

const SHOWN: usize = 128;
/// Refusals that are told where nobody says how many.
const TOLD: usize = 10;

/// `SETUSER name rule …`: all of them, or none.
fn set(name: &[u8], rules: &[Bytes], logins: &Logins) -> Next {
    let odd = |c: char| c == ' ' || c == '\0';
    let Some(name) = text(name).filter(|name| !name.contains(odd)) else {
        return Reply::error("ERR Usernames can't contain spaces or null characters").into();
    };
    let rules: Option<Vec<&str>> = rules.iter().map(|rule| text(rule)).collect();
    let Some(rules) = rules else {
        return Reply::error("ERR ACL rules are text").into();
    };
    let rules = match user::whole(rules) {
        Ok(rules) => rules,
        Err(first) => {
            let first = shown(first.as_bytes());
            let error = format!("ERR Unmatched parenthesis in acl selector starting at '{first}'.");
            return Reply::error(error).into();
        }
    };
    let mut user = logins.user(name).cloned().unwrap_or_default();
    if let Err((at, why)) = user.follow(&rules) {
        let rule: String = rules
            .get(at)
            .into_iter()
            .flat_map(|rule| rule.chars().take(SHOWN))
            .collect();
        let error = format!("ERR Error in ACL SETUSER modifier '{rule}': {why}");
        return Reply::error(error).into();
    }
    let mut after = logins.clone();
    after.set(name, user);
    Next::Do(Errand::SetUsers {
        logins: after,
        then: Reply::ok(),
    })
}

/// `DELUSER name …`: how many there were. Whoever is logged in as one of them is cut off.
fn delete(names: &[Bytes], logins: &Logins, hall: &Hall) -> Next {
    if names.iter().any(|name| *name == DEFAULT.as_bytes()) {
        return Reply::error("ERR The 'default' user cannot be removed").into();
    }
    let mut after = logins.clone();
    let mut gone = 0;
    for name in names.iter().filter_map(|name| text(name)) {
        if after.remove(name) {
            gone += 1;
            hall.clients.kill(&Filter {
                user: Some(name.to_owned()),
                ..Filter::default()
            });
        }
    }
    Next::Do(Errand::SetUsers {
        logins: after,
        then: Reply::Integer(gone),
    })
}

fn number(word: &[u8]) -> Option<i64> {
    text(word)?.parse().ok()
}

fn not_integer() -> Reply {
    Reply::error("ERR value is not an integer or out of range")
}

fn text(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok()
}

const HELP: &[&str] = &[
    "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CAT [<category>]",
    "    List all commands that belong to <category>, or all categories.",
    "DELUSER <username> [<username> ...]",
    "    Delete users.",
    "DRYRUN <username> <command> [<arg> ...]",
    "    Tell whether the user could execute the command.",
    "GENPASS [<bits>]",
    "    Generate a password of 256 bits, or of as many as are wanted.",
    "GETUSER <username>",
    "    Get the user's details.",
    "LIST",
    "    Show users in the format of an ACL file.",
    "LOAD",
    "    Read the users from the ACL file again.",
    "LOG [<count> | RESET]",
    "    Show who was refused what, or forget it.",
    "SAVE",
    "    Write the users to the ACL file.",
    "SETUSER <username> <rule> [<rule> ...]",
    "    Make a user, or change one.",
    "USERS",
    "    List all usernames.",
    "WHOAMI",
    "    Return the current connection's username.",
    "HELP",
    "    Prints this help.",
];
