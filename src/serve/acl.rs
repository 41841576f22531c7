//! `ACL …`: the users, and what each may do.

use bytes::Bytes;

use super::auth::DEFAULT;
use super::auth::Logins;
use super::clients::Filter;
use super::command;
use super::command::Found;
use super::errand::Errand;
use super::errand::Next;
use super::hall::Hall;
use super::resp::Reply;
use super::user::User;

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
        ("log", []) => Reply::Array(Vec::new()),
        ("log", [what]) if what.eq_ignore_ascii_case(b"reset") => Reply::ok(),
        ("log", [count]) if text(count).is_some_and(|count| count.parse::<i64>().is_ok()) => {
            Reply::Array(Vec::new())
        }
        ("log", [_]) => Reply::error("ERR value is not an integer or out of range"),
        ("genpass", _) => Reply::error("ERR pikafo makes no passwords"),
        ("help", _) => Reply::lines(HELP),
        (sub, _) => Reply::error(format!(
            "ERR unknown subcommand or wrong number of arguments for '{sub}'. Try ACL HELP."
        )),
    }
    .into()
}

/// `GETUSER`.
fn told(user: &User) -> Reply {
    let field = |name: &str, value: Reply| (Reply::bulk(name), value);
    let flags = user.flags().into_iter().map(Reply::bulk);
    Reply::Map(vec![
        field("flags", Reply::Set(flags.collect())),
        field("passwords", Reply::bulks(user.hashes())),
        field("commands", Reply::bulk(user.commands())),
        field("keys", Reply::bulk(user.keys())),
        field("channels", Reply::bulk(user.channels())),
        field("selectors", Reply::Array(Vec::new())),
    ])
}

/// `DRYRUN name command …`.
fn try_out(name: &[u8], asked: &[Bytes], logins: &Logins) -> Reply {
    let Some(user) = text(name).and_then(|name| logins.user(name)) else {
        let name = String::from_utf8_lossy(name);
        return Reply::error(format!("ERR User '{name}' not found"));
    };
    match command::find(asked) {
        Ok(found) if user.may(found) => Reply::ok(),
        Ok(found) => Reply::bulk(format!(
            "This user has no permissions to run the '{}' command",
            found.name()
        )),
        Err(Reply::Error(text)) if text.starts_with("ERR unknown") => {
            let name = asked.first().map_or(&b""[..], |word| word);
            let name = String::from_utf8_lossy(name.get(..SHOWN).unwrap_or(name)).into_owned();
            Reply::error(format!("ERR Command '{name}' not found"))
        }
        Err(error) => error,
    }
}

/// Bytes of a word that an error repeats.
const SHOWN: usize = 128;

/// `SETUSER name rule …`: all of them, or none.
fn set(name: &[u8], rules: &[Bytes], logins: &Logins) -> Next {
    let odd = |c: char| c == ' ' || c == '\0';
    let Some(name) = text(name).filter(|name| !name.contains(odd)) else {
        return Reply::error("ERR Usernames can't contain spaces or null characters").into();
    };
    let rules: Option<Vec<&str>> = rules.iter().map(|rule| text(rule)).collect();
    // A rule goes into files line by line.
    let whole = |rule: &&str| !rule.contains(|c: char| c.is_control() || c == ' ');
    let Some(rules) = rules.filter(|rules| rules.iter().all(whole)) else {
        return Reply::error("ERR ACL rules are text without blanks").into();
    };
    let mut user = logins.user(name).cloned().unwrap_or_default();
    if let Err((rule, why)) = user.follow(rules) {
        let rule: String = rule.chars().take(SHOWN).collect();
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
    "GETUSER <username>",
    "    Get the user's details.",
    "LIST",
    "    Show users in the format of an ACL file.",
    "LOAD",
    "    Read the users from the ACL file again.",
    "LOG [<count> | RESET]",
    "    Show the ACL log entries: there are none.",
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
