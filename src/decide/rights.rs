//! What the user that pikafo logs in with may run, read from the rules that ACL LIST shows: known before anything is
//! changed, and without changing anything.

use super::facts::Observation;

/// A command that a change of roles takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Right {
    /// ACL SETUSER, the fence of Pika 3.5.3 and later, and the lasting one of Redis.
    SetUser,
    /// CONFIG SET, the fence of older servers.
    SetConfig,
    /// CONFIG REWRITE, which saves a role.
    Rewrite,
    /// SLAVEOF, with which a node is promoted and made to follow.
    Follow,
}

impl Right {
    pub const ALL: [Self; 4] = [Self::SetUser, Self::SetConfig, Self::Rewrite, Self::Follow];

    /// The command and its subcommand, as an ACL rule names them.
    pub fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::SetUser => ("acl", Some("setuser")),
            Self::SetConfig => ("config", Some("set")),
            Self::Rewrite => ("config", Some("rewrite")),
            Self::Follow => ("slaveof", None),
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::SetUser => "ACL SETUSER",
            Self::SetConfig => "CONFIG SET",
            Self::Rewrite => "CONFIG REWRITE",
            Self::Follow => "SLAVEOF",
        }
    }
}

/// Whether `rules`, a user's tokens about commands, in order, let it: the last one that fits decides.
pub fn allow(rules: &[String], right: Right) -> bool {
    let (command, sub) = right.words();
    rules.iter().fold(false, |allowed, rule| {
        let rule = rule.to_ascii_lowercase();
        let (grants, what) = match rule.as_str() {
            "allcommands" => (true, "@all"),
            "nocommands" => (false, "@all"),
            rule => match rule.split_at_checked(1) {
                Some(("+", what)) => (true, what),
                Some(("-", what)) => (false, what),
                _ => return allowed,
            },
        };
        let fits = match (what.strip_prefix('@'), what.split_once('|')) {
            // Each of these commands is in all four categories, and in no other.
            (Some(category), _) => matches!(category, "all" | "admin" | "slow" | "dangerous"),
            (None, Some((name, only))) => name == command && Some(only) == sub,
            (None, None) => what == command,
        };
        if fits { grants } else { allowed }
    })
}

impl Observation {
    /// Whether the user that asked may; `None` where the node does not say.
    pub fn may(&self, right: Right) -> Option<bool> {
        let (me, users) = (self.whoami.as_ref()?, self.acl.as_ref()?);
        let me = users.iter().find(|user| user.name == *me)?;
        Some(allow(&me.rules, right))
    }

    /// Whether the user that asked may make it refuse writes, by any of the server's own means.
    pub fn may_fence(&self) -> Option<bool> {
        // That CLIENT PAUSE exists was found out by sending it; who may not use it has not found it.
        if self.features.pause_write {
            return Some(true);
        }
        Some(self.may(Right::SetUser)? || self.may(Right::SetConfig)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample;

    fn rules(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_rule_that_fits_decides() {
        let cases = [
            ("+@all", "ACL SETUSER, CONFIG SET, CONFIG REWRITE, SLAVEOF"),
            ("", ""),
            ("+@all -@dangerous", ""),
            ("+@all -@dangerous +config", "CONFIG SET, CONFIG REWRITE"),
            ("-@all +config|rewrite +slaveof", "CONFIG REWRITE, SLAVEOF"),
            ("+@all -acl|setuser -config|set", "CONFIG REWRITE, SLAVEOF"),
            ("-@all +@admin -config", "ACL SETUSER, SLAVEOF"),
            ("allcommands -slaveof nocommands +acl", "ACL SETUSER"),
            (
                "+@all -@write -flushall",
                "ACL SETUSER, CONFIG SET, CONFIG REWRITE, SLAVEOF",
            ),
        ];
        for (text, allowed) in cases {
            let may = Right::ALL
                .iter()
                .filter(|right| allow(&rules(text), **right));
            let may: Vec<_> = may.map(|right| right.label()).collect();
            assert_eq!(may.join(", "), allowed, "{text}");
        }
    }

    #[test]
    fn who_does_not_know_his_rules_is_not_judged() {
        let mut view = sample::redis();
        let seen = sample::of(&mut view, "a");
        assert_eq!((seen.may(Right::Follow), seen.may_fence()), (None, None));
        sample::forbid(&mut view, "a", "-@admin");
        let seen = sample::of(&mut view, "a");
        assert_eq!(
            (seen.may(Right::Follow), seen.may_fence()),
            (Some(false), Some(false))
        );
        seen.features.pause_write = true;
        assert_eq!(seen.may_fence(), Some(true));
    }
}
