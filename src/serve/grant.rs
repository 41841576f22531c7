//! What a user, or one of its selectors, may touch: keys, channels, commands, one rule after the other.
//!
//! Keys are kept only to be told: there are none here.

use bytes::Bytes;

use super::command;
use super::command::Found;
use super::glob;

/// What has been given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Grant {
    keys: Vec<Keys>,
    channels: Vec<String>,
    /// `+@all` first, where that is where it begins; else it begins with nothing.
    commands: Vec<String>,
}

/// Why something may not be done. The last one is the most telling.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Denied {
    Command,
    /// The word that names the channel.
    Channel(usize),
}

/// Keys that fit a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Keys {
    pattern: String,
    read: bool,
    write: bool,
}

impl Grant {
    pub fn everything() -> Self {
        let mut all = Self::default();
        for rule in ["~*", EVERY_CHANNEL, EVERYTHING] {
            // None of these can be wrong.
            all.obey(rule).unwrap_or_default();
        }
        all
    }

    /// A selector: its brackets, and rules between them.
    pub fn selector(text: &str) -> Result<Self, &'static str> {
        let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
        let mut grant = Self::default();
        for rule in inner.ok_or(SYNTAX)?.split(' ').filter(|r| !r.is_empty()) {
            grant.obey(rule)?;
        }
        Ok(grant)
    }

    /// Follows one rule, or says why it makes no sense.
    pub fn obey(&mut self, rule: &str) -> Result<(), &'static str> {
        match rule.to_ascii_lowercase().as_str() {
            "allkeys" | "~*" => {
                self.keys.clear();
                self.add_keys("*", true, true);
            }
            "resetkeys" => self.keys.clear(),
            "allchannels" | EVERY_CHANNEL => self.channels = vec![EVERY_CHANNEL.to_owned()],
            "resetchannels" => self.channels.clear(),
            "allcommands" | EVERYTHING => self.commands = vec![EVERYTHING.to_owned()],
            "nocommands" | NOTHING => self.commands.clear(),
            _ => return self.obey_sign(rule),
        }
        Ok(())
    }

    /// Whether the command may be given with these words.
    pub fn check(&self, found: Found, words: &[Bytes]) -> Result<(), Denied> {
        if !self.may(found, words) {
            return Err(Denied::Command);
        }
        let (channels, by_pattern) = match found.command.name {
            "subscribe" => (words.get(1..), false),
            "psubscribe" => (words.get(1..), true),
            "publish" => (words.get(1..2), false),
            _ => (None, false),
        };
        let channels = channels.unwrap_or_default().iter().enumerate();
        for (at, channel) in channels {
            let hears = if by_pattern {
                self.may_hear_by(channel)
            } else {
                self.may_hear(channel)
            };
            if !hears {
                return Err(Denied::Channel(at + 1));
            }
        }
        Ok(())
    }

    /// Whether the command is given, by the last rule that is about it.
    pub fn may(&self, found: Found, words: &[Bytes]) -> bool {
        self.commands
            .iter()
            .rev()
            .find(|rule| {
                rule.get(1..)
                    .is_some_and(|what| is_about(what, found, words))
            })
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

    pub fn keys(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(Keys::rule).collect();
        keys.join(" ")
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
        let mut rules: Vec<String> = self.keys.iter().map(Keys::rule).collect();
        if !self.channels.iter().any(|rule| rule == EVERY_CHANNEL) {
            rules.push("resetchannels".to_owned());
        }
        rules.extend(self.channels.iter().cloned());
        rules.extend(self.commands().split(' ').map(str::to_owned));
        rules
    }

    /// Rules that begin with what they are about.
    fn obey_sign(&mut self, rule: &str) -> Result<(), &'static str> {
        let (sign, rest) = rule.split_at_checked(1).ok_or(SYNTAX)?;
        match sign {
            // A rule goes into files line by line, word by word.
            "~" | "%" | "&" if rest.contains(|c: char| c.is_control() || c == ' ') => Err(SYNTAX),
            "~" => self.give_keys(rest, true, true),
            "%" => {
                let (how, pattern) = rest.split_once('~').ok_or(SYNTAX)?;
                let (read, write) = match how.to_ascii_lowercase().as_str() {
                    "r" => (true, false),
                    "w" => (false, true),
                    "rw" | "wr" => (true, true),
                    _ => return Err(SYNTAX),
                };
                self.give_keys(pattern, read, write)
            }
            "&" => {
                if self.channels.iter().any(|rule| rule == EVERY_CHANNEL) {
                    return Err(AFTER_ALL_CHANNELS);
                }
                if !self.channels.iter().any(|own| own == rule) {
                    self.channels.push(rule.to_owned());
                }
                Ok(())
            }
            "+" | "-" => self.allow(sign == "+", &rest.to_ascii_lowercase()),
            _ => Err(SYNTAX),
        }
    }

    fn give_keys(&mut self, pattern: &str, read: bool, write: bool) -> Result<(), &'static str> {
        let all = |own: &Keys| own.pattern == "*" && own.read && own.write;
        if self.keys.iter().any(all) {
            return Err(AFTER_ALL_KEYS);
        }
        self.add_keys(pattern, read, write);
        Ok(())
    }

    fn add_keys(&mut self, pattern: &str, read: bool, write: bool) {
        if let Some(own) = self.keys.iter_mut().find(|own| own.pattern == pattern) {
            own.read |= read;
            own.write |= write;
        } else {
            let pattern = pattern.to_owned();
            self.keys.push(Keys {
                pattern,
                read,
                write,
            });
        }
    }

    /// A rule about commands, kept if it changes anything.
    fn allow(&mut self, wanted: bool, what: &str) -> Result<(), &'static str> {
        let rule = format!("{}{what}", if wanted { '+' } else { '-' });
        let about: Vec<Found> = command::every()
            .filter(|found| is_about(what, *found, &[]))
            .collect();
        let category = what.strip_prefix('@');
        if let Some(name) = category {
            if !command::CATEGORIES.contains(&name) {
                return Err(UNKNOWN);
            }
        } else {
            if about.is_empty() {
                return self.allow_by_argument(wanted, what);
            }
            // What was said of it, and of its parts, is overridden.
            let parts = format!("{what}|");
            self.commands.retain(|old| {
                let old = old.get(1..).unwrap_or_default();
                old != what && !old.starts_with(&parts)
            });
        }
        if about.iter().any(|found| self.may(*found, &[]) != wanted) {
            self.commands.push(rule);
        }
        Ok(())
    }

    /// `+ping|hello`: a command that has no parts, with this argument and no other.
    fn allow_by_argument(&mut self, wanted: bool, what: &str) -> Result<(), &'static str> {
        let (name, argument) = what.split_once('|').ok_or(UNKNOWN)?;
        let mut same = command::every().filter(|found| found.command.name == name);
        let command = same.next().filter(|_| wanted).ok_or(UNKNOWN)?;
        if argument.is_empty() {
            return Err(SYNTAX);
        }
        let part = argument.split('|').next();
        if same.any(|found| part == Some(found.sub())) {
            return Err("Allowing first-arg of a subcommand is not supported");
        }
        if command.has_parts() || argument.contains('|') {
            return Err(UNKNOWN);
        }
        let rule = format!("+{what}");
        if !self.may(command, &[]) && !self.commands.contains(&rule) {
            self.commands.push(rule);
        }
        Ok(())
    }

    fn has_everything(&self) -> bool {
        self.commands.first().is_some_and(|rule| rule == EVERYTHING)
    }
}

