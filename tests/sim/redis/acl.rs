//! Users and what they may do, as far as fences go: rules about commands bite, those about keys and channels are
//! kept and printed, passwords are kept as they are hashed.

use std::collections::BTreeMap;

use super::command::Command;

/// Everyone who may connect. Nobody logs in here: every connection is the default user's.
#[derive(Clone, Debug)]
pub(super) struct Users(BTreeMap<String, User>);

pub(super) const DEFAULT: &str = "default";

#[derive(Clone, Debug, Eq, PartialEq)]
struct User {
    on: bool,
    nopass: bool,
    /// Printed where somebody has said `reset`.
    sanitize: bool,
    hashes: Vec<String>,
    keys: Vec<String>,
    channels: Vec<String>,
    /// `+…`, `-…` in order.
    commands: Vec<String>,
}

impl Users {
    /// From the lines of a file; the ordinary default user where there are none.
    pub(super) fn read(lines: &[String]) -> Self {
        let mut users = Self(BTreeMap::new());
        let all = ["on", "nopass", "~*", "&*", "+@all"].map(str::to_owned);
        users.set(DEFAULT, &all).unwrap();
        for line in lines {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            users.0.insert(words[1].clone(), User::nobody());
            users.set(&words[1], &words[2..]).unwrap();
        }
        users
    }

    /// ACL LIST, which is what a file holds too.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(name, user): (&String, &User)| format!("user {name} {}", user.rules());
        self.0.iter().map(line).collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// ACL SETUSER; all rules or none.
    pub(super) fn set(&mut self, name: &str, rules: &[String]) -> Result<(), String> {
        let mut user = self.0.get(name).cloned().unwrap_or_else(User::nobody);
        for rule in rules {
            user.apply(rule)
                .map_err(|why| format!("ERR Error in ACL SETUSER modifier '{rule}': {why}"))?;
        }
        self.0.insert(name.to_owned(), user);
        Ok(())
    }

    /// Whether the default user may run a command.
    pub(super) fn may(&self, command: &Command, sub: Option<&str>) -> bool {
        self.0[DEFAULT].may(command, sub)
    }
}

impl User {
    fn nobody() -> Self {
        Self {
            on: false,
            nopass: false,
            sanitize: false,
            hashes: Vec::new(),
            keys: Vec::new(),
            channels: Vec::new(),
            commands: vec!["-@all".to_owned()],
        }
    }

    fn apply(&mut self, rule: &str) -> Result<(), &'static str> {
        match rule {
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
            "allkeys" | "~*" => self.keys = vec!["~*".to_owned()],
            "resetkeys" => self.keys.clear(),
            "allchannels" | "&*" => self.channels = vec!["&*".to_owned()],
            "resetchannels" => self.channels.clear(),
            "allcommands" | "+@all" => self.commands = vec!["+@all".to_owned()],
            "nocommands" | "-@all" => self.commands = vec!["-@all".to_owned()],
            "reset" => {
                *self = Self::nobody();
                self.sanitize = true;
            }
            "sanitize-payload" => self.sanitize = true,
            "skip-sanitize-payload" => self.sanitize = false,
            _ if rule.starts_with('#') => self.hashes.push(rule.to_owned()),
            _ if rule.starts_with('~') => self.keys.push(rule.to_owned()),
            _ if rule.starts_with('&') => self.channels.push(rule.to_owned()),
            _ if rule.starts_with(['+', '-']) => {
                let what = &rule[1..];
                let name = what.split('|').next().unwrap_or_default();
                if !what.starts_with('@') && Command::find(name).is_none() {
                    return Err("Unknown command or category name in ACL");
                }
                // A later word on the same matter replaces the former.
                self.commands.retain(|known| &known[1..] != what);
                // And one that changes nothing is not kept.
                if !self.obeys(rule) {
                    self.commands.push(rule.to_owned());
                }
            }
            _ => return Err("Syntax error"),
        }
        Ok(())
    }

    /// Whether everything that a rule names is allowed or forbidden already, as it says.
    fn obeys(&self, rule: &str) -> bool {
        let (what, wanted) = (&rule[1..], rule.starts_with('+'));
        let sub = what.split_once('|').map(|(_, part)| part);
        let mut named = Command::all()
            .filter(|command| names(what, command, sub))
            .peekable();
        named.peek().is_some() && named.all(|command| self.may(&command, sub) == wanted)
    }

    fn rules(&self) -> String {
        let mut words = vec![if self.on { "on" } else { "off" }];
        words.extend(self.nopass.then_some("nopass"));
        words.extend(self.sanitize.then_some("sanitize-payload"));
        words.extend(self.hashes.iter().map(String::as_str));
        words.extend(self.keys.iter().map(String::as_str));
        if self.channels.is_empty() {
            words.push("resetchannels");
        }
        words.extend(self.channels.iter().map(String::as_str));
        words.extend(self.commands.iter().map(String::as_str));
        words.join(" ")
    }

    fn may(&self, command: &Command, sub: Option<&str>) -> bool {
        let mut may = false;
        for rule in &self.commands {
            if names(&rule[1..], command, sub) {
                may = rule.starts_with('+');
            }
        }
        may
    }
}

/// Whether a rule without its sign is about a command.
fn names(what: &str, command: &Command, sub: Option<&str>) -> bool {
    match (what.strip_prefix('@'), what.split_once('|')) {
        (Some(category), _) => command.is_in(category),
        (None, Some((name, part))) => name == command.name && sub == Some(part),
        (None, None) => what == command.name,
    }
}
