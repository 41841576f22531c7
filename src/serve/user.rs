//! One user of the API: how it logs in and what it may do, by the rules of Redis' ACL files.
//!
//! What it may touch is its own [`Grant`] and, beside it, those of its selectors (`(…)`): one of them must allow
//! everything that a request wants.

use std::fmt;

use bytes::Bytes;

use super::command::Found;
use super::grant::Denied;
use super::grant::Grant;
use super::grant::SYNTAX;
use super::sha256;

/// What a user has been given, one rule after the other.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct User {
    pub on: bool,
    nopass: bool,
    payload: Payload,
    /// SHA-256 of its passwords in hex, in the order in which they came.
    hashes: Vec<String>,
    own: Grant,
    selectors: Vec<Grant>,
}

/// A flag that means something to servers with data only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Payload {
    #[default]
    Unsaid,
    Sanitised,
    Taken,
}

/// The words of rules with each selector in one, though it was given in several; else the word with which one begins
/// that does not end.
pub fn whole<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let mut rules: Vec<String> = Vec::new();
    let mut begun: Option<(String, String)> = None;
    for word in words {
        let (first, text) = match begun.take() {
            Some((first, text)) => (first, format!("{text} {word}")),
            None if word.starts_with('(') => (word.to_owned(), word.to_owned()),
            None => {
                rules.push(word.to_owned());
                continue;
            }
        };
        if word.ends_with(')') {
            rules.push(text);
        } else {
            begun = Some((first, text));
        }
    }
    match begun {
        None => Ok(rules),
        Some((first, _)) => Err(first),
    }
}

impl User {
    /// Comes in without a password and may do everything.
    pub fn anybody() -> Self {
        Self {
            on: true,
            nopass: true,
            own: Grant::everything(),
            ..Self::default()
        }
    }

    /// Comes in with this password and may do everything.
    pub fn with_password(password: &str) -> Self {
        Self {
            nopass: false,
            hashes: vec![sha256::hex(password.as_bytes())],
            ..Self::anybody()
        }
    }

    /// Follows [`whole`] rules in their order up to the first that makes no sense: where that one stands, and why.
    pub fn follow<R: AsRef<str>>(&mut self, rules: &[R]) -> Result<(), (usize, &'static str)> {
        let mut rules = rules.iter().enumerate();
        rules.try_for_each(|(at, rule)| self.obey(rule.as_ref()).map_err(|why| (at, why)))
    }

    /// Whether it comes in by itself.
    pub fn open(&self) -> bool {
        self.on && self.nopass
    }

    pub fn needs_no_password(&self) -> bool {
        self.nopass
    }

    /// Whether this is one of its passwords.
    pub fn accepts(&self, password: &[u8]) -> bool {
        let given = sha256::hex(password);
        let right = self
            .hashes
            .iter()
            .fold(false, |right, own| right | same(own, &given));
        self.on && (self.nopass || right)
    }

    /// Whether it may give the command with these words.
    pub fn check(&self, found: Found, words: &[Bytes]) -> Result<(), Denied> {
        let mut denied = match self.own.check(found, words) {
            Ok(()) => return Ok(()),
            Err(denied) => denied,
        };
        for selector in &self.selectors {
            match selector.check(found, words) {
                Ok(()) => return Ok(()),
                Err(other) => denied = denied.max(other),
            }
        }
        Err(denied)
    }