impl Keys {
    fn rule(&self) -> String {
        let how = match (self.read, self.write) {
            (true, true) => "~",
            (true, false) => "%R~",
            (false, _) => "%W~",
        };
        format!("{how}{}", self.pattern)
    }
}

/// Whether a rule's `ping`, `sentinel|set`, `ping|argument` or `@admin` speaks of this command. A whole container is
/// all its parts.
fn is_about(what: &str, found: Found, words: &[Bytes]) -> bool {
    if what == "@all" {
        return true;
    }
    if let Some(category) = what.strip_prefix('@') {
        return found.belongs(category.as_bytes());
    }
    match what.split_once('|') {
        Some((command, part)) if found.command.name == command => {
            if let Some(sub) = found.sub {
                return sub.name == part;
            }
            let argument = words.get(1).filter(|_| !found.has_parts());
            argument.is_some_and(|word| word.eq_ignore_ascii_case(part.as_bytes()))
        }
        Some(_) => false,
        None => found.command.name == what,
    }
}

const EVERYTHING: &str = "+@all";
const NOTHING: &str = "-@all";
const EVERY_CHANNEL: &str = "&*";

pub(super) const SYNTAX: &str = "Syntax error";
/// What is wrong with a rule about something that does not exist.
pub const UNKNOWN: &str = "Unknown command or category name in ACL";
const AFTER_ALL_KEYS: &str = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not \
     have any effect. Try 'resetkeys' to start with an empty list of patterns";
const AFTER_ALL_CHANNELS: &str = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and \
     does not have any effect. Try 'resetchannels' to start with an empty list of channels";

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(rules: &str) -> Grant {
        Grant::selector(&format!("({rules})")).unwrap()
    }

    fn may(rules: &str, line: &str) -> bool {
        let words: Vec<Bytes> = line
            .split(' ')
            .map(|word| Bytes::copy_from_slice(word.as_bytes()))
            .collect();
        grant(rules).may(command::find(&words).unwrap(), &words)
    }

    #[test]
    fn the_last_rule_about_a_command_decides() {
        for (rules, allowed) in [
            ("", ""),
            ("+@all", "ping masters set"),
            ("+@all -sentinel|set", "ping masters"),
            ("-@all +ping +sentinel|masters", "ping masters"),
            ("+ping +sentinel|masters -sentinel", "ping"),
            ("+@all -@dangerous", "ping"),
            ("+@connection", "ping"),
            ("+sentinel -sentinel|set +sentinel|set", "masters set"),
            ("+@all -@all +PING", "ping"),
            ("nocommands allcommands", "ping masters set"),
            ("+ping|HELLO", "ping"),
            ("+ping|bye", ""),
            ("+ping|hello -ping", ""),
        ] {
            let lines = [
                ("ping", "PING hello"),
                ("masters", "SENTINEL MASTERS"),
                ("set", "SENTINEL SET orders quorum 1"),
            ];
            let may = lines.iter().filter(|(_, line)| may(rules, line));
            let may: Vec<&str> = may.map(|(name, _)| *name).collect();
            assert_eq!(may.join(" "), allowed, "{rules}");
        }
    }

    #[test]
    fn channels_are_given_by_patterns() {
        let own = grant("&a* &b");
        assert!(own.may_hear(b"ab") && own.may_hear(b"b") && !own.may_hear(b"c"));
        assert!(own.may_hear_by(b"a*") && !own.may_hear_by(b"a?") && !own.may_hear_by(b"*"));
        let own = grant("allchannels");
        assert!(own.may_hear(b"c") && own.may_hear_by(b"*"));
    }
}
