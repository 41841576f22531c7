//! The users of the API: from the configuration or an ACL file, and kept where they were found.

use std::io;
use std::sync::Arc;

use secrecy::ExposeSecret as _;

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
        // Sentinel writes that line by itself; a password that was set since is not to be without effect.
        if line.name == DEFAULT && line.on && line.nopass && password.is_some() {
            continue;
        }
        let (user, odd) = user(line);
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
    let passwords = line.passwords.iter();
    let mut rules: Vec<String> = passwords
        .map(|password| format!(">{}", password.expose_secret()))
        .chain(line.hashes.iter().map(|hash| format!("#{hash}")))
        .collect();
    rules.push(if line.on { "on" } else { "off" }.to_owned());
    rules.extend(line.nopass.then(|| "nopass".to_owned()));
    let mut odd = Vec::new();
    let mut words: Vec<&str> = line.rules.iter().map(String::as_str).collect();
    let others = loop {
        match whole(words.iter().copied()) {
            Ok(others) => break others,
            Err(first) => {
                let at = words.iter().position(|word| *word == first).unwrap_or(0);
                words.truncate(at);
                odd.push((first, "its bracket is not closed"));
            }
        }
    };
    rules.extend(others);
    while let Err((at, why)) = user.follow(&rules) {
        // A password is never shown, whatever is wrong with it.
        odd.extend(rules.drain(..=at).next_back().map(|rule| (rule, why)));
    }
    (user, odd)
}

impl Supervisor {
    /// `ACL LOAD`.
    pub(super) fn read_users(&mut self) -> Done {
        let mut watch = self.hands_ref().config.watch.clone();
        let Some(path) = watch.server.aclfile.clone() else {
            return Err(Refusal::no_users_file());
        };
        let failed = |why: &dyn std::fmt::Display| {
            let path = path.display();
            Err(Refusal(format!(
                "ERR The ACL file {path} cannot be taken: {why}"
            )))
        };
        if let Err(error) = read_file(&mut watch) {
            return failed(&error);
        }
        for line in &watch.server.users {
            if let Some((rule, why)) = user(line).1.first() {
                return failed(&format!("user {}: '{rule}': {why}", line.name));
            }
        }
        self.shared().settled().logins = Arc::new(logins(&watch, true));
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