    pub fn flags(&self) -> Vec<&'static str> {
        let mut flags = vec![if self.on { "on" } else { "off" }];
        flags.extend(self.nopass.then_some("nopass"));
        match self.payload {
            Payload::Unsaid => {}
            Payload::Sanitised => flags.push("sanitize-payload"),
            Payload::Taken => flags.push("skip-sanitize-payload"),
        }
        flags
    }

    /// SHA-256 of its passwords.
    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }

    /// What it may touch by its own rules.
    pub fn own(&self) -> &Grant {
        &self.own
    }

    pub fn selectors(&self) -> &[Grant] {
        &self.selectors
    }

    /// All its rules, as they stand in a file.
    pub fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = self.flags().into_iter().map(str::to_owned).collect();
        rules.extend(self.hashes.iter().map(|hash| format!("#{hash}")));
        rules.extend(self.own.rules());
        let selectors = self.selectors.iter();
        rules.extend(selectors.map(|selector| format!("({})", selector.rules().join(" "))));
        rules
    }

    fn obey(&mut self, rule: &str) -> Result<(), &'static str> {
        match rule.to_ascii_lowercase().as_str() {
            "" => {}
            "on" => self.on = true,
            "off" => self.on = false,
            "nopass" => {
                self.nopass = true;
                self.hashes.clear();
            }
            "resetpass" => {
                self.nopass = false;
                self.hashes.clear();
            }
            "sanitize-payload" => self.payload = Payload::Sanitised,
            "skip-sanitize-payload" => self.payload = Payload::Taken,
            "clearselectors" => self.selectors.clear(),
            "reset" => {
                *self = Self {
                    payload: Payload::Sanitised,
                    ..Self::default()
                };
            }
            _ if rule.starts_with('(') => self.selectors.push(Grant::selector(rule)?),
            _ => return self.obey_sign(rule),
        }
        Ok(())
    }

    /// Rules that begin with what they are about.
    fn obey_sign(&mut self, rule: &str) -> Result<(), &'static str> {
        let (sign, rest) = rule.split_at_checked(1).ok_or(SYNTAX)?;
        match sign {
            ">" => self.add_hash(sha256::hex(rest.as_bytes())),
            "#" if is_hash(rest) => self.add_hash(rest.to_owned()),
            "#" | "!" if !is_hash(rest) => return Err(NO_HASH),
            "<" => self.remove_hash(&sha256::hex(rest.as_bytes()))?,
            "!" => self.remove_hash(rest)?,
            _ => self.own.obey(rule)?,
        }
        Ok(())
    }

    fn add_hash(&mut self, hash: String) {
        self.nopass = false;
        if !self.hashes.contains(&hash) {
            self.hashes.push(hash);
        }
    }

    fn remove_hash(&mut self, hash: &str) -> Result<(), &'static str> {
        let at = self.hashes.iter().position(|own| own == hash);
        self.hashes.remove(at.ok_or(NO_SUCH_PASSWORD)?);
        Ok(())
    }
}

/// Without what could be guessed from.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passwords = self.hashes.len();
        write!(f, "User({passwords} passwords, {})", self.own.commands())
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Compares without stopping at the first difference, so that the time tells nothing.
fn same(own: &str, given: &str) -> bool {
    let pairs = own.bytes().zip(given.bytes());
    pairs.fold(own.len() ^ given.len(), |differing, (a, b)| {
        differing | usize::from(a ^ b)
    }) == 0
}

const NO_HASH: &str = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
const NO_SUCH_PASSWORD: &str = "The password you are trying to remove from the user does not exist";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::command;

    fn user(rules: &str) -> User {
        let mut user = User::default();
        user.follow(&whole(rules.split(' ')).unwrap()).unwrap();
        user
    }

    #[test]
    fn passwords_are_known_by_their_hashes() {
        let hash = sha256::hex(b"b");
        let own = user(&format!("on >a #{hash} >c <c"));
        assert!(own.accepts(b"a") && own.accepts(b"b"));
        assert!(!own.accepts(b"c") && !own.accepts(b"") && !own.accepts(hash.as_bytes()));
        assert!(!user("off >a").accepts(b"a"));
        assert!(user("on >a nopass").accepts(b"anything"));
        assert!(!user("on nopass resetpass").accepts(b""));
        assert!(!format!("{own:?}").contains(&hash));
    }

    #[test]
    fn one_selector_must_allow_the_whole_of_a_request() {
        let own = user("&a +ping (+subscribe &x) (+publish &y)");
        for (line, said) in [
            ("PING", Ok(())),
            ("SUBSCRIBE x", Ok(())),
            ("SUBSCRIBE x a", Err(Denied::Channel(2))),
            ("PUBLISH y z", Ok(())),
            ("PUBLISH x z", Err(Denied::Channel(1))),
            ("SENTINEL MYID", Err(Denied::Command)),
        ] {
            let words: Vec<Bytes> = line
                .split(' ')
                .map(|word| Bytes::copy_from_slice(word.as_bytes()))
                .collect();
            assert_eq!(
                own.check(command::find(&words).unwrap(), &words),
                said,
                "{line}"
            );
        }
        let cleared = user("(+@all ~a) clearselectors");
        assert_eq!(cleared, User::default());
    }
}
