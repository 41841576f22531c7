//! Who may come in: one password for everybody, users with their own, or nobody needs any. `AUTH` and `HELLO`.
//! What each may do is [`super::user`]'s.

use std::collections::BTreeMap;

use bytes::Bytes;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use super::VERSION;
use super::client;
use super::denials::Denial;
use super::denials::Why;
use super::hall::Hall;
use super::resp::Protocol;
use super::resp::Reply;
use super::session::Session;
use super::user::User;

/// The user that everybody is who names none.
pub const DEFAULT: &str = "default";

/// The users of this process.
#[derive(Clone, Debug)]
pub struct Logins {
    users: BTreeMap<String, User>,
}

impl Default for Logins {
    /// Nobody needs a password.
    fn default() -> Self {
        Self::new(None)
    }
}

impl Logins {
    /// With this password for [`DEFAULT`]; `None`: it needs none and everybody is in from the start.
    pub fn new(password: Option<&SecretString>) -> Self {
        let default = password.map_or_else(User::anybody, |password| {
            User::with_password(password.expose_secret())
        });
        Self {
            users: BTreeMap::from([(DEFAULT.to_owned(), default)]),
        }
    }

    /// Whether a connection is in without a word.
    pub fn open(&self) -> bool {
        self.user(DEFAULT).is_some_and(User::open)
    }

    /// Whether this user has this password. Takes as long for a wrong one as for the right one.
    pub fn accept(&self, user: &[u8], password: &[u8]) -> bool {
        let known = std::str::from_utf8(user).ok().and_then(|n| self.user(n));
        // Whoever does not exist is compared with as well.
        let right = known.unwrap_or(&User::default()).accepts(password);
        known.is_some() && right
    }

    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// The user of that name from now on.
    pub fn set(&mut self, name: &str, user: User) {
        self.users.insert(name.to_owned(), user);
    }

    /// False where there is no such user.
    pub fn remove(&mut self, name: &str) -> bool {
        self.users.remove(name).is_some()
    }

    /// All names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// A line of an ACL file for each: `user default on nopass ~* &* +@all`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.users
            .iter()
            .map(|(name, user)| format!("user {name} {}", user.rules().join(" ")))
    }
}

/// `AUTH [user] password`.
pub(super) fn auth(words: &[Bytes], session: &mut Session, hall: &Hall) -> Reply {
    let (user, password) = match words {
        [_] if hall
            .desk
            .logins()
            .user(DEFAULT)
            .is_some_and(User::needs_no_password) =>
        {
            return Reply::error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure \
                 your configuration is correct?",
            );
        }
        [password] => (DEFAULT.as_bytes(), password),
        [user, password] => (&**user, password),
        _ => return client::syntax(),
    };
    match log_in("AUTH", user, password, session, hall) {
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
        && let Err(error) = log_in("HELLO", user, password, session, hall)
    {
        return error;
    }
    if session.user.is_none() {
        return Reply::error(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH \
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

fn log_in(
    by: &str,
    user: &[u8],
    password: &[u8],
    session: &mut Session,
    hall: &Hall,
) -> Result<(), Reply> {
    let name = String::from_utf8_lossy(user);
    if !hall.desk.logins().accept(user, password) {
        hall.deny(Denial::new(Why::Login, by.as_bytes(), &name), session.id);
        return Err(Reply::error(
            "WRONGPASS invalid username-password pair or user is disabled.",
        ));
    }
    session.user = Some(name.into_owned());
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
        let mut logins = Logins::new(Some(&"secret".to_owned().into()));
        logins.set("ops", User::with_password("other"));
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
        let mut logins = Logins::default();
        assert!(logins.open());
        assert!(logins.accept(b"default", b"anything"));
        assert!(!logins.accept(b"ops", b"anything"));
        let mut off = User::anybody();
        off.on = false;
        logins.set(DEFAULT, off);
        assert!(!logins.open() && !logins.accept(b"default", b""));
    }
}
