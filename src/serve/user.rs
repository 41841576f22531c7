//! One user of the API: how it logs in and what it may do, by the rules of Redis' ACL files.
//!
//! Keys are kept only to be told: there are none here. Selectors (`(…)`) are passed over, for they could only allow
//! more.

use std::fmt;

use super::command;
use super::command::Found;
use super::glob;
use super::sha256;

/// What a user has been given, one rule after the other.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct User {
    pub on: bool,
    nopass: bool,
    payload: Payload,
    /// SHA-256 of its passwords in hex, in the order in which they came.
    hashes: Vec<String>,
    keys: Vec<String>,
    channels: Vec<String>,
    /// `+@all` first, where that is where it begins; else it begins with nothing.
    commands: Vec<String>,
}

/// A flag that means something to servers with data only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Payload {
    #[default]
    Unsaid,
    Sanitised,
    Taken,
}

impl User {
    /// Comes in without a password and may do everything.
    pub fn anybody() -> Self {
        Self {
            on: true,
            nopass: true,
            keys: vec!["~*".to_owned()],
            channels: vec![EVERY_CHANNEL.to_owned()],
            commands: vec![EVERYTHING.to_owned()],
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

    /// Follows rules in their order up to the first that makes no sense: that one, and why.
    pub fn follow<'a>(
        &mut self,
        rules: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), (&'a str, &'static str)> {
        let mut within_selector = false;
        for rule in rules {
            if within_selector || rule.starts_with('(') {
                within_selector = !rule.ends_with(')');
                continue;
            }
            self.obey(rule).map_err(|why| (rule, why))?;
        }
        Ok(())
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

    /// Whether it may do this, by the last rule that is about it.
    pub fn may(&self, found: Found) -> bool {
        self.commands
            .iter()
            .rev()
            .find(|rule| rule.get(1..).is_some_and(|what| is_about(what, found)))
            .is_some_and(|rule| rule.starts_with('+'))
    }

    /// Whether it may listen to, or speak on, this channel.
    pub fn may_hear(&self, channel: &[u8]) -> bool {
        let mut patterns = self.channels.iter().filter_map(|rule| rule.get(1..));
        patterns.any(|pattern| glob::fits(pattern.as_bytes(), channel))
    }

    /// Whether it may listen by this pattern: a pattern that it was given to the letter.
    pub fn may_hear_by(&self, pattern: &[u8]) -> bool {
        let mut patterns = self.channels.iter().filter_map(|rule| rule.get(1..));
        patterns.any(|own| own == "*" || own.as_bytes() == pattern)
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

    pub fn keys(&self) -> String {
        self.keys.join(" ")
    }

    pub fn channels(&self) -> String {
        self.channels.join(" ")
    }

    pub fn commands(&self) -> String {
        let base = (!self.has_everything()).then_some(NOTHING);
        let own = self.commands.iter().map(String::as_str);
        base.into_iter().chain(own).collect::<Vec<_>>().join(" ")
    }

    /// All its rules, as they stand in a file.
    pub fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = self.flags().into_iter().map(str::to_owned).collect();
        rules.extend(self.hashes.iter().map(|hash| format!("#{hash}")));
        rules.extend(self.keys.iter().cloned());
        if !self.channels.iter().any(|rule| rule == EVERY_CHANNEL) {
            rules.push("resetchannels".to_owned());
        }
        rules.extend(self.channels.iter().cloned());
        rules.extend(self.commands().split(' ').map(str::to_owned));
        rules
    }

    fn obey(&mut self, rule: &str) -> Result<(), &'static str> {
        match rule.to_ascii_lowercase().as_str() {
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
            "allkeys" => self.keys = vec!["~*".to_owned()],
            "resetkeys" => self.keys.clear(),
            "allchannels" => self.channels = vec![EVERY_CHANNEL.to_owned()],
            "resetchannels" => self.channels.clear(),
            "allcommands" | EVERYTHING => self.commands = vec![EVERYTHING.to_owned()],
            "nocommands" | NOTHING => self.commands.clear(),
            "clearselectors" => {}
            "reset" => {
                *self = Self {
                    payload: Payload::Sanitised,
                    ..Self::default()
                };
            }
            _ => return self.obey_sign(rule),
        }
        Ok(())
    }

    /// Rules that begin with what they are about.
    fn obey_sign(&mut self, rule: &str) -> Result<(), &'static str> {
        let Some((sign, rest)) = rule.split_at_checked(1) else {
            return Err(SYNTAX);
        };
        match sign {
            ">" => self.add_hash(sha256::hex(rest.as_bytes())),
            "#" if is_hash(rest) => self.add_hash(rest.to_owned()),
            "#" | "!" if !is_hash(rest) => return Err(NO_HASH),
            "<" => self.remove_hash(&sha256::hex(rest.as_bytes()))?,
            "!" => self.remove_hash(rest)?,
            "~" | "%" => {
                if self.keys.iter().any(|key| key == "~*") && rule != "~*" {
                    return Err(AFTER_ALL_KEYS);
                }
                add(&mut self.keys, rule.to_owned());
            }
            "&" => {
                let all = self.channels.iter().any(|rule| rule == EVERY_CHANNEL);
                if all && rule != EVERY_CHANNEL {
                    return Err(AFTER_ALL_CHANNELS);
                }
                if rule == EVERY_CHANNEL {
                    self.channels.clear();
                }
                add(&mut self.channels, rule.to_owned());
            }
            "+" | "-" => self.allow(&rule.to_ascii_lowercase())?,
            _ => return Err(SYNTAX),
        }
        Ok(())
    }

