//! Users and their rules (3.5.3 and later).
//!
//! Rules are kept in the order given and the last one that fits decides. `+@all` and `-@all` forget what
//! came before them, so that after a fence `-@write` is lifted by `+@all` the line is what it was.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::command;
use super::command::Command;
use crate::serve::sha256;

/// All users of a node, by name.
#[derive(Clone, Debug)]
pub struct Users(BTreeMap<String, User>);

/// One user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct User {
    enabled: bool,
    nopass: bool,
    /// SHA-256, hex.
    hashes: BTreeSet<String>,
    keys: Vec<String>,
    channels: Vec<String>,
    rules: Vec<String>,
}

/// The user that a connection is before it says otherwise.
pub const DEFAULT: &str = "default";
/// The user that `userpass` and `userblacklist` make.
pub const LIMIT: &str = "limit";

impl Users {
    /// The users that the configuration makes.
    pub fn from_config(requirepass: &str, userpass: &str, blacklist: &str) -> Self {
        let mut users = Self(BTreeMap::from([
            (DEFAULT.to_owned(), User::full()),
            (LIMIT.to_owned(), User::full()),
        ]));
        users.set_password(DEFAULT, requirepass);
        users.set_password(LIMIT, userpass);
        if let Some(limit) = users.0.get_mut(LIMIT) {
            for name in blacklist
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                limit.rule(format!("-{}", name.to_ascii_lowercase()));
            }
        }
        users
    }

    /// What CONFIG SET requirepass or userpass does.
    pub fn set_password(&mut self, name: &str, password: &str) {
        if let Some(user) = self.0.get_mut(name) {
            user.hashes.clear();
            user.nopass = password.is_empty();
            if !password.is_empty() {
                user.hashes.insert(sha256::hex(password.as_bytes()));
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&User> {
        self.0.get(name)
    }

    pub fn list(&self) -> Vec<String> {
        self.0.iter().map(|(name, user)| user.line(name)).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// Deletes users; how many there were. The default user stays.
    pub fn delete(&mut self, names: &[String]) -> Result<i64, String> {
        if names.iter().any(|name| name == DEFAULT) {
            return Err("ERR The 'default' user cannot be removed".to_owned());
        }
        Ok(names
            .iter()
            .map(|name| i64::from(self.0.remove(name).is_some()))
            .sum())
    }

    /// `ACL SETUSER`: all modifiers or none.
    pub fn set(&mut self, name: &str, modifiers: &[String]) -> Result<(), String> {
        let mut user = self.0.get(name).cloned().unwrap_or_else(User::empty);
        for modifier in modifiers {
            user.modify(modifier)
                .map_err(|why| format!("ERR Error in ACL SETUSER modifier '{modifier}': {why}"))?;
        }
        self.0.insert(name.to_owned(), user);
        Ok(())
    }

    /// The user that this password opens; `None` is refused.
    pub fn log_in(&self, name: &str, password: &[u8]) -> bool {
        self.get(name).is_some_and(|user| user.opens_with(password))
    }
}

impl User {
    fn full() -> Self {
        Self {
            enabled: true,
            nopass: true,
            hashes: BTreeSet::new(),
            keys: vec!["*".to_owned()],
            channels: vec!["*".to_owned()],
            rules: vec!["+@all".to_owned()],
        }
    }

    fn empty() -> Self {
        Self {
            enabled: false,
            nopass: false,
            hashes: BTreeSet::new(),
            keys: Vec::new(),
            channels: Vec::new(),
            rules: vec!["-@all".to_owned()],
        }
    }

    /// True where a new connection is this user without saying anything.
    pub fn open(&self) -> bool {
        self.enabled && self.nopass
    }

    fn opens_with(&self, password: &[u8]) -> bool {
        self.enabled && (self.nopass || self.hashes.contains(&sha256::hex(password)))
    }

    /// Whether the rules let the command run; `sub` is its first argument in lower case.
    pub fn may(&self, command: &Command, sub: Option<&str>) -> bool {
        self.rules.iter().fold(false, |allowed, rule| {
            let (grants, what) = match rule.split_at_checked(1) {
                Some(("+", what)) => (true, what),
                Some((_, what)) => (false, what),
                None => return allowed,
            };
            let fits = match what.split_once('|') {
                Some((name, only)) => name == command.name && Some(only) == sub,
                None => match what.strip_prefix('@') {
                    Some(category) => command::in_category(command, category).unwrap_or(false),
                    None => what == command.name,
                },
            };
            if fits { grants } else { allowed }
        })
    }

    /// The user as ACL LIST prints it.
    pub fn line(&self, name: &str) -> String {
        let mut words = vec![
            "user".to_owned(),
            name.to_owned(),
            if self.enabled { "on" } else { "off" }.to_owned(),
        ];
        if self.nopass {
            words.push("nopass".to_owned());
        }
        words.extend(self.hashes.iter().map(|hash| format!("#{hash}")));
        words.extend(self.keys.iter().map(|pattern| format!("~{pattern}")));
        words.extend(self.channels.iter().map(|pattern| format!("&{pattern}")));
        words.extend(self.rules.iter().cloned());
        words.join(" ")
    }

    fn rule(&mut self, rule: String) {
        if matches!(rule.as_str(), "+@all" | "-@all") {
            self.rules.clear();
        } else {
            let what = rule.get(1..).unwrap_or_default();
            self.rules.retain(|old| old.get(1..) != Some(what));
        }
        self.rules.push(rule);
    }

    fn modify(&mut self, modifier: &str) -> Result<(), &'static str> {
        let lower = modifier.to_ascii_lowercase();
        match lower.as_str() {
            "on" => self.enabled = true,
            "off" => self.enabled = false,
            "nopass" => {
                self.nopass = true;
                self.hashes.clear();
            }
            "resetpass" => {
                self.nopass = false;
                self.hashes.clear();
            }
            "reset" => *self = Self::empty(),
            "allkeys" => self.keys = vec!["*".to_owned()],
            "resetkeys" => self.keys.clear(),
            "allchannels" => self.channels = vec!["*".to_owned()],
            "resetchannels" => self.channels.clear(),
            "allcommands" => self.rule("+@all".to_owned()),
            "nocommands" => self.rule("-@all".to_owned()),
            _ => return self.modify_with(modifier, lower),
        }
        Ok(())
    }

    fn modify_with(&mut self, modifier: &str, lower: String) -> Result<(), &'static str> {
        let (kind, rest) = modifier.split_at_checked(1).ok_or("Syntax error")?;
        match kind {
            ">" => {
                self.nopass = false;
                self.hashes.insert(sha256::hex(rest.as_bytes()));
            }
            "#" => {
                if rest.len() != 64
                    || !rest
                        .bytes()
                        .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
                {
                    return Err(
                        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
                    );
                }
                self.nopass = false;
                self.hashes.insert(rest.to_owned());
            }
            "<" => {
                self.hashes.remove(&sha256::hex(rest.as_bytes()));
            }
            "~" => add_pattern(&mut self.keys, rest),
            "&" => add_pattern(&mut self.channels, rest),
            "+" | "-" => {
                if let Some(category) = lower.get(2..).filter(|_| lower.get(1..2) == Some("@")) {
                    let any = Command {
                        name: "",
                        arity: 1,
                        kind: command::Kind::Admin,
                    };
                    command::in_category(&any, category)
                        .ok_or("Unknown command or category name in ACL")?;
                } else if rest.is_empty() {
                    return Err("Syntax error");
                }
                self.rule(lower);
            }
            _ => return Err("Syntax error"),
        }
        Ok(())
    }
}

fn add_pattern(patterns: &mut Vec<String>, pattern: &str) {
    if !patterns.iter().any(|known| known == pattern) {
        patterns.push(pattern.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::version::Version;

    fn may(users: &Users, name: &str, command: &str) -> bool {
        let command = command::find(command, Version::V3_5_5.dialect()).unwrap();
        users.get(name).unwrap().may(&command, None)
    }

    fn set(users: &mut Users, name: &str, line: &str) -> Result<(), String> {
        users.set(
            name,
            &line.split(' ').map(str::to_owned).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_fence_goes_up_and_comes_off_without_a_trace() {
        let mut users = Users::from_config("", "", "");
        let before = users.list();
        assert_eq!(
            before,
            [
                "user default on nopass ~* &* +@all",
                "user limit on nopass ~* &* +@all"
            ]
        );
        set(&mut users, DEFAULT, "-@write").unwrap();
        assert_eq!(
            users.list()[0],
            "user default on nopass ~* &* +@all -@write"
        );
        for (command, allowed) in [
            ("set", false),
            ("exec", false),
            ("zadd", false),
            ("get", true),
            ("info", true),
            ("slaveof", true),
        ] {
            assert_eq!(may(&users, DEFAULT, command), allowed, "{command}");
        }
        set(&mut users, DEFAULT, "+@all").unwrap();
        assert_eq!(users.list(), before);
    }

    #[test]
    fn a_line_restores_its_user_exactly() {
        let mut users = Users::from_config("secret", "guest", "shutdown,config");
        for line in users.list() {
            let mut words = line.split(' ').skip(1).map(str::to_owned);
            let name = words.next().unwrap();
            let mut rules = vec!["reset".to_owned()];
            rules.extend(words);
            set(&mut users, &name, "-@write").unwrap();
            users.set(&name, &rules).unwrap();
            assert!(users.list().contains(&line), "{line}");
        }
        assert!(users.log_in(DEFAULT, b"secret") && !users.log_in(DEFAULT, b"guest"));
        assert!(users.log_in(LIMIT, b"guest"));
        assert!(!may(&users, LIMIT, "config") && may(&users, DEFAULT, "config"));
    }

    #[test]
    fn a_wrong_modifier_changes_nothing() {
        let mut users = Users::from_config("", "", "");
        let before = users.list();
        assert!(set(&mut users, DEFAULT, "off -@nonsense").is_err());
        assert!(set(&mut users, DEFAULT, "off bogus").is_err());
        assert_eq!(users.list(), before);
    }
}
