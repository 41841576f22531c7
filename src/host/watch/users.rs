//! The users of the API: from the configuration or an ACL file, and kept where they were found.

use std::io;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use super::supervisor::Supervisor;
use crate::config::model::AclUser;
use crate::config::model::Watch;
use crate::config::stock;
use crate::host::conf_file::replace;
use crate::host::disk;
use crate::serve::auth::DEFAULT;
use crate::serve::auth::Logins;
use crate::serve::desk::Done;
use crate::serve::desk::Refusal;
use crate::serve::grant::UNKNOWN;
use crate::serve::user::User;
use crate::serve::user::whole;

/// Takes the users of the ACL file, where one is named, for those of the configuration.
pub fn read_file(watch: &mut Watch) -> io::Result<()> {
    if let Some(path) = &watch.server.aclfile {
        watch.server.users = stock::acl_file(&String::from_utf8_lossy(&disk::read(path)?));
    }
    Ok(())
}

/// Who may come in. A rule that makes no sense here is said and left out.
pub(super) fn logins(watch: &Watch, taken: bool) -> Logins {
    let yaml = watch.auth.as_ref().filter(|_| !taken);
    let password = if taken {
        watch.server.password.as_ref()
    } else {
        yaml.map(|auth| &auth.password)
    };
    let mut logins = Logins::new(password);
    if let Some((auth, name)) = yaml.and_then(|auth| Some((auth, auth.username.as_ref()?))) {
        logins.set(name, User::with_password(auth.password.expose_secret()));
    }
    for line in &watch.server.users {
        let (user, odd) = user(line);
        // Sentinel writes that line by itself; a password that was set since is not to be without effect.
        if line.name == DEFAULT && user.open() && password.is_some() {
            continue;
        }
        for (rule, why) in odd {
            tracing::warn!(user = line.name, rule, "{why}; the rule is left out");
        }
        logins.set(&line.name, user);
    }
    logins
}

/// The user of a line, and the rules of it that make no sense.
fn user(line: &AclUser) -> (User, Vec<(String, &'static str)>) {
    let mut user = User::default();
    let mut odd = Vec::new();
    let mut words: Vec<&str> = line.rules.iter().map(SecretString::expose_secret).collect();
    let mut rules = loop {
        match whole(words.iter().copied()) {
            Ok(rules) => break rules,
            Err(first) => {
                let at = words.iter().position(|word| *word == first).unwrap_or(0);
                words.truncate(at);
                odd.push((first, "its bracket is not closed"));
            }
        }
    };
    while let Err((at, why)) = user.follow(&rules) {
        let rule = rules.drain(..=at).next_back();
        odd.extend(rule.map(|rule| (shown(&rule).to_owned(), why)));
    }
    (user, odd)
}

/// A rule for the log: of a password only that it was one.
fn shown(rule: &str) -> &str {
    match rule.get(..1) {
        Some(sign) if ["<", ">", "#", "!"].contains(&sign) => sign,
        _ => rule,
    }
}

/// The users of an ACL file; or everything that is wrong with it, in stock's words.
fn loaded(text: &str, path: &Path) -> Result<Vec<(String, User)>, String> {
    let mut users: Vec<(String, User)> = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    let path = path.display();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        let mut words = line.split(' ');
        let is_user = words.next() == Some("user");
        let Some(name) = words.next().filter(|_| is_user) else {
            if !line.is_empty() {
                errors.push(format!(
                    "{path}:{number} should start with user keyword followed by the username. "
                ));
            }
            continue;
        };
        if users.iter().any(|(known, _)| known == name) {
            errors.push(format!(
                "WARNING: Duplicate user '{name}' found on line {number}. "
            ));
            continue;
        }
        let Ok(mut rules) = whole(words) else {
            errors.push(format!(
                "{path}:{number}: Unmatched parenthesis in selector definition."
            ));
            continue;
        };
        let mut user = User::default();
        let mut told = false;
        while let Err((at, why)) = user.follow(&rules) {
            let rule = rules.drain(..=at).next_back().unwrap_or_default();
            if why == UNKNOWN {
                errors.push(format!(
                    "{path}:{number}: Error in applying operation '{rule}': {why}. "
                ));
            } else if !std::mem::replace(&mut told, true) {
                errors.push(format!("{path}:{number}: {why}. "));
            }
        }
        users.push((name.to_owned(), user));
    }
    if errors.is_empty() {
        Ok(users)
    } else {
        Err(format!(
            "ERR {}WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
            errors.concat()
        ))
    }
}