    /// A rule about commands, kept if it changes anything.
    fn allow(&mut self, rule: &str) -> Result<(), &'static str> {
        let (sign, what) = rule.split_at(1);
        let about: Vec<Found> = command::every()
            .filter(|found| is_about(what, *found))
            .collect();
        let category = what.strip_prefix('@');
        let known = category.map_or(!about.is_empty(), |name| {
            command::CATEGORIES.contains(&name)
        });
        if !known {
            return Err(UNKNOWN);
        }
        if category.is_none() {
            // What was said of it, and of its parts, is overridden.
            let parts = format!("{what}|");
            self.commands.retain(|old| {
                let old = old.get(1..).unwrap_or_default();
                old != what && !old.starts_with(&parts)
            });
        }
        let wanted = sign == "+";
        if about.iter().any(|found| self.may(*found) != wanted) {
            self.commands.push(rule.to_owned());
        }
        Ok(())
    }

    fn has_everything(&self) -> bool {
        self.commands.first().is_some_and(|rule| rule == EVERYTHING)
    }

    fn add_hash(&mut self, hash: String) {
        self.nopass = false;
        add(&mut self.hashes, hash);
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
        write!(f, "User({passwords} passwords, {})", self.commands())
    }
}

/// Whether a rule's `ping`, `sentinel|set` or `@admin` speaks of this command. A whole container is all its parts.
fn is_about(what: &str, found: Found) -> bool {
    if what == "@all" {
        return true;
    }
    if let Some(category) = what.strip_prefix('@') {
        return found.belongs(category.as_bytes());
    }
    match what.split_once('|') {
        Some((command, sub)) => {
            found.command.name == command && found.sub.is_some_and(|own| own.name == sub)
        }
        None => found.command.name == what,
    }
}

fn add(to: &mut Vec<String>, rule: String) {
    if !to.contains(&rule) {
        to.push(rule);
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

const EVERYTHING: &str = "+@all";
const NOTHING: &str = "-@all";
const EVERY_CHANNEL: &str = "&*";

const SYNTAX: &str = "Syntax error";
const UNKNOWN: &str = "Unknown command or category name in ACL";
const NO_HASH: &str = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
const NO_SUCH_PASSWORD: &str = "The password you are trying to remove from the user does not exist";
const AFTER_ALL_KEYS: &str = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not \
     have any effect. Try 'resetkeys' to start with an empty list of patterns";
const AFTER_ALL_CHANNELS: &str = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and \
     does not have any effect. Try 'resetchannels' to start with an empty list of channels";

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn user(rules: &str) -> User {
        let mut user = User::default();
        user.follow(rules.split(' ')).unwrap();
        user
    }

    fn may(rules: &str, line: &str) -> bool {
        let words: Vec<Bytes> = line
            .split(' ')
            .map(|word| Bytes::copy_from_slice(word.as_bytes()))
            .collect();
        user(rules).may(command::find(&words).unwrap())
    }

    #[test]
    fn the_last_rule_about_a_command_decides() {
        for (rules, allowed) in [
            ("on", ""),
            ("+@all", "ping masters set"),
            ("+@all -sentinel|set", "ping masters"),
            ("-@all +ping +sentinel|masters", "ping masters"),
            ("+ping +sentinel|masters -sentinel", "ping"),
            ("+@all -@dangerous", "ping"),
            ("+@connection", "ping"),
            ("+sentinel -sentinel|set +sentinel|set", "masters set"),
            ("+@all -@all +PING", "ping"),
            ("nocommands allcommands", "ping masters set"),
            ("(+@all ~a) +ping", "ping"),
            ("(~a +@all) +ping", "ping"),
        ] {
            let lines = [
                ("ping", "PING"),
                ("masters", "SENTINEL MASTERS"),
                ("set", "SENTINEL SET orders quorum 1"),
            ];
            let may = lines.iter().filter(|(_, line)| may(rules, line));
            let may: Vec<&str> = may.map(|(name, _)| *name).collect();
            assert_eq!(may.join(" "), allowed, "{rules}");
        }
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
    fn channels_are_given_by_patterns() {
        let own = user("&a* &b");
        assert!(own.may_hear(b"ab") && own.may_hear(b"b") && !own.may_hear(b"c"));
        assert!(own.may_hear_by(b"a*") && !own.may_hear_by(b"a?") && !own.may_hear_by(b"*"));
        let own = user("allchannels");
        assert!(own.may_hear(b"c") && own.may_hear_by(b"*"));
    }
}
