//! What kinds of commands there are, as COMMAND and ACL tell them: stock's words.

/// One kind.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) flags: &'static [&'static str],
    /// Without their `@`.
    pub(super) categories: &'static [&'static str],
}

const fn kind(flags: &'static [&'static str], categories: &'static [&'static str]) -> Kind {
    Kind { flags, categories }
}

const ALWAYS: &[&str] = &["loading", "stale"];
const NOSCRIPT: &[&str] = &["noscript", "loading", "stale"];
const ADMINISTERS: &[&str] = &["admin", "noscript", "loading", "stale"];
const DANGEROUS: &[&str] = &["admin", "slow", "dangerous"];
const CONNECTION: &[&str] = &["slow", "connection"];

pub(super) const CONTAINER: Kind = kind(&[], &["slow"]);
pub(super) const ANY: Kind = kind(ALWAYS, &["slow"]);
/// Of ACL, for everybody.
pub(super) const RULES: Kind = kind(NOSCRIPT, &["slow"]);
/// Of ACL, for administrators.
pub(super) const USERS: Kind = kind(ADMINISTERS, DANGEROUS);
pub(super) const ADMIN: Kind = kind(&["admin"], DANGEROUS);
/// How one comes in and goes.
pub(super) const LOGIN: Kind = kind(
    &[
        "noscript",
        "loading",
        "stale",
        "fast",
        "no_auth",
        "allow_busy",
    ],
    &["fast", "connection"],
);
/// Of the connection itself, and quick.
pub(super) const QUICK: Kind = kind(&["fast"], &["fast", "connection"]);
/// Of the connection itself, looked up or set.
pub(super) const OWN: Kind = kind(NOSCRIPT, CONNECTION);
/// About commands.
pub(super) const COMMANDS: Kind = kind(ALWAYS, CONNECTION);
/// Of other connections.
pub(super) const OTHERS: Kind = kind(ADMINISTERS, &["admin", "slow", "dangerous", "connection"]);
pub(super) const PUBSUB: Kind = kind(
    &["pubsub", "noscript", "loading", "stale"],
    &["pubsub", "slow"],
);
pub(super) const PUBLISH: Kind = kind(&["pubsub", "loading", "stale", "fast"], &["pubsub", "fast"]);
pub(super) const ROLE: Kind = kind(
    &["noscript", "loading", "stale", "fast"],
    &["admin", "fast", "dangerous"],
);
pub(super) const INFO: Kind = kind(ALWAYS, &["slow", "dangerous"]);
pub(super) const SHUTDOWN: Kind = kind(
    &[
        "admin",
        "noscript",
        "loading",
        "stale",
        "no_multi",
        "allow_busy",
    ],
    DANGEROUS,
);