impl Supervisor {
    /// `ACL LOAD`.
    pub(super) fn read_users(&mut self) -> Done {
        let watch = &self.hands_ref().config.watch;
        let Some(path) = &watch.server.aclfile else {
            return Err(Refusal::no_users_file());
        };
        let bytes = disk::read(path).map_err(|error| {
            let error = error.to_string();
            let error = error.split(" (os error").next().unwrap_or_default();
            let path = path.display();
            Refusal(format!(
                "ERR Error loading ACLs, opening file '{path}': {error}"
            ))
        })?;
        let users = loaded(&String::from_utf8_lossy(&bytes), path).map_err(Refusal)?;
        let mut logins = Logins::new(watch.server.password.as_ref());
        for (name, user) in users {
            logins.set(&name, user);
        }
        self.shared().settled().logins = Arc::new(logins);
        Ok(())
    }

    /// `ACL SAVE`.
    pub(super) async fn write_users(&mut self) -> Done {
        let Some(path) = self.hands_ref().config.watch.server.aclfile.clone() else {
            return Err(Refusal::no_users_file());
        };
        let users = Arc::clone(&self.shared().settled().logins);
        let text: String = users.lines().map(|line| line + "\n").collect();
        let written = disk::away(move || replace(&path, &text).map(drop)).await;
        written.map_err(|error| {
            tracing::error!(%error, "the ACL file cannot be written");
            Refusal("ERR There was an error trying to save the ACLs. Please check the server logs for more information".to_owned())
        })
    }

    /// Users were set: a Sentinel's file has them the next time that it is written.
    pub(super) fn keep_users(&mut self) {
        let in_file = self.hands_ref().config.watch.server.aclfile.is_some();
        let users = Arc::clone(&self.shared().settled().logins);
        let book = self.hands().book();
        if in_file || !book.is_taken() {
            return;
        }
        let words = |line: String| line.split(' ').map(str::to_owned).collect();
        book.conf.server.user_lines = Some(users.lines().map(words).collect());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(conf: &str) -> Logins {
        let (_, config) = stock::read(conf, Path::new("s.conf")).unwrap();
        logins(&config.watch, true)
    }

    #[test]
    fn a_default_user_that_is_off_lets_nobody_in() {
        assert!(read("").open());
        let off = read("user default off\nuser ops on >x +@all\n");
        assert!(!off.open() && !off.accept(b"default", b"") && off.accept(b"ops", b"x"));
        // What Sentinel wrote before the password was set.
        let set = read("requirepass x\nuser default on nopass ~* &* +@all\n");
        assert!(!set.open() && set.accept(b"default", b"x"));
        let hash = crate::serve::sha256::hex(b"y");
        let last = read("user ops >y nopass reset on >x +ping\n");
        assert!(last.accept(b"ops", b"x") && !last.accept(b"ops", b"y"));
        let replaced = read(&format!("requirepass x\nuser default on #{hash} +@all\n"));
        assert!(replaced.accept(b"default", b"y") && !replaced.accept(b"default", b"x"));
    }

    #[test]
    fn a_rule_that_makes_no_sense_takes_no_other_with_it() {
        let users = read("user ops on >x +get +ping -foo (~a +@all) &* +role\n");
        let ops = users.user("ops").unwrap();
        assert_eq!(ops.own().commands(), "-@all +ping +role");
        assert_eq!(ops.own().channels(), "&*");
        assert_eq!(ops.selectors().len(), 1);
        let users = read("user ops on +ping (+role\nuser two on (+get) (+role)\n");
        assert_eq!(users.user("ops").unwrap().own().commands(), "-@all +ping");
        assert_eq!(users.user("two").unwrap().selectors().len(), 1);
    }
}
