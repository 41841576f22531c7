//! Who may come in: one password for everybody, users with their own, or nobody needs any.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use secrecy::SecretString;

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
    (own.len() == given.len()) & (differing == 0)
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
