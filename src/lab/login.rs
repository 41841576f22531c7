//! Who a connection is: AUTH and HELLO.

use super::acl;
use super::exec::lower;
use super::exec::refuse;
use super::exec::text;
use super::session::Login;
use super::session::Outcome;
use super::session::Session;
use super::state::Shared;
use super::state::State;
use crate::serve::resp::Protocol;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;

const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";
const NO_PASSWORD: &str = "ERR Client sent AUTH, but no password is set";

/// AUTH.
pub(super) fn auth(
    node: &Shared,
    state: &State,
    session: &mut Session,
    words: &Request,
) -> Outcome {
    match log_in(
        node,
        state,
        session,
        &words.get(1..).unwrap_or_default().to_vec(),
    ) {
        Ok(()) => Reply::ok().into(),
        Err(error) => refuse(error),
    }
}

/// AUTH with a password, or with a user and a password.
fn log_in(
    node: &Shared,
    state: &State,
    session: &mut Session,
    words: &Request,
) -> Result<(), &'static str> {
    let (admin, limited) = (state.conf.text("requirepass"), state.conf.text("userpass"));
    if !node.dialect.acl {
        let password = text(words, 0);
        if admin.is_empty() && limited.is_empty() {
            return Err(NO_PASSWORD);
        }
        session.login = if password == limited {
            Login::Limited
        } else if password == admin {
            Login::Admin
        } else {
            return Err("ERR invalid password");
        };
        return Ok(());
    }
    let candidates = match words.as_slice() {
        [_] if admin.is_empty() => return Err(NO_PASSWORD),
        [_] => vec![acl::DEFAULT.to_owned(), acl::LIMIT.to_owned()],
        _ => vec![text(words, 0)],
    };
    let password = words.last().cloned().unwrap_or_default();
    match candidates
        .into_iter()
        .find(|name| state.users.log_in(name, &password))
    {
        Some(name) => {
            session.login = Login::User(name);
            Ok(())
        }
        None => Err(WRONG_PASSWORD),
    }
}

/// HELLO, which logs in too, in a way of its own.
pub(super) fn hello(
    node: &Shared,
    state: &State,
    session: &mut Session,
    words: &Request,
) -> Outcome {
    if words.len() > 1 {
        match text(words, 1).parse::<i64>() {
            Ok(2 | 3) => {}
            Ok(_) if node.dialect.acl => return refuse("NOPROTO unsupported protocol version"),
            Ok(_) => return refuse("ERR -NOPROTO unsupported protocol version"),
            Err(_) => return refuse("ERR Protocol version is not an integer or out of range"),
        }
    }
    let mut at = 2;
    let mut failed = None;
    while at < words.len() {
        match lower(words, at).as_str() {
            "auth" if words.len() > at + 2 => {
                // HELLO goes by the password alone, whoever is named.
                let given = words.get(at + 2..at + 3).unwrap_or_default().to_vec();
                failed = failed.or(log_in(node, state, session, &given).err());
                at += 3;
            }
            "setname" if words.len() > at + 1 => {
                session.name = words.get(at + 1).cloned().unwrap_or_default();
                at += 2;
            }
            _ => {
                return refuse(format!(
                    "ERR Syntax error in HELLO option '{}'",
                    text(words, at)
                ));
            }
        }
    }
    let pairs = [
        ("server", "redis"),
        ("mode", "classic"),
        ("role", state.role()),
    ];
    let mut items = Vec::new();
    for (key, value) in pairs {
        items.extend([Reply::bulk(key), Reply::bulk(value)]);
        if key == "server" {
            items.extend([Reply::bulk("proto"), Reply::Integer(2)]);
        }
    }
    match failed {
        None => Reply::Array(items).into(),
        // The server forgets to end the error's line, and answers all the same.
        Some(error) if node.dialect.acl => {
            let mut raw = bytes::BytesMut::new();
            raw.extend_from_slice(format!("-{error}").as_bytes());
            Reply::Array(items).write(&mut raw, Protocol::Resp2);
            raw.extend_from_slice(b"\r\n");
            Reply::Raw(raw.freeze()).into()
        }
        Some(error) => refuse(error),
    }
}
