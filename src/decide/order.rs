//! What a node can be told, and what it can answer: the vocabulary between the core and the shell.
//!
//! An order says *what*; `node::order` knows how each dialect spells it.

use serde::Deserialize;
use serde::Serialize;

use super::facts::FenceSeen;
use super::facts::Observation;
use super::facts::Replication;
use super::name::Addr;
use super::position::Position;

/// One thing that a node is told or asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Everything that a probe reads.
    Observe,
    /// Role, link and position only: one round trip.
    Replication,
    /// Refuse writes from now on, and read back that it does.
    Fence { how: FenceHow },
    /// Take writes again, by the exact former rules, and read back that it does.
    Unfence { how: FenceHow },
    /// Become master, and with conditions that hold at that moment or nothing is done: `from`, the node's data still
    /// reaches so far; `behind`, this other node has not been out of reach since it was fenced. A restart forgets both.
    Promote {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Position>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<Addr>,
    },
    /// Follow `master`. `force` discards the node's own data (Pika).
    Follow { master: Addr, force: bool },
    /// Forget the replication id (Pika 3.5.1 and later), so that another family can be joined.
    ClearHistory,
    /// Write the configuration file, so that the role survives a restart.
    Persist,
    /// Write `pikafo:probe` with an expiry and read it back.
    ProbeWrite { token: String },
    /// Set `pikafo:lock` unless somebody holds it.
    Lock { token: String, ttl_s: u64 },
    /// Delete `pikafo:lock` if it still holds the token.
    Unlock { token: String },
    /// Run the hooks of an event on this host.
    Hooks {
        event: String,
        facts: Vec<(String, String)>,
    },
}

impl Order {
    /// Become master, whatever it holds.
    pub const DETACH: Self = Self::Promote {
        from: None,
        behind: None,
    };

    /// True where carrying it out changes something, so that the journal must be on disk first.
    pub fn acts(&self) -> bool {
        !matches!(self, Self::Observe | Self::Replication)
    }

    /// True where it makes a master or a replica of the node, which after its time may be another's to do. A fence that
    /// comes late errs on the safe side, and what gives back is better done late than never.
    pub fn gives_role(&self) -> bool {
        matches!(self, Self::Promote { .. } | Self::Follow { .. })
    }

    /// True where it leaves something behind that has to be undone or gone on with.
    pub fn begins(&self) -> bool {
        matches!(
            self,
            Self::Lock { .. } | Self::Fence { .. } | Self::Promote { .. }
        )
    }
}

/// The way in which a node is made to refuse writes, with all that is needed to lift it exactly.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "fence", rename_all = "snake_case")]
pub enum FenceHow {
    /// `ACL SETUSER <each> -@write`: Pika 3.5.3 and later, Redis 6.0 and 6.1.
    Acl { users: Vec<UserRules> },
    /// `CLIENT PAUSE <ms> WRITE`: Redis 6.2 and later, Valkey. Ends by itself.
    Pause { ms: u64 },
    /// `CONFIG SET min-replicas-to-write` beyond reach, and queued transactions cut off: Redis 5.
    MinReplicas { former: u32 },
    /// `CONFIG SET userblacklist`: Pika before 3.5.3, bites limited users only.
    Blacklist { former: String },
    /// `SLAVEOF` a port that nobody listens on: Pika before 3.5.3, for a master that no replica is attached to. Every
    /// connection is read-only from its next write on, the admin's too.
    ClosedPort,
    /// The same for a replica of a Pika: it leaves its master and stays read-only. What Pika refuses for its data it tries
    /// again by itself, and takes what fits by number.
    Detached,
    /// `fence.hook` of the configuration, called with `on` and `off`.
    Hook,
    /// No fence; the operator consented to what that can cost.
    Open,
}

impl FenceHow {
    /// True where it stays up until it is lifted, or until the server restarts.
    pub fn lasts(&self) -> bool {
        match self {
            Self::Acl { .. }
            | Self::MinReplicas { .. }
            | Self::Blacklist { .. }
            | Self::ClosedPort
            | Self::Detached
            | Self::Hook => true,
            Self::Pause { .. } | Self::Open => false,
        }
    }

    /// Lifted, it leaves none of this that would be in a client's way.
    pub fn lifts(&self, seen: &FenceSeen) -> bool {
        let open = |users: &[UserRules]| {
            let mut users = users.iter();
            let default = users.find(|user| user.name == DEFAULT);
            default.is_some_and(|user| user.rules.last().is_some_and(|rule| rule != NO_WRITES))
        };
        let mut rest = seen.clone();
        match self {
            Self::Acl { users } if open(users) => rest.acl_users.clear(),
            Self::MinReplicas { .. } => rest.min_replicas = false,
            Self::Blacklist { .. } => rest.blacklist = false,
            Self::Acl { .. }
            | Self::Pause { .. }
            | Self::ClosedPort
            | Self::Detached
            | Self::Hook
            | Self::Open => {}
        }
        seen.bites() && !rest.bites()
    }

    /// The same means, whatever the node was like before.
    pub fn same_means(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Acl { .. } => "ACL -@write for every user",
            Self::Pause { .. } => "CLIENT PAUSE WRITE",
            Self::MinReplicas { .. } => "min-replicas-to-write beyond reach",
            Self::Blacklist { .. } => "userblacklist of every write command",
            Self::ClosedPort => "a closed port as its master",
            Self::Detached => "a closed port in the place of its master",
            Self::Hook => "fence hook",
            Self::Open => "none",
        }
    }
}

/// The command rules of one ACL user before the fence. Passwords and their hashes are left out: they
/// are read from the live server when the rules are restored.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct UserRules {
    pub name: String,
    /// `+@all`, `-@all +get +set`, …: the tokens about commands, in order.
    pub rules: Vec<String>,
}

/// Whoever logs in without a name is this one.
const DEFAULT: &str = "default";
/// A fence among a user's rules.
const NO_WRITES: &str = "-@write";

/// What came back.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Answer {
    Done,
    /// Done, with something worth keeping in the journal.
    Note(String),
    Seen(Box<Observation>),
    At(Box<Replication>),
}
