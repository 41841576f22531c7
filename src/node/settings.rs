//! What the configuration of a node says: which keys are asked for, and how the answers are read.
//!
//! CONFIG GET returns passwords in clear text. They are reduced here, at once, to "set or not" and to a
//! token that can only be compared, and dropped.

use std::hash::BuildHasher as _;
use std::hash::RandomState;
use std::sync::OnceLock;

use redis::Value;

use super::fault::Fault;
use super::reply;
use crate::decide::facts::FenceSeen;
use crate::decide::facts::Flavor;
use crate::decide::facts::Settings;
use crate::decide::order::UserRules;

const PIKA: &[&str] = &[
    "slaveof",
    "write-binlog",
    "binlog-file-size",
    "databases",
    "slave-priority",
    "requirepass",
    "userpass",
    "masterauth",
    "userblacklist",
    "instance-mode",
    "maxclients",
];

/// The old names; Redis and Valkey still know them, and Redis 5 takes both.
const REDIS: &[&str] = &[
    "requirepass",
    "masterauth",
    "databases",
    "slave-priority",
    "min-slaves-to-write",
    "maxclients",
    "save",
    "stop-writes-on-bgsave-error",
];

/// More replicas than anybody has: `min-replicas-to-write` at this height is a fence.
const BEYOND_REACH: u32 = 10_000;

/// The keys to ask a server of this family for, one CONFIG GET each: Pika takes no more.
pub(super) fn keys(flavor: Flavor) -> &'static [&'static str] {
    match flavor {
        Flavor::Pika => PIKA,
        Flavor::Redis | Flavor::Valkey => REDIS,
    }
}

/// The settings that the answers to [`keys`] tell; what was refused or unknown stays `None`.
pub(super) fn settings(keys: &[&str], answers: &[Result<Value, Fault>]) -> Settings {
    let mut facts = Settings {
        no_config: !keys.is_empty() && answers.iter().take(keys.len()).all(is_unknown),
        ..Settings::default()
    };
    let (mut saves, mut stops) = (None, None);
    for (key, answer) in keys.iter().zip(answers) {
        let Some(value) = answer
            .as_ref()
            .ok()
            .and_then(|value| reply::paired(value, key))
        else {
            continue;
        };
        match *key {
            "slaveof" => facts.slaveof = Some(value),
            "write-binlog" => facts.write_binlog = Some(value == "yes"),
            "binlog-file-size" => facts.binlog_file_size = value.parse().ok(),
            "databases" => facts.databases = value.parse().ok(),
            "slave-priority" => facts.slave_priority = value.parse().ok(),
            "requirepass" => {
                facts.requirepass_set = Some(!value.is_empty());
                facts.requirepass_token = token(&value);
            }
            "userpass" => {
                facts.userpass_set = Some(!value.is_empty());
                facts.userpass_token = token(&value);
            }
            "masterauth" => {
                facts.masterauth_set = Some(!value.is_empty());
                facts.masterauth_token = token(&value);
            }
            "userblacklist" => facts.userblacklist = Some(value),
            "instance-mode" => facts.instance_mode = Some(value),
            "min-slaves-to-write" => facts.min_replicas_to_write = value.parse().ok(),
            "maxclients" => facts.maxclients = value.parse().ok(),
            "save" => saves = Some(!value.is_empty()),
            "stop-writes-on-bgsave-error" => stops = Some(value == "yes"),
            _ => {}
        }
    }
    facts.stops_unsaved = saves.zip(stops).map(|(saves, stops)| saves && stops);
    if let (Some(own), Some(given)) = (facts.requirepass_token, facts.masterauth_token) {
        facts.masterauth_shared = Some(own == given);
    }
    facts
}

/// As Redis and Pika refuse a command that they do not have.
fn is_unknown(answer: &Result<Value, Fault>) -> bool {
    let fault = answer.as_ref().err();
    fault.is_some_and(|fault| {
        let text = fault.text.to_ascii_lowercase();
        text.contains("unknown command") || text.contains("unknown or unsupported")
    })
}

