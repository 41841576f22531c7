//! `ACL …`, as far as there is something to say: users are in the configuration, and each may do everything.

use bytes::Bytes;

use super::command;
use super::command::Found;
use super::desk::Look;
use super::resp::Reply;

/// Answers `ACL …` for a connection that is `user`.
pub fn answer(found: Found, words: &[Bytes], user: &str, look: &dyn Look) -> Reply {
    let logins = look.logins();
    let rest = words.get(2..).unwrap_or_default();
    let known = |name: &[u8]| logins.names().any(|known| known.as_bytes() == name);
    let nopass = |name: &[u8]| name == b"default" && logins.open();
    match (found.sub(), rest) {
        ("whoami", _) => Reply::bulk(user),
        ("users", _) => Reply::bulks(logins.names()),
        ("list", _) => Reply::bulks(logins.names().map(|name| {
            // Hashes of passwords are nobody's business.
            let pass = if nopass(name.as_bytes()) {
                "nopass"
            } else {
                "#hidden"
            };
            format!("user {name} on {pass} ~* &* +@all")
        })),
        ("getuser", [name]) if known(name) => {
            let mut flags = vec![Reply::bulk("on")];
            flags.extend(nopass(name).then(|| Reply::bulk("nopass")));
            Reply::Map(vec![
                (Reply::bulk("flags"), Reply::Set(flags)),
                (Reply::bulk("passwords"), Reply::Array(Vec::new())),
                (Reply::bulk("commands"), Reply::bulk("+@all")),
                (Reply::bulk("keys"), Reply::bulk("~*")),
                (Reply::bulk("channels"), Reply::bulk("&*")),
                (Reply::bulk("selectors"), Reply::Array(Vec::new())),
            ])
        }
        ("getuser", _) => Reply::Nil,
        ("cat", []) => Reply::bulks(command::CATEGORIES),
        ("cat", [category]) => {
            let category = String::from_utf8_lossy(category).to_ascii_lowercase();
            command::in_category(&category)
                .unwrap_or_else(|| Reply::error(format!("ERR Unknown category '{category}'")))
        }
        ("dryrun", [name, ..]) if !known(name) => Reply::error(format!(
            "ERR User '{}' not found",
            String::from_utf8_lossy(name)
        )),
        ("dryrun", [_, asked @ ..]) => match command::find(asked) {
            Ok(_) => Reply::ok(),
            Err(error) => error,
        },
        ("log", []) => Reply::Array(Vec::new()),
        ("log", [what]) if what.eq_ignore_ascii_case(b"reset") => Reply::ok(),
        ("log", [count]) if count.iter().all(u8::is_ascii_digit) => Reply::Array(Vec::new()),
        ("log", [_]) => Reply::error("ERR value is not an integer or out of range"),
        ("genpass", _) => Reply::error("ERR pikafo makes no passwords"),
        ("help", _) => Reply::lines(HELP),
        ("setuser" | "deluser" | "load" | "save", _) => {
            Reply::error("ERR Users are set in pikafo's configuration")
        }
        (sub, _) => Reply::error(format!(
            "ERR unknown subcommand or wrong number of arguments for '{sub}'. Try ACL HELP."
        )),
    }
}

const HELP: &[&str] = &[
    "ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CAT [<category>]",
    "    List all commands that belong to <category>, or all categories.",
    "DRYRUN <username> <command> [<arg> ...]",
    "    Tell whether the user could execute the command.",
    "GETUSER <username>",
    "    Get the user's details.",
    "LIST",
    "    Show users in the format of an ACL file, without passwords.",
    "LOG [<count> | RESET]",
    "    Show the ACL log entries: there are none.",
    "USERS",
    "    List all usernames.",
    "WHOAMI",
    "    Return the current connection's username.",
    "HELP",
    "    Prints this help.",
];
