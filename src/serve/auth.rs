//! Who may come in: one password for everybody, users with their own, or nobody needs any. `AUTH` and `HELLO`.

use std::collections::BTreeMap;

use bytes::Bytes;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use super::VERSION;
use super::client;
use super::hall::Hall;
use super::resp::Protocol;
use super::resp::Reply;
use super::session::Session;

/// The user that everybody is who names none.
pub const DEFAULT: &str = "default";

/// The logins of this process. Every user may do everything.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    /// The password of [`DEFAULT`]; `None`: it needs none and everybody is in from the start.
    pub password: Option<SecretString>,
    /// Further users.
    pub users: BTreeMap<String, SecretString>,
}

impl Logins {
    /// Whether a connection is in without a word.
    pub fn open(&self) -> bool {
        self.password.is_none()
    }

    /// Whether this user has this password. Takes as long for a wrong one as for the right one.
    pub fn accept(&self, user: &[u8], password: &[u8]) -> bool {
        if user == DEFAULT.as_bytes() {
            return match &self.password {
                None => true,
                Some(own) => same(own.expose_secret().as_bytes(), password),
            };
        }
        let mut found = false;
        for (name, own) in &self.users {
            let right = same(own.expose_secret().as_bytes(), password);
            found |= right & same(name.as_bytes(), user);
        }
        found
    }

    /// All names, [`DEFAULT`] first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(DEFAULT).chain(self.users.keys().map(String::as_str))
    }
}

/// Compares without stopping at the first difference, so that the time tells nothing but the length.
fn same(own: &[u8], given: &[u8]) -> bool {
    let differing = own
        .iter()
        .zip(given)
        .fold(0, |differing, (a, b)| differing | (a ^ b));
    differing == 0 && own.len() == given.len()
}

/// `AUTH [user] password`.
pub(super) fn auth(words: &[Bytes], session: &mut Session, hall: &Hall) -> Reply {
    let (user, password) = match words {
        [_] if hall.desk.logins().open() => {
            return Reply::error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure \
                 your configuration is correct?",
            );
        }
        [password] => (DEFAULT.as_bytes(), password),
        [user, password] => (&**user, password),
        _ => return client::syntax(),
    };
    match log_in(user, password, session, hall) {
        Ok(()) => Reply::ok(),
        Err(error) => error,
    }
}

/// `HELLO [2|3 [AUTH user password] [SETNAME name]]`. A login that works stays, even if something after it does not.
pub(super) fn hello(words: &[Bytes], session: &mut Session, hall: &Hall) -> Reply {
    let protocol = match words.first().map(|word| number(word)) {
        None => None,
        Some(Some(2)) => Some(Protocol::Resp2),
        Some(Some(3)) => Some(Protocol::Resp3),
        Some(Some(_)) => return Reply::error("NOPROTO unsupported protocol version"),
        Some(None) => {
            return Reply::error("ERR Protocol version is not an integer or out of range");
        }
    };
    let mut login = None;
    let mut name = None;
    let mut left = words.get(1..).unwrap_or_default();
    while let Some((option, rest)) = left.split_first() {
        match (option.to_ascii_lowercase().as_slice(), rest) {
            (b"auth", [user, password, rest @ ..]) => {
                login = Some((user, password));
                left = rest;
            }
            (b"setname", [wanted, rest @ ..]) => {
                name = Some(wanted);
                left = rest;
            }
            _ => {
                return Reply::error(format!(
                    "ERR Syntax error in HELLO option '{}'",
                    String::from_utf8_lossy(option)
                ));
            }
        }
    }
    if let Some((user, password)) = login
        && let Err(error) = log_in(user, password, session, hall)
    {
        return error;
    }
    if session.user.is_none() {
        return Reply::error(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH \
             <user> <pass> option can be used to authenticate the client and select the RESP protocol version at \
             the same time",
        );
    }
    if let Some(name) = name
        && let Err(error) = client::set_name(name, session, hall)
    {
        return error;
    }
    if let Some(protocol) = protocol {
        session.protocol = protocol;
    }
    let field = |name: &str, value: Reply| (Reply::bulk(name), value);
    Reply::Map(vec![
        field("server", Reply::bulk("redis")),
        field("version", Reply::bulk(VERSION)),
        field(
            "proto",
            Reply::Integer(match session.protocol {
                Protocol::Resp2 => 2,
                Protocol::Resp3 => 3,
            }),
        ),
        field(
            "id",
            Reply::Integer(i64::try_from(session.id).unwrap_or(i64::MAX)),
        ),
        field("mode", Reply::bulk("sentinel")),
        field("modules", Reply::Array(Vec::new())),
    ])
}

fn log_in(user: &[u8], password: &[u8], session: &mut Session, hall: &Hall) -> Result<(), Reply> {
    if !hall.desk.logins().accept(user, password) {
        return Err(Reply::error(
            "WRONGPASS invalid username-password pair or user is disabled.",
        ));
    }
    session.user = Some(String::from_utf8_lossy(user).into_owned());
    Ok(())
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_password_of_that_very_user_is_accepted() {
        let logins = Logins {
            password: Some("secret".to_owned().into()),
            users: BTreeMap::from([("ops".to_owned(), "other".to_owned().into())]),
        };
        assert!(!logins.open());
        for (user, password, accepted) in [
            ("default", "secret", true),
            ("default", "secre", false),
            ("default", "secret1", false),
            ("default", "", false),
            ("default", "other", false),
            ("ops", "other", true),
            ("ops", "secret", false),
            ("op", "other", false),
            ("nobody", "secret", false),
        ] {
            let answer = logins.accept(user.as_bytes(), password.as_bytes());
            assert_eq!(answer, accepted, "{user} {password}");
        }
    }

    #[test]
    fn without_a_password_everybody_is_the_default_user() {
        let logins = Logins::default();
        assert!(logins.open());
        assert!(logins.accept(b"default", b"anything"));
        assert!(!logins.accept(b"ops", b"anything"));
    }
}