/// The fence that can be seen from the settings and the ACL users, where there are any.
///
/// A closed port as master shows in the replication section alone.
pub(super) fn fence(settings: &Settings, acl: Option<&[UserRules]>) -> FenceSeen {
    let fenced = |user: &&UserRules| user.rules.last().is_some_and(|rule| rule == "-@write");
    FenceSeen {
        acl_users: acl
            .unwrap_or_default()
            .iter()
            .filter(fenced)
            .map(|user| user.name.clone())
            .collect(),
        // From 3.5.3 on the list only makes rules at start-up, and the rules are what counts.
        blacklist: acl.is_none()
            && settings
                .userblacklist
                .as_deref()
                .is_some_and(forbids_writes),
        min_replicas: settings
            .min_replicas_to_write
            .is_some_and(|n| n >= BEYOND_REACH),
        closed_port: false,
    }
}

/// A list that forbids the plainest writes forbids writing; one that only forbids `flushall` does not.
fn forbids_writes(blacklist: &str) -> bool {
    let has = |command: &str| {
        blacklist
            .split(',')
            .any(|word| word.trim().eq_ignore_ascii_case(command))
    };
    has("set") && has("del")
}

/// Equal for equal secrets within this process, and says nothing of them outside of it; `None` for no secret.
fn token(secret: &str) -> Option<u64> {
    static KEY: OnceLock<RandomState> = OnceLock::new();
    (!secret.is_empty()).then(|| KEY.get_or_init(RandomState::new).hash_one(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fault::FaultKind;
    use crate::node::fence::AclLine;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "an answer as it comes from the link"
    )]
    fn pair(key: &str, value: &str) -> Result<Value, Fault> {
        Ok(Value::Array(vec![
            Value::BulkString(key.into()),
            Value::BulkString(value.into()),
        ]))
    }

    #[test]
    fn answers_become_settings_and_secrets_become_tokens() {
        let keys = [
            "slaveof",
            "write-binlog",
            "requirepass",
            "masterauth",
            "userpass",
            "databases",
            "maxclients",
        ];
        let answers = [
            pair("slaveof", "10.0.0.1:9221"),
            pair("write-binlog", "no"),
            pair("requirepass", "secret"),
            pair("masterauth", "secret"),
            pair("userpass", ""),
            Ok(Value::Array(Vec::new())),
            Err(Fault::new(FaultKind::Error, "NOPERM")),
        ];
        let facts = settings(&keys, &answers);
        assert_eq!(facts.slaveof.as_deref(), Some("10.0.0.1:9221"));
        assert_eq!(facts.write_binlog, Some(false));
        assert_eq!(
            (facts.requirepass_set, facts.userpass_set),
            (Some(true), Some(false))
        );
        assert!(facts.requirepass_token.is_some());
        assert_eq!(facts.requirepass_token, facts.masterauth_token);
        assert_ne!(facts.requirepass_token, token("other"));
        assert_eq!((facts.databases, facts.maxclients), (None, None));
        assert!(!format!("{facts:?}").contains("secret"));
    }

    #[test]
    fn fences_are_seen_and_ordinary_rules_are_not_taken_for_one() {
        let seen = |lines: &[&str]| {
            let users: Vec<UserRules> = lines
                .iter()
                .filter_map(|line| AclLine::parse(line))
                .map(|line| line.rules())
                .collect();
            fence(&Settings::default(), Some(&users)).acl_users
        };
        assert_eq!(
            seen(&["user default on nopass ~* &* +@all -@write"]),
            ["default"]
        );
        assert_eq!(
            seen(&["user bob on #2d ~* +@all -@write (~y resetchannels -@all +get)"]),
            ["bob"]
        );
        assert_eq!(
            seen(&[
                "user default on nopass ~* &* +@all",
                "user x on ~* +@all -@write +set"
            ]),
            [""; 0]
        );

        let blacklist = |words: &str, acl: Option<&[UserRules]>| {
            let facts = Settings {
                userblacklist: Some(words.to_owned()),
                ..Settings::default()
            };
            fence(&facts, acl).blacklist
        };
        assert!(blacklist("exec,config,SET,del", None));
        assert!(!blacklist("flushall,config,setnx", None));
        assert!(!blacklist("set,del", Some(&[])));

        let facts = Settings {
            min_replicas_to_write: Some(2),
            ..Settings::default()
        };
        assert!(!fence(&facts, None).any());
        let facts = Settings {
            min_replicas_to_write: Some(i32::MAX.unsigned_abs()),
            ..Settings::default()
        };
        assert!(fence(&facts, None).min_replicas);
    }
}
