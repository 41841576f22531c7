//! Which commands there are: names, numbers of arguments, and what they do to data.

use super::version::Dialect;
use super::version::History;
use super::version::Transactions;

/// A command as the server knows it.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Lower case.
    pub name: &'static str,
    /// Words with the name: exactly so many, or at least so many where negative.
    pub arity: i8,
    pub kind: Kind,
}

/// What a command does, as far as permissions and roles care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Read,
    Write,
    Admin,
    PubSub,
    Transaction,
    /// Changes data of a type that the lab does not keep; known only so that fences can be seen to bite.
    ForeignWrite,
}

impl Command {
    /// Refused on a replica and by a fence.
    pub fn writes(&self) -> bool {
        matches!(self.kind, Kind::Write | Kind::ForeignWrite)
    }

    pub fn accepts(&self, words: usize) -> bool {
        let wanted = usize::from(self.arity.unsigned_abs());
        if self.arity < 0 {
            words >= wanted
        } else {
            words == wanted
        }
    }
}

/// The command that `name` (lower case) means in this dialect.
pub fn find(name: &str, dialect: &Dialect) -> Option<Command> {
    let known = match name {
        "acl" | "lastsave" => dialect.acl,
        "hello" => dialect.hello,
        "multi" | "exec" | "discard" | "watch" | "unwatch" => {
            dialect.transactions != Transactions::Absent
        }
        "clearreplicationid" => dialect.history != History::Absent,
        _ => true,
    };
    if !known {
        return None;
    }
    let (name, arity, kind) = TABLE.iter().find(|(known, ..)| *known == name)?;
    Some(Command {
        name,
        arity: *arity,
        kind: *kind,
    })
}

/// True if `@category` holds the command, as ACL rules mean it.
pub fn in_category(command: &Command, category: &str) -> Option<bool> {
    Some(match category {
        "all" => true,
        // EXEC counts as a write: a transaction that was queued before a fence does not slip through.
        "write" => command.writes() || command.name == "exec",
        "read" => command.kind == Kind::Read,
        "admin" | "dangerous" => command.kind == Kind::Admin,
        "pubsub" => command.kind == Kind::PubSub,
        "transaction" => command.kind == Kind::Transaction,
        "string" => matches!(command.kind, Kind::Read | Kind::Write),
        "keyspace" | "hash" | "list" | "set" | "sortedset" | "bitmap" | "hyperloglog" | "geo"
        | "stream" | "blocking" | "connection" | "scripting" | "fast" | "slow" => false,
        _ => return None,
    })
}

/// Names, arities, kinds.
const TABLE: &[(&str, i8, Kind)] = &[
    ("acl", -2, Kind::Admin),
    ("append", 3, Kind::Write),
    ("auth", -2, Kind::Admin),
    ("bgsave", -1, Kind::Admin),
    ("clearreplicationid", 1, Kind::Write),
    ("client", -2, Kind::Admin),
    ("config", -2, Kind::Admin),
    ("dbsize", 1, Kind::Read),
    ("dbslaveof", -2, Kind::Admin),
    ("decr", 2, Kind::Write),
    ("decrby", 3, Kind::Write),
    ("del", -2, Kind::Write),
    ("discard", 1, Kind::Transaction),
    ("echo", 2, Kind::Read),
    ("exec", 1, Kind::Transaction),
    ("exists", -2, Kind::Read),
    ("expire", 3, Kind::Write),
    ("expireat", 3, Kind::Write),
    ("flushall", 1, Kind::Write),
    ("flushdb", -1, Kind::Write),
    ("get", 2, Kind::Read),
    ("getset", 3, Kind::Write),
    ("hello", -1, Kind::Admin),
    ("incr", 2, Kind::Write),
    ("incrby", 3, Kind::Write),
    ("info", -1, Kind::Admin),
    ("keys", -2, Kind::Read),
    ("lastsave", 1, Kind::Admin),
    ("mget", -2, Kind::Read),
    ("mset", -3, Kind::Write),
    ("multi", 1, Kind::Transaction),
    ("persist", 2, Kind::Write),
    ("pexpire", 3, Kind::Write),
    ("ping", 1, Kind::Admin),
    ("pksetexat", 4, Kind::Write),
    ("psetex", 4, Kind::Write),
    ("psubscribe", -2, Kind::PubSub),
    ("pttl", 2, Kind::Read),
    ("publish", 3, Kind::PubSub),
    ("pubsub", -2, Kind::PubSub),
    ("punsubscribe", -1, Kind::PubSub),
    ("purgelogsto", -2, Kind::Admin),
    ("quit", 1, Kind::Admin),
    ("select", 2, Kind::Admin),
    ("set", -3, Kind::Write),
    ("setex", 4, Kind::Write),
    ("setnx", 3, Kind::Write),
    ("shutdown", 1, Kind::Admin),
    ("slaveof", -3, Kind::Admin),
    ("slowlog", -2, Kind::Admin),
    ("strlen", 2, Kind::Read),
    ("subscribe", -2, Kind::PubSub),
    ("time", 1, Kind::Read),
    ("ttl", 2, Kind::Read),
    ("type", 2, Kind::Read),
    ("unsubscribe", -1, Kind::PubSub),
    ("unwatch", 1, Kind::Transaction),
    ("watch", -2, Kind::Transaction),
    ("hdel", -3, Kind::ForeignWrite),
    ("hset", -4, Kind::ForeignWrite),
    ("lpush", -3, Kind::ForeignWrite),
    ("rpush", -3, Kind::ForeignWrite),
    ("sadd", -3, Kind::ForeignWrite),
    ("srem", -3, Kind::ForeignWrite),
    ("zadd", -4, Kind::ForeignWrite),
    ("zrem", -3, Kind::ForeignWrite),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::version::Version;

    #[test]
    fn old_versions_do_not_know_new_commands() {
        assert!(find("multi", Version::V3_4_1.dialect()).is_none());
        assert!(find("multi", Version::V3_5_2.dialect()).is_some());
        assert!(find("acl", Version::V3_5_2.dialect()).is_none());
        assert!(find("acl", Version::V4_0_1.dialect()).is_some());
    }

    #[test]
    fn arity_is_exact_or_a_minimum() {
        let dialect = Version::V3_5_5.dialect();
        assert!(!find("ping", dialect).unwrap().accepts(2));
        assert!(find("del", dialect).unwrap().accepts(5));
        assert!(!find("get", dialect).unwrap().accepts(1));
    }
}
