//! Which commands there are: names, numbers of words, and what they do.

/// A command as the server knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    /// Lower case.
    pub(super) name: &'static str,
    /// Words with the name: exactly so many, or at least so many where negative.
    arity: i8,
    pub(super) kind: Kind,
}

/// What a command does, as far as roles, pauses and permissions care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Read,
    Write,
    /// `@admin`.
    Admin,
    Connection,
    /// Goes to replicas too.
    Publish,
    PubSub,
    Transaction,
    Other,
}

impl Command {
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::all().find(|known| known.name == name)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(name, arity, kind)| Self {
            name,
            arity: *arity,
            kind: *kind,
        })
    }

    pub(super) fn accepts(&self, words: usize) -> bool {
        let wanted = usize::from(self.arity.unsigned_abs());
        if self.arity < 0 {
            words >= wanted
        } else {
            words == wanted
        }
    }

    pub(super) fn writes(&self) -> bool {
        self.kind == Kind::Write
    }

    /// Held back while writes are paused.
    pub(super) fn may_replicate(&self) -> bool {
        matches!(self.kind, Kind::Write | Kind::Publish)
    }

    /// Answered while data is loaded.
    pub(super) fn answers_loading(&self) -> bool {
        !matches!(self.kind, Kind::Read | Kind::Write)
            && !matches!(self.name, "ping" | "psync" | "sync")
    }

    /// Answered by a replica that knows its data to be old and may not show it.
    pub(super) fn answers_stale(&self) -> bool {
        !matches!(self.kind, Kind::Read | Kind::Write) && self.name != "ping"
    }

    pub(super) fn has_subcommands(&self) -> bool {
        matches!(
            self.name,
            "acl" | "client" | "command" | "config" | "pubsub" | "script"
        )
    }

    /// Whether `@category` holds it.
    pub(super) fn is_in(&self, category: &str) -> bool {
        match category {
            "all" => true,
            "write" => self.writes(),
            "read" => self.kind == Kind::Read,
            "admin" => self.kind == Kind::Admin,
            "dangerous" => {
                self.kind == Kind::Admin
                    || matches!(self.name, "info" | "role" | "keys" | "flushall" | "flushdb")
            }
            "connection" => self.kind == Kind::Connection,
            "pubsub" => matches!(self.kind, Kind::PubSub | Kind::Publish),
            "transaction" => self.kind == Kind::Transaction,
            _ => false,
        }
    }
}

const TABLE: &[(&str, i8, Kind)] = &[
    ("acl", -2, Kind::Admin),
    ("append", 3, Kind::Write),
    ("auth", -2, Kind::Connection),
    ("bgsave", -1, Kind::Admin),
    ("client", -2, Kind::Connection),
    ("command", -1, Kind::Connection),
    ("config", -2, Kind::Admin),
    ("dbsize", 1, Kind::Read),
    ("decr", 2, Kind::Write),
    ("decrby", 3, Kind::Write),
    ("del", -2, Kind::Write),
    ("discard", 1, Kind::Transaction),
    ("echo", 2, Kind::Connection),
    ("exec", 1, Kind::Transaction),
    ("exists", -2, Kind::Read),
    ("expire", -3, Kind::Write),
    ("expireat", -3, Kind::Write),
    ("flushall", -1, Kind::Write),
    ("flushdb", -1, Kind::Write),
    ("get", 2, Kind::Read),
    ("getset", 3, Kind::Write),
    ("hello", -1, Kind::Connection),
    ("incr", 2, Kind::Write),
    ("incrby", 3, Kind::Write),
    ("info", -1, Kind::Other),
    ("keys", 2, Kind::Read),
    ("lastsave", 1, Kind::Admin),
    ("mget", -2, Kind::Read),
    ("mset", -3, Kind::Write),
    ("multi", 1, Kind::Transaction),
    ("persist", 2, Kind::Write),
    ("pexpire", -3, Kind::Write),
    ("pexpireat", -3, Kind::Write),
    ("ping", -1, Kind::Connection),
    ("psetex", 4, Kind::Write),
    ("psubscribe", -2, Kind::PubSub),
    ("psync", -3, Kind::Admin),
    ("pttl", 2, Kind::Read),
    ("publish", 3, Kind::Publish),
    ("pubsub", -2, Kind::PubSub),
    ("punsubscribe", -1, Kind::PubSub),
    ("quit", -1, Kind::Connection),
    ("replconf", -1, Kind::Admin),
    ("replicaof", 3, Kind::Admin),
    ("role", 1, Kind::Other),
    ("save", 1, Kind::Admin),
    ("script", -2, Kind::Other),
    ("select", 2, Kind::Connection),
    ("set", -3, Kind::Write),
    ("setex", 4, Kind::Write),
    ("setnx", 3, Kind::Write),
    ("shutdown", -1, Kind::Admin),
    ("slaveof", 3, Kind::Admin),
    ("strlen", 2, Kind::Read),
    ("subscribe", -2, Kind::PubSub),
    ("time", 1, Kind::Other),
    ("ttl", 2, Kind::Read),
    ("type", 2, Kind::Read),
    ("unlink", -2, Kind::Write),
    ("unsubscribe", -1, Kind::PubSub),
    ("unwatch", 1, Kind::Transaction),
    ("watch", -2, Kind::Transaction),
];
